"""Commands that prove: verify an export or evidence without a node, make one proof, and check one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import msgspec
import segno
from cyclopts import Parameter

from keepclear.cli.client import FOLDER, desk
from keepclear.cli.desks import Desk, Problem
from keepclear.cli.looking import As, Dir, Json, last_text
from keepclear.cli.output import Printer, safe, say
from keepclear.errors import Malformed, ProofRefused, Refused, StoreFault
from keepclear.links.tlog.one_proof import check_proof, report_proof
from keepclear.links.tlog.verify import is_evidence, report, report_evidence, verify_evidence, verify_export
from keepclear.record import policy as policies
from keepclear.record.radio import is_radio_text, radio_text, read_radio
from keepclear.record.signing import VerifyingKey

_MAX_FILE_BYTES = 2**20
_WHAT = "PROOF"
_PICTURES = (b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"%PDF", b"<?xml", b"<svg")


def verify(
    export: Annotated[Path, Parameter(help="A folder or ZIP that an export wrote, or an evidence file.")],
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

    An evidence file of keepclear peer evidence is verified too: that an author signed two histories,
    or two texts of one statement.

    Exit status: 0 verified, 2 refused, 1 could not read.
    """
    if not export.exists():
        raise Malformed(
            f"verifying {export}: no such file or folder",
            "no-such-file",
            "a folder or ZIP that an export wrote",
        )
    if is_evidence(export):
        found = verify_evidence(export, policy, pin or ())
        given = {**asdict(found), "verified": found.verified}
        Printer(as_json=json).give(given, lambda _: [safe(line) for line in report_evidence(found)])
        return 0 if found.verified else 2
    verdict = verify_export(export, policy, pin or (), checkpoint or ())
    shown = {**asdict(verdict), "verified": verdict.verified}
    Printer(as_json=json).give(shown, lambda _: [safe(line) for line in report(verdict)])
    return 0 if verdict.verified else 2


def proof(
    statement: Annotated[
        str | None,
        Parameter(
            help="Prove this statement, by its id or its subject's; without it, verify the desk's logs."
        ),
    ] = None,
    /,
    *,
    party: As = None,
    reader: Annotated[str | None, Parameter(help="Only what this desk told that reader.")] = None,
    out: Annotated[Path | None, Parameter(help="The file for the proof; else it is printed.")] = None,
    text: Annotated[
        bool, Parameter(negative="", help="As a radio text: groups of letters with check sums.")
    ] = False,
    qr: Annotated[
        Path | None, Parameter(help="The picture to write the proof into, as a QR code (PNG).")
    ] = None,
    statement_file: Annotated[
        Path | None, Parameter(name="--statement", help="The file for the statement that is proved.")
    ] = None,
    dir_: Dir = FOLDER,
    json: Json = False,
) -> int:
    """Export this desk's logs afresh and verify them; or write the proof of one statement.

    One proof is small enough for a QR code or a radio text. It shows where a statement stands in a log whose
    head the author's log signed and, once its reader's node holds it, the reader's own key.

    Exit status: 0 verified, 2 refused, 1 error.
    """
    out_ = Printer(as_json=json)
    if statement is None:
        if out is not None or qr is not None or text or statement_file is not None:
            raise Refused("a proof of nothing", "proof-of", "the id of a statement: keepclear told RUS --ids")
        with desk(dir_, party) as here:
            answer = here.get("proof", reader=reader)
        out_.give(answer, lambda got: [safe(line) for line in got["lines"]])
        return 0 if answer["verified"] else 2
    with desk(dir_, party) as here:
        answer = _proved(here, statement, reader)
    _write(answer, out, qr, statement_file)
    said = radio_text(_WHAT, answer["proof"].encode()) if text else answer["proof"]
    if out is not None:
        out.write_text(said, "utf-8")
    by = ", ".join(answer["cosigned"]) or "nobody yet but its author's log"
    say(
        f"Entry {answer['index']} of {answer['author']} to {answer['reader']}, {len(answer['proof'])} bytes, "
        f"cosigned by {by}."
    )
    if json:
        out_.give(answer, lambda _: [])
    elif out is None and qr is None:
        print(said, end="")  # to the byte: what is wrapped to a width is no proof any more
    return 0


def _proved(here: Desk, identity: str, reader: str | None) -> Any:  # noqa: ANN401 - JSON
    """Prove a statement by its id; an id that is a subject's stands for its last text."""
    try:
        return here.get(f"statements/{identity}/proof", reader=reader)
    except Problem as problem:
        found = last_text(here, identity)
        if problem.body.get("rule") != "held" or found is None:
            raise
    say(f"{identity} is a subject; proved is its last text, the statement {found}.")
    return here.get(f"statements/{found}/proof", reader=reader)


def _write(answer: dict[str, Any], out: Path | None, qr: Path | None, statement: Path | None) -> None:
    for path in (out, qr, statement):
        if path is not None and path.exists():
            raise Refused(f"a proof onto {path}, which exists", "file-exists", "a name that no file has yet")
    try:
        if qr is not None:
            segno.make(answer["proof"].encode(), micro=False, error="m").save(str(qr), scale=6, border=4)
        if statement is not None:
            statement.write_text(answer["statement"], "utf-8")
    except (OSError, ValueError) as error:
        raise StoreFault(f"writing the proof: {error}", "disk", "a .png file that can be written") from error


def check(
    proof_: Annotated[str, Parameter(name="proof", help="The proof: a file, or the radio text itself.")],
    /,
    *,
    policy: Annotated[Path, Parameter(help="Keys that you confirmed: keepclear peer policy writes them.")],
    statement: Annotated[Path, Parameter(help="The statement, as keepclear proof --statement wrote it.")],
    pin: Annotated[
        list[str] | None,
        Parameter(negative="", help="A key beside the policy, reader/RUS=VKEY or witness/NAME=VKEY; again."),
    ] = None,
    json: Json = False,
) -> int:
    """Check the proof of one statement with keys that you confirmed; needs no node.

    Each cosignature is named: a reader, by node or client, a witness, a host (never taken for a reader).

    Exit status: 0 it holds, 2 refused, 1 could not read.
    """
    given = _proof(proof_)
    keys = _pinned(policies.parse(_read(policy).decode("utf-8", "replace")), pin or [])
    try:
        found = check_proof(given, _read(statement), keys)
    except ProofRefused as refusal:
        Printer(as_json=json).give(
            {"verified": False, "refused": str(refusal)}, lambda got: [safe(f"REFUSED: {got['refused']}")]
        )
        return 2

    def lined(_: dict[str, Any]) -> Iterator[str]:
        yield from map(safe, report_proof(found))

    Printer(as_json=json).give({"verified": True, **msgspec.to_builtins(found)}, lined)
    return 0


def _pinned(known: policies.Policy, pins: list[str]) -> policies.Policy:
    more = []
    for each in pins:
        who, equals, vkey = each.partition("=")
        if not equals or not who.startswith((policies.READER, policies.WITNESS, policies.HOST)):
            raise Malformed(f"the pin {each}", "pin", "reader/PARTY=VKEY, witness/NAME=VKEY, host/NODE=VKEY")
        more.append(policies.PolicyWitness(who, VerifyingKey.parse(vkey)))
    return msgspec.structs.replace(known, witnesses=(*known.witnesses, *more))


def _proof(given: str) -> bytes:
    """Take a proof from a file, or as the radio text itself."""
    raw = b"" if is_radio_text(given) else _read(Path(given))
    if raw.startswith(_PICTURES):
        raise Malformed(
            f"a picture as a proof, {given}", "proof-scanned",
            "the text that a scanner of QR codes reads from it, kept in a file",
        )  # fmt: skip
    text = raw.decode("utf-8", "replace") or given
    if is_radio_text(text):
        return read_radio(_WHAT, text)
    # Scanners and what keeps their text may turn or drop the ends of rows; no row of a proof ends in a blank.
    return ("\n".join(row.rstrip() for row in text.split("\n")).rstrip("\n") + "\n").encode()


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as opened:
            raw = opened.read(_MAX_FILE_BYTES + 1)
    except OSError as error:
        raise Malformed(f"{path}: {error.strerror}", "no-such-file", "a file that can be read") from error
    if len(raw) > _MAX_FILE_BYTES:
        raise Malformed(f"{path}", "file-size", f"at most {_MAX_FILE_BYTES} bytes")
    return raw
