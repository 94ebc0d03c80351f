"""Commands on hotlines: their state, a check, ultimatums, who is on call, groups, drafts to approve."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, Literal

from cyclopts import Parameter

from keepclear.cli.client import FOLDER, desk
from keepclear.cli.looking import As, At, Dir, Ids, Json
from keepclear.cli.output import Printer, bold, instant, joined, safe
from keepclear.cli.telling import Key
from keepclear.service.auth import Role

Item = dict[str, Any]
Found = Literal["ok", "no answer", "technical fault", "refused"]
Reply = Literal["ours", "not ours", "checking", "denied", "will act", "refuse", "no information"]
Sort = Literal["routine", "priority", "flash"]


def hotlines(*, party: As = None, dir_: Dir = FOLDER, json: Json = False, ids: Ids = False) -> int:
    """Show the hotlines now: declared and observed apart, last contact with its age, hours, checks."""
    out = Printer(as_json=json, ids=ids)
    with desk(dir_, party) as here:
        answer = here.get("hotline-board")

    def lined(got: Item) -> Iterator[str]:
        if not got["items"]:
            yield "No hotline is known here. Next: keepclear open-hotline NAME PARTY"
        for item in got["items"]:
            yield from _hotline(item, here.party, out)
        yield safe(f"Hours by time zone database {got['time_zones']}.")

    out.give(answer, lined)
    return 0


def _hotline(item: Item, own: str, out: Printer) -> Iterator[str]:
    head = bold(f"{item['name']} ({item['domain']}, {item['level']})")
    yield f"{head}: declared {safe(item['declared'])}; observed {safe(item['observed'])}{out.tag(item)}"
    echo = item["last_echo"]
    echoed = f"last echo: {echo['gist']}, {instant(echo['when']['at'])}" if echo else ""
    yield safe("  " + joined(f"last contact: {item['last_contact_words']}", echoed))
    hours = item["opening"]["words"] if item["opening"] else item["hours"]
    if hours:
        yield safe(f"  hours: {hours}")
    for end in item["ends"]:
        silent = "has said nothing of its end"
        if end["party"] == own:
            silent = f'you have said nothing of your end: keepclear hotline-end "{item["name"]}"'
        said = f"says: {end['declared']}" if end["own_word"] else silent
        opening = end["opening"]["words"] if end["opening"] else ""
        yield safe("  " + joined(f"{end['party_name']}: {end['role']}", said, opening))
        yield safe(f"    watch: {end['watch']['words']}")
    if item["fallbacks"]:
        ways = "; ".join(f"{way['name']} ({way['level']}, {way['observed']})" for way in item["fallbacks"])
        yield safe(f"  then: {ways}")
    if item["check_due"]:
        yield safe(f"  CHECK DUE since {instant(item['check_due'])}: {item['check_why']}")
    elif item["check_next"]:
        yield safe(f"  next check: {instant(item['check_next'])}")


def check_hotline(
    name: Annotated[str, Parameter(help="Its name, or its id.")],
    result: Annotated[Found, Parameter(help="How it ended.")],
    /,
    *,
    echo: Annotated[
        bool, Parameter(negative="", help="Only the circuit was tested; nobody was asked.")
    ] = False,
    fault: Annotated[str, Parameter(help="What was wrong.")] = "",
    party: As = None,
    key: Key = None,
    dir_: Dir = FOLDER,
    json: Json = False,
    ids: Ids = False,
) -> int:
    """Log a check of a hotline that you have just made; an echo is not a person who answers."""
    out = Printer(as_json=json, ids=ids)
    with desk(dir_, party) as here:
        subject = _named(here.get("hotline-board")["items"], name)
        how = "technical echo" if echo else "human answer"
        made = here.post(f"hotlines/{subject}/checks", {"result": result, "how": how, "fault": fault}, key)
        rows = here.get("hotline-board")["items"]
    row = next(item for item in rows if item["subject"] == subject)
    out.give(made, lambda got: _hotline(row, here.party, out))
    return 0


def _named(items: list[Item], name: str) -> str:
    return next((str(item["subject"]) for item in items if name in (item["name"], item["subject"])), name)


def ultimatums(
    *, party: As = None, at: At = None, dir_: Dir = FOLDER, json: Json = False, ids: Ids = False
) -> int:
    """Show the ultimatums: the time left, who took the call, the interpreters, the ladder that it opened."""
    out = Printer(as_json=json, ids=ids)
    with desk(dir_, party) as here:
        answer = here.get("ultimatums", at=at)

    def lined(got: Item) -> Iterator[str]:
        if not got["items"]:
            yield "No ultimatum is known here."
        for item in got["items"]:
            yield (
                bold(f"{item['left']} left of {item['hours']} (hours:minutes)")
                + safe(f", from {item['from_name']}: {item['state']}, ends {instant(item['ends'])}")
                + out.tag(item)
            )
            yield from (f"  {safe(words)}" for words in item["texts"])
            yield safe("  " + joined(f"if: {item['trigger']}", f"then, it says: {item['consequence']}"))
            yield safe(f"  taken by: {item['taken_by'] or 'nobody yet'}")
            for one in item["interpreters"]:
                yield safe(
                    f"  interpreter: {one['role']} ({', '.join(one['languages'])}), {one['opening']['words']}"
                )
            own = item["from_party"] == here.party
            if own:
                yield safe("  given by this desk: no ladder of its own runs on it")
            for rung in () if own else item["ladder"]:
                yield safe(
                    f"  {'opened' if rung['opened'] else 'from'} {instant(rung['at'])}: {rung['role']}"
                )

    out.give(answer, lined)
    return 0


def on_call(
    *, party: As = None, at: At = None, dir_: Dir = FOLDER, json: Json = False, ids: Ids = False
) -> int:
    """Show who is on call: roles with languages and hours, those on call now first, and who has each."""
    out = Printer(as_json=json, ids=ids)
    with desk(dir_, party) as here:
        answer = here.get("on-call", at=at)

    def lined(got: Item) -> Iterator[str]:
        if not got["items"]:
            yield "No role has been stated as on call. Next: keepclear put-on-call ROLE"
        for item in got["items"]:
            what = joined(item["duty"], ", ".join(item["languages"]), item["opening"]["words"])
            yield bold(item["role"]) + safe(f": {what}") + out.tag(item)
            yield safe(f"  watch: {item['watch']['words']}")

    out.give(answer, lined)
    return 0


def monitoring(
    *, party: As = None, at: At = None, dir_: Dir = FOLDER, json: Json = False, ids: Ids = False
) -> int:
    """Show which crews say that they listen where, and the warnings that were passed by frequency."""
    out = Printer(as_json=json, ids=ids)
    with desk(dir_, party) as here:
        crews, passed = here.get("monitoring", at=at), here.get("passed-on", at=at)

    def lined(got: Item) -> Iterator[str]:
        for item in got["items"]:
            listens = ", ".join(item["monitors"]) or "nothing"
            yield bold(f"{item['party_name']}, {item['crews']}") + safe(f": {listens}") + out.tag(item)
        for item in passed["items"]:
            yield safe(f"{item['warning']}: {item['words']}")

    out.give(crews, lined)
    return 0


def groups(
    *, party: As = None, at: At = None, dir_: Dir = FOLDER, json: Json = False, ids: Ids = False
) -> int:
    """Show the group hotlines: who has agreed, what was said, who has not acknowledged."""
    out = Printer(as_json=json, ids=ids)
    with desk(dir_, party) as here:
        answer = here.get("groups", at=at)

    def lined(got: Item) -> Iterator[str]:
        if not got["items"]:
            yield "No group hotline is known here."
        for item in got["items"]:
            yield bold(f"{item['name']}: {item['state']}") + out.tag(item)
            words = "; ".join(f"{one['party_name']}: {one['word'] or 'silent'}" for one in item["members"])
            yield safe(f"  {words}")
            for said in item["messages"]:
                yield from _said(said, out)

    out.give(answer, lined)
    return 0


def _said(item: Item, out: Printer) -> Iterator[str]:
    yield safe(f"  {item['said']['author_name']}: {item['words']}") + out.tag(item)
    yield from (f"    answers something {safe(missing)}" for missing in item["missing"])
    for one in item["acknowledged"]:
        differs = ", of a DIFFERENT TEXT" if one["text"] == "different" else ""
        yield safe(f"    {one['rung']} by {one['party_name']}, {one['role']}{differs}")
    if item["waiting"]:
        yield safe(f"    waits for: {', '.join(item['waiting'])}")
    if item["crossed"]:
        yield "    crossed in transit with another message of yours or theirs"


def group_propose(
    name: str,
    members: Annotated[list[str], Parameter(help="Three parties or more, this one among them.")],
    /,
    *,
    party: As = None,
    key: Key = None,
    dir_: Dir = FOLDER,
    json: Json = False,
    ids: Ids = False,
) -> int:
    """Propose a group hotline; it is in use once every member has agreed to its text."""
    out = Printer(as_json=json, ids=ids)
    with desk(dir_, party) as here:
        readers = [member for member in members if member != here.party]
        body = {"kind": "group", "name": name, "members": members}
        made = here.post("statements", {"body": body, "readers": readers}, key)
    out.give(made, lambda got: iter([f"Proposed to {safe(', '.join(readers))}: {safe(got['subject'])}"]))
    return 0


def group(
    act: Annotated[Literal["agree", "say", "answer", "acknowledge"], Parameter(help="What you do on it.")],
    which: Annotated[str, Parameter(help="The group, by name or id.")],
    /,
    words: Annotated[str, Parameter(help="What is said.")] = "",
    *,
    answer: Annotated[Reply, Parameter(help="The answer.")] = "checking",
    to: Annotated[
        str, Parameter(help="The message that is answered; the last from others if not given.")
    ] = "",
    precedence: Annotated[Sort, Parameter(help="How urgent it is.")] = "routine",
    party: As = None,
    key: Key = None,
    dir_: Dir = FOLDER,
    json: Json = False,
    ids: Ids = False,
) -> int:
    """Agree to a group hotline, or say, answer or acknowledge something on it: every member gets it."""
    out = Printer(as_json=json, ids=ids)
    with desk(dir_, party) as here:
        items = here.get("groups")["items"]
        subject = _named(items, which)
        none: Item = {"statement": "", "messages": []}
        item = next((one for one in items if one["subject"] == subject), none)
        others = [
            one
            for one in item["messages"]
            if one["said"]["author"] != here.party and one["kind"] == "message"
        ]
        asked = to or (others[-1]["statement"] if others else "")
        acts: dict[str, tuple[str, Item]] = {
            "agree": ("stances", {"text": item["statement"]}),
            "say": ("messages", {"texts": [{"words": words}], "precedence": precedence}),
            "answer": ("answers", {"message": asked, "answer": answer, "words": words}),
            "acknowledge": ("acknowledgements", {"message": asked, "remarks": words}),
        }
        path, body = acts[act]
        made = here.post(f"groups/{subject}/{path}", body, key)
    out.give(
        made, lambda got: iter(["Told to every member." + safe("" if not got["repeated"] else " Again.")])
    )
    return 0


def approvals(
    *, party: As = None, at: At = None, dir_: Dir = FOLDER, json: Json = False, ids: Ids = False
) -> int:
    """Show the drafts that wait for a second person, and what became of the others."""
    out = Printer(as_json=json, ids=ids)
    with desk(dir_, party) as here:
        answer = here.get("approvals", at=at)

    def lined(got: Item) -> Iterator[str]:
        if not got["items"]:
            yield "No draft was submitted here."
        for item in got["items"]:
            yield (
                bold(item["title"] or "Draft")
                + safe(f": {item['state']}, by {item['by_role']}")
                + out.tag(item)
            )
            texts = item["act"]["body"].get("texts", [])
            yield from (safe(f"  “{one['words']}”") for one in texts)
            if item["decided_by"]:
                yield safe("  " + joined(f"decided by {item['decided_by']}", item["reason"]))

    out.give(answer, lined)
    return 0


def approval_policy(
    precedences: Annotated[list[Sort], Parameter(help="Which precedences wait for a second person.")],
    /,
    *,
    purpose: Annotated[list[str], Parameter(help="Only these purposes; every one if none is named.")] = [],  # noqa: B006
    party: As = None,
    key: Key = None,
    dir_: Dir = FOLDER,
    json: Json = False,
    ids: Ids = False,
) -> int:
    """State, as watch chief, what waits for a second person; a flash for safety never does."""
    out = Printer(as_json=json, ids=ids)
    body = {"kind": "approval-policy", "precedences": precedences, "purposes": purpose}
    with desk(dir_, party, Role.WATCH_CHIEF) as here:
        made = here.post("statements", {"body": body}, key)
    out.give(
        made, lambda got: iter([f"Waits for a second person from now on: {safe(', '.join(precedences))}."])
    )
    return 0


def submit_draft(
    to: Annotated[str, Parameter(help="To which party.")],
    words: str,
    /,
    *,
    purpose: Annotated[str, Parameter(help="What it is for.")] = "coordination",
    precedence: Annotated[Sort, Parameter(help="How urgent it is.")] = "routine",
    title: Annotated[str, Parameter(help="A few words for whoever approves it.")] = "",
    party: As = None,
    key: Key = None,
    dir_: Dir = FOLDER,
    json: Json = False,
    ids: Ids = False,
) -> int:
    """Submit a message for a second person's approval; it is told to nobody before that."""
    out = Printer(as_json=json, ids=ids)
    body = {
        "kind": "message",
        "to": [to],
        "purpose": purpose,
        "precedence": precedence,
        "texts": [{"words": words}],
    }
    with desk(dir_, party) as here:
        made = here.post("approvals", {"act": {"body": body, "readers": [to]}, "title": title}, key)
    out.give(made, lambda got: iter([f"Waits for a second person: {safe(got['statement'])}"]))
    return 0


def approve(
    which: Annotated[str, Parameter(help='The draft; "top" is the one that has waited longest.')],
    /,
    *,
    return_: Annotated[str, Parameter(name="--return", help="Return it instead, with this reason.")] = "",
    party: As = None,
    key: Key = None,
    dir_: Dir = FOLDER,
    json: Json = False,
    ids: Ids = False,
) -> int:
    """Let another's draft go out, as watch chief, or return it with a reason."""
    out = Printer(as_json=json, ids=ids)
    with desk(dir_, party, Role.WATCH_CHIEF) as here:
        waiting = [one for one in here.get("approvals")["items"] if str(one["state"]).startswith("waits")]
        draft = waiting[-1]["statement"] if which == "top" and waiting else which
        made = here.post(f"approvals/{draft}/{'return' if return_ else 'approve'}", {"reason": return_}, key)
    done = "Returned to its writer." if return_ else "Told, on a second person's word."
    out.give(made, lambda got: iter([done]))
    return 0
