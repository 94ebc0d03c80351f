"""The page on passing words on: its commands work, and show what the page says."""

from __future__ import annotations

from pathlib import Path

from tests.stories.test_docs import blocks, holds, shell

PAGE = Path(__file__).parents[2] / "docs/how-to/pass-words-on.md"
BEFORE = """keepclear init node --party COA --party RUS --party PGF
keepclear party RUS "Russian forces" --tell public --as COA --dir node
keepclear party COA "Coalition" --tell public --as COA --dir node
keepclear party PGF "Partners" --tell public --as COA --dir node
"""
TAKE = '{}=$({} --json | grep -oE \'"statement": "[^"]+\' | cut -d\'"\' -f4)'


def test_the_commands_of_the_page_work(tmp_path):
    told = blocks(PAGE.read_text(encoding="utf-8"))
    pass_on, acknowledge, relay = (text.strip() for kind, text in told if kind == "sh")
    [ask] = [text.strip() for kind, text in told if text.startswith("keepclear message")]
    rows = [
        TAKE.format("STATEMENT", f"{ask} --dir node"),
        TAKE.format("FORWARDED", f"{pass_on} --dir node"),
        f"{acknowledge} --dir node",
        f"{relay} --dir node || true",
    ]
    script = "\n".join(rows).replace(" STATEMENT ", ' "$STATEMENT" ').replace(" FORWARDED ", ' "$FORWARDED" ')
    shown = shell(BEFORE + script, tmp_path)
    for row in told[-1][1].splitlines():
        assert holds(row, shown.splitlines()), (row, shown)
