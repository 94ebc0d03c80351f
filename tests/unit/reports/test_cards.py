"""What stands on the cards follows from the desk's views, and from nothing else."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from tests.building_node import circle, house, observation, release, spot

from keepclear.reports.card_words import BOXES, SCRIPT
from keepclear.reports.cards import card_set, record_digest

NOW = datetime(2018, 2, 7, 20, 0, tzinfo=UTC)
HOSPITAL = {
    "kind": "measure", "name": "Kunduz hospital", "measure": "protected site", "effect": "keep-out-requested",
    "basis": "declared", "shape": circle(68.8617, 36.7178, 150.0),
}  # fmt: skip
GRID = "42S VF 87649 63576"


def hotline(name, level="desk", **more):
    ends = [
        {"party": "COA", "role": "duty officer", "languages": ["English"]},
        {"party": "RUS", "role": "duty officer", "languages": ["Russian"], "place": {"words": "Khmeimim"}},
    ]
    return {"kind": "channel", "name": name, "domain": "air", "level": level, "ends": ends, **more}


def cards_of(made, party="COA"):
    picture = made.get(party, "picture").ok().json
    bodies = {
        item["statement"]: made.get(party, f"statements/{item['statement']}").json["statement"]["body"]
        for item in picture["measures"]
    }
    digest, logs = record_digest(made.get(party, "export").ok().body)
    return card_set(picture, bodies, digest, logs, NOW)


def words(cards, title=""):
    found = [card for card in cards.cards if card.title.startswith(title)]
    return repr(found)


@pytest.fixture
def made():
    with house() as built:
        yield built


def test_a_hotline_stands_with_roles_hours_state_and_the_next_way(made):
    made.tell("COA", hotline("Air hotline", hours="24 h", purpose_limit="safety"), "RUS")
    made.tell("COA", hotline("Commanders", "commander"), "RUS")
    said = words(cards_of(made), "Hotlines")
    parts = ("duty officer (Russian)", "Hours: 24 h", "not tried; no contact yet",
             "Only for: safety", "then Commanders", "Hours: not stated; try", "write='Number'")  # fmt: skip
    for part in parts:
        assert part in said
    assert "Khmeimim" in words(cards_of(made), "Who is where")


def test_many_hotlines_go_on_to_more_cards(made):
    for number in range(7):
        made.tell("COA", hotline(f"Hotline {number}"), "RUS")
    titles = [card.title for card in cards_of(made).cards]
    assert [title for title in titles if title.startswith("Hotlines")] == [
        f"Hotlines {n} of 3" for n in (1, 2, 3)
    ]


def test_a_party_without_hotlines_has_a_card_to_write_in(made):
    assert "Write in what you have." in words(cards_of(made), "Hotlines")


def test_a_site_held_exactly_stands_with_two_forms_of_its_place(made):
    made.tell("COA", HOSPITAL)
    said = words(cards_of(made), "Protected sites")
    assert "36.71780, 68.86170" in said
    assert GRID in said
    assert "within 150 m" in said
    assert "does not leave the post" in said


def test_a_site_told_in_a_coarser_form_stands_by_name_alone(made):
    own = made.tell("COA", HOSPITAL)
    made.tell("COA", release(own["subject"], "RUS", "covering"))
    coarse = {**HOSPITAL, "shape": circle(68.9, 36.75, 9_000.0)}
    made.tell("COA", coarse, "RUS", subject=own["subject"], form="covering")
    theirs = words(cards_of(made, "RUS"))
    assert "as an area only" in theirs
    assert "No site is held here in its exact form." in theirs
    for part in ("36.7", "68.8", "68.9", "42S"):
        assert part not in theirs


def test_what_a_desk_was_not_told_stands_on_none_of_its_cards(made):
    made.tell("COA", HOSPITAL)
    assert "Kunduz" not in words(cards_of(made, "RUS"))


def test_a_site_that_was_taken_back_is_left_out(made):
    own = made.tell("COA", HOSPITAL)
    made.later()
    made.tell("COA", {"kind": "revoked", "of": own["subject"]})
    assert "Kunduz" not in words(cards_of(made))


def test_positions_of_others_stand_on_no_card(made):
    seen = {"at": "2018-02-01T08:00:00Z"}
    made.tell("COA", observation(place={"area": spot(38.71, 33.45)}, at=seen))
    assert "38.71" not in words(cards_of(made))


def test_the_digest_is_the_records_and_moves_with_it_alone(made):
    before = cards_of(made).digest
    assert cards_of(made).digest == before
    made.tell("RUS", {"kind": "public", "topic": "posture", "gist": "kept"})
    assert cards_of(made).digest == before
    made.tell("COA", HOSPITAL)
    assert cards_of(made).digest != before


def test_every_word_of_the_script_stands_in_three_languages():
    for said in (*SCRIPT, *BOXES):
        assert set(said) == {"en", "ru", "ar"}
        assert any("\u0400" <= sign <= "\u04ff" for sign in said["ru"])
        assert any("\u0600" <= sign <= "\u06ff" for sign in said["ar"])
    assert all(
        ("{ours}" in said["en"]) == ("{ours}" in said[lang]) for said in SCRIPT for lang in ("ru", "ar")
    )
