"""The neutral host at work: what has newly been told to a hosted host is compared, without anybody asking.

It decides nothing by itself: each pair is an act through the one writer, which looks again at what stands.
So a pair that two turns ask for is told once, and after a restart everything is looked at anew.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator
from datetime import date, datetime

from keepclear.commands.comparing import conflict_subject, decide_comparison
from keepclear.commands.telling import Decision, Desk
from keepclear.errors import Refused
from keepclear.model.notices import NoticeStated
from keepclear.model.statements import Entry
from keepclear.model.telling import ReleaseDecided, Revoked, StatusStated
from keepclear.model.words import PartyId, SubjectId
from keepclear.record.canonical import canonical
from keepclear.rules.comparing import pairs
from keepclear.service.asking import Ask
from keepclear.service.node import Node
from keepclear.views.hosting import is_host
from keepclear.views.picture import Picture

LOG = logging.getLogger(__name__)


class Hosting:
    """Compares what was told to the neutral hosts of a node."""

    def __init__(self, node: Callable[[], Node]) -> None:
        self._node = node
        self._looked: dict[PartyId, tuple[int, date]] = {}

    def turn(self) -> list[Ask]:
        """Give what is to be told now: of what has come since the last turn, and of all on a new day.

        A fault of ours in comparing must hold up no alarm of this node: it is logged, and the rest goes on.
        """
        node = self._node()
        asks: list[Ask] = []
        for party in node.hosted:
            if is_host(node.picture(party), party):
                try:
                    asks += self._at(node, party, node.clock.now())
                except Exception:
                    LOG.exception("what was told to %s could not be compared", party)
        return asks

    def _at(self, node: Node, host: PartyId, now: datetime) -> Iterator[Ask]:
        picture, size = node.picture(host), node.inbox_size(host)
        seen, day = self._looked.get(host, (0, now.date()))
        if size == seen and day == now.date():
            return
        self._looked[host] = (size, now.date())
        if seen == 0 or seen > size or day != now.date():
            touched = [subject for subject, _, _ in picture.each(NoticeStated)]
            touched += [subject for subject, _, _ in picture.withdrawn(NoticeStated)]
        else:
            touched = list(_touched(picture, node.inbox(host, seen)))
        for pair in pairs(picture, touched):
            if self._is_news(node, host, pair, now):
                yield _ask(node, host, pair, now)

    def _is_news(self, node: Node, host: PartyId, pair: tuple[SubjectId, SubjectId], now: datetime) -> bool:
        """Tell whether anything is to be told of a pair: it may be known, or its cap was told."""
        try:
            decide_comparison(node.desk(host), *pair, now, node.keys)
        except Refused:
            return False
        except Exception:
            LOG.exception("two notices told to %s could not be compared", host)
            return False
        return True

    def again(self) -> None:
        """Look at everything anew at the next turn: an act was refused, or its batch was lost."""
        self._looked.clear()


def _touched(picture: Picture, entries: Iterable[Entry]) -> Iterator[SubjectId]:
    """Give the notices of which something has come that may change what is told of them."""
    for entry in entries:
        match entry.statement.body:
            case NoticeStated():
                yield entry.statement.subject
            case Revoked(of=subject) | ReleaseDecided(of=subject):
                yield subject
            case StatusStated(of=text):
                about = picture.entry(text)
                if about is not None:
                    yield about.statement.subject


def _ask(node: Node, host: PartyId, pair: tuple[SubjectId, SubjectId], now: datetime) -> Ask:
    one, two = pair
    texts = len(node.picture(host).texts(conflict_subject(host, one, two, node.keys)))
    # Once for each state of what was told and of the day; no caller's key holds a line break.
    key = f"\ncompare/{one}/{two}/{texts}/{now.date().isoformat()}"

    def decided(desk: Desk, at: datetime) -> Decision:
        return decide_comparison(desk, one, two, at, node.keys)

    return Ask(host, key, canonical([key]), (), decided)
