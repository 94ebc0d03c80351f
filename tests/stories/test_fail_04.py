"""One side says that it called before the aircraft was shot down; the other that it was not used (FAIL-04).

(c) stands with the hotlines. Each story has the twin for which it must fail.
"""

from __future__ import annotations

import pytest
from tests.stories.talking import house, noted, started, the_call, told_stop


def both_ends_hold_one_receipt(desk, hash_at_the_other_end):
    """FAIL-04(a): the caller's receipt is signed by the other end under the same hash, and both show it."""
    text = told_stop(desk)["statement"]
    call = started(desk)
    noted(desk, "COA", call, "answered", {"role": "duty officer"})
    noted(desk, "COA", call, "passed", {"message": text})
    receipt = noted(desk, "COA", call, "end", {"gist": "passed at 08:01Z"})
    assert the_call(desk)["countersigned"] == ""
    desk.post("COA", "tellings", {"statement": receipt["statement"], "readers": ["RUS"]}).ok(201)
    held = desk.get("RUS", f"statements/{receipt['statement']}").ok().json["digest"]
    assert held == receipt["digest"], "the same bytes at both ends"
    second = {"kind": "countersigned", "of": receipt["statement"], "role": "duty officer",
              "text_hash": hash_at_the_other_end(held)}  # fmt: skip
    desk.try_tell("RUS", second, "COA").ok(201)
    signed = "duty officer, Russian forces in Syria"
    assert {party: the_call(desk, party)["countersigned"] for party in ("COA", "RUS")} == {
        "COA": signed, "RUS": signed,
    }  # fmt: skip
    codes = {
        desk.get(party, f"messages/{receipt['statement']}/script").ok().json["code"]["spoken"]
        for party in ("COA", "RUS")
    }
    assert len(codes) == 1


def test_fail_04a_both_ends_hold_one_receipt():
    with house() as desk:
        both_ends_hold_one_receipt(desk, lambda held: held)


def test_fail_04a_twin_other_bytes_cannot_be_signed():
    with house() as desk, pytest.raises(AssertionError, match="text-hash"):
        both_ends_hold_one_receipt(desk, lambda held: "0" * 64)


def test_fail_04a_nobody_but_the_other_end_signs_a_call():
    with house() as desk:
        call = started(desk)
        receipt = noted(desk, "COA", call, "end", {"gist": "nobody spoke"})
        desk.post("COA", "tellings", {"statement": receipt["statement"], "readers": ["SDF"]}).ok(201)
        second = {
            "kind": "countersigned",
            "of": receipt["statement"],
            "text_hash": receipt["digest"],
            "role": "x",
        }
        desk.try_tell("SDF", second, "COA").refused("countersign", 403)


def purposes(desk):
    """What each call of the evening was for, oldest first, and what the hotline's list says of it."""
    return [call["purpose"] for call in reversed(desk.get("COA", "calls").ok().json["items"])]


def a_call_to_calm_the_ground_is_no_air_warning(desk, first):
    """FAIL-04(b): the two purposes are apart in every call, message and view, from a closed set."""
    for purpose in (first, "air warning"):
        noted(desk, "COA", started(desk, purpose=purpose), "end", {"gist": purpose})
        desk.later(1)
    assert purposes(desk) == ["de-escalation", "air warning"]
    told_stop(desk, purpose=first)
    told_stop(desk, purpose="air warning")
    assert [item["purpose"] for item in desk.items("RUS", "messages")] == ["de-escalation", "air warning"]
    desk.post("COA", "calls", {"with_party": "RUS", "purpose": "warning"}).refused("type", 400)


def test_fail_04b_a_call_to_calm_the_ground_is_no_air_warning():
    with house() as desk:
        a_call_to_calm_the_ground_is_no_air_warning(desk, "de-escalation")


def test_fail_04b_twin_logged_as_an_air_warning_nobody_can_tell():
    with house() as desk, pytest.raises(AssertionError):
        a_call_to_calm_the_ground_is_no_air_warning(desk, "air warning")
