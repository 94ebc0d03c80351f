"""What the stories of calls share: two desks, a call that comes in or goes out, and what is then shown."""

from __future__ import annotations

from tests.building_node import House, house, message, spot

from keepclear.model.words import PartyId
from keepclear.rules.alarming import wanted

WHERE = (40.18, 35.28)


def parts(lon: float = WHERE[0], lat: float = WHERE[1]) -> list[dict]:
    return [
        {"part": "place", "name": "place", "place": spot(lon, lat, 10.0), "of_party": "COA"},
        {"part": "bank", "name": "bank", "bank": "east"},
    ]


def noted(desk: House, party: str, call: dict, what: str, body: dict | None = None) -> dict:
    return desk.post(party, f"calls/{call['subject']}/{what}", body or {}).ok(201).json


def started(desk: House, party: str = "COA", **more) -> dict:
    return desk.post(party, "calls", {"with_party": "RUS" if party == "COA" else "COA", **more}).ok(201).json


def the_call(desk: House, party: str = "COA") -> dict:
    return desk.get(party, "calls").ok().json["items"][0]


def alarms(desk: House, party: str = "COA") -> dict[str, object]:
    """What a desk's picture calls for, by rule."""
    here = desk.node.desk(PartyId(party))
    return {each.body.rule: each.body for each in wanted(here.picture, here.outbox, desk.clock.now())}


def told_stop(desk: House, **more) -> dict:
    return desk.tell("COA", message("RUS", words="Stop: our people are there.", parts=parts(), **more), "RUS")


__all__ = ["House", "alarms", "house", "message", "noted", "parts", "started", "the_call", "told_stop"]
