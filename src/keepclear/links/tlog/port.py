"""Exports as a directory or a ZIP: written whole or not at all, read within bounds."""

from __future__ import annotations

import io
import os
import tempfile
import zipfile
import zlib
from importlib import resources
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, BinaryIO

from keepclear.errors import Malformed, StoreFault
from keepclear.links.tlog import codec

if TYPE_CHECKING:
    from collections.abc import Mapping

MAX_MEMBERS = 300_000
MAX_RATIO = 100
_RATIO_FREE_BYTES = 2**20
_CHUNK_BYTES = 2**16
_PACKINGS = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}
_ZIP_TIME = (1980, 1, 1, 0, 0, 0)


def with_companions(files: Mapping[str, bytes]) -> dict[str, bytes]:
    """Add the one-file verifier and the page for a stranger."""
    home = resources.files("keepclear.links.tlog")
    return {
        **files,
        "README.txt": (home / "export_readme.txt").read_bytes(),
        "keepclear_verify.py": (home / "keepclear_verify.py").read_bytes(),
    }


def write_directory(folder: Path, export: codec.Export) -> int:
    """Write an export into a new folder and give the number of its bytes.

    The folder appears under its name only when everything in it is on the disk.

    Raises:
        Malformed, ProofRefused: see `codec.build`.
        StoreFault: the folder is there already and is not empty, or the disk refused.
    """
    return write_files(folder, with_companions(codec.build(export)))


def write_files(folder: Path, files: Mapping[str, bytes]) -> int:
    """Write files into a new folder and give the number of their bytes; see `write_directory`.

    Raises:
        StoreFault: the folder is there already and is not empty, or the disk refused.
    """
    try:
        if folder.exists() and any(folder.iterdir()):
            raise StoreFault(f"an export into {folder}, which is not empty", "export-folder", "a new folder")
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".export-") as staging:
            whole = Path(staging) / "whole"
            for path, raw in files.items():
                _write_synced(whole / path, raw)
            if folder.exists():
                folder.rmdir()
            whole.rename(folder)
    except OSError as error:
        raise StoreFault(
            f"an export into {folder}: {error}", "disk", "a folder that can be written"
        ) from error
    return sum(map(len, files.values()))


def _write_synced(path: Path, raw: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as opened:
        opened.write(raw)
        opened.flush()
        os.fsync(opened.fileno())


def zip_bytes(export: codec.Export) -> bytes:
    """Give an export as one ZIP; the same export gives the same bytes.

    Raises:
        Malformed, ProofRefused: see `codec.build`.
    """
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, raw in sorted(with_companions(codec.build(export)).items()):
            member = zipfile.ZipInfo(path, _ZIP_TIME)
            member.compress_type = zipfile.ZIP_DEFLATED
            member.external_attr = 0o644 << 16
            archive.writestr(member, raw)
    return packed.getvalue()


def read_zip(packed: BinaryIO, at_most: int = codec.MAX_EXPORT_BYTES) -> dict[str, bytes]:
    """Read a ZIP, counting bytes while they come out; sizes that the archive states are not believed.

    Args:
        packed: the ZIP.
        at_most: how many bytes its files may have in all.

    Raises:
        Malformed: it is no ZIP, too many or too large, expands too far, or has a path that leaves it.
    """
    files: dict[str, bytes] = {}
    left = at_most
    try:
        with zipfile.ZipFile(packed) as archive:
            members = [member for member in archive.infolist() if not member.is_dir()]
            if len(members) > MAX_MEMBERS:
                raise Malformed(f"a ZIP of {len(members)} files", "zip-members", f"at most {MAX_MEMBERS}")
            for member in members:
                path = _safe_path(member.filename, files)
                if member.compress_type not in _PACKINGS:
                    raise Malformed("a ZIP packed in an unusual way", "zip", "stored or deflated files", path)
                files[path] = _read_member(archive, member, min(left, codec.MAX_FILE_BYTES))
                left -= len(files[path])
    except (zipfile.BadZipFile, zlib.error, RuntimeError, EOFError, OSError, ValueError) as error:
        if isinstance(error, Malformed):
            raise
        raise Malformed(f"bytes that are no plain ZIP: {error}", "zip", "a ZIP without encryption") from error
    return files


def _safe_path(name: str, seen: Mapping[str, bytes]) -> str:
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or "\\" in name or str(path) in seen:
        raise Malformed(
            "a ZIP with a path that leaves it, or with one file twice", "zip-path", "plain paths", name
        )
    return str(path)


def _read_member(archive: zipfile.ZipFile, member: zipfile.ZipInfo, most: int) -> bytes:
    parts: list[bytes] = []
    size = 0
    allowed = max(_RATIO_FREE_BYTES, MAX_RATIO * member.compress_size)
    with archive.open(member) as opened:
        while part := opened.read(_CHUNK_BYTES):
            size += len(part)
            if size > min(most, allowed):
                raise Malformed(
                    f"a file that expands beyond {min(most, allowed)} bytes",
                    "zip-bomb",
                    f"at most {MAX_RATIO} times its packed size",
                    member.filename,
                )
            parts.append(part)
    return b"".join(parts)


def read_directory(folder: Path) -> dict[str, bytes]:
    """Read the files of an export folder, within bounds.

    Raises:
        Malformed: too large or too many, or a link among them.
        StoreFault: the disk refused.
    """
    files: dict[str, bytes] = {}
    left = codec.MAX_EXPORT_BYTES
    try:
        for path in sorted(folder.rglob("*")):
            if path.is_symlink() or len(files) >= MAX_MEMBERS:
                raise Malformed(
                    "an export with a link, or too many files", "export", "plain files", str(path)
                )
            if path.is_file():
                with path.open("rb") as opened:
                    raw = opened.read(min(left, codec.MAX_FILE_BYTES) + 1)
                if len(raw) > min(left, codec.MAX_FILE_BYTES):
                    raise Malformed("an export beyond its bounds", "export-size", "smaller files", str(path))
                left -= len(raw)
                files[path.relative_to(folder).as_posix()] = raw
    except OSError as error:
        raise StoreFault(f"reading {folder}: {error}", "disk", "a folder that can be read") from error
    return files
