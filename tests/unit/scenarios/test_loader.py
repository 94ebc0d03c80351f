from __future__ import annotations

from datetime import timedelta
from itertools import pairwise

import pytest
from tests.unit.scenarios.scripts import act, answer, at, message, rung, script, zone

from keepclear.errors import Malformed
from keepclear.model.measures import MeasureStated
from keepclear.scenarios.loader import REFERENCES, instants, load, names, own_steps, step_of
from keepclear.times import utc

HEAD = """
scenario: small
title: Small
caption: A reconstruction.
bounds: {west: 35.0, south: 31.5, east: 43.0, north: 38.0}
"""
PARTY = """{step: %s, caption: Described., party: {party: %s, name: %s, party_kind: state force}}"""


def folder(tmp_path, name, text):
    made = tmp_path / name
    made.mkdir()
    (made / "script.yaml").write_text(HEAD + text)
    return made


def group(*steps, local="2018-02-07 20:00"):
    inner = "".join(f"\n      - {step}" for step in steps)
    shared = (
        f'at: {{local: "{local}", offset: "+02:00", precision: minute}}, by: PRESS, tell: public, mark: I'
    )
    return f"\n  - all: {{{shared}}}\n    steps:{inner}"


def test_a_group_gives_each_of_its_steps_what_they_share(tmp_path):
    made = folder(tmp_path, "one", "steps:" + group(PARTY % ("a", "COA", "One"), PARTY % ("b", "RUS", "Two")))
    steps = own_steps(made)
    assert [(step.step, step.by, step.tell, step.at.local) for step in steps] == [
        ("a", "PRESS", ("public",), "2018-02-07 20:00"),
        ("b", "PRESS", ("public",), "2018-02-07 20:00"),
    ]


def test_steps_of_another_folder_are_taken_in_by_pattern_and_woven_by_time(tmp_path):
    folder(
        tmp_path,
        "one",
        "steps:"
        + group(PARTY % ("0-1", "COA", "One"), PARTY % ("1-1", "RUS", "Two"))
        + group(PARTY % ("0-2", "SDF", "Three"), local="2018-02-07 22:00"),
    )
    made = folder(
        tmp_path,
        "two",
        'include: [{from: one, steps: ["0-*"]}]\nsteps:'
        + group(PARTY % ("2-1", "SYR", "Four"), local="2018-02-07 21:00"),
    )
    assert [step.step for step in load(made).steps] == ["0-1", "2-1", "0-2"]


def test_taking_in_what_is_not_there_is_refused(tmp_path):
    folder(tmp_path, "one", "steps:" + group(PARTY % ("0-1", "COA", "One")))
    made = folder(tmp_path, "two", 'include: [{from: one, steps: ["9-*"]}]\nsteps: []')
    with pytest.raises(Malformed, match='"9-\\*" of one'):
        load(made)


def test_an_include_does_not_leave_the_shelf_of_scenarios(tmp_path):
    made = folder(tmp_path, "two", "include: [{from: ../etc, steps: all}]\nsteps: []")
    with pytest.raises(Malformed) as refused:
        load(made)
    assert refused.value.rule == "include"


def test_one_step_id_in_two_folders_is_refused(tmp_path):
    folder(tmp_path, "one", "steps:" + group(PARTY % ("0-1", "COA", "One")))
    made = folder(
        tmp_path, "two", "include: [{from: one, steps: all}]\nsteps:" + group(PARTY % ("0-1", "RUS", "Two"))
    )
    with pytest.raises(Malformed, match='"0-1" twice, in one and in two'):
        load(made)


def test_a_local_time_becomes_a_stamp_wherever_it_stands():
    seen = {"what": "a convoy", "place": {"words": "a road"}, "at": {**at(5, "hour"), "about": True}}
    step = step_of(act("o-1", 3, "COA", "observation", seen), "test")
    assert step.at.at == utc("2018-02-07T18:03:00Z")
    assert (step.body.at.at, step.body.at.local, step.body.at.about) == (
        utc("2018-02-07T18:05:00Z"),
        "2018-02-07 20:05",
        True,
    )


def test_what_is_said_keeps_its_local_time_unless_another_is_given():
    assert step_of(zone(), "test").said_at.local == "2018-02-07 20:01"
    assert step_of(zone(said_at=at(0, "day")), "test").said_at.precision == "day"


@pytest.mark.parametrize(
    ("change", "rule", "words"),
    [
        ({"measure": None}, "one-body", "without anything stated"),
        ({"remark": {"text": "and this"}}, "one-body", "measure and remark"),
        ({"alarm": {"title": "x"}}, "type", "alarm"),
        ({"measure": None, "finding": {"x": 1}}, "one-body", "the system itself brings about"),
        ({"measure": None, "log-opened": {"author": "COA"}}, "one-body", "the system itself brings about"),
        ({"tell": "RUS"}, "tell", "tells RUS"),
        ({"mark": "X"}, "type", "mark"),
        ({"at": {"local": "yesterday", "offset": "+02:00", "precision": "day"}}, "local-time", "yesterday"),
        ({"at": {"local": "2018-02-07", "offset": "+02:00", "precision": "rough"}}, "stamp", "rough"),
        ({"by": None}, "type", "by"),
    ],
)
def test_a_step_that_breaks_the_format_is_refused_by_name(change, rule, words):
    written = {key: value for key, value in {**zone(), **change}.items() if value is not None}
    with pytest.raises(Malformed) as refused:
        step_of(written, "test")
    assert refused.value.rule == rule
    assert "step z-1" in str(refused.value)
    assert words in str(refused.value)


def test_a_wrong_field_of_a_body_is_named_with_its_path():
    broken = zone()
    broken["measure"]["shape"]["radius_m"] = "wide"
    with pytest.raises(Malformed) as refused:
        step_of(broken, "test")
    assert refused.value.field.endswith("radius_m")


def test_source_is_the_account_when_it_is_a_name_and_the_body_when_it_is_a_mapping():
    body = {"name": "A paper", "source_kind": "press report"}
    assert step_of(act("s-1", 1, "PRESS", "source", body), "test").kind == "source"
    cited = step_of(zone(source="S-1"), "test")
    assert (cited.kind, cited.source) == ("measure", "S-1")


def test_every_name_that_a_step_uses_is_listed():
    told = step_of(message(source="S2", thread="Z1", answers=["m-0"]), "test")
    assert {(name.name, name.subject, name.field) for name in names(told)} == {
        ("m-0", False, "answers"),
        ("S2", True, "source"),
        ("Z1", True, "thread"),
        ("Z1", True, "message.about"),
    }


def test_a_stance_names_a_text_by_its_step_and_a_measure_by_its_name():
    kinds = {kind.__name__: {ref.field: ref.subject for ref in found} for kind, found in REFERENCES.items()}
    assert kinds["StanceTaken"] == {"on": False, "measure": True}
    assert kinds["RungReached"] == {"of": False}
    assert kinds["MessageSent"] == {"channel": True, "about": True, "corrects": False}
    assert kinds["OverlayOffered"] == {"items": False}
    assert REFERENCES[MeasureStated][0].many is False


def test_steps_of_one_instant_keep_their_order_a_microsecond_apart():
    made = script(zone(), message(minute=1), answer(minute=1), rung("m-1", 5))
    times = instants(made.steps)
    steps = [step.step for step in made.steps]
    assert steps == ["p-PRESS", "p-COA", "p-RUS", "z-1", "m-1", "a-1", "r-m-1"]
    gaps = [(later - earlier) / timedelta(microseconds=1) for earlier, later in pairwise(times)]
    assert [gaps[0], gaps[1], gaps[3], gaps[4]] == [1.0, 1.0, 1.0, 1.0]
    assert [times[0], times[3], times[6]] == [made.steps[n].at.at for n in (0, 3, 6)]


def test_a_coarse_time_is_played_at_its_first_instant():
    made = script(zone(at={"local": "2018-03-06", "offset": "+02:00", "precision": "week"}))
    assert instants(made.steps)[-1] == utc("2018-03-05T22:00:00Z")
