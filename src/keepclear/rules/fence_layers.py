"""The measures that are watched, laid into cells: a large layer that rests, a small one that changes.

A measure that comes is laid into the small layer, which is built anew each time; when that has grown to an
eighth of the large one, both become one. A measure that goes is only struck from the answers until then.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np

from keepclear.geo.covers import BoxIndex, boxes
from keepclear.geo.fence_chains import edges, edges_around
from keepclear.geo.figures import Area, Path, Point, Spot
from keepclear.geo.frames import Floats
from keepclear.geo.kernels.fences import Chains, FenceGrid, Int32s, Int64s, refuse_polar
from keepclear.geo.kernels.steps import Bools
from keepclear.rules.fence_steps import Held
from keepclear.rules.fences import Fence, FenceSettings

_SMALL = 512


class _Layer(NamedTuple):
    """Chains of some measures by their numbers, their grid, and the boxes of those that are areas."""

    chains: Chains
    grid: FenceGrid
    areas: dict[int, tuple[Area, float]]
    area_numbers: tuple[int, ...]
    boxes: BoxIndex


class Layers:
    """All measures that are watched, for "which may this step touch?" and "which may hold this place?"."""

    def __init__(self, settings: FenceSettings) -> None:
        self._settings = settings
        self._large = _built(_chains([], settings), {})
        self._small = self._large
        self._gone: set[int] = set()

    def check(self, fence: Fence) -> None:
        """Refuse a measure that cannot be watched.

        Raises:
            Malformed: it reaches too near to a pole, or a leg of it is too long.
        """
        for chain in edges(fence.shape, fence.clips):
            refuse_polar(chain.corners[:, 1], f"the measure {fence.name}")

    def change(self, come: Sequence[Held], gone: Iterable[int]) -> None:
        """Take in measures and strike out others; a measure drawn anew is among both."""
        gone = set(gone)
        self._gone |= gone
        chains, areas = _without(self._small, gone)
        coming = _chains(come, self._settings)
        areas |= {held.no: _area(held.fence, self._settings) for held in come if _is_area(held)}
        self._small = _built(_joined(chains, coming), areas)
        if len(self._small.chains.fence) > max(_SMALL, len(self._large.chains.fence) // 8):
            chains, areas = _without(self._large, self._gone)
            merged = _joined(chains, self._small.chains)
            self._large, self._gone = _built(merged, areas | self._small.areas), set()
            self._small = _built(_chains([], self._settings), {})

    @property
    def nbytes(self) -> int:
        """Tell how much memory cells and chains take."""
        return sum(
            layer.grid.nbytes + sum(part.nbytes for part in layer.chains)
            for layer in (self._large, self._small)
        )

    def touched(
        self, lon0: Floats, lat0: Floats, lon1: Floats, lat1: Floats, pad_m: Floats
    ) -> tuple[Int64s, Int64s]:
        """Give the steps, and the numbers of the measures whose edges each may touch; n pairs."""
        steps, numbers = [], []
        for layer, gone in ((self._large, self._gone), (self._small, ())):
            found = layer.grid.touched(lon0, lat0, lon1, lat1, pad_m)
            kept = ~np.isin(found.fence, list(gone)) if gone else np.ones(len(found.fence), bool)
            steps.append(found.step[kept].astype(np.int64))
            numbers.append(found.fence[kept].astype(np.int64))
        return np.concatenate(steps), np.concatenate(numbers)

    def may_hold(self, lon: Floats, lat: Floats, within_m: Floats) -> Bools:
        """Tell of each place whether an area may hold it or be within a distance of it: True too often."""
        found = np.zeros(len(lon), np.bool_)
        for layer in (self._large, self._small):
            if layer.area_numbers and len(lon):
                found |= layer.boxes.may_hold(lon, lat, within_m)
        return found

    def holding(self, place: Point, within_m: float) -> list[int]:
        """Give the numbers of the areas that may hold a place, or be within a distance of it."""
        found: list[int] = []
        if not (self._large.area_numbers or self._small.area_numbers):
            return found
        wanted = boxes(Spot(place, within_m))
        for layer, gone in ((self._large, self._gone), (self._small, ())):
            if layer.area_numbers:
                numbers = [layer.area_numbers[n] for n in layer.boxes.candidates(wanted)]
                found += [no for no in numbers if no not in gone]
        return found


def reach_m(fence: Fence, settings: FenceSettings) -> float:
    """Give how far outside its edge a measure is still looked after."""
    return (fence.tolerance_m or 0.0) + settings.hysteresis_m + (fence.warn_m or 0.0) + 1.0


def _is_area(held: Held) -> bool:
    return not isinstance(held.fence.shape, Path)


def _area(fence: Fence, settings: FenceSettings) -> tuple[Area, float]:
    assert not isinstance(fence.shape, Path)  # noqa: S101  (asked only of areas)
    return fence.shape, reach_m(fence, settings)


def _built(chains: Chains, areas: dict[int, tuple[Area, float]]) -> _Layer:
    numbers = tuple(areas)
    pad_m = max((far_m for _, far_m in areas.values()), default=0.0)
    return _Layer(
        chains, FenceGrid(chains), areas, numbers, BoxIndex([area for area, _ in areas.values()], pad_m)
    )


def _chains(come: Sequence[Held], settings: FenceSettings) -> Chains:
    corners, numbers, pads = [], [], []
    for held in come:
        fence = held.fence
        wide_m = (fence.tolerance_m or 0.0) + settings.hysteresis_m + 1.0
        parts = [(chain, wide_m) for chain in edges(fence.shape, fence.clips)]
        if fence.warn_m and not isinstance(fence.shape, Path):
            around = edges_around(fence.shape, fence.warn_m)
            parts += [(chain, settings.hysteresis_m + 1.0) for chain in around]
        for chain, pad_m in parts:
            corners.append(chain.corners)
            numbers.append(held.no)
            pads.append(chain.slack_m + pad_m)
    every = np.concatenate([np.empty((0, 2)), *corners])
    starts = np.concatenate([[0], np.cumsum([len(each) for each in corners], dtype=np.int64)])
    lon, lat = np.ascontiguousarray(every[:, 0]), np.ascontiguousarray(every[:, 1])
    return Chains(lon, lat, starts.astype(np.int64), _int32(numbers), np.array(pads, np.float64))


def _int32(numbers: Sequence[int]) -> Int32s:
    return np.array(numbers, np.int32)


def _joined(a: Chains, b: Chains) -> Chains:
    return Chains(
        np.concatenate([a.lon, b.lon]),
        np.concatenate([a.lat, b.lat]),
        np.concatenate([a.starts, b.starts[1:] + len(a.lon)]),
        np.concatenate([a.fence, b.fence]),
        np.concatenate([a.pad_m, b.pad_m]),
    )


def _without(layer: _Layer, gone: set[int]) -> tuple[Chains, dict[int, tuple[Area, float]]]:
    """Give what a layer holds, less some measures."""
    areas = {no: area for no, area in layer.areas.items() if no not in gone}
    chains = layer.chains
    kept = ~np.isin(chains.fence, list(gone))
    if bool(kept.all()):
        return chains, areas
    sizes = np.diff(chains.starts)
    corners = np.repeat(kept, sizes)
    starts = np.concatenate([[0], np.cumsum(sizes[kept])]).astype(np.int64)
    left = Chains(chains.lon[corners], chains.lat[corners], starts, chains.fence[kept], chains.pad_m[kept])
    return left, areas
