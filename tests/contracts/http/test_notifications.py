"""Routes of notification: who has signed in is one person, whatever is sent; readers as they must be."""

from __future__ import annotations

import pytest
from tests.notification_bodies import submission
from tests.notifying import AGENCY, CELL, FORCE, Cell
from tests.signing import manned

from keepclear.service.auth import Role


@pytest.fixture
def cell():
    with Cell() as made:
        yield made


def step(browser, desk, subject, word, key, **more):
    path = f"/api/v1/desks/{desk}/notifications/{subject}/steps"
    return browser.call("POST", path, {"step": word, **more}, headers={"idempotency-key": key})


def test_who_took_it_in_cannot_verify_it_under_another_label(tmp_path):
    house = manned(tmp_path)
    try:
        made = house.tell("SDF", submission(), "COA")
        first, _ = house.person("Anna Berg", "COA", Role.DUTY_OFFICER)
        second, _ = house.person("Boris Cole", "COA", Role.DUTY_OFFICER)
        step(first, "COA", made["subject"], "taken in", "k1", officer="1").ok(201)
        step(first, "COA", made["subject"], "verified", "k2", officer="2").refused("second-person", 422)
        step(second, "COA", made["subject"], "verified", "k3", officer="1").ok(201)
        held = house.get("SDF", "held").ok().body
        assert b"Berg" not in held
        assert b"Cole" not in held
    finally:
        house.close()


def test_consent_goes_to_the_cell_and_the_intake_to_the_agency_alone(cell):
    made = cell.submitted()
    for party, kinds in ((CELL, ["consented", "taken in"]), (AGENCY, ["consented", "taken in"]), (FORCE, [])):
        items = [row for row in cell.house.items(party, "held") if row["kind"] == "notification-step"]
        told = [cell.house.get(party, f"statements/{row['statement']}").ok().json["statement"]["body"]["step"]
                for row in items]  # fmt: skip
        assert told == kinds, party
    assert cell.house.items(AGENCY, "submissions")[0]["state"] == "taken in"
    assert cell.house.items(FORCE, "submissions") == []
    assert made["subject"].startswith(AGENCY)


def test_forms_are_compared_and_nothing_is_kept(cell):
    before = cell.house.size()
    body = {"forms": ["35.9501,39.0102", "35.570036,39.003672"]}
    found = cell.house.post(CELL, "location-forms", body).ok(200).json
    assert not found["agree"]
    assert found["gap_m"] > 40_000
    assert [form["point"] is not None for form in found["forms"]] == [True, True]
    cell.house.post(CELL, "location-forms", {"forms": ["35.9501,39.0102"]}).refused("type", 400)
    assert cell.house.size() == before


def test_an_observer_is_not_shown_what_the_cell_keeps_to_itself(cell):
    made = cell.under_way()
    shown = cell.house.get(CELL, "movements", role=Role.OBSERVER).ok().body
    assert b"phone-1" not in shown
    assert made["subject"].encode() in shown


def test_what_is_public_of_a_party_without_notifications_is_nothing(cell):
    cell.under_way()
    assert cell.house.items(FORCE, "public-notifications") == []
    shown = cell.house.items(CELL, "public-notifications")
    assert shown == [{"what": "movement", "day": "2018-02-03", "amount": ["4 trucks"], "condition": "active"}]
