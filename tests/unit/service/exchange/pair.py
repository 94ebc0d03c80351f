"""Two nodes on a sound link, and what their tests say to them."""

from __future__ import annotations

from typing import Any

import msgspec
from tests.planted import other_key
from tests.simulated_nodes import PARTIES, Side, World, entries_of

from keepclear.commands.telling import Tell
from keepclear.model.notices import RemarkMade
from keepclear.model.statements import LogId, Statement, decode, encode, entry_bytes
from keepclear.model.words import PUBLIC
from keepclear.record import note
from keepclear.record.checkpoint import Checkpoint
from keepclear.record.tree import leaf_hash, root_of
from keepclear.service.exchange import wire
from keepclear.service.exchange.wire import Gave, Held, Pack, Pull

COA, RUS = PARTIES["alpha"], PARTIES["bravo"]
TOLD, SAID = LogId(COA, RUS), LogId(COA, PUBLIC)


class Pair(World):
    """Alpha tells and bravo reads; nothing is lost and nobody stops."""

    def __init__(self, names: tuple[str, ...] = ("alpha", "bravo")) -> None:
        super().__init__(0, names)
        self.healed = True
        self.alpha, self.bravo = self.sides["alpha"], self.sides["bravo"]
        self.t0 = self.alpha.clock.now()
        for each in self.sides.values():  # one clock: offsets are the simulation's matter
            each.clock = self.alpha.clock
            each.start()

    def said(self, words: str, *readers: str, by: Side | None = None, **more: Any) -> Statement:
        teller = by or self.alpha
        tell = Tell(body=RemarkMade(words), readers=readers or (RUS,), **more)
        outcome = teller.node.act(teller.node.ask(teller.party, tell, words))
        return next(
            e.statement for e in teller.node.inbox(teller.party) if e.statement.id == outcome.statement
        )

    def pull(self) -> Pull:
        return self.bravo.exchange.session("alpha").pull(self.bravo.clock.now())

    def asked(self, pull: Pull | None = None) -> Gave:
        now = self.alpha.clock.now()
        session = self.alpha.exchange.session("bravo")
        gave = session.gave(self.pull() if pull is None else pull, (), now, now)
        return wire.read_gave(wire.encode(gave))

    def pack(self) -> Pack:
        return next(pack for pack in self.asked().packs if pack.origin == self.origin())

    def take(self, *packs: Pack) -> None:
        session, now = self.bravo.exchange.session("alpha"), self.bravo.clock.now()
        for step in session.steps(Gave(packs, now, now), now):
            self.bravo.node._durably(lambda step=step: step(self.bravo.node))

    def exchange(self) -> None:
        self.round_trip(self.bravo, self.alpha)
        self.round_trip(self.bravo, self.alpha)
        assert self.faults == []

    def origin(self, log: LogId = TOLD) -> str:
        return self.alpha.keys.origin(log.author, log.reader)

    def head(self, entries: list[bytes], log: LogId = TOLD, origin: str = "") -> bytes:
        """A head over these entries, signed by the log's own key."""
        root = root_of(map(leaf_hash, entries))
        head = Checkpoint(origin or self.origin(log), len(entries), root).text()
        return note.sign(head, self.alpha.keys.log_key(log.author, self.origin(log)))

    def resigned(self, *entries: bytes, log: LogId = TOLD) -> Pack:
        """A pack of these entries after what bravo holds, whose head its author's node has signed."""
        before = entries_of(self.bravo.store, log)
        head = self.head([*before, *entries], log)
        return Pack(self.origin(log), len(before), entries, head, len(before) + len(entries))

    def receipt(self, size: int, lines: bytes, origin: str = "") -> Pull:
        entries = entries_of(self.alpha.store, TOLD)[:size]
        root = root_of(map(leaf_hash, entries))
        head = Checkpoint(origin or self.origin(), size, root).text()
        return Pull((Held(self.origin(), size, f"{head}\n".encode() + lines),), self.bravo.clock.now())

    def refused(self, pull: Pull) -> int:
        step, unheld = self.alpha.exchange.session("bravo").receipts(pull)
        assert step is None
        assert len(unheld) == 1
        return unheld[0].status


def parts(raw: bytes) -> tuple[int, str, int, Statement]:
    part = msgspec.json.decode(raw, type=dict[str, msgspec.Raw])
    index, sees = (msgspec.json.decode(part[name], type=int) for name in ("index", "sees"))
    at = msgspec.json.decode(part["recorded_at"], type=str)
    return index, at, sees, decode(bytes(part["statement"]))


def changed(raw: bytes, **fields: Any) -> bytes:
    """An entry with another index, time, `sees`, or statement."""
    index, at, sees, statement = parts(raw)
    return entry_bytes(
        fields.get("index", index), fields.get("recorded_at", at), fields.get("sees", sees),
        encode(fields.get("statement", statement)),
    )  # fmt: skip


__all__ = ["COA", "RUS", "SAID", "TOLD", "Pair", "changed", "other_key", "parts"]
