"""What was heard for one part of a message, held against what was said: the same, or a change of meaning.

Rounding within the last digit heard, the order of words, and the spelling of numbers change no meaning.
Bank, hemisphere, digit, unit, datum, date, half of the day and count do. What is left out or cannot be read
is never taken for the same: the listener is asked again. Each answer says why, in words to read aloud.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta, timezone
from enum import StrEnum
from itertools import zip_longest
from typing import Any, Final

from msgspec import Struct

from keepclear.errors import KeepclearError
from keepclear.geo.figures import Circle, Point, Spot
from keepclear.geo.geodesy import distance_m
from keepclear.geo.heights import Datum
from keepclear.geo.positions import Form, Reading, read_position
from keepclear.geo.shapes import metres_said
from keepclear.model import parts
from keepclear.times import Precision
from keepclear.views.numbers import Heard, heard, in_figures, numbers, plain, without_commas
from keepclear.views.spelling import letters_of

# A position heard to worse than a whole second of arc, or three decimals of a minute, is asked for again.
COARSEST_M = 60.0
_SAID_STEP_DEG = 0.1 / 3_600.0
_DEGREE_M = 111_195.0
_MINUTE = timedelta(minutes=1)


class Outcome(StrEnum):
    """What came of one field of a read-back."""

    SAME = "same"
    DIFFERS = "differs"
    INCOMPLETE = "incomplete"
    UNREADABLE = "unreadable"


class Compared(Struct, frozen=True):
    """One field compared: the outcome, why, and for a place where it would lie and how far off."""

    outcome: Outcome
    words: str = ""
    point: Point | None = None
    gap_m: float | None = None


_SAME = Compared(Outcome.SAME)


def compare(part: parts.Part, words: str) -> Compared:
    """Hold what was heard for one part against what was said."""
    if not words.strip():
        return Compared(Outcome.INCOMPLETE, "nothing was read back")
    return _BY_PART[type(part)](part, words)


def _differs(words: str, point: Point | None = None, gap_m: float | None = None) -> Compared:
    return Compared(Outcome.DIFFERS, words, point, gap_m)


def _unreadable(words: str) -> Compared:
    return Compared(Outcome.UNREADABLE, f"“{words.strip()[:80]}” cannot be read; ask for it again")


# Places.

_DEGREE_WORDS: Final = (
    (r"\b(?:degrees?|deg|градус(?:а|ов|ы)?)\b|درجة|درجات", "°"),
    (r"\b(?:minutes?|min|минут[аы]?)\b|دقيقة|دقائق", "'"),
    (r"\b(?:seconds?|sec|секунд[аы]?)\b|ثانية|ثوان", '"'),
    (r"\b(?:north|северн\w*|север)\b|شمالا|شمال", "n"),
    (r"\b(?:south|южн\w*|юг)\b|جنوبا|جنوب", "s"),
    (r"\b(?:east|восточн\w*|восток)\b|شرقا|شرق", "e"),
    (r"\b(?:west|западн\w*|запад)\b|غربا|غرب", "w"),
    (r"\b(?:latitude|longitude|lat|lon|long|широт[аы]|долгот[аы])\b", ""),
)
_TWO_FORMS = re.compile(r"\s*(?:\n|\s/\s|\s=\s|\bor\b|\balso\b)\s*")


def position(words: str) -> Reading | None:
    """Read a position as it was typed or spoken; None where it cannot be read."""
    text = in_figures(words)
    for pattern, sign in _DEGREE_WORDS:
        text = re.sub(pattern, sign, text)
    text = re.sub(r"(?<=[nsew])\s*(?:and)?\s+(?=\d)", " ", text).replace(" ,", ",").strip(" ,;.")
    text = re.sub(r"([nsew])\s*[,;]\s*", r"\1 ", text)
    # A grid reference may be spelled by the words of the alphabet: "three seven sierra foxtrot victor …".
    for written in (text, letters_of(words)):
        try:
            return read_position(written)
        except KeepclearError:
            continue
    return None


def _place(part: parts.PlacePart, words: str) -> Compared:
    found = [_one_place(_spot(part.place), said) for said in _TWO_FORMS.split(words) if said.strip()]
    worst = (Outcome.DIFFERS, Outcome.UNREADABLE, Outcome.INCOMPLETE, Outcome.SAME)
    compared = min(found, key=lambda each: worst.index(each.outcome))
    return compared if compared.outcome != Outcome.SAME else _radius(part, words, compared)


def _spot(place: Spot | Circle) -> Point:
    return place.at if isinstance(place, Spot) else place.center


def _radius(part: parts.PlacePart, words: str, compared: Compared) -> Compared:
    """Hold a radius that was read back with a circle's centre against the circle's own."""
    if not isinstance(part.place, Circle):
        return compared
    said = re.search(r"\bradius(?: of)?\b(.*)$", plain(words))
    if said is None:
        return compared
    inner = compare(parts.DistancePart(part.name, part.place.radius_m), said[1])
    return compared if inner.outcome == Outcome.SAME else Compared(inner.outcome, f"radius: {inner.words}")


def _one_place(said: Point, words: str) -> Compared:
    without = re.sub(r",?\s*\bradius\b.*$", "", words, flags=re.IGNORECASE)
    reading = position(without)
    if reading is None:
        return _unreadable(words)
    point = reading.point
    gap_m = distance_m(said, point)
    if _within_rounding(said, reading, gap_m):
        if reading.precision_m > COARSEST_M:
            good = metres_said(reading.precision_m)
            return Compared(
                Outcome.INCOMPLETE, f"heard only to {good}; ask for the last digits", point, gap_m
            )
        return Compared(Outcome.SAME, "", point, gap_m)
    return _differs(f"{_turned(said, point)}{metres_said(gap_m)} away from what was said", point, gap_m)


def _within_rounding(said: Point, reading: Reading, gap_m: float) -> bool:
    """Tell whether a position is the one that was said, as far as the last digit heard can tell.

    Degrees are rounded on each axis by itself; a grid reference names a square, of which the centre was read.
    """
    point = reading.point
    if reading.form is Form.GRID:
        return gap_m <= math.sqrt(2.0) * reading.precision_m + _SAID_STEP_DEG * _DEGREE_M
    half_deg = reading.precision_m / _DEGREE_M + _SAID_STEP_DEG / 2.0 + 1e-9
    east_deg = abs(said.lon - point.lon)
    return abs(said.lat - point.lat) <= half_deg and min(east_deg, 360.0 - east_deg) <= half_deg


def _turned(said: Point, point: Point) -> str:
    """Name what was probably misheard: a hemisphere, or latitude and longitude exchanged."""
    near_deg = 0.01
    if abs(said.lat + point.lat) < near_deg and abs(said.lon - point.lon) < near_deg:
        return "north and south differ: "
    if abs(said.lon + point.lon) < near_deg and abs(said.lat - point.lat) < near_deg:
        return "east and west differ: "
    if abs(said.lat - point.lon) < near_deg and abs(said.lon - point.lat) < near_deg:
        return "latitude and longitude are exchanged: "
    return ""


def _route(part: parts.RoutePart, words: str) -> Compared:
    legs = [leg for leg in re.split(r";|\n|\bthen\b|\bvia\b|→|->|\bзатем\b|\bثم\b", words) if leg.strip()]
    wrong: list[Compared] = []
    for number, (spot, leg) in enumerate(zip_longest(part.points, legs), start=1):
        if leg is None:
            return Compared(Outcome.INCOMPLETE, f"{len(legs)} points read back, {len(part.points)} were said")
        if spot is None:
            return _differs(f"{len(legs)} points read back, {len(part.points)} were said")
        found = _one_place(spot.at, leg)
        if found.outcome != Outcome.SAME:
            wrong.append(Compared(found.outcome, f"point {number}: {found.words}", found.point, found.gap_m))
    first = next((each for each in wrong if each.outcome == Outcome.DIFFERS), wrong[0] if wrong else None)
    return _SAME if first is None else first


# Times.

_MONTHS: Final = {
    name: number
    for number, names in enumerate(
        (
            "january jan января январь يناير", "february feb февраля февраль فبراير",
            "march mar марта март مارس", "april apr апреля апрель أبريل", "may мая май مايو",
            "june jun июня июнь يونيو", "july jul июля июль يوليو", "august aug августа август أغسطس",
            "september sep sept сентября сентябрь سبتمبر", "october oct октября октябрь أكتوبر",
            "november nov ноября ноябрь نوفمبر", "december dec декабря декабрь ديسمبر",
        ),
        start=1,
    )
    for name in names.split()
}  # fmt: skip
_MONTH = "|".join(sorted(_MONTHS, key=len, reverse=True))
_GROUP = re.compile(rf"\b(\d{{2}})\s?(\d{{2}})(\d{{2}})\s?z\s?({_MONTH})\s?(\d{{2}}|\d{{4}})\b")
_DATES = (
    re.compile(r"\b(?P<y>\d{4})-(?P<m>\d{1,2})-(?P<d>\d{1,2})\b"),
    re.compile(
        rf"\b(?P<d>\d{{1,2}})(?:st|nd|rd|th)?(?: of)?\s?(?P<name>{_MONTH})\b,?(?:\s(?P<y>\d{{4}})\b)?"
    ),
    re.compile(rf"\b(?P<name>{_MONTH})\s(?P<d>\d{{1,2}})(?:st|nd|rd|th)?\b,?(?:\s(?P<y>\d{{4}})\b)?"),
    re.compile(r"\b(?P<d>\d{1,2})\.(?P<m>\d{1,2})\.(?P<y>\d{4})\b"),
)
_ZONE = re.compile(
    r"(?P<utc>\b(?:utc|gmt|zulu)\b|(?<=\d)\s?z\b|\bпо гринвичу\b|\bгринвич\b|\bغرينتش\b)?"
    r"\s*(?P<offset>(?P<sign>[+\u2212-])\s?(?P<h>\d{1,2})(?::?(?P<min>\d{2}))?\b)?"
)
_HALF_DAY = re.compile(r"(?<![a-z])([ap])\.?\s?m\b\.?|\bin the (morning|evening|afternoon)\b|\bat (night)\b")
_CLOCK = re.compile(
    r"(?<![\d.])(?P<h>\d{1,2})\s?[:.h ]\s?(?P<m>\d{2})(?:[:.](?P<s>\d{2}))?(?!\d)|(?<!\d)(?P<hm>\d{4})(?!\d)"
    r"|(?<!\d)(?P<bare>\d{1,2})(?!\d)"
)


def _time(part: parts.TimePart, words: str) -> Compared:
    text = re.sub(r"\b(hours|hrs|часов|часа|час|o'clock|at|on|в)\b|الساعة", " ", in_figures(words))
    text = " ".join(text.split())
    day, text = _date(text)
    offset, text = _offset(text)
    clock = _clock(text)
    if clock is None:
        return _unreadable(words)
    said = part.at.at.astimezone(timezone(offset) if offset is not None else UTC)
    off = _minutes_off(clock, said)
    rounded = said + off if abs(off) <= _half_of(part) else said
    if day is not None and not _same_day(day, rounded.date()):
        return _differs(f"the date heard is {_day_words(day)}, said was {said:%Y-%m-%d}")
    if abs(off) > _half_of(part):
        return _differs(f"heard {clock[0]:02d}:{clock[1]:02d}, said was {said:%H:%M} {_zone_words(offset)}")
    if offset is None:
        return Compared(Outcome.INCOMPLETE, "no zone was read back: UTC, or the offset")
    if day is None and part.at.precision != Precision.HOUR:
        return Compared(Outcome.INCOMPLETE, "no date was read back")
    return _SAME


def _half_of(part: parts.TimePart) -> timedelta:
    """Give by how much a time may be off: half a minute where seconds were said, else nothing."""
    return _MINUTE / 2 if part.at.at.second or part.at.at.microsecond else timedelta(0)


def _zone_words(offset: timedelta | None) -> str:
    return "UTC" if not offset else f"at {timezone(offset)}"


def _date(text: str) -> tuple[tuple[int | None, int, int] | None, str]:
    """Take the date out of a text: year (None where it is not said), month, day; and what is left."""
    grouped = _GROUP.search(text)
    if grouped is not None:
        year = int(grouped[5]) + (2_000 if len(grouped[5]) == 2 else 0)
        rest = f"{text[: grouped.start()]}{grouped[2]}:{grouped[3]} z{text[grouped.end() :]}"
        return (year, _MONTHS[grouped[4]], int(grouped[1])), rest
    for pattern in _DATES:
        match = pattern.search(text)
        if match is not None:
            found = match.groupdict()
            month = _MONTHS[found["name"]] if found.get("name") else int(found["m"])
            year_words = found.get("y")
            rest = f"{text[: match.start()]} {text[match.end() :]}"
            return (int(year_words) if year_words else None, month, int(found["d"])), rest
    return None, text


def _same_day(heard_day: tuple[int | None, int, int], said: date) -> bool:
    year, month, day = heard_day
    return (month, day) == (said.month, said.day) and year in (None, said.year)


def _day_words(day: tuple[int | None, int, int]) -> str:
    year, month, number = day
    return f"{'' if year is None else f'{year}-'}{month:02d}-{number:02d}"


def _offset(text: str) -> tuple[timedelta | None, str]:
    """Take the zone out of a text: UTC, or an offset; None where none was said."""
    for match in _ZONE.finditer(text):
        if match["offset"]:
            size = timedelta(hours=int(match["h"]), minutes=int(match["min"] or 0))
            if size < timedelta(hours=24):
                rest = f"{text[: match.start()]} {text[match.end() :]}"
                return (size if match["sign"] == "+" else -size), rest
        if match["utc"]:
            return timedelta(0), f"{text[: match.start()]} {text[match.end() :]}"
    return None, text


def _clock(text: str) -> tuple[int, int, int] | None:
    """Read hours, minutes and seconds, with the half of the day where it is said."""
    half = _HALF_DAY.search(text)
    text = _HALF_DAY.sub(" ", text)
    match = _CLOCK.search(text.strip())
    if match is None:
        return None
    if match["hm"]:
        hour, minute, second = int(match["hm"][:2]), int(match["hm"][2:]), 0
    else:
        hour, minute = int(match["h"] or match["bare"]), int(match["m"] or 0)
        second = int(match["s"] or 0)
    if half is not None:
        after_noon = half[1] == "p" or half[2] in ("evening", "afternoon") or half[3] == "night"
        if not 1 <= hour <= 12:
            return None if not after_noon or hour > 23 else (hour, minute, second)
        hour = hour % 12 + (12 if after_noon else 0)
    return (hour, minute, second) if hour < 24 and minute < 60 and second < 60 else None


def _minutes_off(clock: tuple[int, int, int], said: datetime) -> timedelta:
    there = timedelta(hours=clock[0], minutes=clock[1], seconds=clock[2])
    here = timedelta(hours=said.hour, minutes=said.minute, seconds=said.second, microseconds=said.microsecond)
    off = (there - here) % timedelta(days=1)
    return off if off <= timedelta(hours=12) else off - timedelta(days=1)


# Heights and distances.

_UNITS: Final = (
    (r"(?:kilomet(?:re|er)s?|kms?|километр(?:а|ов)?|км|كيلومترات|كيلومترا|كيلومتر|كم)", 1_000.0),
    (r"(?:nautical miles?|nm|морск\w+ мил\w+)", 1_852.0),
    (r"(?:statute miles?|miles?|мил[яьи])", 1_609.344),
    (r"(?:feet|foot|ft|фут(?:а|ов)?|قدما|قدم|أقدام)", 0.3048),
    (r"(?:met(?:re|er)s?|m|метр(?:а|ов)?|м|مترا|متر|أمتار)", 1.0),
)
_MEASURED = tuple((re.compile(rf"(\d+(?:\.\d+)?)\s?{unit}(?!\w)"), factor) for unit, factor in _UNITS)
_LEVEL = re.compile(r"\b(?:flight level|fl|эшелон)\s?(\d{2,3})\b")
_DATUMS: Final = (
    (Datum.AGL, r"\bagl\b|above (?:the )?ground|над землей|над землёй|от земли|فوق سطح الأرض|فوق الأرض"),
    (Datum.AMSL, r"\bamsl\b|\bmsl\b|sea level|уровн\w+ моря|سطح البحر"),
    (Datum.WGS84, r"\bwgs ?84\b|ellipsoid|эллипсоид"),
    (Datum.STD, r"\bstd\b|standard|pressure|flight level|\bfl ?\d|эшелон|стандартн"),
)
_ROUNDED = 0.01


def _length(words: str) -> tuple[float, float] | str | None:
    """Read a length: metres and half of one unit of its last digit; words where the unit is missing."""
    text = without_commas(in_figures(words))
    text = re.sub(r"\b(?:wgs ?84)\b", " ", text)
    level = _LEVEL.search(text)
    if level is not None:
        return int(level[1]) * 30.48, 15.24
    for pattern, factor in _MEASURED:
        match = pattern.search(text)
        if match is not None:
            number = heard(match[1])
            if number is not None:
                # In metres, as it was said, no zero at the end is rounding: it may be the digit misheard.
                step = min(number.step, 1.0) if factor == 1.0 else number.step
                return number.value * factor, step * factor / 2.0
    return "no unit was read back: metres, feet or kilometres" if numbers(text) else None


def _same_length(said_m: float, words: str) -> Compared:
    found = _length(words)
    if found is None:
        return _unreadable(words)
    if isinstance(found, str):
        return Compared(Outcome.INCOMPLETE, found)
    value_m, half_m = found
    allowed_m = min(half_m, max(_ROUNDED * abs(said_m), 0.5))
    if abs(value_m - said_m) > allowed_m + 1e-6:
        return _differs(f"heard {value_m:g} m, said was {said_m:g} m")
    return _SAME


def _distance(part: parts.DistancePart, words: str) -> Compared:
    return _same_length(part.distance_m, words)


def _height(part: parts.HeightPart, words: str) -> Compared:
    text = plain(words)
    datums = [datum for datum, pattern in _DATUMS if re.search(pattern, text)]
    said_m, below = part.height.value_m, re.search(r"(?:^|\s)[-−]\s?\d|\bminus\b|\bbelow\b", text)
    if bool(below) != (said_m < 0):
        return _differs("above and below differ")
    compared = _same_length(abs(said_m), re.sub(r"(?:^|\s)[-−](?=\s?\d)", " ", text))
    if compared.outcome != Outcome.SAME or part.height.datum == Datum.UNKNOWN:
        return compared
    if not datums:
        return Compared(Outcome.INCOMPLETE, f"no datum was read back; said was {part.height.datum.value}")
    if datums != [part.height.datum]:
        return _differs(f"the datum heard is {datums[0].value}, said was {part.height.datum.value}")
    return _SAME


# Counts, banks, call signs.

_KINDS: Final = (
    ("vehicle", "vehicles", "car", "cars", "машина", "машины", "машин", "автомобиль", "автомобилей", "مركبة",
     "مركبات", "سيارة", "سيارات"),
    ("person", "persons", "people", "человек", "человека", "люди", "людей", "шخص", "شخصا", "أشخاص", "شخص"),
    ("fighter", "fighters", "боец", "бойца", "бойцов", "مقاتل", "مقاتلا", "مقاتلين"),
    ("aircraft", "самолет", "самолёт", "самолетов", "самолётов", "самолета", "самолёта", "طائرة", "طائرات"),
    ("convoy", "convoys", "колонна", "колонны", "колонн", "قافلة", "قوافل"),
    ("truck", "trucks", "lorry", "lorries", "грузовик", "грузовика", "грузовиков", "شاحنة", "شاحنات"),
)  # fmt: skip
_FILLING = frozenset(
    [
        "a",
        "an",
        "the",
        "of",
        "about",
        "around",
        "roughly",
        "approximately",
        "примерно",
        "около",
        "حوالي",
        "تقريبا",
        "from",
        "to",
        "between",
        "and",
        "in",
        "all",
        "total",
        "up",
        "is",
        "are",
        "there",
        "count",
        "number",
        "от",
        "до",
        "и",
        "всего",
        "من",
        "إلى",
        "و",
    ]
)


def _count(part: parts.CountPart, words: str) -> Compared:
    text = without_commas(in_figures(words))
    found = sorted(number.value for number in numbers(text))
    wanted = [float(part.low)] if part.high is None else [float(part.low), float(part.high)]
    if not found:
        none = {"none", "no", "nil", "нет", "لا"} & set(text.split())
        if not none:
            return _unreadable(words)
        found = [0.0]
    if found != wanted:
        said = f"{part.low}" if part.high is None else f"{part.low} to {part.high}"
        return _differs(f"heard {' and '.join(f'{value:g}' for value in found)}, said was {said} {part.unit}")
    units = [word for word in re.findall(r"[^\W\d_]+", text) if word not in _FILLING | {"none", "no", "nil"}]
    if units and not _same_unit(units, re.findall(r"[^\W\d_]+", plain(part.unit))):
        return _differs(f"heard {' '.join(units)}, said was {part.unit}")
    return _SAME


def _same_unit(heard_words: list[str], said_words: list[str]) -> bool:
    return {_kind(word) for word in heard_words} == {_kind(word) for word in said_words}


def _kind(word: str) -> str:
    for kind in _KINDS:
        if word in kind:
            return kind[0]
    return word.removesuffix("s") if len(word) > 3 else word


_BANKS: Final = {
    parts.Bank.EAST: r"\beast(?:ern)?\b|восток|восточн|شرق",
    parts.Bank.WEST: r"\bwest(?:ern)?\b|запад|غرب",
    parts.Bank.NORTH: r"\bnorth(?:ern)?\b|север|شمال",
    parts.Bank.SOUTH: r"\bsouth(?:ern)?\b|\bюг\b|южн|جنوب",
    parts.Bank.LEFT: r"\bleft\b|лев|يسار|أيسر|يسرى",
    parts.Bank.RIGHT: r"\bright\b|прав|يمين|أيمن|يمنى",
}


def _bank(part: parts.BankPart, words: str) -> Compared:
    text = plain(words)
    found = [bank for bank, pattern in _BANKS.items() if re.search(pattern, text)]
    if not found:
        return _unreadable(words)
    if re.search(r"\bnot\b|\bне\b|\bليس", text) or found != [part.bank]:
        return _differs(f"heard {' and '.join(bank.value for bank in found)}, said was {part.bank.value}")
    return _SAME


def _call_sign(part: parts.CallSignPart, words: str) -> Compared:
    said, found = letters_of(part.call_sign), letters_of(words)
    if not found:
        return _unreadable(words)
    return _SAME if said == found else _differs(f"heard {found}, said was {said}")


_BY_PART: Final[dict[type[Struct], Callable[[Any, str], Compared]]] = {
    parts.PlacePart: _place,
    parts.TimePart: _time,
    parts.HeightPart: _height,
    parts.RoutePart: _route,
    parts.CountPart: _count,
    parts.BankPart: _bank,
    parts.DistancePart: _distance,
    parts.CallSignPart: _call_sign,
}


def readings(part: parts.Part, words: str) -> Iterator[Reading]:
    """Give the positions that were heard, to be plotted while they are typed."""
    if isinstance(part, parts.PlacePart | parts.RoutePart):
        for said in re.split(r";|\bthen\b", words):
            reading = position(said)
            if reading is not None:
                yield reading


__all__ = ["COARSEST_M", "Compared", "Heard", "Outcome", "compare", "position", "readings"]
