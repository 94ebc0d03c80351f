"""Events that came in one read are parsed together, and what is made of each is what it says by itself."""

from __future__ import annotations

import random
from datetime import UTC, datetime

import pytest
from tests.contracts.cot import golden
from tests.contracts.mutations import mutated

from keepclear.links.cot import reading
from keepclear.links.cot.framing import Cutter
from keepclear.links.cot.reading import read_event, read_events

NOW = datetime(2026, 3, 1, 6, 0, 1, tzinfo=UTC)
SEEDS = (*golden.EVERY, golden.DECLARATION + golden.SELF, golden.SELF + golden.CHAT)


def pieces(stream: bytes) -> list[tuple[int, bytes]]:
    return Cutter().take(stream, NOW)[0]


def by_itself(cut: list[tuple[int, bytes]]) -> list:
    return [read_event(at, whole) for at, whole in cut]


def went_together(stream: bytes) -> bool:
    return reading._together([whole for _, whole in pieces(stream)]) is not None


def test_whole_events_are_read_together_and_say_what_each_says_by_itself():
    stream = b"\n".join(golden.DECLARATION + event for event in golden.EVERY)
    assert went_together(stream)
    assert read_events(pieces(stream)) == by_itself(pieces(stream))
    assert all(wrong is None for _, wrong in read_events(pieces(stream)))


# Each of these would pass as a whole, or change its neighbour, if only the sum of them were looked at.
@pytest.mark.parametrize(
    "stream",
    [
        b"<event><event></event>" + b"</event>",
        b"<event/><event><event></event>" + b"<event/></event>",
        b"<event uid='a'><event uid='b'></event>" + b"<event uid='c'></event></event>",
        b"<event><!--</event>" + b"--></event>",
        b"<event><![CDATA[</event>" + b"]]></event>",
        b"<event><?hidden </event>" + b"?></event>",
        b"<event uid='a' uid='b'></event>",
        b"<event a='</event>" + b"'></event>",
        b"<events></event>",
        b"</events><events><event></event>",
        b"<!DOCTYPE event [<!ENTITY a 'b'>]><event uid='&a;'></event>",
        b"<event uid='&unknown;'></event>",
        b"<event uid='\xff'></event>",
        b"<event>" + b"<a>" * 31 + b"</a>" * 31 + b"</event>",
        b"<event>" + b"<a>" * 32 + b"</a>" * 32 + b"</event>",
        b"<event>" + b"<a/>" * 3_999 + b"</event>",
        b"<event>" + b"<a/>" * 4_000 + b"</event>",
        b"<event " + b" ".join(b"a%d=''" % n for n in range(65)) + b"></event>",
        b"words between <event></event>",
        b"<point><event></event></point>",
    ],
)
def test_what_is_wrong_with_one_is_found_with_others_before_and_after_it(stream):
    for whole in (stream, golden.SELF + stream, golden.SELF + stream + golden.DRONE + stream + golden.PING):
        assert read_events(pieces(whole)) == by_itself(pieces(whole))


def test_an_event_that_is_too_deep_by_itself_is_so_among_others():
    deep = b"<event>" + b"<a>" * 32 + b"</a>" * 32 + b"</event>"
    fits = b"<event>" + b"<a>" * 31 + b"</a>" * 31 + b"</event>"
    assert not went_together(golden.SELF + deep)
    assert went_together(golden.SELF + fits)


def test_damaged_streams_are_read_as_event_by_event():
    drawn, together = random.Random(4), 0
    for each in mutated(SEEDS, 2_000, 4):
        before, after = drawn.choices(golden.EVERY, k=2)
        cut = pieces(before + each + after)
        together += went_together(before + each + after)
        assert read_events(cut) == by_itself(cut)
    assert 50 < together < 1_950  # both ways were gone
