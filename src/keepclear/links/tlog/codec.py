"""An export of logs as a map from relative path to bytes, and back.

The layout is that of c2sp.org/tlog-tiles for each log, beside what the logs share:

    policy  keys.json  attachments/<salted hash>
    logs/<n>/checkpoint  logs/<n>/checkpoints/<size>  logs/<n>/about.json
    logs/<n>/tile/<level>/<number>  logs/<n>/tile/entries/<number>

Nothing is written that would not verify: `build` checks roots, signatures and attachments first. `parse`
reads strictly and checks form only; whoever imports verifies with `verify.verify_files` too.
"""

from __future__ import annotations

import re
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import Struct

from keepclear.errors import Malformed, ProofRefused
from keepclear.record import checkpoint, note, tiles
from keepclear.record import policy as policies
from keepclear.record.canonical import SALT_BYTES, canonical, salted_hash
from keepclear.record.signing import VerifyingKey
from keepclear.record.tree import leaf_hash, root_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

MAX_EXPORT_BYTES = 2**30
MAX_FILE_BYTES = 64 * 2**20
MAX_LOGS = 10_000
COMPANIONS = frozenset({"README.txt", "keepclear_verify.py"})
_LOG_FILE = re.compile(r"logs/(0|[1-9][0-9]{0,5})/(.+)")


class LogExport(Struct, frozen=True):
    """One log whole: who tells whom, its entries, its signed checkpoint with all cosignature lines.

    `earlier` are signed checkpoints of smaller sizes that were cosigned: evidence against a later rewriting.
    """

    author: str
    reader: str
    origin: str
    entries: tuple[bytes, ...]
    signed_checkpoint: bytes
    earlier: tuple[bytes, ...] = ()


class Attached(Struct, frozen=True):
    """A body that stands beside the logs, and its salt."""

    salt: bytes
    body: bytes


class Export(Struct, frozen=True):
    """Several logs, the policy and statement keys of their exporter, and the attachments it may give.

    `keys` gives the vkey of each statement key by its key id; `attachments` by salted hash.
    """

    logs: tuple[LogExport, ...]
    policy: str
    keys: dict[str, str]
    attachments: dict[str, Attached] = {}


class _About(Struct, frozen=True, forbid_unknown_fields=True):
    author: str
    origin: str
    reader: str


def build(export: Export) -> dict[str, bytes]:
    """Build the files of an export, sorted by path.

    Raises:
        Malformed: a key, policy, entry or attachment has no place in an export.
        ProofRefused: a checkpoint is not signed as the policy says, or is not that of its entries.
    """
    policy = policies.parse(export.policy)
    files = {"policy": policy.text().encode(), "keys.json": _keys(export.keys)}
    for number, log in enumerate(export.logs):
        folder = f"logs/{number}/"
        files |= {folder + path: raw for path, raw in _log_files(log, policy).items()}
    for name, attached in export.attachments.items():
        if salted_hash(attached.salt, attached.body) != name:
            raise Malformed(f"an attachment under {name}", "attachment", "the salted hash of its body")
        files[f"attachments/{name}"] = attached.salt + attached.body
    _check_bounds(files)
    return dict(sorted(files.items()))


def _keys(keys: Mapping[str, str]) -> bytes:
    for key_id, vkey in keys.items():
        if VerifyingKey.parse(vkey).key_id != key_id:
            raise Malformed(f"a key under {key_id}", "keys", "each vkey under its own key id", "keys.json")
    return canonical(keys)


def _log_files(log: LogExport, policy: policies.Policy) -> dict[str, bytes]:
    leaves = [leaf_hash(entry) for entry in log.entries]
    files = {"about.json": canonical(_About(log.author, log.origin, log.reader))}
    files |= tiles.entry_bundles(log.entries) | tiles.hash_tiles(leaves)
    newest = _opened(log, log.signed_checkpoint, policy, leaves)
    if newest.size != len(leaves):
        raise ProofRefused(
            f"the checkpoint of {log.origin} at size {newest.size}", "export-size", f"size {len(leaves)}"
        )
    files["checkpoint"] = log.signed_checkpoint
    for signed in log.earlier:
        files[f"checkpoints/{_opened(log, signed, policy, leaves).size}"] = signed
    return files


def _opened(
    log: LogExport, signed: bytes, policy: policies.Policy, leaves: list[bytes]
) -> checkpoint.Checkpoint:
    log_keys = [one.key for one in policy.logs if one.key.name == log.origin]
    opened = note.open_note(signed, [*log_keys, *(one.key for one in policy.witnesses)])
    head = checkpoint.parse(opened.text)
    if opened.unknown or not any(mark.key in log_keys for mark in opened.signed):
        names = ", ".join(line.name for line in opened.unknown) or "no key of the log"
        raise ProofRefused(
            f"the checkpoint of {log.origin} at size {head.size} is signed by {names}",
            "export-policy",
            "its log's key, and cosigners that the export's policy names",
        )
    if (
        head.origin != log.origin
        or not 0 < head.size <= len(leaves)
        or head.root != root_of(leaves[: head.size])
    ):
        raise ProofRefused(
            f"a checkpoint of {head.origin} at size {head.size} is not that of these entries",
            "export-root",
            f"the root of the first entries of {log.origin}",
        )
    return head


def parse(files: Mapping[str, bytes]) -> Export:
    """Read the files of an export strictly; a file that belongs to nothing is refused.

    Raises:
        Malformed: a file is missing, broken, too large or not expected; the refusal names it.
    """
    _check_bounds(files)
    numbers = sorted({int(found[1]) for path in files if (found := _LOG_FILE.fullmatch(path))})
    if numbers != list(range(len(numbers))) or not 0 < len(numbers) <= MAX_LOGS:
        raise Malformed("an export without its logs", "export", f"logs/0 to at most logs/{MAX_LOGS - 1}")
    used = {"policy", "keys.json", *(path for path in files if path in COMPANIONS)}
    logs = tuple(_read_log(files, f"logs/{number}/", used) for number in numbers)
    attachments: dict[str, Attached] = {}
    for path in [path for path in files if path.startswith("attachments/")]:
        attachments[path.partition("/")[2]] = _read_attachment(path, files[path])
        used.add(path)
    for path in files:
        if path not in used:
            raise Malformed("a file that belongs to no part of an export", "export", "no such file", path)
    keys: dict[str, str] = _json(files, "keys.json", dict[str, str])
    with _in_file("keys.json"):
        _keys(keys)
    with _in_file("policy"):
        policy = policies.parse(_utf8(_file(files, "policy")))
    return Export(logs, policy.text(), keys, attachments)


def _read_log(files: Mapping[str, bytes], folder: str, used: set[str]) -> LogExport:
    about: _About = _json(files, folder + "about.json", _About)
    signed = _file(files, folder + "checkpoint")
    used |= {folder + "about.json", folder + "checkpoint"}
    size = _size_of(folder + "checkpoint", signed)
    entries: list[bytes] = []
    for place in tiles.bundle_places(min(size, MAX_EXPORT_BYTES)):
        path = folder + place.bundle_path()
        with _in_file(path):
            entries += tiles.parse_bundle(_file(files, path), place.width)
        used.add(path)
    for path, tile in tiles.hash_tiles([leaf_hash(entry) for entry in entries]).items():
        if _file(files, folder + path) != tile:
            raise Malformed("a tile that is not that of the entries", "tile", "their hashes", folder + path)
        used.add(folder + path)
    kept = [path for path in files if path.startswith(folder + "checkpoints/")]
    earlier = sorted((_size_of(path, files[path]), path) for path in kept)
    for kept_size, path in earlier:
        if path != f"{folder}checkpoints/{kept_size}":
            raise Malformed("a checkpoint of another size", "checkpoint-size", "the size of its name", path)
    used.update(kept)
    marks = tuple(files[path] for _, path in earlier)
    return LogExport(about.author, about.reader, about.origin, tuple(entries), signed, marks)


def _size_of(path: str, signed: bytes) -> int:
    with _in_file(path):
        return checkpoint.parse(note.parse(signed).text).size


def _read_attachment(path: str, raw: bytes) -> Attached:
    salt, body = raw[:SALT_BYTES], raw[SALT_BYTES:]
    with _in_file(path):
        found = salted_hash(salt, body)
    if found != path.partition("/")[2]:
        raise Malformed("an attachment under another's hash", "attachment", "its salted hash", path)
    return Attached(salt, body)


def _file(files: Mapping[str, bytes], path: str) -> bytes:
    if path not in files:
        raise Malformed("a file is missing", "export", "every file of the layout", path)
    return files[path]


def _json(files: Mapping[str, bytes], path: str, kind: Any) -> Any:  # noqa: ANN401 - msgspec's own types
    raw = _file(files, path)
    try:
        value = msgspec.json.decode(raw, type=kind)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise Malformed(
            f"a file that cannot be read: {error}", "json", "its documented members", path
        ) from error
    if canonical(value) != raw:
        raise Malformed("a file that is not canonical JSON", "canonical", "RFC 8785", path)
    return value


def _utf8(raw: bytes) -> str:
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Malformed("bytes that are not UTF-8", "utf-8", "UTF-8") from error


@contextmanager
def _in_file(path: str) -> Iterator[None]:
    """Give a refusal the name of the file in which it arose."""
    try:
        yield
    except Malformed as error:
        if error.field == path:
            raise
        raise Malformed(error.asked, error.rule, error.passes, path) from error


def _check_bounds(files: Mapping[str, bytes]) -> None:
    total = 0
    for path, raw in files.items():
        total += len(raw)
        if len(raw) > MAX_FILE_BYTES or total > MAX_EXPORT_BYTES:
            raise Malformed(
                "an export beyond its bounds", "export-size", f"{MAX_EXPORT_BYTES} bytes in all", path
            )
