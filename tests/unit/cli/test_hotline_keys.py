"""Keys at the desk in a terminal: each act is asked for, filled in, and made for what stood on the screen."""

from __future__ import annotations

import pytest
from msgspec.structs import replace
from tests.unit.cli.test_hotline_view import alarm, desk, thread

from keepclear.cli.hotline_keys import State, complete, follow, press
from keepclear.cli.hotline_view import THREADS, Sight

IN_THREADS = State(Sight(THREADS))


def typed(state, here, keys):
    """Press keys one by one; give the last state and the acts that they made."""
    acts = []
    for key in keys:
        state, act = press(state, here, key)
        acts += [act] if act is not None else []
    return state, acts


def test_an_alarm_is_acknowledged_after_a_yes_and_not_after_anything_else():
    state, acts = typed(State(), desk(), "ay\r")
    assert [act.path for act in acts] == ["alarms/a/acknowledge"]
    assert state.form is None
    for no in ("an\r", "a\r", "ay\x1b"):
        assert typed(State(), desk(), no)[1] == []


def test_a_message_is_acknowledged_under_the_hash_of_its_text():
    [act] = typed(IN_THREADS, desk(), "ay\r")[1]
    done = complete(act, "SOU", "ab" * 32, "2026-03-28T21:00:00Z")
    assert done.body == {
        "body": {"kind": "rung", "of": "t.1", "reader": "SOU", "rung": "acknowledged", "role": "duty officer",
                 "text_hash": "ab" * 32},
        "readers": ["NOR"],
    }  # fmt: skip


def test_what_is_acknowledged_is_what_was_asked_about_whatever_comes_meanwhile():
    state, _ = press(IN_THREADS, desk(), "a")
    later = desk(threads=(thread("new"), thread()))
    [act] = typed(state, later, "y\r")[1]
    assert act.body["body"]["of"] == "t.1"


def test_an_answer_is_one_of_those_asked_for_with_words():
    here = desk(threads=(thread(asks=["ours", "not ours"]),))
    [act] = typed(IN_THREADS, here, "w7\r2\rtry others\r")[1]
    assert act.body["body"] == {"kind": "answer", "answer": "not ours", "words": "try others"}
    assert act.body["answers"] == ["t.1"]


def test_a_message_is_read_back_by_its_own_parts_and_what_was_not_heard_is_left_out():
    here = desk(threads=(thread(parts=[{"field": "bank"}, {"field": "vehicles"}]),))
    [act] = typed(IN_THREADS, here, "beast\r\r")[1]
    assert act.body["body"]["fields"] == {"bank": "east"}
    assert typed(IN_THREADS, here, "b\r\r")[1] == []


@pytest.mark.parametrize("key", "awb")
def test_own_messages_are_not_acknowledged_answered_or_read_back(key):
    state, acts = typed(IN_THREADS, desk(threads=(thread(direction="out"),)), key)
    assert (state.form, acts) == (None, [])
    assert "came in" in state.sight.notice


def test_a_call_on_hold_is_taken_by_restating_it_or_by_the_calls_of_the_node():
    [act] = typed(State(), desk(), "cy\r")[1]
    assert (act.path, act.restates, act.body["subject"]) == ("statements", "NOR.g", "SOU.call")
    assert act.body["body"] == {"answered": True, "answerer_role": "duty officer"}
    [act] = typed(State(), desk(calls=()), "cy\r")[1]
    assert (act.path, act.body) == ("calls/SOU.call/answered", {"role": "duty officer"})


def test_a_new_call_is_noted_as_a_contact_or_opened_as_a_call():
    plain = desk(alarms=(alarm(rule="acknowledge"),))
    [act] = typed(State(), plain, "c1\rwatch\rconvoy is late\r")[1]
    done = complete(act, "SOU", "", "2026-03-28T21:00:00Z").body
    assert (done["body"]["kind"], done["body"]["with_party"], done["readers"]) == ("contact", "NOR", [])
    assert done["body"]["started"] == {"at": "2026-03-28T21:00:00Z"}
    [act] = typed(State(), replace(plain, calls=()), "c1\rwatch\rconvoy is late\r")[1]
    assert (act.path, act.then) == ("calls", ("calls/$subject/answered", {"role": "duty officer"}))
    after = follow(act, {"subject": "SOU.new", "statement": "SOU.s"})
    assert (after.path, after.body) == ("calls/SOU.new/answered", {"role": "duty officer"})


def test_a_call_that_goes_on_is_ended_with_what_was_said():
    call = {"subject": "SOU.call", "with_name": "Northern command", "state": "answered"}
    [act] = typed(State(), desk(calls=(call,)), "eall heard\r")[1]
    assert (act.path, act.body) == ("calls/SOU.call/end", {"gist": "all heard"})
    assert "No call" in typed(State(), desk(), "e")[0].sight.notice


def test_backspace_and_signs_of_all_scripts_are_typed():
    [act] = typed(IN_THREADS, desk(), [*"m1\r1\rПриветю", "\x7f", *" سلام", "\r"])[1]
    assert act.body["body"]["texts"] == [{"words": "Привет سلام"}]
    assert act.body["body"]["precedence"] == "flash"


def test_moving_opening_and_leaving():
    here = desk(threads=(thread("1"), thread("2")))
    assert typed(State(), here, "hjj")[0].sight.rows == (0, 1)
    assert typed(State(), here, ["\t", "down", "up", "k"])[0].sight.rows == (0, 0)
    assert typed(State(), here, "\r")[0].sight.opened
    assert not typed(State(), here, "\r\x1b")[0].sight.opened
    assert typed(State(), here, "?")[0].sight.help
    assert not typed(State(), here, "??")[0].sight.help
    assert typed(State(), here, "q")[0].left
    assert "? lists" in typed(State(), here, "z")[0].sight.notice
    assert "Nothing is chosen" in typed(State(), desk(alarms=()), "a")[0].sight.notice


def test_on_a_call_what_the_other_end_says_of_an_own_message_is_noted_as_reported():
    call = {"subject": "SOU.call", "with_party": "NOR", "with_name": "Northern command", "state": "answered"}
    own = thread(direction="out", to=["NOR"], parts=[{"field": "bank"}])
    here = desk(calls=(call,), threads=(own,))
    [act] = typed(IN_THREADS, here, "ay\r")[1]
    assert (act.path, act.body) == ("calls/SOU.call/acknowledged", {"message": "t.1"})
    [act] = typed(IN_THREADS, here, "w2\rask others\r")[1]
    assert act.body == {"message": "t.1", "answer": "not ours", "words": "ask others"}
    [act] = typed(IN_THREADS, here, "beast\r")[1]
    assert (act.path, act.body) == (
        "calls/SOU.call/read-back",
        {"message": "t.1", "fields": {"bank": "east"}},
    )
    [act] = typed(IN_THREADS, replace(here, threads=(thread(),)), "m1\r1\rStop\r")[1]
    after = follow(act, {"subject": "SOU.m", "statement": "SOU.m1"})
    assert (after.path, after.body) == ("calls/SOU.call/passed", {"message": "SOU.m1"})
