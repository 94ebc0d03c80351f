"""Signed notes as in c2sp.org/signed-note@v1.0.0: a text, an empty line, signature lines.

Unknown keys are ignored. A known key with a bad signature refuses the whole note, and so does a note that
no known key has signed.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from msgspec import Struct

from keepclear.errors import Malformed, ProofRefused
from keepclear.record.cosign import check_cosignature
from keepclear.record.signing import (
    SignatureType,
    SigningKey,
    VerifyingKey,
    check_key_name,
    decode_base64,
    encode_base64,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

MAX_NOTE_BYTES = 1_000_000
MAX_SIGNATURES = 100
_HASH_BYTES = 4
_MARK = "— "
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f]")


class SignatureLine(Struct, frozen=True):
    """One signature line as it stands, not yet checked."""

    name: str
    hash: bytes
    signature: bytes

    def line(self) -> str:
        """Write the line, newline included."""
        return f"{_MARK}{self.name} {encode_base64(self.hash + self.signature)}\n"


class UnsignedNote(Struct, frozen=True):
    """A note taken apart and not yet checked: its text must not be used."""

    text: str
    lines: tuple[SignatureLine, ...]


class Signed(Struct, frozen=True):
    """One signature that holds: the key, and for a cosignature its time in seconds since 1970."""

    key: VerifyingKey
    time_s: int | None


class OpenedNote(Struct, frozen=True):
    """A note that at least one known key has signed, and none wrongly."""

    text: str
    signed: tuple[Signed, ...]
    unknown: tuple[SignatureLine, ...]


def sign(text: str, *signers: SigningKey) -> bytes:
    """Sign a text with each of the keys and give the note.

    Raises:
        Malformed: the text does not end in a newline or holds control characters, no key was given, or a
            cosigner's key was given (cosigners sign by `cosign.cosign`).
    """
    _check_text(text)
    if not signers:
        raise Malformed("a note without a signature", "note-signers", "at least one key")
    lines = []
    for key in signers:
        if key.kind is not SignatureType.NOTE:
            raise Malformed(f"a note signed by {key.key_id}", "note-signers", "a key of type 0x01")
        lines.append(SignatureLine(key.name, key.verifying.hash, key.sign(text.encode())).line())
    return f"{text}\n{''.join(lines)}".encode()


def add_lines(note: bytes, *lines: bytes) -> bytes:
    """Put further signature lines at the end of a note, leaving out those it already has.

    Raises:
        Malformed: the note or a line cannot be read.
    """
    known = set(parse(note).lines)
    added = []
    for line in lines:
        read = _parse_line(_decoded(line))
        if read not in known:
            known.add(read)
            added.append(line)
    return note + b"".join(added)


def only(note: bytes, name: str, key_hash: bytes = b"") -> bytes:
    """Give a note with the first signature line under one name (and of one key) alone, not yet checked.

    Raises:
        Malformed: the bytes are no note.
    """
    parsed = parse(note)
    lines = [line.line() for line in parsed.lines if line.name == name and line.hash.startswith(key_hash)]
    return f"{parsed.text}\n{''.join(lines[:1])}".encode()


def parse(note: bytes) -> UnsignedNote:
    """Take a note apart without checking a signature.

    Raises:
        Malformed: the bytes are no note.
    """
    if len(note) > MAX_NOTE_BYTES:
        raise Malformed(f"a note of {len(note)} bytes", "note-size", f"at most {MAX_NOTE_BYTES} bytes")
    whole = _decoded(note)
    head, blank, tail = whole.rpartition("\n\n")
    if not blank or not tail.endswith("\n"):
        raise Malformed("bytes without a signature part", "note", "a text, an empty line, signature lines")
    text = head + "\n"
    _check_text(text)
    lines = tail[:-1].split("\n")
    if len(lines) > MAX_SIGNATURES:
        raise Malformed(f"a note with {len(lines)} signatures", "note", f"at most {MAX_SIGNATURES}")
    return UnsignedNote(text, tuple(_parse_line(line + "\n") for line in lines))


def open_note(note: bytes, keys: Iterable[VerifyingKey]) -> OpenedNote:
    """Check a note against the keys that the caller trusts.

    Raises:
        Malformed: the bytes are no note, or two of the keys share a name and a hash.
        ProofRefused: a known key's signature does not hold, or no known key has signed.
    """
    known: dict[tuple[str, bytes], VerifyingKey] = {}
    for key in keys:
        if known.setdefault((key.name, key.hash), key) != key:
            raise Malformed(f"two keys under the id {key.key_id}", "note-keys", "keys with distinct ids")
    parsed = parse(note)
    signed: list[Signed] = []
    unknown: list[SignatureLine] = []
    for line in parsed.lines:
        found = known.get((line.name, line.hash))
        if found is None:
            unknown.append(line)
        else:
            signed.append(Signed(found, _check_line(found, line, parsed.text)))
    if not signed:
        raise ProofRefused("a note that no known key has signed", "note-signed", "a signature by a known key")
    return OpenedNote(parsed.text, tuple(signed), tuple(unknown))


def _check_line(key: VerifyingKey, line: SignatureLine, text: str) -> int | None:
    if key.kind is SignatureType.COSIGNATURE:
        return check_cosignature(key, line.signature, text)
    key.verify(line.signature, text.encode())
    return None


def _decoded(raw: bytes) -> str:
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Malformed("a note that is not UTF-8", "note-text", "UTF-8", f"byte {error.start}") from error
    found = _CONTROL.search(text)
    if found is not None:
        raise Malformed(
            "a note with a control character", "note-text", "newlines only", f"sign {found.start()}"
        )
    return text


def _check_text(text: str) -> None:
    if not text.endswith("\n") or text == "\n":
        raise Malformed("a note text without a last newline", "note-text", "lines that each end in one")
    if _CONTROL.search(text) is not None:
        raise Malformed("a note with a control character", "note-text", "newlines only")


def _parse_line(line: str) -> SignatureLine:
    parts = line.removeprefix(_MARK).removesuffix("\n").split(" ")
    if not line.startswith(_MARK) or not line.endswith("\n") or len(parts) != 2:
        raise Malformed(f"{line!r} is no signature line", "note-line", '"— name base64"')
    name, text = parts
    check_key_name(name)
    raw = decode_base64(text, f"the signature of {name}")
    if len(raw) <= _HASH_BYTES:
        raise Malformed(
            f"the signature of {name} is empty", "note-line", "four bytes of hash and a signature"
        )
    return SignatureLine(name, raw[:_HASH_BYTES], raw[_HASH_BYTES:])
