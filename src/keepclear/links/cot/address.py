"""Where a feed of events is: what to connect to, or a port to listen at; on this machine alone."""

from __future__ import annotations

import ipaddress

from msgspec import Struct

from keepclear.errors import Refused
from keepclear.links.streaming import host_and_port


class Address(Struct, frozen=True):
    """One end: `listens` at a port, or connects to it."""

    listens: bool
    host: str
    port: int

    def __str__(self) -> str:
        """Give it as it is written in the settings."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{'listen:' if self.listens else ''}{host}:{self.port}"


def cot_address(given: str) -> Address:
    """Read `HOST:PORT` to connect to, `listen:PORT` or `listen:HOST:PORT` to be connected to.

    Raises:
        Malformed: it is none.
        Refused: the host is another machine; events go in plain TCP, which anybody on the way could read.
    """
    listens = given.startswith("listen:")
    rest = given.removeprefix("listen:")
    host, port = host_and_port(f"127.0.0.1:{rest}" if listens and rest.isdigit() else rest)
    if not _is_this_machine(host):
        raise Refused(
            f'events to and from "{host[:80]}" in plain TCP',
            "cot-plain",
            "127.0.0.1; for a device elsewhere a tunnel that ends here, as of ssh or a VPN",
            "address",
        )
    return Address(listens, host, port)


def _is_this_machine(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
