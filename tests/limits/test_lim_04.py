"""LIM-04: no free-fire or other permissive measure; permissive ones are refused."""

from __future__ import annotations

import pytest
from tests.building_node import feature, message, notice, plan, public, stance, zone
from tests.limits.abuse import fields_of, refuses_field_everywhere, refuses_query_everywhere

from keepclear.model.measures import Effect, MeasureKind

PERMISSIVE = (
    "Free-fire area 3", "FREE FIRE ZONE", "kill box Alpha", "weapons free north", "fire at will sector",
    "permissive measure", "cleared hot", "target area 4", "open fire zone", "Killbox", "free  fire",
)  # fmt: skip
OTHERWISE_SAID = (
    "clear to engage", "all who enter may be struck", "shoot anything", "destroy all inside", "free to fire",
    "engage all", "no restrictions on fires", "weapons hold lifted", "ROE waived", "FFA Alpha",
    "anybody inside will be shot", "airstrikes authorised", "fire without warning", "Fr33 f1re zone",
    "F\u0433ee fire zone", "freefirezone", "f r e e  f i r e",
    "огонь разрешён", "стрелять без предупреждения", "авиаудар разрешён", "разрешается открывать огонь",
    "зона свободного огня", "إطلاق النار مسموح", "القصف مسموح", "يسمح بالقصف",
    "serbest ateş bölgesi", "SERBEST ATEŞ",
    "منطقه آتش آزاد", "شلیک آزاد", "zona de fuego libre", "Feuer frei",
    "Freifeuerzone", "Zone mit Schießen frei",
    "אזור אש חופשית", "מותר לירות", "自由开火区", "自由開火區", "자유사격 지역",
    "zone de tir libre", "zona di fuoco libero",
)  # fmt: skip
RESTRICTIVE = (
    "Restricted area 3", "No-fire area around the hospital", "Fire prevention zone", "إطلاق النار غير مسموح",
    "огонь не разрешён", "Keep out, so that nobody will be struck", "Freiburg road",
    "Zona de fuego prohibido",
    "Feuerwehr Nord", "Engagement with local councils", "Duty-free market", "This road can be hit by floods",
)  # fmt: skip
PROMISES = (
    "Clear: safe to enter", "approved corridor", "Safe zone 4", "S\u0430fe zone", "безопасный коридор",
)  # fmt: skip
GIVING_LEAVE = (
    "free-fire area for us", "You are cleared hot", "огонь разрешён", "القصف مسموح", "weapons free from noon",
    "ROE waived west of the river",
    f"WEAPONSFREE.{24 * 'a'}",  # as long as an id
)  # fmt: skip
NO_LEAVE = (
    "You are not cleared to engage", "Who comes near will be struck", "Your troops shoot at our convoy",
    "Do not fire", "Stop your fire at once",
)  # fmt: skip


@pytest.mark.parametrize("words", OTHERWISE_SAID)
def test_what_permits_is_refused_in_other_words_scripts_and_languages(syria, words):
    for body in (zone(words), zone(purpose=f"{words}, from noon"), notice(words)):
        syria.try_tell("COA", body, "RUS").refused("LIM-04", 403)


@pytest.mark.parametrize("words", GIVING_LEAVE)
def test_no_message_warning_answer_or_stance_gives_leave_to_use_force(syria, words):
    asked = syria.tell("COA", message("RUS"), "RUS")
    warning = {"kind": "warning", "to": ["RUS"], "warning": "standing", "texts": [{"words": words}]}
    answer = {"kind": "answer", "answer": "checking", "words": words}
    for by, body, more in (
        ("COA", message("RUS", words=words), {}),
        ("COA", warning, {}),
        ("RUS", answer, {"answers": [asked["statement"]]}),
        ("RUS", stance(syria.things["zone"], "RUS", "agreed", words=words), {}),
    ):
        syria.try_tell(by, body, "RUS" if by == "COA" else "COA", **more).refused("LIM-04", 403)


@pytest.mark.parametrize("words", NO_LEAVE)
def test_a_message_may_still_warn_protest_and_forbid(syria, words):
    assert syria.try_tell("COA", message("RUS", words=words), "RUS").status == 201


@pytest.mark.parametrize("name", PROMISES)
def test_no_name_of_a_measure_promises(syria, name):
    answer = syria.try_tell("COA", zone(name), "RUS").refused("no-promise", 422)
    assert answer.json["field"] == "body.name"
    assert "agreed by" in answer.json["passes"]


def test_what_others_said_may_be_quoted(syria):
    said = public("They call it a free-fire zone, cleared by nobody.")
    assert syria.try_tell("COA", said, "public").status == 201


@pytest.mark.parametrize("words", PERMISSIVE)
@pytest.mark.parametrize("field", ["name", "purpose", "term"])
def test_a_measure_that_permits_is_refused_whatever_it_is_called(syria, words, field):
    before = syria.size()
    answer = syria.try_tell("COA", zone(**{field: words}), "RUS").refused("LIM-04", 403)
    assert answer.json["field"] == f"body.{field}"
    syria.try_tell("COA", zone(**{field: words})).refused("LIM-04", 403)
    assert syria.size() == before


@pytest.mark.parametrize("name", RESTRICTIVE)
def test_a_measure_that_asks_for_distance_passes(syria, name):
    assert syria.try_tell("COA", zone(name, purpose="keep away, call first"), "RUS").status == 201


def test_a_standing_measure_does_not_become_permissive_by_a_new_text(syria):
    made = syria.tell("COA", zone(), "RUS")
    syria.try_tell("COA", zone("free-fire area"), "RUS", subject=made["subject"]).refused("LIM-04", 403)


@pytest.mark.parametrize("effect", ["free-fire", "permit", "engage", "open", "fire", "Call", ""])
def test_no_effect_permits(syria, effect):
    syria.try_tell("COA", zone(effect=effect), "RUS").refused("LIM-04", 403)


def test_the_effects_are_a_closed_set_that_asks_for_contact_or_distance(syria):
    assert {effect.value for effect in Effect} == {
        "call", "contact-required", "keep-out-requested", "monitored", "closed",
    }  # fmt: skip
    document = syria.call("GET", "/openapi.json").json
    assert set(document["components"]["schemas"]["Effect"]["enum"]) == {effect.value for effect in Effect}
    for effect in Effect:
        assert syria.try_tell("COA", zone(effect=effect.value), "RUS").status == 201


@pytest.mark.parametrize("kind", ["free-fire area", "fire support area", "kill box", "engagement area"])
def test_no_kind_of_measure_permits(syria, kind):
    syria.try_tell("COA", zone(measure=kind), "RUS").refused("type", 400)
    assert kind not in {one.value for one in MeasureKind}


@pytest.mark.parametrize("name", ["free_fire", "permissive", "kill_box"])
def test_no_field_permits(syria, name):
    refuses_field_everywhere(syria, name, "LIM-04")
    refuses_query_everywhere(syria, {name: "yes"}, "LIM-04")
    syria.post("COA", "check", plan(feature(**{name: True}))).refused("LIM-04", 403)


def test_there_is_no_global_word_of_approval(syria):
    for schema, fields in fields_of(syria).items():
        assert not fields & {"approved", "cleared", "permitted", "clearance", "authorised"}, schema
    answer = syria.post("COA", "check", plan(feature(10.0, 50.0))).ok().json
    assert answer["answer"] == "no known conflict"
    assert "no permission" in answer["closing"]
