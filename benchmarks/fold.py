"""Filing what reached a party: our picture beside a dict that appends each statement to its subject's list.

The mix follows the accounts: for each build-up a message, its answer and receipts; measures with stances;
incidents with claims and replies. The peer answers one of the picture's questions (which text of each subject
stands); it has no cut, no earliest arrival, no index of what speaks about what. A second row holds our rate
against the floor asked for, 300,000 statements a second.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from benchmarks import Row, rate_row
from benchmarks.timing import medians, timed
from keepclear.geo.shapes import Circle, Point
from keepclear.model import hotline, incidents, measures, notices
from keepclear.model.statements import Author, Body, Entry, LogId, Statement
from keepclear.model.words import CapStatus, Count, PartyId, Place, StatementId, SubjectId
from keepclear.times import Stamp
from keepclear.views.picture import Picture, picture

NAME = "fold"
STATEMENTS = 120_000
FLOOR_PER_S = 300_000
REPEATS = 7
START = datetime(2018, 2, 1, tzinfo=UTC)
A, B = PartyId("COA"), PartyId("RUS")
AREA = Circle(Point(40.30, 35.30), 5_000.0)
WHEN = Stamp(START)


def run() -> list[Row]:
    entries = mix(STATEMENTS)
    ours = timed(lambda: picture(B, entries), 1)
    theirs = timed(lambda: bare(entries), 1)
    seconds = medians(ours, theirs, REPEATS)
    whole, plain = picture(B, entries), bare(entries)
    equal = len(whole) == len(entries) and standing(whole, plain) == last_of(plain)
    row = rate_row("fold", len(entries), "dict append", "statements/s", seconds, equal=equal)
    ratio = round(row.ours / FLOOR_PER_S, 3)
    floor = Row("fold, asked", row.n, "the floor asked for", ratio, row.ours, FLOOR_PER_S, row.unit, equal)
    return [row, floor]


def bare(entries: list[Entry]) -> dict[str, list[Entry]]:
    """The peer: each statement once, under its subject."""
    seen: set[str] = set()
    subjects: dict[str, list[Entry]] = {}
    for entry in entries:
        statement = entry.statement
        if statement.id not in seen:
            seen.add(statement.id)
            subjects.setdefault(statement.subject, []).append(entry)
    return subjects


def last_of(plain: dict[str, list[Entry]]) -> dict[str, str]:
    return {
        subject: max(texts, key=lambda entry: (entry.statement.stated_at, entry.statement.id)).statement.id
        for subject, texts in plain.items()
    }


def standing(whole: Picture, plain: dict[str, list[Entry]]) -> dict[str, str]:
    texts = ((subject, whole.latest(SubjectId(subject))) for subject in plain)
    return {subject: text.statement.id for subject, text in texts if text is not None}


def mix(count: int) -> list[Entry]:
    """A typical course: every matter brings eleven statements, some of which restate their subject."""
    entries: list[Entry] = []
    for number in range(count // 11):
        for place, body in enumerate(matter(number)):
            entries.append(entry_of(len(entries), number, place, body))
    return entries


def matter(number: int) -> list[Body]:
    subject, text = SubjectId(f"{A}.m{number}"), StatementId(f"{A}.{number}-0")
    claim = StatementId(f"{A}.{number}-8")
    return [
        measures.MeasureStated(
            "zone", measures.MeasureKind.ZONE, measures.Effect.CALL, measures.Basis.DECLARED, AREA
        ),
        measures.StanceTaken(text, subject, B, measures.Stance.REJECTED),
        measures.StanceTaken(text, subject, A, measures.Stance.AGREED),
        notices.BuildUpStated("build-up", AREA, (notices.Band(WHEN, Count(50)),), subject),
        hotline.MessageSent((B,), hotline.Purpose.CONCERN, (hotline.Text("yours?"),), about=(subject,)),
        hotline.AnswerGiven(hotline.Answer.NOT_OURS, about=(subject,)),
        hotline.RungReached(text, B, hotline.Rung.ACKNOWLEDGED, "duty officer"),
        incidents.IncidentStated("incident", "attack", WHEN, Place("place"), measures=(subject,)),
        incidents.ClaimMade(subject, incidents.Aspect.KILLED, count=Count(100), whose="militia"),
        incidents.ClaimMade(subject, incidents.Aspect.WOUNDED, count=Count(25), whose="militia"),
        incidents.ReplyMade(claim, incidents.ReplyKind.DENIES),
    ]


def entry_of(index: int, number: int, place: int, body: Body) -> Entry:
    at = START + timedelta(seconds=index)
    statement = Statement(
        id=StatementId(f"{A}.{number}-{place}"),
        subject=SubjectId(f"{A}.m{number - number % 2}" if place == 0 else f"{A}.m{number}-{place}"),
        author=Author(A, "k"),
        cap=CapStatus.EXERCISE,
        stated_at=at,
        body=body,
        answers=(StatementId(f"{A}.{number}-4"),) if place == 5 else (),
    )
    return Entry(LogId(A, B), index, at, at, 0, statement)
