"""The page on TAK clients: its commands work, and a device is shown what it says."""

from __future__ import annotations

import socket
import subprocess
import time

import pytest
from tests.patience import PATIENCE_S
from tests.ready_command import keepclear
from tests.stories.test_docs import holds, shell
from tests.stories.test_docs_host import page

from keepclear.service.clock import SystemClock


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
        return port


def connected(port: int) -> socket.socket:
    until = time.monotonic() + PATIENCE_S
    while True:
        try:
            return socket.create_connection(("127.0.0.1", port), 10)
        except OSError:
            if time.monotonic() > until:
                raise
            time.sleep(0.3)


def event(uid: str, type_: str = "a-f-G-U-C") -> bytes:
    now = SystemClock().now().isoformat().replace("+00:00", "Z")
    return (
        f'<event version="2.0" uid="{uid}" type="{type_}" how="m-g" time="{now}" start="{now}" stale="{now}">'
        '<point lat="33.51" lon="38.91" hae="9999999" ce="9999999" le="9999999"/><detail/></event>'
    ).encode()


def heard(device: socket.socket, mark: bytes, patience_s: float) -> bytes:
    """Read until something was told; give all of it."""
    found, until = b"", time.monotonic() + patience_s
    device.settimeout(0.3)
    while mark not in found and time.monotonic() < until:
        try:
            found += device.recv(65_536)
        except TimeoutError:
            continue
    return found


@pytest.mark.parametrize("own", [True, False], ids=["as-it-stands", "twin-not-own"])
def test_a_device_is_shown_what_the_page_says_and_its_position_only_where_the_feed_is_own(tmp_path, own):
    port = free_port()
    commands, _, rows = page("connect-a-tak-client.md")
    commands = [text.replace("8087", str(port)) for text in commands]
    rows = [row.replace("8087", str(port)) for row in rows]
    *before, look = commands
    before = [text if own else text.replace("--standing own", "--standing other") for text in before]
    shown = shell("\n".join(before), tmp_path).splitlines()
    command = [keepclear(), "serve", "--dir", "node", "--port", str(free_port())]
    serving = subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        with connected(port) as first, connected(port) as second:
            # Of a feed that is not one's own nothing goes out, its positions as little as one's measures.
            patience_s = PATIENCE_S if own else 3.0
            assert (b"At Tanf zone" in heard(second, b"At Tanf zone", patience_s)) is own
            first.sendall(event("ANDROID-1"))
            assert (b"ANDROID-1" in heard(second, b"ANDROID-1", patience_s)) is own
            shown += shell(look, tmp_path).splitlines()
    finally:
        serving.terminate()
        serving.wait(60)
    missing = [row for row in rows if not holds(row, shown)]
    assert (missing == []) is own, (missing, shown)
