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
from keepclear.cli.output import say
from keepclear.cli.running import Way, announced, bound, served
from keepclear.model.words import PartyId
from keepclear.scenarios import checks
from keepclear.scenarios.demo import demo as programme
from keepclear.scenarios.loader import Script, load
from keepclear.service.apart import Apart, Seat, plans
from keepclear.service.apart_trial import Finding, Trial
from keepclear.service.auth import Role
from keepclear.service.http.app import application, console_folder
from keepclear.service.http.exchange import exchange_application
from keepclear.service.listening import Listening
from keepclear.service.play import Play
from keepclear.service.replay import SEED, Replay, replay, scenario_folder

SIDES = (("coalition.exercise", PartyId("COA")), ("russia.exercise", PartyId("RUS")))
OTHERS = "others.exercise"
FOLDER = DEMO_FOLDER.with_name("demo-two-nodes")


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
    async def open(self, script: Script, play: Play | None = None) -> AsyncIterator[Apart]:
        """Serve every node's page and door for the life of the block, and wait until all have met."""
        console = console_folder()
        ways = []
        for seat, page, pulled in zip(self.stage.seats, self.pages, self._pulled, strict=True):
            app = application(
                seat.writer, seat.tokens, play, None if play is None else console, script.caption,
                exchange=seat.exchange, link=seat.link,
            )  # fmt: skip
            ways.append(Way(app, None, page))
            ways.append(Way(exchange_application(seat.link, seat.writer), seat.link.context, pulled))
        async with AsyncExitStack() as stack:
            stack.callback(self.close)
            await stack.enter_async_context(served(ways))
            yield self.stage

    def close(self) -> None:
        """Close the records and the sockets."""
        self.stage.close()
        for sockets in (*self.pages, *self._pulled):
            for one in sockets:
                one.close()


def live(host: str, port: int, story: str, *, browser: bool) -> None:
    """Serve the demo on nodes of their own until Ctrl-C."""
    home = scenario_folder(story)
    script = load(home)
    with ExitStack() as stack:
        pages = [stack.enter_context(bound(host, port + place)) for place in range(len(SIDES) + 1)]
        standing = Standing(script, FOLDER, pages)
        play = Play(standing.stage, programme(home, script), script)
        for plan, page in zip(standing.planned, pages, strict=True):
            stack.enter_context(announced(plan.folder, Listening(host, port_of(page))))
        _say_where(standing)
        if browser:
            for seat in standing.stage.seats[: len(SIDES)]:
                threading.Timer(1.0, webbrowser.open, (f"{standing.url(seat)}/",)).start()
        logging.getLogger("uvicorn.error").setLevel(logging.ERROR)
        with suppress(KeyboardInterrupt):
            asyncio.run(_until_stopped(standing, script, play))


async def _until_stopped(standing: Standing, script: Script, play: Play) -> None:
    async with standing.open(script, play):
        await asyncio.Event().wait()


def _say_where(standing: Standing) -> None:
    coalition, russia, others = standing.stage.seats
    for seat in (coalition, russia):
        party = seat.node.hosted[0]
        say(f"{party} at its own node {seat.plan.name}: {standing.url(seat)}/")
        say(f"  its token as watch chief: {seat.tokens.token(party, Role.WATCH_CHIEF)}")
        say(f"  on the command line: keepclear peer list --dir {seat.plan.folder}")
    say(f"All others ({', '.join(others.node.hosted)}) at {others.plan.name}: {standing.url(others)}/")
    say("It plays as soon as one of the pages is open. Stop with Ctrl-C.")
    named = f"{russia.plan.name} --dir {coalition.plan.folder}"
    say(f"Cut the link, on either page or by: keepclear peer cut {named}")
    say(f"and heal it by:                     keepclear peer heal {named}")
    say(f"The demo begins anew each time: what was done in {FOLDER} before is wiped.")


def once(story: str) -> int:
    """Play, cut, tell, heal; print what was found. Exit status: 0 all as it must be, 2 something is not."""
    home = scenario_folder(story)
    script = load(home)
    began = time.monotonic()
    alone = replay(script)
    with passing_folder() as folder:
        findings = asyncio.run(tried(script, folder, lambda trial: _all_of(trial, home, alone)))
    wrong = [each for each in findings if not each.ok]
    for each in findings:
        say(f"{'pass' if each.ok else 'FAIL':>8}  {each.what}{'' if each.ok else f': {each.found}'}")
    say(f"{script.caption}")
    say(
        f"{script.scenario} on {len(SIDES) + 1} nodes: {len(findings) - len(wrong)} pass, {len(wrong)} fail, "
        f"in {time.monotonic() - began:.0f} s"
    )
    return 2 if wrong else 0


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


def _all_of(trial: Trial, home: Path, alone: Replay) -> list[Finding]:
    trial.play()
    judged = checks.run(checks.expectations(home), trial.played, trial.get)
    due = [result for result in judged if result.verdict is not checks.Verdict.NOT_YET]
    findings = [
        Finding(f"{each.id}  {each.check}", each.verdict is checks.Verdict.PASS, each.words) for each in due
    ]
    with alone.asking():
        findings += trial.same_as(alone)
    trial.cut()
    trial.tell()
    findings += trial.while_cut()
    trial.heal()
    trial.wait()
    findings += [*trial.healed(), *trial.proved()]
    return findings


@contextmanager
def passing_folder() -> Iterator[Path]:
    """Give a folder that is gone afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="keepclear-two-nodes-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
