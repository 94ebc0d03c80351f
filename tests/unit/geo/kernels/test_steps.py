from __future__ import annotations

import numpy as np
import pytest

from keepclear.geo.kernels.steps import (
    BIRTH,
    GAP,
    NO_TIME,
    REFUSED,
    STRAIGHT,
    TOO_LATE,
    follow,
    grown,
    no_fixes,
)
from keepclear.geo.kernels.warming import warm


def followed(*steps, fixes=None):
    """Steps as (track, old time, new time, old lon, old lat, new lon, new lat), times in seconds."""
    rows = [(t, NO_TIME if a is None else a * 10**6, b * 10**6, *rest) for t, a, b, *rest in steps]
    track, old, new, *places = (np.array(part) for part in zip(*rows, strict=True))
    one, code = np.full(len(rows), 5.0), np.zeros(len(rows), np.int8)
    fixes = no_fixes(4) if fixes is None else fixes
    places = [part.astype(np.float64) for part in places]
    limits = (20_000.0, 600 * 10**6, 900 * 10**6)
    flow = follow(fixes, track, old.astype(np.int64), new, *places, one, one, code, one, *limits)
    return flow, fixes


HERE, NEAR, FAR = (39.0, 34.0), (39.01, 34.0), (41.0, 34.0)


@pytest.mark.parametrize(
    ("second", "sort", "late"),
    [
        ((0, 10, 20, *HERE, *NEAR), STRAIGHT, False),
        ((0, 10, 20, *HERE, *FAR), GAP, False),
        ((0, 10, 900, *HERE, *NEAR), GAP, False),
        ((0, 15, 20, *HERE, *NEAR), GAP, False),
        ((0, None, 20, *HERE, *NEAR), BIRTH, False),
        ((1, None, 20, *HERE, *NEAR), BIRTH, False),
        ((0, 5, 8, *HERE, *NEAR), STRAIGHT, True),
        ((0, None, 8, *HERE, *NEAR), BIRTH, True),
        ((0, 10, 10, *HERE, *NEAR), REFUSED, False),
        ((0, 10, 20, *HERE, 39.0, 86.0), REFUSED, False),
        ((0, 10, 20, *HERE, float("nan"), 34.0), REFUSED, False),
        ((0, -1_000, -990, *HERE, *NEAR), TOO_LATE, False),
    ],
)
def test_what_sort_of_step_follows_on_a_fix(second, sort, late):
    flow, _ = followed((0, None, 10, *HERE, *HERE), second)
    assert (flow.sort[1], bool(flow.late[1])) == (sort, late)


def test_a_step_over_the_antimeridian_is_straight():
    flow, _ = followed((0, None, 10, 179.99, 0.0, 179.99, 0.0), (0, 10, 20, 179.99, 0.0, -179.99, 0.0))
    assert flow.sort[1] == STRAIGHT


def test_what_is_refused_or_too_late_is_not_the_last_fix():
    _, fixes = followed((0, None, 10, *HERE, *HERE), (0, 10, 20, *HERE, 39.0, 86.0))
    assert (fixes.us[0], fixes.lat[0]) == (10 * 10**6, 34.0)


def test_a_watchful_track_and_one_whose_time_has_come_are_slow():
    fixes = no_fixes(4)
    flow, fixes = followed((0, None, 10, *HERE, *HERE), (1, None, 10, *HERE, *HERE), fixes=fixes)
    fixes.watchful[0], fixes.wake_us[1] = True, 15 * 10**6
    flow, _ = followed(
        (0, 10, 14, *HERE, *NEAR), (1, 10, 14, *HERE, *NEAR), (1, 14, 16, *HERE, *NEAR), fixes=fixes
    )  # fmt: skip
    assert flow.slow.tolist() == [True, False, True]


def test_room_for_more_tracks_keeps_those_that_were():
    _, fixes = followed((3, None, 10, *HERE, *HERE))
    more = grown(fixes, 40)
    assert (len(more.us), more.us[3], more.us[39]) == (40, 10 * 10**6, NO_TIME)


def test_all_can_be_warmed():
    warm()
