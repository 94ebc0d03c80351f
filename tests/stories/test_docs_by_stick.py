"""The pages of the exchange by stick and of an inquiry work as they are written, on two nodes."""

from __future__ import annotations

import re

import pytest
from tests.stories.test_docs import ROOT, shell

STICK = ROOT / "docs/how-to/exchange-by-stick.md"
INQUIRY = ROOT / "docs/how-to/prove-to-an-inquiry.md"
PAIRED = """
keepclear init coalition --party COA --name coalition >/dev/null
keepclear init russia --party RUS --name bravo >/dev/null
said() { python3 -c 'import json,sys; print(json.load(sys.stdin)["fingerprint"])'; }
COA=$(keepclear peer card --for RUS --out coa.json --dir coalition --json | said)
RUS=$(keepclear peer card --for COA --out rus.json --dir russia --json | said)
keepclear peer add rus.json --fingerprint "$RUS" --dir coalition
keepclear peer add coa.json --fingerprint "$COA" --dir russia
keepclear party RUS "Russian forces in Syria" --dir coalition
keepclear party COA "Coalition" --dir russia
keepclear message RUS "Aid convoy on the road" --dir coalition
"""


def acts_of(page) -> list[str]:
    found = re.findall(r"```sh\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)
    return [row.strip() for block in found for row in block.split("\n") if row.strip()]


@pytest.fixture
def place(tmp_path):
    shell(PAIRED, tmp_path)
    return tmp_path


def test_the_page_of_the_stick_delivers_as_it_says(place):
    acts = acts_of(STICK)
    assert len(acts) == 4
    shown = shell("\n".join(acts), place)
    assert "delivered" in shown
    assert "3 new, 3 in all" in shown


def test_the_page_of_the_inquiry_proves_as_it_says(place):
    shell("\n".join(acts_of(STICK)), place)
    acts = acts_of(INQUIRY)
    assert len(acts) == 9
    last = 'import json, sys; print(json.load(sys.stdin)["items"][-1]["statement"])'
    telling = f"keepclear told RUS --json --as COA | python3 -c '{last}'"
    own = "keepclear peer policy --for RUS --out confirmed-keys"
    assert own in INQUIRY.read_text(encoding="utf-8")
    script = (
        "\n".join(acts)
        .replace("STATEMENT", '"$S"')
        .replace("keepclear check-proof", f"{own}\nkeepclear check-proof")
    )
    shown = shell(f"export KEEPCLEAR_DIR=coalition\nS=$({telling})\n{script}", place)
    assert shown.count("grade: 2 cosigned by the reader") == 2, "the export and the one proof"
    assert "KEEPCLEAR PROOF" in shown
    assert (place / "one.png").exists()
