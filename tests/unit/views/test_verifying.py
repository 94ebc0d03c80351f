"""What stands, and how old the last word is of a person who verified it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.building_node import house

from keepclear.rules.watch import agenda
from keepclear.views.verifying import VERIFIED_AGAIN, WEEK, standing, verification_words

MEASURE = {
    "kind": "measure", "name": "Bridge zone", "measure": "zone", "effect": "call", "basis": "declared",
    "shape": {"shape": "circle", "center": {"lon": 38.6, "lat": 33.5}, "radius_m": 10_000.0},
}  # fmt: skip


@pytest.fixture
def stood():
    """A node on which COA declared a zone and told RUS."""
    with house() as made:
        yield made, made.tell("COA", MEASURE, "RUS")["subject"]


def rows(made, party="COA"):
    return standing(made.node.picture(party), made.clock.now())


def verified(made, subject, words="by Captain Ray, by telephone", party="COA", start=VERIFIED_AGAIN):
    at = made.clock.now().isoformat().replace("+00:00", "Z")
    body = {"kind": "remark", "text": start + words, "about": [subject], "as_of": {"at": at}}
    return made.tell(party, body)


def test_a_text_falls_due_seven_days_after_it_came(stood):
    made, subject = stood
    [row] = rows(made)
    assert (row.subject, row.what, row.verified_at, row.due) == (subject, "zone", None, False)
    made.clock.move_to(row.due_at - timedelta(seconds=1))
    assert not rows(made)[0].due
    made.clock.move_to(row.due_at)
    assert rows(made)[0].due
    assert "not verified yet" in verification_words(rows(made)[0])


def test_a_persons_word_holds_it_for_a_week(stood):
    made, subject = stood
    made.later(8 * 24 * 60)
    assert rows(made)[0].due
    verified(made, subject)
    [row] = rows(made)
    assert not row.due
    assert row.verified == "by Captain Ray, by telephone"
    assert row.due_at == row.verified_at + WEEK


def test_the_twin_another_remark_verifies_nothing(stood):
    made, subject = stood
    made.later(8 * 24 * 60)
    verified(made, subject, start="Spoken of: ")
    assert rows(made)[0].due


def test_anothers_verification_is_not_ours(stood):
    made, subject = stood
    made.later(8 * 24 * 60)
    verified(made, subject, party="RUS")
    assert rows(made)[0].due
    assert not rows(made, "RUS")[0].due


def test_a_later_text_is_another_matter(stood):
    """What was verified were other words; the new text counts from when it came."""
    made, subject = stood
    made.later(60)
    verified(made, subject)
    made.later(60)
    made.tell("COA", MEASURE | {"effect": "contact-required"}, "RUS", subject=subject)
    [row] = rows(made)
    assert row.verified_at is None
    assert row.due_at == row.since + WEEK


def test_the_agenda_of_the_morning_lists_what_is_due(stood):
    made, subject = stood

    def listed():
        now = made.clock.now()
        picture, box = made.node.picture("COA"), made.node.outbox("COA")
        draft = agenda(picture, box, made.node.cap, now - timedelta(days=1), now)
        return next(one.rows for one in draft.sections if one.heading == "To verify again")

    assert listed() == ()
    made.later(8 * 24 * 60)
    [words] = listed()
    assert words.startswith("zone Bridge zone")
    verified(made, subject)
    assert listed() == ()


def test_a_hotline_is_verified_by_a_check_that_a_person_answered(stood):
    made, _ = stood
    ends = [{"party": "COA", "role": "desk"}, {"party": "RUS", "role": "desk"}]
    line = {"kind": "channel", "name": "Air hotline", "domain": "air", "level": "desk", "ends": ends}
    subject = made.tell("COA", line, "RUS")["subject"]
    made.later(8 * 24 * 60)

    def check(result, how="human answer"):
        at = made.clock.now().isoformat().replace("+00:00", "Z")
        body = {"kind": "check", "channel": subject, "result": result, "done": {"at": at}, "by_role": "desk"}
        made.tell("COA", body | {"how": how})
        return next(row for row in rows(made) if row.subject == subject)

    assert check("no answer").due
    made.later()
    row = check("ok")
    assert (row.what, row.due) == ("hotline", False)
