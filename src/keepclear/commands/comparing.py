"""What a neutral host tells of two notices: decided on its own picture, to each side in its own form."""

from __future__ import annotations

from datetime import datetime, timedelta

from keepclear.commands.naming import closed_under_reference, was_described
from keepclear.commands.ports import Ids
from keepclear.commands.telling import Decision, Desk, Telling
from keepclear.errors import Refused
from keepclear.model.statements import Author, Statement
from keepclear.model.telling import ConflictStated, HitsCapped
from keepclear.model.words import Form, PartyId, SubjectId
from keepclear.rules.comparing import HITS_A_DAY, Finding, day_of, findings, pair_of, used_up
from keepclear.times import text
from keepclear.views.hosting import sides_told

_ANOTHER = "another party"
_NO_PERMISSION = "This is no permission and no guarantee."


def conflict_subject(host: PartyId, one: SubjectId, two: SubjectId, ids: Ids) -> SubjectId:
    """Give the subject of the conflict between two notices: the same for both sides."""
    return ids.subject(host, f"\nconflict/{one}/{two}")


def decide_comparison(desk: Desk, one: SubjectId, two: SubjectId, now: datetime, ids: Ids) -> Decision:
    """Tell each side what is new of the conflict between two notices, or once a day that the cap is reached.

    Raises:
        Refused: there is nothing new to tell.
    """
    subject = conflict_subject(desk.party, one, two, ids)
    found = findings(desk.picture, subject, one, two, now)
    if not found:
        raise _nothing_new()
    told = sides_told(desk.picture, subject)
    over = {side for side in found if used_up(desk.picture, side, one, two, now)}
    tells = _capped(desk, one, two, now, ids) if over else []
    for side, finding in sorted(found.items()):
        if side in over:
            continue
        before = told.get(side, [])
        # Rises on what this side was told alone: what the other was told must not show in its times.
        at = _after(now, before[-1].statement.stated_at if before else None)
        key = f"\nconflict/{one}/{two}/{side}/{len(before)}"
        body = _conflict(finding, _named(desk, side, finding.other), desk.party)
        tells.append(_telling(desk, side, key, at, ids, subject, body, finding.form))
    if not tells:
        raise _nothing_new()
    return Decision(tuple(tells))


def _nothing_new() -> Refused:
    return Refused(
        "telling again of two notices whose conflict was told", "conflict-once", "a text that has changed"
    )


def _after(now: datetime, last: datetime | None) -> datetime:
    return now if last is None or now > last else last + timedelta(microseconds=1)


def _named(desk: Desk, side: PartyId, other: PartyId) -> PartyId | None:
    """Give the other party, unless this side was told of no such party: then it asks the host."""
    return other if was_described(desk.picture, desk.outbox, side, other) else None


def _conflict(finding: Finding, other: PartyId | None, host: PartyId) -> ConflictStated:
    return ConflictStated(
        notice=finding.notice.statement.id,
        against=(),
        words=_words(finding, other, host),
        with_party=other,
        cells=finding.cells,
        window=finding.window,
        theirs=finding.theirs,
        ended=finding.ended,
    )


def _words(finding: Finding, other: PartyId | None, host: PartyId) -> str:
    whose = other or _ANOTHER
    if finding.ended:
        return f"Your notice and a notice of {whose} no longer meet as was told. {_NO_PERMISSION}"
    beside = f" What {whose} has released to you is given with it." if finding.theirs else ""
    return (
        f"Your notice meets a notice of {whose} somewhere in these cells, at some time in this window."
        f"{beside} {_ask(other, host)} {_NO_PERMISSION}"
    )


def _ask(other: PartyId | None, host: PartyId) -> str:
    return f"Ask {host}." if other is None else f"Call {other} on the hotline, or ask {host}."


def _capped(desk: Desk, one: SubjectId, two: SubjectId, now: datetime, ids: Ids) -> list[Telling]:
    """Say to both sides, once in a day, that one of them is told of no more conflicts until the next.

    The other must know that it may be the only one that is warned.
    """
    pair, day = pair_of(one, two), day_of(now)
    key = f"\nhits-capped/{pair[0]}/{pair[1]}/{day.isoformat()}"
    subject = ids.subject(desk.party, key)
    if desk.picture.texts(subject):
        return []
    until, tells = day + timedelta(days=1), []
    for side, other in (pair, pair[::-1]):
        named = _named(desk, side, other)
        words = (
            f"More of your notices and those of {named or _ANOTHER} may meet than one is told of in a day. "
            f"Until {text(until)} rely on no word of ours: ask your hotline. {_ask(named, desk.party)} "
            f"{_NO_PERMISSION}"
        )
        body = HitsCapped(named, HITS_A_DAY, until, words)
        tells.append(_telling(desk, side, f"{key}/{side}", now, ids, subject, body))
    return tells


def _telling(
    desk: Desk,
    side: PartyId,
    key: str,
    at: datetime,
    ids: Ids,
    subject: SubjectId,
    body: ConflictStated | HitsCapped,
    form: Form = Form.EXACT,
) -> Telling:
    statement = Statement(
        id=ids.statement(desk.party, key, form),
        subject=subject,
        author=Author(desk.party, "unsigned"),
        cap=desk.cap,
        stated_at=at,
        body=body,
        form=form,
    )
    closed_under_reference(desk.picture, desk.outbox, statement, (side,))
    return Telling(statement, (side,))
