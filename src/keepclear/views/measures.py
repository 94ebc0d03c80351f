"""Measures with every party's stance side by side; nothing here is recognised or in force for everybody."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from msgspec import Struct

from keepclear.geo.shapes import Circle, Ring
from keepclear.model.beside import NOT_HELD
from keepclear.model.measures import Banks, MeasureStated, OverlayOffered, StanceTaken
from keepclear.model.statements import Entry
from keepclear.model.words import PartyId, StatementId, SubjectId
from keepclear.views.attribution import (
    NOT_TOLD,
    Named,
    Said,
    Shown,
    as_it_came,
    is_archive,
    name_of,
    named,
    names,
    party_name,
    said,
    when,
)
from keepclear.views.picture import Agreement, Picture, speaks_for_itself
from keepclear.views.ties import condition, linked, remarks
from keepclear.views.told import Ladder, Outbox, ladder, ladders
from keepclear.views.validity import Validity, validity
from keepclear.views.wording import (
    belt,
    effect_words,
    heights_words,
    place_outline,
    place_words,
    shape_outline,
)

# Whose word it is of a party: the party, the author, and the speaker whom the author reports.
_Voice = tuple[str, str, str, str]
_CONDITIONS = {
    "suspended": "suspended",
    "paused": "suspended",
    "hold": "suspended",
    "withdrawn": "withdrawn",
    "lapsed": "withdrawn",
}


class StanceView(Struct, frozen=True):
    """One stance on one text of a measure: whose, on whose word, when; later ones stand beside it.

    `on_this_text` is false where it was taken on an older text. `latest` marks the party's latest by its
    date (never later than its arrival), separately for its own word and for each speaker who reports of it.
    """

    party: PartyId
    party_name: str
    stance: str
    words: str
    own: bool
    when: Shown | None
    on_this_text: bool
    latest: bool
    said: Said


class PostView(Struct, frozen=True):
    """An observation post of a monitor."""

    name: str
    monitor: PartyId
    monitor_name: str
    place: str
    outline: dict[str, Any] | None


class SegmentView(Struct, frozen=True):
    """A segment of a boundary with a standing of its own."""

    subject: SubjectId
    name: str
    standing: str
    validity: Validity


class TextView(Struct, frozen=True):
    """One text of a measure in its history: the n-th that reached this party."""

    ordinal: int
    statement: str
    stated_at: datetime
    form: str
    standing: str


class MeasureView(Struct, frozen=True):
    """A measure as its owner states it, and what each party says of it.

    `standing` is "declared" (one side's word), "operative" (all named parties agreed to this text),
    "proposed" (some have not), "suspended", or "withdrawn"; an older text may also be "superseded". `wording`
    reads aloud: what is asked there, e.g. "stand-off requested: call first". `outline` is GeoJSON for drawing
    only; `belt` is the tolerance belt of a boundary. `texts` are all texts that reached this party.
    `validity` tells whether the times that the text states for itself run, as of the time of the view.
    """

    subject: SubjectId
    statement: str
    name: str
    measure: str
    effect: str
    wording: str
    basis: str
    standing: str
    validity: Validity
    parties: tuple[PartyId, ...]
    domain: str
    heights: str
    place: str
    outline: dict[str, Any] | None
    belt: dict[str, Any] | None
    radius_m: float | None
    tolerance_m: float | None
    reach_m: float | None
    left_bank: str
    right_bank: str
    left_parties: tuple[PartyId, ...]
    right_parties: tuple[PartyId, ...]
    part_of: Named | None
    segments: tuple[SegmentView, ...]
    guarantors: tuple[str, ...]
    monitors: tuple[str, ...]
    posts: tuple[PostView, ...]
    step_back_m: float | None
    checked_by: str
    term: str
    purpose: str
    drawn_from: str
    stances: tuple[StanceView, ...]
    no_stance: tuple[str, ...]
    texts: tuple[TextView, ...]
    linked: tuple[Named, ...]
    remarks: tuple[Said, ...]
    not_owner: tuple[Said, ...]
    said: Said


class OverlayItemView(Struct, frozen=True):
    """One text inside a map exchange."""

    statement: str
    name: str
    standing: str
    validity: Validity


class OverlayView(Struct, frozen=True):
    """A map exchange: what was offered, and what was left out.

    `ladders` has one ladder per reader for own ones; for received ones the reader's own rungs.
    """

    subject: SubjectId
    statement: str
    name: str
    items: tuple[OverlayItemView, ...]
    left_out: tuple[str, ...]
    medium: str
    ladders: tuple[Ladder, ...]
    said: Said


def measures(picture: Picture, now: datetime) -> list[MeasureView]:
    """List the measures that this party has been told of, with all stances that reached it.

    A measure that must be agreed shows the text that all agreed to, as long as there is one; later texts
    stand in `texts` as proposed. One that its owner took back stays in the list as withdrawn, not drawn.
    """
    rows = []
    for subject, latest, _ in picture.each(MeasureStated):
        binding = picture.operative(subject)
        shown = latest.entry if binding is None else binding.entry
        rows.append(_measure(picture, shown, now, withdrawn=False))
    rows.extend(
        _measure(picture, entry, now, withdrawn=True) for _, entry, _ in picture.withdrawn(MeasureStated)
    )
    return sorted(rows, key=lambda row: (row.said.stated_at, row.statement))


def _measure(picture: Picture, entry: Entry, now: datetime, *, withdrawn: bool) -> MeasureView:
    statement = entry.statement
    body = picture.whole(_body(entry))
    subject = statement.subject
    banks = body.banks or Banks("", "")
    stands = standing(picture, entry)
    found = _stances(picture, subject, statement.id)
    return MeasureView(
        subject=subject,
        statement=statement.id,
        name=body.name,
        measure=body.measure.value,
        effect=body.effect.value,
        wording=effect_words(body),
        basis=body.basis.value,
        standing=stands,
        validity=validity(statement, stands, now),
        parties=body.parties,
        domain="" if body.domain is None else body.domain.value,
        heights=heights_words(body.floor, body.ceiling),
        place=_place(body),
        outline=None if withdrawn else _outline(body),
        belt=None if withdrawn else belt(body),
        radius_m=_radius_m(body),
        tolerance_m=body.tolerance_m,
        reach_m=body.reach_m,
        left_bank=banks.left_name,
        right_bank=banks.right_name,
        left_parties=banks.left,
        right_parties=banks.right,
        part_of=None if body.part_of is None else named(picture, body.part_of),
        segments=_segments(picture, subject, now),
        guarantors=names(picture, body.guarantors),
        monitors=names(picture, body.monitors),
        posts=_posts(picture, body),
        step_back_m=body.step_back_m,
        checked_by=body.checked_by,
        term=body.term,
        purpose=body.purpose,
        drawn_from=body.drawn_from,
        stances=found,
        no_stance=_no_stance(picture, statement.author.party, found),
        texts=_texts(picture, subject),
        linked=linked(picture, subject),
        remarks=remarks(picture, subject),
        not_owner=tuple(said(picture, other) for other in picture.not_owners(subject)),
        said=said(picture, entry),
    )


def _body(entry: Entry) -> MeasureStated:
    body = entry.statement.body
    if not isinstance(body, MeasureStated):
        raise TypeError(f"{entry.statement.id} is no measure")
    return body


def _place(body: MeasureStated) -> str:
    words = place_words(body.place)
    return words if body.shape_beside is None else "; ".join(filter(None, (words, NOT_HELD)))


def _outline(body: MeasureStated) -> dict[str, Any] | None:
    drawn = shape_outline(body.shape, body)
    return place_outline(body.place) if drawn is None else drawn


def _radius_m(body: MeasureStated) -> float | None:
    match body.shape:
        case Circle(_, radius_m) | Ring(_, _, radius_m):
            return radius_m
        case _:
            return None


def standing(picture: Picture, entry: Entry) -> str:
    """Say how one text of a measure stands: whose word it is, and whether all whom it names agreed to it."""
    if not picture.stands(entry):
        return "withdrawn"
    stated = _CONDITIONS.get(condition(picture, entry))
    if stated is not None:
        return stated
    if not picture.needs(entry):
        return "declared" if picture.is_current(entry) else "superseded"
    match picture.agreement(entry):
        case Agreement.OPEN:
            return "proposed"
        case Agreement.TAKEN_BACK:
            return "suspended"
        case Agreement.REACHED:
            binding = picture.operative(entry.statement.subject)
            is_binding = binding is not None and binding.statement.id == entry.statement.id
            return "operative" if is_binding else "superseded"


def _texts(picture: Picture, subject: SubjectId) -> tuple[TextView, ...]:
    return tuple(
        TextView(
            ordinal,
            entry.statement.id,
            entry.statement.stated_at,
            entry.statement.form.value,
            standing(picture, entry),
        )
        for ordinal, entry in enumerate(picture.texts(subject), 1)
        if isinstance(entry.statement.body, MeasureStated)
    )


def _segments(picture: Picture, subject: SubjectId, now: datetime) -> tuple[SegmentView, ...]:
    """Give the segments of a boundary, each with its own standing; they change one by one."""
    parts = {entry.statement.subject for entry, _ in picture.about(subject, MeasureStated)}
    rows = []
    for part in sorted(parts):
        text = picture.operative(part) or picture.latest(part)
        body = None if text is None else text.statement.body
        if text is not None and isinstance(body, MeasureStated) and body.part_of == subject:
            stands = standing(picture, text.entry)
            rows.append(SegmentView(part, body.name, stands, validity(text.statement, stands, now)))
    return tuple(sorted(rows, key=lambda row: (row.name, row.subject)))


def _posts(picture: Picture, body: MeasureStated) -> tuple[PostView, ...]:
    return tuple(
        PostView(
            post.name,
            post.monitor,
            party_name(picture, post.monitor),
            place_words(post.place),
            place_outline(post.place),
        )
        for post in body.posts
    )


def stances(picture: Picture, subject: SubjectId) -> tuple[StanceView, ...]:
    """Give every stance on a measure that reached this party, oldest first; none replaces another."""
    binding = picture.operative(subject) or picture.latest(subject)
    return _stances(picture, subject, "" if binding is None else binding.statement.id)


def _stances(picture: Picture, subject: SubjectId, text: str) -> tuple[StanceView, ...]:
    told = sorted(picture.about(subject, StanceTaken), key=lambda item: as_it_came(item[0], item[1].as_of))
    last: dict[_Voice, str] = {}
    for entry, body in told:
        if picture.stands(entry):
            last[_voice(entry, body)] = entry.statement.id
    latest = set(last.values())
    return tuple(
        StanceView(
            party=body.party,
            party_name=party_name(picture, body.party),
            stance=body.stance.value,
            words=body.words,
            own=_is_own(entry, body),
            when=when(entry, body.as_of),
            on_this_text=body.on == text,
            latest=entry.statement.id in latest,
            said=said(picture, entry),
        )
        for entry, body in told
    )


def _is_own(entry: Entry, body: StanceTaken) -> bool:
    return entry.statement.author.party == body.party and speaks_for_itself(entry.statement)


def _voice(entry: Entry, body: StanceTaken) -> _Voice:
    """Tell apart a party's own word and what each other speaker reports of it."""
    if _is_own(entry, body):
        return (body.party, body.party, "", "")
    statement = entry.statement
    speaker = statement.said_by
    if speaker is None:
        return (body.party, statement.author.party, "", "")
    return (body.party, statement.author.party, speaker.party or "", speaker.name)


def _no_stance(picture: Picture, owner: PartyId, found: tuple[StanceView, ...]) -> tuple[str, ...]:
    """Name the parties of whom no stance is known; the owner speaks by stating, an archive takes none."""
    spoken = {row.party for row in found} | {owner}
    silent = [
        party_name(picture, party)
        for party in picture.known_parties() - spoken
        if not is_archive(picture, party)
    ]
    return tuple(sorted(silent))


def overlays(picture: Picture, box: Outbox, now: datetime) -> list[OverlayView]:
    """List map exchanges, oldest first; own ones with a receipt ladder for each reader they were told to.

    A received one has this party's own receipts: so nobody gives a second one for want of seeing the first.
    """
    return [
        OverlayView(
            subject=subject,
            statement=text.statement.id,
            name=body.name,
            items=tuple(_item(picture, item, now) for item in body.items),
            left_out=body.left_out,
            medium=body.medium,
            ladders=ladders(picture, box, text.entry)
            if text.statement.author.party == box.author
            else (ladder(picture, text.entry, picture.party),),
            said=said(picture, text.entry),
        )
        for subject, text, body in picture.each(OverlayOffered)
    ]


def _item(picture: Picture, identity: StatementId, now: datetime) -> OverlayItemView:
    entry = picture.entry(identity)
    if entry is None:
        return OverlayItemView(identity, NOT_TOLD, "", Validity())
    is_measure = isinstance(entry.statement.body, MeasureStated)
    stands = standing(picture, entry) if is_measure else ""
    held = validity(entry.statement, stands, now) if is_measure else Validity()
    return OverlayItemView(identity, name_of(picture, entry.statement), stands, held)
