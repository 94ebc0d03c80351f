"""Whose they are, who can reach them, and which contact comes next: FAIL-03(a)(d), 05(c), 06(b), 11(b)."""

from __future__ import annotations

import pytest
from tests.stories.test_fail_05 import raised_and_disowned
from tests.stories.watched import Desk
from tests.watching import START

import keepclear.rules.alarming as alarming
import keepclear.rules.attention as attention_rules
import keepclear.rules.standing_duties as duties
from keepclear.geo.shapes import Circle, Point, Spot
from keepclear.model.channels import MonitoringStated
from keepclear.model.hotline import Answer, AnswerGiven, MessageSent, Purpose, Text, WarningGiven, WarningKind
from keepclear.model.measures import Basis, Effect, MeasureKind, MeasureStated
from keepclear.model.notices import Observed
from keepclear.model.parties import PartyKind, PartyStated, Reach, RelationKind, RelationStated
from keepclear.model.words import PUBLIC, Level, PartyId, Place, Precedence
from keepclear.rules.attention import attention
from keepclear.rules.contact_steps import who_can_reach


def pgf_through_rus(desk, minutes=25):
    desk.tell("COA", PartyStated("PGF", "PGF", PartyKind.NON_STATE_FORCE, Reach.NONE), PUBLIC)
    desk.tell("COA", RelationStated("RUS", "PGF", RelationKind.CAN_INFLUENCE, relay_minutes=minutes))


def an_entry(desk):
    desk.hotline("Ground hotline")
    desk.hotline("Chiefs' hotline", Level.CHIEF)
    pgf_through_rus(desk)
    area = Circle(Point(38.6, 33.5), 55_000.0)
    body = MeasureStated("Zone", MeasureKind.ZONE, Effect.CALL, Basis.DECLARED, area)
    zone = desk.tell("COA", body, PUBLIC)
    desk.run(10, tick_s=5)
    seen = Observed(
        "vehicles", Place(area=Spot(Point(38.6, 33.5), 100.0)), party=PartyId("PGF"), at=desk.now()
    )
    desk.tell("COA", seen)
    ask = MessageSent(
        ("RUS",), Purpose.CONCERN, (Text("Have them stop"),), Precedence.FLASH, about=(zone.subject,)
    )
    return zone, desk.tell("COA", ask, "RUS")


def the_relay_clock_runs_and_alarms(desk):
    """FAIL-03(a): word passed to who can influence them has a clock; run out, somebody must ask."""
    _, asked = an_entry(desk)
    desk.run(60, tick_s=10)
    here = desk.node.desk("COA")
    entry = next(
        each
        for each in attention(here.picture, here.outbox, desk.node.clock.now())
        if each.rule == "zone-entry"
    )
    assert (entry.due - START).total_seconds() // 60 == 25
    assert "reaches PGF by" in entry.words
    assert "RUS" in entry.words
    assert desk.alarm("zone-entry") is None
    desk.run(1_500, tick_s=20)
    alarm = desk.alarm("zone-entry")
    assert "should have reached PGF" in alarm.body.words
    desk.tell("RUS", AnswerGiven(Answer.WILL_ACT, "stopped"), "COA", answers=(asked.statement,))
    desk.run(40, tick_s=20)
    assert "returned" in desk.alarm("zone-entry").state


def each_rung_takes_the_next_contact_step(desk):
    """FAIL-03(d): call, ask, warn, step back, one rung after the other, and nothing beyond them."""
    an_entry(desk)
    desk.run(1_700, tick_s=20)
    alarm = desk.alarm("zone-entry")
    firsts = [step.words.split(":")[0] for step in alarm.body.plan.steps]
    assert firsts == ["Step 1, call", "Step 2, ask", "Step 3, warn", "Step 4, step back"]
    assert {asked.contact.value for asked in alarm.body.asks} == {"call", "ask", "warn", "step back"}
    assert "On Chiefs' hotline (chief)." in alarm.body.plan.steps[3].words


def the_unclaimed_question_names_the_way(desk):
    """FAIL-05(c): who can reach them? is answered from the relation graph, with the minutes of the relay."""
    pgf_through_rus(desk)
    raised_and_disowned(desk)
    desk.run(20, tick_s=5)
    asks = " ".join(asked.words for asked in desk.alarm("unclaimed").body.asks)
    assert "Who can reach them?" in asks
    assert "PGF (can influence; about 25 minutes)" in asks
    assert who_can_reach(desk.node.picture("COA"), PartyId("PGF")).startswith(
        "Can reach PGF: RUS (can influence)."
    )


def the_ladder_ends_at_the_chiefs(desk):
    """FAIL-06(b): what the desks cannot settle goes to the chiefs, each rung told on which hotline."""
    desk.hotline("Chiefs' hotline", Level.CHIEF)
    raised_and_disowned(desk)
    desk.run(2_800, tick_s=20)
    last = [sent for sent in desk.post.came if sent.role == "chief of staff"][-1]
    assert "On Chiefs' hotline (chief)." in last.words
    assert any("On Deputies' hotline (deputy)." in sent.words for sent in desk.post.came)


def a_warning_where_nobody_listens_says_so(desk):
    """FAIL-11(b): passed on a frequency that they say they do not monitor, it is not taken for passed."""
    desk.tell("RUS", MonitoringStated("escort crews", ("Channel 7",)), "COA")
    body = WarningGiven(("RUS",), WarningKind.STANDING, (Text("Turn away"),), frequency="243.0 MHz")
    desk.tell("COA", body, "RUS")
    heard = WarningGiven(("RUS",), WarningKind.STANDING, (Text("Turn away"),), frequency="channel  7")
    desk.tell("COA", heard, "RUS")
    desk.run(20, tick_s=5)
    found = [each.body for each in desk.alarms() if each.body.rule == duties.UNHEARD_WARNING]
    assert [each.title for each in found] == ["NOT MONITORED: 243.0 MHz, RUS"]
    assert "no crew monitors 243.0 MHz now (escort crews: Channel 7)" in found[0].words


def test_fail_03a_the_relay_clock_runs_and_alarms():
    the_relay_clock_runs_and_alarms(Desk())


def test_fail_03a_twin_without_the_clock_nobody_asks_whether_word_arrived(monkeypatch):
    monkeypatch.setattr(attention_rules, "relay_clock", lambda *more: None)
    with pytest.raises((AssertionError, TypeError)):
        the_relay_clock_runs_and_alarms(Desk())


def test_fail_03d_each_rung_takes_the_next_contact_step():
    each_rung_takes_the_next_contact_step(Desk())


def test_fail_03d_twin_without_steps_every_rung_does_the_same(monkeypatch):
    monkeypatch.setattr(alarming, "by_steps", lambda plan: plan)
    with pytest.raises(AssertionError):
        each_rung_takes_the_next_contact_step(Desk())


def test_fail_05c_the_unclaimed_question_names_the_way():
    the_unclaimed_question_names_the_way(Desk())


def test_fail_05c_twin_without_a_relation_no_way_is_known(monkeypatch):
    monkeypatch.setattr("keepclear.views.parties._relation_steps", lambda picture: iter(()))
    with pytest.raises(AssertionError):
        the_unclaimed_question_names_the_way(Desk())


def test_fail_06b_the_ladder_ends_at_the_chiefs():
    the_ladder_ends_at_the_chiefs(Desk())


def test_fail_06b_twin_without_the_names_a_chief_is_told_of_no_hotline(monkeypatch):
    monkeypatch.setattr(alarming, "by_level", lambda picture, plan, parties: plan)
    with pytest.raises(AssertionError):
        the_ladder_ends_at_the_chiefs(Desk())


def test_fail_11b_a_warning_where_nobody_listens_says_so():
    a_warning_where_nobody_listens_says_so(Desk())


def test_fail_11b_twin_where_sending_counts_nothing_is_said(monkeypatch):
    monkeypatch.setattr(duties, "_unheard", lambda picture, now: iter(()))
    with pytest.raises(AssertionError):
        a_warning_where_nobody_listens_says_so(Desk())
