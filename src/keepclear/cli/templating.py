"""Commands of the message templates: what there is, sending one filled, letting its words into use."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any

from cyclopts import Parameter

from keepclear.cli import parts
from keepclear.cli.client import FOLDER, desk
from keepclear.cli.desks import Desk
from keepclear.cli.looking import As, Dir, Ids, Json
from keepclear.cli.output import Printer, bold, safe
from keepclear.cli.telling import Key
from keepclear.errors import NotKnown
from keepclear.service.auth import Role

Template = Annotated[str, Parameter(help="The template, by its name: see keepclear templates.")]
Item = dict[str, Any]


def templates(*, party: As = None, dir_: Dir = FOLDER, json: Json = False) -> int:
    """Show the message templates in each language, and whether their words may be used here."""
    with desk(dir_, party) as here:
        answer = here.get("templates")

    def lined(got: Item) -> Iterator[str]:
        for each in got["templates"]:
            asks = f", asks: {' / '.join(each['asks'])}" if each["asks"] else ""
            yield bold(f"{each['name']}: {each['purpose']}, {each['precedence']}{asks}")
            for word in each["wordings"]:
                state = (
                    "let into use"
                    if word["let_in"]
                    else "may be used"
                    if word["usable"]
                    else "NOT YET LET IN"
                )
                yield f"  {safe(word['lang'])}, {state}, {safe(word['reviewed'])}: {safe(word['text'])}"

    Printer(as_json=json).give(answer, lined)
    return 0


def template(
    name: Template,
    to: Annotated[str, Parameter(help="Whom it is for: a party.")],
    /,
    *,
    part: Annotated[
        list[str] | None,
        Parameter(negative="", help='What fills it, as in "place=35.28N 40.18E"; may be given again.'),
    ] = None,
    lang: Annotated[
        list[str] | None,
        Parameter(negative="", help="A language beside English: ru or ar; may be given again."),
    ] = None,
    send: Annotated[
        bool, Parameter(negative="", help="Send it; otherwise it is only read out to you.")
    ] = False,
    party: As = None,
    key: Key = None,
    dir_: Dir = FOLDER,
    json: Json = False,
    ids: Ids = False,
) -> int:
    """Fill a template and read it out; with --send, send it."""
    with desk(dir_, party) as here:
        filled = [parts.part(each, here.party) for each in part or []]
        asked = {"to": [to], "parts": filled, "langs": lang or []}
        body = here.post(f"templates/{name}/fill", asked)["body"]
        made = here.post("statements", {"body": body, "readers": [to]}, key) if send else {"body": body}

    def lined(got: Item) -> Iterator[str]:
        for text in body["texts"]:
            mark = f" ({text['review']})" if text.get("review") else ""
            yield f"{safe(text['words'])}{safe(mark)}"
        yield f"Sent to {safe(to)}." if send else "Not sent. Say the same with --send."

    Printer(as_json=json, ids=ids).give(made, lined)
    return 0


def approve_template(
    name: Template,
    lang: Annotated[str, Parameter(help="The language of the words that you have read: en, ru or ar.")],
    person: Annotated[str, Parameter(help="Your name; it is kept beside the log and can be erased.")],
    /,
    *,
    role: Annotated[str, Parameter(help="Your office.")] = "watch chief",
    party: As = None,
    key: Key = None,
    dir_: Dir = FOLDER,
    json: Json = False,
    ids: Ids = False,
) -> int:
    """Let a template's words in one language into use, under your name."""
    with desk(dir_, party, Role.WATCH_CHIEF) as here:
        word = _wording(here, name, lang)
        asked = {"lang": lang, "text_hash": word["text_hash"], "name": person, "role": role}
        made = here.post(f"templates/{name}/approve", asked, key)

    def lined(_: Item) -> Iterator[str]:
        yield f"Let into use by {safe(person)}: {safe(name)}, {safe(lang)}. {safe(word['text'])}"

    Printer(as_json=json, ids=ids).give(made, lined)
    return 0


def _wording(here: Desk, name: str, lang: str) -> Item:
    found = {each["name"]: each["wordings"] for each in here.get("templates")["templates"]}
    if name not in found:
        raise NotKnown(f'the template "{name}"', "template", f"one of: {', '.join(found)}")
    words: dict[str, Item] = {word["lang"]: word for word in found[name]}
    if lang not in words:
        raise NotKnown(f'{name} in "{lang}"', "template-language", f"one of: {', '.join(words)}")
    return words[lang]
