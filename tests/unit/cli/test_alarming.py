"""Alarms from a terminal: the same board, the same acts, the same refusals."""

from __future__ import annotations

import signal
import socket
import subprocess
import time
from pathlib import Path

import msgspec
import pytest
from tests.patience import PATIENCE_S
from tests.ready_command import keepclear
from tests.unit.cli.conftest import Cli
from tests.watching import Post

from keepclear.model.words import PartyId
from keepclear.service.deadlines import Engine
from keepclear.service.delivery import Delivery
from keepclear.service.heartbeat import Heartbeat
from keepclear.service.opening import open_node
from keepclear.service.reach import Book, Way
from keepclear.service.settings import HEARTBEAT, REACH, STATION_LOG


@pytest.fixture
def alarmed(node: Path) -> Path:
    """The node, whose engine has turned twice."""
    opened = open_node(node)
    engine = Engine(lambda: opened.node, Post(), Heartbeat(None, "test"))
    for _ in range(2):
        opened.node.carry_out(engine.turn())
    opened.node.store.close()
    return node


def test_alarms_are_read_out_with_what_comes_next(cli: Cli, alarmed: Path) -> None:
    run = cli("alarms", "--as", "SOU", "--dir", alarmed)
    assert run.status == 0
    assert "EXERCISE. 1 open.\n" in run.out
    assert "FLASH To acknowledge: from Northern command, “Aid convoy on the road”" in run.out
    assert "next: it climbs to any officer" in run.out


def nobody_is_said_to_be_reached_who_is_not(cli: Cli, node: Path) -> None:
    """FAIL-01(c): that nobody is reached beyond the station is said with the alarms."""
    shown = cli("alarms", "--as", "SOU", "--dir", node).out
    assert "written at this station only; no way to reach anybody is set up: keepclear reach add" in shown
    assert "climbed to duty officer" in shown
    for word in ("reached duty", "is told"):
        assert word not in shown


def test_fail_01c_nobody_is_said_to_be_reached_who_is_not(cli: Cli, alarmed: Path) -> None:
    nobody_is_said_to_be_reached_who_is_not(cli, alarmed)


def test_fail_01c_twin_with_a_way_for_the_deputy_those_without_are_named(cli: Cli, alarmed: Path) -> None:
    way = Way(name="mail", party=PartyId("SOU"), url="mailto://a:b@example.org", role="deputy")
    Book(alarmed / REACH).add(way)
    with pytest.raises(AssertionError):
        nobody_is_said_to_be_reached_who_is_not(cli, alarmed)
    shown = cli("alarms", "--as", "SOU", "--dir", alarmed).out
    assert "No way beyond the station is set up for: duty officer, commander, chief of staff" in shown


def test_the_top_alarm_is_acknowledged_in_one_command(cli: Cli, alarmed: Path) -> None:
    run = cli("alarm", "acknowledge", "top", "--as", "SOU", "--dir", alarmed)
    assert (run.status, "acknowledged, active" in run.out) == (0, True)
    again = cli("alarm", "acknowledge", "top", "--as", "SOU", "--dir", alarmed)
    assert again.status == 1
    assert "none is open that nobody has acknowledged" in again.err


def test_shelving_and_clearing_need_a_reason(cli: Cli, alarmed: Path) -> None:
    for act in ("shelve", "end"):
        refused = cli("alarm", act, "top", "--as", "SOU", "--dir", alarmed)
        assert (refused.status, "reason" in refused.err) == (1, True)
    shelved = cli(
        "alarm", "shelve", "top", "--reason", "drill", "--minutes", "5", "--as", "SOU", "--dir", alarmed
    )
    assert "shelved" in shelved.out
    assert "Shelved" in cli("alarms", "--as", "SOU", "--dir", alarmed).out


def test_a_node_that_serves_fires_by_itself_beats_and_writes_to_the_station(cli: Cli, node: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [keepclear(), "serve", "--dir", str(node), "--port", str(port)]
    served = subprocess.Popen(command, stderr=subprocess.PIPE)
    try:
        until = time.monotonic() + PATIENCE_S
        while not (node / STATION_LOG).exists():
            assert served.poll() is None
            assert time.monotonic() < until
            time.sleep(0.05)
    finally:
        served.send_signal(signal.SIGINT)
        served.communicate(timeout=PATIENCE_S)
    first = msgspec.json.decode((node / STATION_LOG).read_bytes().splitlines()[0], type=Delivery)
    assert (first.party, first.role) == ("SOU", "duty officer")
    assert first.words.startswith("EXERCISE. FLASH for duty officer: To acknowledge")
    assert (node / HEARTBEAT).exists()
    assert "duty officer by station" in cli("alarms", "--as", "SOU", "--dir", node, "--json").out


def test_every_alarm_is_shown_as_json_when_asked(cli: Cli, alarmed: Path) -> None:
    ended = cli("alarm", "end", "top", "--reason", "known", "--as", "SOU", "--dir", alarmed)
    assert ended.status == 0
    assert cli("alarms", "--as", "SOU", "--dir", alarmed, "--json").json()["board"]["open_count"] == 0
    found = cli("alarms", "--all", "--as", "SOU", "--dir", alarmed, "--json").json()["alarms"]
    assert [alarm["state"] for alarm in found] == ["ended"]


def test_deadlines_of_the_watch_are_in_the_order_of_time_and_to_the_second(cli: Cli, node: Path) -> None:
    for precedence in ("routine", "priority"):
        cli("message", "SOU", precedence, "--precedence", precedence, "--as", "NOR", "--dir", node)
    opened = open_node(node)
    engine = Engine(lambda: opened.node, Post(), Heartbeat(None, "test"))
    for _ in range(4):
        opened.node.carry_out(engine.turn())
    opened.node.store.close()
    items = cli("watch", "--as", "SOU", "--dir", node, "--json").json()["items"]
    times = [item["words"].partition("Z: ")[0] for item in items if item["what"] == "deadline"]
    assert len(times) >= 3
    assert times == sorted(times)
    assert not [each for each in times if "." in each]
