"""What the live picture calls for: causes of alarms at measures and notices, and what is asked about each.

A cause is one thing at one measure by one rule, from when it began until it is over. Several causes of one
rule at one measure are one alarm. A thing that comes after somebody has acknowledged it is news and calls
again. Everything asked for is contact (LIM-07); the alarm stands at the measure, not at the thing (LIM-09).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from keepclear.model.alarms import AlarmRaised, Asked, Contact, FixSeen
from keepclear.model.measures import Effect, MeasureKind, MeasureStated
from keepclear.model.tracks import Fix, Standing, Track, TrackKind
from keepclear.model.words import Domain, PartyId, Precedence, StatementId, SubjectId
from keepclear.rules.contact_steps import by_level, by_steps
from keepclear.rules.escalation import plan_for
from keepclear.times import to_the_second
from keepclear.views.alarms import Alarm, State
from keepclear.views.attribution import party_name
from keepclear.views.picture import Picture

NAMED: Final = 5
FIXES: Final = 8
WORDS: Final = 4_000


class LiveRule(StrEnum):
    """The rules that look at live positions; each makes alarms of its own name."""

    ENTRY = "live-entry"
    INSIDE = "live-inside"
    CROSSING = "live-crossing"
    APPROACH = "live-approach"
    CLOSING = "live-closing"
    CROWD = "live-crowd"
    EARLY = "live-early"
    LATE = "live-late"
    OUTSIDE = "live-outside"
    LOST = "live-lost"
    COMPOSITION = "live-composition"
    STAY = "live-stay"
    ABSENT = "live-absent"
    SILENT = "feed-silent"


TITLES: Final[dict[LiveRule, str]] = {
    LiveRule.ENTRY: "Entry",
    LiveRule.INSIDE: "Inside when it began to be watched",
    LiveRule.CROSSING: "Crossing",
    LiveRule.APPROACH: "On its way in",
    LiveRule.CLOSING: "Closing in on one of our own",
    LiveRule.CROWD: "More round one of our own than is told one by one",
    LiveRule.EARLY: "Moving before its time",
    LiveRule.LATE: "Not on its way in its time",
    LiveRule.OUTSIDE: "Outside what was notified",
    LiveRule.LOST: "Not heard of; expected again",
    LiveRule.COMPOSITION: "Not the number that was notified",
    LiveRule.STAY: "Stays longer than was said",
    LiveRule.ABSENT: "Not where it is expected",
    LiveRule.SILENT: "Feed silent",
}
_PRECEDENCE: Final[dict[LiveRule, Precedence]] = {
    LiveRule.CLOSING: Precedence.FLASH,
    LiveRule.LOST: Precedence.FLASH,
    LiveRule.EARLY: Precedence.ROUTINE,
    LiveRule.LATE: Precedence.ROUTINE,
}
_IN_THE_AIR: Final = frozenset(
    (TrackKind.AEROPLANE, TrackKind.HELICOPTER, TrackKind.DRONE, TrackKind.UNKNOWN)
)
_WITH_OTHERS: Final = frozenset((LiveRule.ENTRY, LiveRule.INSIDE, LiveRule.CROSSING, LiveRule.APPROACH))


class Cause(Struct, frozen=True):
    """One thing at one matter by one rule.

    `thing` is the desk's number of it, or -1 where the matter itself is the cause; `called` what it is named.
    `over` says why it is over, empty while it goes on. `alarm` is the full rule of the alarm that says it,
    empty until one does; `note` what that alarm has still to be told of it. `unheard` tells that nothing was
    heard of the thing for too long to say whether it goes on.
    """

    rule: LiveRule
    matter: SubjectId
    thing: int
    called: str
    own: bool
    since: datetime
    certain: bool
    words: str
    grounds: tuple[StatementId, ...] = ()
    fixes: tuple[FixSeen, ...] = ()
    whose: PartyId | None = None
    over: str = ""
    alarm: str = ""
    note: str = ""
    unheard: bool = False

    @property
    def key(self) -> tuple[str, str, int]:
        """What makes it one cause: the rule, the matter and the thing."""
        return (self.rule.value, self.matter, self.thing)


class Call(Struct, frozen=True):
    """An alarm to raise, and the causes that it says."""

    body: AlarmRaised
    causes: tuple[Cause, ...]


class Settled(Struct, frozen=True):
    """An alarm whose causes are over, with the reason."""

    alarm: Alarm
    reason: str


class Noted(Struct, frozen=True):
    """What an open alarm is to be told: words, how many causes it says more, and the causes as told then."""

    alarm: Alarm
    words: str
    more: int
    causes: tuple[Cause, ...]


class LiveChanges(Struct, frozen=True):
    """What to raise, what to end, and what to note at alarms that are open."""

    to_raise: tuple[Call, ...]
    ended: tuple[Settled, ...]
    noted: tuple[Noted, ...]


def called(track: Track) -> str:
    """Name a thing aloud: its callsign or its source's name for it, with its kind."""
    invented = ", invented" if track.invented else ""
    return f"{track.callsign or track.id} ({track.kind.value}{invented})"


def fix_seen(fix: Fix) -> FixSeen:
    """Copy a fix as evidence."""
    return FixSeen(fix.source, fix.track, fix.at, fix.place, fix.accuracy_m, fix.height, fix.received_at)


def party_of(party: PartyId, track: Track) -> PartyId | None:
    """Give whose thing it is, as far as that is known."""
    return party if track.standing is Standing.OWN else track.whose


def is_for(body: MeasureStated, kind: TrackKind) -> bool:
    """Tell whether a measure is for things of a kind: one of the air is not for what is on land or water.

    What is of unknown kind, and a measure that names no domain, are never left out.
    """
    return body.domain is not Domain.AIR or kind in _IN_THE_AIR


def concerns_entry(party: PartyId, author: PartyId, body: MeasureStated, track: Track) -> bool:
    """Tell whether a thing inside a measure is something to call about.

    What is monitored alone is recorded and asks for nothing. What a party asks of others it does not ask of
    its own things, unless the area is closed to everybody.
    """
    if body.effect is Effect.MONITORED or not is_for(body, track.kind):
        return False
    own = party_of(party, track) == author
    return not own or body.effect is Effect.CLOSED


def concerns_crossing(party: PartyId, body: MeasureStated, track: Track, onto: str | None) -> bool:
    """Tell whether a crossing is something to call about: onto a bank where its party is not named.

    Of a thing of which nobody says whose it is, only a crossing onto this party's own bank is.
    """
    if body.effect is Effect.MONITORED or not is_for(body, track.kind):
        return False
    banks = body.banks
    if banks is None or onto is None:
        return True
    there = banks.left if onto == "left" else banks.right
    whose = party_of(party, track)
    return party in there if whose is None else whose not in there


def warns_of_approach(body: MeasureStated) -> bool:
    """Tell whether a thing on its way in is something to call about before it is in."""
    asked = body.effect in (Effect.KEEP_OUT_REQUESTED, Effect.CLOSED)
    return asked or body.measure is MeasureKind.PROTECTED_SITE


def live_changes(
    picture: Picture, causes: Sequence[Cause], standing: Sequence[Alarm], now: datetime
) -> LiveChanges:
    """Compare the causes that there are with the alarms that stand.

    A cause that no alarm says yet joins an alarm of its rule and matter that nobody has acknowledged, which
    is told so; else it is raised, under the rule's name with a number where an alarm of that name is open.
    One whose cause is gone and that nobody has seen is raised anew and goes on saying what it said. An alarm
    of which all causes are over has lost its cause, with the reason of the last. What a person ended is not
    raised again while its causes last.
    """
    to_raise: list[Call] = []
    ended: list[Settled] = []
    noted: list[Noted] = []
    at_matter: dict[tuple[str, SubjectId], list[Alarm]] = {}
    for each in standing:
        at_matter.setdefault((_family(each), each.body.matter), []).append(each)
    for (rule, matter), group in _grouped(causes).items():
        if all(each.alarm and not each.over and not each.note for each in group):
            continue  # told, and it goes on: as nearly all there is
        here = at_matter.get((rule.value, matter), [])
        live = {each.body.rule: each for each in here if each.is_open and each.state != State.RETURNED}
        fresh = tuple(each for each in group if not each.alarm)
        unseen = next((each for each in live.values() if each.state == State.UNACKNOWLEDGED), None)
        join: list[Cause] = []
        if fresh and unseen is not None:
            join = [replace(each, alarm=unseen.body.rule) for each in fresh]
        elif fresh:
            name = _free_name(rule, set(live))
            said = tuple(replace(each, alarm=name) for each in fresh)
            body = alarm_for(picture, rule, name, matter, said, now)
            before = next((each for each in here if each.is_open and each.body.rule == name), None)
            to_raise.append(Call(body if before is None else _with_unseen(body, before), said))
        for name, alarm in live.items():
            came = [each for each in join if each.alarm == name]
            own = [each for each in group if each.alarm == name]
            its = [*own, *came]
            is_over = bool(its) and all(each.over for each in its)
            # What ends with the alarm is said by its end.
            news = [each for each in own if each.note and not (is_over and each.over)]
            if came or news:
                noted.append(_noted(alarm, came, news))
            if is_over:
                ended.append(Settled(alarm, _over(its)))
    return LiveChanges(tuple(to_raise), tuple(ended), tuple(noted))


def _over(causes: Sequence[Cause]) -> str:
    """Give why an alarm has lost its causes: the reason of the last, and that there were more."""
    last = max(causes, key=lambda each: each.since).over
    one = len({each.over for each in causes}) == 1
    return last if one else f"all {len(causes)} are over; the last: {last}"


def _noted(alarm: Alarm, came: Sequence[Cause], news: Sequence[Cause]) -> Noted:
    """Word what an alarm says more since it was raised, and what came to be known of what it says."""
    words = [*map(_joining, came), *(each.note for each in news)]
    more = f"; and {len(words) - NAMED} more" if len(words) > NAMED else ""
    return Noted(alarm, ("; ".join(words[:NAMED]) + more)[:WORDS], len(came), (*came, *news))


def _joining(cause: Cause) -> str:
    if cause.thing < 0:
        return cause.words
    sure = "" if cause.certain else "possible, "
    over = f" (over: {cause.over})" if cause.over else ""
    return f"{cause.called}, {sure}at {to_the_second(cause.since)}{over}"


def _with_unseen(body: AlarmRaised, before: Alarm) -> AlarmRaised:
    """Give an alarm that is raised anew before anybody has seen that its earlier cause is gone, with both."""
    now, then, over = map(_sentence, (body.words, before.body.words, before.reason))
    words = f"{now} Before that, and seen by nobody yet: {then} Over: {over}"
    return replace(
        body,
        words=words if len(words) <= WORDS else f"{words[: WORDS - 2]} …",
        grounds=tuple(dict.fromkeys((*body.grounds, *before.body.grounds)))[:FIXES],
        fixes=(*body.fixes, *before.body.fixes)[:FIXES],
    )


def _sentence(words: str) -> str:
    return words if words.endswith((".", "!", "?", "…")) else f"{words}."


def orphans(causes: Iterable[Cause], standing: Iterable[Alarm]) -> Iterator[Settled]:
    """Give the open live alarms of which no cause is remembered, as after a file of positions was lost."""
    known = {(each.alarm, each.matter) for each in causes}
    rules = {rule.value for rule in LiveRule}
    for alarm in standing:
        live = alarm.is_open and alarm.state != State.RETURNED and _family(alarm) in rules
        if live and (alarm.body.rule, alarm.body.matter) not in known:
            yield Settled(
                alarm, "nothing is known any more of what it rested on: the live picture began anew"
            )


def _family(alarm: Alarm) -> str:
    return alarm.body.rule.partition("/")[0]


def _grouped(causes: Iterable[Cause]) -> Mapping[tuple[LiveRule, SubjectId], list[Cause]]:
    found: dict[tuple[LiveRule, SubjectId], list[Cause]] = {}
    for each in causes:
        found.setdefault((each.rule, each.matter), []).append(each)
    return found


def _free_name(rule: LiveRule, taken: set[str]) -> str:
    number, name = 1, rule.value
    while name in taken:
        number += 1
        name = f"{rule.value}/{number}"
    return name


def alarm_for(
    picture: Picture, rule: LiveRule, name: str, matter: SubjectId, causes: Sequence[Cause], now: datetime
) -> AlarmRaised:
    """Word the alarm of some causes of one rule at one matter."""
    precedence = _PRECEDENCE.get(rule, Precedence.PRIORITY)
    if rule is LiveRule.CLOSING and not any(each.certain for each in causes):
        precedence = Precedence.PRIORITY
    sure = "" if any(each.certain for each in causes) else "Possible: "
    stated = picture.latest(matter)
    where = getattr(None if stated is None else stated.statement.body, "name", "") or _where(picture, matter)
    plan = plan_for(precedence)
    others = tuple(sorted(picture.known_parties() - {picture.party}))
    if rule in _WITH_OTHERS:
        plan = by_level(picture, by_steps(plan), others)
    first = min(each.since for each in causes)
    return AlarmRaised(
        matter=matter,
        rule=name,
        title=f"{sure}{TITLES[rule]}: {where}"[:160],
        precedence=precedence,
        plan=plan,
        counts_from=min(now, first),
        words=words_of(causes)[:WORDS],
        grounds=tuple(dict.fromkeys(ground for each in causes for ground in each.grounds))[:FIXES],
        asks=tuple(_asks(picture, rule, causes)),
        fixes=tuple(fix for each in causes for fix in each.fixes)[:FIXES],
    )


def _where(picture: Picture, matter: SubjectId) -> str:
    text_ = picture.latest(matter)
    what = getattr(None if text_ is None else text_.statement.body, "what", "")
    return what or "a matter of this desk"


def words_of(causes: Sequence[Cause]) -> str:
    """Say what is there: how many, the first few by what they are called, and the grounds of the first."""
    first = min(causes, key=lambda each: each.since)
    if first.thing < 0:
        past = [each for each in causes if each.over]
        ends = [f"Over: {each.called}, since {to_the_second(each.since)}: {each.over}" for each in past]
        return ". ".join([*(each.words for each in causes if not each.over), *ends])
    names = ", ".join(each.called for each in causes[:NAMED])
    more = f" and {len(causes) - NAMED} more" if len(causes) > NAMED else ""
    gone = [each for each in causes if each.over]
    over = f" {len(gone)} of {len(causes)} over: {gone[-1].over}." if gone else ""
    since = to_the_second(first.since)
    return f"{len(causes)}: {names}{more}; first at {since}. {first.words}.{over}"


def _asks(picture: Picture, rule: LiveRule, causes: Sequence[Cause]) -> Iterator[Asked]:
    own = [each.called for each in causes if each.own]
    whose = sorted({party_name(picture, each.whose) for each in causes if not each.own and each.whose})
    if rule is LiveRule.SILENT:
        yield Asked(Contact.CALL, "Call whoever runs the feed; what it shows is old until it is heard again")
        return
    if rule is LiveRule.CLOSING:
        yield Asked(Contact.CALL, "Call the own crew: what closes in, and the time left")
        yield Asked(Contact.WARN, f"Warn {', '.join(whose) or 'whoever can reach the other'}")
        yield Asked(Contact.STEP_BACK, "Ask both to turn away")
        return
    if rule is LiveRule.CROWD:
        yield Asked(Contact.CALL, f"Call {', '.join(own[:NAMED])}: ask what they see round them")
        yield Asked(
            Contact.ASK, "Ask whoever runs the feeds: are so many there, or is it a fault of the source?"
        )
        yield Asked(Contact.STEP_BACK, "Ask the crew to leave the place until it is known")
        return
    if rule is LiveRule.LOST:
        yield Asked(Contact.CALL, "Call the crew by every way that was notified; it stays expected again")
        yield Asked(Contact.ASK, "Ask whoever can see or hear it; do not assume anything of it")
        return
    if rule is LiveRule.ABSENT:
        yield Asked(Contact.CALL, f"Call {', '.join(each.called for each in causes[:NAMED])} by every way")
        yield Asked(Contact.ASK, "Ask whoever can see or hear them; do not assume anything of them")
        return
    if own:
        crews = ", ".join(own[:NAMED])
        yield Asked(Contact.CALL, f"Call {crews}: say what is asked there, and ask what they intend")
        yield Asked(Contact.STEP_BACK, f"Ask {crews} to step back the way they came")
    if rule in (LiveRule.EARLY, LiveRule.LATE, LiveRule.OUTSIDE, LiveRule.COMPOSITION):
        yield Asked(Contact.WARN, "Tell all who hold the notice what is different, as a new text of it")
        return
    if len(own) < len(causes):
        yield Asked(Contact.CALL, f"Call {', '.join(whose) or 'every party that could be theirs'}")
        yield Asked(Contact.ASK, "Whose are they, and who can reach them?")
        yield Asked(Contact.WARN, "Say what is asked there, and that this is a warning")
