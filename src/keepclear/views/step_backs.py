"""Mutual step-backs: whose forces, how far, by when, who has agreed to that very text, and the check."""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct

from keepclear.model.measures import MeasureStated, Stance, StanceTaken
from keepclear.model.statements import Entry, digest_of
from keepclear.model.step_backs import StepBack, StepBackChecked
from keepclear.model.words import PartyId, StatementId, SubjectId
from keepclear.views.attribution import Said, is_latest, names, party_name, said
from keepclear.views.measures import standing
from keepclear.views.picture import Picture, speaks_for_itself
from keepclear.views.wording import place_words

OPERATIVE = "operative"


class StepBackCheckView(Struct, frozen=True):
    """What one check found, as its speaker says; `how` is "own word" or "reported by" its author."""

    statement: str
    found: str
    done: datetime
    by_role: str
    words: str
    how: str
    speaker_party: str
    said: Said


class StepBackView(Struct, frozen=True):
    """A step-back; `standing` is "operative" only where every party has agreed to `text_hash`.

    `check` is "not yet due", "overdue", "made", or "" while the step-back binds nobody.
    """

    subject: SubjectId
    statement: StatementId
    text_hash: str
    name: str
    standing: str
    parties: tuple[str, ...]
    agreed: tuple[str, ...]
    not_agreed: tuple[str, ...]
    place: str
    distance_m: float
    by: datetime
    check_at: datetime
    check_by: str
    check_role: str
    check: str
    checks: tuple[StepBackCheckView, ...]
    said: Said


def step_backs(picture: Picture, now: datetime) -> list[StepBackView]:
    """List the step-backs with terms that have reached this desk, the earliest check first."""
    rows = []
    for subject, latest, _ in picture.each(MeasureStated):
        binding = picture.operative(subject)
        entry = latest.entry if binding is None else binding.entry
        body = entry.statement.body
        if isinstance(body, MeasureStated) and body.step_back is not None:
            rows.append(_view(picture, entry, body, body.step_back, now))
    return sorted(rows, key=lambda row: (row.check_at, row.subject))


def in_force(picture: Picture, entry: Entry) -> bool:
    """Tell whether a step-back's text binds: operative, and every other party agreed to its very bytes."""
    return standing(picture, entry) == OPERATIVE and not _missing(picture, entry)


def checks_of(picture: Picture, entry: Entry) -> list[tuple[Entry, StepBackChecked]]:
    """Give the checks of a step-back's text that stand, oldest first."""
    found = picture.about(entry.statement.id, StepBackChecked)
    return [
        (told, body) for told, body in found if is_latest(picture, told) and body.of == entry.statement.id
    ]


def answered(picture: Picture, entry: Entry, terms: StepBack) -> list[tuple[Entry, StepBackChecked]]:
    """Give the checks by the one who was to make it: its own word, or what is reported of it."""
    return [(told, body) for told, body in checks_of(picture, entry) if _speaker(told) == terms.check_by]


def _speaker(entry: Entry) -> PartyId | None:
    speaker = entry.statement.said_by
    return entry.statement.author.party if speaker is None else None if speaker.unclear else speaker.party


def _missing(picture: Picture, entry: Entry) -> tuple[PartyId, ...]:
    """Name the parties of a text whose own latest word is not *agreed* to its hash."""
    held = digest_of(entry.statement)
    word: dict[PartyId, bool] = {entry.statement.author.party: True}
    for told, body in picture.about(entry.statement.id, StanceTaken):
        own = told.statement.author.party == body.party and speaks_for_itself(told.statement)
        if own and is_latest(picture, told):
            word[body.party] = body.stance == Stance.AGREED and body.text_hash == held
    return tuple(party for party in sorted(picture.needs(entry)) if not word.get(party, False))


def _view(
    picture: Picture, entry: Entry, body: MeasureStated, terms: StepBack, now: datetime
) -> StepBackView:
    missing = _missing(picture, entry)
    stands = standing(picture, entry)
    shown = "proposed" if stands == OPERATIVE and missing else stands
    agreed = tuple(party for party in sorted(picture.needs(entry)) if party not in missing)
    return StepBackView(
        subject=entry.statement.subject,
        statement=entry.statement.id,
        text_hash=digest_of(entry.statement),
        name=body.name,
        standing=shown,
        parties=names(picture, terms.parties),
        agreed=names(picture, agreed),
        not_agreed=names(picture, missing),
        place=place_words(body.place),
        distance_m=body.step_back_m or 0.0,
        by=terms.by,
        check_at=terms.check_at,
        check_by=party_name(picture, terms.check_by),
        check_role=terms.check_role,
        check=_check(picture, entry, terms, now) if shown == OPERATIVE else "",
        checks=tuple(_checked(picture, *each) for each in checks_of(picture, entry)),
        said=said(picture, entry),
    )


def _check(picture: Picture, entry: Entry, terms: StepBack, now: datetime) -> str:
    if answered(picture, entry, terms):
        return "made"
    return "overdue" if now >= terms.check_at else "not yet due"


def _checked(picture: Picture, entry: Entry, body: StepBackChecked) -> StepBackCheckView:
    told = said(picture, entry)
    how = "own word" if told.own else f"reported by {told.author_name}"
    return StepBackCheckView(
        entry.statement.id, body.found.value, body.done.at, body.by_role, body.words, how,
        told.speaker_party, told,
    )  # fmt: skip
