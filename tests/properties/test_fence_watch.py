"""Laws of the fence watch: batches, restarts, changes of measures and late fixes lose and repeat nothing."""

from __future__ import annotations

from collections import Counter
from itertools import groupby

import msgspec
import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from tests.moving import NAN, circle, columns, fence, fix, joined, river, square, steps, when

from keepclear.geo.figures import Path, Point, Ring
from keepclear.geo.geodesy import destination
from keepclear.geo.heights import Altitude, Datum
from keepclear.geo.shapes import distance_m
from keepclear.rules.fence_tracks import WatchState
from keepclear.rules.fences import EventKind, FenceSettings
from keepclear.rules.fencing import FenceWatch
from keepclear.times import Window

MIDDLE = Point(39.0, 34.0)
PATH, BANKS = river((39.0, 33.9), (39.005, 34.0), (39.0, 34.1))
FENCES = (
    fence(circle(39.0, 34.0, 800.0), name="circle", dwell_s=40.0),
    fence(square(39.01, 34.0, 1_500.0), name="square", tolerance_m=30.0),
    fence(Ring(Point(38.99, 34.0), 500.0, 900.0), name="ring", warn_m=400.0),
    fence(circle(39.0, 34.01, 600.0), name="band", ceiling=Altitude(1_000.0, Datum.AMSL)),
    fence(circle(39.0, 33.99, 700.0), name="timed", valid=Window(when(45.0), when(140.0))),
    fence(PATH, name="boundary", tolerance_m=60.0, reach_m=30_000.0, banks=BANKS),
)
OPENS = {EventKind.ENTRY, EventKind.ALREADY_INSIDE}
CLOSES = {EventKind.EXIT, EventKind.ENDED}


def walk(seed, every_s=10.0, n=24):
    """A thing that wanders among the measures, its accuracy and height known at times."""
    dice = np.random.default_rng(seed)
    place = destination(MIDDLE, float(dice.uniform(0.0, 360.0)), float(dice.uniform(0.0, 2_500.0)))
    fixes, bearing = [], float(dice.uniform(0.0, 360.0))
    good = float(dice.choice([5.0, 40.0, 200.0]))
    for number in range(n):
        accuracy = NAN if dice.random() < 0.1 else good
        high = {"height_m": float(dice.uniform(500.0, 1_500.0)), "datum": "AMSL", "height_accuracy_m": 20.0}
        fixes.append(fix(number * every_s, place, accuracy, **(high if dice.random() < 0.8 else {})))
        bearing += float(dice.normal(0.0, 50.0))
        place = destination(place, bearing, float(dice.uniform(0.0, 900.0)))
        if abs(place.lon - 39.0) + abs(place.lat - 34.0) > 0.04:
            bearing += 180.0
    return fixes


def watch(fences=FENCES, at=-1.0):
    made = FenceWatch(FenceSettings())
    made.change(fences, when(at))
    return made


def what(event):
    return (event.track, event.subject, event.kind, event.certain, event.onto, event.at)


def found(events):
    return [what(event) for event in events]


def mixed(walks):
    """The steps of several tracks as they come in, by time."""
    rows = []
    for track, fixes in enumerate(walks):
        batch = steps(fixes, track)
        rows += list(zip(*batch, strict=True))
    return sorted(rows, key=lambda row: (row[2], row[0]))


seeds = st.lists(st.integers(0, 10_000), min_size=1, max_size=3)


@pytest.mark.long
@settings(max_examples=40, deadline=None)
@given(seeds, st.integers(1, 40))
def test_the_events_do_not_depend_on_how_steps_are_put_into_batches(seeds, size):
    rows = mixed([walk(seed) for seed in seeds])
    whole = found(watch().feed(columns(rows)).events)
    made = watch()
    parts: list = []
    for n in range(0, len(rows), size):
        parts += found(made.feed(columns(rows[n : n + size])).events)
    assert parts == whole


@settings(max_examples=40, deadline=None)
@given(seeds, st.lists(st.integers(0, 60), max_size=3))
def test_across_restarts_nothing_is_lost_and_nothing_repeated(seeds, breaks):
    rows = mixed([walk(seed) for seed in seeds])
    whole = found(watch().feed(columns(rows)).events)
    made, events, fed = watch(), [], 0
    for place in [*sorted(breaks), len(rows)]:
        part = rows[fed:place]
        events += found(made.feed(columns(part)).events)
        fed = max(fed, place)
        kept = msgspec.json.decode(msgspec.json.encode(made.state()), type=WatchState)
        assert kept == made.state()
        made = FenceWatch()
        made.restore(kept)
        at = part[-1][2] if part else 0
        events += found(made.change(FENCES, when(0.0) if not at else when((at - rows[0][2]) / 1e6)))
    assert events == whole


def standing(events):
    """Events less those that were taken back."""
    gone = {event.of for event in events if event.kind is EventKind.TAKEN_BACK}
    left = [event for event in events if event.id not in gone and event.kind is not EventKind.TAKEN_BACK]
    return Counter((event.subject, event.kind, event.certain, event.onto) for event in left)


@pytest.mark.long
@settings(max_examples=80, deadline=None)
@given(st.integers(0, 10_000), st.sets(st.integers(0, 23), min_size=1, max_size=8), st.randoms())
def test_with_late_fixes_what_stands_in_the_end_is_what_stands_had_they_come_in_time(seed, late, order):
    fixes = walk(seed)
    in_time = standing(watch().feed(steps(fixes)).events)
    held = [each for n, each in enumerate(fixes) if n not in late]
    made = watch()
    events = list(made.feed(steps(held)).events)
    missing = [fixes[n] for n in sorted(late)]
    order.shuffle(missing)
    for each in missing:
        held = sorted([*held, each])
        place = held.index(each)
        tail = steps(held[place:], before=held[place - 1] if place else None)
        events += made.feed(tail).events
    ids = [event.id for event in events]
    assert len(ids) == len(set(ids)) or Counter(ids).most_common(1)[0][1] <= 2
    assert standing(events) == in_time


@pytest.mark.long
@settings(max_examples=40, deadline=None)
@given(seeds)
def test_steps_that_come_twice_tell_nothing_twice(seeds):
    rows = mixed([walk(seed) for seed in seeds])
    made = watch()
    whole = made.feed(columns(rows)).events
    for track in range(len(seeds)):
        mine = [row for row in rows if row[0] == track]
        assert made.feed(columns(mine[-6:])).events == ()
        assert made.feed(columns(mine)).events == ()
    assert whole == watch().feed(columns(rows)).events


@settings(max_examples=60, deadline=None)
@given(
    seeds,
    st.lists(st.tuples(st.integers(1, 70), st.sets(st.integers(0, 6))), min_size=1, max_size=5),
)
@example([201], [(1, {1})])
@example([3318, 7582], [(4, {0, 2, 6}), (60, {1, 3, 4})])
def test_when_measures_change_every_stay_begins_once_and_ends_once(seeds, changes):
    rows = mixed([walk(seed) for seed in seeds])
    redrawn = fence(circle(39.0, 34.0, 500.0), name="circle", text=2, dwell_s=40.0)
    choice = [*FENCES, redrawn]
    made, events, fed, stands = watch(), [], 0, {each.subject: each for each in FENCES}
    for place, which in [*sorted(changes, key=lambda change: change[0]), (len(rows), set(range(6)))]:
        events += made.feed(columns(rows[fed:place])).events
        fed = max(fed, min(place, len(rows)))
        stands = {choice[n].subject: choice[n] for n in sorted(which)}
        last_s = (rows[fed - 1][2] - rows[0][2]) / 1e6
        events += made.change(stands.values(), when(last_s))
    for (_, subject), told in by_pair(events):
        if subject != "COA.boundary":
            is_in = False
            for event in told:
                if event.kind in OPENS:
                    assert not is_in or event.certain
                    is_in = True
                elif event.kind is EventKind.ENDED or (event.kind is EventKind.EXIT and event.certain):
                    assert is_in
                    is_in = False
                elif event.kind is EventKind.EXIT and beyond_doubt_but_for_its_accuracy(event):
                    # Nobody can tell that it left, yet it is no longer told to be in.
                    is_in = False
    holds_at_the_end(made, rows, stands)


def beyond_doubt_but_for_its_accuracy(event):
    """Whether an exit is only possible because the fix names no accuracy: it lies beyond the one assumed."""
    taken_m = FenceSettings().unknown_accuracy_m + (event.tolerance_m or 0.0) + FenceSettings().hysteresis_m
    return "accuracy not known" in event.words and event.distance_m > taken_m


def by_pair(events):
    ordered = sorted(events, key=lambda event: (event.track, event.subject))
    return groupby(ordered, key=lambda event: (event.track, event.subject))


def holds_at_the_end(made, rows, stands):
    """Whatever was told, in the end each track is told to be in exactly what it is in, if that is plain."""
    state = made.state()
    last = {row[0]: row for row in rows}
    numbers = {row.subject: row.no for row in state.measures}
    for track in state.tracks:
        row = last[track.track]
        accuracy_m = row[7]
        for subject, zone in stands.items():
            if isinstance(zone.shape, Path) or zone.ceiling or zone.valid or accuracy_m != accuracy_m:
                continue
            away_m = distance_m(zone.shape, Point(row[5], row[6]))
            margin_m = accuracy_m + (zone.tolerance_m or 0.0) + 25.0
            pair = track.remembered.pairs.get(numbers[subject]) if track.remembered else None
            told = 0 if pair is None else pair.told
            if away_m > margin_m:
                assert told == 0
            elif away_m < -margin_m:
                assert told == 2


@pytest.mark.long
@settings(max_examples=40, deadline=None)
@given(seeds)
def test_each_fix_finds_what_the_slow_twin_finds(seeds):
    """The twin judges every fix against every area, and every way by walking it finely."""
    for seed in seeds:
        fixes = walk(seed)
        for zone in FENCES[:3]:
            made, level = watch([zone]), 0
            for n, each in enumerate(fixes):
                before = fixes[n - 1] if n else None
                events = made.feed(steps([each], before=before)).events
                after = _level(zone, each, level)
                if after is None:
                    break
                agrees(zone, before, each, (level, after), {event.kind for event in events})
                level = after


def _level(zone, each, level):
    """Judge a fix plainly: 2 in, 1 possibly, 0 out; None where the hysteresis would have to be followed."""
    away_m = distance_m(zone.shape, Point(each[1], each[2]))
    known = each[3] == each[3]
    margin_m = (each[3] if known else 100.0) + (zone.tolerance_m or 0.0)
    if away_m < -margin_m and known:
        return 2
    if away_m > margin_m:
        return 0 if away_m > margin_m + 25.0 or not level else None
    return max(1, level if away_m <= 25.0 else 1)


def agrees(zone, before, each, levels, kinds):
    was, is_ = levels
    if not was and is_:
        assert kinds & OPENS
    if was and not is_:
        assert EventKind.EXIT in kinds
    if not was and not is_ and before is not None:
        assert EventKind.PASSED in kinds or not _walked_through(zone, before, each)


def _walked_through(zone, old, new):
    start, end = Point(old[1], old[2]), Point(new[1], new[2])
    share = np.linspace(0.0, 1.0, 60)
    walked = (
        Point(float(start.lon + s * (end.lon - start.lon)), float(start.lat + s * (end.lat - start.lat)))
        for s in share
    )
    return any(distance_m(zone.shape, place) < -1.0 for place in walked)


def test_many_tracks_in_one_batch_are_as_each_alone():
    walks = [walk(seed) for seed in range(12)]
    together = watch().feed(joined(*(steps(fixes, track) for track, fixes in enumerate(walks)))).events
    for track, fixes in enumerate(walks):
        alone = found(watch().feed(steps(fixes, track)).events)
        assert [what(event) for event in together if event.track == track] == alone
    assert len(together) > 50
