"""A desk whose engine runs, for the stories of calls that must not be lost."""

from __future__ import annotations

from datetime import timedelta

from tests.building import stamp_at
from tests.watching import PARTIES, START, Machine, Watch

from keepclear.commands.telling import Tell
from keepclear.model.channels import (
    ChannelEnd,
    ChannelStated,
    CheckMade,
    CheckResult,
    ContactLogged,
    ContactPurpose,
    Direction,
)
from keepclear.model.words import PUBLIC, Domain, Level, PartyId, Precedence
from keepclear.times import Stamp
from keepclear.views.alarms import alarms

__all__ = ["Desk", "stamp_at"]


class Desk(Watch):
    """A night's desk with the acts of the stories."""

    def __init__(self) -> None:
        super().__init__(machine=Machine(START))

    def now(self) -> Stamp:
        return Stamp(self.node.clock.now())

    def tell(self, by, body, *readers, **more):
        self._made += 1
        act = Tell(body=body, readers=tuple(readers), **more)
        return self.node.act(self.node.ask(PartyId(by), act, f"story/{self._made}"))

    def hotline(self, name, level=Level.DESK, domain=Domain.GROUND):
        ends = tuple(ChannelEnd(party, f"{level} officer") for party in PARTIES)
        return self.tell("COA", ChannelStated(name, domain, level, ends), PUBLIC).subject

    def call_in(self, channel=None, subject=None, **more):
        body = ContactLogged(
            "RUS", Direction.IN, ContactPurpose.SAFETY, "asks for the usual contact", self.now(),
            channel=channel, precedence=Precedence.FLASH, **more,
        )  # fmt: skip
        return self.tell("COA", body, subject=subject)

    def check(self, channel, result=CheckResult.NO_ANSWER, fault=""):
        return self.tell("COA", CheckMade(channel, result, self.now(), "duty officer", fault))

    def alarm(self, rule, party="COA"):
        found = [each for each in alarms(self.node.picture(PartyId(party))) if each.body.rule == rule]
        return found[-1] if found else None

    def told(self, rule):
        """Who was told of an alarm of this rule, with the seconds after the desk's evening began."""
        alarm = self.alarm(rule)
        keys = (
            {}
            if alarm is None
            else {entry.statement.body.send: entry.statement.stated_at for entry in alarm.history}
        )
        return [(sent.role, (keys[sent.key] - START) // timedelta(seconds=1))
                for sent in self.post.came if sent.key in keys]  # fmt: skip
