"""A thing tied to a notice or movement, held against it: early, late, outside, lost, not what was notified.

A position is no check-in: what the record says of check-ins stays with rules/movements.py. A thing that has
landed, halted or fallen silent is not dropped: it is *expected again* until its notice is done (FAIL-15).
Over northern Iraq two helicopters fell out of the picture after a landing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from keepclear.errors import Malformed
from keepclear.geo.figures import Area, Circle, Corridor, Point
from keepclear.geo.geodesy import distance_m
from keepclear.geo.heights import Levels, levels
from keepclear.geo.outlines import disc_around
from keepclear.geo.shapes import Inside, contains, metres_said
from keepclear.geo.volumes import Volume
from keepclear.model.notices import NoticeStated
from keepclear.model.notifications import MovementStated
from keepclear.model.tracks import Fix, Track, TrackKind
from keepclear.model.words import StatementId, SubjectId
from keepclear.rules.live_causes import Cause, LiveRule, called, fix_seen, party_of
from keepclear.times import Window, text
from keepclear.views.live import STALE_S
from keepclear.views.movements import standing
from keepclear.views.picture import Picture

# Proposed defaults, to be tried with users.
EARLY_BY: Final = timedelta(minutes=5)
LATE_BY: Final = timedelta(minutes=15)
OUTSIDE_FOR: Final = timedelta(seconds=60)
LOST_AFTER: Final = 3.0  # times the age at which a thing of its kind is shown as stale
LEG_M: Final = 5_000.0
LEG_SHARE: Final = 0.25
"""How far from a leg a thing may be: so far, or this share of the leg's length where that is more. A movement
says its legs by their ends, and roads wind between them."""
UNKNOWN_ACCURACY_M: Final = 100.0
MOVED_M: Final = 300.0
APART_M: Final = 3_000.0
_LANDED_MPS: Final[dict[TrackKind, float]] = {
    TrackKind.AEROPLANE: 15.0,
    TrackKind.HELICOPTER: 5.0,
    TrackKind.DRONE: 1.0,
}
_HALTED_MPS: Final = 0.7


class Followed(Struct, frozen=True):
    """A thing that is tied, with its newest fix."""

    number: int
    track: Track
    fix: Fix
    subject: SubjectId


class Memory(Struct, frozen=True):
    """What has to be remembered of a tied thing between two looks at it."""

    first: Point
    moved: bool = False
    was_inside: bool = False
    outside_since: datetime | None = None


class Plan(Struct, frozen=True):
    """What a notice or movement says of where and when; `by_legs`: its volumes lie about its legs."""

    statement: StatementId
    name: str
    start: datetime | None
    end: datetime | None
    volumes: tuple[Volume, ...] = ()
    most: int | None = None
    done: bool = False
    by_legs: bool = False


class Held(Struct, frozen=True):
    """What holding the tied things against their notices gave."""

    causes: tuple[Cause, ...]
    memories: Mapping[int, Memory]
    expected_again: Mapping[int, str]


def plan_of(picture: Picture, subject: SubjectId) -> Plan | None:
    """Give what the standing text of a notice or movement says; None where none stands."""
    latest = picture.latest(subject)
    body = None if latest is None else latest.statement.body
    if latest is None:
        return None
    statement = StatementId(latest.statement.id)
    if isinstance(body, NoticeStated):
        starts = [volume.window.start for volume in body.volumes if volume.window.start is not None]
        ends = [volume.window.end for volume in body.volumes if volume.window.end is not None]
        valid = latest.statement.valid
        start = min(starts, default=None if valid is None else valid.start)
        end = max(ends, default=None if valid is None else valid.end)
        return Plan(statement, body.what, start, end, body.volumes)
    if isinstance(body, MovementStated):
        found = standing(picture, subject)
        most = sum(count.high or 0 for count in body.composition if _is_of_vehicles(count.unit))
        return Plan(
            statement, body.name, body.legs[0].departs.at, body.legs[-1].arrives.at, about_legs(body),
            most or None, found is not None and found.completed, by_legs=True,
        )  # fmt: skip
    return None


def about_legs(body: MovementStated) -> tuple[Volume, ...]:
    """Give the volumes about the legs and halts of a movement, for all of its time.

    None where an end of a leg is told in words alone, or a leg is too long to be one shape: then a thing
    could be on that leg wherever it is, and nothing is said of where it should be.
    """
    ends = [(leg.origin.area, leg.destination.area) for leg in body.legs]
    areas: list[Area] = [halt.area for halt in body.halts]
    for origin, there in ends:
        if origin is None or there is None:
            return ()
        one, other = disc_around(origin).center, disc_around(there).center
        wide_m = max(LEG_M, LEG_SHARE * distance_m(one, other))
        try:
            areas += [origin, there, Circle(one, wide_m) if one == other else Corridor((one, other), wide_m)]
        except Malformed:
            return ()
    window = Window(body.legs[0].departs.at, body.legs[-1].arrives.span().end)
    return tuple(Volume(area, window=window) for area in areas)


def _is_of_vehicles(unit: str) -> bool:
    return any(
        word in unit.casefold() for word in ("vehicle", "truck", "car", "bus", "ambulance", "aircraft")
    )


def conform(
    picture: Picture, followed: Sequence[Followed], memories: Mapping[int, Memory], now: datetime
) -> Held:
    """Hold every tied thing against its notice or movement.

    Returns:
        The causes that there are now, what to remember, and why each silent, landed or halted thing is still
        expected. A thing whose notice is done, withdrawn or not there any more is expected no longer.
    """
    causes: list[Cause] = []
    kept: dict[int, Memory] = {}
    again: dict[int, str] = {}
    groups: dict[SubjectId, list[Followed]] = {}
    for each in followed:
        groups.setdefault(each.subject, []).append(each)
    for subject, group in groups.items():
        plan = plan_of(picture, subject)
        if plan is None or plan.done:
            continue
        for each in group:
            memory = remembered(each, memories.get(each.number), plan, now)
            kept[each.number] = memory
            causes += _of_one(picture, each, memory, plan, now)
            words = expected_again(each, memory, plan, now)
            if words:
                again[each.number] = words
        causes += _of_the_group(picture, group, plan, now)
    return Held(tuple(causes), kept, again)


def remembered(each: Followed, memory: Memory | None, plan: Plan, now: datetime) -> Memory:
    """Give what is remembered of a tied thing after its newest fix."""
    was = memory or Memory(each.fix.place)
    moved = was.moved or distance_m(was.first, each.fix.place) > MOVED_M + _accuracy_m(each.fix)
    inside = is_inside(each.fix, plan)
    since = was.outside_since
    if inside is not False:
        since = None
    elif since is None:
        since = each.fix.at
    return replace(was, moved=moved, was_inside=was.was_inside or inside is True, outside_since=since)


def is_inside(fix: Fix, plan: Plan) -> bool | None:
    """Tell whether a fix is surely in what was notified for its time, surely not, or neither (None)."""
    running = [volume for volume in plan.volumes if volume.window.holds(fix.at)]
    if not running:
        return None
    answers = [_in_volume(fix, volume) for volume in running]
    if True in answers:
        return True
    return None if None in answers else False


def _in_volume(fix: Fix, volume: Volume) -> bool | None:
    flat = contains(volume.area, fix.place, _accuracy_m(fix)).answer
    if flat is Inside.NO:
        return False
    tall = Levels.MEET  # of an unknown height nothing is said: it lies in no known way outside
    if fix.height is not None:
        tall, _ = levels(volume.floor, volume.ceiling, fix.height, fix.height)
    if tall is Levels.APART:
        return False
    return True if flat is Inside.YES and tall is Levels.MEET else None


def is_lost(each: Followed, now: datetime) -> bool:
    """Tell whether a thing has been silent for so long, not having landed or halted, that contact is lost."""
    age = now - each.fix.at
    return age > timedelta(seconds=LOST_AFTER * STALE_S[each.track.kind]) and not has_stopped(each)


def has_stopped(each: Followed) -> bool:
    """Tell whether a thing had landed or halted when it was last heard of, as far as its speed says."""
    speed = each.fix.speed_mps
    return speed is not None and speed <= _LANDED_MPS.get(each.track.kind, _HALTED_MPS)


def expected_again(each: Followed, memory: Memory, plan: Plan, now: datetime) -> str:
    """Say why a thing that is not heard of, or stands, is still expected; empty where it is under way.

    The end of its window drops none (FAIL-15).
    """
    silent = now - each.fix.at > timedelta(seconds=STALE_S[each.track.kind])
    if not memory.moved and not silent:
        return ""
    if has_stopped(each) and memory.moved:
        what = "landed" if each.track.kind in _LANDED_MPS else "halted"
        return f"{what}, last heard of {text(each.fix.at)}; expected again: {plan.name}"
    if silent:
        return f"not heard of since {text(each.fix.at)}; expected again: {plan.name}"
    return ""


def _of_one(picture: Picture, each: Followed, memory: Memory, plan: Plan, now: datetime) -> Iterator[Cause]:
    fresh = now - each.fix.at <= timedelta(seconds=STALE_S[each.track.kind])
    if plan.start is not None and memory.moved and now < plan.start - EARLY_BY and fresh:
        yield _cause(picture, LiveRule.EARLY, each, plan, f"It moves; its time begins {text(plan.start)}")
    late = plan.start is not None and plan.start + LATE_BY <= now and (plan.end is None or now < plan.end)
    # Where a notice is flown it may stand; a movement that stands at its beginning has not set out.
    if late and not memory.moved and (plan.by_legs or not memory.was_inside):
        yield _cause(picture, LiveRule.LATE, each, plan, f"Its time began {text(plan.start or now)}")
    if (
        plan.end is not None
        and plan.end + LATE_BY <= now
        and fresh
        and not has_stopped(each)
        and memory.moved
    ):
        yield _cause(picture, LiveRule.LATE, each, plan, f"Still under way; its time ended {text(plan.end)}")
    since = memory.outside_since
    if since is not None and each.fix.at - since >= OUTSIDE_FOR and fresh:
        what = "Farther from every leg than is tolerated" if plan.by_legs else "Outside every volume"
        words = f"{what} that is notified for now, {_away(each.fix, plan)}, since {text(since)}"
        yield _cause(picture, LiveRule.OUTSIDE, each, plan, words, since)
    if memory.moved and is_lost(each, now):
        words = f"Last heard of {text(each.fix.at)} by {each.track.source}, under way. It is expected again"
        yield _cause(picture, LiveRule.LOST, each, plan, words, each.fix.at)


def _of_the_group(picture: Picture, group: Sequence[Followed], plan: Plan, now: datetime) -> Iterator[Cause]:
    """Hold several things tied to one movement together: too many, or one that is not with the others."""
    heard = [each for each in group if now - each.fix.at <= timedelta(seconds=STALE_S[each.track.kind])]
    if plan.most is not None and len(heard) > plan.most:
        words = f"{len(heard)} are heard of where at most {plan.most} were notified"
        yield _cause(picture, LiveRule.COMPOSITION, heard[-1], plan, words)
        return
    if len(heard) < 3:
        return
    for each in heard:
        others = [other for other in heard if other is not each]
        gaps = sorted(distance_m(each.fix.place, other.fix.place) for other in others)
        if gaps[0] > APART_M and all(_is_together(other, others) for other in others):
            words = f"It is not with the other {len(others)}, which keep together"
            yield _cause(picture, LiveRule.COMPOSITION, each, plan, words)


def _is_together(one: Followed, all_: Iterable[Followed]) -> bool:
    return any(distance_m(one.fix.place, other.fix.place) <= APART_M for other in all_ if other is not one)


def _away(fix: Fix, plan: Plan) -> str:
    running = [volume for volume in plan.volumes if volume.window.holds(fix.at)]
    gaps = [contains(volume.area, fix.place, _accuracy_m(fix)).distance_m for volume in running]
    return f"{metres_said(max(0.0, min(gaps)))} beyond the edge"


def _accuracy_m(fix: Fix) -> float:
    return UNKNOWN_ACCURACY_M if fix.accuracy_m is None else fix.accuracy_m


def _cause(
    picture: Picture, rule: LiveRule, each: Followed, plan: Plan, words: str, since: datetime | None = None
) -> Cause:
    whose = party_of(picture.party, each.track)
    return Cause(
        rule, each.subject, each.number, called(each.track), whose == picture.party, since or each.fix.at,
        each.fix.accuracy_m is not None, words, (plan.statement,), (fix_seen(each.fix),), whose,
    )  # fmt: skip
