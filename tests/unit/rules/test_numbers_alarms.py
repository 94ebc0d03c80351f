"""The life of an alarm of numbers: one for a matter, contact actions only, ended with its reason."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from tests.building_node import buildup, house, message, spot

from keepclear.model.alarms import Contact
from keepclear.model.words import PartyId
from keepclear.rules.alarming import changes, wanted
from keepclear.rules.numbers_alarms import moments_of_numbers, why_ended

COA = PartyId("COA")
FIRST = datetime(2018, 1, 1, tzinfo=UTC)
LOW = [(10, 12)] * 6
RISEN = [*LOW, (60, 80), (100, 120)]


def series(counts, **more):
    days = [FIRST + timedelta(days=n) for n in range(len(counts))]
    bands = [
        {"at": {"at": f"{day:%Y-%m-%d}T00:00:00Z", "precision": "day"},
         "count": {"low": low, "unit": "people"} | ({} if high is None else {"high": high})}
        for day, (low, high) in zip(days, counts, strict=True)
    ]  # fmt: skip
    return buildup(series=bands, **more)


@pytest.fixture
def syria():
    with house() as made:
        yield made


def calls(made, now=None):
    node = made.node
    return [
        each.body
        for each in wanted(node.picture(COA), node.outbox(COA), now or node.clock.now())
        if each.body.rule.startswith(("build-up", "crossings"))
    ]


def why(made, told, now=None):
    return why_ended(
        made.node.picture(COA), "build-up/certain", told["subject"], now or made.node.clock.now()
    )


def test_a_rise_is_one_alarm_with_its_test_and_grounds_and_asks_for_contact_alone(syria):
    told = syria.tell("COA", series(RISEN))
    [call] = calls(syria)
    assert (call.rule, call.precedence.value) == ("build-up/certain", "priority")
    assert call.grounds == (told["statement"],)
    assert "sum " in call.words
    assert "0.1 false findings a month are accepted" in call.words
    assert {asked.contact for asked in call.asks} <= set(Contact)
    assert [asked.contact.value for asked in call.asks] == ["call", "ask", "step back"]


def test_without_a_rise_there_is_none_and_without_a_base_the_plain_trend_still_asks(syria):
    syria.tell("COA", series(LOW))
    assert calls(syria) == []
    syria.tell("COA", series([(10, 12), (30, 40)], name="new place"))
    [call] = calls(syria, FIRST + timedelta(days=2))
    assert call.rule == "build-up-rising"


def test_it_ends_when_the_levels_are_back_and_says_so(syria):
    told = syria.tell("COA", series(RISEN))
    assert calls(syria)
    syria.tell("COA", series([*RISEN, (10, 12), (11, 13), (9, 12)]), subject=told["subject"])
    assert calls(syria) == []
    assert why(syria, told) == "levels are back at their base"


def test_two_quiet_days_or_a_gap_do_not_end_it(syria):
    told = syria.tell("COA", series(RISEN))
    syria.tell("COA", series([*RISEN, (10, 12), (11, 13)]), subject=told["subject"])
    assert [call.rule for call in calls(syria)] == ["build-up/certain"]
    later = syria.node.clock.now() + timedelta(days=5)
    assert [call.rule for call in calls(syria, later)] == ["build-up/certain"], "missing is not quiet"


@pytest.mark.parametrize("status", ["dispersed", "closed", "became an incident"])
def test_what_its_owner_closes_ends_it_with_that_word(syria, status):
    told = syria.tell("COA", series(RISEN))
    syria.tell("COA", {"kind": "status", "of": told["statement"], "status": status})
    assert calls(syria) == []
    assert why(syria, told) == f"{status}, as stated"


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ("ours", "claimed, as stated"),
        ("not ours", "answered “not ours”: it is asked again under an alarm of its own"),
    ],
)
def test_an_answer_ends_it(syria, answer, words):
    told = syria.tell("COA", series(RISEN))
    release = {"kind": "release", "of": told["subject"], "reader": "RUS", "form": "exact",
               "approved_by_role": "watch chief", "risk_note": "none"}  # fmt: skip
    syria.tell("COA", release)
    syria.post("COA", "tellings", {"statement": told["statement"], "readers": ["RUS"]}).ok()
    asked = syria.tell("COA", message("RUS", about=[told["subject"]], asks=["ours", "not ours"]), "RUS")
    assert [call.rule for call in calls(syria)] == ["build-up/certain"], "raised alone, it is watched on"
    body = {"kind": "answer", "answer": answer, "about": [told["subject"]]}
    syria.tell("RUS", body, "COA", answers=[asked["statement"]])
    assert calls(syria) == []
    assert why(syria, told) == words


def test_what_nobody_counts_for_four_weeks_ends_it_and_that_moment_is_known(syria):
    told = syria.tell("COA", series(RISEN))
    now = syria.node.clock.now()
    [moment] = moments_of_numbers(syria.node.picture(COA), now)
    assert calls(syria, moment - timedelta(seconds=1))
    assert calls(syria, moment) == []
    assert why(syria, told, moment) == "not counted for four weeks: nothing can be said"


def test_open_ends_make_it_possible_and_no_more(syria):
    syria.tell("COA", series([*LOW, (60, None), (100, None)]))
    [call] = calls(syria)
    assert (call.rule, call.precedence.value) == ("build-up/possible", "routine")


def test_a_sign_that_is_looked_for_asks_for_a_call_and_another_does_not(syria):
    body = series([(10, 12)])
    body["series"][0] |= {"indicators": ["Bridging"]}
    syria.tell("COA", body)
    assert calls(syria, FIRST + timedelta(days=20)) == [], "a week after, it is no news"
    [call] = calls(syria, FIRST + timedelta(days=3))
    assert call.rule == "build-up/indicator"
    assert call.title.startswith("Indicator of a build-up: bridging")
    other = series([(10, 12)], name="elsewhere", area=spot(39.0, 35.9))
    other["series"][0] |= {"indicators": ["a kite"]}
    syria.tell("COA", other)
    assert len(calls(syria, FIRST + timedelta(days=3))) == 1


def test_a_watch_chief_sets_how_much_is_usual_with_the_reason(syria):
    told = syria.tell("COA", series(RISEN))
    begins = {"at": "2018-01-07T00:00:00Z", "precision": "day"}
    base = {"kind": "base-rate", "about": told["subject"], "reason": "the works were announced",
            "base_from": begins, "by_role": "watch chief"}  # fmt: skip
    syria.tell("COA", base)
    assert [call.rule for call in calls(syria) if call.rule != "build-up-rising"] == []
    row = syria.items("COA", "base-rates")[0]
    assert row["answer"] == "too few watched days"
    assert row["set_by"] == "watch chief: the works were announced"
    syria.try_tell("COA", base, "RUS").refused("kept-in-own-log")
    syria.try_tell("COA", {**base, "about": None, "false_per_month": 0.0}).refused("type")


def test_one_alarm_for_a_matter_whatever_it_is_called(syria):
    """It is raised once, not again while it stands, and nobody else's desk hears of it."""
    syria.tell("COA", series(RISEN))
    node = syria.node
    found = changes(wanted(node.picture(COA), node.outbox(COA), node.clock.now()), [])
    matters = [each.body.matter for each in found.to_raise]
    assert len(matters) == len(set(matters))
    rus = PartyId("RUS")
    assert all(
        each.body.rule.partition("/")[0] not in ("build-up", "crossings")
        for each in wanted(node.picture(rus), node.outbox(rus), node.clock.now())
    )
