"""A test that could not run is said so, and fails when everything must run."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from tests.shares import mostly_long

ROOT = Path(__file__).parents[2]
VECTORS = "tests/contracts/tlog/test_vectors.py"


def run(*words, **changes):
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST")}
    environment.pop("KEEPCLEAR_TEST_ALL", None)
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *words]
    return subprocess.run(command, cwd=ROOT, env=environment | changes, capture_output=True, text=True)


@pytest.mark.parametrize(
    "workers", mostly_long([pytest.param([], id="alone"), pytest.param(["-n", "1"], id="with a worker")], 1)
)
def test_missing_vectors_are_counted_with_the_command_that_brings_them(tmp_path, workers):
    done = run(VECTORS, *workers, KEEPCLEAR_VECTORS=str(tmp_path))
    what = "the RFC 6962 vectors of transparency-dev/merkle"
    assert f'NOT RUN: 3 tests need {what}: run "KEEPCLEAR_VECTORS=FOLDER make test"' in done.stdout
    assert "3 skipped" in done.stdout.splitlines()[-1]


def test_missing_go_is_counted(tmp_path):
    done = run("tests/contracts/tlog/test_go.py", PATH=str(tmp_path))
    assert 'tests need Go: run "make test-all"' in done.stdout


def test_missing_things_fail_when_all_must_run(tmp_path):
    done = run(VECTORS, KEEPCLEAR_VECTORS=str(tmp_path), KEEPCLEAR_TEST_ALL="1")
    assert done.returncode == 1
    assert "must run here" in done.stdout


@pytest.mark.long
def test_long_sweeps_run_only_when_asked_for():
    path = "tests/unit/record/test_tree.py"
    assert 'NOT RUN: 1 tests are long sweeps: run "make soak"' in run(path).stdout
    assert "NOT RUN" not in run(path, "-m", "soak").stdout


@pytest.mark.parametrize(
    ("asked", "changes"),
    [
        ((), {}),
        pytest.param((), {"KEEPCLEAR_TEST_ALL": "1"}, marks=pytest.mark.long),
        pytest.param(("-m", "long"), {}, marks=pytest.mark.long),
    ],
)
def test_what_takes_long_runs_with_all_tests_or_when_asked_for(asked, changes):
    sweep = "test_a_node_gets_and_keeps_the_same_bytes_whatever_a_third_is_told"
    one = f"tests/properties/test_two_worlds_nodes.py::{sweep}[39]"
    done = run(one, *asked, **changes)
    if not asked and not changes:
        assert 'NOT RUN: 1 tests take long: run "make test-all"' in done.stdout
        return
    assert "NOT RUN" not in done.stdout
    assert "1 passed" in done.stdout
