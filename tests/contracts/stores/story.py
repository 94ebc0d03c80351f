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
    EntryRow,
    KeyRow,
    LogRow,
    Store,
)
from keepclear.model.statements import LogId
from keepclear.model.words import PartyId, StatementId
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


def steps(seed: int) -> Iterator[Step]:
    """Give an endless course of steps: tellings of several statements, with attachments that are erased."""
    dice = dice_of(seed)
    sizes = dict.fromkeys(LOGS, 0)
    held: list[str] = []
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
        yield Batch((), tuple(statements), tuple(entries), tuple(notes), tuple(keys), tuple(bodies))


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
        "keys": [store.key(row.party, row.key) for row in keys],
        "attachments": [store.attachment(salted_hash) for salted_hash in bodies],
    }


def expected(course: list[Step], done: int) -> dict[str, object]:
    """What must be there after the first `done` steps, asked with the keys of the whole course."""
    oracle = MemoryStore()
    for step in course[:done]:
        take(oracle, step)
    return contents(oracle, course)
