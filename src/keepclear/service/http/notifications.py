"""Routes of humanitarian notification: what was submitted, movements, sites; forms compared; steps taken."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct
from starlette.responses import Response

from keepclear.commands.telling import MAX_READERS, Tell
from keepclear.errors import NotKnown, Refused
from keepclear.geo.two_forms import FormsCompared, compare
from keepclear.model.hotline import MessageSent, Purpose, Text
from keepclear.model.notifications import MovementStated, NotificationStep, StepTaken, SubmissionMade
from keepclear.model.statements import read
from keepclear.model.words import (
    Attachment,
    Code,
    Form,
    PartyId,
    Precedence,
    StatementId,
    SubjectId,
    Words,
    owner_of,
)
from keepclear.service.http.acts import KEY, ActAnswer, act, key_of, own_attachments
from keepclear.service.http.desks import ListAnswer, Sight, answer, sight_of
from keepclear.service.http.policy import Policy
from keepclear.service.http.routes import AT, Call, Route
from keepclear.service.node import Node
from keepclear.times import Stamp
from keepclear.views.attribution import party_name
from keepclear.views.desk import banner
from keepclear.views.movements import MovementView, lost, movements, standing
from keepclear.views.sites import PublicNotification, SiteView, public_notifications, sites
from keepclear.views.submissions import SubmissionView, submissions

MAX_ACT_BYTES = 32 * 1024
_INTAKE = (StepTaken.TAKEN_IN, StepTaken.RETURNED, StepTaken.VERIFIED)

LISTS: dict[str, tuple[Callable[[Sight], Any], Any, str]] = {
    "submissions": (
        lambda s: submissions(s.picture, s.outbox),
        ListAnswer[SubmissionView],
        "Submissions: forms compared, intake, consent per party and who holds it.",
    ),
    "movements": (
        lambda s: movements(s.picture, s.outbox, s.now),
        ListAnswer[MovementView],
        "Movements: what holds of each, on whom it waits, telephones, check-ins, contact lost.",
    ),
    "sites": (
        lambda s: sites(s.picture, s.outbox, s.now),
        ListAnswer[SiteView],
        "Protected sites in force now, halts among them, with each reader's receipts.",
    ),
    "public-notifications": (
        lambda s: public_notifications(s.picture, s.now),
        ListAnswer[PublicNotification],
        "What may be said to everybody of this desk's notifications: no place, no name, no source.",
    ),
}


class TypedForms(Struct, frozen=True, forbid_unknown_fields=True):
    """One place as it was typed, in two forms or more."""

    forms: Annotated[
        tuple[Annotated[str, Meta(min_length=1, max_length=100)], ...], Meta(min_length=2, max_length=4)
    ]


class StepAsked(Struct, frozen=True, forbid_unknown_fields=True):
    """A step that a person takes. The office is the caller's; `officer` tells two of one office apart.

    Of a person who has signed in, `officer` is who signed in, whatever is sent. The text is the current one.
    `tell` adds readers to those whom the step concerns: consent goes to the cell, intake to the agency.
    """

    step: StepTaken
    officer: Annotated[str, Meta(max_length=64)] = ""
    party: PartyId | None = None
    form: Form | None = None
    phone: Code | None = None
    leg: Annotated[int, Meta(ge=1, le=16)] | None = None
    where: Words = ""
    at: Stamp | None = None
    reason: Words = ""
    tell: Annotated[tuple[PartyId, ...], Meta(max_length=MAX_READERS)] = ()
    attachments: tuple[Attachment, ...] = ()


class LostAsked(Struct, frozen=True, forbid_unknown_fields=True):
    """To send the flash of a movement of which contact is lost; `words` are added to it."""

    words: Annotated[str, Meta(max_length=1_000)] = ""


_FORMS = msgspec.json.Decoder(TypedForms)
_STEP = msgspec.json.Decoder(StepAsked)
_LOST = msgspec.json.Decoder(LostAsked)


def lister(name: str) -> Callable[[Call], Any]:
    """Make the handler of one list."""

    async def listed(call: Call) -> Response:
        await call.writer.settled()
        at = call.at()
        items = LISTS[name][0](sight_of(call))
        return answer(call, ListAnswer(call.party, at, banner(call.writer.node.cap), items))

    return listed


async def location_forms(call: Call) -> Response:
    """Compare the forms of one place; nothing is submitted or kept."""
    asked: TypedForms = read(_FORMS, await call.body(MAX_ACT_BYTES), "the forms")
    return Response(msgspec.json.encode(compare(asked.forms)), 200, media_type="application/json")


async def take_step(call: Call) -> Response:
    """Take a step about a submission or a movement."""
    asked: StepAsked = read(_STEP, await call.body(MAX_ACT_BYTES), "the step")
    await call.writer.settled()
    node, subject = call.writer.node, SubjectId(call.request.path_params["subject"])
    current = _current(node, call.party, subject)
    caller = call.caller
    body = NotificationStep(
        of=subject,
        step=asked.step,
        by_role=caller.role.value,
        officer=caller.person or asked.officer,
        text=current if asked.step in _INTAKE else None,
        party=asked.party,
        form=asked.form,
        phone=asked.phone,
        leg=asked.leg,
        where=asked.where,
        at=asked.at,
        reason=asked.reason,
    )
    readers = dict.fromkeys((*_concerned(node, call.party, subject, asked.step), *asked.tell))
    tell = Tell(body=body, readers=tuple(readers), attachments=asked.attachments)
    own_attachments(call, tell)
    return await act(call, node.ask(call.party, tell, key_of(call)))


def _current(node: Node, party: PartyId, subject: SubjectId) -> StatementId:
    """Give the current text of a submission or movement at a desk."""
    text = node.picture(party).latest(subject)
    if text is None or not isinstance(text.statement.body, SubmissionMade | MovementStated):
        raise NotKnown(
            f"a step of {subject}", "step-of", "the subject of a submission or a movement here", "subject"
        )
    return text.statement.id


def _concerned(node: Node, party: PartyId, subject: SubjectId, step: StepTaken) -> tuple[PartyId, ...]:
    """Give whom a step concerns besides who takes it: the cell of a consent, the agency of its intake."""
    if step in _INTAKE:
        return (owner_of(subject),)
    if step in (StepTaken.CONSENTED, StepTaken.CONSENT_WITHDRAWN):
        return tuple(reader for reader in node.outbox(party).holders(subject) if reader != party)
    return ()


async def contact_lost(call: Call) -> Response:
    """Send the flash to all who hold a movement: contact lost, do not assume."""
    asked: LostAsked = read(_LOST, await call.body(MAX_ACT_BYTES) or b"{}", "the flash")
    await call.writer.settled()
    node, subject = call.writer.node, SubjectId(call.request.path_params["subject"])
    readers = tuple(reader for reader in node.outbox(call.party).holders(subject) if reader != call.party)
    words = f"{_lost_words(node, call.party, subject, readers)} {asked.words}".strip()
    body = MessageSent(
        to=readers,
        purpose=Purpose.SAFETY,
        texts=(Text(words),),
        precedence=Precedence.FLASH,
        about=(subject,),
    )
    return await act(call, node.ask(call.party, Tell(body=body, readers=readers), key_of(call)))


def _lost_words(node: Node, party: PartyId, subject: SubjectId, readers: tuple[PartyId, ...]) -> str:
    """Give the words of the flash.

    Raises:
        NotKnown: this desk states no such movement.
        Refused: contact is not lost, somebody has still to be called, or nobody holds the movement.
    """
    picture = node.picture(party)
    found = standing(picture, subject)
    if found is None or owner_of(subject) != party:
        raise NotKnown(
            f"the movement {subject}", "own-movement", "a movement that this desk states", "subject"
        )
    gone = lost(picture, found, node.clock.now())
    if gone is None:
        raise Refused(
            f'the flash that contact with "{found.body.name}" is lost',
            "contact-lost",
            "a movement that has missed its check-in; for anything else, a message",
        )
    if gone.next.startswith("call"):
        raise Refused(
            f'the flash of "{found.body.name}" before both telephones were tried',
            "contact-order",
            f"first: {gone.next}, and note how it ended",
        )
    if not readers:
        raise Refused(f'a flash of "{found.body.name}", which nobody was told', "readers", "a movement told")
    last = Stamp(gone.last_contact).shown()
    return (
        f"CONTACT LOST with movement {found.body.name} of {party_name(picture, party)}: do not assume. "
        f"Last heard of {last}; both telephones silent. Pause, and ask those who may have seen it."
    )


def routes() -> list[Route]:
    """List the routes of this module."""
    base = "/api/v1/desks/{party}"
    looked = [
        Route("GET", f"{base}/{name}", Policy.READ, lister(name), words, gives, params=(AT,))
        for name, (_, gives, words) in LISTS.items()
    ]
    return [
        *looked,
        Route("POST", f"{base}/location-forms", Policy.WHOLE, location_forms,
              "Compare the forms of one place; submits nothing.", FormsCompared, TypedForms),
        Route("POST", f"{base}/notifications/{{subject}}/steps", Policy.ACT, take_step,
              "Take a step about a submission or a movement.", ActAnswer, StepAsked, headers=(KEY,),
              status=201),
        Route("POST", f"{base}/movements/{{subject}}/contact-lost", Policy.ACT, contact_lost,
              "Flash to all who hold a movement: contact lost, do not assume.", ActAnswer, LostAsked,
              headers=(KEY,), status=201),
    ]  # fmt: skip
