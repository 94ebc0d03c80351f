"""Where a feed of events is: what to connect to, or a port to listen at; on this machine alone."""

from __future__ import annotations

import ipaddress

from msgspec import Struct

from keepclear.errors import Malformed, Refused
from keepclear.links.streaming import host_and_port


class Address(Struct, frozen=True):
    """One end: `listens` at a port, or connects to it."""

    listens: bool
    host: str
    port: int

    def __str__(self) -> str:
        """Give it as it is written in the settings."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{'listen' if self.listens else 'tcp'}://{host}:{self.port}"


def cot_address(given: str) -> Address:
    """Read `tcp://HOST:PORT` or `listen://HOST:PORT`.

    Raises:
        Malformed: it is none.
        Refused: the host is another machine; events go in plain TCP, which anybody on the way could read.
    """
    scheme, _, rest = given.partition("://")
    if scheme not in ("tcp", "listen"):
        asks = "tcp://HOST:PORT to connect, listen://HOST:PORT to be connected to"
        raise Malformed(f'the address "{given[:80]}"', "feed-address", asks, "address")
    host, port = host_and_port(rest)
    if not _is_this_machine(host):
        raise Refused(
            f'events to and from "{host[:80]}" in plain TCP',
            "cot-plain",
            "127.0.0.1; a device elsewhere by a tunnel that ends here, as ssh -R or a VPN client's",
            "address",
        )
    return Address(scheme == "listen", host, port)


def _is_this_machine(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
