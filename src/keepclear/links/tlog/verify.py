"""`keepclear verify`: the one-file verifier of every export, run in place so that the two cannot drift."""

from __future__ import annotations

from typing import TYPE_CHECKING

from keepclear.errors import Malformed
from keepclear.links.tlog import keepclear_verify, port
from keepclear.links.tlog.keepclear_verify import GRADES, Verdict, report

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

__all__ = ["GRADES", "Verdict", "report", "verify_export", "verify_files"]


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
