"""What a plan meets when a thing was told in several forms: the exact one is never hidden by a coarse one."""

from __future__ import annotations

import pytest
from tests.building import CENTRE, COVERING, World, minute, zone

from keepclear.geo.shapes import Circle, Point
from keepclear.geo.volumes import Volume
from keepclear.model.notices import Activity, NoticeStated, PresenceStated, Seen
from keepclear.model.words import PUBLIC, Form, Place
from keepclear.rules.conflicts import CONFLICTS, NO_KNOWN_CONFLICT, check
from keepclear.rules.plans import Part, Plan
from keepclear.views.desk import PURPOSE_BANNER

NOW = minute(600)
FAR = Point(40.3, 35.3)


@pytest.fixture
def world() -> World:
    made = World()
    made.parties()
    return made


def plan_at(point=CENTRE, radius_m=1_000.0):
    return Plan((Part("patrol", Volume(Circle(point, radius_m))),))


def notice(what, *areas, **more):
    return NoticeStated(Activity.MOVEMENT, what, tuple(Volume(area) for area in areas), **more)


def answer(world, party, point=CENTRE):
    return check(world.picture(party), plan_at(point), NOW)


def test_a_form_without_a_place_told_to_others_leaves_the_exact_notice_in_the_check(world):
    exact = world.tell("COA", notice("convoy", Circle(CENTRE, 5_000.0)), "SDF")
    bare = notice("convoy, somewhere", origin=Place("in the east"))
    world.tell("COA", bare, "RUS", subject=exact.subject, form=Form.CONFLICT_ONLY)
    for party in ("COA", "SDF"):
        found = answer(world, party)
        assert (found.answer, found.checked_against.objects) == (CONFLICTS, 1)
        assert [row.statement for row in found.findings] == [exact.id]


def test_twin_whoever_holds_only_the_form_without_a_place_has_nothing_to_check(world):
    bare = notice("convoy, somewhere", origin=Place("in the east"))
    world.tell("COA", bare, "RUS", form=Form.CONFLICT_ONLY)
    assert answer(world, "RUS").answer == NO_KNOWN_CONFLICT


def test_the_owner_is_checked_against_its_exact_zone_and_not_against_the_cover_of_it(world):
    exact = world.tell("COA", zone(radius_m=5_000.0), "SDF")
    world.tell("COA", zone(radius_m=900_000.0), PUBLIC, subject=exact.subject, form=COVERING)
    assert answer(world, "COA", FAR).answer == NO_KNOWN_CONFLICT
    assert answer(world, "COA").answer == CONFLICTS


def test_whoever_was_told_a_cover_after_the_exact_zone_is_checked_against_both(world):
    """The zone may have moved, and the new place was not told exactly."""
    exact = world.tell("COA", zone(radius_m=5_000.0), "SDF")
    moved = zone("moved", shape=Circle(FAR, 50_000.0))
    cover = world.tell("COA", moved, "SDF", subject=exact.subject, form=COVERING)
    assert [row.statement for row in answer(world, "SDF", FAR).findings] == [cover.id]
    assert [row.statement for row in answer(world, "SDF").findings] == [exact.id]


def test_twin_a_cover_older_than_the_exact_zone_is_no_longer_checked(world):
    cover = world.tell("COA", zone("cover", shape=Circle(FAR, 50_000.0)), "SDF", form=COVERING)
    world.tell("COA", zone(radius_m=5_000.0), "SDF", subject=cover.subject)
    assert answer(world, "SDF", FAR).answer == NO_KNOWN_CONFLICT


def presence(seen, **more):
    return PresenceStated("RUS", "a post", Place("", Circle(CENTRE, 5_000.0)), seen, **more)


@pytest.mark.parametrize("seen", [Seen.OBSERVED, Seen.REPORTED])
def test_forces_that_were_only_seen_or_reported_are_not_looked_through(world, seen):
    world.tell("COA", presence(seen))
    found = answer(world, "COA")
    assert (found.answer, found.checked_against.objects) == (NO_KNOWN_CONFLICT, 0)
    assert "Of presences only declared ones are" in found.closing


def test_twin_a_declared_presence_is(world):
    world.tell("RUS", presence(Seen.DECLARED), "COA")
    assert [row.what for row in answer(world, "COA").findings] == ["presence"]


def test_every_answer_carries_the_purpose_limit(world):
    world.tell("COA", zone())
    for point in (CENTRE, FAR):
        assert answer(world, "COA", point).banner == f"EXERCISE. {PURPOSE_BANNER}"
