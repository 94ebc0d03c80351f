"""The command `keepclear` without its start: a process that has loaded all forks one for each call.

Most of what a short command costs is loading; pages of the handbook run dozens in a row. `keepclear()` gives
the path of an executable that behaves as the command does: same arguments, environment, folder, streams,
signals and exit code. `Started` holds one that goes on, such as a node that serves, and can be killed. What a
cold start does is tested by `python -m keepclear.cli.main`.
"""

from __future__ import annotations

import array
import atexit
import contextlib
import gc
import io
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import traceback
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[1]
STREAMS = 3

# The caller: small, since it is all that starts anew.
CALLER = """#!{python} -ISu
import os, signal, socket, sys
line = socket.socket(socket.AF_UNIX)
line.connect({at!r})
head = [*sys.argv[1:], os.getcwd(), *(f"{{name}}={{value}}" for name, value in os.environ.items())]
text = "\\0".join([str(len(sys.argv) - 1), *head]).encode("utf-8", "surrogateescape")
socket.send_fds(line, [len(text).to_bytes(4, "big")], [0, 1, 2])
line.sendall(text)
line.recv(4)
for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
    signal.signal(each, lambda number, _: line.send(bytes([number])))
code = line.recv(1)
sys.exit(code[0] if code else 70)
"""


@cache
def _ready() -> Path:
    """Give the folder where the process that has loaded all is reached; it ends with this one."""
    folder = Path(tempfile.mkdtemp(prefix="kc-ready-"))
    at = str(folder / "s")
    keeper = subprocess.Popen(
        [sys.executable, "-m", "tests.ready_command", at], cwd=ROOT, stdout=subprocess.PIPE
    )
    atexit.register(_end, keeper, folder)
    assert keeper.stdout is not None
    assert keeper.stdout.readline() == b"ready\n"
    caller = folder / "keepclear"
    caller.write_text(CALLER.format(python=sys.executable, at=at), encoding="utf-8")
    caller.chmod(0o755)
    return folder


def keepclear() -> str:
    """Give the path of the ready command."""
    return str(_ready() / "keepclear")


class Started:
    """A command that goes on: what tests use of a `subprocess.Popen`, with its complaints in `stderr`."""

    def __init__(self, *words: object) -> None:
        arguments = [str(word) for word in words]
        settings = (f"{name}={value}" for name, value in os.environ.items())
        text = "\0".join([str(len(arguments)), *arguments, os.getcwd(), *settings])
        raw = text.encode("utf-8", "surrogateescape")
        self._line = socket.socket(socket.AF_UNIX)
        self._line.connect(str(_ready() / "s"))
        reading, writing = os.pipe()
        with open(os.devnull, "r+b") as nothing:
            streams = [nothing.fileno(), nothing.fileno(), writing]
            socket.send_fds(self._line, [len(raw).to_bytes(4, "big")], streams)
        os.close(writing)
        self._line.sendall(raw)
        self.pid = int.from_bytes(_read(self._line, 4), "big")
        self.stderr = open(reading, encoding="utf-8")  # noqa: SIM115 - open as long as the command
        self.returncode: int | None = None

    def poll(self) -> int | None:
        """Give the exit code, as far as it has ended; a signal that ended it is a negative number."""
        if self.returncode is None and not self._there():
            code = self._line.recv(1)
            self._line.close()
            self.returncode = code[0] if code else -signal.SIGKILL
        return self.returncode

    def _there(self) -> bool:
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, 0)
            return True
        return False

    def wait(self, timeout: float) -> int:
        until = time.monotonic() + timeout
        while (code := self.poll()) is None:
            if time.monotonic() > until:
                raise subprocess.TimeoutExpired("keepclear", timeout)
            time.sleep(0.01)
        return code

    def communicate(self, timeout: float) -> tuple[str, str]:
        """Wait until it has ended, and give what it complained of."""
        said: list[str] = []
        reader = threading.Thread(target=lambda: said.append(self.stderr.read()), daemon=True)
        reader.start()
        self.wait(timeout)
        reader.join(timeout)
        self.stderr.close()
        return "", "".join(said)

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


def _end(keeper: subprocess.Popen[bytes], folder: Path) -> None:
    keeper.kill()
    keeper.communicate()
    shutil.rmtree(folder, ignore_errors=True)


def _read(line: socket.socket, size: int) -> bytes:
    held = b""
    while len(held) < size:
        part = line.recv(size - len(held))
        if not part:
            raise EOFError
        held += part
    return held


def _become(line: socket.socket, size: int, streams: list[int]) -> None:
    """Turn a fork into the command that was called."""
    words = _read(line, size).decode("utf-8", "surrogateescape").split("\0")
    count = int(words[0])
    arguments, folder, settings = words[1 : 1 + count], words[1 + count], words[2 + count :]
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
        os.close(stream)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(each.split("=", 1) for each in settings)
    _streams_anew()
    sys.argv = ["keepclear", *arguments]
    signal.signal(signal.SIGINT, signal.default_int_handler)
    threading.Thread(target=_pass_signals_on, args=(line,), daemon=True).start()


def _streams_anew() -> None:
    way = os.environ.get("PYTHONIOENCODING", "").split(":")[0] or "utf-8"
    sys.stdin = io.TextIOWrapper(io.FileIO(0, "r", closefd=False), encoding=way)
    for number, name in ((1, "stdout"), (2, "stderr")):
        raw = io.BufferedWriter(io.FileIO(number, "w", closefd=False))
        errors = "strict" if number == 1 else "backslashreplace"
        made = io.TextIOWrapper(raw, encoding=way, errors=errors, line_buffering=number == 2 or os.isatty(1))
        setattr(sys, name, made)
        setattr(sys, f"__{name}__", made)
    sys.__stdin__ = sys.stdin


def _pass_signals_on(line: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while number := line.recv(1):
            os.kill(os.getpid(), number[0])


def _carried_out(line: socket.socket) -> int:
    from keepclear.cli.main import main

    try:
        code = main()
    except SystemExit as ended:
        code = ended.code if isinstance(ended.code, int) else int(ended.code is not None)
    except KeyboardInterrupt:
        code = 128 + signal.SIGINT
    except BaseException:  # noqa: BLE001 - as the interpreter itself ends on a fault
        traceback.print_exc()
        code = 1
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError):
            stream.flush()
    return int(code or 0)


def _keep(at: str) -> None:
    import keepclear.cli.main
    import keepclear.cli.unserved
    import keepclear.service.feeding
    import keepclear.service.http.app
    import keepclear.service.http.exchange
    import keepclear.service.passkeys  # noqa: F401
    from keepclear.geo.kernels.warming import warm

    warm()
    gc.freeze()
    door = socket.socket(socket.AF_UNIX)
    door.bind(at)
    door.listen(16)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    os.write(1, b"ready\n")
    while True:
        line, _ = door.accept()
        size, ancillary, _, _ = line.recvmsg(4, socket.CMSG_LEN(STREAMS * 4))
        streams = array.array("i")
        for _, _, part in ancillary:
            streams.frombytes(part)
        if os.fork():
            line.close()
            for each in streams:
                os.close(each)
            continue
        door.close()
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        code = 70
        try:
            line.sendall(os.getpid().to_bytes(4, "big"))
            _become(line, int.from_bytes(size, "big"), list(streams))
            code = _carried_out(line)
            with contextlib.suppress(OSError):
                line.send(bytes([code & 255]))
        finally:
            os._exit(code & 255)


if __name__ == "__main__":
    _keep(sys.argv[1])
