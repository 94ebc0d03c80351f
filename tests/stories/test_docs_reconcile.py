"""The how-to of reconciling works as it is written."""

from __future__ import annotations

import re

from tests.stories.test_docs import ROOT, shell

PAGE = ROOT / "docs/how-to/reconcile-two-records.md"


def test_the_page_compares_two_exports_as_it_says(tmp_path):
    made = (
        "export KEEPCLEAR_DIR=node\nkeepclear init node --party COA --party RUS\n"
        'keepclear party RUS "Russian forces in Syria" --as COA\n'
        'keepclear message RUS "Aid convoy on the road" --as COA\n'
    )
    page = PAGE.read_text(encoding="utf-8")
    acts = [
        row.strip() for block in re.findall(r"```sh\n(.*?)```", page, re.DOTALL) for row in block.split("\n")
    ]
    assert len([row for row in acts if row]) == 4
    assert "Nothing differs" in shell(made + "\n".join(acts), tmp_path)
