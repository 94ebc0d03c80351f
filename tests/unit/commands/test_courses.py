"""A course in a claim: history of its incident; others' only after a release, no finer than a cell."""

from __future__ import annotations

import pytest
from tests.building_node import house, incident, release


def course(at="2018-01-31T06:00:00Z", of="COA", major_m=3_000.0, minor_m=1_000.0, **more):
    where = {
        "center": {"lon": 40.3, "lat": 35.3},
        "major_m": major_m,
        "minor_m": minor_m,
        "bearing_deg": 30.0,
    }
    return {
        "what": "the aircraft", "of_party": of, "places": [{"at": {"at": at}, "where": where}], **more
    }  # fmt: skip


@pytest.fixture
def told():
    with house() as made:
        happened = made.tell("COA", incident(occurred={"at": "2018-01-31T07:00:00Z"}), "RUS")

        def tell(*readers, course, form="exact", **more):
            body = {"kind": "claim", "incident": happened["subject"], "aspect": "course", "course": course}
            return made.try_tell("COA", body, *readers, form=form, **more)

        tell.house = made
        yield tell


def test_ones_own_course_is_told_as_exactly_as_one_likes(told):
    assert told("RUS", course=course(major_m=50.0, minor_m=20.0)).status == 201
    [row] = told.house.items("RUS", "courses")
    place = row["versions"][0]["places"][0]
    assert (place["major_m"], place["minor_m"], place["bearing_deg"]) == (50.0, 20.0, 30.0)
    assert row["compared"] == []


def test_a_place_of_today_is_no_history(told):
    told("RUS", course=course(at="2018-01-31T08:30:00Z")).refused("LIM-08", 403)
    told(course=course(at="2018-01-31T08:30:00Z")).refused("LIM-08", 403)


def test_a_course_belongs_to_the_time_of_its_incident(told):
    early = told("RUS", course=course(at="2018-01-29T06:00:00Z")).refused("course-of-incident")
    today = told("RUS", course=course(at="2018-01-31T08:30:00Z")).refused("LIM-08", 403)
    for refused in (early, today):
        assert "from 2018-01-30T07:00:00Z to 2018-01-31T0" in refused.json["passes"], "all that would pass"


def test_anothers_course_leaves_after_a_release_alone_and_no_finer_than_a_cell(told):
    kept = told(course=course(of="RUS")).ok(201).json
    told("RUS", course=course(of="RUS", minor_m=999.0), subject=kept["subject"]).refused("LIM-08", 403)
    told("RUS", course=course(of="RUS"), subject=kept["subject"]).refused("LIM-08", 403)
    told.house.tell("COA", release(kept["subject"], "RUS", form="exact"))
    told.house.post("COA", "tellings", {"statement": kept["statement"], "readers": ["RUS"]}).ok()
    [row] = told.house.items("RUS", "courses")
    assert row["versions"][0]["of_party"] == "Russian forces in Syria"
    assert told.house.items("SDF", "courses") == [], "a release is for one reader"


def test_the_other_sides_version_written_down_here_is_theirs_and_of_others(told):
    """COA writes down what RUS said of RUS's aircraft: reported speech, and still others' places."""
    said = {"name": "Russian duty officer", "party": "RUS"}
    told("SDF", course=course(of="RUS"), said_by=said, via="phone").refused("LIM-08", 403)
    assert told(course=course(of="RUS"), said_by=said, via="phone").status == 201
    [row] = told.house.items("COA", "courses")
    assert row["versions"][0]["speaker_party"] == "RUS"
    assert not row["versions"][0]["said"]["own"]


@pytest.mark.parametrize(
    ("damage", "rule"),
    [
        ({"minor_m": 4_000.0}, "ellipse-axes"),
        ({"minor_m": 0.0}, "type"),
    ],
)
def test_an_ellipse_has_two_half_axes_and_none_is_zero(told, damage, rule):
    told("RUS", course=course(**damage)).refused(rule)


def test_a_course_goes_forward_and_only_a_claim_of_a_course_holds_one(told):
    two = course()
    two["places"] = [*course(at="2018-01-31T07:30:00Z")["places"], *two["places"]]
    told("RUS", course=two).refused("course-order")
    bare = {"kind": "claim", "incident": "COA.x", "aspect": "place", "course": course(), "words": "here"}
    told.house.try_tell("COA", bare, "RUS").refused("claim-course")
