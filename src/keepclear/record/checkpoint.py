"""Checkpoints as in c2sp.org/tlog-checkpoint: origin, size and root of a log as a note text.

Extension lines are refused: nobody can audit them, and Keepclear puts everything into entries.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from msgspec import Struct

from keepclear.errors import Malformed, ProofRefused
from keepclear.record import note
from keepclear.record.signing import SignatureType, VerifyingKey, decode_base64, encode_base64
from keepclear.record.tree import EMPTY_ROOT, HASH_BYTES

if TYPE_CHECKING:
    from collections.abc import Iterable

MAX_SIZE = 2**63 - 1
_LINES = 3
_DECIMAL = re.compile(r"0|[1-9][0-9]{0,18}")


class Checkpoint(Struct, frozen=True):
    """The head of a log: its origin, how many entries it has, the root of the tree over them."""

    origin: str
    size: int
    root: bytes

    def __post_init__(self) -> None:
        if not self.origin or any(sign_ < " " for sign_ in self.origin):
            raise Malformed("a checkpoint without an origin", "checkpoint-origin", "one non-empty line")
        if not 0 <= self.size <= MAX_SIZE:
            raise Malformed(f"a checkpoint of size {self.size}", "checkpoint-size", f"0 to {MAX_SIZE}")
        if len(self.root) != HASH_BYTES or (self.size == 0 and self.root != EMPTY_ROOT):
            raise Malformed(
                f"a checkpoint of size {self.size} with the root {self.root.hex() or 'empty'}",
                "checkpoint-root",
                f"{HASH_BYTES} bytes; for size 0 the hash of nothing",
            )

    def text(self) -> str:
        """Write the note text that the log signs."""
        return f"{self.origin}\n{self.size}\n{encode_base64(self.root)}\n"


class SignedCheckpoint(Struct, frozen=True):
    """A checkpoint that its log has signed, with the cosignatures that hold and the lines of unknown keys."""

    checkpoint: Checkpoint
    signed: tuple[note.Signed, ...]
    unknown: tuple[note.SignatureLine, ...]

    def cosigned(self) -> tuple[note.Signed, ...]:
        """Give the cosignatures alone."""
        return tuple(mark for mark in self.signed if mark.key.kind is SignatureType.COSIGNATURE)


def parse(text: str) -> Checkpoint:
    """Read the note text of a checkpoint.

    Raises:
        Malformed: the text is not three lines of origin, size and root, each in its one spelling.
    """
    lines = text.split("\n")
    if len(lines) != _LINES + 1 or lines[-1]:
        raise Malformed(
            f"a checkpoint of {len(lines) - 1} lines", "checkpoint", "origin, size and root, no further lines"
        )
    origin, size, root = lines[:_LINES]
    if not _DECIMAL.fullmatch(size):
        raise Malformed(f'"{size}" is no tree size', "checkpoint-size", "a decimal without leading zeroes")
    return Checkpoint(origin, int(size), decode_base64(root, "the root of the checkpoint"))


def open_checkpoint(
    signed_note: bytes, log_key: VerifyingKey, cosigners: Iterable[VerifyingKey] = ()
) -> SignedCheckpoint:
    """Check a checkpoint that must be signed by its log and may be cosigned.

    Raises:
        Malformed: the bytes are no note or no checkpoint.
        ProofRefused: the log's key did not sign it, or a known key's signature does not hold.
    """
    opened = note.open_note(signed_note, (log_key, *cosigners))
    head = parse(opened.text)
    if all(mark.key != log_key for mark in opened.signed):
        raise ProofRefused(
            f"the checkpoint of {head.origin} at size {head.size} is not signed by its log",
            "checkpoint-signed",
            f"a signature by {log_key.key_id}",
        )
    return SignedCheckpoint(head, opened.signed, opened.unknown)
