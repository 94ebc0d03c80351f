"""How kernels are compiled: by numba, for one thread, kept on disk so that a start does not wait for it.

Serial on purpose: on shared cores a short job in parallel threads stalls (20 ns an update with one thread,
up to 785 ns with two while another process ran). Arrays of `NDArray` types only; no Python objects inside.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar, cast

import numba

F = TypeVar("F", bound=Callable[..., object])


def compiled(function: F) -> F:
    """Compile a function at its first call, or take it from the cache; it lets the interpreter lock go."""
    return cast("F", numba.njit(cache=True, nogil=True, boundscheck=False)(function))


def inlined(function: F) -> F:
    """As `compiled`, for small steps inside other kernels."""
    return cast("F", numba.njit(cache=True, nogil=True, boundscheck=False, forceinline=True)(function))
