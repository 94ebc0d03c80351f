"""How kernels are compiled: by numba, for one thread, kept on disk so that a start does not wait for it.

Serial on purpose: on shared cores a short job in parallel threads stalls (20 ns an update with one thread,
up to 785 ns with two while another process ran). Arrays of `NDArray` types only; no Python objects inside,
and no array is made inside: then numba counts no references, which took a third to two thirds of the time.

What is kept on disk is kept by the text of all kernels: numba itself asks only whether the file of a function
has changed, and would go on with old copies of the functions of other files that were inlined into it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from hashlib import blake2b
from pathlib import Path
from typing import Any, TypeVar, cast

import numba
from numba.core import event

F = TypeVar("F", bound=Callable[..., object])

_HERE = Path(__file__).parent
_TEXTS = blake2b(b"".join(file.read_bytes() for file in sorted(_HERE.glob("*.py"))), digest_size=8)
_KEPT_IN = _HERE / "__pycache__" / f"kernels-{_TEXTS.hexdigest()}"
_not_kept: list[str] = []


def compiled(function: F) -> F:
    """Compile a function at its first call, or take it from the cache; it lets the interpreter lock go."""
    return _compiled(function)


def inlined(function: F) -> F:
    """As `compiled`, for small steps inside other kernels."""
    return _compiled(function, forceinline=True)


def _compiled(function: F, **how: bool) -> F:
    settings: Any = numba.config
    before = settings.CACHE_DIR
    settings.CACHE_DIR = str(_KEPT_IN)  # read when a function is named, not when it is called
    # Without numba's runtime (`_nrt`) nothing in a kernel can be made or counted.
    how = {"nogil": True, "boundscheck": False, "_nrt": False, **how}
    njit = cast("Any", numba.njit)
    try:
        made = njit(cache=True, **how)(function)
    except RuntimeError:  # neither here nor in the user's own cache may anything be written
        _not_kept.append(function.__name__)
        made = njit(**how)(function)
    finally:
        settings.CACHE_DIR = before
    return cast("F", made)


def is_kept() -> bool:
    """Tell whether what is compiled is there at the next start; else every start compiles."""
    return not _not_kept


@contextmanager
def told(compiles: Callable[[], None]) -> Iterator[None]:
    """Call `compiles` once if anything is compiled in the block, before it is; not where all is loaded."""
    with cast("Any", event.install_listener)("numba:compile", _Teller(compiles)):
        yield


class _Teller(event.Listener):
    def __init__(self, compiles: Callable[[], None]) -> None:
        self._compiles: Callable[[], None] | None = compiles

    def on_start(self, event: object) -> None:
        compiles, self._compiles = self._compiles, None
        if compiles is not None:
            compiles()

    def on_end(self, event: object) -> None:
        """Do nothing: numba asks for it."""
