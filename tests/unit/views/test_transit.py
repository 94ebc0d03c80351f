"""Messages that crossed: neither author had seen the other's; told by what each had seen, by no clock."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.building import minute

from keepclear.model.hotline import MessageSent, Purpose, Text
from keepclear.model.statements import Entry, LogId
from keepclear.model.words import PartyId
from keepclear.views.picture import Picture
from keepclear.views.told import Outbox
from keepclear.views.transit import crossed

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
    assert crossed(picture, box, own) == ((come.statement.id,) if met else ())
    assert crossed(picture, box, come) == ((own.statement.id,) if met else ())
