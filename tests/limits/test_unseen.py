"""Empty and invisible content: names and words in which nothing can be seen, and areas that are none."""

from __future__ import annotations

import pytest
from tests.building_node import circle, message, notice, remark, zone

BLANK = (" ", "\t \n", "\u200b", "\u200b\u200d\ufeff", "\u3164", "\u2800", "\u00a0\u2003",
         "".join(chr(0xE0000 + ord(sign)) for sign in "zone"), "\u0301", "\u202e")  # fmt: skip


@pytest.mark.parametrize("words", BLANK)
def test_words_in_which_nothing_can_be_seen_are_refused(syria, words):
    before = syria.size()
    for body, field in (
        (zone(words), "body.name"),
        (notice(words), "body.what"),
        (remark(words), "body.text"),
        (message("RUS", words=words), "body.texts[0].words"),
    ):
        answer = syria.try_tell("COA", body, "RUS").refused("visible-words", 400)
        assert answer.json["field"] == field
    assert syria.size() == before


@pytest.mark.parametrize(
    "words",
    ["\u200f\u0645\u0646\u0637\u0642\u0629", "\u0645\u06cc\u200c\u062e\u0648", "👍", "Zone\u200b", "Ngữ",
     "\u05e9\u05c1\u05b8\u05dc\u05d5\u05b9\u05dd", "ไม่"],
)  # fmt: skip
def test_words_that_can_be_seen_pass_in_every_script(syria, words):
    assert syria.try_tell("COA", remark(words), "RUS").status == 201


def test_a_tower_of_accents_is_refused_and_what_scripts_write_is_not(syria):
    answer = syria.try_tell("COA", zone("Zone" + "\u0301" * 9), "RUS").refused("combining-marks", 400)
    assert answer.json["field"] == "body.name"
    syria.try_tell("COA", zone("Z" + "\u0301\u200b" * 9), "RUS").refused("combining-marks", 400)
    assert syria.try_tell("COA", zone("Zone" + "\u0301" * 8), "RUS").status == 201


@pytest.mark.parametrize("radius_m", [0.0, 1e-9, 0.999])
def test_a_circle_of_less_than_a_metre_is_no_circle_in_any_kind(syria, radius_m):
    syria.try_tell("COA", zone(shape=circle(radius_m=radius_m))).refused("length", 400)
    syria.try_tell("COA", notice("x", circle(radius_m=radius_m))).refused("length", 400)
    ring = {"shape": "ring", "center": {"lon": 40.3, "lat": 35.3}, "inner_m": 0.0, "outer_m": radius_m}
    syria.try_tell("COA", zone(shape=ring)).refused("length", 400)
