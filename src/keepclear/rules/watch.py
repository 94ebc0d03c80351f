"""What a watch hands over, what a morning call goes through, what a daily report says: drafts of the record.

Pure folds: the same record and time give the same draft, to the byte.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from msgspec import Struct

from keepclear.model.handover import OpenItem
from keepclear.model.notices import NoticeStated
from keepclear.model.words import CapStatus, PartyId, Precedence, StatementId
from keepclear.record.canonical import canonical, sha256
from keepclear.rules.alarming import ACKNOWLEDGE, NOT_RECEIVED, family
from keepclear.rules.escalation import SITE_IN_DANGER, due, next_words
from keepclear.rules.expected_again import expected_again
from keepclear.rules.missed_calls import NOT_ANSWERED, NOT_TAKEN
from keepclear.times import text, to_the_second
from keepclear.views.activity import buildups, notices, observations
from keepclear.views.alarms import State, alarms, title_now
from keepclear.views.answerers import reported
from keepclear.views.attribution import party_name
from keepclear.views.calls import calls
from keepclear.views.dangers import dangers
from keepclear.views.desk import PURPOSE_BANNER
from keepclear.views.duty import on_call
from keepclear.views.from_live import NOTHING, FromLive
from keepclear.views.hotlines import hotlines
from keepclear.views.measures import MeasureView, measures
from keepclear.views.moot import moot_since
from keepclear.views.picture import Picture
from keepclear.views.sides import INSIDE
from keepclear.views.signs import shielded
from keepclear.views.threads import MessageView, acknowledged, messages, owes
from keepclear.views.told import Outbox
from keepclear.views.verifying import standing, verification_words
from keepclear.views.wording import shortened

MAX_ITEMS = 119
DAY = timedelta(days=1)
_END_IT = 'or, where that cannot be, a person ends the alarm: keepclear alarm end {it} --reason "why"'
_SPEAK = f"somebody speaks with them in a call, whoever calls: keepclear call, in-call answered; {_END_IT}"
_WORD = (
    "what reached this desk is answered: keepclear acknowledge or answer; what it sent is acknowledged by "
    "its readers, for one that is reached by voice as noted in the call: keepclear in-call acknowledged; "
    "or it is taken back: keepclear withdraw"
)
_ENDS = {
    ACKNOWLEDGE: _WORD,
    NOT_RECEIVED: _WORD,
    NOT_TAKEN: _SPEAK,
    NOT_ANSWERED: _SPEAK,
    SITE_IN_DANGER: "a person of everybody called answers, or the call is withdrawn once it is over: "
    'keepclear withdraw {matter} --reason "over"',
}
_ENDS_ANOTHER = f"what the alarm asks for is done; {_END_IT}"


class Section(Struct, frozen=True):
    """One part of a draft; an empty one says so."""

    heading: str
    rows: tuple[str, ...]


class Draft(Struct, frozen=True):
    """A page drafted from the record: whose, until when, since when, under which CAP status."""

    title: str
    party: PartyId
    name: str
    now: datetime
    since: datetime
    cap: CapStatus
    banner: str
    sections: tuple[Section, ...]


def open_items(
    picture: Picture, box: Outbox, now: datetime, live: FromLive = NOTHING
) -> tuple[OpenItem, ...]:
    """List what is open at a desk, flash first; beyond 119 the rest is counted by its kind."""
    found = [OpenItem(what, words[:200]) for what, words in _open(picture, box, now, live)]
    if len(found) > MAX_ITEMS:
        rest = Counter(item.what for item in found[MAX_ITEMS:])
        more = ", ".join(f"{count} {what}" for what, count in sorted(rest.items()))
        found = [*found[:MAX_ITEMS], OpenItem("more", f"and {more}"[:200])]
    return tuple(found)


def items_hash(items: Sequence[OpenItem]) -> str:
    """Give the SHA-256 of the canonical form of open items, in hex."""
    return sha256(canonical(list(items)))


def open_flash(picture: Picture, box: Outbox, now: datetime) -> tuple[str, ...]:
    """Name what is flash and open: while one is, nobody hands over (PRA-24)."""
    raised = [
        f"alarm: {each.body.title}"
        for each in alarms(picture)
        if each.is_open and each.precedence == Precedence.FLASH and each.state != State.RETURNED
    ]
    flash = {row.statement: row for row in messages(picture, box, now) if row.precedence == Precedence.FLASH}
    waiting = [
        f"message: {row.texts[0].words[:80]}"
        for row in flash.values()
        if _waits(picture, row) and not _is_replaced(row, flash)
    ]
    return (*raised, *waiting)


def flash_passes(picture: Picture, box: Outbox, now: datetime) -> str:
    """Say what would end each flash that bars a handover, with its command; the same words once."""
    found = [
        _ENDS.get(family(each.body.rule), _ENDS_ANOTHER).format(it=each.subject, matter=each.body.matter)
        for each in alarms(picture)
        if each.is_open and each.precedence == Precedence.FLASH and each.state != State.RETURNED
    ]
    waits = any(words.startswith("message: ") for words in open_flash(picture, box, now))
    return "; ".join(dict.fromkeys([*found, *([_WORD] if waits else [])]))


def _is_replaced(row: MessageView, flash: Mapping[str, MessageView]) -> bool:
    """Tell whether a flash has been corrected by a flash to the same readers, which then waits in its place.

    What corrects it as less urgent, or to fewer, takes nothing off the watch.
    """
    newer = flash.get(row.corrected_by)
    return newer is not None and set(row.to) <= set(newer.to)


def _waits(picture: Picture, row: MessageView) -> bool:
    """Tell whether a message still waits for a word: of its addressees, or of this desk.

    An addressee without a node gives its word by telephone; what this desk reports of it ends the wait.
    """
    if row.direction == "reported":
        return False
    answered = {answer.said.author for answer in row.answers if answer.own}
    entry = picture.entry(StatementId(row.statement))
    if entry is None or moot_since(picture, entry) is not None:
        return False
    if row.direction == "in":
        return picture.party not in answered and not any(acknowledged(ladder) for ladder in row.ladders)
    return any(owes(picture, entry, ladder, answered) for ladder in row.ladders)


def _open(picture: Picture, box: Outbox, now: datetime, live: FromLive) -> Iterator[tuple[str, str]]:
    for words in open_flash(picture, box, now):
        yield "open flash", words
    for words in _in_danger(picture):
        yield "site in danger", words
    for row in messages(picture, box, now):
        if _waits(picture, row) and row.precedence != Precedence.FLASH:
            late = ", overdue" if row.overdue else ""
            way = f"from {row.said.author_name}" if row.direction == "in" else f"to {', '.join(row.to_names)}"
            yield "not acknowledged", f"{row.precedence} {row.kind} {way}{late}: {row.texts[0].words}"
    yield from _running(picture)
    yield from _standing(picture, now, live)
    yield from _gap(picture, now)


def _in_danger(picture: Picture) -> Iterator[str]:
    """Read out the calls for sites in danger that stand, answered or not: an answer ends no danger."""
    for call in dangers(picture):
        site = call.site.name if call.site is not None else shortened(call.words)
        whose = "called by this desk" if call.own else f"called by {call.said.author_name}"
        answers = (
            f"no answer from {', '.join(call.waiting)}" if call.waiting else "everybody called has answered"
        )
        if not call.own:
            answers = "not answered here" if call.waiting else "answered here"
        yield f"{site}: {whose} {to_the_second(call.said.stated_at)}, stands; {answers}"


def _reported_alone(picture: Picture, rows: Sequence[MessageView], since: datetime) -> Iterator[str]:
    """Name what an addressee acknowledged or answered by this desk's report alone, never by its own word."""
    for row in rows:
        entry = picture.entry(StatementId(row.statement))
        if row.direction != "out" or entry is None or row.said.stated_at <= since:
            continue
        names = [party_name(picture, each) for each in map(PartyId, row.to) if reported(picture, entry, each)]
        if names:
            yield (
                f"{row.precedence} to {', '.join(names)}: as reported by this desk alone, not their word: "
                f"{row.texts[0].words}"
            )


def _calls(picture: Picture, since: datetime, now: datetime) -> Iterator[str]:
    """Read out the calls that began since, in the order of the list."""
    for call in calls(picture, now):
        if call.started is not None and call.started.at > since:
            way = "from" if call.direction == "in" else "to"
            gist = f"; {shortened(call.gist)}" if call.gist else ""
            yield (
                f"{call.started.words}, {call.precedence} call {way} {call.with_name}: {call.state}"
                f"{gist}; {call.reported}"
            )


def _running(picture: Picture) -> Iterator[tuple[str, str]]:
    """Go through the alarms: what is shelved and until when, and what comes next by itself."""
    for each in alarms(picture):
        if each.state == State.SHELVED and each.until is not None:
            yield "shelved alarm", f"{each.body.title}, until {text(each.until)}, by {each.by_role}"
    coming = [(next_one.at, each) for each in alarms(picture) if each.is_open and (next_one := due(each))]
    for at, each in sorted(coming, key=lambda row: row[0]):
        if each.state != State.RETURNED:
            yield "deadline", f"{to_the_second(at)}: {next_words(each)}; {each.body.title}"
    for _, each in coming:
        if each.state == State.RETURNED:
            yield "to be seen", title_now(each)


def _standing(picture: Picture, now: datetime, live: FromLive) -> Iterator[tuple[str, str]]:
    """Go through what runs on by itself: concerns, hotlines, movements."""
    for buildup in buildups(picture, now):
        if buildup.status not in ("dispersed", "closed"):
            yield "concern", f"{buildup.name}: {buildup.status}"
    for line in hotlines(picture, now):
        last = line.last_contact
        since = last.when.words if last is not None and last.when is not None else "never"
        yield "hotline", f"{line.name}: {line.observed}, declared {line.declared}; last contact {since}"
    for words in (*expected_again(picture, now), *live.expected_again):
        yield "expected again", words
    for row in notices(picture):
        if row.activity == "movement" and row.status != "withdrawn":
            yield "movement", f"{row.what} ({row.said.author_name}): {row.status or 'as told'}"


def _gap(picture: Picture, now: datetime) -> Iterator[tuple[str, str]]:
    """Say for which languages of the hotlines nobody of this party is on call now."""
    asked = {
        language.casefold()
        for row in hotlines(picture, now)
        for end in row.ends
        if end.party != picture.party
        for language in end.languages
    }
    there = {
        language.casefold()
        for row in on_call(picture, now)
        if row.on_call and row.said.author == picture.party
        for language in row.languages
    }
    for language in sorted(asked - there):
        yield "interpreter gap", f"nobody on call speaks {language}"


def agenda(
    picture: Picture, box: Outbox, cap: CapStatus, since: datetime, now: datetime, _live: FromLive = NOTHING
) -> Draft:
    """Draft the agenda of the morning call: what changed since the last, today's notices, open queries."""
    asked = [row for row in messages(picture, box, now) if row.asks and _waits(picture, row)]
    sections = (
        Section("Sites in danger", tuple(_in_danger(picture))),
        Section("Changes since the last call", _changes(picture, since)),
        Section("Calls since", tuple(_calls(picture, since, now))),
        Section("Notices of today", tuple(_notices(picture, now))),
        Section("Open queries", tuple(f"{row.said.author_name}: {row.texts[0].words}" for row in asked)),
        Section("Sightings inside zones since", (_crossings(picture, since),)),
        Section(
            "To verify again", tuple(verification_words(row) for row in standing(picture, now) if row.due)
        ),
    )
    return _draft("Morning call", picture, cap, since, now, sections)


def sitrep(
    picture: Picture, box: Outbox, cap: CapStatus, since: datetime, now: datetime, live: FromLive = NOTHING
) -> Draft:
    """Draft the daily report: what is in force, what is overdue, how build-ups run, what is open."""
    rows = messages(picture, box, now)
    overdue = [
        f"{row.precedence} to {', '.join(row.to_names)}: {row.texts[0].words}" for row in rows if row.overdue
    ]
    trends = [f"{row.name}: {row.trend_words or row.trend}; {row.status}" for row in buildups(picture, now)]
    items = [f"{item.what}: {item.words}" for item in open_items(picture, box, now, live)]
    sections = (
        Section("In force", tuple(_in_force(row) for row in measures(picture, now))),
        Section("Overdue acknowledgements", tuple(overdue)),
        Section("Acknowledged by report alone", tuple(_reported_alone(picture, rows, since))),
        Section("Trends", (*trends, _crossings(picture, since))),
        Section("Open", tuple(items)),
    )
    return _draft("Daily report", picture, cap, since, now, sections)


def _in_force(row: MeasureView) -> str:
    return f"{row.name}: {row.standing}" + (f", {row.validity.words}" if row.validity.words else "")


def _draft(
    title: str,
    picture: Picture,
    cap: CapStatus,
    since: datetime,
    now: datetime,
    sections: tuple[Section, ...],
) -> Draft:
    name = party_name(picture, picture.party)
    return Draft(title, picture.party, name, now, since, cap, PURPOSE_BANNER, sections)


def _changes(picture: Picture, since: datetime) -> tuple[str, ...]:
    kinds = Counter(
        (entry.statement.author.party, entry.statement.kind)
        for entry in picture.entries()
        if since < entry.received_at
        and not entry.statement.kind.startswith(("alarm", "log-", "key", "clock", "commitment"))
    )
    return tuple(
        f"{party_name(picture, party)}: {count} {kind}" for (party, kind), count in sorted(kinds.items())
    )


def _notices(picture: Picture, now: datetime) -> Iterator[str]:
    for _, text_, body in picture.each(NoticeStated):
        windows = [volume.window for volume in body.volumes]
        if not windows or any(_meets(window.start, window.end, now) for window in windows):
            yield f"{party_name(picture, text_.statement.author.party)}: {body.activity}, {body.what}"


def _meets(start: datetime | None, end: datetime | None, now: datetime) -> bool:
    return (start is None or start < now + DAY) and (end is None or end > now)


def _crossings(picture: Picture, since: datetime) -> str:
    inside = [
        seen
        for seen in observations(picture)
        if seen.said.received_at > since and any(test.answer == INSIDE for test in seen.tests)
    ]
    return f"{len(inside)} sighting(s) inside a zone"


def markdown(draft: Draft) -> str:
    """Write a draft as Markdown, read as plain text too; each row stays one row, whatever its words hold."""
    exercise = "" if draft.cap == CapStatus.ACTUAL else f"{draft.cap.upper()}. "
    rows = [f"# {exercise}{draft.title}: {shielded(draft.name)}", ""]
    rows += [f"Drafted from the record of {text(draft.since)} to {text(draft.now)}. Status {draft.cap}.", ""]
    for section in draft.sections:
        rows += [f"## {section.heading}", *(f"- {shielded(row)}" for row in section.rows or ("none",)), ""]
    rows.append(draft.banner)
    return "\n".join(rows) + "\n"
