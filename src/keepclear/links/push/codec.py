"""Batches of positions in JSON, GeoJSON and CSV to fixes; pure, and it never raises on what was sent.

Each piece is read by itself: one that is malformed takes none of its neighbours with it.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Annotated, Any, Final

import msgspec
from msgspec import Meta, Struct

from keepclear.errors import KeepclearError, Malformed
from keepclear.geo.figures import Point
from keepclear.geo.heights import Altitude, Datum
from keepclear.links.feeds import Reading, Unread
from keepclear.model.complaints import DOCUMENTED
from keepclear.model.feeds import Feed, standing_by
from keepclear.model.statements import explain
from keepclear.model.tracks import Fix, Standing, Track, TrackKind
from keepclear.model.words import PartyId
from keepclear.times import Instant, in_utc

MAX_PIECES: Final = 10_000
MAX_UNREAD: Final = 100
JSON, GEOJSON, CSV = "application/json", "application/geo+json", "text/csv"
NUMBER: Final = "a number such as 48.85, with a point and without a unit"
FORMS: Final = (
    'JSON {"fixes": [{"id": …, "at": …, "lon": …, "lat": …}]}, or the same as GeoJSON or CSV; '
    "the names stand in docs/how-to/bring-in-live-positions.md"
)
_NUMBER: Final = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_METRES = Annotated[float, Meta(ge=0, le=20_000_000)]
_MPS = Annotated[float, Meta(ge=0, le=20_000)]


class Piece(Struct, frozen=True, forbid_unknown_fields=True, gc=False):
    """One position as it is sent; README.md of this folder says what each name means."""

    id: Annotated[str, Meta(min_length=1, max_length=120)]
    at: Instant
    lon: Annotated[float, Meta(ge=-180, le=180)]
    lat: Annotated[float, Meta(ge=-90, le=90)]
    accuracy_m: _METRES | None = None
    height: Altitude | None = None
    height_accuracy_m: _METRES | None = None
    speed_mps: _MPS | None = None
    course_deg: Annotated[float, Meta(ge=0, le=360)] | None = None
    climb_mps: Annotated[float, Meta(ge=-20_000, le=20_000)] | None = None
    kind: TrackKind | None = None
    callsign: Annotated[str, Meta(max_length=80)] | None = None
    whose: Annotated[str, Meta(pattern=r"^[A-Za-z][A-Za-z0-9_-]{0,31}$(?!\n)")] | None = None
    standing: Standing | None = None
    invented: bool | None = None

    def __post_init__(self) -> None:
        if self.at.tzinfo is not UTC:
            msgspec.structs.force_setattr(self, "at", in_utc(self.at, "at"))


class Batch(Struct, frozen=True, forbid_unknown_fields=True):
    """What is posted as JSON: positions, each read by itself."""

    fixes: tuple[Piece, ...]


class _Loose(Struct, frozen=True, forbid_unknown_fields=True):
    fixes: list[msgspec.Raw]


class _Collection(Struct, frozen=True):
    type: Annotated[str, Meta(pattern="^FeatureCollection$(?!\n)")]
    features: list[msgspec.Raw]


class _Geometry(Struct, frozen=True):
    type: Annotated[str, Meta(pattern="^Point$(?!\n)")]
    coordinates: Annotated[list[float], Meta(min_length=2, max_length=3)]


class _Feature(Struct, frozen=True):
    geometry: _Geometry
    properties: dict[str, Any]
    id: str | int | None = None


_WHOLE = msgspec.json.Decoder(Batch)
_LOOSE = msgspec.json.Decoder(_Loose)
_PIECE = msgspec.json.Decoder(Piece)
_COLLECTION = msgspec.json.Decoder(_Collection)
_FEATURE = msgspec.json.Decoder(_Feature)
_NUMBERS = frozenset(
    ("lon", "lat", "accuracy_m", "height_accuracy_m", "speed_mps", "course_deg", "climb_mps")
)
_HEIGHT = frozenset(("height_m", "height_datum"))
_NAMES = frozenset(Piece.__struct_fields__) - {"height"} | _HEIGHT


def read(form: str, body: bytes, feed: Feed, received_at: datetime) -> Reading:
    """Read a batch of one of the three forms.

    Args:
        form: the media type, without parameters.
        body: what was sent.
        feed: by whose settings the standing of each thing is settled.
        received_at: by our clock, UTC.

    Returns:
        The fixes in the order in which they stood; at most `MAX_UNREAD` refused pieces are listed singly, the
        rest are one entry that counts them.
    """
    reader = {JSON: _json, GEOJSON: _geojson, CSV: _csv}.get(form)
    if reader is None:
        return Reading(
            unread=(
                _no("media-type", "a batch of another form", f"{JSON}, {GEOJSON} or {CSV}", "Content-Type"),
            )
        )
    return _reading(reader(body), feed, received_at)


_Read = tuple[int, "Piece | Unread"]


def _reading(pieces: Iterator[_Read], feed: Feed, received_at: datetime) -> Reading:
    fixes: list[Fix] = []
    tracks: dict[str, Track] = {}
    unread: list[Unread] = []
    beyond = 0
    for number, piece in pieces:
        if number >= MAX_PIECES:
            words = f"at most {MAX_PIECES:,} positions in one batch; this and all after it were not taken"
            unread.append(Unread(number, "batch-size", words))
            break
        if isinstance(piece, Unread):
            if len(unread) < MAX_UNREAD:
                unread.append(piece)
            else:
                beyond += 1
            continue
        fixes.append(_fix(piece, feed.name, received_at))
        _note(tracks, piece, feed)
    if beyond:
        unread.append(Unread(-1, "more", f"{beyond} more pieces could not be read"))
    return Reading(tuple(fixes), tuple(tracks.values()), tuple(unread), alive=True)


def _fix(piece: Piece, source: str, received_at: datetime) -> Fix:
    return Fix(
        piece.id, source, piece.at, received_at, Point(piece.lon, piece.lat), piece.accuracy_m, piece.height,
        piece.height_accuracy_m, piece.speed_mps, piece.course_deg, piece.climb_mps,
    )  # fmt: skip


def _note(tracks: dict[str, Track], piece: Piece, feed: Feed) -> None:
    if (
        piece.kind is None
        and piece.callsign is None
        and piece.whose is None
        and piece.standing is None
        and piece.invented is None
    ):
        return
    # What this one does not say, an earlier one of the batch has said.
    was = tracks.get(piece.id) or Track(
        piece.id, feed.name, standing=standing_by(feed, None), invented=feed.invented
    )
    tracks[piece.id] = Track(
        piece.id,
        feed.name,
        piece.kind or was.kind,
        was.callsign if piece.callsign is None else piece.callsign,
        was.whose if piece.whose is None else PartyId(piece.whose),
        was.standing if piece.standing is None else standing_by(feed, piece.standing),
        was.invented if piece.invented is None else feed.invented or piece.invented,
        was.standing_said or piece.standing is not None,
        was.invented_said or piece.invented is not None,
    )


def _json(body: bytes) -> Iterator[_Read]:
    try:
        yield from enumerate(_WHOLE.decode(body).fixes)
        return
    except (msgspec.DecodeError, KeepclearError, UnicodeDecodeError, RecursionError):
        pass  # something in it cannot be read: find out what, piece by piece
    try:
        pieces = _LOOSE.decode(body).fixes
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        yield 0, _unread(0, error, "the batch")
        return
    for number, raw in enumerate(pieces):
        yield number, _tried(number, lambda raw=raw: _PIECE.decode(raw))  # type: ignore[misc]


def _geojson(body: bytes) -> Iterator[_Read]:
    try:
        features = _COLLECTION.decode(body).features
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        yield 0, _unread(0, error, "the collection")
        return
    for number, raw in enumerate(features):
        yield number, _tried(number, lambda raw=raw: _of_feature(_FEATURE.decode(raw)))  # type: ignore[misc]


def _of_feature(feature: _Feature) -> Piece:
    place = feature.geometry.coordinates
    said = {"lon": place[0], "lat": place[1], **feature.properties}
    if len(place) > 2:
        said.setdefault("height", {"value_m": place[2], "datum": Datum.WGS84.value})
    if feature.id is not None:
        said.setdefault("id", str(feature.id))
    return msgspec.convert(said, Piece)


def _csv(body: bytes) -> Iterator[_Read]:
    try:
        rows = csv.reader(io.StringIO(body.decode("utf-8-sig"), newline=""), strict=True)
        heading = [name.strip() for name in next(rows, [])]
        strange = [name for name in heading if name not in _NAMES]
        if strange or not heading or len(set(heading)) < len(heading):
            asks = f"a heading of these names, each once: {', '.join(sorted(_NAMES))}"
            wrong = "a CSV whose heading has another name, or one twice"
            yield 0, _no("csv-heading", wrong, asks, (strange or [""])[0][:80])
            return
        for number, row in enumerate(rows):
            if row:
                yield number, _tried(number, lambda row=row: _of_row(heading, row))  # type: ignore[misc]
    except (UnicodeDecodeError, csv.Error) as error:
        yield 0, _no("csv", f"it is no CSV in UTF-8: {error}", FORMS)


def _of_row(heading: list[str], row: list[str]) -> Piece:
    if len(row) != len(heading):
        raise msgspec.ValidationError(f"a row of {len(row)} values under a heading of {len(heading)}")
    said: dict[str, Any] = {name: value.strip() for name, value in zip(heading, row, strict=True)}
    said = {name: value for name, value in said.items() if value or name == "id"}
    for name in _NUMBERS & said.keys():
        said[name] = _number(said[name], name)
    if "height_m" in said:
        datum = said.pop("height_datum", Datum.UNKNOWN.value)
        said["height"] = {"value_m": _number(said.pop("height_m"), "height_m"), "datum": datum}
    if "invented" in said:
        said["invented"] = {"true": True, "false": False}.get(said["invented"].lower(), said["invented"])
    return msgspec.convert(said, Piece)


def _number(value: str, name: str) -> float:
    # Not whatever Python reads as one: 4_0 is no 40, and what is not a number lies nowhere.
    if _NUMBER.fullmatch(value) is None:
        raise Malformed(f'a position cannot be read: "{value[:40]}" is no number', "type", NUMBER, name)
    return float(value)


def _tried(number: int, read_piece: Callable[[], Piece]) -> Piece | Unread:
    try:
        return read_piece()
    except (msgspec.DecodeError, KeepclearError, UnicodeDecodeError, RecursionError, OverflowError) as error:
        return _unread(number, error, "a position")


def _unread(number: int, error: Exception, what: str) -> Unread:
    if isinstance(error, msgspec.ValidationError):
        error = explain(error, what, Piece)
    if isinstance(error, KeepclearError):
        passes = FORMS if error.passes == DOCUMENTED else error.passes
        return _no(error.rule, error.asked, passes, error.field, number)
    return _no("json", f"{what} is not JSON: {error}", FORMS, "", number)


def _no(rule: str, wrong: str, passes: str, field: str = "", number: int = 0) -> Unread:
    whole = Malformed(wrong, rule, passes, field)
    return Unread(number, rule, f"{whole}"[:400], field[:80], wrong[:200], passes[:400])
