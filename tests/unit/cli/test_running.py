"""Commands that run a node: made once, served on this machine only, looked over by doctor."""

from __future__ import annotations

import json
import os
import signal
import socket
import stat
import subprocess
import sys
import time

import httpx
import pytest

from keepclear.cli.client import RUNNING
from keepclear.service.opening import TOKENS


def test_a_node_is_made_once(cli, tmp_path):
    made = cli("init", tmp_path / "new", "--party", "NOR")
    assert (made.status, made.out) == (0, "")
    assert "status Exercise" in made.err
    assert stat.S_IMODE((tmp_path / "new").stat().st_mode) == 0o700
    again = cli("init", tmp_path / "new", "--party", "NOR")
    assert again.status == 1
    assert "Accepted: another folder" in again.err


def test_actual_is_asked_for_by_name(cli, tmp_path):
    assert "status Actual" in cli("init", tmp_path / "new", "--party", "NOR", "--actual").err


@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.1", "example.org", "::"])  # noqa: S104
def test_listening_beyond_this_machine_is_refused(cli, read_node, host):
    done = cli("serve", "--dir", read_node, "--host", host)
    assert (done.status, done.out) == (1, "")
    assert "loopback-only" in done.err


def test_doctor_says_of_each_thing_whether_it_is_there(cli, read_node, tmp_path):
    well = cli("doctor", "--dir", read_node)
    assert well.status == 0
    assert f"a node in {read_node}: Exercise, hosts NOR, SOU" in well.out
    assert "its record verifies: grade: 1 self-consistent only" in well.out
    rows = cli("doctor", "--dir", tmp_path / "none", "--json").json()
    assert [row["ok"] for row in rows if row["what"].startswith("a node in")] == [False]


def test_doctor_ends_with_one_when_the_record_does_not_open(cli, node):
    record = node / "record.sqlite3"
    record.write_bytes(b"not a database" * 100)
    done = cli("doctor", "--dir", node)
    assert done.status == 1
    assert "MISSING   its record opens" in done.out


def test_commands_reach_a_running_node_over_http(cli, node):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "keepclear.cli.main", "serve", "--dir", node, "--port", str(port)]
    served = subprocess.Popen([str(word) for word in command], stderr=subprocess.PIPE, text=True)
    try:
        _wait_for(node / RUNNING, port, served)
        done = cli("message", "SOU", "While it runs", "--as", "NOR", "--dir", node)
        assert done.status == 0, done.err
        assert "While it runs" in cli("show", "messages", "--as", "SOU", "--dir", node).out
    finally:
        served.send_signal(signal.SIGINT)
        served.communicate(timeout=20)
    assert not (node / RUNNING).exists()
    assert "While it runs" in cli("show", "messages", "--as", "SOU", "--dir", node).out


@pytest.mark.parametrize("port", [0, -1, 99999])
def test_a_port_that_there_is_not_is_refused_before_anything_is_announced(cli, read_node, port):
    done = cli("serve", "--dir", read_node, "--port", port)
    assert (done.status, done.out) == (1, "")
    assert done.err.startswith(f"Refused: listening at port {port}")


def test_a_port_in_use_is_said_to_be_so_and_nothing_announced(cli, read_node):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = cli("serve", "--dir", read_node, "--port", port)
    assert (done.status, done.out) == (1, "")
    assert done.err.startswith(f"Refused: port {port} is in use")
    assert not (read_node / RUNNING).exists()


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM])
def test_a_node_with_an_open_stream_ends_quietly(node, ending):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "keepclear.cli.main", "serve", "--dir", node, "--port", str(port)]
    served = subprocess.Popen([str(word) for word in command], stderr=subprocess.PIPE, text=True)
    try:
        _wait_for(node / RUNNING, port, served)
        token = json.loads((node / TOKENS).read_bytes())[0]
        url = f"http://127.0.0.1:{port}/api/v1/desks/{token['party']}/stream"
        with httpx.stream("GET", url, headers={"Authorization": f"Bearer {token['token']}"}) as stream:
            assert next(stream.iter_lines()).startswith("id: ")
            served.send_signal(ending)
            _, said = served.communicate(timeout=20)
    finally:
        served.kill()
    assert len(said.splitlines()) == 1, said
    assert served.returncode == 0
    assert not (node / RUNNING).exists()


def _wait_for(path, port, served):
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        assert served.poll() is None, served.stderr.read()
        if path.exists():
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    return
        time.sleep(0.05)
    pytest.fail("the node did not come up")


def test_a_second_process_on_the_same_folder_is_refused(cli, node):
    from keepclear.service.opening import open_node

    opened = open_node(node)
    try:
        done = cli("picture", "--as", "NOR", "--dir", node)
    finally:
        opened.node.store.close()
    assert (done.status, done.out) == (1, "")
    assert str(os.getpid()) in done.err or "another" in done.err
