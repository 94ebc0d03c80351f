from __future__ import annotations

import numpy as np
import pytest
from tests.moving import NAN, us, when

from keepclear.geo.figures import Point
from keepclear.geo.geodesy import destination
from keepclear.geo.heights import Datum
from keepclear.model.tracks import Standing, TrackKind
from keepclear.rules.approach import ApproachSettings, ApproachWatch, Reports
from keepclear.rules.fences import DATUMS

MIDDLE = Point(39.0, 34.0)
OWN, OTHER = Standing.OWN, Standing.OTHER


def report(track, place, course_deg=0.0, speed_mps=0.0, at_s=0.0, **how):
    """One row: where a track is and how it moves; good to 10 m, heights over the pressure datum."""
    given = {"accuracy_m": 10.0, "height_m": 3_000.0, "datum": Datum.STD, "height_accuracy_m": 20.0, **how}
    turn = np.radians(course_deg)
    return (
        track, us(at_s), place.lon, place.lat, given["accuracy_m"], given["height_m"],
        DATUMS.index(given["datum"]), given["height_accuracy_m"], speed_mps * np.sin(turn),
        speed_mps * np.cos(turn), given.get("climb_mps", 0.0),
    )  # fmt: skip


def reports(*rows):
    kinds = (np.int64, np.int64, *[np.float64] * 4, np.int8, *[np.float64] * 4)
    return Reports(*(np.array(part, kind) for part, kind in zip(zip(*rows, strict=True), kinds, strict=True)))


def watch(*known, **settings):
    made = ApproachWatch(ApproachSettings(**settings))
    for track, (kind, standing) in enumerate(known):
        made.know(track, kind, standing)
    return made


def head_on(gap_m=30_000.0, **how):
    """An own aeroplane eastbound, another westbound, both at 150 m/s."""
    east = destination(MIDDLE, 90.0, gap_m)
    return reports(report(0, MIDDLE, 90.0, 150.0), report(1, east, 270.0, 150.0, **how))


PLANES = ((TrackKind.AEROPLANE, OWN), (TrackKind.AEROPLANE, OTHER))


def test_two_that_meet_are_told_with_the_time_left():
    made = watch(*PLANES)
    made.report(head_on(), when(0))
    [found] = made.approaches(when(0))
    assert (found.one, found.other, found.certain, found.by_height) == (0, 1, True, True)
    assert found.time_to_loss_s == pytest.approx((30_000.0 - 5_556.0) / 300.0, abs=1.0)
    assert found.apart_m < 50.0
    assert found.words.startswith("separation of 5.6 km lost in 81 s; ")
    assert made.approaches(when(20))[0].time_to_loss_s == pytest.approx(found.time_to_loss_s - 20.0, abs=0.1)


def test_a_pair_of_others_is_never_told():
    made = watch((TrackKind.AEROPLANE, OTHER), (TrackKind.AEROPLANE, Standing.CONSENTING))
    made.report(head_on(), when(0))
    assert made.approaches(when(0)) == ()


def test_the_order_is_that_of_the_time_left_not_of_the_distance():
    made = watch(*PLANES, (TrackKind.AEROPLANE, OTHER))
    slow = report(1, destination(MIDDLE, 0.0, 8_000.0), 180.0, 10.0)
    fast = report(2, destination(MIDDLE, 90.0, 30_000.0), 270.0, 600.0)
    made.report(reports(report(0, MIDDLE), slow, fast), when(0))
    found = made.approaches(when(0))
    assert [each.other for each in found] == [2, 1]
    assert found[0].time_to_loss_s < found[1].time_to_loss_s


@pytest.mark.parametrize("how", [{"height_m": NAN}, {"datum": Datum.WGS84}, {"datum": Datum.UNKNOWN}])
def test_a_height_that_cannot_be_compared_may_be_any_and_is_only_possible(how):
    made = watch(*PLANES)
    made.report(head_on(**{"height_m": 9_000.0, **how}), when(0))
    [found] = made.approaches(when(0))
    assert (found.certain, found.by_height) == (False, False)
    assert "any height counts" in found.words


def test_heights_over_one_datum_are_compared_whichever_it_is():
    for other_m, count in ((9_000.0, 0), (3_100.0, 1)):
        made = watch(*PLANES)
        high = reports(
            report(0, MIDDLE, 90.0, 150.0, datum=Datum.WGS84),
            report(1, destination(MIDDLE, 90.0, 30_000.0), 270.0, 150.0, datum=Datum.WGS84, height_m=other_m),
        )
        made.report(high, when(0))
        assert len(made.approaches(when(0))) == count


@pytest.mark.parametrize("how", [{"accuracy_m": NAN}, {"height_accuracy_m": NAN}, {"accuracy_m": 6_000.0}])
def test_poor_or_unknown_accuracy_makes_it_only_possible(how):
    made = watch(*PLANES)
    made.report(head_on(**how), when(0))
    assert [each.certain for each in made.approaches(when(0))] == [False]


def test_what_has_not_said_how_it_moves_makes_nothing_certain():
    made = watch(*PLANES)
    still = list(report(1, destination(MIDDLE, 90.0, 20_000.0)))
    still[8] = still[9] = NAN
    made.report(reports(report(0, MIDDLE, 90.0, 150.0), tuple(still)), when(0))
    assert [each.certain for each in made.approaches(when(0))] == [False]


def test_ships_are_separated_from_ships_and_not_from_aircraft():
    near = destination(MIDDLE, 90.0, 1_000.0)
    made = watch((TrackKind.VESSEL, OWN), (TrackKind.VESSEL, OTHER), (TrackKind.AEROPLANE, OTHER))
    rows = [report(track, place, height_m=NAN) for track, place in enumerate((MIDDLE, near, near))]
    made.report(reports(*rows), when(0))
    [found] = made.approaches(when(0))
    assert (found.other, found.minimum_height_m, found.certain) == (1, None, True)


def test_what_is_of_unknown_kind_is_separated_from_everything_once():
    near = destination(MIDDLE, 90.0, 100.0)
    made = watch((TrackKind.UNKNOWN, OWN))
    made.report(reports(report(0, MIDDLE), report(1, near)), when(0))
    assert len(made.approaches(when(0))) == 1


def test_the_larger_minimum_of_the_two_counts():
    made = watch((TrackKind.DRONE, OWN), (TrackKind.AEROPLANE, OTHER))
    made.report(reports(report(0, MIDDLE), report(1, destination(MIDDLE, 0.0, 5_000.0))), when(0))
    assert [each.minimum_m for each in made.approaches(when(0))] == [5_556.0]


def test_one_that_turns_away_is_no_longer_told():
    made = watch(*PLANES)
    made.report(head_on(), when(0))
    away = report(1, destination(MIDDLE, 90.0, 28_500.0), 90.0, 150.0, at_s=10.0)
    made.report(reports(away), when(10))
    assert made.approaches(when(10)) == ()


def test_one_that_falls_silent_is_left_out_and_named_as_not_watched():
    made = watch(*PLANES)
    made.report(head_on(), when(0))
    assert made.watched == {0, 1}
    assert made.approaches(when(61)) == ()
    assert made.watched == frozenset()


def test_what_is_too_old_or_too_near_to_a_pole_is_left_out():
    made = watch(*PLANES)
    rows = reports(report(0, MIDDLE, at_s=-100.0), report(1, Point(0.0, 88.0)), report(2, MIDDLE))
    assert made.report(rows, when(0)) == 2


def test_the_pairs_are_those_of_a_watch_that_looks_at_everything_anew():
    dice = np.random.default_rng(4)
    known = [(TrackKind.DRONE, OWN if n % 5 == 0 else OTHER) for n in range(60)]
    kept, places = watch(*known), {}
    for n in range(60):
        away, turn = float(dice.uniform(0.0, 9_000.0)), float(dice.uniform(0.0, 360.0))
        places[n] = (destination(MIDDLE, turn, away), float(dice.uniform(0.0, 360.0)), 15.0)
    kept.report(reports(*(report(n, *places[n]) for n in places)), when(0))
    for second in (5.0, 10.0, 15.0):
        some = sorted(dice.choice(60, 20, replace=False).tolist())
        turned = {n: (places[n][0], float(dice.uniform(0.0, 360.0)), 15.0) for n in some}
        places |= turned
        kept.report(reports(*(report(n, *places[n], at_s=second) for n in some)), when(second))
        fresh = watch(*known)
        rows = [(n, kept._last[n][0]) for n in places]
        fresh.report(
            reports(*(report(n, *places[n], at_s=(at - us(0)) / 1e6) for n, at in rows)), when(second)
        )
        both = [[(a.one, a.other) for a in made.approaches(when(second))] for made in (kept, fresh)]
        assert sorted(both[0]) == sorted(both[1])
        assert len(both[0]) > 10
