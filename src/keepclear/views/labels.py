"""What a statement is called in lists: a word for its kind, and a name or a few words of its own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from msgspec import Struct

from keepclear.model import (
    alarms,
    approvals,
    base_rates,
    channels,
    commitments,
    countersigning,
    exercises,
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
from keepclear.model.words import PartyId
from keepclear.times import text
from keepclear.views.wording import count_words, shortened, text_words


class Names(Struct, frozen=True):
    """How a label finds names: of a party in full, and of a subject or statement by id."""

    party: Callable[[PartyId | None], str]
    thing: Callable[[str], str]
    short: Callable[[str], str] = shortened

    def parties(self, listed: tuple[PartyId, ...]) -> str:
        """Give several parties by name."""
        return ", ".join(self.party(party) for party in listed)


Label = Callable[[Any, Names], str]


def _name(body: Struct, names: Names) -> str:
    return str(getattr(body, "name", ""))


def _relation(body: parties.RelationStated, names: Names) -> str:
    return f"{names.party(body.from_party)} {body.relation.value} {names.party(body.to_party)}"


def _contact(body: channels.ContactLogged, names: Names) -> str:
    way = "to" if body.direction == channels.Direction.OUT else "from"
    return f"{way} {names.party(body.with_party)}: {names.short(body.gist)}"


def _stance(body: measures.StanceTaken, names: Names) -> str:
    return f"{names.party(body.party)} on {names.thing(body.measure)}: {body.stance.value}"


def _presence(body: notices.PresenceStated, names: Names) -> str:
    return f"{names.party(body.party)}: {names.short(body.what)}"


def _observation(body: notices.Observed, names: Names) -> str:
    count = count_words(body.count)
    return f"{names.short(body.what)}, {count}" if count else names.short(body.what)


def _message(body: hotline.MessageSent, names: Names) -> str:
    head = f"{body.precedence.value}, {body.purpose.value}, to {names.parties(body.to)}"
    return f"{head}: {names.short(text_words(body.texts))}"


def _warning(body: hotline.WarningGiven, names: Names) -> str:
    return f"{body.warning.value}, to {names.parties(body.to)}: {names.short(text_words(body.texts))}"


def _claim(body: incidents.ClaimMade, names: Names) -> str:
    value = claim_words(body)
    whose = f", {body.whose}" if body.whose else ""
    return f"{body.aspect.value}{whose}: {names.short(value)}"


def claim_words(body: incidents.ClaimMade) -> str:
    """Give what a claim says: its count first, then its words, then its place."""
    count = count_words(body.count)
    extra = body.words if body.words != count else ""
    place = "" if body.place is None else body.place.words
    if body.course is not None:
        many = len(body.course.places)
        place = f"{body.course.what}, {many} place{'s' if many > 1 else ''}"
    return ": ".join(part for part in (count, extra) if part) or place or "a place, see the map"


def _rung(body: hotline.RungReached, names: Names) -> str:
    return f"{names.party(body.reader)}: {body.rung.value}, {names.thing(body.of)}"


def _thing(field: str) -> Label:
    return lambda body, names: names.thing(getattr(body, field))


def _short(field: str) -> Label:
    return lambda body, names: names.short(getattr(body, field))


def _value(field: str) -> Label:
    return lambda body, names: str(getattr(body, field).value)


def _link(body: incidents.Linked, names: Names) -> str:
    return f"{names.thing(body.a)} – {body.relation.value} – {names.thing(body.b)}"


def _alarm(body: alarms.AlarmRaised, names: Names) -> str:
    return f"{body.precedence.value}: {names.short(body.title)}"


def _log(body: telling.LogOpened, names: Names) -> str:
    return f"{names.party(body.author)} tells {names.party(body.reader)}"


_LABELS: dict[type[Struct], tuple[str, Label]] = {
    parties.PartyStated: ("Party", _name),
    parties.RelationStated: ("Relation", _relation),
    parties.AgreementStated: ("Agreement", _name),
    parties.KeyStated: ("Key", lambda body, names: f"signs {body.signs}"),
    channels.ChannelStated: ("Hotline", _name),
    channels.CheckMade: (
        "Hotline check", lambda body, names: f"{names.thing(body.channel)}, {body.result.value}"
    ),
    channels.ContactLogged: ("Call", _contact),
    channels.ChannelEndStated: (
        "Hotline end", lambda body, names: f"{names.thing(body.channel)}: {body.role}, {body.declared.value}"
    ),
    channels.OnCallStated: ("On call", lambda body, names: f"{body.role}, {body.duty.value}"),
    reconciling.Reconciled: (
        "Records compared", lambda body, names: f"with {names.party(body.with_party)}: {body.result.value}"
    ),
    shifts.ShiftStated: ("Shift", lambda body, names: body.role),
    channels.MonitoringStated: ("Monitoring", _short("crews")),
    channels.GroupStated: ("Group hotline", _name),
    measures.MeasureStated: ("Measure", _name),
    measures.StanceTaken: ("Stance", _stance),
    measures.OverlayOffered: ("Map exchange", _name),
    step_backs.StepBackChecked: (
        "Step-back check", lambda body, names: f"{names.thing(body.measure)}: {body.found.value}"
    ),
    notices.NoticeStated: ("Notice", _short("what")),
    notices.PresenceStated: ("Presence", _presence),
    notices.Observed: ("Observation", _observation),
    notices.BuildUpStated: ("Build-up", _name),
    notices.RemarkMade: ("Remark", _short("text")),
    base_rates.BaseRateSet: ("Base rate", _short("reason")),
    notifications.SubmissionMade: ("Submission", _name),
    notifications.MovementStated: ("Movement", _name),
    notifications.NotificationStep: (
        "Notification step", lambda body, names: f"{names.thing(body.of)}: {body.step.value}"
    ),
    hotline.MessageSent: ("Message", _message),
    hotline.WarningGiven: ("Warning", _warning),
    hotline.AnswerGiven: ("Answer", _value("answer")),
    hotline.RungReached: ("Receipt", _rung),
    hotline.ReadBack: ("Read-back", _thing("of")),
    hotline.ReadBackSettled: ("Read-back settled", lambda body, names: ", ".join(body.fields)),
    hotline.MeetingStated: ("Meeting", _name),
    countersigning.Countersigned: ("Second signature", _thing("of")),
    templates.TemplateApproved: ("Template wording", lambda body, names: f"{body.template}, {body.lang}"),
    exercises.ExerciseRun: (
        "Exercise run", lambda body, names: f"{body.activity.value} with {names.party(body.with_party)}"
    ),
    incidents.IncidentStated: ("Incident", _name),
    incidents.ClaimMade: ("Claim", _claim),
    incidents.ReplyMade: ("Reply", _value("reply")),
    incidents.PublicStated: ("Public statement", _short("gist")),
    incidents.SourceStated: ("Source", _name),
    incidents.Linked: ("Tie", _link),
    alarms.AlarmRaised: ("Alarm", _alarm),
    HandoverStated: ("Handover", lambda body, names: f"{len(body.items)} open"),
    alarms.AlarmStep: ("Alarm step", lambda body, names: f"{names.thing(body.of)}: {body.step.value}"),
    alarms.ClockEvent: ("Clock event", lambda body, names: f"jumped by {body.jump_s:+.0f} s"),
    approvals.ApprovalPolicy: (
        "Approval policy", lambda body, names: ", ".join(body.precedences) or "none needs it"
    ),
    approvals.DraftSubmitted: ("Draft for approval", _short("title")),
    approvals.DraftDecided: (
        "Decision on a draft", lambda body, names: f"{names.thing(body.of)}: {body.decided.value}"
    ),
    telling.Revoked: ("Taken back", _thing("of")),
    telling.StatusStated: ("Condition", lambda body, names: f"{names.thing(body.of)}: {body.status}"),
    telling.ReleaseDecided: (
        "Release", lambda body, names: f"{names.thing(body.of)} to {names.party(body.reader)}"
    ),
    telling.NotTold: (
        "Not told", lambda body, names: f"{names.thing(body.of)} to {names.party(body.reader)}"
    ),
    telling.Forwarded: ("Forwarded", lambda body, names: "another's statement, shown on"),
    telling.ConflictStated: ("Conflict", _short("words")),
    telling.HitsCapped: ("Comparing paused", _short("words")),
    commitments.CommitmentStated: ("Commitment", lambda body, names: f"for {text(body.hour)}"),
    commitments.CommitmentTable: ("Table of a commitment", _thing("of")),
    commitments.CommitmentOpened: ("Commitment opened", _thing("of")),
    telling.LogOpened: ("Log opened", _log),
    telling.LogClosed: ("Log closed", _short("reason")),
}  # fmt: skip


def label(body: Struct, names: Names) -> str:
    """Give the name of a statement, or a few words that tell it from others of its kind."""
    return _LABELS[type(body)][1](body, names)


def kind_words(body: Struct) -> str:
    """Give the word of the field for a kind of statement; a measure is called by what it is."""
    if isinstance(body, measures.MeasureStated):
        return body.measure.value.capitalize()
    return _LABELS[type(body)][0]


LABELLED = frozenset(_LABELS)
