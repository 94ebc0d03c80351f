"""Single values read aloud: with their unit, datum and what was not stated."""

from __future__ import annotations

import pytest
from tests.building import CENTRE, boundary, count, minute, spot, zone

from keepclear.geo.shapes import Circle, Corridor, Path, Point, Polygon, Ring, Spot
from keepclear.geo.volumes import Altitude, Datum, Volume
from keepclear.model.hotline import Text
from keepclear.model.words import Place
from keepclear.times import Window
from keepclear.views.wording import (
    area_outline,
    area_words,
    belt,
    count_words,
    heights_words,
    place_outline,
    place_words,
    shape_outline,
    shortened,
    text_words,
    windows_words,
)


def test_a_long_text_is_cut_at_a_word():
    assert shortened("  two\n words ") == "two words"
    cut = shortened("word " * 50)
    assert cut.endswith("word …")
    assert len(cut) <= 92


@pytest.mark.parametrize(
    ("area", "words"),
    [
        (Spot(CENTRE, 250.0), "lat 33.5058, lon 38.6178, good to 250 m"),
        (Circle(CENTRE, 55_000.0), "within 55.0 km of lat 33.5058, lon 38.6178"),
        (Ring(CENTRE, 7_000.0, 12_000.0), "7.0 km to 12.0 km from lat 33.5058, lon 38.6178"),
        (
            Polygon((Point(1.0, 1.0), Point(2.0, 1.0), Point(2.0, 2.0), Point(1.0, 1.0))),
            "area of 3 corners, first lat 1.0000, lon 1.0000",
        ),
        (
            Corridor((Point(1.0, 1.0), Point(1.0, 2.0)), 500.0),
            "corridor from lat 1.0000, lon 1.0000 to lat 2.0000, lon 1.0000, 500 m to either side",
        ),
    ],
)
def test_every_area_reads_aloud_and_can_be_drawn(area, words):
    assert area_words(area) == words
    assert area_outline(area)["type"] == "Polygon"


def test_an_exact_position_is_drawn_as_a_point():
    assert area_outline(Spot(CENTRE, 0.0)) == {"type": "Point", "coordinates": [38.61778, 33.50583]}


def test_a_place_says_its_words_before_its_coordinates():
    assert (
        place_words(spot(38.6, 33.5, 100.0, "At Tanf")) == "At Tanf (lat 33.5000, lon 38.6000, good to 100 m)"
    )
    assert place_words(Place("At Tanf")) == "At Tanf"
    assert place_words(None) == ""


def test_a_withheld_place_gives_nothing_away():
    hidden = Place(withheld=True)
    assert place_words(hidden) == "place withheld"
    assert place_outline(hidden) is None


def test_heights_name_their_datum_and_what_was_not_stated():
    assert heights_words(None, None) == "all heights (none stated)"
    assert heights_words(Altitude(500.0, Datum.AGL), None) == (
        "from 500 m above the ground, no ceiling stated"
    )
    assert "datum not stated" in heights_words(Altitude(1.0, Datum.UNKNOWN), None)


def test_windows_are_said_once_each():
    area = Circle(CENTRE, 50.0)
    window = Window(minute(0), minute(60))
    volumes = (Volume(area, window=window), Volume(area, window=window), Volume(area))
    assert windows_words(volumes) == "from 2018-02-01 08:00Z until 2018-02-01 09:00Z; no times stated"
    assert windows_words(()) == "no times stated"


def test_the_words_first_written_are_shown_not_a_translation():
    texts = (Text("stop", "en", translation=True), Text("стойте", "ru"))
    assert text_words(texts) == "стойте"
    assert text_words(texts[:1]) == "stop"


def test_a_count_that_nobody_gave_is_empty_not_zero():
    assert count_words(None) == ""
    assert count_words(count(0, 0)) == "0"


def test_only_a_boundary_with_a_tolerance_has_a_belt():
    assert belt(boundary()) is not None
    assert belt(boundary(tolerance_m=None)) is None
    assert belt(zone(tolerance_m=100.0)) is None


def test_a_measure_without_a_shape_is_not_drawn():
    body = zone(shape=None)
    assert shape_outline(body.shape, body) is None
    line = boundary(shape=Path((Point(1.0, 1.0), Point(2.0, 2.0))))
    assert shape_outline(line.shape, line) == {
        "type": "LineString",
        "coordinates": [[1.0, 1.0], [2.0, 2.0]],
    }
