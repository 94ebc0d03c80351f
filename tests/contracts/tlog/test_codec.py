"""Exports are written only when they would verify, and read back as they were."""

from __future__ import annotations

import msgspec
import pytest

from keepclear.errors import KeepclearError, Malformed, ProofRefused
from keepclear.links.tlog import codec
from keepclear.record import note


def export_of(world, texts=3, *cosigners, earlier=()):
    made = world.log(texts)
    return world.export(made.export(*cosigners, earlier=earlier), made)


@pytest.mark.parametrize("texts", [3, 255, 256, 257, 600])
def test_what_was_built_is_read_back(world, texts):
    made = world.log(texts)
    earlier = (
        made.signed(world.rus.mirror, size=2),
        made.signed(world.rus.mirror, size=10 if texts > 10 else 3),
    )
    whole = world.export(made.export(world.rus.mirror, earlier=earlier), made)
    files = codec.build(whole)
    assert codec.parse(files) == whole
    assert codec.build(codec.parse(files)) == files


def test_only_the_newest_checkpoint_may_be_the_logs(world):
    made = world.log()
    cut = msgspec.structs.replace(made.export(), entries=made.entries()[:2])
    longer = msgspec.structs.replace(made.export(), signed_checkpoint=made.signed(size=2))
    for log in (cut, longer):
        with pytest.raises(ProofRefused):
            codec.build(world.export(log, made))


def test_checkpoint_of_other_entries_is_not_exported(world):
    made, other = world.log(), world.log(4)
    log = msgspec.structs.replace(made.export(), earlier=(other.signed(size=2),))
    assert codec.build(world.export(log, made))
    forged = msgspec.structs.replace(made.export(), entries=(b"{}", *made.entries()[1:]))
    with pytest.raises(ProofRefused, match="not that of these entries"):
        codec.build(world.export(forged, made))


def test_signature_that_the_policy_does_not_explain_is_not_exported(world):
    stranger = world.Author("RUS", forger="not Russia")
    made = world.log()
    with pytest.raises(ProofRefused, match=r"rus\.example/mirror"):
        codec.build(world.export(made.export(stranger.mirror), made))


def test_log_without_a_key_in_the_policy_is_not_exported(world):
    made = world.log()
    bare = msgspec.structs.replace(world.export(made.export(), made), policy="quorum none\n")
    with pytest.raises(ProofRefused):
        codec.build(bare)


def test_attachment_under_another_hash_is_not_exported(world):
    whole = export_of(world)
    wrong = msgspec.structs.replace(whole, attachments={"0" * 64: codec.Attached(world.salt, b"other")})
    with pytest.raises(Malformed):
        codec.build(wrong)


def test_key_under_another_id_is_not_exported(world):
    wrong = msgspec.structs.replace(export_of(world), keys={"a+00000000": world.usa.duty.vkey})
    with pytest.raises(Malformed):
        codec.build(wrong)


@pytest.mark.parametrize("path", sorted(["policy", "keys.json", "logs/0/about.json", "logs/0/checkpoint"]))
def test_missing_file_is_named(world, path):
    files = codec.build(export_of(world))
    del files[path]
    with pytest.raises(Malformed) as found:
        codec.parse(files)
    assert found.value.field == path


@pytest.mark.parametrize("path", ["stray", "logs/0/stray", "logs/1/about.json", "attachments/stray"])
def test_stray_file_is_refused(world, path):
    with pytest.raises(Malformed):
        codec.parse(codec.build(export_of(world)) | {path: b"x" * 40})


def test_no_changed_byte_breaks_the_reader(world):
    files = codec.build(export_of(world, 3, world.rus.mirror))
    for path, whole in files.items():
        for place in range(0, len(whole), 3):
            changed = bytearray(whole)
            changed[place] ^= 0x55
            try:
                codec.parse(files | {path: bytes(changed)})
            except KeepclearError:
                continue


def test_checkpoint_that_states_a_vast_size_is_refused_at_once(world):
    files = codec.build(export_of(world))
    text = files["logs/0/checkpoint"].replace(b"\n3\n", b"\n9000000000000000000\n")
    assert note.parse(text)
    with pytest.raises(Malformed):
        codec.parse(files | {"logs/0/checkpoint": text})


def test_files_beyond_the_bounds_are_refused(world, monkeypatch):
    files = codec.build(export_of(world))
    monkeypatch.setattr(codec, "MAX_EXPORT_BYTES", sum(map(len, files.values())) - 1)
    with pytest.raises(Malformed, match="bounds"):
        codec.parse(files)
