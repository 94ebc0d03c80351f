"""Commands of personal drafts: keep, show, change, send, drop, list.

They work on the node's file of people, as its owner, whether the node runs or not. Over HTTP only the writer
sees a draft; whoever owns the file has what is in it, here as with `keepclear user`.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import msgspec
from cyclopts import App, Parameter

from keepclear.cli.client import FOLDER, desk
from keepclear.cli.looking import As, Dir, Ids, Json
from keepclear.cli.output import Printer, bold, instant, joined, safe, say
from keepclear.cli.persons import hosted, people_of
from keepclear.cli.telling import json_file, one_of
from keepclear.errors import Malformed, NotKnown, Refused
from keepclear.model.hotline import Purpose
from keepclear.model.words import Precedence
from keepclear.service.auth import Role
from keepclear.service.clock import SystemClock
from keepclear.service.drafts import OwnDraft, drop_draft, keep_draft, own_draft, own_drafts
from keepclear.service.people import People, ordered
from keepclear.stores.people import PersonRow
from keepclear.times import microseconds

Item = dict[str, Any]
MAX_TITLE = 160
Person = Annotated[
    str | None,
    Parameter(env_var="KEEPCLEAR_PERSON", help="Whose drafts; needed where the party has several persons."),
]
Which = Annotated[str, Parameter(help='The draft, by id or title; "latest" is the one kept last.')]
Title = Annotated[str | None, Parameter(help="What you call it; told to nobody.")]
How = Annotated[str | None, one_of(Precedence, "How urgent it is.")]
For = Annotated[str | None, one_of(Purpose, "What it is for.")]

draft = App(name="draft", help="Your own drafts, told to nobody: keep, show, change, send, drop.")


def drafts(*, person: Person = None, party: As = None, dir_: Dir = FOLDER, json: Json = False) -> int:
    """List your own drafts, the latest first; nobody was told of them."""
    with people_of(dir_) as people:
        whose = _person(dir_, people, party, person)
        found = own_drafts(people.store, whose.id)

    def lined(got: Item) -> Iterator[str]:
        for item in got["items"]:
            yield from _lines(item, texts=False)
        if not got["items"]:
            yield safe(f'{whose.name} has no drafts. Next: keepclear draft keep PARTY "words"')

    Printer(as_json=json).give({"person": whose.name, "items": [_item(each) for each in found]}, lined)
    return 0


@draft.command
def keep(
    to: Annotated[str, Parameter(help="The party to which it would go.")] = "",
    words: Annotated[str, Parameter(help="The words as far as they are written.")] = "",
    /,
    *,
    file: Annotated[Path | None, Parameter(help="Any act, as keepclear state takes it, instead.")] = None,
    title: Title = None,
    precedence: How = None,
    purpose: For = None,
    person: Person = None,
    party: As = None,
    dir_: Dir = FOLDER,
    json: Json = False,
) -> int:
    """Keep a draft of a message, or of any act from a JSON file; it need not be finished."""
    if file is None and not (to or words):
        asks = 'PARTY "words", or --file with an act as keepclear state takes it'
        raise Malformed("a draft of nothing", "draft-empty", asks, "words")
    act = json_file(file) if file is not None else _message(to)
    act = _changed(act, words, precedence, purpose)
    return _keep(dir_, party, person, act, title or words or _words(act), "", json=json)


@draft.command
def show(
    which: Which = "latest",
    /,
    *,
    person: Person = None,
    party: As = None,
    dir_: Dir = FOLDER,
    json: Json = False,
) -> int:
    """Show one of your drafts whole."""
    with people_of(dir_) as people:
        found = _find(people, _person(dir_, people, party, person), which)
    Printer(as_json=json).give(_item(found), lambda item: _lines(item, texts=True))
    return 0


@draft.command
def change(
    which: Which,
    words: Annotated[str, Parameter(help="The words that stand in it from now on.")] = "",
    /,
    *,
    to: Annotated[str | None, Parameter(help="To which party it would go.")] = None,
    file: Annotated[Path | None, Parameter(help="An act that replaces it whole.")] = None,
    title: Title = None,
    precedence: How = None,
    purpose: For = None,
    person: Person = None,
    party: As = None,
    dir_: Dir = FOLDER,
    json: Json = False,
) -> int:
    """Change one of your drafts: what is named, and nothing else of it."""
    with people_of(dir_) as people:
        found = _find(people, _person(dir_, people, party, person), which)
    act = json_file(file) if file is not None else msgspec.json.decode(found.act, type=Item)
    if to is not None:
        act = _addressed(act, to)
    act = _changed(act, words, precedence, purpose)
    name = found.title if title is None else title
    return _keep(dir_, party, person, act, name, found.id, json=json)


@draft.command
def send(
    which: Which = "latest",
    /,
    *,
    second: Annotated[
        bool, Parameter(negative="", help="Submit it for a second person's approval; tells nobody yet.")
    ] = False,
    person: Person = None,
    party: As = None,
    dir_: Dir = FOLDER,
    json: Json = False,
    ids: Ids = False,
) -> int:
    """Send one of your drafts as it stands; once it is told, it is a draft no more."""
    with people_of(dir_) as people:
        whose = _person(dir_, people, party, person)
        found = _find(people, whose, which)
        act = msgspec.json.decode(found.act, type=Item)
        # The same draft sent again, as after a cut, is the same act: it is not told twice.
        key = f"draft-{found.id}-{microseconds(found.saved_at)}"
        with desk(dir_, str(whose.party), _acting(whose)) as here:
            if second:
                made = here.post("approvals", {"act": act, "title": found.title}, key)
            else:
                made = here.post("statements", act, key)
        drop_draft(people.store, whose.id, found.id)

    def lined(got: Item) -> Iterator[str]:
        readers = [row["reader"] for row in got["told"] if row["reader"] != whose.party]
        yield (
            "Waits for a second person."
            if second
            else f"Told to {safe(', '.join(readers) or 'nobody else')}."
        )
        yield f"Statement {bold(got['statement'])}"
        if ids:
            yield f"Subject {safe(got['subject'])}"

    Printer(as_json=json, ids=ids).give(made, lined)
    for warning in made["warnings"]:
        say(f"{warning} To take one back: keepclear withdraw.")
    return 0


@draft.command
def drop(
    which: Which,
    /,
    *,
    person: Person = None,
    party: As = None,
    dir_: Dir = FOLDER,
    json: Json = False,
) -> int:
    """Throw one of your drafts away; nothing of it is left."""
    with people_of(dir_) as people:
        whose = _person(dir_, people, party, person)
        found = _find(people, whose, which)
        drop_draft(people.store, whose.id, found.id)
    words = f"Thrown away: {found.title or 'a draft without a title'}."
    Printer(as_json=json).give({"id": found.id, "dropped": True}, lambda _: iter((safe(words),)))
    return 0


def _keep(
    folder: Path, party: str | None, person: str | None, act: Item, title: str, identity: str, *, json: bool
) -> int:
    with people_of(folder) as people:
        whose = _person(folder, people, party, person)
        now = SystemClock().now()
        kept = keep_draft(people.store, whose.id, act, title[:MAX_TITLE], identity, now)
        found = own_draft(people.store, whose.id, kept)

    def lined(item: Item) -> Iterator[str]:
        yield from _lines(item, texts=True)
        yield safe(f"Kept for {whose.name}; nobody is told. To send it: keepclear draft send {kept}")

    Printer(as_json=json).give(_item(found), lined)
    return 0


def _person(folder: Path, people: People, party: str | None, name: str | None) -> PersonRow:
    """Give whose drafts are meant: the person named, or the only one of the party."""
    place = hosted(folder, party, Role.DUTY_OFFICER)
    if name is not None:
        return people.named(name, place)
    rows = people.store.persons(place)
    if len(rows) == 1:
        return rows[0]
    if not rows:
        adds = f'keepclear user add "NAME" --party {place} --role "duty officer"; then --person "NAME"'
        raise Refused(f"a draft at {place}, where nobody is listed", "draft-person", adds, "person")
    names = ", ".join(row.name for row in rows)
    raise Refused(
        f"a draft of one of {len(rows)} persons", "draft-person", f"--person with {names}", "person"
    )


def _acting(person: PersonRow) -> Role:
    """Give the role in which a person's draft is sent: the first that it holds."""
    held = ordered(person.roles)
    if not held:
        adds = f'keepclear user appoint "{person.name}" --role "duty officer"'
        raise Refused(f"sending by {person.name}, who has no role", "role", adds, "person")
    return held[0]


def _find(people: People, person: PersonRow, which: str) -> OwnDraft:
    found = own_drafts(people.store, person.id)
    if which == "latest" and found:
        return found[0]
    meant = [each for each in found if each.id == which] or [each for each in found if each.title == which]
    if len(meant) == 1:
        return meant[0]
    if meant:
        each = ", ".join(one.id for one in meant)
        raise NotKnown(f'the draft "{which}": {len(meant)} are called so', "own-draft", f"one of {each}")
    known = ", ".join(f'{one.id} ("{one.title}")' for one in found) or "none is kept yet"
    raise NotKnown(f'the draft "{which}" of {person.name}', "own-draft", f"one of: {known}")


def _message(to: str) -> Item:
    body = {"kind": "message", "to": [to], "purpose": Purpose.SAFETY.value, "texts": [{"words": ""}]}
    return {"body": body, "readers": [to]}


def _addressed(act: Item, to: str) -> Item:
    body = act.get("body")
    if isinstance(body, dict) and "to" in body:
        act = {**act, "body": {**body, "to": [to]}}
    return {**act, "readers": [to]}


def _changed(act: Item, words: str, precedence: str | None, purpose: str | None) -> Item:
    """Give an act with other words, precedence or purpose, where it is one that has them."""
    given: Item = {"precedence": precedence, "purpose": purpose}
    given = {name: value for name, value in given.items() if value is not None}
    if words:
        given["texts"] = [{"words": words}]
    if not given:
        return act
    body = act.get("body")
    if not isinstance(body, dict) or body.get("kind") not in ("message", "warning"):
        kind = body.get("kind") if isinstance(body, dict) else None
        asks = "--file with the whole act; words, precedence and purpose are those of a message"
        raise Refused(f"words for a draft of kind {kind}", "draft-message", asks, "words")
    return {**act, "body": {**body, **given}}


def _words(act: Item) -> str:
    body = act.get("body")
    texts = body.get("texts") if isinstance(body, dict) else None
    named = body.get("name") or body.get("kind") if isinstance(body, dict) else ""
    first = texts[0].get("words") if texts and isinstance(texts[0], dict) else ""
    return str(first or named or "")


def _item(found: OwnDraft) -> Item:
    act = msgspec.json.decode(found.act, type=Item)
    return {"id": found.id, "title": found.title, "act": act, "saved_at": found.saved_at.isoformat()}


def _lines(item: Item, *, texts: bool) -> Iterator[str]:
    body = item["act"].get("body") or {}
    to = ", ".join(map(str, item["act"].get("readers") or ())) or "nobody yet"
    what = joined(str(body.get("precedence", "")), str(body.get("kind", "act")), by=" ")
    kept = instant(str(item["saved_at"])[:19] + "Z")
    yield bold(item["title"] or "Untitled") + safe(f": {what} to {to}; kept {kept}; id {item['id']}")
    if texts:
        for text in body.get("texts") or ():
            yield safe(f"  “{text.get('words', '')}”")
