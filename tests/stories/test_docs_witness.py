"""The page on witnesses: its commands work, in the order in which the two ends need them."""

from __future__ import annotations

from pathlib import Path

from tests.stories.test_docs import blocks, shell

PAGE = Path(__file__).parents[2] / "docs/how-to/have-logs-witnessed.md"
BEFORE = "keepclear init node --party COA --party RUS"


def test_the_commands_of_the_page_work(tmp_path):
    text = PAGE.read_text(encoding="utf-8")
    init, add, logs, keys, use = (text.strip() for kind, text in blocks(text) if kind == "sh")
    script = [BEFORE, f"VKEY=$({init})", keys, add, use, logs]
    shown = shell("\n".join(script), tmp_path)
    assert "MON at http://127.0.0.1:8643, fingerprint" in shown
    assert shown.count("nothing cosigned yet") == 2
