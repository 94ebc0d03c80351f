"""What the store tests keep: a reproducible course of steps, and the oracle that says what must be there."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256

from keepclear.commands.ports import (
    AttachmentRow,
    Batch,
    CheckpointRow,
    Claim,
    DeadlineChange,
    DeadlineRow,
    EntryRow,
    KeyRow,
    LogRow,
    OutboxRow,
    Store,
)
from keepclear.model.statements import LogId
from keepclear.model.words import PartyId, StatementId, SubjectId
from keepclear.stores.memory import MemoryStore

COALITION, RUSSIA = PartyId("coalition"), PartyId("russia")
OWN, TOLD, ANSWERS = LogId(COALITION, COALITION), LogId(COALITION, RUSSIA), LogId(RUSSIA, COALITION)
LOGS = (OWN, TOLD, ANSWERS)
OPENING = Batch(logs=tuple(LogRow(log, f"node/{place}", "party") for place, log in enumerate(LOGS)))
START_US = 1_518_000_000_000_000


@dataclass(frozen=True)
class Erase:
    """A step that erases an attachment."""

    salted_hash: str


Step = Batch | Erase


def dice_of(seed: int) -> random.Random:
    """Give dice that fall the same way every time."""
    return random.Random(seed)


def entry(log: LogId, index: int, encoded: bytes) -> EntryRow:
    at = START_US + index
    leaf = sha256(b"\x00" + encoded + str(log).encode()).digest()
    return EntryRow(log, index, at, at + 1, index // 2, sha256(encoded).digest(), leaf)


def telling(log: LogId, index: int, encoded: bytes) -> Batch:
    """One statement told in one log, and nothing else."""
    return Batch(statements=((sha256(encoded).digest(), encoded),), entries=(entry(log, index, encoded),))


def attachment(dice: random.Random, size: int) -> AttachmentRow:
    salt, body = dice.randbytes(32), dice.randbytes(size)
    return AttachmentRow(sha256(salt + body).hexdigest(), salt, body)


def deadline(alarm: int, number: int, due_us: int = START_US) -> DeadlineRow:
    """What is due for one of the course's alarms."""
    text = StatementId(f"{COALITION}.text")
    return DeadlineRow(COALITION, SubjectId(f"{COALITION}.alarm{alarm}"), text, "step", number, due_us)


def letter(key: str, alarm: int = 0) -> OutboxRow:
    """A message that waits."""
    return OutboxRow(key, COALITION, SubjectId(f"{COALITION}.alarm{alarm}"), StatementId(f"{COALITION}.s"), 0)


class Rows:
    """The deadlines and messages of a course: escalations that fire, letters that are claimed and leave."""

    def __init__(self, dice: random.Random) -> None:
        self._dice = dice
        self._due: dict[int, DeadlineRow] = {}
        self._waiting: dict[str, int] = {}
        self._made = 0

    def moves(self) -> dict[str, tuple]:
        """Give what changes with the next batch."""
        self._made += 1
        alarm = self._dice.randrange(6)
        was = self._due.pop(alarm, None)
        now = None if was is not None and self._dice.random() < 0.3 else deadline(alarm, self._made)
        if now is not None:
            self._due[alarm] = now
        gone = [key for key, tried in self._waiting.items() if tried and self._dice.random() < 0.5]
        for key in gone:
            del self._waiting[key]
        claims = [Claim(key, tried) for key, tried in self._waiting.items() if self._dice.random() < 0.5]
        for claim in claims:
            self._waiting[claim.key] += 1
        fresh = letter(f"letter-{self._made}", alarm)
        self._waiting[fresh.key] = 0
        return {
            "deadlines": (DeadlineChange(was, now),),
            "outbox": (fresh,),
            "unsent": tuple(gone),
            "claims": tuple(claims),
        }


def steps(seed: int) -> Iterator[Step]:
    """Give an endless course of steps: tellings of several statements, with attachments that are erased."""
    dice = dice_of(seed)
    sizes = dict.fromkeys(LOGS, 0)
    held: list[str] = []
    rows = Rows(dice_of(seed + 1))
    number = 0
    yield OPENING
    while True:
        if held and dice.random() < 0.15:
            yield Erase(held.pop(dice.randrange(len(held))))
            continue
        statements, entries, keys = [], [], []
        for _ in range(dice.randint(1, 3)):
            number += 1
            encoded = (b'{"n":%d}' % number) + dice.randbytes(dice.choice((40, 400, 1_400)))
            statements.append((sha256(encoded).digest(), encoded))
            for log in dice.sample(LOGS, dice.randint(1, 2)):
                entries.append(entry(log, sizes[log], encoded))
                sizes[log] += 1
            keys.append(KeyRow(COALITION, f"key-{number}", b"asked", StatementId(f"coalition.{number}")))
        touched = sorted({row.log for row in entries})
        notes = [CheckpointRow(log, sizes[log], dice.randbytes(200)) for log in touched]
        bodies = [attachment(dice, dice.choice((30, 900, 6_000)))] if dice.random() < 0.3 else []
        held += [body.salted_hash for body in bodies]
        yield Batch(
            (), tuple(statements), tuple(entries), tuple(notes), tuple(keys), tuple(bodies), **rows.moves()
        )


def take(store: Store, step: Step) -> None:
    if isinstance(step, Erase):
        store.erase_attachment(step.salted_hash)
    else:
        store.commit(step)


def contents(store: Store, after: list[Step]) -> dict[str, object]:
    """Everything that a store gives, asked in every way, for the keys and attachments of these steps."""
    batches = [step for step in after if isinstance(step, Batch)]
    keys = [row for batch in batches for row in batch.keys]
    bodies = [row.salted_hash for batch in batches for row in batch.attachments]
    statements = list(store.statements())
    return {
        "logs": store.logs(),
        "entries": list(store.entries()),
        "by log": [list(store.entries(log)) for log in LOGS],
        "statements": statements,
        "by digest": [store.statement(digest) for digest, _ in statements],
        "checkpoints": [store.checkpoints(log) for log in LOGS],
        "keys": [store.keys([(row.party, row.key)]) for row in keys],
        "deadlines": store.deadlines(),
        "outbox": store.outbox(),
        "attachments": [store.attachment(salted_hash) for salted_hash in bodies],
    }


def expected(course: list[Step], done: int) -> dict[str, object]:
    """What must be there after the first `done` steps, asked with the keys of the whole course."""
    oracle = MemoryStore()
    for step in course[:done]:
        take(oracle, step)
    return contents(oracle, course)
