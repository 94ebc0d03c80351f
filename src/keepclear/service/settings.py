"""What a data directory says of its node: the names of its files, and its settings.

Apart from opening one, which loads the whole node: a command that only asks a running node needs this alone.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from keepclear.errors import Malformed, Refused, StoreFault
from keepclear.model.complaints import plain
from keepclear.model.words import PUBLIC, CapStatus
from keepclear.service import files
from keepclear.service.listening import Listening

SETTINGS = "settings.json"
KEYS = "keys.json"
TOKENS = "tokens.json"
RECORD = "record.sqlite3"
PEOPLE = "people.sqlite3"
RUNNING = "running.json"
HEARTBEAT = "heartbeat.json"
STATION_LOG = "station.log"
REACH = "reach.json"
REACH_STATE = "reach_state.json"
WITNESS = "witness.json"
WITNESSES = "witnesses.json"
FEEDS = "feeds.json"
TRACKS = "tracks.sqlite3"


SETTINGS_VERSION = 2
"""1, without a version or `listen`, still loads."""


class Settings(Struct, frozen=True, forbid_unknown_fields=True):
    """What a node is: its name in the origins of logs, CAP status, hosted parties, and where it listens."""

    name: Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9.-]{0,60}$")]
    cap: CapStatus
    parties: tuple[Annotated[str, Meta(pattern=r"^[A-Za-z][A-Za-z0-9_-]{0,31}$")], ...]
    listen: Listening = Listening()
    version: Annotated[int, Meta(ge=1)] = SETTINGS_VERSION


class _Version(Struct, frozen=True):
    version: int = 1


def create(folder: Path, settings: Settings) -> None:
    """Make a data directory for a new node; only its owner may look in.

    Raises:
        Refused: there is a node already.
        StoreFault: the folder cannot be made.
    """
    if (folder / SETTINGS).exists():
        raise Refused(f"a new node in {folder}, which holds one", "new-folder", "another folder")
    if (folder / WITNESS).exists():
        asks = "another folder: a party to the arrangement does not witness others' logs"
        raise Refused(f"a node in {folder}, which holds a witness", "witness-party", asks)
    checked = checked_settings(settings)
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise StoreFault(f"making {folder}: {error}", "folder", "a folder that can be written") from error
    write_settings(folder, checked)


def checked_settings(settings: Settings) -> Settings:
    """Give settings that a node can have.

    Raises:
        Malformed: a value is not as documented.
        Refused: there is no party, or one of a name that is taken.
    """
    try:
        checked = msgspec.json.decode(msgspec.json.encode(settings), type=Settings)
    except msgspec.ValidationError as error:
        complaint, _, path = str(error).partition(" - at ")
        field = path.strip("`").removeprefix("$.")
        raise Malformed(
            f"a node with these settings, {field or 'as a whole'}: {plain(complaint, field)[0]}",
            "settings",
            "a name of small letters, digits, dots and hyphens; parties by ids of letters, digits, - and _",
        ) from error
    if not checked.parties or settings.name in checked.parties or PUBLIC in checked.parties:
        raise Refused(
            "a node without parties, or with its own name or everybody's among them",
            "settings",
            "at least one party, under a name of its own",
        )
    return checked


def write_settings(folder: Path, settings: Settings) -> None:
    """Keep the settings of a node, whole or not at all.

    Raises:
        StoreFault: the folder cannot be written.
    """
    files.keep(folder / SETTINGS, msgspec.json.format(msgspec.json.encode(settings), indent=2), "folder")


def settings_of(folder: Path) -> Settings:
    """Read the settings of a node.

    Raises:
        Refused: there is no node in the folder.
        Malformed: its settings cannot be read.
    """
    path = folder / SETTINGS
    if not path.exists():
        raise Refused(
            f"opening {folder}, where there is no node",
            "no-node",
            f"keepclear init {folder} --party COA --party RUS, or --dir with a node's folder",
        )
    try:
        kept = path.read_bytes()
        version = msgspec.json.decode(kept, type=_Version).version
        if version > SETTINGS_VERSION:
            raise Malformed(
                f"the settings {path} of version {version}", "settings-version", "the newer Keepclear"
            )
        return msgspec.json.decode(kept, type=Settings)
    except (OSError, msgspec.DecodeError) as error:
        raise Malformed(f"the settings {path}: {error}", "settings", "the file as it was made") from error
