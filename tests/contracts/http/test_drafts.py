"""Personal drafts: beside the record, one person's own, gone with the person; and two named people."""

from __future__ import annotations

from tests.building_node import message, party_body

from keepclear.model.words import PartyId
from keepclear.service.auth import Role

CHIEF, OFFICER = Role.WATCH_CHIEF, Role.DUTY_OFFICER
DRAFT = {"act": {"body": {"kind": "message", "texts": []}}, "title": "half written"}


def test_a_draft_is_its_writers_own_and_in_no_log(house):
    anna, _ = house.person("Anna Berg")
    bo, _ = house.person("Bo Lind")
    before = house.size()
    kept = anna.call("POST", "/api/v1/drafts", DRAFT).ok(201).json["items"]
    assert [(one["title"], one["act"]) for one in kept] == [("half written", DRAFT["act"])]
    again = DRAFT | {"id": kept[0]["id"], "title": "better"}
    assert [one["title"] for one in anna.call("POST", "/api/v1/drafts", again).ok(201).json["items"]] == [
        "better"
    ]
    assert bo.get("/api/v1/drafts").ok().json["items"] == []
    bo.call("POST", "/api/v1/drafts", again).refused("own-draft", 404)
    bo.call("POST", "/api/v1/drafts/dropped", {"id": kept[0]["id"]}).refused("own-draft", 404)
    assert house.size() == before, "nothing of a draft stands in the record"
    assert anna.call("POST", "/api/v1/drafts/dropped", {"id": kept[0]["id"]}).ok().json["items"] == []


def test_a_draft_goes_with_its_writer_and_there_are_not_too_many(house):
    anna, _ = house.person("Anna Berg")
    for _ in range(100):
        anna.call("POST", "/api/v1/drafts", DRAFT).ok(201)
    anna.call("POST", "/api/v1/drafts", DRAFT).refused("drafts-many", 422)
    (person,) = house.people.store.persons(PartyId("COA"))
    assert len(house.people.store.drafts(person.id)) == 100
    house.people.store.erase(person.id)
    assert house.people.store.drafts(person.id) == []


def test_a_token_has_no_drafts_and_a_stranger_neither(house):
    house.browser().get("/api/v1/drafts").refused("token", 401)


def test_two_people_of_one_role_are_two_people(house):
    """Who signed in counts, not the role: two watch chiefs may approve for each other."""
    anna, _ = house.person("Anna Berg")
    bo, _ = house.person("Bo Lind")
    key = {"Idempotency-Key": "parties"}
    base = "/api/v1/desks/COA"
    anna.call("POST", f"{base}/statements", {"body": party_body("RUS"), "readers": ["public"]}, headers=key)
    act = {"body": message("RUS", purpose="query", precedence="routine"), "readers": ["RUS"]}
    sent = anna.call("POST", f"{base}/approvals", {"act": act}, headers={"Idempotency-Key": "d"}).ok(201).json
    path = f"{base}/approvals/{sent['statement']}/approve"
    anna.call("POST", path, {}, headers={"Idempotency-Key": "a"}).refused("second-person", 403)
    told = bo.call("POST", path, {}, headers={"Idempotency-Key": "b"}).ok(201).json
    assert [place["reader"] for place in told["told"]] == ["COA", "RUS"]
