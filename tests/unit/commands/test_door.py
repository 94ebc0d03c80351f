"""The door of the pictures: each log holds what its author made, and an id has one text."""

from __future__ import annotations

import msgspec
import pytest
from tests.building import World, zone
from tests.building_node import bare_house, house
from tests.building_node import zone as zone_body

from keepclear.commands.door import check_own, check_same
from keepclear.errors import StoreFault
from keepclear.model.statements import encode
from keepclear.record.canonical import sha256
from keepclear.service.keys import Keyring
from keepclear.stores.memory import MemoryStore


@pytest.fixture
def stated():
    return World().tell("COA", zone(), "RUS")


def rule(check, *given) -> str:
    with pytest.raises(StoreFault) as refused:
        check(*given)
    return refused.value.rule


def test_a_log_holds_its_authors_statements_only(stated):
    assert rule(check_own, stated, "PGF") == "author-of-log"
    check_own(stated, "COA")


@pytest.mark.parametrize("identity", ["PGF.0001", "COAX.0001", "0001"])
def test_nobody_states_under_anothers_id(stated, identity):
    assert rule(check_own, msgspec.structs.replace(stated, id=identity), "COA") == "owner-of-id"


def test_speaking_on_anothers_subject_is_no_forgery(stated):
    check_own(msgspec.structs.replace(stated, subject="RUS.s1"), "COA")


def test_an_id_has_one_text(stated):
    other = msgspec.structs.replace(stated, body=zone("another"))
    assert rule(check_same, other, stated) == "one-text-per-id"
    check_same(stated, msgspec.structs.replace(stated))
    check_same(stated, None)


def test_a_node_files_nothing_under_anothers_id(monkeypatch):
    real = Keyring.statement

    def forging(self, party, key, form):
        return real(self, "COA" if party == "PGF" and key == "forged" else party, key, form)

    monkeypatch.setattr(Keyring, "statement", forging)
    with house() as made:
        before = made.size()
        made.try_tell("PGF", zone_body("forged"), "RUS", key="forged").refused("owner-of-id")
        assert made.size() == before
        assert made.try_tell("PGF", zone_body("own"), "RUS", key="own").status == 201


def test_a_node_does_not_start_on_a_record_with_two_texts_under_one_id():
    store = MemoryStore()
    made = house(store)
    told = made.tell("COA", zone_body(), "RUS")
    forged = msgspec.structs.replace(
        made.node.picture("COA").entry(told["statement"]).statement, remarks="not what was told"
    )
    encoded = encode(forged)
    digest = bytes.fromhex(sha256(encoded))
    row = [row for row in store.entries() if row.log.reader == "RUS"][-1]
    reading = store.entries, store.statements
    store.entries = lambda *given: (
        msgspec.structs.replace(one, digest=digest) if one == row else one for one in reading[0](*given)
    )
    store.statements = lambda: iter((*reading[1](), (digest, encoded)))
    with pytest.raises(StoreFault, match="one-text-per-id"):
        bare_house(store)
    store.entries, store.statements = reading
    made.close()
