"""Commands that tell: what was told reaches the other desk, and a second run doubles nothing."""

from __future__ import annotations

import json
import re

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


def test_a_closed_word_may_be_typed_in_any_case(cli, node):
    assert (
        cli("message", "SOU", "x", "--precedence", "FLASH", "--asks", "Ours", *here(node, "NOR")).status == 0
    )
    last = cli("show", "messages", *here(node, "SOU"), "--json").json()["items"][-1]
    assert (last["precedence"], last["asks"]) == ("flash", ["ours"])


def test_a_position_is_echoed_in_three_forms_and_says_what_was_taken_as_latitude(cli, node):
    done = cli("zone", "Ford", "33.5, 38.6", 2, "--tell", "SOU", *here(node, "NOR"))
    assert "33.50000 N 38.60000 E (33°30'00.0\"N 038°36'00.0\"E, 37S DT 62845 06790)" in done.err
    assert "33.5 was taken as latitude, 38.6 as longitude" in done.err
    lettered = cli("zone", "Mill", "33.5 N 38.6 E", 2, "--tell", "SOU", *here(node, "NOR"))
    assert "taken as latitude" not in lettered.err


@pytest.mark.parametrize("radius", ["nan", "inf", "-3", "0", "1001"])
def test_a_radius_that_is_none_is_refused_in_kilometres(cli, node, radius):
    done = cli("zone", "Ford", "33.5 N 38.6 E", radius, "--tell", "SOU", *here(node, "NOR"))
    assert (done.status, done.out) == (1, "")
    assert f"{radius} km" in done.err
    assert "at most 1,000" in done.err


def test_a_second_zone_of_one_name_is_stated_and_says_that_there_was_one(cli, node):
    def declared(name, key):
        return cli("zone", name, "33.5 N 38.6 E", 2, "--tell", "SOU", "--key", key, *here(node, "NOR"))

    assert "of the name" not in declared("Ford", "a").err
    assert "of the name" not in declared("Ford", "a").err, "the same act again is no second zone"
    again = declared("Ford", "b")
    assert again.status == 0
    assert 'NOR has another of the name "Ford": NOR.' in again.err
    assert "keepclear withdraw" in again.err


def test_zones_of_one_name_are_told_apart_by_id_and_owner(cli, node):
    cli("zone", "Bridge zone", "34 N 39 E", 2, "--tell", "NOR", *here(node, "SOU"))
    ids = [item["subject"] for item in cli("show", "measures", *here(node, "NOR"), "--json").json()["items"]]
    done = cli("stance", "Bridge zone", "agreed", "--tell", "NOR", *here(node, "SOU"))
    assert done.status == 1
    assert len(ids) == 2
    assert all(identity in done.err for identity in ids)
    assert "of Northern command" in done.err


@pytest.mark.parametrize("command", ["state", "notice"])
@pytest.mark.parametrize("depth", [400, 100_000])
def test_json_that_is_nested_too_deep_is_refused(cli, node, tmp_path, command, depth):
    file = tmp_path / "deep.json"
    file.write_text('{"a":' * depth + "1" + "}" * depth, encoding="utf-8")
    tell = ["--tell", "SOU"] if command == "notice" else []
    done = cli(command, file, *tell, *here(node, "NOR"))
    assert (done.status, done.out) == (1, "")
    assert done.err


def test_a_position_in_degrees_minutes_and_seconds_run_together_is_doubted_aloud(cli, node):
    said = cli("zone", "Doubted", "33.3018N 36.1730E", "5", "--tell", "SOU", "--as", "NOR", "--dir", node)
    assert said.status == 0
    assert "33°30'18.0\"N 036°17'30.0\"E" in " ".join(said.err.split())
    plain = cli("zone", "Sure", "33.505N 36.2917E", "5", "--tell", "SOU", "--as", "NOR", "--dir", node)
    assert (plain.status, "run together" in plain.err) == (0, False)


@pytest.mark.parametrize("center", ["33 30 18 36 17 30", "33°30'18\" 36°17'30\""])
def test_a_position_without_its_letters_is_told_the_right_form(cli, node, center):
    refused = cli("zone", "No letters", center, "5", "--tell", "SOU", "--as", "NOR", "--dir", node)
    words = " ".join(refused.err.split())
    assert refused.status == 1
    assert "need N or S and E or W behind each coordinate" in words
    assert "33°54'04.3\"N 39°53'02.8\"E" in words


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["party", "EAS", ""], "Accepted: a text of at least 1 sign."),
        (["message", "SOU", "x", "--precedence", "urgent"], "[rule choice]. Accepted: one of routine,"),
        (["notice", "."], ". is a folder [rule path]. Accepted: a file."),
        (
            ["danger", "Nowhere"],
            "the name or id of a protected site that stands at this desk: keepclear sites",
        ),
        (["warn", "SOU", "x", "--within-min", "-5"], "an ultimatum of -5 minutes [rule within]"),
        (["message", "NOR", "hello myself"], "a message to oneself [rule message-other]"),
    ],
)
def test_what_is_refused_names_its_rule_and_what_would_pass(cli, read_node, words, says):
    done = cli(*words, *here(read_node, "NOR"))
    assert done.status == 1
    assert says in " ".join(f"{done.out} {done.err}".replace("\u2502", " ").split())
    assert "`" not in done.err


def test_a_site_is_kept_without_telling_and_its_release_is_named_where_it_is_told(cli, node, tmp_path):
    ring = [[38.6, 33.5], [38.61, 33.5], [38.61, 33.51], [38.6, 33.5]]
    at = {"type": "Feature", "properties": {}, "geometry": {"type": "Polygon", "coordinates": [ring]}}
    drawn = tmp_path / "clinic.geojson"
    drawn.write_text(json.dumps(at), encoding="utf-8")
    site = ["declare", "Clinic", drawn, "--measure", "protected site"]
    told = cli(*site, "--tell", "SOU", *here(node, "NOR"))
    assert (told.status, "keepclear release NAME --to SOU --risk-note WORDS" in told.err) == (1, True)
    kept = cli(*site, *here(node, "NOR"))
    assert "told to nobody else" in kept.out, kept.err
    released = cli("release", "Clinic", "--to", "SOU", "--risk-note", "they asked for it", *here(node, "NOR"))
    assert released.status == 0, released.err


def the_id_that_was_printed_has_its_provenance(cli, node, *to):
    """The statement id that was just printed is enough to ask who had which text."""
    told = cli(*to, *here(node, "NOR"))
    identity = re.search(r"Statement (\S+)", told.out)[1]
    shown = cli("provenance", identity, *here(node, "NOR"))
    assert shown.status == 0
    assert shown.out.startswith("Southern command: text 1, in force, sent\n"), shown.out


def test_the_id_that_was_printed_has_its_provenance(cli, node):
    the_id_that_was_printed_has_its_provenance(cli, node, "message", "SOU", "Hold at the bridge.")


def test_twin_what_was_told_to_nobody_is_said_to_be_so(cli, node):
    kept = ("zone", "Ford", "33°30'N 38°36'E", 2.5)
    with pytest.raises(AssertionError, match=r"This desk has told nobody else of NOR\."):
        the_id_that_was_printed_has_its_provenance(cli, node, *kept)
