from __future__ import annotations

from datetime import UTC, datetime

import pytest
from tests.flying import without

from keepclear.service.flights_trial import called_where_they_flew, stood
from keepclear.service.track_replay import Said, Summary

DAY = datetime(2020, 9, 10, 18, tzinfo=UTC)
SCRIPT = without()


def summed(*said: tuple[datetime, str, str]) -> Summary:
    lines = tuple(Said(at, what, "live-entry", title, "") for at, what, title in said)
    return Summary(DAY, DAY, 1, 1, 0, {}, 0, lines)


NORTH = (DAY, "raised", "Entry: Northern fire area"), (DAY, "over", "Entry: Northern fire area")
SOUTH = (DAY, "raised", "Entry: Southern fire area"), (DAY, "over", "Entry: Southern fire area")
LATE = datetime(2020, 9, 13, 4, tzinfo=UTC), "raised", "Entry: Southern fire area"
EARLY = datetime(2020, 9, 9, 14, tzinfo=UTC), "raised", "Entry: Southern fire area"
OPEN = tuple((DAY, "raised", "Entry: Northern fire area") for _ in range(3))


def verdicts(*said) -> list[bool]:
    return [each.ok for each in called_where_they_flew(SCRIPT, summed(*said))]


def test_the_measures_of_the_script_stand_from_their_act_until_they_are_taken_back():
    north, south = stood(SCRIPT)
    assert (north.name, north.until) == ("Northern fire area", None)
    assert south.holds(DAY)
    assert not south.holds(LATE[0])
    assert not south.holds(EARLY[0])


def test_calls_in_both_areas_while_they_stand_that_end_again_pass():
    assert verdicts(*NORTH, *SOUTH) == [True, True, True, True]


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ((), [False, False, True, True]),
        (NORTH, [True, False, True, True]),
        ((*NORTH, *SOUTH, LATE), [True, True, False, True]),
        ((*NORTH, *SOUTH, EARLY), [True, True, False, True]),
        ((*NORTH, *SOUTH, *OPEN), [True, True, True, False]),
    ],
)
def test_twins_fail(said, expected):
    assert verdicts(*said) == expected
