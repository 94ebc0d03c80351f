"""Work of others that stands beside the project and is no part of it: brought by `make bench`."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

FOLDER = Path(sys.prefix) / "yardsticks"


def has(name: str) -> bool:
    """Tell whether a package of others can be imported; says aloud what brings it if not.

    Their folder comes last on the path, so that nothing of theirs stands in for what the project runs on.
    """
    if FOLDER.is_dir() and str(FOLDER) not in sys.path:
        sys.path.append(str(FOLDER))
    if importlib.util.find_spec(name) is not None:
        return True
    print(f'NOT RUN: beside {name}, which is not here: run "make bench"', file=sys.stderr)
    return False
