"""Acts on alarms: raised, stepped, fired; decided on the party's picture, told to nobody else."""

from __future__ import annotations

from datetime import datetime, timedelta

from msgspec import Struct
from msgspec.structs import replace

from keepclear.commands.ports import Ids
from keepclear.commands.telling import Decision, Desk, Telling
from keepclear.errors import NotKnown, Refused
from keepclear.model.alarms import AlarmRaised, AlarmStep, ClockEvent, StepKind
from keepclear.model.statements import Author, Statement
from keepclear.model.words import Form, StatementId, SubjectId
from keepclear.rules.alarming import ACKNOWLEDGE
from keepclear.rules.escalation import due, fire, may
from keepclear.views.alarms import Alarm, State, alarm

# No caller's idempotency key holds a line break, so none makes these ids.
_SUBJECT, _STEP = "\nalarm", "\nalarm-step"


class Claimed(Struct, frozen=True):
    """What an engine takes to be due: it fires only if the alarm still stands so."""

    alarm: SubjectId
    text: StatementId
    what: str
    number: int


def subject_of(desk: Desk, rule: str, matter: SubjectId, ids: Ids) -> SubjectId:
    """Give the subject of the one alarm of a rule on a matter."""
    return ids.subject(desk.party, f"{_SUBJECT}/{rule}/{matter}")


def decide_raise(desk: Desk, body: AlarmRaised, key: str, now: datetime, ids: Ids) -> Decision:
    """Raise an alarm, as a new text where it stood before.

    Raises:
        Refused: it is open already.
    """
    subject = subject_of(desk, body.rule, body.matter, ids)
    standing = alarm(desk.picture, subject)
    if standing is not None and standing.is_open and standing.state != State.RETURNED:
        raise Refused(
            f'the alarm "{body.title}", which is open', "alarm-once", "one alarm for a rule and a matter"
        )
    last = None if standing is None else standing.entry.statement.stated_at
    at = now if last is None or now > last else last + timedelta(microseconds=1)
    return _told(desk, body, subject, key, at, ids)


def decide_fire(desk: Desk, claimed: Claimed, key: str, now: datetime, ids: Ids) -> Decision:
    """Fire what is due for an alarm, unless somebody was quicker.

    Raises:
        Refused: it is no longer due, or something else is.
    """
    standing = alarm(desk.picture, claimed.alarm)
    coming = None if standing is None else due(standing)
    step = None if standing is None else fire(standing, now)
    held = Claimed(claimed.alarm, claimed.text, coming.what, coming.number) if coming is not None else None
    if standing is None or step is None or held != claimed or standing.text != claimed.text:
        raise Refused(f"firing alarm {claimed.alarm}", "deadline-due", "what is due, at its time or later")
    return _told(desk, step, ids.subject(desk.party, key), key, now, ids)


def decide_step(
    desk: Desk, subject: SubjectId, step: AlarmStep, key: str, now: datetime, ids: Ids
) -> Decision:
    """Take a step on an alarm: a person's, or the node's when its cause has ended.

    Raises:
        NotKnown: there is no such alarm at this desk.
        Refused: the alarm does not stand so that this can be done; says what can.
    """
    standing = known(desk, subject)
    told = replace(step, of=standing.text)
    no = may(standing, told, now)
    if no is not None:
        raise Refused(
            f'{step.step.value} of the alarm "{standing.body.title}": {no[0]}', "alarm-state", no[1], "step"
        )
    return _told(desk, told, ids.subject(desk.party, key), key, now, ids)


def decide_sent(
    desk: Desk, subject: SubjectId, sent: AlarmStep, key: str, now: datetime, ids: Ids
) -> Decision:
    """Note that a message has left, whatever has become of the alarm meanwhile: it is true in either order.

    Raises:
        NotKnown: there is no such alarm.
    """
    known(desk, subject)
    return _told(desk, sent, ids.subject(desk.party, key), key, now, ids)


def decide_clock(desk: Desk, body: ClockEvent, key: str, now: datetime, ids: Ids) -> Decision:
    """State that the machine's clock jumped."""
    return _told(desk, body, ids.subject(desk.party, key), key, now, ids)


def known(desk: Desk, subject: SubjectId) -> Alarm:
    """Give an alarm of this desk.

    Raises:
        NotKnown: there is none of this name.
    """
    standing = alarm(desk.picture, subject)
    if standing is None:
        raise NotKnown(f"the alarm {subject}", "alarm", "the subject of an alarm at this desk", "subject")
    return standing


def ends(standing: Alarm, reason: str) -> AlarmStep:
    """Make the step by which an alarm loses its cause.

    An alarm that asked this desk to acknowledge a text ends with that act: a person here has seen to it, and
    one who must do so twice learns to do it unseen. Any other waits until somebody has seen that it is over.
    """
    kind = StepKind.ENDED if standing.body.rule == ACKNOWLEDGE else StepKind.RETURNED
    return AlarmStep(standing.text, kind, "node", reason=reason)


def _told(
    desk: Desk,
    body: AlarmRaised | AlarmStep | ClockEvent,
    subject: SubjectId,
    key: str,
    now: datetime,
    ids: Ids,
) -> Decision:
    statement = Statement(
        id=ids.statement(desk.party, key, Form.EXACT),
        subject=subject,
        author=Author(desk.party, "unsigned"),
        cap=desk.cap,
        stated_at=now,
        body=body,
    )
    return Decision((Telling(statement, ()),))
