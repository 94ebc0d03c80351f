"""What the terms of a mutual step-back must say, and what may be said of its check (FAIL-06(c))."""

from __future__ import annotations

from keepclear.commands.acts import Act
from keepclear.errors import Malformed, NotKnown, Refused
from keepclear.model.measures import Basis, MeasureKind, MeasureStated, Stance, StanceTaken
from keepclear.model.statements import Entry, digest_of
from keepclear.model.step_backs import StepBackChecked
from keepclear.times import text
from keepclear.views.step_backs import in_force


def admit_terms(act: Act, body: MeasureStated) -> None:
    """Hold the terms of a step-back: agreed by all who step back, its times in order, its checker named.

    Raises:
        Malformed: terms on another sort of measure.
        Refused: which term is missing or out of order.
    """
    terms = body.step_back
    if terms is None:
        return
    if body.measure != MeasureKind.STEP_BACK:
        raise Malformed(
            f"terms of a step-back on a {body.measure}", "step-back", "measure step-back", "body.step_back"
        )
    if body.basis != Basis.AGREED or not {*terms.parties, act.by} <= set(body.parties):
        raise Refused(
            "a step-back without the word of those who step back",
            "step-back-agreed",
            "basis agreed, and parties with the author and everybody who steps back",
            "body.parties",
        )
    if terms.check_by not in (*body.parties, *body.monitors):
        raise Refused(
            f"a check by {terms.check_by}, which is no party to it",
            "step-back-check",
            "one of parties, or one of monitors",
            "body.step_back.check_by",
        )
    if not act.now < terms.by <= terms.check_at:
        raise Refused(
            f"a step-back by {text(terms.by)} with its check at {text(terms.check_at)}",
            "step-back-times",
            "a time still to come, and a check at that time or after it",
            "body.step_back.check_at",
        )


def admit_agreed_hash(entry: Entry, body: StanceTaken) -> None:
    """Hold that a stance is on the very text: its hash where it is given; a step-back needs it to be given.

    Raises:
        Refused: another hash than that of the text as it is held here, or none where one is needed.
    """
    of = entry.statement.body
    held = digest_of(entry.statement)
    bound = isinstance(of, MeasureStated) and of.step_back is not None and body.stance == Stance.AGREED
    if (bound or body.text_hash) and body.text_hash != held:
        raise Refused("a stance on other bytes than those held here", "text-hash", held, "body.text_hash")


def admit_step_back_check(act: Act, body: StepBackChecked) -> None:
    """Hold that a check is of the step-back that binds.

    Raises:
        NotKnown: the text is no step-back with terms.
        Refused: not everybody has agreed to that text, or it no longer binds.
    """
    entry = act.picture.entry(body.of)
    of = None if entry is None else entry.statement.body
    if entry is None or not isinstance(of, MeasureStated) or of.step_back is None:
        raise NotKnown(f"a check of {body.of}", "step-back", "the id of a step-back with terms", "body.of")
    if entry.statement.subject != body.measure:
        raise Refused(
            "a check whose text and measure differ", "step-back", entry.statement.subject, "body.measure"
        )
    if not in_force(act.picture, entry):
        raise Refused(
            f'a check of "{of.name}", to which not everybody has agreed',
            "step-back-operative",
            "the text to which every party has agreed by its hash",
            "body.of",
        )
