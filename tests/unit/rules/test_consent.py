"""What an agency submitted goes on verified, and with its consent, which can be taken back."""

from __future__ import annotations

import pytest
from tests.building_node import release, spot, zone
from tests.notifying import AGENCY, CELL, FORCE, OTHER, Cell


@pytest.fixture
def cell():
    with Cell() as made:
        yield made


def listed(cell, submission):
    """The cell's own site that restates a submission, released for both forces and the agency."""
    body = zone("H-1 Lower clinic", measure="protected site", effect="keep-out-requested",
                shape=spot(39.0102, 35.9501, 10.0))  # fmt: skip
    made = cell.tell(CELL, body)
    link = {"kind": "link", "a": made["subject"], "b": submission["subject"], "relation": "same matter"}
    cell.tell(CELL, link)
    for reader in (FORCE, OTHER, AGENCY):
        cell.tell(CELL, release(made["subject"], reader, "exact"))
    return made


def told_on(cell, made, *readers):
    return cell.house.post(CELL, "tellings", {"statement": made["statement"], "readers": list(readers)})


def test_nothing_goes_on_before_a_second_person_has_verified_it(cell):
    submission = cell.submitted()
    site = listed(cell, submission)
    told_on(cell, site, FORCE).refused("verified-first", 422)
    cell.step(submission["subject"], "verified", officer="2").ok(201)
    told_on(cell, site, FORCE).ok(201)


def test_it_goes_to_those_alone_for_whom_the_agency_consents(cell):
    submission = cell.submitted()
    cell.step(submission["subject"], "verified", officer="2").ok(201)
    site = listed(cell, submission)
    told_on(cell, site, OTHER).refused("consent", 403)
    told_on(cell, site, FORCE, OTHER).refused("consent", 403)
    told_on(cell, site, FORCE, AGENCY).ok(201)
    row = cell.house.items(CELL, "sites")[0]
    assert [reader["reader"] for reader in row["readers"]] == [FORCE, AGENCY]


def test_consent_for_a_coarse_form_is_none_for_the_exact_one(cell):
    submission = cell.submitted()
    cell.step(submission["subject"], "verified", officer="2").ok(201)
    cell.step(submission["subject"], "consented", AGENCY, party=OTHER, form="covering").ok(201)
    site = listed(cell, submission)
    told_on(cell, site, OTHER).refused("consent", 403)
    cell.step(submission["subject"], "consented", AGENCY, party=OTHER, form="exact").ok(201)
    told_on(cell, site, OTHER).ok(201)


def test_consent_withdrawn_stops_what_is_to_come_and_shows_who_holds_it(cell):
    submission = cell.submitted()
    cell.step(submission["subject"], "verified", officer="2").ok(201)
    cell.step(submission["subject"], "consented", AGENCY, party=OTHER, form="exact").ok(201)
    site = listed(cell, submission)
    told_on(cell, site, FORCE).ok(201)
    for party in (FORCE, OTHER):
        cell.step(submission["subject"], "consent withdrawn", AGENCY, party=party, reason="it was hit").ok(
            201
        )
    told_on(cell, site, OTHER).refused("consent", 403)
    shown = cell.house.items(CELL, "submissions")[0]["consents"]
    assert [(row["party"], row["consents"], row["holds_since"] is not None) for row in shown] == [
        (OTHER, False, False), (FORCE, False, True)
    ]  # fmt: skip
    row = cell.house.items(CELL, "sites")[0]
    assert [(reader["reader"], reader["consents"]) for reader in row["readers"]] == [(FORCE, False)]
    assert row["withheld"] == ["Pro-government forces"]
    assert cell.sites(FORCE) == ["H-1 Lower clinic"], "what was told cannot be made unknown"


def test_a_corrected_text_has_to_be_verified_anew(cell):
    submission = cell.submitted()
    cell.step(submission["subject"], "verified", officer="2").ok(201)
    site = listed(cell, submission)
    body = cell.house.get(CELL, f"statements/{submission['statement']}").json["statement"]["body"]
    cell.tell(AGENCY, {**body, "function": "closed clinic"}, CELL, subject=submission["subject"])
    told_on(cell, site, FORCE).refused("verified-first", 422)


def test_only_the_agency_consents_and_only_the_cell_takes_in(cell):
    submission = cell.submitted()
    refused = cell.step(submission["subject"], "consented", CELL, party=OTHER, form="exact")
    refused.refused("step-by", 403)
    cell.step(submission["subject"], "verified", AGENCY).refused("step-by", 403)


def test_consent_stands_with_the_cell_and_never_reaches_a_force(cell):
    submission = cell.submitted()
    cell.step(submission["subject"], "verified", officer="2").ok(201)
    told_on(cell, listed(cell, submission), FORCE).ok(201)
    held = cell.house.get(FORCE, "held").ok().body
    for word in (b"notification-step", b"submission", submission["subject"].encode()):
        assert word not in held
