"""What a key does at the desk in a terminal: moves, asks, and in the end an act for the node.

Pure: a key makes of one state the next. Every act has its idempotency key from the moment in which it is
decided, so that what was cut off is sent again as the same act.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from keepclear.cli.hotline_view import ALARMS, THREADS, Asked, Desk, Item, Sight, chosen
from keepclear.model.hotline import Answer
from keepclear.model.words import Precedence
from keepclear.rules.alarming import ON_HOLD

ENTER, ESCAPE, BACKSPACE, TAB, UP, DOWN = "\r", "\x1b", "\x7f", "\t", "up", "down"
TAKEN = "Taken. Safety message? Pass it now."
PARTS = ("place", "time", "number")
"""What is read back of a message that has no parts of its own."""


class Act(Struct, frozen=True):
    """One request to the node, and what the officer is told of it when it is done."""

    path: str
    body: Item
    done: str
    restates: str = ""
    """A statement whose body is restated with what `body` changes in it."""
    then: tuple[str, Item] | None = None
    """Another request once this one is done; $subject and $statement in it are those that this one made."""


class Form(Struct, frozen=True):
    """What is being asked for, question by question, and what becomes of the answers."""

    questions: tuple[Asked, ...]
    makes: Callable[[tuple[str, ...]], Act | None]
    answers: tuple[str, ...] = ()


class State(Struct, frozen=True):
    """The officer's state: where he is, and which form is open."""

    sight: Sight = Sight()
    form: Form | None = None
    left: bool = False


def press(state: State, desk: Desk, key: str) -> tuple[State, Act | None]:
    """Give what a key makes of a state, and the act that it completes, if it does."""
    if state.form is not None:
        return _typed(state, key)
    return _moved(state, desk, key), None


def _moved(state: State, desk: Desk, key: str) -> State:
    sight = replace(state.sight, notice="", help=False)
    match key:
        case "q":
            return replace(state, left=True)
        case "j" | "k" | "up" | "down":
            return replace(state, sight=_by(sight, desk, 1 if key in ("j", DOWN) else -1))
        case "\t" | "h":
            pane = THREADS if sight.pane == ALARMS else ALARMS
            return replace(state, sight=replace(sight, pane=pane, opened=False))
        case "\r":
            return replace(state, sight=replace(sight, opened=not sight.opened))
        case "\x1b":
            return replace(state, sight=replace(sight, opened=False))
        case "?":
            return replace(state, sight=replace(sight, help=not state.sight.help))
    form = _form(sight, desk, key)
    if isinstance(form, Form):
        return State(replace(sight, asked=form.questions[0]), form)
    return replace(state, sight=replace(sight, notice=form))


def _by(sight: Sight, desk: Desk, step: int) -> Sight:
    place = sight.pane == THREADS
    count = len(desk.threads if place else desk.alarms)
    row = max(0, min(count - 1, sight.rows[place] + step))
    return replace(sight, rows=(sight.rows[0], row) if place else (row, sight.rows[1]))


def _form(sight: Sight, desk: Desk, key: str) -> Form | str:
    item = chosen(desk, sight)
    match key:
        case "m":
            return _message(desk)
        case "c" if item is not None and sight.pane == ALARMS and item["rule"] == ON_HOLD:
            return _take(item, desk)
        case "c":
            return _call(desk)
        case "e":
            return _end(desk)
        case "a" | "w" | "b" if item is None:
            return "Nothing is chosen."
        case "a" if item is not None and sight.pane == ALARMS:
            return _acknowledge_alarm(item)
        case "a" | "w" | "b" if item is not None and sight.pane == THREADS and item["direction"] == "in":
            return {"a": _acknowledge, "w": _answer, "b": _read_back}[key](item, desk.role)
        case "a" | "w" | "b" if item is not None and sight.pane == THREADS and _heard_on(desk, item):
            return _heard(key, item, desk)
        case "a" | "w" | "b":
            return "That is for messages that came in: Tab to the threads, and choose one marked <-."
        case _:
            return "? lists the keys."


def _typed(state: State, key: str) -> tuple[State, Act | None]:
    form, sight = state.form, state.sight
    assert form is not None  # noqa: S101 - narrows the type; `press` looked
    asked = form.questions[len(form.answers)]
    typed = sight.asked.typed if sight.asked is not None else ""
    if key == ESCAPE:
        return State(replace(sight, asked=None, notice="Cancelled; nothing was sent.")), None
    if key == BACKSPACE:
        return replace(state, sight=replace(sight, asked=replace(asked, typed=typed[:-1]))), None
    if key != ENTER:
        more = typed + key if len(key) == 1 and key.isprintable() else typed
        return replace(state, sight=replace(sight, asked=replace(asked, typed=more))), None
    answer = _given(asked, typed)
    if answer is None:
        return replace(state, sight=replace(sight, asked=replace(asked, typed=""))), None
    answers = (*form.answers, answer)
    if len(answers) < len(form.questions):
        following = form.questions[len(answers)]
        return State(replace(sight, asked=following), replace(form, answers=answers)), None
    act = form.makes(answers)
    notice = "Sending …" if act is not None else "Nothing was sent."
    return State(replace(sight, asked=None, notice=notice)), act


def _given(asked: Asked, typed: str) -> str | None:
    """Give an answer to a question: a choice by its number, or the words; None where it is neither."""
    if not asked.choices:
        return typed.strip()
    if typed.isdecimal() and 1 <= int(typed) <= len(asked.choices):
        return asked.choices[int(typed) - 1]
    return None


def _acknowledge_alarm(item: Item) -> Form:
    path = f"alarms/{item['subject']}/acknowledge"
    act = Act(path, {}, f"Acknowledged, silent at every station: {item['title']}")
    return Form((Asked(f'Acknowledge "{item["title"]}"? y'),), _if_yes(act))


def _acknowledge(item: Item, role: str) -> Form:
    body = {"kind": "rung", "of": item["statement"], "reader": None, "rung": "acknowledged", "role": role}
    act = Act("statements", _to_author(item, body), "Acknowledged.")
    return Form((Asked(f"Acknowledge what {item['said']['author_name']} told? y"),), _if_yes(act))


def _if_yes(act: Act) -> Callable[[tuple[str, ...]], Act | None]:
    return lambda answers: act if answers[0].lower() in ("y", "yes") else None


def _answer(item: Item, role: str) -> Form:
    choices = tuple(item["asks"]) or tuple(word.value for word in Answer)

    def made(answers: tuple[str, ...]) -> Act:
        body = {"kind": "answer", "answer": answers[0], "words": answers[1]}
        return Act("statements", {**_to_author(item, body), "answers": [item["statement"]]}, "Answered.")

    return Form((Asked("Answer", choices), Asked("In words, or nothing")), made)


def _read_back(item: Item, role: str) -> Form:
    fields = tuple(part["field"] for part in item.get("parts") or ()) or PARTS

    def made(answers: tuple[str, ...]) -> Act | None:
        heard = {field: answer for field, answer in zip(fields, answers, strict=True) if answer}
        body = {"kind": "read-back", "of": item["statement"], "fields": heard, "role": role}
        return Act("statements", _to_author(item, body), "Read back; the sender confirms.") if heard else None

    return Form(tuple(Asked(f"Read back, {field}") for field in fields), made)


def _call_with(desk: Desk, party: str) -> Item | None:
    """Give the call that is going on with a party."""
    return next((call for call in desk.calls or () if call["with_party"] == party), None)


def _heard_on(desk: Desk, item: Item) -> Item | None:
    """Give the call on which an own message was passed, or can be."""
    found = [_call_with(desk, party) for party in item["to"]] if item["direction"] == "out" else []
    return next((call for call in found if call is not None), None)


def _heard(key: str, item: Item, desk: Desk) -> Form:
    """Note what the other end said of an own message on the telephone: as reported by this desk."""
    call = _heard_on(desk, item)
    assert call is not None  # noqa: S101 - narrows the type; `_form` looked
    path, who = f"calls/{call['subject']}", call["with_name"]
    message = {"message": item["statement"]}
    if key == "a":
        act = Act(f"{path}/acknowledged", message, f"Noted: {who} acknowledged, as reported by this desk.")
        return Form((Asked(f"Did {who} acknowledge on the telephone? y"),), _if_yes(act))
    if key == "w":
        choices = tuple(item["asks"]) or tuple(word.value for word in Answer)
        return Form(
            (Asked(f"{who} answers", choices), Asked("In words, or nothing")),
            lambda said: Act(f"{path}/answer", {**message, "answer": said[0], "words": said[1]}, "Noted."),
        )
    fields = tuple(part["field"] for part in item.get("parts") or ()) or PARTS

    def made(answers: tuple[str, ...]) -> Act | None:
        heard = {field: answer for field, answer in zip(fields, answers, strict=True) if answer}
        done = "Noted; what differs is an alarm."
        return Act(f"{path}/read-back", {**message, "fields": heard}, done) if heard else None

    return Form(tuple(Asked(f"{who} reads back, {field}") for field in fields), made)


def _to_author(item: Item, body: Item) -> Item:
    return {"body": body, "readers": [item["said"]["author"]]}


def _others(desk: Desk) -> dict[str, str]:
    """Give the parties at the other ends of the hotlines, by name."""
    ends = [end for hotline in desk.hotlines for end in hotline["ends"]]
    seen = {end["party_name"]: end["party"] for end in ends if end["party_name"] != desk.name}
    for item in desk.threads:
        if item["direction"] == "in":
            seen.setdefault(item["said"]["author_name"], item["said"]["author"])
        elif item["direction"] == "out":
            seen.update(zip(item["to_names"], item["to"], strict=False))
    return seen


def _message(desk: Desk) -> Form | str:
    others = _others(desk)
    if not others:
        return "No other party is known by a hotline or a message: keepclear message does it."

    def made(answers: tuple[str, ...]) -> Act | None:
        to, precedence, words = others[answers[0]], answers[1], answers[2]
        body = {"kind": "message", "to": [to], "purpose": "safety", "precedence": precedence,
                "texts": [{"words": words}]}  # fmt: skip
        call = _call_with(desk, to)
        then = None if call is None else (f"calls/{call['subject']}/passed", {"message": "$statement"})
        act = Act("statements", {"body": body, "readers": [to]}, f"Told {answers[0]}.", then=then)
        return act if words else None

    urgency = tuple(word.value for word in reversed(Precedence))
    return Form((Asked("To", tuple(others)), Asked("How urgent", urgency), Asked("Words")), made)


def _take(item: Item, desk: Desk) -> Form:
    """Take a call that is on hold: any officer does."""
    subject = item["matter"]["subject"]
    if desk.calls is None:
        taken = {"answered": True, "answerer_role": desk.role}
        act = Act(
            "statements", {"body": taken, "readers": [], "subject": subject}, TAKEN, item["grounds"][-1]
        )
    else:
        act = Act(f"calls/{subject}/answered", {"role": desk.role}, TAKEN)
    return Form((Asked(f'Take "{item["title"]}"? y'),), _if_yes(act))


def _end(desk: Desk) -> Form | str:
    if not desk.calls:
        return "No call is going on."
    call = desk.calls[0]

    def made(answers: tuple[str, ...]) -> Act:
        return Act(
            f"calls/{call['subject']}/end", {"gist": answers[0]} if answers[0] else {}, "The call is over."
        )

    return Form((Asked(f"The call with {call['with_name']} ends. What was said, or nothing"),), made)


def _call(desk: Desk) -> Form | str:
    others = _others(desk)
    if not others:
        return "No other party is known by a hotline or a message: keepclear state does it."

    def made(answers: tuple[str, ...]) -> Act | None:
        who, caller, gist = answers
        if desk.calls is not None:
            call = {"with_party": others[who], "direction": "in", "caller_role": caller, "gist": gist}
            return Act("calls", call, TAKEN, then=("calls/$subject/answered", {"role": desk.role}))
        body: Item = {"kind": "contact", "with_party": others[who], "direction": "in", "purpose": "safety",
                      "gist": gist, "answered": True, "caller_role": caller, "answerer_role": desk.role,
                      "precedence": "flash"}  # fmt: skip
        return (
            Act("statements", {"body": body, "readers": []}, "Noted, as reported by this desk.")
            if gist
            else None
        )

    ask = Asked("Safety message? Pass it now. What was said")
    return Form(
        (Asked("Who calls", tuple(others)), Asked("Their name is not noted; their office"), ask), made
    )


def follow(act: Act, made: Item) -> Act | None:
    """Give the request that follows another, with what that one made filled in."""
    if act.then is None:
        return None
    path, body = act.then
    names = {"$subject": made["subject"], "$statement": made["statement"]}
    whole = {field: names.get(str(value), value) for field, value in body.items()}
    return Act(path.replace("$subject", made["subject"]), whole, act.done)


def complete(act: Act, party: str, digest: str, now: str) -> Act:
    """Fill in what only the moment of sending knows: the desk, the hash of the text, the time."""
    body: dict[str, Any] = dict(act.body.get("body") or {})
    if body.get("kind") == "rung":
        body.update(reader=party, text_hash=digest)
    if body.get("kind") == "contact" and "started" not in body:
        body["started"] = {"at": now}
    return replace(act, body={**act.body, "body": body}) if body else act
