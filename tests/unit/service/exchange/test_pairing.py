"""Cards and peers: what a fingerprint covers, which cards hang together, what is kept and how."""

from __future__ import annotations

import re
from datetime import timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.building_node import START
from tests.simulated_nodes import PARTIES, card_for, keys_of

from keepclear.errors import KeepclearError, Malformed, NotKnown, Refused, StoreFault
from keepclear.model.words import PUBLIC, CapStatus, PartyId
from keepclear.record.signing import Role, SigningKey
from keepclear.service.exchange.identity import identity
from keepclear.service.exchange.pairing import (
    MAX_CARD_BYTES,
    Card,
    CardLog,
    CardParty,
    Peer,
    Peers,
    card_bytes,
    fingerprint,
    letters,
    own_card,
    policy_of,
    read_card,
)

OWN = (PARTIES["alpha"],)


@pytest.fixture
def card(tmp_path) -> Card:
    certificate = identity(tmp_path, "bravo", START).certificate.read_text()
    return msgspec.structs.replace(card_for("bravo", "alpha"), certificate=certificate)


def peer(card: Card) -> Peer:
    return Peer(card, fingerprint(card), START)


OTHER = {
    "node": "bravo2",
    "cap": CapStatus.ACTUAL,
    "parties": (CardParty("RUS", keys_of("carol").statement_key(PARTIES["carol"]).vkey),),
    "logs": (),
    "mirror": keys_of("carol").mirror_key().vkey,
    "certificate": "",
    "custody": "host",
    "v": 2,
}


def test_a_fingerprint_covers_every_field_but_the_address(card):
    assert {*OTHER, "url"} == set(Card.__struct_fields__)
    made = {fingerprint(card), letters(card)}
    for name, value in OTHER.items():
        changed = msgspec.structs.replace(card, **{name: value})
        made |= {fingerprint(changed), letters(changed)}
    assert len(made) == 2 * (len(OTHER) + 1)
    moved = msgspec.structs.replace(card, url="https://elsewhere.example")
    assert (fingerprint(moved), letters(moved)) == (fingerprint(card), letters(card))


def test_a_fingerprint_covers_every_key_and_log_by_itself(card):
    first = card.logs[0]
    for logs in (
        card.logs[1:],
        card.logs[::-1],
        (msgspec.structs.replace(first, reader="SDF"), *card.logs[1:]),
    ):
        assert fingerprint(msgspec.structs.replace(card, logs=logs)) != fingerprint(card)


def test_fingerprints_can_be_read_aloud(card):
    assert re.fullmatch(r"(\d{5} ){5}\d{5}", fingerprint(card))
    assert re.fullmatch(r"[A-Z2-7]{24}", letters(card))


def test_a_card_comes_back_as_it_was(card):
    assert read_card(card_bytes(card)) == card


def test_a_card_for_nobody_or_for_oneself_is_refused():
    for readers in ((), OWN):
        with pytest.raises(Refused) as refusal:
            own_card(keys_of("alpha"), CapStatus.EXERCISE, OWN, readers, "")
        assert refusal.value.rule == "card-readers"


def changed_key(name: str, role: Role) -> str:
    return SigningKey.derive(name, b"\1" * 32, role).vkey


@pytest.mark.parametrize(
    "changed",
    [
        {"mirror": changed_key("carol/mirror", Role.MIRROR)},
        {"mirror": changed_key("bravo/mirror", Role.LOG)},
        {"logs": (CardLog("RUS", "COA", changed_key("carol/x", Role.LOG)),)},
        {"logs": (CardLog("RUS", "COA", changed_key("bravo/x", Role.MIRROR)),)},
        {"logs": (CardLog("TUR", "COA", changed_key("bravo/x", Role.LOG)),)},
        {"logs": (CardLog("RUS", "RUS", changed_key("bravo/x", Role.LOG)),)},
        {"logs": tuple(CardLog("RUS", "COA", changed_key(f"bravo/{n}", Role.LOG)) for n in "xy")},
        {"logs": tuple(CardLog("RUS", to, changed_key("bravo/x", Role.LOG)) for to in ("COA", "SDF"))},
        {"parties": (CardParty("RUS", changed_key("COA", Role.STATEMENT)),)},
        {"parties": (CardParty("RUS", changed_key("RUS", Role.STATEMENT)),) * 2},
        {"parties": tuple(CardParty(p, changed_key(p, Role.STATEMENT)) for p in ("RUS", "PGF"))},
        {"parties": (CardParty(PUBLIC, changed_key(PUBLIC, Role.STATEMENT)),), "logs": ()},
        {"certificate": "no certificate"},
        {"certificate": "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"},
    ],
)  # fmt: skip
def test_a_card_whose_keys_do_not_hang_together_is_refused(card, changed):
    with pytest.raises(Malformed) as refusal:
        read_card(card_bytes(msgspec.structs.replace(card, **changed)))
    assert refusal.value.rule == "card-keys"


@pytest.mark.parametrize(
    "raw", [b"", b"{}", b"[]", b"\xff", b"[" * 100_000, b'{"node":"\\ud800"}', b'{"v":1e400}'], ids=repr
)
def test_what_is_no_card_is_refused(raw):
    with pytest.raises(Malformed) as refusal:
        read_card(raw)
    assert refusal.value.rule == "card"


def test_a_card_that_is_too_long_is_refused():
    with pytest.raises(Malformed) as refusal:
        read_card(b" " * (MAX_CARD_BYTES + 1))
    assert refusal.value.rule == "card-size"


@given(st.data())
def test_a_changed_sign_in_a_card_is_refused_or_another_card(data):
    raw = bytearray(card_bytes(card_for("bravo", "alpha")))
    place = data.draw(st.integers(0, len(raw) - 1))
    raw[place] = data.draw(st.integers(0, 255).filter(lambda value: value != raw[place]))
    try:
        found = read_card(bytes(raw))
    except KeepclearError:
        return
    assert fingerprint(found) != fingerprint(card_for("bravo", "alpha")) or found.url


# The peers of a node, in their file.


def test_peers_are_there_again_after_a_start(tmp_path, card):
    path = tmp_path / "peers.json"
    assert Peers.open(path).all() == []
    peers = Peers.open(path)
    peers.put(peer(card), OWN)
    assert Peers.open(path).of("bravo") == peer(card)
    assert path.stat().st_mode & 0o077 == 0
    peers.put(msgspec.structs.replace(peer(card), cut=True, revoked="key lost"), OWN)
    assert [each.revoked for each in Peers.open(path).all()] == ["key lost"]


def test_a_peer_whose_file_cannot_be_written_is_not_kept(tmp_path, card):
    peers = Peers.open(tmp_path / "gone" / "peers.json")
    with pytest.raises(StoreFault) as refusal:
        peers.put(peer(card), OWN)
    assert refusal.value.rule == "peers-file"
    assert peers.all() == []


@pytest.mark.parametrize("content", [b"", b"{}", b"[{}]", b"\xff", b"[1]", b'[{"fingerprint":"\xff"}]'])
def test_a_damaged_file_is_said(tmp_path, content):
    path = tmp_path / "peers.json"
    path.write_bytes(content)
    with pytest.raises(StoreFault) as refusal:
        Peers.open(path)
    assert refusal.value.rule == "peers-file"


def test_a_file_with_a_card_that_does_not_hang_together_is_said(tmp_path, card):
    path = tmp_path / "peers.json"
    other = msgspec.structs.replace(card, mirror=keys_of("carol").mirror_key().vkey)
    path.write_bytes(msgspec.json.encode([peer(other)]))
    with pytest.raises(StoreFault):
        Peers.open(path)


def test_what_another_process_wrote_is_read_again(tmp_path, card):
    path = tmp_path / "peers.json"
    here, there = Peers.open(path), Peers.open(path)
    there.put(peer(card), OWN)
    assert here.refresh()
    assert here.of("bravo") == peer(card)
    assert not here.refresh()


def test_one_party_writes_from_one_node(card):
    peers = Peers(None)
    with pytest.raises(Refused) as refusal:
        peers.put(peer(card), (PARTIES["bravo"],))
    assert refusal.value.rule == "peer-party"
    peers.put(peer(card), OWN)
    moved = own_card(
        keys_of("bravo").__class__.from_seed("newnode", b"5" * 32, (PARTIES["bravo"],)),
        CapStatus.EXERCISE, (PARTIES["bravo"],), OWN, "",
    )  # fmt: skip
    with pytest.raises(Refused, match="RUS"):
        peers.put(peer(moved), OWN)
    peers.put(msgspec.structs.replace(peer(card), revoked="moved"), OWN)
    peers.put(peer(moved), OWN)
    with pytest.raises(Refused):
        peers.put(peer(card), OWN)


def test_a_node_is_known_by_a_certificate_of_its_own(card):
    peers = Peers(None)
    peers.put(peer(card), OWN)
    other = msgspec.structs.replace(card_for("carol", "alpha"), certificate=card.certificate)
    with pytest.raises(Refused) as refusal:
        peers.put(peer(other), OWN)
    assert refusal.value.rule == "peer-certificate"
    der = peer(card).certificate
    assert peers.by_certificate(der) == peer(card)
    assert peers.by_certificate(der + b"\0") is None
    peers.put(msgspec.structs.replace(peer(card), revoked="key lost"), OWN)
    assert peers.by_certificate(der) is None


def rule_of(peers, card, **keywords) -> str:
    try:
        peers.put(peer(card), OWN, **keywords)
    except Refused as refusal:
        return refusal.rule
    return ""


def renewed(tmp_path, card, days):
    tmp_path.joinpath(str(days)).mkdir()
    tls = identity(tmp_path / str(days), "bravo", START + timedelta(days=days))
    return msgspec.structs.replace(card, certificate=tls.certificate.read_text())


def test_all_that_a_revoked_node_had_stays_out_and_its_signing_keys_unless_they_were_kept(tmp_path, card):
    peers = Peers.open(tmp_path / "peers.json")
    older, later = renewed(tmp_path, card, -9), renewed(tmp_path, card, 9)
    peers.put(peer(card), OWN)
    peers.put(msgspec.structs.replace(peers.of("bravo"), revoked="key lost"), OWN)
    peers = Peers.open(tmp_path / "peers.json")
    for keys_kept in (False, True):
        assert rule_of(peers, card, keys_kept=keys_kept) == "card-revoked"
        assert rule_of(peers, older, keys_kept=keys_kept) == "card-revoked"  # it was never pinned here
    assert rule_of(peers, later) == "card-keys-revoked"
    assert rule_of(peers, later, keys_kept=True) == ""
    assert rule_of(peers, later) == ""  # it is the one that stands
    assert rule_of(peers, card, keys_kept=True) == rule_of(peers, older, keys_kept=True) == "card-revoked"


def test_twin_without_a_revocation_older_cards_and_the_same_keys_come_in(tmp_path, card):
    peers = Peers(None)
    for each in (card, renewed(tmp_path, card, -9), renewed(tmp_path, card, 9), card):
        assert rule_of(peers, each) == ""


def test_an_unknown_peer_is_said_with_those_that_are_known(card):
    peers = Peers(None)
    with pytest.raises(NotKnown, match="none yet"):
        peers.of("bravo")
    peers.put(peer(card), OWN)
    with pytest.raises(NotKnown, match="one of: bravo"):
        peers.of("carol")


def test_a_policy_names_each_partys_own_key(card):
    policy = policy_of([peer(card)], card_for("alpha", "bravo"))
    assert {each.name for each in policy.witnesses} == {"reader/RUS", "reader/COA"}
    assert len(policy.logs) == len(card.logs) + 2


def test_a_peer_knows_its_parts(card):
    found = peer(card)
    assert found.parties == {PartyId("RUS")}
    assert set(found.statement_keys) == {PartyId("RUS")}
    assert {log.reader for log, _ in found.logs.values()} == {PARTIES["alpha"], PUBLIC}
    assert found.added_at + timedelta(0) == START
