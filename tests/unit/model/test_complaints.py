"""What a decoder complains of is said in plain words: what would pass, and no pattern of the program."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import msgspec
import pytest

from keepclear.model.complaints import DOCUMENTED, choices, plain
from keepclear.model.words import Code


class _Sample(msgspec.Struct, forbid_unknown_fields=True):
    name: Annotated[str, msgspec.Meta(min_length=1, max_length=3)] = "x"
    party: Code = "COA"
    within_s: Annotated[int, msgspec.Meta(ge=60)] = 60
    to: Annotated[tuple[str, ...], msgspec.Meta(min_length=1)] = ("x",)


@pytest.mark.parametrize(
    ("given", "passes"),
    [
        ({"name": ""}, "a text of at least 1 sign"),
        ({"name": "long words"}, "a text of at most 3 signs"),
        ({"party": "A B"}, 'a letter, then up to 31 letters, digits, "-" or "_"'),
        ({"within_s": -300}, "a whole number of seconds, at least 60"),
        ({"to": []}, "a list of at least 1 item"),
        ({"name": 3}, "text"),
    ],
)
def test_each_complaint_of_the_decoder_says_what_would_pass(given, passes):
    with pytest.raises(msgspec.ValidationError) as raised:
        msgspec.convert(given, _Sample)
    complaint, _, path = str(raised.value).partition(" - at ")
    wrong, accepted = plain(complaint, path.strip("`"))
    assert accepted == passes
    assert "`" not in f"{wrong}{accepted}"
    assert "regex" not in wrong


def test_words_of_another_form_are_left_as_they_are():
    assert plain("Invalid enum value 'x'") == ("Invalid enum value 'x'", DOCUMENTED)


class _Colour(StrEnum):
    RED = "red"
    BLUE = "blue"


class _Size(StrEnum):
    SMALL = "small"


class _Part(msgspec.Struct, tag="part"):
    kind: _Colour | None = None


class _Other(msgspec.Struct, tag="other"):
    kind: _Size = _Size.SMALL
    name: str = ""


class _Whole(msgspec.Struct):
    parts: tuple[_Part, ...] = ()
    named: dict[str, _Part] = {}
    any: _Part | _Other | None = None


@pytest.mark.parametrize(
    ("field", "words"),
    [
        ("parts[0].kind", "red, blue"), ("parts[...].kind", "red, blue"), ("named[...].kind", "red, blue"),
        ("any.kind", ""), ("any.name", ""), ("none.kind", ""), ("", ""),
    ],
)  # fmt: skip
def test_the_words_of_a_closed_set_are_listed_where_there_is_one_alone(field, words):
    assert choices(_Whole, field) == words


def test_what_is_missing_is_named():
    wrong, passes = plain("Object missing required field `fixes`")
    assert (wrong, passes) == ('it has no "fixes"', '"fixes" beside what it has')
