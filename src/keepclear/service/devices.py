"""What a party's own devices are shown: chosen here, from its own picture, for every link that writes.

Positions come by one door that gives own, consenting and released things alone (LIM-08). An alarm comes with
the place of its measure and closed words, and one that concerns no measure does not go to a device (LIM-09).
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

import shapely

from keepclear.errors import KeepclearError
from keepclear.geo.shapes import Circle, Corridor, Path, Point, Polygon, Ring, Shape, Spot
from keepclear.links.feeds import Leaving
from keepclear.links.showing import Drawn, Raised, Shown
from keepclear.model.measures import MeasureStated
from keepclear.model.statements import Entry
from keepclear.model.words import PartyId, SubjectId
from keepclear.service.live import Live
from keepclear.service.writer import Writer
from keepclear.views.alarms import Alarm, State, alarms
from keepclear.views.measures import StanceView, stances, standing
from keepclear.views.picture import Picture
from keepclear.views.validity import validity
from keepclear.views.wording import effect_words, heights_words, shape_outline

NEWS_S: Final = 1.0
AGAIN: Final = timedelta(seconds=30)
_HIDDEN: Final = frozenset(("withdrawn", "superseded"))
_CALLING: Final = frozenset((State.UNACKNOWLEDGED, State.ACKNOWLEDGED))


class Devices:
    """What the devices of one party are shown; the seam `links.showing.Showing`."""

    def __init__(self, party: PartyId, live: Live, writer: Writer) -> None:
        self.party = party
        self._live, self._writer = live, writer
        self._shown = Shown(0)
        self._looked: tuple[Picture, int, datetime] | None = None

    async def leaving(self, after: int) -> tuple[int, tuple[Leaving, ...]]:
        """Give what may leave and has moved since a cursor; wait a moment where nothing has.

        Below 0 it is everything that may leave, at once.
        """
        turned = self._live.turned
        cursor, found = await self._live.leaving(self.party, after)
        if not found and after >= 0:
            try:
                async with asyncio.timeout(NEWS_S):
                    await turned.wait()
            except TimeoutError:
                return cursor, ()
            cursor, found = await self._live.leaving(self.party, cursor)
        return cursor, found

    async def shown(self, after: int) -> Shown:
        """Give the measures and open alarms; wait a moment where they are those of turn `after`."""
        await self._writer.settled()
        self._look()
        if self._shown.turn == after:
            await self._writer.changed(NEWS_S)
            await self._writer.settled()
            self._look()
        return self._shown

    def _look(self) -> None:
        node = self._writer.node
        now = node.clock.now()
        picture = node.picture(self.party)
        was = self._looked
        if was is not None and was[0] is picture and was[1] == len(picture) and now - was[2] < AGAIN:
            return
        self._looked = (picture, len(picture), now)
        fresh = Shown(self._shown.turn, tuple(_drawn(picture, now)), tuple(_raised(picture)))
        if fresh != self._shown or fresh.turn == 0:
            self._shown = Shown(self._shown.turn + 1, fresh.drawn, fresh.raised)


def _drawn(picture: Picture, now: datetime) -> Iterator[Drawn]:
    for subject, entry, body in _measures(picture):
        stands = standing(picture, entry)
        times = validity(entry.statement, stands, now)
        if stands in _HIDDEN or times.force == "lapsed" or body.shape is None:
            continue
        words = ". ".join(
            filter(None, (effect_words(body), heights_words(body.floor, body.ceiling), times.words))
        )
        said = _stance_words(stances(picture, subject))
        whole = f"{words}. Stated by {entry.statement.author.party}. {said}"
        if body.clips:
            outline = shape_outline(body.shape, body)
            yield Drawn(subject, body.name, whole, stands, None, outline, times.end)
        else:
            yield Drawn(subject, body.name, whole, stands, body.shape, None, times.end)


def _measures(picture: Picture) -> Iterator[tuple[SubjectId, Entry, MeasureStated]]:
    for subject, latest, _ in picture.each(MeasureStated):
        text = picture.operative(subject) or latest
        body = text.statement.body
        if isinstance(body, MeasureStated):
            yield subject, text.entry, picture.whole(body)


def _stance_words(found: tuple[StanceView, ...]) -> str:
    """Say what each party says of it; what another reports of it is said as that other's report."""
    latest = [each for each in found if each.latest]
    said = [
        f"{each.party_name}: {each.stance}" + ("" if each.own else f" (reported by {each.said.author_name})")
        for each in latest
    ]
    return f"Stances: {'; '.join(said)}." if said else "No stance was told."


def _raised(picture: Picture) -> Iterator[Raised]:
    for each in alarms(picture):
        place = _place_of(picture, each) if each.state in _CALLING else None
        if place is not None:
            where, name = place
            asks = ", ".join(dict.fromkeys(asked.contact.value for asked in each.body.asks))
            words = f"{each.body.rule.replace('-', ' ')} at {name}{f': {asks}' if asks else ''}"
            since = each.entry.statement.stated_at
            yield Raised(each.subject, each.text, where, words, since)


def _place_of(picture: Picture, alarm: Alarm) -> tuple[Point, str] | None:
    text = picture.operative(alarm.body.matter) or picture.latest(alarm.body.matter)
    body = None if text is None else text.statement.body
    if not isinstance(body, MeasureStated):
        return None
    shape = picture.whole(body).shape
    return None if shape is None else (place_of(shape), body.name)


def place_of(shape: Shape) -> Point:
    """Give the place at which a measure's alarm stands: a point of the measure that follows from it alone."""
    match shape:
        case Circle(center) | Ring(center) | Spot(center):
            return center
        case Corridor(points) | Path(points):
            return points[len(points) // 2]
        case Polygon(exterior):
            ring = [(corner.lon, corner.lat) for corner in exterior]
            try:
                inside = shapely.Polygon(ring).representative_point()
                return Point(inside.x, inside.y)
            except (shapely.errors.ShapelyError, KeepclearError):
                return exterior[0]
