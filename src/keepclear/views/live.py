"""The live picture as its owner's map shows it: where things are by whose word, how old and how exact.

These views never leave the party that holds the positions: no log, export or exchange has a place for them.
Things stand in the order of their names; nothing is ordered or chosen by distance (LIM-03, LIM-10).
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

from msgspec import Struct

from keepclear.model.tracks import TrackKind
from keepclear.model.words import CapStatus, PartyId, SubjectId
from keepclear.views.attribution import Named

STALE_S: Final[dict[TrackKind, float]] = {
    TrackKind.AEROPLANE: 30.0,
    TrackKind.HELICOPTER: 30.0,
    TrackKind.DRONE: 15.0,
    TrackKind.VESSEL: 360.0,
    TrackKind.VEHICLE: 120.0,
    TrackKind.CONVOY: 300.0,
    TrackKind.PERSONS: 600.0,
    TrackKind.UNKNOWN: 60.0,
}
"""After how many seconds a position is shown as stale; it is never taken away for that. To be tried."""


class Box(Struct, frozen=True):
    """A part of the map in degrees, edges included; where west is beyond east it goes over 180°."""

    west: float
    south: float
    east: float
    north: float


class MovingView(Struct, frozen=True):
    """One thing that moves, and its newest position.

    `number` is this desk's own number for it. `stale` tells that the position is older than a thing of its
    kind should leave it; `age_s` by how much time. `doubt` says why the position is doubted, as after a jump;
    `expected_again` why a thing that is silent or has landed is still expected. What the source did not say
    is None. Speeds are metres a second, courses degrees from true north, heights metres above their datum.
    """

    number: int
    id: str
    feed: str
    kind: str
    callsign: str
    whose: PartyId | None
    whose_name: str
    standing: str
    invented: bool
    at: datetime
    age_s: float
    stale: bool
    stale_after_s: float
    lon: float
    lat: float
    accuracy_m: float | None
    height_m: float | None
    datum: str | None
    height_accuracy_m: float | None
    speed_mps: float | None
    course_deg: float | None
    climb_mps: float | None
    doubt: str
    tied_to: Named | None
    expected_again: str


class LiveAnswer(Struct, frozen=True):
    """What the desk holds in a box now; `left_out` counts what did not fit, never in silence."""

    party: PartyId
    now: datetime
    cap: CapStatus
    box: Box
    cursor: int
    moving: tuple[MovingView, ...]
    left_out: int
    silent_feeds: tuple[str, ...]


class Place(Struct, frozen=True):
    """One position of a trail."""

    at: datetime
    received_at: datetime
    lon: float
    lat: float
    accuracy_m: float | None
    height_m: float | None
    datum: str | None
    speed_mps: float | None
    course_deg: float | None


class TrailAnswer(Struct, frozen=True):
    """Where a thing has been, oldest first; `thinned_s` says how far apart kept positions are at least."""

    party: PartyId
    now: datetime
    number: int
    id: str
    feed: str
    callsign: str
    invented: bool
    thinned_s: float
    places: tuple[Place, ...]


class Name(Struct, frozen=True, gc=False):
    """What of a thing seldom changes; in the stream it comes once, and again when it changes."""

    number: int
    id: str
    feed: str
    kind: str
    callsign: str
    whose: PartyId | None
    standing: str
    invented: bool
    stale_after_s: float


class Diff(Struct, frozen=True):
    """What has changed in a box, as columns of one length: number, place, time and motion of each thing.

    `at` are seconds since 1970 UTC; null stands for what was not said. `out` are numbers that have left the
    box or were put away; in the event `full` it is empty and the columns are everything in the box. `named`
    describes things that are new here.
    """

    now: datetime
    cursor: int
    named: tuple[Name, ...]
    number: list[int]
    lon: list[float]
    lat: list[float]
    at: list[float]
    accuracy_m: list[float | None]
    height_m: list[float | None]
    speed_mps: list[float | None]
    course_deg: list[float | None]
    out: list[int]
    left_out: int


class RefusalView(Struct, frozen=True):
    """How many fixes of a feed one rule refused, and the last that it refused."""

    rule: str
    words: str
    count: int
    last_at: datetime
    last_id: str


class FeedView(Struct, frozen=True):
    """How a feed does: proof of life each way, its clock, the age of its last fix, what was refused and why.

    `heard_at` is when something whole last came from it; `hears_us_at` when it last proved that it had heard
    this node, None where it never has. `clock_ahead_s` is by how much its newest times lie ahead of ours at
    most: below zero it is the delay with what its clock is behind. `taken` counts what was kept since the
    node started, `thinned` what a later fix of the same thing overtook before the node could look at it.
    """

    name: str
    kind: str
    standing: str
    invented: bool
    state: str
    words: str
    heard_at: datetime | None
    hears_us_at: datetime | None
    last_fix_at: datetime | None
    last_fix_age_s: float | None
    clock_ahead_s: float | None
    silent_after_s: int
    things: int
    taken: int
    late: int
    thinned: int
    unread: int
    refused: tuple[RefusalView, ...]


class FeedsAnswer(Struct, frozen=True):
    """The feeds of a desk; `waiting` counts its fixes that were not looked at yet."""

    party: PartyId
    now: datetime
    feeds: tuple[FeedView, ...]
    waiting: int


class FoundThing(Struct, frozen=True):
    """A thing in a finding: its number (below zero for none), what it is called, since when; not where."""

    number: int
    called: str
    whose: str
    since: datetime
    certain: bool
    over: str


class Found(Struct, frozen=True):
    """What holds now at one measure or notice, by one rule; it stands at the measure (LIM-09)."""

    rule: str
    matter: Named
    words: str
    things: tuple[FoundThing, ...]
    alarm: SubjectId | None


class FoundAnswer(Struct, frozen=True):
    """Everything that the live rules find now, in the order of the measures' names."""

    party: PartyId
    now: datetime
    cap: CapStatus
    findings: tuple[Found, ...]
    expected_again: tuple[MovingView, ...]


class PieceRefused(Struct, frozen=True):
    """A piece of a batch that could not be read: its number from 0, the field, the rule and words."""

    number: int
    field: str
    rule: str
    words: str


class Taken(Struct, frozen=True):
    """What became of a batch: kept and moving, kept as late, refused by rule, and what could not be read.

    `beat` is to be sent back with the next batch, as proof that this answer was heard.
    """

    taken: int
    late: int
    refused: dict[str, int]
    unread: tuple[PieceRefused, ...]
    beat: str
