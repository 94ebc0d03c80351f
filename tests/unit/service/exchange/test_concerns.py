"""What of the exchange becomes an alarm at a desk: raised once, ended with its cause."""

from __future__ import annotations

from tests.simulated_nodes import Side, entries_of
from tests.stories.test_lost_words import Story
from tests.stories.test_second_texts import shown_on_to_bravo, told_apart
from tests.unit.service.exchange.pair import COA, RUS, TOLD, Pair
from tests.unit.service.exchange.test_session import other

from keepclear.model.statements import encode
from keepclear.rules import between_nodes
from keepclear.service.deadlines import Engine
from keepclear.service.delivery import StationLog
from keepclear.service.exchange.concerns import concerns
from keepclear.service.heartbeat import Heartbeat
from keepclear.views.alarms import alarms


def engine_of(side: Side) -> Engine:
    made = Engine(lambda: side.node, StationLog(), Heartbeat(None, "boot"))
    made.beside = lambda party, now: concerns(side.exchange, party, now)
    return made


def open_at(side: Side, engine: Engine) -> dict[str, bool]:
    for ask in engine.sweep([side.party]):
        side.node.act(ask)
    assert engine.sweep([side.party]) == [], "it is raised and ended once"
    return {each.body.rule: each.is_open for each in alarms(side.node.picture(side.party))}


def test_lost_words_are_an_alarm_until_they_are_back():
    story = Story(after_restore=True)
    engine = engine_of(story.alpha)
    assert open_at(story.alpha, engine) == {between_nodes.UNHEARD: True}
    story.heard()
    assert open_at(story.alpha, engine) == {between_nodes.UNHEARD: True, between_nodes.BEHIND: True}
    story.take_back()
    found = alarms(story.alpha.node.picture(COA))
    for ask in engine.sweep([COA]):
        story.alpha.node.act(ask)
    found = alarms(story.alpha.node.picture(COA))
    assert {each.state.value for each in found} == {"returned, unacknowledged"}


def test_two_texts_are_an_alarm_at_the_desk_that_was_told_one():
    made, _, second = told_apart("the crossing is open")
    shown_on_to_bravo(made, encode(second))
    assert open_at(made.bravo, engine_of(made.bravo)) == {between_nodes.TWO_TEXTS: True}
    assert list(concerns(made.sides["carol"].exchange, made.sides["carol"].party, made.t0)) == []


def test_two_histories_are_an_alarm():
    made = Pair()
    made.said("one")
    made.exchange()
    head = made.head(other(made, entries_of(made.alpha.store, TOLD)))
    session = made.bravo.exchange.session("alpha")
    assert session.stop(made.origin(), head, session.taker.compare(head), made.t0)
    (alarm,) = concerns(made.bravo.exchange, RUS, made.t0)
    assert (alarm.rule, made.origin() in alarm.words) == (between_nodes.SPLIT, True)


def test_twin_a_sound_exchange_raises_nothing():
    made = Pair()
    made.said("one")
    made.exchange()
    for side in made.sides.values():
        assert list(concerns(side.exchange, side.party, made.t0)) == []
        assert engine_of(side).sweep([side.party]) == []
