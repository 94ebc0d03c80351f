"""What the pages tell a newcomer to type works, in that order, and shows what they say it shows."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from tests.ready_command import keepclear

ROOT = Path(__file__).parents[2]
BLOCK = re.compile(r"```(sh|text|json)\n(.*?)```", re.DOTALL)
GAP = "…"


def blocks(page):
    """Give the page's blocks, indented ones too, each with its language."""
    text = "\n".join(line.strip() if _in_list(line) else line for line in page.splitlines())
    return BLOCK.findall(text)


def _in_list(line):
    return line.startswith("   ") and line.strip().startswith(("```", "keepclear"))


def shell(script, folder):
    """Run a script with the project's commands in front of all others."""
    here = f"{Path(keepclear()).parent}:{Path(sys.executable).parent}"
    environment = {name: value for name, value in os.environ.items() if not name.startswith("KEEPCLEAR")}
    environment["PATH"] = f"{here}:{environment['PATH']}"
    done = subprocess.run(
        ["bash", "-c", f"set -euo pipefail\n{script}"],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def as_pattern(line):
    return ".*".join(re.escape(part) for part in line.strip().split(GAP))


def holds(line, shown):
    return any(re.search(as_pattern(line), row) for row in shown)


@pytest.fixture(scope="module")
def hour(tmp_path_factory):
    """The tutorial's commands, run in order in one shell; what each block printed."""
    page = (ROOT / "docs/tutorial/first-hour.md").read_text(encoding="utf-8")
    told = blocks(page)
    scripts = [text for kind, text in told if kind == "sh"]
    marked = "\n".join(f"echo '=== {number}'\n{script}" for number, script in enumerate(scripts))
    shown = re.split(r"=== \d+\n", shell(marked, tmp_path_factory.mktemp("hour")))[1:]
    return told, shown


def test_the_first_hour_shows_what_it_says_it_shows(hour):
    told, shown = hour
    number, compared = -1, 0
    for kind, text in told:
        if kind == "sh":
            number += 1
        else:
            for line in text.splitlines():
                assert holds(line, shown[number].splitlines()), f"{line!r} is not in:\n{shown[number]}"
                compared += 1
    assert compared >= 20


def test_a_line_that_is_not_shown_would_be_noticed(hour):
    _, shown = hour
    assert not holds("approved by everybody", "".join(shown).splitlines())


def test_the_coarse_form_is_told_as_the_page_says(tmp_path):
    page = (ROOT / "docs/how-to/tell-a-coarse-form.md").read_text(encoding="utf-8")
    files = re.findall(r"`(\w+\.json)`[^`]*?```json\n(.*?)```", page, re.DOTALL)
    assert [name for name, _ in files] == ["exact.json", "release.json", "coarse.json"]
    shell(
        "keepclear init node --party COA --party RUS\n"
        'keepclear party RUS "Russian forces in Syria" --as COA --dir node',
        tmp_path,
    )
    for name, text in files:
        (tmp_path / name).write_text(json.dumps(json.loads(text)), encoding="utf-8")
    acts = re.findall(r"^ +(keepclear state .*)$", page, re.MULTILINE)
    made = shell(f"{acts[0]} --dir node", tmp_path)
    subject = re.search(r"Subject (\S+)", made).group(1)
    for name in ("release.json", "coarse.json"):
        text = (tmp_path / name).read_text(encoding="utf-8")
        (tmp_path / name).write_text(text.replace("SUBJECT", subject), encoding="utf-8")
    early = subprocess.run(
        [keepclear(), "state", "coarse.json", "--as", "COA", "--dir", "node"],
        cwd=tmp_path, capture_output=True, text=True,
    )  # fmt: skip
    assert "LIM-08" in early.stderr
    shell("\n".join(f"{act} --dir node" for act in acts[1:]), tmp_path)
    shown = shell("keepclear show observations --as RUS --dir node", tmp_path)
    assert "5 to 30 vehicles" in shown
    assert "in its covering form" in shown
    assert "10 to 20" not in shown
