"""The right to a store: one holder at a time, and a memory of what was there."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from keepclear.errors import StoreFault
from keepclear.stores.ownership import Ownership


def test_a_second_holder_is_refused_until_the_first_lets_go(tmp_path: Path) -> None:
    store = tmp_path / "logs.db"
    first = Ownership(store)
    with pytest.raises(StoreFault, match="another process") as refusal:
        Ownership(store)
    assert refusal.value.rule == "one-process"
    first.release()
    Ownership(store).release()


def test_two_stores_in_one_folder_have_holders_of_their_own(tmp_path: Path) -> None:
    first, second = Ownership(tmp_path / "a.db"), Ownership(tmp_path / "b.db")
    first.release()
    second.release()


def test_it_remembers_that_a_store_was_made(tmp_path: Path) -> None:
    store = tmp_path / "logs.db"
    first = Ownership(store)
    assert not first.had_store
    first.release()
    second = Ownership(store)
    assert not second.had_store, "holding a store does not make one"
    second.remember_store(store)
    second.release()
    third = Ownership(store)
    assert third.had_store
    third.release()


def test_the_lock_file_is_for_its_owner_only(tmp_path: Path) -> None:
    Ownership(tmp_path / "logs.db").release()
    assert stat.S_IMODE((tmp_path / "logs.db.lock").stat().st_mode) == 0o600


def test_a_folder_in_place_of_the_lock_file_is_a_fault(tmp_path: Path) -> None:
    (tmp_path / "logs.db.lock").mkdir()
    with pytest.raises(StoreFault) as refusal:
        Ownership(tmp_path / "logs.db")
    assert refusal.value.rule == "store-writable"
