"""A decoder's complaint in plain words: what a value would have to be, in place of its types and patterns."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from msgspec import inspect

DOCUMENTED = "a value of the documented type"
_LENGTH = re.compile(r"^Expected `(?P<type>str|array|object)` of length (?P<bound><=|>=) (?P<count>\d+)$")
_BOUND = re.compile(r"^Expected `(?P<type>int|float)` (?P<bound><=|>=|<|>) (?P<number>-?[\d.]+)$")
_TYPE = re.compile(r"^Expected `(?P<wanted>[^`]+)`, got `(?P<got>[^`]+)`$")
_PATTERN = re.compile(r"^Expected `str` matching regex '(?P<pattern>.*)'$", re.DOTALL)
_MISSING = re.compile(r"^Object missing required field `(?P<name>[^`]+)`$")
_SHORT_ID = r"^[A-Za-z][A-Za-z0-9_-]{0,31}$"
_PART: Final = re.compile(r"\[[^\]]*\]|[^.\[\]]+")
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
    if found := _MISSING.match(complaint):
        return (f'it has no "{found["name"]}"', f'"{found["name"]}" beside what it has')
    return (complaint, DOCUMENTED)


def choices(shape: object, field: str) -> str:
    """List the words that a field of a type takes; "" where that is no closed set, or not one alone.

    Args:
        shape: the type that was to be read.
        field: the path of the field in it, as in `body.legs[0].kind`.
    """
    nodes = list(_spread(inspect.type_info(shape)))
    for part in _PART.findall(field):
        nodes = [each for node in nodes for below in _below(node, part) for each in _spread(below)]
    # A field of this name may stand in several kinds, each with words of its own: then none is promised.
    closed = {node.cls for node in nodes if isinstance(node, inspect.EnumType)}
    return ", ".join(str(each.value) for each in closed.pop()) if len(closed) == 1 else ""


def _spread(node: inspect.Type) -> Iterator[inspect.Type]:
    if isinstance(node, inspect.Metadata):
        yield from _spread(node.type)
    elif isinstance(node, inspect.UnionType):
        for each in node.types:
            yield from _spread(each)
    else:
        yield node


def _below(node: inspect.Type, part: str) -> Iterator[inspect.Type]:
    match node:
        case inspect.StructType():
            yield from (field.type for field in node.fields if field.encode_name == part)
        case inspect.ListType() | inspect.VarTupleType():
            yield node.item_type
        case inspect.DictType():
            yield node.value_type


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
