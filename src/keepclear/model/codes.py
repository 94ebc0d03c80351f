"""The check code: eight digits by which two ends make sure, by voice, that they hold the same text.

Derivation, which anybody can do again: take the SHA-256 of the statement's canonical bytes (the hash that an
acknowledgement names), read its first eight bytes as one whole number, the first byte the highest, and keep
the last eight decimal digits, with zeros in front. It is spoken as four and four.

Two texts that differ by accident have the same code once in a hundred million. It is a guard against mistakes
and crossed papers; against somebody who makes texts until one fits, only the whole hash is.
"""

from __future__ import annotations

DIGITS = 8
_HASHED = 16


def check_code(digest: str) -> str:
    """Give the check code of a statement by its hash (64 hex digits): eight digits."""
    return f"{int(digest[:_HASHED], 16) % 10**DIGITS:0{DIGITS}d}"


def spoken_code(code: str) -> str:
    """Give a check code as it is read aloud: four digits, a pause, four digits."""
    half = DIGITS // 2
    return f"{code[:half]} {code[half:]}"
