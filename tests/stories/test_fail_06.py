"""Forces too close; both sides step back, as a measure with distance, time and check (FAIL-06(c))."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.building_node import house
from tests.stories.watched import Desk

import keepclear.commands.admission as admission
import keepclear.rules.standing_duties as duties
import keepclear.views.step_backs as step_back_views
from keepclear.model.measures import Basis, Effect, MeasureKind, MeasureStated, Stance, StanceTaken
from keepclear.model.step_backs import StepBack, StepBackChecked, StepBackSeen
from keepclear.model.words import PartyId, Place, Speaker, Via
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
