"""A node that runs and is slow is said to be so; it is not taken for one that is gone."""

from __future__ import annotations

import json
import os
import socket

import pytest

from keepclear.cli import client
from keepclear.cli.main import main
from keepclear.service.settings import RUNNING


@pytest.fixture
def node(tmp_path):
    folder = tmp_path / "node"
    assert main(["init", str(folder), "--party", "COA"]) == 0
    return folder


def test_a_node_that_does_not_answer_is_said_to_be_slow_and_its_store_is_left_alone(
    node, capsys, monkeypatch
):
    monkeypatch.setattr(client, "ALIVE_S", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        (node / RUNNING).write_text(json.dumps({"url": url, "pid": os.getpid()}))
        assert main(["show", "messages", "--dir", str(node)]) == 1
    said = capsys.readouterr().err
    assert "[rule node-slow]" in said
    assert f"process {os.getpid()}" in said
    assert "held by another process" not in said


def test_twin_where_nobody_listens_any_more_the_folder_is_opened(node, capsys):
    with socket.create_server(("127.0.0.1", 0)) as gone:
        url = f"http://127.0.0.1:{gone.getsockname()[1]}"
    (node / RUNNING).write_text(json.dumps({"url": url, "pid": os.getpid()}))
    assert main(["show", "messages", "--dir", str(node)]) == 0
    assert "node-slow" not in capsys.readouterr().err


def test_a_node_that_falls_silent_in_the_middle_is_said_to_be_slow(node, capsys, monkeypatch):
    monkeypatch.setattr(client, "TIMEOUT_S", 0.2)
    monkeypatch.setattr(client, "_running", lambda folder: running)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        running = client.Running(f"http://127.0.0.1:{silent.getsockname()[1]}", os.getpid())
        assert main(["show", "messages", "--dir", str(node)]) == 1
    said = capsys.readouterr().err
    assert "[rule node-slow]" in said
    assert "--key" in said
