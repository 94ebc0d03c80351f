"""The gates: what moves a track, what is refused by which rule, and that a spoofed jump moves nothing."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keepclear.geo.figures import Point
from keepclear.geo.geodesy import distance_m
from keepclear.model.tracks import TrackKind
from keepclear.rules.gates import (
    FASTEST_MPS,
    KEPT,
    NEVER,
    REFUSALS,
    RESUME_FIXES,
    RESUME_US,
    SLACK_M,
    Fixes,
    Limits,
    Verdict,
    fresh,
    judge,
)

S = 1_000_000
LIMITS = Limits(3_600 * S, 5 * S)
T0 = 1_700_000_000 * S
DEG_M = 111_195.0


def fixes(
    *rows: tuple[float, float, float], row: int = 0, late_s: float = 0.0, accuracy_m: float = 10.0
) -> Fixes:
    """Fixes of one track: seconds after T0, longitude and latitude; received so much later."""
    at = np.array([T0 + int(s * S) for s, *_ in rows], dtype=np.int64)
    lon, lat = (np.array([each[n] for each in rows]) for n in (1, 2))
    return Fixes(np.full(len(rows), row), at, at + int(late_s * S), lon, lat, np.full(len(rows), accuracy_m))


def words(found) -> list[str]:
    return [Verdict(int(each)).name for each in found]


def test_every_refusal_has_a_rule_and_words():
    assert set(REFUSALS) == {verdict for verdict in Verdict if verdict > KEPT}
    assert set(FASTEST_MPS) == set(TrackKind)


def test_a_track_begins_and_moves_and_a_late_fix_does_not_move_it():
    gates = fresh(1)
    found = judge(fixes((0, 2.0, 48.0), (10, 2.01, 48.0), (5, 2.005, 48.0), (10, 2.01, 48.0)), gates, LIMITS)
    assert words(found) == ["BEGINS", "MOVES", "LATE", "TWICE"]
    assert (gates.at_us[0], gates.lon[0]) == (T0 + 10 * S, 2.01)


def test_a_bad_clock_is_refused_both_ways_and_moves_nothing():
    gates = fresh(1)
    assert words(judge(fixes((0, 2, 48), late_s=-6), gates, LIMITS)) == ["AHEAD"]
    assert words(judge(fixes((0, 2, 48), late_s=3_601), gates, LIMITS)) == ["TOO_OLD"]
    assert gates.at_us[0] == NEVER
    assert words(judge(fixes((0, 2, 48), late_s=-5), gates, LIMITS)) == ["BEGINS"]


def test_a_jump_is_refused_and_the_true_track_goes_on():
    gates = fresh(1)
    true = [(float(s), 2.0 + 0.002 * s, 48.0) for s in range(0, 60, 2)]
    spoofed = [(s, 35.0, 33.8) if 10 <= s < 30 else (s, lon, lat) for s, lon, lat in true]
    found = judge(fixes(*spoofed), gates, LIMITS)
    assert words(found).count("JUMP") == 10
    assert set(words(found)) == {"BEGINS", "MOVES", "JUMP"}


def test_a_jump_that_stays_for_a_minute_is_believed_and_no_step_leads_there():
    gates = fresh(1)
    judge(fixes((0, 2.0, 48.0)), gates, LIMITS)
    there = [(float(s), 35.0, 33.8) for s in range(10, 90, 5)]
    found = words(judge(fixes(*there), gates, LIMITS))
    assert found[:12] == ["JUMP"] * 12
    assert found[12:] == ["RESUMES", "MOVES", "MOVES", "MOVES"]
    assert RESUME_US == 60 * S
    assert RESUME_FIXES <= 12


def test_a_jump_that_wanders_is_never_believed():
    gates = fresh(1)
    judge(fixes((0, 2.0, 48.0)), gates, LIMITS)
    wild = [(float(s), 30.0 + 10 * (s % 2), 33.8) for s in range(10, 200)]
    assert set(words(judge(fixes(*wild), gates, LIMITS))) == {"JUMP"}


def test_a_kind_is_as_fast_as_its_kind():
    for kind, expected in ((TrackKind.CONVOY, "JUMP"), (TrackKind.HELICOPTER, "MOVES")):
        gates = fresh(1)
        gates.fastest_mps[0] = FASTEST_MPS[kind]
        found = judge(fixes((0, 2.0, 48.0), (60, 2.0 + 60 * 80 / (DEG_M * math.cos(math.radians(48))), 48.0)),
                      gates, LIMITS)  # fmt: skip
        assert words(found)[1] == expected, kind


def test_accuracy_widens_what_is_a_step_and_unknown_is_not_zero():
    far = (1.0, 2.0, 48.0 + 1_500 / DEG_M)
    for accuracy_m, expected in ((10.0, "JUMP"), (400.0, "MOVES"), (math.nan, "JUMP")):
        gates = fresh(1)
        assert words(judge(fixes((0, 2.0, 48.0), far, accuracy_m=accuracy_m), gates, LIMITS))[1] == expected


def test_tracks_do_not_touch_each_other():
    gates = fresh(3)
    judge(fixes((0, 2.0, 48.0), row=1), gates, LIMITS)
    assert words(judge(fixes((1, 30.0, 10.0), row=2), gates, LIMITS)) == ["BEGINS"]
    assert gates.at_us[0] == NEVER


def away_m(one, other) -> float:
    return distance_m(Point(one[1], one[2]), Point(other[1], other[2]))


def reaches(last: tuple[float, float, float], step: tuple[float, float, float], fastest_mps: float) -> bool:
    away = distance_m(Point(last[1], last[2]), Point(step[1], step[2]))
    return away <= fastest_mps * abs(step[0] - last[0]) + SLACK_M + 20.0


def twin(steps: list[tuple[float, float, float]], fastest_mps: float) -> list[str]:
    """The same, slowly, with the geodesic, in plain words."""
    last, run, found = None, [], []
    for step in steps:
        if last is None:
            word = "BEGINS"
        elif step[0] == last[0]:
            word = "TWICE"
        elif reaches(last, step, fastest_mps):
            word = "MOVES" if step[0] > last[0] else "LATE"
            if word == "MOVES" and run and away_m(run[-1], step) < away_m(last, step):
                word = "RESUMES"
        elif step[0] < last[0] or (run and step[0] <= run[-1][0]):
            word = "JUMP"
        else:
            run = [*run, step] if run and reaches(run[-1], step, fastest_mps) else [step]
            stays = len(run) >= RESUME_FIXES and (step[0] - run[0][0]) * S >= RESUME_US
            word = "RESUMES" if stays else "JUMP"
        if word in ("BEGINS", "MOVES", "RESUMES"):
            last, run = step, []
        found.append(word)
    return found


STEP = st.tuples(st.integers(-10, 40), st.sampled_from([(0.0, 0.0), (0.001, 0.0), (0.2, 0.1), (5.0, 5.0)]))


@settings(max_examples=200, deadline=None)
@given(steps=st.lists(STEP, min_size=1, max_size=40))
def test_it_says_what_its_slow_twin_says(steps):
    s, made = 0.0, []
    for passed, (lon, lat) in steps:
        s = max(0.0, s + passed)
        made.append((s, 2.0 + lon, 48.0 + lat))
    # Where the sphere and the ellipsoid could differ about a step, nothing is asked.
    reach = [abs(distance_m(Point(p[1], p[2]), Point(q[1], q[2])) / (700.0 * abs(q[0] - p[0]) + 120.0) - 1.0)
             for p, q in pairwise(made)]  # fmt: skip
    if min(reach, default=1.0) > 0.02:
        assert words(judge(fixes(*made), fresh(1), LIMITS)) == twin(made, 700.0)


@pytest.mark.parametrize("cut", [1, 7, 20])
def test_batches_may_be_cut_anywhere(cut):
    rng = np.random.default_rng(cut)
    steps = [(float(s), 2.0 + 0.001 * s + (20.0 if rng.random() < 0.2 else 0.0), 48.0) for s in range(60)]
    whole = words(judge(fixes(*steps), fresh(1), LIMITS))
    gates, parts = fresh(1), []
    for n in range(0, len(steps), cut):
        parts += words(judge(fixes(*steps[n : n + cut]), gates, LIMITS))
    assert parts == whole


def test_a_jump_that_time_alone_makes_possible_is_still_a_jump():
    """Eight kilometres in a second, then on from there: no step leads over the way between."""
    gates = fresh(1)
    east = 0.002
    there = [(10.0 + s, 2.02 + 0.1 + east * s, 48.0) for s in range(30)]
    found = words(judge(fixes(*[(float(s), 2.0 + east * s, 48.0) for s in range(10)], *there), gates, LIMITS))
    assert found[10] == "JUMP"
    assert found.count("RESUMES") == 1
    after = found[found.index("RESUMES") + 1 :]
    assert set(found[10 : found.index("RESUMES")]) == {"JUMP"}
    assert set(after) == {"MOVES"}
