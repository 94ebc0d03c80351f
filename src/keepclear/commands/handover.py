"""Acts of a handover: stated by who goes, countersigned by who comes; both by named persons."""

from __future__ import annotations

from datetime import datetime

from keepclear.commands.ports import Ids
from keepclear.commands.telling import Decision, Desk, Telling
from keepclear.errors import NotAllowed, NotKnown, Refused
from keepclear.model.countersigning import Countersigned
from keepclear.model.handover import HandoverStated
from keepclear.model.statements import Author, Statement, digest, encode
from keepclear.model.words import Form, StatementId
from keepclear.rules.watch import items_hash, open_flash, open_items


def decide_handover(
    desk: Desk, people: tuple[str, str], by: tuple[str, str], key: str, now: datetime, ids: Ids
) -> Decision:
    """State a handover with the open items as the record stands now.

    Args:
        desk: whose watch it is.
        people: the names of who goes and who comes.
        by: the role of who states it, and the id of the signed-in person ("" for a token).
        key: the idempotency key.
        now: the node's time.
        ids: the id maker.

    Raises:
        Refused: a flash is open (PRA-24), or one person would hand over to itself.
    """
    outgoing, incoming = (name.strip() for name in people)
    if not outgoing or not incoming or outgoing.casefold() == incoming.casefold():
        raise Refused(
            "a handover without two persons", "two-persons", "outgoing and incoming, two names", "incoming"
        )
    _no_flash(desk, now)
    items = open_items(desk.picture, desk.outbox, now)
    body = HandoverStated(outgoing, incoming, by[0], items, items_hash(items), by[1])
    return _kept(desk, body, key, now, ids)


def decide_takeover(
    desk: Desk, of: StatementId, name: str, by: tuple[str, str], key: str, now: datetime, ids: Ids
) -> Decision:
    """Countersign a handover: the watch is taken over.

    Raises:
        NotKnown: no such handover stands at this desk.
        NotAllowed: another person than the one who comes, or the one who goes.
        Refused: a flash is open.
    """
    entry = desk.picture.entry(of)
    body = None if entry is None else entry.statement.body
    if entry is None or not isinstance(body, HandoverStated):
        raise NotKnown(f"taking over by {of}", "handover", "the id of a handover at this desk", "statement")
    same = bool(by[1]) and by[1] == body.by_person
    if same or name.strip().casefold() != body.incoming.casefold():
        raise NotAllowed(
            "countersigning a handover by another than who comes",
            "two-persons",
            f"{body.incoming} itself",
            "name",
        )
    _no_flash(desk, now)
    signed = Countersigned(of, digest(encode(entry.statement)), by[0], words=name.strip())
    return _kept(desk, signed, key, now, ids)


def _kept(desk: Desk, body: HandoverStated | Countersigned, key: str, now: datetime, ids: Ids) -> Decision:
    """Keep an act of the watch in the own log; as a bare statement it would be refused."""
    statement = Statement(
        id=ids.statement(desk.party, key, Form.EXACT),
        subject=ids.subject(desk.party, key),
        author=Author(desk.party, "unsigned"),
        cap=desk.cap,
        stated_at=now,
        body=body,
    )
    return Decision((Telling(statement, ()),))


def _no_flash(desk: Desk, now: datetime) -> None:
    flash = open_flash(desk.picture, desk.outbox, now)
    if flash:
        raise Refused(
            f"a handover while a flash is open: {flash[0]}",
            "handover-in-flash",
            f"first: the watch that has it passes or answers it ({len(flash)} open)",
        )
