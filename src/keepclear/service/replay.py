"""Replays: a scenario played through the command path of a live node, on a clock that is moved by hand.

What is looked at afterwards is what the node's own HTTP application answers, asked as an auditor whom all
parties appointed: the same bytes that a desk would get.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

import httpx
import msgspec

from keepclear.commands.ports import Store
from keepclear.commands.telling import Tell
from keepclear.errors import KeepclearError, Malformed
from keepclear.model.parties import PartyStated
from keepclear.model.words import CapStatus, PartyId
from keepclear.scenarios.loader import Script, Step, instants
from keepclear.scenarios.player import Played, TellOn, play
from keepclear.service.asking import Ask, Outcome
from keepclear.service.auth import Grant, Role, Tokens
from keepclear.service.clock import SimulatedClock
from keepclear.service.http.app import application
from keepclear.service.keys import Keyring
from keepclear.service.node import Node
from keepclear.service.rehearsal import Rehearsal, ask_of
from keepclear.service.writer import Writer
from keepclear.stores.memory import MemoryStore
from keepclear.times import text

if TYPE_CHECKING:
    from collections.abc import Iterator

NODE = "keepclear.exercise"
SEED = b"keepclear reconstruction, no secret"
_AUDITOR = Grant("auditor", PartyId("*"), Role.AUDITOR)

Progress = Callable[[Step, Outcome], None]


def parties_of(script: Script) -> tuple[PartyId, ...]:
    """Give the parties of a script, in its order: those that act, and those that somebody describes."""
    named: dict[PartyId, None] = {}
    for step in script.steps:
        named.setdefault(step.by)
        if isinstance(step.body, PartyStated):
            named.setdefault(step.body.party)
    return tuple(named)


def opening_time(script: Script) -> datetime:
    """Give the instant of a script's first step.

    Raises:
        Malformed: the script has no step.
    """
    if not script.steps:
        raise Malformed("a script without steps", "script-empty", "at least one step", "steps")
    return instants(script.steps)[0]


class Replay:
    """A script played on a node of its own, and what its desks then show."""

    def __init__(self, script: Script, node: Node, played: Played) -> None:
        self.script = script
        self.node = node
        self.played = played
        self._app = application(Writer(node), Tokens((_AUDITOR,)), caption=script.caption)
        self._runner: asyncio.Runner | None = None

    def fetch(self, party: PartyId, path: str, at: datetime | None = None) -> Any:  # noqa: ANN401 - JSON
        """Give a view of a party's desk as the HTTP application answers it; `held` gives all pages as one.

        A path may end in a query, as in `alarms?all=yes`.

        Raises:
            Malformed: the application refuses the question; says what it answered.
        """
        path, _, asked = path.partition("?")
        query = dict(parse_qsl(asked)) | ({} if at is None else {"at": text(at)})
        answer = self._get(party, path, query)
        while path == "held" and answer["next"] is not None:
            more = self._get(party, path, {**query, "after": answer["next"]})
            answer = {**more, "items": [*answer["items"], *more["items"]]}
        return answer

    def _get(self, party: PartyId, path: str, query: dict[str, str]) -> Any:  # noqa: ANN401 - JSON
        async def asked() -> httpx.Response:
            transport = httpx.ASGITransport(self._app)
            async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
                headers = {"Authorization": f"Bearer {_AUDITOR.token}"}
                return await client.get(f"/api/v1/desks/{party}/{path}", params=query, headers=headers)

        response = asyncio.run(asked()) if self._runner is None else self._runner.run(asked())
        body = msgspec.json.decode(response.content)
        if response.is_error:
            raise Malformed(
                f"{party} {path} answered {response.status_code}: {body.get('detail')}",
                "view",
                "a view of the desk",
            )
        return body

    @contextmanager
    def asking(self) -> Iterator[Replay]:
        """Keep one event loop for many questions."""
        with asyncio.Runner() as runner:
            self._runner = runner
            try:
                yield self
            finally:
                self._runner = None


def replay(
    script: Script,
    until: datetime | None = None,
    store: Store | None = None,
    progress: Progress | None = None,
    refused: Callable[[Step, KeepclearError], None] | None = None,
) -> Replay:
    """Play a script on a node of its own.

    Args:
        script: what is played.
        until: the instant after which nothing is played; None for all.
        store: where the record is kept; in memory if not given.
        progress: told of each act as it is done.
        refused: told of an act that is refused, as one of a twin may be; None where a refusal ends the play.

    Raises:
        KeepclearError: an act was refused; the step is named.
    """
    clock = SimulatedClock(opening_time(script))
    keys = Keyring.from_seed(NODE, SEED, parties_of(script))
    node = Node(MemoryStore() if store is None else store, keys, clock, CapStatus.EXERCISE)
    node.host(*parties_of(script))
    rehearsal = Rehearsal(node, clock) if script.deadlines else None

    def fire(batches: Iterable[list[Ask]]) -> None:
        for asks in batches:
            node.carry_out(asks)

    def act(step: Step, tell: Tell | TellOn, at: datetime) -> Outcome:
        if rehearsal is not None:
            fire(rehearsal.up_to(at))
        clock.move_to(at)
        outcome = node.act(ask_of(node, step, tell))
        if rehearsal is not None:
            fire(rehearsal.after((step.by, *tell.readers), step.body))
        if progress is not None:
            progress(step, outcome)
        return outcome

    played = play(script, act, until, refused)
    if rehearsal is not None and until is not None:
        fire(rehearsal.up_to(until))
    if until is not None:
        clock.move_to(until)
    if rehearsal is not None:
        fire(rehearsal.rest())
    return Replay(script, node, played)


def scenario_folder(name: str | Path) -> Path:
    """Find a scenario by its folder or its name: here, in the source tree, or in the installed package.

    Raises:
        Malformed: there is none of that name; lists those that are there.
    """
    package = Path(__file__).parent.parent / "scenarios" / "stories"
    shelves = (Path(), package, Path(__file__).parents[3] / "scenarios", Path("scenarios"))
    for shelf in shelves:
        if (shelf / name / "script.yaml").is_file():
            return shelf / name
    found = sorted({path.parent.name for shelf in shelves[1:] for path in shelf.glob("*/script.yaml")})
    raise Malformed(f'the scenario "{name}"', "scenario", ", ".join(found) or "a folder with script.yaml")
