"""A record beside a copy of itself differs in nothing; one entry dropped or one receipt changed is found."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.two_records import BACK, OUT, OWN, log_of, record_of, rung, talked, with_body, with_log, without

from keepclear.views.kept_records import read_kept, receipt_of
from keepclear.views.reconciling import Difference, reconcile


@pytest.fixture(scope="module")
def records(tmp_path_factory):
    """What each of two parties keeps; COA also reports an acknowledgement that RUS gave by voice."""
    made, said = talked()
    with made:
        made.tell("COA", rung(said[2]), said_by={"name": "desk", "party": "RUS"}, via="phone")
        folder = tmp_path_factory.mktemp("records")
        return record_of(made, "COA", folder), record_of(made, "RUS", folder)


def places(record, *logs):
    return [(log, index) for log in logs for index in range(len(log_of(record, log).entries))]


def receipts(record):
    """Every place in which the record holds a receipt of a text that both hold."""
    return [
        (log.log, kept.index)
        for log in record.logs
        for kept in read_kept(log)
        if any(receipt.of for receipt in receipt_of(kept))
    ]


def test_a_record_beside_a_copy_of_itself_differs_in_nothing(records):
    for record in records:
        found = reconcile(record, record)
        assert found.findings == ()
        assert {each.log for each in found.compared} == {log.log for log in record.logs}


@settings(deadline=None, max_examples=60)
@given(drawn=st.data())
def test_one_dropped_entry_is_always_found(records, drawn):
    """Whichever side lost it, at the end or in the middle, told to the other or kept to itself."""
    whole = records[0]
    log, index = drawn.draw(st.sampled_from(places(whole, *(each.log for each in whole.logs))))
    lost = without(whole, log, index)
    for sides in ((whole, lost), (lost, whole)):
        found = reconcile(*sides).findings
        named = next(kept for kept in read_kept(log_of(whole, log)) if kept.index == index)
        assert any(each.log == log and each.statement == named.id for each in found)


@settings(deadline=None, max_examples=60)
@given(drawn=st.data())
def test_what_both_should_hold_is_missed_at_either_side(records, drawn):
    before = set(reconcile(*records).findings)
    side = drawn.draw(st.sampled_from([0, 1]))
    log, index = drawn.draw(st.sampled_from(places(records[side], OUT, BACK)))
    sides = list(records)
    sides[side] = without(records[side], log, index)
    assert set(reconcile(*sides).findings) - before


@settings(deadline=None, max_examples=40)
@given(drawn=st.data())
def test_one_changed_receipt_is_always_found(records, drawn):
    whole = records[0]
    log, index = drawn.draw(st.sampled_from(receipts(whole)))
    changed = with_body(whole, log, index, rung="disputed", answer="denied")
    for sides in ((whole, changed), (changed, whole)):
        assert Difference.RECEIPT in {each.what for each in reconcile(*sides).findings}


def test_the_receipts_that_are_changed_are_of_both_kinds(records):
    """The property above would hold of nothing, were there none."""
    assert {log for log, _ in receipts(records[0])} >= {BACK, OWN}


def test_a_dropped_log_is_found(records):
    ours, theirs = records
    assert any(
        each.what == Difference.NOT_GIVEN and each.log == OUT
        for each in reconcile(ours, with_log(theirs, OUT, ())).findings
    )
