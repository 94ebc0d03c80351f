"""A week of build-up; the other side said that the force was not theirs, and nobody asked again (FAIL-05).

The twin shows the story failing when nothing asks again.
"""

from __future__ import annotations

from datetime import datetime

import pytest
from tests.staging import Stage, story
from tests.stories.playing import staged
from tests.stories.watched import Desk

import keepclear.rules.alarming as alarming
import keepclear.rules.steadiness as steadiness
from keepclear.commands.buildups import coarse
from keepclear.geo.shapes import Circle, Point, Spot
from keepclear.model.hotline import Answer, AnswerGiven, MessageSent, Purpose, Text
from keepclear.model.notices import Band, BuildUpStated
from keepclear.model.telling import Condition, ReleaseDecided, StatusStated
from keepclear.model.words import Count, Form, Level, PartyId, Precedence, Speaker
from keepclear.rules.alarming import wanted
from keepclear.scenarios.changes import Setting, Twin, with_change
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


BEFORE_THE_FIRE = datetime.fromisoformat("2018-02-06T16:30:00+00:00")


def the_week_stands_as_a_chart_and_an_alarm(stage):
    """FAIL-05(b): the week is drawn against its own first days, and is an alarm before 7 February."""
    rows = stage.fetch("COA", "base-rates", BEFORE_THE_FIRE)["items"]
    [week] = [row for row in rows if row["matter"]["name"].startswith("B-7")]
    assert week["answer"] == "certain"
    assert week["found"] < "2018-02-07"
    assert [(day["state"], day["low"], day["high"]) for day in week["days"][:7]] == [
        ("watched", count, count) for count in (50, 80, 120, 200, 300, 400, 500)
    ]
    assert any(day["raises_at"] is not None for day in week["days"]), "the limit is drawn beside the counts"
    sight = stage.sight("COA", BEFORE_THE_FIRE)
    calls = [each.body for each in wanted(sight.picture, sight.outbox, sight.now)]
    about = [call for call in calls if call.matter == week["matter"]["subject"]]
    assert [call.rule for call in about] == ["build-up/certain"], "one alarm for one matter"
    assert {asked.contact.value for asked in about[0].asks} == {"call", "ask", "step back"}
    assert "0.1 false findings a month" in about[0].words
    assert set(about[0].grounds) == {stage.played.made("2-06g").statement}


def test_fail_05b_the_week_stands_as_a_chart_and_an_alarm():
    the_week_stands_as_a_chart_and_an_alarm(staged("euphrates_2018"))


@pytest.mark.parametrize(
    "changed",
    [
        Twin(set=[Setting("2-06g", f"build-up.series.{n}.count", {"low": 50, "high": 60, "unit": "fighters"})
                  for n in range(7)]),
        Twin(drop=["2-06d", "2-06e", "2-06f", "2-06g"]),
        Twin(set=[Setting("2-06g", f"build-up.series.{n}.count", {"low": 20, "high": 500, "unit": "fighters"})
                  for n in range(7)]),
    ],
    ids=["steady", "three-days", "bands-too-wide"],
)  # fmt: skip
def test_fail_05b_twin_counts_that_do_not_rise_or_cannot_be_told_raise_nothing(changed):
    with pytest.raises(AssertionError):
        the_week_stands_as_a_chart_and_an_alarm(Stage(with_change(story("euphrates_2018"), changed)))


def test_fail_05b_twin_a_base_that_grows_used_to_it_finds_nothing(monkeypatch):
    monkeypatch.setattr(steadiness, "SLACK", 2.5)
    steadiness.run.cache_clear()
    with pytest.raises(AssertionError):
        the_week_stands_as_a_chart_and_an_alarm(staged("euphrates_2018"))
    steadiness.run.cache_clear()


def asked_and_never_acknowledged(desk):
    place = Circle(Point(40.31, 35.31), 2_000.0)
    body = BuildUpStated("East bank", place, (Band(desk.now(), Count(211, 288, "people")),))
    buildup = desk.tell("COA", body)
    release = ReleaseDecided(buildup.subject, "RUS", Form.COVERING, "watch chief", "shows that it was seen")
    desk.tell("COA", release)
    wide = coarse(body, place, None)
    told = desk.tell("COA", wide, "RUS", subject=buildup.subject, form=Form.COVERING)
    question = MessageSent(
        ("RUS",), Purpose.CONCERN, (Text("Is it yours?"),), Precedence.FLASH, asks=tuple(Answer),
        about=(buildup.subject,),
    )  # fmt: skip
    desk.tell("COA", question, "RUS")
    desk.run(200, tick_s=5)
    return told


def test_what_called_about_a_question_ends_with_the_build_up_and_says_why():
    desk = Desk()
    buildup = asked_and_never_acknowledged(desk)
    assert desk.alarm(alarming.NOT_RECEIVED).is_open
    desk.tell("COA", StatusStated(buildup.statement, Condition.DISPERSED, "gone"), "RUS")
    desk.run(400, tick_s=20)
    told = desk.told(alarming.NOT_RECEIVED)
    assert desk.alarm(alarming.NOT_RECEIVED).reason == alarming.MOOT
    desk.acknowledge(desk.alarm(alarming.NOT_RECEIVED).subject)
    desk.run(2_000, tick_s=20)
    assert desk.told(alarming.NOT_RECEIVED) == told, "nobody is told of it again"


def test_twin_while_the_build_up_goes_on_they_are_called_again():
    desk = Desk()
    asked_and_never_acknowledged(desk)
    told = desk.told(alarming.NOT_RECEIVED)
    desk.run(400, tick_s=20)
    assert len(desk.told(alarming.NOT_RECEIVED)) > len(told)
