from __future__ import annotations

from datetime import timedelta

import pytest
from tests.staging import Stage
from tests.unit.scenarios.scripts import act, answer, message, rung, script, zone

from keepclear.errors import Malformed, Refused
from keepclear.scenarios.player import Made, Player, play
from keepclear.times import utc


def stance(minute=5):
    body = {"on": "z-1", "measure": "Z1", "party": "RUS", "stance": "rejected"}
    return act("t-1", minute, "RUS", "stance", body, tell="public")


def test_names_become_the_ids_that_earlier_steps_made():
    stage = Stage(script(zone(), message(), answer(), stance()))
    made = stage.played
    told = {
        step: stage.picture("COA").entry(made.made(step).statement).statement
        for step in ("m-1", "a-1", "t-1")
    }
    assert told["m-1"].body.about == (made.subjects["Z1"],)
    assert told["a-1"].answers == (made.made("m-1").statement,)
    assert (told["t-1"].body.on, told["t-1"].body.measure) == (
        made.made("z-1").statement,
        made.subjects["Z1"],
    )


def test_a_step_without_a_name_for_its_subject_is_spoken_of_by_its_id():
    stage = Stage(
        script(zone(), message(), act("k-1", 6, "COA", "remark", {"text": "context", "about": ["m-1"]}))
    )
    assert stage.played.subjects["m-1"] == stage.played.subjects["S-m-1"]


def test_a_second_step_of_the_same_name_restates_the_subject():
    wider = zone(step="z-2", at={"local": "2018-02-07 21:00", "offset": "+02:00", "precision": "minute"})
    stage = Stage(script(zone(), wider))
    assert stage.played.made("z-1").subject == stage.played.made("z-2").subject
    assert len(stage.picture("RUS").texts(stage.played.subjects["Z1"])) == 2


def test_an_acknowledgement_names_the_very_bytes_that_were_told():
    stage = Stage(script(zone(), message(), rung("m-1")))
    entry = stage.picture("RUS").entry(stage.played.made("r-m-1").statement)
    assert entry.statement.body.text_hash == stage.played.made("m-1").digest
    assert len(stage.played.made("m-1").digest) == 64


def test_play_stops_after_the_given_instant():
    until = utc("2018-02-07T18:02:00Z")
    stage = Stage(script(zone(), message(), answer()), until=until)
    assert list(stage.played.steps)[-1] == "m-1"
    assert max(entry.recorded_at for entry in stage.entries) <= until + timedelta(0)


def test_a_refused_act_names_its_step_and_keeps_its_rule():
    leaking = act("o-1", 2, "COA", "observation", {
        "what": "a convoy", "party": "RUS", "place": {"words": "a road"},
        "at": {"local": "2018-02-07", "offset": "+02:00", "precision": "day"},
    }, tell=["RUS"])  # fmt: skip
    with pytest.raises(Refused, match="step o-1: ") as refused:
        Stage(script(leaking))
    assert refused.value.rule == "LIM-08"


def test_a_name_that_nothing_made_is_refused_before_its_act():
    acted = []

    def act_out(step, tell, at):
        acted.append(step.step)
        return Made(f"{step.by}.1", f"{step.by}.2", "", at)

    with pytest.raises(Malformed, match='step m-1 speaks of "Z1"'):
        play(script(message()), act_out)
    assert acted == ["p-PRESS", "p-COA", "p-RUS"]


def test_moves_are_given_one_by_one_for_whoever_plays_at_a_pace():
    player = Player(script(zone(), message()))
    stage = Stage(script(zone(), message()))
    seen = []
    for move in player.moves():
        seen.append((move.step.step, move.at))
        player.took(move, stage.played.made(move.step.step))
    assert [step for step, _ in seen] == [step.step for step in player.script.steps]
    assert player.played.subjects == stage.played.subjects


def test_asking_for_a_step_that_was_not_played_is_refused():
    with pytest.raises(Malformed, match="played"):
        Stage(script(zone())).played.made("z-9")
