"""Templates of the package: read from its file, filled from parts, refused with what is missing."""

from __future__ import annotations

import pytest

from keepclear.errors import NotKnown, Refused
from keepclear.geo.figures import Point, Spot
from keepclear.model.parts import Bank, BankPart, DistancePart, PlacePart
from keepclear.model.templates import placeholders
from keepclear.service.templates import filled, template, templates

STEP_BACK = (
    PlacePart("place", Spot(Point(lon=40.3, lat=35.3), 2_000.0)),
    BankPart("bank", Bank.EAST),
    DistancePart("distance", 3_000.0),
)


def test_every_template_has_the_same_places_in_each_language():
    assert len(templates()) >= 7
    for each in templates():
        assert list(each.texts) == ["en", "ru", "ar"]
        assert len({frozenset(placeholders(text)) for text in each.texts.values()}) == 1, each.name


def test_a_missing_part_is_named():
    with pytest.raises(Refused, match="without time"):
        filled(template("ground step back"), ("RUS",), ("ru",), STEP_BACK)


def test_values_stand_in_each_language_in_its_own_words():
    found = filled(template("hotline check"), ("RUS",), ("ar",), ())
    assert [text.lang for text in found.texts] == ["en", "ar"]
    assert all(text.template_hash for text in found.texts)
    with pytest.raises(NotKnown):
        template("hotline check").wording("fr")
    with pytest.raises(NotKnown):
        template("none")


def test_words_that_change_have_another_hash():
    wording = template("hotline check").wording("en")
    assert wording.text_hash != type(wording)("en", wording.text + " ").text_hash
