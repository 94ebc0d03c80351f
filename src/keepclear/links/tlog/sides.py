"""One side of a reconciliation: an export of anybody's, verified first, then read as a kept record."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from keepclear.errors import Malformed, ProofRefused, StoreFault
from keepclear.links.tlog import codec, keepclear_verify, port
from keepclear.links.tlog.keepclear_verify import Verdict, report
from keepclear.model.statements import LogId
from keepclear.model.words import PartyId
from keepclear.record import checkpoint, note
from keepclear.views.kept_records import KeptLog, KeptRecord

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path


class VerifiedSide(Struct, frozen=True):
    """A record and what the verifier found of it; a refused one never becomes a side."""

    record: KeptRecord
    verdict: Verdict


def read_files(path: Path) -> dict[str, bytes]:
    """Read the files of an export from a folder or ZIP once, within bounds.

    Raises:
        Malformed: it is neither, or beyond its bounds.
        StoreFault: the disk refused.
    """
    try:
        if path.is_file():
            with path.open("rb") as packed:
                return port.read_zip(packed)
        return keepclear_verify.read_directory(str(path))
    except keepclear_verify.Unreadable as error:
        raise Malformed(f"{path}: {error}", "export", "a folder or ZIP that an export wrote") from error
    except OSError as error:
        raise StoreFault(f"reading {path}: {error}", "disk", "a file that can be read") from error


def verified_side(
    whose: str, files: Mapping[str, bytes], home: Path, policy: Path | None = None, pins: Sequence[str] = ()
) -> VerifiedSide:
    """Verify the files of an export, and read the same bytes as a kept record.

    Args:
        whose: how errors name this side.
        files: the export's files by path, as `read_files` gave them.
        home: where the export was read.
        policy: keys confirmed apart from the export; a file within `home` is refused.
        pins: such keys one by one, `reader/RUS=VKEY`.

    Raises:
        Malformed: there is no export, or what was confirmed cannot be read.
        ProofRefused: the verifier refuses the export; nothing of it is compared.
    """
    try:
        confirmed = None if policy is None else str(policy)
        known = keepclear_verify.read_outside(str(home), confirmed, list(pins), [])
        verdict = keepclear_verify.verify_files(dict(files), known)
    except (keepclear_verify.Unreadable, keepclear_verify.Broken, OSError) as error:
        raise Malformed(f"{whose}: {error}", "verify", "the files of an export") from error
    if not verdict.verified:
        raise ProofRefused(
            f"comparing {whose}, whose own proof does not hold: {report(verdict)[-1]}",
            "verify-first",
            "an export that keepclear verify does not refuse",
        )
    return VerifiedSide(_record(codec.parse(files)), verdict)


def _record(export: codec.Export) -> KeptRecord:
    return KeptRecord(tuple(_kept(log) for log in export.logs), frozenset(export.attachments))


def _kept(log: codec.LogExport) -> KeptLog:
    head = checkpoint.parse(note.parse(log.signed_checkpoint).text)
    pair = LogId(PartyId(log.author), PartyId(log.reader))
    return KeptLog(pair, log.origin, head.root.hex(), log.entries)
