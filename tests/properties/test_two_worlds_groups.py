"""Two worlds with group hotlines, duties, drafts and ultimatums: what others say on theirs leaves no trace.

The worlds and the questions are those of test_two_worlds.py; here P is a member of one group, and others hold
another of which P is told nothing. A leak planted on purpose must be found.
"""

from __future__ import annotations

from typing import Any

import pytest
from tests.building_node import HOURS, message, stance
from tests.properties.test_two_worlds import A, P, Q, R, World, closing, differences

from keepclear.service.http import desks

NIGHT = {"kind": "on-call", "role": "night linguist", "duty": "interpreter", "hours": HOURS,
         "languages": ["en", "ru"]}  # fmt: skip


def group(*members: str) -> dict[str, Any]:
    return {"kind": "group", "name": "Desks", "members": list(members)}


def found(w: World, name: str, *members: str) -> None:
    """The first member proposes; the others agree."""
    first, *others = members
    w.tell(name, first, group(*members), *others)
    for party in others:
        told = [one for one in members if one != party]
        w.tell(f"{name}-by-{party}", party, stance(w.made[name], party), *told)


def say(w: World, name: str, on: str, by: str, *members: str) -> None:
    others = [one for one in members if one != by]
    w.tell(name, by, message(*others, words=f"{name} said", group=w.made[on]["subject"]), *others)


def answer(w: World, name: str, by: str, *members: str) -> None:
    others = [one for one in members if one != by]
    w.tell(f"{name}-answer", by, {"kind": "answer", "answer": "checking"}, *others,
           answers=[w.made[name]["statement"]])  # fmt: skip


def played() -> tuple[World, World]:
    worlds = World(hidden=False), World(hidden=True)
    for world in worlds:
        world.at(1)
        found(world, "open-group", A, P, Q)
        if world.hidden:
            world.at(1.5)
            found(world, "h-group", A, Q, R)
            say(world, "h-said", "h-group", Q, A, Q, R)
            answer(world, "h-said", R, A, Q, R)
            world.tell("h-night", A, NIGHT)
            world.tell("h-policy", Q, {"kind": "approval-policy", "precedences": ["routine"]})
            world.tell("h-listens", R, {"kind": "monitoring", "crews": "all", "monitors": ["Channel 7"]}, A)
            draft = {"act": {"body": message(R, precedence="routine"), "readers": [R]}}
            made = world.house.post(A, "approvals", draft, key="h-draft", role="duty officer").ok(201).json
            world.house.post(A, f"approvals/{made['statement']}/approve", {}, key="h-approve").ok(201)
        world.at(2)
        say(world, "said", "open-group", A, A, P, Q)
        answer(world, "said", Q, A, P, Q)
        world.tell("48h", A, {
            "kind": "warning", "to": [P], "warning": "conditional", "trigger": "x", "consequence": "y",
            "within_s": 172800, "texts": [{"words": "48 hours", "lang": "en"}], "frequency": "Channel 7",
        }, P)  # fmt: skip
        world.at(3)
    return worlds


@pytest.mark.long
def test_a_member_of_one_group_learns_nothing_of_another():
    with closing(played()) as worlds:
        assert min(worlds[1].tried) == max(worlds[1].tried) == 201, "every step was told"
        assert len(worlds[1].tried) > len(worlds[0].tried)
        assert [row["name"] for row in worlds[0].house.items(P, "groups")] == ["Desks"]
        assert len(worlds[0].house.items(P, "ultimatums")) == 1
        assert list(differences(*worlds)) == []


def test_a_planted_leak_over_a_group_is_found(monkeypatch: pytest.MonkeyPatch):
    """A list that counts what others hold shows as a difference."""
    with closing(played()) as worlds:

        def counted(seen: Any) -> list[str]:
            [here] = [world for world in worlds if world.house.node.outbox(P) is seen.outbox]
            return [str(here.house.size())]

        monkeypatch.setitem(desks.LISTS, "groups", (counted, str))
        assert any("groups" in found for found in differences(*worlds))
