"""Frames of an exchange: what is within bounds comes back as it was, anything else is a refusal."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.building_node import START

from keepclear.errors import KeepclearError, Malformed
from keepclear.service.exchange import wire
from keepclear.service.exchange.wire import Beside, Gave, Held, Pack, Pull, Unheld

READERS = (wire.read_pull, wire.read_gave)
PULL = Pull((Held("alpha/x", 3, b"receipt"), Held("alpha/y", 0, stopped=True)), START, 20.0, (b"head",))
GAVE = Gave(
    (Pack("alpha/x", 3, (b"entry",), b"head", 9, (Beside("ab" * 32, b"salt", b"body"),)),),
    START, START, (Unheld("alpha/y", 409, 3, "another root"),), (b"head",),
)  # fmt: skip


def test_frames_come_back_as_they_were():
    assert wire.read_pull(wire.encode(PULL)) == PULL
    assert wire.read_gave(wire.encode(GAVE)) == GAVE


@given(st.binary(max_size=300))
def test_foreign_bytes_are_refused_and_nothing_else_happens(raw):
    for read in READERS:
        with pytest.raises(KeepclearError):
            read(raw)


ANY = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats() | st.text(max_size=9)
    | st.binary(max_size=9) | st.datetimes(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)  # fmt: skip


@given(st.sampled_from([PULL, GAVE]), st.data())
def test_a_field_of_another_kind_is_refused_or_within_bounds(frame, data):
    built = msgspec.msgpack.decode(wire.encode(frame))
    place = data.draw(st.sampled_from(sorted(built)))
    built[place] = data.draw(ANY)
    raw = msgspec.msgpack.encode(built)
    read = wire.read_pull if frame is PULL else wire.read_gave
    try:
        found = read(raw)
    except KeepclearError:
        return
    assert read(wire.encode(found)) == found


@given(st.sampled_from([PULL, GAVE]), st.data())
def test_a_changed_byte_is_refused_or_another_frame(frame, data):
    raw = bytearray(wire.encode(frame))
    raw[data.draw(st.integers(0, len(raw) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    try:
        found = (wire.read_pull if frame is PULL else wire.read_gave)(bytes(raw))
    except KeepclearError:
        return
    assert found != frame or wire.encode(found) != bytes(raw)


@pytest.mark.parametrize(
    "frame",
    [
        Pull((), START, -1.0),
        Pull((), START, wire.MAX_WAIT_S + 1),
        Pull((), START, float("nan")),
        Pull((Held("", 3),), START),
        Pull((Held("a" * 201, 3),), START),
        Pull((Held("a", -1),), START),
        Pull((Held("a", 2**53 + 1),), START),
        Pull((Held("a", 1, b"r" * 16_385),), START),
        Pull((Held("a", 1),) * (wire.MAX_LOGS + 1), START),
        Pull((), START, heads=(b"",)),
        Pull((), START, heads=(b"h" * 16_385,)),
        Pull((), START, heads=(b"h",) * (wire.MAX_LOGS + 1)),
        Pull((), START, v=2),
    ],
    ids=str,
)
def test_a_pull_beyond_its_bounds_is_refused(frame):
    with pytest.raises(Malformed) as refusal:
        wire.read_pull(wire.encode(frame))
    assert refusal.value.rule == "exchange-frame"


def pack(**changed):
    return msgspec.structs.replace(GAVE.packs[0], **changed)


@pytest.mark.parametrize(
    "changed",
    [
        pack(entries=()),
        pack(entries=(b"e" * (wire.MAX_ENTRY_BYTES + 1),)),
        pack(entries=(b"e",) * (wire.PACK_ENTRIES + 1)),
        pack(head=b""),
        pack(start=-1),
        pack(beside=(Beside("AB" * 32),)),
        pack(beside=(Beside("ab" * 32, b"s" * 65),)),
        pack(beside=(Beside("ab" * 32),) * (4 * wire.PACK_ENTRIES + 1)),
    ],
)
def test_a_pack_beyond_its_bounds_is_refused(changed):
    with pytest.raises(Malformed) as refusal:
        wire.read_gave(wire.encode(Gave((changed,), START, START)))
    assert refusal.value.rule == "exchange-frame"


def test_too_many_bytes_are_refused_before_they_are_read():
    for read, most in ((wire.read_pull, wire.MAX_PULL_BYTES), (wire.read_gave, wire.MAX_ANSWER_BYTES)):
        with pytest.raises(Malformed) as refusal:
            read(b"\0" * (most + 1))
        assert refusal.value.rule == "exchange-size"


def test_a_time_without_a_zone_is_refused_by_its_name():
    naive = datetime(2018, 2, 1)  # noqa: DTZ001 - that is the point
    for read, frame, name in (
        (wire.read_pull, Pull((), naive), "sent_at"),
        (wire.read_gave, Gave((), naive, START), "got_at"),
        (wire.read_gave, Gave((), START, naive), "answered_at"),
    ):
        with pytest.raises(Malformed) as refusal:
            read(wire.encode(frame))
        assert (refusal.value.rule, refusal.value.field) == ("naive-time", name)


def test_times_at_the_ends_of_the_calendar_are_read():
    for at in (datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)):
        assert wire.read_pull(wire.encode(Pull((), at))).sent_at == at
