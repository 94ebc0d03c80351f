"""How schedulers of others do where ours must not fail: killed before ten things fall due, up again after.

They are yardsticks and nothing of the project: their counts are printed, and only ours is held to ten.
"""

from __future__ import annotations

import importlib.util
import subprocess
import sys
import time
from collections import Counter

import pytest
from tests.patience import PATIENCE_S
from tests.watching import PLAN, Watch
from tests.yardsticks import COUNT

from keepclear.service.clock import SystemClock
from keepclear.stores.sqlite import SqliteStore

DOWN_S = 8.0
NAMES = ("apscheduler", "dbos")


def started(name, folder, does, due):
    command = [sys.executable, "-m", "tests.yardsticks", name, str(folder), does, str(due)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE)
    assert process.stdout.readline() == b"ready\n"
    return process


@pytest.mark.soak
@pytest.mark.parametrize("name", NAMES)
def test_a_scheduler_of_others_is_measured_where_it_is_here(name, tmp_path, capsys):
    if importlib.util.find_spec(name) is None:
        pytest.skip(f'the yardstick {name} is brought by "make soak"')
    due = SystemClock().wall().timestamp() + 2.0
    first = started(name, tmp_path, "set", due)
    first.kill()
    first.communicate()
    time.sleep(DOWN_S)
    started(name, tmp_path, "go", due).communicate(timeout=PATIENCE_S)
    path = tmp_path / "fired"
    fired = Counter(path.read_text().split() if path.exists() else [])
    with capsys.disabled():
        doubled = fired.total() - len(fired)
        sys.stdout.write(
            f"\nyardstick {name}: fired {len(fired)} of {COUNT} after {DOWN_S:.0f} s down, {doubled} twice\n"
        )
    assert set(fired) <= {str(number) for number in range(COUNT)}


def test_ours_fires_ten_of_ten_that_fell_due_while_it_was_down(tmp_path):
    watch = Watch(SqliteStore.open(tmp_path / "logs.db"))
    for _ in range(COUNT):
        watch.raise_alarm(PLAN)
    watch.kill()
    watch.machine.pass_s(DOWN_S)
    watch.run(1, tick_s=1)
    fired = Counter(delivery.alarm for delivery in watch.post.came)
    assert (len(fired), fired.total()) == (COUNT, COUNT)
    watch.check_law()
    watch.durable.close()
