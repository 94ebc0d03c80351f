"""The player: turns a script's steps into acts of telling, in order, and keeps what each one made.

It neither decides nor stores anything. Whoever plays hands in `act`, which carries out one act through the
same command path as a live node's and gives back the ids that it made.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any, Protocol

import msgspec
from msgspec import Struct

from keepclear.commands.telling import Tell
from keepclear.errors import KeepclearError, Malformed
from keepclear.model.hotline import RungReached
from keepclear.model.words import PartyId, StatementId, SubjectId
from keepclear.scenarios.loader import REFERENCES, Script, Step, ToldOn, instants


class Outcome(Protocol):
    """What an act came to: the ids that it made, and the hash of the statement's bytes."""

    @property
    def statement(self) -> StatementId:
        """The statement."""
        ...

    @property
    def subject(self) -> SubjectId:
        """Its subject."""
        ...

    @property
    def digest(self) -> str:
        """The SHA-256 of its canonical bytes, in hex; empty where no bytes were made."""
        ...


class Made(Struct, frozen=True):
    """What became of a step: the statement and subject that it made, and when."""

    statement: StatementId
    subject: SubjectId
    digest: str
    at: datetime


class Played(Struct, frozen=True):
    """What has been played: by step, and the subjects by their names."""

    steps: dict[str, Made]
    subjects: dict[str, SubjectId]

    def made(self, step: str) -> Made:
        """Give what a step made.

        Raises:
            Malformed: the step was not played.
        """
        if step not in self.steps:
            raise Malformed(f'the step "{step}"', "played-step", "a step that has been played", "step")
        return self.steps[step]


class TellOn(Struct, frozen=True):
    """To tell an own statement, as it is, to more readers."""

    statement: StatementId
    readers: tuple[PartyId, ...]


class Move(Struct, frozen=True):
    """One act, ready to be carried out: the step, what is told, and when."""

    step: Step
    tell: Tell | TellOn
    at: datetime


Act = Callable[[Step, Tell | TellOn, datetime], Outcome]
"""Carries out one act: the step, what is told by `step.by`, and when."""


class Player:
    """Goes through a script: take a move, carry it out, say what it made."""

    def __init__(self, script: Script, until: datetime | None = None) -> None:
        self.script = script
        self.played = Played({}, {})
        self._until = until

    def moves(self) -> Iterator[Move]:
        """Give the acts in order; call `took` with what each one made before asking for the next."""
        for step, at in self.steps():
            yield Move(step, self.tell(step), at)

    def steps(self) -> Iterator[tuple[Step, datetime]]:
        """Give the steps in order, each with the instant at which it is played."""
        for step, at in zip(self.script.steps, instants(self.script.steps), strict=True):
            if self._until is not None and at > self._until:
                return
            yield step, at

    def took(self, move: Move, outcome: Outcome) -> None:
        """Keep what a move made, so that later steps can name it."""
        step = move.step
        self.played.steps[step.step] = Made(outcome.statement, outcome.subject, outcome.digest, move.at)
        self.played.subjects[step.name] = outcome.subject
        self.played.subjects.setdefault(step.step, outcome.subject)

    def tell(self, step: Step) -> Tell | TellOn:
        """Give a step as an act of telling, with ids in place of names.

        Raises:
            Malformed: the step names something that no earlier step made.
        """
        if isinstance(step.body, ToldOn):
            return TellOn(self._statement(step, step.body.of), step.tell)
        known = self.played.subjects.get(step.subject) if step.subject is not None else None
        return Tell(
            body=self._body(step),
            readers=step.tell,
            subject=known,
            form=step.form,
            thread=self._subject(step, step.thread) if step.thread is not None else None,
            said_by=step.said_by,
            said_at=step.said_at,
            via=step.via,
            source=self._subject(step, step.source) if step.source is not None else None,
            mark=step.mark,
            valid=step.valid,
            answers=tuple(self._statement(step, name) for name in step.answers),
            onward=step.onward,
            remarks=step.remarks,
            not_telling=step.not_telling,
        )

    def _body(self, step: Step) -> Any:  # noqa: ANN401 - one of the bodies
        changed: dict[str, Any] = {}
        for reference in REFERENCES[type(step.body)]:
            value = getattr(step.body, reference.field)
            find = self._subject if reference.subject else self._statement
            if reference.many:
                changed[reference.field] = tuple(find(step, name) for name in value)
            elif value is not None:
                changed[reference.field] = find(step, value)
        if isinstance(step.body, RungReached) and not step.body.text_hash:
            # A live desk acknowledges the very bytes that it holds; the script cannot know their hash.
            changed["text_hash"] = self.played.made(step.body.of).digest
        return msgspec.structs.replace(step.body, **changed)

    def _subject(self, step: Step, name: str) -> SubjectId:
        found = self.played.subjects.get(name)
        if found is None:
            raise _unknown(step, name, "a subject that an earlier step names")
        return found

    def _statement(self, step: Step, name: str) -> StatementId:
        found = self.played.steps.get(name)
        if found is None:
            raise _unknown(step, name, "the id of an earlier step")
        return found.statement


def _unknown(step: Step, name: str, passes: str) -> Malformed:
    return Malformed(f'step {step.step} speaks of "{name}"', "known-name", passes, step.kind)


def play(
    script: Script,
    act: Act,
    until: datetime | None = None,
    refused: Callable[[Step, KeepclearError], None] | None = None,
) -> Played:
    """Play a script: carry out its acts in order.

    Args:
        script: what is played.
        act: carries out one act and gives what it made.
        until: the instant after which nothing is played any more; None for all.
        refused: told of an act that is refused, which is then left out with what rests on it; None where a
            refusal ends the play.

    Raises:
        KeepclearError: an act was refused; the step is named in front.
    """
    player = Player(script, until)
    for step, at in player.steps():
        try:
            move = Move(step, player.tell(step), at)
            outcome = act(step, move.tell, at)
        except KeepclearError as error:
            if refused is not None:
                refused(step, error)
                continue
            error.asked = f"step {step.step}: {error.asked}"
            error.args = (str(error),)
            raise
        player.took(move, outcome)
    return player.played
