"""The desk: every list, under the purpose banner, with nothing of what was not told."""

from __future__ import annotations

import re

import msgspec
import pytest
from tests.building import as_json, minute, zone
from tests.small_syria import everything

from keepclear.model.words import CapStatus
from keepclear.views.desk import LISTS, DeskView, Setting, banner, cap_of, desk
from keepclear.views.picture import Picture
from keepclear.views.told import Outbox


def shown(world, party="COA", now=10_000, **more):
    return desk(world.picture(party), world.box(party), minute(now), **more)


def test_the_desk_has_every_list_with_its_count(world):
    everything(world)
    found = shown(world)
    assert set(found.counts) == set(LISTS)
    assert set(LISTS) <= set(DeskView.__struct_fields__)
    for name in LISTS:
        assert found.counts[name] == len(getattr(found, name)), name
        assert name == "attention" or found.counts[name] > 0, name


def test_the_desk_is_the_partys_own_named_in_full(world):
    found = shown(world, "RUS")
    assert (found.party, found.name) == ("RUS", "Russian forces in Syria")


def test_lim_05_the_purpose_banner_goes_with_every_desk_and_exercise_says_so_first(world):
    found = shown(world)
    assert found.cap == "Exercise"
    assert found.banner.startswith("EXERCISE. For keeping activities apart")
    assert "not for choosing or attacking anything" in banner(CapStatus.ACTUAL)
    assert not banner(CapStatus.ACTUAL).startswith("ACTUAL")


def test_an_empty_desk_stands_under_exercise():
    assert cap_of(Picture("COA")) is CapStatus.EXERCISE


def test_what_the_rules_found_and_the_node_adds_is_handed_in(world):
    found = shown(
        world, attention=[{"rule": "unclaimed"}], setting=Setting(live=False, cursor="c1", caption="x")
    )
    assert (found.attention, found.counts["attention"]) == ([{"rule": "unclaimed"}], 1)
    assert (found.live, found.cursor, found.caption) == (False, "c1", "x")


def test_an_empty_desk_can_be_shown():
    assert sum(desk(Picture("XYZ"), Outbox("XYZ"), minute(0)).counts.values()) == 0


def test_what_was_not_told_leaves_no_trace(world):
    everything(world)
    before = as_json(shown(world, "RUS"))
    world.tell("COA", zone("kept from RUS"), "SDF")
    assert as_json(shown(world, "RUS")) == before


def words_in(found):
    """All words that the views themselves choose: quotes of speakers and names are left out."""
    quoted = {"gist", "words", "texts", "name", "line", "remarks", "narrative", "act", "text"}

    def walk(value, key=""):
        if isinstance(value, dict):
            for name, item in value.items():
                yield name
                if name not in quoted:
                    yield from walk(item, name)
        elif isinstance(value, list):
            for item in value:
                yield from walk(item, key)
        elif isinstance(value, str):
            yield value

    return " ".join(walk(msgspec.to_builtins(found)))


@pytest.mark.parametrize(
    "barred",
    ["clear", "safe", "approved", "enemy", "hostile", "target", "friendly", "regime", "total", "nearest"],
)
def test_no_desk_says_what_no_result_may_say(world, barred):
    everything(world)
    for party in ("COA", "RUS", "PGF"):
        assert not re.search(rf"\b{barred}\b", words_in(shown(world, party)), re.IGNORECASE)
