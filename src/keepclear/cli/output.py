"""How the command line prints: sentences for people, JSON for programs; data on stdout, talk on stderr."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any

import msgspec
from rich.console import Console
from rich.markup import escape

OUT = Console(highlight=False, soft_wrap=True, emoji=False)
TALK = Console(stderr=True, highlight=False, soft_wrap=True, emoji=False)


class Printer:
    """Prints one command's answer in the form that was asked for."""

    def __init__(self, *, as_json: bool, ids: bool = False) -> None:
        self.as_json = as_json
        self.ids = ids

    def give(self, value: Any, lines: Callable[[Any], Iterable[str]]) -> None:  # noqa: ANN401 - JSON
        """Print a value as JSON, or as the lines that are made of it."""
        if self.as_json:
            sys.stdout.buffer.write(msgspec.json.format(msgspec.json.encode(value), indent=2) + b"\n")
            sys.stdout.buffer.flush()
            return
        for line in lines(value):
            OUT.print(line)

    def tag(self, item: dict[str, Any]) -> str:
        """Give an item's ids, if they were asked for."""
        if not self.ids:
            return ""
        places = (item, item.get("said") or {})
        found = (place.get(name) for name in ("subject", "statement") for place in places)
        known = dict.fromkeys(str(value) for value in found if value)
        return f" [dim]({', '.join(known)})[/dim]" if known else ""


def say(words: str) -> None:
    """Say something that is not data."""
    TALK.print(escape(words))


def safe(value: object) -> str:
    """Give a value as text that markup leaves alone."""
    return escape(str(value))


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
    """Give an instant of JSON for reading aloud: to the minute, or to the second where there are seconds."""
    at = datetime.fromisoformat(value).astimezone(UTC)
    return f"{at:%Y-%m-%d %H:%M:%S}Z" if at.second else f"{at:%Y-%m-%d %H:%M}Z"
