"""Entries of another's file are read by their members, and refused where they are no entries."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keepclear.errors import Malformed
from keepclear.model.statements import LogId
from keepclear.record.canonical import canonical
from keepclear.views.kept_records import KeptLog, Receipt, read_kept, receipt_of

LOG = LogId("COA", "RUS")
AT = "2018-02-07T20:00:01Z"
NAMES = (
    "of",
    "reader",
    "rung",
    "answer",
    "texts",
    "words",
    "cell",
    "text_hash",
    "salted_hash",
    "party",
    "fields",
)
RECEIPTS = ("rung", "answer", "read-back", "countersigned", "message")


def kept(body, **more):
    said = {"id": "COA.1", "author": {"party": "COA", "key": "k"}, "body": body, **more}
    raw = canonical({"index": 0, "recorded_at": AT, "sees": 3, "statement": said})
    return read_kept(KeptLog(LOG, "coa.test/to-rus", "00", (raw,)))[0]


def test_a_kind_that_nobody_knows_here_is_still_read():
    read = kept({"kind": "of-another-release", "words": "Convoy" * 100, "of": ["x", "y"]})
    assert (read.id, read.sees, list(receipt_of(read))) == ("COA.1", 3, [])
    assert read.shown.startswith('the of-another-release COA.1 "Convoy')
    assert len(read.shown) < 200


@pytest.mark.parametrize(
    ("body", "more", "receipt"),
    [
        (
            {"kind": "rung", "of": "RUS.1", "reader": "RUS", "rung": "acknowledged"},
            {},
            ("RUS", "acknowledged"),
        ),
        ({"kind": "answer", "answer": "ours"}, {"answers": ["RUS.1"]}, ("COA", 'answered "ours"')),
        (
            {"kind": "answer", "answer": "ours"},
            {"answers": ["RUS.1"], "said_by": {"name": "desk", "party": "SDF"}},
            ("SDF", 'answered "ours"'),
        ),
        (
            {"kind": "countersigned", "of": "RUS.1", "text_hash": "ab" * 32},
            {},
            ("COA", f"countersigned (text hash {'ab' * 32})"),
        ),
    ],
)
def test_receipts_are_read_with_whose_word_they_are(body, more, receipt):
    assert list(receipt_of(kept(body, **more))) == [Receipt("RUS.1", *receipt)]


def test_what_a_machine_reaches_alone_is_no_receipt():
    assert not list(receipt_of(kept({"kind": "rung", "of": "R.1", "reader": "R", "rung": "delivered"})))


@pytest.mark.parametrize(
    "raw",
    [
        b"no json",
        b'{"index":0}',
        canonical({"index": 7, "recorded_at": AT, "sees": 0, "statement": {}}),
        canonical({"index": 0, "recorded_at": "yesterday", "sees": 0, "statement": {}}),
        b'{"index":0,"recorded_at":"2018-02-07T20:00:01Z","sees":0,"statement":' + b"[" * 100_000,
    ],
)
def test_what_is_no_entry_is_refused_with_its_log_and_place(raw):
    with pytest.raises(Malformed) as refused:
        read_kept(KeptLog(LOG, "coa.test/to-rus", "00", (raw,)))
    assert "COA→RUS" in str(refused.value) or "UTC" in str(refused.value) or "time" in str(refused.value)


ODD = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=3),
    max_leaves=6,
)


@settings(deadline=None, max_examples=200)
@given(
    body=st.dictionaries(st.sampled_from(NAMES), ODD, max_size=6), kind=st.sampled_from(RECEIPTS), rest=ODD
)
def test_members_of_any_shape_are_read_without_a_fault(body, kind, rest):
    """The verifier does not know the kinds, so another's statement can hold anything that is JSON."""
    said = {"id": rest, "author": rest, "said_by": rest, "answers": rest, "attachments": rest}
    raw = msgspec.json.encode(
        {"index": 0, "recorded_at": AT, "sees": 0, "statement": said | {"body": body | {"kind": kind}}}
    )
    [read] = read_kept(KeptLog(LOG, "coa.test/to-rus", "00", (raw,)))
    assert len(read.shown) < 500
    for receipt in receipt_of(read):
        assert len(receipt.by) <= 120
    assert all(isinstance(name, str) for name in read.files())


def test_a_body_that_is_no_object_is_read_as_one_that_says_nothing():
    read = kept(["rung"])
    assert (read.shown, list(receipt_of(read))) == ("the statement COA.1", [])
