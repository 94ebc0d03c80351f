"""The how-to of two nodes works as it is written, command for command, on free ports."""

from __future__ import annotations

import os
import re
import shlex
import signal
import subprocess
import time
from pathlib import Path

import httpx
import pytest
from tests.patience import PATIENCE_S
from tests.ready_command import keepclear
from tests.stories.test_docs import ROOT, blocks, holds
from tests.two_processes import free_port

PAGE = ROOT / "docs/how-to/set-up-two-nodes.md"
PORTS = ("8642", "8643", "8644", "8652")


class Shell:
    """Runs the commands of a page in order; what serves stays, and fingerprints are read aloud."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._ports = {port: str(free_port()) for port in PORTS}
        self.serving: list[subprocess.Popen[bytes]] = []
        self.said: dict[str, str] = {}
        names = {name: value for name, value in os.environ.items() if not name.startswith("KEEPCLEAR")}
        self._environment = names

    def run(self, command: str) -> str:
        words = [self._ports.get(word, self.said.get(word, word)) for word in shlex.split(command)]
        assert words.pop(0) == "keepclear"
        if words[0] == "serve":
            self._serve([keepclear(), *words], words[-1])
            return ""
        done = subprocess.run(
            [keepclear(), *words],
            cwd=self._folder,
            env=self._environment,
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert done.returncode == 0, f"{command}: {done.stderr}{done.stdout}"
        if words[:2] == ["peer", "card"]:
            name = words[words.index("--dir") + 1].upper()
            self.said[f"{name} READS"] = re.search(r"Read aloud: +([\d ]+)", done.stdout)[1].strip()
        return done.stdout + done.stderr

    def _serve(self, command: list[str], port: str) -> None:
        self.serving.append(
            subprocess.Popen(
                command, cwd=self._folder, env=self._environment, stdout=subprocess.DEVNULL,
                stderr=(self._folder / "serve.err").open("ab"),
            )
        )  # fmt: skip
        until = time.monotonic() + PATIENCE_S
        while time.monotonic() < until:
            assert self.serving[-1].poll() is None, (self._folder / "serve.err").read_text("utf-8")
            try:
                httpx.get(f"http://127.0.0.1:{port}/livez", trust_env=False)
            except httpx.HTTPError:
                time.sleep(0.1)
            else:
                return
        pytest.fail("the node did not come up")

    def close(self) -> None:
        for process in self.serving:
            process.send_signal(signal.SIGINT)
            process.wait(timeout=PATIENCE_S)


@pytest.fixture
def shell(tmp_path):
    made = Shell(tmp_path)
    yield made
    made.close()


@pytest.mark.long
def test_the_page_of_two_nodes_works_as_it_is_written(shell):
    shown, compared = "", 0
    for kind, text in blocks(PAGE.read_text(encoding="utf-8")):
        if kind == "text":
            for line in text.splitlines():
                assert holds(line, shown.splitlines()), f"{line!r} is not in:\n{shown}"
                compared += 1
            continue
        shown = ""
        for command in text.splitlines():
            shown += settled(shell, command)
    assert compared >= 8


def settled(shell: Shell, command: str) -> str:
    """Run a command; what shows something of the other side is asked until it has come over the link."""
    expected = {"show": "Four boats", "told": "delivered", "check": "lets this node in"}
    waits = "--waiting" not in command  # what waits is asked about once all has come
    name = next((word for word in expected if waits and f" {word} " in command), "")
    until = time.monotonic() + PATIENCE_S
    while True:
        shown = shell.run(command)
        if not name or expected[name] in shown or time.monotonic() > until:
            return shown


def test_twin_a_fingerprint_with_one_figure_changed_is_refused(shell):
    page = PAGE.read_text(encoding="utf-8")
    commands = [line for kind, text in blocks(page) if kind == "sh" for line in text.splitlines()]
    for command in commands[:6]:
        shell.run(command)
    said = shell.said["BRAVO READS"]
    shell.said["BRAVO READS"] = said[:-1] + str((int(said[-1]) + 1) % 10)
    with pytest.raises(AssertionError, match="fingerprint"):
        shell.run(commands[6])
