"""Cosignatures: the message that the specification prints, the time, and the key's own role."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from keepclear.errors import Malformed, ProofRefused
from keepclear.record import checkpoint, cosign, note
from keepclear.record.checkpoint import Checkpoint
from keepclear.record.signing import Role, SigningKey

TEXT = "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"
LOG = SigningKey.derive("example.com/behind-the-sofa", b"a" * 32, Role.LOG)
MIRROR = SigningKey.derive("b.example/mirror", b"b" * 32, Role.MIRROR)
AT = datetime(2023, 3, 20, 12, 25, 47, 999_999, tzinfo=UTC)


def test_message_is_the_one_that_the_specification_prints():
    assert cosign.cosigned_message(TEXT, 1_679_315_147) == f"cosignature/v1\ntime 1679315147\n{TEXT}".encode()


def test_cosignature_holds_and_gives_its_time_in_whole_seconds():
    signed = note.add_lines(note.sign(TEXT, LOG), cosign.cosign(TEXT, MIRROR, AT))
    (mark,) = checkpoint.open_checkpoint(signed, LOG.verifying, [MIRROR.verifying]).cosigned()
    assert (mark.key, mark.time_s) == (MIRROR.verifying, 1_679_315_147)


def test_cosignature_of_another_checkpoint_is_refused():
    other = Checkpoint("example.com/behind-the-sofa", 20_852_164, bytes(32)).text()
    signed = note.add_lines(note.sign(TEXT, LOG), cosign.cosign(other, MIRROR, AT))
    with pytest.raises(ProofRefused):
        checkpoint.open_checkpoint(signed, LOG.verifying, [MIRROR.verifying])


def test_cosignature_with_another_time_is_refused():
    line = note.parse(note.add_lines(note.sign(TEXT, LOG), cosign.cosign(TEXT, MIRROR, AT))).lines[1]
    later = (1_679_315_148).to_bytes(8, "big") + line.signature[8:]
    with pytest.raises(ProofRefused):
        cosign.check_cosignature(MIRROR.verifying, later, TEXT)


def test_cosignature_of_a_wrong_length_is_refused():
    with pytest.raises(Malformed):
        cosign.check_cosignature(MIRROR.verifying, bytes(71), TEXT)
    with pytest.raises(Malformed):
        cosign.check_cosignature(MIRROR.verifying, b"\xff" * 72, TEXT)


def test_logs_key_cosigns_nothing():
    with pytest.raises(Malformed, match="serves no other role"):
        cosign.cosign(TEXT, LOG, AT)


def test_cosignature_needs_an_aware_time():
    with pytest.raises(Malformed):
        cosign.cosign(TEXT, MIRROR, AT.replace(tzinfo=None))
