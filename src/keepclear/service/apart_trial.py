"""A trial of nodes apart: a story played between them, the link cut and healed, nothing lost or doubled.

Everything is asked as an officer's page asks it: over HTTP, at each side's own node. What the desks then
show is held against one node on which the same story was played: the same statements, in the same views,
apart from who is said to hold them.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Coroutine, Iterator
from datetime import datetime, timedelta
from typing import Any, Final, TypeVar

import httpx
import msgspec
from msgspec import Struct

from keepclear.commands.telling import Tell
from keepclear.errors import Malformed
from keepclear.model.words import PartyId, StatementId
from keepclear.scenarios.loader import Script, Step
from keepclear.scenarios.player import Outcome, Played, TellOn, play
from keepclear.service.apart import GLANCE_S, Apart
from keepclear.service.auth import Role
from keepclear.service.http.app import table
from keepclear.service.http.routes import AT
from keepclear.service.replay import Replay
from keepclear.times import text

MESSAGES: Final = 10
BETWEEN: Final = timedelta(seconds=30)
TOGETHER_S: Final = 30.0
"""How long the ends may take to hold the same after the link is healed; a retry waits for a minute at most,
but not where the other end is heard of."""

_DESK: Final = "/api/v1/desks/{party}/"
_OPENED: Final = "log-opened"
T = TypeVar("T")


class Finding(Struct, frozen=True):
    """One thing that was looked at: whether it is as it must be, and what was found where not."""

    what: str
    ok: bool
    found: str = ""


def views() -> list[str]:
    """Give the views of a desk that take a time and no other thing: what a page shows of the record."""
    rests = [row.path.removeprefix(_DESK) for row in table() if row.method == "GET" and AT in row.params]
    return [rest for rest in rests if not rest.startswith("/") and "{" not in rest and "/" not in rest]


class Trial:
    """One trial between two sides of a stage that is served; driven from a thread beside its event loop."""

    def __init__(
        self, script: Script, stage: Apart, urls: dict[str, str], loop: asyncio.AbstractEventLoop
    ) -> None:
        self.script = script
        self.stage = stage
        self._urls = urls
        self._loop = loop
        self._http = httpx.Client(timeout=60.0, trust_env=False)
        self.one, self.other = (seat.node.hosted[0] for seat in stage.seats[:2])
        self.told: list[tuple[PartyId, PartyId, StatementId]] = []
        self.played = Played({}, {})

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def _on_stage(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    # As a page asks.

    def get(self, party: PartyId, path: str, at: datetime | None = None) -> Any:  # noqa: ANN401 - JSON
        """Give a view as the party's own node answers it; `held` gives all pages as one."""
        query = {} if at is None else {"at": text(at)}
        answer = self._call("GET", party, path, params=query)
        while path == "held" and answer["next"] is not None:
            more = self._call("GET", party, path, params={**query, "after": answer["next"]})
            answer = {**more, "items": [*answer["items"], *more["items"]]}
        return answer

    def _call(self, method: str, party: PartyId, path: str, **rest: Any) -> Any:  # noqa: ANN401 - JSON
        seat = self.stage.seat_of(party)
        headers = {
            "Authorization": f"Bearer {seat.tokens.token(party, Role.WATCH_CHIEF)}",
            "Idempotency-Key": f"trial/{path}/{len(self.told)}",
        }
        url, _, asked = path.partition("?")
        if asked:
            rest["params"] = {**httpx.QueryParams(asked), **rest.get("params", {})}
        answer = self._http.request(
            method, f"{self._urls[seat.plan.name]}/api/v1/desks/{party}/{url}", headers=headers, **rest
        )
        body = msgspec.json.decode(answer.content)
        if answer.is_error:
            raise Malformed(f"{party} {path} answered {answer.status_code}: {body}", "trial", "an answer")
        return body

    # What is done.

    def play(self, until: datetime | None = None) -> None:
        """Play the story, each act at its author's node."""
        self.stage.begin()

        def act(step: Step, tell: Tell | TellOn, at: datetime) -> Outcome:
            return self._on_stage(self.stage.act(step, tell, at))

        self.played = play(self.script, act, until)
        if until is not None:
            self._on_stage(self.stage.up_to(until))
        self._on_stage(self.stage.end())

    def cut(self) -> None:
        """Cut the link, as the watch chief of the one side does."""
        other = self.stage.seat_of(self.other).plan.name
        self._call("POST", self.one, f"peers/{other}/cut")

    def heal(self) -> None:
        """Heal the link."""
        other = self.stage.seat_of(self.other).plan.name
        self._call("POST", self.one, f"peers/{other}/heal")

    def tell(self) -> None:
        """Let the sides tell each other messages in turn, half a minute apart by the clock of the story."""
        for number in range(MESSAGES):
            author, reader = (self.one, self.other) if number % 2 == 0 else (self.other, self.one)
            words = f"Message {number + 1} of the time without a link"
            body = {
                "kind": "message", "to": [reader], "purpose": "notification", "precedence": "routine",
                "texts": [{"words": words, "lang": "en"}],
            }  # fmt: skip
            made = self._call("POST", author, "statements", json={"body": body, "readers": [reader]})
            self.told.append((author, reader, made["statement"]))
            self.stage.clock.move_to(self.stage.clock.now() + BETWEEN)

    def wait(self, seconds: float = TOGETHER_S) -> None:
        """Wait until the ends hold the same, at most so long."""
        until = time.monotonic() + seconds
        while self._on_stage(self._missing()) and time.monotonic() < until:
            time.sleep(GLANCE_S)

    async def _missing(self) -> int:
        for seat in self.stage.seats:
            await seat.writer.settled()
        return len(self.stage.missing())

    # What is looked at.

    def while_cut(self) -> Iterator[Finding]:
        """Look at the desks while the link is cut: each shows what its reader does not hold yet."""
        for party, reader in ((self.one, self.other), (self.other, self.one)):
            row = self._peer(party, reader)
            waits = sum(1 for author, _, _ in self.told if author == party)
            state = "cut" if party == self.one else "down"
            yield Finding(
                f"{party} sees that {waits} entries are not held there yet, and for how long",
                (row["unsent"], row["overdue"]) == (waits, True),
                f"{row['unsent']} for {row['unsent_age_s']:.0f} s",
            )
            yield Finding(f"{party} sees the link {state}", row["state"] == state, str(row["state"]))
            came = self._on_stage(self._came(party, reader))
            yield Finding(f"nothing of it has reached {reader}", not came, ", ".join(came))

    def healed(self) -> Iterator[Finding]:
        """Look at the desks after the link was healed: each message once, in its author's order."""
        for party, reader in ((self.one, self.other), (self.other, self.one)):
            told = [each for author, _, each in self.told if author == party]
            came = self._on_stage(self._came(party, reader))
            yield Finding(
                f"{reader} holds each message of {party} once and in order", came == told, f"{len(came)} came"
            )
            ladders = {
                item["statement"]: item["ladder"]["reached"]
                for item in self.get(party, f"told/{reader}")["items"]
            }
            reached = {ladders.get(each, "") for each in told}
            yield Finding(
                f"{party} sees each delivered", reached == {"delivered"}, ", ".join(sorted(reached))
            )
            row = self._peer(party, reader)
            yield Finding(
                f"{party} sees the link up, and nothing waits",
                (row["state"], row["unsent"], row["stopped"]) == ("up", 0, []),
                f"{row['state']}, {row['unsent']} wait",
            )

    async def _came(self, party: PartyId, reader: PartyId) -> list[StatementId]:
        """Give which of the messages have reached a desk, as often and in the order in which they did."""
        seat = self.stage.seat_of(reader)
        await seat.writer.settled()
        told = {each for author, _, each in self.told if author == party}
        return [entry.statement.id for entry in seat.node.inbox(reader) if entry.statement.id in told]

    def proved(self) -> Iterator[Finding]:
        """Look at what each side can prove: its log to the other, cosigned by its reader's own key."""
        for party, reader in ((self.one, self.other), (self.other, self.one)):
            proof = self._call("GET", party, f"proof?reader={reader}")
            cosigned = [who for log in proof["logs"] for who in log["cosigned"]]
            yield Finding(
                f"what {party} told {reader} verifies as cosigned by the reader",
                bool(proof["verified"]) and f"reader/{reader}" in cosigned,
                "; ".join(proof["lines"][-2:]),
            )

    def same_as(self, alone: Replay) -> Iterator[Finding]:
        """Hold each side's views against those of one node on which the same was played."""
        for party, reader in ((self.one, self.other), (self.other, self.one)):
            paths = [*views(), "alarms?all=yes", f"told/{reader}"]
            for path in paths:
                here, there = self.get(party, path), alone.fetch(party, path)
                found = list(_differences(_without_custody(here), _without_custody(there)))
                yield Finding(f"{party} {path} as on one node", not found, "; ".join(found[:3]))

    def _peer(self, party: PartyId, reader: PartyId) -> dict[str, Any]:
        rows: list[dict[str, Any]] = self.get(party, "peers")["items"]
        return next(row for row in rows if reader in row["parties"])


def _without_custody(value: Any) -> Any:  # noqa: ANN401 - JSON
    """Leave out what names who holds a text: the rung of the reader's node, and how a log was opened."""
    if isinstance(value, list):
        return [_without_custody(each) for each in value]
    if not isinstance(value, dict):
        return value
    kept = dict(value)
    if kept.get("rung") in ("delivered", "held by host"):
        kept["rung"] = "held"
    if kept.get("reached") in ("delivered", "sent"):
        kept["reached"] = "told"
    if kept.get("kind") == _OPENED:
        kept.pop("digest", None)
    return {name: _without_custody(each) for name, each in kept.items()}


def _differences(here: Any, there: Any, path: str = "") -> Iterator[str]:  # noqa: ANN401 - JSON
    if isinstance(here, dict) and isinstance(there, dict) and here.keys() == there.keys():
        for name in here:
            yield from _differences(here[name], there[name], f"{path}.{name}")
    elif isinstance(here, list) and isinstance(there, list) and len(here) == len(there):
        for place, (one, other) in enumerate(zip(here, there, strict=True)):
            yield from _differences(one, other, f"{path}[{place}]")
    elif here != there:
        yield f"{path}: {str(here)[:80]} where one node has {str(there)[:80]}"
