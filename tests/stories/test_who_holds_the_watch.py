"""Who holds the watch is shown where one calls: by name, since and until, or "nobody", or "not known"."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from tests.building_node import START, house, party_body

import keepclear.commands.shifts as rules
import keepclear.views.on_watch as on_watch
from keepclear.cli.main import main
from keepclear.views.picture import NAME_NOT_HELD

ENDS = [{"party": "COA", "role": "ground desk"}, {"party": "RUS", "role": "duty officer"}]
CHANNEL = {"kind": "channel", "name": "Ground hotline", "domain": "ground", "level": "desk", "ends": ENDS}
ON_CALL = {
    "kind": "on-call", "role": "duty officer", "duty": "duty officer",
    "hours": {"zone": "UTC", "spans": [{"opens": "00:00", "closes": "23:59"}]},
}  # fmt: skip


def at(hours):
    return (START + timedelta(hours=hours)).isoformat().replace("+00:00", "Z")


def shift(name, begins=-2, ends=6, **more):
    return {"role": "duty officer", "name": name, "start": at(begins), "end": at(ends), **more}


def state(node, party, *of, **more):
    return node.post(party, "shifts", shift(*of, **more)).ok(201).json


@pytest.fixture
def node():
    with house() as made:
        made.tell("COA", party_body("RUS"), "RUS")
        made.tell("COA", CHANNEL, "RUS")
        made.tell("RUS", CHANNEL, "COA")
        made.later()
        yield made


def desks(node, party):
    """Give who holds the watch at every hotline that a desk shows, as one row each."""
    rows = node.get(party, "hotline-board").ok().json["items"]
    return [{end["party"]: end["watch"] for end in row["ends"]} for row in rows]


def both_ends_are_shown_by_name(node, tell=("COA",)):
    state(node, "COA", "Major Adams", station="desk 1")
    state(node, "RUS", "Colonel Petrov", readers=list(tell))
    node.later()
    for watch in desks(node, "COA"):
        assert [one["name"] for one in watch["COA"]["persons"]] == ["Major Adams"]
        (there,) = watch["RUS"]["persons"]
        assert (there["name"], there["since"], there["until"]) == ("Colonel Petrov", at(-2), at(6))
        assert there["how"] == "own"
    for watch in desks(node, "RUS"):
        assert watch["COA"]["state"] == "not known", "COA told its shift to nobody"
        assert "Major Adams" not in json.dumps(watch)


def nobody_and_not_known_are_two_things(node):
    assert {watch["state"] for row in desks(node, "COA") for watch in row.values()} == {"not known"}
    state(node, "COA", "Major Adams", -6, -1)
    assert desks(node, "COA")[0]["COA"]["state"] == "not known"
    assert "the rota ends" in desks(node, "COA")[0]["COA"]["words"]
    state(node, "COA", "Captain Brook", 2, 8)
    found = desks(node, "COA")[0]["COA"]
    assert (found["state"], found["persons"]) == ("nobody is on shift", [])
    assert "by the rota" in found["words"]


def an_erased_name_is_shown_as_not_held(node, erase=True):
    made = state(node, "RUS", "Colonel Petrov", readers=["COA"])
    named = node.get("RUS", f"statements/{made['statement']}").ok().json["statement"]["attachments"]
    path = f"/api/v1/desks/RUS/attachments/{named[0]['salted_hash']}"
    if erase:
        node.call("DELETE", path, token=node.token("RUS")).ok()
    node.later()
    for party in ("COA", "RUS"):
        (there,) = desks(node, party)[0]["RUS"]["persons"]
        assert there["name"] == NAME_NOT_HELD
        assert desks(node, party)[0]["RUS"]["state"] == "on shift"


def a_name_goes_only_to_who_must_call(node):
    for reader in ("SDF", "public"):
        node.post("COA", "shifts", shift("Major Adams", readers=[reader])).refused("shift-readers")
    told = shift("Colonel Petrov", party="RUS")
    node.post("COA", "shifts", told | {"readers": ["RUS"]}).refused("shift-readers")
    node.post("COA", "shifts", told).ok(201)
    (there,) = desks(node, "COA")[0]["RUS"]["persons"]
    assert there["how"].startswith("reported by ")
    assert desks(node, "RUS")[0]["RUS"]["state"] == "not known", "a report is told to nobody"
    assert {row["party"] for row in node.items("COA", "shifts")} == {"RUS"}
    assert node.items("RUS", "shifts") == []


def a_handover_moves_who_has_it_and_since_when(node):
    node.tell("COA", ON_CALL)
    state(node, "COA", "Major Adams")
    people = {"outgoing": "Major Adams", "incoming": "Captain Brook"}
    made = node.post("COA", "watch/handovers", people).ok(201).json
    node.post("COA", f"watch/handovers/{made['statement']}/countersign", {"name": "Captain Brook"}).ok(201)
    (row,) = node.items("COA", "on-call")
    (person,) = row["watch"]["persons"]
    assert person["name"] == "Captain Brook"
    assert person["since"] > at(-2)


def test_both_ends_are_shown_by_name(node):
    both_ends_are_shown_by_name(node)


def test_both_ends_twin_untold_the_other_end_is_not_known(node):
    with pytest.raises(ValueError, match="not enough values"):
        both_ends_are_shown_by_name(node, tell=())


def test_nobody_and_not_known_are_two_things(node):
    nobody_and_not_known_are_two_things(node)


def test_nobody_and_not_known_twin_with_one_word_for_both(node, monkeypatch):
    monkeypatch.setattr(on_watch, "NOT_KNOWN", on_watch.NOBODY)
    with pytest.raises(AssertionError):
        nobody_and_not_known_are_two_things(node)


def test_an_erased_name_is_shown_as_not_held(node):
    an_erased_name_is_shown_as_not_held(node)


def test_an_erased_name_twin_that_stands_is_shown(node):
    with pytest.raises(AssertionError):
        an_erased_name_is_shown_as_not_held(node, erase=False)


def test_a_name_goes_only_to_who_must_call(node):
    a_name_goes_only_to_who_must_call(node)


def test_a_name_goes_only_to_who_must_call_twin_without_the_rule(node, monkeypatch):
    monkeypatch.setattr(rules, "_hold_readers", lambda act: None)
    with pytest.raises(AssertionError):
        a_name_goes_only_to_who_must_call(node)


def test_a_handover_moves_who_has_it_and_since_when(node):
    a_handover_moves_who_has_it_and_since_when(node)


def test_the_commands_show_it_where_one_calls(tmp_path, capsys):
    folder = tmp_path / "node"
    assert main(["init", str(folder), "--party", "COA", "--party", "RUS"]) == 0

    def run(*words):
        capsys.readouterr()
        assert main([*words, "--dir", str(folder)]) == 0, capsys.readouterr().err
        return capsys.readouterr().out

    path = tmp_path / "channel.json"
    for party, other in (("COA", "RUS"), ("RUS", "COA")):
        run("party", other, f"{other} command", "--as", party)
        run("party", party, f"{party} command", "--tell", other, "--as", party)
        path.write_text(json.dumps({"body": CHANNEL, "readers": [other]}))
        run("state", str(path), "--as", party)
    whole = ("2000-01-01T00:00:00Z", "2099-01-01T00:00:00Z")
    run("shift", "duty officer", "Colonel Petrov", *whole, "--tell", "COA", "--as", "RUS")
    path.write_text(json.dumps({"body": ON_CALL, "readers": []}))
    run("state", str(path), "--as", "COA")
    board = run("hotlines", "--as", "COA")
    assert "watch: Colonel Petrov as duty officer, since 2000-01-01 00:00Z, until 2099-01-01 00:00Z" in board
    assert "watch: not known: no shift is stated" in board
    assert "watch: not known" in run("on-call", "--as", "COA")
    assert "Watch of RUS command: Colonel Petrov" in run("call", "RUS", "--as", "COA")
    assert "RUS command, own" in run("shifts", "--as", "COA")
