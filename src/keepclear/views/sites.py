"""Protected sites for the one who must know them: listed ones, and halts while their window lasts.

A halt is a site that exists only in its window: before and after, it is not here (FAIL-13). And what may be
said to everybody, which is never a place, a name, or who told it (PRA-30).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from msgspec import Struct

from keepclear.geo.shapes import Path
from keepclear.model.beside import NOT_HELD
from keepclear.model.hotline import How, Rung
from keepclear.model.measures import MeasureKind, MeasureStated
from keepclear.model.notifications import MovementStated
from keepclear.model.statements import Entry
from keepclear.model.words import PartyId, StatementId, SubjectId
from keepclear.views.attribution import Said, party_name, said
from keepclear.views.movements import condition_of
from keepclear.views.movements import standing as movement_standing
from keepclear.views.picture import Picture
from keepclear.views.submissions import consent_form, consented, restates
from keepclear.views.told import Ladder, Outbox, Step, ladder
from keepclear.views.wording import area_words, count_words, place_words, window_words

ACKNOWLEDGE_WITHIN: Final = timedelta(hours=24)
"""The time to acknowledge a static list (domain.md §8), a proposal to be tried with users."""

_TAKEN = (Rung.ACKNOWLEDGED.value, Rung.READ_BACK.value, Rung.RELAYED.value, Rung.BRIEFED.value)


class SiteReader(Struct, frozen=True):
    """How far a site got with one reader: a row for each, never one mark for all.

    `acknowledged_at` and `relayed_at` are by the reader's own word. `late` tells that the acknowledgement
    came after its time, or that it is past and there is none. `consents` is false where the agency has taken
    its consent back, and the reader holds it all the same.
    """

    reader: PartyId
    reader_name: str
    form: str
    told_at: datetime
    older: bool
    reached: str
    acknowledge_due: datetime
    acknowledged_at: datetime | None
    late: bool
    relayed_at: datetime | None
    relayed_cell: str
    consents: bool


class SiteView(Struct, frozen=True):
    """A protected site that is in force now; `temporary` for a halt, with the movement that it belongs to."""

    subject: SubjectId
    statement: StatementId
    name: str
    place: str
    temporary: bool
    window: str
    movement: str
    readers: tuple[SiteReader, ...]
    withheld: tuple[str, ...]
    said: Said


class PublicNotification(Struct, frozen=True):
    """What may be said to everybody of one notification: what it is, its day, how much; no place, no name."""

    what: str
    day: str
    amount: tuple[str, ...]
    condition: str


def sites(picture: Picture, box: Outbox, now: datetime) -> list[SiteView]:
    """List the protected sites that are in force, the lasting ones first."""
    return [*_lasting(picture, box, now), *_temporary(picture, now)]


def _lasting(picture: Picture, box: Outbox, now: datetime) -> Iterator[SiteView]:
    for subject, text, body in picture.each(MeasureStated):
        valid = text.statement.valid
        if body.measure != MeasureKind.PROTECTED_SITE or (valid is not None and not valid.holds(now)):
            continue
        place = _place(picture.whole(body))
        rows = site_readers(picture, box, text.entry, now)
        yield SiteView(
            subject=subject,
            statement=text.statement.id,
            name=body.name,
            place=place,
            temporary=False,
            window="" if valid is None else window_words(valid),
            movement="",
            readers=rows,
            withheld=_withheld(picture, subject, {row.reader for row in rows}),
            said=said(picture, text.entry),
        )


def _place(body: MeasureStated) -> str:
    if body.shape is None or isinstance(body.shape, Path):
        return place_words(body.place) or ("" if body.shape_beside is None else NOT_HELD)
    return area_words(body.shape)


def _temporary(picture: Picture, now: datetime) -> Iterator[SiteView]:
    for subject, text, body in picture.each(MovementStated):
        for halt in body.halts:
            if halt.window.holds(now):
                yield SiteView(
                    subject=subject,
                    statement=text.statement.id,
                    name=halt.name,
                    place=area_words(halt.area),
                    temporary=True,
                    window=window_words(halt.window),
                    movement=body.name,
                    readers=(),
                    withheld=(),
                    said=said(picture, text.entry),
                )


def site_readers(picture: Picture, box: Outbox, entry: Entry, now: datetime) -> tuple[SiteReader, ...]:
    """Give how far the current text of an own site got, reader by reader; nothing for another's."""
    owner, subject = entry.statement.author.party, entry.statement.subject
    if owner != picture.party:
        return ()
    submission = restates(picture, subject)
    rows = []
    for reader, last in sorted(box.holders(subject).items()):
        if reader == owner:
            continue
        told = box.entry(reader, entry.statement.id) or box.entry(reader, last)
        if told is None:
            continue
        older = told.statement.id not in {form.statement.id for form in picture.forms(subject)}
        climbed = ladder(picture, told, reader, picture.at)
        agreed = submission is None or may_have(picture, submission, reader)
        rows.append(_row(picture, told, climbed, now, older=older, consents=agreed))
    return tuple(rows)


def may_have(picture: Picture, submission: SubjectId, reader: PartyId) -> bool:
    """Tell whether the agency is that reader, or consents that it has it in some form."""
    submitter = submission.partition(".")[0]
    return reader == submitter or consent_form(picture, submission, reader) is not None


def _row(
    picture: Picture, told: Entry, climbed: Ladder, now: datetime, *, older: bool, consents: bool
) -> SiteReader:
    own = [step for step in climbed.steps if step.how == How.OWN]
    due = told.recorded_at + ACKNOWLEDGE_WITHIN
    taken = _first(own, _TAKEN)
    relayed = _first(own, (Rung.RELAYED.value, Rung.BRIEFED.value))
    return SiteReader(
        reader=climbed.reader,
        reader_name=party_name(picture, climbed.reader),
        form=told.statement.form.value,
        told_at=told.recorded_at,
        older=older,
        reached=climbed.reached,
        acknowledge_due=due,
        acknowledged_at=None if taken is None else taken.at,
        late=(now if taken is None else taken.at) > due,
        relayed_at=None if relayed is None else relayed.at,
        relayed_cell="" if relayed is None else relayed.cell,
        consents=consents,
    )


def _first(own: list[Step], rungs: tuple[str, ...]) -> Step | None:
    return min((step for step in own if step.rung in rungs), key=lambda step: step.at, default=None)


def _withheld(picture: Picture, subject: SubjectId, holders: set[PartyId]) -> tuple[str, ...]:
    """Name the parties of which the agency has spoken and that hold nothing of it."""
    submission = restates(picture, subject)
    spoken = set() if submission is None else set(consented(picture, submission))
    return tuple(party_name(picture, party) for party in sorted(spoken - holders))


def public_notifications(picture: Picture, now: datetime) -> list[PublicNotification]:
    """List what may be said to everybody of own sites and movements: no place, no name, no source."""
    rows = []
    for _, text, body in picture.each(MeasureStated):
        if body.measure == MeasureKind.PROTECTED_SITE and text.statement.author.party == picture.party:
            rows.append(PublicNotification("static site", _day(text.entry), (), "listed"))
    for subject, text, moving in picture.each(MovementStated):
        found = movement_standing(picture, subject)
        if found is None or text.statement.author.party != picture.party:
            continue
        amount = tuple(count_words(count) for count in moving.composition)
        condition = condition_of(picture, found, now)[0].value
        rows.append(PublicNotification("movement", _day(text.entry), amount, condition.casefold()))
    return rows


def _day(entry: Entry) -> str:
    valid = entry.statement.valid
    at = entry.statement.stated_at if valid is None or valid.start is None else valid.start
    return at.date().isoformat()
