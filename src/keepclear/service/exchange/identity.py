"""The certificate by which a node shows itself to its peers: made once, pinned on its card, good for long.

It is not the certificate of the node's pages: people's browsers renew theirs; a pinned one is compared in
person, and a new one means comparing again.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from keepclear.errors import StoreFault
from keepclear.service import files
from keepclear.service.listening import Tls

CERTIFICATE: Final = "exchange-certificate.pem"
KEY: Final = "exchange-key.pem"
PEERS: Final = "peers.json"
EVIDENCE: Final = "evidence"
GOOD_DAYS: Final = 3_653


def identity(folder: Path, node: str, now: datetime) -> Tls:
    """Give the certificate and key of a node's exchange; made the first time.

    Raises:
        StoreFault: the files cannot be written or are open to others.
    """
    tls = Tls(folder / CERTIFICATE, folder / KEY)
    if not tls.certificate.exists():
        _make(tls, node, now)
    if tls.key.stat().st_mode & 0o077:
        raise StoreFault(f"the key {tls.key} is open to others", "tls-key-file", f"chmod 600 {tls.key}")
    return tls


def renew(folder: Path, node: str, now: datetime) -> Tls:
    """Make a new certificate and key; every peer has to compare the new card before it lets this node in.

    Raises:
        StoreFault: the files cannot be written.
    """
    (folder / CERTIFICATE).unlink(missing_ok=True)
    return identity(folder, node, now)


def _make(tls: Tls, node: str, now: datetime) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, node[:64])])
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=GOOD_DAYS))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    files.keep(tls.key, private, "tls-files")
    files.keep(tls.certificate, made.public_bytes(serialization.Encoding.PEM), "tls-files")
