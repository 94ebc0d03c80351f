"""A rung says for which bytes, after its text; a read-back is confirmed once it was made."""

from __future__ import annotations

import pytest
from tests.building_node import House, house, message, rung

import keepclear.commands.receipts as receipts


@pytest.fixture
def syria():
    with house() as made:
        made.asked = made.tell("COA", message("RUS"), "RUS")
        yield made


def test_an_own_rung_names_the_bytes_that_were_read(syria):
    bare = rung(syria.asked, "RUS", text_hash="")
    syria.try_tell("RUS", bare, "COA").refused("text-hash", 422)
    syria.try_tell("COA", bare, "RUS", via="phone").ok(201)
    syria.try_tell("RUS", rung(syria.asked, "RUS"), "COA").ok(201)


def at(minute: int, **more) -> dict:
    return {"at": f"2018-02-01T{8 + minute // 60:02d}:{minute % 60:02d}:00Z", **more}


def test_a_rung_comes_after_its_text_and_not_after_now(syria):
    """The text was told at 08:01."""
    syria.later(60)
    early = rung(syria.asked, "RUS", at={"at": "2018-02-01T06:00:00Z"})
    syria.try_tell("RUS", early, "COA").refused("rung-after-text", 422)
    syria.try_tell("RUS", rung(syria.asked, "RUS", at=at(120)), "COA").refused("not-yet", 422)
    syria.try_tell("RUS", rung(syria.asked, "RUS", at=at(2)), "COA").ok(201)
    hour = at(0, precision="hour")
    syria.try_tell("RUS", rung(syria.asked, "RUS", "displayed", at=hour), "COA").ok(201)


def confirm(made: House, **more):
    return made.try_tell("COA", rung(made.asked, "RUS", "read-back confirmed"), "RUS", **more)


def test_a_read_back_is_confirmed_after_it_was_made(syria):
    confirm(syria).refused("read-back-first", 422)
    body = {"kind": "read-back", "of": syria.asked["statement"], "fields": {"where": "bank"}, "role": "desk"}
    syria.tell("RUS", body, "COA")
    confirm(syria).ok(201)


def test_a_read_back_that_was_taken_back_is_none(syria):
    body = {"kind": "read-back", "of": syria.asked["statement"], "fields": {"where": "bank"}, "role": "desk"}
    made = syria.tell("RUS", body, "COA")
    syria.later()
    syria.tell("RUS", {"kind": "revoked", "of": made["subject"]}, "COA")
    confirm(syria).refused("read-back-first", 422)


@pytest.mark.parametrize(("by", "to", "via"), [("RUS", "COA", "direct"), ("COA", "RUS", "phone")])
def test_a_rung_of_read_back_is_one_too_the_readers_or_the_callers(syria, by, to, via):
    syria.tell(by, rung(syria.asked, "RUS", "read back"), to, via=via)
    confirm(syria).ok(201)


def a_bare_rung_is_no_read_back(syria):
    bank = {"part": "bank", "name": "bank", "bank": "east"}
    asked = syria.tell("COA", message("RUS", parts=[bank]), "RUS")
    bare = rung(asked, "RUS", "read back")
    syria.try_tell("RUS", bare, "COA").refused("read-back-first", 422)
    refused = syria.try_tell("COA", bare, "RUS", via="phone").refused("read-back-first", 422)
    assert "keepclear in-call read-back --heard" in refused.json["passes"]
    heard = {"kind": "read-back", "of": asked["statement"], "fields": {"bank": "east"}, "role": "desk"}
    syria.tell("RUS", heard, "COA")
    syria.try_tell("RUS", bare, "COA").ok(201)


def test_a_bare_rung_is_no_read_back_of_a_text_with_fields(syria):
    a_bare_rung_is_no_read_back(syria)


def test_twin_without_the_rule_nothing_heard_counts_as_read_back(syria, monkeypatch):
    monkeypatch.setattr(receipts, "_something_was_heard", lambda act, body, entry: None)
    with pytest.raises(AssertionError):
        a_bare_rung_is_no_read_back(syria)


def test_an_acknowledgement_is_no_read_back(syria):
    syria.tell("RUS", rung(syria.asked, "RUS"), "COA")
    confirm(syria).refused("read-back-first", 422)


def test_a_message_goes_on_to_more_readers_once_its_addressees_have_it(syria):
    syria.post("COA", "tellings", {"statement": syria.asked["statement"], "readers": ["SDF"]}).ok(201)


def test_a_text_is_stated_as_displayed_once_and_by_the_machine(syria):
    syria.try_tell("RUS", rung(syria.asked, "RUS", "displayed", role="screen"), "COA").ok(201)
    syria.try_tell("RUS", rung(syria.asked, "RUS", "displayed", role="screen"), "COA").refused(
        "displayed-once", 422
    )
    syria.try_tell("RUS", rung(syria.asked, "RUS"), "COA").ok(201)


def test_each_party_states_for_itself_that_a_text_was_displayed(syria):
    """The twin of displayed-once: the rule counts one party's word, never another's report of it."""
    shown = rung(syria.asked, "RUS", "displayed", role="screen")
    syria.try_tell("COA", shown, "RUS", via="phone", said_by={"name": "desk", "party": "RUS"}).ok(201)
    syria.try_tell("RUS", shown, "COA").ok(201)
    syria.try_tell("RUS", shown, "COA").refused("displayed-once", 422)


def test_without_its_rule_a_text_is_stated_as_displayed_by_every_screen(syria, monkeypatch):
    monkeypatch.setattr(receipts, "_displayed_once", lambda act, body: None)
    for _ in range(2):
        syria.try_tell("RUS", rung(syria.asked, "RUS", "displayed", role="screen"), "COA").ok(201)


def a_text_is_relayed_to_a_cell_by_its_name(syria):
    bare = rung(syria.asked, "RUS", "relayed")
    refused = syria.try_tell("RUS", bare, "COA").refused("relayed-cell", 422)
    assert "--cell" in refused.json["passes"]
    syria.try_tell("COA", bare, "RUS", via="phone").refused("relayed-cell", 422)
    syria.try_tell("RUS", rung(syria.asked, "RUS", "relayed", cell="river post"), "COA").ok(201)


def test_a_text_is_relayed_to_a_cell_by_its_name(syria):
    a_text_is_relayed_to_a_cell_by_its_name(syria)


def test_twin_without_the_rule_it_is_relayed_to_nobody(syria, monkeypatch):
    monkeypatch.setattr(receipts, "_to_a_cell", lambda body: None)
    with pytest.raises(AssertionError):
        a_text_is_relayed_to_a_cell_by_its_name(syria)
