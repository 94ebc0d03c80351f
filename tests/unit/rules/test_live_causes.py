"""What an alarm of the live picture says of what there is and of what is over."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from keepclear.model.words import SubjectId
from keepclear.rules.live_causes import Cause, LiveRule, words_of

AT = datetime(2031, 1, 1, tzinfo=UTC)


def silent(name: str, minutes: int, over: str = "") -> Cause:
    since = AT + timedelta(minutes=minutes)
    words = f"The feed {name} is silent"
    return Cause(LiveRule.SILENT, SubjectId("COA.1"), -1 - minutes, name, True, since, True, words, over=over)


def test_what_goes_on_is_said_first_and_what_is_over_as_over_with_its_time():
    gone, there = silent("adsb", 0, "heard again"), silent("blue", 5)
    assert words_of([gone, there]) == (
        "The feed blue is silent. Over: adsb, since 2031-01-01T00:00:00Z: heard again"
    )
    assert words_of([there]) == "The feed blue is silent"
