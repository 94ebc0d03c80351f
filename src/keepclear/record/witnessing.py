"""The body of a request to a witness, as in c2sp.org/tlog-witness: old size, consistency proof, checkpoint.

Pure text; what a witness makes of it is decided in service/witness.py.
"""

from __future__ import annotations

import re
from typing import Final

from msgspec import Struct

from keepclear.errors import Malformed
from keepclear.record import checkpoint, note
from keepclear.record.checkpoint import Checkpoint
from keepclear.record.proof import MAX_PROOF_HASHES
from keepclear.record.signing import decode_base64, encode_base64
from keepclear.record.tree import HASH_BYTES

SIZE_TYPE: Final = "text/x.tlog.size"
MAX_REQUEST_BYTES: Final = 64 * 1024
_OLD = re.compile(r"old (0|[1-9][0-9]{0,18})")


class AddCheckpoint(Struct, frozen=True):
    """A checkpoint offered to a witness that last cosigned the log at size `old`, and the proof of growth."""

    old: int
    proof: tuple[bytes, ...]
    signed_checkpoint: bytes

    def encode(self) -> bytes:
        """Write the body of the request."""
        head = [f"old {self.old}", *(encode_base64(one) for one in self.proof), "", ""]
        return "\n".join(head).encode("ascii") + self.signed_checkpoint

    def head(self) -> Checkpoint:
        """Give the checkpoint; nothing is checked against a key."""
        return checkpoint.parse(note.parse(self.signed_checkpoint).text)


def parse_request(body: bytes) -> AddCheckpoint:
    """Read the body of a request; its checkpoint is read for form too.

    Raises:
        Malformed: it is not of the one form, or has more than 63 proof hashes.
    """
    head, blank, signed = body.partition(b"\n\n")
    if not blank or len(body) > MAX_REQUEST_BYTES:
        raise Malformed(
            f"a request of {len(body)} bytes", "add-checkpoint", "old size, proof, an empty row, a checkpoint"
        )
    try:
        first, *rows = head.decode("ascii").split("\n")
    except UnicodeDecodeError as error:
        raise Malformed("a request that is not ASCII", "add-checkpoint", "old size and hashes") from error
    old = _OLD.fullmatch(first)
    if old is None:
        raise Malformed("a request without the old size", "add-checkpoint", '"old", one space, a decimal')
    if len(rows) > MAX_PROOF_HASHES:
        raise Malformed(f"{len(rows)} proof hashes", "add-checkpoint", f"at most {MAX_PROOF_HASHES}")
    proof = tuple(decode_base64(row, "a hash of the proof") for row in rows)
    if any(len(one) != HASH_BYTES for one in proof):
        raise Malformed("a proof with a short hash", "add-checkpoint", f"hashes of {HASH_BYTES} bytes")
    asked = AddCheckpoint(int(old[1]), proof, signed)
    asked.head()
    return asked
