"""How values are printed: times to be read aloud, no marks for what is empty, no markup from data."""

from __future__ import annotations

import io
import json

import pytest
from rich.console import Console

from keepclear.cli.output import Printer, bold, instant, joined, safe, when


@pytest.mark.parametrize(
    ("value", "read"),
    [
        ("2018-02-07T20:00:00Z", "2018-02-07 20:00Z"),
        ("2018-02-07T20:00:05.123456Z", "2018-02-07 20:00:05Z"),
        ("2018-02-07T22:00:00+02:00", "2018-02-07 20:00Z"),
    ],
)
def test_an_instant_is_read_in_utc_to_the_minute_or_second(value, read):
    assert instant(value) == read


def test_an_empty_part_leaves_no_mark():
    assert joined("", "a", "", "b") == "a; b"
    assert joined("", "") == ""


def test_a_time_that_was_not_stated_is_said_to_be_so():
    assert when(None) == "time not stated"


def test_words_of_others_are_never_taken_for_markup():
    page = io.StringIO()
    Console(file=page, highlight=False).print(bold("[red]zone[/red] [I]"), safe("[/nonsense]"))
    assert page.getvalue() == "[red]zone[/red] [I] [/nonsense]\n"


@pytest.mark.parametrize(
    "code", [0, 7, 10, 13, 27, 0x1F, 0x7F, 0x80, 0x9B, 0x9F, 0x202A, 0x202E, 0x2066, 0x2069, 0x200B, 0xE0041]
)
def test_what_steers_a_terminal_is_made_visible_instead(capsys, code):
    shown = safe(f"a{chr(code)}b")
    assert chr(code) not in shown
    assert len(shown) >= 3
    Printer(as_json=True).give({"name": f"a{chr(code)}b"}, lambda _: [])
    printed = capsys.readouterr().out
    assert chr(code) not in printed.replace("\n", "")
    assert json.loads(printed) == {"name": f"a{chr(code)}b"}


def test_other_writing_stays_as_it_is():
    assert safe("Евфрат · الفرات · 33°30'") == "Евфрат · الفرات · 33°30'"


def test_ids_are_given_once_each_and_only_when_asked_for():
    item = {"subject": "A.1", "said": {"subject": "A.1", "statement": "A.2"}}
    assert Printer(as_json=False).tag(item) == ""
    assert Printer(as_json=False, ids=True).tag(item) == " [dim](subject A.1, statement A.2)[/dim]"
