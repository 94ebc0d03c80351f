"""Nothing due is lost, early or doubled: every place to die, every jump, every order of four actors."""

from __future__ import annotations

import asyncio
import itertools
import os
import time
import zoneinfo
from datetime import datetime, timedelta

import pytest
from tests.shares import mostly_long
from tests.watching import COA, DAY, PLAN, START, Fuse, Killed, Machine, Watch, claim, due_steps, verdict

import keepclear.service.deadlines as engine_module
import keepclear.service.duties as duties_module
from keepclear.commands.ports import Batch, Claim
from keepclear.errors import KeepclearError, StoreFault
from keepclear.model.alarms import ClockEvent, StepKind
from keepclear.rules import escalation
from keepclear.stores.memory import MemoryStore
from keepclear.views.alarms import State

COURSE_S = 700


def course(watch: Watch, fuse: Fuse | None, down_s: float) -> None:
    """A flash message that nobody takes, an alarm that is acknowledged; killed once, if the fuse says so."""
    watch.kill(fuse)
    done = [
        lambda: watch.message(key="the message"),
        lambda: watch.raise_alarm(key="the alarm"),
        lambda: acknowledge_if_there(watch),
    ]
    times = [0, 30, 110]
    passed, tick = 0, 10
    while passed <= COURSE_S:
        try:
            while times and passed >= times[0]:
                done[0]()
                times, done = times[1:], done[1:]
            watch.turn()
            watch.send()
        except Killed:
            watch.machine.pass_s(down_s)
            watch.kill()
            watch.check_law()
            continue
        watch.machine.pass_s(tick)
        passed += tick
    watch.run(0)


def acknowledge_if_there(watch: Watch) -> None:
    for each in watch.alarms():
        if each.body.rule == "test" and each.state == State.UNACKNOWLEDGED:
            watch.acknowledge(each.subject)


def sparks() -> int:
    fuse = Fuse()
    course(Watch(), fuse, 0)
    return fuse.count


def check_course(watch: Watch) -> None:
    verdict(watch)
    now = watch.node.clock.now()
    flash = [each for each in watch.alarms() if each.body.rule == "acknowledge"]
    assert len(flash) == 1
    assert flash[0].climbed == due_steps(flash[0], now) == 5
    told = {delivery.role for delivery in watch.post.came if delivery.alarm == flash[0].subject}
    assert told == {"duty officer", "any officer", "deputy", "commander", "chief of staff"}


SPARKS = sparks()


def test_the_course_has_many_places_to_die_at() -> None:
    assert SPARKS > 60


@pytest.mark.long
@pytest.mark.parametrize("down_s", mostly_long([0, 400], 1))
def test_killed_at_any_write_or_sending_everything_due_is_fired_once_and_every_message_leaves(
    down_s: float,
) -> None:
    for at in range(1, SPARKS + 1):
        watch = Watch()
        course(watch, Fuse(at), down_s)
        assert watch.kills == 2
        check_course(watch)


def test_while_the_node_is_up_nothing_is_later_than_a_tick() -> None:
    watch = Watch()
    watch.message()
    watch.raise_alarm()
    watch.run(1_500, tick_s=1.0)
    verdict(watch, late_s=1.0)
    assert len(watch.post.came) > 20


def test_after_a_long_silence_each_alarm_gets_one_step_that_names_everybody_it_missed() -> None:
    watch = Watch()
    subjects = [watch.raise_alarm().subject for _ in range(3)]
    watch.machine.pass_s(86_400)
    watch.kill()
    watch.turn()
    for subject in subjects:
        each = next(found for found in watch.alarms() if found.subject == subject)
        assert len(each.history) == 1
        assert (each.history[0].statement.body.first, each.history[0].statement.body.last) == (0, 2)
        assert [send.place for send in each.waiting] == [0, 1, 2]
    watch.send()
    verdict(watch)


# Clocks.


@pytest.mark.parametrize("jump", [-DAY, -timedelta(hours=1), timedelta(hours=1), DAY])
@pytest.mark.parametrize("at_s", [0, 1, 30, 59, 61, 119, 200])
def test_a_clock_that_is_set_while_the_node_is_up_delays_nothing_and_is_stated(
    jump: timedelta, at_s: int
) -> None:
    watch = Watch()
    steady = watch.machine.steady_s
    watch.raise_alarm()
    watch.run(at_s, tick_s=1.0)
    watch.machine.set_by(jump.total_seconds())
    watch.run(300 - at_s, tick_s=1.0)
    verdict(watch)
    each = watch.alarms()[0]
    assert each.climbed == 3, "what is past by either clock has fired"
    assert watch.machine.steady_s - steady == 300
    stated = [body.jump_s for _, body in watch.node.picture(COA).history(ClockEvent)]
    assert stated == [pytest.approx(jump.total_seconds(), abs=2)]


def test_a_clock_set_back_fires_at_the_steady_second() -> None:
    watch = Watch()
    watch.raise_alarm()
    watch.run(30, tick_s=1.0)
    watch.machine.set_by(-86_400)
    watch.run(29, tick_s=1.0)
    assert watch.alarms()[0].climbed == 1
    watch.run(2, tick_s=1.0)
    assert watch.alarms()[0].climbed == 2


@pytest.mark.parametrize("boot", ["this boot", "another boot"])
@pytest.mark.parametrize("jump_s", [-86_400, -3_600, 3_600, 86_400])
def test_a_clock_that_is_set_while_the_node_is_down_is_found_out_at_the_start(boot: str, jump_s: int) -> None:
    watch = Watch()
    watch.raise_alarm()
    watch.run(40, tick_s=1.0)
    watch.machine.pass_s(10)
    watch.machine.set_by(jump_s)
    watch.boot = boot
    watch.kill()
    stated = [body for _, body in watch.node.picture(COA).history(ClockEvent)]
    assert len(stated) == (0 if boot == "another boot" and jump_s > 0 else 1)
    watch.run(9, tick_s=1.0)
    assert watch.alarms()[0].climbed == (1 if jump_s < 0 else 3), "59 s have passed; what is past fires"
    # After another start of the machine nobody can know how long it was down: so much later, and no more.
    watch.run(1 if boot == "this boot" else 1 + 10 + 5, tick_s=1.0)
    assert watch.alarms()[0].climbed >= 2, "no wait for a time that was never true"
    verdict(watch)


def test_a_clock_that_went_far_ahead_and_was_corrected_over_a_restart_makes_nobody_wait_a_day() -> None:
    watch = Watch()
    watch.machine.set_by(86_400)
    watch.run(5, tick_s=1.0)
    watch.raise_alarm()
    watch.run(10, tick_s=1.0)
    watch.machine.set_by(-86_400)
    watch.kill()
    watch.run(60, tick_s=1.0)
    assert watch.alarms()[0].climbed == 2
    verdict(watch)


def test_small_steps_of_the_clock_are_followed_in_silence() -> None:
    watch = Watch()
    for _ in range(100):
        watch.machine.set_by(0.1)
        watch.run(1, tick_s=1.0)
    assert list(watch.node.picture(COA).history(ClockEvent)) == []


def zones_with_summer_time() -> list[tuple[str, datetime]]:
    """Thirty zones, each with an instant 90 s before its clocks change within the next 400 days."""
    found = []
    for name in sorted(zoneinfo.available_timezones()):
        zone = zoneinfo.ZoneInfo(name)
        days = (START + timedelta(days=number) for number in range(400))
        day = next((day for day in days if offset(zone, day) != offset(zone, day + DAY)), None)
        if day is not None:
            hours = (day + timedelta(hours=number) for number in range(1, 25))
            change = next(hour for hour in hours if offset(zone, hour) != offset(zone, day))
            found.append((name, change - timedelta(seconds=90)))
    return found[:: max(1, len(found) // 30)][:30]


def offset(zone: zoneinfo.ZoneInfo, at: datetime) -> timedelta | None:
    return at.astimezone(zone).utcoffset()


ZONES = zones_with_summer_time()


def test_there_are_thirty_zones() -> None:
    assert len(ZONES) == 30


@pytest.mark.parametrize(("name", "before"), ZONES, ids=[name for name, _ in ZONES])
def test_a_change_of_summer_time_moves_no_deadline(
    name: str, before: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TZ", name)
    time.tzset()
    try:
        watch = Watch(machine=Machine(before))
        watch.raise_alarm()
        watch.run(240, tick_s=1.0)
        verdict(watch, late_s=1.0)
        fired = [entry.statement.stated_at for entry in watch.alarms()[0].history
                 if entry.statement.body.step == StepKind.ESCALATED]  # fmt: skip
        assert [(at - fired[0]).total_seconds() for at in fired] == [0, 60, 120]
    finally:
        monkeypatch.undo()
        time.tzset()
    assert os.environ.get("TZ") != name


# Two at once.


def test_of_two_processes_on_one_store_one_fires_and_the_other_finds_it_done() -> None:
    store = MemoryStore()
    first = Watch(store)
    first.raise_alarm()
    second = Watch.__new__(Watch)
    second.__dict__ |= first.__dict__
    second.start()
    ours, theirs = first.engine.turn(), second.engine.turn()
    first.submit(ours)
    refused = second.node.carry_out(theirs)
    assert refused
    assert all(isinstance(outcome, StoreFault) for outcome in refused)
    assert len(first.alarms()[0].history) == 1
    second.node.drop()
    assert second.engine.turn() == []
    first.check_law()


def test_a_message_is_claimed_by_one_of_two() -> None:
    watch = Watch()
    watch.raise_alarm()
    watch.turn()
    [row] = watch.engine.waiting()
    watch.durable.commit(Batch(claims=(Claim(row.key, 0),)))
    assert claim(watch.engine, row) is None
    assert watch.post.came == []


# Every order of four actors, from every state.


class Scene:
    """One alarm and the acts of officer, engine, sender and clock, each of which may come at any moment."""

    def __init__(self, watch: Watch, state: State) -> None:
        self.watch = watch
        self.subject = watch.raise_alarm().subject
        self.post = None
        self.row = None
        self.order: list[str] = []
        bring(watch, self.subject, state)

    @property
    def alarm(self):
        return next(each for each in self.watch.alarms() if each.subject == self.subject)

    def act(self, name: str) -> None:
        self.order.append(name)
        getattr(self, name)()
        self.watch.check_law()

    def acknowledge(self) -> None:
        if may_acknowledge(self.alarm.state):
            self.watch.acknowledge(self.subject)
            return
        with pytest.raises(KeepclearError, match="alarm-state"):
            self.watch.acknowledge(self.subject)

    def fire(self) -> None:
        self.watch.machine.pass_s(61)
        rows = [row for row in self.watch.node.duties.due(self.watch.node.clock.now(), 10_000)
                if row.alarm == self.subject]  # fmt: skip
        self.watch.submit([self.watch.engine._fire(self.watch.node, row) for row in rows])

    def claim(self) -> None:
        rows = [row for row in self.watch.engine.waiting() if row.alarm == self.subject]
        self.row = rows[0] if rows else None
        self.post = None if self.row is None else claim(self.watch.engine, self.row)

    def deliver(self) -> None:
        if self.post is not None:
            assert self.watch.engine.deliver(self.post)

    def note(self) -> None:
        if self.post is not None:
            self.watch.submit([self.watch.engine.record(self.post)])

    def jump(self) -> None:
        self.watch.machine.set_by(-86_400 if len(self.order) % 2 else 86_400)
        self.watch.submit(list(self.watch.engine._clocks(self.watch.node)))


def may_acknowledge(state: State) -> bool:
    return state not in (State.ACKNOWLEDGED, State.ENDED)


def bring(watch: Watch, subject, state: State) -> None:
    if state in (State.ACKNOWLEDGED, State.ENDED):
        watch.acknowledge(subject)
    if state in (State.RETURNED, State.ENDED):
        watch.step(subject, StepKind.RETURNED, "node")
    if state == State.SHELVED:
        until = watch.node.clock.now() + timedelta(seconds=90)
        watch.step(subject, StepKind.SHELVED, reason="test", until=until)


ACTORS = ("acknowledge", "fire", "fire", "claim", "deliver", "note", "jump")


def orders() -> list[tuple[str, ...]]:
    """Every order of the acts in which each actor's own come one after another."""
    found = set()
    for places in itertools.permutations(range(7), 4):
        first, second, ack, jump = places
        if first > second:
            continue
        order: list[str | None] = [None] * 7
        order[first] = order[second] = "fire"
        order[ack], order[jump] = "acknowledge", "jump"
        sender = iter(("claim", "deliver", "note"))
        found.add(tuple(next(sender) if name is None else name for name in order))
    return sorted(found)


def test_all_orders_are_there() -> None:
    assert len(orders()) == 420
    assert all(sorted(order) == sorted(ACTORS) for order in orders())


@pytest.mark.parametrize("state", mostly_long(State, 1))
def test_every_order_of_officer_engine_sender_and_clock_keeps_every_promise(state: State) -> None:
    for order in orders():
        watch = night()
        scene = Scene(watch, state)
        for name in order:
            scene.act(name)
        ended = scene.alarm
        assert ended.state in (State.ACKNOWLEDGED, State.ENDED)
        acts = [entry.statement.body for entry in ended.history]
        after = [body.step for body in acts[next_acknowledged(acts) :]]
        if ended.state == State.ACKNOWLEDGED and state == State.UNACKNOWLEDGED:
            assert StepKind.ESCALATED not in after, (order, "climbed after it was acknowledged")
        if order.index("acknowledge") < order.index("claim") and state == State.UNACKNOWLEDGED:
            taken_back = {entry.statement.id for entry in ended.history[: next_acknowledged(acts)]}
            sent = {body.send.partition("/")[0] for body in acts if body.step == StepKind.SENT}
            assert not sent & taken_back, (order, "sent after it was acknowledged")
        verdict_of(scene)


_NIGHT: list[Watch] = []


def night() -> Watch:
    """One watch for many scenes: what it holds grows, so it is changed now and then."""
    if not _NIGHT or len(_NIGHT[0].alarms()) > 25:
        _NIGHT[:] = [Watch()]
    return _NIGHT[0]


def next_acknowledged(acts: list) -> int:
    return next((n for n, body in enumerate(acts) if body.step == StepKind.ACKNOWLEDGED), len(acts))


def verdict_of(scene: Scene) -> None:
    """Close the scene and hold it against the night's promises."""
    if scene.alarm.is_open:
        scene.watch.step(scene.subject, StepKind.ENDED, reason="end of the scene")
    assert scene.alarm.waiting == ()
    marks = [(body.step, body.due, body.number) for body in (e.statement.body for e in scene.alarm.history)
             if body.due is not None]  # fmt: skip
    assert len(set(marks)) == len(marks)
    assert all(
        e.statement.stated_at >= e.statement.body.due for e in scene.alarm.history if e.statement.body.due
    )


# Planted defects: each of these must be caught.


def found_out(spoil, run) -> bool:
    with pytest.MonkeyPatch.context() as patch:
        spoil(patch)
        try:
            run()
        except (AssertionError, KeepclearError):
            return True
    return False


def quiet_night() -> None:
    watch = Watch()
    watch.message()
    watch.run(700, tick_s=10)
    check_course_of_one(watch)


def broken_night() -> None:
    for at in range(1, 40):
        watch = Watch()
        course(watch, Fuse(at), 0)
        check_course(watch)


def check_course_of_one(watch: Watch) -> None:
    verdict(watch, late_s=10)
    [each] = [each for each in watch.alarms() if each.body.rule == "acknowledge"]
    assert each.climbed == 5


def forgets_the_next(patch) -> None:
    patch.setattr(duties_module, "due", lambda found: None if found.climbed else escalation.due(found))


def fires_early(patch) -> None:
    true = escalation._due

    def early(found):
        coming = true(found)
        return coming and escalation.Due(coming.what, coming.number, coming.at - timedelta(seconds=20))

    patch.setattr(escalation, "_due", early)


def fires_twice(patch) -> None:
    def again(node, row):
        return [fire(node, row, ""), fire(node, row, "again")]

    def fire(node, row, extra):
        key = f"\n{extra}{row.text}/{row.number}"
        decide = lambda desk, now: engine_module.decide_fire(  # noqa: E731
            desk, engine_module.Claimed(row.alarm, row.text, row.what, row.number), key, now, node.keys
        )
        return engine_module._ask(row.party, key, decide)

    def turn(self):
        node = self._node()
        asks = [ask for row in node.duties.due(node.clock.now(), 9) for ask in again(node, row)]
        return [*asks, *self.sweep(node.hosted)]

    def decide_anyway(desk, claimed, key, now, ids):
        standing = commands_alarms.known(desk, claimed.alarm)
        step = escalation.fire(standing, now) or escalation.AlarmStep(
            standing.text, StepKind.ESCALATED, "node", first=claimed.number, last=claimed.number, due=now
        )
        return commands_alarms._told(desk, step, ids.subject(desk.party, key), key, now, ids)

    import keepclear.commands.alarms as commands_alarms

    patch.setattr(engine_module, "decide_fire", decide_anyway)
    patch.setattr(engine_module.Engine, "turn", turn)


def forgets_repeats(patch) -> None:
    patch.setattr(engine_module, "message", lambda found, send, attempt: escalation.message(found, send, 1))


def never_retries(patch) -> None:
    true = engine_module.Engine.waiting
    patch.setattr(
        engine_module.Engine, "waiting", lambda self: [row for row in true(self) if row.attempts == 0]
    )


def drops_the_outbox(patch) -> None:
    true = duties_module._batch

    def without(changes):
        batch = true(changes)
        return Batch(deadlines=batch.deadlines)

    patch.setattr(duties_module, "_batch", without)


def deadlines_in_a_commit_of_their_own(patch) -> None:
    """The rows follow a moment after the statement: a kill between leaves them apart."""
    true = duties_module.Duties.moved
    late: list[Batch] = []

    def moved(self, entries, pictures):
        late.append(true(self, entries, pictures))
        return Batch()

    from keepclear.service.node import Node

    publish = Node.publish

    def published(self, prepared):
        publish(self, prepared)
        while late:
            self.store.commit(late.pop(0))

    patch.setattr(duties_module.Duties, "moved", moved)
    patch.setattr(Node, "publish", published)
    patch.setattr(Node, "_mend", lambda self: False)


def drops_what_fell_due_while_down(patch) -> None:
    def last_only(found, now):
        step = true(found, now)
        if step is not None and step.step == StepKind.ESCALATED and step.last != step.first:
            return type(step)(step.of, step.step, step.by_role, first=step.last, last=step.last, due=step.due)
        return step

    import keepclear.commands.alarms as commands_alarms

    true = escalation.fire
    patch.setattr(commands_alarms, "fire", last_only)


def acknowledging_takes_nothing_back(patch) -> None:
    import keepclear.views.alarms as alarm_views

    true = alarm_views._turn
    patch.setattr(
        alarm_views, "_turn",
        lambda found, entry, step: alarm_views.replace(true(found, entry, step), waiting=found.waiting),
    )  # fmt: skip


def long_silence() -> None:
    test_after_a_long_silence_each_alarm_gets_one_step_that_names_everybody_it_missed()


def acknowledged_before_sent() -> None:
    watch = Watch()
    subject = watch.raise_alarm().subject
    watch.turn()
    watch.acknowledge(subject)
    watch.send()
    assert watch.post.came == []


@pytest.mark.long
@pytest.mark.parametrize(
    ("spoil", "run"),
    [
        (forgets_the_next, quiet_night),
        (fires_early, quiet_night),
        (fires_twice, quiet_night),
        (forgets_repeats, broken_night),
        (never_retries, broken_night),
        (drops_the_outbox, quiet_night),
        (deadlines_in_a_commit_of_their_own, broken_night),
        (drops_what_fell_due_while_down, long_silence),
        (acknowledging_takes_nothing_back, acknowledged_before_sent),
    ],
)
def test_a_planted_defect_is_found_out(spoil, run) -> None:
    run()
    assert found_out(spoil, run), spoil.__name__


def test_of_a_few_that_are_claimed_at_once_another_takes_its_own_alone() -> None:
    """One commit for all where it can be; where another has one of them, each of the rest by itself."""
    watch = Watch()
    for number in range(3):
        watch.raise_alarm(key=str(number))
    watch.turn()
    rows = watch.engine.waiting()
    assert len(rows) == 3
    posts = [(row, watch.engine.post_of(row)) for row in rows]
    watch.durable.commit(Batch(claims=(Claim(rows[1].key, 0),)))
    claimed = asyncio.run(watch.engine._claimed(posts))
    assert [row.key for row, _ in claimed] == [rows[0].key, rows[2].key]
    assert asyncio.run(watch.engine._claimed(posts)) == [], "each is claimed once"


def test_acknowledged_after_the_claim_the_message_is_noted_in_the_order_in_which_it_happened() -> None:
    watch = Watch()
    subject = watch.raise_alarm().subject
    watch.turn()
    [row] = watch.engine.waiting()
    post = claim(watch.engine, row)
    watch.acknowledge(subject)
    watch.engine.deliver(post)
    watch.submit([watch.engine.record(post)])
    [each] = watch.alarms()
    assert [entry.statement.body.step.value for entry in each.history] == [
        "escalated",
        "acknowledged",
        "sent",
    ]
    verdict(watch)


def test_a_line_that_is_out_of_order_is_tried_again_until_it_works() -> None:
    watch = Watch()
    watch.raise_alarm(PLAN)
    watch.post.broken = True
    watch.run(50, tick_s=1.0)
    assert watch.post.came == []
    watch.post.broken = False
    watch.run(70, tick_s=1.0)
    late = next(delivery for delivery in watch.post.came if delivery.role == "duty officer")
    assert "REPEAT" in late.words
    assert late.attempt > 4
