"""Certificates: made once, held against key, names and time, and trusted one by one."""

from __future__ import annotations

import re
import ssl
import stat
from datetime import timedelta

import pytest
import trustme

from keepclear.errors import Malformed, StoreFault
from keepclear.service.clock import SystemClock
from keepclear.service.listening import Tls
from keepclear.service.tls import (
    CERTIFICATE,
    KEY,
    SELF_SIGNED_DAYS,
    check_tls,
    fingerprint,
    make_self_signed,
    pinned_context,
    server_context,
)

NOW = SystemClock().now()
HOSTS = ("hq.example.org", "192.0.2.1", "[2001:db8::1]")


@pytest.fixture
def own(tmp_path):
    make_self_signed(tmp_path, HOSTS, NOW)
    return Tls(tmp_path / CERTIFICATE, tmp_path / KEY)


def test_a_certificate_names_its_hosts_and_its_key_is_the_owners(own):
    assert stat.S_IMODE(own.key.stat().st_mode) == 0o600
    made = check_tls(own, HOSTS, NOW)
    assert re.fullmatch(r"([0-9A-F]{4} ){15}[0-9A-F]{4}", fingerprint(made))


def test_nothing_is_overwritten(own, tmp_path):
    before = own.key.read_bytes()
    with pytest.raises(StoreFault, match="move the old one away"):
        make_self_signed(tmp_path, HOSTS, NOW)
    assert own.key.read_bytes() == before


def test_it_can_sign_no_other_certificate(own):
    from cryptography import x509

    made = check_tls(own, HOSTS, NOW)
    assert made.extensions.get_extension_for_class(x509.BasicConstraints).value.ca is False


@pytest.mark.parametrize("host", ["other.example.org", "example.org", "192.0.2.2", "a.hq.example.org"])
def test_a_host_that_it_does_not_name_is_refused(own, host):
    with pytest.raises(Malformed, match="tls-names"):
        check_tls(own, (host,), NOW)


@pytest.mark.parametrize("at", [NOW - timedelta(days=1), NOW + timedelta(days=SELF_SIGNED_DAYS)])
def test_it_is_refused_out_of_its_time(own, at):
    with pytest.raises(Malformed, match="tls-time"):
        check_tls(own, HOSTS, at)


def test_a_key_that_others_may_read_is_refused(own):
    own.key.chmod(0o640)
    with pytest.raises(StoreFault, match="chmod 600"):
        check_tls(own, HOSTS, NOW)


def test_files_that_do_not_belong_together_or_are_none_are_refused(own, tmp_path):
    other = tmp_path / "other"
    other.mkdir()
    make_self_signed(other, HOSTS, NOW)
    with pytest.raises(Malformed, match="tls-pair"):
        check_tls(Tls(own.certificate, other / KEY), HOSTS, NOW)
    own.certificate.write_text("no certificate")
    with pytest.raises(Malformed, match="tls-pair"):
        check_tls(own, HOSTS, NOW)
    with pytest.raises(StoreFault, match="tls-files"):
        check_tls(Tls(tmp_path / "none", tmp_path / "none"), HOSTS, NOW)


def test_a_certificate_of_an_authority_is_as_good(tmp_path):
    issued = trustme.CA().issue_cert("hq.example.org", "*.field.example.org")
    issued.cert_chain_pems[0].write_to_path(tmp_path / "c")
    issued.private_key_pem.write_to_path(tmp_path / "k")
    (tmp_path / "k").chmod(0o600)
    check_tls(Tls(tmp_path / "c", tmp_path / "k"), ("hq.example.org", "one.field.example.org"), NOW)
    with pytest.raises(Malformed, match="tls-names"):
        check_tls(Tls(tmp_path / "c", tmp_path / "k"), ("a.b.field.example.org",), NOW)


def test_a_node_answers_no_older_tls_than_1_2(own):
    assert server_context(own).minimum_version is ssl.TLSVersion.TLSv1_2


def test_a_command_trusts_its_own_certificate_and_no_other(own, tmp_path):
    other = tmp_path / "other"
    other.mkdir()
    make_self_signed(other, HOSTS, NOW)
    _shake(server_context(own), pinned_context(own.certificate))
    with pytest.raises(ssl.SSLCertVerificationError):
        _shake(server_context(Tls(other / CERTIFICATE, other / KEY)), pinned_context(own.certificate))
    authority = trustme.CA()
    leaf, sibling = authority.issue_cert("hq.example.org"), authority.issue_cert("hq.example.org")
    chain = tmp_path / "chain"
    chain.write_bytes(leaf.cert_chain_pems[0].bytes() + authority.cert_pem.bytes())
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    leaf.configure_cert(server)
    _shake(server, pinned_context(chain))
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    sibling.configure_cert(server)
    with pytest.raises(ssl.SSLCertVerificationError):
        _shake(server, pinned_context(chain))


def _shake(server, client):
    """Let two ends shake hands in memory."""
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    ends = [
        client.wrap_bio(to_client, to_server, server_hostname="hq.example.org"),
        server.wrap_bio(to_server, to_client, server_side=True),
    ]
    done = [False, False]
    for _ in range(20):
        for number, end in enumerate(ends):
            if not done[number]:
                try:
                    end.do_handshake()
                    done[number] = True
                except ssl.SSLWantReadError:
                    pass
    assert all(done)
