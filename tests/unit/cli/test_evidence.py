"""What is listed and written of second histories and texts, each checked before it is said."""

from __future__ import annotations

import msgspec
import pytest
from tests.stories.test_second_texts import shown_on_to_bravo, told_apart
from tests.unit.service.exchange.pair import SAID

from keepclear.cli import evidence
from keepclear.errors import KeepclearError
from keepclear.links.tlog.verify import verify_evidence
from keepclear.model.statements import encode
from keepclear.model.words import PUBLIC
from keepclear.service.exchange.stopped import StoppedLogs


def test_two_texts_are_listed_and_written_as_a_file_that_verifies(tmp_path):
    made, _, second = told_apart("the crossing is open")
    shown_on_to_bravo(made, encode(second))
    side = made.bravo
    (row,) = evidence.rows(side.stopped, side.exchange.peers, side.keys, tmp_path / "out")
    assert (row["statement"], row["author"], row["peer"]) == (second.id, "COA", "carol")
    (path,) = (tmp_path / "out").iterdir()
    pin = f"statements/COA={side.exchange.peers.of('alpha').statement_keys['COA'].vkey}"
    assert verify_evidence(path, None, [pin]).key_confirmed
    said = " ".join(evidence.lines([row]))
    assert "PROVED: its author signed two texts" in said
    assert "Ask the author on the hotline" in said


def test_the_log_that_brought_a_second_text_says_so():
    made, _, _ = told_apart("the crossing is open", reader=PUBLIC)
    made.round_trip(made.bravo, made.sides["alpha"])
    stopped, text = evidence.rows(made.bravo.stopped, made.bravo.exchange.peers, made.bravo.keys, None)
    assert (stopped["origin"], stopped["texts"]) == (made.origin(SAID), text["statement"])
    assert f"another text of {text['statement']}" in " ".join(evidence.lines([stopped, text]))


def test_evidence_that_was_changed_is_not_said(tmp_path):
    made, _, second = told_apart("the crossing is open")
    shown_on_to_bravo(made, encode(second))
    (found,) = made.bravo.stopped.doubled()
    bad = msgspec.structs.replace(found.evidence, second=found.evidence.first)
    kept = StoppedLogs(tmp_path)
    kept.double(msgspec.structs.replace(found, evidence=bad))
    with pytest.raises(KeepclearError):
        evidence.rows(kept, made.bravo.exchange.peers, made.bravo.keys, None)


def test_nothing_is_said_as_nothing():
    assert list(evidence.lines([])) == ["No log has shown two histories, and no statement two texts."]
