"""Two records side by side: each difference is stated with both sides, and nothing is chosen."""

from __future__ import annotations

from datetime import timedelta

import msgspec
import pytest
from msgspec.structs import replace
from tests.two_records import BACK, OUT, OWN, log_of, record_of, rung, talked, with_body, with_log, without

from keepclear.errors import Malformed
from keepclear.record.canonical import canonical
from keepclear.views.reconciling import Difference, reconcile


@pytest.fixture
def talk(tmp_path):
    made, said = talked()
    with made:
        yield made, said, record_of(made, "COA", tmp_path), record_of(made, "RUS", tmp_path)


def kinds(found):
    return [each.what for each in found.findings]


def test_two_records_of_one_exchange_do_not_differ(talk):
    _, _, ours, theirs = talk
    found = reconcile(ours, theirs)
    assert found.findings == ()
    assert {OUT, BACK} <= {each.log for each in found.compared}
    assert all(each.ours == each.theirs for each in found.compared)
    assert (OWN in found.only_ours, OWN in found.only_theirs) == (True, False)


def test_what_lies_past_the_others_checkpoint_is_not_yet_exchanged(talk):
    _, said, ours, theirs = talk
    size = len(log_of(ours, OUT).entries)
    short = with_log(theirs, OUT, log_of(theirs, OUT).entries[:-1])
    [found] = reconcile(ours, short).findings
    assert (found.what, found.index, found.statement) == (Difference.NOT_EXCHANGED, size - 1, said[2])
    assert f"ends at size {size - 1}" in found.words
    assert found.ours
    assert not found.theirs


def test_what_its_own_record_says_it_had_seen_is_missing(talk):
    """Their log back says, entry by entry, how far they had read ours."""
    _, said, ours, theirs = talk
    short = with_log(theirs, OUT, log_of(theirs, OUT).entries[:-2])
    found = reconcile(ours, short).findings
    assert [(each.what, each.statement) for each in found] == [
        (Difference.MISSING, said[1]),
        (Difference.NOT_EXCHANGED, said[2]),
    ]


def test_the_author_can_be_the_side_that_lacks_an_entry(talk):
    _, said, ours, theirs = talk
    short = with_log(ours, OUT, log_of(ours, OUT).entries[:-2])
    found = reconcile(short, theirs).findings
    assert [each.what for each in found] == [Difference.MISSING, Difference.NOT_EXCHANGED]
    assert found[0].words.startswith("Their record holds the message " + said[1])


def test_another_hash_in_one_place_is_a_split_view_with_both_stated(talk):
    _, said, ours, theirs = talk
    last = len(log_of(theirs, OUT).entries) - 1
    other = with_body(theirs, OUT, last, texts=[{"words": "Aid convoy has stopped"}])
    found = {each.what: each for each in reconcile(ours, other).findings}
    split = found[Difference.SPLIT]
    assert split.words.startswith("ALARM, SPLIT VIEW")
    assert "has passed" in split.ours
    assert "has stopped" in split.theirs
    assert "neither is chosen" in split.words
    assert found[Difference.TEXT].statement == said[2]


def test_a_split_view_is_stated_whatever_the_period(talk):
    made, _, ours, theirs = talk
    last = len(log_of(theirs, OUT).entries) - 1
    other = with_body(theirs, OUT, last, texts=[{"words": "Aid convoy has stopped"}])
    late = made.clock.now() + timedelta(days=1)
    assert kinds(reconcile(ours, other, since=late)) == [Difference.SPLIT]


def test_a_period_leaves_out_what_was_recorded_outside_it(talk):
    made, _, ours, theirs = talk
    short = with_log(theirs, OUT, log_of(theirs, OUT).entries[:-1])
    at = made.clock.now()
    assert reconcile(ours, short, since=at).findings == ()
    assert reconcile(ours, short, until=at - timedelta(hours=1)).findings == ()
    assert len(reconcile(ours, short, since=at - timedelta(hours=1), until=at).findings) == 1


def test_a_receipt_that_only_one_side_reports_is_stated_with_both(talk, tmp_path):
    made, said, _, theirs = talk
    made.tell("COA", rung(said[2]), said_by={"name": "desk", "party": "RUS"}, via="phone")
    [found] = reconcile(record_of(made, "COA", tmp_path), theirs).findings
    assert (found.what, found.statement) == (Difference.RECEIPT, said[2])
    assert (found.ours, found.theirs) == ("acknowledged", "")
    assert "no receipt held" in found.words


def test_a_log_that_one_side_does_not_give_is_said_to_be_uncompared(talk):
    _, _, ours, theirs = talk
    found = reconcile(ours, with_log(theirs, BACK, ()))
    assert Difference.NOT_GIVEN in kinds(found)
    back = next(each for each in found.compared if each.log == BACK)
    assert back.theirs is None


def test_one_log_under_two_origins_is_a_split_view(talk):
    _, _, ours, theirs = talk
    logs = tuple(replace(one, origin="other.test/x") if one.log == OUT else one for one in theirs.logs)
    assert kinds(reconcile(ours, replace(theirs, logs=logs))) == [Difference.SPLIT]


def test_an_entry_dropped_in_the_middle_is_named(talk):
    _, said, ours, theirs = talk
    place = len(log_of(theirs, OUT).entries) - 2
    found = reconcile(ours, without(theirs, OUT, place)).findings
    assert [each.statement for each in found if each.what == Difference.MISSING] == [said[1]]
    assert Difference.SPLIT in [each.what for each in found]


def test_an_erased_file_is_told_from_a_held_one(tmp_path):
    made, _ = talked()
    with made:
        ours, theirs = record_of(made, "COA", tmp_path), record_of(made, "RUS", tmp_path)
        name = "ab" * 32
        both = [with_attached(one, name) for one in (ours, theirs)]
        assert files_of(*both) == []
        [found] = files_of(replace(both[0], files=frozenset({name})), both[1])
        assert "erased there, or withheld" in found.words
        assert found.ours == name
        assert files_of(*(replace(one, files=frozenset({name})) for one in both)) == []


def files_of(ours, theirs):
    return [each for each in reconcile(ours, theirs).findings if each.what == Difference.FILE]


def with_attached(record, name):
    """The record whose last message names a file."""
    kept = [msgspec.json.decode(raw) for raw in log_of(record, OUT).entries]
    kept[-1]["statement"]["attachments"] = [{"salted_hash": name, "what": "route"}]
    return with_log(record, OUT, [canonical(one) for one in kept])


def test_a_log_given_twice_is_refused(talk):
    _, _, ours, theirs = talk
    with pytest.raises(Malformed, match="two logs"):
        reconcile(ours, replace(theirs, logs=(*theirs.logs, theirs.logs[0])))
