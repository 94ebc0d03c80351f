"""The auditor finds the alarm that nothing will ever fire."""

from __future__ import annotations

import pytest
from tests.building import minute
from tests.unit.rules.test_escalation import told

from keepclear.model.alarms import StepKind
from keepclear.rules.audit import audit
from keepclear.rules.escalation import due
from keepclear.times import microseconds


@pytest.mark.parametrize(
    ("due_at", "now", "found"),
    [(1, 0, 0), (1, 1.5, 0), (1, 1.99, 0), (1, 2.01, 1), (None, 0, 1)],
)
def test_an_open_alarm_has_a_deadline_that_is_coming_or_only_just_past(due_at, now, found):
    each = told()
    rows = {} if due_at is None else {each.subject: microseconds(minute(due_at))}
    assert len(list(audit([each], rows, minute(now)))) == found


def test_a_cleared_alarm_needs_none():
    each = told((1, StepKind.ENDED, {}))
    assert due(each) is None
    assert list(audit([each], {}, minute(2))) == []
