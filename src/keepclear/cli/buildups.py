"""Commands of build-ups: watch one, note what is seen, raise it, note what is heard, end it, list."""

from __future__ import annotations

from typing import Annotated, Any

from cyclopts import App, Parameter

from keepclear.cli import lines
from keepclear.cli.client import FOLDER, desk
from keepclear.cli.desks import Desk
from keepclear.cli.looking import As, At, Dir, Ids, Json, hotline_of, read_out
from keepclear.cli.output import Printer, say
from keepclear.cli.telling import Key, acted, one_of, the_one
from keepclear.commands.buildups import BuildUpEnd
from keepclear.errors import Malformed
from keepclear.model.hotline import Answer
from keepclear.model.words import Precedence
from keepclear.service.auth import Role
from keepclear.views.desk import PURPOSE_BANNER

Item = dict[str, Any]
Which = Annotated[str, Parameter(help="The build-up, by name or id.")]
Sign = Annotated[
    list[str], Parameter(negative="", help="What was seen beside the count; may be given again.")
]
build_up = App(name="build-up", help="Build-ups: watch, note, raise, hear, end, list.")


@build_up.command
def watch(
    name: Annotated[str, Parameter(help="What you call it.")],
    center: Annotated[str, Parameter(help='The middle of the area, as in "35.30 N 40.28 E".')],
    radius_km: Annotated[float, Parameter(help="Its radius in kilometres.")],
    seen: Annotated[str, Parameter(help='About how many, as in "50 to 80 fighters".')],
    /,
    *,
    at: Annotated[
        str | None, Parameter(help="When it was seen (RFC 3339, or a day); now if left out.")
    ] = None,
    sign: Sign = [],  # noqa: B006 - never changed
    of: Annotated[str | None, Parameter(help="The party that is thought to be there, if any.")] = None,
    watch_for: Annotated[str, Parameter(help="What to look out for.")] = "",
    party: As = None,
    key: Key = None,
    dir_: Dir = FOLDER,
    json: Json = False,
    ids: Ids = False,
) -> int:
    """Begin to watch a gathering of strength; it stays in your own log until you raise it."""
    asked = {
        "name": name, "center": center, "radius_km": radius_km, "seen": seen, "at": at or "", "signs": sign,
        "of": of, "watch_for": watch_for,
    }  # fmt: skip
    with desk(dir_, party) as here:
        return acted(here, "buildups", asked, key, Printer(as_json=json, ids=ids))


@build_up.command
def note(
    which: Which,
    seen: Annotated[str, Parameter(help='About how many now, as in "100 to 150 fighters".')],
    /,
    *,
    at: Annotated[
        str | None, Parameter(help="When it was seen (RFC 3339, or a day); now if left out.")
    ] = None,
    sign: Sign = [],  # noqa: B006 - never changed
    party: As = None,
    key: Key = None,
    dir_: Dir = FOLDER,
    json: Json = False,
    ids: Ids = False,
) -> int:
    """Note what is seen now: the series grows, in your own log; others still hold what they were told.

    That those who hold the older text are not told yet is decided as watch chief, and stands in your log.
    """
    with desk(dir_, party, Role.WATCH_CHIEF) as here:
        asked = {"seen": seen, "at": at or "", "signs": sign}
        path = f"buildups/{_own(here, which)['subject']}/counts"
        return acted(here, path, asked, key, Printer(as_json=json, ids=ids))


@build_up.command(name="raise")
def raise_(
    which: Which,
    to: Annotated[str, Parameter(help="The party that is asked.")],
    words: Annotated[
        str, Parameter(help="The words in which it is asked; without, what it is and whether it is theirs.")
    ] = "",
    /,
    *,
    risk_note: Annotated[str, Parameter(help="At what risk it is told to them, in words.")],
    radius_km: Annotated[float | None, Parameter(help="The radius in which they are told of it.")] = None,
    precedence: Annotated[str, one_of(Precedence, "How urgent it is.")] = Precedence.FLASH,
    hotline: Annotated[str | None, Parameter(help="The hotline over which it goes, by name or id.")] = None,
    party: As = None,
    key: Key = None,
    dir_: Dir = FOLDER,
    json: Json = False,
    ids: Ids = False,
) -> int:
    """Raise a build-up with a party: the whole series in a wide area with count bands, and the question.

    The release is decided as watch chief; it stands in your own log with its risk note (LIM-08).
    """
    with desk(dir_, party, Role.WATCH_CHIEF) as here:
        path = f"buildups/{_own(here, which)['subject']}"
        asked: Item = {
            "to": to, "words": words, "risk_note": risk_note, "radius_km": radius_km,
            "precedence": precedence, "channel": None if hotline is None else hotline_of(here, hotline),
        }  # fmt: skip
        wide = here.post(f"{path}/wide", {"radius_km": radius_km})
        area = wide["radius_m"] / 1000.0
        asks = f"asked: {words}" if words.strip() else "asked whether it is theirs"
        say(f"{to} is told a circle of {area:.0f} km with count bands, and {asks}")
        return acted(here, f"{path}/raise", asked, key, Printer(as_json=json, ids=ids))


@build_up.command
def heard(
    which: Which,
    word: Annotated[str, one_of(Answer, "What they say of it.")],
    /,
    *,
    by: Annotated[str, Parameter(help="The party whose words these are.")],
    role: Annotated[str, Parameter(help="The office that spoke.")] = "duty officer",
    words: Annotated[str, Parameter(help="The words in which it was said.")] = "",
    party: As = None,
    key: Key = None,
    dir_: Dir = FOLDER,
    json: Json = False,
    ids: Ids = False,
) -> int:
    """Note the answer that was given by telephone; it stays reported by you and is no word of theirs."""
    with desk(dir_, party) as here:
        asked = {"answer": word, "by": by, "role": role, "words": words}
        path = f"buildups/{_own(here, which)['subject']}/heard"
        return acted(here, path, asked, key, Printer(as_json=json, ids=ids))


@build_up.command
def end(
    which: Which,
    how: Annotated[str, Parameter(help="How it ended: dispersed, closed, or became an incident.")],
    /,
    *,
    reason: Annotated[str, Parameter(help="Why, in words.")] = "",
    incident: Annotated[str | None, Parameter(help="The incident that it became, by name or id.")] = None,
    party: As = None,
    key: Key = None,
    dir_: Dir = FOLDER,
    json: Json = False,
    ids: Ids = False,
) -> int:
    """State how a build-up ended, to those who hold it; tie it to the incident that it became."""
    if how not in list(BuildUpEnd):
        choices = f"one of: {', '.join(BuildUpEnd)}"
        raise Malformed(f'a build-up that ended "{how}"', "build-up-end", choices, "how")
    with desk(dir_, party) as here:
        asked: Item = {"how": how, "reason": reason}
        path = f"buildups/{_own(here, which)['subject']}/end"
        if incident is not None:
            items = here.get("incidents")["items"]
            meant = [each for each in items if incident in (each["name"], each["subject"])]
            asked["incident"] = the_one(meant, items, f'the incident "{incident}"')["subject"]
        return acted(here, path, asked, key, Printer(as_json=json, ids=ids))


@build_up.command(name="list")
def list_(
    *, party: As = None, at: At = None, dir_: Dir = FOLDER, json: Json = False, ids: Ids = False
) -> int:
    """List the build-ups: series and trend, with whom raised, what was answered, where that leaves it."""
    out = Printer(as_json=json, ids=ids)
    none = "No build-up has reached this desk."
    return read_out("buildups", lines.buildup, none, party, at, dir_, out, PURPOSE_BANNER)  # LIM-05


def _own(here: Desk, which: str) -> Item:
    """Give an own build-up as it is listed."""
    items = [item for item in here.get("buildups")["items"] if item["said"]["author"] == here.party]
    found = [item for item in items if which in (item["name"], item["subject"], item["statement"])]
    return the_one(found, items, f'the build-up "{which}" of this desk')
