"""What had reached a party: filed by subject, never fallen back, agreed by everybody or not binding."""

from __future__ import annotations

import pytest
from tests.building import COVERING, boundary, minute, speaker, stance, zone

from keepclear.model.measures import Basis, MeasureStated, Stance
from keepclear.model.parties import PartyStated
from keepclear.model.telling import Revoked
from keepclear.model.words import PUBLIC, Form
from keepclear.views.picture import Agreement, Picture, picture, speaks_for_itself


def test_what_was_not_told_is_not_there(world):
    told = world.tell("COA", zone(), "RUS")
    assert told.id in world.picture("RUS")
    assert told.id not in world.picture("PGF")
    assert world.picture("PGF").latest(told.subject) is None


def test_what_was_said_to_everybody_reaches_each(world):
    told = world.tell("COA", zone(), PUBLIC)
    held = world.picture("PGF")
    assert held.is_public(told.id)
    assert held.is_public(told.subject)
    assert not held.is_public("COA.other")


def test_the_cut_is_at_arrival_and_includes_its_instant(world):
    told = world.tell("COA", zone(), "RUS", at=3, received=10)
    assert told.id not in world.picture("RUS", minute(9.9))
    assert told.id in world.picture("RUS", minute(10))


def test_the_owners_latest_text_stands_whatever_the_order_of_arrival(world):
    first = world.tell("COA", zone("one"), "RUS", at=1, received=20)
    world.tell("COA", zone("two"), "RUS", at=2, received=10, subject=first.subject)
    text = world.picture("RUS").latest(first.subject)
    assert text is not None
    assert text.statement.body.name == "two"


def test_a_text_on_anothers_subject_is_kept_but_never_folded_in(world):
    first = world.tell("COA", zone("mine"), "RUS")
    other = world.tell("RUS", zone("not mine"), "COA", subject=first.subject)
    held = world.picture("COA")
    text = held.latest(first.subject)
    assert text is not None
    assert text.statement.body.name == "mine"
    assert [entry.statement.id for entry in held.not_owners(first.subject)] == [other.id]


def test_a_coarse_form_told_later_stands_beneath_the_exact_one(world):
    exact = world.tell("COA", zone("exact"), "SDF")
    cover = world.tell("COA", zone("cover", 60_000.0), "RUS", subject=exact.subject, form=COVERING)
    text = world.picture("COA").latest(exact.subject)
    assert text is not None
    assert text.statement.id == exact.id
    assert [entry.statement.id for entry in text.beneath] == [cover.id]
    assert world.picture("RUS").latest(exact.subject).statement.id == cover.id


def test_of_each_form_the_newest_stands_and_the_most_exact_is_on_top(world):
    exact = world.tell("COA", zone("exact"))
    told = {"subject": exact.subject}
    world.tell("COA", zone("cover", 60_000.0), form=COVERING, **told)
    newer = world.tell("COA", zone("exact again"), **told)
    bare = world.tell("COA", zone("somewhere", shape=None), form=Form.CONFLICT_ONLY, **told)
    cover = world.tell("COA", zone("cover again", 70_000.0), form=COVERING, **told)
    forms = [entry.statement.id for entry in world.picture("COA").forms(exact.subject)]
    assert forms == [newer.id, cover.id, bare.id]


def counting(world, party, subject):
    return [entry.statement.id for entry in world.picture(party).counting(subject)]


def test_a_coarser_form_told_later_counts_beside_the_exact_one_but_not_for_its_owner(world):
    """Its owner knows that it says no more; whoever was told both cannot know that nothing has moved."""
    exact = world.tell("COA", zone("exact"), "SDF")
    cover = world.tell("COA", zone("cover", 60_000.0), PUBLIC, subject=exact.subject, form=COVERING)
    assert counting(world, "COA", exact.subject) == [exact.id]
    assert counting(world, "SDF", exact.subject) == [exact.id, cover.id]
    assert counting(world, "RUS", exact.subject) == [cover.id]


def test_an_older_coarser_form_no_longer_counts(world):
    cover = world.tell("COA", zone("cover", 60_000.0), "SDF", form=COVERING)
    exact = world.tell("COA", zone("exact"), "SDF", subject=cover.subject)
    assert counting(world, "SDF", exact.subject) == [exact.id]


def test_after_revocation_no_text_stands_and_none_falls_back(world):
    first = world.tell("COA", zone("one"), "RUS")
    world.tell("COA", zone("two"), "RUS", subject=first.subject)
    world.tell("COA", Revoked(first.subject), "RUS")
    held = world.picture("RUS")
    assert held.latest(first.subject) is None
    assert held.operative(first.subject) is None
    assert not list(held.each(MeasureStated))
    assert [body.name for _, _, body in held.withdrawn(MeasureStated)] == ["two"]


def test_a_restated_subject_stands_again_with_its_new_text_alone(world):
    first = world.tell("COA", zone("one"), "RUS")
    world.tell("COA", Revoked(first.subject), "RUS")
    world.tell("COA", zone("three"), "RUS", subject=first.subject)
    held = world.picture("RUS")
    assert [entry.statement.body.name for entry in held.standing(first.subject)] == ["three"]
    assert not list(held.withdrawn(MeasureStated))


def test_only_the_owner_can_take_a_subject_back(world):
    first = world.tell("COA", zone(), "RUS")
    world.tell("RUS", Revoked(first.subject), "COA")
    assert world.picture("COA").latest(first.subject) is not None


def test_a_measure_of_one_side_stands_without_agreement(world):
    first = world.tell("COA", zone(), "RUS")
    text = world.picture("RUS").operative(first.subject)
    assert text is not None
    assert text.statement.id == first.id


def agreed_boundary(world):
    first = world.tell("COA", boundary("one"), "RUS")
    world.tell("RUS", stance(first, "RUS"), "COA")
    return first


def operative(world, statement, party="COA"):
    text = world.picture(party).operative(statement.subject)
    return None if text is None else text.statement.id


def test_a_proposed_text_binds_nobody(world):
    first = world.tell("COA", boundary(), "RUS")
    assert operative(world, first) is None
    assert world.picture("COA").agreement(world.picture("COA").entry(first.id)) is Agreement.OPEN


def test_a_text_that_all_named_parties_agreed_to_is_operative(world):
    first = agreed_boundary(world)
    assert operative(world, first, "COA") == operative(world, first, "RUS") == first.id


@pytest.mark.parametrize("value", [value for value in Stance if value is not Stance.AGREED])
def test_no_other_stance_makes_it_operative(world, value):
    first = world.tell("COA", boundary(), "RUS")
    world.tell("RUS", stance(first, "RUS", value), "COA")
    assert operative(world, first) is None


def test_a_later_text_leaves_the_agreed_one_operative(world):
    first = agreed_boundary(world)
    second = world.tell("COA", boundary("two"), "RUS", subject=first.subject)
    assert operative(world, first) == first.id
    world.tell("RUS", stance(second, "RUS"), "COA")
    assert operative(world, first) == second.id


def test_what_was_agreed_is_not_changed_by_declaring_it_anew(world):
    first = agreed_boundary(world)
    alone = world.tell("COA", boundary("moved", basis=Basis.DECLARED), "RUS", subject=first.subject)
    assert operative(world, first, "COA") == operative(world, first, "RUS") == first.id
    assert world.picture("RUS").needs(world.picture("RUS").entry(alone.id)) == {"COA", "RUS"}
    world.tell("RUS", stance(alone, "RUS"), "COA")
    assert operative(world, first) == alone.id


def test_a_measure_that_nobody_ever_agreed_to_may_be_declared_anew(world):
    first = world.tell("COA", boundary(), "RUS")
    alone = world.tell("COA", boundary("alone", basis=Basis.DECLARED), "RUS", subject=first.subject)
    assert operative(world, first, "RUS") == alone.id


def test_a_party_that_agreed_is_not_dropped_without_its_word(world):
    first = agreed_boundary(world)
    dropped = world.tell("COA", boundary("two", parties=("COA", "SDF")), "RUS", "SDF", subject=first.subject)
    world.tell("SDF", stance(dropped, "SDF"), "COA")
    assert operative(world, first) == first.id
    world.tell("RUS", stance(dropped, "RUS"), "COA")
    assert operative(world, first) == dropped.id


def test_a_party_that_agreed_to_be_dropped_is_not_asked_again(world):
    first = agreed_boundary(world)
    for name in ("two", "three"):
        last = world.tell("COA", boundary(name, parties=("COA", "SDF")), "RUS", "SDF", subject=first.subject)
        world.tell("SDF", stance(last, "SDF"), "COA")
        if name == "two":
            world.tell("RUS", stance(last, "RUS"), "COA")
    assert operative(world, first) == last.id


def test_a_coarse_form_of_what_was_agreed_binds_nobody_else(world):
    first = agreed_boundary(world)
    body = boundary("somewhere", basis=Basis.DECLARED, shape=None)
    world.tell("COA", body, "SDF", subject=first.subject, form=Form.CONFLICT_ONLY)
    assert operative(world, first, "COA") == first.id


def test_agreement_that_is_taken_back_suspends_and_no_earlier_text_returns(world):
    first = agreed_boundary(world)
    second = world.tell("COA", boundary("two"), "RUS", subject=first.subject)
    taken = world.tell("RUS", stance(second, "RUS"), "COA")
    world.tell("RUS", stance(second, "RUS", Stance.REJECTED), "COA", subject=taken.subject)
    assert operative(world, first) is None
    held = world.picture("COA")
    assert held.agreement(held.entry(second.id)) is Agreement.TAKEN_BACK


def test_a_revoked_stance_is_no_agreement_any_more(world):
    first = world.tell("COA", boundary(), "RUS")
    taken = world.tell("RUS", stance(first, "RUS"), "COA")
    assert operative(world, first) == first.id
    world.tell("RUS", Revoked(taken.subject), "COA")
    assert operative(world, first) is None


def test_agreements_that_never_held_together_do_not_suspend_an_earlier_text(world):
    named = ("COA", "RUS", "SYR")
    first = world.tell("COA", boundary(parties=named), "RUS", "SYR")
    for party in ("RUS", "SYR"):
        world.tell(party, stance(first, party), "COA")
    second = world.tell("COA", boundary("two", parties=named), "RUS", "SYR", subject=first.subject)
    taken = world.tell("RUS", stance(second, "RUS"), "COA")
    world.tell("RUS", stance(second, "RUS", Stance.REJECTED), "COA", subject=taken.subject)
    world.tell("SYR", stance(second, "SYR"), "COA")
    assert operative(world, first) == first.id


def test_a_reported_agreement_binds_nobody(world):
    first = world.tell("COA", boundary(), "RUS")
    world.tell("COA", stance(first, "RUS"), said_by=speaker("Moscow", "RUS"))
    assert operative(world, first) is None


def test_an_agreement_in_anothers_mouth_binds_nobody(world):
    first = world.tell("COA", boundary(), "RUS")
    world.tell("RUS", stance(first, "RUS"), "COA", said_by=speaker("a journalist"))
    assert operative(world, first) is None


def test_a_spokesman_of_the_party_can_agree_for_it(world):
    first = world.tell("COA", boundary(), "RUS")
    taken = world.tell("RUS", stance(first, "RUS"), "COA", said_by=speaker("A general", "RUS"))
    assert speaks_for_itself(taken)
    assert operative(world, first) == first.id


def test_the_author_too_can_take_its_agreement_back(world):
    first = agreed_boundary(world)
    world.tell("COA", stance(first, "COA", Stance.REJECTED), "RUS")
    assert operative(world, first) is None


def test_what_is_known_of_parties_counts_oneself(world):
    assert picture("XYZ", []).known_parties() == {"XYZ"}
    assert "PGF" in world.picture("COA").known_parties()
    assert [body.name for _, body in world.picture("COA").described("PGF")] == ["Pro-government forces"]
    assert all(isinstance(body, PartyStated) for _, body in world.picture("COA").described("PGF"))


def test_everything_comes_in_order_of_arrival(world):
    late = world.tell("COA", zone("late"), "RUS", at=1, received=90)
    early = world.tell("COA", zone("early"), "RUS", at=80, received=85)
    ids = [entry.statement.id for entry in world.picture("RUS").entries()]
    assert ids.index(early.id) < ids.index(late.id)
    assert world.picture("RUS").any_entry() == world.picture("RUS").entries()[0]
    assert Picture("XYZ").any_entry() is None


def test_history_goes_through_every_text_of_a_kind(world):
    first = world.tell("COA", zone("one"), "RUS")
    world.tell("COA", zone("two"), "RUS", subject=first.subject)
    assert [body.name for _, body in world.picture("RUS").history(MeasureStated)] == ["one", "two"]


def test_a_statement_told_twice_keeps_its_earliest_arrival(world):
    told = world.tell("COA", zone(), PUBLIC, at=5, received=50)
    world.tell_on(told, "RUS", at=20)
    entry = world.picture("RUS").entry(told.id)
    assert entry is not None
    assert entry.received_at == minute(20)
