"""Commands of humanitarian notification: submit, take in, consent, release; movements on their way."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Literal

from cyclopts import Parameter

from keepclear.cli.client import FOLDER, desk
from keepclear.cli.desks import Desk
from keepclear.cli.looking import As, At, Dir, Ids, Json
from keepclear.cli.output import Printer, bold, instant, joined, safe, say
from keepclear.cli.telling import JsonFile, Key, json_file, one_of, the_one, told
from keepclear.errors import Refused
from keepclear.model.notifications import StepTaken
from keepclear.model.words import Form
from keepclear.service.auth import Role

Item = dict[str, Any]
Submission = Annotated[str, Parameter(help="The name of the submission, or its id.")]
Movement = Annotated[str, Parameter(help="The name of the movement, or its id.")]
Leg = Annotated[int, Parameter(help="The number of the leg, from 1.")]
Officer = Annotated[str, Parameter(help="What tells you from another of your office, as a number; no name.")]
Where = Annotated[str, Parameter(help="Where, in words; coordinates are refused.")]
Reason = Annotated[str, Parameter(help="Why, in words.")]
ACCURACY_M = 10.0


def forms(
    first: Annotated[str, Parameter(help='One form, as in "33.9012,39.8841".')],
    second: Annotated[str, Parameter(help='Another, as in "33°54\'04.3\\"N 39°53\'02.8\\"E".')],
    /,
    *,
    party: As = None,
    dir_: Dir = FOLDER,
    json: Json = False,
) -> int:
    """Compare two forms of one place; nothing is submitted."""
    with desk(dir_, party) as here:
        got = here.post("location-forms", {"forms": [first, second]})
    Printer(as_json=json).give(got, _compared)
    return 0 if got["agree"] else 2


def _compared(got: Item) -> Iterator[str]:
    for number, form in enumerate(got["forms"], 1):
        read = form["fault"] or f"{form['form']}: {form['written']}"
        yield safe(f"form {number}: “{form['typed']}” – {read}")
        yield from (safe(f"   {note}") for note in form["notes"])
    yield bold("They agree." if got["agree"] else "They do not agree.") + safe(f" {got['words']}.")


def submit(
    file: JsonFile,
    /,
    *,
    to: Annotated[str, Parameter(help="The notification cell.")],
    again: Annotated[
        str | None, Parameter(help="The submission that this one corrects, by name or id.")
    ] = None,
    as_typed: Annotated[
        bool, Parameter(negative="", show_default=False, help="Submit it though its forms do not agree.")
    ] = False,
    party: As = None,
    key: Key = None,
    dir_: Dir = FOLDER,
    json: Json = False,
    ids: Ids = False,
) -> int:
    """Submit a static site or a movement to a notification cell; the two forms of each place are compared."""
    body = {"kind": "submission", **json_file(file)}
    out = Printer(as_json=json, ids=ids)
    with desk(dir_, party) as here:
        for place in body.get("places", ()):
            _agreeing(here, place, as_typed=as_typed)
        asked: Item = {"body": body, "readers": [to]}
        if again is not None:
            asked["subject"] = _one(here, "submissions", again)["subject"]
        return told(here, asked, key, out)


def _agreeing(here: Desk, place: Item, *, as_typed: bool) -> None:
    """Say what was read of a place; refuse to submit one whose forms do not agree."""
    got = here.post("location-forms", {"forms": place.get("forms", [])})
    for line in _compared(got):
        say(line.replace("[bold]", "").replace("[/bold]", ""))
    if not got["agree"] and not as_typed:
        raise Refused(
            f'submitting "{place.get("name", "")}": {got["words"]}',
            "position-forms",
            got["would_agree"] or "two forms of one place that agree; or --as-typed, to have it returned",
            "places",
        )


def submissions(
    *, party: As = None, at: At = None, dir_: Dir = FOLDER, json: Json = False, ids: Ids = False
) -> int:
    """Show what was submitted: forms compared, intake, consent per party and who holds it."""
    return _show("submissions", _submission, party, at, dir_, Printer(as_json=json, ids=ids))


def movements(
    *, party: As = None, at: At = None, dir_: Dir = FOLDER, json: Json = False, ids: Ids = False
) -> int:
    """Show movements: what holds of each, on whom it waits, telephones, check-ins, contact lost."""
    return _show("movements", _movement, party, at, dir_, Printer(as_json=json, ids=ids))


def sites(
    *, party: As = None, at: At = None, dir_: Dir = FOLDER, json: Json = False, ids: Ids = False
) -> int:
    """Show the protected sites in force now, halts among them, with each reader's receipts."""
    return _show("sites", _site, party, at, dir_, Printer(as_json=json, ids=ids))


def _show(view: str, lined: Any, party: str | None, at: str | None, folder: Path, out: Printer) -> int:  # noqa: ANN401 - a function that makes lines
    with desk(folder, party) as here:
        answer = here.get(view, at=at)

    def all_lines(got: Item) -> Iterator[str]:
        if not got["items"]:
            yield f"No {view} here."
        for item in got["items"]:
            yield from lined(item, out)
        yield f"\n{safe(got['banner'])}"

    out.give(answer, all_lines)
    return 0


def _submission(item: Item, out: Printer) -> Iterator[str]:
    yield f"{bold(item['name'])}: {safe(item['what'])}, {safe(item['state'])}{out.tag(item)}"
    for place in item["places"]:
        yield safe(f"   {place['name']}: {place['compared']['words']}")
    for row in item["consents"]:
        word = f"consents, {row['form']} form" if row["consents"] else "consent withdrawn"
        holds = f"; holds it since {instant(row['holds_since'])}" if row["holds_since"] else ""
        yield safe(f"   {row['party_name']}: {word}{holds}")
    for row in item["intake"]:
        yield safe(
            f"   {row['step']} by {row['by_role']}, {instant(row['at'])}: {row['reason']}".rstrip(": ")
        )


def _movement(item: Item, out: Printer) -> Iterator[str]:
    yield f"{bold(item['name'])}: {bold(item['condition'])} – {safe(item['words'])}{out.tag(item)}"
    yield safe(f"   {', '.join(item['composition'])}; text {item['texts']} of those known here")
    for row in item["cells"]:
        word = f"relayed {instant(row['relayed_at'])}" if row["relayed_at"] else "not relayed"
        yield safe(f"   {row['cell']} of {row['party_name']}: {word}")
    for row in item["phones"]:
        yield safe(f"   {row['phone']}: {'answered' if row['answered'] else 'silent'} {instant(row['at'])}")
    for row in item["departure_barred"]:
        yield safe(f"   barred from setting out: {row}")
    if item["check_in_due"]:
        yield safe(f"   next check-in due {instant(item['check_in_due'])}")
    if item["lost"]:
        done = ", ".join(item["lost"]["done"]) or "nothing yet"
        yield bold("   CONTACT LOST") + safe(f" – done: {done}; next: {item['lost']['next']}")


def _site(item: Item, out: Printer) -> Iterator[str]:
    kind = (
        f"temporary site of {item['movement']}, {item['window']}" if item["temporary"] else "protected site"
    )
    yield f"{bold(item['name'])}: {safe(kind)}, {safe(item['place'])}{out.tag(item)}"
    for row in item["readers"]:
        late = "late" if row["late"] else ""
        older = "an older text" if row["older"] else ""
        consent = "" if row["consents"] else "consent withdrawn; holds it all the same"
        cell = f"relayed to {row['relayed_cell']}" if row["relayed_at"] else "not relayed"
        yield safe(f"   {row['reader_name']}: {joined(row['reached'], cell, late, older, consent, by=', ')}")
    for name in item["withheld"]:
        yield safe(f"   withheld from {name}")


def _one(here: Desk, view: str, name: str) -> Item:
    items: list[Item] = here.get(view)["items"]
    found = [item for item in items if name in (item["name"], item["subject"], item["statement"])]
    return the_one(found, items, f'the {view.removesuffix("s")} "{name}"')


def _step(here: Desk, subject: str, asked: Item, key: str | None, out: Printer) -> int:
    given = {name: value for name, value in asked.items() if value not in (None, "")}
    made = here.post(f"notifications/{subject}/steps", given, key)
    out.give(made, lambda got: [f"Noted. Statement {bold(got['statement'])}"])
    return 0


def intake(
    submission: Submission,
    step: Annotated[Literal["taken in", "returned", "verified"], Parameter(help="What you did with it.")],
    /,
    *,
    officer: Officer = "",
    reason: Reason = "",
    party: As = None,
    key: Key = None,
    dir_: Dir = FOLDER,
    json: Json = False,
    ids: Ids = False,
) -> int:
    """Take a submission in, return it with a reason, or verify it as a second person."""
    with desk(dir_, party) as here:
        subject = _one(here, "submissions", submission)["subject"]
        asked = {"step": step, "officer": officer, "reason": reason}
        return _step(here, subject, asked, key, Printer(as_json=json, ids=ids))


def consent(
    submission: Submission,
    reader: Annotated[str, Parameter(help="The party that is to have it.")],
    /,
    *,
    form: Annotated[str, one_of(Form, "In which form.")] = Form.EXACT,
    withdraw: Annotated[
        bool, Parameter(negative="", show_default=False, help="Take the consent back; who holds it keeps it.")
    ] = False,
    reason: Reason = "",
    party: As = None,
    key: Key = None,
    dir_: Dir = FOLDER,
    json: Json = False,
    ids: Ids = False,
) -> int:
    """Consent that a party has what you submitted, or take that back."""
    word = StepTaken.CONSENT_WITHDRAWN if withdraw else StepTaken.CONSENTED
    with desk(dir_, party) as here:
        subject = _one(here, "submissions", submission)["subject"]
        asked = {"step": word, "party": reader, "form": None if withdraw else form, "reason": reason}
        return _step(here, subject, asked, key, Printer(as_json=json, ids=ids))


def list_site(
    submission: Submission,
    /,
    *,
    name: Annotated[str | None, Parameter(help="What the site is called on the list.")] = None,
    party: As = None,
    dir_: Dir = FOLDER,
    json: Json = False,
    ids: Ids = False,
) -> int:
    """State a submitted site as your own protected site, to yourself; release it then, reader by reader."""
    with desk(dir_, party) as here:
        found = _one(here, "submissions", submission)
        point = found["places"][0]["compared"]["point"]
        if found["what"] != "static site" or point is None:
            raise Refused(f'listing "{found["name"]}"', "position-forms", "a static site whose forms agree")
        body = {
            "kind": "measure", "name": name or found["name"], "measure": "protected site",
            "effect": "keep-out-requested", "basis": "declared", "domain": "humanitarian",
            "shape": {"shape": "spot", "at": point, "accuracy_m": ACCURACY_M}, "purpose": found["function"],
        }  # fmt: skip
        made = here.post("statements", {"body": body})
        _tie(here, made["subject"], found["subject"])
    Printer(as_json=json, ids=ids).give(
        made, lambda got: [f"Stated to yourself. Statement {bold(got['statement'])}"]
    )
    return 0


def _tie(here: Desk, own: str, submission: str) -> None:
    here.post("statements", {"body": {"kind": "link", "a": own, "b": submission, "relation": "same matter"}})


def movement(
    file: JsonFile,
    /,
    *,
    submission: Annotated[
        str | None, Parameter(help="The submission that it restates, by name or id.")
    ] = None,
    party: As = None,
    dir_: Dir = FOLDER,
    json: Json = False,
    ids: Ids = False,
) -> int:
    """State a movement to yourself, or its new text where one of that name stands; release it then.

    The JSON file holds the movement, and `valid` with start and end.
    """
    given = json_file(file)
    valid = given.pop("valid", None)
    asked: Item = {"body": {"kind": "movement", **given}, "valid": valid}
    with desk(dir_, party, Role.WATCH_CHIEF) as here:
        own = [item for item in here.get("movements")["items"]
               if item["name"] == given.get("name") and item["said"]["author"] == here.party]  # fmt: skip
        if own:
            readers = [row["reader"] for row in own[-1]["readers"]]
            asked["subject"] = own[-1]["subject"]
            asked["not_telling"] = dict.fromkeys(readers, "its release follows")
        elif submission is not None:
            submission = _one(here, "submissions", submission)["subject"]
        made = here.post("statements", asked)
        if submission is not None and not own:
            _tie(here, made["subject"], submission)
    words = "A new text: receipts start anew, and it is paused until it was relayed." if own else "Stated."
    Printer(as_json=json, ids=ids).give(made, lambda got: [f"{words} Statement {bold(got['statement'])}"])
    return 0


def release(
    name: Annotated[str, Parameter(help="The name of the own site or movement, or its id.")],
    /,
    *,
    to: Annotated[list[str], Parameter(negative="", help="Who is to have it; may be given again.")],
    risk_note: Annotated[str, Parameter(help="At what risk, in words.")],
    party: As = None,
    dir_: Dir = FOLDER,
    json: Json = False,
    ids: Ids = False,
) -> int:
    """Decide that parties get the exact form of an own site or movement, and tell it to them."""
    with desk(dir_, party, Role.INFORMATION_STEWARD) as here:
        items = [item for view in ("sites", "movements") for item in here.get(view)["items"]
                 if not item.get("temporary") and item["said"]["author"] == here.party]  # fmt: skip
        found = [item for item in items if name in (item["name"], item["subject"], item["statement"])]
        one = the_one(found, items, f'the release of "{name}"')
        for reader in to:
            here.post("statements", {"body": {
                "kind": "release", "of": one["subject"], "reader": reader, "form": "exact",
                "approved_by_role": Role.INFORMATION_STEWARD, "risk_note": risk_note,
            }})  # fmt: skip
        made = here.post("tellings", {"statement": one["statement"], "readers": to})
    words = f"Told to {', '.join(to)}."
    Printer(as_json=json, ids=ids).give(made, lambda _: [safe(words)])
    return 0


def phone_test(
    movement: Movement,
    phone: Annotated[str, Parameter(help='The label of the telephone, as in "phone-1".')],
    result: Annotated[Literal["answered", "silent"], Parameter(help="How the test ended.")],
    /,
    *,
    number: Annotated[
        Path | None,
        Parameter(allow_leading_hyphen=True, help='A file with its number; "-" reads standard input.'),
    ] = None,
    party: As = None,
    key: Key = None,
    dir_: Dir = FOLDER,
    json: Json = False,
    ids: Ids = False,
) -> int:
    """Note how the test of a telephone ended; its number stands beside the log and goes to nobody."""
    with desk(dir_, party) as here:
        asked: Item = {"step": f"phone {result}", "phone": phone}
        if number is not None:
            body = sys.stdin.buffer.read() if str(number) == "-" else number.read_bytes()
            kept = here.post("attachments", body)
            asked["attachments"] = [{"salted_hash": kept["salted_hash"], "what": f"number of {phone}"}]
        subject = _one(here, "movements", movement)["subject"]
        return _step(here, subject, asked, key, Printer(as_json=json, ids=ids))


def check_in(
    movement: Movement,
    leg: Leg,
    step: Annotated[
        Literal["departed", "checked in", "arrived"], Parameter(help="What was heard.")
    ] = "checked in",
    /,
    *,
    where: Where = "",
    reason: Reason = "",
    party: As = None,
    key: Key = None,
    dir_: Dir = FOLDER,
    json: Json = False,
    ids: Ids = False,
) -> int:
    """Note what was heard of a movement on a leg: departed, checked in, arrived."""
    with desk(dir_, party) as here:
        subject = _one(here, "movements", movement)["subject"]
        asked = {"step": step, "leg": leg, "where": where, "reason": reason}
        return _step(here, subject, asked, key, Printer(as_json=json, ids=ids))


def contact_lost(
    movement: Movement,
    /,
    *,
    words: Annotated[str, Parameter(help="Words that are added to the flash.")] = "",
    party: As = None,
    key: Key = None,
    dir_: Dir = FOLDER,
    json: Json = False,
    ids: Ids = False,
) -> int:
    """Flash to all who hold a movement: contact lost, do not assume. Both telephones must have been tried."""
    with desk(dir_, party) as here:
        subject = _one(here, "movements", movement)["subject"]
        made = here.post(f"movements/{subject}/contact-lost", {"words": words}, key)
    out = Printer(as_json=json, ids=ids)
    out.give(
        made, lambda got: [f"The flash has gone. Statement {bold(got['statement'])}", "Now pause and ask."]
    )
    return 0
