"""The pages on calls, flash and read-back: what they tell an officer to type works, and shows it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from tests.stories.test_docs import blocks, holds, shell

PAGES = Path(__file__).parents[2] / "docs/how-to"
BEFORE = (
    "keepclear init node --party COA\n"
    'keepclear party COA "Coalition" --as COA --dir node\n'
    'keepclear party RUS "Russian forces in Syria" --reach voice --as COA --dir node'
)


def steps(name):
    """The page's commands, each with what it says they show."""
    found = []
    for kind, text in blocks((PAGES / name).read_text(encoding="utf-8")):
        if kind == "sh":
            found.append([text, []])
        else:
            found[-1][1].extend(row for row in text.splitlines() if row.strip())
    return found


@pytest.fixture(scope="module")
def night(tmp_path_factory):
    """One night at the telephone: the call, the read-back within it, its end, and a flash after it."""
    call, heard, flash = steps("make-a-call.md"), steps("read-back.md"), steps("pass-a-flash.md")
    order = [*call[:3], *heard, *call[3:], *flash]
    folder = tmp_path_factory.mktemp("night")
    scripts = [re.sub(r"( --as COA)$", r"\1 --dir node", text, flags=re.MULTILINE) for text, _ in order]
    marked = "\n".join(f"echo '=== {number}'\n{script}" for number, script in enumerate(scripts))
    shown = re.split(r"=== \d+\n", shell(f"{BEFORE}\n{marked}", folder))[1:]
    return list(zip(order, shown, strict=True))


def test_the_pages_on_calls_show_what_they_say_they_show(night):
    compared = 0
    for (_, told), shown in night:
        for row in told:
            assert holds(row, shown.splitlines()), f"{row!r} is not in:\n{shown}"
            compared += 1
    assert compared >= 8


def test_a_read_back_that_differs_would_be_noticed_to_differ(night):
    shown = "".join(found for _, found in night)
    assert "bank: differs" in shown
    assert not holds("place: differs…", shown.splitlines())


TWO_HOTLINES = (
    'keepclear open-hotline "Ground hotline" RUS --as COA --dir node\n'
    'keepclear open-hotline "Deputies\' hotline" RUS --level deputy --as COA --dir node'
)


def the_steps_for_when_nobody_answers_work(folder, before):
    told = steps("nobody-answers.md")
    scripts = [re.sub(r"( --as COA)$", r"\1 --dir node", text, flags=re.MULTILINE) for text, _ in told]
    marked = "\n".join(f"echo '=== {number}'\n{script}" for number, script in enumerate(scripts))
    shown = re.split(r"=== \d+\n", shell(f"{BEFORE}\n{before}\n{marked}", folder))[1:]
    for (_, rows), found in zip(told, shown, strict=True):
        assert all(holds(row, found.splitlines()) for row in rows), found


def test_the_steps_for_when_nobody_answers_work(tmp_path):
    the_steps_for_when_nobody_answers_work(tmp_path, TWO_HOTLINES)


def test_twin_with_one_hotline_alone_no_other_way_is_named(tmp_path):
    with pytest.raises(AssertionError):
        the_steps_for_when_nobody_answers_work(tmp_path, TWO_HOTLINES.splitlines()[0])
