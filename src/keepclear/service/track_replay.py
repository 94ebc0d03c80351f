"""A recording of flights played past the fences of one party, on a clock that the recording moves.

A node of its own, in memory and marked Exercise, with a story's acts among the fixes where one is given: the
same desk, gates, fences and alarms as in a node that serves.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

import msgspec
from msgspec import Struct

from keepclear.commands.telling import Tell
from keepclear.links.feeds import Reading
from keepclear.model.feeds import Feed
from keepclear.model.measures import MeasureStated
from keepclear.model.parties import PartyKind, PartyStated, Reach
from keepclear.model.words import PUBLIC, CapStatus, PartyId
from keepclear.rules.fences import FenceEvent
from keepclear.scenarios.loader import Script
from keepclear.scenarios.player import Played, Player
from keepclear.service.clock import SimulatedClock
from keepclear.service.keys import Keyring
from keepclear.service.live import watched_measures
from keepclear.service.live_alarms import LiveAlarms
from keepclear.service.live_desk import LiveDesk
from keepclear.service.node import Node
from keepclear.service.recording import cuts
from keepclear.service.rehearsal import ask_of
from keepclear.service.replay import NODE, SEED, opening_time, parties_of
from keepclear.stores.memory import MemoryStore
from keepclear.stores.tracks import TrackStore
from keepclear.views.alarms import Alarm

STEP: Final = timedelta(seconds=5)
OWN: Final = PartyId("DESK")


class Said(Struct, frozen=True):
    """An alarm as it was raised or lost its cause, at a time of the recording."""

    at: datetime
    what: str
    rule: str
    title: str
    words: str


class Summary(Struct, frozen=True):
    """What a replay came to; `watched` names the measures past which it went."""

    began: datetime
    ended: datetime
    things: int
    taken: int
    late: int
    refused: dict[str, int]
    unread: int
    alarms: tuple[Said, ...]
    watched: tuple[str, ...] = ()


class TrackReplay:
    """Plays one recording by one feed at one party's desk."""

    def __init__(
        self,
        feed: Feed,
        reading: Reading,
        measures: Sequence[MeasureStated] = (),
        script: Script | None = None,
        step: timedelta = STEP,
    ) -> None:
        self._feed = feed
        self._reading = reading
        self._step = step
        self._player = None if script is None else Player(script)
        first = reading.fixes[0].at
        self._clock = SimulatedClock(first if script is None else min(first, opening_time(script)))
        parties = (feed.party,) if script is None else parties_of(script)
        keys = Keyring.from_seed(NODE, SEED, parties)
        self.node = Node(MemoryStore(), keys, self._clock, CapStatus.EXERCISE)
        self.node.host(*parties)
        self.desk = LiveDesk(feed.party, TrackStore.open(), self._clock.now())
        self.alarms = LiveAlarms(feed.party, None, anew=False)
        self._counts: Counter[str] = Counter()
        self._refused: Counter[str] = Counter()
        self._said: list[Said] = []
        self._states: dict[str, str] = {}
        self._watched: dict[str, None] = {}
        self._moves = iter(()) if self._player is None else self._player.moves()
        self._next_move = next(self._moves, None)
        if script is None:
            described = PartyStated(feed.party, "The desk", PartyKind.AGENCY, Reach.HOSTED)
            self._tell(described, "desk")
        for number, body in enumerate(measures):
            self._tell(body, f"measure-{number}")

    @property
    def played(self) -> Played:
        """Give what the acts of the story have made so far."""
        return Played({}, {}) if self._player is None else self._player.played

    @property
    def now(self) -> datetime:
        """Give how far it has been played, by the recording's own times."""
        return self._clock.now()

    def _tell(self, body: Any, key: str) -> None:  # noqa: ANN401 - a body of any kind
        self.node.act(self.node.ask(self._feed.party, Tell(body=body, readers=(PUBLIC,)), key))

    def play(self, pace: Callable[[float], None], said: Callable[[Said], None]) -> Summary:
        """Play all of it.

        Args:
            pace: waits for so many seconds of the recording before what comes next.
            said: told of each alarm as it is raised or loses its cause.
        """
        first, last = self._reading.fixes[0].at, self._reading.fixes[-1].at
        self._up_to(first)
        for cut in cuts(self._reading, self._step):
            self._up_to(cut.until)
            self._take(cut.reading, said)
            pace(self._step.total_seconds())
        return Summary(
            first, last, self.desk.things_of(self._feed.name), self._counts["taken"], self._counts["late"],
            dict(self._refused), len(self._reading.unread), tuple(self._said), tuple(self._watched),
        )  # fmt: skip

    def _up_to(self, until: datetime) -> None:
        """Carry out a story's acts up to an instant, each at its own."""
        while self._next_move is not None and self._next_move.at <= until and self._player is not None:
            move = self._next_move
            self._clock.move_to(move.at)
            self._player.took(move, self.node.act(ask_of(self.node, move.step, move.tell)))
            self._next_move = next(self._moves, None)
            self._counts["acts"] += 1
        self._clock.move_to(until)

    def _take(self, reading: Reading, said: Callable[[Said], None]) -> None:
        now, picture = self._clock.now(), self.node.picture(self._feed.party)
        events: list[FenceEvent] = []
        if self._counts["acts"] != self._counts["fenced"] or not self._counts["began"]:
            self._counts["fenced"], self._counts["began"] = self._counts["acts"], 1
            watched = watched_measures(picture)
            self._watched |= dict.fromkeys(each.name for each in watched)
            events += self.desk.change(watched, now)
        # A recording's times are those of reception: nothing of it is old when it comes.
        taken, found = self.desk.take(self._feed, reading, now)
        self._counts.update(taken=taken.taken, late=taken.late)
        self._refused.update(taken.refused)
        events += [*found, *self.desk.tick(now)]
        self.alarms.take(picture, events, self.desk.columns.tracks.__getitem__)
        closing = self.desk.closing.closing(now)
        desk = self.desk
        self.alarms.look(
            picture, now, desk.followed(), (), closing, desk.columns.tracks.__getitem__, desk.heard_at
        )
        for act in self.alarms.acts(self.node):
            self.node.act(act.ask)
            act.done()
        for alarm in self.node.duties.standing(self._feed.party):
            self._note(alarm, now, said)

    def _note(self, alarm: Alarm, now: datetime, said: Callable[[Said], None]) -> None:
        if self._states.get(alarm.text) == alarm.state:
            return
        raised = alarm.text not in self._states
        self._states[alarm.text] = alarm.state
        words = alarm.body.words if raised else alarm.reason
        line = Said(now, "raised" if raised else "over", alarm.body.rule, alarm.body.title, words)
        self._said.append(line)
        said(line)


def measures_of(features: Sequence[dict[str, Any]], read_shape: Callable[[Any], Any]) -> list[MeasureStated]:
    """Make measures of GeoJSON features: name, effect and measure of the properties, or the defaults."""
    found = []
    for number, feature in enumerate(features, 1):
        said = feature.get("properties") or {}
        body = {
            "kind": "measure", "name": said.get("name") or f"Zone {number}",
            "measure": said.get("measure", "zone"), "effect": said.get("effect", "keep-out-requested"),
            "basis": "declared", "shape": msgspec.to_builtins(read_shape(feature)),
            **{name: said[name] for name in ("floor", "ceiling", "tolerance_m") if name in said},
        }  # fmt: skip
        found.append(msgspec.convert(body, MeasureStated))
    return found
