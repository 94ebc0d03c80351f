"""What falls due between two acts of a story fires at its own time, in order, and the same each time."""

from __future__ import annotations

import asyncio
import itertools
from datetime import timedelta

import msgspec
import pytest
from tests.staging import story

from keepclear.model.alarms import StepKind
from keepclear.model.words import PartyId
from keepclear.scenarios.changes import Twin, with_change
from keepclear.scenarios.checks import Verdict, expectations
from keepclear.scenarios.checks import run as run_checks
from keepclear.scenarios.demo import demo
from keepclear.service.delivery import StationLog
from keepclear.service.demo import demo_node, next_round
from keepclear.service.duties import rebuild, stored
from keepclear.service.http.app import application
from keepclear.service.play import Alone, Play
from keepclear.service.rehearsal import REPEATS_PLAYED
from keepclear.service.replay import replay, scenario_folder
from keepclear.service.writer import Writer
from keepclear.views.alarms import Alarm, alarms


@pytest.fixture(scope="module")
def played():
    return replay(story("euphrates_2018"))


def every_alarm(played) -> list[Alarm]:
    return [each for party in played.node.hosted for each in alarms(played.node.picture(party))]


def steps_of(each: Alarm, *kinds: StepKind):
    return [entry.statement for entry in each.history if entry.statement.body.step in kinds]


@pytest.mark.long
def test_an_unclaimed_build_up_is_asked_again_every_fifteen_minutes_one_level_higher(played):
    raised = [each for each in every_alarm(played) if each.body.rule == "unclaimed"]
    assert raised
    first = raised[0]
    told = steps_of(first, StepKind.ESCALATED)
    assert [step.stated_at for step in told] == [step.body.due for step in told]
    gaps = {after.stated_at - before.stated_at for before, after in itertools.pairwise(told)}
    assert gaps == {timedelta(minutes=15)}


def test_every_step_of_a_plan_fires_at_its_own_instant_and_never_before(played):
    """Repeats that have rested come later, as one; an alarm raised late takes what is past along."""
    fired = [step for each in every_alarm(played) for step in steps_of(each, StepKind.ESCALATED)]
    assert len(fired) > 20
    late = [step for step in fired if step.stated_at != step.body.due]
    assert all(step.stated_at > step.body.due and step.body.first == 0 for step in late)
    repeated = [step for each in every_alarm(played) for step in steps_of(each, StepKind.REPEATED)]
    on_time = [step for step in repeated if step.body.number <= REPEATS_PLAYED]
    assert on_time
    assert all(step.stated_at == step.body.due for step in on_time)


def test_an_alarm_that_nobody_answers_rests_until_the_end(played):
    for each in every_alarm(played):
        numbers = [step.body.number for step in steps_of(each, StepKind.REPEATED)]
        assert len([number for number in numbers if number > REPEATS_PLAYED]) <= 2


def test_the_rows_are_those_of_the_record_and_nothing_is_past_due(played):
    node = played.node
    pictures = {party: node.picture(party) for party in node.hosted}
    assert stored(node.store) == rebuild(pictures)
    assert node.duties.due(node.clock.now(), 10) == []


@pytest.mark.long
def test_two_plays_state_the_same_alarms_at_the_same_instants(played):
    again = replay(story("euphrates_2018"))
    shown = [
        msgspec.json.encode(
            [(each.subject, each.state, [e.statement for e in each.history]) for each in every_alarm(one)]
        )
        for one in (played, again)
    ]
    assert shown[0] == shown[1]


def test_a_twin_may_have_nothing_fire_by_itself(played):
    silent = replay(with_change(story("euphrates_2018"), Twin(deadlines=False)))
    assert every_alarm(played)
    assert every_alarm(silent) == []
    assert list(silent.played.steps) == list(played.played.steps)


@pytest.mark.long
def test_what_falls_due_before_the_instant_at_which_a_play_stops_has_fired():
    script = story("euphrates_2018")
    whole = replay(script)
    first = min(
        (
            step
            for each in every_alarm(whole)
            for step in steps_of(each, StepKind.ESCALATED)
            if step.body.first
        ),
        key=lambda step: step.body.due,
    )
    for offset_s, count in ((-1, 0), (0, 1)):
        until = first.body.due + timedelta(seconds=offset_s)
        held = replay(script, until)
        fired = [step for each in every_alarm(held) for step in steps_of(each, StepKind.ESCALATED)]
        assert len([step for step in fired if step.id == first.id]) == count
        assert held.node.clock.now() == until


@pytest.mark.long
def test_the_demo_fires_the_same_and_then_stays_live(tmp_path):
    folder = scenario_folder("syria_accounts")
    script = story("syria_accounts")
    calm = replay(script)

    async def shown() -> tuple[list, list]:
        opened, clock = demo_node(tmp_path, script)
        writer = Writer(opened.node)
        station = StationLog(tmp_path / "station.log")
        stage = Alone(writer, clock, lambda: next_round(tmp_path, script), station)
        play = Play(stage, demo(folder, script), script)
        app = application(writer, opened.tokens, play)
        async with app.router.lifespan_context(app):
            await play.skip()
            assert play.state == "done", play.about(opened.tokens).fault
            steps = counted(writer.node)
            for _ in range(200):
                await asyncio.sleep(0.05)
                if (tmp_path / "station.log").exists():
                    break
            else:
                raise AssertionError("nothing was sent")
            await play.restart()
            await play.skip()
            again = counted(writer.node)
        writer.node.store.close()
        return steps, again

    steps, again = asyncio.run(shown())
    assert steps == again == counted(calm.node)


def counted(node) -> list:
    """Alarms and steps that the node stated by itself, messages that left apart: each with its instant."""
    return [
        (party, each.body.rule, each.body.title, step.body.step, step.stated_at)
        for party in node.hosted
        for each in alarms(node.picture(party))
        for step in [entry.statement for entry in each.history]
        if step.body.step != StepKind.SENT
    ]


def test_the_checks_of_a_story_hold_with_and_without(played):
    expected = expectations(scenario_folder("euphrates_2018"))
    for one in (played, replay(msgspec.structs.replace(story("euphrates_2018"), deadlines=False))):
        with one.asking():
            results = run_checks(expected, one.played, one.fetch)
        assert [result.id for result in results if result.verdict == Verdict.FAIL] == []


def test_a_hosted_party_is_looked_at_when_something_reaches_it(played):
    assert {each.entry.log.author for each in every_alarm(played)} <= set(map(PartyId, played.node.hosted))
