"""Damaged streams: no input raises, memory stays bounded, and a whole event is read after any of them."""

from __future__ import annotations

import resource
from datetime import UTC, datetime

import pytest
from tests.contracts.cot import golden
from tests.contracts.mutations import mutated

from keepclear.links.cot.codec import MAX_UNREAD, CotCodec
from keepclear.links.cot.framing import MAX_EVENT_BYTES
from keepclear.model.feeds import Feed, FeedKind
from keepclear.model.tracks import Standing
from keepclear.model.words import PartyId

NOW = datetime(2026, 3, 1, 6, 0, 1, tzinfo=UTC)
OWN = Feed("devices", PartyId("COA"), FeedKind.COT, Standing.OWN)
SEEDS = (*golden.EVERY, golden.DECLARATION + golden.SELF, golden.SELF + golden.CHAT)
GROWTH_KB = 64 * 1024


def sweep(count: int, seed: int) -> int:
    """Read damaged inputs on connections of a hundred each; give how many could not be read."""
    wrong = 0
    codec = CotCodec(OWN)
    for number, data in enumerate(mutated(SEEDS, count, seed)):
        if number % 100 == 0:
            codec = CotCodec(OWN)
        reading = codec.read(data, NOW)
        wrong += len(reading.unread)
        assert codec.held <= MAX_EVENT_BYTES
        assert len(reading.unread) <= MAX_UNREAD + 1
        for fix in reading.fixes:
            assert -180 <= fix.place.lon <= 180
            assert fix.accuracy_m is None or fix.accuracy_m > 0
            assert fix.at.tzinfo is UTC
        if number % 100 == 99:
            codec.read(b"</event>", NOW)
            assert [fix.track for fix in codec.read(golden.HELICOPTER, NOW).fixes] == ["rescue-1"]
    return wrong


def test_damaged_input_is_refused_and_never_raises():
    assert sweep(5_000, 1) > 1_000


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(10))
def test_a_million_damaged_inputs_neither_raise_nor_grow(seed):
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert sweep(100_000, 100 + seed) > 20_000
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < GROWTH_KB
