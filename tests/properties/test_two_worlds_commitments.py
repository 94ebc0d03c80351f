"""Worlds that differ in what a party has filed give its readers the same bytes, save the root itself.

The root and what is worked out of it (the signature over it, hashes of it) differ by nature; everything else,
with the length of each, must not. Planted leaks show that the comparison can fail.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.building_node import bare_house, message, notice, party_body

from keepclear.commands import commitments as commands
from keepclear.model.statements import LogId
from keepclear.service import commitments as service
from keepclear.service.commitments import Commitments

FIRST = datetime(2018, 2, 1, 9, tzinfo=UTC)
_OF_THE_ROOT = re.compile(rb'("(?:root|sig|digest)":")[^"]*|[0-9a-f]{64}|"[0-9a-f]{32}"|[A-Za-z0-9+/]{86}==')


def masked(body: bytes) -> bytes:
    """Blank the root and what follows from it, each at its own length."""
    return _OF_THE_ROOT.sub(lambda found: b"#" * len(found[0]), body)


def world(filed: list[list[str]], told: list[int]):
    """Hours in which plans are filed and RUS is told something, then everything that RUS can get."""
    with bare_house() as house:
        for party in ("COA", "RUS", "PGF", "SDF"):
            house.tell("COA", party_body(party), "public", key=f"party/{party}")
        house.tell("COA", message("RUS"), "RUS", key="first")
        work = Commitments(lambda: house.node)
        for hour, (plans, words) in enumerate(zip(filed, told, strict=True)):
            house.clock.move_to(FIRST + timedelta(hours=hour, minutes=-20))
            for number, plan in enumerate(plans):
                house.tell("COA", notice(what=plan), key=f"plan/{hour}/{number}")
            house.clock.move_to(FIRST + timedelta(hours=hour, minutes=-10))
            for number in range(words):
                house.tell("COA", message("RUS", words=f"{hour} {number}"), "RUS", key=f"m/{hour}/{number}")
            house.clock.move_to(FIRST + timedelta(hours=hour, seconds=1))
            work.make()
        return list(got_by(house))


def got_by(house, party: str = "RUS"):
    for row in house.node.store.entries(LogId("COA", party)):
        yield (row.index, row.recorded_at_us, row.sees, masked(house.node.store.statement(row.digest)))
    for row in house.node.store.checkpoints(LogId("COA", party)):
        yield (row.size, len(row.note))
    for path in ("held", "commitments", "openings", "messages", "picture", "told/COA", "attention"):
        answer = house.get(party, path)
        yield (path, answer.status, sorted(masked(value) for _, value in answer.headers), masked(answer.body))
    for item in house.items(party, "commitments"):
        yield masked(house.get(party, f"statements/{item['statement']}").ok().body)


PLANS = st.lists(st.text("abcdefgh", min_size=1, max_size=30), max_size=4)
HOURS = st.integers(1, 3)


@settings(max_examples=8, deadline=None)
@given(st.data(), HOURS)
def test_what_was_filed_shows_in_nothing_but_the_root(data, hours):
    told = data.draw(st.lists(st.integers(0, 1), min_size=hours, max_size=hours))
    filed = data.draw(st.lists(PLANS, min_size=hours, max_size=hours))
    assert world(filed, told) == world([[]] * hours, told)


def differ() -> bool:
    return world([["a plan"], [], ["b", "c"]], [1, 0, 1]) != world([[], [], []], [1, 0, 1])


def test_the_root_itself_does_differ(monkeypatch):
    assert not differ()
    monkeypatch.setattr(f"{__name__}.masked", lambda body: body)
    assert differ()


def only_when_filed(monkeypatch):
    real = service.due
    monkeypatch.setattr(
        service, "due", lambda desk, now: real(desk, now) if commands.choose(desk).digests else None
    )


def at_once_with_much(monkeypatch):
    """Let the reader list hang on the content."""
    real = commands._others
    monkeypatch.setattr(
        commands, "_others", lambda desk: real(desk) if len(commands.choose(desk).digests) < 3 else ()
    )


def counted_in_missed(monkeypatch):
    real = service.due

    def leaky(desk, now):
        owed = real(desk, now)
        return owed and msgspec.structs.replace(owed, missed=len(commands.choose(desk).digests))

    monkeypatch.setattr(service, "due", leaky)


def table_to_everybody(monkeypatch):
    real = commands.decide_commitment

    def leaky(desk, *rest):
        decision = real(desk, *rest)
        stated, noted = decision.tells
        return msgspec.structs.replace(
            decision, tells=(stated, msgspec.structs.replace(noted, readers=stated.readers))
        )

    monkeypatch.setattr(service, "decide_commitment", leaky)


@pytest.mark.parametrize("leak", [only_when_filed, at_once_with_much, counted_in_missed, table_to_everybody])
def test_a_planted_leak_is_caught(monkeypatch, leak):
    leak(monkeypatch)
    assert differ()
