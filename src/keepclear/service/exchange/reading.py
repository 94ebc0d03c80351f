"""One entry of a log, read strictly and held against its author's key, whatever else is held."""

from __future__ import annotations

from datetime import datetime

import msgspec
from msgspec import Struct

from keepclear.commands.door import check_own
from keepclear.errors import Malformed, ProofRefused
from keepclear.model.statements import LogId, Statement, decode, encode, entry_bytes, signed_part_of
from keepclear.model.telling import LogOpened
from keepclear.model.words import CapStatus
from keepclear.record.signing import VerifyingKey, decode_base64
from keepclear.times import text, utc


class _Part(Struct, frozen=True):
    index: int
    recorded_at: str
    sees: int
    statement: msgspec.Raw


_PART = msgspec.json.Decoder(_Part)


class Read(Struct, frozen=True):
    """One entry: when it was recorded, what its author had seen, its statement and that statement's bytes."""

    recorded_at: str
    at: datetime
    sees: int
    encoded: bytes
    statement: Statement


def read_entry(log: LogId, raw: bytes, place: int, key: VerifyingKey, cap: CapStatus) -> Read:
    """Read the entry at a place of a log, signed by its author's key, of this node's CAP status.

    Raises:
        ProofRefused: a signature or key does not hold, or it is of another status.
        Malformed: the entry or its statement is not as it must be.
        StoreFault: the statement is not the log's author's.
    """
    try:
        part = _PART.decode(raw)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise Malformed(f"entry {place} of {log}: {error}", "entry", "a log entry") from error
    encoded = bytes(part.statement)
    at = utc(part.recorded_at)
    if part.index != place or part.sees < 0 or text(at) != part.recorded_at:
        raise Malformed(f"entry {place} of {log}, which says it is {part.index}", "entry", "its own index")
    statement = decode(encoded)
    if encode(statement) != encoded or entry_bytes(place, part.recorded_at, part.sees, encoded) != raw:
        raise Malformed(f"entry {place} of {log}", "canonical", "canonical JSON (RFC 8785)")
    _check_statement(log, place, statement, encoded, key, cap)
    return Read(part.recorded_at, at, part.sees, encoded, statement)


def _check_statement(
    log: LogId, place: int, statement: Statement, encoded: bytes, key: VerifyingKey, cap: CapStatus
) -> None:
    check_own(statement, log.author)
    if statement.author.key != key.key_id:
        raise ProofRefused(
            f"a statement of {log.author} signed by {statement.author.key}",
            "pinned-key",
            f"the key {key.key_id} of the confirmed card",
        )
    key.verify(
        decode_base64(statement.sig, "the signature of a statement"), signed_part_of(statement, encoded)
    )
    if statement.cap != cap:
        raise ProofRefused(
            f"a statement of status {statement.cap} from {key.name}",
            "cap-status",
            f"{cap}: Exercise never mixes with Actual",
        )
    body = statement.body
    opens = isinstance(body, LogOpened) and (body.author, body.reader) == (log.author, log.reader)
    if place == 0 and not opens:
        raise Malformed(f"the first entry of {log}", "log-opened", "the statement that opens this log")
