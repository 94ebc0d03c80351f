"""What a desk claims of the record: no later fact in an earlier sight, and who was left behind with what."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.building_node import House, house, message, plan, stance, zone

from keepclear.service.node import Node
from keepclear.views.desk import PURPOSE_BANNER


@pytest.fixture
def made():
    with house() as found:
        yield found


def then(made: House) -> str:
    found = made.clock.now().isoformat().replace("+00:00", "Z")
    made.later(5)
    return found


def test_a_list_of_an_earlier_instant_names_nothing_by_a_later_name(made):
    first = made.tell("COA", zone("First name"), "RUS")
    made.tell("RUS", stance(first, "RUS", "rejected"), "COA")
    before = then(made)
    made.tell("COA", zone("LATER NAME"), "RUS", subject=first["subject"])
    body = made.get("COA", "held", at=before, limit="1000").ok().body
    assert b"First name" in body
    assert b"LATER NAME" not in body
    assert b"LATER NAME" in made.get("COA", "held", limit="1000").ok().body


def test_pages_of_an_earlier_instant_end_where_it_ends(made):
    made.tell("COA", zone(), "RUS")
    before = then(made)
    early = made.get("RUS", "held", at=before, limit="1000").ok().body
    made.tell("COA", zone("later"), "RUS")
    assert made.get("RUS", "held", at=before, limit="1000").ok().body == early


def test_a_statement_of_an_earlier_instant_names_no_reader_told_later(made):
    first = made.tell("COA", zone(), "RUS")
    before = then(made)
    made.post("COA", "tellings", {"statement": first["statement"], "readers": ["SDF"]}).ok()
    path = f"statements/{first['statement']}"
    assert made.get("COA", path, at=before).ok().json["told_to"] == ["COA", "RUS"]
    assert made.get("COA", path).ok().json["told_to"] == ["COA", "RUS", "SDF"]


def test_who_was_not_told_of_a_withdrawal_shows_so_with_the_reason(made):
    first = made.tell("COA", zone("Z"), "RUS", "SDF")
    made.later()
    gone = {"kind": "revoked", "of": first["subject"]}
    made.tell("COA", gone, "SDF", not_telling={"RUS": "the line is down"})
    row = next(row for row in made.items("COA", "told/RUS") if row["subject"] == first["subject"])
    assert row["holds_older"] is True
    assert [(change["what"], change["reason"]) for change in row["behind"]] == [
        ("taken back", "the line is down")
    ]
    told = [row for row in made.items("COA", "told/SDF") if row["subject"] == first["subject"]]
    assert [(row["holds_older"], row["behind"]) for row in told] == [(False, [])]


def ladder_of(made: House, reader: str, statement: str, **query: str):
    rows = made.items("COA", f"told/{reader}", **query)
    return next(row["ladder"] for row in rows if row["statement"] == statement)


def test_a_party_without_a_desk_here_was_told_and_nothing_was_held_for_it(made):
    sent = made.tell("COA", message("TUR", "RUS"), "TUR", "RUS")
    told = ladder_of(made, "TUR", sent["statement"])
    assert (told["reached"], [step["rung"] for step in told["steps"]]) == ("told", ["told"])
    held = ladder_of(made, "RUS", sent["statement"])
    assert [step["rung"] for step in held["steps"]] == ["sent", "held by host"]


def test_what_was_told_before_a_party_was_hosted_reached_it_when_it_was_hosted(made):
    sent = made.tell("COA", message("TUR"), "TUR")
    before = made.clock.now()
    made.later(120)
    hosted = made.clock.now()
    made.node.host("TUR")
    assert sent["statement"] not in made.node.picture("TUR", before + timedelta(minutes=30))
    made.later()
    entry = made.node.picture("TUR").entry(sent["statement"])
    assert entry is not None
    assert entry.received_at == hosted
    assert sent["statement"] in made.node.picture("TUR", hosted)
    then = (before + timedelta(minutes=30)).isoformat().replace("+00:00", "Z")
    assert ladder_of(made, "TUR", sent["statement"], at=then)["reached"] == "told"
    assert ladder_of(made, "TUR", sent["statement"])["steps"][1]["at"].startswith(f"{hosted:%Y-%m-%dT%H:%M}")


def test_the_time_of_hosting_is_the_same_after_a_restart(made):
    sent = made.tell("COA", message("TUR"), "TUR")
    made.later(120)
    made.node.host("TUR")
    first = [(entry.statement.id, entry.received_at) for entry in made.node.inbox("TUR")]
    again = Node(made.node.store, made.node.keys, made.clock, made.node.cap)
    assert [(entry.statement.id, entry.received_at) for entry in again.inbox("TUR")] == first
    assert sent["statement"] in again.picture("TUR")
    assert all(at >= made.clock.now() for _, at in first)


def test_one_statement_and_a_check_carry_the_purpose_limit(made):
    told = made.tell("COA", zone(), "RUS")
    for answer in (made.get("RUS", f"statements/{told['statement']}"), made.post("RUS", "check", plan())):
        assert PURPOSE_BANNER in answer.ok().json["banner"]
