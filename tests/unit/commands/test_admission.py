"""What each kind of statement must fulfil; every refusal beside its passing twin."""

from __future__ import annotations

import base64

import pytest
from tests.building_node import (
    House,
    boundary,
    claim,
    encoded_statement,
    furnish,
    house,
    incident,
    message,
    notice,
    observation,
    party_body,
    public,
    release,
    remark,
    rung,
    source,
    stance,
    zone,
)


@pytest.fixture
def syria():
    with house() as made:
        made.things = furnish(made)
        yield made


def passes(made: House, body, *readers, by="COA", **rest) -> dict:
    answer = made.try_tell(by, body, *readers, **rest)
    assert answer.status == 201, answer.body
    return answer.json


def refused(made: House, body, *readers, rule, field=None, by="COA", **rest) -> None:
    before = made.size()
    answer = made.try_tell(by, body, *readers, **rest).refused(rule)
    assert field is None or answer.json["field"] == field, answer.json
    assert made.size() == before


# Reported speech.


def test_a_press_account_names_its_source(syria):
    refused(syria, public(), "public", via="press", rule="source", field="source")
    passes(syria, public(), "public", via="press", source=syria.things["source"]["subject"])


def test_anothers_stance_is_stated_only_with_whose_words_it_is(syria):
    text = syria.things["boundary"]
    refused(syria, stance(text, "RUS"), "RUS", rule="reported-speech", field="said_by")
    passes(syria, stance(text, "RUS"), "RUS", said_by={"name": "Colonel", "party": "RUS"}, via="phone")
    passes(syria, stance(text, "COA"), "RUS")


def test_what_is_reported_of_a_party_never_counts_as_its_own_word(syria):
    text = syria.things["boundary"]
    passes(syria, stance(text, "COA"), "RUS")
    passes(syria, stance(text, "RUS"), "RUS", said_by={"name": "Colonel", "party": "RUS"}, via="phone")
    standing = {item["subject"]: item["standing"] for item in syria.items("COA", "measures")}
    assert standing[text["subject"]] == "proposed"
    passes(syria, stance(text, "RUS"), "COA", by="RUS")
    standing = {item["subject"]: item["standing"] for item in syria.items("COA", "measures")}
    assert standing[text["subject"]] == "operative"


# Stances.


def test_a_stance_is_on_one_text_of_the_measure_that_it_names(syria):
    zone_, boundary_ = syria.things["zone"], syria.things["boundary"]
    crossed = stance(zone_, "RUS") | {"measure": boundary_["subject"]}
    refused(syria, crossed, "COA", by="RUS", rule="stance-on-text", field="body.measure")
    on_message = stance(syria.things["message"], "COA")
    refused(syria, on_message, "RUS", rule="stance-on-text", field="body.on")
    passes(syria, stance(zone_, "RUS", "rejected"), "COA", by="RUS")


# Rungs.


def test_a_reader_states_its_own_rungs_on_what_another_told_it(syria):
    asked = syria.things["message"]
    passes(syria, rung(asked, "COA", text_hash=asked["digest"]), "RUS")
    refused(syria, rung(asked, "RUS"), "COA", by="RUS", rule="own-rung", field="body.of")
    refused(syria, rung(asked, "RUS"), "RUS", rule="own-rung", field="body.reader")


def test_an_own_text_said_to_everybody_is_not_acknowledged_by_its_author(syria):
    made = passes(syria, public("to all"), "public")
    refused(syria, rung(made, "COA"), rule="own-rung", field="body.of")
    passes(syria, rung(made, "RUS"), "COA", by="RUS")


def test_anothers_rung_is_a_report_and_shown_as_one(syria):
    told = passes(syria, message("RUS"), "RUS")
    refused(syria, rung(told, "RUS"), rule="own-rung", field="body.reader")
    passes(syria, rung(told, "RUS"), via="phone")
    [row] = [row for row in syria.items("COA", "told/RUS") if row["statement"] == told["statement"]]
    hows = {step["rung"]: step["how"] for step in row["ladder"]["steps"]}
    assert hows["acknowledged"] == "reported"
    assert hows["sent"] == "machine"
    passes(syria, rung(told, "RUS", "read back"), "COA", by="RUS")
    [row] = [row for row in syria.items("COA", "told/RUS") if row["statement"] == told["statement"]]
    assert {step["rung"]: step["how"] for step in row["ladder"]["steps"]}["read back"] == "own"


@pytest.mark.parametrize("word", ["sent", "delivered"])
def test_no_person_states_a_machines_rung(syria, word):
    refused(syria, rung(syria.things["message"], "COA", word), "RUS", rule="machine-rung")
    passes(syria, rung(syria.things["message"], "COA", "displayed"), "RUS")


def test_only_the_sender_confirms_a_read_back(syria):
    asked = syria.things["message"]
    refused(syria, rung(asked, "COA", "read-back confirmed"), "RUS", rule="confirm-own", field="body.rung")
    passes(syria, rung(asked, "COA", "read back"), "RUS")
    passes(syria, rung(asked, "COA", "read-back confirmed"), "COA", by="RUS")


def test_a_rung_with_another_hash_is_for_other_bytes(syria):
    asked = syria.things["message"]
    wrong = rung(asked, "COA", text_hash="0" * 64)
    refused(syria, wrong, "RUS", rule="text-hash", field="body.text_hash")
    passes(syria, rung(asked, "COA", text_hash=asked["digest"]), "RUS")


def test_a_read_back_is_of_anothers_text(syria):
    asked = syria.things["message"]
    body = {"kind": "read-back", "of": asked["statement"], "fields": {"place": "bank"}, "role": "officer"}
    refused(syria, body, "COA", by="RUS", rule="read-back", field="said_by")
    passes(syria, body, "RUS")


# Answers, messages, warnings.


def test_an_answer_answers_a_message(syria):
    body = {"kind": "answer", "answer": "not ours"}
    refused(syria, body, "RUS", rule="answers", field="answers")
    refused(syria, body, "RUS", answers=[syria.things["zone"]["statement"]], rule="answers")
    passes(syria, body, "RUS", answers=[syria.things["message"]["statement"]])


def test_a_message_is_told_to_each_of_its_addressees(syria):
    refused(syria, message("RUS", "SDF"), "RUS", rule="addressee-told", field="readers")
    refused(syria, message("RUS"), rule="addressee-told", field="readers")
    passes(syria, message("RUS", "SDF"), "RUS", "SDF")
    refused(syria, message(), "RUS", rule="type", field="body.to")


def test_a_press_account_of_a_message_was_passed_elsewhere(syria):
    press = {"via": "press", "source": syria.things["source"]["subject"]}
    passes(syria, message("RUS"), "public", said_by={"name": "Ministry", "party": "PGF"}, **press)
    refused(syria, message("RUS"), "public", rule="addressee-told", field="readers", **press)
    own = {"name": "Spokesman", "party": "COA"}
    refused(syria, message("RUS"), "public", rule="addressee-told", said_by=own, **press)


def warning(**more):
    given = {"kind": "warning", "to": ["RUS"], "warning": "conditional", "texts": [{"words": "Hold."}]}
    return given | more


def test_a_conditional_warning_is_whole(syria):
    refused(syria, warning(), "RUS", rule="warning-whole")
    refused(syria, warning(trigger="another attack"), "RUS", rule="warning-whole")
    refused(syria, warning(consequence="we defend ourselves"), "RUS", rule="warning-whole")
    passes(syria, warning(trigger="another attack", consequence="we defend ourselves"), "RUS")
    passes(syria, warning(warning="standing"), "RUS")
    refused(syria, warning(warning="standing"), "SDF", rule="addressee-told")


# Measures and notices.


def test_a_boundary_is_whole(syria):
    for missing in ("tolerance_m", "banks", "shape"):
        body = boundary()
        del body[missing]
        refused(syria, body, "RUS", rule="boundary-whole", field="body.shape")
    refused(syria, boundary(shape=zone()["shape"]), "RUS", rule="boundary-whole")
    refused(syria, zone(shape=boundary()["shape"]), "RUS", rule="area")
    passes(syria, boundary("another"), "RUS")


def test_a_step_back_says_how_far(syria):
    body = zone(measure="step-back", place={"words": "east bank"})
    refused(syria, body, "RUS", rule="step-back", field="body.step_back_m")
    passes(syria, body | {"step_back_m": 5_000.0}, "RUS")


def test_a_measure_or_notice_is_somewhere(syria):
    nowhere = zone()
    del nowhere["shape"]
    refused(syria, nowhere, "RUS", rule="place", field="body.shape")
    passes(syria, nowhere | {"place": {"words": "around At Tanf"}}, "RUS")
    refused(syria, notice(volumes=[]), "RUS", rule="notice-place", field="body.volumes")
    passes(syria, notice(volumes=[], origin={"words": "Raqqa"}), "RUS")


def test_a_circle_wider_than_the_theatre_is_refused(syria):
    shape = {"shape": "circle", "center": {"lon": 38.0, "lat": 33.0}, "radius_m": 1_000_001.0}
    refused(syria, zone(shape=shape), "RUS", rule="radius", field="body.shape.radius_m")
    passes(syria, zone(shape=shape | {"radius_m": 1_000_000.0}), "RUS")


def test_what_is_agreed_names_those_who_agree(syria):
    refused(syria, boundary(parties=["COA"]), "RUS", rule="agreed-parties", field="body.parties")
    refused(syria, boundary(parties=[]), "RUS", rule="agreed-parties")
    passes(syria, boundary("x", parties=["RUS"]), "RUS")


# Incidents.


def test_a_claim_is_on_an_incident_and_says_whose(syria):
    refused(syria, claim(syria.things["zone"]["subject"]), "RUS", rule="claim-on-incident")
    unsaid = claim(syria.things["incident"]["subject"])
    del unsaid["whose"]
    refused(syria, unsaid, "RUS", rule="claim-whose", field="body.whose")
    passes(syria, claim(syria.things["incident"]["subject"]), "RUS")


def test_a_reply_is_to_a_claim_or_a_public_statement(syria):
    refused(syria, {"kind": "reply", "to": syria.things["zone"]["statement"], "reply": "denies"}, "RUS",
            rule="reply-to-claim")  # fmt: skip
    for thing in ("claim", "public"):
        body = {"kind": "reply", "to": syria.things[thing]["statement"], "reply": "declines"}
        passes(syria, body, "RUS")


# Kept for oneself.


def test_releases_and_decisions_not_to_tell_stand_in_the_own_log(syria):
    own = syria.things["buildup"]["subject"]
    refused(syria, release(own, "RUS"), "SDF", rule="kept-in-own-log", field="readers")
    theirs = syria.things["message"]["subject"]
    refused(syria, release(theirs, "SDF"), rule="one-owner", field="body.of")
    refused(syria, release(own, "RUS", risk_note=""), rule="type", field="body.risk_note")
    passes(syria, release(own, "RUS"))


# Forwarding.


def forwarded(made: House, party: str, identity: str) -> dict:
    return {"kind": "forwarded", "original": encoded_statement(made, party, identity)}


def test_anothers_words_are_shown_on_as_they_came_and_only_if_they_may(syria):
    may = syria.tell("RUS", remark("you may pass this on"), "COA")
    passes(syria, forwarded(syria, "COA", may["statement"]), "SDF")
    closed = syria.tell("RUS", remark("for you alone"), "COA", onward=False)
    refused(syria, forwarded(syria, "COA", closed["statement"]), "SDF", rule="onward-no")
    refused(syria, forwarded(syria, "COA", closed["statement"]), rule="onward-no")


def test_bytes_that_never_came_are_not_shown_on(syria):
    elsewhere = syria.tell("RUS", remark("to others"), "SDF")
    refused(syria, forwarded(syria, "SDF", elsewhere["statement"]), "PGF", rule="forward")
    came = syria.tell("RUS", remark("to you"), "COA")
    raw = base64.b64decode(encoded_statement(syria, "COA", came["statement"]))
    changed = base64.b64encode(raw.replace(b"to you", b"to her")).decode()
    refused(syria, {"kind": "forwarded", "original": changed}, "SDF", rule="forward")
    refused(syria, {"kind": "forwarded", "original": "no base64!"}, "SDF", rule="base64")
    refused(syria, {"kind": "forwarded", "original": "aaaa"}, "SDF", rule="json")


# Names.


def test_members_that_an_author_names_itself_hold_nothing_that_a_limit_bars(syria):
    asked = syria.things["message"]["statement"]
    for name in ("target", "weapon", "Munition type"):
        body = {"kind": "read-back", "of": asked, "fields": {name: "x"}, "role": "officer"}
        refused(syria, body, "RUS", rule="LIM-01", field=f"body.fields.{name}")
    names = party_body("OCHA", "Coordination office", "agency") | {"local_names": {"target": "x"}}
    refused(syria, names, "public", rule="LIM-01")
    body = {"kind": "read-back", "of": asked, "fields": {"place": "x", "time": "y"}, "role": "officer"}
    passes(syria, body, "RUS")


def test_an_incident_is_told_with_its_narrative_and_no_more(syria):
    passes(syria, incident("9 February", narrative="artillery and aircraft, as the press says"), "RUS")
    refused(syria, incident("9 February", weapon="x"), "RUS", rule="LIM-01", field="body")


def test_a_source_may_be_a_reprint_of_another(syria):
    passes(syria, source("reprint") | {"reprint_of": syria.things["source"]["subject"]}, "public")
    private = syria.tell("COA", source("own notes"))
    refused(syria, source("reprint") | {"reprint_of": private["subject"]}, "public",
            rule="closed-under-reference")  # fmt: skip


def test_an_observation_is_kept_to_oneself_without_a_release(syria):
    refused(syria, observation(), "RUS", rule="LIM-08", field="readers")
    passes(syria, observation())
