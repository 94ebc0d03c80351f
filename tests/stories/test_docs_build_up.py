"""The page on watching the numbers: what it tells an officer to type works, and shows what it says."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.stories.test_docs import blocks, holds, shell

PAGE = Path(__file__).parents[2] / "docs/how-to/watch-a-build-up.md"
BEFORE = (
    "keepclear init node --party COA --party RUS\n"
    'keepclear party RUS "Russian forces in Syria" --tell public --as COA --dir node\n'
    'keepclear zone "Bridge zone" "33.5 N 38.6 E" 10 --tell RUS --as COA --dir node'
)


@pytest.mark.long
def test_counts_are_read_against_their_base_as_the_page_says(tmp_path):
    told = blocks(PAGE.read_text(encoding="utf-8"))
    [stated] = [text for kind, text in told if kind == "json"]
    (tmp_path / "build-up.json").write_text(json.dumps(json.loads(stated)), encoding="utf-8")
    shell(BEFORE, tmp_path)
    shown, compared = "", 0
    for kind, text in told:
        if kind == "sh":
            shown = shell(text.replace("--as COA", "--as COA --dir node"), tmp_path)
        elif kind == "text":
            for line in text.splitlines():
                assert holds(line, shown.splitlines()), f"{line!r} is not in:\n{shown}"
                compared += 1
    assert compared == 9


def test_a_line_that_is_not_shown_would_be_noticed():
    with pytest.raises(AssertionError):
        assert holds("Crossings have become usual, certain: …", ["Not usual: 0 of the last 6 counted days"])
