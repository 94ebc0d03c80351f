"""Challenges: known again without being kept, for one purpose, one answer and five minutes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keepclear.service.passkeys import CHALLENGE_LIFE, Challenges

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def test_a_challenge_is_known_again_for_its_purpose_and_time():
    ours = Challenges()
    made = ours.make("sign in", NOW)
    assert ours.is_open(made, "sign in", NOW)
    assert ours.is_open(made, "sign in", NOW + CHALLENGE_LIFE - timedelta(seconds=1))
    assert not ours.is_open(made, "sign in", NOW + CHALLENGE_LIFE)
    assert not ours.is_open(made, "enrol x", NOW)
    assert not Challenges().is_open(made, "sign in", NOW), "another process, or the same after a restart"


def test_a_challenge_is_answered_once_and_then_forgotten():
    ours = Challenges()
    made = ours.make("sign in", NOW)
    assert ours.answer(made, NOW)
    assert not ours.answer(made, NOW)
    assert not ours.is_open(made, "sign in", NOW)
    later = ours.make("sign in", NOW + CHALLENGE_LIFE)
    assert ours.answer(later, NOW + CHALLENGE_LIFE)
    assert list(ours._answered) == [later]


def test_a_flood_of_challenges_is_not_kept():
    ours = Challenges()
    first = ours.make("sign in", NOW)
    for _ in range(10_000):
        ours.make("sign in", NOW)
    assert ours._answered == {}
    assert ours.is_open(first, "sign in", NOW)


@given(st.data())
def test_no_changed_challenge_is_ours(data):
    ours = Challenges()
    made = bytearray(ours.make("sign in", NOW))
    at = data.draw(st.integers(0, len(made) - 1))
    made[at] ^= data.draw(st.integers(1, 255))
    assert not ours.is_open(bytes(made), "sign in", NOW)


@pytest.mark.parametrize("junk", [b"", b"x", b"x" * 24, b"x" * 55, b"x" * 57, b"x" * 1000])
def test_what_has_another_length_is_none_of_ours(junk):
    assert not Challenges().is_open(junk, "sign in", NOW)
