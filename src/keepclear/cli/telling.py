"""Commands that tell: zones, stances, notices, messages, and any statement from JSON."""

from __future__ import annotations

import math
import re
import sys
from collections.abc import Iterable, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
from cyclopts import Parameter, Token

from keepclear.cli import parts
from keepclear.cli.beside import fitted
from keepclear.cli.client import FOLDER, desk
from keepclear.cli.desks import Desk
from keepclear.cli.lines import position
from keepclear.cli.looking import As, Dir, Ids, Json
from keepclear.cli.output import Printer, bold, safe, say
from keepclear.commands.admission import MAX_RADIUS_M
from keepclear.errors import Malformed, NotKnown, Refused
from keepclear.geo.positions import Form, read_position
from keepclear.model.hotline import Answer, Purpose
from keepclear.model.measures import Effect, Stance
from keepclear.model.parties import PartyKind, Reach
from keepclear.model.words import Precedence
from keepclear.service.auth import Role

To = Annotated[
    list[str],
    Parameter(name="--tell", negative="", help='A party to be told, or "public"; may be given again.'),
]
Key = Annotated[str | None, Parameter(help="Idempotency key; the same key and act are carried out once.")]
JsonFile = Annotated[
    Path, Parameter(allow_leading_hyphen=True, help='A JSON file; "-" reads standard input.')
]


_HEAL = re.compile(r"keepclear peer heal [\w.-]*\w")

NAMES = ("name", "what", "topic", "text", "party_name")


def one_of(words: type[StrEnum], help_: str) -> Parameter:
    """Make the parameter of a closed set of words, given as the record spells them."""
    choices = ", ".join(words)
    spelled = {word.casefold(): str(word) for word in words}

    def read(wanted: object, tokens: Sequence[Token]) -> str | list[str]:
        for token in tokens:
            if token.value.casefold() not in spelled:
                raise ValueError(f'"{token.value}" [rule choice]. Accepted: one of {choices}.')
        found = [spelled[token.value.casefold()] for token in tokens]
        return found[0] if wanted is str else found

    return Parameter(negative="", converter=read, help=f"{help_} One of: {choices}.")


def party(
    identity: Annotated[str, Parameter(help="Its short id, as in RUS.")],
    name: Annotated[str, Parameter(help="Its neutral name in full.")],
    /,
    *,
    kind: Annotated[str, one_of(PartyKind, "What it is.")] = PartyKind.STATE_FORCE,
    reach: Annotated[str, one_of(Reach, "How it can be reached.")] = Reach.NONE,
    tell: To = [],  # noqa: B006 - never changed
    as_: As = None,
    key: Key = None,
    dir_: Dir = FOLDER,
    json: Json = False,
    ids: Ids = False,
) -> int:
    """Describe a party, so that it can be told things and spoken of; without --tell this desk keeps it."""
    body = {"kind": "party", "party": identity, "name": name, "party_kind": kind, "reach": reach}
    return _tell(dir_, as_, {"body": body, "readers": tell}, key, Printer(as_json=json, ids=ids))


def zone(
    name: Annotated[str, Parameter(help="What it is called.")],
    center: Annotated[str, Parameter(help='Its centre, as in "33.50583 N 38.61778 E".')],
    radius_km: Annotated[float, Parameter(help="Its radius in kilometres.")],
    /,
    *,
    tell: To = [],  # noqa: B006 - never changed
    effect: Annotated[str, one_of(Effect, "What is asked of others there.")] = Effect.CALL,
    party: As = None,
    key: Key = None,
    dir_: Dir = FOLDER,
    json: Json = False,
    ids: Ids = False,
) -> int:
    """Declare a zone by centre and radius; it asks, and others may differ on it.

    Without --tell this desk keeps it to itself.
    """
    reading = read_position(center)
    point = reading.point
    limit_km = MAX_RADIUS_M / 1000.0
    if not (math.isfinite(radius_km) and 0.0 < radius_km <= limit_km):
        raise Refused(
            f"a zone with a radius of {radius_km:g} km",
            "radius",
            f"a number of kilometres above 0 and at most {limit_km:,.0f}",
        )
    say(f"The centre was read as {position(point)}.")
    if reading.form is Form.DECIMAL and not any(letter in center.upper() for letter in "NSEW"):
        say(f"It has no hemisphere letters: {point.lat:g} was taken as latitude, {point.lon:g} as longitude.")
    for note in reading.notes:
        if note.startswith("read as decimal degrees"):
            say(f"It was {note}.")
    body = {
        "kind": "measure", "name": name, "measure": "zone", "effect": effect, "basis": "declared",
        "shape": {
            "shape": "circle", "center": {"lon": point.lon, "lat": point.lat}, "radius_m": radius_km * 1000.0,
        },
    }  # fmt: skip
    return _tell(dir_, party, {"body": body, "readers": tell}, key, Printer(as_json=json, ids=ids))


def stance(
    measure: Annotated[str, Parameter(help="The name of the zone or boundary, or its id.")],
    word: Annotated[str, one_of(Stance, "What this party says of it.")],
    /,
    *,
    tell: To,
    words: Annotated[str, Parameter(help="The words in which it says so.")] = "",
    party: As = None,
    key: Key = None,
    dir_: Dir = FOLDER,
    json: Json = False,
    ids: Ids = False,
) -> int:
    """Take a stance on a zone or boundary."""
    with desk(dir_, party) as here:
        items: list[dict[str, Any]] = here.get("measures")["items"]
        found = the_one(
            [item for item in items if measure in (item["name"], item["subject"], item["statement"])],
            items,
            f'a stance on "{measure}"',
        )
        body = {
            "kind": "stance", "on": found["statement"], "measure": found["subject"], "party": here.party,
            "stance": word, "words": words,
        }  # fmt: skip
        return told(here, {"body": body, "readers": tell}, key, Printer(as_json=json, ids=ids))


def notice(
    file: JsonFile,
    /,
    *,
    tell: To = [],  # noqa: B006 - never changed
    party: As = None,
    key: Key = None,
    dir_: Dir = FOLDER,
    json: Json = False,
    ids: Ids = False,
) -> int:
    """Submit a notice from a JSON file with activity, what and volumes; without --tell this desk keeps it."""
    body = {"kind": "notice", **json_file(file)}
    return _tell(dir_, party, {"body": body, "readers": tell}, key, Printer(as_json=json, ids=ids))


def message(
    to: Annotated[str, Parameter(help="The party to which it goes.")],
    words: Annotated[str, Parameter(help="The message.")],
    /,
    *,
    precedence: Annotated[str, one_of(Precedence, "How urgent it is.")] = Precedence.ROUTINE,
    purpose: Annotated[str, one_of(Purpose, "What it is for.")] = Purpose.SAFETY,
    asks: Annotated[list[str] | None, one_of(Answer, "An answer asked for; may be given again.")] = None,
    lang: Annotated[str, Parameter(help="Its language, two letters.")] = "en",
    part: Annotated[
        list[str] | None,
        Parameter(negative="", help='What must be heard right, as in "bank=east"; may be given again.'),
    ] = None,
    corrects: Annotated[str | None, Parameter(help="The id of an own message that it corrects.")] = None,
    for_: Annotated[
        str | None, Parameter(name="--for", help="The party for whom it is in the end, where words pass on.")
    ] = None,
    onward: Annotated[
        Literal["yes", "no"], Parameter(help="no: whom it is told may not pass it on.")
    ] = "yes",
    party: As = None,
    key: Key = None,
    dir_: Dir = FOLDER,
    json: Json = False,
    ids: Ids = False,
) -> int:
    """Pass a message to a party; --precedence flash for what cannot wait."""
    if not words.strip():
        raise Malformed(f"a message to {to} without words", "empty-message", "the words to pass on", "words")
    body = {
        "kind": "message", "to": [to], "purpose": purpose, "precedence": precedence,
        "texts": [{"words": words, "lang": lang}], "asks": asks or [], "corrects": corrects,
        "for_party": for_,
    }  # fmt: skip
    with desk(dir_, party) as here:
        body["parts"] = [parts.part(typed, here.party) for typed in part or []]
        asked: dict[str, Any] = {"body": body, "readers": [to]}
        if onward == "no":
            asked["onward"] = False
        return told(here, asked, key, Printer(as_json=json, ids=ids))


def state(
    file: JsonFile,
    /,
    *,
    party: As = None,
    role: Annotated[str, one_of(Role, "The role in which you act.")] = Role.DUTY_OFFICER,
    key: Key = None,
    if_match: Annotated[str | None, Parameter(help="The id of the text that is restated.")] = None,
    dir_: Dir = FOLDER,
    json: Json = False,
    ids: Ids = False,
) -> int:
    """State anything: a JSON file with body and readers, as the API takes it."""
    with desk(dir_, party, Role(role)) as here:
        return told(here, json_file(file), key, Printer(as_json=json, ids=ids), if_match)


def _tell(folder: Path, party: str | None, asked: dict[str, Any], key: str | None, out: Printer) -> int:
    with desk(folder, party) as here:
        return told(here, asked, key, out)


def told(
    here: Desk, asked: dict[str, Any], key: str | None, out: Printer, if_match: str | None = None
) -> int:
    """State something at a desk and print what came of it."""
    return shown(here, here.post("statements", fitted(here, asked, key), key, if_match), out)


def acted(here: Desk, path: str, asked: dict[str, Any], key: str | None, out: Printer) -> int:
    """Carry out an act that the node makes of what was typed, and print what came of it."""
    return shown(here, here.post(path, asked, key), out)


def shown(here: Desk, made: dict[str, Any], out: Printer) -> int:
    """Print what came of an act: to whom it went, and who is yet to be told by voice."""
    readers = [row["reader"] for row in made["told"] if row["reader"] != here.party]
    spoken = [] if out.as_json else _by_voice(here, readers)

    def lined(got: dict[str, Any]) -> Iterable[str]:
        direct = ", ".join(reader for reader in readers if reader not in spoken)
        repeated = " It had been stated before; nothing was doubled." if got["repeated"] else ""
        if direct or not spoken:
            yield f"Stated by {here.party}, told to {safe(direct or 'nobody else')}.{repeated}"
        else:
            yield f"Stated by {here.party}.{repeated}"
        for reader, name in zip(spoken, names_of(here, spoken), strict=True):
            yield f"NOT SAID YET to {safe(name)}, reached by voice alone: keepclear call {safe(reader)}"
        yield f"Statement {bold(got['statement'])}"
        if out.ids:
            yield f"Subject {safe(got['subject'])}"
            yield f"Hash {safe(got['digest'])}"

    out.give(made, lined)
    for warning in made["warnings"]:
        say(f"{safe(warning)} To take one back: keepclear withdraw.")
    for words in made.get("waits", ()):
        say(_HEAL.sub(lambda found: found[0] + here.dir_option, words))
    return 0


def _by_voice(here: Desk, readers: Sequence[str]) -> list[str]:
    """Give the readers that are reached by voice alone: to them nothing is told until somebody says it."""
    if not readers:
        return []
    known = {item["party"]: item["reach"] for item in here.get("parties")["items"]}
    return [reader for reader in readers if known.get(reader) == Reach.VOICE]


def names_of(here: Desk, parties: Sequence[str]) -> list[str]:
    """Give the names of parties as this desk knows them, each with its id."""
    known = {item["party"]: item["name"] for item in here.get("parties")["items"]} if parties else {}
    return [f"{known[each]} ({each})" if known.get(each, each) != each else each for each in parties]


def the_one(found: list[dict[str, Any]], known: list[dict[str, Any]], asked: str) -> dict[str, Any]:
    """Give the one thing that was found under a name.

    Raises:
        NotKnown: there is none, or there are several; then each stands with its id and its owner.
    """
    if len(found) > 1:
        each = "; ".join(f"{item['subject']} of {item['said']['author_name']}" for item in found)
        raise NotKnown(f"{asked}: {len(found)} are called so", "name", f"the id of one of them: {each}")
    if not found:
        names = ", ".join(dict.fromkeys(f'"{name_of(item)}"' for item in known)) or "none"
        raise NotKnown(f"{asked}: none is called so here", "name", f"one of {names}")
    return found[0]


def name_of(item: dict[str, Any]) -> str:
    """Give what a listed thing is called: its name, else what it is, else its first words."""
    texts = item.get("texts") or ()
    words = [text.get("words", "") for text in texts if isinstance(text, dict)]
    return str(next(filter(None, [item.get(field) for field in NAMES] + words), item["subject"]))


def json_file(file: Path) -> dict[str, Any]:
    """Read one JSON object from a file, or from standard input.

    Raises:
        Malformed: it is none.
    """
    text = sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes()
    try:
        return msgspec.json.decode(text, type=dict[str, Any])
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Malformed(f"{file}: {error}", "json", "one JSON object") from error
    except RecursionError as error:
        raise Malformed(f"{file}: nested too deep", "json-depth", "one JSON object of few levels") from error


def attach(
    file: Annotated[Path, Parameter(help="The file to keep; - reads standard input.")],
    /,
    *,
    party: As = None,
    key: Key = None,
    dir_: Dir = FOLDER,
    json: Json = False,
) -> int:
    """Keep a file beside the log and print the hash by which a statement names it."""
    body = sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes()
    with desk(dir_, party) as here:
        kept = here.post("attachments", body, key)
    Printer(as_json=json).give(kept, lambda got: [safe(got["salted_hash"])])
    return 0


def erase(
    salted_hash: Annotated[str, Parameter(help="The hash by which a statement names the file.")],
    /,
    *,
    party: As = None,
    dir_: Dir = FOLDER,
    json: Json = False,
) -> int:
    """Erase a file that this desk attached, for good; its hash stays and the record still verifies."""
    with desk(dir_, party, Role.WATCH_CHIEF) as here:
        erased = here.delete(f"attachments/{salted_hash}")
    words = (
        "Erased; its hash stays in the record." if erased["erased"] else "There was nothing left to erase."
    )
    Printer(as_json=json).give(erased, lambda _: [words])
    return 0
