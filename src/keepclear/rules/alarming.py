"""Which findings become alarms: one for each rule and matter, ended with a reason when its cause ends.

An alarm is what a named human must act on. A finding that asks nobody for anything stays a finding.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Final

from msgspec import Struct

from keepclear.model.alarms import AlarmRaised, Asked, Contact, Plan
from keepclear.model.channels import ChannelStated, ContactLogged, Direction
from keepclear.model.hotline import MessageSent, Purpose, WarningGiven
from keepclear.model.statements import Entry
from keepclear.model.words import PartyId, Precedence, StatementId, SubjectId
from keepclear.rules.attention import Attention, attention_by_parts, last
from keepclear.rules.between_nodes import ENDED_BETWEEN
from keepclear.rules.contact_steps import by_level, by_steps
from keepclear.rules.danger import unanswered
from keepclear.rules.escalation import (
    ACKNOWLEDGE_S,
    BY_THE_NODE,
    HOLD_S,
    SITE_IN_DANGER,
    plan_for,
    plan_to_ask_again,
)
from keepclear.rules.first_use import first_uses
from keepclear.rules.mishearing import Mismatch, mismatches
from keepclear.rules.missed_calls import ENDED_MISSED, TAKEN, hold_ended, missed_calls
from keepclear.rules.movements import CONTACT_LOST, LIST, missed_check_ins, unacknowledged_sites
from keepclear.rules.numbers_alarms import BUILD_UP, ENDED_NUMBERS, numbers_alarms, why_ended
from keepclear.rules.on_shift import with_stations
from keepclear.rules.periodic_duties import ENDED_PERIODIC, periodic_duties
from keepclear.rules.standing_duties import ENDED_DUTIES, RECURRING, standing_duties
from keepclear.views.alarms import Alarm
from keepclear.views.answerers import by_voice, reported
from keepclear.views.attribution import party_name
from keepclear.views.calls import waiting_since
from keepclear.views.daily_counts import HandedIn
from keepclear.views.hearing import Outcome
from keepclear.views.hotline_board import unanswered_words as _other_ways
from keepclear.views.moot import moot_since
from keepclear.views.picture import Picture
from keepclear.views.raising import raises
from keepclear.views.shifts import rota
from keepclear.views.threads import owed_entries
from keepclear.views.told import Outbox
from keepclear.views.wording import shortened

ACKNOWLEDGE, NOT_RECEIVED, ON_HOLD, UNCLAIMED = "acknowledge", "not-received", "on-hold", "unclaimed"
READ_BACK: Final = "read-back"
FIRST_USE: Final = "first-use"
RISING, ENTRY, UNANSWERED = "build-up-rising", "zone-entry", "hotline-unanswered"
CURRENT: Final = timedelta(days=1)
NUMBERS_AGAIN: Final = timedelta(days=7)
"""After so long numbers without a statement as their ground call again, though a person ended the alarm."""

HOLD_WORDS: Final = {
    True: f"{HOLD_S} s on hold: any officer takes it, now.",
    False: f"{HOLD_S} s on hold: say that any officer there can take it, and call another way.",
}
_ASKED_ON_HOLD: Final = {
    True: (
        Asked(Contact.CALL, "Take the call; do not wait for the usual contact"),
        Asked(Contact.ASK, "Safety message? Pass it now"),
    ),
    False: (
        Asked(Contact.ASK, "Say: safety message, any officer can take it; ask for whoever is there"),
        Asked(Contact.CALL, "Call the next level or another hotline at the same time"),
    ),
}

READ_BACK_ANEW: Final = "read back anew, or in part; what is open now stands in an alarm of its own"
RECEIVED_BY_REPORT: Final = (
    "acknowledged or answered, as reported by this desk of who is reached by voice alone; not their own word"
)
MOOT: Final = "who asked has ended the build-up that was asked about: nobody needs to answer any more"
TAKEN_BACK: Final = {
    SITE_IN_DANGER: "the call was withdrawn",
    NOT_RECEIVED: "the text was taken back before everybody had acknowledged it",
}
ENDED: Final[dict[str, str]] = {
    ACKNOWLEDGE: "acknowledged or answered here",
    NOT_RECEIVED: "every addressee has acknowledged or answered by its own word",
    ON_HOLD: TAKEN,
    UNCLAIMED: "somebody has said whose they are, they have gone, or who asked has ended it",
    RISING: "raised with another party, held against its base now, or no longer rising",
    ENTRY: "no longer current",
    UNANSWERED: "answered since",
    SITE_IN_DANGER: "a person of everybody called, named by office, has answered",
    FIRST_USE: "the drill was held and understood, or the notice is gone",
    READ_BACK: "read back as it was said, settled by a person's word, or corrected by a new text",
    CONTACT_LOST: "heard of again",
    LIST: "every reader has acknowledged it",
    **ENDED_DUTIES,
    **ENDED_PERIODIC,
    **ENDED_BETWEEN,
    **ENDED_NUMBERS,
    **ENDED_MISSED,
}


class Wanted(Struct, frozen=True):
    """An alarm that the party's picture calls for; `since` and `grounds` say why."""

    body: AlarmRaised

    @property
    def key(self) -> tuple[str, SubjectId]:
        """The rule and the matter: there is one alarm for both."""
        return (self.body.rule, self.body.matter)


class Changes(Struct, frozen=True):
    """What is to be raised, and which open alarms have lost their cause."""

    to_raise: tuple[Wanted, ...]
    ended: tuple[Alarm, ...]


def wanted(
    picture: Picture, box: Outbox, now: datetime, handed: Sequence[HandedIn] = (),
    standing: Sequence[Alarm] = (),
) -> list[Wanted]:  # fmt: skip
    """List the alarms that a party's picture calls for, one for each rule and matter.

    `handed` are counts a day that come from beside the record, such as those of tracks. `standing` are the
    alarms as they stand: of a message that still waits and has one, nothing is worked out anew.
    """
    return last(wanted_by_parts(picture, box, now, handed, standing))


def wanted_by_parts(
    picture: Picture, box: Outbox, now: datetime, handed: Sequence[HandedIn] = (),
    standing: Sequence[Alarm] = (),
) -> Iterator[list[Wanted]]:  # fmt: skip
    """As `wanted`, one rule after another: gives nothing until the last, so that others act in between.

    What arrives in between may be seen by the later rules alone. Hold `standing`, taken before the first,
    against what comes of it: what was raised meanwhile is then neither ended nor raised again.
    """
    owed = owed_entries(picture, box, now)
    still = _still_waiting(picture, owed, standing)
    unraised = [entry for entry in owed if entry.statement.subject not in still]
    yield []
    findings: list[Attention] = []
    for part in attention_by_parts(picture, box, now, unraised):
        findings = part
        yield []
    named: list[Wanted] = []
    looks: tuple[Callable[[], Iterable[Wanted]], ...] = (
        lambda: map(Wanted, unanswered(picture, now)),
        lambda: _holds(picture, now),
        lambda: map(Wanted, missed_calls(picture, now)),
        lambda: _read_backs(picture),
        lambda: _notified(picture, box, now),
        lambda: _first_uses(picture, box, now),
        lambda: map(Wanted, standing_duties(picture, now)),
        lambda: map(Wanted, periodic_duties(picture, box, now)),
        lambda: map(Wanted, numbers_alarms(picture, box, now, handed)),
    )
    for look in looks:
        named += look()
        yield []
    rows = rota(picture, now)
    found = {each.key: each for each in still.values()}
    counted = {each.body.matter for each in named if family(each.body.rule) == BUILD_UP}
    for each in (*_findings(picture, findings, now), *named):
        if each.body.rule == RISING and each.body.matter in counted:
            continue  # one alarm for a matter: the one that holds its numbers against their base
        found.setdefault(each.key, Wanted(with_stations(rows, each.body, now)))
    yield list(found.values())


def ended_words(picture: Picture, alarm: Alarm, now: datetime, handed: Sequence[HandedIn] = ()) -> str:
    """Say why an alarm has lost its cause, as exactly as its rule can tell."""
    body = alarm.body
    rule = family(body.rule)
    if rule == ON_HOLD:
        return hold_ended(picture, body.matter)
    if rule == READ_BACK and any(found.matter == body.matter for found in mismatches(picture)):
        return READ_BACK_ANEW
    if rule in (SITE_IN_DANGER, NOT_RECEIVED) and picture.latest(body.matter) is None:
        return TAKEN_BACK[rule]
    if rule in (ACKNOWLEDGE, NOT_RECEIVED) and _is_moot(picture, body.matter):
        return MOOT
    if rule == NOT_RECEIVED and _by_report(picture, body.matter):
        return RECEIVED_BY_REPORT
    return why_ended(picture, body.rule, body.matter, now, handed) or ENDED[rule]


def changes(calls_for: Sequence[Wanted], standing: Sequence[Alarm]) -> Changes:
    """Compare what is called for with what stands.

    What a person has ended comes again only on new grounds. Alarms of other rules are left alone. An alarm
    whose words are no longer what was heard ends, and the next look raises it as it is now.
    """
    by_key = {(each.body.rule, each.body.matter): each for each in standing}
    now = {each.key: each for each in calls_for}
    to_raise = tuple(each for each in calls_for if _is_new(each, by_key.get(each.key)))
    ended = tuple(
        each
        for key, each in by_key.items()
        if each.is_open
        and each.state != "returned, unacknowledged"
        and family(key[0]) in ENDED
        and (key not in now or _is_stale(now[key], each))
    )
    return Changes(to_raise, ended)


def _is_new(call: Wanted, last: Alarm | None) -> bool:
    if last is None:
        return True
    if last.state == "returned, unacknowledged":
        return set(call.body.grounds) != set(last.body.grounds) or _is_stale(call, last)
    if last.is_open:
        return False
    again = call.body.rule in (*RECURRING, *ENDED_PERIODIC) and call.body.counts_from > last.body.counts_from
    again = again or _is_asked_again(call, last)
    return again or last.by_role == BY_THE_NODE or set(call.body.grounds) != set(last.body.grounds)


def _is_stale(call: Wanted, last: Alarm) -> bool:
    """Tell whether an alarm says what was heard before, not what was heard last."""
    return family(call.body.rule) == READ_BACK and call.body.words != last.body.words


def _is_moot(picture: Picture, matter: SubjectId) -> bool:
    text = picture.latest(matter)
    return text is not None and moot_since(picture, text.entry) is not None


def _by_report(picture: Picture, matter: SubjectId) -> bool:
    """Tell whether an addressee of a text has it by this desk's report alone."""
    text = picture.latest(matter)
    parties = () if text is None else _addressees(text.statement.body)
    return text is not None and any(reported(picture, text.entry, party) for party in parties)


def _is_asked_again(call: Wanted, last: Alarm) -> bool:
    """Tell whether an alarm of tracks' numbers, which no new statement can bring back, is due again."""
    if call.body.grounds or family(call.body.rule) not in ENDED_NUMBERS or not last.history:
        return False
    return call.body.counts_from - last.history[-1].statement.stated_at >= NUMBERS_AGAIN


def family(rule: str) -> str:
    """Give the rule's family: what stands before the slash, as in "read-back/RUS"."""
    return rule.partition("/")[0]


def _read_backs(picture: Picture) -> Iterator[Wanted]:
    """Each own text that a reader read back otherwise than it was said: one alarm, which names the fields."""
    heard: dict[tuple[SubjectId, PartyId], list[Mismatch]] = {}
    for each in mismatches(picture):
        heard.setdefault((each.matter, each.reader), []).append(each)
    for (matter, reader), found in heard.items():
        fields = ", ".join(each.row.field for each in found)
        first = found[0]
        wrong = any(each.row.outcome == Outcome.DIFFERS for each in found)
        state = "DIFFERS" if wrong else "NOT COMPLETE"
        yield Wanted(
            AlarmRaised(
                matter=matter,
                rule=f"{READ_BACK}/{reader}",
                title=f"READ-BACK {state}: {fields}, {first.reader_name}"[:160],
                precedence=first.precedence,
                plan=plan_for(first.precedence),
                counts_from=min(each.since for each in found),
                words=" ".join(each.words for each in found)[:4_000],
                grounds=tuple(dict.fromkeys(StatementId(each.row.read_back) for each in found)),
                asks=(
                    Asked(Contact.CALL, f"Say it again and ask for a read-back of: {fields}"[:4_000]),
                    Asked(Contact.ASK, "What they have done with what they heard"),
                ),
            )
        )


def _first_uses(picture: Picture, box: Outbox, now: datetime) -> Iterator[Wanted]:
    """The first notice of its kind to a party that has not been drilled: call, read back, plot together."""
    for found in first_uses(picture, box):
        reader = party_name(picture, found.reader)
        statement = found.notice.statement
        yield Wanted(
            AlarmRaised(
                matter=statement.subject,
                rule=f"{FIRST_USE}/{found.reader}",
                title=f"First notice of its kind without a drill: {found.activity.value}, {reader}"[:160],
                precedence=Precedence.PRIORITY,
                plan=plan_for(Precedence.PRIORITY),
                counts_from=min(now, statement.stated_at),
                words=f"{reader} has not read back and plotted a notice of this kind with us before.",
                grounds=(statement.id,),
                asks=(
                    Asked(Contact.CALL, "Pass it by telephone, have it read back in two forms and plotted"),
                    Asked(Contact.ASK, "A drill of this kind of notice, marked Exercise"),
                ),
            )
        )


def _still_waiting(
    picture: Picture, owed: Sequence[Entry], standing: Sequence[Alarm]
) -> dict[SubjectId, Wanted]:
    """Give the alarms of messages that stand open and have not lost their cause, by their matters.

    An open alarm is raised no second time, whatever its words; one that has returned may be: it is not here.
    """
    rules = (ACKNOWLEDGE, NOT_RECEIVED)
    stand = {
        each.body.matter: Wanted(each.body)
        for each in standing
        if each.body.rule in rules and each.is_open and each.state != "returned, unacknowledged"
    }
    owing = {entry.statement.subject for entry in owed} if stand else set()
    return {
        matter: each
        for matter, each in stand.items()
        if matter in owing and not _is_own_danger(picture, matter)
    }


def _findings(picture: Picture, findings: Iterable[Attention], now: datetime) -> Iterator[Wanted]:
    for found in findings:
        match found.rule:
            case "acknowledgement" if not _is_own_danger(picture, found.matter.subject):
                yield _acknowledgement(picture, found, now)
            case "unclaimed":
                plan = by_level(picture, plan_to_ask_again(), _asked(picture, found))
                yield _from(found, UNCLAIMED, Precedence.PRIORITY, now, plan, found.at)
            case "build-up-rising":
                yield _from(found, RISING, Precedence.ROUTINE, now)
            case "zone-entry" if found.overdue and now - found.at < CURRENT:
                plan = by_level(picture, by_steps(plan_for(Precedence.PRIORITY)), _others(picture))
                yield _from(found, ENTRY, Precedence.PRIORITY, now, plan, found.due)
            case "hotline-unanswered":
                yield _unanswered(picture, found, now)
            case _:
                continue


def _is_own_danger(picture: Picture, matter: SubjectId) -> bool:
    """Tell whether a matter is one's own call for a site in danger, which has an alarm of its own."""
    text = picture.latest(matter)
    if text is None or text.statement.author.party != picture.party:
        return False
    body = text.statement.body
    return isinstance(body, MessageSent) and body.purpose == Purpose.SITE_IN_DANGER


def _acknowledgement(picture: Picture, found: Attention, now: datetime) -> Wanted:
    text = picture.latest(found.matter.subject)
    body = None if text is None else text.statement.body
    precedence = body.precedence if isinstance(body, MessageSent | WarningGiven) else Precedence.ROUTINE
    if text is not None and text.statement.author.party == picture.party:
        titled = f"NOT RECEIVED: {found.title}"
        words = f"A {found.matter.kind} without a receipt counts as not received. {found.words}"
        if any(by_voice(picture, party) for party in _addressees(body)):
            words += " Who has no node says it on the telephone: note it with keepclear in-call acknowledged."
        return _from(found, NOT_RECEIVED, precedence, now, title=titled, words=words)
    since = now
    if found.due is not None:
        since = min(now, found.due - timedelta(seconds=ACKNOWLEDGE_S[precedence]))
    return _from(found, ACKNOWLEDGE, precedence, now, None, since)


def _addressees(body: object) -> tuple[PartyId, ...]:
    return body.to if isinstance(body, MessageSent | WarningGiven) else ()


def _unanswered(picture: Picture, found: Attention, now: datetime) -> Wanted:
    words = f"{found.words} {_other_ways(picture, found.matter.subject, now)}"
    return _from(found, UNANSWERED, Precedence.PRIORITY, now, words=words)


def _asked(picture: Picture, found: Attention) -> tuple[PartyId, ...]:
    """Give the parties with which a matter was raised."""
    asked = [party for raised in raises(picture, found.matter.subject, found.at) for party in raised.to]
    return tuple(dict.fromkeys(asked)) or _others(picture)


def _others(picture: Picture) -> tuple[PartyId, ...]:
    return tuple(sorted(picture.known_parties() - {picture.party}))


def _from(
    found: Attention,
    rule: str,
    precedence: Precedence,
    now: datetime,
    plan: Plan | None = None,
    since: datetime | None = None,
    title: str = "",
    words: str = "",
) -> Wanted:
    return Wanted(
        AlarmRaised(
            matter=found.matter.subject,
            rule=rule,
            title=(title or found.title)[:160],
            precedence=precedence,
            plan=plan or plan_for(precedence),
            counts_from=min(now, since or now),
            words=(words or found.words)[:4_000],
            grounds=tuple(ground.statement for ground in found.grounds),
            asks=tuple(Asked(Contact(action.kind.value), action.words) for action in found.actions),
        )
    )


def _notified(picture: Picture, box: Outbox, now: datetime) -> Iterator[Wanted]:
    """What a notification cell must act on: contact lost, and a list that nobody acknowledged."""
    yield from map(Wanted, missed_check_ins(picture, now))
    yield from map(Wanted, unacknowledged_sites(picture, box, now))


def _holds(picture: Picture, now: datetime) -> Iterator[Wanted]:
    """A flash call on hold, at either end: after 60 s any officer is asked to take it (FAIL-02)."""
    for subject, text, body in picture.each(ContactLogged):
        since = waiting_since(body) if body.precedence == Precedence.FLASH else None
        if since is not None and timedelta(0) <= now - since < CURRENT:
            yield _hold(picture, subject, text.entry, body, since)


def _hold(picture: Picture, subject: SubjectId, entry: Entry, body: ContactLogged, since: datetime) -> Wanted:
    caller = party_name(picture, body.with_party)
    theirs = body.direction == Direction.IN
    channel = picture.latest(body.channel) if body.channel is not None else None
    line = channel.statement.body if channel is not None else None
    on = f" on {line.name}" if isinstance(line, ChannelStated) else ""
    return Wanted(
        AlarmRaised(
            matter=subject,
            rule=ON_HOLD,
            title=f"Flash call on hold: {caller}"[:160],
            precedence=Precedence.FLASH,
            plan=plan_for(Precedence.FLASH, HOLD_WORDS[theirs]),
            counts_from=since,
            words=f"{caller} {'is waiting' if theirs else 'keeps us waiting'}{on}. {shortened(body.gist)}"[
                :4_000
            ],
            grounds=(StatementId(entry.statement.id),),
            asks=_ASKED_ON_HOLD[theirs],
        )
    )
