"""Commands on the last hop: the ways by which alarms leave the station for a party's people."""

from __future__ import annotations

import getpass
import secrets
import sys
from collections.abc import Iterator
from datetime import time
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from keepclear.cli.client import FOLDER, node_settings
from keepclear.cli.looking import As, Dir, Json
from keepclear.cli.output import Printer, bold, joined, safe, say
from keepclear.cli.persons import hosted
from keepclear.cli.telling import one_of
from keepclear.errors import Malformed, StoreFault
from keepclear.model.words import CapStatus, PartyId, Precedence
from keepclear.rules.escalation import ANY_OFFICER
from keepclear.rules.reaching import Quiet, title_beyond
from keepclear.service.auth import Role
from keepclear.service.clock import SystemClock
from keepclear.service.reach import Book, Tries, Way, checked, send_by_apprise, shown
from keepclear.service.settings import REACH, REACH_STATE
from keepclear.times import span_words

reach = App(name="reach", help="Ways by which alarms leave the station: e-mail and webhooks.")

Name = Annotated[str, Parameter(help="The way's name, such as chief-mail.")]


@reach.command
def add(
    name: Name,
    /,
    *,
    role: Annotated[
        str, Parameter(help='Whose alarms: "duty officer", "deputy", "commander", "chief of staff" …')
    ] = ANY_OFFICER,
    person: Annotated[
        str, Parameter(help="Who stands behind it; the ways of one person are tried in their order.")
    ] = "",
    least: Annotated[str, one_of(Precedence, "From which urgency on.")] = Precedence.ROUTINE,
    quiet: Annotated[
        str, Parameter(help="Hours such as 22:00-06:00 in which only a flash goes this way.")
    ] = "",
    zone: Annotated[str, Parameter(help="The time zone of the quiet hours, such as Europe/Berlin.")] = "UTC",
    unencrypted: Annotated[
        bool, Parameter(name="--unencrypted", negative="", help="The net between is your own: no encryption.")
    ] = False,
    party: As = None,
    dir_: Dir = FOLDER,
) -> int:
    """Add a way; its address is asked for, or read from standard input, since it holds a password."""
    settings = node_settings(dir_)
    way = Way(
        name, hosted(dir_, party, Role.DUTY_OFFICER), _address(), role, person, Precedence(least),
        _quiet(quiet, zone),
    )  # fmt: skip
    Book(dir_ / REACH).add(checked(way, unencrypted=unencrypted))
    say(f"Added {name} for the {role} of {way.party}. Try it: keepclear reach test {name}")
    if settings.cap is not CapStatus.ACTUAL:
        say(f"This node is {settings.cap}: every message says so first.")
    return 0


@reach.command(name="list")
def list_ways(*, party: As = None, dir_: Dir = FOLDER, json: Json = False) -> int:
    """List the ways in their order, and which of them fail; never an address."""
    node_settings(dir_)
    tries = Tries(dir_ / REACH_STATE)
    found = [way for way in Book(dir_ / REACH).ways() if party in (None, way.party)]
    rows = [{"party": way.party, "person": way.person, "view": shown(way, tries.state(way))} for way in found]
    now = SystemClock().now()

    def lined(_: object) -> Iterator[str]:
        for way in found:
            view = shown(way, tries.state(way))
            age_s = None if view.since is None else (now - view.since).total_seconds()
            state = "FAILING, first" if view.failures else view.state
            tried = f"{view.failures} failures in a row" if view.failures else ""
            stands = joined(state + ("" if age_s is None else f" {span_words(age_s)} ago"), tried)
            urgency = "" if way.least is Precedence.ROUTINE else f"from {way.least} on"
            hours = "" if way.quiet is None else f"quiet {_hours(way.quiet)}, flash all the same"
            whom = joined(f"{view.kind} to {way.person or 'whoever has it'}", urgency, hours)
            yield bold(way.name) + safe(f" for the {way.role} of {way.party}: {whom}: {stands}")
        if not found:
            yield "No ways: alarms stay at the station. Next: keepclear reach add NAME --role ROLE"

    Printer(as_json=json).give(rows, lined)
    return 0


@reach.command(name="test")
def try_out(name: Name, /, *, party: As = None, dir_: Dir = FOLDER) -> int:
    """Send a test message by a way; it concerns no alarm and says so."""
    settings = node_settings(dir_)
    way = Book(dir_ / REACH).named(_party(dir_, party), name)
    tries, clock = Tries(dir_ / REACH_STATE), SystemClock()
    words = f"This is a test of the way {name}. There is no alarm. Key test/{secrets.token_hex(6)}"
    title = title_beyond(settings.cap, Precedence.ROUTINE, 1).partition(":")[0] + ": TEST, nothing to do"
    try:
        send_by_apprise(way.url, title, words)
    except StoreFault:
        tries.failed(way, clock.now())
        say(f"It did not leave by {name}. Look at the address, and whether its server answers.")
        return 1
    tries.left(way, clock.now())
    say(f"It left by {name}. Whether it came, its reader alone can say.")
    return 0


@reach.command
def remove(name: Name, /, *, party: As = None, dir_: Dir = FOLDER) -> int:
    """Take a way out; it counts at once."""
    node_settings(dir_)
    Book(dir_ / REACH).remove(_party(dir_, party), name)
    say(f"Removed {name}.")
    return 0


def _party(folder: Path, party: str | None) -> PartyId:
    return hosted(folder, party, Role.DUTY_OFFICER)


def _address() -> str:
    if sys.stdin.isatty():
        given = getpass.getpass("Address (mailtos://… or jsons://…), not shown: ")
    else:
        given = sys.stdin.readline()
    return given.strip()


def _quiet(hours: str, zone: str) -> Quiet | None:
    if not hours:
        return None
    begins, _, ends = hours.partition("-")
    try:
        return Quiet(time.fromisoformat(begins.strip()), time.fromisoformat(ends.strip()), zone)
    except ValueError as error:
        raise Malformed(f'the quiet hours "{hours}"', "reach-quiet", "such as 22:00-06:00") from error


def _hours(quiet: Quiet) -> str:
    return f"{quiet.begins:%H:%M} to {quiet.ends:%H:%M} {quiet.zone}"
