"""Where a place lies: inside, outside, on which bank, or undetermined, always with the distance."""

from __future__ import annotations

import pytest
from tests.building import COVERING, boundary, minute, spot, stamp_at, stance, zone

from keepclear.geo.shapes import Circle, Clip, Path, Point, Polygon, Side
from keepclear.model.measures import Banks, Stance
from keepclear.model.telling import Revoked
from keepclear.model.words import Place
from keepclear.times import Window
from keepclear.views.sides import accuracy_m, known_measures, side_tests, within

CLIP = Clip(Path((Point(36.8340, 32.3134), Point(38.7923, 33.3736), Point(41.0064, 34.4194))), Side.LEFT)
BANKS = Banks("east", "west")


def found_at(world, place, about=(), party="COA", at=1_000):
    return side_tests(known_measures(world.picture(party)), place, stamp_at(at).span(), about)


def one(world, place, about=()):
    found = found_at(world, place, about)
    assert len(found) == 1
    return found[0]


def test_acc_21_the_patrol_lies_outside_the_zone(world):
    world.tell("COA", zone())
    found = one(world, spot(39.0774, 33.8865, 500.0))
    assert found.answer == "outside"
    assert found.distance_m == pytest.approx(5_000, abs=300)
    assert found.accuracy_m == 500.0
    assert "position good to 500 m" in found.words
    assert found.words.startswith("At Tanf zone: outside, 5.0 km from its edge")


def test_acc_21_twin_at_54_km_it_lies_inside(world):
    world.tell("COA", zone())
    assert one(world, spot(39.0316, 33.8487, 500.0)).answer == "inside"


def test_a_position_that_may_lie_on_either_side_of_the_edge_is_undetermined(world):
    world.tell("COA", zone())
    assert one(world, spot(38.1026, 33.7521, 500.0)).answer == "undetermined"
    assert one(world, spot(38.1026, 33.7521, 10.0)).answer == "outside"


def test_scn_1_12_a_point_beyond_the_clip_is_not_inside(world):
    world.tell("COA", zone(clips=(CLIP,)))
    found = one(world, spot(38.92130, 33.25044, 100.0))
    assert found.answer == "outside"
    assert "the limit where it is cut off" in found.words


def test_scn_1_12_twin_without_the_clip_it_is(world):
    world.tell("COA", zone())
    assert one(world, spot(38.92130, 33.25044, 100.0)).answer == "inside"


def test_scn_2_14_the_side_test_says_bank_distance_and_tolerance(world):
    world.tell("COA", boundary(banks=BANKS, basis="declared"))
    found = one(world, spot(40.30944, 35.33611, 100.0))
    assert found.answer == "east"
    assert found.distance_m == pytest.approx(9_800, abs=100)
    assert (found.tolerance_m, found.accuracy_m) == (2_500.0, 100.0)
    assert found.words == (
        "Euphrates boundary: east, 9.8 km from it (position good to 100 m, tolerance of the boundary 2.5 km)"
    )


def test_the_other_bank_bears_the_other_name(world):
    world.tell("COA", boundary(banks=BANKS, basis="declared"))
    assert one(world, spot(40.0, 35.2, 100.0)).answer == "west"


def test_a_bank_is_read_by_its_name_and_an_unnamed_one_by_its_side(world):
    first = world.tell("COA", boundary(banks=Banks("east bank", "west bank"), basis="declared"))
    assert one(world, spot(40.30944, 35.33611)).words.startswith("Euphrates boundary: east bank, 9.8 km")
    world.tell("COA", boundary(basis="declared"), subject=first.subject)
    assert one(world, spot(40.30944, 35.33611)).answer == "left side"


def test_within_tolerance_no_bank_is_told(world):
    world.tell("COA", boundary(banks=BANKS, basis="declared"))
    found = one(world, spot(40.17, 35.345, 100.0))
    assert found.answer == "undetermined"
    assert found.distance_m is not None
    assert found.distance_m < 2_600


def test_a_coarse_position_is_on_no_bank(world):
    world.tell("COA", boundary(banks=BANKS, basis="declared"))
    assert one(world, spot(40.30944, 35.33611, 8_000.0)).answer == "undetermined"


def test_beyond_its_reach_a_boundary_is_tested_only_when_named(world):
    first = world.tell("COA", boundary(reach_m=5_000.0, basis="declared"))
    place = spot(40.30944, 35.33611, 100.0)
    assert found_at(world, place) == ()
    found = one(world, place, (first.subject,))
    assert found.answer == "out of reach"
    assert "where a side has no meaning" in found.words


def test_far_zones_are_tested_only_when_named(world):
    first = world.tell("COA", zone())
    afrin = spot(36.87, 36.51, 1_000.0)
    assert found_at(world, afrin) == ()
    assert one(world, afrin, (first.subject,)).answer == "outside"


def test_deep_inside_a_large_zone_is_inside_however_far_its_edge(world):
    world.tell("COA", zone(radius_m=300_000.0))
    found = one(world, spot(38.6, 33.5, 100.0))
    assert found.answer == "inside"
    assert found.distance_m > 290_000


def test_what_was_stated_afterwards_is_tested_only_when_named(world):
    first = world.tell("COA", zone(), at=100)
    inside = spot(38.6, 33.5, 100.0)
    assert found_at(world, inside, at=98) == ()
    assert [test.answer for test in found_at(world, inside, at=100)] == ["inside"]
    assert [test.answer for test in found_at(world, inside, (first.subject,), at=98)] == ["inside"]


def test_a_measure_counts_while_its_author_says_that_it_holds(world):
    world.tell("COA", zone(), at=100, valid=Window(minute(10), minute(50)))
    inside = spot(38.6, 33.5, 100.0)
    assert [bool(found_at(world, inside, at=at)) for at in (5, 20, 60)] == [False, True, False]


def test_a_measure_restated_later_counts_from_its_first_text(world):
    first = world.tell("COA", zone(), at=1)
    world.tell("COA", zone(radius_m=56_000.0), at=100, subject=first.subject)
    assert len(found_at(world, spot(38.6, 33.5, 100.0), at=50)) == 1


def test_a_proposed_boundary_is_tested_and_said_to_be_proposed(world):
    first = world.tell("COA", boundary(banks=BANKS), "RUS")
    place = spot(40.30944, 35.33611, 100.0)
    assert "(proposed, not agreed)" in one(world, place).words
    world.tell("RUS", stance(first, "RUS", Stance.AGREED), "COA")
    assert "proposed" not in one(world, place).words


def test_the_operative_text_is_tested_not_the_later_proposal(world):
    first = world.tell("COA", boundary(banks=BANKS), "RUS")
    world.tell("RUS", stance(first, "RUS"), "COA")
    world.tell(
        "COA", boundary(banks=BANKS, tolerance_m=50_000.0, reach_m=90_000.0), "RUS", subject=first.subject
    )
    assert one(world, spot(40.30944, 35.33611, 100.0)).answer == "east"


def test_a_measure_that_was_taken_back_is_not_tested(world):
    first = world.tell("COA", zone())
    world.tell("COA", Revoked(first.subject))
    assert found_at(world, spot(38.6, 33.5)) == ()


@pytest.mark.parametrize("place", [None, Place("somewhere"), Place(withheld=True)])
def test_a_place_without_a_known_area_has_no_test(world, place):
    world.tell("COA", zone())
    assert found_at(world, place) == ()


def test_an_area_is_taken_with_all_its_reach(world):
    world.tell("COA", zone())
    over_the_edge = Place("", Circle(Point(39.0774, 33.8865), 8_000.0))
    assert one(world, over_the_edge).answer == "undetermined"
    square = Polygon(
        (Point(38.6, 33.5), Point(38.7, 33.5), Point(38.7, 33.6), Point(38.6, 33.6), Point(38.6, 33.5))
    )
    assert one(world, Place("", square)).answer == "inside"


def test_lim_10_tests_stand_in_the_order_of_names_not_of_distance(world):
    world.tell("COA", zone("B near", 1_000.0))
    world.tell("COA", zone("A far", 50_000.0))
    found = found_at(world, spot(38.62, 33.52))
    assert [test.measure.name for test in found] == ["A far", "B near"]
    assert found[0].distance_m > found[1].distance_m


def test_a_boundary_that_crosses_itself_has_no_sides(world):
    crossed = Path((Point(40.0, 35.0), Point(40.2, 35.2), Point(40.2, 35.0), Point(40.0, 35.2)))
    world.tell("COA", boundary(shape=crossed, tolerance_m=10.0, basis="declared"))
    assert one(world, spot(40.1, 35.3)).answer == "undetermined"


def test_within_takes_both_areas_with_their_reach():
    a, b = Circle(Point(40.0, 35.0), 4_000.0), Circle(Point(40.2, 35.0), 4_000.0)
    assert within(a, b, 11_000.0)
    assert not within(a, b, 10_000.0)


def test_accuracy_is_that_of_the_area_or_unknown():
    assert accuracy_m(spot(40.0, 35.0, 250.0)) == 250.0
    assert accuracy_m(Place("somewhere")) is None
    assert accuracy_m(Place(withheld=True)) is None


def test_the_side_is_told_of_the_exact_zone_when_a_coarser_form_was_told_to_others(world):
    exact = world.tell("COA", zone(), "SDF")
    world.tell("COA", zone("wide", 400_000.0), "RUS", subject=exact.subject, form=COVERING)
    assert one(world, spot(39.0774, 33.8865, 500.0)).answer == "outside"
    assert [test.answer for test in found_at(world, spot(39.0774, 33.8865, 500.0), party="RUS")] == ["inside"]


def test_a_coarser_form_told_after_the_exact_one_has_a_test_of_its_own(world):
    exact = world.tell("COA", zone(), "SDF")
    world.tell("COA", zone("wide", 400_000.0), "SDF", subject=exact.subject, form=COVERING)
    found = found_at(world, spot(39.0774, 33.8865, 500.0), party="SDF")
    assert [test.answer for test in found] == ["outside", "inside"]
    assert found[1].words.startswith("At Tanf zone (covering form, told later): inside")
