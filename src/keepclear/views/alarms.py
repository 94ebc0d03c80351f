"""Alarms as one party's own log tells them: the ISA-18.2 state of each, and what an officer is shown.

The order is that of the log, never of a clock. Nothing is added up from counters: the state is the fold of
the alarm's latest text and the steps that name it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from keepclear.model.alarms import AlarmRaised, AlarmStep, ClockEvent, StepKind
from keepclear.model.statements import Entry
from keepclear.model.words import PartyId, Precedence, StatementId, SubjectId
from keepclear.views.attribution import Named, Said, named, said
from keepclear.views.picture import Picture

FLOOD_WINDOW = timedelta(minutes=10)
FLOOD_SHOWN = 10
NOTES_SAID = 5
URGENT_FIRST = {Precedence.FLASH: 0, Precedence.PRIORITY: 1, Precedence.ROUTINE: 2}


class State(StrEnum):
    """Where an alarm stands, in the words of ISA-18.2."""

    UNACKNOWLEDGED = "unacknowledged, active"
    ACKNOWLEDGED = "acknowledged, active"
    RETURNED = "returned, unacknowledged"
    SHELVED = "shelved"
    ENDED = "ended"


class Send(Struct, frozen=True, gc=False):
    """A message that a step calls for: the place in the plan says to whom; each try has the same key."""

    key: str
    step: StatementId
    place: int


class Alarm(Struct, frozen=True):
    """One alarm as it stands.

    `base` is the instant from which the next deadline counts, and `base_index` where in the log that stands;
    `climbed` how many steps of the plan were reached, `repeats` how often it has come again since `base`.
    `moved_s` is by how much the record's times went back since. `waiting` are the messages not yet sent.
    """

    entry: Entry
    body: AlarmRaised
    state: State
    base: datetime
    base_index: int
    climbed: int = 0
    repeats: int = 0
    by_role: str = ""
    reason: str = ""
    until: datetime | None = None
    moved_s: float = 0.0
    waiting: tuple[Send, ...] = ()
    history: tuple[Entry, ...] = ()

    @property
    def subject(self) -> SubjectId:
        """The alarm, over all its texts."""
        return self.entry.statement.subject

    @property
    def text(self) -> StatementId:
        """The text whose life this is."""
        return self.entry.statement.id

    @property
    def is_open(self) -> bool:
        """Tell whether anybody still has to do something about it."""
        return self.state != State.ENDED

    @property
    def precedence(self) -> Precedence:
        """How urgent it is."""
        return self.body.precedence


_UNSEEN = frozenset({State.UNACKNOWLEDGED, State.RETURNED})

GONE: Final = "The cause is gone; a person has still to see it."


def title_now(found: Alarm) -> str:
    """Give an alarm's title as it may be read aloud now: one whose cause is gone says so first, and why.

    That the cause is gone is all that is known: a site whose call was answered may be in danger still.
    """
    if found.state != State.RETURNED:
        return found.body.title
    return f"CAUSE GONE (was: {found.body.title}): {found.reason or 'no reason noted'}"


def words_now(found: Alarm) -> str:
    """Give an alarm's words as they hold now, with what was noted since it was raised.

    Where its cause is gone, what was said of it is of the past.
    """
    words = " ".join((found.body.words, *_since_then(found)))
    return f"{GONE} Raised with: {words}" if found.state == State.RETURNED else words


def _since_then(found: Alarm) -> Iterator[str]:
    noted = [step for step in _steps(found) if step.step == StepKind.NOTED]
    if not noted:
        return
    causes = sum(step.number for step in noted)
    more = f", {causes} more" if causes else ""
    left_out = len(noted) - NOTES_SAID
    before = f" (the last {NOTES_SAID} of {len(noted)} notes)" if left_out > 0 else ""
    yield f"Since then{more}{before}: {'; '.join(step.reason for step in noted[-NOTES_SAID:])}."


def _steps(found: Alarm) -> Iterator[AlarmStep]:
    for entry in found.history:
        if isinstance(entry.statement.body, AlarmStep):
            yield entry.statement.body


def asks_now(found: Alarm) -> tuple[str, ...]:
    """Give what an alarm asks for; of one whose cause is gone nothing is asked but to see it."""
    if found.state == State.RETURNED:
        return ()
    return tuple(f"{asked.contact.value}: {asked.words}" for asked in found.body.asks)


def alarm(picture: Picture, subject: SubjectId) -> Alarm | None:
    """Give one alarm as it stands, or None where the party's own log holds none of that name."""
    return _alarm(picture, subject, _moves(picture))


def alarms(picture: Picture) -> list[Alarm]:
    """Give every alarm of the party, ended ones too, in the order in which they were last raised.

    What stands in the log counts: an alarm cannot be taken back, only ended, with a reason.
    """
    moves = _moves(picture)
    subjects = dict.fromkeys(entry.statement.subject for entry, _ in picture.history(AlarmRaised))
    found = [_alarm(picture, subject, moves) for subject in subjects]
    return sorted((each for each in found if each is not None), key=lambda each: each.entry.index)


def own(picture: Picture, entries: Iterable[Entry]) -> list[Entry]:
    """Keep what stands in the party's own log, in its order; nobody else can move an alarm."""
    kept = (
        entry for entry in entries if entry.log.author == picture.party and entry.log.reader == picture.party
    )
    return sorted(kept, key=lambda entry: entry.index)


def _moves(picture: Picture) -> list[tuple[int, float]]:
    """Give where in the log the record's own times went back, and by how much."""
    told = [entry for entry, _ in picture.history(ClockEvent)]
    return [
        (entry.index, entry.statement.body.record_s)
        for entry in own(picture, told)
        if isinstance(entry.statement.body, ClockEvent) and entry.statement.body.record_s
    ]


def _alarm(picture: Picture, subject: SubjectId, moves: Sequence[tuple[int, float]]) -> Alarm | None:
    texts = own(picture, picture.texts(subject))
    if not texts or not isinstance(texts[-1].statement.body, AlarmRaised):
        return None
    steps = own(picture, [entry for entry, _ in picture.about(texts[-1].statement.id, AlarmStep)])
    found = life(texts[-1], steps)
    # Only back: a clock that was set forward makes nothing later.
    moved_s = min(0.0, sum(seconds for index, seconds in moves if index > found.base_index))
    return replace(found, moved_s=moved_s) if moved_s else found


def life(text: Entry, steps: Iterable[Entry]) -> Alarm:
    """Fold one text of an alarm with its steps, in the order of the log."""
    body = text.statement.body
    assert isinstance(body, AlarmRaised)  # noqa: S101 - narrows the type; callers hand in alarms
    found = Alarm(text, body, State.UNACKNOWLEDGED, body.counts_from, text.index)
    for entry in steps:
        step = entry.statement.body
        if isinstance(step, AlarmStep):
            found = advance(found, entry, step)
    return found


def advance(found: Alarm, entry: Entry, step: AlarmStep) -> Alarm:
    """Give what one step makes of an alarm; a step that does not fit its state changes nothing but history.

    What a person or the end of the cause brings about takes back every message that still waits.
    """
    found = replace(found, history=(*found.history, entry))
    match step.step:
        case StepKind.SENT:
            left = tuple(send for send in found.waiting if send.key != step.send)
            return replace(found, waiting=left)
        case StepKind.ESCALATED | StepKind.REPEATED:
            return _climb(found, entry, step)
        case _:
            return _turn(found, entry, step)


def _climb(found: Alarm, entry: Entry, step: AlarmStep) -> Alarm:
    if not found.is_open or found.state == State.SHELVED:
        return found
    waiting = (*found.waiting, *sends(found, entry.statement.id, step))
    if step.step == StepKind.ESCALATED:
        return replace(found, climbed=(step.last or 0) + 1, waiting=waiting)
    return replace(found, repeats=step.number, waiting=waiting)


def _turn(found: Alarm, entry: Entry, step: AlarmStep) -> Alarm:
    state = NEXT.get((found.state, step.step))
    if state is None:
        return found
    at = entry.statement.stated_at
    return replace(
        found,
        state=state,
        base=at,
        base_index=entry.index,
        climbed=0 if state == State.UNACKNOWLEDGED else found.climbed,
        repeats=0,
        by_role=step.by_role,
        reason=step.reason,
        until=step.until if state == State.SHELVED else None,
        waiting=(),
    )


# Every turn there is; what is not here changes nothing. A returned alarm that is acknowledged is done with.
NEXT: dict[tuple[State, StepKind], State] = {
    (State.UNACKNOWLEDGED, StepKind.ACKNOWLEDGED): State.ACKNOWLEDGED,
    (State.UNACKNOWLEDGED, StepKind.SHELVED): State.SHELVED,
    (State.UNACKNOWLEDGED, StepKind.RETURNED): State.RETURNED,
    (State.UNACKNOWLEDGED, StepKind.ENDED): State.ENDED,
    (State.ACKNOWLEDGED, StepKind.SHELVED): State.SHELVED,
    (State.ACKNOWLEDGED, StepKind.RETURNED): State.ENDED,
    (State.ACKNOWLEDGED, StepKind.ENDED): State.ENDED,
    (State.RETURNED, StepKind.ACKNOWLEDGED): State.ENDED,
    (State.RETURNED, StepKind.ENDED): State.ENDED,
    (State.SHELVED, StepKind.ACKNOWLEDGED): State.ACKNOWLEDGED,
    (State.SHELVED, StepKind.UNSHELVED): State.UNACKNOWLEDGED,
    (State.SHELVED, StepKind.RETURNED): State.ENDED,
    (State.SHELVED, StepKind.ENDED): State.ENDED,
}


def sends(found: Alarm, step: StatementId, body: AlarmStep) -> Iterator[Send]:
    """Give the messages that a step calls for, one for each place of the plan that it reached."""
    last = len(found.body.plan.steps) - 1
    if body.step == StepKind.ESCALATED:
        places = range(body.first or 0, min(body.last or 0, last) + 1)
    elif found.state == State.UNACKNOWLEDGED:
        places = range(last + 1)  # the whole ladder hears it again until somebody answers
    else:
        places = range(1)
    for place in places:
        yield Send(f"{step}/{place}", step, place)


class StepView(Struct, frozen=True):
    """One step of an alarm, for reading aloud."""

    step: str
    at: datetime
    by_role: str
    words: str


class AlarmView(Struct, frozen=True):
    """An alarm as an officer sees it. `next_due` is what comes next by itself, and `next_words` says what.

    Of one whose cause is gone ("returned, unacknowledged") `title` says so first, and nothing is asked.
    """

    subject: SubjectId
    statement: StatementId
    state: str
    precedence: str
    rule: str
    title: str
    words: str
    matter: Named
    asks: tuple[str, ...]
    grounds: tuple[StatementId, ...]
    raised_at: datetime
    counts_from: datetime
    reached: str
    by_role: str
    reason: str
    until: datetime | None
    next_due: datetime | None
    next_words: str
    unsent: int
    cap: str
    steps: tuple[StepView, ...]
    said: Said


class Bundle(Struct, frozen=True):
    """Alarms of one rule that came faster than a person can take them: counted, named, none left out.

    `unacknowledged` of them nobody has seen yet.
    """

    rule: str
    precedence: str
    count: int
    unacknowledged: int
    first: datetime
    last: datetime
    alarms: tuple[SubjectId, ...]


class Board(Struct, frozen=True):
    """What one operator is shown: at most ten new alarms of the last ten minutes, the most urgent first.

    `earlier` are the ten most urgent of the older ones that are open; `bundled` holds all others. `flood`
    tells that more than ten came within ten minutes.
    """

    party: PartyId
    new: tuple[AlarmView, ...]
    earlier: tuple[AlarmView, ...]
    bundled: tuple[Bundle, ...]
    shelved: tuple[AlarmView, ...]
    open_count: int
    flood: bool


def board(picture: Picture, found: Sequence[tuple[Alarm, datetime | None, str]], now: datetime) -> Board:
    """Give what one operator is shown of the party's alarms; each comes with when and what is due next."""
    standing = [row for row in found if row[0].is_open and row[0].state != State.SHELVED]
    standing.sort(key=lambda row: urgency(row[0]))
    fresh = [row for row in standing if row[0].entry.statement.stated_at > now - FLOOD_WINDOW]
    older = [row for row in standing if row[0].entry.statement.stated_at <= now - FLOOD_WINDOW]
    shelved = [row for row in found if row[0].state == State.SHELVED]
    rest = [row[0] for row in (*fresh[FLOOD_SHOWN:], *older[FLOOD_SHOWN:])]
    return Board(
        party=picture.party,
        new=tuple(shown(picture, *row) for row in fresh[:FLOOD_SHOWN]),
        earlier=tuple(shown(picture, *row) for row in older[:FLOOD_SHOWN]),
        bundled=bundles(rest),
        shelved=tuple(shown(picture, *row) for row in shelved),
        open_count=len(standing) + len(shelved),
        flood=len(fresh) > FLOOD_SHOWN,
    )


def urgency(found: Alarm) -> tuple[int, bool, datetime, int]:
    """Give the key that puts what goes on before what is over, flash first, then what has waited longest.

    Of one precedence what nobody has acknowledged stands first: else ten that are dealt with and go on would
    hold the ten places, and what came with them would stay in its bundle unseen.
    """
    over = len(URGENT_FIRST) * (found.state == State.RETURNED)
    seen = found.state not in _UNSEEN
    rank = over + URGENT_FIRST[found.precedence]
    return (rank, seen, found.entry.statement.stated_at, found.entry.index)


def bundles(found: Iterable[Alarm]) -> tuple[Bundle, ...]:
    """Bundle alarms by precedence and rule, flash first."""
    groups: dict[tuple[int, str], list[Alarm]] = {}
    for each in sorted(found, key=urgency):
        groups.setdefault((URGENT_FIRST[each.precedence], each.body.rule), []).append(each)
    return tuple(
        Bundle(
            rule=rule,
            precedence=group[0].precedence.value,
            count=len(group),
            unacknowledged=sum(each.state in _UNSEEN for each in group),
            first=min(each.entry.statement.stated_at for each in group),
            last=max(each.entry.statement.stated_at for each in group),
            alarms=tuple(each.subject for each in group),
        )
        for (_, rule), group in sorted(groups.items())
    )


def shown(picture: Picture, found: Alarm, next_due: datetime | None, next_words: str) -> AlarmView:
    """Give one alarm for reading."""
    body, statement = found.body, found.entry.statement
    reached = body.plan.steps[min(found.climbed, len(body.plan.steps)) - 1].role if found.climbed else ""
    return AlarmView(
        subject=found.subject,
        statement=found.text,
        state=found.state.value,
        precedence=body.precedence.value,
        rule=body.rule,
        title=title_now(found),
        words=words_now(found),
        matter=named(picture, body.matter),
        asks=asks_now(found),
        grounds=body.grounds,
        raised_at=statement.stated_at,
        counts_from=body.counts_from,
        reached=reached,
        by_role=found.by_role,
        reason=found.reason,
        until=found.until,
        next_due=next_due,
        next_words=next_words,
        unsent=len(found.waiting),
        cap=statement.cap.value,
        steps=tuple(_step_view(found, entry) for entry in found.history),
        said=said(picture, found.entry),
    )


def _step_view(found: Alarm, entry: Entry) -> StepView:
    body = entry.statement.body
    assert isinstance(body, AlarmStep)  # noqa: S101 - narrows the type; a history holds steps alone
    return StepView(body.step.value, entry.statement.stated_at, body.by_role, _step_words(found, body))


def _step_words(found: Alarm, body: AlarmStep) -> str:
    plan = found.body.plan.steps
    if body.step == StepKind.ESCALATED:
        roles = [step.role for step in plan[body.first or 0 : (body.last or 0) + 1]]
        return f"to {', '.join(roles)}"
    if body.step == StepKind.SENT:
        place = int(body.send.rpartition("/")[2] or 0)
        again = ", repeat" if body.attempt > 1 else ""
        return (
            f"to {plan[min(place, len(plan) - 1)].role} by {plan[min(place, len(plan) - 1)].channel}{again}"
        )
    return body.reason
