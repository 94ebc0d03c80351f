"""Commands of the exchange by hand: write what to carry, take what was carried here."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any
from zipfile import ZIP_STORED, ZipFile

from cyclopts import Parameter

from keepclear.cli.client import FOLDER, desk
from keepclear.cli.desks import Desk
from keepclear.cli.looking import As, Dir, Json
from keepclear.cli.output import OUT, Printer, bold, safe, say
from keepclear.errors import Malformed, Refused
from keepclear.links.tlog import port
from keepclear.links.tlog.sides import read_files
from keepclear.service import files
from keepclear.service.http.carrying import MAX_BUNDLE_BYTES

_ZIP = b"PK"
_AGAIN = (
    "--receipt with a file that can be written, and the same import again: what was carried here is held "
    "all the same"
)


def export(
    file: Annotated[Path | None, Parameter(help="The ZIP to write; it must not exist yet.")] = None,
    /,
    *,
    party: As = None,
    reader: Annotated[
        str | None,
        Parameter(help="Only what this desk told that reader; without it, its own log goes along too."),
    ] = None,
    with_: Annotated[
        str | None,
        Parameter(name="--with", help="Only what this desk and that party told each other, both directions."),
    ] = None,
    to: Annotated[
        str | None,
        Parameter(help="What goes to that party's own node: told to its parties, and said to everybody."),
    ] = None,
    out: Annotated[
        Path | None, Parameter(help="The new folder to write, such as one on a stick; a ZIP if named so.")
    ] = None,
    dir_: Dir = FOLDER,
) -> int:
    """Write this desk's logs so that anyone can verify them with the one file inside.

    With --to it is the bundle that another node takes by: keepclear import.
    """
    if (file is None) == (out is None) or sum(each is not None for each in (reader, with_, to)) > 1:
        passes = "FILE or --out, one of them; of --reader, --with and --to at most one"
        raise Refused("an export", "export-one", passes)
    target = out if file is None else file if file.suffix == ".zip" else file.with_name(f"{file.name}.zip")
    if target is None or (target.exists() and not _is_empty(target)):
        raise Refused(
            f"an export onto {target}, which exists", "export-exists", "a name that no file has yet", "file"
        )
    with desk(dir_, party) as here:
        packed = (
            here.raw("export", reader=reader, **{"with": with_}) if to is None else here.raw("bundle", to=to)
        )
    _write(target, packed)
    say(f"Wrote {target}, {len(packed)} bytes packed. Verify it with: keepclear verify {target}")
    if to is not None:
        say(f"At their node: keepclear import {target.name}. Bring back the receipt that it writes.")
    OUT.print(safe(target))
    return 0


def _is_empty(target: Path) -> bool:
    return target.is_dir() and not any(target.iterdir())


def _write(target: Path, packed: bytes) -> None:
    if target.suffix != ".zip":
        port.write_files(target, port.read_zip(io.BytesIO(packed)))
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    files.keep_new(target, packed)


def import_(
    file: Annotated[Path, Parameter(help="A bundle (folder or ZIP), or a receipt that was carried back.")],
    /,
    *,
    receipt: Annotated[
        Path | None, Parameter(help="The receipt to write; else beside the bundle, under both nodes' names.")
    ] = None,
    erased: Annotated[
        list[str] | None,
        Parameter(
            negative="", help="A body, by its hash, that its author says it has erased; may be given again."
        ),
    ] = None,
    party: As = None,
    dir_: Dir = FOLDER,
    json: Json = False,
) -> int:
    """Take what was carried here from another node: a bundle, or a receipt for a bundle of ours.

    A bundle is verified first. What is new in it reaches this desk as over the link, and a receipt is written
    to carry back: until its author has that, it sees its words as not delivered.

    Exit status: 0 taken or nothing new, 2 two histories were shown or a receipt was not taken, 1 error.
    """
    raw = _read(file)
    with desk(dir_, party) as here:
        if raw.startswith(_ZIP):
            return _bundle(here, file, raw, receipt, erased or [], json=json)
        return _receipt(here, raw, json=json)


def _read(path: Path) -> bytes:
    """Read what was carried here; a folder is packed as it is, for its way to the node."""
    if not path.exists():
        raise Malformed(f"taking {path}: no such file or folder", "no-such-file", "a bundle, or a receipt")
    try:
        if path.is_file():
            with path.open("rb") as opened:
                raw = opened.read(MAX_BUNDLE_BYTES + 1)
        else:
            packed = io.BytesIO()
            with ZipFile(packed, "w", ZIP_STORED) as archive:
                for name, content in read_files(path).items():
                    archive.writestr(name, content)
            raw = packed.getvalue()
    except OSError as error:
        raise Malformed(f"{path}: {error.strerror}", "import-file", "a file that can be read") from error
    if len(raw) > MAX_BUNDLE_BYTES:
        raise Malformed(f"{path}", "import-size", f"at most {MAX_BUNDLE_BYTES} bytes; a ZIP takes less")
    return raw


def _bundle(
    here: Desk, file: Path, raw: bytes, receipt: Path | None, erased: list[str], *, json: bool
) -> int:
    for words in _foreign(raw):
        say(words)
    answer = here.post("bundle", raw, query={"erased": ",".join(erased)} if erased else {})
    at = receipt or file.absolute().parent / f"receipt-for-{answer['peer']}-from-{here.party}.json"
    if answer["receipt"]:
        # Whole, or not at all, and only then let go of: sticks are pulled out early.
        files.keep(at, answer["receipt"].encode(), "disk", _AGAIN)
    stopped = any(row["outcome"].startswith("stopped") for row in answer["logs"])

    def lined(got: dict[str, Any]) -> Iterator[str]:
        yield f"From the node {bold(got['peer'])}:"
        yield from _rows(got["logs"])
        if stopped:
            yield "TWO HISTORIES WERE SHOWN: that log takes nothing more. See: keepclear peer evidence"
        if got["receipt"] and stopped:
            yield f"Call them first. {safe(at)} says by this node's key what it held before, and no more."
        elif got["receipt"]:
            yield f"Carry back {safe(at)}: until {safe(got['peer'])} has it, they see it as not delivered."

    Printer(as_json=json).give(answer | {"file": str(at) if answer["receipt"] else ""}, lined)
    return 2 if stopped else 0


def _foreign(raw: bytes) -> Iterator[str]:
    """Say which files beside the record in a bundle differ from this version's: nothing proves these."""
    try:
        carried = port.read_zip(io.BytesIO(raw))
    except Malformed:
        return  # the node refuses it, and says why
    for name, own in port.with_companions({}).items():
        if name in carried and carried[name] != own:
            yield (
                f"{name} in this bundle is not the one of this version: another version wrote it, or it was "
                "changed on its way. No key stands for it. Do not run or trust it; keepclear verify "
                "does the same."
            )


def _receipt(here: Desk, raw: bytes, *, json: bool) -> int:
    answer = here.post("receipts", raw)

    def lined(got: dict[str, Any]) -> Iterator[str]:
        yield f"The node {bold(got['peer'])} says by its own key what it holds:"
        yield from _rows(got["logs"])
        for each in got["refused"]:
            yield safe(f"  NOT TAKEN, {each['origin']}: {each['words']} ({each['status']})")

    Printer(as_json=json).give(answer, lined)
    return 2 if answer["refused"] else 0


def _rows(rows: list[dict[str, Any]]) -> Iterator[str]:
    for row in rows:
        new = row["size"] - row["before"]
        taken = row["outcome"] == "taken"
        said = f"{new} new, {row['size']} in all" if taken else f"{row['outcome']}, {row['size']} held"
        yield safe(f"  {row['author']} to {row['reader']}: {said}")
