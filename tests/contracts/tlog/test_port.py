"""Exports on the disk: whole or not there, the same ZIP for the same logs, hostile archives refused."""

from __future__ import annotations

import io
import zipfile

import pytest

from keepclear.errors import Malformed, ProofRefused, StoreFault
from keepclear.links.tlog import codec, port
from keepclear.links.tlog.verify import verify_export


@pytest.fixture
def export(world):
    made = world.log()
    return world.export(made.export(world.rus.mirror), made)


def packed(**members: bytes) -> io.BytesIO:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, raw in members.items():
            archive.writestr(name, raw)
    held.seek(0)
    return held


def test_folder_and_zip_hold_the_same_and_verify(export, tmp_path):
    size = port.write_directory(tmp_path / "out" / "stick", export)
    (tmp_path / "stick.zip").write_bytes(port.zip_bytes(export))
    read = port.read_directory(tmp_path / "out" / "stick")
    assert read == port.read_zip(io.BytesIO(port.zip_bytes(export)))
    assert sum(map(len, read.values())) == size
    assert codec.parse(read) == export
    assert verify_export(tmp_path / "out" / "stick").grade == verify_export(tmp_path / "stick.zip").grade == 1


def test_same_export_gives_the_same_zip(export):
    assert port.zip_bytes(export) == port.zip_bytes(export)


def test_folder_with_something_in_it_is_left_alone(export, tmp_path):
    (tmp_path / "letter.txt").write_text("mine")
    with pytest.raises(StoreFault):
        port.write_directory(tmp_path, export)
    assert [path.name for path in tmp_path.iterdir()] == ["letter.txt"]


def test_export_that_would_not_verify_leaves_nothing_behind(world, tmp_path):
    made = world.log()
    stranger = world.Author("RUS", forger="not Russia")
    with pytest.raises(ProofRefused):
        port.write_directory(tmp_path / "stick", world.export(made.export(stranger.mirror), made))
    assert list(tmp_path.iterdir()) == []


def test_folder_that_cannot_be_written_is_said(export, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreFault):
        port.write_directory(tmp_path / "file" / "stick", export)


def test_bomb_is_stopped_while_it_expands():
    with pytest.raises(Malformed, match="zip-bomb"):
        port.read_zip(packed(bomb=bytes(50_000_000)))


def test_small_file_that_packs_well_is_no_bomb():
    assert port.read_zip(packed(zeros=bytes(900_000))) == {"zeros": bytes(900_000)}


@pytest.mark.parametrize("name", ["../up", "/root", "a/../../up", "back\\slash"])
def test_path_that_leaves_the_archive_is_refused(name):
    with pytest.raises(Malformed, match="zip-path"):
        port.read_zip(packed(**{name: b"x"}))


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_one_name_twice_is_refused():
    held = packed(policy=b"one")
    with zipfile.ZipFile(held, "a") as archive:
        archive.writestr("policy", b"two")
    held.seek(0)
    with pytest.raises(Malformed, match="zip-path"):
        port.read_zip(held)


def test_bytes_that_are_no_zip_are_refused(export):
    with pytest.raises(Malformed):
        port.read_zip(io.BytesIO(b"PK\x03\x04 and no more"))
    whole = port.zip_bytes(export)
    for place in range(0, len(whole), 97):
        changed = bytearray(whole)
        changed[place] ^= 0xFF
        try:
            port.read_zip(io.BytesIO(bytes(changed)))
        except Malformed:
            continue


def test_too_many_members_are_refused(export, monkeypatch):
    monkeypatch.setattr(port, "MAX_MEMBERS", 3)
    with pytest.raises(Malformed, match="zip-members"):
        port.read_zip(io.BytesIO(port.zip_bytes(export)))


def test_link_in_a_folder_is_refused(export, tmp_path):
    port.write_directory(tmp_path / "stick", export)
    (tmp_path / "stick" / "logs" / "0" / "more").symlink_to("/etc/passwd")
    with pytest.raises(Malformed):
        port.read_directory(tmp_path / "stick")
    with pytest.raises(Malformed):
        verify_export(tmp_path / "stick")
