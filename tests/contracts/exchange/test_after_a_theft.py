"""A node whose signing keys were taken is revoked, and its side goes on at a new node with a new party id."""

from __future__ import annotations

import pytest
from tests.contracts.exchange.test_backup_of_a_peer import asked_of, heard, say
from tests.two_processes import End, Pair, _pin, free_port, waited

from keepclear.model.words import CapStatus, PartyId
from keepclear.service.exchange.identity import PEERS
from keepclear.service.exchange.pairing import Peers
from keepclear.service.listening import Listening
from keepclear.service.settings import Settings, create


@pytest.fixture
def pair(tmp_path):
    made = Pair.made(tmp_path)
    try:
        made.start()
        say(made.alpha, "one", "RUS")
        say(made.bravo, "eins", "COA")
        waited(lambda: heard(made.alpha) == ["eins"] and heard(made.bravo) == ["one"])
        made.bravo.stop()
        said = asked_of("peer", "revoke", "bravo", "--reason", "disk stolen", "--dir", made.alpha.folder)
        assert "a new party id" in " ".join(said.stderr.split()), said.stderr
        yield made
    finally:
        made.close()


def goes_on_as(pair: Pair, folder, party: str) -> End:
    """Begin a new node of the other side, pair it with alpha and let it tell alpha something."""
    new = End(folder, PartyId(party), free_port(), free_port())
    listen = Listening(exchange_host="127.0.0.1", exchange_port=new.door)
    create(new.folder, Settings(folder.name, CapStatus.EXERCISE, (new.party,), listen))
    _pin(pair.alpha, new, f"https://127.0.0.1:{new.door}")
    _pin(new, pair.alpha, f"https://127.0.0.1:{pair.to_alpha.port}")
    new.start()
    for end, other in ((pair.alpha, party), (new, "COA")):
        body = {"kind": "party", "party": other, "name": f"New {other}", "party_kind": "state force"}
        end.ask("POST", "statements", json={"body": body, "readers": []})
    say(new, "zwei", "COA")
    say(pair.alpha, "two", party)
    return new


def why(end: End, node: str) -> str:
    return next(each["why"] for each in end.ask("GET", "peers")["items"] if each["node"] == node)


def test_a_new_node_with_a_new_party_id_goes_on_and_the_old_log_stays(pair, tmp_path):
    new = goes_on_as(pair, tmp_path / "bravo2", "RUS2")
    try:
        waited(lambda: sorted(heard(pair.alpha)) == ["eins", "zwei"] and heard(new) == ["two"])
        assert why(pair.alpha, "bravo2") == ""
    finally:
        new.stop()


def test_twin_under_the_old_party_id_nothing_is_taken_and_it_is_said_why(pair, tmp_path):
    new = goes_on_as(pair, tmp_path / "bravo2", "RUS")
    try:
        waited(lambda: "two" in heard(new))
        waited(lambda: "its words as RUS to COA are not taken" in why(pair.alpha, "bravo2"))
        assert heard(pair.alpha) == ["eins"]
        held = [each.revoked for each in Peers.open(pair.alpha.folder / PEERS).all()]
        assert held == ["disk stolen", ""]
    finally:
        new.stop()
