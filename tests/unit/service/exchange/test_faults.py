"""What an operator reads when a link fails: who, what, and what to do; met over real sockets and TLS."""

from __future__ import annotations

import asyncio

import httpx
import msgspec
import pytest
from tests.patience import PATIENCE_S
from tests.unit.service.exchange.test_link import running, until

from keepclear.errors import NotAllowed
from keepclear.service.exchange import faults
from keepclear.service.exchange.pairing import Peer, fingerprint


def why_after(tmp_path, arrange, within_s: float = PATIENCE_S) -> str:
    """Let alpha try bravo as it was arranged, and give what its operator is told of the first failure."""

    async def story():
        async with running(tmp_path, "alpha", "bravo", "carol") as sides:
            await arrange(*sides)
            session = sides[0].link.exchange.session
            await until(lambda: session("bravo").health.failures > 0, within_s)
            return session("bravo").health.why

    return asyncio.run(story())


def at(alpha, bravo, port: int) -> None:
    card = msgspec.structs.replace(bravo.card("alpha"), url=f"https://127.0.0.1:{port}")
    alpha.peers.put(Peer(card, fingerprint(card)), (alpha.party,))


def test_somebody_elses_certificate_is_said_to_be_so(tmp_path):
    async def another_answers(alpha, bravo, carol):
        carol.pin(alpha)
        at(alpha, bravo, carol.port)

    why = why_after(tmp_path, another_answers)
    assert "is not bravo as on its card" in why
    assert "compare it by voice" in why


def test_twin_the_right_node_at_the_right_address_gives_no_fault(tmp_path):
    async def right(alpha, bravo, carol):
        bravo.pin(alpha)
        await asyncio.sleep(1.2)  # until bravo's door has taken the certificate up
        alpha.pin(bravo)

    with pytest.raises(TimeoutError):
        why_after(tmp_path, right, within_s=10.0)


def test_nobody_at_an_address_is_said_to_be_so(tmp_path):
    async def gone(alpha, bravo, carol):
        at(alpha, bravo, 9)

    assert "nobody answers at https://127.0.0.1:9" in why_after(tmp_path, gone)


def test_a_peer_that_does_not_know_this_nodes_certificate_is_named_as_a_likely_cause(tmp_path):
    async def unknown_there(alpha, bravo, carol):
        alpha.pin(bravo)

    assert "does not know this node's certificate" in why_after(tmp_path, unknown_there)


def test_a_peer_that_has_cut_the_link_is_said_in_words_and_not_in_json(tmp_path):
    async def cut_there(alpha, bravo, carol):
        bravo.pin(alpha)
        bravo.peers.cut("alpha", (bravo.party,))
        await asyncio.sleep(1.2)
        alpha.pin(bravo)

    why = why_after(tmp_path, cut_there)
    assert why.startswith("bravo does not let this node in")
    assert "it has cut the link" in why
    assert "{" not in why
    assert "[rule" not in why


def test_other_refusals_keep_what_was_said():
    class Named:
        node = "bravo"

    said = faults.refusal(Named, 400, b'{"rule":"exchange-size","detail":"a pull beyond its bound"}')
    assert isinstance(said, NotAllowed)
    assert "bravo answered 400: a pull beyond its bound" in str(said)
    assert "bravo answered 502: <html>" in str(faults.refusal(Named, 502, b"<html>"))


def test_a_silent_link_and_a_fault_without_words_are_named(tmp_path):
    class Silent:
        node = "bravo"

        class card:
            url = "https://b:1"

    assert "nothing comes over the link" in faults.words(httpx.ReadTimeout(""), Silent)
    assert faults.words(OSError(), Silent) == "OSError"
