"""Commands of pairing: cards that count only once their fingerprint was compared, peers that are followed."""

from __future__ import annotations

import json

import pytest

from keepclear.errors import KeepclearError
from keepclear.record import policy as policies
from keepclear.service.exchange.identity import EVIDENCE, PEERS
from keepclear.service.exchange.pairing import Peers, fingerprint, letters, read_card


@pytest.fixture
def two(cli, tmp_path):
    """Two folders with a node each, and the card of each for the other."""
    folders = {"alpha": tmp_path / "a", "bravo": tmp_path / "b"}
    for (name, folder), (own, other) in zip(folders.items(), (("COA", "RUS"), ("RUS", "COA")), strict=True):
        assert cli("init", folder, "--party", own, "--name", name).status == 0
        card = tmp_path / f"{name}.json"
        assert cli("peer", "card", "--for", other, "--out", card, "--dir", folder).status == 0
    return folders


def said(path) -> str:
    return fingerprint(read_card(path.read_bytes().strip()))


def added(cli, two, tmp_path):
    done = cli(
        "peer", "add", tmp_path / "bravo.json", "--fingerprint", said(tmp_path / "bravo.json"),
        "--dir", two["alpha"],
    )  # fmt: skip
    assert done.status == 0, done.err
    return done


def test_a_card_says_its_fingerprint_in_digits_and_letters_and_where_it_is_reached(cli, two, tmp_path):
    listening = cli("peer", "listen", "--port", 9_000, "--dir", two["alpha"])
    assert "port 9000" in listening.err
    out, code = tmp_path / "again.json", tmp_path / "code.svg"
    done = cli("peer", "card", "--for", "RUS", "--out", out, "--qr", code, "--dir", two["alpha"], "--json")
    answer = json.loads(done.out)
    card = read_card(out.read_bytes().strip())
    assert (answer["fingerprint"], answer["letters"]) == (fingerprint(card), letters(card))
    assert answer["url"] == card.url == "https://127.0.0.1:9000"
    assert code.read_text("utf-8").count("<path") >= 1
    # Where a node is reached may change without a new comparison; who it is may not.
    assert fingerprint(card) == said(tmp_path / "alpha.json")


def test_a_peer_is_pinned_by_digits_or_letters_however_they_are_grouped(cli, two, tmp_path):
    added(cli, two, tmp_path)
    card = read_card((tmp_path / "alpha.json").read_bytes().strip())
    spoken = " ".join(letters(card).lower())
    done = cli("peer", "add", tmp_path / "alpha.json", "--fingerprint", spoken, "--dir", two["bravo"])
    assert (done.status, "pinned" in done.err) == (0, True)
    assert [peer.node for peer in Peers.open(two["bravo"] / PEERS).all()] == ["alpha"]


def test_a_card_with_another_fingerprint_is_not_pinned(cli, two, tmp_path):
    wrong = said(tmp_path / "alpha.json")
    done = cli("peer", "add", tmp_path / "bravo.json", "--fingerprint", wrong, "--dir", two["alpha"])
    assert (done.status, "fingerprint" in done.err) == (1, True)
    assert "changed on its way" in done.err
    assert Peers.open(two["alpha"] / PEERS).all() == []


def test_a_card_changed_on_its_way_has_another_fingerprint(cli, two, tmp_path):
    path = tmp_path / "bravo.json"
    spoken = said(path)
    card = json.loads(path.read_bytes())
    card["cap"] = "Actual"
    path.write_bytes(json.dumps(card).encode())
    done = cli("peer", "add", path, "--fingerprint", spoken, "--dir", two["alpha"])
    assert (done.status, "fingerprint" in done.err) == (1, True)


@pytest.mark.parametrize(
    ("change", "rule"),
    [({"cap": "Actual"}, "cap-status"), ({"parties": []}, "card"), ({"extra": 1}, "card")],
)
def test_cards_that_fit_no_peer_are_refused(cli, two, tmp_path, change, rule):
    path = tmp_path / "bravo.json"
    card = json.loads(path.read_bytes()) | change
    path.write_bytes(json.dumps(card).encode())
    try:
        spoken = said(path)
    except KeepclearError:
        spoken = "0"
    done = cli("peer", "add", path, "--fingerprint", spoken, "--dir", two["alpha"])
    assert (done.status, f"rule {rule}" in done.err) == (1, True), done.err


def test_a_card_of_this_node_itself_is_refused(cli, two, tmp_path):
    path = tmp_path / "alpha.json"
    done = cli("peer", "add", path, "--fingerprint", said(path), "--dir", two["alpha"])
    assert (done.status, "peer-name" in done.err) == (1, True)


def test_a_card_for_a_party_of_the_own_node_is_refused(cli, two, tmp_path):
    done = cli("peer", "card", "--for", "COA", "--out", tmp_path / "x.json", "--dir", two["alpha"])
    assert (done.status, "card-readers" in done.err) == (1, True)


def test_a_link_is_cut_healed_moved_and_ended(cli, two, tmp_path):
    added(cli, two, tmp_path)
    at = ["--dir", two["alpha"]]

    def peer():
        return Peers.open(two["alpha"] / PEERS).of("bravo")

    assert cli("peer", "cut", "bravo", *at).status == 0
    assert peer().cut
    assert cli("peer", "heal", "bravo", *at).status == 0
    assert not peer().cut
    before = peer().fingerprint
    assert cli("peer", "move", "bravo", "https://10.0.0.7:8643", *at).status == 0
    assert (peer().card.url, fingerprint(peer().card)) == ("https://10.0.0.7:8643", before)
    assert "peer-url" in cli("peer", "move", "bravo", "ftp://x", *at).err
    assert cli("peer", "revoke", "bravo", "--reason", "key lost", *at).status == 0
    assert (peer().revoked, peer().cut) == ("key lost", True)
    listed = json.loads(cli("peer", "list", "--json", *at).out)
    assert [each["state"] for each in listed["items"]] == ["revoked"]


def test_a_card_that_was_revoked_is_not_pinned_again_and_a_new_one_is(cli, two, tmp_path):
    added(cli, two, tmp_path)
    card, renewed, at = tmp_path / "bravo.json", tmp_path / "renewed.json", ["--dir", two["alpha"]]
    assert cli("peer", "revoke", "bravo", "--reason", "laptop lost", *at).status == 0

    def refused():
        done = cli("peer", "add", card, "--fingerprint", said(card), *at)
        assert (done.status, "rule card-revoked" in done.err) == (1, True), done.err
        words = " ".join(done.err.split())
        assert "the card of bravo, which was revoked here at 20" in words
        assert "laptop lost" in words
        assert "--new-key" in words

    refused()
    assert Peers.open(two["alpha"] / PEERS).of("bravo").revoked == "laptop lost"
    # The same keys under another address or for another reader are no new keys.
    kept = card.read_bytes()
    card.write_bytes(json.dumps(json.loads(kept) | {"url": "https://10.0.0.7:8643"}).encode())
    refused()
    card.write_bytes(kept)
    cli("peer", "card", "--for", "COA", "--for", "TUR", "--out", card, "--dir", two["bravo"])
    refused()
    card.write_bytes(kept)

    cli("peer", "card", "--for", "COA", "--out", renewed, "--new-key", "--dir", two["bravo"])
    done = cli("peer", "add", renewed, "--fingerprint", said(renewed), *at)
    assert (done.status, "rule card-keys-revoked" in done.err) == (1, True), done.err
    assert "--keys-kept" in done.err
    done = cli("peer", "add", renewed, "--fingerprint", said(renewed), "--keys-kept", *at)
    assert (done.status, "is pinned" in done.err) == (0, True), done.err
    assert "signed by keys that were revoked here for: laptop lost" in " ".join(done.err.split())
    assert Peers.open(two["alpha"] / PEERS).of("bravo").revoked == ""
    refused()  # the old one stays out after the new one is in


def renewed(cli, two, tmp_path, name):
    path = tmp_path / name
    done = cli("peer", "card", "--for", "COA", "--out", path, "--new-key", "--dir", two["bravo"])
    words = " ".join(done.err.split())
    assert "The keys of statements, logs and cosignatures are the ones before" in words
    assert "a new node under a new name" in words
    return path


def test_a_card_from_before_the_revoked_one_stays_out_too(cli, two, tmp_path):
    added(cli, two, tmp_path)
    at, first = ["--dir", two["alpha"]], tmp_path / "bravo.json"
    second = renewed(cli, two, tmp_path, "second.json")
    assert cli("peer", "add", second, "--fingerprint", said(second), *at).status == 0
    # Twin: while nothing is revoked, the first card may take its place again.
    for card in (first, second):
        assert cli("peer", "add", card, "--fingerprint", said(card), *at).status == 0
    cli("peer", "revoke", "bravo", "--reason", "laptop lost", *at)
    for card in (first, second):
        done = cli("peer", "add", card, "--fingerprint", said(card), "--keys-kept", *at)
        assert (done.status, "rule card-revoked" in done.err) == (1, True), done.err
    assert Peers.open(two["alpha"] / PEERS).of("bravo").revoked == "laptop lost"


def test_every_card_with_revoked_signing_keys_is_warned_of(cli, two, tmp_path):
    added(cli, two, tmp_path)
    at = ["--dir", two["alpha"]]
    cli("peer", "revoke", "bravo", "--reason", "laptop lost", *at)
    for name in ("second.json", "third.json"):
        card = renewed(cli, two, tmp_path, name)
        add = ["peer", "add", card, "--fingerprint", said(card), *at]
        assert "rule card-keys-revoked" in cli(*add).err
        done = cli(*add, "--keys-kept")
        assert (done.status, "keys that were revoked here" in " ".join(done.err.split())) == (0, True)
    cli("peer", "cut", "bravo", *at)
    assert cli("peer", "heal", "bravo", *at).status == 0  # what was let in stays in


def test_twin_a_new_node_with_keys_of_its_own_is_let_in_after_a_revocation(cli, two, tmp_path):
    added(cli, two, tmp_path)
    at, card = ["--dir", two["alpha"]], tmp_path / "bravo2.json"
    cli("peer", "revoke", "bravo", "--reason", "laptop lost", *at)
    cli("init", tmp_path / "b2", "--party", "RUS", "--name", "bravo2")
    cli("peer", "card", "--for", "COA", "--out", card, "--dir", tmp_path / "b2")
    done = cli("peer", "add", card, "--fingerprint", said(card), *at)
    assert (done.status, "revoked" in done.err) == (0, False), done.err


def test_the_address_of_a_card_is_said_since_its_fingerprint_does_not_cover_it(cli, two, tmp_path):
    card = tmp_path / "bravo.json"
    spoken = said(card)
    card.write_bytes(json.dumps(json.loads(card.read_bytes()) | {"url": "https://evil.example:1"}).encode())
    done = cli("peer", "add", card, "--fingerprint", spoken, "--dir", two["alpha"])
    words = " ".join(done.err.split())
    assert "looked for at https://evil.example:1. The fingerprint does not cover this address" in words
    assert f"keepclear peer move bravo https://HOST:PORT --dir {two['alpha']}" in words


def test_who_tells_a_party_whose_link_is_cut_or_revoked_is_told_that_it_waits_or_will_not_arrive(
    cli, two, tmp_path
):
    added(cli, two, tmp_path)
    at = ["--dir", two["alpha"]]
    assert cli("party", "RUS", "Russian forces", *at).status == 0

    def told():
        done = cli("message", "RUS", "Four boats go downstream", *at)
        assert (done.status, "told to RUS" in done.out) == (0, True), done.err
        return " ".join(done.err.split())

    assert "waits" not in told()
    cli("peer", "cut", "bravo", *at)
    assert "  waits: " in cli("peer", "list", *at).out
    assert "on its way" not in cli("peer", "list", *at).out
    assert "This waits: the link to bravo (RUS) is cut here" in told()
    cli("peer", "heal", "bravo", *at)
    assert "waits" not in told()
    cli("peer", "revoke", "bravo", "--reason", "laptop lost", *at)
    assert "This will not reach RUS: the keys of bravo were revoked here for: laptop lost." in told()
    own = cli("party", "TUR", "Turkey", *at)
    assert (own.status, "waits" in own.err, "not arrive" in own.err) == (0, False, False)


def test_twin_a_card_that_was_not_revoked_is_pinned_again(cli, two, tmp_path):
    added(cli, two, tmp_path)
    assert cli("peer", "cut", "bravo", "--dir", two["alpha"]).status == 0
    added(cli, two, tmp_path)


def test_an_unknown_peer_is_named_with_those_that_there_are(cli, two, tmp_path):
    added(cli, two, tmp_path)
    done = cli("peer", "cut", "charlie", "--dir", two["alpha"])
    assert (done.status, "rule peer" in done.err, "bravo" in done.err) == (1, True, True)


def test_without_a_peer_the_list_says_how_to_begin(cli, two):
    assert "keepclear peer card" in cli("peer", "list", "--dir", two["alpha"]).out


def test_a_peer_that_does_not_answer_is_said_so(cli, two, tmp_path):
    added(cli, two, tmp_path)
    at = ["--dir", two["alpha"]]
    assert "peer-url" in cli("peer", "check", "bravo", *at).err  # it has no address yet
    cli("peer", "move", "bravo", "https://127.0.0.1:9", *at)
    done = cli("peer", "check", "bravo", *at)
    assert (done.status, "peer-reached" in done.err) == (1, True)


def test_a_new_key_makes_a_new_card_that_must_be_compared_again(cli, two, tmp_path):
    first = said(tmp_path / "alpha.json")
    again = tmp_path / "again.json"
    cli("peer", "card", "--for", "RUS", "--out", again, "--new-key", "--dir", two["alpha"])
    assert said(again) != first


def test_the_policy_names_the_keys_that_were_confirmed(cli, two, tmp_path):
    added(cli, two, tmp_path)
    out = tmp_path / "policy"
    assert cli("peer", "policy", "--out", out, "--for", "RUS", "--dir", two["alpha"]).status == 0
    found = policies.parse(out.read_text("utf-8"))
    assert {witness.name for witness in found.witnesses} == {"reader/COA", "reader/RUS"}
    assert {log.key.name.split("/")[0] for log in found.logs} == {"alpha", "bravo"}


def test_without_a_second_history_there_is_no_evidence(cli, two):
    done = cli("peer", "evidence", "--dir", two["alpha"])
    assert (done.status, "two histories" in done.out) == (0, True)
    assert not (two["alpha"] / EVIDENCE).exists()
