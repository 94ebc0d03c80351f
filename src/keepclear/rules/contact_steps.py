"""Who can reach whom, how long words take, and which contact step comes next: never more than a contact.

The steps are call, ask, warn and step back, in this order, one for each rung (FAIL-03(d), LIM-07). The relay
clock runs from the first word that was passed about a matter (FAIL-03(a)).
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from keepclear.model.alarms import Plan
from keepclear.model.channels import ChannelStated
from keepclear.model.parties import RelationStated
from keepclear.model.words import Level, PartyId, SubjectId
from keepclear.times import text
from keepclear.views.attribution import party_name
from keepclear.views.parties import RELAYING, relay_to
from keepclear.views.picture import Picture
from keepclear.views.raising import raises

STEPS: Final = (
    "Step 1, call: who answers, any officer; ask that it stops where it is.",
    "Step 2, ask: whose are they, and who can reach them?",
    "Step 3, warn: say what is asked there, whose stances differ, and that this is a warning.",
    "Step 4, step back: offer a mutual step-back with a distance, a time and a check.",
)


class RelayClock(Struct, frozen=True):
    """When word that was passed should have reached a party; `due` is None where no time is stated."""

    passed_at: datetime
    due: datetime | None
    words: str


def relay_clock(
    picture: Picture, to: PartyId, about: tuple[SubjectId, ...], now: datetime
) -> RelayClock | None:
    """Give the clock of the first word that was passed about a matter; None where none was."""
    passed = [
        at
        for subject in about
        for raised in raises(picture, subject, now)
        if (at := raised.view.said.stated_at) <= now
    ]
    if not passed:
        return None
    way = relay_to(picture, to)
    first = min(passed)
    if way.minutes is None:
        return RelayClock(first, None, f"Word passed {text(first)}. {way.words}")
    due = first + timedelta(minutes=way.minutes)
    reach = "should have reached" if due <= now else "reaches"
    least = "" if way.minutes_known else " at the earliest"
    words = f"Word passed {text(first)} {reach} {way.to_name} by {text(due)}{least}. {way.words}"
    return RelayClock(first, due, words)


def who_can_reach(picture: Picture, party: PartyId) -> str:
    """Name those who can pass word on to a party, and the way to it: who can reach them?"""
    found = [
        (body.from_party, body.relation.value)
        for _, _, body in picture.each(RelationStated)
        if body.to_party == party and body.relation in RELAYING and body.from_party != picture.party
    ]
    named = "; ".join(f"{party_name(picture, one)} ({relation})" for one, relation in dict(found).items())
    way = relay_to(picture, party).words
    return f"Can reach {party_name(picture, party)}: {named or 'nobody known'}. {way}"


def hotline_at(picture: Picture, level: Level, parties: tuple[PartyId, ...]) -> str:
    """Name the hotlines of one level to one of some parties, in words."""
    names = [
        body.name
        for _, _, body in picture.each(ChannelStated)
        if body.level == level
        and picture.party in (ends := {end.party for end in body.ends})
        and any(party in ends for party in parties)
    ]
    if names:
        return f"On {', '.join(names)} ({level.value})."
    return f"No hotline at the level {level.value} is known: by any other way."


def by_level(picture: Picture, plan: Plan, parties: tuple[PartyId, ...]) -> Plan:
    """Give a plan whose every rung names the hotline of its level, up to the chiefs (FAIL-06(b))."""
    steps = tuple(
        replace(step, words=f"{step.words} {hotline_at(picture, step.level, parties)}".strip()[:4_000])
        for step in plan.steps
    )
    return replace(plan, steps=steps)


def by_steps(plan: Plan) -> Plan:
    """Give a plan whose rungs take the contact steps in order; where it is longer, the last stays."""
    last = len(STEPS) - 1
    steps = tuple(
        replace(step, words=f"{STEPS[min(number, last)]} {step.words}".strip())
        for number, step in enumerate(plan.steps)
    )
    return replace(plan, steps=steps)
