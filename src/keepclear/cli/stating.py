"""What the commands of the workflows share: times, counts and places as typed; a text stated anew."""

from __future__ import annotations

import re
from typing import Any

from keepclear.cli.answering import holders
from keepclear.cli.desks import Desk
from keepclear.cli.output import Printer
from keepclear.cli.telling import told
from keepclear.errors import Malformed
from keepclear.geo.positions import read_position
from keepclear.times import text, utc

Item = dict[str, Any]
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_COUNT = re.compile(
    r"(?P<bound>at least|more than|over|at most|up to|fewer than)?\s*"
    r"(?P<low>\d+)(?:\s*(?:to|-)\s*(?P<high>\d+))?(?:\s+(?P<unit>[^\W\d].*))?",
    re.IGNORECASE,
)
_LOWER = ("at least", "more than", "over")


def stamp(typed: str) -> Item:
    """Read a time: an instant with its offset, or a day; "about" before it says that it is approximate.

    Raises:
        Malformed: it is none.
    """
    words = typed.strip()
    about = words.casefold().startswith("about ")
    words = words[6:].strip() if about else words
    made: Item = {"at": f"{words}T00:00:00Z", "precision": "day"} if _DAY.fullmatch(words) else {}
    made = made or {"at": text(utc(words))}
    return made | ({"about": True} if about else {})


def count(typed: str) -> Item:
    """Read a count: "20 vehicles", "10 to 20 people", "at least 100 killed"; other words stand as they are.

    A bound that was not given stays unknown; it is never taken for zero.

    Raises:
        Malformed: there are no words.
    """
    words = typed.strip()
    if not words:
        asks = '"20 vehicles", "10 to 20 people", "at least 100 killed", or the words as they were said'
        raise Malformed("a count without words", "count-empty", asks, "count")
    found = _COUNT.fullmatch(words)
    if found is None:
        return {"words": words}
    low, high = int(found["low"]), int(found["high"] or found["low"])
    unit = {"unit": found["unit"]} if found["unit"] else {}
    bound = (found["bound"] or "").casefold()
    if not bound:
        return {"low": low, "high": high, **unit}
    said = words.removesuffix(found["unit"] or "").strip()
    return {"low" if bound in _LOWER else "high": low, "words": said, **unit}


def place(words: str, at: str, accuracy_m: float | None) -> Item | None:
    """Make a place of words, a position with its accuracy, or both; None where neither is given."""
    made: Item = {"words": words} if words else {}
    if at:
        reading = read_position(at)
        spot = {"lon": reading.point.lon, "lat": reading.point.lat}
        within = reading.precision_m if accuracy_m is None else accuracy_m
        made["area"] = {"shape": "spot", "at": spot, "accuracy_m": within}
    return made or None


def hotline_of(here: Desk, name: str) -> str:
    """Give the id of a hotline by its name or id; the node refuses what is none."""
    items = here.get("hotlines")["items"]
    return str(next((item["subject"] for item in items if name in (item["name"], item["subject"])), name))


def restated(
    here: Desk, item: Item, changes: Item, key: str | None, out: Printer, tell: tuple[str, ...] = ()
) -> int:
    """State an own text anew with some fields changed, to everybody who holds it, and to more where named."""
    whole = here.get(f"statements/{item['statement']}")["statement"]
    readers = dict.fromkeys((*holders(here, item["subject"]), *tell))
    asked = {"body": {**whole["body"], **changes}, "subject": item["subject"], "readers": list(readers)}
    return told(here, asked, key, out, item["statement"])
