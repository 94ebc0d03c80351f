from __future__ import annotations

import pytest
from tests.staging import Stage
from tests.unit.scenarios.scripts import act, answer, message, script, zone

from keepclear.errors import Malformed
from keepclear.scenarios.checks import (
    DONE,
    Check,
    Due,
    Expectations,
    Held,
    Look,
    Verdict,
    held_faults,
    judge,
    moment,
    run,
    tally,
)
from keepclear.times import utc

STAGE = Stage(script(zone(), message(), answer(), act("k-1", 5, "COA", "remark", {"text": "own note"})))


def look(that, value, get="measures", party="COA", at="end"):
    return Look(party, get, that, value, at)


def verdict(*looks, due=Due.FOUNDATION, done=DONE):
    check = Check("SCN-0.1", due, "a check", (), looks)
    return judge(check, STAGE.played, STAGE.fetch, done)


def test_a_check_passes_when_every_look_shows_what_it_must():
    assert (
        verdict(look("items[].name", ["Zone one"]), look("items[0].radius_m", 55000.0)).verdict
        == Verdict.PASS
    )


def test_a_check_fails_when_one_look_does_not_and_says_what_it_saw():
    result = verdict(look("items[].name", ["Zone one"]), look("items[0].radius_m", 1))
    assert result.verdict == Verdict.FAIL
    assert "items[0].radius_m is 55000.0, expected 1" in result.words


def test_a_check_that_is_not_due_is_not_looked_at_and_never_passes():
    seen = look("items[].name", ["Zone one"])
    assert verdict(seen, due=Due.NOTICES).verdict == Verdict.NOT_YET
    assert verdict(seen, due=Due.NOTICES, done=DONE | {Due.NOTICES}).verdict == Verdict.PASS


def test_a_check_that_looks_at_nothing_fails():
    assert verdict().verdict == Verdict.FAIL


@pytest.mark.parametrize(
    ("that", "value", "passes"),
    [
        ("length(items)", 1, True),
        ("length(items)", True, False),
        ("items[0].stances", [], True),
        ("items[0].nothing", None, True),
        ("items[0].tolerance_m", 0, False),
        ("items[?name=='Zone one'] | [0].[name, basis]", ["Zone one", "declared"], True),
        ("items[0].{n: name}", {"n": "Zone one"}, True),
        ("items[0].{n: name}", {"n": "Zone two"}, False),
    ],
)
def test_values_are_compared_as_they_are(that, value, passes):
    assert (verdict(look(that, value)).verdict == Verdict.PASS) is passes


def test_ids_stand_in_for_the_names_of_steps_and_subjects():
    assert verdict(look("items[?subject=='${Z1}'].statement", ["${z-1}"])).verdict == Verdict.PASS
    asked = look("statement.body.purpose", "concern", get="statements/${m-1}")
    assert verdict(asked).verdict == Verdict.PASS


@pytest.mark.parametrize(
    "broken",
    [
        look("items[?subject=='${Z9}']", []),
        look("length(items[0].radius_m)", 1),
        look("items[", []),
        look("items", [], get="nothing"),
        look("items", [], at="z-9"),
    ],
)
def test_a_look_that_cannot_be_taken_fails_and_does_not_crash(broken):
    assert verdict(broken).verdict == Verdict.FAIL


def test_a_look_is_cut_at_its_step_or_time():
    for count, at in ((0, "z-1"), (1, "m-1"), (0, "2018-02-07T18:01:30Z"), (1, "end")):
        assert verdict(look("length(items)", count, "messages", "RUS", at)).verdict == Verdict.PASS
    assert moment("m-1", STAGE.played) == utc("2018-02-07T18:02:00Z")
    assert moment("end", STAGE.played) is None
    with pytest.raises(Malformed):
        moment("2018-02-07", STAGE.played)


def test_what_a_party_held_and_did_not_hold_is_checked_both_ways():
    fair = Held("RUS", "end", ("z-1", "m-1"), ("k-1",))
    assert held_faults(fair, STAGE.played, STAGE.fetch) == []
    lacking = Held("RUS", "end", ("k-1",), ())
    assert held_faults(lacking, STAGE.played, STAGE.fetch) == ["RUS did not hold step k-1"]
    leaking = Held("RUS", "end", (), ("m-1",))
    assert held_faults(leaking, STAGE.played, STAGE.fetch) == ["RUS held step m-1, which it was not told"]
    assert held_faults(Held("RUS", "end", ("z-9",), ()), STAGE.played, STAGE.fetch) != []


def test_a_run_gives_checks_and_held_rows_and_counts_them():
    expected = Expectations(
        "test",
        (
            Check("SCN-0.1", Due.FOUNDATION, "passes", (), (look("length(items)", 1),)),
            Check("SCN-0.2", Due.FOUNDATION, "fails", (), (look("length(items)", 2),)),
            Check("SCN-0.3", Due.NOTICES, "waits", ()),
        ),
        (Held("RUS", "end", ("m-1",), ("k-1",)),),
    )
    results = run(expected, STAGE.played, STAGE.fetch)
    assert [result.id for result in results] == ["SCN-0.1", "SCN-0.2", "SCN-0.3", "held RUS end"]
    assert tally(results) == {Verdict.PASS: 2, Verdict.FAIL: 1, Verdict.NOT_YET: 1}
