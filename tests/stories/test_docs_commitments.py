"""The page on commitments: what it tells an officer to type works on a node that has just been made."""

from __future__ import annotations

from pathlib import Path

from tests.stories.test_docs import blocks, shell

PAGE = Path(__file__).parents[2] / "docs/how-to/show-what-was-filed.md"
BEFORE = "keepclear init node --party COA --party RUS"


def test_the_commands_of_the_page_work(tmp_path):
    typed = [text.strip() for kind, text in blocks(PAGE.read_text(encoding="utf-8")) if kind == "sh"]
    shown = shell("\n".join([BEFORE, *(f"{row} --dir node" for row in typed)]), tmp_path)
    assert "No commitment has reached this desk." in shown
    assert "Nothing was opened here." in shown
