"""Two worlds with shapes beside the log: a shape that P was not told leaves no trace in what P gets.

The worlds and the questions are those of test_two_worlds.py, among them every attachment of both worlds by
its hash. P is told one zone whose shape stands beside the log; others have more. Planted leaks must be found.
"""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from tests.building_node import zone
from tests.properties.test_two_worlds import A, P, Q, R, World, closing, differences

from keepclear.errors import NotAllowed
from keepclear.record.canonical import canonical
from keepclear.rules import conflicts
from keepclear.service.http import attachments

FEATURE = {
    "type": "Feature", "properties": {"radius_m": 500.0},
    "geometry": {"type": "Point", "coordinates": [38.3, 33.3]},
}  # fmt: skip


def tell_beside(w: World, name: str, by: str, shift: float, *readers: str) -> str:
    """Tell a zone whose shape stands beside the log; gives the hash under which it stands."""
    south = [(round(38.0 + (0.6 + shift) * n / 500, 7), 33.0) for n in range(501)]
    ring = [*south, (38.6 + shift, 33.6), (38.0, 33.6), (38.0, 33.0)]
    shape = {"exterior": [{"lat": lat, "lon": lon} for lon, lat in ring], "shape": "polygon"}
    named = w.attach(by, canonical(shape))
    body = {field: value for field, value in zone(name).items() if field != "shape"}
    body["shape_beside"] = named[0]["salted_hash"]
    w.tell(name, by, body, *readers, attachments=named)
    return str(body["shape_beside"])


def played() -> tuple[World, World]:
    worlds = World(hidden=False), World(hidden=True)
    for world in worlds:
        world.at(1)
        tell_beside(world, "told", R, 0.1, P, *world.also(Q))
        if world.hidden:
            world.at(1.5)
            tell_beside(world, "h-told", A, 0.2, Q)
            gone = tell_beside(world, "h-erased", A, 0.3, R)
            path = f"/api/v1/desks/{A}/attachments/{gone}"
            world.house.call("DELETE", path, token=world.house.token(A)).ok()
        world.at(3)
        assert all(status == 201 for status in world.tried), world.tried
    return worlds


def checks(worlds: tuple[World, World]) -> list[bytes]:
    return [world.house.post(P, "check", FEATURE).ok().body for world in worlds]


@pytest.mark.long
def test_shapes_of_which_p_is_not_told_leave_no_trace():
    with closing(played()) as worlds:
        assert list(differences(*worlds)) == []
        first, second = checks(worlds)
        assert first == second
        assert [each["matter"]["name"] for each in msgspec.json.decode(first)["findings"]] == ["told"]


def test_a_hash_of_others_that_is_told_apart_from_an_unknown_one_would_be_found(monkeypatch):
    real = attachments.give

    async def give(call: Any) -> Any:
        held = call.writer.node.store.attachment(call.request.path_params["salted_hash"])
        if held is not None and not call.writer.node.picture(call.party).all_about(held.salted_hash):
            raise NotAllowed("an attachment of others", "held", "your own")
        return await real(call)

    monkeypatch.setattr(attachments, "give", give)
    with closing(played()) as worlds:
        assert any(differences(*worlds))


def test_a_check_that_counts_what_others_lack_would_be_found(monkeypatch):
    worlds = played()
    nodes = {party: worlds[1].house.node.picture(party) for party in (Q, R)}
    real = conflicts._not_held

    def leaking(picture: Any) -> Any:
        mine = worlds[1].house.node.picture(P)
        yield from real(nodes[R] if picture is mine else picture)

    monkeypatch.setattr(conflicts, "_not_held", leaking)
    with closing(worlds) as played_out:
        first, second = checks(played_out)
        assert first != second


@pytest.mark.parametrize("party", [Q, R])
def test_the_second_world_does_hide_something(party):
    with closing(played()) as (first, second):
        seen = [{row["name"] for row in world.house.items(party, "measures")} for world in (first, second)]
        assert seen[0] < seen[1]
