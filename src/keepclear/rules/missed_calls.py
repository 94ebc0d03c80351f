"""Flash calls that nobody took, at either end: they go on climbing until both ends have spoken (FAIL-02).

That the waiting is over is no sign that anybody was heard: a caller who hangs up has passed nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from keepclear.model.alarms import AlarmRaised, Asked, Contact
from keepclear.model.channels import ContactLogged, Direction
from keepclear.model.statements import Entry
from keepclear.model.words import PartyId, Precedence, StatementId, SubjectId
from keepclear.rules.escalation import plan_for
from keepclear.views.attribution import party_name
from keepclear.views.hotline_board import ways_to
from keepclear.views.picture import Picture
from keepclear.views.wording import shortened

NOT_TAKEN: Final = "call-not-taken"
NOT_ANSWERED: Final = "call-not-answered"
SPOKEN_SINCE: Final = "somebody has spoken with them in a call since"
ENDED_MISSED: Final = {NOT_TAKEN: SPOKEN_SINCE, NOT_ANSWERED: SPOKEN_SINCE}
CURRENT: Final = timedelta(days=1)
TAKEN: Final = "taken: the caller has been heard"
OVER: Final = "the call is over"
_NOT_TAKEN_WORDS: Final = "not taken: nobody answered; call another way, at once"


def hold_ended(picture: Picture, call: SubjectId) -> str:
    """Say why the alarm of a call on hold ends: taken, over, or not taken by anybody."""
    text = picture.latest(call)
    body = None if text is None else text.statement.body
    if not isinstance(body, ContactLogged):
        return OVER
    if body.answered is False:
        return _NOT_TAKEN_WORDS
    return TAKEN if body.ended is None else OVER


def missed_calls(picture: Picture, now: datetime) -> Iterator[AlarmRaised]:
    """Give an alarm for each flash call of the last day that waited, was not taken, and was not made good.

    Own calls that rang in vain have one alarm for each party, however often somebody has tried.
    """
    yield from _rung_in_vain(picture, now)
    for subject, text, body in picture.each(ContactLogged):
        if _is_missed(picture, body, now) and _waited(body):
            yield _alarm(picture, subject, text.entry, body)


def _waited(body: ContactLogged) -> bool:
    return body.direction == Direction.IN or body.hold_s is not None


def _is_missed(picture: Picture, body: ContactLogged, now: datetime) -> bool:
    missed = body.precedence == Precedence.FLASH and body.answered is False
    return missed and timedelta(0) <= now - body.started.at < CURRENT and not _spoken_since(picture, body)


def _rung_in_vain(picture: Picture, now: datetime) -> Iterator[AlarmRaised]:
    """Give one alarm for each party that was called as flash and did not answer; each try is a ground."""
    tries: dict[PartyId, list[tuple[SubjectId, StatementId, ContactLogged]]] = {}
    for subject, text, body in picture.each(ContactLogged):
        if _is_missed(picture, body, now) and not _waited(body):
            tries.setdefault(body.with_party, []).append((subject, text.entry.statement.id, body))
    for party, calls in tries.items():
        yield _unanswered(picture, party, sorted(calls, key=lambda row: row[2].started.at), now)


def _unanswered(
    picture: Picture, party: PartyId, calls: list[tuple[SubjectId, StatementId, ContactLogged]], now: datetime
) -> AlarmRaised:
    other, last = party_name(picture, party), calls[-1][2]
    times = "" if len(calls) == 1 else f" {len(calls)} times"
    return AlarmRaised(
        matter=calls[0][0],
        rule=NOT_ANSWERED,
        title=f"FLASH CALL NOT ANSWERED: {other}"[:160],
        precedence=Precedence.FLASH,
        plan=plan_for(Precedence.FLASH, "Not answered: any officer calls them, now."),
        counts_from=last.started.at,
        words=f"{other} was called{times} and nobody answered. {ways_to(picture, party, now)} "
        f"{shortened(last.gist)}".rstrip()[:4_000],
        grounds=tuple(statement for _, statement, _ in calls),
        asks=(
            Asked(Contact.CALL, f"{_again(party)} now, on any hotline, at any level"),
            Asked(Contact.ASK, "Who else can reach them? Ask for it to be passed on"),
        ),
    )


def _spoken_since(picture: Picture, missed: ContactLogged) -> bool:
    """Tell whether a later call with the same party was answered, whichever of the two has called."""
    return any(
        body.with_party == missed.with_party and body.answered and body.started.at > missed.started.at
        for _, _, body in picture.each(ContactLogged)
    )


def _alarm(picture: Picture, subject: SubjectId, entry: Entry, body: ContactLogged) -> AlarmRaised:
    other = party_name(picture, body.with_party)
    theirs = body.direction == Direction.IN
    said = "called, waited and was not taken" if theirs else "kept us waiting, and nobody answered"
    return AlarmRaised(
        matter=subject,
        rule=NOT_TAKEN,
        title=f"FLASH CALL NOT TAKEN: {other}"[:160],
        precedence=Precedence.FLASH,
        plan=plan_for(Precedence.FLASH, "Not taken: any officer calls them, now."),
        # From the first ring: what was due while the call waited stays due, the climb does not begin anew.
        counts_from=body.started.at,
        words=f"{other} {said}. {shortened(body.gist)}"[:4_000],
        grounds=(StatementId(entry.statement.id),),
        asks=(
            Asked(Contact.CALL, f"{_again(body.with_party)} now, on any hotline, at any level"),
            Asked(Contact.ASK, "Safety message? Pass it now"),
        ),
    )


def _again(party: PartyId) -> str:
    return f"Call them (keepclear call {party})"
