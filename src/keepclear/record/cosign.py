"""Cosignatures of checkpoints, type 0x04 of c2sp.org/tlog-cosignature.

A cosignature says: of all trees of this origin that I have seen, all consistent, this is the largest at that
time. A mirror says besides that it durably holds every entry and attachment up to that size, and a mirror
and a witness are two cosigners with two keys.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from keepclear.errors import Malformed
from keepclear.record.signing import (
    SIGNATURE_BYTES,
    SignatureType,
    SigningKey,
    VerifyingKey,
    encode_base64,
)
from keepclear.times import EPOCH

_TIME_BYTES = 8
_MAX_TIME_S = 2**63 - 1


def cosigned_message(text: str, time_s: int) -> bytes:
    """Give the bytes that a cosigner signs: header line, time line, the checkpoint's note text."""
    return f"cosignature/v1\ntime {time_s}\n{text}".encode()


def cosign(checkpoint_text: str, key: SigningKey, at: datetime) -> bytes:
    """Cosign a checkpoint's note text and give the signature line, newline included.

    Raises:
        Malformed: the key is not of the cosignature type, or the time is naive or before 1970.
    """
    if key.kind is not SignatureType.COSIGNATURE:
        raise Malformed(
            f"a cosignature by {key.key_id}",
            "cosigner-key",
            "a key of type 0x04 that serves no other role",
        )
    if at.tzinfo is None or at < EPOCH:
        raise Malformed(f"a cosignature at {at.isoformat()}", "cosignature-time", "an aware time after 1970")
    time_s = (at - EPOCH) // timedelta(seconds=1)
    signature = time_s.to_bytes(_TIME_BYTES, "big") + key.sign(cosigned_message(checkpoint_text, time_s))
    return f"— {key.name} {encode_base64(key.verifying.hash + signature)}\n".encode()


def check_cosignature(key: VerifyingKey, signature: bytes, text: str) -> int:
    """Check the bytes behind a key hash and give the cosigner's time in seconds since 1970.

    Raises:
        Malformed: the bytes are no timestamped signature.
        ProofRefused: the key did not sign this text at this time.
    """
    time_s = int.from_bytes(signature[:_TIME_BYTES], "big")
    if len(signature) != _TIME_BYTES + SIGNATURE_BYTES or time_s > _MAX_TIME_S:
        raise Malformed(
            f"a cosignature by {key.key_id} of {len(signature)} bytes",
            "cosignature",
            f"a time before 2^63 and {SIGNATURE_BYTES} bytes",
        )
    key.verify(signature[_TIME_BYTES:], cosigned_message(text, time_s))
    return time_s
