"""Notices, presences, observations and build-ups as one party holds them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from msgspec import Struct

from keepclear.model.hotline import Answer
from keepclear.model.notices import (
    Band,
    BuildUpStated,
    NoticeStated,
    Observed,
    PresenceStated,
    RemarkMade,
)
from keepclear.model.parties import PartyKind
from keepclear.model.statements import Entry
from keepclear.model.words import PartyId, SubjectId
from keepclear.times import Window
from keepclear.views.attribution import (
    Named,
    Said,
    Shown,
    in_time,
    named,
    named_all,
    names,
    party_name,
    said,
    shown,
    time_of,
)
from keepclear.views.parties import RelayView, parties, relay_to, relays
from keepclear.views.picture import Picture
from keepclear.views.raising import (
    ASK,
    REASK,
    Answered,
    Raise,
    RaisedView,
    answers_about,
    claimed,
    decisive,
    near,
    next_rung,
    raises,
    trend_of,
    unclaimed_since,
)
from keepclear.views.ranging import unranged
from keepclear.views.sides import SideTest, accuracy_m, known_measures, side_tests
from keepclear.views.ties import condition, conditions
from keepclear.views.told import Outbox
from keepclear.views.wording import (
    area_outline,
    count_words,
    place_outline,
    place_words,
    windows_words,
)

UNCLAIMED = "UNCLAIMED"
_CLOSING = frozenset({"dispersed", "became an incident", "closed", "lapsed", "withdrawn"})
_FORCES = frozenset({PartyKind.STATE_FORCE, PartyKind.NON_STATE_FORCE, PartyKind.COALITION})


class NoticeView(Struct, frozen=True):
    """What a party says it will do or have somewhere; informing is not asking."""

    subject: SubjectId
    statement: str
    activity: str
    what: str
    volumes: tuple[Any, ...]
    outlines: tuple[dict[str, Any], ...]
    window: str
    people: str
    origin: str
    destination: str
    contact_role: str
    reason: str
    hazards: tuple[str, ...]
    about: tuple[Named, ...]
    status: str
    said: Said


class PresenceView(Struct, frozen=True):
    """Who is said to be somewhere, how exactly and as of when; never dropped for being old."""

    subject: SubjectId
    statement: str
    party: PartyId
    party_name: str
    what: str
    place: str
    outline: dict[str, Any] | None
    accuracy_m: float | None
    seen: str
    strength: str
    as_of: Shown | None
    since: str
    purpose: str
    end_condition: str
    beside: tuple[str, ...]
    about: tuple[Named, ...]
    tests: tuple[SideTest, ...]
    said: Said


class ObservationView(Struct, frozen=True):
    """One sighting: what, about where, when, how many, and where it lies as to the known measures."""

    subject: SubjectId
    statement: str
    what: str
    party: str
    place: str
    outline: dict[str, Any] | None
    at: Shown | None
    count: str
    count_low: int | None
    count_high: int | None
    indicators: tuple[str, ...]
    tests: tuple[SideTest, ...]
    said: Said


class BandView(Struct, frozen=True):
    """One observation in the series of a build-up."""

    at: Shown | None
    count: str
    low: int | None
    high: int | None
    indicators: tuple[str, ...]


class BuildUpView(Struct, frozen=True):
    """A build-up: its series and trend, whether it was raised, and what the answers make of it.

    `status` is "watched", "raised", "claimed" (answered *ours*; "claimed, per …" where another reports it),
    "UNCLAIMED" (answered *not ours*, which no report by another clears), or a status stated by its owner
    ("dispersed", "became an incident", "closed"), then `closed_at` is when it said so.
    UNCLAIMED brings `reask_due` (15 minutes after the answer), `next_rung` (the next
    level of hotline to that party that this party knows of) and `ask` ("Who can reach them?") with `reach`,
    the ways to the parties that might be meant. `trend` is "rising", "falling", "steady", "unclear", "one
    band" or "not counted", that of its time where it has ended; `near` names the incidents within 15 km of
    its area.
    """

    subject: SubjectId
    statement: str
    name: str
    outline: dict[str, Any]
    reference: Named | None
    series: tuple[BandView, ...]
    trend: str
    trend_words: str
    attributed_to: str
    rate: str
    watch_for: str
    review_at: Shown | None
    about: tuple[Named, ...]
    near: tuple[Named, ...]
    raised: tuple[RaisedView, ...]
    status: str
    closed_at: datetime | None
    reask_due: datetime | None
    next_rung: str
    ask: str
    reach: tuple[RelayView, ...]
    said: Said


class RemarkView(Struct, frozen=True):
    """A note of context, with what it is about."""

    subject: SubjectId
    text: str
    about: tuple[Named, ...]
    place: str
    as_of: Shown | None
    said: Said


def notices(picture: Picture) -> list[NoticeView]:
    """List the notices that reached this party, soonest first, those without a window last.

    One that its owner took back stays as withdrawn, and is not drawn.
    """
    rows = [
        (_soonest(body), _notice(picture, text.entry, body, withdrawn=False))
        for _, text, body in picture.each(NoticeStated)
    ]
    rows += [
        (_soonest(body), _notice(picture, entry, body, withdrawn=True))
        for _, entry, body in picture.withdrawn(NoticeStated)
    ]
    return [
        row for _, row in sorted(rows, key=lambda item: (item[0], item[1].said.stated_at, item[1].statement))
    ]


def _soonest(body: NoticeStated) -> tuple[bool, float]:
    bounds = [volume.window.start or volume.window.end for volume in body.volumes]
    stated = [bound.timestamp() for bound in bounds if bound is not None]
    return (not stated, min(stated, default=0.0))


def _notice(picture: Picture, entry: Entry, body: NoticeStated, *, withdrawn: bool) -> NoticeView:
    return NoticeView(
        subject=entry.statement.subject,
        statement=entry.statement.id,
        activity=body.activity.value,
        what=body.what,
        volumes=body.volumes,
        outlines=() if withdrawn else tuple(area_outline(volume.area) for volume in body.volumes),
        window=windows_words(body.volumes),
        people=count_words(body.people),
        origin=place_words(body.origin),
        destination=place_words(body.destination),
        contact_role=body.contact_role,
        reason=body.reason,
        hazards=tuple(hazard.value for hazard in body.hazards),
        about=named_all(picture, body.about),
        status="withdrawn" if withdrawn else condition(picture, entry) or "issued",
        said=said(picture, entry),
    )


def presences(picture: Picture, box: Outbox | None = None) -> list[PresenceView]:
    """List what was said of who is where, oldest first; age alone removes nothing.

    How far others are is told from measures only that somebody else knows by `box`, what the party has told.
    """
    known, kept = known_measures(picture), unranged(picture, box)
    told = sorted(picture.each(PresenceStated), key=lambda item: in_time(item[1].entry, item[2].as_of))
    return [
        PresenceView(
            subject=subject,
            statement=text.statement.id,
            party=body.party,
            party_name=party_name(picture, body.party),
            what=body.what,
            place=place_words(body.place),
            outline=place_outline(body.place),
            accuracy_m=accuracy_m(body.place),
            seen=body.seen.value,
            strength=count_words(body.strength),
            as_of=shown(body.as_of),
            since=body.since,
            purpose=body.purpose,
            end_condition=body.end_condition,
            beside=names(picture, body.beside),
            about=named_all(picture, body.about),
            tests=side_tests(
                known,
                body.place,
                _lasting(text.entry, body),
                body.about,
                () if body.party == picture.party else kept,
            ),
            said=said(picture, text.entry),
        )
        for subject, text, body in told
    ]


def _lasting(entry: Entry, body: PresenceStated) -> Window:
    """Give the time over which a presence counts: from when it was said, with no end that was said."""
    return Window(time_of(entry, body.as_of).at)


def observations(picture: Picture, box: Outbox | None = None) -> list[ObservationView]:
    """List sightings, oldest first; every sighting keeps its own count. For `box` see `presences`."""
    told = sorted(picture.each(Observed), key=lambda item: in_time(item[1].entry, item[2].at))
    if not told:
        return []  # a desk may hold a thousand measures, and they are looked through for nothing then
    known, kept = known_measures(picture), unranged(picture, box)
    return [
        ObservationView(
            subject=subject,
            statement=text.statement.id,
            what=body.what,
            party=party_name(picture, body.party),
            place=place_words(body.place),
            outline=place_outline(body.place),
            at=shown(body.at),
            count=count_words(body.count),
            count_low=None if body.count is None else body.count.low,
            count_high=None if body.count is None else body.count.high,
            indicators=body.indicators,
            tests=side_tests(known, body.place, body.at.span(), body.about, kept),
            said=said(picture, text.entry),
        )
        for subject, text, body in told
    ]


def remarks(picture: Picture) -> list[RemarkView]:
    """List notes of context, oldest first."""
    told = sorted(picture.each(RemarkMade), key=lambda item: in_time(item[1].entry, item[2].as_of))
    return [
        RemarkView(
            subject=subject,
            text=body.text,
            about=named_all(picture, body.about),
            place=place_words(body.place),
            as_of=shown(body.as_of),
            said=said(picture, text.entry),
        )
        for subject, text, body in told
    ]


def buildups(picture: Picture, now: datetime) -> list[BuildUpView]:
    """List build-ups, oldest first, with their trend and the state that answers have brought about.

    Of several forms the series counts that goes furthest. Answers that arrived after `now` are left out.
    """
    rows = []
    for subject, _, _ in picture.each(BuildUpStated):
        entry = picture.furthest(subject, _last_band)
        if entry is not None and isinstance(entry.statement.body, BuildUpStated):
            rows.append(_buildup(picture, entry, entry.statement.body, now))
    return sorted(rows, key=lambda row: (row.series[0].at.at if row.series[0].at else now, row.statement))


def _last_band(entry: Entry) -> datetime:
    body = entry.statement.body
    bands = body.series if isinstance(body, BuildUpStated) else ()
    return max((band.at.at for band in bands), default=entry.statement.stated_at)


def _buildup(picture: Picture, entry: Entry, body: BuildUpStated, now: datetime) -> BuildUpView:
    subject = entry.statement.subject
    series = sorted(body.series, key=lambda band: band.at.at)
    trend, trend_words = trend_of(series)
    found = raises(picture, subject, now)
    answers = answers_about(picture, subject, found, now)
    stated = conditions(picture, entry)
    status = _status(stated[-1][1].status if stated else "", found, answers)
    if status in _CLOSING:
        trend_words = f"Until then: {trend_words[0].lower()}{trend_words[1:]}"
    asked = unclaimed_since(answers) if status == UNCLAIMED else None
    return BuildUpView(
        subject=subject,
        statement=entry.statement.id,
        name=body.name,
        outline=area_outline(body.area),
        reference=None if body.reference is None else named(picture, body.reference),
        series=tuple(_band(band) for band in series),
        trend=trend,
        trend_words=trend_words,
        attributed_to=party_name(picture, body.attributed_to),
        rate=body.rate,
        watch_for=body.watch_for,
        review_at=shown(body.review_at),
        about=named_all(picture, body.about),
        near=near(picture, body.area),
        raised=tuple(raise_.view for raise_ in found),
        status=status,
        closed_at=stated[-1][0].statement.stated_at if status in _CLOSING else None,
        reask_due=None if asked is None else asked.at + REASK,
        next_rung="" if asked is None else next_rung(picture, asked.by, found),
        ask="" if asked is None else ASK,
        reach=() if asked is None else _reach(picture, body, answers),
        said=said(picture, entry),
    )


def closed_at(picture: Picture, subject: SubjectId) -> datetime | None:
    """Give when the owner of a build-up closed it, None where it has not."""
    entry = picture.furthest(subject, _last_band)
    stated = [] if entry is None else conditions(picture, entry)
    return stated[-1][0].statement.stated_at if stated and stated[-1][1].status in _CLOSING else None


def _band(band: Band) -> BandView:
    return BandView(shown(band.at), band.count.shown(), band.count.low, band.count.high, band.indicators)


def _status(stated: str, found: list[Raise], answers: list[Answered]) -> str:
    """Say where a build-up stands: closed by its owner, else as answered, else as raised."""
    if stated in _CLOSING:
        return stated
    if unclaimed_since(answers) is not None:
        return UNCLAIMED
    claim = claimed(answers)
    if claim is not None:
        return f"claimed, per {claim.per}" if claim.per else "claimed"
    return stated or ("raised" if found else "watched")


def _reach(picture: Picture, body: BuildUpStated, answers: list[Answered]) -> tuple[RelayView, ...]:
    """Give the ways to whom the build-up is attributed, else to every force that has not said *not ours*."""
    if body.attributed_to is not None:
        return (relay_to(picture, body.attributed_to),)
    denied = {answer.by for answer in decisive(answers) if answer.answer == Answer.NOT_OURS}
    forces = {row.party for row in parties(picture) if row.party_kind in _FORCES}
    return tuple(row for row in relays(picture) if row.to_party in forces - denied)
