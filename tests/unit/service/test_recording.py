from __future__ import annotations

from datetime import UTC, datetime, timedelta

from keepclear.geo.figures import Point
from keepclear.links.feeds import Reading
from keepclear.model.tracks import Fix, Standing, Track, TrackKind
from keepclear.service.recording import cuts, from_then_on

BEGAN = datetime(2020, 9, 9, 15, tzinfo=UTC)
STEP = timedelta(seconds=10)


def heard(*seconds: tuple[str, int]) -> Reading:
    fixes = tuple(
        Fix(who, "r", BEGAN + timedelta(seconds=at), BEGAN + timedelta(seconds=at), Point(1.0, 2.0), None)
        for who, at in seconds
    )
    who = dict.fromkeys(name for name, _ in seconds)
    tracks = tuple(
        Track(name, "r", TrackKind.AEROPLANE, name, None, Standing.OTHER, invented=False) for name in who
    )
    return Reading(fixes, tracks, alive=True)


def shown(reading: Reading) -> list[tuple[int, list[str], list[str]]]:
    return [
        (
            round((cut.until - BEGAN).total_seconds()),
            [fix.track for fix in cut.reading.fixes],
            [track.id for track in cut.reading.tracks],
        )
        for cut in cuts(reading, STEP)
    ]


def test_every_fix_comes_in_one_step_and_each_thing_is_described_when_it_comes_first():
    assert shown(heard(("a", 0), ("b", 4), ("a", 12), ("c", 19))) == [
        (10, ["a", "b"], ["a", "b"]),
        (20, ["a", "c"], ["c"]),
    ]


def test_where_nothing_was_heard_there_is_no_step():
    assert shown(heard(("a", 0), ("a", 86_403))) == [(10, ["a"], ["a"]), (86_410, ["a"], [])]


def test_a_recording_without_a_fix_has_no_step():
    assert list(cuts(Reading((), (), alive=True), STEP)) == []


def test_from_an_instant_on_what_was_heard_before_is_left_out_with_its_things():
    later = from_then_on(heard(("a", 0), ("b", 60), ("c", 61)), BEGAN + timedelta(seconds=60))
    assert [fix.track for fix in later.fixes] == ["b", "c"]
    assert [track.id for track in later.tracks] == ["b", "c"]
    assert from_then_on(later, BEGAN) == later
