"""Stopped logs: kept through a start, in a file each, and proof takes the place of a bare contradiction."""

from __future__ import annotations

import msgspec
import pytest
from tests.unit.service.exchange.test_evidence import LEAVES, ORIGIN, evidence
from tests.unit.service.exchange.test_evidence import head as signed_head

from keepclear.errors import StoreFault
from keepclear.service.exchange.stopped import Stopped, StoppedLogs

BARE = Stopped("alpha/log", "alpha", "2018-02-01T08:00:00Z", "head", "ours")
PROVED = msgspec.structs.replace(BARE, evidence=evidence())


def test_a_stopped_log_stays_stopped_after_a_start(tmp_path):
    folder = tmp_path / "evidence"
    stopped = StoppedLogs(folder)
    assert stopped.stop(PROVED)
    assert stopped.stop(msgspec.structs.replace(PROVED, origin="alpha/../other"))
    again = StoppedLogs(folder)
    assert "alpha/log" in again
    assert "alpha/nothing" not in again
    assert {each.origin for each in again.all()} == {"alpha/log", "alpha/../other"}
    assert PROVED in again.all()
    assert len(list(folder.iterdir())) == 2
    assert folder.stat().st_mode & 0o077 == 0


def test_proof_takes_the_place_of_a_bare_contradiction_and_never_the_other_way(tmp_path):
    stopped = StoppedLogs(tmp_path)
    assert stopped.stop(BARE)
    assert not stopped.stop(msgspec.structs.replace(BARE, head="another"))
    assert stopped.stop(PROVED)
    assert not stopped.stop(BARE)
    assert not stopped.stop(msgspec.structs.replace(PROVED, head="another"))
    assert StoppedLogs(tmp_path).all() == [PROVED]


def test_without_a_folder_it_is_kept_in_memory():
    stopped = StoppedLogs()
    assert stopped.stop(PROVED)
    assert stopped.all() == [PROVED]


def test_a_file_cut_short_by_a_stop_is_not_read(tmp_path):
    StoppedLogs(tmp_path).stop(PROVED)
    (tmp_path / "0000.new").write_bytes(b'{"origin":')
    assert StoppedLogs(tmp_path).all() == [PROVED]


@pytest.mark.parametrize("content", [b"", b"{}", b"\xff", b'{"origin":1}', b'{"origin":"\xff"}'])
def test_a_damaged_file_is_said(tmp_path, content):
    (tmp_path / "damaged.json").write_bytes(content)
    with pytest.raises(StoreFault) as refusal:
        StoppedLogs(tmp_path)
    assert refusal.value.rule == "evidence-file"


def test_what_cannot_be_written_is_said_and_not_taken_for_kept(tmp_path):
    (tmp_path / "file").write_bytes(b"")
    stopped = StoppedLogs(tmp_path / "file" / "folder")
    with pytest.raises(StoreFault) as refusal:
        stopped.stop(PROVED)
    assert refusal.value.rule == "evidence-file"
    assert stopped.all() == []


def test_a_head_that_could_not_be_joined_is_there_after_a_start_until_it_was_compared(tmp_path):
    head = signed_head(LEAVES[:4])
    StoppedLogs(tmp_path).keep_unjoined(head)
    again = StoppedLogs(tmp_path)
    assert again.unjoined({ORIGIN: 1}) == [(ORIGIN, head)]
    assert again.unjoined({"alpha/other": 1}) == []
    assert again.all() == []
    again.joined(ORIGIN)
    again.joined(ORIGIN)
    assert StoppedLogs(tmp_path).unjoined({ORIGIN: 1}) == []
    (tmp_path / "damaged.head").write_bytes(b"no head")
    with pytest.raises(StoreFault):
        StoppedLogs(tmp_path)
