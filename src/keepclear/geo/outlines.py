"""Covers of areas by polygons: for maps, for overlaps and for prefilters; never smaller than the area.

The exact answers of `keepclear.geo.shapes` and `keepclear.geo.volumes` do not rest on these polygons.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from keepclear.geo.figures import Area, Circle, Clip, Corridor, Point, Polygon, Ring, Side, Spot, lonlat
from keepclear.geo.frames import MEAN_RADIUS_M, STEP_M, Floats, Frame, frame_at, middle
from keepclear.geo.geodesy import chop, destinations, distances_m

GeoJson = dict[str, object]
MIN_SIDES = 360
# Above the 4 mm by which legs bend in a frame, and the 6 mm lost by writing degrees with seven decimals.
_SLACK_M = 0.02
# A map draws straight lines between degrees; over 1 km they leave the geodesic by 4 cm at latitude 60.
_MAP_STEP_M = 1_000.0


class Disc(NamedTuple):
    """A circle that holds a whole area."""

    center: Point
    radius_m: float


@lru_cache(maxsize=512)
def disc_around(area: Area) -> Disc:
    """Give a disc that holds the whole area; exact for round areas."""
    match area:
        case Circle(center, radius_m) | Ring(center, _, radius_m) | Spot(center, radius_m):
            return Disc(center, radius_m)
        case Polygon(points) | Corridor(points, _):
            corners = lonlat(points)
            lon, lat = middle(corners)
            center = Point(lon, lat)
            # A disc is convex up to a quarter of the Earth, so it holds the legs between its corners too.
            pad_m = area.half_width_m if isinstance(area, Corridor) else 0.0
            return Disc(center, float(np.max(distances_m(center, corners))) + pad_m + 1e-3)


def frame_for(*areas: Area) -> Frame:
    """Give a frame in the middle of some areas."""
    centers = [disc_around(area).center for area in areas]
    lon, lat = middle(lonlat(centers))
    return frame_at(round(lon, 3), round(lat, 3))


def cover(
    area: Area, frame: Frame, pad_m: float = 0.0, sides: int = MIN_SIDES, step_m: float = STEP_M
) -> BaseGeometry:
    """Give a polygon in a frame's plane that holds the area and all within `pad_m` of it.

    Round edges get at least `sides` sides; other legs are cut to at most `step_m`.
    """
    pad_m += _SLACK_M
    match area:
        case Circle(center, radius_m) | Spot(center, radius_m):
            return shapely.Polygon(_round(center, radius_m + pad_m, frame, sides))
        case Ring(center, inner_m, outer_m):
            hollow = [_inscribed(center, inner_m - pad_m, frame, sides)] if inner_m > pad_m else []
            return shapely.Polygon(_round(center, outer_m + pad_m, frame, sides), hollow)
        case Polygon(exterior, holes):
            rings = [frame.to_plane(chop(lonlat(ring), step_m)) for ring in (exterior, *holes)]
            return _widened(shapely.Polygon(rings[0], rings[1:]), pad_m, frame)
        case Corridor(path, half_width_m):
            trace = frame.to_plane(chop(lonlat(path), step_m))
            return _widened(shapely.LineString(trace), half_width_m + pad_m, frame)


def outline(area: Area, n: int = MIN_SIDES) -> GeoJson:
    """Give a GeoJSON Polygon or MultiPolygon for display that holds the whole area, edges read as map lines.

    A circle becomes a polygon of at least `n` ≥ 360 sides drawn round it (55 km: at most 4 m too large);
    corridors come out up to 0.1 % too wide per 200 km of length. Split at the antimeridian (RFC 7946).
    """
    frame = frame_for(area)
    sides = max(n, MIN_SIDES)
    around = disc_around(area)
    lat = min(89.9, abs(around.center.lat) + math.degrees(around.radius_m / MEAN_RADIUS_M))
    side_m = max(_MAP_STEP_M, 2.0 * math.pi * around.radius_m / sides) if _is_round(area) else _MAP_STEP_M
    # The geodesics bulge from the lines of the map by this much at most.
    bulge_m = min(side_m / 2.0, side_m**2 * math.tan(math.radians(lat)) / (8.0 * MEAN_RADIUS_M))
    return to_map(cover(area, frame, bulge_m, sides, _MAP_STEP_M), frame)


def clipped_outline(area: Area, clips: tuple[Clip, ...], n: int = MIN_SIDES) -> GeoJson:
    """Give a GeoJSON Polygon or MultiPolygon of what the clips leave of an area, for display."""
    frame = frame_for(area)
    left = cover(area, frame, 0.0, max(n, MIN_SIDES))
    for clip in clips:
        left = shapely.intersection(left, _kept(clip, area, frame))
    return to_map(left, frame)


def to_map(geometry: BaseGeometry, frame: Frame) -> GeoJson:
    """Give plane geometry as GeoJSON in degrees: its areas if there are any, else the line or point left."""
    parts = [part for part in shapely.get_parts(geometry) if not part.is_empty]
    areas = [part for part in parts if part.geom_type == "Polygon"]
    if areas:
        shells = [split for part in areas for split in _unrolled(part, frame)]
        rings = [[_listed(ring) for ring in shell] for shell in shells]
        if len(rings) == 1:
            return {"type": "Polygon", "coordinates": rings[0]}
        return {"type": "MultiPolygon", "coordinates": rings}
    if not parts:
        return {"type": "MultiPolygon", "coordinates": []}
    places = _listed(frame.to_lonlat(shapely.get_coordinates(parts[0])))
    if parts[0].geom_type == "Point":
        return {"type": "Point", "coordinates": places[0]}
    return {"type": "LineString", "coordinates": places}


def _is_round(area: Area) -> bool:
    return isinstance(area, Circle | Ring | Spot)


def _round(center: Point, radius_m: float, frame: Frame, sides: int) -> Floats:
    """Give a closed ring drawn round a circle: every side touches or clears it."""
    sides = max(sides, math.ceil(2.0 * math.pi * radius_m / STEP_M))
    arc = min(radius_m / MEAN_RADIUS_M, 1.2)
    excess_m = MEAN_RADIUS_M * (math.atan(math.tan(arc) / math.cos(math.pi / sides)) - arc)
    # The excess is a sphere's; 2 % more covers every ellipsoidal difference.
    return _circle(center, radius_m + 1.02 * excess_m + 1e-3, frame, sides)


def _inscribed(center: Point, radius_m: float, frame: Frame, sides: int) -> Floats:
    """Give a closed ring that lies wholly within a circle."""
    return _circle(center, max(radius_m - 1e-3, 1e-3), frame, max(sides, math.ceil(6.3 * radius_m / STEP_M)))


def _circle(center: Point, radius_m: float, frame: Frame, sides: int) -> Floats:
    bearings = np.linspace(0.0, 360.0, sides, endpoint=False)
    xy = frame.to_plane(destinations(center, bearings, np.full(sides, radius_m)))
    return np.concatenate([xy, xy[:1]])


def _widened(geometry: BaseGeometry, by_m: float, frame: Frame) -> BaseGeometry:
    stretch = frame.stretch(shapely.get_coordinates(geometry), 2.0 * by_m)
    pieces = [geometry]
    if geometry.geom_type == "LineString" and geometry.is_closed:
        # GEOS widens a closed line as if it were a ring, and loses ground where it runs back beside itself.
        xy = shapely.get_coordinates(geometry)
        pieces = [shapely.LineString(xy[: len(xy) // 2 + 1]), shapely.LineString(xy[len(xy) // 2 :])]
    # 90 segments to the quarter: the arcs are chords, 4e-5 short of the circle.
    return shapely.union_all(shapely.buffer(pieces, by_m * stretch * 1.0001, quad_segs=90))


def _kept(clip: Clip, area: Area, frame: Frame) -> BaseGeometry:
    """Give the plane polygon of the side that a clip keeps, as far as the area reaches.

    A clip so curled that its prolonged ends meet it again takes nothing away here: a cover is never too
    small.
    """
    trace = frame.to_plane(chop(lonlat(clip.path.points), STEP_M))
    around = disc_around(area)
    middle_xy = frame.to_plane(lonlat([around.center]))
    reach = np.concatenate([trace, middle_xy])
    far_m = 2.0 * (float(np.max(np.hypot(reach[:, 0], reach[:, 1]))) + 1.5 * around.radius_m)
    start = _on_rim(trace[0], trace[0] - trace[1], far_m)
    end = _on_rim(trace[-1], trace[-1] - trace[-2], far_m)
    # Along the clip, then back to its start along the rim: to the left of the way is the left side.
    turn = -1.0 if clip.keep is Side.RIGHT else 1.0
    first, last = np.arctan2(end[1], end[0]), np.arctan2(start[1], start[0])
    sweep = turn * ((turn * (last - first)) % (2.0 * np.pi))
    angles = first + np.linspace(0.0, sweep, 200)[1:-1]
    rim = 1.001 * far_m * np.column_stack([np.cos(angles), np.sin(angles)])
    kept = shapely.Polygon(np.concatenate([[start], trace, [end], rim]))
    return kept if shapely.is_valid(kept) else shapely.box(-far_m, -far_m, far_m, far_m)


def _on_rim(place: Floats, toward: Floats, rim_m: float) -> Floats:
    """Give where the ray from a place meets the circle of radius `rim_m` about the frame's origin."""
    ray = _unit(toward)
    along = float(place @ ray)
    across = rim_m**2 - float(place @ place) + along**2
    rim: Floats = place + (math.sqrt(across) - along) * ray
    return rim


def _unit(vector: Floats) -> Floats:
    unit: Floats = vector / np.hypot(vector[0], vector[1])
    return unit


def _listed(places: Floats) -> list[list[float]]:
    return [[round(float(lon), 7), round(float(lat), 7)] for lon, lat in places]


def _unrolled(part: shapely.Polygon, frame: Frame) -> list[list[Floats]]:
    """Give a plane polygon as map polygons, each a shell and its holes, cut at the antimeridian."""
    shell, middle_lon = _unrolled_ring(part.exterior, frame, None)
    holes = [_unrolled_ring(hole, frame, middle_lon)[0] for hole in part.interiors]
    whole = shapely.difference(shell, shapely.union_all(holes)) if holes else shell
    west, _, east, _ = whole.bounds
    if west >= -180.0 and east <= 180.0:
        return [_rings(piece) for piece in _polygons(whole)]
    windows = {turn: shapely.box(turn - 180.0, -90.0, turn + 180.0, 90.0) for turn in (-360.0, 0.0, 360.0)}
    pieces = [
        shapely.transform(piece, lambda lonlat, turn=turn: lonlat - np.array([turn, 0.0]))
        for turn, window in windows.items()
        for piece in _polygons(shapely.intersection(whole, window))
    ]
    # Round a pole the pieces lie side by side and are one again; the grid takes up the rounding of the shift.
    return [_rings(piece) for piece in _polygons(shapely.union_all(pieces, grid_size=1e-9))]


def _unrolled_ring(
    ring: shapely.LinearRing, frame: Frame, near_lon: float | None
) -> tuple[BaseGeometry, float]:
    """Give a ring as a map polygon whose longitudes run on past 180°, and the middle of its longitudes."""
    places = frame.to_lonlat(shapely.get_coordinates(ring))
    steps = (np.diff(places[:, 0]) + 180.0) % 360.0 - 180.0
    lon = places[0, 0] + np.concatenate([[0.0], np.cumsum(steps)])
    lat = places[:, 1]
    if abs(lon[-1] - lon[0]) > 180.0:
        # The ring goes round a pole, which a map shows as a whole edge.
        pole = math.copysign(90.0, float(np.mean(lat)))
        lon, lat = np.append(lon, [lon[-1], lon[0]]), np.append(lat, [pole, pole])
    else:
        lon[-1] = lon[0]
    middle_lon = float(lon.min() + lon.max()) / 2.0
    goal = near_lon if near_lon is not None else (middle_lon + 180.0) % 360.0 - 180.0
    shift = 360.0 * round((goal - middle_lon) / 360.0)
    polygon = shapely.Polygon(np.column_stack([lon + shift, lat]))
    return (polygon if polygon.is_valid else shapely.make_valid(polygon)), middle_lon + shift


def _polygons(geometry: BaseGeometry) -> list[shapely.Polygon]:
    return [part for part in shapely.get_parts(geometry) if part.geom_type == "Polygon" and not part.is_empty]


def _rings(polygon: shapely.Polygon) -> list[Floats]:
    # RFC 7946: the outside turns counterclockwise, holes clockwise.
    turned = shapely.geometry.polygon.orient(polygon)
    return [shapely.get_coordinates(ring) for ring in (turned.exterior, *turned.interiors)]
