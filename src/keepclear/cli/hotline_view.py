"""What the desk in a terminal shows: plain rows of signs, worked out of the desk's own views and the time.

Pure, so that every row can be tried without a terminal. Nothing is said by colour or place alone, and no row
is wider than the terminal, in whatever script its words are.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Any

from msgspec import Struct
from msgspec.structs import replace
from rich.cells import cell_len, set_cell_size

from keepclear.model.words import Precedence
from keepclear.views.signs import shielded

Item = dict[str, Any]
ALARMS, THREADS = "alarms", "threads"
KEYS = "j k next, previous  Tab alarms/threads  Enter open  a acknowledge  ? all keys"
HELP = (
    "j, k or arrows    next, previous",
    "Tab or h          from alarms to threads and back",
    "Enter             open, and back",
    "a                 acknowledge an alarm or a message (asks first)",
    "w                 answer a message",
    "b                 read a message back, part by part",
    "m                 pass a message",
    "c                 take a call: the one on hold that is chosen, or a new one",
    "                  on a call, a w b note what is said of an own message",
    "e                 end the call",
    "s                 send again what was not sent, under the same key",
    "Esc               cancel; nothing that was sent is ever taken back",
    "?                 these keys",
    "q                 leave; the node goes on",
)


class Desk(Struct, frozen=True):
    """What has come from the node: alarms, threads, hotlines; when, and whether it answers now.

    `calls` is None on a node that keeps no calls apart from other contacts.
    """

    name: str = ""
    cap: str = ""
    role: str = ""
    alarms: tuple[Item, ...] = ()
    bundled: tuple[Item, ...] = ()
    threads: tuple[Item, ...] = ()
    hotlines: tuple[Item, ...] = ()
    ways: tuple[Item, ...] = ()
    calls: tuple[Item, ...] | None = None
    since: datetime | None = None
    silent: bool = False


class Asked(Struct, frozen=True):
    """What the desk asks its officer for: a question, what may be chosen, what was typed so far."""

    question: str
    choices: tuple[str, ...] = ()
    typed: str = ""


class Sight(Struct, frozen=True):
    """Where the officer is: which list, which row, what is open, what is asked, what was said last."""

    pane: str = ALARMS
    rows: tuple[int, int] = (0, 0)
    opened: bool = False
    help: bool = False
    asked: Asked | None = None
    notice: str = ""


def chosen(desk: Desk, sight: Sight) -> Item | None:
    """Give the alarm or thread that the officer is at."""
    items = desk.alarms if sight.pane == ALARMS else desk.threads
    row = sight.rows[sight.pane == THREADS]
    return items[row] if row < len(items) else None


def by_urgency(messages: Iterable[Item]) -> tuple[Item, ...]:
    """Put what this desk still owes a word on first: flash before the rest, then what is due soonest.

    What is owed to nobody here follows, the newest first; what has just come hides no flash.
    """
    newest = list(messages)[::-1]
    owed = [item for item in newest if item["direction"] == "in" and _owed(item)]
    owed.sort(key=lambda item: (_URGENT_FIRST.index(item["precedence"]), item["acknowledge_due"] or ""))
    first = {item["statement"] for item in owed}
    return (*owed, *(item for item in newest if item["statement"] not in first))


def followed(sight: Sight, was: Desk, now: Desk) -> Sight:
    """Keep the officer at the alarm and the thread where he was, whatever has come above them meanwhile."""
    rows = [
        _place(sight.rows[0], was.alarms, now.alarms),
        _place(sight.rows[1], was.threads, now.threads),
    ]
    return replace(sight, rows=(rows[0], rows[1]))


def _place(row: int, was: tuple[Item, ...], now: tuple[Item, ...]) -> int:
    subject = was[row]["subject"] if row < len(was) else None
    places = [place for place, item in enumerate(now) if item["subject"] == subject]
    return places[0] if places else max(0, min(row, len(now) - 1))


def span(from_: datetime, to: datetime) -> str:
    """Give a time between two instants as minutes and seconds, or hours and minutes."""
    seconds = int(abs((to - from_).total_seconds()))
    return (
        f"{seconds // 60}:{seconds % 60:02d}"
        if seconds < 3_600
        else f"{seconds // 3_600} h {seconds % 3_600 // 60:02d}"
    )


def at(value: str) -> datetime:
    """Read an instant of JSON."""
    return datetime.fromisoformat(value).astimezone(UTC)


def screen(desk: Desk, sight: Sight, now: datetime, width: int, height: int) -> list[str]:
    """Give the rows of the screen, as many as it is high, none wider than it is.

    Args:
        desk: what has come from the node.
        sight: where the officer is.
        now: the time of day, for the timers.
        width: the columns of the terminal.
        height: its rows.
    """
    foot = _foot(sight, width)
    body_height = height - 1 - len(foot)
    item = chosen(desk, sight)
    if sight.help:
        body = list(HELP)
    elif sight.opened and item is not None:
        body = [row for words in _opened(item, sight.pane, now) for row in wrapped(words, width)]
    else:
        body = _lists(desk, sight, now, width, body_height)
    body = body[:body_height] + [""] * (body_height - len(body))
    return [fit(row, width) for row in (_head(desk, now), *body, *foot)]


def fit(words: str, width: int) -> str:
    """Cut or fill words to so many columns, as wide signs and marks without width count."""
    plain = shielded(words)
    return plain if cell_len(plain) <= width else set_cell_size(plain, width - 1) + "…"


def wrapped(words: str, width: int) -> list[str]:
    """Break words into rows; what follows the first is indented as the first is."""
    indent = " " * (len(words) - len(words.lstrip()))
    rows, row = [], indent
    for word in shielded(words).split():
        if row.strip() and cell_len(row) + 1 + cell_len(word) > width:
            rows.append(row)
            row = indent + "  "
        row = f"{row} {word}" if row.strip() else row + word
    return [*rows, row]


def _head(desk: Desk, now: datetime) -> str:
    cap = "" if desk.cap == "Actual" else f"*{desk.cap.upper()}* "
    state = "connected"
    if desk.silent:
        state = "NO ANSWER FROM THE NODE" + ("" if desk.since is None else f" for {span(desk.since, now)}")
    failing = [way["name"] for way in desk.ways if way["failures"]]
    ways = f"  FAILING: {', '.join(failing)}" if failing else ""
    return f"{cap}{desk.name}, {desk.role}  {now:%H:%M:%S}Z  {state}{ways}"


def _foot(sight: Sight, width: int) -> list[str]:
    if sight.asked is None:
        return [sight.notice, KEYS]
    choices = [f"  {number} {choice}" for number, choice in enumerate(sight.asked.choices, 1)]
    prompt = f"{sight.asked.question}: {sight.asked.typed}_"
    return [*choices, *wrapped(prompt, width), "Enter goes on, Esc cancels"]


def _lists(desk: Desk, sight: Sight, now: datetime, width: int, height: int) -> list[str]:
    waiting = sum("unacknowledged" in item["state"] for item in desk.alarms)
    more = sum(bundle["count"] for bundle in desk.bundled)
    bundled = f", {more} more in bundles" if more else ""
    alarms = [f"ALARMS: {len(desk.alarms)}, {waiting} not acknowledged{bundled}"]
    calls = [_call_row(call, now) for call in desk.calls or ()]
    overdue = sum(bool(item["overdue"]) for item in desk.threads)
    threads = [f"THREADS: {len(desk.threads)}, {overdue} overdue"]
    room = height - len(alarms) - len(threads) - len(calls)
    for_alarms = min(max(1, len(desk.alarms)), max(3, room // 2))
    alarms += _part(desk.alarms, sight, ALARMS, for_alarms, lambda item: alarm_row(item, now, width - 2))
    threads += _part(
        desk.threads, sight, THREADS, room - for_alarms, lambda item: thread_row(item, now, width - 2)
    )
    return [*alarms, *calls, *threads]


def _part(items: tuple[Item, ...], sight: Sight, pane: str, room: int, row: Any) -> Iterator[str]:  # noqa: ANN401
    if not items:
        yield "  none"
        return
    place = sight.rows[pane == THREADS]
    first = max(0, min(place - room + 1, len(items) - room)) if len(items) > room else 0
    for number in range(first, min(len(items), first + room)):
        mark = ">" if number == place and sight.pane == pane else " "
        yield f"{mark} {row(items[number])}"


def _call_row(call: Item, now: datetime) -> str:
    """Give a call that goes on as one row; what waits shows for how long."""
    waits = call.get("waiting_since")
    held = f", {span(at(waits), now)}" if waits else ""
    return f"   ON CALL with {call['with_name']}: {call['state']}{held}"


def alarm_row(item: Item, now: datetime, width: int) -> str:
    """Give an alarm as one row: urgency, state, title, and what comes next by itself."""
    state = "!" if "unacknowledged" in item["state"] else " "
    coming = ""
    if item["next_due"]:
        due = at(item["next_due"])
        coming = f"{_brief(item['next_words'])} {'in ' if due > now else 'now, '}{span(now, due)}"
    return _both(f"{state}{item['precedence'].upper():<8} {item['title']}", coming, width)


def _brief(words: str) -> str:
    return words.removeprefix("it climbs to ").removeprefix("it comes again for ").partition(",")[0]


def thread_row(item: Item, now: datetime, width: int) -> str:
    """Give a message or warning as one row: which way, urgency, with whom, its words, its timer."""
    way = {"in": "<-", "out": "->"}.get(item["direction"], "..")
    whom = item["said"]["author_name"] if item["direction"] == "in" else ", ".join(item["to_names"])
    words = item["texts"][0]["words"] if item["texts"] else ""
    return _both(f"{way} {item['precedence'].upper():<8} {whom}: {words}", _timer(item, now), width)


def _timer(item: Item, now: datetime) -> str:
    if item["overdue"]:
        return f"OVERDUE {span(at(item['acknowledge_due']), now)}"
    reached = {ladder["reached"] for ladder in item["ladders"]}
    if not item["acknowledge_due"] or not _owed(item):
        return ", ".join(sorted(reached)) or "reported"
    return f"due in {span(now, at(item['acknowledge_due']))}"


def _owed(item: Item) -> bool:
    """Tell whether somebody still has to acknowledge or answer by its own word."""
    answered = {answer["said"]["author"] for answer in item["answers"] if answer["own"]}
    return any(
        ladder["reader"] not in answered
        and not any(step["rung"] in RECEIVED and step["how"] == "own" for step in ladder["steps"])
        for ladder in item["ladders"]
    )


_URGENT_FIRST = tuple(word.value for word in (Precedence.FLASH, Precedence.PRIORITY, Precedence.ROUTINE))
RECEIVED = ("acknowledged", "read back", "relayed", "briefed")


def _both(left: str, right: str, width: int) -> str:
    room = width - cell_len(right) - 1
    return f"{set_cell_size(shielded(left), max(0, room))} {right}" if right else left


def _opened(item: Item, pane: str, now: datetime) -> Iterator[str]:
    yield from _opened_alarm(item, now) if pane == ALARMS else _opened_thread(item, now)


def _opened_alarm(item: Item, now: datetime) -> Iterator[str]:
    yield f"{item['precedence'].upper()} {item['title']}"
    yield f"{item['state']}; raised {_clock(item['raised_at'])}"
    yield from (item["words"],) if item["words"] else ()
    yield from (f"  {asked}" for asked in item["asks"])
    if item["next_due"]:
        yield f"next: {item['next_words']}, {_clock(item['next_due'])} ({span(now, at(item['next_due']))})"
    for step in item["steps"][-8:]:
        yield f"  {_clock(step['at'])} {step['step']} {step['words']} {step['by_role']}"


def _opened_thread(item: Item, now: datetime) -> Iterator[str]:
    whom = ", ".join(item["to_names"])
    yield f"{item['precedence'].upper()} {item['kind']} from {item['said']['author_name']} to {whom}"
    yield f"{item['purpose']}; {_clock(item['said']['stated_at'])}; {_timer(item, now)}"
    for text in item["texts"]:
        translated = " (translation)" if text.get("translation") else ""
        yield f"  {text.get('lang', 'en')}: {text['words']}{translated}"
    if item.get("code"):
        yield f"check code {item['code']}"
    for part in item.get("parts") or ():
        yield f"  {part['field']}: {part['said']}"
    for name, ladder in zip(item["to_names"], item["ladders"], strict=False):
        steps = ", ".join(_step(step) for step in ladder["steps"])
        yield f"{name}: {steps or ladder['reached']}"
    for read in item["read_backs"]:
        fields = "; ".join(f"{field}: {heard}" for field, heard in read["fields"].items())
        yield f"read back by {read['by']}: {fields}"
    for answer in item["answers"]:
        report = "" if answer["own"] else f", as reported by {answer['said']['author_name']}"
        yield f"answer of {answer['by']}: {answer['answer']} {answer['words']}{report}"
    if item["asks"]:
        yield f"asks for one of: {', '.join(item['asks'])}"


def _step(step: Item) -> str:
    cell = f" to {step['cell']}" if step.get("cell") else ""
    return f"{step['rung']}{cell} {_clock(step['at'])} ({step['how']})"


def _clock(value: str) -> str:
    return f"{at(value):%d %b %H:%M:%S}Z"
