"""A client's key file, and what it keeps of its party's record: verified, on disk, and only then cosigned."""

from __future__ import annotations

import io
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Struct

from keepclear.errors import ProofRefused, StoreFault
from keepclear.links.tlog import keepclear_verify, port
from keepclear.record import checkpoint, note
from keepclear.record.cosign import cosign
from keepclear.record.signing import SEED_BYTES, SigningKey
from keepclear.record.signing import Role as KeyRole
from keepclear.service import files


class ClientKeyFile(Struct, frozen=True, forbid_unknown_fields=True):
    """What a client key's file holds: whose it is, and its secret half."""

    party: Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z][A-Za-z0-9_-]{0,31}$")]
    seed: bytes
    version: int = 1

    @property
    def key(self) -> SigningKey:
        """The key that signs statements."""
        return SigningKey.derive(f"{self.party}/client", self.seed, KeyRole.STATEMENT)

    @property
    def mirror(self) -> SigningKey:
        """The key that cosigns what was fetched and kept."""
        return SigningKey.derive(f"{self.party}/client-mirror", self.seed, KeyRole.MIRROR)


def read_key(file: Path) -> ClientKeyFile:
    """Read a client key.

    Raises:
        StoreFault: others than its owner may read it, or it is no such file.
    """
    try:
        if file.stat().st_mode & 0o077:
            raise StoreFault(f"the key file {file} is open to others", "key-file", f"chmod 600 {file}")
        kept = msgspec.json.decode(file.read_bytes(), type=ClientKeyFile)
    except (OSError, msgspec.DecodeError) as error:
        raise StoreFault(
            f"the key file {file} cannot be read: {error}", "key-file", "a file of keepclear client new"
        ) from error
    if len(kept.seed) != SEED_BYTES:
        raise StoreFault(f"the key file {file} is cut short", "key-file", "the file as it was made")
    return kept


class HeldLog(Struct, frozen=True):
    """What the client says of one log: it holds the entries of the checkpoint of this size."""

    origin: str
    size: int
    line: str


class _About(Struct, frozen=True):
    author: str
    reader: str
    origin: str


def received(packed: bytes, own: ClientKeyFile, kept: Path, now: datetime) -> list[HeldLog]:
    """Verify an export against what was kept before, keep it durably, and cosign the logs told to the party.

    Raises:
        ProofRefused: it does not verify, contradicts a kept checkpoint, or lacks a log that was there before.
        StoreFault: it cannot be kept.
    """
    packed_files = port.read_zip(io.BytesIO(packed))
    folder = kept / "checkpoints"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        before = {path.name: path.read_bytes() for path in sorted(folder.iterdir()) if path.suffix != ".new"}
    except OSError as error:
        raise StoreFault(f"reading {kept}: {error}", "folder", "a folder of your own") from error
    heads = _verified(packed_files, own, before)
    files.keep(kept / "record.zip", packed, "folder")
    for about, signed in heads:
        files.keep(folder / _name(about.origin), signed, "folder")
    return [_held(about, signed, own.mirror, now) for about, signed in heads if about.reader == own.party]


def _verified(
    files: dict[str, bytes], own: ClientKeyFile, before: dict[str, bytes]
) -> list[tuple[_About, bytes]]:
    known = keepclear_verify.outside(None, [f"client/{own.party}={own.key.vkey}"])
    known.checkpoints = dict(before)
    verdict = keepclear_verify.verify_files(files, known)
    if verdict.refused is not None:
        raise _refused(str(verdict.refused["why"]))
    logs = [log.file for log in verdict.logs]
    heads = [
        (msgspec.json.decode(files[f"{log}/about.json"], type=_About), files[f"{log}/checkpoint"])
        for log in logs
    ]
    missing = set(before) - {_name(about.origin) for about, _ in heads}
    if missing:
        raise _refused("a log that was there before is missing")
    return heads


def _refused(why: str) -> ProofRefused:
    return ProofRefused(
        f"what the node gave of your record: {why}",
        "client-receive",
        "nothing to cosign: keep your folder as it is, it is the evidence, and call on the hotline",
    )


def _name(origin: str) -> str:
    return sha256(origin.encode()).hexdigest()


def _held(about: _About, signed: bytes, mirror: SigningKey, now: datetime) -> HeldLog:
    text = note.parse(signed).text
    return HeldLog(about.origin, checkpoint.parse(text).size, cosign(text, mirror, now).decode())
