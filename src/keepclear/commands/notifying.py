"""What a submission, a movement and each step of them must fulfil."""

from __future__ import annotations

from collections.abc import Callable

from keepclear.commands.acts import Act
from keepclear.errors import LimitRefused, NotAllowed, NotKnown, Refused
from keepclear.model.notifications import MovementStated, NotificationStep, StepTaken, SubmissionMade
from keepclear.model.statements import Entry
from keepclear.model.telling import StatusStated
from keepclear.model.words import PUBLIC, owner_of
from keepclear.rules.coarseness import tells_coordinates
from keepclear.times import text
from keepclear.views.movements import Standing, barred, standing
from keepclear.views.submissions import intake, places

_OF_A_SUBMISSION = frozenset(
    (
        StepTaken.CONSENTED,
        StepTaken.CONSENT_WITHDRAWN,
        StepTaken.TAKEN_IN,
        StepTaken.RETURNED,
        StepTaken.VERIFIED,
    )
)
_CONSENT = (StepTaken.CONSENTED, StepTaken.CONSENT_WITHDRAWN)
_PHONES = (StepTaken.PHONE_ANSWERED, StepTaken.PHONE_SILENT)


def admit_submission(act: Act, body: SubmissionMade) -> None:
    """Hold a submission to its one reader: the cell that takes it in.

    Raises:
        LimitRefused: it would go to everybody, or to several.
    """
    if PUBLIC in act.readers or len(act.readers) > 1:
        raise LimitRefused(
            "a submission told to more than the cell that takes it in",
            "LIM-06",
            "one notification cell; that cell restates it to those for whom there is consent",
            "readers",
        )


def admit_movement(act: Act, body: MovementStated) -> None:
    """Hold a movement to times that can be: each leg after the one before, halts within the window.

    Raises:
        Refused: which leg or halt breaks the order.
    """
    valid = act.statement.valid
    if valid is None or valid.start is None or valid.end is None:
        raise Refused("a movement without its window", "movement-window", "valid with start and end", "valid")
    before = valid.start
    for number, leg in enumerate(body.legs, 1):
        if not before <= leg.departs.at < leg.arrives.at <= valid.end:
            raise Refused(
                f"leg {number}, {leg.departs.shown()} to {leg.arrives.shown()}",
                "leg-order",
                f"a leg that leaves at {text(before)} or later and arrives after that, by {text(valid.end)}",
                f"body.legs[{number - 1}]",
            )
        before = leg.arrives.at
    for number, halt in enumerate(body.halts):
        if valid.meet(halt.window) != halt.window:
            raise Refused(
                f'the halt "{halt.name}" outside the window of its movement',
                "halt-window",
                f"a window within {text(valid.start)} to {text(valid.end)}",
                f"body.halts[{number}]",
            )


def refuse_condition(act: Act, body: StatusStated) -> None:
    """Refuse a condition of a submission or movement: hold, active and paused are worked out.

    Raises:
        NotAllowed: a person would type what follows from receipts and check-ins.
    """
    entry = act.picture.entry(body.of)
    kinds = (SubmissionMade, MovementStated, NotificationStep)
    if entry is not None and isinstance(entry.statement.body, kinds):
        raise NotAllowed(
            f"stating the condition of a {entry.statement.kind}",
            "condition-worked-out",
            "nothing: it follows from receipts, tests and check-ins; to call it off, revoke it",
            "body.of",
        )


def admit_step(act: Act, body: NotificationStep) -> None:
    """Hold a step against what it is about, who takes it, and what must have come before.

    Raises:
        Refused: with the rule and what would pass.
    """
    if tells_coordinates(f"{body.where} {body.reason}"):
        raise LimitRefused(
            "a step that tells a place by coordinates", "LIM-08", "the leg, or a place by name", "body.where"
        )
    found = act.picture.latest(body.of)
    wanted = SubmissionMade if body.step in _OF_A_SUBMISSION else MovementStated
    if found is None or not isinstance(found.statement.body, wanted):
        raise NotKnown(
            f'the step "{body.step.value}" of {body.of}',
            "step-of",
            f"the subject of a {'submission' if wanted is SubmissionMade else 'movement'} that stands here",
            "body.of",
        )
    if wanted is SubmissionMade:
        _of_a_submission(act, body, found.entry)
    else:
        _of_a_movement(act, body)


def _of_a_submission(act: Act, body: NotificationStep, current: Entry) -> None:
    by_owner = owner_of(body.of) == act.by
    if by_owner != (body.step in _CONSENT):
        who = (
            "the agency that submitted it" if body.step in _CONSENT else "the cell to which it was submitted"
        )
        raise NotAllowed(f'the step "{body.step.value}" by {act.by}', "step-by", who, "body.step")
    if body.step in _CONSENT:
        missing = body.party is None or (body.step == StepTaken.CONSENTED and body.form is None)
        if missing:
            raise Refused(
                f'the step "{body.step.value}" without party or form',
                "consent-whole",
                "for which party, and for a consent in which form",
                "body.party",
            )
        return
    if body.text != current.statement.id:
        raise Refused(
            f'the step "{body.step.value}" of another text than the one that stands',
            "step-text",
            f"the text {current.statement.id}",
            "body.text",
        )
    if body.step == StepTaken.RETURNED and not body.reason:
        raise Refused("a submission returned without a reason", "reason", "why, in words", "body.reason")
    if body.step == StepTaken.VERIFIED:
        _verified(act, body, current)


def _verified(act: Act, body: NotificationStep, current: Entry) -> None:
    """Refuse to verify by the person who took it in, or where the forms of a place do not agree (FAIL-12)."""
    submission = current.statement.body
    assert isinstance(submission, SubmissionMade)  # noqa: S101 - narrows the type; the caller chose it
    done = intake(act.picture, current.statement.id)
    taken = [step for _, step in done if step.step == StepTaken.TAKEN_IN]
    if not taken or done[-1][1].step == StepTaken.RETURNED:
        raise Refused(
            "verifying a text that was not taken in",
            "taken-in-first",
            "the step taken in, before",
            "body.step",
        )
    if _same_person(taken[-1], body):
        raise Refused(
            f"verifying by {body.by_role}, who took it in",
            "second-person",
            f"a second person: another officer than {taken[-1].officer or taken[-1].by_role}",
            "body.officer",
        )
    apart = [place for place in places(submission) if not place.compared.agree]
    if apart:
        raise Refused(
            f'verifying "{apart[0].name}": {apart[0].compared.words}',
            "position-forms",
            apart[0].compared.would_agree or "the submission returned, and its forms corrected by the agency",
            "body.text",
        )


def _same_person(taken: NotificationStep, now: NotificationStep) -> bool:
    """Tell whether two steps are of one person, as far as is said: offices alone must differ."""
    if taken.officer and now.officer:
        return taken.officer == now.officer
    return taken.by_role == now.by_role


def _of_a_movement(act: Act, body: NotificationStep) -> None:
    if owner_of(body.of) != act.by:
        raise NotAllowed(
            f'the step "{body.step.value}" by {act.by}',
            "step-by",
            f"{owner_of(body.of)}, which states the movement; tell it by message or telephone",
            "body.step",
        )
    found = standing(act.picture, body.of)
    assert found is not None  # noqa: S101 - the caller found its text
    if body.step in _PHONES:
        _phone(act, body)
        return
    _WAY[body.step](act, body, found)


def _phone(act: Act, body: NotificationStep) -> None:
    if body.phone is None:
        raise Refused(
            "the test of a telephone without its label", "phone", 'a label such as "phone-1"', "body.phone"
        )
    if act.readers:
        raise Refused(
            "telling others of a telephone",
            "personal-beside",
            "no readers: it stands with the cell that must call",
            "readers",
        )


def _leg(body: NotificationStep, found: Standing) -> int:
    if body.leg is None or body.leg > len(found.body.legs):
        raise Refused(
            f'the step "{body.step.value}" of leg {body.leg}',
            "leg",
            f"a leg from 1 to {len(found.body.legs)}",
            "body.leg",
        )
    return body.leg


def _departed(act: Act, body: NotificationStep, found: Standing) -> None:
    """Refuse to set out on a leg while anything stands against it (FAIL-14)."""
    number = _leg(body, found)
    ended = {step.leg for _, step in found.way if step.step == StepTaken.ARRIVED}
    begun = {step.leg for _, step in found.way if step.step == StepTaken.DEPARTED}
    if number in begun or any(before not in ended for before in range(1, number)):
        raise Refused(
            f"setting out on leg {number}",
            "leg-order",
            "the legs before ended, this one not begun",
            "body.leg",
        )
    reasons = barred(act.picture, found, act.now)
    if reasons:
        raise Refused(
            f'setting out on leg {number} of "{found.body.name}": {"; ".join(reasons)}',
            "departure-barred",
            "every named operating cell has relayed the current text, and the telephones have answered",
            "body.step",
        )


def _under_way(act: Act, body: NotificationStep, found: Standing) -> None:
    number = _leg(body, found)
    if not any(step.leg == number and step.step == StepTaken.DEPARTED for _, step in found.way):
        raise Refused(
            f'the step "{body.step.value}" of leg {number}, which has not begun',
            "leg-begun",
            f"the step departed of leg {number}, before",
            "body.leg",
        )


_WAY: dict[StepTaken, Callable[[Act, NotificationStep, Standing], None]] = {
    StepTaken.DEPARTED: _departed,
    StepTaken.CHECKED_IN: _under_way,
    StepTaken.ARRIVED: _under_way,
}
