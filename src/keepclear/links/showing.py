"""What a device is shown of its own party's picture: measures, open alarms, and what of its own may leave.

The node chooses all of it; a link only writes it in its format. There is no place in these values for
anybody else's position: a measure is a shape, and an alarm has the measure's place alone (LIM-08, LIM-09).
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Protocol

from msgspec import Struct

from keepclear.geo.figures import Point, Shape
from keepclear.links.feeds import Outgoing
from keepclear.model.words import SubjectId


class Drawn(Struct, frozen=True):
    """A measure as a device draws it.

    `shape` is None where clips have cut it; `outline` is then the GeoJSON of what is left. `words` say what
    is asked there and what each party says of it; `standing` is as in views.measures. `until` is when its
    time ends.
    """

    subject: SubjectId
    name: str
    words: str
    standing: str
    shape: Shape | None
    outline: dict[str, Any] | None = None
    until: datetime | None = None


class Raised(Struct, frozen=True):
    """An open alarm, at the measure that it concerns; `words` are closed ones, with the measure's name."""

    subject: SubjectId
    text: str
    place: Point
    words: str
    since: datetime


class Shown(Struct, frozen=True):
    """Everything but positions that a device is shown now; `turn` changes when any of it does."""

    turn: int
    drawn: tuple[Drawn, ...] = ()
    raised: tuple[Raised, ...] = ()


class Showing(Outgoing, Protocol):
    """The node, as a link that writes sees it; both calls may wait a second for news.

    `leaving` below 0 gives everything that may leave, at once.
    """

    async def shown(self, after: int) -> Shown:
        """Give what is to be shown besides positions, at once where its turn is not `after`."""
        ...
