"""Who may call, in an SQLite file of its own beside the record: persons, passkeys, sessions, tokens.

It stands apart from the record because a record is never changed and a person can be erased. Several
processes may use it at once: the node, and the commands of its owner. Every change is one transaction.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from msgspec import Struct

from keepclear.model.words import PartyId
from keepclear.stores import refusals
from keepclear.stores.small import Kind, Row, Run, faults, opened, transaction

APPLICATION_ID: Final = 0x4B435050  # "KCPP"
SCHEMA_FILES: Final = ("0001_people.sql", "0002_drafts.sql", "0003_scopes.sql")
_KIND: Final = Kind(APPLICATION_ID, "people_schema", SCHEMA_FILES, "people-file", ("secure_delete = ON",))


class PersonRow(Struct, frozen=True):
    """A person of one party, with the roles that it may take there."""

    id: str
    handle: bytes
    party: PartyId
    name: str
    roles: tuple[str, ...]
    added_at_us: int


class PasskeyRow(Struct, frozen=True):
    """The public half of a passkey."""

    id: bytes
    person: str
    public_key: bytes
    sign_count: int
    rp_id: str


class CodeRow(Struct, frozen=True):
    """A one-time code, by its hash: for a first or a new passkey."""

    hash: bytes
    person: str
    kind: str
    until_us: int


class SessionRow(Struct, frozen=True):
    """One signed-in browser: who, in which role, since and until when."""

    id: str
    person: str
    name: str
    party: PartyId
    role: str
    began_at_us: int
    until_us: int
    address: str


class TokenRow(Struct, frozen=True):
    """A program's token, by its hash."""

    id: str
    hash: bytes
    name: str
    party: PartyId
    role: str
    scope: str
    made_at_us: int
    until_us: int
    revoked_at_us: int | None = None


class DraftRow(Struct, frozen=True):
    """What a person writes and has shown to nobody: an act as JSON, finished or not."""

    id: str
    person: str
    title: str
    act: bytes
    saved_at_us: int


_PERSON = """
    SELECT id, handle, party, name,
           coalesce((SELECT group_concat(role, char(10)) FROM appointment WHERE person = person.id), ''),
           added_at_us
    FROM person
"""
_SESSION = """
    SELECT session.id, session.person, person.name, person.party, session.role, began_at_us, until_us, address
    FROM session JOIN person ON person.id = session.person
"""
_TOKEN = "SELECT id, hash, name, party, role, scope, made_at_us, until_us, revoked_at_us FROM token"  # noqa: S105 - SQL


class PeopleStore:
    """Keeps who may call. Every method may be called from any thread."""

    def __init__(self, path: Path, writer: sqlite3.Connection, reader: sqlite3.Connection) -> None:
        """Use `PeopleStore.open`, which makes the file and checks it."""
        self._path = path
        self._writer = writer
        self._reader = reader
        self._writing_lock = threading.Lock()
        # Whoever asks who is calling never waits for a change that waits for another program.
        self._reading_lock = threading.Lock()

    @classmethod
    def open(cls, path: Path) -> PeopleStore:
        """Open the file, or make it so that its owner alone can read it.

        Raises:
            StoreFault: it cannot be used, others may read it, or a newer Keepclear wrote it.
        """
        writer, reader = opened(path, _KIND, connections=2)
        with faults("opening", str(path)):
            reader.execute("PRAGMA query_only = ON")
        return cls(path, writer, reader)

    def close(self) -> None:
        """Let go of the file."""
        with self._writing_lock, self._reading_lock:
            self._reader.close()
            self._writer.close()

    # Persons.

    def add(self, person: PersonRow, code: CodeRow) -> bool:
        """Add a person with a first role and a code; False if the party has one of this name."""
        with self._writing("adding a person to") as run:
            if run(
                "SELECT 1 FROM person WHERE party = ? AND name = ?", (person.party, person.name)
            ).fetchone():
                return False
            run(
                "INSERT INTO person VALUES (?, ?, ?, ?, ?)",
                (person.id, person.handle, person.party, person.name, person.added_at_us),
            )
            for role in person.roles:
                run("INSERT INTO appointment VALUES (?, ?)", (person.id, role))
            self._put_code(code)
        return True

    def persons(self, party: PartyId | None = None) -> list[PersonRow]:
        """List the persons, of one party or of all, by party and name."""
        if party is None:
            return [_person(row) for row in self._read(f"{_PERSON} ORDER BY party, name")]
        return [_person(row) for row in self._read(f"{_PERSON} WHERE party = ? ORDER BY name", (party,))]

    def person(self, identity: str) -> PersonRow | None:
        """Give a person by its id."""
        rows = self._read(f"{_PERSON} WHERE id = ?", (identity,))
        return _person(rows[0]) if rows else None

    def appoint(self, person: str, role: str) -> None:
        """Let a person take one more role."""
        with self._writing("appointing in") as run:
            run("INSERT OR IGNORE INTO appointment VALUES (?, ?)", (person, role))

    def dismiss(self, person: str, role: str) -> bool:
        """Take a role from a person, which ends its sessions in that role; False if it had it not."""
        with self._writing("dismissing in") as run:
            return run("DELETE FROM appointment WHERE person = ? AND role = ?", (person, role)).rowcount > 0

    def erase(self, person: str) -> bool:
        """Remove all that is kept of a person, and its bytes from the file; False if there is none.

        Raises:
            StoreFault: another program reads the file and so keeps its old bytes; they go when it has ended
                and somebody is erased again.
        """
        with self._writing("erasing in") as run:
            found = run("DELETE FROM person WHERE id = ?", (person,)).rowcount > 0
        with self._writing_lock, faults("erasing in", str(self._path)):
            # Rows may have been copied within the file when its pages were balanced: write it anew.
            self._writer.execute("VACUUM")
            busy, _, _ = self._writer.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        if busy:
            raise refusals.erasure_pending(person, str(self._path))
        return found

    # Personal drafts.

    def put_draft(self, draft: DraftRow, at_most: int) -> bool:
        """Keep a draft, in place of the person's own of this id; False where it has too many already."""
        with self._writing("keeping a draft in") as run:
            own = run("SELECT id FROM draft WHERE person = ?", (draft.person,)).fetchall()
            if (draft.id,) not in own and len(own) >= at_most:
                return False
            run("DELETE FROM draft WHERE id = ? AND person = ?", (draft.id, draft.person))
            run(
                "INSERT INTO draft VALUES (?, ?, ?, ?, ?)",
                (draft.id, draft.person, draft.title, draft.act, draft.saved_at_us),
            )
        return True

    def drafts(self, person: str) -> list[DraftRow]:
        """List a person's drafts, the latest first."""
        rows = self._read(
            "SELECT id, person, title, act, saved_at_us FROM draft WHERE person = ?"
            " ORDER BY saved_at_us DESC, id",
            (person,),
        )
        return [DraftRow(*row) for row in rows]

    def drop_draft(self, person: str, identity: str) -> bool:
        """Throw a person's own draft away; False if it has none of this id."""
        with self._writing("dropping a draft of") as run:
            return run("DELETE FROM draft WHERE id = ? AND person = ?", (identity, person)).rowcount > 0

    # Codes and passkeys.

    def put_code(self, code: CodeRow) -> None:
        """Keep a new enrolment code; an earlier one of the person no longer counts."""
        with self._writing("keeping a code in"):
            self._put_code(code)

    def _put_code(self, code: CodeRow) -> None:
        run = self._writer.execute
        if code.kind == "enrolment":
            run("DELETE FROM code WHERE person = ? AND kind = 'enrolment'", (code.person,))
        run("INSERT INTO code VALUES (?, ?, ?, ?)", (code.hash, code.person, code.kind, code.until_us))

    def code(self, hashed: bytes) -> CodeRow | None:
        """Give a code by its hash."""
        rows = self._read("SELECT hash, person, kind, until_us FROM code WHERE hash = ?", (hashed,))
        return CodeRow(*rows[0]) if rows else None

    def open_codes(self, now_us: int) -> list[CodeRow]:
        """List the codes that can still be used."""
        rows = self._read("SELECT hash, person, kind, until_us FROM code WHERE until_us > ?", (now_us,))
        return [CodeRow(*row) for row in rows]

    def enrol(self, hashed: bytes, passkey: PasskeyRow, recovery: Iterable[CodeRow], now_us: int) -> bool:
        """Spend a code on a passkey, whole or not at all; False if the code is not there any more.

        The new passkey is the person's only one. Its sessions end and its older codes no longer count, so
        that whoever holds a lost device has nothing.
        """
        with self._writing("enrolling in") as run:
            taken = run("SELECT 1 FROM passkey WHERE id = ? AND person <> ?", (passkey.id, passkey.person))
            if taken.fetchone():
                return False
            spent = run(
                "DELETE FROM code WHERE hash = ? AND person = ? AND until_us > ?",
                (hashed, passkey.person, now_us),
            ).rowcount
            if not spent:
                return False
            for table in ("passkey", "code", "session"):
                run(f"DELETE FROM {table} WHERE person = ?", (passkey.person,))  # noqa: S608 - names from above
            run(
                "INSERT INTO passkey VALUES (?, ?, ?, ?, ?, ?)",
                (passkey.id, passkey.person, passkey.public_key, passkey.sign_count, passkey.rp_id, now_us),
            )
            for code in recovery:
                self._put_code(code)
        return True

    def passkey(self, identity: bytes) -> PasskeyRow | None:
        """Give a passkey by its id."""
        rows = self._read(
            "SELECT id, person, public_key, sign_count, rp_id FROM passkey WHERE id = ?", (identity,)
        )
        return PasskeyRow(*rows[0]) if rows else None

    def passkeys(self) -> list[PasskeyRow]:
        """List all passkeys."""
        return [
            PasskeyRow(*row)
            for row in self._read("SELECT id, person, public_key, sign_count, rp_id FROM passkey")
        ]

    # Sessions.

    def begin(
        self, hashed: bytes, session: SessionRow, passkey: PasskeyRow, count: int, ends: bytes | None
    ) -> bool:
        """Begin a session by a passkey; False if the passkey was used or replaced in between.

        Args:
            hashed: the hash of the session's secret.
            session: the session.
            passkey: the passkey as it was when the signature was checked.
            count: its signature counter after that.
            ends: the hash of a session of the same browser which this one replaces.
        """
        with self._writing("beginning a session in") as run:
            holds = run(
                "SELECT 1 FROM appointment WHERE person = ? AND role = ?", (session.person, session.role)
            ).fetchone()
            if not holds:
                return False
            current = run(
                "UPDATE passkey SET sign_count = ? WHERE id = ? AND person = ? AND sign_count = ?",
                (count, passkey.id, passkey.person, passkey.sign_count),
            ).rowcount
            if not current:
                return False
            run("DELETE FROM session WHERE until_us <= ?", (session.began_at_us,))
            if ends is not None:
                run("DELETE FROM session WHERE hash = ?", (ends,))
            self._put_session(hashed, session)
        return True

    def put_session(self, hashed: bytes, session: SessionRow) -> None:
        """Begin a session right after an enrolment."""
        with self._writing("beginning a session in"):
            self._put_session(hashed, session)

    def _put_session(self, hashed: bytes, session: SessionRow) -> None:
        self._writer.execute(
            "INSERT INTO session VALUES (?, ?, ?, ?, ?, ?, ?)",
            (
                hashed, session.id, session.person, session.role, session.began_at_us, session.until_us,
                session.address,
            ),
        )  # fmt: skip

    def session(self, hashed: bytes, now_us: int) -> SessionRow | None:
        """Give the session of a secret, as long as it lasts."""
        rows = self._read(f"{_SESSION} WHERE hash = ? AND until_us > ?", (hashed, now_us))
        return SessionRow(*rows[0]) if rows else None

    def sessions(self, now_us: int, person: str | None = None) -> list[SessionRow]:
        """List the sessions that last, of one person or of all, oldest first."""
        if person is None:
            rows = self._read(f"{_SESSION} WHERE until_us > ? ORDER BY began_at_us, session.id", (now_us,))
        else:
            rows = self._read(
                f"{_SESSION} WHERE until_us > ? AND session.person = ? ORDER BY began_at_us, session.id",
                (now_us, person),
            )
        return [SessionRow(*row) for row in rows]

    def take_role(self, session: str, role: str) -> bool:
        """Go on with a session in another of the person's roles; False if it has not that role."""
        with self._writing("changing a session in") as run:
            return (
                run(
                    "UPDATE session SET role = ?1 WHERE id = ?2 AND EXISTS (SELECT 1 FROM appointment "
                    "WHERE person = session.person AND role = ?1)",
                    (role, session),
                ).rowcount
                > 0
            )

    def end_session(self, session: str, person: str) -> bool:
        """End one session of a person; False if the person has no such session."""
        with self._writing("ending a session in") as run:
            return run("DELETE FROM session WHERE id = ? AND person = ?", (session, person)).rowcount > 0

    def end_sessions(self, person: str) -> int:
        """End all sessions of a person; gives their number."""
        with self._writing("ending sessions in") as run:
            return run("DELETE FROM session WHERE person = ?", (person,)).rowcount

    def forget_sign_ins(self) -> None:
        """End all sessions and drop all open codes, as for a restored copy."""
        with self._writing("ending sessions in") as run:
            run("DELETE FROM session")
            run("DELETE FROM code WHERE kind = 'enrolment'")

    # Tokens.

    def put_token(self, token: TokenRow) -> None:
        """Keep a token."""
        with self._writing("keeping a token in") as run:
            run(
                "INSERT INTO token VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    token.id, token.hash, token.name, token.party, token.role, token.scope, token.made_at_us,
                    token.until_us, token.revoked_at_us,
                ),
            )  # fmt: skip

    def token(self, hashed: bytes, now_us: int) -> TokenRow | None:
        """Give the token of a secret, as long as it lasts and is not revoked."""
        rows = self._read(
            f"{_TOKEN} WHERE hash = ? AND until_us > ? AND revoked_at_us IS NULL", (hashed, now_us)
        )
        return TokenRow(*rows[0]) if rows else None

    def tokens(self) -> list[TokenRow]:
        """List all tokens, revoked and expired ones too, oldest first."""
        return [TokenRow(*row) for row in self._read(f"{_TOKEN} ORDER BY made_at_us, id")]

    def revoke_token(self, identity: str, now_us: int) -> bool:
        """Revoke a token for good; False if there is none that counts."""
        with self._writing("revoking a token in") as run:
            return (
                run(
                    "UPDATE token SET revoked_at_us = ? WHERE id = ? AND revoked_at_us IS NULL",
                    (now_us, identity),
                ).rowcount
                > 0
            )

    # Access.

    def _read(self, sql: str, values: tuple[object, ...] = ()) -> list[Row]:
        with self._reading_lock, faults("reading", str(self._path)):
            return self._reader.execute(sql, values).fetchall()

    @contextmanager
    def _writing(self, doing: str) -> Iterator[Run]:
        with self._writing_lock, faults(doing, str(self._path)), transaction(self._writer) as run:
            yield run


def _person(row: Row) -> PersonRow:
    identity, handle, party, name, roles, added = row
    return PersonRow(identity, handle, party, name, tuple(sorted(filter(None, roles.split("\n")))), added)
