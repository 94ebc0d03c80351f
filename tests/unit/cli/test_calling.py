"""The telephone from a terminal: a call from ring to end, the script, the code, the spelling."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from tests.unit.cli.conftest import Cli

import keepclear.cli.calling as calling
from keepclear.cli.calling import _call
from keepclear.cli.output import Printer


@pytest.fixture
def passed(cli: Cli, node: Path) -> str:
    """A message from NOR to SOU with what must be heard right, and a call in which it was read out."""
    made = cli(
        "message", "SOU", "Stop: our people are there.", "--precedence", "flash", "--asks", "will act",
        "--part", "place=35.28000N 40.18000E", "--part", "bank=east", "--part", "vehicles=20 vehicles",
        "--as", "NOR", "--dir", node, "--json",
    )  # fmt: skip
    assert made.status == 0, made.err
    for words in (["call", "SOU"], ["in-call", "answered", "--role", "duty officer", "--lang", "ru"],
                  ["in-call", "passed"]):  # fmt: skip
        run = cli(*words, "--as", "NOR", "--dir", node)
        assert run.status == 0, run.err
    return made.json()["statement"]


def test_a_wrong_read_back_is_named_and_a_right_one_confirms_nothing_by_itself(
    cli: Cli, node: Path, passed: str
) -> None:
    heard = ["--heard", "place=35.28N 40.18E", "--heard", "bank=west bank", "--heard", "vehicles=twenty"]
    run = cli("in-call", "read-back", passed, *heard, "--as", "NOR", "--dir", node)
    assert run.status == 0, run.err
    assert "bank: differs; said “east”; heard “west bank”; heard west, said was east" in run.out
    assert "place: incomplete" in run.out
    assert "OPEN: place, bank" in run.out
    shown = cli("calls", "--as", "NOR", "--dir", node)
    assert "FLASH call to Southern command: answered" in shown.out
    assert "DIFFERS: place, bank" in shown.out
    assert "reported by Northern command" in shown.out
    heard = ["--heard", "place=35.28000N 40.18000E", "--heard", "bank=east"]
    run = cli("in-call", "read-back", passed, *heard, "--as", "NOR", "--dir", node)
    assert "Nothing differs." in run.out
    assert cli("in-call", "answer", "--word", "will act", "--as", "NOR", "--dir", node).status == 0
    assert cli("in-call", "end", "--words", "they stop", "--as", "NOR", "--dir", node).status == 0
    ended = cli("calls", "--as", "NOR", "--dir", node)
    assert "answered: will act" in ended.out
    again = cli("in-call", "hold", "--as", "NOR", "--dir", node)
    assert (again.status, "a call that goes on" in again.err) == (1, True)


def test_both_ends_read_the_same_code_aloud(cli: Cli, node: Path, passed: str) -> None:
    codes = {
        cli("code", passed, "--as", party, "--dir", node, "--json").json()["spoken"]
        for party in ("NOR", "SOU")
    }
    assert len(codes) == 1
    assert len(codes.pop().replace(" ", "")) == 8


def test_the_script_is_read_out_in_two_languages(cli: Cli, node: Path, passed: str) -> None:
    run = cli("script", passed, "--as", "NOR", "--dir", node)
    assert "not reviewed by a native speaker" in run.out, "they were heard to speak Russian"
    assert "Safety message, flash." in run.out
    assert "Сообщение о безопасности" in run.out
    assert "tree fife degrees wun six minutes" in run.out


def test_spelling_needs_no_node(cli: Cli) -> None:
    assert cli("spell", "Dove 12").out.strip() == "Delta Oscar Victor Echo wun too"
    refused = cli("spell", "☂")
    assert (refused.status, "spelling-sign" in refused.err) == (1, True)


@pytest.mark.parametrize(
    ("typed", "sort"),
    [("p=35.28N 40.18E", "place"), ("t=2018-02-07T20:00:00Z", "time"), ("h=1200 m amsl", "height"),
     ("h=4000 ft AGL", "height"), ("d=3 km", "distance"), ("c=10 to 20 people", "count"),
     ("c=20 vehicles", "count"), ("b=east bank", "bank"), ("s=call Dove 12", "call-sign")],
)  # fmt: skip
def test_the_sort_of_a_part_is_told_by_its_form(cli: Cli, node: Path, typed: str, sort: str) -> None:
    run = cli("message", "SOU", "words", "--part", typed, "--as", "NOR", "--dir", node)
    assert run.status == 0, run.err
    shown = cli("show", "messages", "--as", "NOR", "--dir", node, "--json").json()["items"]
    assert shown[-1]["parts"][0]["part"] == sort


@pytest.mark.parametrize("typed", ["bank", "bank=", "x=somewhere", "x=1200 AMSL"])
def test_a_part_of_no_known_form_says_which_there_are(cli: Cli, node: Path, typed: str) -> None:
    run = cli("message", "SOU", "words", "--part", typed, "--as", "NOR", "--dir", node)
    assert run.status == 1
    assert "[rule part]" in run.err


def test_a_correction_names_what_it_corrects(cli: Cli, node: Path, passed: str) -> None:
    run = cli("message", "SOU", "again", "--corrects", passed, "--as", "NOR", "--dir", node, "--json")
    assert run.status == 0, run.err
    items = {item["statement"]: item for item in
             cli("show", "messages", "--as", "SOU", "--dir", node, "--json").json()["items"]}  # fmt: skip
    assert items[run.json()["statement"]]["corrects"] == passed
    assert items[passed]["corrected_by"] == run.json()["statement"]
    theirs = cli("message", "NOR", "no", "--corrects", passed, "--as", "SOU", "--dir", node)
    assert (theirs.status, "[rule corrects]" in theirs.err) == (1, True)


def test_a_message_is_read_out_with_its_code_its_parts_and_what_was_heard(
    cli: Cli, node: Path, passed: str
) -> None:
    run = cli("in-call", "read-back", passed, "--heard", "bank=west", "--as", "NOR", "--dir", node)
    assert run.status == 0, run.err
    shown = cli("show", "messages", "--as", "NOR", "--dir", node).out
    code = cli("code", passed, "--as", "SOU", "--dir", node, "--json").json()["spoken"]
    assert f"check code {code}" in shown
    assert "bank: east" in shown
    assert "read back by Southern command: place not read back; bank differs; vehicles not read back" in shown
    assert "DIFFERS: bank" in shown
    assert "passed by telephone" in shown
    told = cli("told", "SOU", "--as", "NOR", "--dir", node).out
    assert "reported, per Northern command" in told


def test_the_latest_message_in_a_call_is_the_latest_to_that_party(cli, node):
    here = ("--as", "NOR", "--dir", node)
    cli("party", "KRD", "Kurdish desk", "--reach", "voice", *here)
    theirs = cli("message", "KRD", "For them alone", *here, "--json").json()["statement"]
    assert cli("message", "SOU", "Newer, to another", *here).status == 0
    cli("call", "KRD", *here)
    cli("in-call", "answered", *here)
    done = cli("in-call", "passed", "latest", *here)
    assert done.status == 0, done.err
    [call] = cli("calls", *here, "--json").json()["items"]
    assert [each["statement"] for each in call["passed"]] == [theirs]
    cli("in-call", "end", *here)
    cli("party", "TUR", "Northern neighbour", "--reach", "voice", *here)
    cli("call", "TUR", *here)
    none = cli("in-call", "passed", "latest", *here)
    assert (none.status, "keepclear message TUR" in none.err) == (1, True), none.err


def test_latest_on_a_call_is_the_latest_of_that_calls_party(cli: Cli, node: Path, passed: str) -> None:
    here = ("--as", "NOR", "--dir", node)
    assert cli("party", "EAS", "Eastern command", *here).status == 0
    newer = cli("message", "SOU", "For them, and not passed yet", *here, "--json").json()["statement"]
    assert cli("message", "EAS", "For others", *here).status == 0
    run = cli("in-call", "read-back", "latest", "--heard", "bank=east", *here)
    assert "bank: same" in run.out, run.err
    assert cli("in-call", "passed", "latest", *here).status == 0
    call = cli("calls", *here, "--json").json()["items"][0]
    assert [each["statement"] for each in call["passed"]] == [passed, newer]


def test_latest_on_a_call_with_a_party_that_was_sent_nothing_names_that_party(cli: Cli, node: Path) -> None:
    here = ("--as", "NOR", "--dir", node)
    assert cli("party", "EAS", "Eastern command", *here).status == 0
    assert cli("call", "EAS", *here).status == 0
    run = cli("in-call", "passed", *here)
    assert (run.status, "keepclear message EAS WORDS" in run.err) == (1, True)
    assert "keepclear read-back" in run.err


def test_nothing_is_said_to_be_told_to_who_is_reached_by_voice_until_it_was_said(
    cli: Cli, node: Path
) -> None:
    here = ("--as", "NOR", "--dir", node)
    assert cli("party", "KRD", "Kurdish desk", "--reach", "voice", *here).status == 0
    told = cli("message", "KRD", "Stop", *here)
    assert "told to" not in told.out, told.err
    assert "NOT SAID YET to Kurdish desk (KRD), reached by voice alone: keepclear call KRD" in told.out
    assert "told to SOU" in cli("message", "SOU", "Stop", *here).out, "twin: a party that is no voice's"
    begun = cli("call", "KRD", *here)
    assert "with Kurdish desk (KRD) noted" in begun.out
    assert "Watch of Kurdish desk (KRD): not known" in begun.out


def test_that_any_officer_was_asked_is_past_once_it_is_past(cli: Cli, node: Path) -> None:
    here = ("--as", "NOR", "--dir", node)
    assert cli("call", "SOU", "--incoming", *here).status == 0
    item = cli("calls", *here, "--json").json()["items"][0]
    due = datetime.fromisoformat(item["hold_due"])
    for after_s, words in ((-1, "is asked to take it at"), (1, "has been asked to take it since")):
        now = (due + timedelta(seconds=after_s)).isoformat()
        rows = list(_call(item, now, Printer(as_json=False)))
        assert f"  any officer {words}" in rows[-1]


def test_who_states_a_hotline_is_told_how_to_say_of_its_own_end(cli: Cli, node: Path) -> None:
    stated = cli("open-hotline", "Ground hotline", "SOU", "--as", "NOR", "--dir", node)
    asked = 'keepclear hotline-end "Ground hotline"'
    assert asked in stated.err
    board = cli("hotlines", "--as", "NOR", "--dir", node).out
    assert f"you have said nothing of your end: {asked}" in board
    assert "Southern command: duty officer; has said nothing of its end" in board
    assert cli("hotline-end", "Ground hotline", "--as", "NOR", "--dir", node).status == 0
    assert asked not in cli("hotlines", "--as", "NOR", "--dir", node).out


def _told(cli: Cli, node: Path, *words: str) -> str:
    run = cli(*words, "--as", "NOR", "--dir", node)
    assert run.status == 0, run.err
    return run.out


def the_sole_hotline_counts_and_of_several_none_is_guessed(cli: Cli, node: Path) -> None:
    """FAIL-16(a): a call counts for the only hotline to that party, and the command says for which."""
    assert "It counts for no hotline: none to SOU is known here." in _told(cli, node, "call", "SOU")
    _told(cli, node, "in-call", "end")
    _told(cli, node, "open-hotline", "Ground hotline", "SOU")
    begun = _told(cli, node, "call", "SOU")
    assert "It counts for the hotline Ground hotline, the only one to SOU." in begun
    failed = _told(cli, node, "in-call", "no-answer")
    assert "Again: keepclear call SOU" in failed
    assert "It stands as an alarm until somebody has spoken with them" in failed
    assert "observed unanswered" in _told(cli, node, "hotlines")
    assert "as asked" in _told(cli, node, "call", "SOU", "--channel", "none")
    _told(cli, node, "in-call", "answered", "--role", "officer")
    _told(cli, node, "in-call", "end")
    assert "observed unanswered" in _told(cli, node, "hotlines")
    _told(cli, node, "call", "SOU")
    _told(cli, node, "in-call", "answered", "--role", "officer")
    _told(cli, node, "in-call", "end")
    shown = _told(cli, node, "hotlines")
    assert "observed up" in shown
    assert "last contact: under a minute ago" in shown
    _told(cli, node, "open-hotline", "Deputies' hotline", "SOU", "--level", "deputy")
    several = _told(cli, node, "call", "SOU")
    assert "It counts for NO hotline: 2 join this desk with SOU. Name one with --channel:" in several
    assert '"Ground hotline"' in several
    left = _told(cli, node, "in-call", "no-answer")
    assert """or keepclear call SOU --channel "Deputies' hotline" (deputy, observed unknown)""" in left


def test_fail_16a_the_sole_hotline_counts_and_of_several_none_is_guessed(cli: Cli, node: Path) -> None:
    the_sole_hotline_counts_and_of_several_none_is_guessed(cli, node)


def test_fail_16a_twin_a_call_without_its_hotline_leaves_it_unasked(
    cli: Cli, node: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(calling, "_hotlines_to", lambda here, party: [])
    with pytest.raises(AssertionError):
        the_sole_hotline_counts_and_of_several_none_is_guessed(cli, node)


def test_a_call_is_listed_with_when_it_began_was_answered_and_ended(
    cli: Cli, node: Path, passed: str
) -> None:
    began = re.compile(r"  began \d{4}-\d\d-\d\d \d\d:\d\d.*; answered \d{4}-")
    assert began.search(_told(cli, node, "calls"))
    _told(cli, node, "in-call", "end")
    assert re.search(r"; ended \d{4}-\d\d-\d\d", _told(cli, node, "calls"))
