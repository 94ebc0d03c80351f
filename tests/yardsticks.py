"""Two schedulers of others, each in a process that is killed: what they fire of ten things that fall due.

`python -m tests.yardsticks NAME FOLDER set DUE` sets ten things due at DUE (seconds since 1970) and waits to
be killed; `… go DUE` starts again and gives it five seconds. What fires leaves a row in FOLDER/fired.
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

from keepclear.service.clock import SystemClock

COUNT = 10
FOLDER = "YARDSTICK_FOLDER"


def fire(number: int) -> None:
    path = Path(os.environ[FOLDER]) / "fired"
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.write(handle, b"%d\n" % number)
    os.close(handle)


def apscheduler(folder: Path, does: str, due: float) -> None:
    """Run APScheduler 3 with its SQLAlchemy store on SQLite and its defaults."""
    from datetime import UTC, datetime

    from apscheduler.jobstores.sqlalchemy import SQLAlchemyJobStore
    from apscheduler.schedulers.background import BackgroundScheduler

    store = SQLAlchemyJobStore(url=f"sqlite:///{folder / 'jobs.db'}")
    scheduler = BackgroundScheduler(jobstores={"default": store}, timezone="UTC")
    scheduler.start()
    if does == "set":
        for number in range(COUNT):
            scheduler.add_job(
                "tests.yardsticks:fire", "date", [number], run_date=datetime.fromtimestamp(due, UTC)
            )


def dbos(folder: Path, does: str, due: float) -> None:
    """Run DBOS with its system database on SQLite: one workflow each, that sleeps until it is due."""
    from dbos import DBOS

    @DBOS.step()
    def fired(number: int) -> None:
        fire(number)

    @DBOS.workflow()
    def wait_and_fire(number: int, at: float) -> None:
        DBOS.sleep(max(0.0, at - SystemClock().wall().timestamp()))
        fired(number)

    DBOS(config={"name": "yardstick", "system_database_url": f"sqlite:///{folder / 'dbos.db'}"})
    DBOS.launch()
    if does == "set":
        for number in range(COUNT):
            DBOS.start_workflow(wait_and_fire, number, due)


if __name__ == "__main__":
    name, place, does, due = sys.argv[1:]
    os.environ[FOLDER] = place
    {"apscheduler": apscheduler, "dbos": dbos}[name](Path(place), does, float(due))
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    time.sleep(60 if does == "set" else 5)
    os._exit(0)
