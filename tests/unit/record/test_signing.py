"""Keys: their texts, their roles, and what is read aloud."""

from __future__ import annotations

import hashlib
import re

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from nacl.bindings import crypto_scalarmult_ed25519_base_noclamp

from keepclear.errors import Malformed, ProofRefused
from keepclear.record.signing import (
    Role,
    SignatureType,
    SigningKey,
    VerifyingKey,
    check_key_name,
    decode_base64,
)

SPEC_VKEY = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
SEED = bytes(range(32))


def test_the_specifications_key_is_read_and_written_alike():
    key = VerifyingKey.parse(SPEC_VKEY)
    assert (key.vkey, key.key_id, key.name) == (SPEC_VKEY, "example.com/foo+530d903a", "example.com/foo")


def test_key_is_that_of_rfc_8032():
    seed = bytes.fromhex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")
    key = SigningKey.from_seed("rfc8032", seed)
    assert key.verifying.public.hex() == "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"
    assert key.sign(b"").hex().startswith("e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155")


def test_signature_holds_over_its_own_bytes_only():
    key = SigningKey.from_seed("a.example/desk", SEED)
    signature = key.sign(b"words")
    key.verifying.verify(signature, b"words")
    for wrong, message in ((signature, b"other words"), (bytes(64), b"words"), (b"", b"words")):
        with pytest.raises(ProofRefused):
            key.verifying.verify(wrong, message)


ORDER = 2**252 + 27742317777372353535851937790883648493


@pytest.mark.parametrize("message", [b"", b"a", bytes(range(256)) * 40])
def test_another_library_takes_our_signatures_and_we_take_its(message):
    seed = hashlib.sha256(message).digest()
    ours, theirs = SigningKey.from_seed("k", seed), Ed25519PrivateKey.from_private_bytes(seed)
    assert ours.sign(message) == theirs.sign(message)
    assert ours.verifying.public == theirs.public_key().public_bytes_raw()
    theirs.public_key().verify(ours.sign(message), message)
    ours.verifying.verify(theirs.sign(message), message)


@pytest.mark.parametrize("cut", [0, 63, 65])
def test_signature_of_another_length_is_refused(cut):
    key = SigningKey.from_seed("k", bytes(32))
    with pytest.raises(ProofRefused):
        key.verifying.verify((key.sign(b"m") + b"m")[:cut], b"m")


def test_a_second_spelling_of_a_signature_is_refused():
    key = SigningKey.from_seed("k", bytes(32))
    made = key.sign(b"m")
    larger = (int.from_bytes(made[32:], "little") + ORDER).to_bytes(32, "little")
    with pytest.raises(ProofRefused):
        key.verifying.verify(made[:32] + larger, b"m")


def test_a_key_under_which_one_signature_holds_for_every_text_is_refused():
    """RFC 8032 lets the neutral point be a key; with it `S·B = R` holds whatever was signed."""
    neutral = b"\x01" + bytes(31)
    scalar = b"\x05" + bytes(31)
    made = crypto_scalarmult_ed25519_base_noclamp(scalar) + scalar
    for text in (b"we strike nothing", b"we never said so"):
        Ed25519PublicKey.from_public_bytes(neutral).verify(made, text)  # a checker that follows the RFC alone
        with pytest.raises(ProofRefused):
            VerifyingKey("k", SignatureType.NOTE, neutral).verify(made, text)


def test_roles_and_names_share_no_key():
    derived = {
        SigningKey.derive(name, SEED, role).verifying.public
        for role in Role
        for name in ("a.example", "b.example")
    }
    assert len(derived) == 2 * len(Role)


def test_role_gives_the_signature_type():
    assert SigningKey.derive("a", SEED, Role.LOG).kind is SignatureType.NOTE
    assert SigningKey.derive("a", SEED, Role.WITNESS).kind is SignatureType.COSIGNATURE


def test_one_public_key_of_two_types_has_two_ids():
    first = SigningKey.from_seed("a", SEED)
    second = SigningKey.from_seed("a", SEED, SignatureType.COSIGNATURE)
    assert first.key_id != second.key_id


def test_fingerprint_is_six_groups_of_five_digits():
    digits = VerifyingKey.parse(SPEC_VKEY).fingerprint()
    assert re.fullmatch(r"\d{5}( \d{5}){5}", digits)
    assert digits == SPEC_FINGERPRINT


SPEC_FINGERPRINT = "93553 71513 49933 79121 55228 74360"


@pytest.mark.parametrize(
    "vkey",
    [
        "",
        "example.com/foo",
        SPEC_VKEY.replace("530d903a", "530d903b"),
        SPEC_VKEY.replace("530d903a", "530D903A"),
        SPEC_VKEY.replace("foo", "fop"),
        SPEC_VKEY.replace("AekyeRrm", "AukyeRrm"),
        SPEC_VKEY[:-4],
        SPEC_VKEY + "\n",
    ],
)
def test_vkey_with_a_fault_is_refused(vkey):
    with pytest.raises(Malformed):
        VerifyingKey.parse(vkey)


@pytest.mark.parametrize("name", ["", "a b", "a+b", "a\u00a0b", "a\x00b", "é" * 128])
def test_key_name_that_would_break_a_line_is_refused(name):
    with pytest.raises(Malformed):
        check_key_name(name)


def test_base64_has_one_spelling():
    assert decode_base64("QQ==", "x") == b"A"
    for other in ("QR==", "QQ=", "QQ", "Q Q==", "QQ==\n"):
        with pytest.raises(Malformed):
            decode_base64(other, "x")


def test_secret_is_not_shown():
    assert SEED.hex() not in repr(SigningKey.from_seed("a", SEED))
    assert "AAECAwQF" not in repr(SigningKey.from_seed("a", SEED))
