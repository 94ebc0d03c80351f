"""The certificate by which a node shows itself to its peers: made once, kept, renewed only when asked."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509

from keepclear.errors import StoreFault
from keepclear.service.exchange.identity import GOOD_DAYS, identity, renew

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def test_it_is_made_once_and_kept(tmp_path):
    first = identity(tmp_path, "alpha", NOW)
    kept = first.certificate.read_bytes()
    assert identity(tmp_path, "alpha", NOW + timedelta(days=9)).certificate.read_bytes() == kept
    made = x509.load_pem_x509_certificate(kept)
    assert made.not_valid_after_utc == NOW + timedelta(days=GOOD_DAYS)
    assert first.key.stat().st_mode & 0o777 == 0o600


def test_a_key_that_others_can_read_is_refused(tmp_path):
    tls = identity(tmp_path, "alpha", NOW)
    tls.key.chmod(0o644)
    with pytest.raises(StoreFault, match="tls-key-file"):
        identity(tmp_path, "alpha", NOW)


def test_a_new_one_takes_its_place_when_asked(tmp_path):
    first = identity(tmp_path, "alpha", NOW).certificate.read_bytes()
    assert renew(tmp_path, "alpha", NOW).certificate.read_bytes() != first


def test_a_folder_that_cannot_be_written_is_said_so(tmp_path):
    with pytest.raises(StoreFault, match="tls-files"):
        identity(tmp_path / "missing", "alpha", NOW)
