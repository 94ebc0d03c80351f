"""When two things that go on as they go come too near to one another.

A closed form in a plane at the latitude between the two: constant speed, heading and climb. Minima are
closed: touching counts. Rounding is given away on the side of the warning, by one part in 10⁹.
"""

from __future__ import annotations

import math

from keepclear.geo.frames import ECCENTRICITY_SQ, EQUATOR_M, Floats
from keepclear.geo.kernels.compiled import inlined

_DEG = math.pi / 180.0


@inlined
def metres_to_degree(lat: float) -> tuple[float, float]:
    """Give metres to a degree eastward and northward at a latitude."""
    s = math.sin(lat * _DEG)
    bend = 1.0 - ECCENTRICITY_SQ * s * s
    normal = EQUATOR_M / math.sqrt(bend)
    return normal * math.cos(lat * _DEG) * _DEG, normal * (1.0 - ECCENTRICITY_SQ) / bend * _DEG


@inlined
def judged(i: int, j: int, now_s: float, ahead_s: float, things: Floats) -> tuple[float, float, float, bool]:
    """Judge one pair in the plane between them.

    Gives when its minima are lost, past the look-ahead where never; when it is closest; how near; and whether
    heights were compared. Seconds from now, and metres.
    """
    degree_x, degree_y = metres_to_degree(0.5 * (things[i, 2] + things[j, 2]))
    turn = (things[j, 1] - things[i, 1] + 540.0) % 360.0 - 180.0
    gone_i, gone_j = now_s - things[i, 0], now_s - things[j, 0]
    du, dv, dw = things[j, 4] - things[i, 4], things[j, 5] - things[i, 5], things[j, 6] - things[i, 6]
    dx = turn * degree_x + things[j, 4] * gone_j - things[i, 4] * gone_i
    dy = (things[j, 2] - things[i, 2]) * degree_y + things[j, 5] * gone_j - things[i, 5] * gone_i
    vertical = max(things[i, 8], things[j, 8])
    by_height = not (math.isnan(things[i, 3]) or math.isnan(things[j, 3])) and math.isfinite(vertical)
    dz = things[j, 3] + things[j, 6] * gone_j - things[i, 3] - things[i, 6] * gone_i if by_height else 0.0
    loss_s, closest_s, closest = _apart_in_time(
        dx, dy, dz, du, dv, dw, max(things[i, 7], things[j, 7]), vertical, by_height, ahead_s
    )
    return loss_s, closest_s, closest, by_height


@inlined
def stay_apart(i: int, j: int, now_s: float, ahead_s: float, moves: Floats) -> bool:
    """Tell of most pairs that stay apart that they do, without the cost of a plane of their own.

    Metres to a degree are the mean of those at both. At the latitude between they differ by less than a
    quarter of the square of the difference in latitude, in radians; all of that is given away.
    """
    gone_i, gone_j = now_s - moves[i, 6], now_s - moves[j, 6]
    du, dv = moves[j, 4] - moves[i, 4], moves[j, 5] - moves[i, 5]
    turn = moves[j, 2] - moves[i, 2]
    if turn > 180.0:
        turn -= 360.0
    elif turn < -180.0:
        turn += 360.0
    turned = moves[j, 3] - moves[i, 3]
    east, north = 0.5 * turn * (moves[i, 0] + moves[j, 0]), 0.5 * turned * (moves[i, 1] + moves[j, 1])
    dx = east + moves[j, 4] * gone_j - moves[i, 4] * gone_i
    dy = north + moves[j, 5] * gone_j - moves[i, 5] * gone_i
    lost = (0.25 * _DEG * _DEG) * turned * turned * (abs(east) + abs(north))
    limit = max(moves[i, 7], moves[j, 7]) + lost + 1.0
    a, b = du * du + dv * dv, dx * du + dy * dv
    stay: bool
    if b < 0.0 and -b < a * ahead_s:
        wide = dx * dv - dy * du
        stay = wide * wide > limit * limit * a
        return stay
    if b < 0.0:
        dx, dy = dx + du * ahead_s, dy + dv * ahead_s
    stay = dx * dx + dy * dy > limit * limit
    return stay


@inlined
def _apart_in_time(
    dx: float, dy: float, dz: float, du: float, dv: float, dw: float, minimum: float,
    minimum_height: float, by_height: bool, ahead_s: float,
) -> tuple[float, float, float]:  # fmt: skip
    """Give when both minima are first lost (never: past the look-ahead), when they are closest, how near."""
    a, b, c = du * du + dv * dv, dx * du + dy * dv, dx * dx + dy * dy
    limit_sq = minimum * minimum * (1.0 + 2e-9)
    closest_s = 0.0
    if a * ahead_s * ahead_s > 1e-12:
        closest_s = min(max(-b / a, 0.0), ahead_s)
    x, y = dx + du * closest_s, dy + dv * closest_s
    closest_sq = x * x + y * y
    never = 2.0 * ahead_s + 1.0
    if closest_sq > limit_sq:
        return never, closest_s, math.sqrt(closest_sq)
    first, last = 0.0, ahead_s
    if a * ahead_s * ahead_s > 1e-12:
        # From the closest moment outward, which keeps the small difference of large squares out of it.
        middle = -b / a
        px, py = dx + du * middle, dy + dv * middle
        half = math.sqrt(max(0.0, (limit_sq - (px * px + py * py)) / a))
        first, last = max(0.0, middle - half), min(ahead_s, middle + half)
        if c <= limit_sq:
            first = 0.0
        first, last = min(first, closest_s), max(last, closest_s)
    if by_height:
        limit = minimum_height * (1.0 + 1e-9) + 1e-9
        if abs(dw) * ahead_s > 1e-9:
            one, other = (-limit - dz) / dw, (limit - dz) / dw
            first, last = max(first, min(one, other)), min(last, max(one, other))
        elif abs(dz) > limit:
            return never, closest_s, math.sqrt(closest_sq)
    if first > last:
        return never, closest_s, math.sqrt(closest_sq)
    return first, closest_s, math.sqrt(closest_sq)
