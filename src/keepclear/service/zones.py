"""Which edition of the time zone database this machine holds; it is stated wherever hours are shown."""

from __future__ import annotations

import zoneinfo
from functools import cache
from importlib import import_module
from pathlib import Path

UNKNOWN = "not stated by this machine"


@cache
def edition() -> str:
    """Give the edition, such as "2025b"; hours worked out with another may differ."""
    for folder in map(Path, zoneinfo.TZPATH):
        for name, start in (("+VERSION", ""), ("tzdata.zi", "# version ")):
            found = _first_words(folder / name, start)
            if found:
                return found
    try:
        return str(import_module("tzdata").IANA_VERSION)
    except (ImportError, AttributeError):
        return UNKNOWN


def _first_words(path: Path, start: str) -> str:
    try:
        with path.open(encoding="ascii", errors="replace") as file:
            head = file.readline(80).strip()
    except OSError:
        return ""
    return head.removeprefix(start) if head.startswith(start) else ""
