"""TLS: reading a certificate with its key, making one that signs itself, and trusting one's own alone."""

from __future__ import annotations

import ipaddress
import ssl
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from keepclear.errors import Malformed, StoreFault
from keepclear.service import files
from keepclear.service.listening import Tls, is_name

CERTIFICATE: Final = "tls-certificate.pem"
KEY: Final = "tls-key.pem"
SELF_SIGNED_DAYS: Final = 397


def check_tls(tls: Tls, hosts: tuple[str, ...], now: datetime) -> x509.Certificate:
    """Read a certificate and its key, and hold them against each other, the names and the time.

    Raises:
        StoreFault: a file cannot be read, or others may read the key.
        Malformed: they do not belong together, are out of date, or name other hosts.
    """
    try:
        if tls.key.stat().st_mode & 0o077:
            raise StoreFault(
                f"the TLS key {tls.key} is open to others", "tls-key-file", f"chmod 600 {tls.key}"
            )
        certificate = x509.load_pem_x509_certificate(tls.certificate.read_bytes())
        server_context(tls)
    except OSError as error:
        if isinstance(error, ssl.SSLError):
            raise _not_a_pair(tls, error) from error
        raise StoreFault(
            f"the TLS files: {error}", "tls-files", "keepclear tls self-signed, or other paths"
        ) from error
    except ValueError as error:
        raise _not_a_pair(tls, error) from error
    if not certificate.not_valid_before_utc <= now < certificate.not_valid_after_utc:
        raise Malformed(
            f"the TLS certificate {tls.certificate}, good from {certificate.not_valid_before_utc} to "
            f"{certificate.not_valid_after_utc}",
            "tls-time",
            "a certificate that is good now",
        )
    unnamed = [host for host in hosts if not _covers(certificate, host)]
    if unnamed:
        raise Malformed(
            f"the TLS certificate {tls.certificate}, which does not name {', '.join(unnamed)}",
            "tls-names",
            "a certificate for every allowed host",
            "listen.allowed_hosts",
        )
    return certificate


def _not_a_pair(tls: Tls, error: Exception) -> Malformed:
    return Malformed(
        f"the TLS certificate {tls.certificate} with the key {tls.key}: {error}",
        "tls-pair",
        "a certificate in PEM with the key that it was made for, without a passphrase",
    )


def _covers(certificate: x509.Certificate, host: str) -> bool:
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return False
    if not is_name(host):
        return ipaddress.ip_address(host.strip("[]")) in names.get_values_for_type(x509.IPAddress)
    lower = host.lower()
    return any(
        lower == name.lower() or (name.startswith("*.") and lower.partition(".")[2] == name[2:].lower())
        for name in names.get_values_for_type(x509.DNSName)
    )


def server_context(tls: Tls) -> ssl.SSLContext:
    """Give the TLS settings under which a node answers: 1.2 or later."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(tls.certificate, tls.key, password=lambda: "")
    return context


def pinned_context(certificate: Path) -> ssl.SSLContext:
    """Give the TLS settings by which a command on this machine trusts its own node's certificate alone."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.check_hostname = False  # the certificate itself is known, whatever address it is met at
    own = x509.load_pem_x509_certificate(certificate.read_bytes())
    context.load_verify_locations(cadata=own.public_bytes(serialization.Encoding.DER))
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    return context


def fingerprint(certificate: x509.Certificate) -> str:
    """Give a certificate's SHA-256 in groups that can be read aloud."""
    digits = certificate.fingerprint(hashes.SHA256()).hex().upper()
    return " ".join(digits[start : start + 4] for start in range(0, len(digits), 4))


def make_self_signed(folder: Path, hosts: tuple[str, ...], now: datetime) -> x509.Certificate:
    """Make a key and a certificate for it that names the hosts, in the folder; nothing is overwritten.

    Raises:
        StoreFault: the files are there already or cannot be written.
    """
    key = ec.generate_private_key(ec.SECP256R1())
    named: list[x509.GeneralName] = [
        x509.DNSName(host.lower())
        if is_name(host)
        else x509.IPAddress(ipaddress.ip_address(host.strip("[]")))
        for host in hosts
    ]
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, hosts[0][:64])])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=SELF_SIGNED_DAYS))
        .add_extension(x509.SubjectAlternativeName(named), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .sign(key, hashes.SHA256())
    )
    _write_once(
        folder / KEY,
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        ),
    )
    _write_once(folder / CERTIFICATE, certificate.public_bytes(serialization.Encoding.PEM))
    return certificate


def _write_once(path: Path, content: bytes) -> None:
    try:
        files.keep_new(path, content)
    except OSError as error:
        raise StoreFault(
            f"writing {path}: {error.strerror}",
            "tls-files",
            f"a folder without {path.name}: move the old one away",
        ) from error
