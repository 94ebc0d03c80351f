"""A second measure of one party under one name is a word of warning, never a refusal."""

from __future__ import annotations

from tests.building import zone

from keepclear.model.telling import Revoked
from keepclear.rules.namesakes import same_name


def test_a_second_zone_of_the_same_name_by_the_same_party_is_warned_of(world):
    first = world.tell("COA", zone("At Tanf zone"))
    assert same_name(world.picture("COA"), first.subject) == ()
    second = world.tell("COA", zone("at  tanf ZONE"))
    [words] = same_name(world.picture("COA"), second.subject)
    assert first.subject in words
    assert "another of the name" in words


def test_twin_another_name_another_party_or_one_taken_back_is_no_namesake(world):
    first = world.tell("COA", zone("Ford"))
    theirs = world.tell("RUS", zone("Bridge"), "COA")
    assert same_name(world.picture("COA"), world.tell("COA", zone("Bridge")).subject) == ()
    assert same_name(world.picture("COA"), theirs.subject) == ()
    world.tell("COA", Revoked(first.subject))
    assert same_name(world.picture("COA"), world.tell("COA", zone("Ford")).subject) == ()


def test_restating_ones_own_is_no_namesake(world):
    first = world.tell("COA", zone("Ford"))
    world.tell("COA", zone("Ford"), subject=first.subject)
    assert same_name(world.picture("COA"), first.subject) == ()
