"""The ready command of the tests behaves as the command does that is started cold."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

import pytest
from tests.patience import PATIENCE_S
from tests.ready_command import Started, keepclear
from tests.two_processes import free_port

COLD = [sys.executable, "-m", "keepclear.cli.main"]


@pytest.mark.long
@pytest.mark.parametrize(
    "words",
    [["--version"], ["nonsense"], ["init"], ["show", "measures", "--as", "COA"], ["card", "--help"]],
    ids=" ".join,
)
def test_it_says_and_ends_as_a_cold_start_does(tmp_path, words):
    place = {**os.environ, "KEEPCLEAR_DIR": str(tmp_path / "none"), "COLUMNS": "100"}
    cold, ready = (
        subprocess.run([*command, *words], cwd=tmp_path, env=place, capture_output=True, text=True)
        for command in (COLD, [keepclear()])
    )
    assert (ready.returncode, ready.stdout, ready.stderr) == (cold.returncode, cold.stdout, cold.stderr)
    assert cold.stdout + cold.stderr


def test_it_reads_what_is_piped_in_and_goes_when_it_is_told_to(tmp_path):
    subprocess.run([keepclear(), "init", "node", "--party", "COA"], cwd=tmp_path, check=True)
    state = [keepclear(), "state", "-", "--dir", "."]
    made = subprocess.run(state, cwd=tmp_path / "node", input="no json", capture_output=True, text=True)
    assert made.returncode == 1
    assert "JSON" in made.stderr
    serve = [keepclear(), "serve", "--dir", "node", "--port", str(free_port())]
    served = subprocess.Popen(serve, cwd=tmp_path, stderr=subprocess.DEVNULL)
    until = time.monotonic() + PATIENCE_S
    while not (tmp_path / "node/running.json").exists() and time.monotonic() < until:
        time.sleep(0.05)
    served.send_signal(signal.SIGINT)
    assert served.wait(PATIENCE_S) in (0, 130)
    assert not (tmp_path / "node/running.json").exists()


def test_one_that_goes_on_is_killed_at_once_and_ends_with_its_code_when_asked(tmp_path):
    subprocess.run([keepclear(), "init", "node", "--party", "COA"], cwd=tmp_path, check=True)
    running = tmp_path / "node/running.json"
    for number, codes in ((signal.SIGKILL, {-signal.SIGKILL}), (signal.SIGINT, {0, 130})):
        running.unlink(missing_ok=True)
        served = Started("serve", "--dir", tmp_path / "node", "--port", free_port())
        until = time.monotonic() + PATIENCE_S
        while not running.exists() and time.monotonic() < until:
            assert served.poll() is None
            time.sleep(0.05)
        os.kill(served.pid, 0)
        served.send_signal(number)
        assert served.wait(PATIENCE_S) in codes
        with pytest.raises(ProcessLookupError):
            os.kill(served.pid, 0)
        assert running.exists() == (number == signal.SIGKILL)
        served.communicate(PATIENCE_S)


def test_what_one_that_cannot_begin_complains_of_is_heard(tmp_path):
    served = Started("serve", "--dir", tmp_path / "none", "--port", free_port())
    _, said = served.communicate(PATIENCE_S)
    assert served.returncode == 1
    assert "none" in said
