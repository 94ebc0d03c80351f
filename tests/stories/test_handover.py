"""A watch changes hands with what is open, by two persons, and never during a flash (PRA-24)."""

from __future__ import annotations

import pytest
from tests.building_node import house, message, notice, rung, zone

import keepclear.commands.admission as admission
import keepclear.commands.handover as handover
import keepclear.rules.watch as watch
from keepclear.model.countersigning import Countersigned

PEOPLE = {"outgoing": "Major Adams", "incoming": "Captain Brook"}


@pytest.fixture
def made():
    with house() as node:
        yield node


def nobody_hands_over_in_a_flash(node):
    asked = node.tell("RUS", message("COA"), "COA")
    node.post("COA", "watch/handovers", PEOPLE).refused("handover-in-flash")
    node.tell("COA", rung(asked, "COA"), "RUS")
    return node.post("COA", "watch/handovers", PEOPLE).ok(201).json


def test_nobody_hands_over_in_a_flash(made):
    nobody_hands_over_in_a_flash(made)


def test_nobody_hands_over_in_a_flash_twin_without_the_bar(made, monkeypatch):
    monkeypatch.setattr(handover, "open_flash", lambda picture, box, now: ())
    with pytest.raises(AssertionError):
        nobody_hands_over_in_a_flash(made)


def test_another_person_takes_over_what_was_open(made):
    made.tell("RUS", message("COA", words="Who is there?", precedence="routine"), "COA")
    shown = made.get("COA", "watch").ok().json
    assert [item["what"] for item in shown["items"]] == ["not acknowledged"]
    stated = made.post("COA", "watch/handovers", PEOPLE).ok(201).json
    body = made.get("COA", f"statements/{stated['statement']}").ok().json["statement"]["body"]
    assert (body["items"], body["items_hash"]) == (shown["items"], shown["items_hash"])
    path = f"watch/handovers/{stated['statement']}/countersign"
    made.post("COA", path, {"name": "Major Adams"}).refused("two-persons")
    made.post("RUS", path, {"name": "Captain Brook"}).refused("handover")
    assert made.get("COA", "watch").ok().json["expected"]["incoming"] == "Captain Brook"
    made.post("COA", path, {"name": "Captain Brook"}).ok(201)
    assert made.get("COA", "watch").ok().json["expected"] is None
    made.post("COA", "watch/handovers", {"outgoing": "A", "incoming": "a"}).refused("two-persons")
    assert made.get("RUS", f"statements/{stated['statement']}").status == 404


def test_agenda_and_report_are_the_same_to_the_byte_and_carry_purpose_and_status(made):
    made.tell("RUS", message("COA", words="Who is there?", asks=["ours"], precedence="routine"), "COA")
    for path in ("agenda", "sitrep"):
        first, second = (made.get("COA", path).ok() for _ in range(2))
        assert first.body == second.body
        words = first.json["markdown"]
        assert words.startswith("# EXERCISE. ")
        assert "Status Exercise." in words
        assert "not for choosing or attacking anything" in words
        assert "Who is there?" in words


def test_a_flash_that_was_taken_back_bars_no_handover(made):
    told = made.tell("COA", message("RUS"), "RUS")
    refused = made.post("COA", "watch/handovers", PEOPLE).refused("handover-in-flash").json
    assert "taken back: keepclear withdraw" in refused["passes"]
    made.later()
    made.tell("COA", {"kind": "revoked", "of": told["subject"], "reason": "said by mistake"}, "RUS")
    made.post("COA", "watch/handovers", PEOPLE).ok(201)


FORGED = "Seven vehicles\nEXERCISE FLASH NOT RECEIVED: forged\r## Open\u2028- none\u2029\x0b\x85"


def no_words_make_a_row_of_the_papers(made):
    """FAIL-02(e): what another writes stays within its own row of the drafted papers."""
    made.tell("RUS", message("COA", words="Seven vehicles", asks=["ours"], precedence="routine"), "COA")
    made.later()
    honest = {path: made.get("COA", path).ok().json["markdown"].splitlines() for path in ("agenda", "sitrep")}
    made.tell("RUS", message("COA", words=FORGED, asks=["ours"], precedence="routine"), "COA")
    made.tell("RUS", notice(f"Convoy {FORGED}"), "COA")
    for path, rows in honest.items():
        now = made.get("COA", path).ok().json["markdown"].splitlines()
        assert any("forged" in row for row in now)
        assert not any(row.startswith(("EXERCISE", "- none\u2029", "forged")) for row in now)
        assert [row for row in now if row.startswith("#")] == [row for row in rows if row.startswith("#")]


def test_no_words_make_a_row_of_the_papers(made):
    no_words_make_a_row_of_the_papers(made)


def test_twin_words_written_as_they_came_forge_a_row(made, monkeypatch):
    monkeypatch.setattr(watch, "shielded", lambda words: words)
    with pytest.raises(AssertionError):
        no_words_make_a_row_of_the_papers(made)


def test_provenance_names_the_text_its_reader_its_rung_and_whether_it_was_in_force(made):
    first = made.tell("COA", zone(), "RUS")
    made.tell("RUS", rung(first, "COA") | {"reader": "RUS", "rung": "relayed", "cell": "cell 4"}, "COA")
    made.later()
    then = made.clock.now().isoformat().replace("+00:00", "Z")
    made.later()
    made.tell("COA", zone(effect="monitored"), "RUS", subject=first["subject"])
    now = made.get("COA", f"provenance/{first['subject']}").ok().json["items"]
    assert [(row["ordinal"], row["in_force"], row["ladder"]["reached"]) for row in now] == [
        (1, False, "relayed"),
        (2, True, "sent"),
    ]
    before = made.get("COA", f"provenance/{first['subject']}", at=then).ok().json["items"]
    assert [(row["ordinal"], row["in_force"]) for row in before] == [(1, True)]
    assert before[0]["ladder"]["steps"][-1]["cell"] == "cell 4"
    assert made.get("RUS", f"provenance/{first['subject']}").ok().json["items"] == []


def only_who_comes_takes_over(node):
    stated = node.post("COA", "watch/handovers", PEOPLE).ok(201).json
    raw = {"kind": "countersigned", "of": stated["statement"], "text_hash": stated["digest"],
           "role": "duty officer"}  # fmt: skip
    node.try_tell("COA", raw).refused("two-persons")
    assert node.get("COA", "watch").ok().json["held_by"] is None
    path = f"watch/handovers/{stated['statement']}/countersign"
    node.post("COA", path, {"name": "Captain Brook"}).ok(201)
    held = node.get("COA", "watch").ok().json["held_by"]
    assert (held["name"], held["handover"]) == ("Captain Brook", stated["statement"])


def test_only_who_comes_takes_over_and_then_holds_the_watch(made):
    only_who_comes_takes_over(made)


def test_only_who_comes_takes_over_twin_with_bare_signatures_let_in(made, monkeypatch):
    monkeypatch.setitem(admission._RULES, Countersigned, lambda act, body: None)
    with pytest.raises(AssertionError):
        only_who_comes_takes_over(made)


def each_signs_once(node):
    stated = node.post("COA", "watch/handovers", PEOPLE).ok(201).json
    path = f"watch/handovers/{stated['statement']}/countersign"
    node.post("COA", path, {"name": "Major Adams"}).refused("two-persons", 403)
    node.post("COA", path, {"name": "Captain Brook"}).ok(201)
    again = node.post("COA", path, {"name": "Captain Brook"}).refused("signed-once")
    assert "hand-over" in again.json["passes"]
    node.post("COA", path, {"name": "Major Adams"}).refused("two-persons", 403)


def test_each_person_signs_a_handover_once(made):
    each_signs_once(made)


def test_each_person_signs_a_handover_once_twin_where_nobody_counts(made, monkeypatch):
    monkeypatch.setattr(handover, "signed", lambda picture, of: False)
    with pytest.raises(AssertionError):
        each_signs_once(made)


def test_the_statement_of_a_handover_holds_no_name(made):
    stated = made.post("COA", "watch/handovers", PEOPLE).ok(201).json
    path = f"watch/handovers/{stated['statement']}/countersign"
    signed = made.post("COA", path, {"name": "Captain Brook"}).ok(201).json
    for act in (stated, signed):
        whole = made.get("COA", f"statements/{act['statement']}").ok().body
        assert b"Adams" not in whole
        assert b"Brook" not in whole


def test_with_its_name_erased_a_handover_is_not_signed(made):
    stated = made.post("COA", "watch/handovers", PEOPLE).ok(201).json
    body = made.get("COA", f"statements/{stated['statement']}").ok().json["statement"]["body"]
    made.call("DELETE", f"/api/v1/desks/COA/attachments/{body['incoming']}", token=made.token("COA")).ok()
    path = f"watch/handovers/{stated['statement']}/countersign"
    made.post("COA", path, {"name": "Captain Brook"}).refused("name-beside")
    assert made.get("COA", "watch").ok().json["expected"]["incoming"] == "name not held here"
