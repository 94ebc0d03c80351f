"""Acts of a handover: stated by who goes, countersigned by who comes, once; the names stand beside."""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct

from keepclear.commands.ports import Ids
from keepclear.commands.telling import Decision, Desk, Telling
from keepclear.errors import NotAllowed, NotKnown, Refused
from keepclear.model.countersigning import Countersigned
from keepclear.model.handover import HandoverStated
from keepclear.model.statements import Author, Statement, digest_of
from keepclear.model.words import Attachment, Form, StatementId
from keepclear.rules.watch import flash_passes, items_hash, open_flash, open_items
from keepclear.views.watch_holder import signed


class Names(Struct, frozen=True):
    """The names of who goes and who comes, and how they stand beside the log."""

    outgoing: str
    incoming: str
    beside: tuple[Attachment, Attachment]


def decide_handover(
    desk: Desk, names: Names, by: tuple[str, str], key: str, now: datetime, ids: Ids
) -> Decision:
    """State a handover with the open items as the record stands now; that is the signature of who goes.

    Args:
        desk: whose watch it is.
        names: who goes and who comes.
        by: the role of who states it, and the id of the signed-in person ("" for a token).
        key: the idempotency key.
        now: the node's time.
        ids: the id maker.

    Raises:
        Refused: a flash is open (PRA-24), or one person would hand over to itself.
    """
    outgoing, incoming = names.outgoing.strip(), names.incoming.strip()
    if not outgoing or not incoming or outgoing.casefold() == incoming.casefold():
        raise Refused(
            "a handover without two persons", "two-persons", "outgoing and incoming, two names", "incoming"
        )
    _no_flash(desk, now)
    items = open_items(desk.picture, desk.outbox, now, desk.live)
    goes, comes = (named.salted_hash for named in names.beside)
    body = HandoverStated(goes, comes, by[0], items, items_hash(items), by[1])
    return _kept(desk, body, names.beside, key, now, ids)


def decide_takeover(
    desk: Desk, of: StatementId, name: str, by: tuple[str, str], key: str, now: datetime, ids: Ids
) -> Decision:
    """Countersign a handover: the watch is taken over.

    Raises:
        NotKnown: no such handover stands at this desk.
        NotAllowed: another person than the one who comes, or the one who goes.
        Refused: it is signed already, the name of who comes was erased, or a flash is open.
    """
    entry = desk.picture.entry(of)
    body = None if entry is None else entry.statement.body
    if entry is None or not isinstance(body, HandoverStated):
        raise NotKnown(f"taking over by {of}", "handover", "the id of a handover at this desk", "statement")
    _by_who_comes(desk, body, name, by[1])
    if signed(desk.picture, of):
        raise Refused(
            "countersigning a handover that who comes has signed",
            "signed-once",
            "nothing: the watch is taken over; to pass it on, state a new handover (keepclear hand-over)",
            "statement",
        )
    _no_flash(desk, now)
    comes = tuple(each for each in entry.statement.attachments if each.salted_hash == body.incoming)
    second = Countersigned(of, digest_of(entry.statement), by[0])
    return _kept(desk, second, comes, key, now, ids)


def _by_who_comes(desk: Desk, body: HandoverStated, name: str, person: str) -> None:
    """Refuse a second signature by another than who comes.

    Raises:
        NotAllowed: it is another's, or of who goes.
        Refused: the name was erased, so that nobody can be told from another.
    """
    comes = desk.picture.names(body.incoming)
    if comes is None:
        raise Refused(
            "countersigning a handover whose name was erased",
            "name-beside",
            "a new handover (keepclear hand-over)",
            "statement",
        )
    same = bool(person) and person == body.by_person
    if same or name.strip().casefold() != comes.casefold():
        raise NotAllowed(
            "countersigning a handover by another than who comes",
            "two-persons",
            f"{comes} itself; who goes has signed by stating it",
            "name",
        )


def _kept(
    desk: Desk,
    body: HandoverStated | Countersigned,
    beside: tuple[Attachment, ...],
    key: str,
    now: datetime,
    ids: Ids,
) -> Decision:
    """Keep an act of the watch in the own log; as a bare statement it would be refused."""
    statement = Statement(
        id=ids.statement(desk.party, key, Form.EXACT),
        subject=ids.subject(desk.party, key),
        author=Author(desk.party, "unsigned"),
        cap=desk.cap,
        stated_at=now,
        body=body,
        attachments=beside,
    )
    return Decision((Telling(statement, ()),))


def _no_flash(desk: Desk, now: datetime) -> None:
    flash = open_flash(desk.picture, desk.outbox, now)
    if flash:
        raise Refused(
            f"a handover while a flash is open: {flash[0]}",
            "handover-in-flash",
            f"first ({len(flash)} open): {flash_passes(desk.picture, desk.outbox, now)}",
        )
