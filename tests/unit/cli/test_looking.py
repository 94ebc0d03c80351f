"""Commands that look: sentences for people, JSON for programs, exit statuses for scripts."""

from __future__ import annotations

import io
import json
import sys
import typing
from types import SimpleNamespace
from zipfile import ZipFile

import pytest
from tests.unit.cli.conftest import moved

from keepclear.cli.looking import View

VIEWS = typing.get_args(View)


@pytest.mark.parametrize("view", VIEWS)
def test_every_list_is_read_aloud_and_parses_as_json(cli, read_node, view):
    where = ("--as", "SOU", "--dir", read_node)
    spoken = cli("show", view, *where)
    assert spoken.status == 0
    assert spoken.out.strip()
    assert isinstance(cli("show", view, *where, "--json").json()["items"], list)


def test_the_picture_is_the_desk_with_its_lists_and_its_purpose(cli, read_node):
    shown = cli("picture", "--as", "SOU", "--dir", read_node).out
    assert "Bridge zone: stand-off requested" in shown
    assert "Flash message" in shown
    assert "status Exercise" in shown
    assert "not for choosing or attacking" in shown


@pytest.mark.parametrize("view", ["presences", "observations", "buildups"])
def test_lists_of_what_was_observed_carry_the_purpose(cli, read_node, view):
    assert "not for choosing or attacking" in cli("show", view, "--as", "SOU", "--dir", read_node).out


def test_ids_are_shown_when_asked_for_and_else_not(cli, read_node):
    where = ("show", "measures", "--as", "SOU", "--dir", read_node)
    assert "NOR." not in cli(*where).out
    assert cli(*where, "--ids").out.count("NOR.") == 2


def test_a_desk_pulled_back_shows_what_had_reached_it_by_then(cli, read_node):
    before = cli("show", "measures", "--as", "SOU", "--dir", read_node, "--at", "2020-01-01T00:00:00Z")
    assert before.out == "Zones and boundaries: none has reached this desk.\n"


def test_the_told_view_gives_each_text_with_the_rung_it_reached(cli, read_node):
    shown = cli("told", "SOU", "--as", "NOR", "--dir", read_node)
    assert "Zone: Bridge zone" in shown.out
    assert "reached sent" in shown.out
    assert "Log opened" not in shown.out
    assert "Log opened" in cli("told", "SOU", "--as", "NOR", "--dir", read_node, "--ids").out
    assert cli("told", "SOU", "--as", "NOR", "--dir", read_node, "--json").json()["reader"] == "SOU"


def test_told_to_nobody_is_said_in_words(cli, read_node):
    told = cli("told", "NOR", "--as", "SOU", "--dir", read_node).out
    assert told.splitlines() == [
        "This desk had told NOR nothing.",
        "What was said to everybody is told to public: keepclear told public --as SOU.",
    ]


def test_what_was_told_to_somebody_unknown_is_refused_with_the_parties_known(cli, read_node):
    done = cli("told", "NORD", "--as", "NOR", "--dir", read_node)
    assert (done.status, done.out) == (1, "")
    assert "Accepted: one of NOR, SOU, public" in done.err


def test_what_was_told_is_read_out_in_all_its_words(cli, node):
    words = "Aid vehicles stand at the halt until noon. " * 6
    assert cli("message", "SOU", words.strip(), "--as", "NOR", "--dir", node).status == 0
    shown = cli("told", "SOU", "--as", "NOR", "--dir", node).out
    assert f"to Southern command: {words.strip()}" in shown
    assert "…" not in shown
    last = cli("told", "SOU", "--as", "NOR", "--dir", node, "--json").json()["items"][-1]
    assert last["words"] == [words.strip()]


def test_a_circle_is_shown_with_its_centre_and_radius(cli, read_node):
    for words in (("show", "measures"), ("picture",)):
        shown = cli(*words, "--as", "SOU", "--dir", read_node).out
        assert (
            "within 10 km of 33.50000 N 38.60000 E (33°30'00.0\"N 038°36'00.0\"E, 37S DT 62845 06790)"
            in shown
        )


@pytest.mark.parametrize("words", [("picture",), ("show", "measures"), ("told", "SOU"), ("held",)])
def test_a_time_without_offset_is_refused_as_it_was_typed(cli, read_node, words):
    done = cli(*words, "--as", "NOR", "--dir", read_node, "--at", "2018-02-07 21:00")
    assert (done.status, done.out) == (1, "")
    assert '"2018-02-07 21:00" has no offset' in done.err
    assert '"2018-02-07 21:00+02:00"' in done.err


def test_held_lists_what_reached_the_desk(cli, read_node):
    assert "NOR: Zone: Bridge zone" in cli("held", "--as", "SOU", "--dir", read_node).out
    items = cli("held", "--as", "SOU", "--dir", read_node, "--json").json()["items"]
    assert {"log-opened", "key", "measure", "message"} <= {item["kind"] for item in items}


def test_a_plan_that_meets_something_ends_with_two_and_its_grounds(cli, read_node, plan):
    done = cli("check", plan, "--as", "SOU", "--dir", read_node)
    assert done.status == 2
    assert done.out.startswith("1 conflict\n")
    assert "Bridge zone" in done.out
    assert "would leave no known conflict with it" in done.out
    assert "no bound stated: its floor, its ceiling, its start, its end" in done.out
    assert "no permission and no guarantee" in done.out.splitlines()[-1]


def test_a_plan_far_away_ends_with_zero_and_no_known_conflict(cli, read_node, plan):
    done = cli("check", moved(plan, 3.0), "--as", "SOU", "--dir", read_node)
    assert done.status == 0
    assert done.out.startswith("no known conflict\n")
    assert "Checked against" in done.out


def test_a_plan_that_cannot_be_read_ends_with_one(cli, read_node, tmp_path):
    bad = tmp_path / "bad.geojson"
    bad.write_text('{"type": "Point", "coordinates": [1, 2]}', encoding="utf-8")
    done = cli("check", bad, "--as", "SOU", "--dir", read_node)
    assert (done.status, done.out) == (1, "")
    assert "Accepted: a Feature or FeatureCollection" in done.err


def test_a_plan_may_come_from_standard_input(cli, read_node, plan, monkeypatch):
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(plan.read_bytes())))
    done = cli("check", "-", "--as", "SOU", "--dir", read_node, "--json")
    assert done.status == 2
    assert done.json()["answer"] == "conflicts"


def test_a_check_submits_nothing(cli, read_node, plan):
    def size():
        return len(cli("held", "--as", "SOU", "--dir", read_node, "--json").json()["items"])

    before = size()
    cli("check", plan, "--as", "SOU", "--dir", read_node)
    assert size() == before


def test_a_proof_prints_the_grade(cli, read_node):
    done = cli("proof", "--as", "NOR", "--dir", read_node)
    assert done.status == 0
    assert done.out.splitlines()[-1] == "grade: 1 self-consistent only"
    assert cli("proof", "--as", "NOR", "--reader", "SOU", "--dir", read_node, "--json").json()["verified"]


def test_an_export_for_one_reader_holds_that_log_alone(cli, read_node, tmp_path):
    whole = cli("export", tmp_path / "whole", "--as", "NOR", "--dir", read_node)
    one = cli("export", tmp_path / "one.zip", "--reader", "SOU", "--as", "NOR", "--dir", read_node)
    assert whole.out == f"{tmp_path / 'whole.zip'}\n"
    assert one.out == f"{tmp_path / 'one.zip'}\n"
    assert "keepclear verify" in one.err
    assert _logs(tmp_path / "one.zip") == {("NOR", "SOU")}
    assert ("NOR", "NOR") in _logs(tmp_path / "whole.zip")


def _logs(path):
    with ZipFile(path) as packed:
        abouts = [json.loads(packed.read(name)) for name in packed.namelist() if name.endswith("about.json")]
    return {(about["author"], about["reader"]) for about in abouts}


def test_the_record_shared_with_one_party_is_exported_alone_and_verifies(cli, read_node, tmp_path):
    shared = tmp_path / "shared.zip"
    assert cli("party", "NOR", "North", "--tell", "NOR", "--as", "SOU", "--dir", read_node).status == 0
    assert cli("export", shared, "--with", "SOU", "--as", "NOR", "--dir", read_node).status == 0
    done = cli("verify", shared, "--json")
    assert done.status == 0
    assert {(log["author"], log["reader"]) for log in done.json()["logs"]} == {("NOR", "SOU"), ("SOU", "NOR")}


def test_an_export_never_writes_over_a_file(cli, read_node, tmp_path):
    target = tmp_path / "kept.zip"
    target.write_bytes(b"kept")
    done = cli("export", target, "--as", "NOR", "--dir", read_node)
    assert done.status == 1
    assert target.read_bytes() == b"kept"


def test_a_measure_past_its_times_is_listed_as_lapsed(cli, node, tmp_path):
    body = {
        "kind": "measure", "name": "Night zone", "measure": "zone", "effect": "call", "basis": "declared",
        "shape": {"shape": "circle", "center": {"lon": 38.6, "lat": 33.5}, "radius_m": 500.0},
    }  # fmt: skip
    valid = {"start": "2018-02-07T18:00:00Z", "end": "2018-02-07T20:00:00Z"}
    act = tmp_path / "act.json"
    act.write_text(json.dumps({"body": body, "valid": valid, "readers": ["SOU"]}), encoding="utf-8")
    told = cli("state", act, "--as", "NOR", "--dir", node)
    assert told.status == 0, told.err
    for words in (("picture",), ("show", "measures"), ("held",)):
        assert "lapsed since 2018-02-07 20:00Z" in cli(*words, "--as", "SOU", "--dir", node).out, words
