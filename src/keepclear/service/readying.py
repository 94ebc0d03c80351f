"""What a node makes ready before its doors open: the compiled geometry, so that no alarm waits for it.

The first start of a version compiles it and keeps it; every other start loads it within a second. What it
says, it says only where something is compiled, since a person then waits for a minute or more.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

from keepclear.geo.kernels.compiled import is_kept, told
from keepclear.geo.kernels.warming import PARTS
from keepclear.rules import gates

_PARTS: Final = (*PARTS, gates.warm)
_ONCE: Final = "for this version, once: about a minute, more on a slow or busy machine"
_EACH_TIME: Final = (
    "for about a minute, more on a slow or busy machine; at each start, since nothing can be kept: neither "
    "Keepclear's own folder nor the user's cache can be written to"
)


def make_ready(say: Callable[[str], object] = lambda _: None) -> None:
    """Compile all that live positions are looked at with, or load it.

    Args:
        say: is told that it compiles and how far it is; not called where everything is loaded.
    """
    began, compiling = time.monotonic(), False

    def begun() -> None:
        nonlocal compiling
        compiling = True
        say(f"Preparing the geometry {_ONCE if is_kept() else _EACH_TIME}. Nothing is answered until then.")

    with told(begun):
        for number, part in enumerate(_PARTS, 1):
            part()
            if compiling:
                passed_s = time.monotonic() - began
                say(f"The geometry: {number} of {len(_PARTS)} parts are ready after {passed_s:.0f} s.")
