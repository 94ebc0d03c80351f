"""The how-to of the weekly re-verification works as it is written."""

from __future__ import annotations

import re

from tests.stories.test_docs import ROOT, shell

PAGE = ROOT / "docs/how-to/re-verify-weekly.md"


def test_the_page_verifies_a_zone_as_it_says(tmp_path):
    made = (
        "export KEEPCLEAR_DIR=node\nkeepclear init node --party COA --party RUS\n"
        'keepclear party RUS "Russian forces in Syria" --as COA\n'
        'keepclear zone "Bridge zone" "33.5 N 38.6 E" 10 --tell RUS --as COA\n'
    )
    page = PAGE.read_text(encoding="utf-8")
    acts = re.findall(r"^ +(keepclear .*)$", page, re.MULTILINE)
    assert len(acts) == 3
    shown = shell(made + "\n".join([*acts, acts[0]]), tmp_path)
    assert "not verified yet" in shown
    assert "## To verify again" in shown
    assert "by Captain Ray, by telephone with southern duty desk; due" in shown
