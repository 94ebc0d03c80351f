"""All kernels made ready at once: a node calls this when it starts, so that no alarm waits for a compiler."""

from __future__ import annotations

from keepclear.geo.kernels import approach, crowds, fences, steps


def warm() -> None:
    """Compile every kernel, or load it from the cache: a second, but the first time up to a minute."""
    fences.warm()
    steps.warm()
    approach.warm()
    crowds.warm()
