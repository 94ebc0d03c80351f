"""The card set for when all is down: what stands on the cards, worked out of one desk's views.

It holds what its party holds and no more: a site stands on a card with its exact place where the party has it
in its exact form, its own or released to it, and by name alone where it has a coarser one (LIM-06).
"""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from msgspec import Struct

from keepclear.geo.positions import written
from keepclear.geo.shapes import Point
from keepclear.reports.card_words import (
    BOXES,
    CHECK_CODE,
    COMPASS,
    DIGITS,
    LANGUAGES,
    LETTERS,
    LETTERS_RU,
    NOT_PASSED_ON,
    SCRIPT,
    SIGNS_RU,
    WHEN_ALL_IS_DOWN,
)
from keepclear.times import to_the_second

SITE, EXACT = "protected site", "exact"
MAX_CORNERS = 6
REACHES = {"radius_m": "within", "inner_m": "from", "outer_m": "to", "accuracy_m": "accurate to"}
Item = Mapping[str, Any]


class Row(Struct, frozen=True):
    """One row of a card: a heading, lines below it, and whether there is room to write in."""

    head: str
    lines: tuple[str, ...] = ()
    write: str = ""


class Card(Struct, frozen=True):
    """One card: its title, what is said under it, its rows, and how the rows are laid out."""

    title: str
    under: str = ""
    rows: tuple[Row, ...] = ()
    layout: str = "rows"
    table: tuple[tuple[str, ...], ...] = ()


class CardSet(Struct, frozen=True):
    """All cards of one party, and the record that they were made from.

    `digest` is a hash over the heads of all logs that the desk holds: as long as it is the same, new cards
    would say the same.
    """

    party: str
    name: str
    cap: str
    made: str
    digest: str
    logs: int
    banner: str
    cards: tuple[Card, ...]


def record_digest(export: bytes) -> tuple[str, int]:
    """Give a hash over the heads of all logs in an export, and how many they are.

    Of each head only origin, size and root count, so that another signature changes nothing.
    """
    with zipfile.ZipFile(io.BytesIO(export)) as packed:
        heads = sorted(
            b"\n".join(packed.read(name).split(b"\n")[:3])
            for name in packed.namelist()
            if name.rpartition("/")[2] == "checkpoint"
        )
    return hashlib.sha256(b"\n\n".join(heads)).hexdigest(), len(heads)


def card_set(picture: Item, bodies: Mapping[str, Item], digest: str, logs: int, made: datetime) -> CardSet:
    """Work out the cards of a desk.

    Args:
        picture: the desk's picture, as the route gives it.
        bodies: the bodies of the sites' texts by statement, as this desk holds them.
        digest: what `record_digest` gave.
        logs: of how many logs that was.
        made: when the cards are made, UTC.
    """
    name = str(picture["name"])
    cards = [
        _first(),
        *_paged("Hotlines", "Any officer may call and may answer.", _hotlines(picture["hotlines"])),
        _by_role(picture["hotlines"]),
        *_scripts(name),
        Card("Check code", rows=_numbered(CHECK_CODE)),
        *_speller(),
        *_sites(picture["measures"], bodies),
        _log_card(),
    ]
    return CardSet(
        party=str(picture["party"]),
        name=name,
        cap=str(picture["cap"]),
        made=to_the_second(made),
        digest=digest,
        logs=logs,
        banner=str(picture["banner"]),
        cards=tuple(cards),
    )


def _first() -> Card:
    return Card(
        "When all is down", "Telephone and paper. What is agreed stays agreed.", _numbered(WHEN_ALL_IS_DOWN)
    )


def _numbered(words: Iterable[str]) -> tuple[Row, ...]:
    return tuple(Row(f"{number}", (each,)) for number, each in enumerate(words, 1))


def _paged(title: str, under: str, rows: Iterable[Row], each: int = 3) -> Iterator[Card]:
    found = list(rows) or [Row("None is known", ("Write in what you have.",), "Number")]
    for first in range(0, len(found), each):
        page = f"{title} {first // each + 1} of {-(-len(found) // each)}" if len(found) > each else title
        yield Card(page, under, tuple(found[first : first + each]))


def _hotlines(items: Iterable[Item]) -> Iterator[Row]:
    known = list(items)
    for item in known:
        ends = "; ".join(f"{end['party_name']}: {end['role']}{_languages(end)}" for end in item["ends"])
        last = item["last_contact"]
        contact = "no contact yet" if last is None else f"last contact {_when(last)}"
        lines = [
            f"{item['domain']}, {item['level']}; {', '.join(item['media'])}",
            ends,
            f"Hours: {item['hours']}" if item["hours"] else "Hours: not stated; try at any time",
            f"Declared {item['declared']}; observed {item['observed']}; {contact}",
        ]
        lines += [f"Only for: {item['purpose_limit']}"] if item["purpose_limit"] else []
        lines.append(f"No answer: {_fallbacks(item, known)}")
        yield Row(str(item["name"]), tuple(lines), "Number")


def _languages(end: Item) -> str:
    return f" ({', '.join(end['languages'])})" if end["languages"] else ""


def _when(use: Item) -> str:
    return str(use["when"]["words"]) if use["when"] else str(use["said"]["stated_at"])[:16]


def _fallbacks(item: Item, known: Iterable[Item]) -> str:
    """Name the other ways to the same ends: those that the hotline itself names first, if it names any."""
    ends = {end["party"] for end in item["ends"]}
    named = [str(each.get("name", each)) if isinstance(each, Mapping) else str(each)
             for each in item.get("fallbacks") or ()]  # fmt: skip
    others = [
        str(other["name"])
        for other in known
        if other is not item
        and ends <= {end["party"] for end in other["ends"]}
        and other["name"] not in named
    ]
    found = [*named, *others]
    return "then " + ", then ".join(found) if found else "no other hotline to the same ends is known; climb"


def _by_role(items: Iterable[Item]) -> Card:
    rows = {
        (str(end["party_name"]), str(end["role"]), str(end["place"]), ", ".join(end["languages"]),
         str(item["name"]))
        for item in items
        for end in item["ends"]
    }  # fmt: skip
    table = (("Party", "Role", "Place", "Languages", "Hotline"), *sorted(rows))
    return Card("Who is where", "By role, never by person.", layout="table", table=table)


def _scripts(ours: str) -> Iterator[Card]:
    for lang in ("ru", "ar"):
        table = tuple((line["en"].format(ours=ours), line[lang].format(ours=ours)) for line in SCRIPT)
        under = "Not reviewed by a native speaker."
        yield Card(f"Call script: English and {LANGUAGES[lang]}", under, layout="script", table=table)
        boxes = tuple((box["en"], box[lang]) for box in BOXES)
        yield Card(f"Read-back: English and {LANGUAGES[lang]}", "One for each message.",
                   layout="boxes", table=boxes)  # fmt: skip


def _speller() -> Iterator[Card]:
    latin = tuple((word[0], word) for word in LETTERS)
    yield Card("Speller: letters", "ICAO.", layout="grid", table=latin)
    russian = tuple(zip(SIGNS_RU, LETTERS_RU, strict=True))
    yield Card("Speller: Russian letters", "Not reviewed by a native speaker.", layout="grid", table=russian)
    digits = (*DIGITS, *((word[0], word, ru, ar) for word, ru, ar in COMPASS))
    yield Card(
        "Speller: digits and directions", "One by one. Not reviewed by a native speaker.", layout="digits",
        table=digits,
    )  # fmt: skip


def _sites(measures: Iterable[Item], bodies: Mapping[str, Item]) -> Iterator[Card]:
    sites = [item for item in measures if item["measure"] == SITE and item["standing"] != "withdrawn"]
    exact = [_site(item, bodies[item["statement"]]) for item in sites if is_exact(item)]
    coarse = [item for item in sites if not is_exact(item)]
    if exact:
        yield from _paged("Protected sites", NOT_PASSED_ON, exact, each=4)
    else:
        yield Card("Protected sites", "No site is held here in its exact form.")
    if coarse:
        rows = tuple(
            Row(str(item["name"]), (f"from {item['said']['author_name']}, as an area only",))
            for item in coarse
        )
        yield from _paged(
            "Sites known by area only", "Ask their author before you act near one.", rows, each=6
        )


def is_exact(item: Item) -> bool:
    """Tell whether a desk holds a measure in its exact form."""
    return str(item["said"]["form"]) == EXACT


def _site(item: Item, body: Item) -> Row:
    lines = [f"Stated by {item['said']['author_name']}, {str(item['said']['stated_at'])[:10]}"]
    lines += list(_places(body.get("shape") or (body.get("place") or {}).get("area") or {}))
    words = (body.get("place") or {}).get("words")
    lines += [str(words)] if words else []
    return Row(str(item["name"]), tuple(lines), "Telephone")


def _places(shape: Item) -> Iterator[str]:
    centre = shape.get("center") or shape.get("at")
    if centre is not None:
        yield from _forms(centre)
        yield from (f"{words} {shape[field]:,.0f} m" for field, words in REACHES.items() if field in shape)
        return
    corners = shape.get("exterior") or shape.get("points") or shape.get("path") or ()
    for corner in corners[:MAX_CORNERS]:
        yield "; ".join(_forms(corner))
    if len(corners) > MAX_CORNERS:
        yield f"and {len(corners) - MAX_CORNERS} more corners: see the record"
    if not corners:
        yield "its place stands in words alone"


def _forms(at: Item) -> Iterator[str]:
    """Give a position in degrees and as a grid reference, so that one can be held against the other."""
    point = Point(lon=float(at["lon"]), lat=float(at["lat"]))
    yield f"{point.lat:.5f}, {point.lon:.5f}  =  {written(point)}"
    grid = _grid(point)
    if grid:
        yield f"MGRS {grid}"


def _grid(point: Point) -> str:
    from mgrs import MGRS  # loads a library of its own, which only cards need

    try:
        plain = MGRS().toMGRS(point.lat, point.lon)
    except Exception:  # noqa: BLE001 - beyond 84 N or 80 S there is no such grid; degrees stand there
        return ""
    digits = len(plain) - 10  # five of easting, five of northing: one metre
    zone, square = plain[: digits - 2], plain[digits - 2 : digits]
    return f"{zone} {square} {plain[digits : digits + 5]} {plain[digits + 5 :]}"


def _log_card() -> Card:
    heads = ("Time UTC", "Hotline, who", "In / out", "What was passed", "Read back", "Answer, by when")
    return Card("Log", "Enter it all when the node is back.", layout="log", table=(heads,))
