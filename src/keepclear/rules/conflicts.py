"""Conflicts of a plan with what has reached one party: notices, measures, declared presences, boundaries.

A rule that runs for a party reads that party's picture alone. Every finding carries its grounds: which
texts, where, at which heights, when, whose stances apply, and the smallest shift that would leave no known
conflict. "No known conflict" is all that can be said; it is never a permission.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from msgspec import Struct

from keepclear.errors import Malformed
from keepclear.geo.boundaries import Bank, Boundary, OutOfReach, bank_of
from keepclear.geo.covers import BoxIndex, boxes
from keepclear.geo.geojson import from_geojson
from keepclear.geo.outlines import clipped_outline, disc_around
from keepclear.geo.shapes import Area, Corridor, Path, metres_said
from keepclear.geo.volumes import Shift, Volume, meet
from keepclear.model.beside import NOT_HELD
from keepclear.model.commitments import CommitmentStated
from keepclear.model.measures import MeasureStated
from keepclear.model.notices import NoticeStated, PresenceStated, Seen
from keepclear.model.notifications import MovementStated
from keepclear.model.statements import Entry
from keepclear.model.words import PartyId, StatementId
from keepclear.rules.plans import Part, Plan
from keepclear.times import Window, span_words
from keepclear.views.attribution import Named, Said, named, party_name, said
from keepclear.views.desk import banner, cap_of
from keepclear.views.measures import StanceView, stances, standing
from keepclear.views.picture import Picture
from keepclear.views.wording import effect_words, heights_words, instant_words, window_words

NO_KNOWN_CONFLICT = "no known conflict"
CONFLICTS = "conflicts"
NOT_ALL_CHECKED = "not all could be checked"
"""No conflict was found, yet a measure known here could not be held against the plan and may meet it."""
DEFAULT_REACH_M = 100_000.0


class Against(Struct, frozen=True):
    """One volume that is known here, and the text that states it."""

    entry: Entry
    what: str
    volume: Volume


class ConflictView(Struct, frozen=True):
    """A part of the plan and a known thing that meet.

    `what` is "notice", "measure", "presence", "boundary" or "bank". `shifts` are, per kind, the smallest
    change of the plan that leaves no overlap with this one thing. `undetermined` says why a meeting in
    height is assumed. `unbounded` names bounds without a limit (a: the plan, b: the known thing).
    """

    part: str
    what: str
    matter: Named
    statement: StatementId
    owner: PartyId
    owner_name: str
    words: str
    wording: str
    standing: str
    stances: tuple[StanceView, ...]
    area_km2: float | None
    outline: dict[str, Any] | None
    distance_m: float
    window: str
    heights: str
    undetermined: str
    unbounded: tuple[str, ...]
    shifts: tuple[Shift, ...]
    grounds: tuple[Said, ...]


class CheckedParty(Struct, frozen=True):
    """How much of one author's stood behind the check, and how old its newest is."""

    party: PartyId
    name: str
    objects: int
    newest: datetime
    age_s: float


class CheckedAgainst(Struct, frozen=True):
    """What a plan was checked against; what others have not told is in nobody's picture.

    `not_checked` names the measures whose shape is not held here, so that nothing can be said of them.
    """

    objects: int
    parties: tuple[CheckedParty, ...]
    words: str
    not_checked: tuple[str, ...]


class CheckAnswer(Struct, frozen=True):
    """The answer to a check: conflicts with their grounds, or no known conflict, and what stood behind it.

    Where a measure known here could not be held against the plan, `all_checked` is false, and the answer is
    never *no known conflict*: it is *conflicts*, or *not all could be checked*.
    """

    answer: str
    all_checked: bool
    findings: tuple[ConflictView, ...]
    checked_against: CheckedAgainst
    closing: str
    banner: str


def check(picture: Picture, plan: Plan, now: datetime) -> CheckAnswer:
    """Check a plan against what has reached a party; submits nothing and tells nobody."""
    known = list(known_volumes(picture))
    found = tuple(find_conflicts(picture, plan, known))
    behind = _behind(picture, known, now)
    answer = NOT_ALL_CHECKED if behind.not_checked else NO_KNOWN_CONFLICT
    return CheckAnswer(
        CONFLICTS if found else answer,
        not behind.not_checked,
        found,
        behind,
        f"{past_words(plan, now)}{behind.words} This is no permission and no guarantee.",
        banner(cap_of(picture)),
    )


def past_words(plan: Plan, now: datetime) -> str:
    """Remark that a plan's windows lie wholly in the past, or which of its parts do; "" where none does."""
    over = [(part.name, part.volume.window.end) for part in plan.parts]
    past = [(name, end) for name, end in over if end is not None and end <= now]
    if not past:
        return ""
    if len(plan.parts) == 1:
        what = f"This window lies in the past: it ended {instant_words(past[0][1])}"
    else:
        ended = "; ".join(f"{name} ended {instant_words(end)}" for name, end in past)
        what = f"Windows of this plan lie in the past: {ended}"
    return f"{what}; by this node it is {instant_words(now)}. "


def find_conflicts(picture: Picture, plan: Plan, known: list[Against] | None = None) -> list[ConflictView]:
    """Find every known volume that a plan meets, the parts in their order, then by the owner's telling."""
    against = list(known_volumes(picture)) if known is None else known
    # First stage: boxes, never too small. Second stage: geodesic, on the few that are left.
    index = BoxIndex([other.volume.area for other in against])
    found = []
    for part in plan.parts:
        for number in index.candidates(boxes(part.volume.area)):
            conflict = _conflict(picture, part, against[number])
            if conflict is not None:
                found.append(conflict)
        found.extend(_other_banks(picture, part))
    return found


def known_volumes(picture: Picture) -> Iterator[Against]:
    """Go through what has reached a party and takes up room: notices, measures and declared presences.

    What was only seen or reported of forces is not looked through: a plan is kept clear of what its owners
    say is there, and is no means to search for others.
    """
    for subject, _, _ in picture.each(NoticeStated):
        for entry in picture.counting(subject):
            body = entry.statement.body
            for volume in body.volumes if isinstance(body, NoticeStated) else ():
                yield Against(entry, "notice", volume)
    for subject, _, _ in picture.each(MeasureStated):
        for entry in picture.counting(subject):
            yield from _measure_volumes(picture, entry)
    for subject, _, _ in picture.each(PresenceStated):
        for entry in picture.counting(subject):
            yield from _presence_volume(entry)
    yield from _temporary_sites(picture)


def _temporary_sites(picture: Picture) -> Iterator[Against]:
    """Go through the halts of movements: each is a protected site in its window alone (FAIL-13)."""
    for subject, _, _ in picture.each(MovementStated):
        for entry in picture.counting(subject):
            body = entry.statement.body
            for halt in body.halts if isinstance(body, MovementStated) else ():
                yield Against(entry, "temporary site", Volume(halt.area, window=halt.window))


def _presence_volume(entry: Entry) -> Iterator[Against]:
    body = entry.statement.body
    if not isinstance(body, PresenceStated) or body.seen is not Seen.DECLARED:
        return
    if body.place.area is not None and not body.place.withheld:
        window = entry.statement.valid or Window()
        yield Against(entry, "presence", Volume(body.place.area, window=window))


def _measure_volumes(picture: Picture, entry: Entry) -> Iterator[Against]:
    stated = entry.statement.body
    body = picture.whole(stated) if isinstance(stated, MeasureStated) else None
    if body is None or body.shape is None:
        return
    window = entry.statement.valid or Window()
    if isinstance(body.shape, Path):
        if body.tolerance_m:
            belt = Corridor(body.shape.points, body.tolerance_m)
            yield Against(entry, "boundary", Volume(belt, body.floor, body.ceiling, window))
        return
    for area in _kept_areas(body, body.shape):
        yield Against(entry, "measure", Volume(area, body.floor, body.ceiling, window))


def _kept_areas(body: MeasureStated, area: Area) -> list[Area]:
    """Give what the clips leave of an area: several parts or none; covers, so never too small."""
    if not body.clips:
        return [area]
    left = clipped_outline(area, body.clips)
    parts = left["coordinates"] if left["type"] == "MultiPolygon" else [left["coordinates"]]
    try:
        kept = [from_geojson({"type": "Polygon", "coordinates": part}) for part in _listed(parts)]
    except Malformed:
        return [area]  # a sliver that is no polygon: the whole area is a cover too
    return [part for part in kept if not isinstance(part, Path)]


def _listed(parts: object) -> list[object]:
    return parts if isinstance(parts, list) else []


def boundary_of(body: MeasureStated, path: Path) -> Boundary:
    """Give a stated boundary as one whose sides can be told; a reach that was not stated is 100 km.

    Raises:
        Malformed: it meets itself, or its reach lies within its tolerance.
    """
    tolerance_m = body.tolerance_m or 0.0
    return Boundary(path, tolerance_m, body.reach_m or max(DEFAULT_REACH_M, 2.0 * tolerance_m))


def _conflict(picture: Picture, part: Part, other: Against) -> ConflictView | None:
    overlap = meet(part.volume, other.volume)
    if overlap is None:
        return None
    statement = other.entry.statement
    body = statement.body
    matter = named(picture, statement.subject)
    owner = statement.author.party
    window = window_words(overlap.window)
    heights = heights_words(overlap.heights.floor, overlap.heights.ceiling)
    owner_name = party_name(picture, owner)
    ground = f"{overlap.area_km2:.1f} km² shared" if overlap.area_km2 >= 0.05 else "they touch"
    thing = body.measure.value if isinstance(body, MeasureStated) else other.what
    words = f'{part.name} meets the {thing} "{matter.name}" of {owner_name}: {ground}, {heights}, {window}.'
    is_measure = isinstance(body, MeasureStated)
    return ConflictView(
        part=part.name,
        what=other.what,
        matter=matter,
        statement=statement.id,
        owner=owner,
        owner_name=owner_name,
        words=words,
        wording=effect_words(body) if isinstance(body, MeasureStated) else "",
        standing=standing(picture, other.entry) if is_measure else "",
        stances=stances(picture, statement.subject) if is_measure else (),
        area_km2=overlap.area_km2,
        outline=overlap.outline,
        distance_m=overlap.distance_m,
        window=window,
        heights=heights,
        undetermined=overlap.undetermined,
        unbounded=overlap.unbounded,
        shifts=overlap.smallest_shift,
        grounds=(said(picture, other.entry),),
    )


def _other_banks(picture: Picture, part: Part) -> Iterator[ConflictView]:
    """Find boundaries on whose other bank the plan lies, as agreed or declared for the caller's party."""
    texts = (text for subject, _, _ in picture.each(MeasureStated) for text in picture.counting(subject))
    for text in texts:
        stated = text.statement.body
        body = picture.whole(stated) if isinstance(stated, MeasureStated) else None
        if body is None or not isinstance(body.shape, Path) or body.banks is None:
            continue
        own = [
            bank
            for bank, who in ((Bank.LEFT, body.banks.left), (Bank.RIGHT, body.banks.right))
            if picture.party in who
        ]
        window = part.volume.window.meet(text.statement.valid or Window())
        if len(own) != 1 or window is None or body.tolerance_m is None:
            continue
        disc = disc_around(part.volume.area)
        try:
            answer = bank_of(boundary_of(body, body.shape), disc.center, disc.radius_m)
        except OutOfReach:
            continue  # a side has no meaning there
        if answer.bank in (Bank.UNDETERMINED, own[0]):
            continue
        side = body.banks.left_name if answer.bank == Bank.LEFT else body.banks.right_name
        yield _bank_conflict(picture, part, text, side, answer.distance_m)


def _bank_conflict(picture: Picture, part: Part, entry: Entry, side: str, distance_m: float) -> ConflictView:
    statement = entry.statement
    where = _on_bank(side)
    matter = named(picture, statement.subject)
    owner_name = party_name(picture, statement.author.party)
    return ConflictView(
        part=part.name,
        what="bank",
        matter=matter,
        statement=statement.id,
        owner=statement.author.party,
        owner_name=owner_name,
        words=(
            f"{part.name} lies {where}, where other forces keep: "
            f'{metres_said(distance_m)} from "{matter.name}" of {owner_name}.'
        ),
        wording="",
        standing=standing(picture, entry),
        stances=stances(picture, statement.subject),
        area_km2=None,
        outline=None,
        distance_m=distance_m,
        window=window_words(part.volume.window),
        heights=heights_words(part.volume.floor, part.volume.ceiling),
        undetermined="",
        unbounded=(),
        shifts=(),
        grounds=(said(picture, entry),),
    )


def _on_bank(side: str) -> str:
    """Say on which side, as the author named it: on the east bank, east of the river, on the side "Alpha"."""
    plain = re.sub(r"^(on )?the ", "", side, flags=re.IGNORECASE)
    if re.search(r"\b(bank|side|shore)\b", plain, re.IGNORECASE):
        return f"on the {plain}"
    if re.match(r"(in|on|at|along|beyond) |.* of ", plain, re.IGNORECASE):
        return plain
    return f'on the side called "{side}"'


def _behind(picture: Picture, known: list[Against], now: datetime) -> CheckedAgainst:
    newest: dict[PartyId, datetime] = {}
    counts: dict[PartyId, int] = {}
    for other in known:
        party = other.entry.statement.author.party
        counts[party] = counts.get(party, 0) + 1
    for entry in picture.entries():
        party = entry.statement.author.party
        if isinstance(entry.statement.body, CommitmentStated):
            continue  # stated by the clock: a party that has fallen silent must not look fresh
        newest[party] = max(entry.received_at, newest.get(party, entry.received_at))
    rows = tuple(
        CheckedParty(
            party, party_name(picture, party), counts.get(party, 0), at, max(0.0, (now - at).total_seconds())
        )
        for party, at in sorted(newest.items())
        if party != picture.party
    )
    ages = "; ".join(f"newest from {row.name} {span_words(row.age_s)} old" for row in rows)
    counted = f"{len(known)} {'object' if len(known) == 1 else 'objects'}"
    words = (
        f"Checked against {counted}; {ages or 'nothing from other parties has arrived'}. "
        "What others have not told this party is not checked. Of presences only declared ones are: "
        "forces that were only seen or reported are not looked through."
    )
    missing = tuple(_not_held(picture))
    if missing:
        words += (
            f" NOT CHECKED, {NOT_HELD}: {', '.join(missing)}. "
            "The plan may meet what could not be looked at: ask who stated it before you rely on this."
        )
    return CheckedAgainst(len(known), rows, words, missing)


def _not_held(picture: Picture) -> Iterator[str]:
    """Name the measures whose shape was erased, or never came: a plan cannot be held against them."""
    for subject, _, _ in picture.each(MeasureStated):
        for entry in picture.counting(subject):
            body = entry.statement.body
            if isinstance(body, MeasureStated) and picture.whole(body).shape_beside is not None:
                yield f'"{body.name}" of {party_name(picture, entry.statement.author.party)}'
