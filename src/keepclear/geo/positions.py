"""Reading positions as people type them, and saying them back.

Degrees typed in one form and read in another have moved a hospital by 45 km (docs/explanation/geometry.md),
so reading is strict: one form per position, hemisphere letters for minutes and seconds, and two forms of one
place must agree. Grid references are those of the Military Grid Reference System; bare UTM is not read.
"""

from __future__ import annotations

import re
from enum import StrEnum

from msgspec import Struct

from keepclear.errors import Malformed, Refused
from keepclear.geo.figures import Point
from keepclear.geo.geodesy import distance_m
from keepclear.geo.grid import is_grid, read_grid
from keepclear.geo.shapes import metres_said

# Half of the last digit, 56 m at three decimals and 6 m at four: sites need four.
SITE_PRECISION_M = 6.0
_DEGREE_M = 111_195.0
_LONGEST = 100
_SIGNS = str.maketrans(
    {"º": "°", "˚": "°", "′": "'", "’": "'", "‘": "'", "´": "'", "″": '"', "”": '"', "“": '"', "−": "-"}
)
_DEGREES = r"(?P<sign>[+-]?)(?P<deg>\d{1,3}(?:\.\d+)?)\s*°?"
_MINUTES = r"(?P<sign>)(?P<deg>\d{1,3})(?:\s*°\s*|\s+)(?P<min>\d{1,2}(?:\.\d+)?)\s*'?"
_SECONDS = (
    r"(?P<sign>)(?P<deg>\d{1,3})(?:\s*°\s*|\s+)(?P<min>\d{1,2})(?:\s*'\s*|\s+)"
    r"(?P<sec>\d{1,2}(?:\.\d+)?)\s*(?:\"|'')?"
)


class Form(StrEnum):
    """The form in which a position was typed."""

    DECIMAL = "decimal degrees"
    MINUTES = "degrees and minutes"
    SECONDS = "degrees, minutes and seconds"
    GRID = "grid reference"


class Reading(Struct, frozen=True):
    """A position as read, with what its form allows one to say.

    Attributes:
        point: the position.
        form: how it was typed.
        precision_m: half of its last digit along a meridian; it cannot be better than that.
        notes: what the reader should know, in words.
    """

    point: Point
    form: Form
    precision_m: float
    notes: tuple[str, ...] = ()


class _Part(Struct, frozen=True):
    value: float
    letter: str
    step_deg: float


_PATTERNS = {Form.SECONDS: _SECONDS, Form.MINUTES: _MINUTES, Form.DECIMAL: _DEGREES}
_SINGLE = {
    form: re.compile(rf"(?P<before>[NSEW])?\s*{pattern}\s*(?P<after>[NSEW])?")
    for form, pattern in _PATTERNS.items()
}
_ANGLE_STEP = 1e-4
_ACCEPTED = "33.9012N 39.8841E, 33°54'04.3\"N 39°53'02.8\"E or 33°54.072'N 39°53.046'E, 37S FT 12345 67890"


def read_position(text: str) -> Reading:
    """Read a position: degrees in decimals, with minutes, or with seconds, or a grid reference.

    With hemisphere letters either coordinate may come first. A decimal pair without letters is read latitude
    first, as positions are spoken, and the reading says so.

    Raises:
        Malformed: the text is no such position, or only half of one; says which rule and what would pass.
    """
    plain = " ".join(text.translate(_SIGNS).upper().split())
    if len(plain) > _LONGEST:
        raise _unreadable(plain[:40] + "…", "position-form")
    if is_grid(plain):
        point, precision_m = read_grid(plain)
        return Reading(point, Form.GRID, precision_m, _coarse_notes(precision_m))
    first, second = _halves(plain)
    for form, pattern in _SINGLE.items():
        one, other = pattern.fullmatch(first), pattern.fullmatch(second)
        if one is not None and other is not None:
            return _reading(_part(one, form, plain), _part(other, form, plain), form, plain)
    mixed = all(any(each.fullmatch(half) for each in _SINGLE.values()) for half in (first, second))
    raise _unreadable(plain, "mixed-forms" if mixed else "position-form")


def compare_forms(a: Reading, b: Reading) -> float:
    """Give the distance in metres between two forms of what should be one place."""
    return distance_m(a.point, b.point)


def confirm_forms(a: Reading, b: Reading) -> Reading:
    """Give the sharper of two readings of one place, if they agree within their precision.

    Raises:
        Refused: they do not agree; says how far apart they are, and whether one looks like degrees, minutes
            and seconds typed as decimals.
    """
    gap_m = compare_forms(a, b)
    allowed_m = 1.5 * (a.precision_m + b.precision_m) + 5.0
    if gap_m <= allowed_m:
        return min(a, b, key=lambda reading: reading.precision_m)
    mistyped = [
        f"{name} form looks like degrees, minutes and seconds typed as decimals"
        for name, one, other in (("the first", a, b), ("the second", b, a))
        if _typed_as_decimals(one, other, allowed_m)
    ]
    hint = f"; {mistyped[0]}" if mistyped else ""
    raise Refused(
        f"two forms of one position lie {metres_said(gap_m)} apart{hint}",
        "position-forms",
        f"two forms within {metres_said(allowed_m)} of each other",
        "position",
    )


def written(point: Point) -> str:
    """Give a position in degrees, minutes and seconds to a tenth (3 m): `33°54'04.3"N 039°53'02.8"E`."""
    (d1, m1, s1), (d2, m2, s2) = _sexagesimal(point.lat), _sexagesimal(point.lon)
    north, east = "NS"[point.lat < 0], "EW"[point.lon < 0]
    return f"{d1:02d}°{m1:02d}'{s1:04.1f}\"{north} {d2:03d}°{m2:02d}'{s2:04.1f}\"{east}"


def spoken(point: Point) -> str:
    """Give a position as it is read back over a line, latitude first, to a tenth of a second (3 m)."""
    (d1, m1, s1), (d2, m2, s2) = _sexagesimal(point.lat), _sexagesimal(point.lon)
    north, east = ("north", "south")[point.lat < 0], ("east", "west")[point.lon < 0]
    lat = f"{d1} degrees {m1} minutes {s1:.1f} seconds {north}"
    return f"{lat}, {d2} degrees {m2} minutes {s2:.1f} seconds {east}"


def _halves(plain: str) -> tuple[str, str]:
    """Cut a text into its two coordinates: at the comma, at the hemisphere letters, or at the only space."""
    parts = re.split(r"\s*[,;]\s*", plain)
    letters = [match.start() for match in re.finditer("[NSEW]", plain)]
    if len(parts) == 1 and len(letters) == 2:
        cut = letters[1] if letters[0] == 0 else letters[0] + 1
        parts = [plain[:cut].strip(), plain[cut:].strip()]
    elif len(parts) == 1:
        parts = plain.split(" ")
    if len(parts) != 2:
        # Degrees, minutes and seconds in numbers alone: only letters tell the two angles apart.
        numbers = 0 if "," in plain else len(re.findall(r"\d+(?:\.\d+)?", plain))
        rule = "hemisphere-letter" if numbers in (4, 6) else "two-coordinates"
        raise _unreadable(plain, rule)
    return parts[0], parts[1]


def _part(match: re.Match[str], form: Form, plain: str) -> _Part:
    before, after = match["before"] or "", match["after"] or ""
    if before and after:
        raise _unreadable(plain, "one-hemisphere-letter")
    letter = before or after
    if match["sign"] and letter:
        raise _unreadable(plain, "sign-or-letter")
    if form is not Form.DECIMAL and not letter:
        raise _unreadable(plain, "hemisphere-letter")
    value, step = float(match["deg"]), 1.0
    last = match["deg"]
    if form is not Form.DECIMAL:
        value, last, step = value + _sixtieth(match["min"], plain) / 60.0, match["min"], 1.0 / 60.0
    if form is Form.SECONDS:
        value, last, step = value + _sixtieth(match["sec"], plain) / 3600.0, match["sec"], 1.0 / 3600.0
    decimals = len(last.partition(".")[2])
    negative = match["sign"] == "-" or letter in ("S", "W")
    return _Part(-value if negative else value, letter, step * 10.0**-decimals)


def _sixtieth(digits: str, plain: str) -> float:
    if (value := float(digits)) >= 60.0:
        raise _unreadable(plain, "below-sixty")
    return value


def _reading(first: _Part, second: _Part, form: Form, plain: str) -> Reading:
    notes = []
    if bool(first.letter) != bool(second.letter):
        raise _unreadable(plain, "hemisphere-letter")
    if not first.letter:
        notes.append("no hemisphere letters: read as latitude first, north and east positive")
    if first.letter in ("E", "W"):
        first, second = second, first
    if first.letter not in ("", "N", "S") or second.letter not in ("", "E", "W"):
        raise _unreadable(plain, "one-latitude-one-longitude")
    if abs(first.value) > 90.0 or abs(second.value) > 180.0:
        raise Malformed(
            f'"{plain}" puts latitude at {first.value:g} and longitude at {second.value:g}',
            "coordinate-range",
            "latitude of at most 90, first or with N or S; longitude of at most 180, with E or W",
            "position",
        )
    precision_m = max(first.step_deg, second.step_deg) / 2.0 * _DEGREE_M
    notes += _coarse_notes(precision_m)
    point = Point(lon=second.value, lat=first.value)
    if form is Form.DECIMAL and max(first.step_deg, second.step_deg) <= _ANGLE_STEP:
        notes += _perhaps_seconds(point)
    return Reading(point, form, precision_m, tuple(notes))


def _perhaps_seconds(point: Point) -> list[str]:
    """Say that decimals could be minutes and seconds run together; whole minutes in both never are."""
    lat, lon = _as_seconds(point.lat), _as_seconds(point.lon)
    if lat is None or lon is None or all(_whole_minutes(each) for each in (lat, lon)):
        return []
    meant = Point(lon=lon, lat=lat) if abs(lat) <= 90.0 and abs(lon) <= 180.0 else None
    if meant is None:
        return []
    gap = metres_said(distance_m(point, meant))
    return [
        f"read as decimal degrees; if minutes and seconds were run together, write {written(meant)}, "
        f"which lies {gap} away"
    ]


def _whole_minutes(degrees: float) -> bool:
    return abs(degrees * 60.0 - round(degrees * 60.0)) < 1e-6


def _coarse_notes(precision_m: float) -> tuple[str, ...]:
    if precision_m <= SITE_PRECISION_M:
        return ()
    return (
        f"good to {metres_said(precision_m)} at best: a site needs four decimals of a degree, three of a "
        "minute, one of a second, or a grid reference of eight digits",
    )


def _typed_as_decimals(one: Reading, other: Reading, allowed_m: float) -> bool:
    """Tell whether one reading's decimals, taken as minutes and seconds, give the other place."""
    return any(distance_m(point, other.point) <= allowed_m for point, _ in rereadings(one))


def rereadings(one: Reading) -> list[tuple[Point, Form]]:
    """Give the places that a decimal form means if it was typed from minutes, with or without seconds."""
    found: list[tuple[Point, Form]] = []
    if one.form is not Form.DECIMAL:
        return found
    for reread, form in ((_as_seconds, Form.SECONDS), (_as_minutes, Form.MINUTES)):
        lat, lon = reread(one.point.lat), reread(one.point.lon)
        if lat is not None and lon is not None and abs(lat) <= 90.0 and abs(lon) <= 180.0:
            found.append((Point(lon, lat), form))
    return found


def _as_seconds(value: float) -> float | None:
    """Read 33.540432 as 33°54'04.32"; None if that is no angle."""
    degrees, rest = divmod(round(abs(value) * 1e8), 10**8)
    minutes, seconds = divmod(rest, 10**6)
    if minutes >= 60 or seconds >= 60 * 10**4:
        return None
    angle = degrees + minutes / 60.0 + seconds / 1e4 / 3600.0
    return -angle if value < 0 else angle


def _as_minutes(value: float) -> float | None:
    """Read 33.54072 as 33°54.072'; None if that is no angle."""
    degrees, rest = divmod(round(abs(value) * 1e8), 10**8)
    if rest >= 60 * 10**6:
        return None
    angle = degrees + rest / 1e6 / 60.0
    return -angle if value < 0 else angle


def _sexagesimal(value: float) -> tuple[int, int, float]:
    # Counted in tenths of a second, so that 59.96" carries into the minutes.
    minutes, tenths = divmod(round(abs(value) * 36_000.0), 600)
    degrees, minutes = divmod(minutes, 60)
    return degrees, minutes, tenths / 10.0


_SAYS = {
    "two-coordinates": "it holds not two coordinates; give latitude and longitude in one text",
    "hemisphere-letter": "minutes and seconds need N or S and E or W behind each coordinate",
    "below-sixty": "minutes and seconds lie below 60; decimals stand behind a point",
    "mixed-forms": "latitude and longitude stand in two forms; write both in one",
}


def _unreadable(plain: str, rule: str) -> Malformed:
    why = f": {_SAYS[rule]}" if rule in _SAYS else ""
    return Malformed(f'"{plain}" is not a position that can be read{why}', rule, _ACCEPTED, "position")
