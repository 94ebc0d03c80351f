"""At Tanf, 2017: whose stance on the zone is what, what it asks, who entered and left again (FAIL-03).

Each twin shows the story failing when the rule behind it is switched off.
"""

from __future__ import annotations

import pytest
from tests.staging import Stage, story
from tests.stories.playing import staged

import keepclear.rules.attention as attention_rules
import keepclear.rules.crossings as crossing_rules
import keepclear.views.measures as measure_views
import keepclear.views.passages as passage_views
from keepclear.scenarios.changes import Twin, with_change


def the_entry_shows_who_does_not_recognise_the_zone(stage):
    """FAIL-03(b): the alert shows the stance of each entering party, and of the others, with the speaker."""
    at = stage.played.made("1-02").at
    found = stage.fetch("COA", "attention", at)["items"]
    entry = next(item for item in found if item["title"] == "Entry: At Tanf 55 km zone")
    said = {row["party"]: (row["stance"], row["said"]["speaker"]) for row in entry["stances"]}
    assert said["PGF"] == ("silent", "Coalition ground desk")
    assert said["SYR"] == ("not recognised", "Syria")
    assert said["RUS"] == ("agreed", "US officials, earlier")
    assert "Pro-government forces" in next(row["words"] for row in entry["actions"] if row["kind"] == "ask")


def the_zone_asks_for_distance_and_excludes_nobody(stage):
    """FAIL-03(e): a stand-off is requested; the issuer's own words that it excludes nobody stand by."""
    zone = next(item for item in stage.fetch("PGF", "measures")["items"] if item["measure"] == "zone")
    assert zone["wording"].startswith("stand-off requested")
    assert "exclusion" not in zone["wording"]
    beside = [thing["name"] for thing in zone["linked"]]
    assert "The zone is not an exclusion area and has no legal force." in beside


def test_fail_03b_the_entry_shows_who_does_not_recognise_the_zone():
    the_entry_shows_who_does_not_recognise_the_zone(staged("at_tanf_2017"))


def test_fail_03b_twin_without_stances_the_entry_reads_as_if_all_agreed(monkeypatch):
    monkeypatch.setattr(attention_rules, "stances", lambda picture, subject: ())
    with pytest.raises(KeyError, match="PGF"):
        the_entry_shows_who_does_not_recognise_the_zone(staged("at_tanf_2017"))


def test_fail_03e_the_zone_asks_for_distance_and_excludes_nobody():
    the_zone_asks_for_distance_and_excludes_nobody(staged("at_tanf_2017"))


def test_fail_03e_twin_another_wording_would_exclude(monkeypatch):
    monkeypatch.setattr(measure_views, "effect_words", lambda body: f"exclusion zone: {body.effect}")
    with pytest.raises(AssertionError):
        the_zone_asks_for_distance_and_excludes_nobody(staged("at_tanf_2017"))


def test_fail_03e_twin_without_ties_the_issuers_own_words_are_lost(monkeypatch):
    monkeypatch.setattr(measure_views, "linked", lambda picture, subject: ())
    with pytest.raises(AssertionError):
        the_zone_asks_for_distance_and_excludes_nobody(staged("at_tanf_2017"))


def what_ended_in_nothing_is_counted_too(stage):
    """FAIL-03(c): convoys that entered and left are counted beside the one that ended otherwise."""
    [zone] = [row for row in stage.fetch("COA", "crossings")["items"] if row["measure_kind"] == "measure"]
    assert zone["measure"]["name"] == "At Tanf 55 km zone"
    assert zone["counts"]["words"] == (
        "3 entries seen: 2 entered and left, 1 followed by an incident, 0 not seen leaving."
    )
    by_day = {row["day"]: row for row in zone["passages"]}
    assert by_day["2017-10-05"]["outcome"] == by_day["2017-10-06"]["outcome"] == "entered and left"
    assert by_day["2017-10-05"]["incident"] is None
    assert by_day["2017-05-18"]["incident"]["name"] == "Strike of 18 May 2017"
    assert [row["outcome"] for row in stage.fetch("RUS", "crossings")["items"]] == [], (
        "a desk's own sightings"
    )


def test_fail_03c_what_ended_in_nothing_is_counted_too():
    what_ended_in_nothing_is_counted_too(staged("at_tanf_2017"))


def test_fail_03c_twin_a_convoy_that_nobody_saw_leave_is_not_taken_to_have_left():
    stage = Stage(with_change(story("at_tanf_2017"), Twin(drop="1-17b")))
    with pytest.raises(AssertionError):
        what_ended_in_nothing_is_counted_too(stage)
    [zone] = stage.fetch("COA", "crossings")["items"]
    assert zone["counts"]["not_seen_leaving"] == 1


def test_fail_03c_twin_without_the_rule_only_the_entry_that_ended_badly_is_left(monkeypatch):
    real = passage_views.passages
    bad = lambda picture: {k: [r for r in v if r.incident] for k, v in real(picture).items()}  # noqa: E731
    monkeypatch.setattr(crossing_rules, "passages", bad)
    with pytest.raises(AssertionError):
        what_ended_in_nothing_is_counted_too(staged("at_tanf_2017"))
