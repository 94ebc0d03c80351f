"""Real runs of the command line against a real node in a temporary folder."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from keepclear.cli.main import main

PLAN = {
    "type": "Feature",
    "properties": {
        "name": "Convoy", "floor_m": 0, "ceiling_m": 100, "datum": "AGL",
        "start": "2031-01-01T06:00:00Z", "end": "2031-01-01T12:00:00Z",
    },
    "geometry": {
        "type": "Polygon",
        "coordinates": [[[38.55, 33.45], [38.65, 33.45], [38.65, 33.55], [38.55, 33.55], [38.55, 33.45]]],
    },
}  # fmt: skip


@dataclass(frozen=True)
class Run:
    """What one run of the command gave."""

    status: int
    out: str
    err: str

    def json(self) -> Any:
        return json.loads(self.out)


Cli = Callable[..., Run]


@pytest.fixture
def cli(capsys: pytest.CaptureFixture[str]) -> Cli:
    """Runs `keepclear` with the given words."""

    def run(*words: object) -> Run:
        capsys.readouterr()
        status = main([str(word) for word in words])
        got = capsys.readouterr()
        return Run(status, got.out, got.err)

    return run


def make_node(folder: Path) -> Path:
    """Make a node that hosts two parties who know of each other, by the commands that a newcomer uses."""
    node = folder / "node"
    for words in (
        ["init", node, "--party", "NOR", "--party", "SOU"],
        ["party", "SOU", "Southern command", "--as", "NOR", "--dir", node],
        ["party", "NOR", "Northern command", "--tell", "SOU", "--as", "NOR", "--dir", node],
        ["zone", "Bridge zone", "33.5 N 38.6 E", "10", "--tell", "SOU", "--as", "NOR", "--dir", node],
        ["message", "SOU", "Aid convoy on the road", "--precedence", "flash", "--as", "NOR", "--dir", node],
    ):
        assert main([str(word) for word in words]) == 0
    return node


@pytest.fixture
def node(tmp_path: Path) -> Path:
    """A node of its own for a test that tells something."""
    return make_node(tmp_path)


@pytest.fixture(scope="session")
def read_node(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One node for all tests that only look."""
    return make_node(tmp_path_factory.mktemp("cli"))


@pytest.fixture
def plan(tmp_path: Path) -> Path:
    """A plan that meets the zone."""
    path = tmp_path / "plan.geojson"
    path.write_text(json.dumps(PLAN), encoding="utf-8")
    return path


def moved(path: Path, degrees: float) -> Path:
    """Give the plan moved to the east."""
    value = json.loads(path.read_text(encoding="utf-8"))
    value["geometry"]["coordinates"] = [
        [[lon + degrees, lat] for lon, lat in ring] for ring in value["geometry"]["coordinates"]
    ]
    other = path.with_name("moved.geojson")
    other.write_text(json.dumps(value), encoding="utf-8")
    return other
