"""What stands beside the log: given to those who were told, to nobody else; erasable, the tree whole."""

from __future__ import annotations

import pytest
from tests.building_node import House, house

from keepclear.service.auth import Role

BODY = b"Duty officer Ivanov, telephone 000"


@pytest.fixture
def node():
    with house() as built:
        yield built


def attach(node: House, party: str, body: bytes = BODY) -> str:
    answer = node.post(party, "attachments", body)
    assert answer.status == 201, answer.body
    return answer.json["salted_hash"]


def told_with(node: House, party: str, salted_hash: str, *readers: str) -> dict:
    body = {"kind": "remark", "text": "Call this person."}
    attached = [{"salted_hash": salted_hash, "what": "name and telephone", "size_bytes": len(BODY)}]
    return node.tell(party, body, *readers, attachments=attached)


def test_a_reader_that_was_told_gets_the_body_and_others_learn_nothing(node: House) -> None:
    named = attach(node, "COA")
    told_with(node, "COA", named, "RUS")
    assert node.get("COA", f"attachments/{named}").ok().body == BODY
    assert node.get("RUS", f"attachments/{named}").ok().body == BODY
    refused = node.get("SDF", f"attachments/{named}").refused("held", 404)
    unknown = node.get("SDF", f"attachments/{'0' * 64}").refused("held", 404)
    assert refused.body.replace(named.encode(), b"0" * 64) == unknown.body


def test_the_body_stands_in_no_statement(node: House) -> None:
    named = attach(node, "COA")
    made = told_with(node, "COA", named, "RUS")
    assert b"Ivanov" not in node.get("RUS", f"statements/{made['statement']}").ok().body


def test_a_body_that_nobody_named_is_given_to_nobody(node: House) -> None:
    named = attach(node, "COA")
    node.get("COA", f"attachments/{named}").refused("held", 404)


def test_nobody_names_anothers_attachment(node: House) -> None:
    named = attach(node, "COA")
    told_with(node, "COA", named, "RUS")
    attached = [{"salted_hash": named, "what": "name and telephone"}]
    body = {"kind": "remark", "text": "Look."}
    node.try_tell("RUS", body, "SDF", attachments=attached).refused("attachment-kept")
    node.get("SDF", f"attachments/{named}").refused("held", 404)


def test_a_statement_cannot_name_a_body_that_is_not_kept(node: House) -> None:
    attached = [{"salted_hash": "ab" * 32, "what": "nothing"}]
    node.try_tell("COA", {"kind": "remark", "text": "x"}, attachments=attached).refused("attachment-kept")


def test_erasing_takes_the_body_and_leaves_the_record_verifying(node: House) -> None:
    named = attach(node, "COA")
    told_with(node, "COA", named, "RUS")
    before = node.get("COA", "proof").ok().json
    erased = node.call("DELETE", f"/api/v1/desks/COA/attachments/{named}", token=node.token("COA")).ok().json
    assert erased == {"salted_hash": named, "erased": True}
    node.get("RUS", f"attachments/{named}").refused("erased", 404)
    after = node.get("COA", "proof").ok().json
    assert before["verified"]
    assert after["verified"]
    assert after["entries"] == before["entries"]


def test_only_the_author_erases_and_only_a_chief_or_steward(node: House) -> None:
    named = attach(node, "COA")
    told_with(node, "COA", named, "RUS")
    path = "/api/v1/desks/{}/attachments/" + named
    node.call("DELETE", path.format("RUS"), token=node.token("RUS")).refused("held", 404)
    duty = node.token("COA", Role.DUTY_OFFICER)
    node.call("DELETE", path.format("COA"), token=duty).refused("role", 403)
    assert node.get("RUS", f"attachments/{named}").ok().body == BODY


@pytest.mark.parametrize("body", [b"", b"x" * (8 * 2**20 + 1)])
def test_an_empty_or_huge_body_is_refused(node: House, body: bytes) -> None:
    assert node.post("COA", "attachments", body).status in (400, 413)
