"""Commands on feeds: where live positions come from, as this machine's settings name them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any

from cyclopts import App, Parameter

from keepclear.cli.client import FOLDER, desk, node_settings
from keepclear.cli.looking import As, Dir, Json
from keepclear.cli.output import Printer, bold, joined, safe, say
from keepclear.cli.persons import hosted
from keepclear.cli.telling import one_of
from keepclear.errors import Malformed
from keepclear.model.feeds import Feed, FeedKind
from keepclear.model.tracks import Standing
from keepclear.rules.leaving import is_told
from keepclear.service.auth import Role
from keepclear.service.feed_ports import check_feed
from keepclear.service.feeds import FeedBook
from keepclear.service.settings import FEEDS, RUNNING

feeds = App(name="feeds", help="Feeds of live positions: add, list, remove.")

Name = Annotated[str, Parameter(help="The feed's name, such as adsb: small letters, digits, - and _.")]


@feeds.command
def add(
    name: Name,
    /,
    *,
    kind: Annotated[str, one_of(FeedKind, "By which link it comes in.")] = FeedKind.PUSH,
    cot: Annotated[str, Parameter(help="HOST:PORT of a TAK server, on this machine.")] = "",
    cot_listen: Annotated[
        int | None,
        Parameter(help="A port of this machine to which devices connect; your own ones with --standing own."),
    ] = None,
    readsb: Annotated[
        str, Parameter(help="aircraft.json of a receiver: its URL or its file; tcp://HOST:PORT for a stream.")
    ] = "",
    sbs: Annotated[
        str, Parameter(help="HOST:PORT of BaseStation messages; #+03:00 behind it for the zone of its clock.")
    ] = "",
    standing: Annotated[
        str, one_of(Standing, "What it reports: own things, consenting ones, or others'.")
    ] = Standing.OTHER,
    address: Annotated[
        str, Parameter(help="Where it is: as behind --cot, --readsb, --sbs, or listen:PORT; not for push.")
    ] = "",
    silent_s: Annotated[
        int, Parameter(help="After so many seconds without a word it is an alarm; 0 for never.")
    ] = 60,
    oldest_s: Annotated[int, Parameter(help="A fix older than so many seconds is refused.")] = 3_600,
    ahead_s: Annotated[int, Parameter(help="A time may lie so many seconds ahead of our clock.")] = 5,
    invented: Annotated[
        bool, Parameter(name="--invented", negative="", help="Everything it reports is made up.")
    ] = False,
    party: As = None,
    dir_: Dir = FOLDER,
) -> int:
    """Add a feed; it counts at once, also while the node runs."""
    node_settings(dir_)
    whose = hosted(dir_, party, Role.DUTY_OFFICER, "of this feed")
    way, place = _way(FeedKind(kind), address, cot, cot_listen, readsb, sbs)
    feed = Feed(name, whose, way, Standing(standing), place, oldest_s, ahead_s, silent_s, invented)
    check_feed(feed)
    FeedBook(dir_ / FEEDS).add(feed)
    say(f"Added the feed {name} of {whose}: what it reports counts as {feed.standing.value}.")
    if feed.kind is FeedKind.PUSH:
        say(f"It is sent to /api/v1/desks/{whose}/live/feeds/{name}/fixes with a token of the scope feed:")
        say(f'keepclear token add "{name}" --scope feed --party {whose}')
    if place.startswith("listen:"):
        say(f"Devices connect to 127.0.0.1, port {place.rpartition(':')[2]}.")
    if feed.kind is FeedKind.COT:
        say(_told(feed))
    return 0


def _told(feed: Feed) -> str:
    """Say what goes out to whoever is connected."""
    if is_told(feed.standing):
        return "Whoever is connected is told where your own things are, your measures and your open alarms."
    return "It only hears: whoever is connected is told nothing. Your own devices: --standing own"


def _way(
    kind: FeedKind, address: str, cot: str, cot_listen: int | None, readsb: str, sbs: str
) -> tuple[FeedKind, str]:
    """Give the kind and the address that one of the short options stands for."""
    listen = "" if cot_listen is None else f"listen:{cot_listen}"
    given = [
        (short, place)
        for short, place in (
            (FeedKind.COT, cot), (FeedKind.COT, listen), (FeedKind.READSB, readsb), (FeedKind.SBS, sbs)
        )
        if place
    ]  # fmt: skip
    if len(given) > 1 or (given and (address or kind not in (FeedKind.PUSH, given[0][0]))):
        asks = "one of --cot, --cot-listen, --readsb, --sbs, or --kind with --address"
        raise Malformed("a feed that comes in by two links", "feed-once", asks)
    return given[0] if given else (kind, address)


@feeds.command(name="list")
def list_feeds(*, party: As = None, dir_: Dir = FOLDER, json: Json = False) -> int:
    """List the feeds, and where the node runs how each does: heard, hears us, clock, refused."""
    node_settings(dir_)
    found = [feed for feed in FeedBook(dir_ / FEEDS).feeds() if party in (None, feed.party)]
    states = _states(dir_, sorted({feed.party for feed in found}))
    rows = [{"feed": feed, "state": states.get((feed.party, feed.name))} for feed in found]

    def lined(_: object) -> Iterator[str]:
        for feed in found:
            state = states.get((feed.party, feed.name))
            yield bold(feed.name) + safe(f" of {feed.party}: {_about(feed)}")
            if state is not None:
                yield safe(f"  {_doing(state)}")
                for no in state["refused"]:
                    yield safe(f"  refused {no['count']}: {no['rule']}, {no['words']}; last {no['last_id']}")
        if not found:
            yield "No feeds. Next: keepclear feeds add NAME"

    Printer(as_json=json).give(rows, lined)
    return 0


@feeds.command
def remove(name: Name, /, *, party: As = None, dir_: Dir = FOLDER) -> int:
    """Take a feed out; what it has brought stays until its time."""
    node_settings(dir_)
    FeedBook(dir_ / FEEDS).remove(hosted(dir_, party, Role.DUTY_OFFICER), name)
    say(f"Removed {name}.")
    return 0


def _states(folder: Dir, parties: list[str]) -> dict[tuple[str, str], dict[str, Any]]:
    """Give how the feeds do, where the node runs."""
    if not (folder / RUNNING).exists():
        return {}
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for party in parties:
        with desk(folder, party) as here:
            found.update(((party, row["name"]), row) for row in here.get("live/feeds")["feeds"])
    return found


def _about(feed: Feed) -> str:
    what = f"{feed.kind.value}, reports {feed.standing.value} things"
    return joined(what, feed.address, "all invented" if feed.invented else "")


def _doing(state: dict[str, Any]) -> str:
    age = state["last_fix_age_s"]
    return joined(
        state["state"],
        state["words"],
        "" if age is None else f"last fix {age:.0f} s old",
        f"{state['things']} things, {state['taken']} fixes taken, {state['late']} late",
        f"{state['unread']} could not be read" if state["unread"] else "",
    )
