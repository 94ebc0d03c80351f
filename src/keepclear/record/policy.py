"""Trust policies as in c2sp.org/tlog-policy: which logs and cosigners count, and how many.

The specification calls every cosigner a *witness* and gives its name no meaning outside the file. Keepclear
names them so that the grade of a proof can be told: `reader/<party>` is the party's own mirror key,
`host/<name>` the key of a host that holds a log for a party, `witness/<name>` that of a witness elsewhere.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from msgspec import Struct

from keepclear.errors import Malformed
from keepclear.record.signing import SignatureType, VerifyingKey

if TYPE_CHECKING:
    from collections.abc import Collection

READER = "reader/"
HOST = "host/"
WITNESS = "witness/"
MAX_LINES = 4096
_NONE = "none"
_BARRED = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
_GAP = re.compile(r"[ \t]+")
_COUNT = re.compile(r"[1-9][0-9]{0,5}")


class PolicyLog(Struct, frozen=True):
    """A log whose checkpoints count; the key's name is the log's origin."""

    key: VerifyingKey
    url: str = ""


class PolicyWitness(Struct, frozen=True):
    """A cosigner under its name in this policy."""

    name: str
    key: VerifyingKey
    url: str = ""


class Group(Struct, frozen=True):
    """Has witnessed a checkpoint when at least `threshold` of its members have."""

    name: str
    threshold: int
    members: tuple[str, ...]


class Policy(Struct, frozen=True):
    """Known logs, known cosigners, and the quorum that makes a checkpoint valid."""

    logs: tuple[PolicyLog, ...] = ()
    witnesses: tuple[PolicyWitness, ...] = ()
    groups: tuple[Group, ...] = ()
    quorum: str = _NONE

    def satisfied(self, cosigned: Collection[str]) -> bool:
        """Tell whether cosignatures by the witnesses of these names meet the quorum."""
        held = {witness.name for witness in self.witnesses if witness.name in cosigned}
        for group in self.groups:
            if sum(member in held for member in group.members) >= group.threshold:
                held.add(group.name)
        return self.quorum == _NONE or self.quorum in held

    def text(self) -> str:
        """Write the policy file in its shortest form, without comments."""
        lines = [_joined("log", log.key.vkey, log.url) for log in self.logs]
        lines += [_joined("witness", one.name, one.key.vkey, one.url) for one in self.witnesses]
        lines += [_joined("group", one.name, str(one.threshold), *one.members) for one in self.groups]
        return "\n".join([*lines, f"quorum {self.quorum}", ""])


def _joined(*words: str) -> str:
    return " ".join(word for word in words if word)


def _refuse(number: int, asked: str, passes: str) -> Malformed:
    return Malformed(asked, "tlog-policy", passes, f"line {number}")


class _Reading:
    """What has been read of a policy file so far."""

    def __init__(self) -> None:
        self.logs: list[PolicyLog] = []
        self.witnesses: list[PolicyWitness] = []
        self.groups: list[Group] = []
        self.quorum = ""
        self.publics: set[bytes] = set()
        self.names: set[str] = {_NONE}
        self.grouped: set[str] = set()

    def key(self, number: int, vkey: str, kind: SignatureType) -> VerifyingKey:
        key = VerifyingKey.parse(vkey)
        if key.kind is not kind:
            raise _refuse(number, f"the key {key.key_id} of type {key.kind}", f"a key of type {kind}")
        if key.public in self.publics:
            raise _refuse(number, f"the key {key.key_id} twice", "one key for one log or one cosigner")
        self.publics.add(key.public)
        return key

    def name(self, number: int, name: str) -> str:
        if name in self.names:
            raise _refuse(number, f'the name "{name}" twice', "a name of its own")
        self.names.add(name)
        return name

    def log(self, number: int, words: list[str]) -> None:
        if len(words) not in {1, 2}:
            raise _refuse(number, "a log line", "log <vkey> [<url>]")
        self.logs.append(PolicyLog(self.key(number, words[0], SignatureType.NOTE), *words[1:]))

    def witness(self, number: int, words: list[str]) -> None:
        if len(words) not in {2, 3}:
            raise _refuse(number, "a witness line", "witness <name> <vkey> [<url>]")
        key = self.key(number, words[1], SignatureType.COSIGNATURE)
        self.witnesses.append(PolicyWitness(self.name(number, words[0]), key, *words[2:]))

    def group(self, number: int, words: list[str]) -> None:
        name, count, *members = (*words, "", "")[: max(2, len(words))]
        if not members:
            raise _refuse(number, "a group line", "group <name> all|any|<k> <name>...")
        for member in members:
            if member == _NONE or member not in self.names or member in self.grouped:
                raise _refuse(number, f'the member "{member}"', "a name defined above, in one group only")
            self.grouped.add(member)
        counts = {"all": len(members), "any": 1}
        threshold = counts.get(count) or (int(count) if _COUNT.fullmatch(count) else 0)
        if not 1 <= threshold <= len(members):
            raise _refuse(number, f'the threshold "{count}"', f"all, any, or 1 to {len(members)}")
        self.groups.append(Group(self.name(number, name), threshold, tuple(members)))

    def settle(self, number: int, words: list[str]) -> None:
        if self.quorum or len(words) != 1 or words[0] not in self.names:
            raise _refuse(number, "a quorum line", "one such line, with a name defined above or none")
        self.quorum = words[0]


def parse(text: str) -> Policy:
    """Read a policy file.

    Raises:
        Malformed: a line breaks the specification; the refusal names it.
    """
    if _BARRED.search(text) or not text.endswith("\n") or text.count("\n") > MAX_LINES:
        raise Malformed("bytes that are no policy", "tlog-policy", f"1 to {MAX_LINES} lines of plain text")
    reading = _Reading()
    readers = {
        "log": reading.log,
        "witness": reading.witness,
        "group": reading.group,
        "quorum": reading.settle,
    }
    for number, line in enumerate(text.split("\n"), 1):
        words = [word for word in _GAP.split(line) if word]
        if words and not words[0].startswith("#"):
            if words[0] not in readers:
                raise _refuse(number, f'the keyword "{words[0]}"', "log, witness, group or quorum")
            readers[words[0]](number, words[1:])
    if not reading.quorum:
        raise Malformed("a policy without a quorum", "tlog-policy", 'a line such as "quorum none"')
    return Policy(tuple(reading.logs), tuple(reading.witnesses), tuple(reading.groups), reading.quorum)
