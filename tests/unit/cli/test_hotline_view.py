"""Rows of the desk in a terminal: never too wide, in any script; timers; nothing that steers the terminal."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace
from rich.cells import cell_len

from keepclear.cli.hotline_view import (
    ALARMS,
    HELP,
    THREADS,
    Asked,
    Desk,
    Sight,
    alarm_row,
    by_urgency,
    fit,
    followed,
    screen,
    span,
    thread_row,
    wrapped,
)

NOW = datetime(2026, 3, 28, 21, 0, tzinfo=UTC)
SCRIPTS = ("Safety message", "Сообщение о безопасности", "رِسَالَةُ سَلَامَة", "安全信息", "e\u0301\u0301")


def iso(seconds):
    return (NOW + timedelta(seconds=seconds)).isoformat()


def alarm(subject="a", **more):
    return {
        "subject": subject, "statement": f"{subject}.1", "state": "unacknowledged, active",
        "precedence": "flash",
        "rule": "on-hold", "title": "Flash call on hold: Northern command", "words": "They wait.",
        "asks": ["call: take the call"], "next_due": iso(78), "next_words": "it climbs to deputy",
        "raised_at": iso(-42), "steps": [], "by_role": "", "reason": "", "grounds": ["NOR.g"],
        "matter": {"subject": "SOU.call"}, **more,
    }  # fmt: skip


def thread(subject="t", words="Who is on the east bank?", **more):
    ladder = {"reader": "SOU", "reached": "told", "steps": []}
    return {
        "subject": subject, "statement": f"{subject}.1", "kind": "message", "direction": "in",
        "precedence": "flash",
        "purpose": "safety", "to_names": ["Southern command"], "to": ["SOU"], "texts": [{"words": words}],
        "said": {"author": "NOR", "author_name": "Northern command", "stated_at": iso(-30)},
        "asks": [],
        "answers": [], "read_backs": [], "ladders": [ladder], "acknowledge_due": iso(90), "overdue": False,
        **more,
    }  # fmt: skip


def desk(**more):
    return replace(Desk("Southern command", "Exercise", "duty officer", (alarm(),), (), (thread(),)), **more)


@pytest.mark.parametrize("words", SCRIPTS)
@pytest.mark.parametrize("width", [40, 80, 132])
def test_no_row_is_wider_than_the_terminal_and_there_are_as_many_as_it_has(words, width):
    full = desk(threads=tuple(thread(str(number), f"{words} " * 9) for number in range(40)))
    for sight in (Sight(), Sight(THREADS), Sight(THREADS, opened=True), Sight(help=True),
                  Sight(asked=Asked(words * 9, ("one", "two"), words))):  # fmt: skip
        rows = screen(full, sight, NOW, width, 24)
        assert len(rows) == 24
        assert max(map(cell_len, rows)) <= width


def test_the_first_row_says_exercise_who_one_is_and_since_when_the_node_is_silent():
    assert screen(desk(), Sight(), NOW, 80, 24)[0].startswith(
        "*EXERCISE* Southern command, duty officer  21:00:00Z"
    )
    assert "*" not in screen(desk(cap="Actual"), Sight(), NOW, 80, 24)[0]
    silent = desk(silent=True, since=NOW - timedelta(seconds=75))
    assert "NO ANSWER FROM THE NODE for 1:15" in screen(silent, Sight(), NOW, 90, 24)[0]
    ways = ({"name": "mail", "failures": 2}, {"name": "hook", "failures": 0})
    assert screen(desk(ways=ways), Sight(), NOW, 90, 24)[0].endswith("FAILING: mail")


def test_an_alarm_counts_down_to_what_comes_by_itself():
    assert alarm_row(alarm(), NOW, 78).endswith("deputy in 1:18")
    assert alarm_row(alarm(), NOW + timedelta(seconds=80), 78).endswith("deputy now, 0:02")
    assert alarm_row(alarm(), NOW, 78).startswith("!FLASH")
    assert alarm_row(alarm(state="acknowledged, active"), NOW, 78).startswith(" FLASH")


@pytest.mark.parametrize(("more", "timer"), [
    ({}, "due in 1:30"),
    ({"overdue": True, "acknowledge_due": iso(-65)}, "OVERDUE 1:05"),
    ({"answers": [{"own": True, "said": {"author": "SOU"}}]}, "told"),
    ({"acknowledge_due": None, "ladders": []}, "reported"),
])  # fmt: skip
def test_a_thread_shows_its_time_or_how_far_it_got(more, timer):
    assert thread_row(thread(**more), NOW, 78).endswith(timer)


def test_a_reported_acknowledgement_stops_no_timer():
    steps = [{"rung": "acknowledged", "how": "reported", "at": iso(0)}]
    row = {"reader": "SOU", "reached": "acknowledged", "steps": steps}
    assert thread_row(thread(ladders=[row]), NOW, 78).endswith("due in 1:30")
    own = {**row, "steps": [{**steps[0], "how": "own"}]}
    assert thread_row(thread(ladders=[own]), NOW, 78).endswith("acknowledged")


def test_words_of_others_do_not_steer_the_terminal():
    nasty = "\x1b[2J\x07\u202eevil\x9b"
    rows = screen(desk(threads=(thread(words=nasty),)), Sight(THREADS, opened=True), NOW, 80, 24)
    assert not {"\x1b", "\x07", "\u202e", "\x9b"} & set("".join(rows))


def test_the_place_stays_at_the_same_thread_when_others_come_above_it():
    was = desk(threads=(thread("old"), thread("older")))
    now = desk(threads=(thread("new"), thread("old"), thread("older")))
    assert followed(Sight(THREADS, (0, 1)), was, now).rows == (0, 2)
    assert followed(Sight(ALARMS, (0, 0)), was, desk(alarms=())).rows[0] == 0


def test_the_row_that_is_chosen_is_on_the_screen_however_many_there_are():
    full = desk(threads=tuple(thread(str(number), f"Message {number}") for number in range(40)))
    for number in range(40):
        rows = screen(full, Sight(THREADS, (0, number)), NOW, 80, 24)
        [chosen] = [row for row in rows if row.startswith(">")]
        assert f"Message {number} " in chosen


def test_what_stands_in_bundles_is_counted():
    assert "12 more in bundles" in "".join(screen(desk(bundled=({"count": 12},)), Sight(), NOW, 80, 24))


def test_small_things():
    assert [span(NOW, NOW + timedelta(seconds=seconds)) for seconds in (5, 125, 7_260)] == [
        "0:05",
        "2:05",
        "2 h 01",
    ]
    assert fit("سلام" * 30, 20).endswith("…")
    assert wrapped("  one two three", 8) == ["  one", "    two", "    three"]
    assert len(HELP) <= 20


def test_what_is_owed_on_a_flash_stands_above_a_routine_message_that_came_later():
    flash = thread("flash", overdue=True, acknowledge_due=iso(-200))
    later_flash = thread("later flash", acknowledge_due=iso(50))
    routine = thread("routine", precedence="routine", acknowledge_due=iso(9_000))
    own = thread("own", direction="out")
    told = {"rung": "acknowledged", "how": "own", "at": iso(0)}
    done = thread("done", ladders=[{"reader": "SOU", "reached": "acknowledged", "steps": [told]}])
    rows = by_urgency([flash, done, later_flash, routine, own])
    assert [row["subject"] for row in rows] == ["flash", "later flash", "routine", "own", "done"]


def test_every_alarm_that_counts_as_not_acknowledged_is_marked_so():
    states = ("unacknowledged, active", "returned, unacknowledged", "acknowledged, active", "shelved")
    items = tuple(alarm(state, state=state) for state in states)
    marks = [alarm_row(item, NOW, 78)[0] for item in items]
    assert marks == ["!", "!", " ", " "]
    shown = "\n".join(screen(desk(alarms=items), Sight(), NOW, 80, 24))
    assert f"{marks.count('!')} not acknowledged" in shown
    assert "over" not in alarm_row(items[1], NOW, 78), (
        "the title of an alarm whose cause is gone says so itself"
    )


def test_an_opened_message_names_the_cell_to_which_it_was_relayed():
    step = {"rung": "relayed", "how": "own", "at": iso(0), "cell": "river post"}
    opened = thread(ladders=[{"reader": "SOU", "reached": "relayed", "steps": [step]}])
    rows = screen(desk(threads=(opened,)), Sight(THREADS, opened=True), NOW, 80, 24)
    assert "relayed to river post" in "\n".join(rows)
