"""The demo's third address: invented desks of a fire, and recorded flights, on a node of its own."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from keepclear.cli.client import DEMO_FOLDER
from keepclear.cli.output import OUT, bold, safe, say
from keepclear.cli.running import Way, announced, bound
from keepclear.errors import Malformed
from keepclear.links.recorded.codec import read
from keepclear.model.feeds import Feed
from keepclear.scenarios import checks
from keepclear.scenarios.flights import Flights, flights, programme
from keepclear.scenarios.loader import Script, load
from keepclear.service.apart import wipe
from keepclear.service.apart_trial import Finding
from keepclear.service.delivery import StationLog
from keepclear.service.demo import demo_node, next_round
from keepclear.service.feeds import FeedBook
from keepclear.service.flights_trial import called_where_they_flew
from keepclear.service.flying import SPEED, Film, Flying
from keepclear.service.http.app import application, console_folder
from keepclear.service.listening import Listening
from keepclear.service.live import Live
from keepclear.service.play import Play
from keepclear.service.replay import Replay, scenario_folder
from keepclear.service.settings import STATION_LOG
from keepclear.service.track_replay import Summary, TrackReplay
from keepclear.service.writer import Writer
from keepclear.stores.tracks import TrackStore

STORY = "fire_airspace"
NODE = "fire.exercise"
RECORDINGS = Path(".cache/traffic/x/traffic/data/samples")
STEP = timedelta(seconds=30)
PLACE = 3
"""How many ports after the demo's first one."""


def recording_in(folder: Path, found: Flights) -> Path | None:
    """Give the recording of a scenario where it was brought."""
    path = folder / found.recording
    return path if path.is_file() else None


def not_here(found: Flights, folder: Path) -> str:
    """Say that the recording is not here, and what brings it."""
    return f"NOT RUN: the recorded flights of {found.scenario} are not in {folder}: {found.brought_by}"


class Flown:
    """The node of the recorded flights as it is served at a page of its own."""

    def __init__(
        self, script: Script, recording: Path, folder: Path, page: list[socket.socket], speed: float = SPEED
    ) -> None:
        """Open its folder on an empty record and read the recording.

        Raises:
            Malformed: the recording cannot be read, or holds nothing from where it is to begin.
            StoreFault: the folder cannot be used, or another demo runs in it.
        """
        home = scenario_folder(STORY)
        self.found = flights(home)
        feed = Feed(self.found.feed, self.found.desk, silent_s=0)
        self.film = Film(read(recording.read_bytes(), feed), self.found.begins_at, speed)
        if not self.film.cuts:
            raise Malformed(f"the recording {recording.name}", "recording", f"one after {self.found.begins}")
        self.recorded = self.film.recorded(self.found)
        self.script, self.folder, self.page = script, folder, page
        opened, clock = demo_node(folder, script, NODE)
        self.tokens, self.writer = opened.tokens, Writer(opened.node)
        self.live = Live(lambda: self.writer.node, TrackStore.open(), FeedBook(None, (feed,)))
        stage = Flying(
            self.writer, clock, lambda: next_round(folder, script, NODE), self.live, feed, self.film,
            StationLog(folder / STATION_LOG),
        )  # fmt: skip
        told = programme(home, script, self.found, self.recorded, self.film.duration_s, self.film.second_of)
        self.play = Play(stage, told, script)

    @property
    def url(self) -> str:
        """Give the address of its page."""
        host, port = self.page[0].getsockname()[:2]
        return f"http://{host}:{port}"

    def way(self) -> Way:
        """Give what is served, and where."""
        app = application(
            self.writer, self.tokens, self.play, console_folder(), self.script.caption, live=self.live
        )
        return Way(app, None, self.page)

    def close(self) -> None:
        """Close the record."""
        self.writer.node.store.close()

    def where(self) -> Iterator[str]:
        """Say which address it is, what there is recorded, and what invented."""
        what, desks = self.recorded, " and ".join(self.found.desks)
        lasts = f"{max(1, round(self.film.duration_s / 60))} min"
        yield "Two invented desks of a fire in California among recorded flights, at a node of their own:"
        yield f"  {self.url}/  {desks} (node {NODE}), {what.aircraft} real aircraft of {what.began[:7]},"
        yield f"         {what.speed:g} times as fast, once the page is open; stops after {lasts} and says so"
        yield f"         recorded by {what.credit} ({what.licence})"


@contextmanager
def beside(host: str, port: int, recordings: Path, speed: float) -> Iterator[Flown | None]:
    """Open the node of the recorded flights for the life of the block, three ports on; None without them.

    Raises:
        Refused: another process has the port.
    """
    home, folder = scenario_folder(STORY), DEMO_FOLDER / NODE
    recording = recording_in(recordings, flights(home))
    if recording is None:
        wipe(folder)  # no command is to answer for a node that is not there today
        yield None
        return
    with bound(host, port + PLACE) as page:
        made = Flown(load(home), recording, folder, page, speed)
        try:
            with announced(folder, Listening(host, port + PLACE)):
                yield made
        finally:
            made.close()


def where(made: Flown | None, recordings: Path) -> Iterator[str]:
    """Say at which address recorded flights move, or what would bring them."""
    if made is None:
        found = flights(scenario_folder(STORY))
        yield f"Recorded flights over a fire would move at one more address; they are not in {recordings}."
        yield f"  To bring them: {found.brought_by}, then begin again."
    else:
        yield from made.where()


def once(folder: Path) -> int:
    """Play the acts among all that was recorded, as fast as it goes, and judge what the desks then show.

    Returns:
        The exit status: 0 all is as it must be or the recording is not here, 2 something is not.
    """
    home = scenario_folder(STORY)
    found = flights(home)
    recording = recording_in(folder, found)
    if recording is None:
        OUT.print(safe(not_here(found, folder)))
        return 0
    say("Recorded flights over a fire, and the acts of two invented desks among them ...")
    script = load(home)
    feed = Feed(found.feed, found.desk, silent_s=0)
    played = TrackReplay(feed, read(recording.read_bytes(), feed), (), script, STEP)
    summary = played.play(lambda _: None, lambda _: None)
    findings = [*_judged(home, script, played), *called_where_they_flew(script, summary)]
    for each in findings:
        words = "" if each.ok else f": {each.found}"
        OUT.print(f"{'pass' if each.ok else 'FAIL':>8}  {safe(each.what)}{safe(words)}")
    for line in _summed(script, found, summary):
        OUT.print(safe(line))
    wrong = sum(not each.ok for each in findings)
    OUT.print(f"{bold(script.scenario)} with recorded flights: {len(findings) - wrong} pass, {wrong} fail")
    return 2 if wrong else 0


def _judged(home: Path, script: Script, played: TrackReplay) -> Iterator[Finding]:
    """Judge the scenario's checks by what the desks show that the flights flew past."""
    held = Replay(script, played.node, played.played)
    with held.asking():
        for each in checks.run(checks.expectations(home), held.played, held.fetch):
            if each.verdict is not checks.Verdict.NOT_YET:
                yield Finding(f"{each.id}  {each.check}", each.verdict is checks.Verdict.PASS, each.words)


def _summed(script: Script, found: Flights, summary: Summary) -> Iterator[str]:
    yield script.caption
    yield (
        f"{summary.things} aircraft, {summary.began:%d} to {summary.ended:%d %B %Y}, "
        f"{summary.taken} positions; recorded by {found.credit} ({found.licence})"
    )
    raised = [line for line in summary.alarms if line.what == "raised"]
    over = len(summary.alarms) - len(raised)
    yield f"{found.desk} was called {len(raised)} times; {over} of these alarms ended with their cause:"
    for title in sorted({line.title.removeprefix("Possible: ") for line in raised}):
        many = sum(line.title.endswith(title) for line in raised)
        yield f"  {many} × {title}"
