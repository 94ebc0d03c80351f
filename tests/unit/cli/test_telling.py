"""Commands that tell: what was told reaches the other desk, and a second run doubles nothing."""

from __future__ import annotations

import json

import pytest

from keepclear.model.measures import Stance


def here(node, party):
    return ("--as", party, "--dir", node)


def test_a_party_is_described_and_then_known(cli, node):
    done = cli("party", "MON", "Monitor", "--kind", "monitor", *here(node, "NOR"))
    assert done.status == 0
    assert done.out.startswith("Stated by NOR, told to nobody else.\n")
    assert "Monitor (MON): monitor" in cli("show", "parties", *here(node, "NOR")).out
    assert "MON" not in cli("show", "parties", *here(node, "SOU")).out


def test_a_zone_reaches_the_desk_that_was_told(cli, node):
    done = cli("zone", "Ford", "33°30'N 38°36'E", 2.5, "--tell", "SOU", *here(node, "NOR"))
    assert done.status == 0
    assert done.out.startswith("Stated by NOR, told to SOU.\n")
    zones = cli("show", "measures", *here(node, "SOU"), "--json").json()["items"]
    assert {(zone["name"], zone["radius_m"]) for zone in zones} == {
        ("Bridge zone", 10_000.0),
        ("Ford", 2_500.0),
    }


def test_a_stance_stands_at_both_desks_as_its_partys_own_word(cli, node):
    done = cli(
        "stance", "Bridge zone", "rejected", "--words", "not agreed", "--tell", "NOR", *here(node, "SOU")
    )
    assert done.status == 0
    for party in ("NOR", "SOU"):
        shown = cli("show", "measures", *here(node, party)).out
        assert "rejected “not agreed”, own word" in shown


@pytest.mark.parametrize("word", list(Stance))
def test_every_word_for_a_stance_is_taken_as_the_record_spells_it(cli, node, word):
    assert cli("stance", "Bridge zone", word, "--tell", "NOR", *here(node, "SOU")).status == 0
    assert f"Southern command: {word}" in cli("show", "measures", *here(node, "NOR")).out


def test_a_stance_on_something_unknown_names_what_is_known(cli, node):
    done = cli("stance", "No such zone", "agreed", "--tell", "NOR", *here(node, "SOU"))
    assert done.status == 1
    assert '"Bridge zone"' in done.err


def test_a_notice_comes_from_a_file(cli, node, tmp_path):
    file = tmp_path / "notice.json"
    file.write_text(
        json.dumps({"activity": "movement", "what": "Aid convoy", "destination": {"words": "the bridge"}}),
        encoding="utf-8",
    )
    assert cli("notice", file, "--tell", "SOU", *here(node, "NOR")).status == 0
    assert "Aid convoy (movement, issued)" in cli("show", "notices", *here(node, "SOU")).out


def test_a_message_is_passed_and_acknowledged_under_its_hash(cli, node):
    sent = cli(
        "message", "NOR", "Whose convoy is it?", "--asks", "ours", "--asks", "not ours",
        *here(node, "SOU"), "--json",
    )  # fmt: skip
    assert sent.status == 0
    done = cli("acknowledge", "latest", "--by-role", "watch chief", *here(node, "NOR"), "--json")
    assert done.status == 0
    ladder = cli("told", "NOR", *here(node, "SOU"), "--json").json()["items"][-1]["ladder"]
    assert ladder["reached"] == "acknowledged"
    last = ladder["steps"][-1]
    assert (last["by"], last["how"]) == ("watch chief", "own")


def test_acknowledging_with_no_message_here_says_what_would_pass(cli, node):
    done = cli("acknowledge", "latest", *here(node, "NOR"))
    assert done.status == 1
    assert "Accepted: the id of a statement" in done.err


def test_anything_may_be_stated_from_a_file(cli, node, tmp_path):
    file = tmp_path / "act.json"
    body = {"kind": "public", "topic": "posture", "gist": "We keep to our bank."}
    file.write_text(json.dumps({"body": body, "readers": ["public"]}), encoding="utf-8")
    assert cli("state", file, *here(node, "NOR")).status == 0
    assert "We keep to our bank." in cli("show", "publics", *here(node, "SOU")).out


def test_a_release_is_decided_in_the_role_that_decides_it(cli, node, tmp_path):
    zone = cli("show", "measures", *here(node, "NOR"), "--json").json()["items"][0]["subject"]
    file = tmp_path / "release.json"
    body = {
        "kind": "release", "of": zone, "reader": "SOU", "form": "covering", "approved_by_role": "watch chief",
        "risk_note": "none",
    }  # fmt: skip
    file.write_text(json.dumps({"body": body, "readers": []}), encoding="utf-8")
    assert "watch chief" in cli("state", file, *here(node, "NOR")).err
    assert cli("state", file, "--role", "watch chief", *here(node, "NOR")).status == 0


def test_a_file_that_is_not_json_is_refused_with_its_name(cli, node, tmp_path):
    file = tmp_path / "act.json"
    file.write_text("not json", encoding="utf-8")
    done = cli("state", file, *here(node, "NOR"))
    assert (done.status, done.out) == (1, "")
    assert "act.json" in done.err


def test_the_same_key_and_act_are_carried_out_once(cli, node):
    act = ("message", "SOU", "Once", "--key", "once-1", *here(node, "NOR"))
    first = cli(*act, "--json").json()
    second = cli(*act)
    assert "It had been stated before; nothing was doubled." in second.out
    assert first["statement"] in second.out
    again = cli("message", "SOU", "Other words", "--key", "once-1", *here(node, "NOR"))
    assert again.status == 1
    assert "idempotency-key" in again.err


def test_a_word_outside_the_closed_set_is_refused_before_anything_is_sent(cli, node):
    done = cli("zone", "A", "33 N 38 E", 5, "--effect", "free-fire", "--tell", "SOU", *here(node, "NOR"))
    assert (done.status, done.out) == (1, "")
    assert "keep-out-requested" in done.err
