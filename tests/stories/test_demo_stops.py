"""A demo that is stopped while its story plays ends at once, as Ctrl-C asks."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import httpx
import pytest
from tests.flying import BEGINS, kept, way_through
from tests.patience import PATIENCE_S
from tests.shares import mostly_long
from tests.two_processes import free_port

from keepclear.cli.playing_flights import PLACE


def stopped(folder: Path, *words: str, joins_at: int = 0) -> int:
    """Start a demo, let a page join, stop it in the middle of the story, and give its exit status."""
    port = free_port()
    command = [sys.executable, "-u", "-m", "keepclear.cli.main", "demo", "--no-browser"]
    running = subprocess.Popen(
        [*command, "--port", str(port), *words], cwd=folder, stderr=subprocess.PIPE, text=True
    )
    try:
        assert any("begins anew" in said for said in running.stderr or ())
        joined = threading.Event()
        page = threading.Thread(target=_listen, args=(port + joins_at, joined), daemon=True)
        page.start()
        assert joined.wait(120), "no caption came"
        running.send_signal(signal.SIGINT)
        return running.wait(120)
    finally:
        running.kill()
        running.wait()


def _listen(port: int, joined: threading.Event) -> None:
    until = time.monotonic() + PATIENCE_S
    while time.monotonic() < until:
        try:
            with httpx.stream("GET", f"http://127.0.0.1:{port}/api/v1/demo/stream", trust_env=False) as got:
                for piece in got.iter_text():
                    if "caption" in piece:
                        joined.set()
        except httpx.HTTPError:
            time.sleep(0.1)


@pytest.mark.long
@pytest.mark.parametrize("words", mostly_long([(), ("--one-node",)], 1))
def test_a_demo_that_is_stopped_while_it_plays_ends(tmp_path, words):
    assert stopped(tmp_path, *words) == 0


@pytest.mark.long
@pytest.mark.parametrize("words", [(), ("--one-node",)])
def test_one_that_is_stopped_while_recorded_flights_move_ends_too(tmp_path, words):
    folder = kept(tmp_path / "recordings", way_through("a1", "T71", BEGINS, fixes=400))
    assert stopped(tmp_path, *words, "--recordings", str(folder), joins_at=PLACE) == 0
