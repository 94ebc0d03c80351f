"""Ed25519 keys as the signed-note specification names and writes them.

A key has a name, a signature type and 32 bytes. Its *key id* here is `name+hash`, where `hash` is the eight
hex digits of the note key hash SHA-256(name, newline, type, public key)[:4]; its *vkey* is the key id with
`+base64(type, public key)` after it. Statements name their key by the key id.

Log, mirror, witness and statement keys must be different keys: an Ed25519 cosignature does not commit to
the name of who made it. `SigningKey.derive` makes a separate key for every role and name from one seed.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import unicodedata
from enum import IntEnum, StrEnum
from hashlib import sha256

from nacl.bindings import crypto_sign, crypto_sign_open, crypto_sign_seed_keypair
from nacl.exceptions import BadSignatureError

from keepclear.errors import Malformed, ProofRefused

SEED_BYTES = 32
PUBLIC_BYTES = 32
SIGNATURE_BYTES = 64
MAX_NAME_BYTES = 255
_FINGERPRINT_DIGITS = 30


class SignatureType(IntEnum):
    """The signature types of the signed-note specification that Keepclear writes and reads."""

    NOTE = 0x01
    COSIGNATURE = 0x04


class Role(StrEnum):
    """What a key may sign; no key serves two roles."""

    STATEMENT = "statement"
    LOG = "log"
    MIRROR = "mirror"
    WITNESS = "witness"


_TYPE_OF_ROLE = {
    Role.STATEMENT: SignatureType.NOTE,
    Role.LOG: SignatureType.NOTE,
    Role.MIRROR: SignatureType.COSIGNATURE,
    Role.WITNESS: SignatureType.COSIGNATURE,
}


def decode_base64(text: str, what: str) -> bytes:
    """Read standard base64 in its one canonical spelling.

    Python's decoder lets the unused bits of the last digit pass, so that two texts would mean one value.

    Raises:
        Malformed: the text is no base64, or not the spelling that encoding gives.
    """
    try:
        value = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise Malformed(f"{what} is not base64", "base64", "standard base64 with padding") from error
    if base64.b64encode(value).decode() != text:
        raise Malformed(f"{what} is not canonical base64", "base64", "the spelling that encoding gives")
    return value


def encode_base64(value: bytes) -> str:
    """Write standard base64 with padding."""
    return base64.b64encode(value).decode("ascii")


def check_key_name(name: str) -> str:
    """Give the name back if the signed-note specification allows it.

    Raises:
        Malformed: the name is empty, too long, or has a space, a control character or a plus sign.
    """
    barred = any(sign == "+" or sign.isspace() or unicodedata.category(sign) == "Cc" for sign in name)
    if not name or barred or len(name.encode()) > MAX_NAME_BYTES:
        raise Malformed(
            f'"{name}" cannot name a key',
            "key-name",
            f"1 to {MAX_NAME_BYTES} bytes without spaces, control characters or plus signs",
        )
    return name


def key_hash(name: str, kind: SignatureType, public: bytes) -> bytes:
    """Give the four bytes by which a signature line names its key."""
    return sha256(name.encode() + b"\n" + bytes([kind]) + public).digest()[:4]


def fingerprint(vkey: str) -> str:
    """Give thirty digits in six groups, to be read aloud and compared by voice.

    They cover the whole vkey (name, type and key); finding another key with the same digits takes about
    2^99 attempts.
    """
    number = int.from_bytes(sha256(b"keepclear-fingerprint/v1\n" + vkey.encode()).digest(), "big")
    digits = f"{number % 10**_FINGERPRINT_DIGITS:0{_FINGERPRINT_DIGITS}d}"
    return " ".join(digits[start : start + 5] for start in range(0, _FINGERPRINT_DIGITS, 5))


class VerifyingKey:
    """A public key with its name and type; two are equal when their vkey texts are."""

    __slots__ = ("hash", "key_id", "kind", "name", "public", "vkey")

    def __init__(self, name: str, kind: SignatureType, public: bytes) -> None:
        if len(public) != PUBLIC_BYTES:
            raise Malformed("a public key of the wrong length", "vkey", f"{PUBLIC_BYTES} bytes")
        self.name = check_key_name(name)
        self.kind = kind
        self.public = public
        self.hash = key_hash(name, kind, public)
        self.key_id = f"{name}+{self.hash.hex()}"
        self.vkey = f"{self.key_id}+{encode_base64(bytes([kind]) + public)}"

    @classmethod
    def parse(cls, vkey: str) -> VerifyingKey:
        """Read a vkey text.

        Raises:
            Malformed: the text is no vkey of a type that Keepclear knows, or its hash is not that of its key.
        """
        parts = vkey.split("+", 2)
        if len(parts) != 3:
            raise Malformed(f'"{vkey}" is no verifier key', "vkey", "name+hash+base64", "vkey")
        name, hash_hex, material = parts
        raw = decode_base64(material, f"the key of {name}")
        if len(raw) != 1 + PUBLIC_BYTES or raw[0] not in set(SignatureType):
            raise Malformed(
                f"the key of {name} has an unknown type", "vkey", "type 0x01 or 0x04 and 32 bytes", "vkey"
            )
        key = cls(name, SignatureType(raw[0]), raw[1:])
        if key.hash.hex() != hash_hex:
            raise Malformed(f"the key of {name} does not have the hash {hash_hex}", "vkey", key.vkey, "vkey")
        return key

    def verify(self, signature: bytes, message: bytes) -> None:
        """Check a bare Ed25519 signature over a message.

        Raises:
            ProofRefused: the signature was not made by this key over these bytes, or the key or the signature
                is one that no honest signer makes (a point of small order, a number written too large).
        """
        try:
            if len(signature) != SIGNATURE_BYTES:
                raise BadSignatureError
            crypto_sign_open(signature + message, self.public)
        except BadSignatureError as error:
            raise ProofRefused(
                f"a signature by {self.key_id} does not hold", "signature", "the bytes that were signed"
            ) from error

    def fingerprint(self) -> str:
        """Give the digits to read aloud."""
        return fingerprint(self.vkey)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, VerifyingKey) and self.vkey == other.vkey

    def __hash__(self) -> int:
        return hash(self.vkey)

    def __repr__(self) -> str:
        return f"VerifyingKey({self.vkey!r})"


class SigningKey:
    """A private key with its name and type; its `repr` does not show the seed."""

    __slots__ = ("_secret", "verifying")

    def __init__(self, name: str, seed: bytes, kind: SignatureType) -> None:
        if len(seed) != SEED_BYTES:
            raise Malformed(f"a seed of {len(seed)} bytes", "seed", f"{SEED_BYTES} bytes")
        public, self._secret = crypto_sign_seed_keypair(seed)
        self.verifying = VerifyingKey(name, kind, public)

    @classmethod
    def from_seed(cls, name: str, seed: bytes, kind: SignatureType = SignatureType.NOTE) -> SigningKey:
        """Make a key from its 32 secret bytes; `kind` is COSIGNATURE for mirrors and witnesses."""
        return cls(name, seed, kind)

    @classmethod
    def derive(cls, name: str, master: bytes, role: Role) -> SigningKey:
        """Make the key of one role and name from one master seed; no two of them share secret bytes."""
        if len(master) < SEED_BYTES:
            raise Malformed(f"a master seed of {len(master)} bytes", "seed", f"at least {SEED_BYTES} bytes")
        seed = hmac.digest(master, f"keepclear-key/v1\n{role}\n{name}\n".encode(), "sha256")
        return cls(name, seed, _TYPE_OF_ROLE[role])

    @property
    def name(self) -> str:
        """The name under which the key signs."""
        return self.verifying.name

    @property
    def kind(self) -> SignatureType:
        """The type of its signatures."""
        return self.verifying.kind

    @property
    def key_id(self) -> str:
        """The text `name+hash` by which statements name the key."""
        return self.verifying.key_id

    @property
    def vkey(self) -> str:
        """The public key as text."""
        return self.verifying.vkey

    def sign(self, message: bytes) -> bytes:
        """Sign bytes; the caller has put a prefix of its own before them."""
        return crypto_sign(message, self._secret)[:SIGNATURE_BYTES]

    def fingerprint(self) -> str:
        """Give the digits to read aloud."""
        return self.verifying.fingerprint()

    def __repr__(self) -> str:
        return f"SigningKey({self.vkey!r})"
