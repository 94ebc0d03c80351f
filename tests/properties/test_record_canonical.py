"""The one-file verifier and the record write one and the same canonical JSON and read one policy."""

from __future__ import annotations

import json
import math

import pytest
import rfc8785
from hypothesis import example, given
from hypothesis import strategies as st

from keepclear.errors import Malformed
from keepclear.links.tlog import keepclear_verify
from keepclear.record import policy
from keepclear.record.canonical import canonical
from keepclear.record.signing import Role, SigningKey

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
numbers = st.integers(-(2**53) + 1, 2**53 - 1) | st.floats(allow_nan=False, allow_infinity=False)
scalars = st.none() | st.booleans() | numbers | texts
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=12,
)


@given(values)
def test_verifier_writes_what_the_library_writes(value):
    assert keepclear_verify.canonical(value).encode() == rfc8785.dumps(value)


@given(st.floats(allow_nan=False, allow_infinity=False))
@example(5e-324)
@example(1.7976931348623157e308)
@example(1e21)
@example(1e20)
@example(1e-6)
@example(1e-7)
@example(-0.0)
@example(2.0**53)
@example(2.0**68)
def test_verifier_reads_every_number_back_into_its_one_spelling(number):
    written = rfc8785.dumps([number])
    assert keepclear_verify.canonical(keepclear_verify.read_json(written)).encode() == written
    assert math.isclose(json.loads(written)[0], number, rel_tol=0.0, abs_tol=0.0)


@given(st.dictionaries(texts, values, max_size=4))
def test_canonical_is_a_fixed_point(value):
    try:
        written = canonical(value)
    except Malformed:
        return
    read = keepclear_verify.read_json(written)
    assert canonical(read) == written
    assert keepclear_verify.canonical(read).encode() == written


def without_none(value):
    if isinstance(value, dict):
        return {key: without_none(member) for key, member in value.items() if member is not None}
    return [without_none(member) for member in value] if isinstance(value, list) else value


@given(st.dictionaries(texts, values, max_size=4))
@example({"\U00010000": 1, "\uffff": 2})
@example({"a": '\x00\x08\t\n\x0b\f\r\x1f\x7f\x80\u2028\u2029\ufeff"\\/é😀'})
@example({"b": [1e21, 1e-7, -0.0, 5.0, 2.0**53, True, False, 0, -1, 2**53 - 1, 0.1]})
def test_what_is_written_is_what_the_library_for_rfc_8785_writes(value):
    try:
        written = canonical(value)
    except Malformed:
        return
    assert written == rfc8785.dumps(without_none(value))


@given(values.filter(lambda value: value is not None))
def test_what_the_library_refuses_is_refused(value):
    for bad in ([value, 2**53], [value, -(2**53)], {"a": [math.inf]}, {"a": math.nan}, ["\ud800", value]):
        with pytest.raises(Malformed):
            canonical(bad)


KEYS = [SigningKey.derive(f"w.example/{number}", b"s" * 32, Role.WITNESS).vkey for number in range(4)]
LOG = SigningKey.derive("l.example/log", b"s" * 32, Role.LOG).vkey
names = st.sampled_from(["A", "B", "C", "none", "reader/RUS"])
lines = st.one_of(
    st.builds("witness {} {}".format, names, st.sampled_from([*KEYS, LOG])),
    st.builds("log {}".format, st.sampled_from([LOG, KEYS[0]])),
    st.builds(
        lambda name, count, members: f"group {name} {count} {' '.join(members)}",
        names,
        st.sampled_from(["all", "any", "1", "2", "0", "01", "x"]),
        st.lists(names, max_size=3),
    ),
    st.builds("quorum {}".format, names),
    st.sampled_from(["", "# said", "  ", "log", "group", "group A", "witness", "\tquorum none", "trust A"]),
)


@given(st.lists(lines, max_size=7), st.sets(names))
def test_verifier_and_record_agree_on_every_policy(given_lines, cosigned):
    text = (
        "\n".join([*given_lines, "quorum none", ""])
        if len(given_lines) % 2
        else "\n".join([*given_lines, ""])
    )
    try:
        ours = policy.parse(text)
    except Malformed:
        ours = None
    try:
        theirs = keepclear_verify.parse_policy(text)
    except keepclear_verify.Broken:
        theirs = None
    assert (ours is None) == (theirs is None), text
    if ours is not None and theirs is not None:
        known = {one.name for one in ours.witnesses}
        assert ours.satisfied(cosigned & known) == theirs.met(cosigned & known)
        assert keepclear_verify.parse_policy(ours.text()).quorum == ours.quorum
