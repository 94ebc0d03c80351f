"""Which findings become alarms: one for each rule and matter, ended with a reason when its cause ends.

An alarm is what a named human must act on. A finding that asks nobody for anything stays a finding.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Final

from msgspec import Struct

from keepclear.model.alarms import AlarmRaised, Asked, Contact, Plan
from keepclear.model.channels import ChannelStated, ContactLogged, Direction
from keepclear.model.hotline import MessageSent, Purpose, WarningGiven
from keepclear.model.statements import Entry
from keepclear.model.words import PartyId, Precedence, StatementId, SubjectId
from keepclear.rules.attention import Attention, attention
from keepclear.rules.danger import unanswered
from keepclear.rules.escalation import (
    ACKNOWLEDGE_S,
    BY_THE_NODE,
    HOLD_S,
    SITE_IN_DANGER,
    plan_for,
    plan_to_ask_again,
)
from keepclear.views.alarms import Alarm
from keepclear.views.attribution import party_name
from keepclear.views.hotlines import HotlineView, hotlines
from keepclear.views.picture import Picture
from keepclear.views.told import Outbox
from keepclear.views.wording import shortened

ACKNOWLEDGE, NOT_RECEIVED, ON_HOLD, UNCLAIMED = "acknowledge", "not-received", "on-hold", "unclaimed"
RISING, ENTRY, UNANSWERED = "build-up-rising", "zone-entry", "hotline-unanswered"
CURRENT: Final = timedelta(days=1)

ENDED: Final[dict[str, str]] = {
    ACKNOWLEDGE: "acknowledged or answered here",
    NOT_RECEIVED: "every addressee has acknowledged or answered by its own word",
    ON_HOLD: "taken: the caller has been heard",
    UNCLAIMED: "somebody has said whose they are, or they have gone",
    RISING: "raised with another party, or no longer rising",
    ENTRY: "no longer current",
    UNANSWERED: "answered since",
    SITE_IN_DANGER: "a named person of everybody called has answered, or the call was withdrawn",
}


class Wanted(Struct, frozen=True):
    """An alarm that the party's picture calls for; `since` and `grounds` say why."""

    body: AlarmRaised

    @property
    def key(self) -> tuple[str, SubjectId]:
        """The rule and the matter: there is one alarm for both."""
        return (self.body.rule, self.body.matter)


class Changes(Struct, frozen=True):
    """What is to be raised, and which open alarms have lost their cause."""

    to_raise: tuple[Wanted, ...]
    ended: tuple[Alarm, ...]


def wanted(picture: Picture, box: Outbox, now: datetime) -> list[Wanted]:
    """List the alarms that a party's picture calls for, one for each rule and matter."""
    found: dict[tuple[str, SubjectId], Wanted] = {}
    in_danger = (Wanted(body) for body in unanswered(picture, now))
    for each in (*in_danger, *_findings(picture, box, now), *_holds(picture, now)):
        found.setdefault(each.key, each)
    return list(found.values())


def changes(calls_for: Sequence[Wanted], standing: Sequence[Alarm]) -> Changes:
    """Compare what is called for with what stands.

    What a person has cleared comes again only on new grounds. Alarms of other rules are left alone.
    """
    by_key = {(each.body.rule, each.body.matter): each for each in standing}
    keys = {each.key for each in calls_for}
    to_raise = tuple(each for each in calls_for if _is_new(each, by_key.get(each.key)))
    ended = tuple(
        each
        for key, each in by_key.items()
        if each.is_open and each.state != "returned, unacknowledged" and key[0] in ENDED and key not in keys
    )
    return Changes(to_raise, ended)


def _is_new(call: Wanted, last: Alarm | None) -> bool:
    if last is None:
        return True
    if last.state == "returned, unacknowledged":
        return set(call.body.grounds) != set(last.body.grounds)
    if last.is_open:
        return False
    return last.by_role == BY_THE_NODE or set(call.body.grounds) != set(last.body.grounds)


def _findings(picture: Picture, box: Outbox, now: datetime) -> Iterator[Wanted]:
    for found in attention(picture, box, now):
        match found.rule:
            case "acknowledgement" if not _is_own_danger(picture, found):
                yield _acknowledgement(picture, found, now)
            case "unclaimed":
                yield _from(found, UNCLAIMED, Precedence.PRIORITY, now, plan_to_ask_again(), found.at)
            case "build-up-rising":
                yield _from(found, RISING, Precedence.ROUTINE, now)
            case "zone-entry" if found.overdue and now - found.at < CURRENT:
                yield _from(found, ENTRY, Precedence.PRIORITY, now)
            case "hotline-unanswered":
                yield _unanswered(picture, found, now)
            case _:
                continue


def _is_own_danger(picture: Picture, found: Attention) -> bool:
    """Tell whether a finding is of one's own call for a site in danger, which has an alarm of its own."""
    text = picture.latest(found.matter.subject)
    if text is None or text.statement.author.party != picture.party:
        return False
    body = text.statement.body
    return isinstance(body, MessageSent) and body.purpose == Purpose.SITE_IN_DANGER


def _acknowledgement(picture: Picture, found: Attention, now: datetime) -> Wanted:
    text = picture.latest(found.matter.subject)
    body = None if text is None else text.statement.body
    precedence = body.precedence if isinstance(body, MessageSent | WarningGiven) else Precedence.ROUTINE
    if text is not None and text.statement.author.party == picture.party:
        titled = f"NOT RECEIVED: {found.title}"
        words = f"A {found.matter.kind} without a receipt counts as not received. {found.words}"
        return _from(found, NOT_RECEIVED, precedence, now, title=titled, words=words)
    since = now
    if found.due is not None:
        since = min(now, found.due - timedelta(seconds=ACKNOWLEDGE_S[precedence]))
    return _from(found, ACKNOWLEDGE, precedence, now, None, since)


def _unanswered(picture: Picture, found: Attention, now: datetime) -> Wanted:
    rows = hotlines(picture, now)
    this = next((row for row in rows if row.subject == found.matter.subject), None)
    words = f"{found.words} {_other_ways(this, rows)}"
    return _from(found, UNANSWERED, Precedence.PRIORITY, now, words=words)


def _other_ways(this: HotlineView | None, rows: Sequence[HotlineView]) -> str:
    """Name the other hotlines to the same ends, the answering ones first (FAIL-16)."""
    ends = {end.party for end in this.ends} if this is not None else set()
    others = [row for row in rows if this is not None and row.subject != this.subject and ends <= _ends(row)]
    others.sort(key=lambda row: row.observed != "answering")
    ways = "; ".join(f"{row.name} ({row.level}, {row.observed})" for row in others)
    return f"Other ways: {ways}." if ways else "No other hotline to the same ends is known."


def _ends(row: HotlineView) -> set[PartyId]:
    return {end.party for end in row.ends}


def _from(
    found: Attention,
    rule: str,
    precedence: Precedence,
    now: datetime,
    plan: Plan | None = None,
    since: datetime | None = None,
    title: str = "",
    words: str = "",
) -> Wanted:
    return Wanted(
        AlarmRaised(
            matter=found.matter.subject,
            rule=rule,
            title=(title or found.title)[:160],
            precedence=precedence,
            plan=plan or plan_for(precedence),
            counts_from=min(now, since or now),
            words=(words or found.words)[:4_000],
            grounds=tuple(ground.statement for ground in found.grounds),
            asks=tuple(Asked(Contact(action.kind.value), action.words) for action in found.actions),
        )
    )


def _holds(picture: Picture, now: datetime) -> Iterator[Wanted]:
    """A flash call that nobody has taken yet: after 60 s any officer is asked to (FAIL-02)."""
    for subject, text, body in picture.each(ContactLogged):
        waits = body.direction == Direction.IN and body.precedence == Precedence.FLASH
        heard = body.answered is True or bool(body.passed)
        if waits and not heard and now - body.started.at < CURRENT and body.started.at <= now:
            yield _hold(picture, subject, text.entry, body)


def _hold(picture: Picture, subject: SubjectId, entry: Entry, body: ContactLogged) -> Wanted:
    caller = party_name(picture, body.with_party)
    channel = picture.latest(body.channel) if body.channel is not None else None
    line = channel.statement.body if channel is not None else None
    on = f" on {line.name}" if isinstance(line, ChannelStated) else ""
    return Wanted(
        AlarmRaised(
            matter=subject,
            rule=ON_HOLD,
            title=f"Flash call on hold: {caller}"[:160],
            precedence=Precedence.FLASH,
            plan=plan_for(Precedence.FLASH, f"{HOLD_S} s on hold: any officer takes it, now."),
            counts_from=body.started.at,
            words=f"{caller} is waiting{on}. {shortened(body.gist)}"[:4_000],
            grounds=(StatementId(entry.statement.id),),
            asks=(
                Asked(Contact.CALL, "Take the call; do not wait for the usual contact"),
                Asked(Contact.ASK, "Safety message? Pass it now"),
            ),
        )
    )
