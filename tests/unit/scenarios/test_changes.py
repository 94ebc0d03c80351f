from __future__ import annotations

import pytest
from tests.staging import Stage
from tests.unit.scenarios.scripts import act, answer, message, rung, script, zone

from keepclear.errors import Malformed
from keepclear.scenarios.changes import Setting, Twin, with_change

WHOLE = script(zone(), message(), answer(), rung("m-1"))


def ids(made):
    return [step.step for step in made.steps][3:]


def test_a_dropped_step_takes_along_what_cannot_stand_without_it():
    assert ids(with_change(WHOLE, Twin(drop="m-1"))) == ["z-1"]


def test_a_mention_that_may_be_left_out_is_struck_out():
    changed = with_change(WHOLE, Twin(drop="z-1"))
    assert ids(changed) == ["m-1", "a-1", "r-m-1"]
    assert changed.step("m-1").body.about == ()
    assert len(Stage(changed).entries) > 0


def test_a_subject_that_is_restated_stays_known_by_its_other_texts():
    later = zone(step="z-2", at={"local": "2018-02-07 20:01", "offset": "+02:00", "precision": "minute"})
    changed = with_change(script(zone(), later, message()), Twin(drop="z-1"))
    assert changed.step("m-1").body.about == ("Z1",)


def test_several_steps_can_be_dropped():
    assert ids(with_change(WHOLE, Twin(drop=["a-1", "r-m-1"]))) == ["z-1", "m-1"]


@pytest.mark.parametrize(
    ("path", "value", "found"),
    [
        ("measure.shape.radius_m", 50_000, lambda step: step.body.shape.radius_m == 50_000),
        ("measure.shape.center", {"lon": 38.0, "lat": 34.0}, lambda step: step.body.shape.center.lon == 38.0),
        ("said_by", {"name": "A spokesman"}, lambda step: step.said_by is not None),
        ("measure.purpose", "keep apart", lambda step: step.body.purpose == "keep apart"),
        ("at.local", "2018-02-07 20:30", lambda step: step.at.local.endswith("30")),
    ],
)
def test_one_value_is_set_and_nothing_else(path, value, found):
    changed = with_change(WHOLE, Twin(set=Setting("z-1", path, value)))
    assert found(changed.step("z-1"))
    assert not found(WHOLE.step("z-1"))
    assert {step.step for step in changed.steps} == {step.step for step in WHOLE.steps}


def test_a_value_of_null_takes_the_key_out():
    wordy = script(zone(remarks="said twice"))
    assert with_change(wordy, Twin(set=Setting("z-1", "remarks"))).step("z-1").remarks == ""


def test_an_item_of_a_list_is_set_by_its_number():
    changed = with_change(WHOLE, Twin(set=Setting("m-1", "message.texts.0.words", "Who is it?")))
    assert changed.step("m-1").body.texts[0].words == "Who is it?"


def test_a_step_is_added_at_its_time():
    extra = act("x-1", 2, "COA", "remark", {"text": "context"})
    assert ids(with_change(WHOLE, Twin(add=[extra])))[:3] == ["z-1", "m-1", "x-1"]


@pytest.mark.parametrize(
    ("twin", "rule"),
    [
        (Twin(), "twin-change"),
        (Twin(set=Setting("z-1", "measure.shape.radius_m", 55_000)), "twin-change"),
        (Twin(drop="z-9"), "known-step"),
        (Twin(set=Setting("z-9", "mark", "I")), "known-step"),
        (Twin(set=Setting("z-1", "measure.shapes.radius_m", 1)), "twin-path"),
        (Twin(set=Setting("m-1", "message.texts.7.words", "x")), "twin-path"),
    ],
)
def test_a_twin_that_changes_nothing_or_names_nothing_is_refused(twin, rule):
    with pytest.raises(Malformed) as refused:
        with_change(WHOLE, twin)
    assert refused.value.rule == rule


def test_a_twin_that_no_longer_fits_the_model_is_refused():
    with pytest.raises(Malformed) as refused:
        with_change(WHOLE, Twin(set=Setting("z-1", "measure.shape.radius_m", -1)))
    assert refused.value.rule == "length"
