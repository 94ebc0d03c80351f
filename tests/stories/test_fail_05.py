"""A week of build-up; the other side said that the force was not theirs, and nobody asked again (FAIL-05).

The twin shows the story failing when nothing asks again.
"""

from __future__ import annotations

import pytest
from tests.stories.watched import Desk

import keepclear.rules.alarming as alarming
from keepclear.geo.shapes import Point, Spot
from keepclear.model.hotline import Answer, AnswerGiven, MessageSent, Purpose, Text
from keepclear.model.notices import Band, BuildUpStated
from keepclear.model.words import Count, Level, PartyId, Precedence, Speaker
from keepclear.views.alarms import State


def raised_and_disowned(desk):
    desk.hotline("Ground hotline")
    desk.hotline("Deputies' hotline", Level.DEPUTY)
    place = Spot(Point(40.3, 35.3), 2_000.0)
    body = BuildUpStated("East bank", place, (Band(desk.now(), Count(200, 300, "people")),))
    buildup = desk.tell("COA", body)
    ask = MessageSent(
        ("RUS",), Purpose.CONCERN, (Text("Whose are they?"),), Precedence.PRIORITY, asks=tuple(Answer)
    )
    told = desk.tell("COA", ask, "RUS")
    answer = AnswerGiven(Answer.NOT_OURS)
    answered = desk.tell("RUS", answer, "COA", answers=(told.statement,))
    by_telephone = Speaker("ground desk, duty officer", party=PartyId("RUS"))
    noted = AnswerGiven(Answer.NOT_OURS, about=(buildup.subject,))
    desk.tell("COA", noted, answers=(told.statement,), said_by=by_telephone)
    return buildup, answered


def not_ours_is_asked_again_a_level_higher(desk):
    """FAIL-05(a): UNCLAIMED; asked again each quarter of an hour, the next rung by itself, until claimed."""
    raised_and_disowned(desk)
    desk.run(20, tick_s=5)
    alarm = desk.alarm("unclaimed")
    assert alarm.body.title == "UNCLAIMED: East bank"
    assert any("Who can reach them?" in asked.words for asked in alarm.body.asks)
    desk.run(2_900, tick_s=20)
    roles = [role for role, _ in desk.told("unclaimed")]
    assert roles == ["duty officer", "deputy", "commander", "chief of staff"]
    minutes = [at // 60 for _, at in desk.told("unclaimed")]
    assert [later - minutes[0] for later in minutes] == [0, 15, 30, 45]
    desk.acknowledge(alarm.subject)
    desk.run(1_000, tick_s=20)
    assert desk.told("unclaimed")[-1][0] == "duty officer", "taken up by hand, it is asked again all the same"
    assert desk.alarm("unclaimed").state == State.ACKNOWLEDGED


def test_fail_05a_not_ours_is_asked_again_a_level_higher():
    not_ours_is_asked_again_a_level_higher(Desk())


def test_fail_05a_twin_without_the_timer_the_answer_ends_the_matter(monkeypatch):
    monkeypatch.setattr(alarming, "plan_to_ask_again", lambda: alarming.plan_for(Precedence.ROUTINE))
    with pytest.raises(AssertionError):
        not_ours_is_asked_again_a_level_higher(Desk())
