"""Messages that crossed: neither author had seen the other's; told by what each had seen, by no clock."""

from __future__ import annotations

from datetime import timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.building import World, minute

from keepclear.model.hotline import MessageSent, Purpose, Text
from keepclear.model.statements import Entry, LogId
from keepclear.model.words import PartyId
from keepclear.views.picture import Picture
from keepclear.views.told import Outbox
from keepclear.views.transit import Crossings

COA, RUS = PartyId("COA"), PartyId("RUS")


def both(world, ours_sees, theirs_sees):
    """One message each way, at index 0 of its log, with how much of the other's log each author had seen."""
    ours = world.tell("COA", MessageSent((RUS,), Purpose.SAFETY, (Text("ours"),)), "RUS", at=5)
    theirs = world.tell("RUS", MessageSent((COA,), Purpose.SAFETY, (Text("theirs"),)), "COA", at=1)
    at = minute(9)
    out = Entry(LogId(COA, RUS), 0, at, at + timedelta(minutes=1), ours_sees, ours)
    own = Entry(LogId(COA, COA), 0, at, at, 0, ours)
    come = Entry(LogId(RUS, COA), 0, at, at, theirs_sees, theirs)
    return Picture(COA).fold([own, come]), Outbox(COA).fold([own, out]), own, come


@pytest.mark.parametrize(("ours_sees", "theirs_sees", "met"), [(0, 0, True), (1, 0, False), (0, 1, False)])
def test_messages_crossed_where_neither_had_seen_the_other(world, ours_sees, theirs_sees, met):
    picture, box, own, come = both(world, ours_sees, theirs_sees)
    crossings = Crossings(picture, box, [own, come])
    assert crossings.of(own) == ((come.statement.id,) if met else ())
    assert crossings.of(come) == ((own.statement.id,) if met else ())


def held(world, log, author, sees, at):
    other = RUS if author == COA else COA
    told = world.tell(author, MessageSent((other,), Purpose.SAFETY, (Text(f"{author} {at}"),)), other, at=at)
    return Entry(log, 0, minute(at), minute(at), sees, told)


@given(seen=st.lists(st.tuples(st.booleans(), st.integers(0, 12)), max_size=24), honest=st.booleans())
def test_each_pair_is_found_as_by_comparing_all_with_all(seen, honest):
    """Whatever the other end says that it had seen, and were it less than it said before."""
    world = World()
    own, out, come = [], [], []
    sizes = {COA: 0, RUS: 0}
    for n, (ours, sees) in enumerate(seen):
        author = COA if ours else RUS
        log = LogId(author, RUS if ours else COA)
        entry = held(world, log, author, sees, n)
        upto = sorted(sees for other, sees in seen[: n + 1] if other == ours)[-1] if honest else sees
        entry = msgspec.structs.replace(entry, index=sizes[author], sees=upto)
        sizes[author] += 1
        if ours:
            out.append(entry)
            own.append(msgspec.structs.replace(entry, log=LogId(COA, COA), index=n, sees=0))
        else:
            come.append(entry)
    picture = Picture(COA).fold([*own, *come])
    crossings = Crossings(picture, Outbox(COA).fold([*own, *out]), [*own, *come])
    for mine, told in zip(own, out, strict=True):
        met = {e.statement.id for e in come if told.sees <= e.index and e.sees <= told.index}
        assert set(crossings.of(mine)) == met
    for theirs in come:
        met = {e.statement.id for e in out if e.sees <= theirs.index and theirs.sees <= e.index}
        assert set(crossings.of(theirs)) == met
