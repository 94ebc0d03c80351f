"""Two or three real nodes over a simulated network, each with a clock of its own, and the checker of it all.

Everything falls by one seed: what is told, when links are up, what is lost, doubled and late, where a node
stops. A stop leaves the store and the files, and nothing that was only in memory. The checker knows nothing
of cursors, packs or receipts: it compares what one node told with what the other has.
"""

from __future__ import annotations

import heapq
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from math import ceil

from tests.building_node import START

from keepclear.commands.ports import AttachmentRow, Batch
from keepclear.commands.telling import Tell
from keepclear.errors import KeepclearError
from keepclear.model.notices import RemarkMade
from keepclear.model.parties import PartyKind, PartyStated
from keepclear.model.statements import LogId, decode, entry_bytes
from keepclear.model.words import PUBLIC, Attachment, CapStatus, PartyId, StatementId
from keepclear.record import checkpoint, note
from keepclear.record.canonical import salted_hash
from keepclear.record.tree import root_of
from keepclear.service.asking import Prepared
from keepclear.service.clock import SimulatedClock
from keepclear.service.exchange import evidence, wire
from keepclear.service.exchange.pairing import Card, Peer, Peers, fingerprint, own_card
from keepclear.service.exchange.session import Exchange, Step
from keepclear.service.exchange.stopped import StoppedLogs
from keepclear.service.exchange.wire import Gave, Pull
from keepclear.service.keys import Keyring
from keepclear.service.node import Node
from keepclear.stores.memory import MemoryStore
from keepclear.times import text
from keepclear.views.told import NOT_RECEIVED

PARTIES = {"alpha": PartyId("COA"), "bravo": PartyId("RUS"), "carol": PartyId("TUR")}
NAMES = {party: name for name, party in PARTIES.items()}
LOSS, DOUBLED = 0.4, 0.2
POINTS = ("before", "prepared", "committed")
"""Where a node may stop: before a batch is made, before it is durable, and before it counts."""


class Stop(Exception):
    """The node stopped here."""


def keys_of(name: str) -> Keyring:
    return Keyring.from_seed(name, name.encode() * 8, (PARTIES[name],))


def node_over(store: MemoryStore, keys: Keyring, clock: SimulatedClock) -> Node:
    return Node(store, keys, clock, CapStatus.EXERCISE, "party")


def copied(store: MemoryStore) -> MemoryStore:
    """A store with the same content, that goes on by itself."""
    made = MemoryStore()
    made._logs, made._origins = dict(store._logs), set(store._origins)
    made._by_log = {log: list(rows) for log, rows in store._by_log.items()}
    made._checkpoints = {log: dict(rows) for log, rows in store._checkpoints.items()}
    for name in ("_entries", "_in_order"):
        setattr(made, name, list(getattr(store, name)))
    for name in ("_statements", "_receipts", "_keys", "_attachments", "_deadlines", "_outbox"):
        setattr(made, name, dict(getattr(store, name)))
    return made


@cache
def begun(name: str, others: tuple[str, ...]) -> tuple[Keyring, MemoryStore]:
    """A node that hosts its party and knows the others' names; nothing was told to any of them."""
    keys, store = keys_of(name), MemoryStore()
    node = node_over(store, keys, SimulatedClock(START - timedelta(days=2)))
    node.host(PARTIES[name])
    for other in others:
        body = PartyStated(PARTIES[other], f"Party {other}", PartyKind.STATE_FORCE)
        node.act(node.ask(PARTIES[name], Tell(body=body), f"party {other}"))
    return keys, store


@cache
def card_for(name: str, reader: str) -> Card:
    return own_card(keys_of(name), CapStatus.EXERCISE, (PARTIES[name],), (PARTIES[reader],), "")


@cache
def peers_of(name: str, others: tuple[str, ...]) -> Peers:
    cards = [card_for(other, name) for other in others]
    return Peers(None, tuple(Peer(card, fingerprint(card)) for card in cards))


def entries_of(store: MemoryStore, log: LogId) -> list[bytes]:
    """The entries of a log, as bytes."""
    epoch = datetime(1970, 1, 1, tzinfo=START.tzinfo)
    return [
        entry_bytes(row.index, text(epoch + timedelta(microseconds=row.recorded_at_us)), row.sees, statement)
        for row, statement in store.told(log, 0, 10**9)
    ]


def size_of(store: MemoryStore, log: LogId) -> int:
    return sum(1 for _ in store.entries(log))


@dataclass
class Side:
    """One node: what survives a stop, and what does not."""

    name: str
    others: tuple[str, ...]
    keys: Keyring
    store: MemoryStore
    clock: SimulatedClock
    offset: timedelta
    stopped: StoppedLogs = field(default_factory=StoppedLogs)
    shown: list[tuple[LogId, int, StatementId]] = field(default_factory=list)
    stops: int = 0

    def __post_init__(self) -> None:
        self.start()

    @property
    def party(self) -> PartyId:
        return PARTIES[self.name]

    def start(self) -> None:
        """Begin with nothing but what is durable."""
        self.node = node_over(self.store, self.keys, self.clock)
        self.exchange = Exchange(self.node, peers_of(self.name, self.others), self.stopped)

    def log_to(self, other: str) -> LogId:
        return LogId(self.party, PARTIES.get(other, PUBLIC))

    def inbox(self) -> list[tuple[LogId, int, StatementId]]:
        return [(entry.log, entry.index, entry.statement.id) for entry in self.node.inbox(self.party)]


def side(name: str, others: tuple[str, ...], offset: timedelta = timedelta(0)) -> Side:
    keys, store = begun(name, others)
    return Side(name, others, keys, copied(store), SimulatedClock(START + offset), offset)


Tamper = Callable[["World", Side, Side, Gave], Gave | None]
Forge = Callable[["World", Side, Side, Pull], Pull | None]


class World:
    """One course of two or three nodes, by one seed."""

    def __init__(self, seed: int, names: tuple[str, ...] = ("alpha", "bravo"), hours: float = 6.0) -> None:
        self.seed, self.dice = seed, random.Random(seed)
        self.names, self.span_s = names, hours * 3600
        self.sides = {
            name: side(
                name,
                tuple(other for other in names if other != name),
                timedelta(seconds=round(self.dice.uniform(-6, 6) * 3600)),
            )
            for name in names
        }
        self.t = 0.0
        self.events: list[tuple[float, int, Callable[[], None]]] = []
        self.number = 0
        self.faults: list[str] = []
        self.secrets: dict[str, list[bytes]] = {name: [] for name in names}
        self.acked: list[tuple[str, str]] = []
        self.down: list[tuple[float, float]] = []
        self.stop_rate, self.change_rate = 0.08, 0.25
        self.healed = False
        self.crossed = self.stops = self.tampered = 0
        self.dishonest: set[str] = set()
        self.tampers: tuple[Tamper, ...] = ()
        self.forges: tuple[Forge, ...] = ()
        # Switches of planted defects that lie in the order of steps and not in one function.
        self.counts_before_commit = False
        self.receipts_before_commit = False
        self.writes_twice = False

    # Time.

    def at(self, t: float, event: Callable[[], None]) -> None:
        self.number += 1
        heapq.heappush(self.events, (t, self.number, event))

    def move(self, t: float) -> None:
        self.t = max(self.t, t)
        for each in self.sides.values():
            each.clock.move_to(START + timedelta(seconds=self.t) + each.offset)

    def fault(self, words: str) -> None:
        self.faults.append(f"seed {self.seed} at {self.t:.0f} s: {words}")

    # What a node does.

    def durably(self, by: Side, step: Step, *, twin: Node | None = None) -> Prepared:
        """Prepare and commit as the writer does, with a stop at some point, and others asking meanwhile."""
        point = self.dice.choice(POINTS) if not self.healed and self.dice.random() < self.stop_rate else ""
        if point == "before":
            raise Stop
        node = twin or by.node
        try:
            prepared = step(node)
        except KeepclearError:
            node.drop()
            raise
        if self.receipts_before_commit:
            self.early_receipts(by, prepared)
        if point == "prepared":
            self.meanwhile(by)
            raise Stop
        if self.counts_before_commit:
            self.published(by, prepared)
        if self.dice.random() < 0.1:
            self.meanwhile(by)
        if self.counts_before_commit and not self.healed and self.dice.random() < self.stop_rate:
            raise Stop
        by.store.commit(prepared.batch)
        if point == "committed":
            raise Stop
        if not self.counts_before_commit:
            self.published(by, prepared)
        return prepared

    def published(self, by: Side, prepared: Prepared) -> None:
        by.node.publish(prepared)
        self.look(by)

    def meanwhile(self, by: Side) -> None:
        """Between decided and durable a node may be asked and may ask: nothing of it comes out."""
        if not self.healed:
            other = self.dice.choice(by.others)
            self.send_pull(by, self.sides[other])
            pull = self.sides[other].exchange.session(by.name).pull(self.sides[other].clock.now())
            self.serve(self.sides[other], by, pull, receipts=False)

    def early_receipts(self, by: Side, prepared: Prepared) -> None:
        for row in prepared.batch.checkpoints:
            if row.log.author != by.party and row.log.author in NAMES:
                author = self.sides[NAMES[row.log.author]]
                pull = by.exchange.session(author.name).pull(by.clock.now())
                origin = checkpoint.parse(note.parse(row.note).text).origin
                key = by.node.mirror_key
                held = wire.Held(origin, row.size, note.only(row.note, key.name, key.hash))
                early = Pull((held,), pull.sent_at)
                self.carry(by, author, wire.encode(early), lambda raw, a=author: self.got_pull(by, a, raw))

    def stop(self, which: Side) -> None:
        which.stops += 1
        self.stops += 1
        which.start()
        self.look(which)

    def look(self, which: Side) -> None:
        """What a desk has shown stays shown, in its place, whatever happened since."""
        inbox = which.inbox()
        if inbox[: len(which.shown)] != which.shown:
            self.fault(f"{which.name} no longer has what it had shown")
        if len(set(inbox)) != len(inbox) or len({each[:2] for each in inbox}) != len(inbox):
            self.fault(f"{which.name} shows something twice")
        which.shown = inbox

    # Telling.

    def tell(self, by: Side, readers: tuple[str, ...], count: int, beside: bool) -> None:
        asks, keys = [], []
        for _ in range(count):
            self.number += 1
            key = f"k{self.seed}x{self.number}."
            attached = (self.attach(by, key),) if beside else ()
            told = tuple(PARTIES.get(name, PUBLIC) for name in readers)
            tell = Tell(body=RemarkMade(f"said {key}"), readers=told, attachments=attached)
            asks.append(by.node.ask(by.party, tell, key))
            keys.append(key)
            if PUBLIC not in told:
                for name in self.names:
                    if name != by.name and name not in readers:
                        self.secrets[name].append(key.encode())
        self.say(by, asks, keys)

    def attach(self, by: Side, key: str) -> Attachment:
        body, salt = f"beside {key}".encode(), self.dice.randbytes(16)
        salt += by.keys._salt_mark(by.party, salt)
        row = AttachmentRow(salted_hash(salt, body), salt, body)
        by.store.commit(Batch(attachments=(row,)))
        return Attachment(row.salted_hash, "beside", "text/plain", len(body))

    def say(self, by: Side, asks: list, keys: list[str]) -> None:
        try:
            prepared = self.durably(by, lambda node: node.prepare(asks))
        except Stop:
            self.stop(by)
            self.at(self.t + self.dice.uniform(1, 60), lambda: self.say(by, asks, keys))
            return
        for outcome, key in zip(prepared.outcomes, keys, strict=True):
            if isinstance(outcome, KeepclearError):
                self.fault(f"{by.name} could not say {key}: {outcome}")
            else:
                self.acked.append((by.name, outcome.statement))

    # The network.

    def up(self) -> bool:
        return not any(start <= self.t < end for start, end in self.down)

    def carry(self, sender: Side, to: Side, raw: bytes, arrive: Callable[[bytes], None]) -> None:
        """Lose, double and delay; whatever was sent must be for its reader to see."""
        self.crossed += 1
        leaked = [secret for secret in self.secrets[to.name] if secret in raw]
        if leaked:
            self.fault(f"{sender.name} sent {to.name} what it told others: {leaked[0].decode()}")
        copies = 0 if not self.up() or self.dice.random() < LOSS else 1
        copies += self.dice.random() < DOUBLED
        for _ in range(copies if self.up() else 0):
            self.at(self.t + self.dice.expovariate(1 / 20), lambda: arrive(raw))

    def send_pull(self, reader: Side, author: Side) -> None:
        pull = reader.exchange.session(author.name).pull(reader.clock.now())
        forged = self.changed(self.forges, author, reader, pull)
        for each in (pull, *(() if forged is None else (forged,))):
            honest = each is pull
            raw = wire.encode(each)
            self.carry(reader, author, raw, lambda raw, h=honest: self.got_pull(reader, author, raw, h))

    def changed(self, ways: tuple, author: Side, reader: Side, frame: Pull | Gave) -> Pull | Gave | None:
        if not ways or self.healed or self.dice.random() > self.change_rate:
            return None
        self.tampered += 1
        return self.dice.choice(ways)(self, author, reader, frame)

    def got_pull(self, reader: Side, author: Side, raw: bytes, honest: bool = True) -> None:
        self.serve(reader, author, wire.read_pull(raw), honest)

    def serve(
        self, reader: Side, author: Side, pull: Pull, honest: bool = True, *, receipts: bool = True
    ) -> None:
        session = author.exchange.session(reader.name)
        got_at = author.clock.now()
        step, unheld = session.receipts(pull)
        step = step if receipts else None
        if unheld and honest:
            self.fault(f"{author.name} refused a receipt of {reader.name}: {unheld[0]}")
        if step is not None:
            try:
                self.durably(author, step)
            except Stop:
                self.stop(author)
                return
            self.check_receipt(author, reader)
        author.exchange.compare(pull.heads, got_at)
        gave = session.gave(pull, unheld, got_at, author.clock.now())
        changed = self.changed(self.tampers, author, reader, gave)
        self.carry(author, reader, wire.encode(gave), lambda raw: self.got_answer(reader, author, pull, raw))
        if changed is not None:
            raw = wire.encode(changed)
            self.carry(author, reader, raw, lambda raw: self.got_answer(reader, author, pull, raw, False))

    def got_answer(self, reader: Side, author: Side, pull: Pull, raw: bytes, honest: bool = True) -> None:
        session, gave = reader.exchange.session(author.name), wire.read_gave(raw)
        for step in session.steps(gave, reader.clock.now()):
            try:
                self.durably(reader, step)
            except Stop:
                self.stop(reader)
                return
            except KeepclearError as error:
                if honest:
                    self.fault(f"{reader.name} refused what {author.name} told: {error}")
        session.took(pull, gave, reader.clock.now())
        reader.exchange.compare(gave.heads, reader.clock.now())
        self.look(reader)

    # The course.

    def plan(self) -> None:
        dice, span = self.dice, self.span_s
        begin = dice.uniform(0, span / 2)
        self.down = [(begin, begin + dice.uniform(600, span / 3)) for _ in range(dice.choice((0, 1, 1, 2)))]
        for by in self.sides.values():
            for _ in range(dice.randint(2, 4)):
                readers = tuple(name for name in by.others if dice.random() < 0.8)
                readers = (*readers, "public") if dice.random() < 0.2 else readers
                count, beside = dice.choice((1, 1, 1, 2, 3)), dice.random() < 0.35
                self.at(
                    dice.uniform(0, span), lambda b=by, r=readers, c=count, x=beside: self.tell(b, r, c, x)
                )
            for other in by.others:
                for _ in range(6):
                    at = dice.uniform(0, span)
                    self.at(at, lambda b=by, o=other: self.send_pull(b, self.sides[o]))
        if self.writes_twice:
            self.at(dice.uniform(span / 3, span / 2), self.twin)

    def twin(self) -> None:
        """A copy of a node goes on writing its logs beside it."""
        by = self.sides[self.names[0]]
        other = Side(by.name, by.others, by.keys, copied(by.store), by.clock, by.offset)
        for each, words in ((other, "the copy"), (by, "the first")):
            tell = Tell(body=RemarkMade(words), readers=(PARTIES[self.names[1]],))
            each.node.act(each.node.ask(by.party, tell, words))
        self.sides[by.name], reader = other, self.sides[self.names[1]]
        self.healed = True
        self.round_trip(reader, other)
        self.sides[by.name] = by
        self.round_trip(reader, by)
        self.healed = False

    def run(self) -> list[str]:
        """Run the course, heal the link, and give every fault found."""
        self.plan()
        while self.events:
            t, _, event = heapq.heappop(self.events)
            self.move(t)
            event()
        self.heal()
        self.check()
        return self.faults

    def round_trip(self, reader: Side, author: Side) -> Gave:
        """One pull and its answer over a sound link."""
        session, server = reader.exchange.session(author.name), author.exchange.session(reader.name)
        pull = wire.read_pull(wire.encode(session.pull(reader.clock.now())))
        step, unheld = server.receipts(pull)
        if step is not None:
            self.durably(author, step)
        author.exchange.compare(pull.heads, author.clock.now())
        now = author.clock.now()
        gave = wire.read_gave(wire.encode(server.gave(pull, unheld, now, now)))
        for step in session.steps(gave, reader.clock.now()):
            try:
                self.durably(reader, step)
            except KeepclearError as error:
                self.fault(f"{reader.name} refused what {author.name} told: {error}")
        session.took(pull, gave, reader.clock.now())
        reader.exchange.compare(gave.heads, reader.clock.now())
        return gave

    def lacking(self, reader: Side, author: Side) -> int:
        logs = (author.log_to(reader.name), author.log_to("public"))
        return sum(size_of(author.store, log) - size_of(reader.store, log) for log in logs)

    def heal(self) -> None:
        """Let the link be sound: all arrives in a round trip per 256 entries, and one more at most."""
        self.healed = True
        self.move(self.t + 60)
        for reader, author in self.pairs():
            most = ceil(self.lacking(reader, author) / wire.PACK_ENTRIES) + 1
            trips = 0
            while self.lacking(reader, author) > 0 and trips <= most:
                self.round_trip(reader, author)
                trips += 1
            if trips > most and author.name not in self.dishonest:
                self.fault(f"{reader.name} needed {trips} round trips where {most} are enough")
            self.round_trip(reader, author)
            offset = reader.exchange.session(author.name).health.offset_s
            if offset != (author.offset - reader.offset).total_seconds():
                self.fault(f"{reader.name} takes the clock of {author.name} to be {offset} s ahead")

    def pairs(self) -> list[tuple[Side, Side]]:
        return [(self.sides[a], self.sides[b]) for a in self.names for b in self.names if a != b]

    # The checker.

    def check_receipt(self, author: Side, reader: Side) -> None:
        log = author.log_to(reader.name)
        receipt = author.node.receipt(log)
        if receipt is not None and receipt.size > size_of(reader.store, log):
            self.fault(f"{author.name} has a receipt for {receipt.size} entries that {reader.name} lacks")

    def check(self) -> None:
        for each in self.sides.values():
            each.start()
            self.look(each)
            self.check_stopped(each)
            mine = {entry.statement.id for entry in each.node.inbox(each.party)}
            lost = [made for name, made in self.acked if name == each.name and made not in mine]
            if lost:
                self.fault(f"{each.name} acknowledged and lost {lost[0]}")
        for reader, author in self.pairs():
            for log in (author.log_to(reader.name), author.log_to("public")):
                self.check_log(log, author, reader)
            self.check_receipt(author, reader)
            self.check_notes(author, reader)
            for other in self.names:
                if other not in (reader.name, author.name) and size_of(reader.store, author.log_to(other)):
                    self.fault(f"{reader.name} holds what {author.name} told {other}")

    def check_stopped(self, by: Side) -> None:
        """No log is stopped but that of an author who signed two histories, and then this is proved."""
        for found in by.stopped.all():
            author = found.origin.partition("/")[0]
            if author not in self.dishonest or found.evidence is None:
                self.fault(f"{by.name} stopped a log of {author}: {found.origin}")
            else:
                evidence.check(found.evidence, by.exchange.peers.of(author).logs[found.origin][1])

    def check_log(self, log: LogId, author: Side, reader: Side) -> None:
        told, held = entries_of(author.store, log), entries_of(reader.store, log)
        if author.name in self.dishonest:
            if told[: len(held)] != held:
                self.fault(f"{log}: {reader.name} holds what {author.name} never said")
            return
        if told != held:
            self.fault(f"{log}: {len(told)} entries told, {len(held)} held, not the same bytes")
        roots = [root_of(row.leaf for row in each.store.entries(log)) for each in (author, reader)]
        if roots[0] != roots[1]:
            self.fault(f"{log}: another root on each side")
        shown = [each for each in reader.inbox() if each[0] == log]
        made = [decode(statement).id for _, statement in author.store.told(log, 0, 10**9)]
        if shown != [(log, index, identity) for index, identity in enumerate(made)]:
            self.fault(f"{log}: not shown exactly once in the sender's order")
        named = [each for _, said in reader.store.told(log, 0, 10**9) for each in decode(said).attachments]
        if any(reader.store.attachment(each.salted_hash) is None for each in named):
            self.fault(f"{log}: {reader.name} has cosigned and lacks what is attached")
        self.check_received(log, made, author, reader)

    def check_received(self, log: LogId, made: list[StatementId], author: Side, reader: Side) -> None:
        if log.reader == reader.party and made:
            got = [author.node.outbox(author.party).entry(reader.party, identity) for identity in made]
            if any(entry is None or entry.received_at == NOT_RECEIVED for entry in got):
                self.fault(f"{log}: held by {reader.name}, and {author.name} has no receipt")

    def check_notes(self, author: Side, reader: Side) -> None:
        """Each cosignature that an author keeps is the reader's own and of the very tree that it holds."""
        log, key = author.log_to(reader.name), reader.node.mirror_key
        leaves = [row.leaf for row in reader.store.entries(log)]
        for row in author.store.receipts():
            kept = {each.size: each.note for each in author.store.checkpoints(row.log)}
            if row.log != log:
                continue
            try:
                head = checkpoint.parse(note.open_note(kept[row.size], (key,)).text)
            except (KeyError, KeepclearError) as error:
                self.fault(f"{log}: a receipt for {row.size} without the reader's cosignature: {error}")
                continue
            if (head.size, head.root) != (row.size, root_of(leaves[: row.size])):
                self.fault(f"{log}: a receipt for {row.size} of another tree")
