"""The error tree.

    KeepclearError
    ├── Refused                 a rule said no; nothing was changed
    │   ├── NotAllowed          the caller's role or party may not do this
    │   ├── LimitRefused        a hard limit (LIM-01 … LIM-10) bars it
    │   ├── NotKnown            no such thing in what has reached this party
    │   └── Conflicting         somebody else restated it first, or a key was reused for another text
    ├── Malformed               bytes or fields that cannot be read; names field and rule
    ├── ProofRefused            a log, checkpoint, signature or proof does not hold
    └── StoreFault              the disk or the database cannot take or give what was asked

Every error says what was asked, which rule refused and what would pass; `str(error)` reads aloud.
"""

from __future__ import annotations


class KeepclearError(Exception):
    """Base of every error that Keepclear raises on purpose.

    Attributes:
        rule: short stable name of the rule that refused, e.g. `window-order` or `LIM-04`.
        asked: what was asked, in words.
        passes: what would pass, in words; empty if nothing would.
        field: dotted path of the offending field; empty if the whole was refused.
    """

    def __init__(self, asked: str, rule: str, passes: str = "", field: str = "") -> None:
        self.asked = asked
        self.rule = rule
        self.passes = passes
        self.field = field
        super().__init__(str(self))

    def __str__(self) -> str:
        where = f" (field {self.field})" if self.field else ""
        accepted = f" Accepted: {self.passes}." if self.passes else ""
        return f"{self.asked} [rule {self.rule}]{where}.{accepted}"


class Refused(KeepclearError):
    """A rule said no; nothing was changed."""


class NotAllowed(Refused):
    """The caller's role or party may not do this."""


class LimitRefused(Refused):
    """A hard limit of PURPOSE.md bars what was asked, whoever asks."""


class NotKnown(Refused):
    """No such thing in what has reached this party; absent and forbidden answer alike."""


class Conflicting(Refused):
    """The subject was restated meanwhile, or an idempotency key came back with another text."""


class Malformed(KeepclearError, ValueError):
    """Bytes or fields that cannot be read as what they claim to be.

    Also a `ValueError`, so that msgspec reports the path of the field in which it was raised.
    """


class ProofRefused(KeepclearError):
    """A log, checkpoint, signature or proof does not hold."""


class StoreFault(KeepclearError):
    """The disk or the database cannot take or give what was asked; nothing acknowledged was lost."""
