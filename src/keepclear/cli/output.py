"""How the command line prints: sentences for people, JSON for programs; data on stdout, talk on stderr."""

from __future__ import annotations

import struct
import sys
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any

import msgspec
from rich.console import Console
from rich.markup import escape

from keepclear.views.signs import STEERING, shielded

OUT = Console(highlight=False, soft_wrap=True, emoji=False)
TALK = Console(stderr=True, highlight=False, soft_wrap=True, emoji=False)

# Words of others must not steer the terminal. JSON itself escapes what stands below the space.
_IN_JSON = {
    code: "".join(f"\\u{unit:04x}" for unit in struct.unpack(f">{len(raw) // 2}H", raw))
    for code in STEERING
    if code >= 0x7F
    for raw in [chr(code).encode("utf-16-be")]
}


class Printer:
    """Prints one command's answer in the form that was asked for."""

    def __init__(self, *, as_json: bool, ids: bool = False) -> None:
        self.as_json = as_json
        self.ids = ids

    def give(self, value: Any, lines: Callable[[Any], Iterable[str]]) -> None:  # noqa: ANN401 - JSON
        """Print a value as JSON, or as the lines that are made of it."""
        if self.as_json:
            text = msgspec.json.format(msgspec.json.encode(value), indent=2).decode().translate(_IN_JSON)
            sys.stdout.buffer.write(text.encode() + b"\n")
            sys.stdout.buffer.flush()
            return
        for line in lines(value):
            OUT.print(line)

    def tag(self, item: dict[str, Any]) -> str:
        """Give an item's ids, if they were asked for."""
        if not self.ids:
            return ""
        places = (item, item.get("said") or {})
        found = ((name, place.get(name)) for name in ("subject", "statement") for place in places)
        known = dict.fromkeys(f"{name} {value}" for name, value in found if value)
        return f" [dim]({safe(', '.join(known))})[/dim]" if known else ""


def say(words: str) -> None:
    """Say something that is not data."""
    TALK.print(safe(words))


def safe(value: object) -> str:
    """Give a value as text that neither markup nor the terminal takes for orders."""
    return escape(shielded(str(value)))


def bold(value: object) -> str:
    """Give a value in bold."""
    return f"[bold]{safe(value)}[/bold]"


def joined(*parts: str, by: str = "; ") -> str:
    """Join the parts that say something; an empty one leaves no mark."""
    return by.join(part for part in parts if part)


def when(value: dict[str, Any] | None) -> str:
    """Give a shown time in words."""
    return "time not stated" if value is None else safe(value["words"])


def instant(value: str) -> str:
    """Give an instant of JSON for reading aloud: to the second, or to the minute where it was given so."""
    at = datetime.fromisoformat(value).astimezone(UTC)
    return f"{at:%Y-%m-%d %H:%M:%S}Z" if at.second or at.microsecond else f"{at:%Y-%m-%d %H:%M}Z"
