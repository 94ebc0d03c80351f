"""Grid references of the Military Grid Reference System, on WGS84: reading them and writing them.

The letters and squares are those of the `mgrs` library (GEOTRANS); the position of a square is its centre.
"""

from __future__ import annotations

import math
import re
import warnings

import mgrs

from keepclear.errors import Malformed
from keepclear.geo.figures import Point

# 37S FV 19001 11103: zone and band, square, then easting and northing with the same number of digits.
_GRID = re.compile(r"(?P<zone>\d{1,2}[C-HJ-NP-X])\s*(?P<square>[A-HJ-NP-Z]{2})\s*(?P<digits>[\d ]*)")
_ACCEPTED = "37S FV 19001 11103: zone, band, square, then two numbers with as many digits each, one to five"
_DIGITS = 5
_SQUARE_M = 100_000.0
_DEGREE_M = 111_000.0
_SOUTH, _NORTH = -80.0, 84.0


def is_grid(plain: str) -> bool:
    """Tell whether a text in capitals is meant as a grid reference, well formed or not."""
    return re.match(r"\d{1,2}\s?[A-Z]\s?[A-Z]{2}(\s|\d|$)", plain) is not None


def read_grid(plain: str) -> tuple[Point, float]:
    """Read a grid reference in capitals.

    Returns:
        The centre of its square (WGS84), and half the square's side in metres: it cannot be better than that.

    Raises:
        Malformed: it is no grid reference, its halves differ in length, or there is no such square.
    """
    found = _GRID.fullmatch(plain)
    halves = (found["digits"] if found else "").split()
    digits = "".join(halves)
    uneven = len(halves) > 2 or (len(halves) == 2 and len(halves[0]) != len(halves[1]))
    if found is None or not 2 <= len(digits) <= 2 * _DIGITS or len(digits) % 2 or uneven:
        raise _unreadable(plain)
    written = f"{found['zone']}{found['square']}{digits}"
    try:
        with warnings.catch_warnings():
            # A square on the edge of its band is a square all the same; what lies outside is refused below.
            warnings.simplefilter("ignore", RuntimeWarning)
            lat, lon = mgrs.MGRS().toLatLon(written)
    except mgrs.core.MGRSError as error:
        raise _unreadable(plain) from error
    point, half_m = Point(lon=lon, lat=lat), _SQUARE_M / 10.0 ** (len(digits) // 2) / 2.0
    if _degrees_outside_zone(found["zone"], point) > half_m / (_DEGREE_M * math.cos(math.radians(lat))):
        raise _unreadable(plain)
    return point, half_m


def _degrees_outside_zone(zone: str, point: Point) -> float:
    """Give how far beyond its zone the centre of a square lies; over Norway and Svalbard zones are wider."""
    half_zone = 6.0 if zone[-1] in "VX" else 3.0
    middle = 6.0 * int(zone[:-1]) - 183.0
    return abs((point.lon - middle + 180.0) % 360.0 - 180.0) - half_zone


def grid(point: Point) -> str:
    """Write a position's square of one metre, as `37S FV 19001 11103`; nothing near the poles."""
    if not _SOUTH <= point.lat <= _NORTH:
        return ""
    whole: str = mgrs.MGRS().toMGRS(point.lat, point.lon, MGRSPrecision=_DIGITS)
    return f"{whole[:-12]} {whole[-12:-10]} {whole[-10:-5]} {whole[-5:]}"


def _unreadable(plain: str) -> Malformed:
    return Malformed(f'"{plain}" is not a grid reference that can be read', "grid", _ACCEPTED, "position")
