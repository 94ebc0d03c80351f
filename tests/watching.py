"""A night at the desk: a node and its engine on a machine whose clocks are moved by hand, and what must hold.

`Watch` is one process after another over one store: it can be killed at any write or sending, and started
again. `verdict` reads only what is durable and what was delivered; it knows nothing of the engine.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from keepclear.commands.alarms import decide_raise, decide_step
from keepclear.commands.ports import Batch, OutboxRow, Store
from keepclear.commands.telling import Tell
from keepclear.model.alarms import AlarmRaised, AlarmStep, Plan, PlanStep, StepKind
from keepclear.model.hotline import MessageSent, Purpose, Text
from keepclear.model.parties import PartyKind, PartyStated, Reach
from keepclear.model.statements import Entry, LogId, decode
from keepclear.model.words import CapStatus, PartyId, Precedence, StatementId
from keepclear.service import deadlines
from keepclear.service.asking import Ask
from keepclear.service.clock import SystemClock
from keepclear.service.deadlines import Engine
from keepclear.service.duties import rebuild, stored
from keepclear.service.heartbeat import Heartbeat
from keepclear.service.keys import Keyring
from keepclear.service.node import Node
from keepclear.stores.memory import MemoryStore
from keepclear.views.alarms import Alarm, alarms
from keepclear.views.picture import Picture

START = datetime(2026, 3, 28, 21, 0, tzinfo=UTC)
COA, RUS = PartyId("COA"), PartyId("RUS")
PARTIES = (COA, RUS)
PLAN = Plan((PlanStep(0, "duty officer"), PlanStep(60, "any officer"), PlanStep(120, "deputy")), 120, 900)
DAY = timedelta(days=1)


class Killed(BaseException):
    """The process is gone; nothing may catch this and go on."""


class Machine:
    """A machine with a clock that can be set and one that cannot."""

    def __init__(self, at: datetime = START) -> None:
        self.wall = at
        self.steady_s = 1_000.0

    def pass_s(self, seconds: float) -> None:
        self.wall += timedelta(seconds=seconds)
        self.steady_s += seconds

    def set_by(self, seconds: float) -> None:
        self.wall += timedelta(seconds=seconds)

    def clock(self) -> SystemClock:
        return SystemClock(lambda: self.wall, lambda: self.steady_s)


class Fuse:
    """Kills at the n-th thing that a process does to the world; counts them where it does not."""

    def __init__(self, at: int | None = None) -> None:
        self.at = at
        self.count = 0

    def spark(self) -> None:
        self.count += 1
        if self.count == self.at:
            raise Killed

    def around(self, work: Callable[[], None]) -> None:
        self.spark()
        work()
        self.spark()


class Fused:
    """A store under a fuse: the process dies before a commit, or after it and before anybody knows."""

    def __init__(self, store: Store, fuse: Fuse) -> None:
        self._store = store
        self._fuse = fuse

    def commit(self, batch: Batch) -> None:
        self._fuse.around(lambda: self._store.commit(batch))

    def __getattr__(self, name: str) -> object:
        return getattr(self._store, name)


class Post:
    """A way of delivering that keeps what came, and can be out of order."""

    def __init__(self) -> None:
        self.came: list = []
        self.broken = False
        self.fuse = Fuse()

    def deliver(self, delivery) -> None:
        if self.broken:
            raise OSError("no line")
        self.fuse.around(lambda: self.came.append(delivery))


def claim(engine: Engine, row: OutboxRow) -> deadlines.Post | None:
    """Claim one message as the engine claims a few; None where it was cancelled or another has it."""
    post = engine.post_of(row)
    return post if post is not None and engine.claimed([row]) else None


class Watch:
    """One store, one machine, and one process after another."""

    def __init__(self, store: Store | None = None, machine: Machine | None = None, engine=Engine) -> None:
        self.durable = MemoryStore() if store is None else store
        self.machine = machine or Machine()
        self.post = Post()
        self.engine_type = engine
        self.kills = 0
        self.boot = "this boot"
        self._beat = None
        self._made = 0
        self.start()
        for party in PARTIES:
            body = PartyStated(party, party, PartyKind.STATE_FORCE, Reach.NODE)
            self.node.act(self.node.ask(party, Tell(body=body, readers=(PartyId("public"),)), "self"))

    def start(self, fuse: Fuse | None = None) -> None:
        fuse = fuse or Fuse()
        self.post.fuse = fuse
        keys = Keyring.from_seed("night.test", b"no secret", PARTIES)
        self.node = Node(Fused(self.durable, fuse), keys, self.machine.clock(), CapStatus.EXERCISE)
        self.node.host(*PARTIES)
        heartbeat = Heartbeat(None, self.boot)
        heartbeat.last = self._beat
        self.engine = self.engine_type(lambda: self.node, self.post, heartbeat)
        self.submit(self.engine.begin())

    def kill(self, fuse: Fuse | None = None) -> None:
        """End the process as it stands; the machine's last beat stays on its disk."""
        self.kills += 1
        self._beat = self.engine.heartbeat.last
        self.start(fuse)

    def submit(self, asks: list[Ask]) -> None:
        if asks:
            self.node.carry_out(asks)

    def turn(self) -> None:
        self.submit(self.engine.turn())

    def send(self) -> None:
        for row in self.engine.waiting():
            post = claim(self.engine, row)
            if post is not None and self.engine.deliver(post):
                self.submit([self.engine.record(post)])

    def run(self, seconds: float, tick_s: float = 5.0) -> None:
        """Let time pass, with a turn of the engine and a round of the post at every tick."""
        for _ in range(int(seconds / tick_s)):
            self.turn()
            self.send()
            self.machine.pass_s(tick_s)
        self.turn()
        self.send()

    # What people do.

    def message(self, precedence: Precedence = Precedence.FLASH, key: str = "") -> StatementId:
        self._made += 1
        body = MessageSent((COA,), Purpose.SAFETY, (Text("stop"),), precedence)
        ask = self.node.ask(RUS, Tell(body=body, readers=(COA,)), key or f"message/{self._made}")
        return self.node.act(ask).statement

    def raise_alarm(self, plan: Plan = PLAN, precedence=Precedence.FLASH, key: str = "") -> Alarm:
        """Raise an alarm of a rule of its own, whose cause no sweep ends."""
        self._made += 1
        node, key = self.node, f"\ntest/{key or self._made}"
        body = AlarmRaised(
            matter=node.keys.subject(COA, key), rule="test", title=f"Alarm {self._made}",
            precedence=precedence, plan=plan, counts_from=node.clock.now(),
        )  # fmt: skip
        node.act(Ask(COA, key, b"", (), lambda desk, now: decide_raise(desk, body, key, now, node.keys)))
        return self.alarms()[-1]

    def step(self, subject, kind: StepKind, role: str = "duty officer", **more) -> None:
        self._made += 1
        node, key = self.node, f"\nperson/{self._made}"
        step = AlarmStep(StatementId(""), kind, role, **more)
        decide = lambda desk, now: decide_step(desk, subject, step, key, now, node.keys)  # noqa: E731
        node.act(Ask(COA, key, key.encode(), (), decide))

    def acknowledge(self, subject) -> None:
        self.step(subject, StepKind.ACKNOWLEDGED)

    # What stands.

    def alarms(self, party: PartyId = COA) -> list[Alarm]:
        return alarms(durable_picture(self.durable, party))

    def check_law(self) -> None:
        """The rows are those of the record, whatever has happened."""
        check_law(self.durable)


_decoded = lru_cache(maxsize=10_000)(decode)
"""The same bytes are the same statement: a law that is checked at each step reads each of them once."""


def durable_picture(store: Store, party: PartyId) -> Picture:
    """What a party's own log holds on the disk, without any node."""
    own = LogId(party, party)
    told = {digest: _decoded(encoded) for digest, encoded in store.statements()}
    at = datetime(1970, 1, 1, tzinfo=UTC)
    return Picture(party).fold(
        Entry(own, row.index, *[at + timedelta(microseconds=row.recorded_at_us)] * 2, 0, told[row.digest])
        for row in store.entries(own)
    )


def check_law(store: Store) -> None:
    assert stored(store) == rebuild({party: durable_picture(store, party) for party in PARTIES})


def verdict(watch: Watch, late_s: float | None = None) -> None:
    """Every step that fell due was fired, none early, none twice; every message left, or was taken back.

    Args:
        watch: the night that is over, everything sent.
        late_s: how late a step may have fired by the record's time; None where the node was down.
    """
    watch.check_law()
    for party in PARTIES:
        for each in watch.alarms(party):
            _steps_once_and_in_time(each, late_s)
            _messages_left(each, watch)
    for key, count in Counter(delivery.key for delivery in watch.post.came).items():
        assert count <= 1 + watch.kills
        attempts = [d.attempt for d in watch.post.came if d.key == key]
        assert sorted(set(attempts)) == attempts
        assert all(("REPEAT" in d.words) == (d.attempt > 1) for d in watch.post.came if d.key == key)
    assert all(delivery.words.startswith("EXERCISE.") for delivery in watch.post.came)


def _steps_once_and_in_time(each: Alarm, late_s: float | None) -> None:
    places: list[int] = []
    seen: set[tuple] = set()
    for entry in each.history:
        step = entry.statement.body
        if step.step == StepKind.UNSHELVED:
            places = []
        if step.due is None:
            continue
        at = entry.statement.stated_at
        assert at >= step.due, "early"
        if late_s is not None:
            assert at <= step.due + timedelta(seconds=late_s), "late"
        mark = (step.step, step.due, step.number, step.first)
        assert mark not in seen, "twice"
        seen.add(mark)
        if step.step == StepKind.ESCALATED:
            places += range(step.first, step.last + 1)
            assert places == list(range(len(places))), "a step left out or told twice"


def _messages_left(each: Alarm, watch: Watch) -> None:
    came = {delivery.key for delivery in watch.post.came}
    noted = [
        entry.statement.body.send for entry in each.history if entry.statement.body.step == StepKind.SENT
    ]
    assert len(set(noted)) == len(noted), "noted twice"
    assert set(noted) <= came, "noted as sent, and never came"
    if not watch.post.broken:
        assert each.waiting == (), "still waits"


def due_steps(each: Alarm, now: datetime) -> int:
    """How many steps of the plan should have been reached by now, by the alarm's own plan alone."""
    return sum(
        each.body.counts_from + timedelta(seconds=step.after_s) <= now for step in each.body.plan.steps
    )
