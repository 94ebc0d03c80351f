"""Small files: after every crash the old one or the new one stands whole; after the return, the new one."""

from __future__ import annotations

import errno
import itertools
import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from keepclear.errors import StoreFault
from keepclear.service import files

OLD, NEW = b"the old one", b"the new one, which is longer than one sector takes"
STEPS = ("open", "write", "fsync", "close", "replace")


class Disk:
    """One folder on a disk that keeps nothing for sure before it is synced; every step is written down.

    `crashes` gives each folder that a power cut may leave after each step: of a file that was not synced any
    beginning may be there, and of names that were changed since the folder was synced any first few.
    """

    O_WRONLY, O_CREAT, O_EXCL, O_RDONLY = os.O_WRONLY, os.O_CREAT, os.O_EXCL, os.O_RDONLY

    def __init__(self, held: dict[str, bytes], *, forget: str = "", short: bool = False) -> None:
        self._bodies = list(held.values())
        self._sure = list(held.values())
        self._names = {name: place for place, name in enumerate(held)}
        self._sure_names = dict(self._names)
        self._changes: list[tuple[str, int | None]] = []
        self._open: dict[int, int | None] = {}
        self._forget, self._short = forget, short
        self.after: list[list[dict[str, bytes]]] = [self.crashes()]

    def open(self, path: Path, flags: int, mode: int = 0) -> int:
        handle = len(self._open)
        if not flags & os.O_CREAT:
            self._open[handle] = None
            return handle
        if Path(path).name in self._names:
            raise FileExistsError(path)
        self._bodies.append(b"")
        self._sure.append(b"")
        self._rename(Path(path).name, len(self._bodies) - 1)
        self._open[handle] = len(self._bodies) - 1
        return handle

    def write(self, handle: int, content: memoryview) -> int:
        taken = bytes(content)[: 7 if self._short else None]
        place = self._open[handle]
        assert place is not None
        self._bodies[place] += taken
        self._stepped()
        return len(taken)

    def fsync(self, handle: int) -> None:
        place = self._open[handle]
        if place is None:
            if self._forget != "folder":
                self._changes.clear()
                self._sure_names = dict(self._names)
        elif self._forget != "file":
            self._sure[place] = self._bodies[place]
        self._stepped()

    def close(self, handle: int) -> None:
        del self._open[handle]

    def unlink(self, path: Path) -> None:
        if Path(path).name not in self._names:
            raise FileNotFoundError(path)
        self._rename(Path(path).name, None)

    def replace(self, source: Path, target: Path) -> None:
        place = self._names[Path(source).name]
        # One step of the disk: the new name and the lost one come together.
        del self._names[Path(source).name]
        self._rename(Path(target).name, place)

    def _rename(self, name: str, place: int | None) -> None:
        self._changes.append((name, place))
        if place is None:
            del self._names[name]
        else:
            self._names[name] = place
        self._stepped()

    def _stepped(self) -> None:
        self.after.append(self.crashes())

    def crashes(self) -> list[dict[str, bytes]]:
        found = []
        for kept in range(len(self._changes) + 1):
            names = dict(self._sure_names)
            for name, place in self._changes[:kept]:
                if place is None:
                    names.pop(name, None)
                else:
                    names[name] = place
            choices = [self._bodies_of(place) for place in names.values()]
            found += [dict(zip(names, bodies, strict=True)) for bodies in itertools.product(*choices)]
        return found

    def _bodies_of(self, place: int) -> list[bytes]:
        sure, body = self._sure[place], self._bodies[place]
        return [sure] if sure == body else [body[:size] for size in range(len(sure), len(body) + 1)]


def written(monkeypatch: pytest.MonkeyPatch, disk: Disk) -> Disk:
    monkeypatch.setattr(files, "os", disk)
    files.keep(Path("/folder/peers.json"), NEW, "peers-file")
    return disk


def states(disk: Disk) -> Iterator[bytes | None]:
    for each in itertools.chain.from_iterable(disk.after):
        yield each.get("peers.json")


@pytest.mark.parametrize("short", [False, True])
def test_whenever_the_power_goes_the_old_file_or_the_new_one_is_whole(monkeypatch, short):
    disk = written(monkeypatch, Disk({"peers.json": OLD}, short=short))
    assert set(states(disk)) == {OLD, NEW}
    assert {each["peers.json"] for each in disk.after[-1]} == {NEW}, "what has returned is there for good"
    assert sum(map(len, disk.after)) > 50


def test_what_a_crash_left_of_an_earlier_try_is_in_nobodys_way(monkeypatch):
    disk = written(monkeypatch, Disk({"peers.json": OLD, "peers.json.new": b"half"}))
    assert set(states(disk)) == {OLD, NEW}
    assert disk.after[-1] == [{"peers.json": NEW}]


def test_a_file_that_was_not_there_is_whole_or_not_there(monkeypatch):
    assert set(states(written(monkeypatch, Disk({})))) == {None, NEW}


@pytest.mark.parametrize("forgotten", ["file", "folder"])
def test_a_step_that_is_left_out_would_be_caught(monkeypatch, forgotten):
    disk = written(monkeypatch, Disk({"peers.json": OLD}, forget=forgotten))
    torn = set(states(disk)) != {OLD, NEW}
    lost = {each["peers.json"] for each in disk.after[-1]} != {NEW}
    assert (torn, lost) == ((True, True) if forgotten == "file" else (False, True))


@pytest.mark.parametrize("step", STEPS)
def test_a_fault_at_any_step_is_said_and_leaves_a_whole_file(tmp_path, monkeypatch, step):
    path = tmp_path / "keys.json"
    path.write_bytes(OLD)
    real = getattr(os, step)

    def full(*given, **named):
        if step == "close":
            real(*given, **named)
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(files.os, step, full)
    with pytest.raises(StoreFault, match="No space left") as refused:
        files.keep(path, NEW, "key-file")
    monkeypatch.undo()
    assert refused.value.rule == "key-file"
    assert path.read_bytes() == OLD
    files.keep(path, NEW, "key-file")
    assert path.read_bytes() == NEW
    assert [each.name for each in tmp_path.iterdir()] == ["keys.json"]


def test_a_kept_file_is_its_owners_alone(tmp_path):
    files.keep(tmp_path / "a", NEW, "key-file")
    files.keep_new(tmp_path / "b", NEW)
    assert {stat.S_IMODE(each.stat().st_mode) for each in tmp_path.iterdir()} == {0o600}


def test_a_new_file_takes_no_others_place(tmp_path):
    (tmp_path / "a").write_bytes(OLD)
    with pytest.raises(FileExistsError):
        files.keep_new(tmp_path / "a", NEW)
    assert (tmp_path / "a").read_bytes() == OLD
    with pytest.raises(StoreFault):
        files.keep(tmp_path / "none" / "a", NEW, "key-file")
