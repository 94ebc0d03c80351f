"""Whoever guesses waits; what counts as one address, and how much is kept."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from keepclear.service import throttle
from keepclear.service.throttle import MOST_FAILURES, WINDOW, Throttle, TooMany, address_key

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def failed(times, key="a", at=NOW):
    made = Throttle()
    for number in range(times):
        made.failed((key,), at + timedelta(seconds=number))
    return made


def test_the_last_failure_that_is_let_pass_is_the_last():
    failed(MOST_FAILURES - 1).check(("a",), NOW)
    with pytest.raises(TooMany):
        failed(MOST_FAILURES).check(("a",), NOW + timedelta(seconds=MOST_FAILURES))


def test_the_wait_that_is_told_is_the_wait_that_is_needed():
    made = failed(MOST_FAILURES)
    at = NOW + timedelta(seconds=MOST_FAILURES)
    with pytest.raises(TooMany) as told:
        made.check(("a",), at)
    with pytest.raises(TooMany):
        made.check(("a",), at + timedelta(seconds=told.value.wait_s - 1))
    made.check(("a",), at + timedelta(seconds=told.value.wait_s))
    assert timedelta(seconds=told.value.wait_s) <= WINDOW


def test_another_key_does_not_wait_and_one_of_two_keys_is_enough():
    made = failed(MOST_FAILURES)
    made.check(("b",), NOW)
    with pytest.raises(TooMany):
        made.check(("b", "a"), NOW)


def test_a_person_who_is_in_begins_anew():
    made = failed(MOST_FAILURES)
    made.succeeded("a")
    made.check(("a",), NOW)


def test_what_is_kept_is_bounded(monkeypatch):
    monkeypatch.setattr(throttle, "MOST_KEPT", 50)
    made = Throttle()
    for number in range(200):
        made.failed((f"k{number}",), NOW)
    assert len(made._failures) == 50
    assert all(len(times) <= MOST_FAILURES for times in failed(500)._failures.values())


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("198.51.100.7", "198.51.100.8", False),
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", True),
        ("2001:db8:1:2::1", "2001:db8:1:3::1", False),
        ("::ffff:198.51.100.7", "198.51.100.7", True),
        ("fe80::1%eth0", "fe80::2%eth1", True),
        ("unknown", "unknown", True),
    ],
)
def test_an_ipv6_network_counts_as_one_address(one, other, same):
    assert (address_key(one) == address_key(other)) is same
