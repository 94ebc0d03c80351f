from __future__ import annotations

import msgspec
import pytest
from tests.moving import (
    NAN,
    along,
    circle,
    fence,
    fix,
    joined,
    river,
    said,
    square,
    steps,
    us,
    when,
)

from keepclear.geo.figures import Point, Side
from keepclear.geo.geodesy import destination
from keepclear.geo.heights import Altitude, Datum
from keepclear.rules.fences import Expected, FenceSettings
from keepclear.rules.fencing import FenceWatch
from keepclear.times import Window

MIDDLE = Point(39.0, 34.0)


def watch(*fences, at=-100.0, **settings):
    made = FenceWatch(FenceSettings(**settings))
    made.change(fences, when(at))
    return made


def at(bearing_deg, metres):
    return destination(MIDDLE, bearing_deg, metres)


def told(made, fixes, before=None, track=0):
    return said(made.feed(steps(fixes, track, before)).events)


def test_a_track_that_comes_and_goes_enters_once_and_leaves_once():
    made = watch(fence(circle(39.0, 34.0)))
    events = made.feed(steps(along(at(270.0, 2_040.0), 90.0, 50.0, 80.0))).events
    assert said(events) == ["entry", "exit"]
    entry, exit_ = events
    assert entry.distance_m < -5.0 < 0.0 < exit_.distance_m
    assert entry.statement == "COA.zone1"
    assert entry.before is not None
    assert entry.fix.at == entry.at
    assert entry.words.startswith("zone: entry; ")


def test_one_far_away_is_told_nothing():
    made = watch(fence(circle(39.0, 34.0)))
    assert told(made, along(at(270.0, 9_000.0), 0.0, 50.0, 80.0)) == []


def test_a_way_through_between_two_fixes_is_found():
    made = watch(fence(circle(39.0, 34.0, 300.0)))
    events = made.feed(steps([fix(0, at(270.0, 2_000.0)), fix(10, at(90.0, 2_000.0))])).events
    assert said(events) == ["passed through?"]
    assert "leads through" in events[0].words


def test_a_way_beside_it_is_not():
    made = watch(fence(circle(39.0, 34.0, 300.0)))
    a, b = (destination(at(turn, 2_000.0), 0.0, 320.0) for turn in (270.0, 90.0))
    assert told(made, [fix(0, a), fix(10, b)]) == []


def test_with_poor_accuracy_an_entry_is_possible_first_and_certain_when_it_is_deep_enough():
    made = watch(fence(circle(39.0, 34.0)))
    fixes = [fix(n * 2.0, at(270.0, 1_600.0 - 100.0 * n), accuracy_m=300.0) for n in range(12)]
    assert told(made, fixes) == ["entry?", "entry"]


def test_with_unknown_accuracy_nothing_is_certain():
    made = watch(fence(circle(39.0, 34.0)))
    assert told(made, along(at(270.0, 2_040.0), 90.0, 50.0, 80.0, accuracy_m=NAN)) == ["entry?", "exit?"]


def test_one_that_dithers_on_the_edge_is_told_once():
    made = watch(fence(circle(39.0, 34.0)))
    fixes = [fix(n * 2.0, at(270.0, 1_000.0 + (8.0 if n % 2 else -8.0))) for n in range(40)]
    assert told(made, [fix(-2.0, at(270.0, 1_200.0)), *fixes]) == ["entry"]


def test_one_first_seen_inside_is_already_inside():
    made = watch(fence(circle(39.0, 34.0)))
    assert told(made, [fix(0, at(0.0, 100.0)), fix(2, at(0.0, 110.0))]) == ["already inside"]


def test_a_measure_declared_over_a_track_finds_it_already_inside():
    made = watch()
    fixes = [fix(0, at(0.0, 100.0)), fix(2, at(0.0, 110.0))]
    made.feed(steps(fixes))
    assert said(made.change([fence(circle(39.0, 34.0))], when(3.0))) == ["already inside"]
    assert told(made, [fix(4, at(0.0, 120.0))], fixes[-1]) == []


def test_a_measure_that_no_longer_stands_ends_the_stay():
    made = watch(fence(circle(39.0, 34.0)))
    made.feed(steps([fix(0, at(0.0, 100.0))]))
    assert said(made.change([], when(1.0))) == ["ended"]
    assert told(made, [fix(2, at(0.0, 2_000.0))], fix(0, at(0.0, 100.0))) == []


def test_a_measure_drawn_anew_ends_the_stay_of_those_it_no_longer_holds():
    made = watch(fence(circle(39.0, 34.0)))
    made.feed(joined(steps([fix(0, at(0.0, 100.0))]), steps([fix(0, at(0.0, 900.0))], track=1)))
    events = made.change([fence(circle(39.0, 34.0, 500.0), text=2)], when(1.0))
    assert [(event.track, event.kind, event.statement) for event in events] == [(1, "ended", "COA.zone2")]


def test_a_mere_new_text_of_the_same_shape_changes_nothing_but_the_grounds():
    made = watch(fence(circle(39.0, 34.0)))
    made.feed(steps([fix(0, at(0.0, 100.0))]))
    assert made.change([fence(circle(39.0, 34.0), text=2)], when(1.0)) == ()
    [event] = made.feed(steps([fix(2, at(0.0, 1_500.0))], before=fix(0, at(0.0, 100.0)))).events
    assert (event.kind, event.statement) == ("exit", "COA.zone2")


def test_heights_outside_its_band_keep_a_track_out():
    band = {"floor": Altitude(1_000.0, Datum.AMSL), "ceiling": Altitude(3_000.0, Datum.AMSL)}
    made = watch(fence(circle(39.0, 34.0), **band))
    high = {"height_m": 5_000.0, "datum": "AMSL", "height_accuracy_m": 30.0}
    inside = [*along(at(270.0, 2_040.0), 90.0, 50.0, 30.0, **high)]
    assert told(made, inside) == []
    sunk = fix(40.0, at(0.0, 10.0), height_m=2_000.0, datum="AMSL", height_accuracy_m=30.0)
    assert told(made, [sunk], inside[-1]) == ["entry"]
    risen = fix(50.0, at(0.0, 10.0), height_m=4_000.0, datum="AMSL", height_accuracy_m=30.0)
    assert told(made, [risen], sunk) == ["exit"]


@pytest.mark.parametrize("how", [{}, {"height_m": 5_000.0, "datum": "STD", "height_accuracy_m": 30.0}])
def test_an_unknown_height_or_another_datum_is_possibly_inside(how):
    made = watch(fence(circle(39.0, 34.0), ceiling=Altitude(3_000.0, Datum.AMSL)))
    assert told(made, along(at(270.0, 2_040.0), 90.0, 50.0, 80.0, **how))[0] == "entry?"


def test_outside_its_times_a_measure_says_nothing_and_when_they_begin_it_finds_who_is_inside():
    made = watch(fence(circle(39.0, 34.0), valid=Window(when(100.0), when(200.0))))
    fixes = along(at(270.0, 2_040.0), 90.0, 50.0, 40.0)
    stay = [fix(60.0, at(0.0, 10.0)), fix(110.0, at(0.0, 10.0)), fix(210.0, at(0.0, 10.0))]
    assert told(made, [*fixes, *stay]) == ["already inside", "ended"]


def test_times_begin_and_end_for_a_track_that_is_silent():
    made = watch(fence(circle(39.0, 34.0), valid=Window(when(100.0), when(200.0))))
    made.feed(steps([fix(60.0, at(0.0, 10.0))]))
    assert said(made.tick(when(99.0))) == []
    assert said(made.tick(when(101.0))) == ["already inside"]
    assert said(made.tick(when(102.0))) == []
    assert said(made.tick(when(201.0))) == ["ended"]


def test_what_rests_on_a_stale_fix_is_only_possible():
    made = watch(fence(circle(39.0, 34.0), valid=Window(when(1_000.0), None)))
    made.feed(steps([fix(60.0, at(0.0, 10.0))]))
    assert said(made.tick(when(1_001.0))) == ["already inside?"]


def test_a_stay_is_told_once_when_it_has_lasted():
    made = watch(fence(circle(39.0, 34.0), dwell_s=30.0))
    fixes = [fix(n * 10.0, at(0.0, 10.0 * n)) for n in range(8)]
    events = made.feed(steps(fixes)).events
    assert said(events) == ["already inside", "dwell"]
    assert (events[1].at - events[1].since).total_seconds() == pytest.approx(30.0)


def test_an_approach_is_told_with_its_time_before_the_entry():
    made = watch(fence(circle(39.0, 34.0), warn_m=3_000.0))
    events = made.feed(steps(along(at(270.0, 6_040.0), 90.0, 50.0, 120.0))).events
    assert said(events) == ["approach?", "entry"]
    approach, entry = events
    seconds = (entry.at - approach.at).total_seconds()
    assert approach.time_to_entry_s == pytest.approx(seconds, abs=3.0)


def test_one_that_passes_by_is_no_approach():
    made = watch(fence(circle(39.0, 34.0), warn_m=3_000.0))
    assert told(made, along(destination(at(270.0, 6_040.0), 0.0, 1_500.0), 90.0, 50.0, 200.0)) == []


def test_a_boundary_is_crossed_onto_a_bank_and_back():
    path, banks = river((39.0, 33.9), (39.0, 34.1))
    made = watch(fence(path, tolerance_m=100.0, reach_m=20_000.0, banks=banks))
    out = along(at(270.0, 1_000.0), 90.0, 50.0, 40.0)
    events = made.feed(steps(out)).events
    assert said(events) == ["crossing?", "crossing"]
    assert [(event.onto, event.bank) for event in events] == [(Side.RIGHT, "west")] * 2
    back = [fix(50.0 + n * 2.0, at(90.0, 1_000.0 - 100.0 * n)) for n in range(20)]
    events = made.feed(steps(back, before=out[-1])).events
    assert said(events) == ["crossing?", "crossing"]
    assert {event.onto for event in events} == {Side.LEFT}


def test_one_that_turns_round_in_the_middle_came_back():
    path, banks = river((39.0, 33.9), (39.0, 34.1))
    made = watch(fence(path, tolerance_m=100.0, reach_m=20_000.0, banks=banks))
    fixes = [fix(n, at(270.0, metres)) for n, metres in enumerate((500.0, 50.0, -40.0, 30.0, -20.0, 300.0))]
    assert told(made, fixes) == ["crossing?", "came back"]


def test_a_boundary_crossed_and_crossed_back_between_two_fixes_is_found():
    path, banks = river((39.0, 33.95), (39.02, 34.0), (39.0, 34.05))
    made = watch(fence(path, tolerance_m=10.0, reach_m=90_000.0, banks=banks))
    assert told(made, [fix(0, (39.005, 33.96)), fix(60, (39.005, 34.04))]) == ["passed through?"]


def test_one_that_goes_round_the_end_does_not_cross():
    path, banks = river((39.0, 33.99), (39.0, 34.01))
    made = watch(fence(path, tolerance_m=10.0, reach_m=20_000.0, banks=banks))
    way = [(38.99, 34.0), (38.99, 34.02), (39.01, 34.02), (39.01, 34.0)]
    assert told(made, [fix(n * 20.0, place) for n, place in enumerate(way)]) == []


def test_a_jump_is_no_way_but_its_ends_are_judged():
    made = watch(fence(circle(39.0, 34.0)), fence(circle(39.5, 34.0), name="between"))
    fixes = [fix(0, (40.0, 34.0)), fix(2, (39.0, 34.0)), fix(4, (40.0, 34.0))]
    assert told(made, fixes) == ["entry", "exit"]


def test_who_is_expected_and_does_not_come_is_told_once():
    made = watch(fence(circle(39.0, 34.0)))
    made.feed(steps([fix(0, at(0.0, 5_000.0))]))
    window = Window(when(10.0), when(600.0))
    made.expect([Expected(0, "COA.zone", window, 20.0), Expected(7, "COA.zone", window)])
    assert said(made.tick(when(25.0))) == ["absence?"]
    assert said(made.tick(when(35.0))) == ["absence"]
    assert said(made.tick(when(40.0))) == []


def test_who_is_there_is_not_absent():
    made = watch(fence(circle(39.0, 34.0)))
    made.feed(steps([fix(0, at(0.0, 50.0))]))
    made.expect([Expected(0, "COA.zone", Window(when(10.0), when(600.0)))])
    assert said(made.tick(when(25.0))) == []


def test_across_the_antimeridian_all_is_as_elsewhere():
    made = watch(fence(circle(180.0, -17.0)))
    start = destination(Point(180.0, -17.0), 270.0, 2_040.0)
    assert told(made, along(start, 90.0, 50.0, 80.0)) == ["entry", "exit"]


def test_near_a_pole_measures_and_fixes_are_refused_and_named():
    made = watch(fence(circle(39.0, 89.0), name="ice"))
    assert "live-latitude" in made.unwatched["COA.ice"]
    assert made.feed(steps([fix(0, (39.0, 88.0)), fix(0, (NAN, NAN))])).refused == 2


def test_a_fix_that_is_too_late_is_left_out():
    made = watch(fence(circle(39.0, 34.0)), late_s=60.0)
    made.feed(steps([fix(100.0, at(0.0, 5_000.0))]))
    assert made.feed(steps([fix(10.0, at(0.0, 0.0))])).too_late == 1


def test_a_late_fix_finds_what_was_missed_and_repeats_nothing():
    made = watch(fence(circle(39.0, 34.0)), fence(square(38.9, 34.0), name="square"))
    fixes = along(at(270.0, 2_040.0), 90.0, 50.0, 80.0, every_s=10.0)
    late = fix(15.0, (38.9, 34.0))
    assert told(made, fixes) == ["entry", "exit"]
    after = [each for each in fixes if each[0] > late[0]]
    before = [each for each in fixes if each[0] < late[0]][-1]
    assert told(made, [late, *after], before) == ["entry", "exit"]
    assert made.feed(steps(after, before=late)).events == ()


def test_a_late_fix_that_shows_otherwise_takes_back():
    made = watch(fence(circle(39.0, 34.0, 300.0)))
    before, after = fix(0.0, at(270.0, 2_000.0)), fix(20.0, at(90.0, 2_000.0))
    [passed] = made.feed(steps([before, after])).events
    round_it = fix(10.0, at(0.0, 2_000.0))
    [gone] = made.feed(steps([round_it, after], before=before)).events
    assert (gone.kind, gone.of) == ("taken back", passed.id)


def test_a_restart_forgets_and_repeats_nothing():
    zone = fence(circle(39.0, 34.0))
    made = watch(zone)
    fixes = along(at(270.0, 2_040.0), 90.0, 50.0, 80.0)
    first = made.feed(steps(fixes[:20])).events
    kept = msgspec.json.decode(msgspec.json.encode(made.state()), type=type(made.state()))
    again = FenceWatch()
    again.restore(kept)
    assert again.change([zone], when(41.0)) == ()
    second = again.feed(steps(fixes[20:], before=fixes[19])).events
    assert said(first + second) == ["entry", "exit"]


def test_a_restart_with_other_measures_ends_and_finds():
    made = watch(fence(circle(39.0, 34.0)))
    made.feed(steps([fix(0, at(0.0, 10.0))]))
    again = FenceWatch()
    again.restore(made.state())
    events = again.change([fence(square(39.0, 34.0), name="new")], when(10.0))
    assert [(event.kind, event.subject) for event in events] == [
        ("ended", "COA.zone"), ("already inside", "COA.new"),
    ]  # fmt: skip


def test_an_event_names_its_measure_text_track_and_fixes():
    made = watch(fence(circle(39.0, 34.0), tolerance_m=20.0))
    [event] = made.feed(steps([fix(0, at(0.0, 1_500.0)), fix(10, at(0.0, 500.0))], track=7)).events
    assert (event.track, event.subject, event.tolerance_m) == (7, "COA.zone", 20.0)
    assert event.before.at == when(0)
    assert event.at == when(10)
    assert event.id == f"COA.zone/7/entry/{us(10)}"
    assert "tolerance 20 m" in event.words


def test_of_those_that_are_first_seen_far_from_any_area_nothing_is_remembered():
    made = watch(fence(circle(39.0, 34.0)))
    for track, metres in enumerate((100.0, 900_000.0, 990.0, 800_000.0)):
        told(made, [fix(0, at(90.0, metres))], track=track)
    remembered = {row.track: row.remembered for row in made.state().tracks}
    assert {track for track, each in remembered.items() if each is not None} == {0, 2}
    # And it is told of all the same when it comes.
    assert told(made, [fix(10, at(0.0, 0.0))], before=fix(0, at(90.0, 900_000.0)), track=1) == ["entry"]
