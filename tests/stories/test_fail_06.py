"""Forces too close, slowly: seen by their numbers and signs, and both sides step back (FAIL-06(a), (c))."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from tests.building_node import house
from tests.staging import Stage, story
from tests.stories.playing import staged
from tests.stories.watched import Desk

import keepclear.commands.admission as admission
import keepclear.rules.standing_duties as duties
import keepclear.views.step_backs as step_back_views
from keepclear.model.measures import Basis, Effect, MeasureKind, MeasureStated, Stance, StanceTaken
from keepclear.model.step_backs import StepBack, StepBackChecked, StepBackSeen
from keepclear.model.words import PartyId, Place, Speaker, Via
from keepclear.rules.alarming import wanted
from keepclear.scenarios.changes import Setting, Twin, with_change
from keepclear.views.alarms import State

BOTH = (PartyId("COA"), PartyId("RUS"))
TERMS = {"parties": ["COA", "RUS"], "by": "2018-02-01T12:00:00Z", "check_at": "2018-02-01T13:00:00Z",
         "check_by": "RUS", "check_role": "ground desk"}  # fmt: skip
PROPOSED = {"name": "Step-back of 1 February", "others": ["RUS"], "place": {"words": "the dug positions"},
            "distance_m": 3_000.0, "terms": TERMS}  # fmt: skip
DONE = {"by_role": "ground desk", "done": {"at": "2018-02-01T08:00:00Z"}}


def row(node, party="COA"):
    return node.items(party, "step-backs")[0]


def it_binds_only_the_text_that_both_agreed_to(node):
    made = node.post("COA", "step-backs", PROPOSED).ok(201).json
    of = f"step-backs/{made['statement']}"
    assert (row(node)["standing"], row(node)["not_agreed"]) == ("proposed", ["Russian forces in Syria"])
    node.post("RUS", f"{of}/check", DONE | {"found": "stepped back"}).refused("step-back-operative")
    node.post("RUS", f"{of}/agree", {"text_hash": "0" * 64}).refused("text-hash")
    assert row(node)["standing"] == "proposed"
    node.post("RUS", f"{of}/agree", {"text_hash": row(node, "RUS")["text_hash"]}).ok(201)
    shown = row(node)
    assert (shown["standing"], shown["distance_m"], shown["check"]) == ("operative", 3_000.0, "not yet due")
    return of


def bound(desk):
    now = desk.node.clock.now()
    terms = StepBack(BOTH, now + timedelta(minutes=30), now + timedelta(hours=1), BOTH[1], "ground desk")
    body = MeasureStated(
        "Step-back", MeasureKind.STEP_BACK, Effect.KEEP_OUT_REQUESTED, Basis.AGREED,
        place=Place("the dug positions"), parties=BOTH, step_back_m=3_000.0, step_back=terms,
    )  # fmt: skip
    made = desk.tell("COA", body, "RUS")
    word = StanceTaken(made.statement, made.subject, BOTH[1], Stance.AGREED, text_hash=made.digest)
    desk.tell("RUS", word, "COA")
    return made


def silence_at_the_check_is_an_alarm(desk):
    made = bound(desk)
    desk.run(3_500, tick_s=100)
    assert desk.alarm("step-back-check") is None
    desk.run(200, tick_s=10)
    for party in BOTH:
        assert desk.alarm("step-back-check", party).state == State.UNACKNOWLEDGED
    assert {asked.contact.value for asked in desk.alarm("step-back-check").body.asks} == {"call"}
    heard = Speaker("ground desk", party=BOTH[1])
    body = StepBackChecked(made.statement, made.subject, StepBackSeen.STEPPED_BACK, desk.now(), "ground desk")
    desk.tell("COA", body, said_by=heard, via=Via.PHONE)
    desk.run(5, tick_s=1)
    assert desk.alarm("step-back-check").state == State.RETURNED
    state = desk.alarm("step-back-check", "RUS").state
    assert state == State.UNACKNOWLEDGED, "a report is no word of theirs"
    shown = step_back_views.step_backs(desk.node.picture(BOTH[0]), desk.node.clock.now())[0]
    assert (shown.check, [one.how for one in shown.checks]) == ("made", ["reported by COA"])


def test_fail_06c_a_step_back_binds_only_the_text_that_both_agreed_to():
    with house() as node:
        it_binds_only_the_text_that_both_agreed_to(node)


def test_fail_06c_twin_without_the_hash_another_text_would_bind(monkeypatch):
    monkeypatch.setattr(admission, "admit_agreed_hash", lambda entry, body: None)
    with house() as node, pytest.raises(AssertionError):
        it_binds_only_the_text_that_both_agreed_to(node)


def test_fail_06c_silence_at_the_check_is_an_alarm():
    silence_at_the_check_is_an_alarm(Desk())


def test_fail_06c_twin_without_the_rule_silence_stays_silent(monkeypatch):
    monkeypatch.setattr(duties, "alarms_of_step_backs", lambda picture, now: iter(()))
    with pytest.raises(AttributeError):
        silence_at_the_check_is_an_alarm(Desk())


def test_fail_06c_a_check_that_found_none_asks_for_a_call():
    desk = Desk()
    made = bound(desk)
    desk.run(3_700, tick_s=100)
    found = StepBackChecked(
        made.statement, made.subject, StepBackSeen.NOT_STEPPED_BACK, desk.now(), "ground desk"
    )
    desk.tell("RUS", found, "COA")
    desk.run(5, tick_s=1)
    assert desk.alarm("step-back-not-found").body.title == "Step-back check, not stepped back: Step-back"
    assert desk.alarm("step-back-check").state == State.RETURNED


def test_fail_06c_declining_takes_it_out_of_force():
    with house() as node:
        of = it_binds_only_the_text_that_both_agreed_to(node)
        node.post("RUS", f"{of}/decline", {"words": "not by that time"}).ok(201)
        assert row(node)["standing"] == "suspended"
        assert row(node)["check"] == ""


SLOW = datetime.fromisoformat("2018-03-22T17:00:00+00:00")


def it_is_seen_though_it_is_slow(stage):
    """FAIL-06(a): the slow rise is found against the place's own base, and the signs stand in a list."""
    rows = stage.fetch("COA", "base-rates", SLOW)["items"]
    [march] = [row for row in rows if row["matter"]["name"].startswith("B-8")]
    assert (march["answer"], march["began"], march["found"]) == ("certain", "2018-03-06", "2018-03-06")
    assert "against a base of 9 to 15.1 a day; it rose by 8 to 11 a day over 17 days" in march["words"]
    missing = [row["day"] for row in march["days"] if row["state"] == "missing"]
    assert "2018-02-24" in missing
    assert all(row["low"] is None for row in march["days"] if row["state"] == "missing"), "not zero"
    signs = {row["indicator"]: row for row in march["indicators"]}
    assert signs["dug positions"]["reported"]
    assert signs["dug positions"]["first"]["words"] == "2018-03-22"
    assert not signs["bridging"]["reported"], "named as not reported, which is not absent"
    sight = stage.sight("COA", SLOW)
    calls = [each.body for each in wanted(sight.picture, sight.outbox, sight.now)]
    [call] = [each for each in calls if each.matter == march["matter"]["subject"]]
    assert call.rule == "build-up/certain"
    assert "Reported: dug positions" in call.words


def test_fail_06a_it_is_seen_though_it_is_slow():
    it_is_seen_though_it_is_slow(staged("euphrates_2018"))


@pytest.mark.parametrize(
    "changed",
    [
        Twin(drop=[f"2-12w{n:02d}" for n in range(1, 11)]),
        Twin(set=Setting("2-14", "build-up.series.2.indicators", [])),
        Twin(set=[Setting(f"2-12w{n:02d}", "observation.count",
                          {"low": 60, "high": 180, "unit": "fighters"}) for n in range(1, 11)]),
    ],
    ids=["no-base", "no-sign", "always-so-many"],
)  # fmt: skip
def test_fail_06a_twin_without_a_base_or_a_sign_it_is_not_seen(changed):
    with pytest.raises(AssertionError):
        it_is_seen_though_it_is_slow(Stage(with_change(story("euphrates_2018"), changed)))
