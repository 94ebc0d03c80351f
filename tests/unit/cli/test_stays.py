"""What is asked of stays, set and read from a terminal at a node that runs."""

from __future__ import annotations

import socket
import subprocess
import time

import pytest
from tests.patience import PATIENCE_S
from tests.ready_command import keepclear

from keepclear.service.clock import SystemClock
from keepclear.service.settings import RUNNING


@pytest.fixture
def here(cli, node, tmp_path):
    """Runs a command at the desk of a node that is served, and follows one own thing, number 0."""
    assert cli("feeds", "add", "blue", "--standing", "own", "--as", "NOR", "--dir", node).status == 0
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [keepclear(), "serve", "--dir", str(node), "--port", str(port)]
    serving = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        until = time.monotonic() + PATIENCE_S
        while not (node / RUNNING).exists():
            assert time.monotonic() < until, "the node did not come up"
            time.sleep(0.2)
        batch = tmp_path / "seen.csv"
        rows = ["id,at,lon,lat,kind,callsign,accuracy_m"]
        rows.append(f"u1,{SystemClock().now().isoformat()},38.6,33.5,vehicle,Patrol 1,20")
        batch.write_text("\n".join(rows), encoding="utf-8")

        def run(*words):
            return cli(*words, "--as", "NOR", "--dir", node)

        assert run("tracks", "send", batch, "--feed", "blue").status == 0
        yield run
    finally:
        serving.terminate()
        serving.wait(30)


def test_what_is_asked_of_stays_is_set_read_and_dropped(here):
    assert "Nothing is asked of stays" in here("stays", "list").out
    [zone] = [
        row for row in here("show", "measures", "--json").json()["items"] if row["name"] == "Bridge zone"
    ]
    area = zone["subject"]
    window = ("--from", "2031-01-01T06:00:00Z", "--until", "2031-01-01T18:00:00+03:00", "--grace-s", 60)
    made = here("stays", "set", area, "--longer-than-s", 1_800, "--whose", "own", "--expect", 0, *window)
    assert "Bridge zone: own: no longer than 1800 s" in made.err
    assert "expected: Patrol 1 (vehicle) from 2031-01-01T06:00:00Z until 2031-01-01T15:00:00Z" in made.err
    [row] = here("stays", "list", "--json").json()["stays"]
    assert (row["dwell_s"], row["expected"][0]["grace_s"]) == (1_800, 60)
    assert "nothing is asked" in here("stays", "drop", area).err
    assert "Nothing is asked of stays" in here("stays", "list").out
    refused = here("stays", "set", "NOR.nothing", "--longer-than-s", 1_800)
    assert (refused.status, "rule stay" in refused.err) == (1, True)
