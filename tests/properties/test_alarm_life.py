"""Whatever people, clocks, kills and lines do, in whatever order: the promises of the night hold."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from tests.watching import Fuse, Killed, Watch, verdict

from keepclear.errors import Refused
from keepclear.model.alarms import StepKind
from keepclear.model.words import Precedence
from keepclear.rules.escalation import due
from keepclear.views.alarms import NEXT, State


class Night(RuleBasedStateMachine):
    """Everything that may happen at a desk."""

    def __init__(self) -> None:
        super().__init__()
        self.watch = Watch()

    @rule(precedence=st.sampled_from(Precedence))
    def message_comes(self, precedence: Precedence) -> None:
        self.watch.message(precedence)

    @rule()
    def alarm_is_raised(self) -> None:
        self.watch.raise_alarm()

    @rule(seconds=st.sampled_from([1, 5, 59, 60, 61, 600, 20_000]))
    def time_passes(self, seconds: int) -> None:
        self.watch.machine.pass_s(seconds)

    @rule()
    def engine_turns(self) -> None:
        self.watch.turn()

    @rule()
    def post_goes(self) -> None:
        self.watch.send()

    @rule(seconds=st.sampled_from([-86_400, -3, 3, 86_400]))
    def clock_is_set(self, seconds: int) -> None:
        self.watch.machine.set_by(seconds)

    @rule(at=st.integers(1, 6), work=st.sampled_from(["turn", "send"]))
    def process_is_killed_at_work(self, at: int, work: str) -> None:
        try:
            self.watch.kill(Fuse(at))
            getattr(self.watch, work)()
        except Killed:
            self.watch.kills += 1
        self.watch.kill()

    @precondition(lambda self: self.watch.alarms())
    @rule(data=st.data(), kind=st.sampled_from([StepKind.ACKNOWLEDGED, StepKind.SHELVED, StepKind.UNSHELVED,
                                                StepKind.RETURNED, StepKind.ENDED]))  # fmt: skip
    def somebody_acts(self, data: st.DataObject, kind: StepKind) -> None:
        each = data.draw(st.sampled_from(self.watch.alarms()))
        until = self.watch.node.clock.now() + timedelta(seconds=300) if kind == StepKind.SHELVED else None
        with suppress(Refused):
            self.watch.step(each.subject, kind, reason="because", until=until)
            stands = next(found for found in self.watch.alarms() if found.subject == each.subject)
            assert stands.state == NEXT.get((each.state, kind), each.state)

    @invariant()
    def rows_are_those_of_the_record(self) -> None:
        self.watch.check_law()

    @invariant()
    def every_open_alarm_has_something_coming(self) -> None:
        for each in self.watch.alarms():
            assert (due(each) is None) == (each.state == State.ENDED)

    def teardown(self) -> None:
        for _ in range(4):
            self.watch.run(80, tick_s=20)
        verdict(self.watch)


Night.TestCase.settings = settings(
    max_examples=70, stateful_step_count=18, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
TestNight = Night.TestCase
