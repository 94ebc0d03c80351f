"""What the exchange writes down for the operator: one record per change, never one per try.

A link that is down for six hours is tried hundreds of times; the journal says when it went down and why, and
when it came back and for how long it had been gone. No record names a statement or what it says.
"""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING

import structlog

if TYPE_CHECKING:
    from keepclear.service.exchange.session import Health

NAME = "keepclear.exchange"


def _journal() -> structlog.stdlib.BoundLogger:
    rendered = structlog.processors.KeyValueRenderer(key_order=["event", "peer"], drop_missing=True)
    logger: structlog.stdlib.BoundLogger = structlog.wrap_logger(
        logging.getLogger(NAME),
        processors=[structlog.stdlib.filter_by_level, rendered],
        wrapper_class=structlog.stdlib.BoundLogger,
    )
    return logger


JOURNAL = _journal()


def to_stderr() -> None:
    """Let a serving node write its journal to the terminal or to what keeps its stderr, with UTC times."""
    kept = logging.getLogger(NAME)
    kept.setLevel(logging.INFO)
    if not kept.handlers:
        handler = logging.StreamHandler()
        handler.setFormatter(_Line("%(asctime)s exchange %(levelname)s %(message)s"))
        kept.addHandler(handler)
        kept.propagate = False


class _Line(logging.Formatter):
    """One line each, at the machine's time in UTC."""

    converter = staticmethod(time.gmtime)
    default_time_format = "%Y-%m-%dT%H:%M:%S"
    default_msec_format = "%s.%03dZ"


def changed(peer: str, before: Health, now: Health) -> None:
    """Write down what a try has changed of a link; nothing where it went as the one before.

    Args:
        peer: the other node.
        before: how the exchange went before the try.
        now: how it goes after it.
    """
    if now.failures and now.why != before.why:
        JOURNAL.warning("refused here" if now.refused else "link fails", peer=peer, why=now.why)
    elif not now.failures and (before.failures or before.pulled_at is None):
        gone = None
        if before.pulled_at is not None and now.pulled_at is not None:
            gone = round((now.pulled_at - before.pulled_at).total_seconds())
        JOURNAL.info("link up", peer=peer, failed_tries=before.failures, gone_s=gone)
    if now.taken > before.taken:
        JOURNAL.info("taken", peer=peer, entries=now.taken - before.taken, to_come=sum(now.behind.values()))
