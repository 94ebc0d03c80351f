"""Which counterpart is owed which periodic duty, from the desk's own record alone."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.building_node import channel, house, zone

from keepclear.views.periodic import MONTH, to_reconcile, to_verify


@pytest.fixture
def node():
    with house() as made:
        yield made


def groups(made, party="COA"):
    desk = made.node.desk(party)
    return {group.party: group for group in to_verify(desk.picture, desk.outbox, made.clock.now())}


def owed(made, party="COA"):
    return {each.party: each for each in to_reconcile(made.node.picture(party), made.clock.now())}


def compared(**more):
    head = {"author": "COA", "reader": "RUS", "ours": {"size": 3, "root": "0a" * 32}}
    return {
        "kind": "reconciled", "with_party": "RUS", "result": "nothing differs", "by": "Captain Ray",
        "done": {"at": "2018-02-01T08:00:00Z"}, "heads": [head], **more,
    }  # fmt: skip


def test_what_stands_is_grouped_by_who_stated_it_and_a_draft_is_nobodys_to_verify(node):
    node.tell("RUS", zone("Theirs"), "COA")
    node.tell("COA", zone("Ours"), "RUS")
    node.tell("COA", zone("Draft"))
    found = groups(node)
    assert {party: [row.name for row in group.rows] for party, group in found.items()} == {
        "RUS": ["Theirs"], "COA": ["Ours"],
    }  # fmt: skip


def test_a_hotline_belongs_to_its_other_end_whoever_stated_it(node):
    node.tell("COA", channel("Ground hotline"), "RUS")
    assert [row.what for row in groups(node)["RUS"].rows] == ["hotline"]
    assert set(owed(node)) == {"RUS"}
    assert owed(node)["RUS"].due_at == node.clock.now() + MONTH


def test_a_reconciliation_of_ones_own_begins_the_month_anew_and_anothers_does_not(node):
    node.tell("COA", channel("Ground hotline"), "RUS")
    before = owed(node)["RUS"]
    node.later(60)
    node.tell("RUS", compared(with_party="COA"), "COA")
    assert owed(node)["RUS"] == before
    node.tell("COA", compared())
    after = owed(node)["RUS"]
    assert after.last is not None
    assert after.due_at == after.last + MONTH
    assert after.due_at - timedelta(days=30) == after.last
