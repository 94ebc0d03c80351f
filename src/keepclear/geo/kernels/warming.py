"""All kernels made ready at once: a node calls this when it starts, so that no alarm waits for a compiler."""

from __future__ import annotations

from typing import Final

from keepclear.geo.kernels import approach, crowds, fences, steps

PARTS: Final = (fences.warm, steps.warm, approach.warm, crowds.warm)
"""The kernels part by part; each call compiles them, or loads them from the cache."""


def warm() -> None:
    """Compile every kernel, or load it from the cache: a second, but the first time a minute and more."""
    for part in PARTS:
        part()
