"""Conflicts of a plan with what reached one desk: which thing, where, when, whose stances, what passes."""

from __future__ import annotations

import pytest
from tests.building_node import (
    House,
    boundary,
    circle,
    feature,
    house,
    notice,
    path,
    plan,
    stance,
    zone,
)

from keepclear.rules.conflicts import _on_bank

TANF = (38.61778, 33.50583)


@pytest.fixture
def syria():
    with house() as made:
        yield made


def check(made: House, *features, by: str = "COA"):
    return made.post(by, "check", plan(*features)).ok(200).json


def findings(made: House, *features, by: str = "COA"):
    return check(made, *features, by=by)["findings"]


def names(made: House, *features, by: str = "COA"):
    return [(item["part"], item["what"], item["matter"]["name"]) for item in findings(made, *features, by=by)]


def presence(area, **more):
    return {
        "kind": "presence", "party": "COA", "what": "garrison", "place": {"area": area}, "seen": "declared",
        **more,
    }  # fmt: skip


def test_nothing_known_is_no_known_conflict_and_no_permission(syria):
    answer = check(syria, feature())
    assert answer["answer"] == "no known conflict"
    assert answer["findings"] == []
    assert answer["checked_against"]["objects"] == 0
    assert "This is no permission and no guarantee." in answer["closing"]


def test_each_known_thing_that_meets_is_a_finding_with_its_grounds(syria):
    made = syria.tell("RUS", zone(), "COA")
    syria.tell("RUS", notice("convoy", circle(*TANF, 500.0)), "COA")
    syria.tell("RUS", presence(circle(*TANF, 800.0), party="RUS"), "COA")
    met = {(what, name) for _, what, name in names(syria, feature(*TANF))}
    assert met == {
        ("measure", "At Tanf zone"), ("notice", "convoy"), ("presence", "Russian forces in Syria: garrison"),
    }  # fmt: skip
    [found] = [item for item in findings(syria, feature(*TANF)) if item["what"] == "measure"]
    assert found["statement"] == made["statement"]
    assert (found["owner"], found["owner_name"]) == ("RUS", "Russian forces in Syria")
    assert found["area_km2"] == pytest.approx(3.14, abs=0.02)
    assert found["outline"]["type"] == "Polygon"
    assert found["grounds"][0]["statement"] == made["statement"]
    assert found["wording"]
    assert "3.1 km² shared" in found["words"]
    assert {"a.floor", "a.ceiling", "a.window.start"} <= set(found["unbounded"])


def test_a_desk_is_checked_against_what_reached_it_and_nothing_else(syria):
    syria.tell("RUS", zone(), "SDF")
    syria.later()
    syria.tell("RUS", zone("own draft"))
    assert names(syria, feature(*TANF)) == []
    assert [name for _, _, name in names(syria, feature(*TANF), by="RUS")] == ["At Tanf zone", "own draft"]
    syria.tell("RUS", zone("told"), "COA")
    assert [name for _, _, name in names(syria, feature(*TANF))] == ["told"]


def test_what_was_checked_against_is_said_by_party_and_age(syria):
    syria.tell("RUS", zone(), "COA")
    syria.later(180)
    behind = check(syria, feature())["checked_against"]
    [row] = [row for row in behind["parties"] if row["party"] == "RUS"]
    assert (row["objects"], row["age_s"]) == (1, 180 * 60)
    assert "newest from Russian forces in Syria 3 h old" in behind["words"]
    assert "What others have not told this party is not checked." in behind["words"]
    assert "COA" not in {row["party"] for row in behind["parties"]}


def test_the_stances_on_a_measure_stand_in_its_finding(syria):
    made = syria.tell("COA", zone(), "RUS")
    syria.tell("RUS", stance(made, "RUS", "rejected"), "COA")
    [found] = findings(syria, feature(*TANF))
    assert [(row["party"], row["stance"]) for row in found["stances"]] == [("RUS", "rejected")]


def test_windows_and_heights_apart_leave_no_conflict_and_each_shift_leads_there(syria):
    volume = {
        "area": circle(*TANF, 2_000.0),
        "floor": {"value_m": 100, "datum": "AGL"}, "ceiling": {"value_m": 300, "datum": "AGL"},
        "window": {"start": "2018-02-02T08:00:00Z", "end": "2018-02-02T10:00:00Z"},
    }  # fmt: skip
    syria.tell("RUS", notice("flight", volumes=[volume]), "COA")
    given = {"floor_m": 0, "ceiling_m": 200, "datum": "AGL",
             "start": "2018-02-02T09:00:00Z", "end": "2018-02-02T11:00:00Z"}  # fmt: skip
    [found] = findings(syria, feature(*TANF, **given))
    assert {shift["kind"] for shift in found["shifts"]} >= {"later", "earlier", "up", "away"}
    assert "later" in found["shifts"][0]["words"] or found["shifts"][0]["kind"] != "later"
    later = {**given, "start": "2018-02-02T10:00:00Z", "end": "2018-02-02T12:00:00Z"}
    assert findings(syria, feature(*TANF, **later)) == [], "one may begin as another ends"
    higher = {**given, "floor_m": 300.1, "ceiling_m": 400}
    assert findings(syria, feature(*TANF, **higher)) == []
    east = feature(TANF[0] + 0.04, TANF[1], **given)
    assert findings(syria, east) == []


def test_unlike_datums_are_undetermined_and_count_as_meeting(syria):
    volume = {"area": circle(*TANF, 2_000.0), "floor": {"value_m": 500, "datum": "AMSL"}}
    syria.tell("RUS", notice("flight", volumes=[volume]), "COA")
    [found] = findings(syria, feature(*TANF, ceiling_m=400, datum="AGL"))
    assert "undetermined" in found["undetermined"]


def test_a_plan_within_a_boundarys_tolerance_meets_its_belt(syria):
    syria.tell("COA", boundary(basis="declared"), "RUS")
    assert names(syria, feature(39.01, 35.94, 100.0))[0][:2] == ("patrol", "boundary")


def test_a_plan_on_the_others_bank_is_a_finding_with_its_distance(syria):
    syria.tell("COA", boundary(basis="declared"), "RUS")
    south, north = feature(39.3, 35.5, 100.0), feature(39.3, 36.2, 100.0)
    [found] = [item for item in findings(syria, south) if item["what"] == "bank"]
    assert "lies on the west bank, where other forces keep" in found["words"]
    assert found["distance_m"] > 10_000
    assert findings(syria, north) == []
    assert [item["what"] for item in findings(syria, north, by="RUS")] == ["bank"]
    assert findings(syria, south, by="RUS") == []


@pytest.mark.parametrize(
    ("named", "said"),
    [
        ("west bank", "lies on the west bank, where"),
        ("the west bank of the Euphrates", "lies on the west bank of the Euphrates, where"),
        ("east of the Euphrates boundary", "lies east of the Euphrates boundary, where"),
        ("in the north", "lies in the north, where"),
        ("Alpha", 'lies on the side called "Alpha", where'),
    ],
)
def test_a_bank_reads_well_however_its_author_named_it(named, said):
    assert said == f"lies {_on_bank(named)}, where"


def test_beyond_a_boundarys_reach_a_bank_has_no_meaning(syria):
    syria.tell("COA", boundary(basis="declared", reach_m=20_000.0), "RUS")
    assert findings(syria, feature(39.3, 34.5, 100.0)) == []


def test_a_tolerance_wider_than_the_usual_reach_is_no_fault(syria):
    body = boundary(basis="declared", tolerance_m=150_000.0)
    del body["reach_m"]
    syria.tell("COA", body, "RUS")
    check(syria, feature(39.3, 35.5, 100.0), feature(10.0, 50.0))


def clip(*points, keep: str):
    return {"path": path(*points), "keep": keep}


def test_what_a_clip_cuts_off_is_not_met(syria):
    """A zone ends at a border: south of it nothing is asked."""
    border = clip((37.0, 33.4), (40.0, 33.4), keep="left")
    syria.tell("COA", zone(clips=[border]), "RUS")
    assert names(syria, feature(38.6, 33.6, 100.0)) != []
    assert names(syria, feature(38.6, 33.2, 100.0)) == []


def test_a_clip_that_leaves_several_parts_or_nothing_is_met_as_it_lies(syria):
    cutting = clip((38.0, 33.9), (38.55, 33.95), (38.6, 33.0), (38.65, 33.95), (39.3, 33.9), keep="left")
    syria.tell("COA", zone("two parts", clips=[cutting]), "RUS")
    nothing = clip((37.0, 35.0), (40.0, 35.0), keep="left")
    syria.tell("COA", zone("nothing left", clips=[nothing]), "RUS")
    found = {name for _, _, name in names(syria, feature(38.6, 33.5, 60_000.0))}
    assert "nothing left" not in found
    check(syria, feature(38.6, 33.5, 100.0), feature(38.3, 33.5, 100.0))


def test_only_what_stands_is_met(syria):
    made = syria.tell("COA", zone(), "RUS")
    assert len(findings(syria, feature(*TANF))) == 1
    syria.tell("COA", {"kind": "revoked", "of": made["subject"]}, "RUS")
    assert findings(syria, feature(*TANF)) == []
    far = zone(shape=circle(10.0, 50.0))
    syria.tell("COA", far, "RUS", subject=made["subject"])
    assert findings(syria, feature(*TANF)) == []
    assert len(findings(syria, feature(10.0, 50.0))) == 1


def test_an_agreed_text_binds_until_all_agree_to_the_next(syria):
    near, far = circle(*TANF, 1_000.0), circle(10.0, 50.0, 1_000.0)
    agreed = {"basis": "agreed", "parties": ["COA", "RUS"]}
    first = syria.tell("COA", zone(shape=near, **agreed), "RUS")
    syria.tell("RUS", stance(first, "RUS"), "COA")
    second = syria.tell("COA", zone(shape=far, **agreed), "RUS", subject=first["subject"])
    assert len(findings(syria, feature(*TANF))) == 1, "the agreed text still binds"
    syria.tell("RUS", stance(second, "RUS"), "COA")
    assert findings(syria, feature(*TANF)) == []


def test_a_withheld_place_takes_up_no_room(syria):
    syria.tell("COA", presence(circle(*TANF)) | {"place": {"withheld": True}}, "RUS")
    assert findings(syria, feature(*TANF)) == []
    syria.tell("COA", presence(circle(*TANF)), "RUS")
    assert len(findings(syria, feature(*TANF))) == 1


def test_findings_come_part_by_part(syria):
    syria.tell("COA", zone(), "RUS")
    other = feature(*TANF)
    other["properties"]["name"] = "second"
    assert [item["part"] for item in findings(syria, feature(*TANF), other)] == ["patrol", "second"]


def test_a_check_of_a_window_in_the_past_says_so(syria):
    past = feature(start="2017-02-07T18:00:00Z", end="2017-02-07T20:00:00Z")
    ahead = feature(start="2017-02-07T18:00:00Z", end="2999-02-07T20:00:00Z")
    assert check(syria, past)["closing"].startswith(
        "This window lies in the past: it ended 2017-02-07 20:00Z; by this node it is "
    )
    assert "in the past" not in check(syria, ahead)["closing"]
    assert "in the past" not in check(syria, feature())["closing"]
    assert "Windows of this plan lie in the past" in check(syria, past, ahead)["closing"]
