"""A stated reconciliation is with another party, of logs between the two, and told to nobody else."""

from __future__ import annotations

import pytest
from tests.building_node import house
from tests.unit.views.test_periodic import compared

HEAD = {"author": "COA", "reader": "RUS", "ours": {"size": 3, "root": "0a" * 32}}


@pytest.fixture(scope="module")
def node():
    with house() as made:
        yield made


@pytest.mark.parametrize(
    ("more", "readers", "rule"),
    [
        ({"with_party": "COA"}, (), "reconciled-with"),
        ({}, ("SDF",), "reconciled-readers"),
        ({}, ("RUS", "public"), "reconciled-readers"),
        ({"heads": [{**HEAD, "reader": "SDF"}]}, (), "reconciled-heads"),
        ({"heads": [{**HEAD, "reader": "COA"}]}, (), "reconciled-heads"),
        ({"heads": [HEAD, HEAD]}, (), "reconciled-heads"),
        ({"heads": [{"author": "COA", "reader": "RUS"}]}, (), "reconciled-heads"),
        ({"result": "differences"}, (), "reconciled-counts"),
        ({"counts": [{"what": "missing", "count": 1}]}, (), "reconciled-counts"),
        ({"heads": []}, (), "type"),
        ({"done": {"at": "2030-01-01T00:00:00Z"}}, (), "not-yet"),
    ],
)
def test_what_does_not_fit_is_refused(node, more, readers, rule):
    node.try_tell("COA", compared(**more), *readers).refused(rule)


@pytest.mark.parametrize("readers", [(), ("RUS",)])
def test_it_stands_in_the_own_log_and_may_be_told_to_the_other_side(node, readers):
    differs = {"result": "differences", "counts": [{"what": "missing", "count": 2}]}
    node.tell("COA", compared(**differs, heads=[HEAD, {**HEAD, "reader": "public"}]), *readers)
