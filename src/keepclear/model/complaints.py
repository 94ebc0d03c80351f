"""A decoder's complaint in plain words: what a value would have to be, in place of its types and patterns."""

from __future__ import annotations

import re

DOCUMENTED = "a value of the documented type"
_LENGTH = re.compile(r"^Expected `(?P<type>str|array|object)` of length (?P<bound><=|>=) (?P<count>\d+)$")
_BOUND = re.compile(r"^Expected `(?P<type>int|float)` (?P<bound><=|>=|<|>) (?P<number>-?[\d.]+)$")
_TYPE = re.compile(r"^Expected `(?P<wanted>[^`]+)`, got `(?P<got>[^`]+)`$")
_PATTERN = re.compile(r"^Expected `str` matching regex '(?P<pattern>.*)'$", re.DOTALL)
_SHORT_ID = r"^[A-Za-z][A-Za-z0-9_-]{0,31}$"
_LIMIT = {"<=": "at most", ">=": "at least", "<": "less than", ">": "more than"}
_NAMED = {"str": "text", "int": "whole number", "float": "number", "array": "list", "object": "object",
          "bool": "true or false", "null": "nothing"}  # fmt: skip
_COUNTED = {"str": "sign", "array": "item", "object": "field"}
_UNITS = {"_s": "seconds", "_m": "metres", "_mps": "metres per second", "_deg": "degrees"}


def plain(complaint: str, field: str = "") -> tuple[str, str]:
    """Say what is wrong with a value, and what would pass, without the words of the program.

    Args:
        complaint: the decoder's own words, without the path of the field.
        field: the field's name or path; its ending tells the unit, as in within_s.

    Returns:
        What was wrong, and what would pass; the decoder's own words where they are of another form.
    """
    if found := _LENGTH.match(complaint):
        return _length(found["type"], found["bound"], int(found["count"]))
    if found := _BOUND.match(complaint):
        passes = f"a {_NAMED[found['type']]}{_unit(field)}, {_LIMIT[found['bound']]} {found['number']}"
        return ("it is out of range", passes)
    if found := _TYPE.match(complaint):
        wanted = " or ".join(_NAMED.get(word.strip(), word.strip()) for word in found["wanted"].split("|"))
        return (f"it is a {_NAMED.get(found['got'], found['got'])}", wanted)
    if found := _PATTERN.match(complaint):
        short = found["pattern"].startswith(_SHORT_ID)
        passes = (
            'a letter, then up to 31 letters, digits, "-" or "_"'
            if short
            else "a text of its documented form"
        )
        return ("it is not of the form that is asked", passes)
    return (complaint, DOCUMENTED)


def _length(sort: str, bound: str, count: int) -> tuple[str, str]:
    counted = f"{count} {_COUNTED[sort]}{'' if count == 1 else 's'}"
    wrong = (
        "it is empty"
        if (bound, count) == (">=", 1)
        else "it is too short"
        if bound == ">="
        else "it is too long"
    )
    return (wrong, f"a {_NAMED[sort]} of {_LIMIT[bound]} {counted}")


def _unit(field: str) -> str:
    unit = next((words for ending, words in _UNITS.items() if field.endswith(ending)), "")
    return f" of {unit}" if unit else ""
