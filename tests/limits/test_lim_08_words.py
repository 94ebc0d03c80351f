"""LIM-08 by detours: others' places in words, in notices, as tiny zones, and as incidents of the moment."""

from __future__ import annotations

import re
import unicodedata

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from tests.building_node import (
    boundary,
    circle,
    incident,
    message,
    notice,
    party_body,
    release,
    source,
    spot,
    zone,
)

from keepclear.rules import coarseness

EXACT = (
    "Your T-72 is at 35.30012 N 40.20034 E", "T-72 at 37S FT 12345 67890", "at 37sft1234567890",
    "at FT 12345 67890",
    "at 35°18'00\"N 40°12'01\"E", "at 35 18 00.4 N, 40 12 01.2 E", "at N 35 18.007 E 40 12.020",
    "at 35 degrees 18 minutes 4 seconds north", "at 35,30012 40,20034",
    "at lat 35.30012 and then lon 40.20034",
    "at ٣٥٫٣٠٠١٢ و ٤٠٫٢٠٠٣٤", "at 35.3\u200b0012, 40.2\u200b0034", "at 351800N 0401201E", "at 8GF5XRV2+3C",
    "at ///table.spoon.lamp", "35 point 30012 north",
)  # fmt: skip
COARSE = (
    "Your T-72 is near Khasham", "about 35.3 N 40.2 E", "37S FT 12 67",
    "call us on 121.500 MHz or 243.000 MHz",
    "between 1,000 and 2,000 men", "at 10:15 on 12 July", "35°18'N 40°12'E", "phone +963 11 123 4567",
    "ref 2018-02-07/003", "We moved 12.5 km north since 08:00",
)  # fmt: skip
THEIRS = (
    "Russian tanks stand exactly here", "Syrian troops, seen today", "enemy artillery",
    "your T-72", "RUS tanks",
)  # fmt: skip
HERE = {"place": {"area": spot(accuracy_m=10.0)}}


def warning(words: str, **more) -> dict:
    return {"kind": "warning", "to": ["RUS"], "warning": "standing", "texts": [{"words": words}], **more}


@pytest.mark.parametrize("words", EXACT)
def test_no_words_of_a_message_or_warning_give_coordinates(syria, words):
    before = syria.size()
    for body in (message("RUS", words=words), warning(words), warning("Stop.", trigger=words)):
        answer = syria.try_tell("COA", body, "RUS").refused("LIM-08", 403)
        assert "part" in answer.json["passes"]
    syria.try_tell("COA", message("RUS"), "RUS", remarks=words).refused("LIM-08", 403)
    assert syria.size() == before


@given(st.from_regex(coarseness._COORDINATES, fullmatch=True))
def test_no_form_of_coordinates_is_passed_by_at_the_first_look(words):
    assume(not coarseness._FREQUENCY.search(words))
    assume(not any(unicodedata.category(sign) == "Cf" for sign in words))
    assert coarseness.tells_coordinates(words)


@pytest.mark.parametrize("words", COARSE)
def test_places_by_name_frequencies_and_times_pass(syria, words):
    assert syria.try_tell("COA", message("RUS", words=words), "RUS").status == 201


def test_ones_own_place_stands_in_a_part_and_may_be_written_out_in_the_words(syria):
    own = {"part": "place", "name": "place", "place": spot(40.18, 35.28, 10.0), "of_party": "COA"}
    said = "Our people are at 35.28000N 40.18000E."
    assert syria.try_tell("COA", message("RUS", words=said, parts=[own]), "RUS").status == 201
    syria.try_tell("COA", message("RUS", words=said), "RUS").refused("LIM-08", 403)
    more = f"{said} Yours are at 35.29000N 40.19000E."
    syria.try_tell("COA", message("RUS", words=more, parts=[own]), "RUS").refused("LIM-08", 403)


@pytest.mark.parametrize("words", THEIRS)
def test_a_notice_or_measure_does_not_say_where_others_forces_are(fresh, words):
    fresh.tell("COA", party_body("SYR", "Syrian Arab Army", "state force"), "public")
    for body in (
        notice(words, spot(accuracy_m=10.0)),
        notice("Patrol", spot(accuracy_m=10.0), reason=words),
        zone("Zone 4", shape=circle(40.3, 35.3, 500.0), purpose=words),
    ):
        fresh.try_tell("COA", body, "RUS").refused("LIM-08", 403)
    assert fresh.try_tell("COA", notice(words, circle(40.3, 35.3, 5_000.0)), "RUS").status == 201
    own = notice("Coalition vehicles halt here", spot(accuracy_m=10.0))
    assert fresh.try_tell("COA", own, "RUS").status == 201


TINY = (
    circle(40.3, 35.3, 1.0), circle(40.3, 35.3, 99.0), spot(accuracy_m=5.0), spot(accuracy_m=0.0),
    {"shape": "ring", "center": {"lon": 40.3, "lat": 35.3}, "inner_m": 0.0, "outer_m": 20.0},
)  # fmt: skip


@pytest.mark.parametrize("shape", TINY)
@pytest.mark.parametrize("measure", ["zone", "step-back", "ring", "special caution area", "corridor"])
def test_a_measure_is_no_marker_of_a_thing(syria, shape, measure):
    body = zone(shape=shape, measure=measure, step_back_m=500.0)
    for readers in ((), ("RUS",)):
        answer = syria.try_tell("COA", body, *readers).refused("LIM-08", 403)
    assert "100 m" in answer.json["passes"]
    syria.try_tell("COA", notice(), "RUS").ok(201)


def test_a_measure_of_a_hundred_metres_and_a_protected_site_pass(syria):
    assert syria.try_tell("COA", zone(shape=circle(40.3, 35.3, 100.0)), "RUS").status == 201
    assert syria.try_tell("COA", zone(shape=spot(accuracy_m=5.0), measure="protected site")).status == 201


def test_a_boundary_of_a_few_metres_is_none(syria):
    short = {"shape": "path", "points": [{"lon": 40.3, "lat": 35.3}, {"lon": 40.3001, "lat": 35.3}]}
    syria.try_tell("COA", boundary(shape=short)).refused("LIM-08", 403)


def now_of(made) -> dict:
    return {"at": made.clock.now().strftime("%Y-%m-%dT%H:%M:%SZ")}


@pytest.mark.parametrize("act", ["stands here", "tanks seen", "parked in the open", "стоят здесь"])
def test_an_incident_is_not_a_sighting_by_another_name(fresh, act):
    others = {"involved": [{"role": "seen", "party": "RUS"}]}
    for more in (others, {"narrative": "Russian tanks"}):
        body = incident("Report 4", act=act, occurred=now_of(fresh), **{**HERE, **more})
        fresh.try_tell("COA", body, "RUS").refused("LIM-08", 403)
        fresh.try_tell("COA", body, "public").refused("LIM-08", 403)
        coarse = body | {"place": {"area": circle(40.3, 35.3, 2_000.0)}}
        assert fresh.try_tell("COA", coarse, "RUS").status == 201


def test_history_events_and_own_losses_keep_their_places(fresh):
    others = {"involved": [{"role": "hit", "party": "RUS"}]}
    for body in (
        incident("Shelling", act="shelling", occurred=now_of(fresh), **HERE, **others),
        incident("Own post", act="our people stand here, wounded", occurred=now_of(fresh), **HERE),
        incident("Then", act="tanks seen", occurred={"at": "2018-01-01T00:00:00Z"}, **HERE, **others),
    ):
        assert fresh.try_tell("COA", body, "RUS").status == 201


def test_what_an_archive_retells_keeps_its_place(fresh):
    fresh.tell("COA", party_body("PGF", "Reading room", "archive"), "public")
    press = {"via": "press", "source": fresh.tell("PGF", source(), "public")["subject"]}
    others = {"involved": [{"role": "seen", "party": "RUS"}]}
    body = incident("Press", act="tanks seen", occurred=now_of(fresh), **HERE, **others)
    assert fresh.try_tell("COA", body, "public", **press).status == 201


def seen_from(made, party: str, view: str, name: str) -> dict:
    row = made.items(party, view)[-1]
    return next(test for test in row["tests"] if test["measure"]["name"] == name)


@pytest.mark.parametrize("radius_m", [100.0, 5_000.0])
def test_lim_02_a_private_measure_is_no_range_finder(fresh, radius_m):
    """Inside or outside is told, how far is not, until somebody else knows the measure."""
    presence = {"kind": "presence", "party": "COA", "what": "post", "seen": "declared",
                "place": {"area": spot(40.3, 35.3, 50.0)}}  # fmt: skip
    fresh.tell("COA", presence, "RUS")
    made = fresh.tell("RUS", zone("Probe", shape=circle(40.4, 35.3, radius_m)))
    private = seen_from(fresh, "RUS", "presences", "Probe")
    assert (private["answer"], private["distance_m"]) == ("outside", None)
    assert re.search(r"\d", private["words"]) is None
    picture = fresh.get("RUS", "picture").ok().json
    assert [test["distance_m"] for row in picture["presences"] for test in row["tests"]
            if test["measure"]["name"] == "Probe"] == [None]  # fmt: skip
    fresh.post("RUS", "tellings", {"statement": made["statement"], "readers": ["COA"]}).ok(201)
    shared = seen_from(fresh, "RUS", "presences", "Probe")
    assert shared["distance_m"] is not None
    assert "from its edge" in shared["words"]


def test_lim_02_ones_own_presence_is_measured_from_ones_own_measure(fresh):
    presence = {"kind": "presence", "party": "RUS", "what": "post", "seen": "declared",
                "place": {"area": spot(40.3, 35.3, 50.0)}}  # fmt: skip
    fresh.tell("RUS", presence)
    fresh.tell("RUS", zone("Own", shape=circle(40.4, 35.3, 500.0)))
    assert seen_from(fresh, "RUS", "presences", "Own")["distance_m"] is not None


def test_lim_02_no_distance_to_a_sighting_from_a_protected_site(fresh):
    site = fresh.tell("COA", zone("Site", shape=spot(40.31, 35.3, 5.0), measure="protected site"))
    fresh.tell("COA", release(site["subject"], "RUS", "exact"))
    fresh.post("COA", "tellings", {"statement": site["statement"], "readers": ["RUS"]}).ok(201)
    presence = {"kind": "presence", "party": "COA", "what": "post", "seen": "declared",
                "place": {"area": spot(40.3, 35.3, 50.0)}}  # fmt: skip
    fresh.tell("COA", presence, "RUS")
    assert seen_from(fresh, "RUS", "presences", "Site")["distance_m"] is None
