"""One's own node with live positions, set up by the commands of its docs, and programs that send to it."""

from __future__ import annotations

import json
import socket
from contextlib import redirect_stdout
from dataclasses import dataclass
from datetime import timedelta
from io import BytesIO, TextIOWrapper
from pathlib import Path
from typing import Any

import httpx
from tests.console.own_node import COA, Served, free_port
from tests.patience import PATIENCE_S

from keepclear.cli.main import main
from keepclear.service.clock import SystemClock

ZONE = "Bridge zone"
CENTRE = (40.20, 35.30)
"""East and north in degrees; the zone reaches 12 km around it."""


def said(folder: Path, *words: object) -> str:
    """Run a command at the desk and give what it printed."""
    heard = TextIOWrapper(BytesIO(), write_through=True)
    with redirect_stdout(heard):
        assert main([*map(str, words), "--dir", str(folder)]) == 0
    printed: bytes = heard.buffer.getvalue()
    return printed.decode()


def day(ago: int) -> str:
    return (SystemClock().now() - timedelta(days=ago)).strftime("%Y-%m-%d")


@dataclass
class LiveNode:
    """The node, its address, the port at which devices connect, and the token of a program that sends."""

    served: Served
    devices: int
    token: str

    def send(self, feed: str, *fixes: dict[str, Any]) -> dict[str, Any]:
        """Push positions as a program does; a fix without a time is of now."""
        now = SystemClock().now()
        timed = [{"at": (now - timedelta(seconds=fix.pop("ago_s", 0))).isoformat(), **fix} for fix in fixes]
        answer = httpx.post(
            f"http://127.0.0.1:{self.served.port}/api/v1/desks/{COA}/live/feeds/{feed}/fixes",
            json={"fixes": timed}, headers={"Authorization": f"Bearer {self.token}"},
            timeout=PATIENCE_S, trust_env=False,
        )  # fmt: skip
        answer.raise_for_status()
        taken: dict[str, Any] = answer.json()
        return taken

    def device(self, callsign: str, lon: float, lat: float) -> socket.socket:
        """Connect as a TAK client does and say where it is; it stays connected until the socket is closed."""
        now = SystemClock().now()
        at, stale = (f"{each:%Y-%m-%dT%H:%M:%S}.000Z" for each in (now, now + timedelta(minutes=3)))
        line = socket.create_connection(("127.0.0.1", self.devices), timeout=PATIENCE_S)
        line.sendall(
            f'<event version="2.0" uid="ANDROID-{callsign}" type="a-f-G-U-C" how="m-g" time="{at}" '
            f'start="{at}" stale="{stale}"><point lat="{lat}" lon="{lon}" hae="210" ce="12" le="20"/>'
            f'<detail><contact callsign="{callsign}"/></detail></event>'.encode()
        )
        return line


def live_node(place: Path) -> LiveNode:
    """Make a node with a zone, three feeds, a week of counts and a build-up, and serve it."""
    folder, devices = place / "node", free_port()
    assert main(["init", str(folder), "--party", "COA", "--party", "RUS"]) == 0
    at = ("--as", "COA")
    said(folder, "party", "COA", "Coalition", "--tell", "public", *at)
    said(folder, "zone", ZONE, f"{CENTRE[1]} N {CENTRE[0]} E", 12, *at)
    said(folder, "feeds", "add", "roof", "--silent-s", 3, *at)
    said(folder, "feeds", "add", "blue", "--standing", "own", "--silent-s", 0, *at)
    said(
        folder, "feeds", "add", "devices", "--cot-listen", devices, "--standing", "own", "--silent-s", 0, *at
    )
    for ago, crossed in ((6, 1), (5, 6), (4, 7), (2, 8), (1, 8)):
        said(folder, "count-crossings", ZONE, crossed, "--day", day(ago), "--by", "COA", *at)
    counted = [
        {"at": {"at": f"{day(ago)}T00:00:00Z", "precision": "day"},
         "count": {"low": low, "high": high, "unit": "people"}}
        for ago, low, high in ((8, 10, 15), (7, 12, 15), (6, 10, 15), (4, 10, 20), (2, 60, 80), (1, 100, 120))
    ]  # fmt: skip
    area = {"shape": "circle", "center": {"lon": 40.3, "lat": 35.3}, "radius_m": 3000}
    body = {"kind": "build-up", "name": "East bank", "area": area, "series": counted}
    (place / "build-up.json").write_text(json.dumps({"body": body}))
    said(folder, "state", place / "build-up.json", *at)
    made = json.loads(said(folder, "token", "add", "receiver", "--scope", "feed", "--party", "COA", "--json"))
    served = Served(folder, free_port())
    served.start()
    return LiveNode(served, devices, made["token"])
