"""Each week what stands is verified again, each month the records are laid side by side; silence alarms.

Stories on a clock that is moved by hand, each with a twin whose rule is off; and the week and the month of a
process that is killed at any write or sending.
"""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.shares import mostly_long
from tests.stories.watched import Desk
from tests.watching import COA, RUS, Fuse, Killed, check_law, verdict

import keepclear.rules.alarming as alarming
import keepclear.views.periodic as periodic
import keepclear.views.verifying as verifying
from keepclear.geo.positions import Point
from keepclear.geo.shapes import Circle
from keepclear.model.alarms import StepKind
from keepclear.model.channels import CheckResult
from keepclear.model.measures import Basis, Effect, MeasureKind, MeasureStated
from keepclear.model.notices import RemarkMade
from keepclear.model.reconciling import Counted, Difference, Head, HeadsCompared, Reconciled, ReconcileResult
from keepclear.model.words import Precedence
from keepclear.rules.periodic_duties import LATE_S, RECONCILE, VERIFY_AGAIN
from keepclear.views.alarms import State
from keepclear.views.verifying import VERIFIED_AGAIN

HOUR_S = 3_600
DAY_S = 24 * HOUR_S
WEEK_S, MONTH_S = 7 * DAY_S, 30 * DAY_S


def zone(desk, name="Bridge zone", by="RUS", *readers):
    shape = Circle(Point(lon=38.6, lat=33.5), 10_000.0)
    body = MeasureStated(name, MeasureKind.ZONE, Effect.CALL, Basis.DECLARED, shape)
    return desk.tell(by, body, *(readers or ("COA",))).subject


def verify(desk, *subjects, by="COA"):
    for subject in subjects:
        said = f"{VERIFIED_AGAIN}by Captain Ray, by telephone with southern duty desk"
        desk.tell(by, RemarkMade(said, (subject,)))


def reconciled(desk, by="COA", differs=True):
    other = RUS if by == "COA" else COA
    heads = (HeadsCompared(COA, RUS, Head(4, "0a" * 32), Head(3, "0b" * 32)),)
    counts = (Counted(Difference.NOT_EXCHANGED, 1),) if differs else ()
    result = ReconcileResult.DIFFERENCES if differs else ReconcileResult.NOTHING_DIFFERS
    return desk.tell(by, Reconciled(other, result, "Captain Ray", heads, desk.now(), counts))


def a_week_without_verification_alarms(desk):
    first, second = zone(desk), zone(desk, "Ford zone")
    own, draft = zone(desk, "Own zone", "COA", "RUS"), zone(desk, "Own draft", "COA", "COA")
    desk.run(WEEK_S - 6 * HOUR_S, tick_s=6 * HOUR_S)
    assert desk.alarm(VERIFY_AGAIN) is None
    desk.run(7 * HOUR_S, tick_s=HOUR_S)
    found = {each.body.title: each for each in desk.alarms() if each.body.rule == VERIFY_AGAIN}
    assert set(found) == {"Verify again: 2 of RUS", "Verify again: 1 of own, told to others"}
    alarm = found["Verify again: 2 of RUS"]
    assert (alarm.precedence, alarm.state) == (Precedence.ROUTINE, State.UNACKNOWLEDGED)
    assert "zone Bridge zone, zone Ford zone" in alarm.body.words
    assert {sent.role for sent in desk.post.came if sent.alarm == alarm.subject} == {"duty officer"}
    verify(desk, first, own, draft)
    desk.run(2 * HOUR_S, tick_s=HOUR_S)
    assert standing_of(desk, alarm.subject) == State.UNACKNOWLEDGED, "one of two is not the list"
    verify(desk, second, by="RUS")
    desk.run(HOUR_S, tick_s=HOUR_S)
    assert standing_of(desk, alarm.subject) == State.UNACKNOWLEDGED, "the other side's word is its own"
    desk.acknowledge(alarm.subject)
    verify(desk, second)
    desk.run(2 * HOUR_S, tick_s=HOUR_S)
    assert {each.state for each in desk.alarms() if each.body.rule == VERIFY_AGAIN} == {
        State.ENDED, State.RETURNED,
    }  # fmt: skip
    desk.run(WEEK_S, tick_s=6 * HOUR_S)
    again = next(each for each in desk.alarms() if each.subject == alarm.subject)
    assert again.state == State.UNACKNOWLEDGED
    assert again.body.counts_from > alarm.body.counts_from
    verdict(desk)


def standing_of(desk, subject):
    return next(each.state for each in desk.alarms() if each.subject == subject)


def a_month_without_reconciling_alarms(desk):
    channel = desk.hotline("Ground hotline")
    desk.check(channel, CheckResult.OK)
    desk.run(MONTH_S - DAY_S, tick_s=12 * HOUR_S)
    assert desk.alarm(RECONCILE) is None
    desk.run(2 * DAY_S, tick_s=12 * HOUR_S)
    for party, other in (("COA", "RUS"), ("RUS", "COA")):
        alarm = desk.alarm(RECONCILE, party)
        assert (alarm.body.title, alarm.precedence) == (
            f"Reconcile the records: {other}", Precedence.ROUTINE,
        )  # fmt: skip
        assert "never yet" in alarm.body.words
    desk.acknowledge(desk.alarm(RECONCILE).subject)
    reconciled(desk)
    desk.run(2 * HOUR_S, tick_s=HOUR_S)
    assert desk.alarm(RECONCILE).state == State.ENDED, "a comparison with differences is one that was made"
    assert desk.alarm(RECONCILE, "RUS").state == State.UNACKNOWLEDGED, "the other side's word is its own"
    desk.run(MONTH_S, tick_s=12 * HOUR_S)
    again = desk.alarm(RECONCILE)
    assert again.state == State.UNACKNOWLEDGED
    assert "last on 2026-04-" in again.body.words
    verdict(desk)


def what_a_person_ended_comes_again_in_the_next_week_only(desk):
    zone(desk)
    desk.run(WEEK_S + 6 * HOUR_S, tick_s=6 * HOUR_S)
    alarm = desk.alarm(VERIFY_AGAIN)
    desk.step(alarm.subject, StepKind.ENDED, reason="the hotline is being repaired")
    desk.run(2 * DAY_S, tick_s=6 * HOUR_S)
    assert desk.alarm(VERIFY_AGAIN).state == State.ENDED
    desk.run(3 * DAY_S, tick_s=6 * HOUR_S)
    assert desk.alarm(VERIFY_AGAIN).state == State.ENDED


@pytest.mark.long
def test_a_week_without_verification_alarms():
    a_week_without_verification_alarms(Desk())


def test_a_week_without_verification_alarms_twin(monkeypatch):
    monkeypatch.setattr(verifying, "WEEK", timedelta(days=8))
    with pytest.raises(AssertionError):
        a_week_without_verification_alarms(Desk())


def test_a_week_without_verification_alarms_twin_with_the_rule_off(monkeypatch):
    monkeypatch.setattr(alarming, "periodic_duties", lambda picture, box, now: iter(()))
    with pytest.raises(KeyError, match="Verify again"):
        a_week_without_verification_alarms_by_title(Desk())


def a_week_without_verification_alarms_by_title(desk):
    zone(desk)
    desk.run(WEEK_S + 6 * HOUR_S, tick_s=6 * HOUR_S)
    found = {each.body.title: each for each in desk.alarms()}
    assert found["Verify again: 1 of RUS"].is_open


@pytest.mark.long
def test_a_month_without_reconciling_alarms():
    a_month_without_reconciling_alarms(Desk())


@pytest.mark.long
def test_a_month_without_reconciling_alarms_twin_where_anybodys_word_counts(monkeypatch):
    real = periodic._reconciled

    def anybodys(picture, party, now):
        yield from real(picture, party, now)
        for _, text, body in picture.each(Reconciled):
            yield body.done.at, text.statement.id

    monkeypatch.setattr(periodic, "MONTH", timedelta(days=40))
    monkeypatch.setattr(periodic, "_reconciled", anybodys)
    with pytest.raises((AssertionError, AttributeError)):
        a_month_without_reconciling_alarms(Desk())


def test_what_a_person_ended_comes_again_in_the_next_week_only():
    what_a_person_ended_comes_again_in_the_next_week_only(Desk())


def test_who_keeps_no_record_is_not_asked_to_compare_it(monkeypatch):
    desk = Desk()
    desk.hotline("Ground hotline")
    monkeypatch.setattr(periodic, "_keeps_a_record", lambda picture, party: False)
    desk.run(MONTH_S + DAY_S, tick_s=DAY_S)
    assert desk.alarm(RECONCILE) is None
    monkeypatch.undo()
    desk.run(DAY_S, tick_s=DAY_S)
    assert desk.alarm(RECONCILE).is_open, "the twin: it does keep one"


def test_not_done_for_a_day_it_goes_to_the_deputy():
    desk = Desk()
    zone(desk)
    desk.run(WEEK_S + HOUR_S, tick_s=HOUR_S)
    assert desk.told(VERIFY_AGAIN)[-1][0] == "duty officer"
    desk.run(LATE_S, tick_s=HOUR_S)
    assert "deputy" in {role for role, _ in desk.told(VERIFY_AGAIN)}
    verdict(desk)


# Down over the time, and killed at any write or sending.


@pytest.mark.parametrize("down_s", [3 * DAY_S, 3 * WEEK_S])
def test_what_fell_due_while_the_node_was_down_is_raised_once_at_its_start(down_s):
    desk = Desk()
    zone(desk)
    desk.hotline("Ground hotline")
    desk.run(WEEK_S - DAY_S, tick_s=DAY_S)
    desk.machine.pass_s(down_s)
    desk.kill()
    desk.run(HOUR_S, tick_s=600)
    raised = [each for each in desk.alarms() if each.body.rule == VERIFY_AGAIN]
    assert len(raised) == 1
    assert len(desk.node.picture(COA).texts(raised[0].subject)) == 1
    assert raised[0].body.counts_from <= desk.node.clock.now() - timedelta(seconds=down_s - DAY_S)
    verdict(desk)


def course(fuse, down_s):
    """A week passes and what stands is verified; a month passes and records are compared; killed once."""
    desk = Desk()
    first = zone(desk)
    channel = desk.hotline("Ground hotline")
    desk.machine.pass_s(WEEK_S - 60)
    done = {
        6: lambda: verify(desk, first) if desk.alarm(VERIFY_AGAIN) else None,
        7: lambda: desk.check(channel, CheckResult.OK),
    }
    minutes(desk, fuse, down_s, done)
    desk.machine.pass_s(MONTH_S - WEEK_S)
    minutes(desk, fuse, down_s, {6: lambda: reconciled(desk, differs=False)})
    return desk


def minutes(desk, fuse, down_s, acts):
    """A node that was down comes up, and turns every 40 s while people do their acts at their ticks."""
    desk.kill(fuse)
    tick = 0
    while tick < 12:
        try:
            if tick in acts:
                acts.pop(tick)()
            desk.turn()
            desk.send()
        except Killed:
            desk.machine.pass_s(down_s)
            desk.kill()
            check_law(desk.durable)
            continue
        desk.machine.pass_s(40)
        tick += 1


def sparks():
    fuse = Fuse()
    course(fuse, 0)
    return fuse.count


SPARKS = sparks()


def test_the_course_has_many_places_to_die_at():
    assert SPARKS > 30


@pytest.mark.long
@pytest.mark.parametrize("down_s", mostly_long([0, 5 * HOUR_S], 1))
def test_killed_at_any_write_or_sending_a_duty_is_asked_for_once_and_ends_once_it_is_done(down_s):
    for at in range(1, SPARKS + 1):
        desk = course(Fuse(at), down_s)
        assert desk.kills == 3, at
        desk.post.fuse = Fuse()
        desk.run(120, tick_s=40)
        verdict(desk)
        assert desk.alarm("deadline-audit") is None, at
        asked = [each for each in desk.alarms() if each.body.rule == RECONCILE]
        assert [each.body.title for each in asked] == ["Reconcile the records: RUS"], at
        assert len(desk.node.picture(COA).texts(asked[0].subject)) == 1, "asked for once"
        steps = [entry.statement.body.step for entry in asked[0].history]
        done = bool(list(desk.node.picture(COA).each(Reconciled)))
        assert steps.count(StepKind.RETURNED) == done, at
        weekly = [each for each in desk.alarms() if each.body.rule == VERIFY_AGAIN]
        assert len(weekly) == 1, at
