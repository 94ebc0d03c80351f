"""A disk that is full under a running node: what was acknowledged stays, and the refusal says what to do."""

# ruff: noqa: F811 - the fixture of the command line is imported by its name
from __future__ import annotations

import os
import resource
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from tests.patience import PATIENCE_S
from tests.unit.cli.conftest import cli, make_node  # noqa: F401 - a fixture

from keepclear.service.settings import RUNNING

ROOM = 900_000
MOST = 200


@pytest.fixture
def node(tmp_path: Path) -> Path:
    """A node of two parties, in a folder of its own."""
    return make_node(tmp_path)


@contextmanager
def serving(node: Path, room: int | None = None) -> Iterator[None]:
    """A node that serves from a folder, in a process of its own."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    words = [sys.executable, "-m", "keepclear.cli.main", "serve", "--dir", str(node), "--port", str(port)]
    served = subprocess.Popen(words, stderr=subprocess.DEVNULL)
    try:
        for _ in range(200):
            try:
                ready = (node / RUNNING).exists() and httpx.get(f"http://127.0.0.1:{port}/readyz").is_success
            except httpx.TransportError:
                ready = False
            if ready:
                break
            assert served.poll() is None, "the node ended"
            time.sleep(0.1)
        if room is not None:  # no file of the process may grow beyond it: what a quota does
            _, hard = resource.prlimit(served.pid, resource.RLIMIT_FSIZE)
            resource.prlimit(served.pid, resource.RLIMIT_FSIZE, (room, hard))
        yield
    finally:
        served.send_signal(signal.SIGINT)
        served.communicate(timeout=PATIENCE_S)


def tell_until_refused(cli, node: Path):
    """Tell one message after another; gives how many were acknowledged, and the refusal."""
    for number in range(MOST):
        done = cli("message", "SOU", said(number), "--as", "NOR", "--dir", node)
        if done.status != 0:
            return number, done
    raise AssertionError("the disk was never full")


def said(number: int) -> str:
    return f"number {number} of many: " + "convoy on the road " * 60


def numbers_held(cli, node: Path) -> list[int]:
    items = cli("show", "messages", "--as", "SOU", "--dir", node, "--json").json()["items"]
    words = [item["texts"][0]["words"] for item in items]
    return [int(text.split()[1]) for text in words if text.startswith("number ")]


def assert_a_full_disk_is_survived(
    cli, node: Path, make_room: Callable[[], None], room: int | None = None
) -> None:
    with serving(node, room):
        acknowledged, refused = tell_until_refused(cli, node)
        assert acknowledged > 0
        assert refused.out == ""
        assert "Accepted: " in refused.err, "a refusal says what would pass"
        assert "Traceback" not in refused.err
        assert any(word in refused.err for word in ("room", "full", "space")), refused.err
        assert numbers_held(cli, node) == list(range(acknowledged)), "it still reads"
    make_room()
    with serving(node):
        assert numbers_held(cli, node) == list(range(acknowledged))
        assert cli("message", "SOU", said(acknowledged), "--as", "NOR", "--dir", node).status == 0
        assert cli("proof", "--as", "SOU", "--dir", node).status == 0
    assert numbers_held(cli, node) == list(range(acknowledged + 1))


@pytest.mark.long
def test_a_node_whose_files_may_grow_no_more_keeps_what_it_acknowledged(cli, node):
    assert_a_full_disk_is_survived(cli, node, lambda: None, ROOM)


@pytest.mark.long
def test_a_node_on_a_small_disk_that_is_full_keeps_what_it_acknowledged(cli, node, tmp_path):
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = os.geteuid() == 0 and shutil.which("mount") is not None
    mounted = mounted and not subprocess.call(
        ["mount", "-t", "tmpfs", "-o", "size=6m", "tmpfs", str(disk)], stderr=subprocess.DEVNULL
    )
    if not mounted:
        pytest.skip("NOT RUN: mounting a small disk needs root; run as root")
    try:
        small = disk / "node"
        shutil.copytree(node, small)
        ballast = disk / "ballast"
        with ballast.open("wb") as file:
            room = shutil.disk_usage(disk).free
            file.write(b"\0" * (room - ROOM))
        assert_a_full_disk_is_survived(cli, small, ballast.unlink)
    finally:
        subprocess.check_call(["umount", "-l", str(disk)])
