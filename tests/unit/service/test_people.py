"""Persons and tokens: names that can be read aloud, roles where they belong, secrets by their hash alone."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest

from keepclear.errors import Conflicting, Malformed, NotAllowed, NotKnown
from keepclear.model.words import PartyId
from keepclear.service.auth import Role
from keepclear.service.clock import SimulatedClock
from keepclear.service.people import LONGEST_TOKEN, TOKEN_MARK, People, Scope, csrf_of
from keepclear.stores.people import PasskeyRow, PeopleStore

COA, ALL = PartyId("COA"), PartyId("*")


@pytest.fixture
def people(tmp_path):
    store = PeopleStore.open(tmp_path / "people.sqlite3")
    yield People(store, SimulatedClock(datetime(2026, 1, 1, tzinfo=UTC)))
    store.close()


def test_a_code_has_a_hundred_bits_and_no_letter_that_is_taken_for_another(people):
    codes = {people.add(f"Person {n}", COA, Role.OBSERVER).code for n in range(50)}
    assert len(codes) == 50
    assert all(re.fullmatch(r"([0-9A-HJKMNP-TV-Z]{5}-){3}[0-9A-HJKMNP-TV-Z]{5}", code) for code in codes)


@pytest.mark.parametrize("misread", [lambda c: c.replace("0", "O"), lambda c: c.replace("1", "l"), str.lower])
def test_a_code_is_known_as_it_is_misread(people, misread):
    for number in range(20):
        code = people.add(f"Person {number}", COA, Role.OBSERVER).code
        assert people.invited(misread(code)).name == f"Person {number}"


@pytest.mark.parametrize("name", ["", "   ", "x" * 81, "a\x00b", "a\u202eb", "a\u200bb", "\ud800"])
def test_a_name_that_cannot_be_read_aloud_is_refused(people, name):
    with pytest.raises(Malformed):
        people.add(name, COA, Role.OBSERVER)


def test_a_name_is_one_name_however_it_was_typed(people):
    people.add("  Zoe\u0308   Berg ", COA, Role.OBSERVER)
    assert people.named("Zo\u00eb Berg").name == "Zo\u00eb Berg"
    with pytest.raises(Conflicting):
        people.add("Zo\u00eb Berg", COA, Role.WATCH_CHIEF)


def test_roles_of_the_node_and_of_a_party_do_not_mix(people):
    for party, role in (
        (COA, Role.AUDITOR),
        (COA, Role.OPERATOR),
        (ALL, Role.WATCH_CHIEF),
        (ALL, Role.OBSERVER),
    ):
        with pytest.raises(Malformed, match="role-of-party"):
            people.add("Anna", party, role)
    people.add("Anna", COA, Role.OBSERVER)
    with pytest.raises(Malformed, match="role-of-party"):
        people.appoint(people.named("Anna"), Role.AUDITOR)


def test_a_name_of_two_parties_needs_its_party(people):
    people.add("Anna", COA, Role.OBSERVER)
    people.add("Anna", PartyId("RUS"), Role.OBSERVER)
    with pytest.raises(Conflicting, match="person-party"):
        people.named("Anna")
    assert people.named("Anna", COA).party == COA
    with pytest.raises(NotKnown):
        people.named("Nobody")


@pytest.mark.parametrize(
    ("scope", "party", "role"),
    [
        (Scope.READ_DESK, COA, Role.WATCH_CHIEF),
        (Scope.READ_DESK, ALL, None),
        (Scope.ACT, COA, Role.OBSERVER),
        (Scope.ACT, ALL, None),
        (Scope.AUDITOR, COA, None),
        (Scope.AUDITOR, ALL, Role.OPERATOR),
        (Scope.OPERATE, COA, None),
        (Scope.OPERATE, ALL, Role.AUDITOR),
    ],
)
def test_a_token_of_a_scope_and_a_role_that_do_not_go_together_is_refused(people, scope, party, role):
    with pytest.raises(Malformed):
        people.add_token("probe", party, scope, role, timedelta(days=1))


@pytest.mark.parametrize("days", [0, -1, LONGEST_TOKEN.days + 1])
def test_a_token_lasts_from_a_day_to_a_year(people, days):
    with pytest.raises(Malformed, match="token-life"):
        people.add_token("probe", COA, Scope.ACT, None, timedelta(days=days))


def test_a_token_is_known_by_its_mark_and_whole(people):
    secret, row = people.add_token("probe", COA, Scope.ACT, None, timedelta(days=1))
    assert secret.startswith(TOKEN_MARK)
    assert len(secret) >= 40
    assert people.token(secret) == row
    assert people.token(secret[:-1]) is None
    assert people.token(secret + "x") is None
    assert people.token(row.id) is None


def test_who_can_sign_in_has_a_passkey_for_this_name_or_an_open_code(people):
    assert not people.can_sign_in("hq.example.org")
    invited = people.add("Anna", COA, Role.OBSERVER)
    assert people.can_sign_in("hq.example.org")
    people.enrol(invited.code, PasskeyRow(b"k", invited.person, b"p", 0, "localhost"))
    assert not people.can_sign_in("hq.example.org"), "recovery codes are not counted on"
    assert people.can_sign_in("localhost")
    people.add("Bo", COA, Role.OBSERVER)
    people._clock.move_to(people._clock.now() + timedelta(hours=24))
    assert not people.can_sign_in("hq.example.org")


def test_the_mark_of_a_session_does_not_give_the_session_away(people):
    assert csrf_of("secret") != csrf_of("other")
    assert "secret" not in csrf_of("secret")
    with pytest.raises(NotAllowed):
        people.invited(csrf_of("secret"))
