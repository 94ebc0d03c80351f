"""Parties, relations, and the way by which words reach others."""

from __future__ import annotations

import pytest
from tests.building import World, hotline, speaker

from keepclear.model.channels import Declared
from keepclear.model.parties import (
    AgreementStated,
    Label,
    PartyKind,
    PartyStated,
    RelationKind,
    RelationStated,
)
from keepclear.model.words import PUBLIC, Domain, Level
from keepclear.times import Precision, stamp
from keepclear.views.parties import RELAYING, agreements, parties, relations, relay_to, relays


def influence(world, a="RUS", b="PGF", kind=RelationKind.CAN_INFLUENCE, minutes=25):
    return world.tell("COA", RelationStated(a, b, kind, minutes))


def way(world, party, of="COA"):
    return relay_to(world.picture(of), party)


def test_acc_04_without_a_direct_link_words_go_through_others_with_a_clock(world):
    world.tell("COA", hotline())
    influence(world)
    found = way(world, "PGF")
    assert found.path == ("COA", "RUS", "PGF")
    assert not found.direct
    assert (found.minutes, found.minutes_known) == (25, False)
    assert found.words == (
        "No direct link. Coalition (CJTF-OIR) → Russian forces in Syria"
        " (hotline: Ground hotline (ground, desk); time not stated)"
        " → Pro-government forces (can influence; about 25 minutes):"
        " at least 25 minutes, the time of the other steps is not stated."
    )


def test_acc_04_twin_with_a_hotline_of_their_own_the_link_is_direct(world):
    world.tell("COA", hotline())
    world.tell("COA", hotline("Direct", ends=("COA", "PGF")))
    influence(world)
    found = way(world, "PGF")
    assert found.direct
    assert found.path == ("COA", "PGF")
    assert found.words.startswith("Direct link. ")
    assert (found.minutes, found.minutes_known) == (None, False)


def test_minutes_that_nobody_stated_are_not_guessed(world):
    world.tell("COA", hotline())
    influence(world, minutes=None)
    found = way(world, "PGF")
    assert (found.minutes, found.minutes_known) == (None, False)
    assert found.words.endswith(": time not stated.")


def test_minutes_are_known_only_where_every_leg_states_them(world):
    influence(world, "COA", "SDF", RelationKind.ADVISES, 10)
    influence(world, "SDF", "PGF", RelationKind.CAN_INFLUENCE, 20)
    found = way(world, "PGF")
    assert (found.minutes, found.minutes_known) == (30, True)
    assert found.words.endswith(": about 30 minutes.")


def test_an_own_relation_is_no_direct_link(world):
    influence(world, "COA", "SDF", RelationKind.SUPPORTS, 10)
    found = way(world, "SDF")
    assert not found.direct
    assert found.path == ("COA", "SDF")


@pytest.mark.parametrize("kind", list(RelationKind))
def test_only_some_relations_pass_words_on(world, kind):
    influence(world, "COA", "SDF", kind, 10)
    assert bool(way(world, "SDF").legs) == (kind in RELAYING)
    assert (kind in RELAYING) != (kind == RelationKind.DISCLAIMS)


def test_partners_pass_words_on_both_ways(world):
    world.tell("COA", RelationStated("COA", "SDF", RelationKind.PARTNERS, 10), "RUS", "SDF")
    world.tell("COA", hotline(), "RUS")
    assert way(world, "SDF").words.startswith("No direct link. ")
    assert way(world, "COA", of="SDF").path == ("SDF", "COA")
    assert way(world, "SDF", of="RUS").path == ("RUS", "COA", "SDF")


def test_influence_goes_one_way(world):
    influence(world)
    assert way(world, "RUS", of="PGF").legs == ()


def test_a_party_beyond_every_known_way_is_said_to_be_out_of_reach(world):
    found = way(world, "SYR")
    assert found.path == ()
    assert found.words == "No known way for words to reach Syrian government."


def test_the_shorter_way_goes_before_the_longer(world):
    world.tell("COA", hotline())
    influence(world)
    influence(world, "COA", "SDF", RelationKind.ADVISES, 1)
    influence(world, "SDF", "SYR", RelationKind.CAN_INFLUENCE, 1)
    influence(world, "SYR", "PGF", RelationKind.COMMANDS, 1)
    assert way(world, "PGF").path == ("COA", "RUS", "PGF")


def test_of_equally_long_ways_hotlines_go_first_then_stated_minutes(world):
    influence(world, "COA", "SDF", RelationKind.ADVISES, 1)
    influence(world, "SDF", "PGF", RelationKind.CAN_INFLUENCE, 1)
    assert way(world, "PGF").path == ("COA", "SDF", "PGF")
    world.tell("COA", hotline())
    influence(world, "RUS", "PGF", RelationKind.CAN_INFLUENCE, 50)
    assert way(world, "PGF").path == ("COA", "RUS", "PGF")


def test_an_open_hotline_is_taken_before_a_suspended_one_and_desk_before_commander(world):
    world.tell("COA", hotline("A suspended", declared=Declared.SUSPENDED))
    assert "declared suspended" in way(world, "RUS").legs[0].over
    world.tell("COA", hotline("B commander", level=Level.COMMANDER))
    assert "B commander" in way(world, "RUS").legs[0].over
    world.tell("COA", hotline("C desk", Domain.AIR))
    assert "C desk" in way(world, "RUS").legs[0].over


def test_the_way_does_not_depend_on_the_order_of_telling(world):
    def told(backwards):
        made = World()
        made.parties()
        bodies = [hotline(), hotline("Other"), RelationStated("RUS", "PGF", RelationKind.ADVISES, 5)]
        for body in reversed(bodies) if backwards else bodies:
            made.tell("COA", body)
        return relays(made.picture("COA"))

    assert told(backwards=False) == told(backwards=True)


def test_every_other_known_party_has_a_row_but_no_archive(world):
    found = relays(world.picture("COA"))
    assert [row.to_name for row in found] == sorted(row.to_name for row in found)
    assert {row.to_party for row in found} == {"RUS", "PGF", "SYR", "SDF"}


def test_parties_are_listed_by_name_each_as_it_describes_itself(world):
    world.tell("COA", PartyStated("PGF", "militia", PartyKind.NON_STATE_FORCE), at=900)
    found = parties(world.picture("COA"))
    assert [row.name for row in found] == sorted(row.name for row in found)
    assert [row.name for row in found if row.party == "PGF"] == ["Pro-government forces"]


def test_acc_65_a_legal_label_names_jurisdiction_and_speaker_and_is_no_part_of_the_name(world):
    label = Label("Some states", "banned")
    world.tell(
        "PRESS",
        PartyStated("GRP", "A group", PartyKind.NON_STATE_FORCE, labels=(label,)),
        PUBLIC,
        said_by=speaker("editor's note"),
    )
    row = next(found for found in parties(world.picture("COA")) if found.party == "GRP")
    assert row.name == "A group"
    assert row.labels == ("banned (Some states; per editor's note, per Press archive)",)


def test_relations_are_listed_with_names_in_full(world):
    influence(world)
    row = relations(world.picture("COA"))[0]
    assert (row.from_name, row.relation, row.to_name, row.relay_minutes) == (
        "Russian forces in Syria",
        "can influence",
        "Pro-government forces",
        25,
    )


def test_agreements_show_what_they_leave_out(world):
    body = AgreementStated(
        "Memorandum on air safety",
        ("COA", "RUS"),
        (Domain.AIR,),
        stamp("2015-10-20", "+03:00", Precision.DAY),
        text_withheld=True,
        excludes=("target information",),
    )
    world.tell("COA", body)
    row = agreements(world.picture("COA"))[0]
    assert (row.domains, row.signed, row.text_withheld) == (("air",), "2015-10-20", True)
    assert row.excludes == ("target information",)
