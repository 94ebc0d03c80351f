"""A side of a reconciliation is verified before a word of it is read; what is refused is not compared."""

from __future__ import annotations

import pytest
from tests.two_records import OUT, cut_export, log_of, record_of, rewritten_export, talked

from keepclear.errors import Malformed, ProofRefused
from keepclear.links.tlog import codec, port
from keepclear.links.tlog.sides import read_files, verified_side
from keepclear.service.exporting import export
from keepclear.views.kept_records import read_kept
from keepclear.views.reconciling import Difference, reconcile


@pytest.fixture(scope="module")
def made():
    node, _ = talked()
    with node:
        yield node


def test_a_folder_and_a_zip_give_the_same_record(made, tmp_path):
    whole = export(made.node, "COA")
    port.write_directory(tmp_path / "folder", whole)
    (tmp_path / "one.zip").write_bytes(port.zip_bytes(whole))
    sides = [
        verified_side("x", read_files(tmp_path / name), tmp_path / name) for name in ("folder", "one.zip")
    ]
    assert sides[0].record == sides[1].record
    assert {side.verdict.grade for side in sides} == {1}


def test_a_changed_byte_is_refused_before_anything_is_compared(made, tmp_path):
    files = codec.build(export(made.node, "RUS"))
    name = next(path for path in files if "tile/entries" in path)
    changed = bytearray(files[name])
    changed[len(changed) // 2] ^= 1
    with pytest.raises(ProofRefused, match="their record"):
        verified_side("their record", files | {name: bytes(changed)}, tmp_path)
    assert verified_side("their record", files, tmp_path).record == record_of(made, "RUS", tmp_path)


def test_an_earlier_export_signed_then_verifies_and_is_told_from_the_later(made, tmp_path):
    ours = record_of(made, "COA", tmp_path)
    size = len(log_of(ours, OUT).entries) - 1
    early = codec.build(cut_export(made, "RUS", OUT, size))
    theirs = verified_side("their record", early, tmp_path).record
    [found] = reconcile(ours, theirs).findings
    assert (found.what, found.index) == (Difference.NOT_EXCHANGED, size)


def test_a_log_told_two_ways_verifies_twice_and_is_a_split_view(made, tmp_path):
    """Each file proves itself; only the two side by side show that the author told two stories."""
    ours = record_of(made, "COA", tmp_path)
    place = len(log_of(ours, OUT).entries) - 2
    files = codec.build(rewritten_export(made, "RUS", OUT, place))
    theirs = verified_side("their record", files, tmp_path)
    assert theirs.verdict.verified
    found = reconcile(ours, theirs.record).findings
    gone = read_kept(log_of(ours, OUT))[place]
    assert [each.index for each in found if each.what == Difference.SPLIT] == [place]
    assert gone.id in [each.statement for each in found if each.what == Difference.MISSING]


def test_the_twin_the_same_log_signed_anew_without_a_change_is_no_split(made, tmp_path):
    ours = record_of(made, "COA", tmp_path)
    files = codec.build(cut_export(made, "RUS", OUT, len(log_of(ours, OUT).entries)))
    assert reconcile(ours, verified_side("their record", files, tmp_path).record).findings == ()


def test_a_policy_from_inside_the_export_confirms_nothing(made, tmp_path):
    port.write_directory(tmp_path / "folder", export(made.node, "COA"))
    inside = tmp_path / "folder" / "policy"
    with pytest.raises(Malformed, match="exporter's own word"):
        verified_side("x", read_files(tmp_path / "folder"), tmp_path / "folder", inside)


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 nothing", b"x" * 1_000])
def test_what_is_no_archive_is_refused(tmp_path, content):
    (tmp_path / "odd.zip").write_bytes(content)
    with pytest.raises(Malformed):
        read_files(tmp_path / "odd.zip")
