"""A party reached by voice alone: what it says by telephone ends the wait, as reported, never as its own.

Its own word can never come, since no node of it writes a log. Without this a flash to it would climb for ever
and bar every handover (domain.md §6, PRA-24).
"""

from __future__ import annotations

import pytest
from tests.building_node import house, message, party_body
from tests.watching import Post

import keepclear.rules.watch as watch
import keepclear.views.threads as threads
from keepclear.rules.alarming import RECEIVED_BY_REPORT
from keepclear.service.deadlines import Engine
from keepclear.service.heartbeat import Heartbeat

PEOPLE = {"outgoing": "Major Adams", "incoming": "Captain Brook"}


class Desk:
    """A desk with an engine, and a party at the end of a telephone."""

    def __init__(self, reach: str = "voice"):
        self.house = house()
        self.engine = Engine(lambda: self.house.node, Post(), Heartbeat(None, "test"))
        self.house.node.carry_out(self.engine.begin())
        self.house.tell("COA", party_body("KRD", "Kurdish desk") | {"reach": reach}, "public")
        self.asked = self.house.tell("COA", message("KRD", precedence="flash"), "KRD")

    def run(self, minutes):
        for _ in range(minutes * 6):
            self.house.node.carry_out(self.engine.turn())
            self.house.later(1 / 6)
        self.house.node.carry_out(self.engine.turn())

    def alarm(self):
        found = self.house.get("COA", "alarms", all="yes").ok().json["alarms"]
        return next(each for each in found if each["rule"] == "not-received")

    def ladder(self):
        sent = next(
            m for m in self.house.items("COA", "messages") if m["statement"] == self.asked["statement"]
        )
        return sent["ladders"][0]["steps"]

    def hand_over(self):
        return self.house.post("COA", "watch/handovers", PEOPLE)

    def call(self, *acts):
        call = self.house.post("COA", "calls", {"with_party": "KRD"}).ok(201).json["subject"]
        text = {"message": self.asked["statement"]}
        bodies = {
            "answered": {"role": "duty officer"}, "passed": text,
            "acknowledged": text | {"role": "duty officer"}, "end": {},
        }  # fmt: skip
        for act in acts:
            self.run(0)
            self.house.later(1 / 6)
            self.house.post("COA", f"calls/{call}/{act}", bodies[act]).ok(201)


@pytest.fixture
def desk():
    made = Desk()
    yield made
    made.house.close()


def what_it_said_by_telephone_ends_the_wait_as_reported(desk):
    desk.run(4)
    alarm = desk.alarm()
    assert alarm["state"] == "unacknowledged, active"
    assert "keepclear in-call acknowledged" in alarm["words"], "it names the command that ends it"
    refused = desk.hand_over().refused("handover-in-flash").json
    assert "keepclear in-call acknowledged" in refused["passes"]
    desk.call("answered", "passed", "end")
    desk.run(1)
    desk.hand_over().refused("handover-in-flash")
    desk.call("answered", "passed", "acknowledged", "end")
    desk.run(1)
    alarm = desk.alarm()
    assert alarm["state"] in ("ended", "returned, unacknowledged"), "it climbs no more"
    assert alarm["reason"] == RECEIVED_BY_REPORT
    assert {step["how"] for step in desk.ladder()} == {"reported"}, "nothing of it is its own word"
    desk.hand_over().ok(201)


def test_what_it_said_by_telephone_ends_the_wait_as_reported(desk):
    what_it_said_by_telephone_ends_the_wait_as_reported(desk)


def test_twin_where_a_report_counts_for_nothing_the_wait_never_ends(desk, monkeypatch):
    monkeypatch.setattr(threads, "reported", lambda picture, entry, party: False)
    with pytest.raises(AssertionError, match="climbs no more"):
        what_it_said_by_telephone_ends_the_wait_as_reported(desk)


def test_twin_where_nothing_waits_the_handover_is_not_barred(desk, monkeypatch):
    monkeypatch.setattr(watch, "owes", lambda *_: False)
    monkeypatch.setattr(threads, "owes", lambda *_: False)
    with pytest.raises((AssertionError, StopIteration)):
        what_it_said_by_telephone_ends_the_wait_as_reported(desk)


def test_of_a_party_with_a_node_a_report_ends_nothing():
    desk = Desk(reach="node")
    desk.run(4)
    desk.call("answered", "passed", "acknowledged", "end")
    desk.run(1)
    assert desk.alarm()["state"] == "unacknowledged, active"
    desk.hand_over().refused("handover-in-flash")
    desk.house.close()
