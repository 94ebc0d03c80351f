"""What the pages on hotlines tell an officer to type works, in that order."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path

import pytest

from keepclear.cli.main import main

HOW_TO = Path(__file__).parents[2] / "docs/how-to"
PARTIES = ("NOR", "SOU", "AID")
ENDS = [{"party": "NOR", "role": "night desk"}, {"party": "SOU", "role": "duty officer"}]
CHANNEL = {"kind": "channel", "name": "Ground hotline", "domain": "ground", "level": "desk", "ends": ENDS}


@pytest.fixture(scope="module")
def node(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pages")
    words = ["init", "node"] + [word for party in PARTIES for word in ("--party", party)]
    words[1] = str(folder / "node")
    assert main(words) == 0
    for party in PARTIES:
        run(folder, f"keepclear party {party} '{party} command' --tell public --as {party}")
    path = folder / "channel.json"
    path.write_text(json.dumps({"body": CHANNEL, "readers": ["SOU"]}), encoding="utf-8")
    run(folder, f"keepclear state {path} --as NOR")
    return folder


def run(folder, command):
    words = shlex.split(command)
    assert words[0] == "keepclear"
    assert main([*words[1:], "--dir", str(folder / "node")]) == 0, command


def commands(name):
    page = (HOW_TO / name).read_text(encoding="utf-8")
    blocks = re.findall(r"```sh\n(.*?)```", page, re.DOTALL)
    return [row.strip() for block in blocks for row in block.splitlines() if row.strip()]


@pytest.mark.parametrize(
    ("name", "least"),
    [("check-the-hotlines.md", 4), ("take-a-commanders-call.md", 2), ("use-a-group-hotline.md", 7)],
)
def test_the_commands_of_a_page_work(node, name, least):
    found = commands(name)
    assert len(found) >= least
    for command in found:
        run(node, command)


def test_the_commands_of_the_page_on_drafts_work(node):
    found = commands("approve-a-draft.md")
    assert len(found) == 13
    for command in found[:4]:
        run(node, command)
    run(node, found[1])
    for command in found[4:]:
        run(node, command)


def test_a_command_that_does_not_work_would_be_noticed(node):
    with pytest.raises(AssertionError):
        run(node, "keepclear group agree 'No such group' --as SOU")
