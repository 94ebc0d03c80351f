"""Checkpoints: the specification's text form, and who must have signed."""

from __future__ import annotations

import pytest

from keepclear.errors import Malformed, ProofRefused
from keepclear.record import checkpoint, note
from keepclear.record.checkpoint import Checkpoint
from keepclear.record.signing import Role, SigningKey
from keepclear.record.tree import EMPTY_ROOT

SPEC_TEXT = "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"
LOG = SigningKey.derive("example.com/behind-the-sofa", b"a" * 32, Role.LOG)
OTHER = SigningKey.derive("example.com/other", b"a" * 32, Role.LOG)


def test_the_specifications_example_is_read_and_written_alike():
    head = checkpoint.parse(SPEC_TEXT)
    assert (head.origin, head.size) == ("example.com/behind-the-sofa", 20_852_163)
    assert head.text() == SPEC_TEXT


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("20852163", "020852163"),
        ("20852163", "+1"),
        ("20852163", "-1"),
        ("20852163", "0"),
        ("20852163", "99999999999999999999"),
        ("2I=\n", "2J=\n"),
        ("2I=\n", "\n"),
        ("2I=\n", "2I=\nextension\n"),
        ("2I=\n", "2I="),
        ("example.com/behind-the-sofa", ""),
    ],
)
def test_any_other_spelling_is_refused(old, new):
    assert old in SPEC_TEXT
    with pytest.raises(Malformed):
        checkpoint.parse(SPEC_TEXT.replace(old, new, 1))


def test_empty_log_has_the_root_of_nothing():
    assert checkpoint.parse(Checkpoint("a", 0, EMPTY_ROOT).text()).size == 0
    with pytest.raises(Malformed):
        Checkpoint("a", 0, bytes(32))


def test_checkpoint_must_be_signed_by_its_log():
    signed = note.sign(SPEC_TEXT, LOG)
    assert checkpoint.open_checkpoint(signed, LOG.verifying).checkpoint.text() == SPEC_TEXT
    with pytest.raises(ProofRefused):
        checkpoint.open_checkpoint(note.sign(SPEC_TEXT, OTHER), LOG.verifying)
    with pytest.raises(ProofRefused, match="not signed by its log"):
        checkpoint.open_checkpoint(note.sign(SPEC_TEXT, OTHER), LOG.verifying, [OTHER.verifying])
