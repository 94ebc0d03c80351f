"""Where others are, told in the structured parts of a message: a cell and a band, never a point (LIM-08)."""

from __future__ import annotations

from collections.abc import Iterator
from functools import reduce

from keepclear.errors import LimitRefused
from keepclear.geo.positions import written
from keepclear.geo.shapes import Area, Circle, Spot
from keepclear.model import parts
from keepclear.model.hotline import MessageSent, WarningGiven
from keepclear.model.statements import Statement
from keepclear.model.words import PartyId
from keepclear.rules.coarseness import MIN_CELL_M, is_fine, tells_coordinates
from keepclear.rules.permissive import strings
from keepclear.views.saying import decimal_form, two_forms


def need_coarse_parts(
    body: MessageSent | WarningGiven, author: PartyId, what: str, *, unclaimed: bool = False
) -> None:
    """Refuse parts that tell where another party is to better than a cell, or how many to the man.

    Args:
        body: the message.
        author: whose own people and things may be told exactly.
        what: what is refused, in words.
        unclaimed: hold parts of which nobody said whose they are to the same.

    Raises:
        LimitRefused: which part is too exact.
    """
    for at, part, area in _areas(body):
        if _others(part.of_party, author, unclaimed=unclaimed) and is_fine(area):
            raise LimitRefused(
                f"{what} told to within less than a cell",
                "LIM-08",
                f"a circle or spot of at least {MIN_CELL_M:.0f} m; of_party {author} where it is one's own",
                at,
            )
    for number, each in enumerate(body.parts):
        exact = isinstance(each, parts.CountPart) and each.high is None
        if isinstance(each, parts.CountPart) and exact and _others(each.of_party, author, unclaimed=False):
            raise LimitRefused(
                f"{what}: a count to the man", "LIM-08", "a band, low and high", f"body.parts[{number}]"
            )


def need_no_coordinates_in_words(told: Statement, body: MessageSent | WarningGiven) -> None:
    """Refuse a message whose free words or remarks give a place to better than a cell (LIM-08).

    One's own places are said in `parts`, which know whose they are, so words never need them. What a template
    has written out from the parts stands.

    Raises:
        LimitRefused: which words do.
    """
    written_out = list(_written_out(body))
    for field, words in (*strings(body, "body"), ("remarks", told.remarks)):
        if tells_coordinates(reduce(lambda text, place: text.replace(place, " "), written_out, words)):
            raise LimitRefused(
                "a place told by coordinates in the words of a message",
                "LIM-08",
                "the place as a part (parts, of_party where it is one's own), or by its name",
                field,
            )


def _written_out(body: MessageSent | WarningGiven) -> Iterator[str]:
    for _, _, area in _areas(body):
        if isinstance(area, Spot | Circle):
            point = area.at if isinstance(area, Spot) else area.center
            yield from (two_forms(point), decimal_form(point), written(point))


def unclaimed_and_fine(body: MessageSent | WarningGiven) -> bool:
    """Tell whether a part gives a place to better than a cell without saying whose people are there."""
    return any(part.of_party is None and is_fine(area) for _, part, area in _areas(body))


def _others(of_party: PartyId | None, author: PartyId, *, unclaimed: bool) -> bool:
    return unclaimed if of_party is None else of_party != author


def _areas(
    body: MessageSent | WarningGiven,
) -> Iterator[tuple[str, parts.PlacePart | parts.RoutePart, Area]]:
    for number, part in enumerate(body.parts):
        if isinstance(part, parts.PlacePart):
            yield f"body.parts[{number}].place", part, part.place
        elif isinstance(part, parts.RoutePart):
            for place, spot in enumerate(part.points):
                yield f"body.parts[{number}].points[{place}]", part, spot
