"""A witness: it cosigns checkpoints of logs that grow, and refuses every other. It sees sizes and times only.

Its answers are those of c2sp.org/tlog-witness, `add-checkpoint`. A party to the arrangement does not witness
others' logs: a folder that holds a node never becomes a witness, nor one that holds a witness a node.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from http import HTTPStatus
from pathlib import Path
from typing import Annotated, Final

import msgspec
from msgspec import Meta, Struct

from keepclear.errors import KeepclearError, Malformed, NotAllowed, ProofRefused, Refused, StoreFault
from keepclear.record import note
from keepclear.record.checkpoint import Checkpoint
from keepclear.record.cosign import cosign
from keepclear.record.proof import verify_consistency
from keepclear.record.signing import SignatureType, SigningKey, VerifyingKey
from keepclear.record.witnessing import SIZE_TYPE, AddCheckpoint, parse_request
from keepclear.service.keys import Keyring
from keepclear.service.listening import Listening, is_loopback
from keepclear.service.settings import KEYS, SETTINGS, WITNESS
from keepclear.stores.witness import LastSeen, WitnessStore
from keepclear.times import microseconds

STORE: Final = "witness.sqlite3"
_TEXT: Final = "text/plain; charset=utf-8"


class Answer(Struct, frozen=True):
    """What a witness answers: HTTP status, body, content type."""

    status: HTTPStatus
    body: bytes
    content_type: str = _TEXT


class _Conflict(KeepclearError):
    """The old size is not the last cosigned one, or the tree of that size is another; carries the size."""

    def __init__(self, size: int) -> None:
        super().__init__(f"a checkpoint after size {size}", "witness-old-size", f"old size {size}")
        self.size = size


class Witness:
    """Answers `add-checkpoint` for the logs that were added to it."""

    def __init__(self, store: WitnessStore, key: SigningKey, now: Callable[[], datetime]) -> None:
        self._store = store
        self._key = key
        self._now = now

    def add_checkpoint(self, body: bytes) -> Answer:
        """Judge an offered checkpoint, keep it and cosign it; durable before the answer is given.

        400 malformed, or the old size is above the new; 404 unknown log; 403 no trusted signature, or a
        broken one by a trusted key; 409 with the size last cosigned, where the old size is another or the
        root of that size is; 422 a proof that does not lead there.
        """
        try:
            asked = parse_request(body)
            head = asked.head()
        except KeepclearError as error:
            return _refused(HTTPStatus.BAD_REQUEST, error)
        keys = [VerifyingKey.parse(vkey) for vkey in self._store.keys(head.origin)]
        if not keys:
            return Answer(HTTPStatus.NOT_FOUND, b"this log is not known here\n")
        try:
            text = note.open_note(asked.signed_checkpoint, keys).text
        except KeepclearError as error:
            return _refused(HTTPStatus.FORBIDDEN, error)
        if asked.old > head.size:
            return Answer(HTTPStatus.BAD_REQUEST, b"the old size is above that of the checkpoint\n")
        return self._judged(asked, head, text)

    def _judged(self, asked: AddCheckpoint, head: Checkpoint, text: str) -> Answer:
        at = self._now()
        at_us = microseconds(at)

        def judge(last: LastSeen) -> LastSeen:
            _check_growth(asked, head, last)
            return LastSeen(head.size, head.root, at_us)

        try:
            self._store.advance(head.origin, judge)
        except _Conflict as conflict:
            return Answer(HTTPStatus.CONFLICT, b"%d\n" % conflict.size, SIZE_TYPE)
        except ProofRefused as error:
            return _refused(HTTPStatus.UNPROCESSABLE_ENTITY, error)
        return Answer(HTTPStatus.OK, cosign(text, self._key, at))


def _check_growth(asked: AddCheckpoint, head: Checkpoint, last: LastSeen) -> None:
    if asked.old != last.size:
        raise _Conflict(last.size)
    if asked.old == head.size and head.root != last.root:
        raise _Conflict(last.size)
    if asked.old == 0:
        if asked.proof:
            raise ProofRefused(
                "a proof from size 0", "consistency", "no proof: everything begins with nothing"
            )
        return
    verify_consistency(last.size, head.size, asked.proof, last.root, head.root)


def _refused(status: HTTPStatus, error: KeepclearError) -> Answer:
    return Answer(status, f"{error}\n".encode())


class WitnessSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """What a witness is: the name in its key, and where it listens."""

    name: Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9.-]{0,60}$")]
    listen: Listening = Listening()


class OpenedWitness(Struct, frozen=True):
    """A witness that is open: its settings, its store, its key."""

    settings: WitnessSettings
    store: WitnessStore
    key: SigningKey

    def trust(self, vkey: str) -> bool:
        """Trust the key of a log; its name is the log's origin. False if it was trusted before.

        Raises:
            Malformed: it is no key of a log.
            NotAllowed: the log is of a node of the witness's own name.
        """
        key = VerifyingKey.parse(vkey)
        if key.kind is not SignatureType.NOTE:
            raise Malformed(
                f"the log key {key.key_id}", "witness-log-key", "a key of type 0x01, as a policy's log has"
            )
        if key.name.partition("/")[0] == self.settings.name:
            raise NotAllowed(
                f"witnessing {key.name}, a log of the witness's own name",
                "witness-party",
                "logs of others: a party to the arrangement does not witness logs",
            )
        return self.store.trust(key.name, key.vkey)


def create_witness(folder: Path, settings: WitnessSettings) -> None:
    """Make the folder of a witness, with a fresh key.

    Raises:
        NotAllowed: a node is there: a party to the arrangement does not witness others' logs.
        Refused: a witness is there already.
        Malformed: the settings are not as documented.
        StoreFault: the folder cannot be made.
    """
    _refuse_party(folder)
    if (folder / WITNESS).exists():
        raise Refused(f"a new witness in {folder}, which holds one", "new-folder", "another folder")
    try:
        checked = msgspec.json.decode(msgspec.json.encode(settings), type=WitnessSettings)
    except msgspec.ValidationError as error:
        raise Malformed(
            f"a witness with these settings: {error}", "settings", "a name of small letters, digits, . and -"
        ) from error
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        Keyring.open(folder / KEYS, checked.name)
        WitnessStore.open(folder / STORE).close()
        (folder / WITNESS).write_bytes(msgspec.json.format(msgspec.json.encode(checked), indent=2))
    except OSError as error:
        raise StoreFault(f"making {folder}: {error}", "folder", "a folder that can be written") from error


def open_witness(folder: Path) -> OpenedWitness:
    """Open the folder of a witness.

    Raises:
        NotAllowed: a node is there too.
        Refused: there is no witness.
        Malformed: its settings cannot be read.
        StoreFault: a file cannot be used.
    """
    _refuse_party(folder)
    if not (folder / WITNESS).exists():
        raise Refused(f"opening {folder}, where there is no witness", "no-witness", "keepclear witness init")
    try:
        settings = msgspec.json.decode((folder / WITNESS).read_bytes(), type=WitnessSettings)
    except (OSError, msgspec.DecodeError) as error:
        raise Malformed(
            f"the settings in {folder}: {error}", "settings", "the file as it was made"
        ) from error
    key = Keyring.open(folder / KEYS, settings.name).witness_key()
    return OpenedWitness(settings, WitnessStore.open(folder / STORE), key)


def _refuse_party(folder: Path) -> None:
    if (folder / SETTINGS).exists():
        raise NotAllowed(
            f"a witness in {folder}, where a node hosts parties",
            "witness-party",
            "a folder of somebody who is no party: a party does not witness others' logs",
        )


def check_witness_may_listen(listen: Listening, *, tls: bool) -> None:
    """Refuse to listen beyond this machine without a certificate.

    Raises:
        NotAllowed: there is none.
    """
    if not tls and not is_loopback(listen.host):
        raise NotAllowed(
            f"a witness that listens at {listen.host} without a certificate",
            "loopback-only",
            "127.0.0.1, behind something that speaks TLS; or --tls-certificate and --tls-key",
        )
