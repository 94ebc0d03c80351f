"""A process that is killed at any moment leaves everything that it had acknowledged."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from itertools import islice
from pathlib import Path

import pytest
from tests.contracts.stores.child import SEED
from tests.contracts.stores.story import contents, dice_of, steps, take

from keepclear.commands.ports import Store
from keepclear.stores.memory import MemoryStore
from keepclear.stores.sqlite import SqliteStore

KILLS = 8
SOAK_KILLS = int(os.environ.get("KEEPCLEAR_KILLS", "1000"))
RESTART_AT = 1_500  # steps, so that comparing whole contents stays quick


def kill_at_some_moment(path: Path, done: int, dice: random.Random) -> int:
    """Let a child work on the store, kill it, and give how many steps it had acknowledged."""
    command = [sys.executable, "-m", "tests.contracts.stores.child", "work", str(path), str(done)]
    child = subprocess.Popen(command, stdout=subprocess.PIPE)
    assert child.stdout is not None
    assert child.stdout.readline() == b"open\n"
    told = [child.stdout.readline() for _ in range(dice.randint(0, 40))]
    time.sleep(dice.random() * 0.004)
    child.kill()
    told += child.stdout.read().split()
    child.wait()
    child.stdout.close()
    return int(told[-1]) if told else done


def steps_in(store: Store, oracle: MemoryStore, done: int, acknowledged: int) -> int:
    """Bring the oracle to the steps that were acknowledged, or one more; refuse anything else."""
    course = list(islice(steps(SEED), acknowledged + 1))
    for step in course[done:acknowledged]:
        take(oracle, step)
    if contents(store, course) == contents(oracle, course):
        return acknowledged
    take(oracle, course[acknowledged])
    assert contents(store, course) == contents(oracle, course)
    return acknowledged + 1


def survive(kills: int, folder: Path, seed: int) -> int:
    dice = dice_of(seed)
    acknowledged_in_all = 0
    path, oracle, done = folder / "0.db", MemoryStore(), 0
    for kill in range(kills):
        acknowledged = max(done, kill_at_some_moment(path, done, dice))
        acknowledged_in_all += acknowledged - done
        store = SqliteStore.open(path)
        store.check()
        done = steps_in(store, oracle, done, acknowledged)
        store.close()
        if done > RESTART_AT:
            path, oracle, done = folder / f"{kill + 1}.db", MemoryStore(), 0
    return acknowledged_in_all


def test_a_killed_process_keeps_what_it_acknowledged_and_lets_go_of_the_store(tmp_path: Path) -> None:
    assert survive(KILLS, tmp_path, 5) > KILLS


def test_the_comparison_catches_a_store_that_lost_its_last_batch(tmp_path: Path) -> None:
    course = list(islice(steps(SEED), 12))
    store = SqliteStore.open(tmp_path / "logs.db")
    for step in course[:9]:
        take(store, step)
    with pytest.raises(AssertionError):
        steps_in(store, MemoryStore(), 0, 10)
    store.close()


@pytest.mark.soak
def test_a_thousand_kills_lose_nothing(tmp_path: Path) -> None:
    assert survive(SOAK_KILLS, tmp_path, 6) > SOAK_KILLS
