"""One byte form for one value (RFC 8785), and salted hashes of what stands beside a log."""

from __future__ import annotations

import hashlib

import msgspec
import rfc8785

from keepclear.errors import Malformed

SALT_BYTES = 32
STATEMENT_PREFIX = b"keepclear-statement/v1\n"
_ATTACHMENT_PREFIX = b"keepclear-attachment/v1\n"


def canonical(value: object) -> bytes:
    """Write a value as canonical JSON (RFC 8785).

    An absent member and a member that is None are one thing and are left out, so that one statement has one
    form whichever way it was built. None inside an array is refused: leaving it out would move its
    neighbours.

    Raises:
        Malformed: the value has no JSON form: NaN, an infinite number, an integer beyond 2^53 - 1, a lone
            surrogate, None in an array, or a type that is no value.
    """
    try:
        written = _written_at_once(value)
        if written is not None:
            return written
        plain = msgspec.to_builtins(value, str_keys=True)
        try:
            return _ENCODER.encode(_spelt(plain))
        except _WideKey:
            return rfc8785.dumps(_without_none(plain))  # type: ignore[arg-type]
    except (rfc8785.CanonicalizationError, TypeError, UnicodeEncodeError, RecursionError) as error:
        raise Malformed(f"a value without a canonical form: {error}", "canonical", "plain JSON") from error


# The compiled encoder agrees with RFC 8785 on all but numbers and keys beyond ASCII; the library is plain
# Python, and every act is written several times.
_ENCODER = msgspec.json.Encoder(order="sorted")
_INTEGERS = 2**53 - 1
_NO_FRACTION = b"{}[]:,-0123456789"
_TO_COMMAS = bytes.maketrans(b"{}[]:", b",,,,,")
_SURE_DIGITS = 15


def _written_at_once(value: object) -> bytes | None:
    """Give the bytes as the encoder alone writes them where these are canonical, else None; most are.

    They are where keys are ASCII, and outside of strings stands no fraction, no exponent, no integer that
    might be too wide, and no null. Every second piece between quotes lies outside, if no quote is escaped.
    """
    try:
        written = _ENCODER.encode(value)
    except (TypeError, ValueError, OverflowError, RecursionError):
        return None  # the slow way says why
    if not written.isascii() or b"\\" in written:
        return None
    outside = b"".join(written.split(b'"')[::2])
    words = outside.translate(None, _NO_FRACTION)
    if words and words.replace(b"true", b"").replace(b"false", b""):
        return None
    numbers = outside.translate(_TO_COMMAS).split(b",")
    return written if max(map(len, numbers)) <= _SURE_DIGITS else None


class _WideKey(Exception):
    """A key is not ASCII: RFC 8785 orders keys by UTF-16 units, which is another order than that of bytes."""


def _spelt(value: object) -> object:
    """Give a value without None members, its fractions spelt as RFC 8785 spells them."""
    kind = type(value)
    if kind is str or kind is bool:
        return value
    if isinstance(value, dict):
        if not "".join(value).isascii():
            raise _WideKey
        # Most members are strings: they are passed by here, which halves the calls.
        return {
            key: member if type(member) is str else _spelt(member)
            for key, member in value.items()
            if member is not None
        }
    if isinstance(value, list | tuple):
        return [_spelt(member) for member in _whole(value)]
    if isinstance(value, int) and -_INTEGERS <= value <= _INTEGERS:
        return value
    return msgspec.Raw(rfc8785.dumps(value))  # type: ignore[arg-type]


def _without_none(value: object) -> object:
    if isinstance(value, dict):
        return {key: _without_none(member) for key, member in value.items() if member is not None}
    if isinstance(value, list | tuple):
        return [_without_none(member) for member in _whole(value)]
    return value


def _whole(value: list[object] | tuple[object, ...]) -> list[object] | tuple[object, ...]:
    if None in value:
        raise Malformed("null in an array", "canonical", "an array of values")
    return value


def statement_message(statement: object) -> bytes:
    """Give the bytes that a statement's author signs: a fixed prefix, then the statement without `sig`."""
    plain = msgspec.to_builtins(statement, str_keys=True)
    if not isinstance(plain, dict):
        raise Malformed("a statement that is no object", "statement", "a JSON object")
    return STATEMENT_PREFIX + canonical({key: value for key, value in plain.items() if key != "sig"})


def sha256(body: bytes) -> str:
    """Give the SHA-256 of bytes in hex."""
    return hashlib.sha256(body).hexdigest()


def salted_hash(salt: bytes, body: bytes) -> str:
    """Give, in hex, the hash under which a body stands beside a log.

    The salt is 32 random bytes: without it nobody can find the body by trying likely ones. With the salt
    and the body erased, the hash stays in the log and the tree still verifies.

    Raises:
        Malformed: the salt is not 32 bytes.
    """
    if len(salt) != SALT_BYTES:
        raise Malformed(f"a salt of {len(salt)} bytes", "salt", f"{SALT_BYTES} random bytes")
    return sha256(_ATTACHMENT_PREFIX + salt + body)
