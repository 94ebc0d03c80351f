"""The demo's player: carries out a scenario's acts on a live node, at the pace of its scenes.

The acts go through the writer like anybody's, and so does what falls due between them. The clock of the node
is the scenario's: it is put forward to each act's time, and after the last one it runs on by itself, with the
engine of a live node.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import threading
import time
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any, Protocol

from msgspec import Struct

from keepclear.commands.telling import Tell
from keepclear.errors import KeepclearError
from keepclear.model.words import PartyId, StatementId, SubjectId
from keepclear.scenarios.demo import Caption, Demo, Recorded, Scene
from keepclear.scenarios.loader import Script, Step
from keepclear.scenarios.player import TellOn, play
from keepclear.service.asking import Ask, Outcome
from keepclear.service.auth import Role, Tokens
from keepclear.service.clock import SimulatedClock
from keepclear.service.deadlines import Engine
from keepclear.service.delivery import Deliver
from keepclear.service.heartbeat import Heartbeat
from keepclear.service.node import Node
from keepclear.service.rehearsal import Rehearsal, ask_of
from keepclear.service.writer import Writer


class Placed(Struct, frozen=True, omit_defaults=True):
    """What a caption points at once its act is done: a view, the thing that was made, a place on the map."""

    view: str
    subject: SubjectId
    statement: StatementId
    lon: float | None = None
    lat: float | None = None
    zoom: float | None = None


class Shown(Struct, frozen=True):
    """A caption as it comes to the page, with the ids of what its act made, empty until it is done."""

    n: int
    at_s: float
    step: str
    acc: tuple[str, ...]
    account: str
    speaker: str
    text: str
    mark: str
    desk: PartyId
    when: str
    focus: Placed


class Persona(Struct, frozen=True):
    """Whom the page may be at a desk."""

    party: PartyId
    name: str
    role: Role
    token: str


class Side(Struct, frozen=True):
    """A party whose desk the demo shows, at this node or at another."""

    party: PartyId
    name: str


class DemoAnswer(Struct, frozen=True):
    """The state of the demo; `sides` are all whose desks it shows, `desks` those that this page has.

    `view` is what the map shows at first: west, south, east, north; null for the page's own.
    """

    scenario: str
    caption: str
    duration_s: float
    elapsed_s: float
    state: str
    desks: tuple[PartyId, ...]
    sides: tuple[Side, ...]
    personas: tuple[Persona, ...]
    scenes: tuple[Scene, ...]
    captions: tuple[Shown, ...]
    shown: tuple[int, ...]
    sample_plan: Any
    fault: str
    view: tuple[float, float, float, float] | None
    recorded: Recorded | None


class Stage(Protocol):
    """Where a story is played: on one node, or on several that meet over a link."""

    def begin(self, hurry: threading.Event) -> None:
        """Take up the acts of a story; `hurry` is set once nobody waits for its pace any more."""
        ...

    async def act(self, step: Step, tell: Tell | TellOn, at: datetime) -> Outcome:
        """Let all fire that falls due before an act, then carry it out and what follows from it."""
        ...

    async def end(self) -> None:
        """Let what has rested come once more."""
        ...

    def go_live(self) -> None:
        """Let the clock run on, and what falls due from now on."""
        ...

    async def begin_again(self) -> None:
        """Put fresh records in the place of those that were played."""
        ...


class Alone:
    """A stage of one node, which hosts all parties."""

    def __init__(
        self,
        writer: Writer,
        clock: SimulatedClock,
        fresh: Callable[[], tuple[Node, SimulatedClock]],
        station: Deliver | None = None,
    ) -> None:
        self._writer = writer
        self._clock = clock
        self._fresh = fresh
        self._station = station
        self._live: asyncio.Task[None] | None = None
        self._rehearsal = Rehearsal(writer.node, clock)

    def begin(self, hurry: threading.Event) -> None:
        """Take up the acts of a story."""
        self._rehearsal = Rehearsal(self._writer.node, self._clock)

    async def act(self, step: Step, tell: Tell | TellOn, at: datetime) -> Outcome:
        """Let all fire that falls due before an act, then carry it out and what follows from it."""
        await carry_out(self._writer, self._rehearsal.up_to(at))
        self._clock.move_to(at)
        outcome = await self._writer.submit(ask_of(self._writer.node, step, tell))
        await carry_out(self._writer, self._rehearsal.after((step.by, *tell.readers), step.body))
        return outcome

    async def end(self) -> None:
        """Let what has rested come once more."""
        await carry_out(self._writer, self._rehearsal.rest())

    def go_live(self) -> None:
        """Let the clock run on, with the engine of a live node."""
        self._clock.run()
        if self._station is not None:
            self._live = asyncio.create_task(stay_live(self._writer, self._station), name="engine")

    async def begin_again(self) -> None:
        """Put a fresh record in the place of the one that was played."""
        if self._live is not None:
            self._live.cancel()
            await asyncio.gather(self._live, return_exceptions=True)
            self._live = None
        await self._writer.settled()
        self._writer.node.store.close()
        self._writer.node, self._clock = await asyncio.to_thread(self._fresh)


async def carry_out(writer: Writer, batches: Iterable[list[Ask]]) -> None:
    """Carry out batches one after the other; what is no longer due by then is refused, and left."""
    await writer.settled()
    for asks in batches:
        await asyncio.gather(*map(writer.submit, asks), return_exceptions=True)
        await writer.settled()


async def stay_live(writer: Writer, station: Deliver) -> None:
    """Fire what falls due on a live node, until cancelled."""
    engine = Engine(lambda: writer.node, station, Heartbeat(None, ""))
    async with engine.running(writer):
        await asyncio.Event().wait()


class Play:
    """One demo: waits for a page, plays, and stays live."""

    def __init__(self, stage: Stage, programme: Demo, script: Script) -> None:
        self._stage = stage
        self._programme = programme
        self._script = script
        self.generation = 0
        self.happened: list[tuple[str, Any]] = []
        self.changed = asyncio.Event()
        self.state = "waiting"
        self._fault = ""
        self._task: asyncio.Task[None] | None = None
        self._hurry = threading.Event()
        self._ended = False
        self._began = 0.0

    @property
    def sides(self) -> tuple[PartyId, ...]:
        """All whose desks the demo shows: no secret, as all of its page is none."""
        return tuple(self._programme.desks)

    def start(self) -> None:
        """Begin to play, once."""
        if self._task is None:
            self._began = time.monotonic()
            self.state = "playing"
            self._task = asyncio.create_task(self._run(), name="play")

    async def skip(self) -> None:
        """Carry out all that remains without waiting."""
        self._hurry.set()
        self.start()
        if self._task is not None:
            await asyncio.shield(self._task)

    async def restart(self) -> None:
        """Begin again on a fresh record; the old one is closed."""
        if self._task is not None:
            self._hurry.set()
            await asyncio.gather(asyncio.shield(self._task), return_exceptions=True)
        await self._stage.begin_again()
        self._hurry = threading.Event()
        self._task, self.happened, self._fault = None, [], ""
        self.generation += 1
        self.start()
        self._tell_pages()

    def about(self, tokens: Tokens, hosted: tuple[PartyId, ...] | None = None) -> DemoAnswer:
        """Give the state of the demo, with all its desks or those that the page's node hosts."""
        told = self._programme
        desks = tuple(party for party in told.desks if hosted is None or party in hosted)
        elapsed = time.monotonic() - self._began if self.state != "waiting" else 0.0
        personas = tuple(
            Persona(
                party, told.names.get(party, party), Role.WATCH_CHIEF, tokens.token(party, Role.WATCH_CHIEF)
            )
            for party in desks
        )
        shown = {data.n: data for name, data in self.happened if name == "caption"}
        return DemoAnswer(
            told.scenario, told.caption, told.duration_s, min(elapsed, told.duration_s), self.state,
            desks,
            tuple(Side(party, told.names.get(party, party)) for party in told.desks),
            personas, told.scenes, tuple(shown.get(each.n) or _placed(each) for each in told.captions),
            tuple(shown), told.sample_plan, self._fault,
            told.view, told.recorded,
        )  # fmt: skip

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        captions = {caption.step: caption for caption in self._programme.captions}
        scenes = list(self._programme.scenes)
        self._stage.begin(self._hurry)

        def act(step: Step, tell: Tell | TellOn, at: datetime) -> Outcome:
            self._wait_for(step.step, scenes, loop)
            if self._ended:
                raise concurrent.futures.CancelledError
            outcome = asyncio.run_coroutine_threadsafe(self._stage.act(step, tell, at), loop).result()
            if step.step in captions:
                loop.call_soon_threadsafe(self._happen, "caption", _placed(captions[step.step], outcome))
            return outcome

        try:
            await asyncio.to_thread(play, self._script, act)
            await self._stage.end()
            for scene in scenes:
                self._happen("scene", scene)
            await self._wait_out()
        except asyncio.CancelledError:
            # The node stops: a thread that went on with the story would keep the process from ending.
            self._ended = True
            self._hurry.set()
            raise
        except Exception as error:  # noqa: BLE001 - a story that stops for whatever reason says so on the page
            known = isinstance(error, KeepclearError)
            self._fault = str(error) if known else f"{type(error).__name__}: {error}"
            self._happen("fault", {"detail": self._fault})
        self._stage.go_live()
        self.state = "done"
        self._happen("done", {})

    async def _wait_out(self) -> None:
        left = self._began + self._programme.duration_s - time.monotonic()
        if left > 0 and not self._hurry.is_set():
            await asyncio.to_thread(self._hurry.wait, left)

    def _wait_for(self, step: str, scenes: list[Scene], loop: asyncio.AbstractEventLoop) -> None:
        due = self._programme.seconds.get(step, 0.0)
        while scenes and scenes[0].from_s <= due:
            self._sleep_until(scenes[0].from_s)
            loop.call_soon_threadsafe(self._happen, "scene", scenes.pop(0))
        self._sleep_until(due)

    def _sleep_until(self, second: float) -> None:
        left = self._began + second - time.monotonic()
        if left > 0:
            self._hurry.wait(left)

    def _happen(self, name: str, data: Any) -> None:  # noqa: ANN401 - one of several event bodies
        self.happened.append((name, data))
        self._tell_pages()

    def _tell_pages(self) -> None:
        previous, self.changed = self.changed, asyncio.Event()
        previous.set()


def _placed(caption: Caption, outcome: Outcome | None = None) -> Shown:
    focus = caption.focus
    subject = outcome.subject if outcome else SubjectId("")
    statement = outcome.statement if outcome else StatementId("")
    placed = Placed(focus.view, subject, statement, focus.lon, focus.lat, focus.zoom)
    rest = {field: getattr(caption, field) for field in Caption.__struct_fields__ if field != "focus"}
    return Shown(**rest, focus=placed)
