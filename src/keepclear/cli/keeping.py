"""Commands that keep a node safe: backup and restore."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from keepclear.cli.client import FOLDER
from keepclear.cli.lines import many
from keepclear.cli.looking import Dir, Json
from keepclear.cli.output import Printer, instant, safe, say
from keepclear.service.backup import Manifest, back_up
from keepclear.service.backup import restore as bring_back
from keepclear.service.clock import SystemClock

_FORK = (
    "If the node went on after this backup, what it said since is missing here, and its readers hold it. "
    "So it tells nothing more to a reader until that reader's node was heard of; what it holds beyond is "
    "taken back with: keepclear peer take-back NAME. What only you yourself held does not come back."
)


def backup(
    file: Annotated[Path, Parameter(help="The file to write; it must not be there yet.")],
    /,
    *,
    dir_: Dir = FOLDER,
    json: Json = False,
) -> int:
    """Write a whole node to one file, while it runs or not: record, keys, people and settings."""
    made = back_up(dir_, file, SystemClock().now())
    Printer(as_json=json).give(made, _lined)
    say(f"Wrote {file}. It holds the keys of {', '.join(made.parties)}: keep it as you keep the node.")
    return 0


def restore(
    file: Annotated[Path, Parameter(help="A file that keepclear backup wrote.")],
    folder: Annotated[Path, Parameter(help="The data directory to make.")],
    /,
    *,
    json: Json = False,
) -> int:
    """Bring a node back into a new folder, after checking every log of it."""
    found = bring_back(file, folder)
    Printer(as_json=json).give(found, _lined)
    say(f"Restored {folder}. Every log has the root that was signed.")
    say(_FORK)
    say(
        "Tokens revoked and persons erased since the backup are back: see keepclear token list and user "
        "list. Everybody has to sign in again."
    )
    return 0


def _lined(found: Manifest) -> Iterator[str]:
    when = instant(found.made_at.replace(microsecond=0).isoformat())
    files = ", ".join(map(safe, found.files))
    yield f"Node {safe(found.node)}, {safe(found.cap)}, as of {when}, with {files}"
    yield f"{many(found.persons, 'person')}, {many(found.tokens, 'token')}, {many(len(found.logs), 'log')}:"
    for log in found.logs:
        yield f"  {safe(log.author)} → {safe(log.reader)}: size {log.size}, root {safe(log.root)}"
