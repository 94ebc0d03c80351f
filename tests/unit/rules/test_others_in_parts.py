"""Where others are, in the parts of a message: a cell and a band, never a point or a number (LIM-08)."""

from __future__ import annotations

import pytest
from tests.building_node import house, message, spot


def place(accuracy_m=10.0, **more):
    return {"part": "place", "name": "place", "place": spot(accuracy_m=accuracy_m), **more}


@pytest.fixture(scope="module")
def desk():
    with house() as made:
        yield made


def test_ones_own_place_is_told_exactly(desk):
    desk.try_tell("COA", message("RUS", words="Stop", parts=[place(of_party="COA")]), "RUS").ok(201)
    desk.try_tell("COA", message("RUS", words="Stop", parts=[place()]), "RUS").ok(201)


def test_anothers_place_is_a_cell_of_a_kilometre(desk):
    exact = message("RUS", words="Whose?", parts=[place(of_party="PGF")])
    desk.try_tell("COA", exact, "RUS").refused("LIM-08", 403)
    desk.try_tell("COA", message("RUS", words="Whose?", parts=[place(1_000.0, of_party="PGF")]), "RUS").ok(
        201
    )


def test_a_place_that_nobody_claims_is_a_cell_where_the_words_name_somebody_else(desk):
    named = message("SDF", words="Pro-government forces stand there.", parts=[place()])
    desk.try_tell("COA", named, "SDF").refused("LIM-08", 403)
    own = message("SDF", words="Pro-government forces come towards us.", parts=[place(of_party="COA")])
    desk.try_tell("COA", own, "SDF").ok(201)


def test_a_route_of_others_is_no_live_track_either(desk):
    route = {"part": "route", "name": "route", "points": [spot(accuracy_m=10.0), spot(40.4, 35.3, 10.0)]}
    asked = message("RUS", words="Whose?", parts=[{**route, "of_party": "PGF"}])
    desk.try_tell("COA", asked, "RUS").refused("LIM-08", 403)
    desk.try_tell("COA", message("RUS", words="We pass.", parts=[{**route, "of_party": "COA"}]), "RUS").ok(
        201
    )


def test_others_are_counted_in_bands(desk):
    count = {"part": "count", "name": "count", "low": 20, "unit": "vehicles", "of_party": "PGF"}
    desk.try_tell("COA", message("RUS", words="Whose?", parts=[count]), "RUS").refused("LIM-08", 403)
    desk.try_tell("COA", message("RUS", words="Whose?", parts=[{**count, "high": 40}]), "RUS").ok(201)


def test_two_parts_of_one_name_and_an_edited_message_are_refused(desk):
    desk.try_tell("COA", message("RUS", parts=[place(), place()]), "RUS").refused("part-names", 422)
    sent = desk.tell("COA", message("RUS"), "RUS")
    edited = message("RUS", words="otherwise")
    desk.try_tell("COA", edited, "RUS", subject=sent["subject"]).refused("never-edited", 422)
