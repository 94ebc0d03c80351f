"""All of the Euphrates story with Russia at the end of a telephone: reported, never its own receipt."""

from __future__ import annotations

import pytest
from msgspec.structs import replace
from tests.staging import STORIES, story
from tests.stories.by_telephone import Telephone

from keepclear.model.words import PartyId
from keepclear.scenarios.checks import Verdict, expectations, judge
from keepclear.service.replay import replay as with_a_node

RUSSIA = "Russian forces in Syria"
COA, RUS = PartyId("COA"), PartyId("RUS")
# What rests on Russia's own word cannot hold where Russia has given none: agreement (2.4), its own receipts
# (2.10), and a warning that came from its own desk (2.11).
ON_ITS_OWN_WORD = {"SCN-2.4", "SCN-2.10", "SCN-2.11"}


@pytest.fixture(scope="module")
def played():
    return Telephone(story("euphrates_2018"), "RUS", "COA")


def messages(played):
    return played.replay.fetch(COA, "messages")["items"]


def test_the_party_has_no_log_and_every_message_to_it_went_by_call(played):
    assert RUS not in played.node.hosted
    assert played.node.inbox_size(COA) > 100
    to_it = [
        item["statement"] for item in messages(played) if item["direction"] == "out" and "RUS" in item["to"]
    ]
    assert len(to_it) >= 5
    assert set(to_it) == set(played.calls)
    for item in messages(played):
        if item["statement"] in to_it:
            [ladder] = [row for row in item["ladders"] if row["reader"] == "RUS"]
            assert "passed by telephone" in [step["rung"] for step in ladder["steps"]]


def own_words(played):
    """Every rung, answer and agreement that any desk takes for Russia's own."""
    told = played.replay.fetch(COA, "told/RUS")["items"]
    rungs = [step for row in told for step in row["ladder"]["steps"] if step["how"] != "reported"]
    answers = [
        a for item in messages(played) for a in item["answers"] if a["own"] and a["said"]["author"] == "RUS"
    ]
    authors = [row for row in played.replay.fetch(COA, "held")["items"] if row["author"] == "RUS"]
    return [*rungs, *answers, *authors]


def test_nothing_counts_as_its_own_acknowledgement_and_the_calls_say_whose_report_they_are(played):
    assert own_words(played) == []
    waiting = [item for item in messages(played) if item["direction"] == "out" and "RUS" in item["to"]]
    for item in waiting:
        spoken = any(answer["by"] == RUSSIA for answer in item["answers"]) or any(
            step["rung"] in ("acknowledged", "relayed", "read back") and step["how"] == "reported"
            for ladder in item["ladders"]
            if ladder["reader"] == "RUS"
            for step in ladder["steps"]
        )
        assert item["overdue"] != spoken, "what it said ends the wait, as reported; silence does not"
    answered = [answer for item in waiting for answer in item["answers"]]
    assert {answer["answer"] for answer in answered} >= {"not ours"}
    assert not any(answer["own"] for answer in answered)
    calls = played.replay.fetch(COA, "calls")["items"]
    assert len(calls) > 20
    assert {call["reported"] for call in calls} == {"reported by Coalition (CJTF-OIR)"}


@pytest.mark.long
def test_twin_with_a_node_of_its_own_its_words_are_its_own():
    class Twin:
        replay = with_a_node(story("euphrates_2018"))

    assert own_words(Twin) != []


def checks(played):
    """The scenario's checks as far as they look at desks that are there."""
    expected = expectations(STORIES / "euphrates_2018")
    with played.replay.asking() as asked:
        for check in expected.checks:
            looks = tuple(look for look in check.looks if look.party != RUS)
            if looks:
                yield check.id, judge(replace(check, looks=looks), asked.played, asked.fetch).verdict


def test_the_checks_that_rest_on_nobodys_own_word_still_hold(played):
    verdicts = {name: verdict for name, verdict in checks(played) if verdict != Verdict.NOT_YET}
    failing = {name for name, verdict in verdicts.items() if verdict == Verdict.FAIL}
    assert failing == ON_ITS_OWN_WORD
    assert len(verdicts) >= 10
    assert verdicts["SCN-2.5"] == Verdict.PASS, (
        "an answer heard by telephone still makes a build-up UNCLAIMED"
    )


def test_no_boundary_is_operative_on_a_reported_agreement(played):
    rows = played.replay.fetch(COA, "measures")["items"]
    agreed = [row for row in rows if row["basis"] == "agreed" and "RUS" in row["parties"]]
    assert agreed
    assert {row["standing"] for row in agreed} <= {"proposed", "suspended", "withdrawn"}
