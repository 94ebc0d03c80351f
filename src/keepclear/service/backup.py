"""Backups of a whole node in one file, taken while it runs, and bringing one back.

The record is copied by SQLite's own backup, which gives one moment of it with everything that was
acknowledged before the copy began. Keys are copied after it: no entry is ever signed with a key that is not
yet on the disk. Both ways, every log is worked out anew from its entries and held against its checkpoint.
"""

from __future__ import annotations

import os
import sqlite3
import tempfile
import zipfile
import zlib
from contextlib import closing
from datetime import datetime
from hashlib import file_digest
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct

from keepclear import __version__
from keepclear.commands.ports import LogRow
from keepclear.errors import KeepclearError, Malformed, ProofRefused, Refused, StoreFault
from keepclear.model.statements import entry_bytes
from keepclear.model.words import PartyId
from keepclear.record.checkpoint import Checkpoint, open_checkpoint
from keepclear.record.signing import VerifyingKey, encode_base64
from keepclear.record.tree import Frontier, leaf_hash
from keepclear.service import files
from keepclear.service.exchange import identity
from keepclear.service.exchange.behind import OWN_LOGS, OwnLogs
from keepclear.service.exchange.identity import PEERS
from keepclear.service.exchange.pairing import Peers
from keepclear.service.keys import Keyring
from keepclear.service.settings import (
    FEEDS,
    KEYS,
    PEOPLE,
    REACH,
    RECORD,
    SETTINGS,
    TOKENS,
    WITNESSES,
    settings_of,
)
from keepclear.service.tls import CERTIFICATE, KEY
from keepclear.stores.people import PeopleStore
from keepclear.stores.sqlite import SqliteStore
from keepclear.times import instant, text

FORMAT: Final = "keepclear backup"
MANIFEST: Final = "manifest.json"
_MAX_MANIFEST_BYTES: Final = 16 * 2**20
_DATABASES: Final = (RECORD, PEOPLE)
_PEERS: Final = (PEERS, identity.CERTIFICATE, identity.KEY)
"""With whom the node exchanges, and by what it is known to them; what was confirmed in person stays so."""

_FILES: Final = (KEYS, TOKENS, SETTINGS, CERTIFICATE, KEY, REACH, WITNESSES, FEEDS, *_PEERS)
_MUST: Final = frozenset((RECORD, KEYS, SETTINGS))
_PIECE_BYTES: Final = 2**20
_BUSY_TIMEOUT_S: Final = 30.0


class FileHeld(Struct, frozen=True, forbid_unknown_fields=True):
    """One file of a backup."""

    size: int
    sha256: str


class LogHead(Struct, frozen=True, forbid_unknown_fields=True):
    """How far a log reaches: what two backups, or a backup and a reader's mirror, are compared by."""

    author: PartyId
    reader: PartyId
    size: int
    root: str


class Manifest(Struct, frozen=True, forbid_unknown_fields=True):
    """What a backup holds."""

    format: str
    version: int
    made_at: datetime
    made_by: str
    node: str
    cap: str
    parties: tuple[str, ...]
    persons: int
    tokens: int
    logs: tuple[LogHead, ...]
    files: dict[str, FileHeld]


def back_up(folder: Path, file: Path, now: datetime) -> Manifest:
    """Write a backup of a node, running or not, to a new file that only its owner can read.

    Raises:
        Refused: there is no node, or the file is there already.
        StoreFault: something cannot be read or written, or the record does not hang together.
        ProofRefused: a log does not have the root that was signed.
    """
    settings = settings_of(folder)
    if file.exists():
        raise Refused(f"a backup to {file}, which is there", "backup-file", "a new file")
    try:
        with tempfile.TemporaryDirectory(dir=folder, prefix=".backup-") as staging:
            stage = Path(staging)
            for name in (*_DATABASES, *_FILES):
                _stage(folder / name, stage / name)
            persons, tokens = _trim(stage)
            heads = heads_of(stage, settings.name)
            held = {path.name: _described(path) for path in sorted(stage.iterdir()) if path.name in _names()}
            manifest = Manifest(
                FORMAT, 1, now, __version__, settings.name, settings.cap, settings.parties, persons, tokens,
                heads, held,
            )  # fmt: skip
            _pack(stage, manifest, file)
    except OSError as error:
        raise StoreFault(
            f"a backup to {file}: {error}", "backup-file", "a folder that can be written"
        ) from error
    return manifest


def restore(file: Path, folder: Path) -> Manifest:
    """Bring a node back into a new folder; it appears only when all of it was checked.

    Raises:
        Refused: there is something in the folder.
        Malformed: the file is no backup, or is damaged.
        ProofRefused: a log does not have the root that was signed, or not the one that the backup names.
        StoreFault: the disk refused.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise Refused(f"a restore into {folder}, which is not empty", "new-folder", "a new folder")
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".keepclear-restore-") as staging:
            stage = Path(staging) / "whole"
            stage.mkdir(mode=0o700)
            manifest = _unpack(file, stage)
            found = heads_of(stage, manifest.node)
            if found != manifest.logs:
                raise ProofRefused(
                    f"the logs in {file} are not those that it names", "backup-logs", "another backup"
                )
            # Nobody knows yet what the readers hold beyond this backup: each is heard before it is told more.
            OwnLogs(stage / OWN_LOGS).restored(text(manifest.made_at))
            if folder.exists():
                folder.rmdir()
            stage.rename(folder)
            files.sync_folder(folder.parent)
    except OSError as error:
        raise StoreFault(
            f"a restore into {folder}: {error}", "disk", "a folder that can be written"
        ) from error
    return manifest


def heads_of(folder: Path, node: str) -> tuple[LogHead, ...]:
    """Work out every log of a stopped node anew from its entries and check the signed checkpoint.

    An own log must bear this node's signature. A log that another node writes must bear the cosignature by
    which this node took it in: its author's key is on a card that may have changed since.

    Raises:
        ProofRefused: a log does not have the root that was signed.
        StoreFault: the record does not hang together.
    """
    keys = Keyring.open(folder / KEYS, node)
    pinned = _pinned(folder)
    store = SqliteStore.open(folder / RECORD)
    try:
        store.check()
        heads = []
        for row in store.logs():
            tree = Frontier()
            for entry in store.entries(row.log):
                encoded = store.statement(entry.digest)
                if encoded is None:
                    raise StoreFault(
                        f"entry {entry.index} of {row.log} is missing", "store", "an older backup"
                    )
                at = instant(entry.recorded_at_us)
                tree = tree.append(leaf_hash(entry_bytes(entry.index, text(at), entry.sees, encoded)))
            kept = store.checkpoints(row.log)[-1]
            signed = _checked(kept.note, row, keys, pinned)
            if (signed.size, signed.root) != (tree.size, tree.root()):
                raise ProofRefused(
                    f"the log {row.log} of {tree.size} entries is not the one that was signed",
                    "backup-root",
                    "an older backup, or the log fetched again from its reader",
                )
            heads.append(LogHead(row.log.author, row.log.reader, tree.size, encode_base64(tree.root())))
        return tuple(heads)
    finally:
        store.close()


def _pinned(folder: Path) -> dict[str, VerifyingKey]:
    """Give the keys of the logs on the cards that were confirmed, by origin."""
    peers = Peers.open(folder / PEERS).all()
    return {origin: key for peer in peers for origin, (_, key) in peer.logs.items()}


def _checked(signed: bytes, row: LogRow, keys: Keyring, pinned: dict[str, VerifyingKey]) -> Checkpoint:
    if row.log.author in keys.parties():
        return open_checkpoint(signed, keys.log_key(row.log.author, row.origin).verifying).checkpoint
    known = (pinned[row.origin],) if row.origin in pinned else ()
    return open_checkpoint(signed, keys.mirror_key().verifying, known).checkpoint


def _names() -> frozenset[str]:
    return frozenset((*_DATABASES, *_FILES))


def _stage(source: Path, copy: Path) -> None:
    """Copy one file of a node; the record first, what it needs after it."""
    if not source.exists():
        if source.name in _MUST:
            raise StoreFault(f"a backup without {source}", "backup-whole", "a node that was started once")
        return
    with os.fdopen(os.open(copy, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        if source.name not in _DATABASES:
            file.write(source.read_bytes())
    if source.name in _DATABASES:
        _copy_database(source, copy)


def _copy_database(source: Path, copy: Path) -> None:
    try:
        # Not read-only: a reader of a write-ahead log must be able to make its index. It changes nothing.
        uri = f"{source.absolute().as_uri()}?mode=rw"
        with (
            closing(sqlite3.connect(uri, uri=True, timeout=_BUSY_TIMEOUT_S)) as read,
            closing(sqlite3.connect(copy)) as written,
        ):
            read.execute("PRAGMA query_only = ON")
            read.backup(written)
    except sqlite3.Error as error:
        raise StoreFault(f"copying {source}: {error}", "backup-copy", "the same a little later") from error


def _trim(stage: Path) -> tuple[int, int]:
    """Leave sessions and open codes out: a backup that gets lost lets nobody in by them."""
    if not (stage / PEOPLE).exists():
        return 0, 0
    people = PeopleStore.open(stage / PEOPLE)
    try:
        people.forget_sign_ins()
        return len(people.persons()), len(people.tokens())
    finally:
        people.close()


def _described(path: Path) -> FileHeld:
    with path.open("rb") as file:
        return FileHeld(path.stat().st_size, file_digest(file, "sha256").hexdigest())


def _pack(stage: Path, manifest: Manifest, file: Path) -> None:
    handle = os.open(file, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "w+b") as opened:
            with zipfile.ZipFile(opened, "w", zipfile.ZIP_DEFLATED, compresslevel=3) as archive:
                archive.writestr(MANIFEST, msgspec.json.format(msgspec.json.encode(manifest), indent=2))
                for name in manifest.files:
                    archive.write(stage / name, name)
            opened.flush()
            os.fsync(opened.fileno())
        with zipfile.ZipFile(file) as archive:
            damaged = archive.testzip()
        if damaged is not None:
            raise StoreFault(f"the backup's {damaged} cannot be read again", "disk-sound", "another disk")
    except BaseException:
        file.unlink(missing_ok=True)
        raise
    files.sync_folder(file.parent)


def _unpack(file: Path, stage: Path) -> Manifest:
    try:
        with zipfile.ZipFile(file) as archive:
            manifest = _manifest(archive)
            for name, held in manifest.files.items():
                _unpack_one(archive, name, held, stage / name)
    except (
        zipfile.BadZipFile,
        zlib.error,
        KeyError,
        EOFError,
        RuntimeError,
        NotImplementedError,
        ValueError,
    ) as error:
        if isinstance(error, KeepclearError):
            raise
        raise Malformed(
            f"the backup {file}: {error}", "backup", "a file that keepclear backup wrote"
        ) from error
    return manifest


def _manifest(archive: zipfile.ZipFile) -> Manifest:
    with archive.open(MANIFEST) as opened:
        raw = opened.read(_MAX_MANIFEST_BYTES)
    manifest = msgspec.json.decode(raw, type=Manifest)
    names = sorted(member.filename for member in archive.infolist())
    if manifest.format != FORMAT or manifest.version != 1:
        raise Malformed(
            f"a backup of version {manifest.version}", "backup-version", "the Keepclear that made it"
        )
    known = set(manifest.files) <= _names() and set(manifest.files) >= _MUST
    if not known or names != sorted((MANIFEST, *manifest.files)):
        raise Malformed("a backup with other files than it names", "backup-files", "the file as it was made")
    return manifest


def _unpack_one(archive: zipfile.ZipFile, name: str, held: FileHeld, path: Path) -> None:
    left = held.size
    with (
        archive.open(name) as opened,
        os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600), "w+b") as written,
    ):
        while part := opened.read(_PIECE_BYTES):
            left -= len(part)
            if left < 0:
                break
            written.write(part)
        written.flush()
        os.fsync(written.fileno())
        written.seek(0)
        digest = file_digest(written, "sha256").hexdigest()
    if left != 0 or digest != held.sha256:
        raise Malformed(f"the backup's {name} is damaged", "backup-damaged", "another backup", name)
