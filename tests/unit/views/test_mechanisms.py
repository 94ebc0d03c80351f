"""The fifteen mechanisms, each found by what the statements are."""

from __future__ import annotations

import re

import pytest
from tests.building import minute, spot, stamp_at, zone
from tests.small_syria import everything

from keepclear.model.channels import ChannelStated
from keepclear.model.hotline import MeetingStated, WarningGiven
from keepclear.model.incidents import ClaimMade, PublicStated, ReplyMade, SourceStated
from keepclear.model.measures import OverlayOffered, StanceTaken
from keepclear.model.notices import BuildUpStated, NoticeStated, Observed, PresenceStated
from keepclear.model.parties import RelationStated
from keepclear.views.desk import LISTS
from keepclear.views.mechanisms import mechanisms

IN_ORDER = [
    "three hotlines",
    "no direct link",
    "build-up raised",
    "conditional and standing warnings",
    "boundary and side test",
    "zone and rival stances",
    "drone and patrol outside it",
    "de-escalation area with monitors",
    "map exchange",
    "meetings",
    "presence",
    "redeployment notice",
    "incidents and rival claims",
    'replies incl. "no information"',
    "public statements, sources and reprints",
]


def found(world, party="COA"):
    return {row.mechanism: row for row in mechanisms(world.picture(party), world.box(party), minute(10_000))}


def test_all_fifteen_stand_in_their_order_and_none_is_empty(world):
    everything(world)
    assert list(found(world)) == IN_ORDER
    assert [name for name, row in found(world).items() if row.empty] == []


def test_without_any_statement_all_fifteen_are_empty(world):
    assert list(found(world)) == IN_ORDER
    assert all(row.empty and not row.rows for row in found(world).values())


@pytest.mark.parametrize(
    ("mechanism", "kinds"),
    [
        ("three hotlines", (ChannelStated,)),
        ("no direct link", (RelationStated,)),
        ("build-up raised", (BuildUpStated,)),
        ("conditional and standing warnings", (WarningGiven, PublicStated)),
        ("zone and rival stances", (StanceTaken,)),
        ("map exchange", (OverlayOffered,)),
        ("meetings", (MeetingStated,)),
        ("presence", (PresenceStated,)),
        ("redeployment notice", (NoticeStated,)),
        ("incidents and rival claims", (ClaimMade,)),
        ('replies incl. "no information"', (ReplyMade,)),
        ("public statements, sources and reprints", (PublicStated, SourceStated)),
    ],
)
def test_a_mechanism_is_empty_without_the_statements_that_make_it(world, mechanism, kinds):
    everything(world)
    assert not found(world)[mechanism].empty
    world.entries = [entry for entry in world.entries if not isinstance(entry.statement.body, kinds)]
    assert found(world)[mechanism].empty


@pytest.mark.parametrize("party", ["COA", "RUS", "PGF"])
def test_every_row_leads_to_a_list_of_the_desk_and_a_statement_that_is_held(world, party):
    everything(world)
    held = world.picture(party)
    for mechanism in found(world, party).values():
        for row in mechanism.rows:
            assert row.view in LISTS
            assert row.title
            assert row.statement in held
            assert row.subject in held


def test_the_hotlines_stand_with_domain_and_level(world):
    everything(world)
    assert [row.title for row in found(world)["three hotlines"].rows] == [
        "Air: air, desk",
        "Ground: ground, desk",
        "Commanders: ground, commander",
    ]


def test_replies_lead_to_what_was_replied_to(world):
    everything(world)
    rows = found(world)['replies incl. "no information"'].rows
    assert {row.view for row in rows} == {"incidents"}
    assert all("no information" in row.title for row in rows)


def test_only_what_lies_outside_a_zone_shows_the_patrol_outside_it(world):
    world.tell("COA", zone(), at=-5)
    world.tell("COA", Observed("inside", spot(38.6, 33.5, 100.0), stamp_at(3)))
    assert found(world)["drone and patrol outside it"].empty
    world.tell("COA", Observed("outside", spot(39.0774, 33.8865, 500.0), stamp_at(4)))
    rows = found(world)["drone and patrol outside it"].rows
    assert [row.title.partition(":")[0] for row in rows] == ["outside"]


def test_rival_stances_carry_their_date_and_whose_word_they_are(world):
    everything(world)
    rows = found(world)["zone and rival stances"].rows
    assert rows
    for row in rows:
        assert re.search(r"\((own word|per [^()]+), [^()]*\d{4}[^()]*\)", row.title), row.title
