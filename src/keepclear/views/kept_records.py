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
from keepclear.record.canonical import canonical, sha256
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
        body = self.statement.get("body")
        body = body if isinstance(body, dict) else {}
        said = [str(body[name]) for name in _NAMING if isinstance(body.get(name), str) and body[name]]
        said += [str(text["words"]) for text in body.get("texts") or () if isinstance(text, dict)][:1]
        quoted = f' "{said[0][:MAX_SHOWN]}"' if said else ""
        return f"the {body.get('kind', 'statement')} {self.id}{quoted}"

    def files(self) -> Iterator[str]:
        """Give the salted hashes of the files that the statement names."""
        for named in self.statement.get("attachments") or ():
            if isinstance(named, dict) and isinstance(named.get("salted_hash"), str):
                yield named["salted_hash"]


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
    body, author = kept.statement.get("body"), kept.statement.get("author")
    if not isinstance(body, dict) or not isinstance(author, dict):
        return
    speaker = kept.statement.get("said_by")
    heard = speaker.get("party") if isinstance(speaker, dict) else None
    by, of, kind = str(heard or author.get("party")), str(body.get("of", "")), body.get("kind")
    if kind == "rung" and body.get("rung") not in BEFORE_ACKNOWLEDGED:
        cell = f" by {body['cell']}" if body.get("cell") else ""
        yield Receipt(of, str(body.get("reader")), f"{body.get('rung')}{cell}")
    elif kind == "answer":
        for answered in kept.statement.get("answers") or ():
            yield Receipt(str(answered), by, f'answered "{body.get("answer")}"')
    elif kind == "read-back":
        yield Receipt(of, by, f"read back (fields {sha256(canonical(body.get('fields') or {}))[:12]})")
    elif kind == "countersigned":
        yield Receipt(of, by, f"countersigned (text {str(body.get('text_hash'))[:12]})")
