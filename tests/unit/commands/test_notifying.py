"""What a submission, a movement and each step of them must fulfil, before anything is told."""

from __future__ import annotations

import pytest
from tests.building_node import movement, spot, submission
from tests.notifying import AGENCY, CELL, FORCE, OTHER, WINDOW, Cell

SLIP = {"name": "Lower clinic", "forms": ["35.9501,39.0102", "35.570036,39.003672"]}


@pytest.fixture
def cell():
    with Cell() as made:
        yield made


@pytest.mark.parametrize("readers", [(CELL, FORCE), ("public",)])
def test_a_submission_goes_to_one_cell_alone(cell, readers):
    cell.house.try_tell(AGENCY, submission(), *readers).refused("LIM-06", 403)


def test_one_person_does_not_take_in_and_verify(cell):
    made = cell.submitted()
    cell.step(made["subject"], "verified", officer="1").refused("second-person", 422)
    cell.step(made["subject"], "verified").refused("second-person", 422)
    cell.step(made["subject"], "verified", officer="2").ok(201)


def test_two_offices_are_two_persons(cell):
    made = cell.submitted()
    cell.step(made["subject"], "verified", role="watch chief").ok(201)


def test_what_was_not_taken_in_or_was_returned_is_not_verified(cell):
    made = cell.tell(AGENCY, submission(), CELL)
    cell.step(made["subject"], "verified", officer="2").refused("taken-in-first", 422)
    cell.step(made["subject"], "taken in", officer="1").ok(201)
    cell.step(made["subject"], "returned", officer="1").refused("reason", 422)
    cell.step(made["subject"], "returned", officer="1", reason="which clinic").ok(201)
    cell.step(made["subject"], "verified", officer="2").refused("taken-in-first", 422)


def test_forms_that_do_not_agree_are_not_verified_and_the_refusal_says_which_reading_would(cell):
    made = cell.submitted(places=[SLIP])
    answer = cell.step(made["subject"], "verified", officer="2").refused("position-forms", 422)
    assert "form 2, read as decimal degrees, is" in answer.json["detail"]
    assert answer.json["passes"].startswith("form 2 read as degrees, minutes and seconds")


def test_a_step_is_of_the_text_that_stands(cell):
    made = cell.submitted()
    body = {"kind": "notification-step", "of": made["subject"], "step": "verified", "by_role": "x",
            "officer": "2", "text": made["statement"]}  # fmt: skip
    cell.tell(AGENCY, submission(function="closed"), CELL, subject=made["subject"])
    cell.house.try_tell(CELL, body, AGENCY).refused("step-text", 422)


def test_a_movement_has_a_window_and_legs_in_order(cell):
    cell.house.try_tell(CELL, movement()).refused("movement-window", 422)
    swapped = movement()
    swapped["legs"] = swapped["legs"][::-1]
    cell.house.try_tell(CELL, swapped, valid=WINDOW).refused("leg-order", 422)
    late = {"name": "Halt", "area": spot(39.1, 35.9, 100.0),
            "window": {"start": "2018-02-03T16:00:00Z", "end": "2018-02-03T18:00:00Z"}}  # fmt: skip
    cell.house.try_tell(CELL, movement(halts=[late]), valid=WINDOW).refused("halt-window", 422)
    open_end = {**late, "window": {"start": "2018-02-03T16:00:00Z"}}
    cell.house.try_tell(CELL, movement(halts=[open_end]), valid=WINDOW).refused("halt-window", 400)


@pytest.mark.parametrize("reader", [FORCE, AGENCY, "public"])
def test_a_movement_leaves_by_a_release_alone(cell, reader):
    made = cell.tell(CELL, movement(), valid=WINDOW)
    cell.house.try_tell(CELL, movement(), reader, valid=WINDOW).refused("LIM-06", 403)
    on = {"statement": made["statement"], "readers": [reader]}
    cell.house.post(CELL, "tellings", on).refused("LIM-06", 403)


def test_legs_are_gone_one_after_the_other(cell):
    made = cell.under_way()
    cell.step(made["subject"], "departed", leg=1).refused("leg-order", 422)
    cell.step(made["subject"], "departed", leg=2).refused("leg-order", 422)
    cell.step(made["subject"], "departed", leg=3).refused("leg", 422)
    cell.step(made["subject"], "arrived", leg=2).refused("leg-begun", 422)


def test_only_its_owner_notes_what_is_heard_of_a_movement(cell):
    made = cell.under_way()
    body = {
        "kind": "notification-step",
        "of": made["subject"],
        "step": "checked in",
        "by_role": "x",
        "leg": 1,
    }
    cell.house.try_tell(FORCE, body, CELL).refused("step-by", 403)
    cell.house.post(FORCE, f"movements/{made['subject']}/contact-lost", {}).refused("own-movement", 404)


def test_a_step_of_something_else_is_refused(cell):
    made = cell.told_movement()
    cell.step(made["subject"], "consented", AGENCY, party=FORCE, form="exact").refused("step-of", 404)
    body = {"kind": "notification-step", "of": made["subject"], "step": "verified", "by_role": "x"}
    cell.house.try_tell(CELL, body).refused("step-of", 404)


def test_an_agency_shows_a_submission_on_to_nobody_and_neither_does_the_cell(cell):
    import base64

    from keepclear.model.statements import encode

    made = cell.tell(AGENCY, submission(), CELL)
    entry = cell.house.node.picture(CELL).entry(made["statement"])
    original = base64.b64encode(encode(entry.statement)).decode()
    shown_on = {"kind": "forwarded", "original": original}
    cell.house.try_tell(CELL, shown_on, FORCE).refused("LIM-06", 403)
    assert cell.house.items(OTHER, "submissions") == []
