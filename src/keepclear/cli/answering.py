"""Commands that answer what was told, or take back what this desk told: acknowledge, answer, withdraw."""

from __future__ import annotations

from typing import Annotated, Any

from cyclopts import Parameter

from keepclear.cli import lines
from keepclear.cli.client import FOLDER, desk
from keepclear.cli.desks import Desk
from keepclear.cli.looking import As, Dir, Ids, Json
from keepclear.cli.output import OUT, TALK, Printer, safe, say
from keepclear.cli.telling import Key, acted, name_of, one_of, the_one, told
from keepclear.errors import NotAllowed, NotKnown
from keepclear.model.hotline import Answer, Rung

LATEST = "latest"
MessageId = Annotated[str, Parameter(help='Its id; "latest" is the newest message to this desk.')]
_RECEIVED = (Rung.ACKNOWLEDGED, Rung.READ_BACK, Rung.RELAYED, Rung.BRIEFED)


def acknowledge(
    statement: MessageId,
    /,
    *,
    by_role: Annotated[str, Parameter(help="The office that acknowledges.")] = "duty officer",
    rung: Annotated[str, one_of(Rung, "How far it got.")] = Rung.ACKNOWLEDGED,
    cell: Annotated[str, Parameter(help="The operating cell to which it was relayed, by its name.")] = "",
    party: As = None,
    key: Key = None,
    dir_: Dir = FOLDER,
    json: Json = False,
    ids: Ids = False,
) -> int:
    """Read out a statement that reached this desk, then acknowledge it under its hash."""
    out = Printer(as_json=json, ids=ids)
    with desk(dir_, party) as here:
        whole = read_out(here, statement, out, "acknowledging")
        body = {
            "kind": "rung", "of": whole["statement"]["id"], "reader": here.party, "rung": rung,
            "role": by_role, "text_hash": whole["digest"], "cell": cell,
        }  # fmt: skip
        return told(here, {"body": body, "readers": [whole["said"]["author"]]}, key, out)


def answer(
    statement: MessageId,
    word: Annotated[str, one_of(Answer, "The answer.")],
    /,
    *,
    words: Annotated[str, Parameter(help="The words in which it is given.")] = "",
    party: As = None,
    key: Key = None,
    dir_: Dir = FOLDER,
    json: Json = False,
    ids: Ids = False,
) -> int:
    """Read out a message that reached this desk, then answer its author."""
    out = Printer(as_json=json, ids=ids)
    with desk(dir_, party) as here:
        whole = read_out(here, statement, out, "answering")
        asked = {
            "body": {"kind": "answer", "answer": word, "words": words},
            "answers": [whole["statement"]["id"]],
            "readers": [whole["said"]["author"]],
        }
        return told(here, asked, key, out)


def withdraw(
    name: Annotated[str, Parameter(help="The name of something that this desk stated, or its id.")],
    /,
    *,
    reason: Annotated[str, Parameter(help="Why it is taken back.")],
    party: As = None,
    key: Key = None,
    dir_: Dir = FOLDER,
    json: Json = False,
    ids: Ids = False,
) -> int:
    """Take back something that this desk stated; everybody who holds it is told."""
    with desk(dir_, party) as here:
        found = _own(here, name)
        say(f"Withdrawing: {name_of(found)}")
        asked = {"of": found["subject"], "reason": reason}
        return acted(here, "withdrawals", asked, key, Printer(as_json=json, ids=ids))


def read_out(here: Desk, statement: str, out: Printer, act: str) -> dict[str, Any]:
    """Read out what an act is about before it is done, and name the other messages that wait.

    Raises:
        NotKnown: no message has come to this desk, or none of this id.
    """
    come = [item for item in here.get("messages")["items"] if item["direction"] == "in"]
    if statement == LATEST:
        if not come:
            raise NotKnown(f"{act}, with no message here", "held", "the id of a statement")
        statement = come[-1]["statement"]
    whole: dict[str, Any] = here.get(f"statements/{statement}")
    page = TALK if out.as_json else OUT
    about = [item for item in come if item["statement"] == statement]
    for item in about:
        for row in lines.spoken(item, out):
            page.print(row)
    if not about:
        page.print(f"{safe(whole['statement']['body']['kind']).capitalize()}, {safe(whole['said']['line'])}")
    others = [item for item in come if item["statement"] != statement and _waits(item, here.party)]
    if others:
        page.print(f"Not acknowledged yet: {lines.many(len(others), 'other message')}")
        for item in others:
            head = next(lines.spoken(item, Printer(as_json=False)))
            page.print(f"  {safe(item['statement'])}: {head}")
    return whole


def _waits(item: dict[str, Any], party: str) -> bool:
    """Tell whether a message that came here has neither been acknowledged nor answered by this desk."""
    steps = [step for ladder in item["ladders"] if ladder["reader"] == party for step in ladder["steps"]]
    answered = any(each["said"]["author"] == party for each in item["answers"])
    return not answered and not any(step["rung"] in _RECEIVED for step in steps)


def _own(here: Desk, name: str) -> dict[str, Any]:
    lists = (value for value in here.get("picture").values() if isinstance(value, list))
    items = {item["subject"]: item for rows in lists for item in rows if "subject" in item and "said" in item}
    called = [
        item for item in items.values() if name in (item["subject"], item.get("statement"), name_of(item))
    ]
    own = [item for item in items.values() if item["said"]["author"] == here.party]
    found = [item for item in called if item in own]
    if called and not found:
        owner = called[0]["said"]["author_name"]
        raise NotAllowed(
            f'withdrawing "{name}", which {owner} stated',
            "one-owner",
            "something that this desk stated; about another's: keepclear stance or keepclear answer",
        )
    return the_one(found, own, f'withdrawing "{name}"')
