"""Statements of a hosted party that signs elsewhere: prepared here, signed by its client, taken in as signed.

The node works out the statements of an act, as for anybody; the client compares them with what it asked for,
signs their canonical bytes with a key that the host does not hold, and hands exactly these bytes back. Once a
client key stands, the node states nothing in the party's name that is not signed with it, besides what a
machine states of itself. Source: statements.md §3; trust.md §1.3.
"""

from __future__ import annotations

from base64 import b64decode
from binascii import Error as NoBase64
from datetime import datetime, timedelta

import msgspec
from msgspec import Struct

from keepclear.commands.ports import Ids
from keepclear.commands.telling import Decision, Desk, Tell, Telling, decide
from keepclear.errors import KeepclearError, Malformed, NotAllowed, Refused
from keepclear.model import alarms, parties, telling
from keepclear.model.statements import Author, Statement, decode, signed_part
from keepclear.model.words import Form, StatementId
from keepclear.record.signing import SignatureType, VerifyingKey
from keepclear.views.client_keys import COSIGNS, SIGNS, client_key, client_key_statements
from keepclear.views.picture import Picture

BY_MACHINE = (
    alarms.AlarmRaised,
    alarms.AlarmStep,
    alarms.ClockEvent,
    telling.ConflictStated,
    telling.HitsCapped,
    telling.LogOpened,
    telling.LogClosed,
)
"""What the host's own key may sign for such a party: alarms in its own log, and the life of a log."""


class Enrolment(Struct, frozen=True, forbid_unknown_fields=True):
    """To make a client's keys a party's: what signs statements, and what cosigns what it has fetched.

    Each is the public half as text; without `mirror` the client only signs.
    """

    vkey: str
    mirror: str = ""


Wish = Tell | Enrolment


def prepare(
    desk: Desk, wish: Wish, key: str, now: datetime, ids: Ids, if_match: StatementId | None = None
) -> Decision:
    """Work out the statements of an act, each with the key id under which the client is to sign it.

    Raises:
        Refused: a rule says no, or the party has no client key.
        Malformed: the key, or a field, is not as it must be.
    """
    signer = _signer(desk.picture, wish)
    if isinstance(wish, Enrolment):
        decision = _enrolled(desk, wish, key, now, ids)
    else:
        decision = decide(desk, wish, key, now, ids, if_match)
    author = Author(desk.party, signer.key_id)
    return Decision(
        tuple(
            Telling(msgspec.structs.replace(one.statement, author=author), one.readers)
            for one in decision.tells
        )
    )


def _signer(picture: Picture, wish: Wish) -> VerifyingKey:
    """Give the key that has to sign: the one that stands; the first client key signs for itself."""
    standing = client_key(picture)
    if standing is not None:
        return VerifyingKey.parse(standing)
    if isinstance(wish, Enrolment):
        return VerifyingKey.parse(wish.vkey)
    raise Refused(
        f"an act of {picture.party} by a client key", "client-key", "first: keepclear client enrol", "act"
    )


def _enrolled(desk: Desk, wish: Enrolment, key: str, now: datetime, ids: Ids) -> Decision:
    given = VerifyingKey.parse(wish.vkey)
    if given.name != f"{desk.party}/client":
        raise Malformed(
            f'a client key of the name "{given.name}"',
            "client-key-name",
            f"{desk.party}/client, as keepclear client new --as {desk.party} makes it",
            "vkey",
        )
    if client_key(desk.picture) == given.vkey:
        raise Refused("enrolling the client key that stands", "client-key", "another key", "vkey")
    bodies = [parties.KeyStated(given.vkey, SIGNS)]
    if wish.mirror:
        mirror = VerifyingKey.parse(wish.mirror)
        if mirror.kind is not SignatureType.COSIGNATURE or mirror.public == given.public:
            raise Malformed(
                "a mirror key that serves another role",
                "cosigner-key",
                "a key of type 0x04 of its own, as keepclear client new makes it",
                "mirror",
            )
        bodies.append(parties.KeyStated(mirror.vkey, COSIGNS))
    readers = tuple(reader for reader in desk.outbox.readers() if reader != desk.party)
    # Which key stands is told by its time alone, so that it rises strictly.
    last = [statement.stated_at for statement in client_key_statements(desk.picture)]
    at = max([now, *(before + timedelta(microseconds=1) for before in last)])
    return Decision(
        tuple(
            Telling(
                Statement(
                    id=ids.statement(desk.party, f"{key}\n{body.signs}", Form.EXACT),
                    subject=ids.subject(desk.party, f"\n{body.signs}"),
                    author=Author(desk.party, "unsigned"),
                    cap=desk.cap,
                    stated_at=at,
                    body=body,
                ),
                readers,
            )
            for body in bodies
        )
    )


def take_signed(
    desk: Desk,
    wish: Wish,
    signed: tuple[str, ...],
    key: str,
    now: datetime,
    ids: Ids,
    if_match: StatementId | None = None,
) -> Decision:
    """Take in what a client has signed, if it is what the act comes to, byte for byte.

    Args:
        desk: the party's desk.
        wish: the act, as it was prepared.
        signed: the canonical bytes of each statement with its signature, in base64.
        key: the idempotency key under which it was prepared.
        now: the node's time.
        ids: the id maker.
        if_match: the text that is restated.

    Raises:
        Malformed: the bytes are no statements, or a signature does not hold.
        Refused: a rule says no, or something came between and the act now comes to something else.
    """
    statements = [_decoded(one) for one in signed]
    if not statements:
        raise Malformed("an act without its signed statements", "signed-bytes", "one or more", "signed")
    at = statements[0].stated_at
    if at > now:
        raise Refused("a statement stated ahead of the node's clock", "stated-at-ahead", "prepare it again")
    asked = wish if isinstance(wish, Enrolment) else msgspec.structs.replace(wish, stated_at=at)
    decision = prepare(desk, asked, key, at if isinstance(wish, Enrolment) else now, ids, if_match)
    made = [msgspec.structs.replace(one, sig="") for one in statements]
    if made != [one.statement for one in decision.tells]:
        raise Refused(
            "signed bytes that are not what this act comes to",
            "signed-bytes",
            "the act prepared again and signed again: something may have come between",
            "signed",
        )
    signer = _signer(desk.picture, wish)
    for one in statements:
        check_signed(one, signer)
    return Decision(
        tuple(Telling(one, told.readers) for one, told in zip(statements, decision.tells, strict=True))
    )


def _decoded(encoded: str) -> Statement:
    try:
        return decode(b64decode(encoded, validate=True))
    except (NoBase64, ValueError) as error:
        raise Malformed("signed bytes that are no base64", "base64", "standard base64", "signed") from error


def check_signed(statement: Statement, key: VerifyingKey) -> None:
    """Refuse a statement that a key has not signed.

    Raises:
        NotAllowed: it names another key, or its signature does not hold.
    """
    try:
        if statement.author.key != key.key_id:
            raise NotAllowed("another key's signature", "client-key", key.key_id)
        key.verify(b64decode(statement.sig), signed_part(statement))
    except (KeepclearError, ValueError) as error:
        raise NotAllowed(
            f"a {statement.kind} of {statement.author.party} that its client key has not signed",
            "client-key",
            f"the same, signed with {key.key_id}: keepclear client tell, or keepclear client forward",
        ) from error


def need_client_key(desk: Desk, statement: Statement) -> None:
    """Refuse to state anything new in the name of a party with a client key that it has not signed.

    Raises:
        NotAllowed: by which key it has to be signed.
    """
    standing = client_key(desk.picture)
    if standing is None or isinstance(statement.body, BY_MACHINE) or statement.id in desk.picture:
        return
    check_signed(statement, VerifyingKey.parse(standing))


def differs(prepared: Statement, wish: Wish, key_id: str) -> str:
    """Name what of a prepared statement is not as its signer asked; "" where all of it is.

    For the client, before it signs: the node that prepared it may not be trusted.
    """
    if prepared.author.key != key_id:
        return "author"
    if isinstance(wish, Enrolment):
        asked = (parties.KeyStated(wish.vkey, SIGNS), parties.KeyStated(wish.mirror or "none", COSIGNS))
        return "" if prepared.body in asked else "body"
    if isinstance(prepared.body, telling.NotTold):
        reason = wish.not_telling.get(prepared.body.reader)
        return "" if reason == prepared.body.reason else "not_telling"
    if isinstance(wish.body, telling.StatusStated) and isinstance(prepared.body, telling.StatusStated):
        same = (prepared.body.status, prepared.body.reason) == (wish.body.status, wish.body.reason)
        return "" if same else "body"
    if wish.subject is not None and prepared.subject != wish.subject:
        return "subject"
    for name in _AS_ASKED:
        if getattr(prepared, name) != getattr(wish, name):
            return name
    return ""


_AS_ASKED = (
    "body", "form", "thread", "said_by", "said_at", "via", "source", "mark", "valid", "answers", "onward",
    "attachments", "remarks",
)  # fmt: skip
