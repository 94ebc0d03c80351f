"""Answering what was told: it is read out first, and reaches its author; what is taken back, all holders."""

from __future__ import annotations


def here(node, party):
    return ("--as", party, "--dir", node)


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


def test_what_is_acknowledged_is_read_out_first_and_the_others_named(cli, node):
    cli("message", "SOU", "Second message", *here(node, "NOR"))
    done = cli("acknowledge", "latest", *here(node, "SOU"))
    assert done.status == 0
    rows = done.out.splitlines()
    assert rows[0].startswith("Routine message, safety, from Northern command to SOU, 2")
    assert rows[1] == "  en: “Second message”"
    assert rows[2].startswith("  check code ")
    assert rows[3] == "Not acknowledged yet: 1 other message"
    first = rows[4].split(":")[0].strip()
    again = cli("acknowledge", first, *here(node, "SOU"))
    assert "“Aid convoy on the road”" in again.out
    assert "Not acknowledged yet" not in again.out


def test_anything_that_reached_the_desk_may_be_acknowledged(cli, node):
    zone = cli("show", "measures", *here(node, "SOU"), "--json").json()["items"][0]["statement"]
    done = cli("acknowledge", zone, *here(node, "SOU"))
    assert done.status == 0
    assert done.out.startswith("Measure, Northern command")


def test_an_answer_reaches_the_author_of_the_message(cli, node):
    done = cli("answer", "latest", "not ours", "--words", "nobody of ours", *here(node, "SOU"))
    assert done.status == 0
    assert "“Aid convoy on the road”" in done.out
    assert "told to NOR" in done.out
    shown = cli("show", "messages", *here(node, "NOR")).out
    assert "answer of Southern command" in shown
    assert "not ours “nobody of ours”" in shown


def test_what_is_withdrawn_is_told_to_all_who_hold_it(cli, node):
    done = cli("withdraw", "Bridge zone", "--reason", "the bridge is open", *here(node, "NOR"))
    assert done.status == 0
    assert "told to SOU" in done.out
    assert "withdrawn" in cli("show", "measures", *here(node, "SOU")).out


def test_what_another_stated_is_not_withdrawn(cli, node):
    done = cli("withdraw", "Bridge zone", "--reason", "not agreed", *here(node, "SOU"))
    assert (done.status, done.out) == (1, "")
    assert "which Northern command stated" in done.err


def test_withdrawing_something_unknown_names_what_is_known(cli, node):
    done = cli("withdraw", "No such zone", "--reason", "x", *here(node, "NOR"))
    assert done.status == 1
    assert '"Bridge zone"' in done.err


def test_relayed_names_the_cell_that_has_it_and_is_refused_without(cli, node):
    bare = cli("acknowledge", "latest", "--rung", "relayed", *here(node, "SOU"))
    assert (bare.status, "[rule relayed-cell]" in bare.err) == (1, True)
    assert "--cell" in bare.err
    assert cli("acknowledge", "latest", *here(node, "SOU")).status == 0, "twin: another rung needs no cell"
    named = cli("acknowledge", "latest", "--rung", "relayed", "--cell", "river post", *here(node, "SOU"))
    assert named.status == 0, named.err
    shown = cli("show", "messages", *here(node, "NOR"), "--json").json()["items"][-1]["ladders"][0]
    assert [step["cell"] for step in shown["steps"] if step["rung"] == "relayed"] == ["river post"]
