"""The demo on nodes of their own: each side at its page, mutual TLS between them, and a link to cut."""

from __future__ import annotations

import asyncio
import logging
import shutil
import socket
import tempfile
import threading
import time
import webbrowser
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager, contextmanager, suppress
from pathlib import Path

import msgspec

from keepclear.cli.client import DEMO_FOLDER
from keepclear.cli.output import OUT, bold, safe, say
from keepclear.cli.playing_flights import Flown, beside, where
from keepclear.cli.running import Way, announced, bound, ready, run_async, served
from keepclear.model.words import PartyId
from keepclear.scenarios import checks
from keepclear.scenarios.demo import Demo
from keepclear.scenarios.demo import demo as programme
from keepclear.scenarios.loader import Script, load
from keepclear.service import invented
from keepclear.service.apart import Apart, Seat, plans, wipe
from keepclear.service.apart_trial import Finding, Trial
from keepclear.service.exchange import journal
from keepclear.service.flying import SPEED
from keepclear.service.http.app import application, console_folder
from keepclear.service.http.exchange import exchange_application
from keepclear.service.listening import Listening
from keepclear.service.play import Play
from keepclear.service.replay import SEED, Replay, scenario_folder

SIDES = (("coalition.exercise", PartyId("COA")), ("russia.exercise", PartyId("RUS")))
OTHERS = "others.exercise"


def own_socket(host: str = "127.0.0.1") -> socket.socket:
    """Take a free port of this machine."""
    one = socket.socket()
    one.bind((host, 0))
    one.listen()
    return one


def port_of(listeners: Sequence[socket.socket]) -> int:
    """Give the port of a socket."""
    port: int = listeners[0].getsockname()[1]
    return port


class Standing:
    """The nodes of a demo as they are served: for each its page's sockets and those where peers pull."""

    def __init__(
        self, script: Script, folder: Path, pages: Sequence[list[socket.socket]], seed: bytes = b""
    ) -> None:
        self._pulled = [[own_socket()] for _ in pages]
        named = plans(script, SIDES, OTHERS, folder)
        self.planned = [
            msgspec.structs.replace(plan, url=f"https://127.0.0.1:{port_of(sockets)}", seed=seed)
            for plan, sockets in zip(named, self._pulled, strict=True)
        ]
        self.pages = pages
        self.stage = Apart(script, self.planned)

    def url(self, seat: Seat) -> str:
        """Give the address of a node's page."""
        return f"http://127.0.0.1:{port_of(self.pages[self.stage.seats.index(seat)])}"

    @asynccontextmanager
    async def open(
        self, script: Script, play: Play | None = None, more: Sequence[Way] = ()
    ) -> AsyncIterator[Apart]:
        """Serve every node's page and door for the life of the block, and wait until all have met.

        Args:
            script: the story.
            play: what plays it where people watch; without it there is no page.
            more: what else is served on this event loop.
        """
        console = console_folder()
        ways = []
        for seat, page, pulled in zip(self.stage.seats, self.pages, self._pulled, strict=True):
            beside = None if play is None else invented.beside(seat.writer, play)
            app = application(
                seat.writer, seat.tokens, play, None if play is None else console, script.caption,
                exchange=seat.exchange, link=seat.link,
                live=None if beside is None else beside["live"],
                works=() if beside is None else beside["works"],
            )  # fmt: skip
            ways.append(Way(app, None, page))
            ways.append(Way(exchange_application(seat.link, seat.writer), seat.link.context, pulled))
        async with AsyncExitStack() as stack:
            stack.callback(self.close)
            await stack.enter_async_context(served([*ways, *more]))
            yield self.stage

    def close(self) -> None:
        """Close the records and the sockets."""
        self.stage.close()
        for sockets in (*self.pages, *self._pulled):
            for one in sockets:
                one.close()


def live(host: str, port: int, story: str, *, browser: bool, recordings: Path, speed: float = SPEED) -> None:
    """Serve the demo on nodes of their own until Ctrl-C, and the recorded flights where they are here."""
    home = scenario_folder(story)
    script = load(home)
    with ExitStack() as stack:
        pages = [stack.enter_context(bound(host, port + place, ready)) for place in range(len(SIDES) + 1)]
        flown = stack.enter_context(beside(host, port, recordings, speed))
        wipe(DEMO_FOLDER)  # what was played there on one node is no longer the demo's record
        standing = Standing(script, DEMO_FOLDER, pages)
        told = programme(home, script)
        play = Play(standing.stage, told, script)
        for plan, page in zip(standing.planned, pages, strict=True):
            stack.enter_context(announced(plan.folder, Listening(host, port_of(page))))
        for words in _where(standing, told, tuple(where(flown, recordings))):
            say(words)
        if browser:
            for seat in standing.stage.seats[: len(SIDES)]:
                threading.Timer(1.0, webbrowser.open, (f"{standing.url(seat)}/",)).start()
        for name in ("uvicorn.error", journal.NAME):  # the desks show it
            logging.getLogger(name).setLevel(logging.ERROR)
        with suppress(KeyboardInterrupt):
            run_async(_until_stopped(standing, script, play, flown))


async def _until_stopped(standing: Standing, script: Script, play: Play, flown: Flown | None) -> None:
    async with standing.open(script, play, () if flown is None else (flown.way(),)):
        await asyncio.Event().wait()


def _where(standing: Standing, told: Demo, flights: Sequence[str]) -> Iterator[str]:
    """Say which address is whose desk, where the link is cut, and what to look for."""
    one, other, others = standing.stage.seats
    names = [told.names.get(seat.node.hosted[0], seat.node.hosted[0]) for seat in (one, other)]
    yield ""
    yield "Two desks, each at a node of its own with keys and record of its own, and a link between them:"
    for seat, name in zip((one, other), names, strict=True):
        yield f"  {standing.url(seat)}/  {name}'s desk ({seat.node.hosted[0]}, node {seat.plan.name})"
    yield f"  (a third node, {others.plan.name}, keeps all others: {', '.join(others.node.hosted)})"
    yield from flights
    yield f"Open both side by side. The story plays once a page is open, in {told.duration_s:.0f} s. Then:"
    yield '  cut    "Cut link" at the top of either desk, in the row of the other side; press it twice'
    yield f"         or: keepclear peer cut {other.plan.name} --as {one.node.hosted[0]}"
    yield '  tell   "Five acts", 4, at either desk; or: keepclear message RUS "Are these yours?" --as COA'
    yield '         look: "1 not held there yet" and its age, red after 30 s; the other desk shows nothing'
    yield '  heal   "Heal link", twice; or the same command with heal'
    yield "         look: nothing waits, the message is at the other desk once, its ladder reads delivered"
    yield '  prove  "Proof", "Verify": cosigned by the reader, by a key that this side does not have'
    yield "Stop with Ctrl-C. Both desks on one node and one page: make demo ARGS=--one-node"
    yield f"The demo begins anew each time: what was done in {DEMO_FOLDER} before is wiped."


def once(home: Path, alone: Replay) -> int:
    """Play, cut, tell, heal; print what was found.

    Args:
        home: the scenario's folder.
        alone: the same story as it was played on one node, to hold the desks against.

    Returns:
        The exit status: 0 all is as it must be, 2 something is not.
    """
    script, began = alone.script, time.monotonic()
    with passing_folder() as folder:
        findings = asyncio.run(
            tried(script, folder, lambda trial: list(map(_told, _all_of(trial, home, alone))))
        )
    wrong = [each for each in findings if not each.ok]
    OUT.print(safe(script.caption))
    OUT.print(
        f"{bold(script.scenario)} on {len(SIDES) + 1} nodes: {len(findings) - len(wrong)} pass, "
        f"{len(wrong)} fail, in {time.monotonic() - began:.0f} s"
    )
    return 2 if wrong else 0


def _told(found: Finding) -> Finding:
    """Print a finding as soon as it is made: the whole takes half a minute."""
    words = "" if found.ok else f": {found.found}"
    OUT.print(f"{'pass' if found.ok else 'FAIL':>8}  {safe(found.what)}{safe(words)}")
    return found


async def tried(script: Script, folder: Path, run: Callable[[Trial], list[Finding]]) -> list[Finding]:
    """Serve the nodes on free ports and run a trial beside them."""
    standing = Standing(script, folder, [[own_socket()] for _ in range(len(SIDES) + 1)], SEED)
    async with standing.open(script) as stage:
        urls = {seat.plan.name: standing.url(seat) for seat in stage.seats}
        trial = Trial(script, stage, urls, asyncio.get_running_loop())
        try:
            return await asyncio.to_thread(run, trial)
        finally:
            trial.close()


def _all_of(trial: Trial, home: Path, alone: Replay) -> Iterator[Finding]:
    say("The story, each act at its author's node ...")
    trial.play()
    for each in checks.run(checks.expectations(home), trial.played, trial.get):
        if each.verdict is not checks.Verdict.NOT_YET:
            yield Finding(f"{each.id}  {each.check}", each.verdict is checks.Verdict.PASS, each.words)
    say("Each side's views, held against those of one node ...")
    with alone.asking():
        yield from trial.same_as(alone)
    say("The link is cut; each side tells the other five messages ...")
    trial.cut()
    trial.tell()
    yield from trial.while_cut()
    say("The link is healed ...")
    trial.heal()
    trial.wait()
    yield from trial.healed()
    yield from trial.proved()


@contextmanager
def passing_folder() -> Iterator[Path]:
    """Give a folder that is gone afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="keepclear-two-nodes-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
