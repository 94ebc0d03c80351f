"""Who may call, beyond the owner of the machine: persons by passkey, programs by token.

Every secret is made here with 100 bits of chance or more and kept as its SHA-256, under which it is looked
up: whoever measures how long a look-up takes learns about hashes, from which no secret can be found.
"""

from __future__ import annotations

import hmac
import secrets
import unicodedata
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from typing import Final

from msgspec import Struct

from keepclear.commands.ports import Clock
from keepclear.errors import Conflicting, Malformed, NotAllowed, NotKnown
from keepclear.model.words import PartyId
from keepclear.service.auth import OF_THE_NODE, Role
from keepclear.stores.people import CodeRow, PasskeyRow, PeopleStore, PersonRow, SessionRow, TokenRow
from keepclear.times import instant, microseconds

EVERYBODY: Final = PartyId("*")
CODE_LIFE: Final = timedelta(hours=24)
SESSION_LIFE: Final = timedelta(hours=12)
"""One watch with its handover. No shorter limit for idle pages: a watch screen is looked at, not typed at."""
LONGEST_TOKEN: Final = timedelta(days=366)
RECOVERY_CODES: Final = 6
MAX_NAME: Final = 80
TOKEN_MARK: Final = "kc_"  # noqa: S105 - the mark of a token, not one

_NEVER_US: Final = 2**62
_ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # no letter that is taken for a digit, none for U
_READ_ALIKE: Final = str.maketrans({"O": "0", "I": "1", "L": "1", "-": "", " ": ""})
_GROUPS: Final = 4
_GROUP: Final = 5


class Scope(StrEnum):
    """What a token is for; it never does more than its role."""

    READ_DESK = "read desk"
    ACT = "act"
    AUDITOR = "auditor"
    FEED = "feed"
    OPERATE = "operate"


class Person(Struct, frozen=True):
    """A person as it is listed: how it stands with passkey and sessions, and no secret."""

    id: str
    party: PartyId
    name: str
    roles: tuple[Role, ...]
    has_passkey: bool
    sessions: int


class Invited(Struct, frozen=True):
    """A one-time code, shown once, and until when it can be used."""

    person: str
    code: str
    until: datetime


class Enrolled(Struct, frozen=True):
    """What an enrolment gave: codes to keep on paper, shown once."""

    person: str
    recovery_codes: tuple[str, ...]


class Begun(Struct, frozen=True):
    """A session and its secret, which only the browser keeps."""

    secret: str
    session: SessionRow


class People:
    """The persons and tokens of a node."""

    def __init__(self, store: PeopleStore, clock: Clock) -> None:
        self.store = store
        self._clock = clock

    # Persons.

    def add(self, name: str, party: PartyId, role: Role) -> Invited:
        """Add a person with a first role, and make its enrolment code.

        Raises:
            Malformed: the name cannot be shown and read aloud, or the role is of another kind of party.
            Conflicting: the party has a person of this name.
        """
        person = PersonRow(
            secrets.token_hex(8), secrets.token_bytes(32), party, _checked_name(name), (role,), self._now_us()
        )
        _check_place(party, role)
        code, row = self._fresh_code(person.id, "enrolment", CODE_LIFE)
        if not self.store.add(person, row):
            raise Conflicting(
                f"a second {person.name} of {party}",
                "person-once",
                "keepclear user appoint for one more role, user code for a new passkey, or another name",
                "name",
            )
        return Invited(person.id, code, instant(row.until_us))

    def appoint(self, person: PersonRow, role: Role) -> None:
        """Let a person take one more role at its party.

        Raises:
            Malformed: the role is of another kind of party.
        """
        _check_place(person.party, role)
        self.store.appoint(person.id, role)

    def named(self, name: str, party: PartyId | None = None) -> PersonRow:
        """Give the person of a name.

        Raises:
            NotKnown: there is none.
            Conflicting: several parties have one.
        """
        wanted = _checked_name(name)
        found = [person for person in self.store.persons(party) if person.name == wanted]
        if not found:
            raise NotKnown(f"the person {wanted}", "person", "a name of keepclear user list")
        if len(found) > 1:
            parties = ", ".join(person.party for person in found)
            raise Conflicting(f"the person {wanted}", "person-party", f"--party with one of {parties}")
        return found[0]

    def listed(self, party: PartyId | None = None) -> tuple[Person, ...]:
        """List the persons of one party or of all."""
        with_passkey = {passkey.person for passkey in self.store.passkeys()}
        sessions = [session.person for session in self.store.sessions(self._now_us())]
        return tuple(
            Person(
                person.id, person.party, person.name, ordered(person.roles), person.id in with_passkey,
                sessions.count(person.id),
            )
            for person in self.store.persons(party)
        )  # fmt: skip

    def can_sign_in(self, rp_id: str) -> bool:
        """Tell whether anybody has a passkey for this name, or an enrolment code that can still be used."""
        now = self._now_us()
        return any(passkey.rp_id == rp_id for passkey in self.store.passkeys()) or any(
            code.kind == "enrolment" for code in self.store.open_codes(now)
        )

    # Codes and passkeys.

    def invite(self, person: PersonRow) -> Invited:
        """Make a new enrolment code; the person's passkey stands until the code is used."""
        code, row = self._fresh_code(person.id, "enrolment", CODE_LIFE)
        self.store.put_code(row)
        return Invited(person.id, code, instant(row.until_us))

    def invited(self, code: str) -> PersonRow:
        """Give the person whose code this is.

        Raises:
            NotAllowed: it is unknown, used or too old, all in the same words.
        """
        row = self.store.code(_hash(_plain_code(code)))
        person = self.store.person(row.person) if row is not None and row.until_us > self._now_us() else None
        if person is None:
            raise refused_code()
        return person

    def enrol(self, code: str, passkey: PasskeyRow) -> Enrolled:
        """Spend a code on a passkey, which becomes the person's only one.

        Raises:
            NotAllowed: the code is unknown, used or too old, or the passkey is another person's.
        """
        made = [self._fresh_code(passkey.person, "recovery", None) for _ in range(RECOVERY_CODES)]
        if not self.store.enrol(_hash(_plain_code(code)), passkey, [row for _, row in made], self._now_us()):
            raise refused_code()
        return Enrolled(passkey.person, tuple(code for code, _ in made))

    def _fresh_code(self, person: str, kind: str, life: timedelta | None) -> tuple[str, CodeRow]:
        plain = "".join(secrets.choice(_ALPHABET) for _ in range(_GROUPS * _GROUP))
        until = _NEVER_US if life is None else self._now_us() + _us(life)
        shown = "-".join(plain[start : start + _GROUP] for start in range(0, len(plain), _GROUP))
        return shown, CodeRow(_hash(plain), person, kind, until)

    # Sessions.

    def begin(
        self,
        person: PersonRow,
        role: Role | None,
        address: str,
        used: tuple[PasskeyRow, int] | None = None,
        ends: str | None = None,
    ) -> Begun:
        """Begin a session.

        Args:
            person: whose.
            role: in which role; None for the first of the person's.
            address: from where, for the list of sessions.
            used: the passkey that signed, as it was then, and its new counter; None after an enrolment.
            ends: the secret of the browser's present session, which ends.

        Raises:
            NotAllowed: the person has not this role, or the passkey was replaced or used meanwhile.
        """
        held = ordered(person.roles)
        if not held or (role is not None and role not in held):
            raise NotAllowed(
                "signing in in this role", "sign-in-role", "a role that the person holds", "role"
            )
        secret = secrets.token_urlsafe(32)
        now = self._now_us()
        session = SessionRow(
            secrets.token_hex(8), person.id, person.name, person.party, role or held[0], now,
            now + _us(SESSION_LIFE), address,
        )  # fmt: skip
        if used is None:
            self.store.put_session(_hash(secret), session)
        elif not self.store.begin(_hash(secret), session, *used, None if ends is None else _hash(ends)):
            raise refused_passkey()
        return Begun(secret, session)

    def session(self, secret: str) -> SessionRow | None:
        """Give the session of a secret, or None if it ended."""
        return self.store.session(_hash(secret), self._now_us())

    def sessions(self, person: str | None = None) -> list[SessionRow]:
        """List the sessions that last."""
        return self.store.sessions(self._now_us(), person)

    # Tokens.

    def add_token(
        self, name: str, party: PartyId, scope: Scope, role: Role | None, life: timedelta
    ) -> tuple[str, TokenRow]:
        """Make a token for a program; gives its secret, which is shown once.

        Raises:
            Malformed: the scope, role, party or life do not go together.
        """
        held = _token_role(party, scope, role)
        if not timedelta(0) < life <= LONGEST_TOKEN:
            raise Malformed(
                f"a token for {life.days} days", "token-life", f"1 to {LONGEST_TOKEN.days} days", "days"
            )
        secret = TOKEN_MARK + secrets.token_urlsafe(32)
        now = self._now_us()
        row = TokenRow(
            secrets.token_hex(4), _hash(secret), _checked_name(name), party, held, scope, now, now + _us(life)
        )
        self.store.put_token(row)
        return secret, row

    def token(self, secret: str) -> TokenRow | None:
        """Give the token of a secret, or None if it expired, was revoked or never was."""
        return self.store.token(_hash(secret), self._now_us())

    def tokens(self) -> list[tuple[TokenRow, str]]:
        """List all tokens, each with how it stands: good, expired or revoked."""
        now = self._now_us()
        return [(token, _standing(token, now)) for token in self.store.tokens()]

    def revoke_token(self, identity: str) -> None:
        """Revoke a token at once and for good.

        Raises:
            NotKnown: there is none of this id that counts.
        """
        if not self.store.revoke_token(identity, self._now_us()):
            raise NotKnown(f"the token {identity}", "token-id", "an id of keepclear token list")

    def _now_us(self) -> int:
        return microseconds(self._clock.now())


def csrf_of(secret: str) -> str:
    """Give what a page of ours must send with every write of a session; other pages cannot know it."""
    return hmac.digest(secret.encode(), b"keepclear csrf", "sha256").hex()


def at(instant_us: int) -> datetime:
    """Give a kept instant as a time."""
    return instant(instant_us)


def ordered(roles: tuple[str, ...]) -> tuple[Role, ...]:
    """Give roles in the order in which they are listed; unknown ones of a newer release are left out."""
    return tuple(role for role in Role if role in roles)


def refused_code() -> NotAllowed:
    """Refuse a code without telling a wrong one from a used or an old one."""
    return NotAllowed(
        "signing in with this code",
        "sign-in",
        "the code as it stands on the slip, unused and not too old (capitals and dashes make no difference); "
        "or a new one from the watch chief, who makes it with: keepclear user code NAME",
        "code",
    )


def refused_passkey() -> NotAllowed:
    """Refuse a passkey without telling why."""
    return NotAllowed(
        "signing in with this passkey", "sign-in", "the passkey that was enrolled last, or a new code"
    )


def _standing(token: TokenRow, now_us: int) -> str:
    if token.revoked_at_us is not None:
        return "revoked"
    return "expired" if token.until_us <= now_us else "good"


def _check_place(party: PartyId, role: Role) -> None:
    if (party == EVERYBODY) != (role in OF_THE_NODE):
        raise Malformed(
            f"the role {role} at {party}",
            "role-of-party",
            f"no --party for {' and '.join(OF_THE_NODE)}, of no party; a hosted party for other roles",
            "party",
        )


_TOKEN_ROLES: Final = {
    Scope.READ_DESK: (Role.OBSERVER,),
    Scope.ACT: (Role.DUTY_OFFICER, Role.LIAISON_OFFICER, Role.WATCH_CHIEF, Role.INFORMATION_STEWARD),
    Scope.AUDITOR: (Role.AUDITOR,),
    Scope.FEED: (Role.DUTY_OFFICER,),
    Scope.OPERATE: (Role.OPERATOR,),
}


def _token_role(party: PartyId, scope: Scope, role: Role | None) -> Role:
    fits = _TOKEN_ROLES[scope]
    held = role or fits[0]
    if held not in fits:
        raise Malformed(
            f"a token to {scope} in the role {held}", "token-role", f"one of {', '.join(fits)}", "role"
        )
    _check_place(party, held)
    return held


def _checked_name(name: str) -> str:
    plain = " ".join(unicodedata.normalize("NFC", name).split())
    if not 1 <= len(plain) <= MAX_NAME or not plain.isprintable():
        raise Malformed(
            "a name that cannot be shown", "name", f"1 to {MAX_NAME} printable characters", "name"
        )
    return plain


def _plain_code(code: str) -> str:
    return code.upper().translate(_READ_ALIKE)


def _hash(secret: str) -> bytes:
    return sha256(secret.encode("utf-8", "surrogatepass")).digest()


def _us(span: timedelta) -> int:
    return span // timedelta(microseconds=1)
