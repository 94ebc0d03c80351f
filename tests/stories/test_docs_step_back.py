"""The page on step-backs: what it tells an officer to type works, and shows what it says."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.stories.test_docs import blocks, holds, shell

PAGE = Path(__file__).parents[2] / "docs/how-to/agree-a-step-back.md"
BEFORE = (
    "keepclear init node --party COA --party RUS\n"
    'keepclear party RUS "Russian forces in Syria" --tell public --as COA --dir node\n'
    'keepclear party COA "Coalition" --tell public --as COA --dir node'
)


def test_a_step_back_is_agreed_and_checked_as_the_page_says(tmp_path):
    told = blocks(PAGE.read_text(encoding="utf-8"))
    typed = [text.replace("--as COA", "--as COA --dir node").replace("--as RUS", "--as RUS --dir node")
             for kind, text in told if kind == "sh"]  # fmt: skip
    take = "HASH=$(keepclear step-back list --as RUS --dir node | grep -oE '[0-9a-f]{64}')"
    script = "\n".join(typed).replace(" HASH ", ' "$HASH" ')
    first, rest = script.split("keepclear step-back agree", 1)
    shown = shell(f"{BEFORE}\n{first}\n{take}\nkeepclear step-back agree{rest}", tmp_path)
    rows = [row for row in told[-1][1].splitlines() if row.strip()]
    assert len(rows) == 2
    for row in rows:
        assert holds(row, shown.splitlines()), shown


def test_a_row_that_is_not_shown_would_be_noticed():
    with pytest.raises(AssertionError):
        assert holds("stepped back: …, own word", ["not agreed by: RUS"])
