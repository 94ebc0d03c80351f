"""Commands of incidents and claims: state, claim, reply, how its handling stands, list."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any

from cyclopts import App, Parameter

from keepclear.cli import lines
from keepclear.cli.client import FOLDER, desk
from keepclear.cli.desks import Desk
from keepclear.cli.looking import As, At, Dir, Ids, Json, read_out
from keepclear.cli.output import Printer, safe
from keepclear.cli.telling import Key, To, acted, one_of, the_one, told
from keepclear.errors import Malformed, NotKnown
from keepclear.model.incidents import Aspect, Certainty, IncidentStatus, ReplyKind
from keepclear.model.words import Via

Item = dict[str, Any]
Which = Annotated[str, Parameter(help="The incident, by name or id.")]

incident = App(name="incident", help="Incidents and claims: state, claim, reply, status, list.")


@incident.command
def state(
    name: Annotated[str, Parameter(help="What it is called.")],
    act: Annotated[str, Parameter(help="What is said to have happened, in a sentence.")],
    /,
    *,
    when: Annotated[str, Parameter(help='When (RFC 3339, or a day; "about" before it).')],
    place_: Annotated[str, Parameter(name="--place", help="Where, in words.")] = "",
    at: Annotated[str, Parameter(help='Where, as a position, as in "35.336 N 40.309 E".')] = "",
    accuracy_m: Annotated[float | None, Parameter(help="How exact the position is, in metres.")] = None,
    involved: Annotated[
        list[str], Parameter(negative="", help='Who is said to be involved, as "PARTY=role"; given again.')
    ] = [],  # noqa: B006 - never changed
    tell: To = [],  # noqa: B006 - never changed
    party: As = None,
    key: Key = None,
    dir_: Dir = FOLDER,
    json: Json = False,
    ids: Ids = False,
) -> int:
    """State that something happened; what exactly is left to claims."""
    asked: Item = {
        "name": name, "act": act, "when": when, "place": place_, "at": at, "accuracy_m": accuracy_m,
        "involved": [_involved(each) for each in involved], "readers": tell,
    }  # fmt: skip
    with desk(dir_, party) as here:
        return acted(here, "incidents", asked, key, Printer(as_json=json, ids=ids))


@incident.command
def claim(
    which: Which,
    aspect: Annotated[str, one_of(Aspect, "What it is about.")],
    words: Annotated[str, Parameter(help="The words of the speaker.")] = "",
    /,
    *,
    counted: Annotated[
        str, Parameter(name="--count", help='A number or range, as in "at least 100 killed".')
    ] = "",
    whose: Annotated[
        str, Parameter(help='Whose dead or hurt are counted; "not said" where it was not.')
    ] = "",
    speaker: Annotated[str, Parameter(help="Who said so, by name or office, where it is not you.")] = "",
    for_: Annotated[
        str | None, Parameter(name="--for", help="The party for which the speaker spoke.")
    ] = None,
    unclear: Annotated[bool, Parameter(negative="", help="The account leaves unclear who said it.")] = False,
    certainty: Annotated[str, one_of(Certainty, "How sure the speaker says to be.")] = Certainty.NOT_STATED,
    as_of: Annotated[str | None, Parameter(help="Of which time it speaks (RFC 3339, or a day).")] = None,
    via: Annotated[str, one_of(Via, "How the words came.")] = Via.DIRECT,
    source: Annotated[
        str, Parameter(help="The source in which it was read, by name or id: keepclear show sources.")
    ] = "",
    finding: Annotated[bool, Parameter(negative="", help="It is the finding of an inquiry.")] = False,
    course: Annotated[str, Parameter(help="For course: what moved, in words.")] = "",
    course_of: Annotated[
        str | None, Parameter(help="For course: whose it was; left out while unknown.")
    ] = None,
    was: Annotated[
        list[str],
        Parameter(
            negative="",
            help='A place of the course, as "WHEN | WHERE | METRES", within how many metres of there; given '
            'again. "| METRES | DEGREES" more make it an ellipse whose long half-axis points there.',
        ),
    ] = [],  # noqa: B006 - never changed
    tell: To = [],  # noqa: B006 - never changed
    party: As = None,
    key: Key = None,
    dir_: Dir = FOLDER,
    json: Json = False,
    ids: Ids = False,
) -> int:
    """Keep what one speaker said of one aspect; it stands beside every other claim and replaces none."""
    with desk(dir_, party) as here:
        asked: Item = {
            "aspect": aspect, "words": words, "counted": counted, "whose": whose, "speaker": speaker,
            "for_party": for_, "unclear": unclear, "certainty": certainty, "as_of": as_of or "", "via": via,
            "source": _source(here, source) if source else None, "finding": finding, "readers": tell,
            "course": _course(course, course_of, was) if course or was else None,
        }  # fmt: skip
        path = f"incidents/{_find(here, which)['subject']}/claims"
        return acted(here, path, asked, key, Printer(as_json=json, ids=ids))


@incident.command
def claims(
    which: Which, /, *, party: As = None, at: At = None, dir_: Dir = FOLDER, json: Json = False
) -> int:
    """Number the claims on an incident, so that one can be replied to; none is chosen, nothing added up."""
    with desk(dir_, party) as here:
        found = _find(here, which, at)
        rows = _claims(found)

    def lined(_: Item) -> Iterator[str]:
        for number, row in enumerate(rows, 1):
            yield f"{number}. {safe(row['aspect'])}: {lines.claim(row)}"
            yield from (f"   {lines.reply(answer)}" for answer in row["replies"])
        if not rows:
            yield "Nothing is claimed of it yet."

    Printer(as_json=json).give({"incident": found["subject"], "items": rows}, lined)
    return 0


@incident.command
def reply(
    which: Which,
    number: Annotated[str, Parameter(help='The number of the claim in "incident claims", or its id.')],
    word: Annotated[str, one_of(ReplyKind, "What your party says to it.")],
    words: Annotated[str, Parameter(help="Its words.")] = "",
    /,
    *,
    tell: To = [],  # noqa: B006 - never changed
    party: As = None,
    key: Key = None,
    dir_: Dir = FOLDER,
    json: Json = False,
    ids: Ids = False,
) -> int:
    """Reply to one claim; to decline or to have no information is no denial."""
    with desk(dir_, party) as here:
        rows = _claims(_find(here, which))
        found = rows[int(number) - 1] if number.isdigit() and 0 < int(number) <= len(rows) else None
        known = next((row for row in rows if row["statement"] == number), found)
        if known is None:
            asks = f'a number from 1 to {len(rows)}: keepclear incident claims "{which}"'
            raise NotKnown(f"the claim {number} on {which}", "reply-to-claim", asks, "number")
        body = {"kind": "reply", "to": known["statement"], "reply": word, "words": words}
        return told(here, {"body": body, "readers": tell}, key, Printer(as_json=json, ids=ids))


@incident.command
def status(
    which: Which,
    word: Annotated[str, one_of(IncidentStatus, "Where its handling stands.")],
    /,
    *,
    party: As = None,
    key: Key = None,
    dir_: Dir = FOLDER,
    json: Json = False,
    ids: Ids = False,
) -> int:
    """State where the handling of an own incident stands; a closed one is reopened with: open."""
    with desk(dir_, party) as here:
        path = f"incidents/{_find(here, which)['subject']}/status"
        return acted(here, path, {"status": word}, key, Printer(as_json=json, ids=ids))


@incident.command(name="list")
def list_(
    *, party: As = None, at: At = None, dir_: Dir = FOLDER, json: Json = False, ids: Ids = False
) -> int:
    """List the incidents with every claim side by side, the replies, and how the handling stands."""
    none = "No incident has reached this desk."
    return read_out("incidents", lines.incident, none, party, at, dir_, Printer(as_json=json, ids=ids))


def _find(here: Desk, which: str, at: str | None = None) -> Item:
    items: list[Item] = here.get("incidents", at=at)["items"]
    found = [item for item in items if which in (item["name"], item["subject"], item["statement"])]
    return the_one(found, items, f'the incident "{which}"')


def _source(here: Desk, which: str) -> str:
    items: list[Item] = here.get("sources")["items"]
    found = [item for item in items if which in (item["name"], item["subject"])]
    return str(the_one(found, items, f'the source "{which}"')["subject"])


def _claims(item: Item) -> list[Item]:
    return [row for aspect in item["aspects"] for row in aspect["claims"]]


def _course(what: str, of: str | None, was: list[str]) -> Item:
    return {"what": what, "of_party": of, "places": [_was(each) for each in was]}


def _was(typed: str) -> Item:
    parts = [part.strip() for part in typed.split("|")]
    try:
        when, where, within, across, bearing = (*parts, *("", "")[: 5 - len(parts)])
        return {
            "when": when, "where": where, "within_m": float(within),
            "across_m": float(across) if across else None, "bearing_deg": float(bearing or 0.0),
        }  # fmt: skip
    except ValueError:
        asks = '"2018-02-07 20:00Z | 35.30 N 40.28 E | 2000", and for an ellipse "… | 2000 | 1500 | 45"'
        raise Malformed(f'the place "{typed}" of a course', "course-place", asks, "was") from None


def _involved(typed: str) -> Item:
    who, mark, role = typed.partition("=")
    return {"role": role or "involved", "party": who} if mark else {"role": typed}
