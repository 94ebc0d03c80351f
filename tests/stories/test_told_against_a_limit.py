"""Another's node tells what a hard limit bars: it stays in the record, is on no desk, and a person is told.

An honest node refuses such words at its sender. These come from one that does not.
"""

from __future__ import annotations

import base64
from typing import Any

import msgspec
import pytest
from tests.simulated_nodes import size_of
from tests.unit.service.exchange.pair import COA, RUS, TOLD, Pair, changed, parts

from keepclear.commands.forwarding import Forward, decide_forward
from keepclear.commands.telling import Tell
from keepclear.errors import LimitRefused, NotKnown
from keepclear.geo.figures import Point
from keepclear.geo.shapes import Circle, Spot
from keepclear.model.hotline import MessageSent, Purpose, Text
from keepclear.model.measures import Basis, Effect, MeasureKind, MeasureStated
from keepclear.model.notices import PresenceStated, RemarkMade, Seen
from keepclear.model.parties import PartyKind, PartyStated
from keepclear.model.parts import PlacePart
from keepclear.model.statements import encode
from keepclear.model.telling import Forwarded, StatusStated
from keepclear.model.words import Count, Place
from keepclear.rules import between_nodes
from keepclear.service.exchange.concerns import concerns
from keepclear.service.http.peers import peer_view

HERE = Point(38.98, 33.51)


def place(radius_m: float) -> Place:
    return Place("east bank", Circle(HERE, radius_m))


def presence(radius_m: float, count: Count | None = None) -> PresenceStated:
    return PresenceStated("RUS", "patrol", place(radius_m), Seen.OBSERVED, strength=count)


def zone(radius_m: float) -> MeasureStated:
    return MeasureStated("zone", MeasureKind.ZONE, Effect.CALL, Basis.DECLARED, shape=Circle(HERE, radius_m))


def told(body: Any) -> tuple[Pair, Any]:
    """Alpha's node, which refuses nothing, tells bravo this; then something harmless."""
    made = Pair()
    made.said("one")
    made.said("two")
    *opening, one, two = made.pack().entries
    said = made.alpha.keys.sign(msgspec.structs.replace(parts(one)[3], body=body))
    made.take(made.resigned(*opening, changed(one, statement=said), two))
    return made, said


def forwarded(body: Any) -> Forwarded:
    """Another's words shown on; the inner signature is its bearer's own affair here."""
    made = Pair()
    said = made.said("inner")
    inner = made.alpha.keys.sign(msgspec.structs.replace(said, body=body))
    return Forwarded(base64.b64encode(encode(inner)).decode())


BARRED = {
    "a point where others are": (lambda: presence(200), "LIM-08"),
    "others to the man": (lambda: presence(2_000, Count(low=7, high=7)), "LIM-08"),
    "others by coordinates": (
        lambda: PresenceStated("RUS", "patrol", Place("33.51234, 38.98765"), Seen.OBSERVED), "LIM-08",
    ),
    "a point shown on": (lambda: forwarded(presence(200)), "LIM-08"),
    "words that permit": (lambda: StatusStated("COA.x", "paused", "cleared to fire"), "LIM-04"),
    "words that permit, shown on": (
        lambda: forwarded(StatusStated("COA.x", "paused", "cleared to fire")), "LIM-04",
    ),
    "a measure that marks a thing": (
        lambda: zone(5.0), "LIM-08",
    ),
    "a remark on a point": (lambda: RemarkMade("seen here", place=place(100)), "LIM-08"),
    "a name that a limit bars": (
        lambda: PartyStated("OTH", "Others", PartyKind.STATE_FORCE, local_names={"target": "x"}), "LIM-01",
    ),
}  # fmt: skip
LET = {
    "a cell where others are": lambda: presence(2_000, Count(low=5, high=20)),
    "one's own place": lambda: PresenceStated("COA", "patrol", place(200), Seen.DECLARED),
    "a cell shown on": lambda: forwarded(presence(2_000)),
    "a zone": lambda: MeasureStated(
        "zone", MeasureKind.ZONE, Effect.CALL, Basis.DECLARED, shape=Circle(HERE, 5_000.0)
    ),
    "a party": lambda: PartyStated("OTH", "Others", PartyKind.STATE_FORCE, local_names={"de": "Andere"}),
}


@pytest.mark.parametrize("what", BARRED)
def test_what_a_limit_bars_is_kept_shown_nowhere_and_said(what):
    make, limit = BARRED[what]
    made, said = told(make())
    node, now = made.bravo.node, made.bravo.clock.now()
    assert size_of(made.bravo.store, TOLD) == 4, "told: it is proof"
    assert node.withheld[said.id].limit == limit
    assert node.picture(RUS).entry(said.id) is None
    assert said.id not in [entry.statement.id for entry in node.inbox(RUS)]
    (alarm,) = concerns(made.bravo.exchange, RUS, now)
    assert (alarm.rule, limit in alarm.title) == (between_nodes.WITHHELD, True)
    assert "on the hotline" in alarm.asks[0].words
    view = peer_view(made.bravo.exchange, made.bravo.exchange.peers.of("alpha"), now, RUS)
    assert limit in view.why
    assert "ask its author on the hotline" in view.why
    made.bravo.start()
    assert made.bravo.node.withheld[said.id].limit == limit
    assert [each.text for each in remarks(made)] == ["two"]


def remarks(made: Pair) -> list[RemarkMade]:
    return [e.statement.body for e in made.bravo.node.inbox(RUS) if isinstance(e.statement.body, RemarkMade)]


@pytest.mark.parametrize("what", LET)
def test_twin_what_is_within_the_limits_is_shown_and_no_alarm_is_raised(what):
    made, said = told(LET[what]())
    assert made.bravo.node.withheld == {}
    assert made.bravo.node.picture(RUS).entry(said.id) is not None
    assert list(concerns(made.bravo.exchange, RUS, made.bravo.clock.now())) == []


@pytest.mark.parametrize("what", ["a point where others are", "words that permit"])
def test_twin_a_reader_that_does_not_judge_shows_it(monkeypatch, what):
    monkeypatch.setattr("keepclear.service.node.barred", lambda _: "")
    made, said = told(BARRED[what][0]())
    assert made.bravo.node.picture(RUS).entry(said.id) is not None


def test_whoever_warns_is_heard_whatever_the_words():
    words = Text("Your people at 33.51234, 38.98765 are in danger: they are free to fire on")
    made, said = told(MessageSent((RUS,), Purpose.SAFETY, (words,)))
    assert made.bravo.node.picture(RUS).entry(said.id) is not None


def test_twin_a_part_of_a_message_that_marks_others_is_no_warning():
    part = PlacePart("post", Spot(HERE, 50.0), RUS)
    made, said = told(MessageSent((RUS,), Purpose.SAFETY, (Text("here they are"),), parts=(part,)))
    assert made.bravo.node.withheld[said.id].limit == "LIM-08"


def test_what_is_withheld_is_not_passed_on():
    made, said = told(presence(200))
    ask = Forward(said.id, (COA,))
    with pytest.raises(NotKnown):
        decide_forward(made.bravo.node.desk(RUS), ask, "on", made.bravo.clock.now(), made.bravo.keys)


def test_an_honest_node_refuses_it_at_its_sender():
    made = Pair()
    with pytest.raises(LimitRefused):
        made.alpha.node.act(made.alpha.node.ask(COA, Tell(body=presence(200), readers=(RUS,)), "k"))
