"""One byte form for one value."""

from __future__ import annotations

from datetime import UTC, datetime
from hashlib import sha256

import msgspec
import pytest

from keepclear.errors import Malformed
from keepclear.record.canonical import canonical, salted_hash, statement_message


class Said(msgspec.Struct, frozen=True):
    words: str
    at: datetime
    who: str | None = None


def test_the_rfcs_example_is_written_as_it_prints_it():
    value = {
        "numbers": [333333333.33333329, 1e30, 4.50, 2e-3, 0.000000000000000000000000001],
        "string": "\u20ac$\u000f\u000aA'\u0042\u0022\u005c\\\"/",
        "literals": [True, False],
    }
    assert (
        canonical(value)
        == (
            '{"literals":[true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],'
            '"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}'
        ).encode()
    )


def test_members_are_ordered_by_utf_16():
    expected = '{"\u20ac":3,"\U0001f600":2,"\ufb33":1}'
    assert canonical({"\ufb33": 1, "\U0001f600": 2, "\u20ac": 3}) == expected.encode()


def test_absent_and_none_are_one_thing():
    at = datetime(2018, 2, 7, 20, tzinfo=UTC)
    assert canonical(Said("a", at)) == canonical({"at": "2018-02-07T20:00:00Z", "words": "a"})


@pytest.mark.parametrize(
    "value",
    [[1, None], {"a": float("nan")}, {"a": float("inf")}, {"a": 2**53}, {"a": "\ud800"}, {"a": object()}],
)
def test_value_without_a_form_is_refused(value):
    with pytest.raises(Malformed):
        canonical(value)


def test_endless_nesting_is_refused():
    deep: list[object] = []
    for _ in range(100_000):
        deep = [deep]
    with pytest.raises(Malformed):
        canonical(deep)


def test_statement_is_signed_without_its_signature():
    assert statement_message({"sig": "x", "id": "1"}) == b'keepclear-statement/v1\n{"id":"1"}'


def test_salted_hash_is_the_documented_one():
    salt = bytes(range(32))
    assert salted_hash(salt, b"name") == sha256(b"keepclear-attachment/v1\n" + salt + b"name").hexdigest()
    assert salted_hash(bytes(32), b"name") != salted_hash(salt, b"name")


@pytest.mark.parametrize("size", [0, 16, 31, 33])
def test_salt_of_another_length_is_refused(size):
    with pytest.raises(Malformed):
        salted_hash(bytes(size), b"name")
