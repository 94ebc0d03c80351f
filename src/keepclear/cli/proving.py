"""Commands that prove without a node: verify an export."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from keepclear.cli.looking import Json
from keepclear.cli.output import Printer, safe
from keepclear.errors import Malformed
from keepclear.links.tlog.verify import report, verify_export


def verify(
    export: Annotated[Path, Parameter(help="A folder or ZIP that an export wrote.")],
    /,
    *,
    policy: Annotated[Path | None, Parameter(help="Keys that you confirmed, in a file from outside.")] = None,
    pin: Annotated[
        list[str] | None, Parameter(negative="", help="One such key, reader/RUS=VKEY; may be given again.")
    ] = None,
    checkpoint: Annotated[
        list[Path] | None,
        Parameter(negative="", help="A checkpoint that you kept from earlier; may be given again."),
    ] = None,
    json: Json = False,
) -> int:
    """Verify an export (a folder or ZIP) and print one of three grades; needs no node.

    Exit status: 0 verified, 2 refused, 1 could not read.
    """
    if not export.exists():
        raise Malformed(
            f"verifying {export}: no such file or folder",
            "no-such-file",
            "a folder or ZIP that an export wrote",
        )
    verdict = verify_export(export, policy, pin or (), checkpoint or ())
    shown = {**asdict(verdict), "verified": verdict.verified}
    Printer(as_json=json).give(shown, lambda _: [safe(line) for line in report(verdict)])
    return 0 if verdict.verified else 2
