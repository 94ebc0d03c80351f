"""What A told a neutral host leaks nothing to B beyond the form: two worlds that differ only in the rest.

In both worlds A's notices meet B's in the same cells and blocks of hours. In one of them A is elsewhere in
the cell, tells the host more notices and texts that meet nothing of B's, others do so too, and the node hosts
more parties. B asks everything that any route answers about its desk, and every byte must be equal. Leaks
planted on purpose must each be found.
"""

from __future__ import annotations

import re
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.building_node import CHIEF, seeded_tokens
from tests.hosting import HOST, LAT, LON, PARTIES, A, B, C, Hosted, hosted

import keepclear.commands.comparing as telling_sides
import keepclear.rules.comparing as comparing
import keepclear.views.hosting as views
from keepclear.geo.figures import Point, Polygon
from keepclear.service.http import app
from keepclear.service.http import hosting as routes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

LATE = "TUR"
TOKENS = seeded_tokens(PARTIES)


class World:
    """One of the two worlds."""

    def __init__(self, desk: Hosted, *, hidden: bool) -> None:
        self.desk = desk
        self.hidden = hidden
        self.made: dict[str, dict[str, Any]] = {}
        desk.house.tokens = TOKENS
        desk.house.app = app.application(desk.house.writer, TOKENS)

    def file(self, name: str, by: str, *readers: str, **more: Any) -> None:
        if name in self.made:
            more["subject"] = self.made[name]["subject"]
        made = self.desk.file(by, *readers, key=f"{name}-{self.desk.house.clock.now():%d%H%M}", **more)
        self.made.setdefault(name, made)


def visible_hit(w: World, n: int) -> None:
    """A's notice meets B's in one cell and one block of hours; where in them differs between the worlds."""
    w.file(f"b{n % 2}", B, lon=LON + 0.01, hours=(1.0, 5.0))
    shift = 0.006 if w.hidden else 0.0
    w.file("a", A, lon=LON + 0.003 + shift, lat=LAT + shift / 2, hours=(1.2 + 10 * shift, 4.0),
           what="Convoy" + " of trucks" * w.hidden, radius_m=1_000.0 + 100_000.0 * shift)  # fmt: skip


def visible_far(w: World, n: int) -> None:
    """B files a notice that meets nothing."""
    w.file(f"b-far-{n}", B, lon=LON - 3.0 - n)


def visible_end(w: World, n: int) -> None:
    if "a" in w.made:
        w.file("a", A, lon=LON + 5.0)


def visible_own_change(w: World, n: int) -> None:
    """B restates its notice, so that B is told anew of what the host holds of A by now."""
    w.file("b0", B, lon=LON + 0.01, hours=(1.0, 5.0), what=f"Convoy {n}")


def hidden_elsewhere(w: World, n: int) -> None:
    w.file(f"h-a-{n}", A, lon=LON + 7.0 + n)


def hidden_other_conflict(w: World, n: int) -> None:
    w.file(f"h-a2-{n}", A, lon=LON + 3.0)
    w.file(f"h-c-{n}", C, lon=LON + 3.0)


def hidden_move_in_the_cell(w: World, n: int) -> None:
    if "a" in w.made and w.desk.found(B) and not w.desk.found(B)[0]["ended"]:
        w.file("a", A, lon=LON + 0.004 + 0.001 * (n % 3), hours=(1.5, 4.0))


def hidden_release_to_another(w: World, n: int) -> None:
    if "a" in w.made:
        w.desk.release(A, w.made["a"], C, "exact")


def hidden_party(w: World, n: int) -> None:
    w.desk.house.node.host(LATE)


STEPS = {name: step for name, step in globals().items() if name.startswith(("visible_", "hidden_"))}


@contextmanager
def played(schedule: list[str]) -> Iterator[tuple[World, World]]:
    with hosted() as one, hosted() as two:
        worlds = (World(one, hidden=False), World(two, hidden=True))
        for n, name in enumerate(schedule):
            for world in worlds:
                if name.startswith("visible_") or world.hidden:
                    STEPS[name](world, n)
            now = max(world.desk.house.clock.now() for world in worlds)
            for world in worlds:
                world.desk.house.clock.move_to(now)
                world.desk.turn()
        yield worlds


def asked(world: World, other: World) -> dict[str, Any]:
    """Everything that B may read, by the table of routes, with the ids of both worlds in the paths."""
    ids = sorted({*_ids(world), *_ids(other)})
    fill = {"party": (B,), "reader": (HOST, A, C, LATE), "statement": ids, "subject": ids[:2],
            "salted_hash": ("0" * 64,), "template": ("hotline check",), "session": ("0" * 16,),
            "person": ("0" * 16,), "peer": ("bravo",), "feed": ("adsb",), "thing": ("0",)}  # fmt: skip
    found: dict[str, Any] = {}
    for route in app.table():
        if route.method != "GET" or "{party}" not in route.path:
            continue
        paths = [route.path]
        for name in re.findall(r"{(\w+)}", route.path):
            paths = [path.replace(f"{{{name}}}", value) for path in paths for value in fill[name]]
        for path in paths:
            found[path] = _answer(world, path)
    return found


def _answer(world: World, path: str) -> Any:
    house = world.desk.house
    if path.endswith("/stream"):
        with house.listen(B) as listener:
            listener.settle(0.005)
            return listener.status, listener.raw
    return house.call("GET", path, token=TOKENS.token(B, CHIEF))


def _ids(world: World) -> set[str]:
    node = world.desk.house.node
    entries = [entry for party in (HOST, B) for entry in node.inbox(party)]
    return {name for entry in entries for name in (entry.statement.id, entry.statement.subject)}


def differences(worlds: tuple[World, World]) -> list[str]:
    one, two = asked(*worlds), asked(*worlds[::-1])
    return [path for path in one if one[path] != two[path]]


RICH = ["visible_far", "hidden_elsewhere", "visible_hit", "hidden_move_in_the_cell", "visible_own_change",
        "hidden_party",
        "hidden_other_conflict", "hidden_release_to_another", "visible_end", "hidden_elsewhere",
        "visible_hit"]  # fmt: skip


def test_the_rich_schedule_hits_and_hides():
    assert {*RICH} == {*STEPS}
    with played(RICH) as (first, second):
        told = [len(world.desk.told(B)) for world in (first, second)]
        assert told == [4, 4], "hit, told of its own change, ended, hit again"
        assert len(second.desk.told(A)) > len(first.desk.told(A)) + 1
        assert second.desk.told(C)
        assert second.desk.house.size() > first.desk.house.size() + 15
        places = [msgspec.json.encode(world.desk.told(A)[0]["body"]["cells"]) for world in (first, second)]
        assert places[0] == places[1]


def test_b_gets_the_same_bytes_whatever_else_the_host_was_told():
    with played(RICH) as worlds:
        assert differences(worlds) == []


@pytest.mark.long
@settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
@given(schedule=st.lists(st.sampled_from([*STEPS]), min_size=3, max_size=8))
def test_b_gets_the_same_bytes_in_any_course_of_events(schedule):
    with played(schedule) as worlds:
        assert differences(worlds) == []


# Leaks planted on purpose.


def plant_exact_place(monkeypatch: pytest.MonkeyPatch) -> None:
    def exact(outlines: list[Any]) -> tuple[Polygon, ...]:
        ring = outlines[0]["coordinates"][0][:3]
        points = tuple(Point(lon=lon, lat=lat) for lon, lat in (*ring, ring[0]))
        return (Polygon(points),)

    monkeypatch.setattr(comparing, "cells_over", exact)


def plant_exact_window(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(comparing, "_block", lambda at, up=None: at)


def plant_others_notice_id(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where what the reader was told of stands in the way, that has to be off too."""
    real = telling_sides._conflict

    def with_id(finding: Any, other: Any, host: Any) -> Any:
        return msgspec.structs.replace(
            real(finding, other, host), against=tuple(notices.get(finding.other, ())[-1:])
        )

    def noting(picture: Any, mine: Any, other: Any, found: Any) -> Any:
        notices.setdefault(other.author, []).append(other.text.statement.id)
        return finding(picture, mine, other, found)

    notices: dict[str, list[str]] = {}
    finding = comparing._finding
    monkeypatch.setattr(comparing, "_finding", noting)
    monkeypatch.setattr(telling_sides, "_conflict", with_id)
    monkeypatch.setattr(telling_sides, "closed_under_reference", lambda *_: None)


def plant_words_of_the_other(monkeypatch: pytest.MonkeyPatch) -> None:
    real = comparing._finding

    def fuller(picture: Any, mine: Any, other: Any, found: Any) -> Any:
        what = other.text.statement.body.what
        said[mine.author] = what
        return real(picture, mine, other, found)

    said: dict[str, str] = {}
    words = telling_sides._words
    monkeypatch.setattr(comparing, "_finding", fuller)
    monkeypatch.setattr(
        telling_sides, "_words", lambda finding, other, host: words(finding, other, host) + str(said)
    )


def plant_count_of_compared_notices(monkeypatch: pytest.MonkeyPatch) -> None:
    real = telling_sides.findings
    count: dict[str, int] = {}

    def counting(picture: Any, *rest: Any) -> Any:
        count["now"] = len(picture.entries())
        return real(picture, *rest)

    words = telling_sides._words
    monkeypatch.setattr(telling_sides, "findings", counting)
    monkeypatch.setattr(
        telling_sides, "_words", lambda finding, other, host: f"{words(finding, other, host)} {count['now']}"
    )


def plant_number_of_hosted_parties(monkeypatch: pytest.MonkeyPatch) -> None:
    real = routes.comparisons

    async def read(call: Any) -> Any:
        answer = await routes_read(call)
        answer.headers["x-hosted"] = str(len(call.writer.node.hosted))
        return answer

    routes_read = routes.read
    assert real is views.comparisons
    monkeypatch.setattr(routes, "read", read)


def plant_told_again_when_the_other_changed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A text of A's that changes nothing that B may know is told to B again."""
    monkeypatch.setattr(comparing, "_same", lambda *_: False)


def plant_time_that_the_other_side_was_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """`stated_at` that rises over both sides' texts of the conflict, not over this side's alone."""
    from datetime import timedelta

    real = telling_sides._telling

    def counted(desk: Any, side: Any, key: str, at: Any, ids: Any, subject: Any, *rest: Any) -> Any:
        texts = len(desk.picture.texts(subject))
        return real(desk, side, key, at + timedelta(microseconds=texts), ids, subject, *rest)

    monkeypatch.setattr(telling_sides, "_telling", counted)


def plant_release_of_another_reader(monkeypatch: pytest.MonkeyPatch) -> None:
    real = comparing.released
    monkeypatch.setattr(comparing, "released", lambda picture, other, _: real(picture, other, C))


def plant_conflicts_of_others(monkeypatch: pytest.MonkeyPatch) -> None:
    """The host tells a side of conflicts in which it has no part."""
    real = telling_sides.decide_comparison

    def wider(desk: Any, one: Any, two: Any, now: Any, ids: Any) -> Any:
        decision = real(desk, one, two, now, ids)
        tells = tuple(msgspec.structs.replace(t, readers=tuple({*t.readers, B})) for t in decision.tells)
        return msgspec.structs.replace(decision, tells=tells)

    import keepclear.service.hosting as working

    monkeypatch.setattr(working, "decide_comparison", wider)


PLANTED = [
    pytest.param(patch, id=name.removeprefix("plant_").replace("_", "-"))
    for name, patch in list(globals().items())
    if name.startswith("plant_")
]
LEAKY = [*RICH, "hidden_release_to_another", "visible_hit", "hidden_move_in_the_cell", "visible_end"]


@pytest.mark.long
@pytest.mark.parametrize("plant", PLANTED)
def test_a_planted_leak_is_found(monkeypatch, plant: Callable[[pytest.MonkeyPatch], None]):
    plant(monkeypatch)
    with played(LEAKY) as worlds:
        assert differences(worlds)


def test_without_a_leak_the_longer_schedule_differs_in_nothing():
    with played(LEAKY) as worlds:
        assert differences(worlds) == []
