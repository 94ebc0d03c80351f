"""The desk in a terminal, worked through a real pseudo-terminal against a real node."""

from __future__ import annotations

import fcntl
import json
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time

import pytest
from tests.patience import PATIENCE_S
from tests.unit.cli.test_running import serving

from keepclear.cli.hotline import keys_in

WIDTH, HEIGHT = 80, 24
ARABIC, RUSSIAN = "رسالة سلامة؟ مررها الآن", "Кто на восточном берегу?"


class Terminal:
    """A terminal of 80 columns and 24 rows with the command in it."""

    def __init__(self, *words, **environment):
        self._ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", HEIGHT, WIDTH, 0, 0))
        command = [sys.executable, "-m", "keepclear.cli.main", "hotline", *map(str, words)]
        settings = {"TERM": "vt100", "PYTHONUNBUFFERED": "1", **environment}
        kept = {name: value for name, value in os.environ.items() if not name.startswith("KEEPCLEAR")}
        self.process = subprocess.Popen(
            command,
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            env={**kept, **settings},
            start_new_session=True,
        )
        os.close(theirs)
        self.raw = b""

    def read(self, seconds):
        until = time.monotonic() + seconds
        while time.monotonic() < until and select.select([self._ours], [], [], 0.05)[0]:
            try:
                self.raw += os.read(self._ours, 65_536)
            except OSError:
                return

    @property
    def frame(self):
        """The last whole frame that was drawn."""
        frames = self.raw.decode(errors="replace").split("\x1b[H")
        whole = frames[-1] if frames[-1].count("\n") >= HEIGHT - 1 else frames[-2] if len(frames) > 1 else ""
        return re.sub(r"\x1b\[[0-9?;]*[A-Za-z]", "", whole)

    def shows(self, words, seconds=PATIENCE_S):
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            self.read(0.2)
            if words in self.frame:
                return self.frame
            assert self.process.poll() is None, self.raw.decode(errors="replace")[-2_000:]
        pytest.fail(f"{words!r} never stood in:\n{self.frame}")

    def type(self, keys):
        os.write(self._ours, keys.encode())

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(60)
        os.close(self._ours)


@pytest.fixture
def terminal():
    made = []

    def start(*words, **environment):
        made.append(Terminal(*words, **environment))
        return made[-1]

    yield start
    for each in made:
        each.close()


def thread(cli, node, party="NOR"):
    return cli("show", "messages", "--as", party, "--dir", node, "--json").json()["items"][-1]


def test_a_flash_is_acknowledged_read_back_and_answered_by_keys_alone(cli, node, terminal):
    with serving(node):
        here = terminal("--as", "SOU", "--dir", node)
        here.shows("ALARMS: 1, 1 not acknowledged")
        frame = here.shows("!FLASH")
        assert frame.splitlines()[0].startswith("*EXERCISE* SOU, duty officer")
        assert "<- FLASH    Northern command: Aid convoy on the road" in frame
        assert all(len(row) <= WIDTH for row in frame.splitlines())
        assert b"\a" in here.raw
        here.type("a")
        here.shows("y: _")
        here.type("y\r")
        here.shows("silent at every station")
        here.shows("ALARMS: 1, 0 not acknowledged")
        here.type("h")
        here.shows("> <- FLASH")
        here.type("b")
        for part, heard in (("place", "bridge"), ("time", "0600Z"), ("number", "12")):
            here.shows(f"Read back, {part}")
            here.type(f"{heard}\r")
        here.shows("the sender confirms")
        here.type("w")
        here.shows("5 will act")
        here.type("5\rwe hold our fire\r")
        here.shows("Answered.")
        here.type("a")
        here.shows("Acknowledge what Northern command told")
        here.type("y\r")
        here.shows("Acknowledged.")
        found = thread(cli, node)
        assert [(read["fields"]) for read in found["read_backs"]] == [
            {"place": "bridge", "time": "0600Z", "number": "12"}
        ]
        assert [(each["answer"], each["words"]) for each in found["answers"]] == [
            ("will act", "we hold our fire")
        ]
        steps = [(step["rung"], step["how"]) for step in found["ladders"][0]["steps"]]
        assert ("acknowledged", "own") in steps
        here.type("q")
        assert here.process.wait(60) == 0


def test_news_in_three_scripts_comes_by_itself_and_opens(cli, node, terminal):
    with serving(node):
        here = terminal("--as", "SOU", "--dir", node)
        here.shows("THREADS: 1")
        for words in (RUSSIAN, ARABIC):
            assert cli("message", "SOU", words, "--as", "NOR", "--dir", node).status == 0
            here.shows(words)
        here.type("h\r")
        frame = here.shows("en: Aid convoy on the road")
        assert "Northern command" in frame
        here.type("\x1bj")
        here.type("jj\r")
        here.shows(ARABIC)


def test_a_call_is_taken_and_noted_as_reported_and_a_message_is_passed(cli, node, terminal):
    with serving(node):
        here = terminal("--as", "SOU", "--dir", node)
        here.shows("THREADS: 1")
        here.type("c")
        here.shows("1 Northern command")
        here.type("1\rduty officer\r")
        here.shows("Pass it now")
        here.type("convoy is late\r")
        here.shows("ON CALL with Northern command: answered")
        here.type("m")
        here.shows("1 Northern command")
        here.type("1\r1\rВсё понятно\r")
        here.shows("Told Northern command")
        here.shows("-> FLASH")
        here.type("hj")
        here.shows("> -> FLASH")
        here.type("a")
        here.shows("Did Northern command acknowledge on the telephone")
        here.type("y\r")
        here.shows("as reported by this desk")
        here.type("e")
        here.shows("What was said, or nothing")
        here.type("they stop\r")
        here.shows("The call is over.")
        own = thread(cli, node, "SOU")
        assert own["texts"][0]["words"] == "Всё понятно"
        steps = [(step["rung"], step["how"]) for step in own["ladders"][0]["steps"]]
        assert ("acknowledged", "reported") in steps
        assert ("acknowledged", "own") not in steps
        held = cli("held", "--as", "SOU", "--dir", node, "--json").json()
        assert "convoy is late" in json.dumps(held)
        assert "convoy is late" not in cli("held", "--as", "NOR", "--dir", node, "--json").out


def test_an_act_that_the_node_did_not_answer_is_sent_once_when_it_is_back(cli, node, terminal):
    with serving(node) as port:
        here = terminal("--as", "SOU", "--dir", node)
        here.shows("THREADS: 1")
        here.type("m1\r1\r")
        here.shows("Words: _")
    here.shows("NO ANSWER FROM THE NODE", 30)
    here.type("Once and for all\r")
    here.shows("NOT SENT")
    with serving(node, port=port):
        here.shows("connected", 30)
        here.type("s")
        here.shows("Told Northern command")
        here.type("s")
        here.read(1.0)
        found = cli("show", "messages", "--as", "NOR", "--dir", node, "--json").json()["items"]
        assert [item["texts"][0]["words"] for item in found].count("Once and for all") == 1


def test_a_token_opens_one_desk_from_elsewhere(cli, node, terminal):
    made = cli(
        "token", "add", "ssh", "--scope", "act", "--role", "duty officer", "--party", "SOU", "--dir", node
    )
    with serving(node) as port:
        here = terminal("--as", "SOU", "--url", f"http://127.0.0.1:{port}", KEEPCLEAR_TOKEN=made.out.strip())
        here.shows("<- FLASH")
        here.type("q")
        assert here.process.wait(60) == 0


def test_a_dumb_terminal_gets_no_escapes_and_only_what_changes(cli, node, terminal):
    with serving(node):
        here = terminal("--as", "SOU", "--dir", node, TERM="dumb")
        until = time.monotonic() + PATIENCE_S
        while b"<- FLASH" not in here.raw and time.monotonic() < until:
            here.read(0.2)
        here.read(2.5)
        assert b"<- FLASH" in here.raw
        assert b"\x1b" not in here.raw
        assert here.raw.count(b"THREADS: 1") <= 3


def test_the_terminal_is_given_back_as_it_was(cli, node, terminal):
    with serving(node):
        here = terminal("--as", "SOU", "--dir", node)
        before = termios.tcgetattr(here._ours)[3]
        here.shows("THREADS: 1")
        here.process.send_signal(signal.SIGINT)
        here.process.wait(60)
        here.read(0.5)
        assert here.raw.endswith(b"\x1b[?1049l")
        assert termios.tcgetattr(here._ours)[3] & termios.ECHO
        assert before & termios.ISIG


def test_without_a_terminal_or_a_node_or_encryption_it_says_what_would_pass(cli, node, monkeypatch):
    assert "for programs" in cli("hotline", "--as", "SOU", "--dir", node).err
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    assert "keepclear serve" in cli("hotline", "--as", "SOU", "--dir", node).err
    assert "https" in cli("hotline", "--as", "SOU", "--url", "http://192.0.2.1").err
    assert "KEEPCLEAR_TOKEN" in cli("hotline", "--as", "SOU", "--url", "https://192.0.2.1").err


def test_keys_come_out_of_what_a_terminal_sends():
    assert list(keys_in("a\x1b[Aж\x1bOB\x1b[5~\n\x08\x1b")) == ["a", "up", "ж", "down", "\r", "\x7f", "\x1b"]
