"""Where a node may listen, and for which name and pages passkeys are made."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from keepclear.errors import Malformed, NotAllowed, Refused
from keepclear.service.listening import (
    Listening,
    Place,
    Tls,
    bound_sockets,
    check_may_listen,
    is_loopback,
    listen,
    place_of,
    tls_of,
)

TLS = Tls(Path("c"), Path("k"))
NAMED = ("hq.example.org",)
BEYOND = ["0.0.0.0", "192.0.2.1", "example.org", "::", "", "127.0.0.1.example.org", "0"]  # noqa: S104


@pytest.mark.parametrize("host", BEYOND)
@pytest.mark.parametrize("missing", ["tls", "name", "person", "all"])
def test_beyond_this_machine_needs_certificate_name_and_person_and_says_how_to_get_each(host, missing):
    hosts = () if missing in ("name", "all") else NAMED
    tls = None if missing in ("tls", "all") else TLS
    with pytest.raises(NotAllowed) as refused:
        check_may_listen(
            Listening(host, allowed_hosts=hosts), tls, can_sign_in=missing not in ("person", "all")
        )
    words = str(refused.value)
    assert ("keepclear tls self-signed" in words) == (missing in ("tls", "all"))
    assert ("allowed_hosts" in words) == (missing in ("name", "all"))
    assert ("keepclear user add" in words) == (missing in ("person", "all"))


@pytest.mark.parametrize("host", BEYOND)
def test_with_all_three_a_node_listens_anywhere(host):
    check_may_listen(Listening(host, allowed_hosts=NAMED), TLS, can_sign_in=True)


@pytest.mark.parametrize("host", ["127.0.0.1", "127.3.2.1", "::1", "localhost"])
def test_on_this_machine_nothing_is_needed(host):
    assert is_loopback(host)
    check_may_listen(Listening(host), None, can_sign_in=False)


def test_addresses_alone_are_not_enough_since_passkeys_need_a_name():
    with pytest.raises(NotAllowed, match="passkeys need a name"):
        check_may_listen(Listening("0.0.0.0", allowed_hosts=("192.0.2.1", "[::1]")), TLS, can_sign_in=True)  # noqa: S104


@pytest.mark.parametrize(
    ("listen", "tls", "place"),
    [
        (Listening(), False, Place("localhost", ("http://localhost:8642",))),
        (Listening(allowed_hosts=NAMED), False, Place("localhost", ("http://localhost:8642",))),
        (Listening(), True, Place("localhost", ("https://localhost:8642",))),
        (
            Listening(port=443, allowed_hosts=NAMED),
            True,
            Place("hq.example.org", ("https://hq.example.org",)),
        ),
        (
            Listening(
                allowed_hosts=("192.0.2.1", "A.hq.example.org", "hq.example.org"), rp_id="hq.example.org"
            ),
            True,
            Place("hq.example.org", ("https://a.hq.example.org:8642", "https://hq.example.org:8642")),
        ),
        (
            Listening(allowed_hosts=("evilhq.example.org",), rp_id="hq.example.org"),
            True,
            Place("hq.example.org", ("https://hq.example.org:8642",)),
        ),
        (
            Listening(allowed_hosts=NAMED, origins=("https://hq.example.org",)),
            True,
            Place("hq.example.org", ("https://hq.example.org",)),
        ),
    ],
)
def test_passkeys_are_made_for_the_name_and_pages_of_the_settings(listen, tls, place):
    assert place_of(listen, tls=tls) == place


def test_a_certificate_without_its_key_is_refused(tmp_path):
    assert tls_of(tmp_path, Listening()) is None
    assert tls_of(tmp_path, Listening(tls_certificate="c", tls_key="k")) == Tls(
        tmp_path / "c", tmp_path / "k"
    )
    for half in (Listening(tls_certificate="c"), Listening(tls_key="k")):
        with pytest.raises(Malformed, match="tls-pair"):
            tls_of(tmp_path, half)


def test_a_port_that_is_taken_is_a_fault_and_leaves_no_socket_open():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(Refused, match="is in use"):
            bound_sockets("127.0.0.1", taken.getsockname()[1])


def test_a_port_that_another_takes_meanwhile_is_a_fault_when_callers_are_let_in():
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        other.bind(("127.0.0.1", 0))
        port = other.getsockname()[1]
        [one] = bound_sockets("127.0.0.1", port)
        with one:
            other.listen()
            with pytest.raises(Refused, match="is in use"):
                listen([one], port)


def test_commands_on_the_machine_reach_a_node_that_listens_elsewhere():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    opened = bound_sockets("127.0.0.2", port)
    assert [one.getsockname()[0] for one in opened] == ["127.0.0.2"]
    for one in opened:
        one.close()
    opened = bound_sockets("::", port)
    assert sorted(one.getsockname()[0] for one in opened) == ["127.0.0.1", "::"]
    for one in opened:
        one.close()
