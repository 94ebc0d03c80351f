"""Message templates over HTTP: filled from parts; in earnest only words that somebody let into use."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.building_node import House, house, spot

from keepclear.model.words import CapStatus
from keepclear.service.auth import Role
from keepclear.service.templates import templates

PARTS = [
    {"part": "place", "name": "place", "place": spot(40.18, 35.28, 10.0), "of_party": "COA"},
    {"part": "time", "name": "time", "at": {"at": "2018-02-01T08:00:00Z"}},
]
STOP = "templates/stop over our people"


@pytest.fixture(params=[CapStatus.ACTUAL, CapStatus.EXERCISE])
def desk(request) -> Iterator[House]:
    with house(cap=request.param) as made:
        yield made


def fill(desk: House, **more) -> dict:
    return (
        desk.post("COA", f"{STOP}/fill", {"to": ["RUS"], "parts": PARTS, "langs": ["ru"], **more})
        .ok(200)
        .json
    )


def wording(desk: House, lang: str = "ru") -> dict:
    rows = desk.get("COA", "templates").ok().json["templates"]
    [found] = [row for row in rows if row["name"] == "stop over our people"]
    return next(word for word in found["wordings"] if word["lang"] == lang)


def approve(desk: House, lang: str, **more):
    body = {"lang": lang, "text_hash": wording(desk, lang)["text_hash"], "name": "Captain N", **more}
    return desk.post("COA", f"{STOP}/approve", body)


def test_filled_from_parts_with_the_original_in_front(desk: House) -> None:
    body = fill(desk)["body"]
    english, russian = body["texts"]
    assert (english.get("lang", "en"), russian["lang"], russian["translation"]) == ("en", "ru", True)
    assert "35.28000N 40.18000E" in english["words"]
    assert "35.28000N 40.18000E" in russian["words"]
    assert (body["precedence"], body["purpose"], len(body["parts"])) == ("flash", "safety", 2)
    assert english["template_hash"] == wording(desk, "en")["text_hash"]


def test_in_earnest_words_need_a_named_persons_approval_and_in_exercise_none(desk: House) -> None:
    asked = {"body": fill(desk)["body"], "readers": ["RUS"]}
    if desk.node.cap != CapStatus.ACTUAL:
        desk.post("COA", "statements", asked).ok(201)
        return
    assert (wording(desk)["usable"], wording(desk)["reviewed"]) == (False, "not reviewed by a native speaker")
    desk.post("COA", "statements", asked).refused("template-approved", 403)
    approve(desk, "en").ok(201)
    desk.post("COA", "statements", asked).refused("template-approved", 403)
    made = approve(desk, "ru").ok(201).json
    desk.post("COA", "statements", asked).ok(201)
    whole = desk.get("COA", f"statements/{made['statement']}").json["statement"]
    name = whole["attachments"][0]["salted_hash"]
    assert desk.get("COA", f"attachments/{name}").body == b"Captain N"


def test_changed_words_need_a_new_approval(desk: House) -> None:
    if desk.node.cap != CapStatus.ACTUAL:
        return
    approve(desk, "en").ok(201)
    approve(desk, "ru").ok(201)
    body = fill(desk)["body"]
    changed = {**body["texts"][1], "template_hash": "0" * 64}
    asked = {"body": {**body, "texts": [body["texts"][0], changed]}, "readers": ["RUS"]}
    desk.post("COA", "statements", asked).refused("template-approved", 403)
    approve(desk, "ru", text_hash="0" * 64).refused("text-hash", 422)


def test_an_approval_taken_back_holds_no_more(desk: House) -> None:
    if desk.node.cap != CapStatus.ACTUAL:
        return
    made = approve(desk, "en").ok(201).json
    assert wording(desk, "en")["let_in"] is True
    desk.tell("COA", {"kind": "revoked", "of": made["subject"], "reason": "a word is wrong"})
    assert wording(desk, "en")["let_in"] is False


def test_who_may_approve_and_what_it_must_name(desk: House) -> None:
    body = {"lang": "en", "text_hash": wording(desk, "en")["text_hash"], "name": "Captain N"}
    desk.post("COA", f"{STOP}/approve", body, role=Role.DUTY_OFFICER).refused("role", 403)
    bare = {
        "kind": "template-approved",
        "template": "x",
        "lang": "en",
        "text_hash": "0" * 64,
        "role": "chief",
    }
    desk.try_tell("COA", bare).refused("template-person", 422)
    desk.try_tell("COA", bare, "RUS").refused("kept-in-own-log", 422)


def test_the_same_approval_under_the_same_key_is_made_once(desk: House) -> None:
    body = {"lang": "en", "text_hash": wording(desk, "en")["text_hash"], "name": "Captain N"}
    desk.post("COA", f"{STOP}/approve", body, key="once").ok(201)
    assert desk.post("COA", f"{STOP}/approve", body, key="once").ok(200).json["repeated"] is True


def test_what_is_missing_or_unknown_is_named(desk: House) -> None:
    desk.post("COA", f"{STOP}/fill", {"to": ["RUS"], "parts": PARTS[:1]}).refused("template-parts", 422)
    desk.post("COA", f"{STOP}/fill", {"to": ["RUS"], "parts": PARTS, "langs": ["fr"]}).refused(
        "template-language", 404
    )
    desk.post("COA", "templates/none/fill", {"to": ["RUS"]}).refused("template", 404)


def test_every_template_speaks_three_languages_with_the_same_places_for_values() -> None:
    from keepclear.model.templates import placeholders

    assert len(templates()) >= 7
    for each in templates():
        assert list(each.texts) == ["en", "ru", "ar"]
        assert len({frozenset(placeholders(text)) for text in each.texts.values()}) == 1, each.name
