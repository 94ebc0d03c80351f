"""The journal of the exchange: one record per change of a link, with words for an operator and no content."""

from __future__ import annotations

import itertools
import logging
from datetime import timedelta

import msgspec
import pytest
from tests.unit.service.exchange.pair import Pair

from keepclear.service.exchange import journal
from keepclear.service.exchange.session import Health


@pytest.fixture
def kept(caplog):
    caplog.set_level(logging.INFO, journal.NAME)
    return lambda: [record.getMessage() for record in caplog.records if record.name == journal.NAME]


def test_a_link_that_stays_down_is_written_down_once_and_its_return_with_how_long_it_was_gone(kept):
    begin = Pair().t0
    up = Health(pulled_at=begin)
    down = [Health(pulled_at=begin, failures=number, why="nobody answers") for number in range(1, 300)]
    again = Health(pulled_at=begin + timedelta(hours=6), taken=12)
    steps = [up, *down, again]
    for before, now in itertools.pairwise(steps):
        journal.changed("bravo", before, now)
    assert kept() == [
        "event='link fails' peer='bravo' why='nobody answers'",
        "event='link up' peer='bravo' failed_tries=299 gone_s=21600",
        "event='taken' peer='bravo' entries=12 to_come=0",
    ]


def test_another_reason_is_written_down_and_what_was_refused_is_not_called_a_broken_link(kept):
    first = Health(failures=1, why="nobody answers")
    journal.changed("bravo", first, msgspec.structs.replace(first, failures=2))
    journal.changed("bravo", first, Health(failures=2, why="entry 3 does not hold", refused=True))
    assert kept() == ["event='refused here' peer='bravo' why='entry 3 does not hold'"]


def test_a_link_that_goes_on_as_before_writes_nothing(kept):
    same = Health(pulled_at=Pair().t0)
    journal.changed("bravo", same, msgspec.structs.replace(same))
    assert kept() == []


def test_a_serving_node_writes_it_with_utc_times(capsys):
    logger = logging.getLogger(journal.NAME)
    handlers, level, propagate = list(logger.handlers), logger.level, logger.propagate
    logger.handlers = []
    try:
        journal.to_stderr()
        journal.to_stderr()
        journal.JOURNAL.info("link up", peer="bravo")
        written = capsys.readouterr().err.splitlines()
    finally:
        logger.handlers, logger.propagate = handlers, propagate
        logger.setLevel(level)
    assert len(written) == 1
    assert written[0].endswith("exchange INFO event='link up' peer='bravo'")
    assert written[0].split()[0].endswith("Z")
