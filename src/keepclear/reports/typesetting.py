"""Setting cards in type, offline: the fonts that the typesetter carries, and the machine's own for the rest.

Its own fonts have Latin, Cyrillic and Arabic letters. Signs of other scripts are taken from the machine's
fonts, where it has them.
"""

from __future__ import annotations

from datetime import datetime
from importlib.resources import files
from typing import Literal

import msgspec

from keepclear.errors import StoreFault
from keepclear.reports.cards import CardSet


def pdf(cards: CardSet, made: datetime) -> bytes:
    """Set cards as a PDF: A5, two to a sheet of A4.

    Raises:
        StoreFault: the typesetter failed.
    """
    return _set(cards, "pdf", made)[0]


def pages(cards: CardSet, made: datetime, ppi: float = 60.0) -> list[bytes]:
    """Set cards as one PNG for each sheet, to be looked at."""
    return _set(cards, "png", made, ppi)


def _set(
    cards: CardSet, form: Literal["pdf", "png"], made: datetime, ppi: float | None = None
) -> list[bytes]:
    import typst  # carries a typesetter; only cards need it

    source = (files("keepclear.reports") / "cards.typ").read_bytes()
    inputs = {"cards": msgspec.json.encode(cards).decode()}
    try:
        found: bytes | list[bytes] = typst.compile(
            source, format=form, ppi=ppi, sys_inputs=inputs, timestamp=int(made.timestamp())
        )
    except RuntimeError as error:
        raise StoreFault(f"setting the cards: {error}", "typesetting", "a report of this") from error
    return found if isinstance(found, list) else [found]
