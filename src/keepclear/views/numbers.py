"""Numbers as people say them: digits one by one, number words of three languages, and how exact they are."""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal, InvalidOperation
from typing import Final

from msgspec import Struct

_DIGITS: Final = {
    "zero": 0, "oh": 0, "nought": 0, "one": 1, "wun": 1, "two": 2, "too": 2, "three": 3, "tree": 3,
    "four": 4, "fower": 4, "five": 5, "fife": 5, "six": 6, "seven": 7, "eight": 8, "ait": 8, "nine": 9,
    "niner": 9,
    "ноль": 0, "нуль": 0, "один": 1, "одна": 1, "одно": 1, "два": 2, "две": 2, "три": 3, "четыре": 4,
    "пять": 5, "шесть": 6, "семь": 7, "восемь": 8, "девять": 9,
    "صفر": 0, "واحد": 1, "واحدة": 1, "اثنان": 2, "اثنين": 2, "ثلاثة": 3, "ثلاث": 3, "أربعة": 4, "أربع": 4,
    "خمسة": 5, "خمس": 5, "ستة": 6, "ست": 6, "سبعة": 7, "سبع": 7, "ثمانية": 8, "ثماني": 8, "تسعة": 9,
    "تسع": 9,
}  # fmt: skip
_TEENS: Final = {
    "ten": 10, "eleven": 11, "twelve": 12, "thirteen": 13, "fourteen": 14, "fifteen": 15, "sixteen": 16,
    "seventeen": 17, "eighteen": 18, "nineteen": 19,
    "десять": 10, "одиннадцать": 11, "двенадцать": 12, "тринадцать": 13, "четырнадцать": 14,
    "пятнадцать": 15, "шестнадцать": 16, "семнадцать": 17, "восемнадцать": 18, "девятнадцать": 19,
    "عشرة": 10, "عشر": 10,
}  # fmt: skip
_TENS: Final = {
    "twenty": 20, "thirty": 30, "forty": 40, "fourty": 40, "fifty": 50, "sixty": 60, "seventy": 70,
    "eighty": 80, "ninety": 90,
    "двадцать": 20, "тридцать": 30, "сорок": 40, "пятьдесят": 50, "шестьдесят": 60, "семьдесят": 70,
    "восемьдесят": 80, "девяносто": 90,
    "عشرون": 20, "عشرين": 20, "ثلاثون": 30, "ثلاثين": 30, "أربعون": 40, "أربعين": 40, "خمسون": 50,
    "خمسين": 50, "ستون": 60, "ستين": 60, "سبعون": 70, "سبعين": 70, "ثمانون": 80, "ثمانين": 80,
    "تسعون": 90, "تسعين": 90,
}  # fmt: skip
_HUNDREDS: Final = {
    "сто": 100, "двести": 200, "триста": 300, "четыреста": 400, "пятьсот": 500, "шестьсот": 600,
    "семьсот": 700, "восемьсот": 800, "девятьсот": 900, "مئة": 100, "مائة": 100, "مئتان": 200, "مئتين": 200,
}  # fmt: skip
_TIMES: Final = {
    "hundred": 100, "thousand": 1_000, "тысяча": 1_000, "тысячи": 1_000, "тысяч": 1_000, "ألف": 1_000,
    "آلاف": 1_000,
}  # fmt: skip
_POINT: Final = frozenset({"decimal", "point", "dot", "запятая", "точка", "целых", "فاصلة"})
_JOINING: Final = frozenset({"and", "и"})
_THOUSANDS = re.compile(r"(?<![\d.,])(\d{1,3})((?:[,\u00a0\u202f' ]\d{3})+)(?![\d,])")
_DECIMAL_COMMA = re.compile(r"(?<=\d),(?=\d)")
_WORD = re.compile(r"\d+(?:\.\d+)?|[^\W\d_]+(?:'[^\W\d_]+)?|[^\w\s]|_", re.UNICODE)
_FIGURES = re.compile(r"\d+(?:\.\d+)?")
_POINT_SAID = re.compile(rf"(?<=\d) (?:{'|'.join(sorted(_POINT))}) (?=\d)")
_ARABIC_PAIR = re.compile(rf"\b({'|'.join(sorted(_DIGITS))})\s+و\s?({'|'.join(sorted(_TENS))})\b")


class Heard(Struct, frozen=True):
    """A number as it was said: its value, and one unit of its last digit, by which it may have been rounded.

    Zeros at the end of a whole number may be rounding: of 1200 the last digit counts as a hundred.
    """

    value: float
    step: float


def plain(text: str) -> str:
    """Give text in one writing: digits of any script as 0–9, small letters, one space, no tatweel."""
    made = unicodedata.normalize("NFKC", text).replace("\u0640", "").casefold()
    made = "".join(str(unicodedata.digit(char)) if char.isdigit() else char for char in made)
    return " ".join(made.replace("٫", ".").split())


def in_figures(text: str) -> str:
    """Give plain text with its number words as figures; figures said one by one become one number.

    "three three decimal five" gives "33.5", "twelve hundred" 1200, "one zero thousand" 10000.
    """
    if not is_worded(text):
        return _tidy(plain(text))
    made: list[str] = []
    run: list[str] = []
    for word in _WORD.findall(_ARABIC_PAIR.sub(r"\2 \1", plain(text)).replace("-", " ")):
        if _counts(word) or (run and word in _POINT) or (run and word in _JOINING):
            run.append(word)
            continue
        made += _said(run)
        run = []
        made.append(word)
    made += _said(run)
    return _tidy(" ".join(made))


def heard(figures: str) -> Heard | None:
    """Read one number in figures; None where it is none."""
    tidy = without_commas(figures)
    if _FIGURES.fullmatch(tidy) is None:
        return None
    try:
        value = Decimal(tidy)
    except InvalidOperation:
        return None
    decimals = len(tidy.partition(".")[2])
    if decimals:
        return Heard(float(value), 10.0**-decimals)
    stripped = tidy.rstrip("0")
    zeros = len(tidy) - len(stripped) if stripped else 0
    return Heard(float(value), 10.0**zeros)


def without_commas(figures: str) -> str:
    """Give figures without the marks that group thousands, and with a point before decimals."""
    joined = _THOUSANDS.sub(lambda found: found[1] + re.sub(r"\D", "", found[2]), figures)
    return _DECIMAL_COMMA.sub(".", joined)


def numbers(text: str) -> list[Heard]:
    """Give the numbers that a text says, in figures or in words, in their order."""
    found = (heard(figures) for figures in _FIGURES.findall(without_commas(in_figures(text))))
    return [number for number in found if number is not None]


def is_worded(text: str) -> bool:
    """Tell whether any number word stands in a text, so that a hyphen joins words and is no minus sign."""
    return any(
        _counts(word) and not word.isdecimal() for word in _WORD.findall(plain(text).replace("-", " "))
    )


def _counts(word: str) -> bool:
    known = (_DIGITS, _TEENS, _TENS, _HUNDREDS, _TIMES)
    return any(word in table for table in known)


def _tidy(text: str) -> str:
    text = _POINT_SAID.sub(".", text)
    text = re.sub(r"\s+([,.;:'\"°)])", r"\1", text)
    return re.sub(r"(?<=\d)([.,:]) (?=\d)", r"\1", re.sub(r"([(]) ", r"\1", text))


def _said(run: list[str]) -> list[str]:
    """Turn one run of number words into figures: a whole, and what follows the point digit by digit."""
    while run and run[-1] in _JOINING | _POINT:
        run = run[:-1]
    if not run:
        return []
    point = next((n for n, word in enumerate(run) if word in _POINT), len(run))
    wholes = _whole([word for word in run[:point] if word not in _JOINING])
    if point == len(run):
        return wholes
    decimals = "".join(_whole([word for word in run[point + 1 :] if word not in _JOINING | _POINT]))
    return [*wholes[:-1], f"{wholes[-1] if wholes else '0'}.{decimals}"]


class _Reckoner:
    """Adds up the words of whole numbers; a word that cannot belong to the number begins the next one."""

    def __init__(self) -> None:
        self.found: list[str] = []
        self._clear()

    def _clear(self) -> None:
        self._total, self._group, self._digits, self._some = 0, 0, "", False

    def close(self) -> None:
        """End the number that has been said so far."""
        if self._digits and not self._total and not self._group:
            self.found.append(self._digits)
        elif self._some:
            self.found.append(str(self._total + self._group + int(self._digits or 0)))
        self._clear()

    def take(self, word: str) -> None:
        """Take one number word."""
        if word in _DIGITS:
            self._digit(_DIGITS[word])
        elif word in _TIMES:
            self._multiply(_TIMES[word])
        else:
            self._add({**_TEENS, **_TENS, **_HUNDREDS}[word])
        self._some = True

    def _digit(self, digit: int) -> None:
        if self._group % 10 or 0 < self._group % 100 < 20 or ((self._group or self._total) and self._digits):
            self.close()
        self._digits += str(digit)

    def _multiply(self, times: int) -> None:
        value = self._group + int(self._digits or 0) or 1
        self._digits = ""
        if times == 1_000:
            self._total, self._group = self._total + value * 1_000, 0
        else:
            self._group = value * 100

    def _add(self, value: int) -> None:
        if self._digits and (self._group or self._total):
            self._group, self._digits = self._group + int(self._digits), ""
        room = 10 ** (len(str(self._group)) - len(str(self._group).rstrip("0")))
        if self._digits or (self._group and value >= room):
            self.close()
        self._group += value


def _whole(words: list[str]) -> list[str]:
    """Give the whole numbers in words: several where a second one begins, as in "twenty twenty"."""
    reckoner = _Reckoner()
    for word in words:
        reckoner.take(word)
    reckoner.close()
    return reckoner.found
