"""A party at another's node signs what it says with a key that the node does not hold."""

from __future__ import annotations

from base64 import b64decode, b64encode

import msgspec
import pytest
from tests.building_node import house, message, remark

import keepclear.service.node as node_module
from keepclear.commands.client import Enrolment, differs
from keepclear.commands.telling import Tell
from keepclear.links.tlog import codec
from keepclear.links.tlog.verify import verify_files
from keepclear.model.statements import decode, encode, signed_part
from keepclear.record.signing import SigningKey
from keepclear.service.auth import Role
from keepclear.service.exporting import export

OWN = SigningKey.from_seed("RUS/client", b"held by the party alone" + b"." * 9)
STRANGE = SigningKey.from_seed("RUS/client", b"held by the host, of course" + b"." * 5)


def signed(unsigned: str, key: SigningKey = OWN, **changed) -> str:
    statement = msgspec.structs.replace(decode(b64decode(unsigned)), **changed)
    sig = b64encode(key.sign(signed_part(statement))).decode()
    return b64encode(encode(msgspec.structs.replace(statement, sig=sig))).decode()


def by_client(node, wish, key, *, signer=OWN, role=Role.WATCH_CHIEF, **changed):
    """Prepare, sign here, hand in; gives the answer to the last."""
    prepared = node.post("RUS", "client/prepare", wish, key=key, role=role)
    if prepared.status != 200:
        return prepared
    bytes_ = [signed(row["unsigned"], signer, **changed) for row in prepared.json["statements"]]
    return node.post("RUS", "client/statements", {**wish, "signed": bytes_}, key=key, role=role)


def enrol(node, key=OWN, **more):
    return by_client(node, {"enrol": {"vkey": key.vkey}}, f"enrol-{key.key_id}", **more)


def act(*readers, words="Nobody of ours", **more):
    return {"act": {"body": remark(words), "readers": list(readers), **more}}


def verified(node, party="RUS", pins=(), key=OWN):
    pins = pins or (f"client/RUS={key.vkey}",)
    return verify_files(codec.build(export(node.node, party)), None, pins)


def only_the_client_speaks(node):
    node.tell("RUS", remark("said before"), "COA")
    enrol(node).ok(201)
    made = by_client(node, act("COA"), "k1").ok(201).json
    node.try_tell("RUS", remark("the host's words"), "COA").refused("client-key", 403)
    held = node.node.picture("COA").entry(made["statement"]).statement
    assert held.author.key == OWN.key_id
    OWN.verifying.verify(b64decode(held.sig), signed_part(held))
    return made


def test_what_a_client_signed_reaches_its_reader_byte_for_byte():
    with house() as node:
        made = only_the_client_speaks(node)
        again = by_client(node, act("COA"), "k1")
        assert again.status in (200, 409), again.body
        assert node.get("COA", f"statements/{made['statement']}").ok().json["statement"]["body"]["text"]


def test_twin_a_node_that_asks_for_no_client_key_writes_in_its_name(monkeypatch):
    monkeypatch.setattr(node_module, "need_client_key", lambda *_: None)
    with house() as node, pytest.raises(AssertionError):
        only_the_client_speaks(node)


def test_every_way_of_acting_asks_for_the_client_key():
    with house() as node:
        asked = node.tell("COA", message("RUS"), "RUS")
        enrol(node).ok(201)
        before = node.size()
        node.try_tell(
            "RUS", {"kind": "answer", "answer": "ours"}, "COA", answers=[asked["statement"]]
        ).refused("client-key")
        node.post("RUS", "tellings", {"statement": asked["statement"], "readers": ["SDF"]}).refused(
            "own-statement"
        )
        draft = {"act": {"body": message("COA"), "readers": ["COA"]}}
        node.post("RUS", "approvals", draft).refused("client-key")
        assert node.size() == before


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"signer": STRANGE}, "client-key"),
        ({"remarks": "and more"}, "signed-bytes"),
        ({"onward": False}, "signed-bytes"),
    ],
)
def test_bytes_that_differ_from_the_act_or_another_signature_are_refused(change, rule):
    with house() as node:
        enrol(node).ok(201)
        before = node.size()
        by_client(node, act("COA"), "k1", **change).refused(rule)
        assert node.size() == before


def test_a_change_between_preparing_and_handing_in_is_refused():
    with house() as node:
        enrol(node).ok(201)
        first = by_client(node, act("COA"), "k1").ok(201).json
        wish = act("COA", words="second", subject=first["subject"])
        prepared = node.post("RUS", "client/prepare", wish, key="k2").ok().json["statements"]
        node.later()
        by_client(node, act("COA", words="in between", subject=first["subject"]), "k3").ok(201)
        late = {**wish, "signed": [signed(prepared[0]["unsigned"])]}
        node.post("RUS", "client/statements", late, key="k2").refused("stated-at-rises")


def test_a_key_is_replaced_by_the_one_before_it_alone():
    with house() as node:
        enrol(node).ok(201)
        node.later()
        enrol(node, STRANGE, signer=STRANGE).refused("client-key")
        enrol(node, STRANGE, signer=OWN).ok(201)
        by_client(node, act("COA"), "k1", signer=OWN).refused("client-key")
        by_client(node, act("COA"), "k2", signer=STRANGE).ok(201)
        assert verified(node, key=STRANGE).verified


def test_who_may_enrol_and_which_key():
    with house() as node:
        enrol(node, role=Role.DUTY_OFFICER).refused("role")
        by_client(node, act("COA"), "k1").refused("client-key")
        other = SigningKey.from_seed("COA/client", b"." * 32)
        by_client(node, {"enrol": {"vkey": other.vkey}}, "e", signer=other).refused("client-key-name")
        node.post("RUS", "client/prepare", {}, key="n").refused("client-act")
        enrol(node).ok(201)
        enrol(node).refused("client-key")


def test_a_log_that_is_opened_later_begins_with_the_client_key():
    with house() as node:
        enrol(node).ok(201)
        by_client(node, act("SDF"), "k1").ok(201)
        kinds = [entry.statement.kind for entry in node.node.outbox("RUS").told("SDF")]
        assert kinds == ["log-opened", "key", "key", "remark"]
        assert verified(node, "SDF").verified


# The verifier.


def the_export_shows_who_signed(node):
    made = only_the_client_speaks(node)
    found = verified(node, "COA")
    assert found.verified, found.refused
    notes = [note for log in found.logs if log.author == "RUS" and log.reader == "COA" for note in log.notes]
    assert notes == [
        f"1 statements are signed with RUS's own client key, fingerprint {OWN.fingerprint()} (confirmed from "
        "outside), and 1 before it with a key that its host holds"
    ]
    return made


def test_the_verifier_judges_by_the_client_key_that_was_confirmed():
    with house() as node:
        the_export_shows_who_signed(node)


def test_twin_what_a_host_wrote_after_the_client_key_is_refused_by_the_verifier(monkeypatch):
    monkeypatch.setattr(node_module, "need_client_key", lambda *_: None)
    with house() as node:
        enrol(node).ok(201)
        node.tell("RUS", remark("the host's words"), "COA")
        found = verified(node, "COA")
        assert not found.verified
        assert "whoever hosts it may have written this" in found.refused["why"]


def test_twin_a_log_without_the_confirmed_client_key_is_said_to_be_the_hosts_word():
    with house() as node:
        node.tell("RUS", remark("said"), "COA")
        notes = [note for log in verified(node, "COA").logs for note in log.notes]
        assert any("whoever hosts RUS may have written them" in note for note in notes)


def test_twin_another_client_key_than_the_confirmed_one_is_refused():
    with house() as node:
        enrol(node).ok(201)
        by_client(node, act("COA"), "k1").ok(201)
        found = verified(node, "COA", key=STRANGE)
        assert not found.verified
        assert "another client key of RUS than the one you confirmed" in found.refused["why"]


# The client, before it signs.


@pytest.mark.parametrize(
    "change", [{"remarks": "more"}, {"onward": False}, {"body": {"kind": "remark", "text": "other"}}]
)
def test_a_client_sees_what_was_not_asked_for(change):
    with house() as node:
        enrol(node).ok(201)
        wish = act("COA")
        row = node.post("RUS", "client/prepare", wish, key="k1").ok().json["statements"][0]
        prepared = decode(b64decode(row["unsigned"]))
        tell = msgspec.convert(wish["act"], Tell)
        assert differs(prepared, tell, OWN.key_id) == ""
        other = msgspec.convert({**wish["act"], **change}, Tell)
        assert differs(prepared, other, OWN.key_id) == next(iter(change))
        assert differs(prepared, tell, STRANGE.key_id) == "author"
        assert differs(prepared, Enrolment(OWN.vkey), OWN.key_id) == "body"
