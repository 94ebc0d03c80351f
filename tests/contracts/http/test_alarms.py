"""Alarms over HTTP: what a station is shown, one acknowledgement for all stations, and who may not."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.building_node import AUDITOR, House, house, message
from tests.watching import Post, claim

from keepclear.service.auth import Role
from keepclear.service.deadlines import Engine
from keepclear.service.heartbeat import Heartbeat
from keepclear.times import text


class Station:
    """A house with its engine, turned by hand."""

    def __init__(self, made: House) -> None:
        self.house = made
        self.post = Post()
        self.engine = Engine(lambda: made.node, self.post, Heartbeat(None, "test"))

    def turn(self) -> None:
        self.house.node.carry_out(self.engine.turn())
        for row in self.engine.waiting():
            sent = claim(self.engine, row)
            assert sent is not None
            self.engine.deliver(sent)
            self.house.node.carry_out([self.engine.record(sent)])

    def later(self, minutes: float) -> None:
        self.house.later(minutes)
        self.turn()
        self.turn()

    def board(self, party: str = "RUS") -> dict:
        return self.house.get(party, "alarms").ok().json["board"]

    def act(self, what: str, subject: str, body: dict | None = None, **more):
        return self.house.post("RUS", f"alarms/{subject}/{what}", body or {}, **more)


@pytest.fixture
def station() -> Iterator[Station]:
    with house() as made:
        found = Station(made)
        made.tell("COA", message("RUS"), "RUS")
        found.later(0.1)
        yield found


def test_a_flash_message_is_an_alarm_at_the_top_marked_exercise(station: Station) -> None:
    [alarm] = station.board()["new"]
    assert (alarm["precedence"], alarm["rule"], alarm["cap"]) == ("flash", "acknowledge", "Exercise")
    assert alarm["reached"] == "duty officer"
    assert alarm["next_words"] == "it climbs to any officer"
    assert station.board("COA")["new"] == []


def test_acknowledged_at_one_station_it_is_silent_at_all_and_on_every_stream(station: Station) -> None:
    [alarm] = station.board()["new"]
    with station.house.listen("RUS") as one, station.house.listen("RUS") as other:
        made = station.act("acknowledge", alarm["subject"]).ok(201).json
        one.settle()
        assert made["statement"] in one.statements()
        assert made["statement"] in other.statements()
    assert station.board()["new"][0]["state"] == "acknowledged, active"
    station.later(11)
    came = [sent.role for sent in station.post.came if sent.party == "RUS"]
    assert came == ["duty officer"], "nobody else is called about what is acknowledged"
    assert "watch chief" in station.board()["earlier"][0]["by_role"]


def test_the_same_act_under_the_same_key_is_done_once(station: Station) -> None:
    [alarm] = station.board()["new"]
    first = station.act("acknowledge", alarm["subject"], key="once").ok(201).json
    again = station.act("acknowledge", alarm["subject"], key="once").ok(200).json
    assert (again["repeated"], again["statement"]) == (True, first["statement"])
    station.act("acknowledge", alarm["subject"]).refused("alarm-state", 422)


def test_shelving_needs_a_reason_and_an_end_and_comes_back_by_itself(station: Station) -> None:
    [alarm] = station.board()["new"]
    now = station.house.clock.now()
    station.act("shelve", alarm["subject"], {"reason": "drill"}).refused("alarm-state", 422)
    late = text(now.replace(year=now.year + 1))
    station.act("shelve", alarm["subject"], {"reason": "drill", "until": late}).refused("alarm-state", 422)
    until = text(now.replace(minute=now.minute + 5))
    station.act("shelve", alarm["subject"], {"reason": "drill", "until": until}).ok(201)
    assert station.board()["shelved"][0]["reason"] == "drill"
    station.later(6)
    assert (station.board()["shelved"], len(station.board()["new"])) == ([], 1)


def test_clearing_needs_a_reason_and_an_alarm_of_this_desk(station: Station) -> None:
    [alarm] = station.board()["new"]
    station.act("end", alarm["subject"]).refused("alarm-state", 422)
    station.act("end", "RUS.nothing", {"reason": "x"}).refused("alarm", 404)
    station.act("end", alarm["subject"], {"reason": "x", "target": 1})
    station.act("end", alarm["subject"], {"reason": "passed by telephone"}).ok(201)
    assert station.board()["open_count"] == 0
    everything = station.house.get("RUS", "alarms", all="yes").json["alarms"]
    assert [step["step"] for step in everything[0]["steps"]] == ["escalated", "sent", "ended"]


def test_nobody_states_an_alarm_or_its_steps_by_hand(station: Station) -> None:
    [alarm] = station.board()["new"]
    step = {"kind": "alarm-step", "of": alarm["statement"], "step": "ended", "by_role": "x", "reason": "x"}
    station.house.try_tell("RUS", step).refused("node-only", 403)
    clock = {"kind": "clock-event", "jump_s": 1.0}
    station.house.try_tell("RUS", clock).refused("node-only", 403)


@pytest.mark.parametrize("role", [Role.OBSERVER, Role.AUDITOR])
def test_who_only_looks_acknowledges_nothing(station: Station, role: Role) -> None:
    [alarm] = station.board()["new"]
    path = f"/api/v1/desks/RUS/alarms/{alarm['subject']}/acknowledge"
    who = AUDITOR if role is Role.AUDITOR else ("RUS", role)
    token = station.house.tokens.token(*who)
    refused = station.house.call("POST", path, token=token, headers={"Idempotency-Key": "k"}, body=b"{}")
    refused.refused("role", 403)


def test_another_partys_alarms_answer_as_if_there_were_none(station: Station) -> None:
    token = station.house.token("COA")
    refused = station.house.call("GET", "/api/v1/desks/RUS/alarms", token=token)
    refused.refused("own-desk", 404)


def test_as_of_earlier_the_board_is_as_it_was(station: Station) -> None:
    at = text(station.house.clock.now())
    [alarm] = station.board()["new"]
    station.house.later(1)
    station.act("acknowledge", alarm["subject"]).ok(201)
    then = station.house.get("RUS", "alarms", at=at).ok().json["board"]
    assert then["new"][0]["state"] == "unacknowledged, active"


def test_the_heartbeat_tells_anybody_how_old_it_is_and_nothing_else(station: Station) -> None:
    assert station.house.call("GET", "/api/v1/heartbeat").ok().json == {
        "running": False, "last": None, "age_s": None,
    }  # fmt: skip
    station.house.app.state.engine = station.engine
    station.house.later(1)
    beat = station.house.call("GET", "/api/v1/heartbeat").ok().json
    assert (beat["running"], beat["age_s"] >= 54) == (True, True)
    assert set(beat) == {"running", "last", "age_s"}
