"""The page on the watch: the commands of its rota work, and show the gap that it says they show."""

from __future__ import annotations

from pathlib import Path

from tests.stories.test_docs import blocks, holds, shell

PAGE = Path(__file__).parents[2] / "docs/how-to/take-over-the-watch.md"


def test_the_rota_shows_the_gap_that_the_page_names(tmp_path):
    told = blocks(PAGE.read_text(encoding="utf-8"))
    typed = "\n".join(text for kind, text in told if kind == "sh").replace("--as COA", "--as COA --dir node")
    shown = shell(f"keepclear init node --party COA\n{typed}", tmp_path).splitlines()
    rows = [row for kind, text in told if kind == "text" for row in text.splitlines()]
    assert rows
    assert all(holds(row, shown) for row in rows), shown
    assert not holds(rows[0], [row for row in shown if "GAP" not in row]), "the twin: without the gap's row"
