"""Serving nodes that start in a moment: a process that has loaded everything and forks one on demand.

`python -m tests.forked_node FOLDER PORT PACE` serves the node in FOLDER by the command's own code, each time
that it reads a line, and tells the process's number; what it forked it waits for before it forks again. Its
clocks run PACE times as fast as the machine's, from one moment on, so that a night passes in seconds; nothing
else is changed.
"""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path

from tests.patience import PATIENCE_S

import keepclear.cli.running as running
import keepclear.service.opening as opening
from keepclear.commands.ports import Batch
from keepclear.errors import KeepclearError
from keepclear.service.clock import SystemClock
from keepclear.service.duties import Duties
from keepclear.service.writer import Writer
from keepclear.times import microseconds

EARLY_S = 0.02
"""How long before the disk has it the planted writer answers."""


class Fast(SystemClock):
    """The machine's clocks, so many times as fast since one moment."""

    origin = SystemClock().wall()
    began = 0.0
    pace = 1.0

    def __init__(self) -> None:
        super().__init__(lambda: self.origin + timedelta(seconds=self._steady()), self._steady)

    @classmethod
    def _steady(cls) -> float:
        return (time.monotonic() - cls.began) * cls.pace


def answer_early() -> None:
    """The planted defect of a writer that answers before the disk has it."""

    async def committed(self, prepare, waiting):
        node = self.node
        try:
            prepared = prepare(node)
        except KeepclearError as error:
            node.drop()
            for _, done in waiting:
                if not done.done():
                    done.set_exception(error)
            return None
        node.publish(prepared)
        if prepared.batch != Batch():
            asyncio.get_running_loop().call_later(EARLY_S, node.store.commit, prepared.batch)
        return prepared

    Writer._commit = committed  # type: ignore[method-assign]


def forget_the_missed() -> None:
    """The planted defect of a scheduler that drops what fell due while it was down."""
    began, due = microseconds(Fast().now()), Duties.due
    Duties.due = lambda self, now, at_most: [  # type: ignore[method-assign]
        row for row in due(self, now, at_most) if row.due_us >= began
    ]


PLANTED = {"": lambda: None, "early": answer_early, "forget": forget_the_missed}


def serve(folder: Path, port: int, planted: str) -> None:
    PLANTED[planted]()
    running.SystemClock = opening.SystemClock = Fast  # type: ignore[misc]
    signal.signal(signal.SIGINT, signal.default_int_handler)
    running.serve(dir_=folder, port=port)


def main(folder: Path, port: int, pace: float, began: float, planted: str = "") -> None:
    Fast.pace, Fast.began = pace, began
    Fast.origin = SystemClock().wall() - timedelta(seconds=time.monotonic() - began)
    for _ in sys.stdin:
        child = os.fork()
        if child == 0:
            try:
                serve(folder, port, planted)
            finally:
                os._exit(1)
        sys.stdout.write(f"{child}\n")
        sys.stdout.flush()
        os.waitpid(child, 0)


class ForkedNode:
    """Starts, kills and starts again the node in one folder."""

    def __init__(self, folder: Path, port: int, pace: float, planted: str = "") -> None:
        command = [sys.executable, "-m", "tests.forked_node", folder, port, pace, time.monotonic(), planted]
        self._parent = subprocess.Popen(
            [str(word) for word in command],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        self.pid = 0

    def start(self) -> None:
        assert self._parent.stdin is not None
        assert self._parent.stdout is not None
        self._parent.stdin.write("start\n")
        self._parent.stdin.flush()
        self.pid = int(self._parent.stdout.readline())

    def kill(self) -> None:
        os.kill(self.pid, signal.SIGKILL)

    def stop(self) -> None:
        """End the node as Ctrl-C does, and its parent."""
        os.kill(self.pid, signal.SIGINT)
        self._parent.communicate(timeout=PATIENCE_S)


if __name__ == "__main__":
    where, at, pace, began, planted = sys.argv[1:]
    main(Path(where), int(at), float(pace), float(began), planted)
