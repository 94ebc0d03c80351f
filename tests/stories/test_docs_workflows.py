"""The pages on meetings, build-ups, incidents and warnings: what they tell to type works, and shows."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from tests.shares import mostly_long
from tests.stories.test_docs import blocks, holds, shell

HOW_TO = Path(__file__).parents[2] / "docs/how-to"
PAGES = (
    "hold-meetings-and-exchange-maps",
    "raise-a-build-up",
    "keep-incidents-and-claims",
    "warn-a-party",
)
BEFORE = (
    "keepclear init node --party COA --party RUS\n"
    'keepclear party RUS "Russian forces in Syria" --tell public --as COA --dir node\n'
    'keepclear party COA "Coalition" --tell public --as COA --dir node'
)


def typed_and_shown(page, folder):
    """Run a page's commands in their order; give each text block with what the block before it printed."""
    told = blocks((HOW_TO / f"{page}.md").read_text(encoding="utf-8"))
    script, number = [BEFORE], -1
    pairs = []
    for kind, text in told:
        if kind == "sh":
            number += 1
            script.append(
                f"echo '=== {number}'\n" + re.sub(r"(--as (?:COA|RUS))$", r"\1 --dir node", text, flags=re.M)
            )
        else:
            pairs.append((number, text))
    shown = re.split(r"=== \d+\n", shell("\n".join(script), folder))[1:]
    assert number >= 3
    return [(text, shown[at].splitlines()) for at, text in pairs]


@pytest.mark.parametrize("page", mostly_long(PAGES, 1))
def test_a_page_shows_what_it_says_it_shows(page, tmp_path):
    compared = 0
    for text, shown in typed_and_shown(page, tmp_path):
        for row in filter(None, map(str.strip, text.splitlines())):
            assert holds(row, shown), f"{row!r} is not in:\n" + "\n".join(shown)
            compared += 1
    assert compared >= 4


def test_a_row_that_is_not_shown_would_be_noticed():
    assert not holds("East bank: UNCLAIMED, rising", ["East bank: raised, rising"])
