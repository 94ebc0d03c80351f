from __future__ import annotations

import pytest
from tests.staging import STORIES
from tests.unit.scenarios.scripts import act, answer, at, message, rung, script, zone

from keepclear.errors import Malformed
from keepclear.scenarios.lint import lint, lint_folder

PAPER = {"name": "A paper", "source_kind": "press report"}
SOURCE = act("s-1", 0, "PRESS", "source", PAPER, subject="S1", mark="S")


def rules(*steps):
    return [(fault.step, fault.rule) for fault in lint(script(*steps))]


def remark(text, **more):
    return act("k-1", 5, "COA", "remark", {"text": text}, **more)


@pytest.mark.parametrize("name", ["at_tanf_2017", "euphrates_2018", "syria_accounts"])
def test_the_stories_have_no_faults(name):
    assert [str(fault) for fault in lint_folder(STORIES / name)] == []


def test_a_plain_script_has_no_faults():
    assert rules(zone(), message(), answer(), rung("m-1"), remark("context")) == []


@pytest.mark.parametrize("value", ["sent", "delivered", "displayed"])
def test_a_rung_that_machines_reach_is_a_result(value):
    assert rules(zone(), message(), rung("m-1", value=value)) == [("r-m-1", "result")]


def test_a_status_that_is_worked_out_is_a_result():
    stated = act("s-1", 5, "COA", "status", {"of": "z-1", "status": "hold"})
    assert ("s-1", "result") in rules(zone(), stated)


@pytest.mark.parametrize("status", ["UNCLAIMED", "raised", "operative", "overdue"])
def test_a_status_of_no_statement_cannot_be_written_at_all(status):
    stated = act("s-1", 5, "COA", "status", {"of": "z-1", "status": status})
    with pytest.raises(Malformed, match="enum"):
        rules(zone(), stated)


@pytest.mark.parametrize("status", ["dispersed", "closed", "paused"])
def test_a_status_that_an_officer_states_is_an_act(status):
    assert rules(zone(), act("s-1", 5, "COA", "status", {"of": "z-1", "status": status})) == []


@pytest.mark.parametrize("text", ["It is UNCLAIMED now", "state HOLD", "no known conflict"])
def test_words_of_the_system_are_no_words_of_a_script(text):
    assert rules(remark(text)) == [("k-1", "result")]


@pytest.mark.parametrize(
    "text",
    [
        "the regime", "an enemy", "hostile forces", "terrorists", "the target", "friendly forces",
        "a call on the line", "the area is clear", "it was approved", "a safe zone", "Enemies",
    ],
)  # fmt: skip
def test_loaded_words_are_barred(text):
    assert rules(remark(text)) == [("k-1", "neutral-words")]


@pytest.mark.parametrize(
    "text", ['he said "the regime"', "safety first", "a clearing in the wood", "an online form", "deadlines"]
)
def test_quotations_and_other_words_are_not_barred(text):
    assert rules(remark(text)) == []


def test_loaded_words_are_found_in_captions_and_names_of_speakers():
    assert rules(remark("context", caption="The enemy moves.")) == [("k-1", "neutral-words")]
    assert rules(remark("context", said_by={"name": "a friendly source"})) == [("k-1", "neutral-words")]


def test_the_address_of_a_source_is_no_wording():
    body = {"name": "A paper", "source_kind": "press report", "file": "paper.example/the-regime-line"}
    assert rules(act("s-1", 1, "PRESS", "source", body, tell="public", mark="S")) == []


def test_a_sourced_step_names_its_source():
    assert rules(remark("context", mark="S, clock I")) == [("k-1", "citation")]
    assert rules(SOURCE, remark("context", mark="S, clock I", source="S1")) == []


def test_what_was_invented_is_no_source_of_a_sourced_step():
    source = act(
        "s-1", 0, "PRESS", "source",
        {"name": "Invented", "source_kind": "invented for the exercise"}, subject="INVENTED",
    )  # fmt: skip
    assert rules(source, remark("context", mark="S, clock I", source="INVENTED")) == [("k-1", "citation")]


def test_nobodys_signature_is_invented():
    own = remark("context", mark="S", source="S1")
    pressed = remark("context", mark="S, clock I", source="S1", via="press", said_by={"name": "A"})
    assert rules(SOURCE, own) == [("k-1", "signature")]
    assert rules(SOURCE, pressed) == [("k-1", "signature")]
    assert rules(SOURCE, {**pressed, "by": "PRESS", "mark": "S"}) == []


def test_a_press_account_has_a_speaker():
    told = {**remark("context", mark="S", source="S1", via="press"), "by": "PRESS"}
    assert rules(SOURCE, told) == [("k-1", "speaker")]


def test_parties_are_described_before_they_are_spoken_of():
    assert rules(zone(), message(tell=["RUS", "XYZ"])) == [("m-1", "unknown-party")]
    assert rules(remark("context", said_by={"name": "A", "party": "XYZ"})) == [("k-1", "unknown-party")]


def test_names_are_made_before_they_are_used():
    assert rules(message()) == [("m-1", "known-name")]
    assert rules(zone(at=at(9)), message()) == [("m-1", "known-name")]


def test_only_its_owner_restates_a_subject():
    other = zone(step="z-2", by="RUS", at=at(3))
    assert rules(zone(), other) == [("z-2", "one-owner")]


def test_latitude_first_is_found_by_the_bounds_of_the_scenario():
    swapped = zone()
    swapped["measure"]["shape"]["center"] = {"lon": 33.5, "lat": 38.6}
    faults = lint(script(swapped))
    assert [fault.rule for fault in faults] == ["coordinate-order"]
    assert "latitude first" in faults[0].words


def test_a_caption_is_one_short_sentence():
    assert rules(remark("context", caption="")) == [("k-1", "caption")]
    assert rules(remark("context", caption="x" * 161)) == [("k-1", "caption")]


def test_steps_stand_in_their_file_in_order_of_time(tmp_path):
    head = "scenario: s\ntitle: S\ncaption: C\nbounds: {west: 35, south: 31, east: 43, north: 38}\nsteps:\n"
    row = (
        '  - {step: %s, at: {local: "2018-02-0%d", offset: "+02:00", precision: day}, by: PRESS, mark: I,'
        " caption: Described., party: {party: %s, name: %s, party_kind: archive}}\n"
    )
    script_file = tmp_path / "script.yaml"
    script_file.write_text(head + row % ("a", 2, "PRESS", "One") + row % ("b", 1, "COA", "Two"))
    assert [(fault.step, fault.rule) for fault in lint_folder(tmp_path)] == [("b", "date-order")]
    script_file.write_text(head + row % ("b", 1, "PRESS", "Two") + row % ("a", 2, "COA", "One"))
    assert lint_folder(tmp_path) == []


def test_a_script_that_cannot_be_read_is_one_fault(tmp_path):
    (tmp_path / "script.yaml").write_text("steps: [\n")
    assert [fault.rule for fault in lint_folder(tmp_path)] == ["yaml"]
