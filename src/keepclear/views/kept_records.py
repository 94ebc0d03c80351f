"""A record as one side keeps it, read far enough to be laid beside another's.

The bytes come from another's file. Whoever builds a `KeptRecord` has had it verified first; here statements
are read by their members alone, so that kinds which this release does not know are compared too.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from functools import cached_property
from typing import Any

import msgspec
from msgspec import Struct

from keepclear.errors import Malformed
from keepclear.model.hotline import Rung
from keepclear.model.statements import LogId, digest
from keepclear.record.canonical import sha256
from keepclear.times import utc

BEFORE_ACKNOWLEDGED = frozenset({Rung.SENT, Rung.DELIVERED, Rung.DISPLAYED})
"""Rungs that a machine reaches by itself; they are no receipt by a person."""
MAX_SHOWN = 120
_NAMING = ("words", "text", "gist", "title", "name", "what")


class KeptLog(Struct, frozen=True):
    """One log as one side keeps it: its origin, the root of its checkpoint in hex, and its entries' bytes."""

    log: LogId
    origin: str
    root: str
    entries: tuple[bytes, ...]


class KeptRecord(Struct, frozen=True):
    """All logs that one side keeps, and the salted hashes of the attached files that it holds."""

    logs: tuple[KeptLog, ...]
    files: frozenset[str] = frozenset()


class Receipt(Struct, frozen=True, order=True):
    """That a party acknowledged, answered, read back or countersigned one statement: in which words."""

    of: str
    by: str
    words: str


class Kept(Struct, frozen=True, dict=True):
    """One entry as it is kept: where, when its author recorded it, and the statement in it."""

    log: LogId
    index: int
    recorded_at: datetime
    sees: int
    entry_hash: str
    digest: str
    statement: dict[str, Any]

    @property
    def id(self) -> str:
        """The id of the statement."""
        return str(self.statement.get("id", ""))

    @cached_property
    def shown(self) -> str:
        """The statement in few words: its kind, its id and the beginning of what it says."""
        body = _members(self.statement.get("body"))
        said = [str(body[name]) for name in _NAMING if isinstance(body.get(name), str) and body[name]]
        said += [str(_members(text).get("words")) for text in _items(body.get("texts"))][:1]
        quoted = f' "{said[0][:MAX_SHOWN]}"' if said else ""
        return f"the {_short(body.get('kind', 'statement'))} {_short(self.id)}{quoted}"

    def files(self) -> Iterator[str]:
        """Give the salted hashes of the files that the statement names."""
        for named in _items(self.statement.get("attachments")):
            salted = _members(named).get("salted_hash")
            if isinstance(salted, str):
                yield salted


class _Entry(Struct):
    index: int
    recorded_at: str
    sees: int
    statement: msgspec.Raw


_ENTRY = msgspec.json.Decoder(_Entry)


def read_kept(log: KeptLog) -> tuple[Kept, ...]:
    """Read the entries of a kept log.

    Raises:
        Malformed: an entry is not that of a log; names the log and the index.
    """
    return tuple(_read(log.log, number, raw) for number, raw in enumerate(log.entries))


def _read(log: LogId, number: int, raw: bytes) -> Kept:
    try:
        entry = _ENTRY.decode(raw)
        said = msgspec.json.decode(entry.statement, type=dict[str, Any])
        at = utc(entry.recorded_at)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError, ValueError) as error:
        raise Malformed(f"entry {number} of {log}: {error}", "entry", "an entry as a log holds it") from error
    if entry.index != number:
        raise Malformed(f"entry {number} of {log} says it is {entry.index}", "entry-index", "its own place")
    return Kept(log, number, at, entry.sees, sha256(raw), digest(bytes(entry.statement)), said)


def receipt_of(kept: Kept) -> Iterator[Receipt]:
    """Give the receipts that a statement is: by whoever is said to have given it, own or as reported."""
    body = _members(kept.statement.get("body"))
    heard = _members(kept.statement.get("said_by")).get("party")
    by = _short(heard or _members(kept.statement.get("author")).get("party"))
    of, kind, rung = str(body.get("of", "")), body.get("kind"), _short(body.get("rung"))
    if kind == "rung" and rung not in BEFORE_ACKNOWLEDGED:
        cell = f" by {_short(body['cell'])}" if body.get("cell") else ""
        yield Receipt(of, _short(body.get("reader")), f"{rung}{cell}")
    elif kind == "answer":
        for answered in _items(kept.statement.get("answers")):
            yield Receipt(str(answered), by, f'answered "{_short(body.get("answer"))}"')
    elif kind == "read-back":
        fields = msgspec.json.encode(body.get("fields"), order="deterministic")
        yield Receipt(of, by, f"read back (hash of its fields {sha256(fields)})")
    elif kind == "countersigned":
        yield Receipt(of, by, f"countersigned (text hash {_short(body.get('text_hash'))})")


def _members(value: object) -> dict[str, Any]:
    """Give the members of another's JSON value; none where it is no object."""
    return value if isinstance(value, dict) else {}


def _items(value: object) -> list[Any]:
    """Give the items of another's JSON value; none where it is no array."""
    return value if isinstance(value, list) else []


def _short(value: object) -> str:
    return str(value)[:MAX_SHOWN]
