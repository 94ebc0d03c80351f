"""Which findings become alarms, that each matter has one, and when they end."""

from __future__ import annotations

import pytest
from tests.building import World, hotline, minute, stamp_at

import keepclear.rules.alarming as alarming
import keepclear.views.threads as threads
from keepclear.model.alarms import AlarmStep, StepKind
from keepclear.model.channels import CheckMade, CheckResult, ContactLogged, ContactPurpose, Direction
from keepclear.model.hotline import MessageSent, Purpose, ReadBack, Rung, RungReached, Text
from keepclear.model.parts import Bank, BankPart
from keepclear.model.words import PUBLIC, Precedence
from keepclear.rules.alarming import ENDED, READ_BACK_ANEW, changes, ended_words, wanted
from keepclear.views.alarms import alarms


def world_of(*parties) -> World:
    world = World()
    world.parties(*parties)
    return world


def message(world, at=0, precedence=Precedence.FLASH):
    body = MessageSent(("RUS",), Purpose.SAFETY, (Text("stop"),), precedence)
    return world.tell("COA", body, "RUS", at=at)


def called_for(world, party, at):
    return {each.body.rule: each.body for each in wanted(world.picture(party), world.box(party), minute(at))}


def stand(world, party, at):
    """Raise what is called for, as the engine does."""
    picture, box, standing = world.picture(party), world.box(party), alarms(world.picture(party))
    found = changes(wanted(picture, box, minute(at)), standing)
    # What the engine spares itself changes nothing.
    assert changes(wanted(picture, box, minute(at), standing=standing), standing) == found
    for each in found.to_raise:
        known = [a.subject for a in alarms(world.picture(party)) if a.body.matter == each.body.matter]
        world.tell(party, each.body, at=at, subject=known[0] if known else None)
    return found


def test_a_message_that_came_is_an_alarm_whose_time_runs_from_its_telling():
    world = world_of()
    message(world, at=3)
    body = called_for(world, "RUS", 60)["acknowledge"]
    assert (body.counts_from, body.precedence) == (minute(3), Precedence.FLASH)


def test_a_message_without_a_receipt_is_called_not_received():
    world = world_of()
    message(world)
    assert "not-received" not in called_for(world, "COA", 1)
    body = called_for(world, "COA", 3)["not-received"]
    assert body.title.startswith("NOT RECEIVED")
    assert "counts as not received" in body.words


def test_a_matter_has_one_alarm_and_it_ends_with_its_cause():
    world = world_of()
    told = message(world)
    assert len(stand(world, "RUS", 1).to_raise) == 1
    assert stand(world, "RUS", 2) == changes((), ())
    world.tell("RUS", RungReached(told.id, "RUS", Rung.ACKNOWLEDGED, "duty officer"), "COA", at=3)
    [ended] = stand(world, "RUS", 4).ended
    assert ENDED[ended.body.rule] == "acknowledged or answered here"


def test_of_a_message_whose_alarm_stands_nothing_is_worked_out_anew(monkeypatch):
    world = world_of()
    told = message(world)
    stand(world, "RUS", 1)
    other = message(world, at=2)
    worked_out = []
    work_out = threads._message
    monkeypatch.setattr(
        threads, "_message", lambda *args: worked_out.append(args[2].statement.id) or work_out(*args)
    )
    picture = world.picture("RUS")
    found = wanted(picture, world.box("RUS"), minute(3), standing=alarms(picture))
    assert {each.body.matter for each in found} == {told.subject, other.subject}
    assert worked_out == [other.id]


def test_what_a_person_cleared_comes_again_only_on_new_grounds():
    world = world_of()
    channel = world.tell("COA", hotline(), PUBLIC)
    check = CheckMade(channel.subject, CheckResult.NO_ANSWER, stamp_at(5), "duty officer")
    world.tell("COA", check, at=5)
    [raised] = stand(world, "COA", 6).to_raise
    assert raised.body.rule == "hotline-unanswered"
    [standing] = alarms(world.picture("COA"))
    world.tell("COA", AlarmStep(standing.text, StepKind.ENDED, "duty officer", reason="known"), at=7)
    assert stand(world, "COA", 8).to_raise == ()
    world.tell("COA", CheckMade(channel.subject, CheckResult.NO_ANSWER, stamp_at(9), "duty officer"), at=9)
    assert len(stand(world, "COA", 10).to_raise) == 1


def flash_call(world, at, **more):
    body = ContactLogged(
        "RUS", Direction.IN, ContactPurpose.SAFETY, "waits for the usual contact", stamp_at(at),
        precedence=Precedence.FLASH, **more,
    )  # fmt: skip
    return world.tell("COA", body, at=at)


def test_a_flash_call_that_nobody_takes_is_on_hold_from_its_first_second():
    world = world_of()
    flash_call(world, 5)
    body = called_for(world, "COA", 6)["on-hold"]
    assert body.counts_from == minute(5)
    assert (body.plan.steps[1].after_s, body.plan.steps[1].role) == (60, "any officer")


def test_a_call_that_was_taken_is_not_on_hold():
    world = world_of()
    flash_call(world, 5, answered=True)
    assert "on-hold" not in called_for(world, "COA", 6)


def test_every_alarm_asks_somebody_for_a_contact():
    world = world_of()
    message(world)
    flash_call(world, 5)
    channel = world.tell("COA", hotline(), PUBLIC)
    world.tell("COA", CheckMade(channel.subject, CheckResult.NO_ANSWER, stamp_at(5), "duty officer"), at=5)
    found = called_for(world, "COA", 60)
    assert set(found) == {"not-received", "on-hold", "hotline-unanswered"}
    assert all(body.asks for body in found.values())


def stale_words_are_raised_anew(world):
    part = BankPart("bank", Bank.EAST)
    told = world.tell("COA", MessageSent(("RUS",), Purpose.SAFETY, (Text("stop"),), parts=(part,)), "RUS")
    world.tell("RUS", ReadBack(told.id, {"bank": "west"}, "desk"), "COA", at=1)
    assert [each.body.rule for each in stand(world, "COA", 2).to_raise] == ["read-back/RUS"]
    assert stand(world, "COA", 3) == changes((), ())
    world.tell("RUS", ReadBack(told.id, {"bank": "illegible"}, "desk"), "COA", at=4)
    [ended] = stand(world, "COA", 5).ended
    assert ended_words(world.picture("COA"), ended, minute(5)) == READ_BACK_ANEW
    world.tell("COA", AlarmStep(ended.text, StepKind.RETURNED, "node", reason="anew"), at=6)
    [raised] = stand(world, "COA", 7).to_raise
    assert "illegible" in raised.body.words
    assert raised.body.title.startswith("READ-BACK NOT COMPLETE: bank")
    assert "west" not in raised.body.words


def test_an_alarm_that_says_what_was_heard_before_is_raised_anew():
    stale_words_are_raised_anew(world_of())


def test_twin_where_no_words_are_stale_the_old_ones_stay(monkeypatch):
    monkeypatch.setattr(alarming, "_is_stale", lambda call, last: False)
    with pytest.raises(ValueError, match="not enough values"):
        stale_words_are_raised_anew(world_of())
