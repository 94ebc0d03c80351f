"""What agencies submitted: each place's forms compared, consent per party, who took it in and verified it."""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct

from keepclear.geo.two_forms import FormsCompared, compare
from keepclear.model.incidents import Linked, LinkKind
from keepclear.model.notifications import NotificationStep, StepTaken, SubmissionMade
from keepclear.model.statements import Entry
from keepclear.model.words import Form, PartyId, StatementId, SubjectId, owner_of
from keepclear.views.attribution import Named, Said, named, party_name, said
from keepclear.views.picture import Picture
from keepclear.views.told import Outbox
from keepclear.views.wording import count_words

SUBMITTED = "submitted"
_INTAKE = (StepTaken.TAKEN_IN, StepTaken.RETURNED, StepTaken.VERIFIED)
_CONSENT = (StepTaken.CONSENTED, StepTaken.CONSENT_WITHDRAWN)


class PlaceView(Struct, frozen=True):
    """One place of a submission, its forms compared; a gap is plotted from both readings."""

    name: str
    compared: FormsCompared


class ConsentView(Struct, frozen=True):
    """Whether the agency consents that a party has it, in which form, and since when.

    `holds_since` is when that party was first told of what restates it, by this desk: a withdrawn consent
    stops what is still to be told, and cannot make unknown what was.
    """

    party: PartyId
    party_name: str
    consents: bool
    form: str
    since: datetime
    reason: str
    holds_since: datetime | None


class IntakeView(Struct, frozen=True):
    """One step of the intake, by which office, of which text."""

    step: str
    by_role: str
    at: datetime
    reason: str
    of_this_text: bool


class SubmissionView(Struct, frozen=True):
    """A submission as it stands; `state` (submitted, taken in, returned, verified) is of its current text.

    `agree` tells whether all forms of all places agree; `largest_gap_m` is the largest gap there is.
    """

    subject: SubjectId
    statement: StatementId
    what: str
    name: str
    function: str
    state: str
    places: tuple[PlaceView, ...]
    agree: bool
    largest_gap_m: float | None
    composition: tuple[str, ...]
    focal_points: int
    roof_sign_day: bool | None
    roof_sign_night: bool | None
    roof_sign_thermal: bool | None
    intake: tuple[IntakeView, ...]
    consents: tuple[ConsentView, ...]
    restated_as: tuple[Named, ...]
    said: Said


def steps(picture: Picture, subject: SubjectId, *kinds: StepTaken) -> list[tuple[Entry, NotificationStep]]:
    """Give the standing steps about a subject, oldest first; of some kinds alone where any are named."""
    return [
        (entry, body)
        for entry, body in picture.about(subject, NotificationStep)
        if body.of == subject and (not kinds or body.step in kinds) and picture.is_current(entry)
    ]


def consented(picture: Picture, subject: SubjectId) -> dict[PartyId, tuple[Entry, NotificationStep]]:
    """Give the last word of the submitter on each party: a consent, or that it was withdrawn."""
    owner = owner_of(subject)
    return {
        body.party: (entry, body)
        for entry, body in steps(picture, subject, *_CONSENT)
        if body.party is not None and entry.statement.author.party == owner
    }


def consent_form(picture: Picture, subject: SubjectId, party: PartyId) -> Form | None:
    """Give the form in which the submitter consents that a party has it; None where it does not."""
    found = consented(picture, subject).get(party)
    return found[1].form if found is not None and found[1].step == StepTaken.CONSENTED else None


def intake(picture: Picture, text: StatementId) -> list[tuple[Entry, NotificationStep]]:
    """Give what the cell did about one text of a submission, oldest first."""
    entry = picture.entry(text)
    if entry is None:
        return []
    owner = entry.statement.author.party
    return [
        (told, body)
        for told, body in steps(picture, entry.statement.subject, *_INTAKE)
        if body.text == text and told.statement.author.party != owner
    ]


def is_verified(picture: Picture, subject: SubjectId) -> bool:
    """Tell whether the current text of a submission was verified, and not returned since."""
    text = picture.latest(subject)
    done = [] if text is None else intake(picture, text.statement.id)
    return bool(done) and done[-1][1].step == StepTaken.VERIFIED


def restates(picture: Picture, subject: SubjectId) -> SubjectId | None:
    """Give the submission that a subject restates, by the tie that its owner has stated; None for most."""
    for found in _tied(picture, subject, owner_of(subject)):
        text = picture.latest(found)
        if text is not None and isinstance(text.statement.body, SubmissionMade):
            return found
    return None


def _tied(picture: Picture, subject: SubjectId, by: PartyId) -> list[SubjectId]:
    return [
        body.b if body.a == subject else body.a
        for entry, body in picture.about(subject, Linked)
        if body.relation == LinkKind.MATTER
        and entry.statement.author.party == by
        and picture.is_current(entry)
    ]


def submissions(picture: Picture, box: Outbox) -> list[SubmissionView]:
    """List the submissions that this party made or was given, oldest first."""
    return [_submission(picture, box, subject, text.entry, body)
            for subject, text, body in picture.each(SubmissionMade)]  # fmt: skip


def places(body: SubmissionMade) -> tuple[PlaceView, ...]:
    """Compare the forms of each place of a submission."""
    return tuple(PlaceView(place.name, compare(place.forms)) for place in body.places)


def _submission(
    picture: Picture, box: Outbox, subject: SubjectId, entry: Entry, body: SubmissionMade
) -> SubmissionView:
    compared = places(body)
    gaps = [place.compared.gap_m for place in compared if place.compared.gap_m is not None]
    done = intake(picture, entry.statement.id)
    marking = body.marking
    own = [other for other in _tied(picture, subject, picture.party) if owner_of(other) == picture.party]
    return SubmissionView(
        subject=subject,
        statement=entry.statement.id,
        what=body.what.value,
        name=body.name,
        function=body.function,
        state=done[-1][1].step.value if done else SUBMITTED,
        places=compared,
        agree=all(place.compared.agree for place in compared),
        largest_gap_m=max(gaps, default=None),
        composition=tuple(count_words(count) for count in body.composition),
        focal_points=body.focal_points,
        roof_sign_day=None if marking is None else marking.day,
        roof_sign_night=None if marking is None else marking.night,
        roof_sign_thermal=None if marking is None else marking.thermal,
        intake=_intake(picture, subject, entry),
        consents=_consents(picture, box, subject, own),
        restated_as=tuple(named(picture, other) for other in own),
        said=said(picture, entry),
    )


def _intake(picture: Picture, subject: SubjectId, entry: Entry) -> tuple[IntakeView, ...]:
    return tuple(
        IntakeView(
            body.step.value,
            body.by_role,
            told.statement.stated_at if body.at is None else body.at.at,
            body.reason,
            body.text == entry.statement.id,
        )
        for told, body in steps(picture, subject, *_INTAKE)
        if told.statement.author.party != entry.statement.author.party
    )


def _consents(
    picture: Picture, box: Outbox, subject: SubjectId, own: list[SubjectId]
) -> tuple[ConsentView, ...]:
    return tuple(
        ConsentView(
            party=party,
            party_name=party_name(picture, party),
            consents=body.step == StepTaken.CONSENTED,
            form="" if body.form is None else body.form.value,
            since=entry.statement.stated_at,
            reason=body.reason,
            holds_since=holds_since(box, party, own),
        )
        for party, (entry, body) in sorted(consented(picture, subject).items())
    )


def holds_since(box: Outbox, reader: PartyId, subjects: list[SubjectId]) -> datetime | None:
    """Give when a reader was first told any text of some subjects by this desk."""
    told = [entry.recorded_at for entry in box.told(reader) if entry.statement.subject in subjects]
    return min(told, default=None)
