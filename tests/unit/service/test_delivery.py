"""The station's log takes one line for each message; an unknown way leads there too."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from keepclear.errors import StoreFault
from keepclear.model.words import CapStatus, Level, PartyId, Precedence, SubjectId
from keepclear.service.delivery import Channels, Delivery, StationLog


def message(key: str = "k/0", channel: str = "station") -> Delivery:
    return Delivery(
        key, PartyId("COA"), SubjectId("COA.a"), "duty officer", Level.DESK, channel, Precedence.FLASH,
        CapStatus.EXERCISE, "EXERCISE. FLASH …", 1,
    )  # fmt: skip


def test_each_message_is_a_line_that_only_the_owner_reads(tmp_path: Path) -> None:
    log = StationLog(tmp_path / "station.log")
    log.deliver(message("a/0"))
    log.deliver(message("b/0"))
    lines = (tmp_path / "station.log").read_bytes().splitlines()
    assert [msgspec.json.decode(line, type=Delivery).key for line in lines] == ["a/0", "b/0"]
    assert (tmp_path / "station.log").stat().st_mode & 0o777 == 0o600


def test_a_log_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    with pytest.raises(StoreFault, match="station-log"):
        StationLog(tmp_path / "no" / "station.log").deliver(message())


def test_without_a_file_it_goes_to_standard_output(capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    StationLog().deliver(message())
    assert b'"key":"k/0"' in capsysbinary.readouterr().out


def test_a_way_that_is_not_known_leads_to_the_station_rather_than_nowhere(tmp_path: Path) -> None:
    mail, station = StationLog(tmp_path / "mail"), StationLog(tmp_path / "station")
    ways = Channels(station, {"mail": mail})
    ways.deliver(message(channel="mail"))
    ways.deliver(message(channel="pigeon"))
    assert len((tmp_path / "mail").read_bytes().splitlines()) == 1
    assert b"pigeon" in (tmp_path / "station").read_bytes()
