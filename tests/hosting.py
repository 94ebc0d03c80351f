"""A node that hosts a neutral host and parties that tell it notices, driven by the real engine."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import msgspec
from tests.building_node import START, House, bare_house, circle, notice, party_body, release

from keepclear.service.deadlines import Engine
from keepclear.service.delivery import StationLog
from keepclear.service.heartbeat import Heartbeat
from keepclear.times import text

if TYPE_CHECKING:
    from collections.abc import Iterator

HOST, A, B, C = "MED", "COA", "RUS", "SDF"
PARTIES = (HOST, A, B, C)
LON, LAT = 39.03, 35.93


def host_body(kind: str = "host") -> dict[str, Any]:
    return {"kind": "party", "party": HOST, "name": "Mediation office", "party_kind": kind, "reach": "node"}


class Hosted:
    """The house, its engine, and what parties do."""

    def __init__(self, made: House) -> None:
        self.house = made
        self.engine = Engine(lambda: made.node, StationLog(), Heartbeat(None, "boot"))

    def turn(self) -> int:
        """One turn of the engine; gives how many acts it took."""
        asks = self.engine.turn()
        self.house.node.carry_out(asks)
        return len(asks)

    def file(self, by: str, *readers: str, lon: float = LON, lat: float = LAT, **more: Any) -> dict[str, Any]:
        """Tell a notice to readers (the host if none is named), and let the engine turn."""
        radius_m = more.pop("radius_m", 1_000.0)
        hours = more.pop("hours", (1.0, 3.0))
        start, end = (START + timedelta(hours=hour) for hour in hours)
        body = notice(more.pop("what", "Convoy"), volumes=[
            {"area": circle(lon, lat, radius_m), "window": {"start": text(start), "end": text(end)}}
        ])  # fmt: skip
        made = self.house.tell(by, body, *(readers or (HOST,)), **more)
        self.turn()
        self.house.later()
        return made

    def release(self, by: str, made: dict[str, Any], to: str, form: str, **more: Any) -> dict[str, Any]:
        told = self.house.tell(by, release(made["subject"], to, form=form), HOST, **more)
        self.turn()
        self.house.later()
        return told

    def found(self, party: str) -> list[dict[str, Any]]:
        return self.house.items(party, "comparisons")

    def told(self, party: str, kind: str = "conflict") -> list[dict[str, Any]]:
        """What the host told a party of a kind, whole, in its log's order."""
        entries = self.house.node.outbox(HOST).told(party)
        return [msgspec.to_builtins(e.statement) for e in entries if e.statement.kind == kind]


@contextmanager
def hosted(kind: str = "host", **more: Any) -> Iterator[Hosted]:
    with bare_house(parties=PARTIES, **more) as made:
        for party in (A, B, C):
            made.tell(party, party_body(party), "public", key=f"party/{party}")
        made.tell(HOST, host_body(kind), "public", key="party/host")
        made.later()
        yield Hosted(made)
