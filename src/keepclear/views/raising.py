"""How a gathering of strength was raised with others, what they answered, and where that leaves it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import combinations

from msgspec import Struct

from keepclear.geo.shapes import Area
from keepclear.model.channels import ChannelStated, ContactLogged, Direction
from keepclear.model.hotline import Answer, AnswerGiven, MessageSent, WarningGiven
from keepclear.model.incidents import IncidentStated
from keepclear.model.notices import Band
from keepclear.model.statements import Entry
from keepclear.model.words import Count, Level, PartyId, SubjectId
from keepclear.views.attribution import Named, Said, as_it_came, in_time, named, names, party_name, said
from keepclear.views.picture import Picture, speaks_for_itself
from keepclear.views.sides import within

REASK = timedelta(minutes=15)
NEAR_M = 15_000.0
ASK = "Who can reach them?"
NO_HIGHER = "no higher hotline known"


class AnsweredView(Struct, frozen=True):
    """One answer as it stands beside the question: whose, when it came here, and by whom it is reported.

    `per` is "" for the party's own word; else the name of who notes what was said, as by telephone.
    """

    statement: str
    answer: str
    at: datetime
    by: str
    per: str


class RaisedView(Struct, frozen=True):
    """A message that raised a build-up, and what was answered.

    `answer` is the one that counts: what is reported later does not stand in front of a party's own decisive
    word. `answers` are all of them, own and reported, oldest first.
    """

    statement: str
    to: tuple[str, ...]
    precedence: str
    said: Said
    answer: str
    answered_at: datetime | None
    answered_by: str
    answers: tuple[AnsweredView, ...]


class Answered(Struct, frozen=True):
    """One answer: by which party, when, and whose word that is; a reported answer names its reporter.

    `per` names who reports it, "" for a party's own word. `weight` is 2 for an own word, 1 for a reported
    one, 0 where the reporter leaves unclear who spoke.
    """

    statement: str
    answer: Answer
    by: PartyId | None
    at: datetime
    by_words: str
    per: str
    weight: int


class Raise(Struct, frozen=True):
    """One message, warning or call that raised a matter, with its answers, oldest first."""

    view: RaisedView
    to: tuple[PartyId, ...]
    level: Level
    answers: tuple[Answered, ...]


_OWN, _REPORTED, _UNCLEAR = 2, 1, 0
_DECISIVE = frozenset({Answer.OURS, Answer.NOT_OURS})
_Raising = MessageSent | WarningGiven | ContactLogged


def raises(picture: Picture, subject: SubjectId, now: datetime) -> list[Raise]:
    """Give the messages, warnings and outgoing calls about a subject, oldest first, with their answers."""
    told = [entry for entry in picture.all_about(subject) if _raising(entry) and picture.stands(entry)]
    return [_raise(picture, entry, now) for entry in sorted(told, key=in_time)]


def _raising(entry: Entry) -> bool:
    body = entry.statement.body
    if isinstance(body, ContactLogged):
        return body.direction == Direction.OUT
    return isinstance(body, MessageSent | WarningGiven)


def _raise(picture: Picture, entry: Entry, now: datetime) -> Raise:
    body = entry.statement.body
    assert isinstance(body, _Raising)  # noqa: S101 - narrows the type; `_raising` chose it
    to = (body.with_party,) if isinstance(body, ContactLogged) else body.to
    answers = answers_to(picture, entry, to, now)
    last = _shown_answer(answers)
    view = RaisedView(
        statement=entry.statement.id,
        to=names(picture, to),
        precedence=body.precedence.value,
        said=said(picture, entry),
        answer="" if last is None else last.answer.value,
        answered_at=None if last is None else last.at,
        answered_by="" if last is None else last.by_words,
        answers=tuple(
            AnsweredView(each.statement, each.answer.value, each.at, party_name(picture, each.by), each.per)
            for each in answers
        ),
    )
    return Raise(view, to, _level(picture, body.channel), answers)


def _shown_answer(answers: Sequence[Answered]) -> Answered | None:
    """Give the last answer; what is reported later does not stand in front of a party's own decisive word."""
    own = [answer for answer in answers if answer.weight == _OWN]
    if any(answer.answer in _DECISIVE for answer in own):
        return own[-1]
    return answers[-1] if answers else None


def answers_to(
    picture: Picture, entry: Entry, to: tuple[PartyId, ...], now: datetime
) -> tuple[Answered, ...]:
    """Give the answers to one statement that had arrived by `now`, oldest first.

    The arrival decides, never the time that an answer states of itself: a wrong clock hides no answer.
    """
    told = sorted(picture.about(entry.statement.id, AnswerGiven), key=lambda item: as_it_came(item[0]))
    return tuple(
        _answered(picture, answer, body, to)
        for answer, body in told
        if picture.stands(answer) and answer.received_at <= now
    )


def _answered(picture: Picture, entry: Entry, body: AnswerGiven, to: tuple[PartyId, ...]) -> Answered:
    statement = entry.statement
    by = answerer(entry, to)
    words, per = party_name(picture, by), ""
    weight = _OWN
    if not speaks_for_itself(statement):
        per = party_name(picture, statement.author.party)
        words = f"{words}, per {per}"
        unclear = statement.said_by is None or statement.said_by.unclear
        weight = _UNCLEAR if unclear else _REPORTED
    return Answered(statement.id, body.answer, by, as_it_came(entry)[0], words, per, weight)


def answerer(entry: Entry, to: tuple[PartyId, ...]) -> PartyId | None:
    """Tell whose answer it is: the party spoken for, else the author, else the only one who was asked.

    What the asker writes down of an answer by a speaker without a party is the answer of whom it asked.
    """
    statement = entry.statement
    if statement.said_by is not None and statement.said_by.party is not None:
        return statement.said_by.party
    if speaks_for_itself(statement):
        return statement.author.party
    return to[0] if len(to) == 1 else None


def answers_about(
    picture: Picture, subject: SubjectId, found: Sequence[Raise], now: datetime
) -> list[Answered]:
    """Give all answers on a matter by `now`, oldest first: to what raised it, and about it alone."""
    tied = {raise_.view.statement for raise_ in found}
    loose = [
        _answered(picture, entry, body, ())
        for entry, body in picture.about(subject, AnswerGiven)
        if picture.stands(entry)
        and entry.received_at <= now
        and not tied.intersection(entry.statement.answers)
    ]
    answers = [answer for raise_ in found for answer in raise_.answers]
    return sorted(answers + loose, key=lambda answer: (answer.at, answer.statement))


def decisive(answers: Sequence[Answered]) -> list[Answered]:
    """Keep the last *ours* or *not ours* of each party: *checking* takes neither back.

    What others report of a party never replaces its own word, nor an unclear voice a clear one.
    """
    last: dict[PartyId | None, Answered] = {}
    for answer in answers:
        known = last.get(answer.by)
        if answer.answer in _DECISIVE and (known is None or answer.weight >= known.weight):
            last[answer.by] = answer
    return list(last.values())


def unclaimed_since(answers: Sequence[Answered]) -> Answered | None:
    """Give the latest *not ours* that no *ours* of at least the same weight clears."""
    claim = claimed(answers)
    heaviest = -1 if claim is None else claim.weight
    denied = [
        answer
        for answer in decisive(answers)
        if answer.answer == Answer.NOT_OURS and answer.weight > heaviest
    ]
    return max(denied, key=lambda answer: (answer.at, answer.statement), default=None)


def claimed(answers: Sequence[Answered]) -> Answered | None:
    """Give the weightiest *ours* among the last decisive answers, of those the latest."""
    ours = [answer for answer in decisive(answers) if answer.answer == Answer.OURS]
    return max(ours, key=lambda answer: (answer.weight, answer.at, answer.statement), default=None)


def _level(picture: Picture, channel: SubjectId | None) -> Level:
    """Give the level of the hotline that was used; where none was named it was the desk."""
    text = None if channel is None else picture.latest(channel)
    body = None if text is None else text.statement.body
    return body.level if isinstance(body, ChannelStated) else Level.DESK


def next_rung(picture: Picture, party: PartyId | None, found: Sequence[Raise]) -> str:
    """Name the next level of hotline to a party above the highest at which the matter was raised with it."""
    levels = list(Level)
    used = max((levels.index(raise_.level) for raise_ in found if party in raise_.to), default=0)
    above = [
        (levels.index(body.level), body.domain.value, body.name, body.level)
        for _, _, body in picture.each(ChannelStated)
        if {picture.party, party} <= {end.party for end in body.ends} and levels.index(body.level) > used
    ]
    if not above:
        asked = any(party in raise_.to for raise_ in found)
        return f"{NO_HIGHER} than {levels[used].value}, which was asked" if asked else NO_HIGHER
    _, _, name, level = min(above)
    return f"{level.value} ({name})"


def near(picture: Picture, area: Area) -> tuple[Named, ...]:
    """Name the incidents within 15 km of an area, by when they happened: tied by place, by nobody's word."""
    told = [
        (in_time(text.entry, body.occurred), subject)
        for subject, text, body in picture.each(IncidentStated)
        if body.place.area is not None and not body.place.withheld and within(area, body.place.area, NEAR_M)
    ]
    return tuple(named(picture, subject) for _, subject in sorted(told))


def trend_of(series: Sequence[Band]) -> tuple[str, str]:
    """Tell how a series goes, and say it: rising, falling, steady, unclear, one band, or not counted.

    Every two bands are compared, and one is above the other only where the bands leave no doubt; where both
    have an open end on one side, the ends that were said are compared. It rises where more pairs rise than
    fall, and the last is above the first. Where none is told and two bands differ but overlap, it is unclear:
    whoever holds wide bands is not told that nothing changes.
    """
    if len(series) == 1:
        return "one band", f"One band, {series[0].count.shown()}: no trend can be told from it."
    counts = [band.count for band in series if band.count.low is not None or band.count.high is not None]
    span = (
        f"{len(series)} bands, {series[0].count.shown()} ({series[0].at.shown()})"
        f" to {series[-1].count.shown()} ({series[-1].at.shown()})"
    )
    if len(counts) < 2:
        return "not counted", f"Not counted: {span}, too few with a number."
    sway = sum(_above(b, a) - _above(a, b) for a, b in combinations(counts, 2))
    if sway > 0 and _above(counts[-1], counts[0]):
        return "rising", f"Rising: {span}."
    if sway < 0 and _above(counts[0], counts[-1]):
        return "falling", f"Falling: {span}."
    if any(_may_differ(a, b) for a, b in combinations(counts, 2)):
        return "unclear", f"Unclear, since bands overlap: {span}."
    return "steady", f"Steady: {span}."


def _may_differ(one: Count, other: Count) -> bool:
    same = (one.low, one.high) == (other.low, other.high)
    return not same and not _above(one, other) and not _above(other, one)


def _above(one: Count, other: Count) -> bool:
    """Tell whether a count is above another whatever its band hides; touching bands are not."""
    if one.low is not None and other.high is not None:
        return one.low > other.high
    if one.low is not None and other.low is not None:
        return one.high is None and other.high is None and one.low > other.low
    both = one.low is None and other.low is None and one.high is not None and other.high is not None
    return both and (one.high or 0) > (other.high or 0)
