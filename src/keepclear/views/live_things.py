"""One thing of the live picture, for reading: its newest position with its age, and what is doubted of it."""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct

from keepclear.model.tracks import FixRow, Track
from keepclear.model.words import PartyId, SubjectId
from keepclear.times import instant
from keepclear.views.attribution import named, party_name
from keepclear.views.live import STALE_S, MovingView, Place
from keepclear.views.picture import Picture


class Seen(Struct, frozen=True):
    """A thing and its newest fix, as its holder's desk has them; `doubt` says why it is doubted."""

    number: int
    track: Track
    fix: FixRow
    doubt: str


def moving_view(
    picture: Picture, held: Seen, now: datetime, tied: SubjectId | None = None, expected_again: str = ""
) -> MovingView:
    """Give a thing for its owner's map."""
    track, fix = held.track, held.fix
    at = instant(fix.at_us)
    age_s = max(0.0, (now - at).total_seconds())
    stale_s = STALE_S[track.kind]
    return MovingView(
        number=held.number,
        id=track.id,
        feed=track.source,
        kind=track.kind.value,
        callsign=track.callsign,
        whose=track.whose,
        whose_name="" if track.whose is None else party_name(picture, PartyId(track.whose)),
        standing=track.standing.value,
        invented=track.invented,
        at=at,
        age_s=round(age_s, 3),
        stale=age_s > stale_s,
        stale_after_s=stale_s,
        lon=fix.lon,
        lat=fix.lat,
        accuracy_m=fix.accuracy_m,
        height_m=fix.height_m,
        datum=fix.datum,
        height_accuracy_m=fix.height_accuracy_m,
        speed_mps=fix.speed_mps,
        course_deg=fix.course_deg,
        climb_mps=fix.climb_mps,
        doubt=held.doubt,
        tied_to=None if tied is None else named(picture, tied),
        expected_again=expected_again,
    )


def place_view(fix: FixRow) -> Place:
    """Give one position of a trail."""
    return Place(
        instant(fix.at_us), instant(fix.received_us), fix.lon, fix.lat, fix.accuracy_m, fix.height_m,
        fix.datum, fix.speed_mps, fix.course_deg,
    )  # fmt: skip
