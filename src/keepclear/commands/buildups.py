"""Build-ups as a desk works them: watched and counted for itself, raised in a wide form, heard of, ended."""

from __future__ import annotations

import math
from datetime import datetime
from enum import StrEnum
from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from keepclear.commands.admission import MAX_RADIUS_M
from keepclear.commands.ports import Ids
from keepclear.commands.several import Several
from keepclear.commands.telling import Decision, Desk, Tell, decide
from keepclear.commands.typed import count, stamp
from keepclear.errors import Malformed, NotKnown, Refused
from keepclear.geo.figures import Circle, Point
from keepclear.geo.geodesy import distance_m
from keepclear.geo.positions import read_position
from keepclear.model.hotline import Answer, AnswerGiven, MessageSent, Purpose, Text
from keepclear.model.incidents import Linked, LinkKind
from keepclear.model.notices import Band, BuildUpStated
from keepclear.model.statements import Entry
from keepclear.model.telling import Condition, ReleaseDecided, StatusStated
from keepclear.model.words import (
    PUBLIC,
    Count,
    Form,
    Name,
    PartyId,
    Precedence,
    Speaker,
    StatementId,
    SubjectId,
    Via,
    Words,
    owner_of,
)
from keepclear.times import Stamp, to_the_second
from keepclear.views.raising import raises
from keepclear.views.ties import conditions

ASKED = (Answer.OURS, Answer.NOT_OURS, Answer.CHECKING, Answer.DENIED, Answer.WILL_ACT)
CELL_KM = 8.0
"""How far a build-up's circle is widened at least before others are told: nobody's place is given away."""
NOT_YET = "seen since; to be raised again if they should have it"
MAX_SIGNS = 32


class BuildUpEnd(StrEnum):
    """How a build-up ended."""

    DISPERSED = "dispersed"
    CLOSED = "closed"
    BECAME_AN_INCIDENT = "became an incident"


Signs = Annotated[tuple[Words, ...], Meta(max_length=MAX_SIGNS)]


class BuildUpWatched(Struct, frozen=True, forbid_unknown_fields=True):
    """A gathering of strength to be watched, as an officer types it: where, how wide, about how many.

    `center` is a position as in "35.30 N 40.28 E", `seen` a count as in "50 to 80 fighters"; `at` is now
    where it is left out. `of` is the party that is thought to be there.
    """

    name: Name
    center: Words
    radius_km: float
    seen: Words
    at: Words = ""
    signs: Signs = ()
    of: PartyId | None = None
    watch_for: Words = ""


class BuildUpCounted(Struct, frozen=True, forbid_unknown_fields=True):
    """What is seen now of a build-up that is watched."""

    seen: Words
    at: Words = ""
    signs: Signs = ()


class BuildUpRaised(Struct, frozen=True, forbid_unknown_fields=True):
    """The question to one party, and at what risk the build-up is told to it, in which radius at least.

    Without words it is asked in English by the build-up's name and its newest count, as they are told it.
    """

    to: PartyId
    risk_note: Words
    words: Annotated[str, Meta(max_length=4000)] = ""
    lang: Annotated[str, Meta(pattern="^[a-z]{2}$(?!\n)")] = "en"
    radius_km: float | None = None
    precedence: Precedence = Precedence.FLASH
    channel: SubjectId | None = None


class BuildUpHeard(Struct, frozen=True, forbid_unknown_fields=True):
    """What a party said of a build-up by telephone, and in which office; it stays a report."""

    answer: Answer
    by: PartyId
    role: Name = "duty officer"
    words: Words = ""


class BuildUpEnded(Struct, frozen=True, forbid_unknown_fields=True):
    """How a build-up ended and why; `incident` is what it became."""

    how: BuildUpEnd
    reason: Words = ""
    incident: SubjectId | None = None


class WideForm(Struct, frozen=True):
    """A build-up as others are told it: a circle about a rounded middle, and every count as a band.

    `readers` are those who hold an older text: they are told this one too.
    """

    body: BuildUpStated
    radius_m: float
    bands: tuple[str, ...]
    readers: tuple[PartyId, ...]


def decide_watch(desk: Desk, asked: BuildUpWatched, key: str, now: datetime, ids: Ids) -> Decision:
    """Begin to watch; it stays in the own log until it is raised.

    Raises:
        Malformed: a position, radius, count or time that cannot be read.
        Refused: a rule of what may be stated says no.
    """
    body = BuildUpStated(
        name=asked.name,
        area=_circle(read_position(asked.center).point, asked.radius_km),
        series=(_band(asked.seen, asked.at, asked.signs, now),),
        attributed_to=asked.of,
        watch_for=asked.watch_for,
    )
    return decide(desk, Tell(body=body), key, now, ids)


def decide_count(
    desk: Desk, subject: SubjectId, asked: BuildUpCounted, key: str, now: datetime, ids: Ids
) -> Decision:
    """Note what is seen now, in the own log; others still hold what they were told, and that is kept, too.

    Raises:
        NotKnown: no build-up of this desk.
        Malformed: a count or time that cannot be read.
    """
    body = exact(desk, subject)[1]
    series = (*body.series, _band(asked.seen, asked.at, asked.signs, now))
    longer = msgspec.structs.replace(body, series=series)
    behind = dict.fromkeys(holding(desk, subject), NOT_YET)
    return decide(desk, Tell(body=longer, subject=subject, not_telling=behind), key, now, ids)


def decide_raise(
    desk: Desk, subject: SubjectId, asked: BuildUpRaised, role: str, key: str, now: datetime, ids: Ids
) -> Decision:
    """Raise a build-up with a party: the releases, the series in a wide form, and the question, in one act.

    Whoever holds an older text is told this one too, and each telling has a release of its own (LIM-08).

    Raises:
        NotKnown: no build-up of this desk, or an unknown party.
        Refused: there is no note of the risk, or a rule bars the form or the question.
    """
    if not asked.risk_note.strip():
        raise Refused(
            "raising a build-up without a note of the risk",
            "risk-note",
            'at what risk it is told to them, in words, as in "shows that it was noticed"',
            "risk_note",
        )
    wide = wide_form(desk, subject, asked.radius_km)
    readers = tuple(dict.fromkeys((asked.to, *wide.readers)))
    steps = Several(desk, key, now, ids)
    for reader in readers:
        release = ReleaseDecided(subject, reader, Form.COVERING, role, asked.risk_note)
        steps.say(f"release/{reader}", Tell(body=release))
    standing = [entry for entry in desk.picture.forms(subject) if entry.statement.form == Form.COVERING]
    if standing and standing[0].statement.body == wide.body:
        steps.tell_on(standing[0].statement.id, readers)
    else:
        told = Tell(body=wide.body, subject=subject, form=Form.COVERING, readers=readers)
        steps.say("form", told)
    question = MessageSent(
        to=(asked.to,),
        purpose=Purpose.CONCERN,
        texts=(Text(asked.words, asked.lang) if asked.words.strip() else Text(_question(wide.body)),),
        precedence=asked.precedence,
        channel=asked.channel,
        about=(subject,),
        asks=ASKED,
    )
    return steps.ending(Tell(body=question, readers=(asked.to,)))


def _question(told: BuildUpStated) -> str:
    """Ask in words that stand by themselves in an alarm and on the telephone, without a place (LIM-08)."""
    return f'"{told.name}", {told.series[-1].count.shown()}: is it yours?'


def decide_heard(
    desk: Desk, subject: SubjectId, asked: BuildUpHeard, key: str, now: datetime, ids: Ids
) -> Decision:
    """Note an answer that was given by telephone: a report, and no word of theirs.

    Raises:
        NotKnown: no build-up of this desk, or one that was raised with nobody.
    """
    name = exact(desk, subject)[1].name
    raised = raises(desk.picture, subject, now)
    if not raised:
        raise NotKnown(
            f'an answer on "{name}", which was raised with nobody',
            "raised",
            f'first: keepclear build-up raise "{name}" {asked.by} --risk-note "…"; or keepclear call',
        )
    from_them = [each for each in raised if asked.by in each.to] or raised
    body = AnswerGiven(asked.answer, asked.words, about=(subject,))
    tell = Tell(
        body=body,
        said_by=Speaker(asked.role, party=asked.by),
        via=Via.PHONE,
        answers=(StatementId(from_them[-1].view.statement),),
    )
    return decide(desk, tell, key, now, ids)


def decide_end(
    desk: Desk, subject: SubjectId, asked: BuildUpEnded, key: str, now: datetime, ids: Ids
) -> Decision:
    """State how a build-up ended, to those who hold it; tie it to the incident that it became.

    Raises:
        NotKnown: no build-up of this desk, or no such incident.
        Refused: it has ended in this way already; said again it would only seem to have ended later.
    """
    own, held = exact(desk, subject)
    _check_goes_on(desk, own, held.name, asked)
    readers = holding(desk, subject)
    steps = Several(desk, key, now, ids)
    if asked.incident is not None:
        steps.say("link", Tell(body=Linked(subject, asked.incident, LinkKind.CAUSED_BY)))
    # Of the text that they hold: each holder of another form is told the same of that one.
    of = desk.outbox.holders(subject)[readers[0]] if readers else own.statement.id
    body = StatusStated(of, Condition(asked.how.value), asked.reason)
    return steps.ending(Tell(body=body, readers=readers))


def _check_goes_on(desk: Desk, own: Entry, name: str, asked: BuildUpEnded) -> None:
    stated = conditions(desk.picture, own)
    if not stated or stated[-1][1].status != asked.how.value:
        return
    since = to_the_second(stated[-1][0].statement.stated_at)
    raise Refused(
        f'ending "{name}" again, which has ended already ({asked.how.value}), at {since}',
        "ended-already",
        "another way in which it ended; or, if it gathers again, a new count first, and then its end",
        "how",
    )


def exact(desk: Desk, subject: SubjectId) -> tuple[Entry, BuildUpStated]:
    """Give the latest exact text of an own build-up.

    Raises:
        NotKnown: there is none of this id that this desk stated and did not take back.
    """
    text = desk.picture.latest(subject) if owner_of(subject) == desk.party else None
    body = None if text is None else text.statement.body
    if text is None or not isinstance(body, BuildUpStated):
        raise NotKnown(
            f"the build-up {subject}", "build-up", "the id of a build-up that this desk stated", "subject"
        )
    return text.entry, body


def holding(desk: Desk, subject: SubjectId) -> tuple[PartyId, ...]:
    """Give the parties that were told a build-up."""
    return tuple(
        reader for reader in sorted(desk.outbox.holders(subject)) if reader not in (desk.party, PUBLIC)
    )


def wide_form(desk: Desk, subject: SubjectId, radius_km: float | None) -> WideForm:
    """Give an own build-up as others would be told it.

    Raises:
        NotKnown: no build-up of this desk.
        Refused: its area is no circle.
    """
    body = exact(desk, subject)[1]
    if not isinstance(body.area, Circle):
        raise Refused(
            f'a wide form of "{body.name}", whose area is no circle',
            "wide-circle",
            "the form covering, stated by itself, and then a message about it",
            "subject",
        )
    told = coarse(body, body.area, radius_km)
    bands = tuple(band.count.shown() for band in told.series)
    radius_m = told.area.radius_m if isinstance(told.area, Circle) else 0.0
    return WideForm(told, radius_m, bands, holding(desk, subject))


def coarse(body: BuildUpStated, area: Circle, radius_km: float | None) -> BuildUpStated:
    """Give the wide form of a build-up: a circle about a rounded middle, and every count as a band."""
    middle = Point(round(area.center.lon, 1), round(area.center.lat, 1))
    # Larger by up to a kilometre, even where the exact circle is round already: else it would be the same.
    needed_km = math.floor((area.radius_m + distance_m(area.center, middle)) / 1000.0) + 1.0
    wide_km = max(needed_km, CELL_KM, math.ceil(radius_km or 0.0))
    series = tuple(msgspec.structs.replace(band, count=_widened(band.count)) for band in body.series)
    return msgspec.structs.replace(body, area=_circle(middle, wide_km), series=series)


def _widened(counted: Count) -> Count:
    """Give a count as a band with round bounds; one bound that is not known stays so."""
    if counted.low is None and counted.high is None:
        return counted
    return Count(
        low=None if counted.low is None else int(counted.low * 0.8) // 10 * 10,
        high=None if counted.high is None else (int(counted.high * 1.2) // 10 + 1) * 10,
        unit=counted.unit,
    )


def _band(seen: str, at: str, signs: tuple[str, ...], now: datetime) -> Band:
    return Band(stamp(at, "at") if at.strip() else Stamp(now), count(seen, "seen"), signs)


def _circle(point: Point, radius_km: float) -> Circle:
    limit_km = MAX_RADIUS_M / 1000.0
    if not (math.isfinite(radius_km) and 0.0 < radius_km <= limit_km):
        raise Malformed(
            f"a radius of {radius_km:g} km",
            "radius",
            f"a number of kilometres above 0 and at most {limit_km:,.0f}",
            "radius_km",
        )
    return Circle(point, radius_km * 1000.0)
