"""Where a node listens, and what has to stand before it does so beyond its own machine.

Beyond this machine a node is reached by TLS alone, under a name, by persons who sign in and programs with
tokens. Without certificate, name or anybody who could sign in it stays where it is.
"""

from __future__ import annotations

import errno
import ipaddress
import socket
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Final

from msgspec import Meta, Struct

from keepclear.errors import Malformed, NotAllowed, Refused

PORT: Final = 8642
HTTPS_PORT: Final = 443
MAX_PORT: Final = 65_535
_HOST: Final = r"^([A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?|\[[0-9A-Fa-f:.]+\])$"
HostName = Annotated[str, Meta(pattern=_HOST)]


class Listening(Struct, frozen=True, forbid_unknown_fields=True):
    """Where a node listens and by what names it is reached.

    Relative paths are below the data directory. `rp_id` and `origins` are worked out from the rest unless
    they are given, as behind a port that is passed on. Peers' nodes pull at `exchange_port`; 0 for none.
    """

    host: str = "127.0.0.1"
    port: Annotated[int, Meta(ge=1, le=MAX_PORT)] = PORT
    allowed_hosts: tuple[HostName, ...] = ()
    tls_certificate: str = ""
    tls_key: str = ""
    exchange_host: str = "127.0.0.1"
    exchange_port: Annotated[int, Meta(ge=0, le=MAX_PORT)] = 0
    rp_id: str = ""
    origins: tuple[Annotated[str, Meta(pattern=r"^https://[^/]+$")], ...] = ()


class Place(Struct, frozen=True):
    """For which name passkeys are made, and from which pages they are used."""

    rp_id: str
    origins: tuple[str, ...]


class Tls(Struct, frozen=True):
    """The files of a certificate and its key."""

    certificate: Path
    key: Path


def is_loopback(host: str) -> bool:
    """Tell whether only this machine can reach an address."""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def is_name(host: str) -> bool:
    """Tell a name from an address; passkeys are made for names."""
    try:
        ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return True
    return False


def tls_of(folder: Path, listen: Listening) -> Tls | None:
    """Give the certificate and key that the settings name, or None.

    Raises:
        Malformed: one is named without the other.
    """
    if not listen.tls_certificate and not listen.tls_key:
        return None
    if not (listen.tls_certificate and listen.tls_key):
        raise Malformed(
            "a TLS certificate without its key, or a key without its certificate",
            "tls-pair",
            "both tls_certificate and tls_key, or neither",
            "listen.tls_certificate",
        )
    return Tls(folder / listen.tls_certificate, folder / listen.tls_key)


def place_of(listen: Listening, *, tls: bool) -> Place:
    """Give for which name passkeys are made and from which pages they come; the first is shown to people."""
    names = [host.lower() for host in listen.allowed_hosts if is_name(host)]
    rp_id = listen.rp_id or (names[0] if tls and names else "localhost")
    if listen.origins:
        return Place(rp_id, listen.origins)
    scheme = "https" if tls else "http"
    port = "" if tls and listen.port == HTTPS_PORT else f":{listen.port}"
    inside = [name for name in (*names, "localhost") if name == rp_id or name.endswith(f".{rp_id}")]
    return Place(rp_id, tuple(f"{scheme}://{name}{port}" for name in dict.fromkeys(inside or [rp_id])))


def refuse_beyond_loopback(host: str) -> None:
    """Refuse to listen where others can reach it, where nobody signs in.

    Raises:
        NotAllowed: the address is not of the loopback range.
    """
    if not is_loopback(host):
        raise NotAllowed(
            f"listening at {host}, beyond this machine",
            "loopback-only",
            "127.0.0.1; a node of one's own (keepclear init) listens further once people sign in there",
        )


def check_may_listen(listen: Listening, tls: Tls | None, *, can_sign_in: bool) -> None:
    """Refuse to listen beyond this machine before there is a certificate, a name and a person.

    Raises:
        NotAllowed: something is missing; says how to get each.
    """
    if is_loopback(listen.host):
        return
    names = [host for host in listen.allowed_hosts if is_name(host)]
    missing = []
    if tls is None:
        missing.append(
            "a TLS certificate and key (keepclear tls self-signed NAME, or your own by tls_certificate and "
            "tls_key in settings.json)"
        )
    if not names:
        missing.append("a host name under which it is reached, in allowed_hosts (passkeys need a name)")
    if not can_sign_in:
        missing.append(
            'a person who can sign in (keepclear user add NAME --party PARTY --role "watch chief")'
        )
    if missing:
        raise NotAllowed(
            f"listening at {listen.host}, beyond this machine",
            "loopback-only",
            "127.0.0.1, or first: " + "; ".join(missing),
        )


def bound_sockets(host: str, port: int) -> list[socket.socket]:
    """Take the addresses at which a node answers: the given one, and this machine's own in any case.

    Nobody is let in before `listen`: until then whoever knocks is refused at once, and not left waiting.

    Raises:
        Refused: there is no such port, or it cannot be had.
    """
    if not 1 <= port <= MAX_PORT:
        raise Refused(f"listening at port {port}, which there is not", "port", f"--port with 1 to {MAX_PORT}")
    opened: list[socket.socket] = []
    own = is_loopback(host) or host == "0.0.0.0"  # noqa: S104 - compared, and only after check_may_listen
    try:
        for address in (host,) if own else (host, "127.0.0.1"):
            opened.append(_bound_socket(address, port))  # noqa: PERF401 - the opened ones are closed below
    except OSError as error:
        for one in opened:
            one.close()
        raise _not_to_be_had(port, error) from error
    return opened


def listen(bound: Iterable[socket.socket], port: int) -> None:
    """Let callers in at the addresses that were taken.

    Raises:
        Refused: another process was quicker to listen there.
    """
    try:
        for one in bound:
            one.listen()
    except OSError as error:
        raise _not_to_be_had(port, error) from error


def _not_to_be_had(port: int, error: OSError) -> Refused:
    why = "is in use" if error.errno == errno.EADDRINUSE else f"cannot be had: {error.strerror}"
    return Refused(f"port {port} {why}", "port", "--port N with another one")


def _bound_socket(host: str, port: int) -> socket.socket:
    family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    one = socket.socket(family, kind, protocol)
    try:
        one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            one.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        one.bind(address)
    except OSError:
        one.close()
        raise
    return one
