"""The crew had no current graphics and the data link failed (FAIL-01): cards were printed before.

The node is stopped and its folder gone when the paper is read. The twin prints for a desk that was told an
area only: then the paper cannot say where the hospital is, and says so.
"""

from __future__ import annotations

import json
import shutil

import pytest
from tests.reading_pdf import text_of

from keepclear.cli.client import desk
from keepclear.cli.main import main

PLACE = "36.71780, 68.86170"
SITE = {
    "kind": "measure", "name": "Kunduz hospital", "measure": "protected site", "effect": "keep-out-requested",
    "basis": "declared", "place": {"words": "the trauma centre"},
    "shape": {"shape": "circle", "center": {"lon": 68.8617, "lat": 36.7178}, "radius_m": 150.0},
}  # fmt: skip
HOTLINE = {
    "kind": "channel", "name": "Site hotline", "domain": "humanitarian", "level": "desk", "hours": "24 h",
    "ends": [{"party": "MSF", "role": "focal point"}, {"party": "COA", "role": "duty officer"}],
}  # fmt: skip


@pytest.fixture
def keepclear(tmp_path, capsys):
    def run(*words):
        assert main([str(word) for word in words]) == 0, capsys.readouterr().err
        return capsys.readouterr().out

    return run


def the_paper_says_where_the_hospital_is(keepclear, folder, form):
    """FAIL-01(d): with no node and no network, the place, the telephone card and the script are at hand."""
    node = folder / "node"

    def state(body, *readers, role="duty officer", **more):
        path = folder / "act.json"
        path.write_text(json.dumps({"body": body, "readers": list(readers), **more}))
        return json.loads(keepclear("state", path, "--as", "MSF", "--role", role, "--dir", node, "--json"))

    keepclear("init", node, "--party", "COA", "--party", "MSF")
    keepclear("party", "COA", "Coalition", "--as", "MSF", "--dir", node)
    keepclear("party", "MSF", "Hospital operator", "--tell", "COA", "--as", "MSF", "--dir", node)
    state(HOTLINE, "COA")
    own = state(SITE)
    release = {"kind": "release", "of": own["subject"], "reader": "COA", "form": form,
               "approved_by_role": "watch chief", "risk_note": "asks for contact"}  # fmt: skip
    state(release, role="watch chief")
    if form == "exact":
        with desk(node, "MSF") as here:
            here.post("tellings", {"statement": own["statement"], "readers": ["COA"]})
    else:
        area = {"shape": "circle", "center": {"lon": 68.9, "lat": 36.75}, "radius_m": 9_000.0}
        state({**SITE, "shape": area}, "COA", subject=own["subject"], form=form)
    keepclear("cards", folder / "cards.pdf", "--as", "COA", "--dir", node)
    shutil.rmtree(node)
    said = text_of((folder / "cards.pdf").read_bytes())
    assert "Kunduz hospital" in said
    assert "Site hotline" in said
    assert "read it back" in said
    assert PLACE in said
    assert (folder / "cards.pdf").stat().st_mode & 0o777 == 0o600


def test_fail_01d_the_paper_says_where_the_hospital_is(keepclear, tmp_path):
    the_paper_says_where_the_hospital_is(keepclear, tmp_path, "exact")


def test_fail_01d_twin_told_an_area_only_the_paper_cannot_say(keepclear, tmp_path):
    with pytest.raises(AssertionError, match=PLACE):
        the_paper_says_where_the_hospital_is(keepclear, tmp_path, "covering")
