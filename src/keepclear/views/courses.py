"""The rival courses of an incident side by side: each version as it was given, with its ellipses of error.

It explains an incident: where two versions of one time can both hold, and where they cannot. None is chosen,
averaged or joined, and nothing is ordered by distance. All of it is history (LIM-08, FAIL-09(c)).
"""

from __future__ import annotations

from itertools import combinations
from typing import Any

from msgspec import Struct

from keepclear.geo.ellipses import ellipse, ellipses_meet
from keepclear.geo.geodesy import distance_m
from keepclear.geo.shapes import Polygon, Spot
from keepclear.model.incidents import ClaimMade, IncidentStated, WasAt
from keepclear.model.statements import Entry
from keepclear.model.words import Place, SubjectId
from keepclear.views.attribution import Named, Said, Shown, in_time, is_latest, named, party_name, said, shown
from keepclear.views.picture import Picture
from keepclear.views.sides import Known, SideTest, known_measures, side_tests


class PlaceView(Struct, frozen=True):
    """One place of a course: when, where, the half-axes of its ellipse, its side of each measure."""

    at: Shown | None
    lon: float
    lat: float
    major_m: float
    minor_m: float
    bearing_deg: float
    outline: dict[str, Any]
    tests: tuple[SideTest, ...]


class CourseView(Struct, frozen=True):
    """One speaker's version of the way that something took."""

    statement: str
    what: str
    of_party: str
    speaker: str
    speaker_party: str
    certainty: str
    places: tuple[PlaceView, ...]
    revised: bool
    said: Said


class ComparedView(Struct, frozen=True):
    """Two versions at one time: how far apart their middles are, and whether both can hold."""

    at: Shown | None
    versions: tuple[str, str]
    apart_m: float
    both_can_hold: bool
    words: str


class CoursesView(Struct, frozen=True):
    """The courses that were claimed of one incident, in the order told, and what they have in common."""

    incident: Named
    versions: tuple[CourseView, ...]
    compared: tuple[ComparedView, ...]
    words: str


_Told = tuple[Entry, ClaimMade]


def courses(picture: Picture) -> list[CoursesView]:
    """List the incidents of which a course was claimed, by when they are said to have happened."""
    told = sorted(picture.each(IncidentStated), key=lambda item: in_time(item[1].entry, item[2].occurred))
    known = known_measures(picture)
    rows = [_courses(picture, subject, body, known) for subject, _, body in told]
    return [row for row in rows if row.versions]


def _courses(picture: Picture, subject: SubjectId, body: IncidentStated, known: list[Known]) -> CoursesView:
    claims = [
        (entry, claim)
        for entry, claim in sorted(picture.about(subject, ClaimMade), key=lambda item: in_time(item[0]))
        if claim.course is not None and picture.stands(entry)
    ]
    compared = tuple(
        row
        for one, other in combinations([each for each in claims if is_latest(picture, each[0])], 2)
        for row in _compared(picture, one, other)
    )
    apart = sum(not row.both_can_hold for row in compared)
    words = (
        f"{len(claims)} versions; of {len(compared)} times that two of them give, {apart} cannot both hold"
        " as drawn. None is chosen."
    )
    versions = tuple(_version(picture, entry, claim, body, known) for entry, claim in claims)
    return CoursesView(named(picture, subject), versions, compared, words)


def _version(
    picture: Picture, entry: Entry, claim: ClaimMade, body: IncidentStated, known: list[Known]
) -> CourseView:
    assert claim.course is not None  # noqa: S101 - narrows the type; `_courses` chose it
    attribution = said(picture, entry)
    return CourseView(
        statement=entry.statement.id,
        what=claim.course.what,
        of_party=party_name(picture, claim.course.of_party),
        speaker=attribution.speaker,
        speaker_party=attribution.speaker_party,
        certainty=claim.certainty.value,
        places=tuple(_place(place, body, known) for place in claim.course.places),
        revised=not is_latest(picture, entry),
        said=attribution,
    )


def _place(was: WasAt, body: IncidentStated, known: list[Known]) -> PlaceView:
    where = was.where
    around = Place(area=Spot(where.center, where.major_m))
    tests = side_tests(known, around, was.at.span(), body.measures)
    return PlaceView(
        at=shown(was.at),
        lon=where.center.lon,
        lat=where.center.lat,
        major_m=where.major_m,
        minor_m=where.minor_m,
        bearing_deg=where.bearing_deg,
        outline=_outline(_drawn(was)),
        tests=tuple(test for test in tests if test.measure.subject in body.measures),
    )


def _drawn(was: WasAt) -> Polygon:
    where = was.where
    return ellipse(where.center, where.major_m, where.minor_m, where.bearing_deg)


def _outline(drawn: Polygon) -> dict[str, Any]:
    ring = [[round(point.lon, 6), round(point.lat, 6)] for point in drawn.exterior]
    return {"type": "Polygon", "coordinates": [ring]}


def _compared(picture: Picture, one: _Told, other: _Told) -> list[ComparedView]:
    """Compare two versions of where one party was at the times that both give; others say nothing of it."""
    first, second = one[1].course, other[1].course
    if first is None or second is None or first.of_party != second.of_party:
        return []
    rows = []
    for a in first.places:
        for b in second.places:
            if a.at.span().meet(b.at.span()) is None:
                continue
            meets = ellipses_meet(_drawn(a), _drawn(b))
            away_m = distance_m(a.where.center, b.where.center)
            verb = "can both hold" if meets else "cannot both hold as drawn"
            words = f"{first.what}, {a.at.shown()}: {away_m / 1000:.1f} km apart; they {verb}."
            ids = (one[0].statement.id, other[0].statement.id)
            rows.append(ComparedView(shown(a.at), ids, round(away_m), meets, words))
    return rows
