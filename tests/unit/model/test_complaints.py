"""What a decoder complains of is said in plain words: what would pass, and no pattern of the program."""

from __future__ import annotations

from typing import Annotated

import msgspec
import pytest

from keepclear.model.complaints import DOCUMENTED, plain
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
