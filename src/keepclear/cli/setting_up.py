"""Commands that set a node up: init, from prompts, arguments or one TOML file, and TLS certificates."""

from __future__ import annotations

import sys
import tomllib
from pathlib import Path
from typing import Annotated

import msgspec
from cyclopts import App, Parameter

from keepclear.cli.client import FOLDER
from keepclear.cli.looking import Dir
from keepclear.cli.output import OUT, safe, say
from keepclear.errors import Malformed, Refused
from keepclear.model.words import CapStatus
from keepclear.service.clock import SystemClock
from keepclear.service.listening import PORT, HostName, tls_of
from keepclear.service.opening import open_node
from keepclear.service.settings import (
    SETTINGS,
    Settings,
    checked_settings,
    create,
    settings_of,
    write_settings,
)
from keepclear.service.tls import CERTIFICATE, KEY, check_tls, fingerprint, make_self_signed

NAME = "keepclear.local"
tls = App(name="tls", help="The certificate by which a node is known beyond its own machine.")


def init(
    folder: Annotated[Path, Parameter(help="The data directory to make.")] = FOLDER,
    /,
    *,
    party: Annotated[
        list[str] | None,
        Parameter(negative="", help="The id of a party that the node hosts; may be given again."),
    ] = None,
    name: Annotated[str | None, Parameter(help="The node's name in the origins of its logs.")] = None,
    exercise: Annotated[
        bool, Parameter(negative="--actual", help="Everything in it is Exercise, or Actual.")
    ] = True,
    from_: Annotated[
        Path | None, Parameter(name="--from", help="A TOML file with name, cap, parties and listen.")
    ] = None,
    update: Annotated[
        bool,
        Parameter(
            negative="", show_default=False, help="Let a node that is there take new parties and listen."
        ),
    ] = False,
) -> int:
    """Make the data directory of a node, from arguments, a TOML file, or prompts where neither is given.

    Where the node is there with these settings already, nothing is done and that is said.
    """
    if from_ is not None:
        if party or name:
            raise Malformed(
                "--from beside --party or --name", "init-from", "the file alone, or arguments alone"
            )
        wanted = from_toml(from_)
    elif party:
        cap = CapStatus.EXERCISE if exercise else CapStatus.ACTUAL
        wanted = Settings(name or NAME, cap, tuple(party))
    else:
        wanted = _prompted()
    return _set_up(folder, wanted, update=update)


def _set_up(folder: Path, wanted: Settings, *, update: bool) -> int:
    wanted = checked_settings(wanted)
    tls_of(folder, wanted.listen)
    if (folder / SETTINGS).exists():
        return _again(folder, settings_of(folder), wanted, update=update)
    create(folder, wanted)
    open_node(folder).node.store.close()
    say(
        f"Made {folder} for {', '.join(wanted.parties)}, status {wanted.cap}. "
        f"Start it with: keepclear serve --dir {folder}"
    )
    say(
        f"Let a person in with: keepclear user add NAME --party {wanted.parties[0]} "
        f'--role "watch chief" --dir {folder}'
    )
    return 0


def _again(folder: Path, present: Settings, wanted: Settings, *, update: bool) -> int:
    if present == wanted:
        say(f"{folder} holds this node already; nothing was changed.")
        return 0
    fields = [
        field for field in Settings.__struct_fields__ if getattr(present, field) != getattr(wanted, field)
    ]
    fixed = [field for field in fields if field in ("name", "cap")]
    lost = [party for party in present.parties if party not in wanted.parties]
    if not update or fixed or lost:
        rest = "--update to take new parties and listen; name, cap and hosted parties stay for good"
        raise Refused(
            f"a new node in {folder}, which holds one that differs in: {', '.join(fixed or fields)}",
            "new-folder",
            f"another folder, or {rest}",
        )
    write_settings(folder, wanted)
    say(f"{folder} now has a new {', '.join(fields)}; it counts from the next start.")
    return 0


def from_toml(path: Path) -> Settings:
    """Read settings from a TOML file; relative TLS paths are beside that file.

    Raises:
        Malformed: it is no TOML, or a setting is missing, unknown or out of range.
    """
    try:
        given = tomllib.loads(path.read_text("utf-8"))
        if "version" in given:
            raise Malformed(f"{path} with a version", "init-from", "name, cap, parties and listen", "version")
        settings = msgspec.convert(given, Settings)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, msgspec.ValidationError) as error:
        raise Malformed(
            f"the file {path}: {error}", "init-from", "name, cap, parties and listen as documented"
        ) from error
    beside = path.absolute().parent
    paths = {
        field: str(beside / kept)
        for field in ("tls_certificate", "tls_key")
        if (kept := getattr(settings.listen, field))
    }
    return msgspec.structs.replace(settings, listen=msgspec.structs.replace(settings.listen, **paths))


def _prompted() -> Settings:
    if not sys.stdin.isatty():
        raise Malformed(
            "a node without its parties",
            "init-party",
            "--party COA, or --from node.toml, or a terminal to ask at",
            "parties",
        )
    name = _ask("Name of the node in the origins of its logs", NAME)
    actual = _ask("Exercise or Actual", CapStatus.EXERCISE.value)
    parties = tuple(_ask("Ids of the parties that it hosts, with spaces between", "").split())
    host = _ask("Address to listen at", "127.0.0.1")
    port = _ask("Port", str(PORT))
    hosts = _ask("Host names by which others reach it, with spaces between", "").split()
    certificate = _ask("File of a TLS certificate, if you have one", "")
    key = _ask("File of its key", "") if certificate else ""
    given = {
        "name": name, "cap": actual, "parties": parties,
        "listen": {
            "host": host, "port": port, "allowed_hosts": hosts,
            "tls_certificate": str(Path(certificate).absolute()) if certificate else "",
            "tls_key": str(Path(key).absolute()) if key else "",
        },
    }  # fmt: skip
    try:
        return msgspec.convert(given, Settings, strict=False)
    except msgspec.ValidationError as error:
        raise Malformed(f"these settings: {error}", "settings", "values as documented") from error


def _ask(what: str, default: str) -> str:
    shown = f" [{default}]" if default else ""
    return OUT.input(f"{safe(what)}{safe(shown)}: ").strip() or default


@tls.command(name="self-signed")
def self_signed(
    host: Annotated[
        list[str],
        Parameter(
            negative="", help="A host name or address by which others reach the node; may be given again."
        ),
    ],
    /,
    *,
    dir_: Dir = FOLDER,
) -> int:
    """Make a key and a certificate that signs itself, enter both in the settings, print the fingerprint."""
    settings = settings_of(dir_)
    try:
        hosts = msgspec.convert(tuple(host), tuple[HostName, ...])
    except msgspec.ValidationError as error:
        raise Malformed(f"a certificate for {', '.join(host)}: {error}", "tls-names", "host names") from error
    certificate = make_self_signed(dir_, hosts, SystemClock().now())
    listen = msgspec.structs.replace(
        settings.listen,
        allowed_hosts=tuple(dict.fromkeys((*settings.listen.allowed_hosts, *hosts))),
        tls_certificate=CERTIFICATE,
        tls_key=KEY,
    )
    write_settings(dir_, msgspec.structs.replace(settings, listen=listen))
    until = f"{certificate.not_valid_after_utc:%Y-%m-%d}"
    say(f"Good until {until}. Read this fingerprint (SHA-256) aloud to whoever connects:")
    OUT.print(fingerprint(certificate))
    return 0


@tls.command(name="fingerprint")
def show_fingerprint(*, dir_: Dir = FOLDER) -> int:
    """Print the fingerprint of the node's certificate, after holding it against its key, names and time."""
    settings = settings_of(dir_)
    files = tls_of(dir_, settings.listen)
    if files is None:
        raise Refused("a fingerprint without a certificate", "tls-files", "keepclear tls self-signed NAME")
    OUT.print(fingerprint(check_tls(files, settings.listen.allowed_hosts, SystemClock().now())))
    return 0
