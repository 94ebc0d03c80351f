"""What each kind of statement must fulfil before it may be told; one short rule per kind."""

from __future__ import annotations

import base64
import re
import typing
from collections.abc import Callable
from datetime import datetime
from functools import cache
from typing import Any

from msgspec import Struct

from keepclear.errors import Malformed, NotAllowed, NotKnown, Refused
from keepclear.geo.shapes import Circle, Path
from keepclear.model import alarms, hotline, incidents, measures, notices, parties, telling
from keepclear.model.statements import Statement, digest, encode, holds, original_of
from keepclear.model.words import PUBLIC, PartyId, Via, owner_of
from keepclear.rules.conflicts import boundary_of
from keepclear.rules.limits import (
    guard_disclosure,
    refuse_barred_names,
    refuse_loaded_name,
    refuse_permissive,
)
from keepclear.views.picture import Picture
from keepclear.views.told import Outbox

MAX_RADIUS_M = 1_000_000.0
_PARTY_ID = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,31}", re.ASCII)


class Act(Struct, frozen=True):
    """A statement about to be told: on which picture, to whom, when."""

    picture: Picture
    outbox: Outbox
    statement: Statement
    readers: tuple[PartyId, ...]
    now: datetime

    @property
    def by(self) -> PartyId:
        """Who tells."""
        return self.statement.author.party


def admit(act: Act) -> None:
    """Hold one act against the rules of its kind and against the hard limits.

    Raises:
        Refused: with the rule and what would pass.
    """
    body = act.statement.body
    _parties_known(act)
    _reported_speech(act)
    rule = _RULES.get(type(body))
    if rule is not None:
        rule(act, body)
    guard_disclosure(act.picture, act.statement, act.readers)


def _parties_known(act: Act) -> None:
    body = act.statement.body
    known = act.picture.known_parties()
    named = {owner_id for owner_id in _party_ids(body) if owner_id != PUBLIC}
    if isinstance(body, parties.PartyStated):
        named.discard(body.party)
    said_by = act.statement.said_by
    if said_by is not None and said_by.party is not None:
        named.add(said_by.party)
    unknown = sorted(named - known)
    if unknown:
        raise NotKnown(
            f"a statement that names the unknown party {unknown[0]}",
            "unknown-party",
            f"one of {', '.join(sorted(known))}; or describe {unknown[0]} first (kind party)",
            "body",
        )


def _party_ids(value: object) -> set[PartyId]:
    """Collect the party ids in a value: the fields that are annotated as such, however deep."""
    found: set[PartyId] = set()
    if isinstance(value, Struct):
        for field in value.__struct_fields__:
            inner = getattr(value, field)
            if field in _party_fields(type(value)):
                found.update((PartyId(inner),) if isinstance(inner, str) else inner or ())
            elif isinstance(inner, Struct | tuple):
                found |= _party_ids(inner)
    elif isinstance(value, tuple):
        for item in value:
            found |= _party_ids(item)
    return found


@cache
def _party_fields(kind: type[Struct]) -> frozenset[str]:
    """Give the fields of a value that hold party ids, read from its annotations so that none is forgotten."""
    hints = typing.get_type_hints(kind)
    return frozenset(field for field, hint in hints.items() if holds(hint, PartyId))


def _reported_speech(act: Act) -> None:
    statement = act.statement
    if statement.via == Via.PRESS and statement.source is None:
        raise Refused(
            "a press account without its source", "source", "the subject of a source statement", "source"
        )


def _party(act: Act, body: parties.PartyStated) -> None:
    if _PARTY_ID.fullmatch(body.party) is None or body.party.lower() == PUBLIC:
        raise Malformed(
            f'a party with the id "{body.party[:40]}"',
            "party-id",
            'a letter, then up to 31 letters, digits, "-" or "_"; "public" is everybody',
            "body.party",
        )
    refuse_loaded_name(body)
    refuse_barred_names(body.local_names, "body.local_names")


def _measure(act: Act, body: measures.MeasureStated) -> None:
    refuse_permissive(body)
    if body.measure == measures.MeasureKind.BOUNDARY:
        if not isinstance(body.shape, Path) or body.tolerance_m is None or body.banks is None:
            raise Refused(
                f'the boundary "{body.name}" without path, tolerance or banks',
                "boundary-whole",
                "shape path, tolerance_m, and banks with a name for left and right",
                "body.shape",
            )
        _sides_can_be_told(body, body.shape)
    elif isinstance(body.shape, Path):
        raise Refused(
            f'the {body.measure} "{body.name}" as a path', "area", "an area; only boundaries are paths"
        )
    if body.measure == measures.MeasureKind.STEP_BACK and body.step_back_m is None:
        raise Refused(
            "a step-back without its distance", "step-back", "step_back_m in metres", "body.step_back_m"
        )
    if body.shape is None and body.place is None:
        raise Refused(
            f'the measure "{body.name}" that is nowhere',
            "place",
            "a shape, or a place in words",
            "body.shape",
        )
    if isinstance(body.shape, Circle) and body.shape.radius_m > MAX_RADIUS_M:
        raise Malformed(
            "a circle of this radius", "radius", f"at most {MAX_RADIUS_M:.0f} m", "body.shape.radius_m"
        )
    if body.basis == measures.Basis.AGREED and len(set(body.parties) | {act.by}) < 2:
        raise Refused(
            "an agreed measure of one party", "agreed-parties", "all parties that must agree", "body.parties"
        )


def _sides_can_be_told(body: measures.MeasureStated, path: Path) -> None:
    """Refuse a boundary of which nobody can say on which side a place lies."""
    try:
        boundary_of(body, path)
    except Malformed as error:
        field = {"path": "body.shape"}.get(error.field, f"body.{error.field}")
        raise Malformed(error.asked, error.rule, error.passes, field) from error


def _stance(act: Act, body: measures.StanceTaken) -> None:
    entry = act.picture.entry(body.on)
    if entry is None or not isinstance(entry.statement.body, measures.MeasureStated):
        raise NotKnown(f"a stance on {body.on}", "stance-on-text", "the id of a measure's text", "body.on")
    if entry.statement.subject != body.measure:
        raise Refused(
            "a stance whose text and measure differ",
            "stance-on-text",
            entry.statement.subject,
            "body.measure",
        )
    if body.party != act.by:
        _needs_speaker(act, f"the stance of {body.party}")


def _needs_speaker(act: Act, what: str) -> None:
    if act.statement.said_by is None:
        raise NotAllowed(
            f"{act.by} stating {what} as its own",
            "reported-speech",
            "said_by with whose words these are; the other party itself states its own",
            "said_by",
        )


def _rung(act: Act, body: hotline.RungReached) -> None:
    entry = act.picture.entry(body.of)
    if entry is None:
        raise NotKnown(
            f"a rung of {body.of}", "rung-of-text", "a text that has reached this party", "body.of"
        )
    if body.rung in (hotline.Rung.SENT, hotline.Rung.DELIVERED):
        raise NotAllowed(
            f"a person stating {body.rung}",
            "machine-rung",
            "displayed or a later rung; the node states this one",
        )
    if body.rung == hotline.Rung.CONFIRMED:
        if entry.statement.author.party != act.by:
            raise NotAllowed(
                "confirming a read-back of another's text", "confirm-own", "the sender confirms", "body.rung"
            )
    elif body.reader != act.by:
        if act.statement.via == Via.DIRECT:
            raise NotAllowed(
                f"{act.by} stating a rung of {body.reader}",
                "own-rung",
                f"{body.reader} states it; or report it with via phone, meeting or press",
                "body.reader",
            )
    elif entry.statement.author.party == act.by:
        raise Refused("acknowledging an own text", "own-rung", "a text that another party told", "body.of")
    if body.text_hash and body.text_hash != digest(encode(entry.statement)):
        raise Refused(
            "a rung for other bytes than those held here",
            "text-hash",
            digest(encode(entry.statement)),
            "body.text_hash",
        )


def _read_back(act: Act, body: hotline.ReadBack) -> None:
    entry = act.picture.entry(body.of)
    if entry is None or entry.statement.author.party == act.by:
        raise NotKnown(f"a read-back of {body.of}", "read-back", "a text that another party told", "body.of")
    refuse_barred_names(body.fields, "body.fields")


def _answer(act: Act, body: hotline.AnswerGiven) -> None:
    asked = [act.picture.entry(name) for name in act.statement.answers]
    kinds = (hotline.MessageSent, hotline.WarningGiven)
    if not asked or any(entry is None or not isinstance(entry.statement.body, kinds) for entry in asked):
        raise Refused(
            "an answer to nothing", "answers", "answers with the ids of messages or warnings", "answers"
        )


def _addressed(act: Act, body: hotline.MessageSent | hotline.WarningGiven) -> None:
    if act.statement.via == Via.PRESS:
        return  # a press account of a message: the message itself was passed elsewhere
    missing = [party for party in body.to if party not in act.readers]
    if missing:
        raise Refused(
            f"a message to {missing[0]} that {missing[0]} is not told",
            "addressee-told",
            f"readers with {missing[0]}",
            "readers",
        )


def _warning(act: Act, body: hotline.WarningGiven) -> None:
    _addressed(act, body)
    conditional = body.warning == hotline.WarningKind.CONDITIONAL
    if conditional and not (body.trigger and body.consequence):
        raise Refused(
            "a conditional warning without trigger or consequence",
            "warning-whole",
            "both, in words",
            "body.trigger",
        )


def _claim(act: Act, body: incidents.ClaimMade) -> None:
    if not any(
        isinstance(e.statement.body, incidents.IncidentStated) for e in act.picture.texts(body.incident)
    ):
        raise NotKnown(
            f"a claim on {body.incident}", "claim-on-incident", "the subject of an incident", "body.incident"
        )


def _reply(act: Act, body: incidents.ReplyMade) -> None:
    entry = act.picture.entry(body.to)
    if entry is None or not isinstance(entry.statement.body, incidents.ClaimMade | incidents.PublicStated):
        raise NotKnown(f"a reply to {body.to}", "reply-to-claim", "a claim or public statement", "body.to")


def _own_only(act: Act, body: telling.Revoked | telling.StatusStated) -> None:
    if owner_of(body.of) != act.by:
        raise NotAllowed(
            f"{act.by} changing the standing of what {owner_of(body.of)} stated",
            "one-owner",
            "an own subject; about another's: a stance, answer or claim",
            "body.of",
        )
    if isinstance(body, telling.Revoked) and not act.picture.texts(body.of):
        raise NotKnown(
            f"revoking {body.of}",
            "revoke-subject",
            "the subject of something stated; to take back one text of several, restate it",
            "body.of",
        )
    if isinstance(body, telling.StatusStated) and act.picture.entry(body.of) is None:
        raise NotKnown(f"the condition of {body.of}", "status-of-text", "the id of a statement", "body.of")


def _kept(act: Act, body: telling.ReleaseDecided | telling.NotTold) -> None:
    if act.readers:
        raise Refused(
            f"telling others a decision of the kind {act.statement.kind}",
            "kept-in-own-log",
            "no readers: it stands in the author's own log",
            "readers",
        )
    if owner_of(body.of) != act.by:
        raise NotAllowed("a decision on what another party owns", "one-owner", "an own subject", "body.of")


def _forwarded(act: Act, body: telling.Forwarded) -> None:
    original = original_of(body)
    entry = act.picture.entry(original.id)
    if entry is None or base64.b64encode(encode(entry.statement)).decode() != body.original:
        raise NotKnown("forwarding bytes that did not reach this party", "forward", "a statement as it came")
    if not original.onward:
        raise NotAllowed(
            f"forwarding a statement of {original.author.party}",
            "onward-no",
            f"its author marked it onward: no; ask {original.author.party}",
            "body.original",
        )


def _by_the_node(act: Act, body: Struct) -> None:
    raise NotAllowed(
        f"a person stating a {act.statement.kind}",
        "node-only",
        "nothing; the node states these itself",
        "body.kind",
    )


def _notice(act: Act, body: notices.NoticeStated) -> None:
    if not body.volumes and body.origin is None and body.destination is None:
        raise Refused(
            "a notice that is nowhere",
            "notice-place",
            "volumes, or an origin or destination in words",
            "body.volumes",
        )


_RULES: dict[type[Struct], Callable[[Act, Any], None]] = {
    parties.PartyStated: _party,
    measures.MeasureStated: _measure,
    measures.StanceTaken: _stance,
    notices.NoticeStated: _notice,
    hotline.RungReached: _rung,
    hotline.ReadBack: _read_back,
    hotline.AnswerGiven: _answer,
    hotline.MessageSent: _addressed,
    hotline.WarningGiven: _warning,
    incidents.ClaimMade: _claim,
    incidents.ReplyMade: _reply,
    telling.Revoked: _own_only,
    telling.StatusStated: _own_only,
    telling.ReleaseDecided: _kept,
    telling.NotTold: _kept,
    telling.Forwarded: _forwarded,
    alarms.AlarmRaised: _by_the_node,
    alarms.AlarmStep: _by_the_node,
    alarms.ClockEvent: _by_the_node,
    telling.LogOpened: _by_the_node,
    telling.LogClosed: _by_the_node,
    parties.KeyStated: _by_the_node,
}
