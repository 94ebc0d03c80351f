"""One pull and its answer as bytes: MessagePack within bounds, so that foreign bytes cost little.

What is proved stands inside in the C2SP formats (signed notes, log entries, salted hashes); the frame around
it proves nothing and is not kept.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Final, TypeVar

import msgspec
from msgspec import Meta, Struct

from keepclear.errors import Malformed
from keepclear.record.tiles import TILE_WIDTH

VERSION: Final = 1
PACK_ENTRIES: Final = TILE_WIDTH
"""Entries in one answer, over all logs: a cut link resumes at the last multiple of it."""

MAX_PULL_BYTES: Final = 256 * 1024
MAX_ANSWER_BYTES: Final = 24 * 2**20
MAX_ENTRY_BYTES: Final = 65_535
MAX_LOGS: Final = 512
MAX_WAIT_S: Final = 30.0

Origin = Annotated[str, Meta(min_length=1, max_length=200)]
Size = Annotated[int, Meta(ge=0, le=2**53)]
Note = Annotated[bytes, Meta(min_length=1, max_length=16_384)]


class Held(Struct, frozen=True, forbid_unknown_fields=True):
    """How much of one log the reader holds, and its own cosignature of that head (b"" for none).

    `stopped` says that it takes nothing more of this log, of which it has seen two histories.
    """

    origin: Origin
    size: Size
    receipt: Annotated[bytes, Meta(max_length=16_384)] = b""
    stopped: bool = False


class Pull(Struct, frozen=True, forbid_unknown_fields=True):
    """What a reader asks: everything after these cursors.

    `heads` are signed heads of logs that both sides read, to be compared. `wait_s` lets the answer wait for
    news. `sent_at` is the reader's clock, for the offset of the clocks alone. `back` names logs of the
    asker's own whose end it has lost, and how much of each it still has: what is held of them is given back.
    """

    held: Annotated[tuple[Held, ...], Meta(max_length=MAX_LOGS)]
    sent_at: datetime
    wait_s: Annotated[float, Meta(ge=0, le=MAX_WAIT_S)] = 0.0
    heads: Annotated[tuple[Note, ...], Meta(max_length=MAX_LOGS)] = ()
    back: Annotated[tuple[Held, ...], Meta(max_length=MAX_LOGS)] = ()
    v: Annotated[int, Meta(ge=1, le=VERSION)] = VERSION


class Beside(Struct, frozen=True, forbid_unknown_fields=True):
    """A body beside the log: its salt and bytes; where the author has erased it, `erased` says so."""

    salted_hash: Annotated[str, Meta(pattern=r"^[0-9a-f]{64}$")]
    salt: Annotated[bytes, Meta(max_length=64)] = b""
    body: Annotated[bytes, Meta(max_length=8 * 2**20)] = b""
    erased: bool = False


class Pack(Struct, frozen=True, forbid_unknown_fields=True):
    """Entries of one log from an index on, the log's signed head at their end, and how long the log is."""

    origin: Origin
    start: Size
    entries: Annotated[
        tuple[Annotated[bytes, Meta(max_length=MAX_ENTRY_BYTES)], ...],
        Meta(min_length=1, max_length=PACK_ENTRIES),
    ]
    head: Note
    size: Size
    beside: Annotated[tuple[Beside, ...], Meta(max_length=4 * PACK_ENTRIES)] = ()


class Unheld(Struct, frozen=True, forbid_unknown_fields=True):
    """A receipt that was not taken: of which log, under which status of tlog-witness, at which own size."""

    origin: Origin
    status: int
    size: Size
    words: Annotated[str, Meta(max_length=1_000)]


class Gave(Struct, frozen=True, forbid_unknown_fields=True):
    """What an author answers: packs, receipts that it did not take, heads to compare, and its clock.

    `back` holds the asker's own entries, where it asked for them.
    """

    packs: Annotated[tuple[Pack, ...], Meta(max_length=PACK_ENTRIES)]
    got_at: datetime
    answered_at: datetime
    unheld: Annotated[tuple[Unheld, ...], Meta(max_length=MAX_LOGS)] = ()
    heads: Annotated[tuple[Note, ...], Meta(max_length=MAX_LOGS)] = ()
    back: Annotated[tuple[Pack, ...], Meta(max_length=PACK_ENTRIES)] = ()
    v: Annotated[int, Meta(ge=1, le=VERSION)] = VERSION


_PULL = msgspec.msgpack.Decoder(Pull)
_GAVE = msgspec.msgpack.Decoder(Gave)
_ENCODER = msgspec.msgpack.Encoder()
Frame = TypeVar("Frame", Pull, Gave)


def encode(frame: Pull | Gave) -> bytes:
    """Give the bytes of a pull or an answer."""
    return _ENCODER.encode(frame)


def read_pull(raw: bytes) -> Pull:
    """Read a pull.

    Raises:
        Malformed: the bytes are too many or none of this version.
    """
    return _read(_PULL, raw, MAX_PULL_BYTES, "a pull")


def read_gave(raw: bytes) -> Gave:
    """Read an answer.

    Raises:
        Malformed: the bytes are too many or none of this version.
    """
    return _read(_GAVE, raw, MAX_ANSWER_BYTES, "an answer to a pull")


def _read(decoder: msgspec.msgpack.Decoder[Frame], raw: bytes, bound: int, what: str) -> Frame:
    if len(raw) > bound:
        raise Malformed(f"{what} of {len(raw)} bytes", "exchange-size", f"at most {bound} bytes")
    try:
        frame = decoder.decode(raw)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise Malformed(f"{what}: {error}", "exchange-frame", "version 1 of the exchange") from error
    naive = [name for name in ("sent_at", "got_at", "answered_at") if _is_naive(getattr(frame, name, None))]
    if naive:
        raise Malformed(f"{what} with a time without zone", "naive-time", "a time in UTC", naive[0])
    return frame


def _is_naive(at: datetime | None) -> bool:
    return at is not None and at.tzinfo is None
