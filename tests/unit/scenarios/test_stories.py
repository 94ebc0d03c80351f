"""The three stories: their checks hold on what views show, and each twin makes its check fail."""

from __future__ import annotations

import pytest
from tests.shares import mostly_long
from tests.staging import STORIES, Stage, story

from keepclear.scenarios.changes import Twin, with_change
from keepclear.scenarios.checks import (
    DONE,
    Due,
    Verdict,
    coverage,
    expectations,
    held_faults,
    judge,
    row_faults,
    run,
    tally,
    unknown_steps,
)
from keepclear.service.replay import replay

NAMES = ("at_tanf_2017", "euphrates_2018", "syria_accounts")
EXPECTED = {name: expectations(STORIES / name) for name in NAMES}
ROWS = coverage(STORIES / "syria_accounts").rows


@pytest.fixture(scope="module")
def stages():
    return {name: Stage(story(name)) for name in NAMES}


@pytest.mark.parametrize("name", mostly_long(NAMES, 1))
def test_every_due_check_passes_on_what_http_answers(name):
    played = replay(story(name))
    with played.asking() as asked:
        results = run(EXPECTED[name], asked.played, asked.fetch)
        assert [result for result in results if result.verdict == Verdict.FAIL] == []
        assert tally(results)[Verdict.PASS] >= 20
        if name == "syria_accounts":
            assert [row.row for row in ROWS if row_faults(row, asked.played, asked.fetch)] == []


@pytest.mark.parametrize("name", mostly_long(NAMES, 1))
def test_the_stage_of_the_tests_shows_what_http_answers(name, stages):
    played = replay(story(name))
    ours, theirs = stages[name], played
    with theirs.asking() as asked:
        for party in ("COA", "RUS", "PGF", "SDF"):
            for view in ("measures", "incidents", "buildups", "messages"):
                shown = [plain(found.fetch(party, view)["items"]) for found in (ours, asked)]
                assert shown[0] == shown[1]


MADE = ("statement", "subject", "code", "crossed", "read_back")


def plain(value):
    """A view without the ids and instants that a node makes its own way."""
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items() if key not in MADE}
    if isinstance(value, list):
        return [plain(item) for item in value]
    return value


def test_the_numbered_checks_are_all_there():
    ids = {name: [check.id for check in EXPECTED[name].checks] for name in NAMES}
    assert ids["at_tanf_2017"] == [f"SCN-1.{n}" for n in range(1, 13)]
    assert ids["euphrates_2018"] == [f"SCN-2.{n}" for n in range(1, 15)]
    assert ids["syria_accounts"] == ids["at_tanf_2017"] + ids["euphrates_2018"]


def test_checks_fall_due_where_the_design_says():
    due = {check.id: check.due for check in EXPECTED["syria_accounts"].checks}
    later = {identity: when for identity, when in due.items() if when != Due.FOUNDATION}
    assert later == {"SCN-1.9": Due.HOTLINE, "SCN-1.10": Due.LIVE, "SCN-2.7": Due.LIVE, "SCN-2.8": Due.LIVE}


@pytest.mark.parametrize("name", NAMES)
def test_a_check_that_is_due_later_says_not_yet(name, stages):
    results = run(EXPECTED[name], stages[name].played, stages[name].fetch)
    waiting = {result.id for result in results if result.verdict == Verdict.NOT_YET}
    assert waiting == {check.id for check in EXPECTED[name].checks if check.due not in DONE}


@pytest.mark.parametrize("name", NAMES)
def test_checks_speak_of_steps_that_the_script_holds(name):
    assert unknown_steps(story(name), EXPECTED[name]) == []


TWINS = [
    pytest.param(name, check, twin, id=f"{check.id}-{number}")
    for name in NAMES[:2]
    for check in EXPECTED[name].checks
    for number, twin in enumerate(check.twins, 1)
]


@pytest.mark.parametrize("name", NAMES[:2])
def test_every_check_that_is_due_has_a_twin(name):
    assert [check.id for check in EXPECTED[name].checks if check.due in DONE and not check.twins] == []


@pytest.mark.parametrize(("name", "check", "twin"), TWINS)
def test_a_check_fails_for_its_twin(name, check, twin):
    stage = Stage(with_change(story(name), twin))
    assert judge(check, stage.played, stage.fetch).verdict == Verdict.FAIL


@pytest.mark.parametrize("name", NAMES)
def test_four_parties_are_looked_at_three_times_for_what_they_held_and_did_not(name):
    asked = {(row.party, row.at) for row in EXPECTED[name].held}
    times = {at for _, at in asked}
    assert len(times) >= 3
    assert asked == {(party, at) for party in ("COA", "RUS", "PGF", "SDF") for at in times}
    assert all(row.held for row in EXPECTED[name].held)
    assert all(row.denied for row in EXPECTED[name].held if row.party != "COA")


@pytest.mark.parametrize("name", NAMES)
def test_a_held_row_fails_when_a_step_is_left_out_or_reaches_another(name, stages):
    for row in EXPECTED[name].held:
        swapped = type(row)(row.party, row.at, row.denied[:1], row.held[:1])
        faults = held_faults(swapped, stages[name].played, stages[name].fetch)
        assert len(faults) == len(row.denied[:1]) + 1
        without = Stage(with_change(story(name), Twin(drop=row.held[-1])))
        assert held_faults(row, without.played, without.fetch) != []


# The acceptance rows, one by one.


def test_all_65_rows_are_covered_by_the_steps_that_carry_their_ids():
    assert [row.row for row in ROWS] == [f"ACC-{n:02d}" for n in range(1, 66)]
    tagged = {}
    for step in story("syria_accounts").steps:
        for row in step.acc:
            tagged.setdefault(row, set()).add(step.step)
    assert {row.row: set(row.steps) for row in ROWS} == tagged
    assert all(row.main.step in row.steps for row in ROWS)


def test_the_rows_come_in_the_order_of_their_dates():
    steps = story("syria_accounts").steps
    assert [step.at.at for step in steps] == sorted(step.at.at for step in steps)


@pytest.mark.parametrize("row", mostly_long(ROWS, 15), ids=[row.row for row in ROWS])
def test_a_row_shows_and_no_longer_when_any_of_its_statements_is_left_out(row, stages):
    stage = stages["syria_accounts"]
    assert row_faults(row, stage.played, stage.fetch) == []
    for step in row.steps:
        without = Stage(with_change(story("syria_accounts"), Twin(drop=step)))
        assert row_faults(row, without.played, without.fetch) != [], f"nobody misses step {step}"


@pytest.mark.parametrize("row", mostly_long(ROWS, 15), ids=[row.row for row in ROWS])
def test_a_row_no_longer_shows_when_its_main_value_is_another(row):
    altered = Stage(with_change(story("syria_accounts"), Twin(set=row.main)))
    assert row_faults(row, altered.played, altered.fetch) != []
