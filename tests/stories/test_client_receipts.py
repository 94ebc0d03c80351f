"""A hosted reader's client says by its own key that it holds what it was told; its ladder then says so.

Until then a host holds it *for* the reader, and no signature of the host's ever stands for the reader's.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from contextlib import contextmanager
from datetime import timedelta

import msgspec
import pytest
from tests.building_node import HOSTED, House, house, message

from keepclear.model.statements import LogId, decode, encode, signed_part
from keepclear.record import note
from keepclear.record.cosign import cosign
from keepclear.record.signing import Role as KeyRole
from keepclear.record.signing import SigningKey
from keepclear.service.node import Node
from keepclear.service.stored import KeptReceipts
from keepclear.stores.sqlite import SqliteStore

TOLD = LogId("COA", "RUS")
SEED = b"held by the party alone" + b"." * 9
SIGNS = SigningKey.derive("RUS/client", SEED, KeyRole.STATEMENT)
MIRROR = SigningKey.derive("RUS/client-mirror", SEED, KeyRole.MIRROR)


def enrol(here: House, mirror: SigningKey = MIRROR) -> None:
    wish = {"enrol": {"vkey": SIGNS.vkey, "mirror": mirror.verifying.vkey}}
    prepared = here.post("RUS", "client/prepare", wish, key="enrol").ok()
    signed = []
    for row in prepared.json["statements"]:
        statement = decode(b64decode(row["unsigned"]))
        sig = b64encode(SIGNS.sign(signed_part(statement))).decode()
        signed.append(b64encode(encode(msgspec.structs.replace(statement, sig=sig))).decode())
    here.post("RUS", "client/statements", {**wish, "signed": signed}, key="enrol").ok(201)


def hand_in(here: House, signer: SigningKey = MIRROR, at: timedelta = timedelta(), **more: int):
    """Cosign the newest checkpoint of what COA told RUS, or that of a size, and hand it in over HTTP."""
    kept = here.node.store.checkpoints(TOLD)
    head = next(each for each in reversed(kept) if each.size == more.get("size", each.size))
    line = cosign(note.parse(head.note).text, signer, here.clock.now() + at).decode()
    row = next(row for row in here.node.store.logs() if row.log == TOLD)
    item = {"origin": row.origin, "size": head.size, "line": line}
    return here.post("RUS", "client/cosignatures", {"items": [item]})


def reached(here: House) -> list[str]:
    """Give the rung that each text of COA's to RUS has reached, at COA's desk, the oldest first."""
    items = here.get("COA", "told/RUS").ok().json["items"]
    return [item["ladder"]["reached"] for item in items if item["kind"] == "message"]


def rungs(here: House, party: str, statement: str) -> list[str]:
    """Give the rungs of a message as a desk's list of messages shows them."""
    item = next(each for each in here.items(party, "messages") if each["said"]["statement"] == statement)
    return [step["rung"] for steps in item["ladders"] for step in steps["steps"]]


@contextmanager
def told_twice(store=None, **more):
    with house(store, **more) as here:
        enrol(here)
        yield here, [here.tell("COA", message("RUS", words=words), "RUS") for words in ("first", "second")]


def the_client_holds_the_first(here: House, told) -> None:
    """It covers the first message and not the second."""
    first = next(place["index"] for place in told[0]["told"] if place["reader"] == "RUS")
    here.later(2)
    assert hand_in(here, size=first + 1).ok().json["cosigned"] == 1


def the_ladders_say_so(here: House, told) -> None:
    assert reached(here) == ["delivered", "sent"]
    one, other = (each["statement"] for each in told)
    for party in ("COA", "RUS"):
        assert rungs(here, party, one) == ["sent", "held by host", "delivered"]
        assert rungs(here, party, other) == ["sent", "held by host"]


def test_what_the_clients_cosignature_covers_is_delivered_at_both_desks_at_once_and_no_more():
    with told_twice() as (here, told):
        assert reached(here) == ["sent", "sent"]
        the_client_holds_the_first(here, told)
        the_ladders_say_so(here, told)
        here.later(3)
        hand_in(here).ok()
        assert reached(here) == ["delivered", "delivered"]


def test_it_stands_after_a_restart(tmp_path):
    with told_twice(SqliteStore.open(tmp_path / "record")) as (here, told):
        the_client_holds_the_first(here, told)
        keys, clock, cap = here.node.keys, here.clock, here.node.cap
        tokens = here.tokens
    again = Node(SqliteStore.open(tmp_path / "record"), keys, clock, cap)
    again.host(*HOSTED)
    with House(again, clock, tokens) as here:
        the_ladders_say_so(here, told)


def test_twin_a_receipt_that_is_the_hosts_raises_nothing(monkeypatch):
    """The one input changed: whose word the receipt is."""
    kept = KeptReceipts.count
    monkeypatch.setattr(
        KeptReceipts, "count", lambda self, row: kept(self, msgspec.structs.replace(row, by_reader=False))
    )
    with told_twice() as (here, told):
        the_client_holds_the_first(here, told)
        assert reached(here) == ["sent", "sent"]
        with pytest.raises(AssertionError):
            the_ladders_say_so(here, told)


def test_the_hosts_own_key_is_no_readers_even_where_it_is_enrolled_as_one():
    with told_twice() as (here, _):
        hand_in(here, here.node.mirror_signer).refused("client-mirror")
        assert reached(here) == ["sent", "sent"]
    with house() as here:
        enrol(here, here.node.mirror_signer)
        here.tell("COA", message("RUS"), "RUS")
        hand_in(here, here.node.mirror_signer).refused("client-mirror")
        assert reached(here) == ["sent"]


def test_before_it_was_handed_in_the_desk_of_that_time_shows_it_held_by_the_host():
    with told_twice() as (here, told):
        before = here.clock.now()
        the_client_holds_the_first(here, told)
        items = here.get("COA", "told/RUS", at=before.isoformat()).ok().json["items"]
        steps = [step["rung"] for item in items for step in item["ladder"]["steps"]]
        assert "delivered" not in steps
        assert "held by host" in steps


def test_a_clients_clock_that_is_hours_ahead_delivers_nothing_in_the_future():
    with told_twice() as (here, told):
        here.later(2)
        hand_in(here, at=timedelta(hours=5)).ok()
        assert reached(here) == ["delivered", "delivered"]
        items = here.get("COA", "told/RUS").ok().json["items"]
        last = items[-1]["ladder"]["steps"][-1]
        assert last["at"] <= here.clock.now().isoformat().replace("+00:00", "Z")
        assert told


def test_the_authors_stream_hears_of_it_without_being_asked():
    with told_twice() as (here, _), here.listen("COA") as listener:
        listener.settle()
        before = len(listener.events())
        hand_in(here).ok()
        listener.settle(0.3)
        assert len(listener.events()) > before


def test_a_smaller_one_that_comes_later_moves_no_time(tmp_path):
    with told_twice(SqliteStore.open(tmp_path / "record")) as (here, told):
        here.later(2)
        hand_in(here).ok()
        then = here.get("COA", "told/RUS").ok().json["items"]
        here.later(60)
        the_client_holds_the_first(here, told)
        assert here.get("COA", "told/RUS").ok().json["items"] == then
        here.node.drop()
        assert here.get("COA", "told/RUS").ok().json["items"] == then
