"""The edition of the time zone database is stated."""

from __future__ import annotations

import re

from keepclear.service import zones


def test_the_edition_is_a_year_and_a_letter():
    assert re.fullmatch(r"\d{4}[a-z]+", zones.edition())


def test_a_machine_that_states_none_is_said_to_state_none(monkeypatch):
    monkeypatch.setattr(zones.zoneinfo, "TZPATH", ())
    monkeypatch.setattr(zones, "import_module", lambda name: object())
    assert zones.edition.__wrapped__() == zones.UNKNOWN
