"""What stays before a person until this desk itself has acknowledged or answered."""

from __future__ import annotations

import pytest
from tests.building import COVERING, World, minute, speaker, spot, stamp_at, zone

from keepclear.model.hotline import Answer, AnswerGiven, MessageSent, Purpose, Rung, RungReached, Text
from keepclear.model.notices import Observed
from keepclear.model.words import PUBLIC, Via
from keepclear.rules.attention import attention


@pytest.fixture
def world() -> World:
    made = World()
    made.parties()
    return made


def ask(world, *to, readers=None):
    body = MessageSent(to, Purpose.SAFETY, (Text("Whose are they?"),))
    return world.tell("COA", body, *(to if readers is None else readers))


def rules(world, party):
    return [found.rule for found in attention(world.picture(party), world.box(party), minute(300))]


def acknowledged(of, reader):
    return RungReached(of.id, reader, Rung.ACKNOWLEDGED, "duty officer")


def test_what_the_sender_reports_of_this_desk_acknowledges_nothing_here(world):
    asked = ask(world, "RUS")
    assert rules(world, "RUS") == ["acknowledgement"]
    world.tell("COA", acknowledged(asked, "RUS"), "RUS", via=Via.PHONE)
    heard = speaker("RUS desk", "RUS")
    world.tell("COA", AnswerGiven(Answer.OURS), "RUS", answers=(asked.id,), said_by=heard)
    assert rules(world, "RUS") == ["acknowledgement"]


def test_twin_its_own_acknowledgement_does(world):
    asked = ask(world, "RUS")
    world.tell("RUS", acknowledged(asked, "RUS"), "COA")
    assert rules(world, "RUS") == []


def test_the_answer_of_another_addressee_answers_nothing_for_this_one(world):
    asked = ask(world, "RUS", "PGF")
    world.tell("PGF", AnswerGiven(Answer.NOT_OURS), "COA", "RUS", answers=(asked.id,))
    assert rules(world, "RUS") == ["acknowledgement"]
    assert rules(world, "PGF") == []
    world.tell("RUS", AnswerGiven(Answer.CHECKING), "COA", answers=(asked.id,))
    assert rules(world, "RUS") == []


def test_a_sighting_in_a_zone_told_in_two_forms_asks_once(world):
    first = world.tell("COA", zone(), "SDF", at=1)
    world.tell("COA", zone("wide", 80_000.0), PUBLIC, subject=first.subject, form=COVERING, at=2)
    seen = Observed("vehicles", spot(38.7, 33.5, 100.0), stamp_at(200))
    world.tell("SDF", seen, at=210)
    assert rules(world, "SDF") == ["zone-entry"]


def test_a_sighting_by_a_clock_that_is_ahead_does_not_ask_for_ever(world):
    world.tell("COA", zone(), "SDF", at=1)
    world.tell("SDF", Observed("vehicles", spot(38.7, 33.5, 100.0), stamp_at(90_000)), at=200)
    assert rules(world, "SDF") == ["zone-entry"]
    later = attention(world.picture("SDF"), world.box("SDF"), minute(200 + 25 * 60))
    assert later == []
