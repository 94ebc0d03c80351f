"""Every past version's sample statement still loads, byte for byte, and a whole record that holds one opens.

The samples stand in tests/assets/statements: one file for each kind, one statement in each row, as the code
of their time signed them. Rows are only ever added, by whoever changes a body; none is changed or removed.
"""

from __future__ import annotations

from contextlib import closing
from hashlib import sha256
from pathlib import Path

import msgspec
import pytest
from tests.building_node import house

import keepclear.commands.admission as admission
import keepclear.model.statements as statements
from keepclear.errors import Malformed
from keepclear.model.shifts import ShiftStated
from keepclear.model.statements import KINDS, decode, encode, kind_of, signed_part_of
from keepclear.model.words import PartyId
from keepclear.service.node import Node
from keepclear.stores.sqlite import SqliteStore
from keepclear.views.shifts import rota

SAMPLES = Path(__file__).parents[1] / "assets/statements"
LEAST = 93
"""How many rows there were when the law was first held by samples; it only grows."""
FIRST = {
    "agreement": 1,
    "alarm": 1,
    "alarm-step": 2,
    "answer": 1,
    "approval-policy": 1,
    "build-up": 2,
    "channel": 3,
    "channel-end": 1,
    "check": 1,
    "claim": 2,
    "clock-event": 1,
    "commitment": 1,
    "commitment-opened": 1,
    "commitment-table": 1,
    "conflict": 2,
    "contact": 2,
    "countersigned": 2,
    "draft-decided": 1,
    "draft-submitted": 1,
    "exercise-run": 1,
    "forwarded": 1,
    "group": 1,
    "handover": 3,
    "hits-capped": 1,
    "incident": 2,
    "key": 1,
    "link": 1,
    "log-closed": 1,
    "log-opened": 1,
    "measure": 4,
    "meeting": 1,
    "message": 4,
    "monitoring": 1,
    "movement": 2,
    "not-told": 1,
    "notice": 3,
    "notification-step": 1,
    "observation": 1,
    "on-call": 1,
    "overlay": 1,
    "party": 2,
    "presence": 1,
    "public": 2,
    "read-back": 2,
    "read-back-settled": 1,
    "reconciled": 1,
    "relation": 1,
    "release": 1,
    "remark": 2,
    "reply": 1,
    "revoked": 2,
    "rung": 3,
    "shift": 4,
    "source": 2,
    "stance": 2,
    "status": 1,
    "step-back-check": 1,
    "submission": 1,
    "template-approved": 1,
    "warning": 2,
}
FIRST_HASH = "56b6dea2bdc3b8615252b3baee5ed9e8cbb065886ac43989737d74319cc26596"
NAMED = [("shift", ("person",)), ("handover", ("outgoing", "incoming"))]


def samples(kind):
    path = SAMPLES / f"{kind}.jsonl"
    return path.read_bytes().splitlines() if path.exists() else []


def every_sample_loads():
    count = 0
    for kind in map(kind_of, KINDS):
        for row in samples(kind):
            statement = decode(row)
            assert statement.kind == kind
            assert encode(statement) == row, "the bytes that its author signed"
            assert signed_part_of(statement, row) == statements.signed_part(statement)
            count += 1
    return count


def test_every_past_sample_loads_byte_for_byte():
    assert every_sample_loads() >= LEAST


def test_every_kind_has_a_sample():
    without = {kind_of(kind) for kind in KINDS if not samples(kind_of(kind))}
    assert without == set()
    assert {path.stem for path in SAMPLES.glob("*.jsonl")} == {kind_of(kind) for kind in KINDS}


@pytest.mark.parametrize("kind", ["handover", "shift"])
def test_every_sample_loads_twin_with_a_body_that_bars_the_past_form(monkeypatch, kind):
    """As when names moved beside the log: a body that takes hashes alone loses the record of before."""
    fields = dict(NAMED)[kind]
    real = statements.decode

    def strict(row):
        body = msgspec.json.decode(row)["body"]
        if body["kind"] == kind and any(len(body[field]) != 64 for field in fields):
            raise Malformed("a past form", "type", "nothing")
        return real(row)

    monkeypatch.setitem(globals(), "decode", strict)
    with pytest.raises(Malformed):
        every_sample_loads()


def test_names_in_the_log_are_among_the_samples():
    for kind, fields in NAMED:
        bodies = [msgspec.json.decode(row)["body"] for row in samples(kind)]
        for field in fields:
            assert {len(body[field]) == 64 for body in bodies} == {True, False}


def test_a_record_with_the_past_form_opens_and_shows_what_stood_in_it(tmp_path, monkeypatch):
    rows = [msgspec.json.decode(row)["body"] for row in samples("shift")]
    past = next(row for row in rows if len(row["person"]) != 64)
    with closing(SqliteStore.open(tmp_path / "record.sqlite")) as store, house(store) as made:
        made.try_tell("COA", past).refused("name-beside")
        with monkeypatch.context() as before:
            kept = {kind: rule for kind, rule in admission._RULES.items() if kind is not ShiftStated}
            before.setattr(admission, "_RULES", kept)
            made.tell("COA", past)
        again = Node(store, made.node.keys, made.node.clock, made.node.cap)
        (row,) = rota(again.picture(PartyId("COA")), made.node.clock.now())
        assert row.person == past["person"]


def test_no_row_of_before_was_changed():
    """The first rows of each kind, by one hash: a changed sample proves nothing of the past."""
    first = [row for kind, count in FIRST.items() for row in samples(kind)[:count]]
    assert sum(FIRST.values()) == LEAST
    assert sha256(b"\n".join(first)).hexdigest() == FIRST_HASH
