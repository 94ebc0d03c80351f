"""Tokens: one for each role at each desk, one auditor's, one operator's; kept in a file of the owner's."""

from __future__ import annotations

import msgspec
import pytest

from keepclear.errors import StoreFault
from keepclear.service.auth import OF_THE_NODE, Grant, Principal, Role, Tokens


def test_every_role_at_every_desk_has_a_token_of_its_own():
    tokens = Tokens.fresh(("COA", "RUS"))
    seen = set()
    for party in ("COA", "RUS"):
        for role in set(Role) - set(OF_THE_NODE):
            token = tokens.token(party, role)
            assert tokens.principal(token) == Principal(party, role)
            seen.add(token)
    for role in OF_THE_NODE:
        token = tokens.token("*", role)
        assert tokens.principal(token) == Principal("*", role)
        seen.add(token)
    assert len(seen) == 2 * 5 + 2
    assert all(len(token) >= 32 for token in seen)


@pytest.mark.parametrize("guess", ["", " ", "x", "é", "*", "auditor"])
def test_a_guess_is_nobody(guess):
    assert Tokens.fresh(("COA",)).principal(guess) is None


def test_there_is_no_auditor_of_one_desk():
    tokens = Tokens.fresh(("COA",))
    for role in OF_THE_NODE:
        with pytest.raises(StoreFault):
            tokens.token("COA", role)


def test_tokens_are_kept_for_their_owner_and_added_to_for_new_parties(tmp_path):
    path = tmp_path / "tokens.json"
    first = Tokens.open(path, ("COA",))
    assert path.stat().st_mode & 0o777 == 0o600
    again = Tokens.open(path, ("COA",))
    assert again.token("COA", Role.WATCH_CHIEF) == first.token("COA", Role.WATCH_CHIEF)
    more = Tokens.open(path, ("COA", "RUS"))
    assert more.token("COA", Role.WATCH_CHIEF) == first.token("COA", Role.WATCH_CHIEF)
    assert more.token("*", Role.AUDITOR) == first.token("*", Role.AUDITOR)
    assert more.principal(more.token("RUS", Role.OBSERVER)) == Principal("RUS", Role.OBSERVER)


def test_a_file_from_before_a_role_was_known_gets_its_tokens(tmp_path):
    path = tmp_path / "tokens.json"
    old = Grant("t" * 32, "COA", Role.WATCH_CHIEF)
    path.write_bytes(msgspec.json.encode((old,)))
    path.chmod(0o600)
    tokens = Tokens.open(path, ("COA",))
    assert tokens.token("COA", Role.WATCH_CHIEF) == old.token
    assert tokens.token("*", Role.OPERATOR)


@pytest.mark.parametrize(("content", "mode"), [(b"{", 0o600), (b"[]", 0o644), (b'[{"token":1}]', 0o600)])
def test_a_token_file_that_is_damaged_or_open_to_others_is_refused(tmp_path, content, mode):
    path = tmp_path / "tokens.json"
    path.write_bytes(content)
    path.chmod(mode)
    with pytest.raises(StoreFault) as refused:
        Tokens.open(path, ("COA",))
    assert refused.value.rule == "token-file"
    assert refused.value.passes
