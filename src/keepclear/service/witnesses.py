"""The witnesses of a node: who they are, and the hourly offering of each log's checkpoint to each of them.

A witness gets origin, size, root and time of a log and nothing that stands in it. It gets them hourly,
whatever was told, so that its times say no more than the sizes do. Its cosignature is kept with the
checkpoint.
"""

from __future__ import annotations

import asyncio
import logging
import ssl
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated, Final

import httpx
import msgspec
from msgspec import Meta, Struct

from keepclear.commands.commitments import full_hour
from keepclear.commands.ports import Batch, CheckpointRow, LogRow
from keepclear.errors import KeepclearError, Malformed, NotAllowed, Refused
from keepclear.model.words import PartyId
from keepclear.record import note
from keepclear.record.proof import LeafHashes, consistency_proof
from keepclear.record.signing import SignatureType, VerifyingKey
from keepclear.record.witnessing import SIZE_TYPE, AddCheckpoint
from keepclear.service import again, files
from keepclear.service.listening import is_loopback
from keepclear.service.node import Node
from keepclear.service.tls import pinned_context
from keepclear.service.writer import Writer

LOG = logging.getLogger(__name__)
MAX_WITNESSES: Final = 8
MAX_ANSWER_BYTES: Final = 16 * 1024
TIMEOUT_S: Final = 20.0
TICK_S: Final = 5.0
AFTER: Final = timedelta(minutes=1)
"""How long after the full hour checkpoints are offered: the hourly commitments stand in them by then."""
RETRY_S: Final = (60.0, 120.0, 300.0, 600.0)


class WitnessRow(Struct, frozen=True, forbid_unknown_fields=True):
    """A witness that this node uses: what it is called in policies, its key, where it answers.

    `certificate` is the file of its TLS certificate, "" for one that this machine trusts anyway. One that is
    no longer `used` stays here, since its cosignatures stay in the record.
    """

    name: Annotated[str, Meta(pattern=r"^[A-Za-z][A-Za-z0-9._-]{0,31}$")]
    vkey: str
    url: Annotated[str, Meta(pattern=r"^https?://[^\s]+$")]
    certificate: str = ""
    used: bool = True

    @property
    def key(self) -> VerifyingKey:
        """Its key, read."""
        return VerifyingKey.parse(self.vkey)


class Witnesses:
    """The file of a node's witnesses."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def rows(self) -> tuple[WitnessRow, ...]:
        """List them.

        Raises:
            Malformed: the file cannot be read.
        """
        try:
            return msgspec.json.decode(self._path.read_bytes(), type=tuple[WitnessRow, ...])
        except FileNotFoundError:
            return ()
        except (OSError, msgspec.DecodeError) as error:
            raise Malformed(
                f"the witnesses in {self._path}: {error}", "witnesses", "the file as it was made"
            ) from error

    def use(self, row: WitnessRow, node: str, parties: Iterable[str]) -> None:
        """Use a witness from the next offering on.

        Raises:
            Malformed: its name, key or address is none.
            NotAllowed: it is this node, one of its parties, or reached without encryption.
            Refused: there are too many.
        """
        try:
            checked = msgspec.convert(msgspec.to_builtins(row), WitnessRow)
        except msgspec.ValidationError as error:
            raise Malformed(f"this witness: {error}", "witness", "name, key and https address") from error
        _check_elsewhere(checked, node, parties)
        others = tuple(one for one in self.rows() if one.name != checked.name)
        if len(others) >= MAX_WITNESSES:
            raise Refused(f"a witness beyond {MAX_WITNESSES}", "witnesses", f"at most {MAX_WITNESSES}")
        if any(one.vkey == checked.vkey for one in others):
            raise Refused("one key under two names", "witnesses", "one name for one witness")
        self._write((*others, checked))

    def drop(self, name: str) -> bool:
        """Offer a witness nothing from now on; its cosignatures stay. False if it was not used."""
        rows = self.rows()
        if not any(row.name == name and row.used for row in rows):
            return False
        self._write(tuple(msgspec.structs.replace(row, used=row.used and row.name != name) for row in rows))
        return True

    def _write(self, rows: tuple[WitnessRow, ...]) -> None:
        files.keep(self._path, msgspec.json.format(msgspec.json.encode(rows), indent=2), "folder")


def _check_elsewhere(row: WitnessRow, node: str, parties: Iterable[str]) -> None:
    if row.key.kind is not SignatureType.COSIGNATURE:
        raise Malformed(
            f"the witness key {row.key.key_id}", "witness-key", "a key of type 0x04, as keepclear witness key"
        )
    if row.key.name.partition("/")[0] == node or row.name in parties:
        raise NotAllowed(
            f"{row.name} as the witness of its own logs",
            "witness-party",
            "somebody who is no party to the arrangement",
        )
    address = httpx.URL(row.url)
    if address.scheme != "https" and not is_loopback(address.host):
        raise NotAllowed(f"the witness at {row.url} without encryption", "https", "https://…")


def known(rows: Iterable[WitnessRow]) -> tuple[tuple[str, VerifyingKey, str], ...]:
    """Give name, key and address of witnesses as a node keeps them for its exports."""
    return tuple((row.name, row.key, row.url) for row in rows)


class Reply(Struct, frozen=True):
    """What a witness answered."""

    status: int
    content_type: str
    body: bytes


Post = Callable[[WitnessRow, bytes], Reply]
"""Sends an `add-checkpoint` request; raises OSError or httpx.HTTPError where nothing came back."""


def post(row: WitnessRow, body: bytes) -> Reply:
    """Send a request to a witness over HTTP."""
    verify: ssl.SSLContext | bool = True if not row.certificate else pinned_context(Path(row.certificate))
    with (
        httpx.Client(verify=verify, timeout=TIMEOUT_S, trust_env=False) as client,
        client.stream("POST", f"{row.url.rstrip('/')}/add-checkpoint", content=body) as answer,
    ):
        found = b""
        for part in answer.iter_bytes():
            found += part
            if len(found) > MAX_ANSWER_BYTES:
                raise httpx.HTTPError("an answer beyond its bounds")
        return Reply(answer.status_code, answer.headers.get("content-type", ""), found)


class Offered(Struct, frozen=True):
    """What came of offering one log to one witness; `author` and `reader` are for the node's own eyes."""

    witness: str
    author: PartyId
    reader: PartyId
    size: int
    done: bool
    words: str


def offer_all(node: Node, rows: Iterable[WitnessRow], send: Post = post) -> list[Offered]:
    """Offer the newest checkpoint of every log that is written here to every witness in use."""
    used = [row for row in rows if row.used]
    return [offer(node, log, row, send) for log in node.store.logs() for row in used]


def offer(node: Node, log: LogRow, row: WitnessRow, send: Post = post) -> Offered:
    """Offer the newest checkpoint of a log to a witness, and keep the cosignature with it."""
    kept = node.store.checkpoints(log.log)
    newest = kept[-1]

    def came(words: str, *, done: bool = False) -> Offered:
        return Offered(row.name, log.log.author, log.log.reader, newest.size, done, words)

    if _is_cosigned(newest, row.key):
        return came("cosigned before", done=True)
    old = next((one.size for one in reversed(kept) if _is_cosigned(one, row.key)), 0)
    try:
        reply = _asked(node, log, newest, old, row, send)
    except (OSError, httpx.HTTPError) as error:
        return came(f"not reached: {type(error).__name__}: {error}")
    if reply.status != 200:
        return came(_why(reply, newest))
    try:
        # Read and written anew: another witness may have cosigned the same checkpoint meanwhile.
        row_now = next(one for one in node.store.checkpoints(log.log) if one.size == newest.size)
        whole = note.add_lines(row_now.note, *_lines_of(reply, newest, row.key))
        node.store.commit(Batch(checkpoints=(CheckpointRow(log.log, newest.size, whole),)))
    except KeepclearError as error:
        return came(f"its cosignature is not kept: {error}")
    return came("cosigned", done=True)


def _is_cosigned(kept: CheckpointRow, key: VerifyingKey) -> bool:
    if key.name.encode() not in kept.note:  # most checkpoints of a busy log are nobody's elsewhere
        return False
    return any((line.name, line.hash) == (key.name, key.hash) for line in note.parse(kept.note).lines)


def _asked(node: Node, log: LogRow, newest: CheckpointRow, old: int, row: WitnessRow, send: Post) -> Reply:
    """Ask with the size that we know of; where the witness knows another, ask once more with that."""
    leaves = LeafHashes([entry.leaf for entry in node.store.entries(log.log)])
    reply = send(row, _request(leaves, newest, old))
    known = _size_in(reply)
    if known is not None and known != old and known <= newest.size:
        reply = send(row, _request(leaves, newest, known))
    return reply


def _request(leaves: LeafHashes, newest: CheckpointRow, old: int) -> bytes:
    proof = consistency_proof(leaves, old, newest.size) if 0 < old < newest.size else []
    # Its log's signature alone: that the node itself holds the log is no word of a log's.
    bare = note.parse(newest.note)
    signed = f"{bare.text}\n{bare.lines[0].line()}".encode()
    return AddCheckpoint(old, tuple(proof), signed).encode()


def _size_in(reply: Reply) -> int | None:
    digits = reply.body.strip()
    is_size = reply.status == 409 and reply.content_type.partition(";")[0].strip() == SIZE_TYPE
    return int(digits) if is_size and digits.isdigit() and len(digits) < 20 else None


def _why(reply: Reply, newest: CheckpointRow) -> str:
    known = _size_in(reply)
    if known is not None and known > newest.size:
        return (
            f"the witness has seen {known} entries of this log and here are {newest.size}: entries are "
            "missing here, as after a restore; stop and compare before anything more is told"
        )
    if known is not None:
        return f"the witness has another tree of size {known}: a second history; keep both and stop"
    words = reply.body[:200].decode("utf-8", "replace").strip()
    return f"answered {reply.status}: {''.join(sign for sign in words if sign.isprintable())}"


def _lines_of(reply: Reply, newest: CheckpointRow, key: VerifyingKey) -> Iterator[bytes]:
    """Give the lines of a reply that hold by the witness's key; those of others are not looked at."""
    text = note.parse(newest.note).text
    opened = note.open_note(f"{text}\n".encode() + reply.body, (key,))
    hashes = {mark.key.hash for mark in opened.signed}
    for line in note.parse(f"{text}\n".encode() + reply.body).lines:
        if line.name == key.name and line.hash in hashes:
            yield line.line().encode()


class Offering:
    """Offers every log to every witness each hour, and again later where one was not reached."""

    def __init__(self, node: Callable[[], Node], witnesses: Witnesses, send: Post = post) -> None:
        self._node = node
        self._witnesses = witnesses
        self._send = send
        self._done_for: datetime | None = None
        self._retry_at = float("-inf")
        self._failures = 0
        self.last: tuple[Offered, ...] = ()

    def turn(self) -> bool:
        """Offer if it is time; tell whether anything was offered. The first time up is always time."""
        node = self._node()
        hour = full_hour(node.clock.now() - AFTER)
        if self._done_for == hour or node.clock.monotonic() < self._retry_at:
            return False
        node.witnesses = known(self._witnesses.rows())
        self.last = tuple(offer_all(node, self._witnesses.rows(), self._send))
        failed = [one for one in self.last if not one.done]
        for one in failed:
            LOG.warning("witness %s, log %s→%s: %s", one.witness, one.author, one.reader, one.words)
        if failed:
            self._retry_at = node.clock.monotonic() + RETRY_S[min(self._failures, len(RETRY_S) - 1)]
            self._failures += 1
            return True
        self._done_for, self._failures, self._retry_at = hour, 0, float("-inf")
        return True

    @asynccontextmanager
    async def running(self, writer: Writer) -> AsyncIterator[None]:
        """Run for the life of the block."""
        async with again.running(lambda: self._settled(writer), "the offering to witnesses", TICK_S):
            yield

    async def _settled(self, writer: Writer) -> None:
        await writer.settled()
        await asyncio.to_thread(self.turn)
