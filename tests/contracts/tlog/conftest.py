"""Small true exports: two parties and a witness, with real keys and signatures."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest

from keepclear.links.tlog import codec
from keepclear.record import cosign, note
from keepclear.record.canonical import canonical, salted_hash, statement_message
from keepclear.record.checkpoint import Checkpoint
from keepclear.record.signing import Role, SigningKey, encode_base64
from keepclear.record.tree import leaf_hash, root_of

AT = datetime(2018, 2, 7, 21, tzinfo=UTC)
SALT = bytes(range(32))
PERSON = b"Names and telephone of the crew"


def key_of(party: str, role: Role, name: str) -> SigningKey:
    return SigningKey.derive(name, hashlib.sha256(party.encode()).digest(), role)


@dataclass
class Author:
    """A party with its keys; `lying` parties have the same names and other keys."""

    party: str
    forger: str = ""
    duty: SigningKey = field(init=False)
    mirror: SigningKey = field(init=False)
    witness: SigningKey = field(init=False)

    def __post_init__(self) -> None:
        seed = self.forger or self.party
        home = f"{self.party.lower()}.example"
        self.duty = key_of(seed, Role.STATEMENT, f"{home}/duty")
        self.mirror = key_of(seed, Role.MIRROR, f"{home}/mirror")
        self.witness = key_of(seed, Role.WITNESS, f"{home}/witness")

    def log_key(self, origin: str) -> SigningKey:
        return key_of(self.forger or self.party, Role.LOG, origin)

    def state(self, body: dict[str, Any], number: int, **more: object) -> dict[str, Any]:
        said = {
            "id": f"{self.party}.{number:04x}",
            "author": {"party": self.party, "key": self.duty.key_id},
            "body": body,
            "stated_at": "2018-02-07T20:00:00Z",
            **more,
        }
        return said | {"sig": encode_base64(self.duty.sign(statement_message(said)))}


@dataclass
class LogMaker:
    """A log that is being written; `signed` makes its checkpoint with any cosignatures."""

    author: Author
    reader: str
    statements: list[dict[str, Any]] = field(default_factory=list)

    @property
    def origin(self) -> str:
        return f"{self.author.party.lower()}.example/to-{self.reader.lower()}"

    @property
    def key(self) -> SigningKey:
        return self.author.log_key(self.origin)

    def open(self) -> LogMaker:
        body = {"kind": "log-opened", "author": self.author.party, "reader": self.reader, "cap": "Actual"}
        self.statements.append(self.author.state(body | {"custody": "party"}, len(self.statements)))
        return self

    def say(self, words: str, **more: object) -> LogMaker:
        body = {"kind": "message", "words": words}
        self.statements.append(self.author.state(body, len(self.statements), **more))
        return self

    def entries(self) -> tuple[bytes, ...]:
        at = "2018-02-07T20:00:01Z"
        return tuple(
            canonical({"index": index, "recorded_at": at, "sees": 0, "statement": statement})
            for index, statement in enumerate(self.statements)
        )

    def head(self, size: int | None = None) -> str:
        entries = self.entries()[:size]
        return Checkpoint(self.origin, len(entries), root_of(map(leaf_hash, entries))).text()

    def signed(self, *cosigners: SigningKey, size: int | None = None) -> bytes:
        text = self.head(size)
        return note.add_lines(note.sign(text, self.key), *(cosign.cosign(text, key, AT) for key in cosigners))

    def export(self, *cosigners: SigningKey, earlier: tuple[bytes, ...] = ()) -> codec.LogExport:
        author, entries = self.author.party, self.entries()
        return codec.LogExport(author, self.reader, self.origin, entries, self.signed(*cosigners), earlier)


def policy_text(*logs: SigningKey, quorum: str = "none", **cosigners: SigningKey) -> str:
    """Write a policy; `reader_RUS=key` becomes a witness of the name reader/RUS."""
    lines = [f"log {key.vkey}" for key in logs]
    lines += [f"witness {name.replace('_', '/')} {key.vkey}" for name, key in cosigners.items()]
    return "\n".join([*lines, f"quorum {quorum}", ""])


@dataclass
class World:
    """The United States desk tells the Russian desk; a monitor is the witness."""

    usa: Author = field(default_factory=lambda: Author("USA"))
    rus: Author = field(default_factory=lambda: Author("RUS"))
    monitor: Author = field(default_factory=lambda: Author("MON"))

    Author = Author
    LogMaker = LogMaker
    policy_text = staticmethod(policy_text)
    salt = SALT
    person = PERSON
    hash_of_person = salted_hash(SALT, PERSON)

    def log(self, texts: int = 3) -> LogMaker:
        attached = [{"salted_hash": self.hash_of_person, "what": "crew"}]
        made = LogMaker(self.usa, "RUS").open().say("A convoy leaves at first light.", attachments=attached)
        for number in range(texts - 2):
            made.say(f"Still on the road, report {number}.")
        return made

    def policy(self, made: LogMaker, quorum: str = "none") -> str:
        return policy_text(
            made.key, reader_RUS=self.rus.mirror, witness_MON=self.monitor.witness, quorum=quorum
        )

    def export(self, log: codec.LogExport, made: LogMaker, *, attached: bool = True) -> codec.Export:
        attachments = {self.hash_of_person: codec.Attached(SALT, PERSON)} if attached else {}
        keys = {made.author.duty.key_id: made.author.duty.vkey}
        return codec.Export((log,), self.policy(made), keys, attachments)

    def files(self, *cosigners: SigningKey, texts: int = 3) -> dict[str, bytes]:
        made = self.log(texts)
        return codec.build(self.export(made.export(*cosigners), made))


@pytest.fixture
def world() -> World:
    return World()
