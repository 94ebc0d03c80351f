"""`keepclear verify`: the one-file verifier of every export, run in place so that the two cannot drift."""

from __future__ import annotations

from typing import TYPE_CHECKING

from keepclear.errors import Malformed
from keepclear.links.tlog import keepclear_verify, port
from keepclear.links.tlog.keepclear_verify import (
    GRADES,
    EvidenceVerdict,
    Verdict,
    report,
    report_evidence,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

__all__ = [
    "GRADES",
    "EvidenceVerdict",
    "Verdict",
    "is_evidence",
    "report",
    "report_evidence",
    "verify_evidence",
    "verify_export",
    "verify_files",
]
MAX_EVIDENCE_BYTES = 2**20


def verify_export(
    directory: Path, policy: Path | None = None, pins: Sequence[str] = (), kept: Sequence[Path] = ()
) -> Verdict:
    """Verify an export in a folder or a ZIP against what was confirmed outside it.

    Args:
        directory: the folder, or a ZIP of it.
        policy: a tlog-policy of confirmed keys; one that lies inside the folder is refused.
        pins: confirmed keys such as `reader/RUS=VKEY` or `witness/NAME=VKEY`.
        kept: signed checkpoints that the caller kept from earlier.

    Raises:
        Malformed: it cannot be read at all, or what was confirmed cannot.
    """
    given = (str(policy) if policy else None, list(pins), [str(path) for path in kept])
    try:
        if directory.is_file():
            known = keepclear_verify.read_outside(str(directory), *given)
            with directory.open("rb") as packed:
                return keepclear_verify.verify_files(port.read_zip(packed), known)
        return keepclear_verify.verify_directory(str(directory), *given)
    except (keepclear_verify.Unreadable, OSError) as error:
        raise Malformed(
            f"{directory} cannot be verified: {error}", "verify", "a folder that an export wrote"
        ) from error


def verify_files(files: Mapping[str, bytes], policy: str | None = None, pins: Sequence[str] = ()) -> Verdict:
    """Verify an export given as its files by path; `policy` is text confirmed apart from the export.

    Raises:
        Malformed: there is no export among the files, or what was confirmed cannot be read.
    """
    try:
        return keepclear_verify.verify_files(dict(files), keepclear_verify.outside(policy, list(pins)))
    except (keepclear_verify.Unreadable, keepclear_verify.Broken) as error:
        raise Malformed(
            f"the files cannot be verified: {error}", "verify", "the files of an export"
        ) from error


def is_evidence(path: Path) -> bool:
    """Tell whether a file claims to be evidence rather than an export: it begins as JSON does."""
    if not path.is_file():
        return False
    with path.open("rb") as opened:
        return opened.read(1) == b"{"


def verify_evidence(path: Path, policy: Path | None = None, pins: Sequence[str] = ()) -> EvidenceVerdict:
    """Verify an evidence file against the keys that were confirmed outside it.

    Raises:
        Malformed: it or the policy cannot be read.
    """
    try:
        known = keepclear_verify.read_outside(
            str(path), None if policy is None else str(policy), list(pins), []
        )
        with path.open("rb") as opened:
            raw = opened.read(MAX_EVIDENCE_BYTES + 1)
    except (keepclear_verify.Unreadable, OSError) as error:
        raise Malformed(f"{path} cannot be verified: {error}", "verify", "an evidence file") from error
    if len(raw) > MAX_EVIDENCE_BYTES:
        raise Malformed(f"{path}", "evidence-size", f"at most {MAX_EVIDENCE_BYTES} bytes")
    return keepclear_verify.verify_evidence(raw, known)
