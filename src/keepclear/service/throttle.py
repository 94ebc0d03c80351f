"""Slows down whoever guesses at the door: counts failed sign-ins per address and per person.

Only signing in is counted. Nobody who is in waits for anything here: not an acknowledgement, not a flash
call. In memory, and bounded: a restart forgets, which costs a guesser's 100 bits nothing.
"""

from __future__ import annotations

import ipaddress
from collections import OrderedDict
from datetime import datetime, timedelta
from math import ceil
from typing import Final

from keepclear.errors import NotAllowed

WINDOW: Final = timedelta(minutes=5)
MOST_FAILURES: Final = 10
MOST_KEPT: Final = 10_000


class TooMany(NotAllowed):
    """Too many sign-ins failed from here; says when to come again."""

    def __init__(self, wait_s: int) -> None:
        self.wait_s = wait_s
        super().__init__("signing in after too many failures", "sign-in-rate", f"trying again in {wait_s} s")


class Throttle:
    """Failures by whom they concern: an address or a person."""

    def __init__(self) -> None:
        self._failures: OrderedDict[str, list[datetime]] = OrderedDict()

    def check(self, concerned: tuple[str, ...], now: datetime) -> None:
        """Refuse to try again for now.

        Raises:
            TooMany: too many sign-ins failed for one of them.
        """
        for key in concerned:
            recent = [at for at in self._failures.get(key, ()) if at > now - WINDOW]
            if len(recent) >= MOST_FAILURES:
                raise TooMany(ceil((recent[0] + WINDOW - now).total_seconds()))

    def failed(self, concerned: tuple[str, ...], now: datetime) -> None:
        """Count a failure."""
        for key in concerned:
            recent = [at for at in self._failures.pop(key, ()) if at > now - WINDOW]
            self._failures[key] = [*recent, now][-MOST_FAILURES:]
            if len(self._failures) > MOST_KEPT:
                self._failures.popitem(last=False)

    def succeeded(self, person: str) -> None:
        """Forget the failures of a person who is in."""
        self._failures.pop(person, None)


def address_key(address: str) -> str:
    """Give what counts as one address: an IPv6 network of 64 bits is one house."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return f"address {address[:64]}"
    if isinstance(found, ipaddress.IPv6Address):
        found = found.ipv4_mapped or ipaddress.ip_network((int(found) >> 64 << 64, 64)).network_address
    return f"address {found}"
