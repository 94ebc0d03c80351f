"""What the fence watch is fed and what it gives: measures with their grounds, steps of tracks, and events.

An event is a finding, not an alarm: it names the measure, its text and the fixes it rests on, and says
whether it is certain or only possible. What it asks for is contact (LIM-07); it stands at the measure, and
the track's place in it stays with its observer (LIM-08, LIM-09).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from enum import IntEnum, StrEnum
from typing import NamedTuple

import msgspec
import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from keepclear.geo.figures import Area, Clip, Path, Point, Side
from keepclear.geo.heights import Altitude, Datum
from keepclear.model.measures import Banks, MeasureKind, MeasureStated
from keepclear.model.words import StatementId, SubjectId
from keepclear.record.canonical import sha256
from keepclear.times import Window
from keepclear.views.measures import standing
from keepclear.views.picture import Picture

Floats = NDArray[np.float64]
Int64s = NDArray[np.int64]

NO_TIME = -(2**63)
"""Stands in `Steps.old_us` for "no fix before this one"."""
DATUMS = (Datum.UNKNOWN, Datum.WGS84, Datum.AMSL, Datum.AGL, Datum.STD)
"""The datum of a height by its code in `Steps.datum`."""
_BINDING = frozenset({"declared", "operative"})


class Steps(NamedTuple):
    """Steps of tracks as columns, (n,) each; those of one track in the order of their times.

    Attributes:
        track: row of the track in its store.
        old_us: microseconds since 1970 UTC of the fix before, or `NO_TIME`.
        new_us: of the fix itself.
        old_lon: degrees; anything where there is no fix before.
        old_lat: degrees.
        new_lon: degrees.
        new_lat: degrees.
        accuracy_m: of the new fix, 95 in 100; nan where it is not known, never 0 for that.
        height_m: of the new fix; nan where it is not known.
        datum: its place in `DATUMS`.
        height_accuracy_m: 95 in 100; nan where it is not known.
    """

    track: Int64s
    old_us: Int64s
    new_us: Int64s
    old_lon: Floats
    old_lat: Floats
    new_lon: Floats
    new_lat: Floats
    accuracy_m: Floats
    height_m: Floats
    datum: NDArray[np.int8]
    height_accuracy_m: Floats


class FenceSettings(Struct, frozen=True):
    """The stated rules by which steps are judged; lengths in metres, times in seconds.

    Attributes:
        unknown_accuracy_m: how far off a fix of unknown accuracy is taken to be; it makes nothing certain.
        unknown_height_m: the same for heights.
        hysteresis_m: how much farther than its margin a track must be out before it counts as out again.
        hysteresis_height_m: the same for heights.
        max_step_m: a longer step is a teleport: its two ends are judged, not the way between.
        max_gap_s: after a longer silence the same holds.
        look_ahead_s: an approach is told when the way goes in within this time.
        late_s: a fix later than this behind the newest of its track changes nothing any more.
        stale_s: what rests on an older fix is possible, not certain.
    """

    unknown_accuracy_m: float = 100.0
    unknown_height_m: float = 150.0
    hysteresis_m: float = 25.0
    hysteresis_height_m: float = 15.0
    max_step_m: float = 20_000.0
    max_gap_s: float = 600.0
    look_ahead_s: float = 300.0
    late_s: float = 900.0
    stale_s: float = 120.0


class Fence(Struct, frozen=True):
    """One text of a measure as the watch needs it.

    `warn_m` is how near the approach to it is watched, `dwell_s` after how long a stay in it is told; None:
    not at all.
    """

    subject: SubjectId
    statement: StatementId
    name: str
    measure: MeasureKind
    shape: Area | Path
    clips: tuple[Clip, ...] = ()
    floor: Altitude | None = None
    ceiling: Altitude | None = None
    valid: Window | None = None
    tolerance_m: float | None = None
    reach_m: float | None = None
    banks: Banks | None = None
    warn_m: float | None = None
    dwell_s: float | None = None

    @property
    def digest(self) -> str:
        """Give the hash of all that decides where, when and how it is judged; names are left out."""
        decides = (
            self.shape, self.clips, self.floor, self.ceiling, self.valid, self.tolerance_m, self.reach_m,
            self.warn_m, self.dwell_s,
        )  # fmt: skip
        return sha256(msgspec.json.encode(decides))


class Expected(Struct, frozen=True):
    """A track that is expected in a measure during a window; not being there `grace_s` into it is told."""

    track: int
    subject: SubjectId
    window: Window
    grace_s: float = 0.0


class EventKind(StrEnum):
    """What the watch found."""

    ENTRY = "entry"
    EXIT = "exit"
    CROSSING = "crossing"
    PASSED = "passed through"  # in and out, or over and back, between two fixes
    APPROACH = "approach"
    DWELL = "dwell"
    ABSENCE = "absence"
    ALREADY_INSIDE = "already inside"  # when the measure or the track first came to be watched
    CAME_BACK = "came back"  # a possible exit or crossing that was none
    ENDED = "ended"  # the measure ended or changed, not the stay
    TAKEN_BACK = "taken back"  # a late fix showed that an earlier event did not happen


class Level(IntEnum):
    """Whether a track is in a measure, as far as it can be told."""

    OUT = 0
    MAYBE = 1
    IN = 2


class Inside(NamedTuple):
    """A track in an area: since when it is told to be in, and whether for all that the accuracies allow."""

    since: datetime
    certain: bool


class FixAt(Struct, frozen=True):
    """A fix that an event rests on."""

    at: datetime
    place: Point
    accuracy_m: float | None = None
    height: Altitude | None = None


class FenceEvent(Struct, frozen=True):
    """A finding with its grounds.

    Attributes:
        id: the same for the same finding, whenever it is found again.
        kind: what was found.
        certain: whether it holds for every place that the fixes' accuracy and the edge's tolerance allow.
        subject: the measure.
        statement: its text.
        track: row of the track.
        at: time of the fix that shows it; for what needs no fix, the time of the finding.
        before: the fix before, if the finding rests on a step.
        fix: the fix that shows it.
        onto: for a crossing, the side on which it ended, as seen along the boundary.
        bank: the name that the author gave that side.
        distance_m: of the fix to the edge or boundary; negative inside.
        tolerance_m: of the edge or boundary; None where its author states none.
        time_to_entry_s: for an approach.
        since: for a dwell, since when it is inside.
        of: for what is taken back, the id of that event.
        words: the finding with its grounds, to be read aloud.
    """

    id: str
    kind: EventKind
    certain: bool
    subject: SubjectId
    statement: StatementId
    track: int
    at: datetime
    before: FixAt | None = None
    fix: FixAt | None = None
    onto: Side | None = None
    bank: str = ""
    distance_m: float | None = None
    tolerance_m: float | None = None
    time_to_entry_s: float | None = None
    since: datetime | None = None
    of: str = ""
    words: str = ""


class Fed(Struct, frozen=True):
    """What a batch of steps brought.

    Attributes:
        events: the findings, in the order of the steps.
        too_late: steps left out because they lie before what can still be judged anew.
        refused: steps left out because they lie too near to a pole, or nowhere.
    """

    events: tuple[FenceEvent, ...] = ()
    too_late: int = 0
    refused: int = 0


def fences(picture: Picture, warn_m: float | None = None, dwell_s: float | None = None) -> Iterator[Fence]:
    """Give the measures of a picture that bind, with a shape, by the text that binds.

    What is proposed, suspended, withdrawn or superseded is no fence.
    """
    for subject, _, _ in picture.each(MeasureStated):
        text = picture.operative(subject)
        if text is None or standing(picture, text.entry) not in _BINDING:
            continue
        statement = text.statement
        if isinstance(statement.body, MeasureStated):
            body = picture.whole(statement.body)
            if body.shape is not None:
                yield Fence(
                    subject, statement.id, body.name, body.measure, body.shape, body.clips,
                    body.floor, body.ceiling, statement.valid, body.tolerance_m, body.reach_m,
                    body.banks, warn_m, dwell_s,
                )  # fmt: skip
