"""What may leave the station: closed words, at once for a flash, and nobody's own text."""

from __future__ import annotations

from datetime import UTC, datetime, time

import pytest

from keepclear.model.words import CapStatus, Precedence
from keepclear.rules import alarming
from keepclear.rules.reaching import (
    BY_RULE,
    Quiet,
    beyond_words,
    is_for,
    is_let_through,
    title_beyond,
    words_beyond,
)

NIGHT = Quiet(time(22), time(6), "Europe/Berlin")


def at(hour: int, minute: int = 0, month: int = 1) -> datetime:
    return datetime(2026, month, 10, hour, minute, tzinfo=UTC)


@pytest.mark.parametrize(("now", "held"), [
    (at(20, 59), False), (at(21), True), (at(4, 59), True), (at(5), False),
    (at(20, month=7), True), (at(4, month=7), False),
])  # fmt: skip
def test_quiet_hours_pass_midnight_and_follow_summer_time(now, held):
    assert NIGHT.holds(now) is held


def test_quiet_hours_within_a_day_are_half_open():
    lunch = Quiet(time(12), time(13))
    assert [lunch.holds(at(hour)) for hour in (11, 12, 13)] == [False, True, False]


@pytest.mark.parametrize("least", list(Precedence))
def test_a_flash_is_held_back_by_nothing(least):
    assert is_let_through(Precedence.FLASH, least, NIGHT, at(23))


def test_what_is_not_urgent_enough_or_comes_in_quiet_hours_stays_at_the_station():
    assert not is_let_through(Precedence.ROUTINE, Precedence.PRIORITY, None, at(12))
    assert not is_let_through(Precedence.PRIORITY, Precedence.ROUTINE, NIGHT, at(23))
    assert is_let_through(Precedence.PRIORITY, Precedence.PRIORITY, NIGHT, at(12))


def test_any_officer_is_everybody_both_ways():
    assert is_for("any officer", "deputy")
    assert is_for("deputy", "any officer")
    assert is_for("deputy", "deputy")
    assert not is_for("deputy", "commander")


def test_the_words_say_exercise_repeat_key_and_the_contact_asked_for():
    said = words_beyond(CapStatus.EXERCISE, "deputy", "on-hold", ("call", "ask", "call"), "k/0", 2)
    assert said.startswith("EXERCISE. REPEAT, sent before perhaps. For the deputy: a flash call is on hold")
    assert "Asked of you: call, ask." in said
    assert said.endswith("Key k/0")
    assert title_beyond(CapStatus.EXERCISE, Precedence.FLASH, 2) == "EXERCISE REPEAT FLASH: go to the desk"


def test_what_is_actual_and_first_says_neither():
    said = words_beyond(CapStatus.ACTUAL, "deputy", "of a later day", (), "k/0", 1)
    assert said.startswith("For the deputy: an alarm waits.")
    assert title_beyond(CapStatus.ACTUAL, Precedence.ROUTINE, 1) == "ROUTINE: go to the desk"


def test_a_rule_of_a_family_has_the_familys_words_and_never_the_name_of_the_field():
    said = words_beyond(CapStatus.ACTUAL, "deputy", "read-back/place 35.3 N", (), "k", 1)
    assert "a read-back differs" in said
    assert "35.3" not in said


def test_every_rule_that_raises_alarms_has_words():
    assert set(alarming.ENDED) <= set(BY_RULE)


def test_whom_no_way_reaches_is_named():
    assert "no way to reach anybody is set up: keepclear reach add" in beyond_words([])
    assert beyond_words(["duty officer", "deputy"]).startswith(
        "No way beyond the station is set up for: commander, chief of staff"
    )
    assert beyond_words(["any officer"]) == ""
    assert beyond_words(["any officer"], ["mail"]) == "Failing when last tried: mail (keepclear reach list)."
