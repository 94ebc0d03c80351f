"""What the model signs and encodes is what the one-file verifier checks."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec

from keepclear.links.tlog import codec
from keepclear.links.tlog.verify import verify_files
from keepclear.model import statements
from keepclear.model.notices import RemarkMade
from keepclear.model.telling import LogOpened
from keepclear.model.words import CapStatus
from keepclear.record import note
from keepclear.record.checkpoint import Checkpoint
from keepclear.record.signing import encode_base64
from keepclear.record.tree import leaf_hash, root_of


def test_logs_of_the_models_own_statements_verify(world):
    usa = world.usa
    bodies = [
        LogOpened(author="USA", reader="RUS", cap=CapStatus.EXERCISE, custody="party"),
        RemarkMade(text="Колонна идёт на восток."),
    ]
    entries = []
    for index, body in enumerate(bodies):
        statement = statements.Statement(
            id=f"USA.{index:04x}",
            subject=f"USA.subject-{index}",
            author=statements.Author("USA", usa.duty.key_id),
            cap=CapStatus.EXERCISE,
            stated_at=datetime(2018, 2, 7, 20, tzinfo=UTC),
            body=body,
        )
        sig = encode_base64(usa.duty.sign(statements.signed_part(statement)))
        encoded = statements.encode(msgspec.structs.replace(statement, sig=sig))
        entries.append(statements.entry_bytes(index, "2018-02-07T20:00:00.25Z", 0, encoded))
    key = usa.log_key("usa.example/real")
    head = Checkpoint("usa.example/real", 2, root_of(map(leaf_hash, entries)))
    log = codec.LogExport("USA", "RUS", "usa.example/real", tuple(entries), note.sign(head.text(), key))
    export = codec.Export((log,), world.policy_text(key), {usa.duty.key_id: usa.duty.vkey})
    verdict = verify_files(codec.build(export))
    assert (verdict.refused, verdict.grade, verdict.signatures) == (None, 1, 2)
