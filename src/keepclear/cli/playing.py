"""Commands that play: the replay of a scenario with its checks, and the demo."""

from __future__ import annotations

import math
import socket
import threading
import webbrowser
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter

from keepclear.cli import playing_apart, playing_flights
from keepclear.cli.client import DEMO_FOLDER, seats_of
from keepclear.cli.looking import Json
from keepclear.cli.output import OUT, Printer, bold, safe, say
from keepclear.cli.running import Way, announced, bound, ready, run_all
from keepclear.errors import Malformed
from keepclear.model.words import PartyId
from keepclear.scenarios import checks
from keepclear.scenarios.demo import demo as programme
from keepclear.scenarios.loader import Script, Step, load
from keepclear.service import invented
from keepclear.service.apart import wipe
from keepclear.service.asking import Outcome
from keepclear.service.delivery import StationLog
from keepclear.service.demo import demo_node, next_round
from keepclear.service.flying import SPEED
from keepclear.service.http.app import application, console_folder
from keepclear.service.listening import PORT, Listening, refuse_beyond_loopback
from keepclear.service.play import Alone, Play
from keepclear.service.replay import Replay, scenario_folder
from keepclear.service.replay import replay as play_script
from keepclear.service.settings import STATION_LOG
from keepclear.service.writer import Writer
from keepclear.times import utc

STORY = "syria_accounts"


def replay(
    scenario: Annotated[str, Parameter(help="A scenario's name or folder, as in scenarios/euphrates_2018.")],
    /,
    *,
    party: Annotated[str | None, Parameter(name="--as", help="Show only what this party was told.")] = None,
    until: Annotated[str | None, Parameter(help="Stop after this time (RFC 3339).")] = None,
    quiet: Annotated[
        bool, Parameter(negative="", show_default=False, help="Print the checks alone.")
    ] = False,
    json: Json = False,
) -> int:
    """Play a scenario through the command path of a live node and print each check.

    Exit status: 0 all due checks pass, 2 one fails, 1 error. With --until, a check that looks at a later
    time, or at the end, reads "not yet".
    """
    folder = scenario_folder(scenario)
    script = load(folder)
    end = None if until is None else utc(until)
    shown = None if json or quiet else _teller(script, party)
    held = play_script(script, end, progress=shown)
    return _told(folder, held, end, party, Printer(as_json=json))


def _told(folder: Path, held: Replay, end: datetime | None, party: str | None, out: Printer) -> int:
    """Judge what was played, print each check, and give the exit status."""
    script, results = held.script, _judged(folder, held, end)
    counts = checks.tally(results)
    answer = {
        "scenario": script.scenario, "caption": script.caption, "steps": len(held.played.steps),
        "checks": results, "tally": {verdict.value: count for verdict, count in counts.items()},
        "desk": held.fetch(PartyId(party), "picture") if party and out.as_json else None,
    }  # fmt: skip
    out.give(answer, lambda _: _results(script, results, counts))
    return 2 if counts[checks.Verdict.FAIL] else 0


def _judged(folder: Path, held: Replay, end: datetime | None) -> list[checks.Result]:
    expected = checks.expectations(folder)
    with held.asking():
        if end is None:
            return checks.run(expected, held.played, held.fetch)
        return [
            checks.judge(check, held.played, held.fetch, checks.DONE | set(expected.done))
            if _is_reached(check, held, end)
            else checks.Result(check.id, check.due, check.check, check.refs, checks.Verdict.NOT_YET)
            for check in expected.checks
        ]


def _is_reached(check: checks.Check, held: Replay, end: datetime) -> bool:
    """Tell whether everything that a check looks at had happened by the time at which the replay stopped."""
    try:
        moments = [checks.moment(look.at, held.played) for look in check.looks]
    except Malformed:
        return False  # it looks at a step that was not played
    return all(moment is not None and moment <= end for moment in moments)


def _results(
    script: Script, results: list[checks.Result], counts: dict[checks.Verdict, int]
) -> Iterable[str]:
    yield ""
    yield f"[italic]{safe(script.caption)}[/italic]"
    for result in results:
        refs = f" ({', '.join(result.refs)})" if result.refs else ""
        yield f"{result.verdict.value:>8}  {bold(result.id)}  {safe(result.check)}{safe(refs)}"
        if result.words:
            yield f"          {safe(result.words)}"
        if result.verdict is checks.Verdict.NOT_YET:
            yield f"          due with {safe(result.due)}"
    tally = ", ".join(f"{count} {verdict.value}" for verdict, count in counts.items())
    yield f"{bold(script.scenario)}: {tally}"


def _teller(script: Script, party: str | None) -> Any:  # noqa: ANN401 - a progress function
    total = len(script.steps)
    number = 0

    def tell(step: Step, outcome: Outcome) -> None:
        nonlocal number
        number += 1
        if party is not None and party != step.by and party not in step.tell and "public" not in step.tell:
            return
        readers = ", ".join(reader for reader in step.tell) or "itself"
        speaker = f" — {step.said_by.name}" if step.said_by is not None else ""
        OUT.print(
            f"[dim]{number:>4}/{total}  {safe(step.at.shown())}[/dim]  {safe(step.by)} → {safe(readers)}"
        )
        OUT.print(f"          {safe(step.caption)}{safe(speaker)} [dim]\\[{safe(step.mark.value)}][/dim]")

    return tell


def demo(
    *,
    once: Annotated[
        bool,
        Parameter(
            negative="",
            show_default=False,
            help="Play in the terminal, judge, cut the link between the nodes and heal it, judge, and stop.",
        ),
    ] = False,
    one_node: Annotated[
        bool,
        Parameter(
            negative="", show_default=False, help="All parties at one node, the two desks on one page."
        ),
    ] = False,
    port: Annotated[
        int, Parameter(help="The first port of four; with --one-node of two, this one and the fourth.")
    ] = PORT,
    host: Annotated[str, Parameter(help="The address to listen at; this machine only.")] = "127.0.0.1",
    browser: Annotated[bool, Parameter(help="Open the pages in a browser.")] = True,
    recordings: Annotated[
        Path, Parameter(help="Where make recordings has put the recorded flights.")
    ] = playing_flights.RECORDINGS,
    speed: Annotated[
        float, Parameter(help="So many times as fast as they were the recorded flights move.")
    ] = SPEED,
) -> int:
    """Play the Syria accounts: each side at a node of its own, then live nodes to try things on.

    Beside them, where the recording is here: invented desks of a fire among recorded flights.

    With --once, exit status: 0 all due checks pass, 2 one fails, 1 error.
    """  # fmt: skip
    if once:
        return max(_once(one_node=one_node), playing_flights.once(recordings))
    refuse_beyond_loopback(host)
    if not 0.0 < speed < math.inf:
        raise Malformed(f"flights at {speed:g} times their speed", "speed", "a number above 0", "speed")
    if one_node:
        with bound(host, port, ready) as listeners:
            _live(listeners, host, port, recordings, speed, browser=browser)
    else:
        playing_apart.live(host, port, STORY, browser=browser, recordings=recordings, speed=speed)
    return 0


def _once(*, one_node: bool) -> int:
    """Give the account first, since it is there at once; then the same on nodes of their own."""
    folder = scenario_folder(STORY)
    script = load(folder)
    held = play_script(script, progress=_teller(script, None))
    status = _told(folder, held, None, None, Printer(as_json=False))
    if one_node:
        return status
    say("So far on one node. Now each side at a node of its own: every check again, then the link is cut.")
    return max(status, playing_apart.once(folder, held))


def _live(
    listeners: list[socket.socket], host: str, port: int, recordings: Path, speed: float, *, browser: bool
) -> None:
    folder = scenario_folder(STORY)
    script = load(folder)
    for seat in seats_of(
        DEMO_FOLDER
    ):  # what was played there on several nodes is no longer the demo's record
        wipe(seat)
    opened, clock = demo_node(DEMO_FOLDER, script)
    writer = Writer(opened.node)
    station = StationLog(DEMO_FOLDER / STATION_LOG)
    stage = Alone(writer, clock, lambda: next_round(DEMO_FOLDER, script), station)
    play = Play(stage, programme(folder, script), script)
    app = application(
        writer, opened.tokens, play, console_folder(), script.caption, **invented.beside(writer, play)
    )
    url = f"http://{host}:{port}/"
    try:
        with (
            announced(DEMO_FOLDER, Listening(host, port)),
            playing_flights.beside(host, port, recordings, speed) as flown,
        ):
            say(f"The page is at {url} (it plays as soon as it is open). Stop with Ctrl-C.")
            for words in playing_flights.where(flown, recordings):
                say(words)
            say("The same desks by command line, in another terminal: keepclear picture --as COA")
            say(f"The demo begins anew each time: what was done in {DEMO_FOLDER} before is wiped.")
            if browser:
                threading.Timer(1.0, webbrowser.open, (url,)).start()
            run_all([Way(app, None, listeners), *(() if flown is None else (flown.way(),))])
    finally:
        writer.node.store.close()
