"""Commands for the telephone: a call from the first ring to the end, check codes, scripts, spelling."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Annotated, Any, Literal

from cyclopts import Parameter

from keepclear.cli.client import FOLDER, desk
from keepclear.cli.desks import Desk
from keepclear.cli.lines import open_word
from keepclear.cli.looking import As, At, Dir, Ids, Json
from keepclear.cli.output import Printer, bold, instant, joined, safe
from keepclear.cli.telling import Key, names_of, one_of
from keepclear.errors import Malformed, NotKnown
from keepclear.model.channels import ContactPurpose
from keepclear.model.hotline import Answer
from keepclear.model.words import Precedence
from keepclear.views.spelling import spell as spelled

Item = dict[str, Any]
Event = Literal[
    "answered", "no-answer", "hold", "resume", "passed", "read-back", "acknowledged", "answer", "end"
]
Text = Annotated[str, Parameter(help='The id of the message; "latest" is the newest that this desk sent.')]
Field = Annotated[
    list[str] | None,
    Parameter(negative="", help="What was heard of one part, as field=words; may be given again."),
]


NO_HOTLINE = "none"
_OF_A_TEXT = ("passed", "read-back", "acknowledged", "answer")
_THEIRS = "; of a message that reached this desk: keepclear read-back, acknowledge or answer"


def call(
    to: Annotated[str, Parameter(help="The party at the other end.")],
    /,
    *,
    incoming: Annotated[
        bool,
        Parameter(negative="", show_default=False, help="They call us, and wait until somebody takes it."),
    ] = False,
    channel: Annotated[
        str | None,
        Parameter(
            help='The id or name of the hotline for which it counts; "none" for no hotline. '
            "Left out, it counts for the only one to that party, where there is one alone."
        ),
    ] = None,
    purpose: Annotated[str, one_of(ContactPurpose, "What it is for.")] = ContactPurpose.SAFETY,
    precedence: Annotated[str, one_of(Precedence, "How urgent it is.")] = Precedence.FLASH,
    by_role: Annotated[str, Parameter(help="The office that calls.")] = "duty officer",
    gist: Annotated[str, Parameter(help="In a sentence, what it is about.")] = "",
    party: As = None,
    key: Key = None,
    dir_: Dir = FOLDER,
    json: Json = False,
    ids: Ids = False,
) -> int:
    """Begin a call; what follows is noted with: keepclear in-call."""
    out = Printer(as_json=json, ids=ids)
    with desk(dir_, party) as here:
        named, counts = _counted(here, to, channel)
        body = {
            "with_party": to, "direction": "in" if incoming else "out", "purpose": purpose,
            "precedence": precedence, "caller_role": "" if incoming else by_role, "gist": gist,
            "channel": named,
        }  # fmt: skip
        made = here.post("calls", body, key)
        watch = [] if out.as_json else _watch_there(here, to, body["channel"])
        whom = safe(names_of(here, [to])[0])
    noted = f"Call {bold(made['subject'])} with {whom} noted; reported by {here.party}, as all of it."
    out.give(made, lambda got: [noted, counts, *watch])
    return 0


def _counted(here: Desk, to: str, channel: str | None) -> tuple[str | None, str]:
    """Give the hotline for which a call counts, and say so: the one named, else the only one there is."""
    if channel == NO_HOTLINE:
        return None, "It counts for no hotline, as asked."
    if channel is not None:
        return _hotline(here, channel), safe(f"It counts for the hotline {channel}.")
    joined_ = _hotlines_to(here, to)
    if len(joined_) == 1:
        [only] = joined_
        return str(only["subject"]), safe(f"It counts for the hotline {only['name']}, the only one to {to}.")
    if not joined_:
        return None, safe(f"It counts for no hotline: none to {to} is known here.")
    names = ", ".join(f'"{row["name"]}"' for row in joined_)
    return None, safe(
        f"It counts for NO hotline: {len(joined_)} join this desk with {to}. Name one with --channel: {names}"
    )


def _hotlines_to(here: Desk, party: str) -> list[Item]:
    """Give the hotlines of which this desk and a party are both ends."""
    rows = here.get("hotline-board")["items"]
    return [row for row in rows if {party, here.party} <= {end["party"] for end in row["ends"]}]


def _watch_there(here: Desk, to: str, channel: str | None) -> list[str]:
    """Say who holds the watch at the other end, as far as this desk was told or has noted it."""
    ends = [
        end
        for item in here.get("hotline-board")["items"]
        if channel in (None, item["subject"])
        for end in item["ends"]
        if end["party"] == to
    ]
    if not ends:
        there = names_of(here, [to])[0]
        return [safe(f"Watch of {there}: not known, and no hotline to it: keepclear open-hotline NAME {to}")]
    return [safe(f"Watch of {ends[0]['party_name']}: {ends[0]['watch']['words']}")]


def in_call(
    what: Annotated[Event, Parameter(help="What happened.")],
    message: Annotated[
        str,
        Parameter(
            help='The message it is about; "latest" is the last one passed in this call, '
            "and for: passed, the newest to that party."
        ),
    ] = "latest",
    /,
    *,
    heard: Field = None,
    word: Annotated[str, one_of(Answer, "The answer, for: answer.")] = Answer.CHECKING,
    words: Annotated[str, Parameter(help="The words of the answer, or the gist at the end.")] = "",
    role: Annotated[str, Parameter(help="The office that speaks there.")] = "",
    name: Annotated[str, Parameter(help="The name given; kept beside the log, erasable.")] = "",
    lang: Annotated[str, Parameter(help="The language they speak, two letters.")] = "",
    which: Annotated[str, Parameter(help='The call; "top" is the one that goes on.')] = "top",
    party: As = None,
    key: Key = None,
    dir_: Dir = FOLDER,
    json: Json = False,
    ids: Ids = False,
) -> int:
    """Note what happens on the call that goes on; after a read-back, show it field by field.

    What was heard there of an own message. A message that reached this desk: keepclear read-back, answer.
    """
    out = Printer(as_json=json, ids=ids)
    with desk(dir_, party) as here:
        going = _the_call(here, which)
        subject = going["subject"]
        text = _spoken_of(here, going, what, message) if what in _OF_A_TEXT else ""
        bodies: dict[str, Item] = {
            "answered": {"role": role, "name": name, "language": lang},
            "no-answer": {"answered": False},
            "passed": {"message": text},
            "read-back": {"message": text, "fields": fields_of(heard), "role": role},
            "acknowledged": {"message": text, "role": role},
            "answer": {"message": text, "answer": word, "words": words, "role": role},
            "end": {"gist": words},
        }
        path = "answered" if what == "no-answer" else what
        made = here.post(f"calls/{subject}/{path}", bodies.get(what, {}), key)
        if what != "read-back" or out.as_json:
            then = _other_ways(here, going) if what == "no-answer" and not out.as_json else []
            out.give(made, lambda got: [f"Noted: {safe(what)}. Statement {bold(got['statement'])}", *then])
            return 0
        rows = here.get(f"messages/{text}/read-backs")
        out.give(rows, lambda got: [line for row in got["readers"] for line in repeated(row)])
    return 0


def _other_ways(here: Desk, call: Item) -> list[str]:
    """Say which ways are left to a party that did not answer, and what is raised of it."""
    to = call["with_party"]
    tried = (call["channel"] or {}).get("subject")
    ways = [
        f'keepclear call {to} --channel "{row["name"]}" ({row["level"]}, observed {row["observed"]})'
        for row in _hotlines_to(here, to)
        if row["subject"] != tried
    ]
    again = f"Nobody answered. Again: keepclear call {to}"
    rung = "It stands as an alarm until somebody has spoken with them: keepclear alarms"
    flash = [rung] if call["precedence"] == Precedence.FLASH else []
    return [safe(words) for words in (again, *(f"  or {way}" for way in ways), *flash)]


def calls(
    *, party: As = None, at: At = None, dir_: Dir = FOLDER, json: Json = False, ids: Ids = False
) -> int:
    """Show this desk's calls with their hold clocks, those that go on first."""
    out = Printer(as_json=json, ids=ids)
    with desk(dir_, party) as here:
        out.give(
            here.get("calls", at=at),
            lambda got: [row for item in got["items"] for row in _call(item, got["at"] or got["now"], out)],
        )
    return 0


def code(
    statement: Annotated[str, Parameter(help="The id of a statement that this desk holds.")],
    /,
    *,
    party: As = None,
    dir_: Dir = FOLDER,
    json: Json = False,
) -> int:
    """Give a statement's check code, to be read aloud: both ends hold the same text if it is the same."""
    out = Printer(as_json=json)
    with desk(dir_, party) as here:
        made = here.get(f"messages/{own_message(here, statement)}/script")
        given = {"statement": made["statement"], "digest": made["digest"], **made["code"]}
        out.give(given, lambda got: [f"Check code {bold(got['spoken'])}", f"of hash {safe(got['digest'])}"])
    return 0


def script(
    message: Text = "latest",
    /,
    *,
    lang: Annotated[str | None, Parameter(help="Their language: en, ru or ar.")] = None,
    ours: Annotated[str, Parameter(help="Our language: en, ru or ar.")] = "en",
    party: As = None,
    dir_: Dir = FOLDER,
    json: Json = False,
) -> int:
    """Read out the call script of a message, in our language and in theirs, with the spelling."""
    out = Printer(as_json=json)
    with desk(dir_, party) as here:
        made = here.get(f"messages/{own_message(here, message)}/script", lang=lang, ours=ours)
        out.give(made, _script)
    return 0


def spell(
    text: Annotated[str, Parameter(help="A call sign or a position.")],
    /,
    *,
    lang: Annotated[str, Parameter(help="The language: en, ru or ar.")] = "en",
    json: Json = False,
) -> int:
    """Spell a call sign or a position, sign by sign; needs no node."""
    rows = [{"sign": each.sign, "word": each.word} for each in spelled(text, lang)]
    Printer(as_json=json).give(rows, lambda got: [safe(" ".join(row["word"] for row in got))])
    return 0


def _hotline(here: Desk, name: str) -> str:
    rows = here.get("hotlines")["items"]
    found = [row["subject"] for row in rows if name in (row["subject"], row["name"])]
    if len(found) != 1:
        known = ", ".join(row["name"] for row in rows) or "none yet"
        raise NotKnown(f'the hotline "{name}"', "hotline", known, "channel")
    return str(found[0])


def _the_call(here: Desk, which: str) -> Item:
    items: list[Item] = here.get("calls")["items"]
    going = [item for item in items if item["state"] not in ("ended", "no answer")]
    if which == "top" and not going:
        raise NotKnown("a call that goes on", "call", f"keepclear call PARTY, first{_THEIRS}")
    found = going if which == "top" else [item for item in items if item["subject"] == which]
    if not found:
        raise NotKnown(f"the call {which}", "call", "the id of a call at this desk: keepclear calls --ids")
    return found[0]


def _spoken_of(here: Desk, going: Item, what: str, message: str) -> str:
    """Give the message that a word on a call is about; what is heard is of one that was passed in it."""
    passed = going.get("passed") or ()
    if message == "latest" and what != "passed" and passed:
        return str(passed[-1]["statement"])
    return own_message(here, message, going.get("with_party"))


def own_message(here: Desk, message: str, to: str | None = None) -> str:
    """Give a message's id; "latest" is the last one that this desk sent, to a party where one is meant.

    Raises:
        NotKnown: it has sent none.
    """
    if message != "latest":
        return message
    sent = [item for item in here.get("messages")["items"] if item["direction"] == "out"]
    theirs = [item for item in sent if to is None or to in item["to"]]
    if not theirs:
        whom = "" if to is None else f" to {to}"
        passes = f"keepclear message {to or 'PARTY'} WORDS, first{_THEIRS}"
        raise NotKnown(f"a message that this desk sent{whom}", "own-text", passes)
    return str(theirs[-1]["statement"])


def fields_of(heard: list[str] | None) -> dict[str, str]:
    """Give what was typed as heard, by field.

    Raises:
        Malformed: something typed is not field=words.
    """
    fields: dict[str, str] = {}
    for each in heard or []:
        field, mark, words = each.partition("=")
        if not mark:
            raise Malformed(f'"{each}"', "read-back-field", 'field=words, as in "bank=east"', "heard")
        fields[field.strip()] = words.strip()
    return fields


def _call(item: Item, now: str, out: Printer) -> Iterator[str]:
    way = "from" if item["direction"] == "in" else "to"
    yield bold(f"{item['precedence'].upper()} call {way} {item['with_name']}: {item['state']}") + out.tag(
        item
    )
    times = (("began", "started"), ("answered", "answered_at"), ("ended", "ended"))
    yield "  " + safe(joined(*(f"{word} {item[name]['words']}" for word, name in times if item[name])))
    hold = f"on hold {item['hold_s']} s" if item["hold_s"] or item["waiting_since"] else ""
    who = f"answered by {item['answerer_role']}" if item["answerer_role"] else ""
    signed = f"signed also by {item['countersigned']}" if item["countersigned"] else ""
    yield f"  {safe(joined(who, hold, item['gist'], signed, item['reported']))}"
    for passed in item["passed"]:
        confirmed = "read-back confirmed" if passed["confirmed"] else ""
        answers = f"answered: {', '.join(passed['answers'])}" if passed["answers"] else ""
        head = f"passed: {passed['title']['name']}, code {passed['code']['spoken']}"
        yield f"  {safe(joined(head, confirmed, answers))}"
        read = passed["repeated"]
        if read["open"]:
            yield f"  [bold]{open_word(read)}: {safe(', '.join(read['open']))}[/bold]"
    if item["hold_due"]:
        over = datetime.fromisoformat(item["hold_due"]) <= datetime.fromisoformat(now)
        asked = "has been asked to take it since" if over else "is asked to take it at"
        yield f"  any officer {asked} {instant(item['hold_due'])}"


def repeated(row: Item) -> Iterator[str]:
    """Give rows for what was read back, field by field, and what is open."""
    for field in row["fields"]:
        head = f"{field['field']}: {field['outcome']}"
        said = f"said “{field['said']}”" if field["outcome"] not in ("same", "not in the text") else ""
        yield safe(joined(head, said, f"heard “{field['heard']}”" if field["heard"] else "", field["words"]))
    unread = sum(field["outcome"] == "not read back" for field in row["fields"])
    missing = f"{unread} not read back" if unread else ""
    if row["open"]:
        yield bold(joined(f"OPEN: {', '.join(row['open'])}", missing))
    elif row["fields"]:
        yield bold(missing) if missing else safe("Nothing differs.")
    else:
        yield safe("It has no fields to compare; its words are yours to judge.")


def _script(got: Item) -> Iterator[str]:
    yield bold(f"{got['precedence'].upper()} to {', '.join(got['to'])}: check code {got['code']['spoken']}")
    if got["reviewed"]:
        yield safe(f"{got['theirs']}: {got['reviewed']}")
    for name in ("opening", "wording"):
        yield from _both(got[name])
    for line in got["lines"]:
        yield bold(f"{line['field']}")
        yield from _both(
            {side: f"{line['label'][side]}: {line['value'][side]}" for side in ("ours", "theirs")}
        )
        yield from _both(line["spelled"])
    for name in ("code_words", "read_back", "who"):
        yield from _both(got[name])
    for choice in got["answers"]:
        yield from _both(choice["said"])
    yield from _both(got["closing"])


def _both(phrase: Item) -> Iterator[str]:
    for words in dict.fromkeys((phrase["ours"], phrase["theirs"])):
        if words:
            yield f"  {safe(words)}"
