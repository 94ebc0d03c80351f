"""The steps of one act are decided one on the other; the desk on which they are decided stays as it is."""

from __future__ import annotations

import pytest
from tests.building_node import buildup, house

from keepclear.commands.buildups import BuildUpRaised, decide_raise
from keepclear.model.words import PartyId, SubjectId
from keepclear.views.picture import Picture


@pytest.fixture
def node():
    with house() as made:
        yield made


def deciding_changes_nothing_at_the_desk(node):
    subject = SubjectId(node.tell("COA", buildup())["subject"])
    node.later()
    desk = node.node.desk(PartyId("COA"))
    before = desk.picture.snapshot(), len(desk.picture.all_about(subject)), desk.outbox.size(PartyId("RUS"))
    asked = BuildUpRaised(PartyId("RUS"), "shows that it was noticed")
    decision = decide_raise(desk, subject, asked, "watch chief", "key", node.clock.now(), node.node.keys)
    kinds = [telling.statement.kind for telling in decision.tells]
    assert (kinds, decision.own) == (["release", "build-up", "message"], 2)
    after = desk.picture.snapshot(), len(desk.picture.all_about(subject)), desk.outbox.size(PartyId("RUS"))
    assert after == before


def test_deciding_changes_nothing_at_the_desk(node):
    deciding_changes_nothing_at_the_desk(node)


def test_deciding_twin_on_the_picture_itself_it_would(node, monkeypatch):
    monkeypatch.setattr(Picture, "copied", lambda self: self)
    with pytest.raises(AssertionError):
        deciding_changes_nothing_at_the_desk(node)
