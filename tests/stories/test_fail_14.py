"""A route was agreed and its operators were not told; calls went unanswered; a car fewer left (FAIL-14).

Each twin shows its story failing when the rule is off, or one thing is as it was then.
"""

from __future__ import annotations

import pytest
from tests.notifying import CELL, FORCE, OTHER, Cell

import keepclear.commands.notifying as notifying
import keepclear.rules.alarming as alarming
import keepclear.views.movements as movements
from keepclear.model.hotline import Rung


@pytest.fixture
def cell():
    with Cell() as made:
        yield made


def it_waits_for_the_operating_cells(cell, rung="relayed"):
    """FAIL-14(a): acknowledged at both headquarters, it is on hold until the named cells have it."""
    made = cell.told_movement()
    cell.at("05:00")
    cell.phones(made)
    for party in (FORCE, OTHER):
        cell.rung(made, party, "acknowledged")
    cell.rung(made, FORCE, "relayed", "Sector cell")
    cell.rung(made, OTHER, rung, "Headquarters")
    assert cell.movement()["condition"] == "HOLD"
    assert cell.movement()["waiting_on"] == ["River cell of Pro-government forces"]
    cell.at("06:00")
    barred = cell.step(made["subject"], "departed", leg=1).refused("departure-barred", 422)
    assert "River cell" in barred.json["detail"]
    cell.rung(made, OTHER, "relayed", "River cell")
    assert cell.movement()["condition"] == "ACTIVE"
    cell.step(made["subject"], "departed", leg=1).ok(201)


def test_fail_14a_it_waits_for_the_operating_cells(cell):
    it_waits_for_the_operating_cells(cell)


def test_fail_14a_twin_an_acknowledgement_at_a_headquarters_would_let_it_go(cell, monkeypatch):
    whole = movements._relayed

    def taken_for_relayed(picture, entry, named):
        about = picture.about(entry.statement.id, movements.RungReached)
        heard = [
            told for told, body in about if body.reader == named.party and body.rung == Rung.ACKNOWLEDGED
        ]
        return heard[0] if heard else whole(picture, entry, named)

    monkeypatch.setattr(movements, "_relayed", taken_for_relayed)
    with pytest.raises(AssertionError):
        it_waits_for_the_operating_cells(cell)


def test_fail_14a_nobody_types_that_it_is_active(cell):
    made = cell.told_movement()
    for word in ("active", "hold", "paused", "resumed"):
        body = {"kind": "status", "of": made["statement"], "status": word}
        cell.house.try_tell(CELL, body, FORCE, OTHER).refused("condition-worked-out", 403)


def test_fail_14a_what_another_says_of_a_cell_does_not_count(cell):
    made = cell.told_movement()
    cell.relayed_by_report = cell.tell(
        CELL,
        {"kind": "rung", "of": made["statement"], "reader": OTHER, "rung": "relayed", "role": "duty officer",
         "cell": "River cell"},
        via="phone", said_by={"name": "their duty officer", "party": OTHER},
    )  # fmt: skip
    cell.rung(made, FORCE, "relayed", "Sector cell")
    assert cell.movement()["waiting_on"] == ["River cell of Pro-government forces"]


def a_changed_composition_is_a_new_text(cell):
    """FAIL-14(b): a car fewer: receipts start anew, it is paused until the cells have relayed that text."""
    made = cell.under_way()
    assert cell.movement()["condition"] == "ACTIVE"
    cell.at("06:30")
    new = cell.changed(made, composition=[{"low": 3, "high": 3, "unit": "trucks"}])
    shown = cell.movement()
    assert shown["condition"] == "PAUSED"
    assert [row["ladder"]["reached"] for row in shown["readers"]] == ["sent", "sent"]
    for party in (FORCE, OTHER):
        cell.rung(new, party, "acknowledged")
    assert cell.movement()["condition"] == "PAUSED"
    cell.relayed(new)
    assert cell.movement()["condition"] == "ACTIVE"


def test_fail_14b_a_changed_composition_is_a_new_text(cell):
    a_changed_composition_is_a_new_text(cell)


def test_fail_14b_twin_receipts_of_the_old_text_would_do_for_the_new(cell, monkeypatch):
    whole = movements._relayed

    def of_any_text(picture, entry, named):
        texts = picture.texts(entry.statement.subject)
        return next((told for text in texts if (told := whole(picture, text, named)) is not None), None)

    monkeypatch.setattr(movements, "_relayed", of_any_text)
    with pytest.raises(AssertionError):
        a_changed_composition_is_a_new_text(cell)


def contact_lost_pauses_and_asks(cell, phones=("phone-1", "phone-2")):
    """FAIL-14(c): call, second telephone, flash to all, in that order; it is paused until it is heard of."""
    made = cell.under_way()
    lost = f"movements/{made['subject']}/contact-lost"
    cell.at("06:59")
    assert cell.movement()["condition"] == "ACTIVE"
    cell.house.post(CELL, lost, {}).refused("contact-lost", 422)
    cell.at("07:00")
    assert cell.movement()["condition"] == "PAUSED"
    cell.at("07:04")
    told = [(row["at"], row["words"]) for row in cell.alarm("contact-lost")["steps"]]
    assert told == [("2018-02-03T07:00:00Z", "to duty officer"), ("2018-02-03T07:02:00Z", "to duty officer"),
                    ("2018-02-03T07:04:00Z", "to watch chief")]  # fmt: skip
    for phone in phones:
        cell.house.post(CELL, lost, {}).refused("contact-order", 422)
        cell.step(made["subject"], "phone silent", phone=phone).ok(201)
    cell.house.post(CELL, lost, {}).ok(201)
    shown = cell.movement()
    assert shown["lost"]["done"] == [
        "phone-1 silent", "phone-2 silent", "flash to Russian forces in Syria, Pro-government forces"
    ]  # fmt: skip
    assert shown["lost"]["next"].startswith("pause and ask")
    flash = cell.house.items(FORCE, "messages")[-1]
    assert flash["precedence"] == "flash"
    assert "do not assume" in flash["texts"][0]["words"]
    assert cell.movement(FORCE)["condition"] == "PAUSED"
    cell.at("07:10")
    cell.step(made["subject"], "checked in", leg=1, reason="radio fault").ok(201)
    assert cell.movement()["condition"] == "ACTIVE"
    assert cell.alarm("contact-lost")["reason"] == "heard of again"


def test_fail_14c_contact_lost_pauses_and_asks(cell):
    contact_lost_pauses_and_asks(cell)


def test_fail_14c_twin_without_the_rule_nobody_is_told_to_call(cell, monkeypatch):
    monkeypatch.setattr(alarming, "_notified", lambda picture, box, now: iter(()))
    with pytest.raises((AssertionError, TypeError)):
        contact_lost_pauses_and_asks(cell)


def test_fail_14c_twin_one_telephone_tried_twice_is_not_two(cell):
    with pytest.raises(AssertionError):
        contact_lost_pauses_and_asks(cell, phones=("phone-1", "phone-1"))


def it_does_not_set_out_before_both_telephones_answer(cell, second="phone silent"):
    """FAIL-14(e): one that does not answer is replaced before it goes, and the test is of the day."""
    made = cell.told_movement()
    cell.at("04:00")
    cell.relayed(made)
    cell.phones(made, second=second)
    cell.at("06:00")
    barred = cell.step(made["subject"], "departed", leg=1).refused("departure-barred", 422)
    assert "2 telephones must answer" in barred.json["detail"]
    cell.step(made["subject"], "phone answered", phone="phone-1").ok(201)
    cell.step(made["subject"], "departed", leg=1).refused("departure-barred", 422)
    cell.step(made["subject"], "phone answered", phone="phone-3").ok(201)
    cell.step(made["subject"], "departed", leg=1).ok(201)


def test_fail_14e_it_does_not_set_out_before_both_telephones_answer(cell):
    it_does_not_set_out_before_both_telephones_answer(cell)


def test_fail_14e_twin_where_both_answered_nothing_holds_it_up(cell):
    with pytest.raises(AssertionError):
        it_does_not_set_out_before_both_telephones_answer(cell, second="phone answered")


def test_fail_14e_twin_without_the_rule_it_sets_out(cell, monkeypatch):
    monkeypatch.setattr(notifying, "barred", lambda picture, found, now: ())
    with pytest.raises(AssertionError):
        it_does_not_set_out_before_both_telephones_answer(cell)


def test_fail_14e_a_number_stands_beside_the_log_and_with_the_cell_alone(cell):
    made = cell.told_movement()
    kept = cell.house.post(CELL, "attachments", b"+000 555 0100").ok(201).json
    named = [{"salted_hash": kept["salted_hash"], "what": "number of phone-1"}]
    cell.step(made["subject"], "phone answered", phone="phone-1", attachments=named).ok(201)
    cell.step(made["subject"], "phone answered", phone="phone-1", tell=[FORCE]).refused(
        "personal-beside", 422
    )
    path = f"attachments/{kept['salted_hash']}"
    assert cell.house.get(CELL, path).ok().body == b"+000 555 0100"
    cell.house.get(FORCE, path).refused("held", 404)
    for party in (CELL, FORCE):
        for view in ("held", "movements"):
            assert b"555 0100" not in cell.house.get(party, view).ok().body
