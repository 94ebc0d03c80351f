"""Commands on live positions: look at the own picture, send a file, tie to a notice, replay a recording."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Final

from cyclopts import App, Parameter

from keepclear.cli.client import FOLDER, desk
from keepclear.cli.looking import As, Dir, Json
from keepclear.cli.output import OUT, Printer, bold, joined, safe, say
from keepclear.cli.telling import json_file, one_of
from keepclear.errors import Malformed
from keepclear.geo.geojson import from_geojson
from keepclear.links.recorded.codec import read
from keepclear.model.feeds import Feed
from keepclear.model.tracks import Standing
from keepclear.model.words import PartyId
from keepclear.scenarios.loader import load
from keepclear.service.replay import scenario_folder
from keepclear.service.track_replay import Said, Summary, TrackReplay, measures_of

tracks = App(name="tracks", help="Live positions: list, send, tie, untie, trail, replay.")

_FORMS = {".json": "application/json", ".geojson": "application/geo+json", ".csv": "text/csv"}
PROGRESS_S: Final = 5.0
NOTHING_WATCHED: Final = "Nothing is watched, so nothing can be called about: pass --zones FILE or --story."
WORLD = "-180,-90,180,90"
Number = Annotated[int, Parameter(help="The number of the thing, as keepclear tracks list shows it.")]


@tracks.command(name="list")
def list_things(
    *,
    box: Annotated[str, Parameter(help="west,south,east,north in degrees; without it everywhere.")] = WORLD,
    party: As = None,
    dir_: Dir = FOLDER,
    json: Json = False,
) -> int:
    """List what this desk follows, by name: each with its age, accuracy and standing."""
    with desk(dir_, party) as here:
        answer = here.get("live", box=box)

    def lined(got: dict[str, Any]) -> Iterator[str]:
        for each in got["moving"]:
            yield bold(f"{each['number']}  {each['callsign'] or each['id']}") + safe(f": {_about(each)}")
        if got["left_out"]:
            yield f"{got['left_out']} more are not shown: ask for a smaller box."
        if not got["moving"]:
            yield "Nothing is followed there."

    Printer(as_json=json).give(answer, lined)
    return 0


def _about(each: dict[str, Any]) -> str:
    accuracy = "accuracy unknown" if each["accuracy_m"] is None else f"within {each['accuracy_m']:.0f} m"
    return joined(
        f"{each['kind']}, {each['standing']}, by {each['feed']}",
        "invented" if each["invented"] else "",
        f"{each['lat']:.4f} {each['lon']:.4f}, {accuracy}, {each['age_s']:.0f} s old",
        "STALE" if each["stale"] else "",
        each["doubt"],
        f"tied to {each['tied_to']['name']}" if each["tied_to"] else "",
        each["expected_again"],
    )


@tracks.command
def send(
    file: Annotated[Path, Parameter(help="A batch: .json, .geojson or .csv, as docs/how-to says.")],
    /,
    *,
    feed: Annotated[str, Parameter(help="The feed that it comes by.")],
    party: As = None,
    dir_: Dir = FOLDER,
    json: Json = False,
) -> int:
    """Send a batch of positions to the running node; says what was taken and what was refused."""
    form = _FORMS.get(file.suffix.lower())
    if form is None:
        raise Malformed(f"the file {file.name}", "media-type", f"one of {', '.join(_FORMS)}", "file")
    with desk(dir_, party) as here:
        answer = here.send_bytes(f"live/feeds/{feed}/fixes", file.read_bytes(), form)

    def lined(got: dict[str, Any]) -> Iterator[str]:
        yield f"Taken: {got['taken']}; late, kept in the trail: {got['late']}."
        for rule, count in got["refused"].items():
            yield safe(f"Refused by {rule}: {count}.")
        for no in got["unread"]:
            yield safe(f"Not read, item {no['number']}: {no['words']}")

    Printer(as_json=json).give(answer, lined)
    return 0


@tracks.command
def tie(
    number: Number,
    subject: Annotated[str, Parameter(help="The notice or movement, by its subject (--ids shows it).")],
    /,
    *,
    party: As = None,
    dir_: Dir = FOLDER,
) -> int:
    """Tie a thing to a notice or movement: from then on it is held against it, and expected again."""
    with desk(dir_, party) as here:
        answer = here.post(f"live/{number}/tie", {"subject": subject})
    say(f"{answer['callsign'] or answer['id']} is tied to {answer['tied_to']['name']}.")
    return 0


@tracks.command
def untie(number: Number, /, *, party: As = None, dir_: Dir = FOLDER) -> int:
    """Take a thing's tie away."""
    with desk(dir_, party) as here:
        answer = here.post(f"live/{number}/untie", {})
    say(f"{answer['callsign'] or answer['id']} is tied to nothing.")
    return 0


@tracks.command
def findings(*, party: As = None, dir_: Dir = FOLDER, json: Json = False) -> int:
    """Show what the live rules find now, each at its measure, and what is expected again."""
    with desk(dir_, party) as here:
        answer = here.get("live/findings")

    def lined(got: dict[str, Any]) -> Iterator[str]:
        for row in got["findings"]:
            things = ", ".join(thing["called"] for thing in row["things"] if not thing["over"])
            yield bold(row["matter"]["name"]) + safe(f": {row['rule']}: {things or 'over'}. {row['words']}")
        for each in got["expected_again"]:
            yield bold(each["callsign"] or each["id"]) + safe(f": {each['expected_again']}")
        if not got["findings"] and not got["expected_again"]:
            yield "Nothing is found now."

    Printer(as_json=json).give(answer, lined)
    return 0


@tracks.command
def replay(
    file: Annotated[Path, Parameter(help="A recording: .json.gz of data/samples of the traffic package.")],
    /,
    *,
    speed: Annotated[
        float | None, Parameter(help="So many times as fast as it was; without it, as fast as it goes.")
    ] = None,
    zones: Annotated[
        Path | None, Parameter(help="GeoJSON features to watch: name, effect, floor and ceiling beside each.")
    ] = None,
    story: Annotated[str | None, Parameter(help="A scenario whose acts are played among the fixes.")] = None,
    party: Annotated[str, Parameter(name="--as", help="At whose desk of the story.")] = "DESK",
    standing: Annotated[str, one_of(Standing, "In what standing its things are followed.")] = Standing.OTHER,
    json: Json = False,
) -> int:
    """Play a recording past fences, on a node of its own in memory; prints what it would call about."""
    if speed is not None and not 0.0 < speed < math.inf:
        asks = "a number above 0, such as 60; without --speed as fast as it goes"
        raise Malformed(f"a recording at {speed:g} times its speed", "speed", asks, "speed")
    script = None if story is None else load(scenario_folder(story))
    feed = Feed("recording", PartyId(party), standing=Standing(standing), silent_s=0)
    reading = read(file.read_bytes(), feed)
    if not reading.fixes:
        raise Malformed(f"the recording {file.name} without a position", "recording", "one with positions")
    drawn = [] if zones is None else measures_of(_features(zones), from_geojson)
    played = TrackReplay(feed, reading, drawn, script)

    first, last = reading.fixes[0].at, reading.fixes[-1].at
    say(f"{file.name}: {len(reading.fixes)} positions, {first:%Y-%m-%d %H:%M} to {last:%Y-%m-%d %H:%M} UTC.")
    if not drawn and script is None:
        say(NOTHING_WATCHED)

    def said(line: Said) -> None:
        if not json:
            OUT.print(f"{line.at:%Y-%m-%d %H:%M:%SZ}  " + bold(f"{line.what}: {line.title}"))
            OUT.print(safe(f"    {line.words}"))

    summary = played.play(_paced(played, speed, last), said)

    def lined(found: Summary) -> Iterator[str]:
        yield safe(f"{found.things} things, {found.taken} fixes taken, {found.late} late")
        for rule, count in sorted(found.refused.items()):
            yield safe(f"refused {count}: {rule}")
        raised = sum(line.what == "raised" for line in found.alarms)
        yield f"{raised} alarms, {found.began:%Y-%m-%d %H:%M} to {found.ended:%Y-%m-%d %H:%M} UTC"
        yield safe(f"watched: {', '.join(found.watched)}") if found.watched else NOTHING_WATCHED

    Printer(as_json=json).give(summary, lined)
    return 0


def _paced(played: TrackReplay, speed: float | None, last: datetime) -> Callable[[float], None]:
    """Wait between two steps as the speed asks, and say now and then how far it is."""
    told = time.monotonic()

    def pace(seconds: float) -> None:
        nonlocal told
        if speed is not None:
            time.sleep(seconds / speed)
        if time.monotonic() - told >= PROGRESS_S:
            told = time.monotonic()
            say(f"Played up to {played.now:%Y-%m-%d %H:%M} of {last:%Y-%m-%d %H:%M} UTC.")

    return pace


def _features(path: Path) -> list[dict[str, Any]]:
    given = json_file(path)
    found = given.get("features") if given.get("type") == "FeatureCollection" else [given]
    if not isinstance(found, list) or not all(isinstance(each, dict) for each in found):
        raise Malformed(f"the zones of {path.name}", "geojson", "a Feature or a FeatureCollection", "zones")
    return found
