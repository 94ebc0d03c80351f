"""What one step of one track means for one measure: the pair before goes in, the pair after and findings out.

A pair is kept only while there is something to remember: the track is in, may be in, is near enough to be
watched for an approach, or is so near a boundary that no bank can be told.
"""

from __future__ import annotations

from typing import NamedTuple

from msgspec import Struct
from msgspec.structs import replace

from keepclear.geo.boundaries import Bank
from keepclear.geo.figures import Area, Path, Side
from keepclear.geo.shapes import metres_said
from keepclear.rules.fence_judging import (
    BankStand,
    Seen,
    Stand,
    bank_stand,
    crossed,
    margin_m,
    stand,
    time_to_entry_s,
    way_meets,
)
from keepclear.rules.fences import EventKind, Fence, FenceSettings, Level
from keepclear.times import instant, microseconds

NEVER = 2**63 - 1


class Pair(Struct, frozen=True):
    """What is remembered of one track and one measure.

    Attributes:
        ground: whether it is in over the ground, whatever its height and the measure's times.
        told: what was last told of it.
        entered: whether it was certainly in since it came.
        came: what was told when it came in.
        since_us: since when it is told to be in.
        dwelt: whether the dwell was told.
        near: whether it is near enough to be watched for an approach.
        warned: whether the approach was told.
        bank: of a boundary, the last bank that was certain.
        onto: of a boundary, the side onto which a possible crossing was told.
        switched: of a boundary, whether it changed banks since it came near.
    """

    ground: Level = Level.OUT
    told: Level = Level.OUT
    entered: bool = False
    came: EventKind | None = None
    since_us: int = 0
    dwelt: bool = False
    near: bool = False
    warned: bool = False
    bank: Side | None = None
    onto: Side | None = None
    switched: bool = False


class Held(NamedTuple):
    """A measure that is watched: its number, since when it stands, since when it is drawn as it is."""

    no: int
    fence: Fence
    since_us: int
    drawn_us: int
    digest: str


class Step(NamedTuple):
    """A step as it is judged; `old` is None for the first fix of a track.

    `straight`: whether the way between may be taken as straight. `as_of_us`: the time for which the answer
    is given, that of the fix or later. `fresh`: whether the fix is young enough then to make it certain.
    """

    old: Seen | None
    new: Seen
    straight: bool
    as_of_us: int
    fresh: bool = True


class Finding(NamedTuple):
    """What became known, before it is given its name and grounds."""

    kind: EventKind
    certain: bool
    away_m: float | None = None
    onto: Side | None = None
    time_to_entry_s: float | None = None
    since_us: int | None = None
    words: str = ""


Judged = tuple[Pair | None, list[Finding]]


def in_force(held: Held, us: int) -> bool:
    """Tell whether a measure counts at a time: it stood in the watch, and its own times run."""
    valid = held.fence.valid
    return us >= held.since_us and (valid is None or valid.holds(instant(us)))


def wakes_us(held: Held, pair: Pair, after_us: int) -> int:
    """Give the next time after one at which a pair must be judged again though no edge was near."""
    valid, fence = held.fence.valid, held.fence
    bounds = [] if pair.told is not Level.OUT else [held.since_us]
    if valid is not None:
        bounds += [microseconds(bound) for bound in (valid.start, valid.end) if bound is not None]
    if fence.dwell_s is not None and pair.told is not Level.OUT and not pair.dwelt:
        bounds.append(pair.since_us + int(fence.dwell_s * 1e6))
    return min((bound for bound in bounds if bound > after_us), default=NEVER)


def is_watchful(held: Held, pair: Pair) -> bool:
    """Tell whether a pair must be judged at each fix: near, in doubt, or in at a height that may change."""
    fence = held.fence
    has_band = fence.floor is not None or fence.ceiling is not None
    return pair.near or pair.ground is Level.MAYBE or pair.told is Level.MAYBE or has_band


def judge(held: Held, pair: Pair | None, step: Step, settings: FenceSettings) -> Judged:
    """Judge a step against a measure."""
    shape = held.fence.shape
    if isinstance(shape, Path):
        return _judge_boundary(held, shape, pair, step, settings)
    return _judge_area(held, shape, pair or Pair(), step, settings)


def _judge_area(held: Held, area: Area, pair: Pair, step: Step, settings: FenceSettings) -> Judged:
    fence, now = held.fence, step.as_of_us
    lies = stand(fence, area, step.new, settings, was_in=pair.ground is not Level.OUT)
    counts = in_force(held, now)
    level = min(lies.ground, lies.height) if counts else Level.OUT
    findings: list[Finding] = []
    after = replace(pair, ground=lies.ground)
    if level > pair.told:
        after = _came_in(held, after, step, lies, level, was_ground=pair.ground, findings=findings)
    elif level < pair.told:
        after = _went_out(after, step, lies, level, counts=counts, settings=settings, findings=findings)
    elif level is Level.OUT:
        after = _stayed_out(held, area, after, step, lies, counts=counts, settings=settings, out=findings)
    if _has_dwelt(fence, after, now):
        certain = after.told is Level.IN and step.fresh
        findings.append(Finding(EventKind.DWELL, certain, lies.distance_m, since_us=after.since_us))
        after = replace(after, dwelt=True)
    kept = after.ground is not Level.OUT or after.told is not Level.OUT or after.near
    return (after if kept else None), findings


def _has_dwelt(fence: Fence, pair: Pair, us: int) -> bool:
    """Tell whether a stay has become long enough to be told, and was not told."""
    if fence.dwell_s is None or pair.told is Level.OUT or pair.dwelt:
        return False
    return us - pair.since_us >= fence.dwell_s * 1e6


def _came_in(
    held: Held, pair: Pair, step: Step, lies: Stand, level: Level, *, was_ground: Level,
    findings: list[Finding],
) -> Pair:  # fmt: skip
    """Give the finding that a track came in, or that it is more certain than before."""
    certain = level is Level.IN and step.fresh
    told = level if certain or level is Level.MAYBE else Level.MAYBE
    if told == pair.told:
        return pair
    if pair.told is Level.MAYBE and pair.entered:
        kind, why = EventKind.CAME_BACK, "it did not leave"
    elif pair.told is Level.MAYBE and pair.came is not None:
        kind, why = pair.came, ""
    elif step.old is None:
        kind, why = EventKind.ALREADY_INSIDE, "when it first came to be watched"
    elif was_ground is not Level.OUT and not in_force(held, step.old.us):
        kind, why = EventKind.ALREADY_INSIDE, "when the measure came to count"
    else:
        kind = EventKind.ENTRY
        why = "" if step.straight else "the way between the two fixes is not known"
    findings.append(Finding(kind, certain, lies.distance_m, words=why))
    since_us = step.as_of_us if pair.told is Level.OUT else pair.since_us
    came = kind if pair.told is Level.OUT else pair.came
    return replace(
        pair,
        told=told,
        entered=pair.entered or certain,
        came=came,
        since_us=since_us,
        near=False,
        warned=False,
    )


def _went_out(
    pair: Pair, step: Step, lies: Stand, level: Level, *, counts: bool, settings: FenceSettings,
    findings: list[Finding],
) -> Pair:  # fmt: skip
    """Give the finding that a track left, may have left, or that the measure's times ended."""
    if not counts:
        findings.append(Finding(EventKind.ENDED, True, lies.distance_m, words="the measure's times ended"))
        return replace(pair, told=Level.OUT, entered=False, dwelt=False)
    if level is Level.OUT:
        ground_sure = lies.ground is Level.OUT and step.new.accuracy_m is not None
        height_sure = lies.height is Level.OUT and step.new.height_accuracy_m is not None
        why = "above or below its heights" if lies.height is Level.OUT and lies.distance_m <= 0.0 else ""
        sure = (ground_sure or height_sure) and step.fresh
        findings.append(Finding(EventKind.EXIT, sure, lies.distance_m, words=why))
        return replace(pair, told=Level.OUT, entered=False, dwelt=False)
    if lies.distance_m > settings.hysteresis_m:
        findings.append(Finding(EventKind.EXIT, False, lies.distance_m))
        return replace(pair, told=Level.MAYBE)
    return pair


def _stayed_out(
    held: Held, area: Area, pair: Pair, step: Step, lies: Stand, *, counts: bool, settings: FenceSettings,
    out: list[Finding],
) -> Pair:  # fmt: skip
    """Look for a way through between two fixes, and for an approach."""
    fence, old = held.fence, step.old
    was_out = pair.ground is Level.OUT
    may_pass = old is not None and step.straight and was_out and (counts or in_force(held, old.us))
    if old is not None and may_pass and way_meets(fence, area, old, step.new, settings):
        why = "the straight way between the two fixes leads through"
        out.append(Finding(EventKind.PASSED, False, lies.distance_m, words=why))
    if fence.warn_m is None:
        return pair
    reach_m = fence.warn_m + (settings.hysteresis_m if pair.near else 0.0)
    if lies.distance_m > reach_m:
        return replace(pair, near=False, warned=False)
    pair = replace(pair, near=True)
    if old is None or pair.warned or not (step.straight and counts) or lies.height is Level.OUT:
        return pair
    seconds = time_to_entry_s(fence, area, old, step.new, settings)
    if seconds is None:
        return pair
    why = f"going on as it does it is in after {seconds:.0f} s"
    out.append(Finding(EventKind.APPROACH, False, lies.distance_m, time_to_entry_s=seconds, words=why))
    return replace(pair, warned=True)


def _side(bank: Bank | None) -> Side | None:
    return {Bank.LEFT: Side.LEFT, Bank.RIGHT: Side.RIGHT}.get(bank) if bank is not None else None


def _judge_boundary(held: Held, path: Path, pair: Pair | None, step: Step, settings: FenceSettings) -> Judged:
    """Judge a step against a boundary; a bank is certain only beyond the margin, and the reach ends it."""
    if not in_force(held, step.new.us):
        return pair, []
    fence = held.fence
    lies = bank_stand(fence, path, step.new, settings)
    before = pair.bank if pair is not None else _bank_before(fence, path, step, settings)
    onto, times = _crossed(path, step)
    after = pair or Pair(bank=before)
    here = _side(lies.bank)
    findings: list[Finding] = []
    if here is not None and before is not None and here is not before:
        after = _changed_bank(after, here, lies, step, onto, findings, settings)
    elif onto is not None and onto is not before and onto is not after.onto:
        findings.append(Finding(EventKind.CROSSING, False, _away(lies), onto))
        after = replace(after, onto=onto)
    elif here is not None and here is before:
        after = _stayed(after, here, lies, times, findings)
    elif here is not None:
        after = replace(after, bank=here)
    in_belt = lies.bank is Bank.UNDETERMINED or (
        after.switched and lies.bank is not None and lies.distance_m <= lies.margin_m + settings.hysteresis_m
    )
    return (after if in_belt else None), findings


def _bank_before(fence: Fence, path: Path, step: Step, settings: FenceSettings) -> Side | None:
    if step.old is None:
        return None
    old = step.old._replace(accuracy_m=step.new.accuracy_m)
    return _side(bank_stand(fence, path, old, settings).bank)


def _crossed(path: Path, step: Step) -> tuple[Side | None, int]:
    """Give the side onto which a step's way crossed, None if it came back or did not; and how often."""
    found = crossed(path, step.old, step.new) if step.old is not None and step.straight else None
    if found is None:
        return None, 0
    return (found.onto if found.times % 2 else None), found.times


def _changed_bank(
    pair: Pair, here: Side, lies: BankStand, step: Step, onto: Side | None, findings: list[Finding],
    settings: FenceSettings,
) -> Pair:  # fmt: skip
    """Judge a track that is now on the other bank: over the line, or round its end."""
    if pair.switched and lies.distance_m <= lies.margin_m + settings.hysteresis_m:
        return pair
    certain = step.new.accuracy_m is not None and step.straight
    if onto is here or pair.onto is here or not step.straight:
        why = "" if step.straight else "the way between the two fixes is not known"
        findings.append(Finding(EventKind.CROSSING, certain, _away(lies), here, words=why))
        return replace(pair, bank=here, onto=None, switched=True)
    return replace(pair, bank=here, onto=None)


def _stayed(pair: Pair, here: Side, lies: BankStand, times: int, findings: list[Finding]) -> Pair:
    """Judge a track that is on the bank where it was: it may have been over, or be back from the middle."""
    if pair.onto is not None and pair.onto is not here:
        findings.append(Finding(EventKind.CAME_BACK, True, _away(lies), here, words="it did not cross"))
        return replace(pair, onto=None)
    if times:
        why = f"the straight way between the two fixes crosses {times} times"
        findings.append(Finding(EventKind.PASSED, False, _away(lies), here, words=why))
    return pair


def _away(lies: BankStand) -> float | None:
    return None if lies.bank is None else lies.distance_m


def words_for(fence: Fence, finding: Finding, seen: Seen | None, settings: FenceSettings) -> str:
    """Say a finding aloud, with its grounds."""
    grade = "" if finding.certain else " (possible)"
    side = f" onto the {finding.onto} side" if finding.onto is not None else ""
    parts = [f"{fence.name}: {finding.kind}{grade}{side}"]
    if finding.away_m is not None and seen is not None:
        where = "from it" if isinstance(fence.shape, Path) else "inside" if finding.away_m <= 0 else "outside"
        parts.append(f"{metres_said(abs(finding.away_m))} {where}")
        known = seen.accuracy_m is not None
        off_m = margin_m(fence, seen, settings) - (fence.tolerance_m or 0.0)
        good = f"position good to {metres_said(off_m)}"
        parts.append(good if known else f"accuracy not known, taken as {metres_said(off_m)}")
        edge = "not stated" if fence.tolerance_m is None else metres_said(fence.tolerance_m)
        parts.append(f"tolerance {edge}")
    return "; ".join([*parts, finding.words] if finding.words else parts)
