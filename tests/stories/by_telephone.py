"""Plays a script on a real node where one party can be reached by telephone only: every word goes by call.

What that party says in the script is noted down by whom it told, as reported; what it is told is read out
in a call. No log of that party exists.
"""

from __future__ import annotations

from datetime import timedelta

from msgspec.structs import replace

from keepclear.commands import calls
from keepclear.commands.calls import Acting
from keepclear.model.channels import ContactPurpose, Direction
from keepclear.model.hotline import MessageSent, RungReached, WarningGiven
from keepclear.model.parties import PartyStated, Reach
from keepclear.model.statements import digest, encode
from keepclear.model.words import CapStatus, PartyId, Speaker, Via
from keepclear.record.canonical import canonical
from keepclear.scenarios.loader import Script
from keepclear.scenarios.player import play
from keepclear.service.asking import Ask, Outcome
from keepclear.service.clock import SimulatedClock
from keepclear.service.keys import Keyring
from keepclear.service.node import Node
from keepclear.service.replay import Replay, opening_time, parties_of
from keepclear.stores.memory import MemoryStore


class Telephone:
    """A script's acts, carried out with one party at the end of a telephone."""

    def __init__(self, script: Script, party: str, caller: str) -> None:
        self.party, self.caller = PartyId(party), PartyId(caller)
        hosted = tuple(each for each in parties_of(script) if each != self.party)
        self.clock = SimulatedClock(opening_time(script))
        self.node = Node(
            MemoryStore(), Keyring.from_seed("voice", b"story", hosted), self.clock, CapStatus.EXERCISE
        )
        self.node.host(*hosted)
        self.calls: list[str] = []
        self.unsaid: list[str] = []
        self.made = 0
        played = play(script, self._act)
        self.replay = Replay(script, self.node, played)

    def _act(self, step, tell, at):
        self.clock.move_to(at)
        if isinstance(tell.body, PartyStated) and tell.body.party == self.party:
            tell = replace(tell, body=replace(tell.body, reach=Reach.VOICE))
        if step.by == self.party:
            return self._heard(step, tell)
        if isinstance(tell.body, RungReached) and tell.body.reader == step.by and self.party in tell.readers:
            return self._acknowledged_aloud(step, tell)
        outcome = self.node.act(self.node.ask(step.by, tell, f"step/{step.step}"))
        if isinstance(tell.body, MessageSent | WarningGiven) and self.party in tell.body.to:
            self._read_out(step.by, outcome.statement)
        return outcome

    def _heard(self, step, tell):
        """What the other end said: the caller's own note, with whose words it was."""
        speaker = tell.said_by or Speaker("duty officer", party=self.party)
        noted = replace(
            tell, readers=(), via=Via.PHONE, said_by=replace(speaker, party=self.party), not_telling={}
        )
        outcome = self.node.act(self.node.ask(self.caller, noted, f"step/{step.step}"))
        subject = self._call(self.caller, Direction.IN)
        self._on(self.caller, lambda acting: calls.ended(acting, subject, calls.Ended("noted")))
        return outcome

    def _acknowledged_aloud(self, step, tell):
        """Our own receipt of what they said on the telephone goes back on the telephone."""
        subject = self._call(step.by, Direction.OUT)
        self._on(step.by, lambda acting: calls.ended(acting, subject, calls.Ended("acknowledged aloud")))
        self.unsaid.append(step.step)
        return replay_of(self.node, step.by, tell.body.of)

    def _read_out(self, by, statement):
        subject = self._call(by, Direction.OUT)
        said = calls.Answered(role="duty officer", language="ru")
        self._on(by, lambda acting: calls.answered(acting, subject, said))
        self._on(by, lambda acting: calls.passed(acting, subject, calls.Passed(statement)))
        self._on(by, lambda acting: calls.ended(acting, subject, calls.Ended("read out")))
        self.calls.append(statement)

    def _call(self, by, direction):
        asked = calls.Start(self.party, direction, ContactPurpose.COORDINATION, caller_role="ground desk")
        return self._on(by, lambda acting: calls.start(acting, asked)).subject

    def _on(self, by, decide):
        self.made += 1
        self.clock.move_to(self.clock.now() + timedelta(microseconds=1))
        key, node = f"telephone/{self.made}", self.node
        return node.act(
            Ask(by, key, canonical([key]), (), lambda desk, now: decide(Acting(desk, key, now, node.keys)))
        )


def replay_of(node, party, identity):
    """The outcome of a text that is there already."""
    entry = node.picture(party).entry(identity)
    return Outcome(identity, entry.statement.subject, digest(encode(entry.statement)), ())
