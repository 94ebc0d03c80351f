"""The keys of the parties that a node hosts, kept in one file that only its owner can read.

Every key of a party is derived from one master seed, separately for each role and name (record/signing).
Ids are keyed hashes, so that they say nothing of how much else was told.
"""

from __future__ import annotations

import base64
import hmac
import secrets
from hashlib import sha256
from pathlib import Path
from typing import Final

import msgspec

from keepclear.errors import StoreFault
from keepclear.model.statements import Statement, encode, signed_part, signed_part_of
from keepclear.model.words import Form, PartyId, StatementId, SubjectId
from keepclear.record.canonical import SALT_BYTES
from keepclear.record.signing import SEED_BYTES, Role, SigningKey
from keepclear.service import files

_ID_BYTES: Final = 15
# An id is 24 letters and figures, five bits each (RFC 4648, 6); each act makes two of them. Two at a time.
_DIGITS = "abcdefghijklmnopqrstuvwxyz234567"
_PAIRS: Final = tuple(high + low for high in _DIGITS for low in _DIGITS)
_SHIFTS: Final = tuple(range(_ID_BYTES * 8 - 10, -1, -10))
_UNSEALED = "A" * 88  # as long as the 64 bytes of a signature in base64


class Keyring:
    """Master seeds by party; makes ids and signatures.

    A hosted party's keys are held by the host, who could misuse them: the verifier's grade says so.
    """

    def __init__(self, node: str, masters: dict[str, bytes], path: Path | None = None) -> None:
        self.node = node
        self._masters = masters
        self._path = path
        self._statement_keys: dict[PartyId, SigningKey] = {}
        self._log_keys: dict[tuple[PartyId, str], SigningKey] = {}

    @classmethod
    def from_seed(
        cls, node: str, seed: bytes, parties: tuple[PartyId, ...], path: Path | None = None
    ) -> Keyring:
        """Make a keyring that is the same for the same seed: for replays and tests, never for a real node.

        With a path it is kept there.
        """
        masters = {name: hmac.digest(seed, name.encode(), "sha256") for name in (node, *parties)}
        ring = cls(node, masters, path)
        ring._save()
        return ring

    @classmethod
    def open(cls, path: Path, node: str) -> Keyring:
        """Read the key file, or make it with fresh keys if there is none.

        Raises:
            StoreFault: the file is not readable, or others than its owner may read it.
        """
        try:
            if path.exists():
                if path.stat().st_mode & 0o077:
                    raise StoreFault(
                        f"the key file {path} is open to others", "key-file", f"chmod 600 {path}"
                    )
                kept = msgspec.json.decode(path.read_bytes(), type=dict[str, str])
                masters = {name: base64.b64decode(seed, validate=True) for name, seed in kept.items()}
                if node not in masters or any(len(seed) != SEED_BYTES for seed in masters.values()):
                    raise ValueError("a seed is missing or cut short")
                return cls(node, masters, path)
        except (OSError, msgspec.DecodeError, ValueError) as error:
            raise StoreFault(
                f"the key file {path} cannot be read: {error}", "key-file", "the file as it was made"
            ) from error
        ring = cls(node, {node: secrets.token_bytes(SEED_BYTES)}, path)
        ring._save()
        return ring

    def host(self, *parties: PartyId) -> None:
        """Make keys for parties that have none yet, durably, before anything is signed with them."""
        new = [party for party in parties if party not in self._masters]
        for party in new:
            self._masters[party] = secrets.token_bytes(SEED_BYTES)
        if new:
            self._save()

    def parties(self) -> list[PartyId]:
        """Give the parties that have keys here, the node itself left out."""
        return [PartyId(name) for name in self._masters if name != self.node]

    def _save(self) -> None:
        if self._path is None:
            return
        text = msgspec.json.encode(
            {name: base64.b64encode(seed).decode() for name, seed in self._masters.items()}
        )
        files.keep(self._path, text, "key-file")

    def statement_key(self, party: PartyId) -> SigningKey:
        """Give the key with which a party signs statements."""
        key = self._statement_keys.get(party)
        if key is None:
            key = self._statement_keys[party] = SigningKey.derive(party, self._masters[party], Role.STATEMENT)
        return key

    def log_key(self, party: PartyId, origin: str) -> SigningKey:
        """Give the key that signs the checkpoints of one log; its name is the log's origin."""
        key = self._log_keys.get((party, origin))
        if key is None:
            key = self._log_keys[party, origin] = SigningKey.derive(origin, self._masters[party], Role.LOG)
        return key

    def mirror_key(self) -> SigningKey:
        """Give the key with which this node cosigns what it holds, under its own name."""
        return SigningKey.derive(f"{self.node}/mirror", self._masters[self.node], Role.MIRROR)

    def witness_key(self) -> SigningKey:
        """Give the key with which a witness cosigns what others' logs have grown to."""
        return SigningKey.derive(f"{self.node}/witness", self._masters[self.node], Role.WITNESS)

    def sign(self, statement: Statement) -> Statement:
        """Give the statement with its author's key id and signature."""
        key = self.statement_key(statement.author.party)
        author = msgspec.structs.replace(statement.author, key=key.key_id)
        keyed = msgspec.structs.replace(statement, author=author, sig="")
        signature = base64.b64encode(key.sign(signed_part(keyed))).decode()
        return msgspec.structs.replace(keyed, sig=signature)

    def seal(self, statement: Statement) -> bytes:
        """Give the canonical bytes of the statement with its author's key id and signature, written once."""
        key = self.statement_key(statement.author.party)
        author = msgspec.structs.replace(statement.author, key=key.key_id)
        unsealed = msgspec.structs.replace(statement, author=author, sig=_UNSEALED)
        encoded = encode(unsealed)
        if encoded.count(_UNSEALED.encode()) != 1:
            return encode(self.sign(statement))  # somebody's words hold the very same letters
        signature = base64.b64encode(key.sign(signed_part_of(unsealed, encoded)))
        return encoded.replace(_UNSEALED.encode(), signature)

    def salt(self, party: PartyId) -> bytes:
        """Give a fresh salt for a body of this party; random, and marked as the party's own."""
        fresh = secrets.token_bytes(SALT_BYTES // 2)
        return fresh + self._salt_mark(party, fresh)

    def salt_for(self, party: PartyId, key: str, body: bytes) -> bytes:
        """Give the salt of a body that is kept under an idempotency key: the same for the same key and body.

        It is made with the party's secret, so that nobody else can find it or try a body against a hash.
        """
        asked = b"keepclear-salt-key/v1\n" + sha256(key.encode()).digest() + sha256(body).digest()
        fresh = hmac.digest(self._masters[party], asked, "sha256")[: SALT_BYTES // 2]
        return fresh + self._salt_mark(party, fresh)

    def owns_salt(self, party: PartyId, salt: bytes) -> bool:
        """Tell whether a salt was made for this party: nobody names another's attachment as its own."""
        half = SALT_BYTES // 2
        return hmac.compare_digest(self._salt_mark(party, salt[:half]), salt[half:])

    def _salt_mark(self, party: PartyId, fresh: bytes) -> bytes:
        return hmac.digest(self._masters[party], b"keepclear-salt/v1\n" + fresh, "sha256")[: SALT_BYTES // 2]

    def origin(self, author: PartyId, reader: PartyId) -> str:
        """Give the origin of a log: the node's name and letters that say nothing of author or reader."""
        return f"{self.node}/{self._tag(author, f'log/{reader}')}"

    def statement(self, party: PartyId, key: str, form: Form) -> StatementId:
        """Give the id of the statement that this idempotency key makes in this form."""
        return StatementId(f"{party}.{self._tag(party, f'statement/{form}/{key}')}")

    def subject(self, party: PartyId, key: str) -> SubjectId:
        """Give the id of the subject that this idempotency key opens."""
        return SubjectId(f"{party}.{self._tag(party, f'subject/{key}')}")

    def _tag(self, party: PartyId, text: str) -> str:
        made = hmac.digest(self._masters[party], b"keepclear-id/v1\n" + text.encode(), "sha256")
        number = int.from_bytes(made[:_ID_BYTES], "big")
        return "".join([_PAIRS[number >> shift & 1_023] for shift in _SHIFTS])
