"""A process of its own, for the tests that kill, crowd, starve or demote one.

`python -m tests.contracts.stores.child DOES PATH [NUMBER]`; what it tells stands on its standard output.
"""

from __future__ import annotations

import os
import resource
import sys
import time
from itertools import count, islice
from pathlib import Path

from tests.contracts.stores.story import OPENING, OWN, steps, take, telling

from keepclear.errors import StoreFault
from keepclear.stores.sqlite import SqliteStore

SEED = 77
NOBODY = 65_534
FILE_BYTES = 400_000


def tell(line: object) -> None:
    os.write(1, f"{line}\n".encode())


def work(path: Path, done: int) -> None:
    """Take the course from a step on, and tell how many steps are done after each."""
    store = SqliteStore.open(path)
    tell("open")
    for number, step in enumerate(islice(steps(SEED), done, None), done + 1):
        take(store, step)
        tell(number)


def hold(path: Path) -> None:
    """Keep the store open until killed."""
    store = SqliteStore.open(path)
    tell("open")
    time.sleep(60)
    store.close()


def fill(path: Path) -> None:
    """Run into a limit on the size of files, tell the rule and what was acknowledged, then go on."""
    store = SqliteStore.open(path)
    store.commit(OPENING)
    _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (FILE_BYTES, hard))
    for number in count():
        try:
            store.commit(telling(OWN, number, b"%d" % number * 4_000))
        except StoreFault as fault:
            tell(f"{fault.rule} {number}")
            break
    resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
    store.commit(telling(OWN, number, b"after the fault"))
    store.close()


def demoted(path: Path) -> None:
    """Open the store as a user who may not write it, and tell the rule that refuses."""
    if os.geteuid() == 0:
        os.setuid(NOBODY)
    try:
        SqliteStore.open(path).close()
    except StoreFault as fault:
        tell(fault.rule)
    else:
        tell("open")


if __name__ == "__main__":
    does, place, *more = sys.argv[1:]
    {"work": work, "hold": hold, "fill": fill, "demoted": demoted}[does](Path(place), *map(int, more))
