"""What an author's two histories or two texts have left here: stopped logs and the proof, kept in files."""

from __future__ import annotations

from collections.abc import Container
from hashlib import sha256
from pathlib import Path
from typing import TypeVar

import msgspec
from msgspec import Struct

from keepclear.errors import KeepclearError, StoreFault
from keepclear.model.words import StatementId
from keepclear.record import checkpoint, note
from keepclear.service import files
from keepclear.service.exchange.evidence import Evidence, TwoTexts

_STOPPED, _TEXTS, _HEAD = "json", "texts", "head"
Kept = TypeVar("Kept", bound=Struct)


class Stopped(Struct, frozen=True, forbid_unknown_fields=True):
    """One log that takes nothing more: whose head stopped it, when, and the proof, where there is one.

    Without proof the author signed a head of entries that it does not give: `ours` and `head` are both
    signed by it, and nobody can say which history it stands by. `texts` names the statement of which the log
    brought another text than the one that is held: the proof is a `Doubled` of that id.
    """

    origin: str
    peer: str
    at: str
    head: str
    ours: str
    evidence: Evidence | None = None
    texts: str = ""


class Doubled(Struct, frozen=True, forbid_unknown_fields=True):
    """Two texts that an author signed under one id: from which peer the second came, when, and the proof."""

    peer: str
    at: str
    evidence: TwoTexts


class StoppedLogs:
    """The stopped logs of a node, each in a file of its own; in memory alone where there is no folder.

    Beside them stand the statements of which an author has signed two texts, and signed heads that did not go
    on from what was held and cannot be joined to it yet.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder
        self._kept = {each.origin: each for each in self._read(_STOPPED, Stopped)}
        self._doubled = {each.evidence.id: each for each in self._read(_TEXTS, Doubled)}
        self._unjoined = {_origin(raw): raw for raw in self._raw(_HEAD)}

    def _raw(self, ending: str) -> list[bytes]:
        if self._folder is None or not self._folder.exists():
            return []
        try:
            return [path.read_bytes() for path in sorted(self._folder.glob(f"*.{ending}"))]
        except OSError as error:
            raise _fault(self._folder, error) from error

    def _read(self, ending: str, kind: type[Kept]) -> list[Kept]:
        try:
            return [msgspec.json.decode(raw, type=kind) for raw in self._raw(ending)]
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise _fault(self._folder, error) from error

    def __contains__(self, origin: str) -> bool:
        return origin in self._kept

    def all(self) -> list[Stopped]:
        """Give all stopped logs."""
        return list(self._kept.values())

    def doubled(self) -> list[Doubled]:
        """Give the statements of which two texts were signed."""
        return list(self._doubled.values())

    def stop(self, found: Stopped) -> bool:
        """Stop a log, durably before this returns; proof takes the place of a bare contradiction.

        Raises:
            StoreFault: the file cannot be written.
        """
        known = self._kept.get(found.origin)
        if known is not None and (known.evidence is not None or found.evidence is None):
            return False
        self._write(found.origin, _STOPPED, msgspec.json.format(msgspec.json.encode(found), indent=1))
        self._kept[found.origin] = found
        return True

    def double(self, found: Doubled) -> bool:
        """Keep two texts of one statement, durably before this returns; tell whether they are new.

        Raises:
            StoreFault: the file cannot be written.
        """
        identity = found.evidence.id
        if identity in self._doubled:
            return False
        self._write(identity, _TEXTS, msgspec.json.format(msgspec.json.encode(found), indent=1))
        self._doubled[identity] = found
        return True

    def unjoined(self, origins: Container[str]) -> list[tuple[str, bytes]]:
        """Give the heads of some logs that could not be joined to what was held when they came."""
        return [(origin, head) for origin, head in self._unjoined.items() if origin in origins]

    def keep_unjoined(self, head: bytes) -> None:
        """Keep a signed head that cannot be joined yet, durably: what comes later is held against it.

        Raises:
            StoreFault: the file cannot be written.
        """
        origin = _origin(head)
        if self._unjoined.get(origin) != head:
            self._write(origin, _HEAD, head)
            self._unjoined[origin] = head

    def joined(self, origin: str) -> None:
        """Forget a head that was held against the log since.

        Raises:
            StoreFault: its file cannot be taken away.
        """
        if self._unjoined.pop(origin, None) is not None and self._folder is not None:
            try:
                self._path(self._folder, origin, _HEAD).unlink(missing_ok=True)
            except OSError as error:
                raise _fault(self._folder, error) from error

    def _write(self, name: str, ending: str, content: bytes) -> None:
        if self._folder is None:
            return
        try:
            self._folder.mkdir(mode=0o700, exist_ok=True)
        except OSError as error:
            raise StoreFault(
                f"making {self._folder}: {error}", "evidence-file", "a folder that can be written"
            ) from error
        files.keep(self._path(self._folder, name, ending), content, "evidence-file")

    @staticmethod
    def _path(folder: Path, name: str, ending: str) -> Path:
        return folder / f"{sha256(name.encode()).hexdigest()[:24]}.{ending}"


def second_text(origin: str, peer: str, at: str, head: bytes, statement: StatementId) -> Stopped:
    """Give the stop of a log that brought another text of a statement than the one that is held."""
    return Stopped(origin, peer, at, head.decode(), "", texts=statement)


def _origin(head: bytes) -> str:
    try:
        return checkpoint.parse(note.parse(head).text).origin
    except KeepclearError as error:
        raise StoreFault(
            f"a kept head: {error}", "evidence-file", "the file as it was made; or take it away"
        ) from error


def _fault(folder: Path | None, error: Exception) -> StoreFault:
    return StoreFault(f"the evidence in {folder}: {error}", "evidence-file", "the file as it was made")
