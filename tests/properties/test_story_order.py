"""The real course of events in any admissible order, in two halves, or twice: one picture, one desk."""

from __future__ import annotations

import random
from datetime import UTC, datetime

import msgspec
import pytest
from tests.shares import mostly_long

from keepclear.model.words import PUBLIC, PartyId
from keepclear.scenarios.loader import load
from keepclear.service.replay import Replay, replay, scenario_folder
from keepclear.views.desk import desk
from keepclear.views.picture import Picture
from keepclear.views.told import Outbox

NOW = datetime(2018, 4, 1, tzinfo=UTC)
PARTIES = [PartyId(name) for name in ("COA", "RUS", "PGF", "SDF")]


@pytest.fixture(scope="module")
def story() -> Replay:
    return replay(load(scenario_folder("syria_accounts")))


def entries_of(story: Replay, party: PartyId) -> list:
    node = story.node
    rows = {row.log for row in node.store.logs() if row.log.reader in (party, PUBLIC)}
    writers = {log.author for log in rows}
    return [entry for who in writers for reader in (party, PUBLIC) for entry in node.outbox(who).told(reader)]


def shown(picture: Picture, box: Outbox) -> bytes:
    return msgspec.json.encode(desk(picture, box, NOW))


@pytest.mark.parametrize("party", PARTIES)
@pytest.mark.parametrize("seed", mostly_long(range(5), 1))
def test_any_order_gives_the_same_desk(story: Replay, party: PartyId, seed: int) -> None:
    entries = entries_of(story, party)
    box = story.node.outbox(party)
    expected = shown(story.node.picture(party), box)
    random.Random(seed).shuffle(entries)
    shuffled = Picture(party).fold(entries)
    assert shuffled.snapshot() == story.node.picture(party).snapshot()
    assert shown(shuffled, box) == expected


@pytest.mark.parametrize("party", PARTIES)
def test_two_halves_merged_or_played_twice_give_the_same_desk(story: Replay, party: PartyId) -> None:
    entries = entries_of(story, party)
    box = story.node.outbox(party)
    expected = shown(story.node.picture(party), box)
    even, odd = entries[::2], entries[1::2]
    assert shown(Picture(party).fold(odd).fold(even), box) == expected
    assert shown(Picture(party).fold(entries).fold(entries), box) == expected


def test_twin_a_missing_statement_changes_the_desk(story: Replay) -> None:
    party = PartyId("COA")
    entries = [e for e in entries_of(story, party) if e.statement.kind == "claim"]
    whole = entries_of(story, party)
    without = [entry for entry in whole if entry.statement.id != entries[0].statement.id]
    box = story.node.outbox(party)
    assert shown(Picture(party).fold(without), box) != shown(Picture(party).fold(whole), box)
