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


# Crowds: anybody can report many things at one point.

NO_BOUND = 1 << 30


def standing(count, owned, place=MIDDLE, first=0):
    """A watch's worth of drones at rest at one point, of which the first so many are one's own."""
    known = [(TrackKind.DRONE, OWN if n < owned else OTHER) for n in range(count)]
    rows = reports(*(report(first + n, place) for n in range(count)))
    return known, rows


def held(made):
    """How many pairs a watch keeps between looks."""
    return len(made._pairs)


def soonest_of(twin, now, most):
    """The slow twin: of all pairs, those that are among the soonest few of one of their own tracks."""
    every = sorted(
        ((each.time_to_loss_s, each.one, each.other) for each in twin.approaches(now)),
        key=lambda each: each,
    )
    of: dict[int, list[tuple[float, int, tuple[int, int]]]] = {}
    for loss_s, one, other in every:
        for row, partner in ((one, other), (other, one)):
            if twin._is_own[row]:
                of.setdefault(row, []).append((loss_s, partner, (one, other)))
    kept = {pair for pairs in of.values() for _, _, pair in sorted(pairs)[:most]}
    crowded = sorted(row for row, pairs in of.items() if len(pairs) > most)
    return [(one, other) for _, one, other in every if (one, other) in kept], crowded


@pytest.mark.parametrize("seed", range(4))
def test_of_a_crowd_the_pairs_told_are_exactly_those_of_the_slow_twin_in_its_order(seed):
    dice = np.random.default_rng(seed)
    kinds = (TrackKind.DRONE, TrackKind.UNKNOWN, TrackKind.VEHICLE, TrackKind.VESSEL, TrackKind.AEROPLANE)
    known = [(kinds[int(dice.integers(5))], OWN if n % 3 == 0 else OTHER) for n in range(90)]
    bounded = watch(*known, most=4, most_told=NO_BOUND)
    twin = watch(*known, most=NO_BOUND, most_told=NO_BOUND)
    crowds_seen = 0
    for second in (0.0, 4.0, 8.0, 30.0, 31.0):
        some = range(90) if not second else sorted(dice.choice(90, 40, replace=False).tolist())
        spread_m = 20_000.0 if second >= 30.0 else 4_000.0
        rows = [
            report(
                n, destination(MIDDLE, float(dice.uniform(0, 360)), float(dice.uniform(0, spread_m))),
                float(dice.uniform(0, 360)), float(dice.uniform(0, 14)), at_s=second,
                height_m=float(dice.choice([300.0, 900.0, NAN])),
            )
            for n in some
        ]  # fmt: skip
        # In batches of any size, which must make no difference.
        for part in np.array_split(np.arange(len(rows)), int(dice.integers(1, 4))):
            for each in (bounded, twin):
                each.report(reports(*(rows[n] for n in part)), when(second))
        for later in (second, second + 1.5):
            found = bounded.ahead(when(later))
            pairs, crowded = soonest_of(twin, when(later), 4)
            assert [(each.one, each.other) for each in found.approaches] == pairs
            assert [each.own for each in found.crowds] == crowded
            assert not any(each.cut or each.spread for each in found.crowds)
            crowds_seen += len(crowded)
    assert crowds_seen > 40


def test_a_twin_that_keeps_any_few_pairs_is_not_that_of_the_soonest():
    """The comparison above can fail: the first few of each by their rows alone are others."""
    dice = np.random.default_rng(1)
    known = [(TrackKind.DRONE, OWN if n % 3 == 0 else OTHER) for n in range(60)]
    made, twin = watch(*known, most=4), watch(*known, most=NO_BOUND)
    rows = reports(
        *(
            report(n, destination(MIDDLE, n * 6.0, 3_000.0), n * 6.0 + 180.0, float(dice.uniform(5, 30)))
            for n in range(60)
        )
    )
    for each in (made, twin):
        each.report(rows, when(0))
    by_row: dict[int, list[tuple[int, int]]] = {}
    for each in sorted(twin.approaches(when(0)), key=lambda each: (each.one, each.other)):
        by_row.setdefault(each.one, []).append((each.one, each.other))
    first = {pair for pairs in by_row.values() for pair in pairs[:4]}
    assert {(each.one, each.other) for each in made.approaches(when(0))} != first


@pytest.mark.long
@pytest.mark.parametrize(("owned", "pairs"), [(1, 16), (5_000, 16 * 5_000 - 16 * 17 // 2)])
def test_five_thousand_at_one_point_are_told_as_a_crowd_and_not_as_every_pair(owned, pairs):
    known, rows = standing(5_000, owned)
    made = watch(*known, most_told=NO_BOUND)
    made.report(rows, when(0))
    # Kept between looks: of no own track more than the bound; every pair would be 4,999 or 12,497,500.
    assert held(made) <= 16 * owned
    found = made.ahead(when(1))
    assert len(found.approaches) == pairs
    assert [(each.one, each.other) for each in found.approaches[:17]][:15] == [(0, n) for n in range(1, 16)]
    assert [each.own for each in found.crowds] == list(range(owned))
    assert found.crowds[0].words.startswith(
        "more than 16 things may lose their separation within 300 s; at least 4,999 were reported within "
    )
    assert made.tested <= 60 * owned


def test_what_a_crowd_costs_grows_with_how_many_there_are_and_not_with_their_pairs():
    cost = {}
    for count in (1_000, 4_000):
        known, rows = standing(count, count)
        made = watch(*known)
        made.report(rows, when(0))
        made.ahead(when(0))
        cost[count] = (made.tested, held(made))
    assert cost[4_000][0] <= 4.2 * cost[1_000][0]
    assert cost[4_000][1] <= 4.2 * max(1, cost[1_000][1])


@pytest.mark.long
def test_twin_without_the_bound_the_pairs_are_every_pair():
    known, rows = standing(300, 300)
    made = watch(*known, most=NO_BOUND, most_told=NO_BOUND)
    made.report(rows, when(0))
    assert held(made) == 300 * 299 // 2
    assert made.ahead(when(0)).crowds == ()


def test_what_closes_in_soonest_is_told_from_within_a_crowd():
    """A crowd that stands off, and one that comes fast: it must not drown."""
    known = [(TrackKind.DRONE, OWN), *[(TrackKind.DRONE, OTHER)] * 2_000]
    made = watch(*known)
    ring = [report(n, destination(MIDDLE, n * 0.18, 2_000.0), n * 0.18 + 180.0, 6.0) for n in range(1, 2_000)]
    fast = report(2_000, destination(MIDDLE, 45.0, 3_000.0), 225.0, 100.0)
    made.report(reports(report(0, MIDDLE), *ring, fast), when(0))
    found = made.ahead(when(0))
    assert found.approaches[0].other == 2_000
    assert len(found.approaches) == 16
    assert [each.own for each in found.crowds] == [0]


def test_own_vehicles_that_keep_company_do_not_fill_the_few_that_are_told():
    known = [(TrackKind.VEHICLE, OWN)] * 100 + [(TrackKind.VEHICLE, OTHER)]
    made = watch(*known)
    made.report(reports(*(report(n, MIDDLE) for n in range(101))), when(0))
    found = made.ahead(when(0))
    assert [(each.one, each.other) for each in found.approaches] == [(n, 100) for n in range(100)]
    assert found.crowds == ()


def test_a_crowd_that_disperses_is_one_no_more_and_its_pairs_are_kept_again():
    known, rows = standing(60, 1)
    made = watch(*known)
    made.report(rows, when(0))
    assert len(made.ahead(when(0)).crowds) == 1
    away = [report(n, destination(MIDDLE, n * 6.0, 20_000.0), n * 6.0, 15.0, at_s=5.0) for n in range(3, 60)]
    made.report(reports(*away), when(5))
    found = made.ahead(when(5))
    assert (len(found.approaches), found.crowds, made._crowded) == (2, (), set())
    made.report(reports(report(2, destination(MIDDLE, 0.0, 20_000.0), at_s=6.0)), when(6))
    assert [each.other for each in made.approaches(when(6))] == [1]


def test_of_too_many_pairs_in_all_the_soonest_are_told_and_the_own_tracks_of_the_others_named():
    known = [(TrackKind.DRONE, OWN if n % 2 == 0 else OTHER) for n in range(40)]
    made = watch(*known, most_told=12)
    places = [destination(MIDDLE, 90.0, 10_000.0 * (n // 2)) for n in range(40)]
    made.report(reports(*(report(n, place) for n, place in enumerate(places))), when(0))
    found = made.ahead(when(0))
    assert [each.one for each in found.approaches] == list(range(0, 24, 2))
    assert [(each.own, each.spread) for each in found.crowds] == [(n, True) for n in range(24, 40, 2)]


def test_a_crowd_in_which_not_all_can_be_looked_at_is_said_so(monkeypatch):
    monkeypatch.setattr("keepclear.rules.approach._LOOKS_IN_ALL", 200)
    known = [(TrackKind.DRONE, OWN), *[(TrackKind.DRONE, OTHER)] * 500]
    made = watch(*known)
    away = [report(n, destination(MIDDLE, n * 0.7, 1_500.0), n * 0.7 + 180.0, 3.0) for n in range(1, 501)]
    made.report(reports(report(0, MIDDLE), *away), when(0))
    [crowd] = made.ahead(when(0)).crowds
    assert crowd.cut
    assert "a sooner one may be missing" in crowd.words
    assert made.tested <= 202


def test_a_speed_that_its_kind_cannot_make_is_taken_as_not_said():
    """Else the box of one report would fill the memory: at 20 km/s it spans thousands of cells."""
    made = watch(*PLANES)
    fast = report(1, destination(MIDDLE, 90.0, 5_000.0), 90.0, 20_000.0, climb_mps=20_000.0)
    made.report(reports(report(0, MIDDLE), fast), when(0))
    assert int(made._sweeps[0]._laid.counts[1]) < 200
    [found] = made.approaches(when(0))
    assert not found.certain
