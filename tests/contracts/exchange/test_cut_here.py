"""A link that one side cuts: what each side reads of it, on two nodes in processes of their own."""

from __future__ import annotations

import json
import time

import pytest
from tests.contracts.exchange.test_backup_of_a_peer import asked_of, heard, say
from tests.two_processes import Pair, waited


@pytest.fixture
def pair(tmp_path):
    made = Pair.made(tmp_path)
    try:
        made.start()
        yield made
    finally:
        made.close()


def test_who_cut_the_link_reads_so_and_the_other_side_reads_whom_to_call(pair):
    at = ["--dir", pair.alpha.folder]
    waited(lambda: pair.alpha.peer()["state"] == "up")
    whole = asked_of("peer", "check", "bravo", *at)
    assert (whole.returncode, "HERE" in whole.stdout) == (0, False), whole.stderr
    assert asked_of("peer", "cut", "bravo", *at).returncode == 0
    here = asked_of("peer", "check", "bravo", *at)
    assert "bravo lets this node in" in here.stdout
    assert "the link is cut HERE" in " ".join(here.stdout.split())
    waited(lambda: "does not let this node in" in pair.bravo.peer()["why"])
    assert "call them on the hotline" in pair.bravo.peer()["why"]


def told(pair: Pair, words: str) -> str:
    assert asked_of("party", "RUS", "Their forces", "--dir", pair.alpha.folder).returncode == 0
    done = asked_of("message", "RUS", words, "--dir", pair.alpha.folder)
    assert done.returncode == 0, done.stderr
    return " ".join(done.stderr.split())


def listed(pair: Pair) -> str:
    return " ".join(asked_of("peer", "list", "--dir", pair.alpha.folder).stdout.split())


def waiting(pair: Pair) -> str:
    done = asked_of("told", "RUS", "--waiting", "--dir", pair.alpha.folder)
    assert done.returncode == 0, done.stderr
    return " ".join(done.stdout.split())


def test_a_link_that_is_down_one_way_is_not_said_to_hold_up_what_is_told_here(pair):
    waited(lambda: pair.alpha.peer()["state"] == "up")
    pair.to_bravo.break_off()
    waited(lambda: pair.alpha.peer()["state"] == "down")
    waited(lambda: "it fetches what is told here" in listed(pair))
    assert "This waits" not in told(pair, "Four boats go downstream")
    waited(lambda: pair.alpha.peer()["unsent"] == 0)
    assert "The node of RUS holds all" in waiting(pair)


def test_twin_a_link_that_is_down_both_ways_says_what_waits_and_which(pair):
    waited(lambda: pair.alpha.peer()["state"] == "up")
    told(pair, "Held over there")
    waited(lambda: pair.alpha.peer()["unsent"] == 0)
    assert asked_of("peer", "cut", "bravo", "--dir", pair.alpha.folder).returncode == 0
    waited(lambda: pair.alpha.peer()["state"] == "cut")
    said = told(pair, "Four boats go downstream")
    assert f"keepclear peer heal bravo --dir {pair.alpha.folder}" in said
    assert "Four boats" in waiting(pair)
    assert "Held over there" not in waiting(pair)
    everybody = asked_of("told", "public", "--waiting", "--dir", pair.alpha.folder)
    assert (everybody.returncode, "rule waiting-public" in everybody.stderr) == (1, True)
    assert f"which: keepclear told RUS --waiting --dir {pair.alpha.folder}" in listed(pair)


def test_a_node_that_stops_while_its_peer_waits_is_no_error_within_it(pair):
    waited(lambda: pair.alpha.peer()["state"] == "up")
    pair.bravo.stop()
    waited(lambda: pair.alpha.peer()["why"])
    assert "500" not in pair.alpha.peer()["why"].replace(str(pair.to_bravo.port), "")


def test_a_message_that_is_not_for_others_is_not_passed_on_and_twin_another_is(pair):
    for end, other in ((pair.alpha, "RUS"), (pair.bravo, "PGF")):
        assert asked_of("party", other, other, "--dir", end.folder).returncode == 0
    kept = {}
    for onward in ("no", "yes"):
        words = ["message", "RUS", f"Onward {onward}", "--onward", onward, "--json"]
        done = asked_of(*words, "--dir", pair.alpha.folder)
        assert done.returncode == 0, done.stderr
        kept[onward] = json.loads(done.stdout)["statement"]
    waited(lambda: len(pair.bravo.ask("GET", "messages")["items"]) == 2)
    for onward, statement in kept.items():
        whole = pair.bravo.ask("GET", f"statements/{statement}")["statement"]
        assert whole.get("onward", True) == (onward == "yes")


def test_from_the_moment_that_the_command_says_cut_nothing_goes_over_and_every_page_says_so(pair):
    waited(lambda: pair.alpha.peer()["state"] == "up")
    for turn in range(3):
        assert asked_of("peer", "cut", "bravo", "--dir", pair.alpha.folder).returncode == 0
        say(pair.alpha, f"After cut {turn}", "RUS")
        assert pair.alpha.peer()["state"] == "cut"
        time.sleep(1.5)  # longer than the node takes to look by itself
        assert f"After cut {turn}" not in heard(pair.bravo)
        assert asked_of("peer", "heal", "bravo", "--dir", pair.alpha.folder).returncode == 0
        waited(lambda now=turn: f"After cut {now}" in heard(pair.bravo))
