"""Defects planted into the exchange, and the bad pulls and packs by which some of them show.

A planted defect is the real function with one piece of its text changed, so that a defect whose place has
moved is a red test and not a silent one.
"""

from __future__ import annotations
import __future__

import inspect
import textwrap
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import msgspec
import pytest
from tests.simulated_nodes import Side, World, entries_of

from keepclear.model.statements import decode, encode, entry_bytes
from keepclear.model.words import PUBLIC
from keepclear.record import note
from keepclear.record.checkpoint import Checkpoint
from keepclear.record.cosign import cosign
from keepclear.record.signing import Role, SigningKey
from keepclear.record.tree import leaf_hash, root_of
from keepclear.service.exchange import giving, reading
from keepclear.service.exchange.giving import Giver
from keepclear.service.exchange.taking import Taker
from keepclear.service.exchange.wire import Gave, Held, Pack, Pull
from keepclear.service.node import Node
from keepclear.times import text, utc


def other_key(origin: str) -> SigningKey:
    """A key that nobody has pinned, under the name of a log."""
    return SigningKey.derive(origin, b"\7" * 32, Role.LOG)


# Bad packs: what a dishonest author's node or whoever carries an answer may do.


def _first(author: Side, gave: Gave) -> tuple[Pack, Any] | None:
    for pack in gave.packs:
        log = next(row.log for row in author.store.logs() if row.origin == pack.origin)
        if log.reader != PUBLIC:
            return pack, log
    return None


def _with(gave: Gave, pack: Pack) -> Gave:
    return msgspec.structs.replace(gave, packs=(pack,))


def _later(raw: bytes) -> bytes:
    """The same entry, recorded a microsecond later."""
    part = msgspec.json.decode(raw, type=dict[str, msgspec.Raw])
    at = utc(msgspec.json.decode(part["recorded_at"], type=str)) + timedelta(microseconds=1)
    index, sees = (msgspec.json.decode(part[name], type=int) for name in ("index", "sees"))
    return entry_bytes(index, text(at), sees, bytes(part["statement"]))


def _head(author: Side, log: Any, pack: Pack, entries: tuple[bytes, ...], key: SigningKey) -> bytes:
    before = [leaf_hash(each) for each in entries_of(author.store, log)[: pack.start]]
    root = root_of([*before, *(leaf_hash(each) for each in entries)])
    return note.sign(Checkpoint(pack.origin, pack.start + len(entries), root).text(), key)


def changed_on_the_way(world: World, author: Side, reader: Side, gave: Gave) -> Gave | None:
    found = _first(author, gave)
    if found is None:
        return None
    pack, _ = found
    entries = (*pack.entries[:-1], _later(pack.entries[-1]))
    return _with(gave, msgspec.structs.replace(pack, entries=entries))


def head_by_another_key(world: World, author: Side, reader: Side, gave: Gave) -> Gave | None:
    found = _first(author, gave)
    if found is None:
        return None
    pack, log = found
    entries = (*pack.entries[:-1], _later(pack.entries[-1]))
    head = _head(author, log, pack, entries, other_key(pack.origin))
    return _with(gave, msgspec.structs.replace(pack, entries=entries, head=head))


def statement_by_nobody(world: World, author: Side, reader: Side, gave: Gave) -> Gave | None:
    """The node of the author puts words into its mouth, and signs the head over them."""
    found = _first(author, gave)
    if found is None:
        return None
    pack, log = found
    part = msgspec.json.decode(pack.entries[-1], type=dict[str, msgspec.Raw])
    said = decode(bytes(part["statement"]))
    never = msgspec.structs.replace(said, remarks="never said")
    index, sees = (msgspec.json.decode(part[name], type=int) for name in ("index", "sees"))
    at = msgspec.json.decode(part["recorded_at"], type=str)
    entries = (*pack.entries[:-1], entry_bytes(index, at, sees, encode(never)))
    head = _head(author, log, pack, entries, author.keys.log_key(log.author, pack.origin))
    world.dishonest.add(author.name)  # its log's key has signed two histories
    return _with(gave, msgspec.structs.replace(pack, entries=entries, head=head))


def without_what_is_attached(world: World, author: Side, reader: Side, gave: Gave) -> Gave | None:
    found = next((pack for pack in gave.packs if pack.beside), None)
    return None if found is None else _with(gave, msgspec.structs.replace(found, beside=()))


def without_its_first_entry(world: World, author: Side, reader: Side, gave: Gave) -> Gave | None:
    found = next((pack for pack in gave.packs if len(pack.entries) > 1), None)
    return None if found is None else _with(gave, msgspec.structs.replace(found, entries=found.entries[1:]))


TAMPERS = (changed_on_the_way, head_by_another_key, without_what_is_attached, without_its_first_entry)
DISHONEST = (*TAMPERS, statement_by_nobody)

# Bad receipts: what a dishonest reader's node, or somebody in its place, may send.


def _told(author: Side, reader: Side) -> tuple[str, int, bytes, bytes] | None:
    log = author.log_to(reader.name)
    kept = author.store.checkpoints(log)
    if not kept:
        return None
    row = next(row for row in author.store.logs() if row.log == log)
    head = Checkpoint(row.origin, kept[-1].size, root_of(each.leaf for each in author.store.entries(log)))
    return row.origin, kept[-1].size, head.text().encode(), kept[-1].note


def _receipt(world: World, pull: Pull, origin: str, size: int, receipt: bytes) -> Pull:
    return msgspec.structs.replace(pull, held=(Held(origin, size, receipt),))


def by_the_host(world: World, author: Side, reader: Side, pull: Pull) -> Pull | None:
    """The author's own node cosigns in the place of the reader."""
    found = _told(author, reader)
    if found is None:
        return None
    origin, size, _, kept = found
    key = author.node.mirror_key
    return _receipt(world, pull, origin, size, note.only(kept, key.name, key.hash))


def by_another_peer(world: World, author: Side, reader: Side, pull: Pull) -> Pull | None:
    found = _told(author, reader)
    if found is None:
        return None
    origin, size, head, _ = found
    key = SigningKey.derive(f"{reader.name}/mirror", b"\7" * 32, Role.MIRROR)
    line = cosign(head.decode(), key, reader.clock.now())
    return _receipt(world, pull, origin, size, head + b"\n" + line)


def of_another_root(world: World, author: Side, reader: Side, pull: Pull) -> Pull | None:
    found = _told(author, reader)
    if found is None:
        return None
    origin, size, _, _ = found
    head = Checkpoint(origin, size, b"\7" * 32).text()
    line = cosign(head, reader.node.mirror_signer, reader.clock.now())
    return _receipt(world, pull, origin, size, f"{head}\n".encode() + line)


def for_more_than_it_says(world: World, author: Side, reader: Side, pull: Pull) -> Pull | None:
    found = _told(author, reader)
    held = next((each for each in pull.held if found and each.origin == found[0] and each.receipt), None)
    return None if found is None or held is None else _receipt(world, pull, found[0], found[1], held.receipt)


def beyond_the_log(world: World, author: Side, reader: Side, pull: Pull) -> Pull | None:
    found = _told(author, reader)
    return None if found is None else _receipt(world, pull, found[0], found[1] + 5, b"")


FORGES = (by_the_host, by_another_peer, of_another_root, for_more_than_it_says, beyond_the_log)

# The planted defects.


Edits = tuple[tuple[str, str], ...]


def mutant(function: Callable[..., Any], edits: Edits) -> Callable[..., Any]:
    """The function with pieces of its source changed."""
    source = textwrap.dedent(inspect.getsource(function))
    for old, new in edits:
        assert source.count(old) == 1, f"{function.__qualname__} no longer says {old!r} once"
        source = source.replace(old, new)
    made: dict[str, Any] = {}
    code = compile(source, "<planted>", "exec", __future__.annotations.compiler_flag)
    exec(code, {**function.__globals__, "other_key": other_key}, made)  # noqa: S102 - our own source, changed
    return made[function.__name__]


@dataclass(frozen=True)
class Planted:
    """One defect: the words that name it, and how it gets into the code or into the order of steps."""

    what: str
    owner: Any = None
    function: str = ""
    edits: Edits = ()
    switch: str = ""

    def plant(self, monkeypatch: pytest.MonkeyPatch) -> None:
        if self.owner is not None:
            plain = inspect.getattr_static(self.owner, self.function)
            monkeypatch.setattr(self.owner, self.function, mutant(plain, self.edits))

    def set(self, world: World) -> None:
        if self.switch:
            setattr(world, self.switch, True)


def edit(what: str, owner: Any, function: str, *words: str) -> Planted:
    return Planted(what, owner, function, tuple(zip(words[::2], words[1::2], strict=True)))


_RESUME = "sizes.get(row.origin, 0), "
_HAS_LINE = "if any((line.name, line.hash) == (mirror.name, mirror.hash) for line in note.parse(own).lines):"
DEFECTS = (
    Planted("cosigns before it is durable", switch="receipts_before_commit"),
    Planted("shows before it is durable", switch="counts_before_commit"),
    Planted("two writers of one log", switch="writes_twice"),
    edit("no cursor check", Taker, "_taken", "if pack.start != tree.size:", "if False:"),
    edit("resumes one too far", Giver, "packs", _RESUME, "sizes.get(row.origin, -1) + 1, "),
    edit("resumes one too early", Giver, "packs", _RESUME, "max(0, sizes.get(row.origin, 0) - 1), "),
    edit(
        "says what is not durable", Giver, "_size",
        "self._node.durable_size(log)", "self._node.mirrored(log)[0].size",
    ),
    edit(
        "the host signs as the reader", Giver, "_receipt",
        "(self.peer.mirror,)",
        "(self.peer.mirror if self.peer.mirror.name in held.receipt.decode() else self._node.mirror_key,)",
        "mirror = self.peer.mirror", "mirror = opened.signed[0].key",
        _HAS_LINE, "if False:",
    ),
    edit(
        "a receipt of another root", Giver, "_receipt",
        "if checkpoint.parse(note.parse(own).text) != head:", "if False:",
    ),
    edit(
        "a receipt for more than the note says", Giver, "_receipt",
        "if head.origin != row.origin or head.size != held.size:", "if False:",
        "row.log, head.size, seconds", "row.log, held.size, seconds",
    ),
    edit(
        "a receipt row for all of the log", Giver, "_receipt",
        "row.log, head.size, seconds", "row.log, self._size(row.log), seconds",
    ),
    edit(
        "a receipt by anybody", Giver, "_receipt",
        "note.open_note(held.receipt, (self.peer.mirror,))",
        "note.OpenedNote(note.parse(held.receipt).text, (note.Signed(self.peer.mirror, 0),), ())",
        "note.only(held.receipt, mirror.name, mirror.hash)", "note.only(held.receipt, mirror.name)",
    ),
    edit(
        "a pack without its head", Taker, "_taken", "self._check_head(pack, log, key, grown)", "pass"
    ),
    edit(
        "a head by another's key", Taker, "_taken",
        "log, key = self._pinned(pack.origin)",
        "log, key = self._pinned(pack.origin)\n"
        "    other = other_key(pack.origin).verifying\n"
        "    key = other if note.parse(pack.head).lines[0].hash == other.hash else key",
    ),
    edit(
        "a statement that nobody signed", reading, "_check_statement", "key.verify(", "(lambda *_: None)("
    ),
    edit(
        "cosigned without what is attached", Taker, "_taken",
        "self._check_attached(statement, beside)", "pass",
    ),
    edit(
        "a pack that came twice is folded twice", Taker, "_taken",
        "self._check_shown(pack)", "self._node._arrive(self._node.inbox(log.reader)[-1:])",
    ),
    edit(
        "told to every peer", Giver, "logs",
        "row.log.reader in self.peer.parties", "row.log.reader not in (PUBLIC, row.log.author)",
    ),
    edit(
        "an entry arrives twice", Node, "publish",
        "self._arrive(prepared.entries)", "self._arrive(prepared.entries * 2)",
    ),
    edit("receipts are forgotten at a start", Node, "_read_store", "self._receipts.count(receipt)", "pass"),
    edit(
        "entries out of order", giving, "entries_from",
        "entries.append(encoded)", "entries.insert(0, encoded)",
    ),
)  # fmt: skip
