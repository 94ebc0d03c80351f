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
from keepclear.model.feeds import Feed, FeedKind
from keepclear.model.tracks import Standing
from keepclear.service.auth import Role
from keepclear.service.feeds import FeedBook
from keepclear.service.opening import FEEDS, RUNNING

feeds = App(name="feeds", help="Feeds of live positions: add, list, remove.")

Name = Annotated[str, Parameter(help="The feed's name, such as adsb: small letters, digits, - and _.")]


@feeds.command
def add(
    name: Name,
    /,
    *,
    kind: Annotated[str, one_of(FeedKind, "By which link it comes in.")] = FeedKind.PUSH,
    standing: Annotated[
        str, one_of(Standing, "What it reports: own things, consenting ones, or others'.")
    ] = Standing.OTHER,
    address: Annotated[
        str, Parameter(help="Where it is: host:port, a file, or listen:port; not for push.")
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
    whose = hosted(dir_, party, Role.DUTY_OFFICER)
    feed = Feed(
        name, whose, FeedKind(kind), Standing(standing), address, oldest_s, ahead_s, silent_s, invented
    )
    FeedBook(dir_ / FEEDS).add(feed)
    say(f"Added the feed {name} of {whose}: what it reports counts as {feed.standing.value}.")
    if feed.kind is FeedKind.PUSH:
        say(f"It is sent to /api/v1/desks/{whose}/live/feeds/{name}/fixes with a token of the scope feed:")
        say(f'keepclear token add "{name}" --scope feed --party {whose}')
    return 0


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
