"""Small hand-made worlds: parties tell one another real statements, and each holds what reached it."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta

import msgspec

from keepclear.geo.shapes import Circle, Path, Point, Spot
from keepclear.model.channels import ChannelEnd, ChannelStated
from keepclear.model.incidents import Aspect, ClaimMade, IncidentStated
from keepclear.model.measures import Basis, Effect, MeasureKind, MeasureStated, Stance, StanceTaken
from keepclear.model.parties import PartyKind, PartyStated, Reach
from keepclear.model.statements import Author, Entry, LogId, Statement, decode, encode
from keepclear.model.words import PUBLIC, CapStatus, Count, Domain, Form, Level, Place, Speaker
from keepclear.times import Precision, Stamp
from keepclear.views.picture import Picture, picture
from keepclear.views.told import Outbox, outbox

START = datetime(2018, 2, 1, 8, 0, tzinfo=UTC)

NAMES = {
    "COA": ("Coalition (CJTF-OIR)", PartyKind.COALITION),
    "RUS": ("Russian forces in Syria", PartyKind.STATE_FORCE),
    "PGF": ("Pro-government forces", PartyKind.NON_STATE_FORCE),
    "SYR": ("Syrian government", PartyKind.AUTHORITY),
    "SDF": ("Syrian Democratic Forces", PartyKind.NON_STATE_FORCE),
    "PRESS": ("Press archive", PartyKind.ARCHIVE),
}

CENTRE = Point(38.61778, 33.50583)
BOUNDARY = Path(
    tuple(
        Point(lon, lat)
        for lat, lon in (
            (35.872, 38.566), (35.940, 39.010), (35.750, 39.630), (35.690, 39.820), (35.460, 40.020),
            (35.340, 40.150), (35.220, 40.300), (35.010, 40.450), (34.720, 40.720), (34.450, 40.930),
        )
    )
)  # fmt: skip


def minute(n: float) -> datetime:
    """The n-th minute of the story."""
    return START + timedelta(minutes=n)


def stamp_at(n: float, precision: Precision = Precision.MINUTE) -> Stamp:
    return Stamp(minute(n), precision=precision)


class World:
    """Logs of several parties, filled by telling; each telling takes a minute unless its time is given."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self._sizes: Counter[LogId] = Counter()
        self._made = 0

    def tell(self, author, body, *to, subject=None, at=None, received=None, keep=True, **more) -> Statement:
        """Tell a body to readers, and keep it in the author's own log; gives the statement as it was read."""
        self._made += 1
        identity = f"{author}.{self._made:04d}"
        made = Statement(
            id=identity,
            subject=subject or f"{author}.s{self._made:04d}",
            author=Author(author, f"{author}/1"),
            cap=CapStatus.EXERCISE,
            stated_at=minute(self._made if at is None else at),
            body=body,
            **more,
        )
        statement = decode(encode(made))
        for reader in dict.fromkeys((author, *to) if keep else to):
            self._append(author, reader, statement, received)
        return statement

    def _append(self, author, reader, statement, received) -> None:
        log = LogId(author, reader)
        at = statement.stated_at if received is None else minute(received)
        self.entries.append(Entry(log, self._sizes[log], statement.stated_at, at, 0, statement))
        self._sizes[log] += 1

    def tell_on(self, statement, *to, at) -> None:
        """Tell an existing statement to more readers, later."""
        for reader in to:
            log = LogId(statement.author.party, reader)
            self.entries.append(Entry(log, self._sizes[log], minute(at), minute(at), 0, statement))
            self._sizes[log] += 1

    def picture(self, party, at=None) -> Picture:
        return picture(party, self.entries, at)

    def box(self, party, at=None) -> Outbox:
        return outbox(party, self.entries, at)

    def parties(self, *known) -> None:
        """Let each party describe itself to everybody."""
        for party in known or NAMES:
            name, kind = NAMES[party]
            self.tell(party, PartyStated(party, name, kind, Reach.NODE), PUBLIC, at=-60)


def speaker(name, party=None, **more) -> Speaker:
    return Speaker(name, party=party, **more)


def spot(lon, lat, accuracy_m=0.0, words="") -> Place:
    return Place(words, Spot(Point(lon, lat), accuracy_m))


def zone(name="At Tanf zone", radius_m=55_000.0, **more) -> MeasureStated:
    given = {"effect": Effect.CALL, "basis": Basis.DECLARED, "shape": Circle(CENTRE, radius_m)} | more
    return MeasureStated(name, MeasureKind.ZONE, **given)


def boundary(name="Euphrates boundary", **more) -> MeasureStated:
    given = {
        "effect": Effect.CONTACT_REQUIRED,
        "basis": Basis.AGREED,
        "shape": BOUNDARY,
        "parties": ("COA", "RUS"),
        "tolerance_m": 2_500.0,
        "reach_m": 60_000.0,
    } | more
    return MeasureStated(name, MeasureKind.BOUNDARY, **given)


def stance(on, party, value=Stance.AGREED, **more) -> StanceTaken:
    return StanceTaken(on.id, on.subject, party, value, **more)


def hotline(name="Ground hotline", domain=Domain.GROUND, level=Level.DESK, ends=("COA", "RUS"), **more):
    return ChannelStated(
        name, domain, level, tuple(ChannelEnd(party, f"{level} officer") for party in ends), **more
    )


def incident(name="7 February", place=None, at=0, **more) -> IncidentStated:
    return IncidentStated(
        name, "attack on a headquarters", stamp_at(at), place or spot(40.30944, 35.33611, 100.0), **more
    )


def claim(of, aspect=Aspect.KILLED, **more) -> ClaimMade:
    given = {"whose": "pro-government forces"} | more
    return ClaimMade(of.subject, aspect, **given)


def count(low=None, high=None, **more) -> Count:
    return Count(low, high, **more)


def as_json(value: object) -> bytes:
    """The bytes of a view, as the service would send them."""
    return msgspec.json.encode(value)


COVERING = Form.COVERING
