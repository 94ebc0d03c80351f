"""The how-to of notification works as it is written, from the submission to the telephones."""

from __future__ import annotations

import json
import re
import subprocess

import pytest
from tests.ready_command import keepclear
from tests.stories.test_docs import ROOT, shell

PAGE = ROOT / "docs/how-to/notify-a-site-or-a-movement.md"
PARTIES = {"NHC": "Notification cell", "AGY": "Aid agency", "A": "Force A", "B": "Force B"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A node of four parties who know of each other, and the files of the page."""
    made = tmp_path_factory.mktemp("notify")
    page = PAGE.read_text(encoding="utf-8")
    for name, text in re.findall(r"`(\w+\.json)`:\s*```json\n(.*?)```", page, re.DOTALL):
        (made / name).write_text(json.dumps(json.loads(text)), encoding="utf-8")
    (made / "phone.txt").write_text("+000 555 0100", encoding="utf-8")
    known = "\n".join(
        f'keepclear party {party} "{name}" --kind agency --tell public --as NHC --dir node'
        for party, name in PARTIES.items()
    )
    hosted = " ".join(f"--party {party}" for party in PARTIES)
    shell(f"keepclear init node {hosted}\n{known}", made)
    return made


def commands():
    """The page's commands in their order, those left out that speak of an id."""
    blocks = re.findall(r"```sh\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    rows = [row.strip() for block in blocks for row in block.splitlines() if row.strip()]
    return [row for row in rows if "STATEMENT" not in row]


@pytest.fixture(scope="module")
def played(folder):
    """What the page's commands print, once they have all been carried out in the folder."""
    assert len(commands()) >= 14
    return shell("\n".join(f"{row} --dir node" for row in commands()), folder)


@pytest.mark.long
def test_the_page_works_from_the_submission_to_the_telephones(folder, played):
    shown = played
    assert "They agree." in shown
    assert "protected site, lat 33.9012, lon 39.8841" in shown
    assert re.search(r"V-1: HOLD – not yet relayed by: West sector cell of Force A", shown)
    held = shell("keepclear movements --json --as A --dir node", folder)
    movement = json.loads(held)["items"][0]
    assert movement["condition"] == "HOLD"
    relayed = f'keepclear acknowledge {movement["statement"]} --rung relayed --cell "West sector cell"'
    shell(f"{relayed} --as A --dir node", folder)
    after = shell("keepclear movements --as NHC --dir node", folder)
    assert "West sector cell of Force A: relayed" in after
    assert "phone-2: silent" in after
    assert "barred from setting out: outside its window" in after
    assert "555 0100" not in after + held


@pytest.mark.parametrize(
    ("words", "rule"),
    [
        (["check-in", "V-1", "1", "departed", "--as", "NHC"], "departure-barred"),
        (["contact-lost", "V-1", "--as", "NHC"], "contact-lost"),
        (["submit", "slip.json", "--to", "NHC", "--as", "AGY"], "would agree with form 1"),
        (["release", "V-1", "--to", "AGY", "--risk-note", "x", "--as", "B"], "none is called so here"),
    ],
)
@pytest.mark.usefixtures("played")
def test_what_may_not_be_done_is_refused_with_what_would_pass(folder, words, rule):
    slip = json.loads((folder / "clinic.json").read_text(encoding="utf-8"))
    slip["places"][0]["forms"][1] = "33.540432,39.530276"
    (folder / "slip.json").write_text(json.dumps(slip), encoding="utf-8")
    done = subprocess.run(
        [keepclear(), *words, "--dir", "node"],
        cwd=folder, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 1
    assert rule in done.stderr
