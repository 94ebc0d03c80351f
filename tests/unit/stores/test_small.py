"""What every small file promises: its owner's alone, of its own kind and version, a change whole or not."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from keepclear.errors import StoreFault
from keepclear.stores import people, witness
from keepclear.stores.small import Kind, opened, transaction

KINDS = {"people": people._KIND, "witness": witness._KIND}


@pytest.fixture(params=KINDS)
def kind(request) -> Kind:
    return KINDS[request.param]


def test_a_file_is_made_for_its_owner_alone_and_durable(tmp_path: Path, kind: Kind):
    first, second = opened(tmp_path / "file", kind, connections=2)
    assert (tmp_path / "file").stat().st_mode & 0o777 == 0o600
    for each in (first, second):
        assert each.execute("PRAGMA synchronous").fetchone() == (2,)
        assert each.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        assert each.execute("PRAGMA application_id").fetchone() == (kind.application_id,)
        assert each.execute("PRAGMA user_version").fetchone() == (len(kind.schema),)
        each.close()
    (tmp_path / "file").chmod(0o644)
    with pytest.raises(StoreFault, match="open to others"):
        opened(tmp_path / "file", kind)


@pytest.mark.parametrize("pragma", ["application_id = 7", "user_version = 99"])
def test_anothers_file_or_a_newer_one_is_left_alone(tmp_path: Path, kind: Kind, pragma: str):
    path = tmp_path / "file"
    opened(path, kind)[0].close()
    with sqlite3.connect(path) as other:
        other.execute(f"PRAGMA {pragma}")
    before = path.read_bytes()
    with pytest.raises(StoreFault):
        opened(path, kind)
    assert path.read_bytes() == before


def test_one_kind_does_not_open_the_others_file(tmp_path: Path):
    opened(tmp_path / "file", KINDS["people"])[0].close()
    with pytest.raises(StoreFault):
        opened(tmp_path / "file", KINDS["witness"])


def test_a_change_is_whole_or_undone(tmp_path: Path):
    (connection,) = opened(tmp_path / "file", KINDS["witness"])

    def fails() -> None:
        with transaction(connection) as run:
            run("INSERT INTO log VALUES ('a', 0, zeroblob(32), 0)")
            raise ValueError("of ours")

    with pytest.raises(ValueError, match="of ours"):
        fails()
    assert connection.execute("SELECT count(*) FROM log").fetchone() == (0,)
    with transaction(connection) as run:
        run("INSERT INTO log VALUES ('a', 0, zeroblob(32), 0)")
    assert connection.execute("SELECT count(*) FROM log").fetchone() == (1,)
    connection.close()
