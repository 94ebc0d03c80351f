"""What needs a person's attention at one desk: findings with grounds, and contact actions only.

An action is a call, a warning, a question or a step back; there is no other (LIM-07). These are findings
worked out from the picture; rules/alarming.py makes alarms of those on which somebody must act.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TypeVar

from msgspec import Struct

from keepclear.model.hotline import Answer
from keepclear.model.measures import MeasureKind, MeasureStated
from keepclear.model.notices import Observed
from keepclear.model.statements import Entry
from keepclear.model.words import PartyId, StatementId, SubjectId
from keepclear.rules.contact_steps import relay_clock
from keepclear.views.activity import BuildUpView, ObservationView, buildups, observations
from keepclear.views.attribution import Named, named
from keepclear.views.hotlines import hotlines
from keepclear.views.measures import StanceView, stances
from keepclear.views.picture import Picture
from keepclear.views.raising import NO_HIGHER, raises
from keepclear.views.sides import INSIDE, UNDETERMINED, SideTest
from keepclear.views.threads import OUT, MessageView, owed_messages
from keepclear.views.told import Outbox
from keepclear.views.wording import shortened


class Act(StrEnum):
    """The contact actions; the whole list."""

    CALL = "call"
    WARN = "warn"
    ASK = "ask"
    STEP_BACK = "step back"


class Action(Struct, frozen=True):
    """Something a person may do about a finding, in words."""

    kind: Act
    words: str


class Ground(Struct, frozen=True):
    """A statement that a finding rests on, and what it says."""

    statement: StatementId
    words: str


class Attention(Struct, frozen=True):
    """One finding: the rule that made it, since when, its grounds, what a person may do, and until when."""

    rule: str
    at: datetime
    title: str
    words: str
    actions: tuple[Action, ...]
    matter: Named
    grounds: tuple[Ground, ...]
    stances: tuple[StanceView, ...]
    due: datetime | None
    overdue: bool


T = TypeVar("T")

CURRENT = timedelta(days=1)
"""How long a sighting asks for a call."""

RISING_KEPT = timedelta(days=7)
"""How long after its last observation a build-up that nobody raised asks to be raised."""


def attention(
    picture: Picture, box: Outbox, now: datetime, owed: Sequence[Entry] | None = None
) -> list[Attention]:
    """List what needs attention at a desk, overdue first, then the latest.

    `owed` are the texts that wait for a word, where only some of them are looked for; None for all.
    """
    return last(attention_by_parts(picture, box, now, owed))


def attention_by_parts(
    picture: Picture, box: Outbox, now: datetime, owed: Sequence[Entry] | None = None
) -> Iterator[list[Attention]]:
    """As `attention`, one rule after another: gives what is found so far, so that others act in between."""
    found: list[Attention] = []
    looks: tuple[Callable[[], Iterable[Attention]], ...] = (
        lambda: zone_entries(picture, box, now),
        lambda: _buildups(picture, now),
        lambda: _messages(picture, box, now, owed),
        lambda: _hotlines(picture, now),
    )
    for look in looks:
        found += look()
        yield found
    yield sorted(found, key=lambda item: (not item.overdue, -item.at.timestamp(), item.title))


def last(parts: Iterable[T]) -> T:
    """Give what the last of some parts says: that is the whole."""
    *_, whole = parts
    return whole


def zone_entries(picture: Picture, box: Outbox, now: datetime) -> Iterator[Attention]:
    """A sighting of the last day inside a zone, or perhaps inside: whose stances apply, and whom to call."""
    for seen in observations(picture, box):
        when = min(seen.at.at if seen.at is not None else seen.said.stated_at, seen.said.received_at)
        if now - when > CURRENT:
            continue  # it stays among the sightings; there is nothing left to call about
        for test in _gravest(seen.tests):
            text = picture.latest(test.measure.subject)
            body = text.statement.body if text is not None else None
            if not isinstance(body, MeasureStated) or body.measure == MeasureKind.BOUNDARY:
                continue
            yield _entry(picture, seen, test, when, now)


def _gravest(tests: Iterable[SideTest]) -> list[SideTest]:
    """Keep the tests that ask for a call, one for each measure; inside goes before perhaps inside."""
    found: dict[SubjectId, SideTest] = {}
    for test in tests:
        known = found.get(test.measure.subject)
        if test.answer == INSIDE or (test.answer == UNDETERMINED and known is None):
            found[test.measure.subject] = test if known is None or known.answer != INSIDE else known
    return list(found.values())


def _entry(
    picture: Picture, seen: ObservationView, test: SideTest, when: datetime, now: datetime
) -> Attention:
    measure = test.measure
    entering = seen.party or "an unknown party"
    who = _who_entered(picture, seen)
    running = None if who is None else relay_clock(picture, who, (measure.subject, seen.subject), now)
    due = None if running is None or _answered(picture, measure.subject, seen, now) else running.due
    reach = "" if running is None else f" {running.words}"
    return Attention(
        rule="zone-entry",
        at=when,
        title=f"{'Entry' if test.answer == INSIDE else 'Possible entry'}: {measure.name}",
        words=f"{seen.what}, {seen.count or 'count not stated'}: {test.words}{reach}",
        actions=(
            Action(Act.CALL, "Call the hotline on which those entering can be reached"),
            Action(Act.ASK, f"Ask whose they are ({entering}, as seen), and who can reach them"),
            Action(Act.WARN, "Say what is asked there and whose stances differ"),
            Action(Act.STEP_BACK, "Offer a mutual step-back"),
        ),
        matter=measure,
        grounds=(Ground(StatementId(seen.statement), test.words),),
        stances=stances(picture, measure.subject),
        due=due,
        overdue=due is not None and due <= now,
    )


def _who_entered(picture: Picture, seen: ObservationView) -> PartyId | None:
    entry = picture.entry(StatementId(seen.statement))
    body = None if entry is None else entry.statement.body
    return body.party if isinstance(body, Observed) and body.party in picture.known_parties() else None


def _answered(picture: Picture, measure: SubjectId, seen: ObservationView, now: datetime) -> bool:
    """Tell whether somebody has answered, since the sighting, that it will act or whose they are."""
    raised = [each for about in (measure, seen.subject) for each in raises(picture, about, now)]
    return any(
        answer.answer in (Answer.WILL_ACT, Answer.OURS, Answer.REFUSE)
        for each in raised
        for answer in each.answers
    )


def _buildups(picture: Picture, now: datetime) -> Iterator[Attention]:
    for buildup in buildups(picture, now):
        matter = Named(buildup.subject, buildup.name, "build-up")
        grounds = (Ground(StatementId(buildup.statement), buildup.trend_words),)
        last = buildup.series[-1].at
        at = last.at if last is not None else buildup.said.stated_at
        if buildup.status == "UNCLAIMED":
            yield _unclaimed(buildup, matter, now)
        elif buildup.status == "watched" and buildup.trend == "rising" and now - at <= RISING_KEPT:
            yield Attention(
                rule="build-up-rising",
                at=at,
                title=f"Build-up rising, not yet raised: {buildup.name}",
                words=buildup.trend_words,
                actions=(
                    Action(Act.CALL, "Raise it on the hotline with its series so far"),
                    Action(Act.ASK, "Ask whose they are"),
                ),
                matter=matter,
                grounds=grounds,
                stances=(),
                due=None,
                overdue=False,
            )


def _unclaimed(buildup: BuildUpView, matter: Named, now: datetime) -> Attention:
    answered = [raised for raised in buildup.raised if raised.answer]
    ways = " ".join(way.words for way in buildup.reach)
    actions = [Action(Act.ASK, f"{buildup.ask or 'Who can reach them?'} {ways}".strip())]
    if buildup.next_rung.startswith(NO_HIGHER):
        actions[0] = Action(Act.ASK, f"{actions[0].words} ({buildup.next_rung})")
    elif buildup.next_rung:
        actions.insert(0, Action(Act.CALL, f"Take it up one level: {buildup.next_rung}"))
    return Attention(
        rule="unclaimed",
        at=answered[-1].answered_at or buildup.said.stated_at if answered else buildup.said.stated_at,
        title=f"UNCLAIMED: {buildup.name}",
        words="Answered “not ours”. Nobody has said whose they are.",
        actions=tuple(actions),
        matter=matter,
        grounds=tuple(
            Ground(
                StatementId(raised.statement), f"raised with {', '.join(raised.to)}; answer: {raised.answer}"
            )
            for raised in answered
        ),
        stances=(),
        due=buildup.reask_due,
        overdue=buildup.reask_due is not None and buildup.reask_due <= now,
    )


def _messages(
    picture: Picture, box: Outbox, now: datetime, owed: Sequence[Entry] | None
) -> Iterator[Attention]:
    for message in owed_messages(picture, box, now, owed):
        if message.direction == OUT:
            whom = ", ".join(message.to_names)
            yield _waiting(picture, message, f"No acknowledgement from {whom}", overdue=True)
        else:
            late = message.acknowledge_due is not None and message.acknowledge_due <= now
            yield _waiting(picture, message, f"To acknowledge: from {message.said.author_name}", overdue=late)


def _waiting(picture: Picture, message: MessageView, title: str, *, overdue: bool) -> Attention:
    text = message.texts[0].words if message.texts else ""
    of_what = f", “{shortened(text)}”" if text.strip() else ""
    return Attention(
        rule="acknowledgement",
        at=message.said.stated_at,
        title=f"{title}{of_what}",
        words=f"{message.precedence} {message.kind}: {text}",
        actions=(Action(Act.CALL, "Call; any officer can take it"), Action(Act.ASK, "Ask for a read-back")),
        matter=named(picture, message.subject),
        grounds=(Ground(StatementId(message.statement), text),),
        stances=(),
        due=message.acknowledge_due,
        overdue=overdue,
    )


def _hotlines(picture: Picture, now: datetime) -> Iterator[Attention]:
    for hotline in hotlines(picture, now):
        if hotline.observed != "unanswered" or not hotline.unanswered:
            continue
        last = hotline.unanswered[-1]
        contact = hotline.last_contact
        since = contact.when.words if contact is not None and contact.when is not None else "never"
        yield Attention(
            rule="hotline-unanswered",
            at=last.said.stated_at,
            title=f"No answer on {hotline.name}",
            words=f"Last contact that was answered: {since}. Unanswered is not the same as suspended.",
            actions=(Action(Act.CALL, "Try again, then the next level or another hotline"),),
            matter=Named(hotline.subject, hotline.name, "channel"),
            grounds=(Ground(StatementId(last.statement), last.gist),),
            stances=(),
            due=None,
            overdue=False,
        )
