"""What each kind of statement must fulfil before it may be told; one short rule per kind."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable
from typing import Any

import msgspec
from msgspec import Struct

from keepclear.commands.acts import Act
from keepclear.commands.base_rates import admit_base_rate
from keepclear.commands.beside import lacks_shape, whole_act, whole_text
from keepclear.commands.courses import admit_course
from keepclear.commands.forms import is_current
from keepclear.commands.groups import admit_group, admit_on_group
from keepclear.commands.hotlines import admit_channel, admit_end, admit_monitoring, admit_on_call
from keepclear.commands.messages import admit_approval, admit_countersigned, admit_whole
from keepclear.commands.naming import parties_named
from keepclear.commands.notifying import (
    admit_movement,
    admit_step,
    admit_submission,
    refuse_condition,
)
from keepclear.commands.past import refuse_ahead
from keepclear.commands.receipts import (
    admit_answer,
    admit_message,
    admit_read_back,
    admit_rung,
    admit_settled,
)
from keepclear.commands.reconciling import admit_reconciled
from keepclear.commands.second_person import admit_approved, admit_policy
from keepclear.commands.shifts import admit_shift
from keepclear.commands.step_backs import admit_agreed_hash, admit_step_back_check, admit_terms
from keepclear.errors import LimitRefused, Malformed, NotAllowed, NotKnown, Refused
from keepclear.geo.shapes import Circle, Path
from keepclear.model import (
    alarms,
    approvals,
    base_rates,
    channels,
    commitments,
    countersigning,
    hotline,
    incidents,
    measures,
    notices,
    notifications,
    parties,
    reconciling,
    shifts,
    step_backs,
    telling,
    templates,
)
from keepclear.model.handover import HandoverStated
from keepclear.model.statements import Statement, encode, original_of
from keepclear.model.words import PUBLIC, Form, PartyId, Via, owner_of
from keepclear.rules.coarseness import need_coarser, need_extent
from keepclear.rules.conflicts import boundary_of
from keepclear.rules.consent import need_consent
from keepclear.rules.danger import refuse_while_called
from keepclear.rules.disclosure import guard_disclosure, is_account, need_coarse_by_itself
from keepclear.rules.limits import (
    refuse_barred_names,
    refuse_granting,
    refuse_loaded_name,
    refuse_permissive,
    refuse_promise,
)
from keepclear.rules.shown_on import innermost
from keepclear.rules.visible import refuse_unseen
from keepclear.views.forwarding import shown_on
from keepclear.views.hosting import is_host
from keepclear.views.picture import Agreement, must_be_agreed

MAX_RADIUS_M = 1_000_000.0
_AGREED_ON = (
    measures.MeasureStated,
    parties.AgreementStated,
    channels.ChannelStated,
    channels.GroupStated,
)
_WORDS_READ = (
    measures.MeasureStated,
    measures.OverlayOffered,
    notices.NoticeStated,
    notifications.SubmissionMade,
    notifications.MovementStated,
    parties.AgreementStated,
    telling.StatusStated,
)
_WORDS_SAID = (measures.StanceTaken, hotline.MessageSent, hotline.WarningGiven, hotline.AnswerGiven)
_PARTY_ID = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,31}", re.ASCII)


def admit(act: Act) -> None:
    """Hold one act against the rules of its kind and against the hard limits.

    Raises:
        Refused: with the rule and what would pass.
    """
    act = whole_act(act)
    body = act.statement.body
    _parties_known(act)
    _reported_speech(act)
    refuse_ahead(act.statement, act.now)
    refuse_unseen(act.statement)
    if isinstance(body, _WORDS_READ):
        refuse_permissive(act.statement)
    if isinstance(body, _WORDS_SAID) and not is_account(act.picture, act.statement):
        refuse_granting(act.statement)
    rule = _RULES.get(type(body))
    if rule is not None:
        rule(act, body)
    admit_on_group(act)
    admit_approved(act)
    _coarser(act)
    guard_disclosure(act.picture, act.outbox, act.statement, act.readers)
    need_consent(act.picture, act.statement, act.readers)


def barred(statement: Statement) -> str:
    """Give the hard limit that another node's statement breaks by itself; "" for none.

    It was not refused where it was made, and it stays in the record as it came, as proof that it was told; it
    is shown on no desk and passed on to nobody. What is shown on is judged as if it were told here. Words
    said to somebody are not judged: whoever warns or threatens must be heard. What hangs on what its sender
    knew (a Release, who is meant by a name) can only be judged there.
    """
    try:
        told = innermost(statement)
        for each in (statement, told):
            if isinstance(each.body, _WORDS_READ):
                refuse_permissive(each)
            if isinstance(each.body, parties.PartyStated):
                refuse_barred_names(each.body.local_names, "body.local_names")
        need_coarse_by_itself(told)
    except LimitRefused as refusal:
        return refusal.rule
    except Malformed:
        return ""  # what it shows on cannot be read, and shows nothing
    return ""


def _parties_known(act: Act) -> None:
    body = act.statement.body
    known = act.picture.known_parties()
    named = parties_named(act.statement)
    if isinstance(body, parties.PartyStated):
        named.discard(body.party)
    unknown = sorted(named - known)
    if unknown:
        raise NotKnown(
            f"a statement that names the unknown party {unknown[0]}",
            "unknown-party",
            f"one of {', '.join(sorted(known))}; or say first who {unknown[0]} is: keepclear party",
            "body",
        )


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


def _coarser(act: Act) -> None:
    """Refuse a coarse form that tells as much as the exact text that stands, or does not cover it."""
    if act.statement.form == Form.EXACT:
        return
    texts = [entry.statement for entry in act.picture.standing(act.statement.subject)]
    exact = [text for text in texts if text.form == Form.EXACT]
    if exact:
        whole = whole_text(act.picture, exact[-1])
        if lacks_shape(whole):
            raise Refused(
                f"a {act.statement.form} form of a shape that is not held here",
                "form-coarser",
                "the exact text stated again, with its shape",
                "body",
            )
        need_coarser(act.statement, whole)


def _measure(act: Act, body: measures.MeasureStated) -> None:
    if not is_account(act.picture, act.statement):
        refuse_promise(body)
    _same_measure(act, body)
    _stays_agreed(act, body)
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
    admit_terms(act, body)
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
    need_extent(body)
    if body.basis == measures.Basis.AGREED and len(set(body.parties) | {act.by}) < 2:
        raise Refused(
            "an agreed measure of one party", "agreed-parties", "all parties that must agree", "body.parties"
        )


def _same_measure(act: Act, body: measures.MeasureStated) -> None:
    """Refuse to make another sort of measure of a subject: who holds it was told what sort it is."""
    for entry in act.picture.texts(act.statement.subject):
        before = entry.statement.body
        if isinstance(before, measures.MeasureStated) and before.measure != body.measure:
            raise Refused(
                f"restating a {before.measure} as a {body.measure}",
                "same-measure",
                f"a {before.measure}, or a new subject",
                "body.measure",
            )


def _stays_agreed(act: Act, body: measures.MeasureStated) -> None:
    """Refuse to change by one side what was agreed: its basis, or whose agreement it needs."""
    agreed: tuple[PartyId, ...] = ()
    for entry in act.picture.standing(act.statement.subject):
        before = entry.statement.body
        if not isinstance(before, measures.MeasureStated) or not must_be_agreed(entry):
            continue
        if act.picture.agreement(entry) is not Agreement.OPEN:
            agreed = before.parties
    if not agreed:
        return
    if body.basis != measures.Basis.AGREED:
        raise Refused(
            f"what was agreed with {', '.join(agreed)} as {body.basis}",
            "stays-agreed",
            "basis agreed; or a stance against it, which suspends it; or a new subject",
            "body.basis",
        )
    dropped = sorted(set(agreed) - set(body.parties))
    if dropped:
        raise Refused(
            f"a text without {dropped[0]}, which agreed to the one that it replaces",
            "stays-agreed",
            f"parties with {', '.join(dropped)}; or a new subject",
            "body.parties",
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
    if entry is None or not isinstance(entry.statement.body, _AGREED_ON):
        raise NotKnown(
            f"a stance on {body.on}",
            "stance-on-text",
            "the id of a text of a measure, an agreement or a hotline",
            "body.on",
        )
    if entry.statement.subject != body.measure:
        raise Refused(
            "a stance whose text and measure differ",
            "stance-on-text",
            entry.statement.subject,
            "body.measure",
        )
    admit_agreed_hash(entry, body)
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


def _message(act: Act, body: hotline.MessageSent | hotline.WarningGiven) -> None:
    admit_message(act, body)
    admit_whole(act, body)


def _warning(act: Act, body: hotline.WarningGiven) -> None:
    _message(act, body)
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
    admit_course(act, body)


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
    if isinstance(body, telling.Revoked):
        refuse_while_called(act.picture, body.of)
    if isinstance(body, telling.StatusStated):
        refuse_condition(act, body)
        _of_what_stands(act, body)


def _of_what_stands(act: Act, body: telling.StatusStated) -> None:
    entry = act.picture.entry(body.of)
    if entry is None:
        raise NotKnown(f"the condition of {body.of}", "status-of-text", "the id of a statement", "body.of")
    if not is_current(act.picture, entry):
        raise Refused(
            f"the condition of {body.of}, which no longer stands",
            "status-of-text",
            "the text that stands, in any of its forms",
            "body.of",
        )


def _kept(act: Act, body: telling.ReleaseDecided | telling.NotTold) -> None:
    if act.readers:
        raise Refused(
            f"telling others a decision of the kind {act.statement.kind}",
            "kept-in-own-log",
            "no readers: it stands in the author's own log; a release may be told to a neutral host",
            "readers",
        )
    if owner_of(body.of) != act.by:
        raise NotAllowed("a decision on what another party owns", "one-owner", "an own subject", "body.of")


def _release(act: Act, body: telling.ReleaseDecided) -> None:
    """Keep a release in the author's own log, or tell it to neutral hosts: they act on it."""
    hosts = all(is_host(act.picture, reader) for reader in act.readers)
    _kept(msgspec.structs.replace(act, readers=()) if hosts else act, body)


def _forwarded(act: Act, body: telling.Forwarded) -> None:
    original = original_of(body)
    entry = act.picture.entry(original.id)
    if entry is None or base64.b64encode(encode(entry.statement)).decode() != body.original:
        raise NotKnown("forwarding bytes that did not reach this party", "forward", "a statement as it came")
    closed = next((inner for inner in shown_on(original) if not inner.onward), None)
    if closed is not None:
        raise NotAllowed(
            f"forwarding a statement of {closed.author.party}",
            "onward-no",
            f"its author marked it onward: no; ask {closed.author.party}",
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
    step_backs.StepBackChecked: admit_step_back_check,
    notices.NoticeStated: _notice,
    notifications.SubmissionMade: admit_submission,
    notifications.MovementStated: admit_movement,
    notifications.NotificationStep: admit_step,
    channels.ChannelStated: admit_channel,
    channels.ChannelEndStated: admit_end,
    channels.OnCallStated: admit_on_call,
    shifts.ShiftStated: admit_shift,
    reconciling.Reconciled: admit_reconciled,
    channels.MonitoringStated: admit_monitoring,
    channels.GroupStated: admit_group,
    base_rates.BaseRateSet: admit_base_rate,
    approvals.ApprovalPolicy: admit_policy,
    approvals.DraftSubmitted: _by_the_node,
    approvals.DraftDecided: _by_the_node,
    hotline.RungReached: admit_rung,
    hotline.ReadBack: admit_read_back,
    hotline.ReadBackSettled: admit_settled,
    hotline.AnswerGiven: admit_answer,
    hotline.MessageSent: _message,
    countersigning.Countersigned: admit_countersigned,
    templates.TemplateApproved: admit_approval,
    hotline.WarningGiven: _warning,
    incidents.ClaimMade: _claim,
    incidents.ReplyMade: _reply,
    telling.Revoked: _own_only,
    telling.StatusStated: _own_only,
    telling.ReleaseDecided: _release,
    telling.NotTold: _kept,
    telling.Forwarded: _forwarded,
    alarms.AlarmRaised: _by_the_node,
    alarms.AlarmStep: _by_the_node,
    alarms.ClockEvent: _by_the_node,
    HandoverStated: _by_the_node,
    commitments.CommitmentStated: _by_the_node,
    commitments.CommitmentTable: _by_the_node,
    commitments.CommitmentOpened: _by_the_node,
    telling.LogOpened: _by_the_node,
    telling.LogClosed: _by_the_node,
    telling.ConflictStated: _by_the_node,
    telling.HitsCapped: _by_the_node,
    parties.KeyStated: _by_the_node,
}
