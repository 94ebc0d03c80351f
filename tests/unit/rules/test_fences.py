from __future__ import annotations

from tests.building import World, boundary, minute, stance, zone

from keepclear.geo.heights import Altitude, Datum
from keepclear.model.measures import Stance
from keepclear.model.telling import Revoked
from keepclear.rules.fences import EventKind, fences
from keepclear.rules.fencing import FenceWatch
from keepclear.times import Window


def of(world, party="RUS", **how):
    return list(fences(world.picture(party), **how))


def test_a_declared_zone_is_a_fence_with_its_text_heights_and_times():
    world = World()
    window = Window(minute(0), minute(600))
    text = world.tell("COA", zone(ceiling=Altitude(3_000.0, Datum.AMSL)), "RUS", valid=window)
    [found] = of(world, warn_m=5_000.0, dwell_s=60.0)
    assert (found.subject, found.statement, found.valid) == (text.subject, text.id, window)
    assert (found.ceiling, found.warn_m, found.dwell_s) == (Altitude(3_000.0, Datum.AMSL), 5_000.0, 60.0)


def test_a_boundary_is_a_fence_when_both_agreed_and_not_before_nor_when_one_took_it_back():
    world = World()
    text = world.tell("COA", boundary(), "RUS")
    assert of(world) == []
    world.tell("RUS", stance(text, "RUS"), "COA")
    assert [found.statement for found in of(world)] == [text.id]
    world.tell("RUS", stance(text, "RUS", Stance.REJECTED), "COA")
    assert of(world) == []


def test_what_was_taken_back_is_none():
    world = World()
    text = world.tell("COA", zone(), "RUS")
    world.tell("COA", Revoked(text.subject), "RUS")
    assert of(world) == []


def test_the_hash_tells_where_and_when_it_is_judged_and_nothing_else():
    world = World()
    first = world.tell("COA", zone(), "RUS")
    [one] = of(world)
    world.tell("COA", zone("Another name"), "RUS", subject=first.subject)
    [renamed] = of(world)
    world.tell("COA", zone(radius_m=54_000.0), "RUS", subject=first.subject)
    [smaller] = of(world)
    assert one.statement != renamed.statement
    assert one.digest == renamed.digest != smaller.digest


def test_the_measures_of_a_picture_can_be_watched():
    world = World()
    world.tell("COA", zone(), "RUS")
    made = FenceWatch()
    assert made.change(of(world), minute(10)) == ()
    assert made.unwatched == {}
    assert EventKind.ENTRY == "entry"
