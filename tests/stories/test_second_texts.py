"""An author signs two texts under one id and tells each to somebody else: whoever holds both can prove it."""

from __future__ import annotations

import base64
import json
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest
from tests.simulated_nodes import Side, copied, size_of
from tests.unit.service.exchange.pair import COA, RUS, SAID, TOLD, Pair

from keepclear.commands.telling import Tell
from keepclear.links.tlog import keepclear_verify
from keepclear.model.notices import RemarkMade
from keepclear.model.parties import PartyKind, PartyStated
from keepclear.model.statements import LogId, Statement, encode
from keepclear.model.telling import Forwarded
from keepclear.model.words import PUBLIC, PartyId
from keepclear.service.exchange import evidence
from keepclear.service.exchange.stopped import StoppedLogs

TUR = PartyId("TUR")
KEY = "crossing"


def said(by: Side, words: str, reader: PartyId) -> Statement:
    """Tell a text under the one key, so that its id is the same wherever it is told."""
    outcome = by.node.act(by.node.ask(by.party, Tell(body=RemarkMade(words), readers=(reader,)), KEY))
    return next(e.statement for e in by.node.inbox(by.party) if e.statement.id == outcome.statement)


def told_apart(second: str, *, reader: PartyId = TUR) -> tuple[Pair, Statement, Statement]:
    """Three nodes; alpha has told bravo one text, and a copy of alpha another reader a second one."""
    made = Pair(("alpha", "bravo", "carol"))
    copy = Side("alpha", made.alpha.others, made.alpha.keys, copied(made.alpha.store), made.alpha.clock,
                made.alpha.offset)  # fmt: skip
    first = said(made.alpha, "the crossing is closed", RUS)
    if second == "the crossing is closed":  # an honest author: the very same text, told on
        asked = made.alpha.node.ask_on(COA, first.id, (reader,), "on")
        made.alpha.node.act(asked)
        other, teller = first, made.alpha
    else:
        other, teller = said(copy, second, reader), copy
    made.round_trip(made.bravo, made.alpha)
    made.sides["alpha"] = teller
    return made, first, other


def shown_on_to_bravo(made: Pair, original: bytes) -> None:
    """Carol shows on what alpha told it, by bytes."""
    carol = made.sides["carol"]
    made.round_trip(carol, made.sides["alpha"])
    about = PartyStated(COA, "Party alpha", PartyKind.STATE_FORCE)
    carol.node.act(carol.node.ask(TUR, Tell(body=about, readers=(RUS,)), "who"))
    body = Forwarded(base64.b64encode(original).decode())
    carol.node.act(carol.node.ask(TUR, Tell(body=body, readers=(RUS,)), "on"))
    made.round_trip(made.bravo, carol)


def pinned(made: Pair):
    return made.bravo.exchange.peers.of("alpha").statement_keys[COA]


def test_a_text_that_another_shows_on_proves_what_its_author_told_apart():
    made, first, second = told_apart("the crossing is open")
    assert first.id == second.id
    shown_on_to_bravo(made, encode(second))
    assert made.faults == []
    (found,) = made.bravo.stopped.doubled()
    evidence.check_texts(found.evidence, pinned(made))
    assert {found.evidence.first, found.evidence.second} == {
        base64.b64encode(encode(each)).decode() for each in (first, second)
    }
    # Both are kept, whoever carried the second is not accused, and words go on: only the author has lied.
    assert size_of(made.bravo.store, LogId(TUR, RUS)) == 4
    assert made.bravo.stopped.all() == []
    assert [each.text for each in remarks(made, RUS)] == ["the crossing is closed"]


def remarks(made: Pair, party: PartyId):
    return [
        e.statement.body for e in made.bravo.node.inbox(party) if isinstance(e.statement.body, RemarkMade)
    ]


def test_twin_the_same_text_shown_on_accuses_nobody():
    made, first, _ = told_apart("the crossing is closed")
    shown_on_to_bravo(made, encode(first))
    assert made.bravo.stopped.doubled() == []


def test_twin_a_text_that_its_author_did_not_sign_accuses_nobody():
    made, _, second = told_apart("the crossing is open")
    forged = msgspec.structs.replace(second, body=RemarkMade("the crossing is mined"))
    carol = made.sides["carol"]
    made.round_trip(carol, made.sides["alpha"])
    with pytest.raises(Exception, match="forward"):  # an honest node does not even tell it
        shown_on_to_bravo(made, encode(forged))
    assert evidence.two_texts(pinned(made), second, forged) is None


def test_the_other_order_is_found_too():
    made, first, second = told_apart("the crossing is open")
    fresh = Pair(("alpha", "bravo", "carol"))
    fresh.sides["alpha"] = made.sides["alpha"]
    shown_on_to_bravo(fresh, encode(second))
    assert fresh.bravo.stopped.doubled() == []
    fresh.round_trip(fresh.bravo, made.alpha)
    (found,) = fresh.bravo.stopped.doubled()
    assert found.evidence.id == first.id
    fresh.bravo.start()
    assert {shown.id for shown in fresh.bravo.node.shown.texts(first.id)} == {first.id}


def test_a_second_text_told_to_everybody_is_refused_and_its_log_stopped():
    made, first, _ = told_apart("the crossing is open", reader=PUBLIC)
    made.round_trip(made.bravo, made.sides["alpha"])
    (stopped,) = made.bravo.stopped.all()
    (found,) = made.bravo.stopped.doubled()
    assert (stopped.origin, stopped.texts) == (made.origin(SAID), first.id)
    evidence.check_texts(found.evidence, pinned(made))
    assert size_of(made.bravo.store, SAID) == 0
    assert made.origin(TOLD) not in made.bravo.stopped, "what it told before goes on"


def test_twin_an_honest_public_text_stops_nothing():
    made, _, _ = told_apart("the crossing is closed", reader=PUBLIC)
    made.round_trip(made.bravo, made.sides["alpha"])
    assert (made.bravo.stopped.all(), made.bravo.stopped.doubled()) == ([], [])
    assert size_of(made.bravo.store, SAID) == 3


@pytest.fixture
def proved() -> tuple[Pair, evidence.TwoTexts]:
    made, _, second = told_apart("the crossing is open")
    shown_on_to_bravo(made, encode(second))
    return made, made.bravo.stopped.doubled()[0].evidence


def test_the_one_file_verifier_takes_two_texts(proved, tmp_path):
    made, found = proved
    path = tmp_path / "evidence.json"
    path.write_bytes(found.text())
    pin = f"statements/COA={pinned(made).vkey}"
    command = [sys.executable, "-I", keepclear_verify.__file__, str(path)]
    done = subprocess.run([*command, "--pin", pin], capture_output=True, text=True, check=False)
    assert done.returncode == 0
    assert "confirmed from outside" in done.stdout
    assert done.stdout.rstrip().endswith("PROVED: two texts of one statement, each signed by its author")
    alone = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (alone.returncode, "rests on this file's word" in alone.stdout) == (0, True)
    wrong = f"statements/COA={made.bravo.keys.statement_key(RUS).vkey}"
    assert subprocess.run([*command, "--pin", wrong], capture_output=True, check=False).returncode == 2


def test_every_changed_sign_of_the_evidence_is_refused(proved):
    made, found = proved
    raw, known = found.text(), keepclear_verify.outside(None, [f"statements/COA={pinned(made).vkey}"])
    assert keepclear_verify.verify_evidence(raw, known).verified
    for place in range(0, len(raw), 3):
        flipped = bytearray(raw)
        flipped[place] ^= 1 << place % 7
        assert not keepclear_verify.verify_evidence(bytes(flipped), known).verified, place


@pytest.mark.parametrize("same", ["text", "order", "id", "author"])
def test_what_proves_nothing_is_refused(proved, same):
    made, found = proved
    told = {
        "text": msgspec.structs.replace(found, second=found.first),
        "order": msgspec.structs.replace(found, key=made.bravo.keys.statement_key(RUS).vkey),
        "id": msgspec.structs.replace(found, id="COA.other"),
        "author": msgspec.structs.replace(found, author="RUS"),
    }[same]
    with pytest.raises(Exception, match=r"two-texts|signature"):
        evidence.check_texts(told, pinned(made))
    assert not keepclear_verify.verify_evidence(told.text()).verified


def test_two_texts_stay_known_after_a_start(proved, tmp_path: Path):
    made, _ = proved
    kept = StoppedLogs(tmp_path)
    (found,) = made.bravo.stopped.doubled()
    assert kept.double(found)
    assert not kept.double(found)
    assert StoppedLogs(tmp_path).doubled() == [found]
    assert json.loads(next(tmp_path.iterdir()).read_bytes())["peer"] == "carol"
