"""Moving things and where they were: positions are many and they age, so they are no statements.

They stand in a store of their own with a time after which they are dropped; a rule that fires copies the few
fixes it rests on into what it raises. The position of another party's people or vehicles never leaves its
observer as a live track or point (LIM-08), so every track says whose it is and in what standing.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from msgspec import Struct

from keepclear.geo.figures import Point
from keepclear.geo.heights import Altitude
from keepclear.model.words import PartyId


class TrackKind(StrEnum):
    """What moves; it chooses the separation minima and nothing else."""

    AEROPLANE = "aeroplane"
    HELICOPTER = "helicopter"
    DRONE = "drone"
    VESSEL = "vessel"
    VEHICLE = "vehicle"
    CONVOY = "convoy"
    PERSONS = "persons"
    UNKNOWN = "unknown"


class Standing(StrEnum):
    """Whether a live position may leave the party that holds it; only `other` may not (LIM-08)."""

    OWN = "own"
    CONSENTING = "consenting"  # aid, an aircraft or a monitor that asked to be followed
    RELEASED = "released"  # let out by a named person's Release
    OTHER = "other"  # anybody else's, and whatever is not known


class Track(Struct, frozen=True, gc=False):
    """A moving thing as one source names it: `id` is the source's own name for it, unique within `source`.

    `standing_said` and `invented_said` tell that the source said so of this thing itself; else both are what
    its feed has.
    """

    id: str
    source: str
    kind: TrackKind = TrackKind.UNKNOWN
    callsign: str = ""
    whose: PartyId | None = None
    standing: Standing = Standing.OTHER
    invented: bool = False
    standing_said: bool = False
    invented_said: bool = False


class Fix(Struct, frozen=True, gc=False):
    """Where a track was at one time, as its source says.

    `at` is by the source's clock and `received_at` by ours, both UTC. `place` is on the WGS 84 datum;
    `accuracy_m` is the radius in metres within which it lies 95 times in 100, `height_accuracy_m` the same up
    and down. What a source did not say is None, never zero. Speeds are metres a second over the ground and
    upward, the course is degrees from true north.
    """

    track: str
    source: str
    at: datetime
    received_at: datetime
    place: Point
    accuracy_m: float | None = None
    height: Altitude | None = None
    height_accuracy_m: float | None = None
    speed_mps: float | None = None
    course_deg: float | None = None
    climb_mps: float | None = None


class FixRow(Struct, frozen=True, gc=False):
    """A fix as it is held: times in microseconds since 1970 UTC, degrees, metres; unsaid is None.

    `height_m` is above `datum`, one of geo.heights.
    """

    at_us: int
    received_us: int
    lon: float
    lat: float
    accuracy_m: float | None = None
    height_m: float | None = None
    datum: str | None = None
    height_accuracy_m: float | None = None
    speed_mps: float | None = None
    course_deg: float | None = None
    climb_mps: float | None = None
