"""What a node compiles before its doors open: all of it, with a word where it takes its time."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest
from numba.core.caching import CacheImpl, UserProvidedCacheLocator
from tests.conftest import ROOT
from tests.patience import PATIENCE_S

from keepclear.geo.kernels import compiled as compiling
from keepclear.service import readying

# Own aircraft that close in on others among zones, jumps and a crowd: every kernel that a node asks.
_FIRST_POSITIONS = """
import json, sys
from numba.core.dispatcher import Dispatcher
from keepclear.service import readying
from tests.building_node import circle, zone
from tests.living import living

def signatures():
    found = [(name, key, each) for name, module in list(sys.modules.items()) if name.startswith("keepclear")
             for key, each in vars(module).items() if isinstance(each, Dispatcher)]
    return {f"{name}.{key}": len(each.signatures) for name, key, each in found if each.signatures}

if sys.argv[1] == "unready":
    readying._PARTS = ()
readying.make_ready()
before = signatures()
with living() as world:
    world.house.tell("COA", zone("Alpha", shape=circle(2.0, 48.0, 20_000.0), effect="keep-out-requested"))
    world.tick()
    for step in range(6):
        world.later(10)
        fixes = [world.fix(f"x{n}", 2.3 - step * 0.02, 48.0 + n * 0.001, kind="aeroplane", speed_mps=150.0,
                           course_deg=270.0, height={"value_m": 1000.0, "datum": "STD"}, accuracy_m=10.0)
                 for n in range(30)]
        jump = world.fix("j", 2.0 + 40.0 * (step % 2), 48.0, kind="aeroplane", accuracy_m=10.0)
        own = [world.fix(f"o{n}", 1.7 + step * 0.02, 48.0 + n * 0.001, kind="aeroplane", speed_mps=150.0,
                         course_deg=90.0, height={"value_m": 1000.0, "datum": "STD"}, accuracy_m=10.0)
               for n in range(3)]
        world.send(*fixes, jump).ok()
        world.send(*own, feed="blue").ok()
        world.tick()
    rules = sorted({each["rule"] for each in world.alarms()})
print(json.dumps({"before": before, "after": signatures(), "rules": rules}))
"""


def _first_positions(*how):
    done = subprocess.run(
        [sys.executable, "-c", _FIRST_POSITIONS, *how], capture_output=True, text=True, cwd=ROOT,
        timeout=PATIENCE_S, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def ready():
    return _first_positions("ready")


def test_nothing_compiles_with_the_first_positions_once_a_node_is_ready(ready):
    assert ready["after"] == ready["before"]
    assert {"live-closing", "live-crowd", "live-entry"} <= set(ready["rules"])


@pytest.mark.long
def test_what_is_not_made_ready_is_needed_with_the_first_positions(ready):
    """The twin: these positions need every kernel that is made ready, so the test above can fail."""
    unready = _first_positions("unready")
    assert unready["before"] == {}
    assert {name.rpartition(".")[0].rpartition(".")[2] for name in unready["after"]} >= {
        "fences", "steps", "approach", "crowds", "gates",
    }  # fmt: skip
    # Where the caches were empty, the steps that are inlined stand in the other one besides.
    assert {name: ready["before"].get(name) for name in unready["after"]} == unready["after"]


class Words(list):
    def __call__(self, words):
        self.append(words)


def part(monkeypatch, folder):
    """A part with a kernel of its own, and with caches in a folder of its own; new for each start."""
    monkeypatch.setattr(compiling, "_KEPT_IN", folder)

    def next_one(number):
        return number + 1

    kernel = compiling.compiled(next_one)
    return lambda: kernel(1)


def test_what_compiles_is_said_before_it_does_and_after_each_part(monkeypatch, tmp_path):
    said = Words()
    compile_one = part(monkeypatch, tmp_path)
    monkeypatch.setattr(readying, "_PARTS", (lambda: said("nothing yet"), compile_one, lambda: said("last")))
    readying.make_ready(said)
    assert [words.partition(":")[0] for words in said[:2]] == [
        "nothing yet", "Preparing the geometry for this version, once",
    ]  # fmt: skip
    assert said[2].startswith("The geometry: 2 of 3 parts are ready after ")
    assert said[3] == "last"
    assert said[4].startswith("The geometry: 3 of 3 parts are ready after ")


def test_what_is_kept_is_loaded_without_a_word(monkeypatch, tmp_path):
    monkeypatch.setattr(readying, "_PARTS", (part(monkeypatch, tmp_path),))
    readying.make_ready()
    said = Words()
    monkeypatch.setattr(readying, "_PARTS", (part(monkeypatch, tmp_path),))
    readying.make_ready(said)
    assert said == []
    monkeypatch.setattr(readying, "_PARTS", (part(monkeypatch, tmp_path / "of another text"),))
    readying.make_ready(said)
    assert len(said) == 2


def test_where_nothing_may_be_kept_it_compiles_all_the_same_and_says_that_each_start_does(
    monkeypatch, tmp_path
):
    monkeypatch.setattr(compiling, "_not_kept", [])
    monkeypatch.setattr(CacheImpl, "_locator_classes", [UserProvidedCacheLocator])
    (tmp_path / "a file").touch()
    compile_one = part(monkeypatch, tmp_path / "a file")
    assert not compiling.is_kept()
    said = Words()
    monkeypatch.setattr(readying, "_PARTS", (compile_one,))
    readying.make_ready(said)
    assert compile_one() == 2
    assert "once" not in said[0]
    assert "at each start" in said[0]
