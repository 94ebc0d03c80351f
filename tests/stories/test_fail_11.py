"""Ten warnings in five minutes, says one side; none on the agreed frequency, says the other (FAIL-11).

The twin shows the story failing when a warning counts because it was sent.
"""

from __future__ import annotations

import pytest
from tests.stories.watched import Desk

import keepclear.rules.alarming as alarming
from keepclear.model.hotline import Rung, RungReached, Text, WarningGiven, WarningKind
from keepclear.model.words import Precedence


def warn(desk, number):
    words = Text(f"Warning {number}: turn away")
    return desk.tell(
        "COA", WarningGiven(("RUS",), WarningKind.STANDING, (words,), precedence=Precedence.FLASH), "RUS"
    )


def a_warning_without_a_receipt_counts_as_not_received(desk):
    """FAIL-11(a): ten unreceipted warnings show as not received; the one with a receipt does not."""
    told = []
    for number in range(1, 11):
        told.append(warn(desk, number))
        desk.run(30, tick_s=10)
    received = RungReached(
        told[9].statement,
        "RUS",
        Rung.ACKNOWLEDGED,
        "air desk",
        text_hash=told[9].digest,
    )
    desk.tell("RUS", received, "COA")
    desk.run(180, tick_s=10)
    lost = [each for each in desk.alarms() if each.body.rule == "not-received"]
    assert [each.body.matter for each in lost] == [each.subject for each in told[:9]]
    assert all(each.body.title.startswith("NOT RECEIVED") for each in lost)
    assert all("counts as not received" in each.body.words for each in lost)
    assert {each.is_open for each in lost} == {True}


def test_fail_11a_a_warning_without_a_receipt_counts_as_not_received():
    a_warning_without_a_receipt_counts_as_not_received(Desk())


def test_fail_11a_twin_a_warning_that_counts_when_sent_is_never_missed(monkeypatch):
    true = alarming.attention_by_parts
    monkeypatch.setattr(
        alarming, "attention_by_parts",
        lambda *asked: ([each for each in part if not each.title.startswith("No acknowledgement")]
                        for part in true(*asked)),
    )  # fmt: skip
    with pytest.raises(AssertionError):
        a_warning_without_a_receipt_counts_as_not_received(Desk())
