"""Signs that steer an eye or a terminal unseen: made visible wherever others' words are drafted or shown."""

from __future__ import annotations

from typing import Final

# Escapes and line breaks; marks that turn the writing; signs that take no room and leave no ink. The joiners
# and direction marks stay: Persian and Arabic cannot be spelled without them.
_BREAKING = (*range(0x20), *range(0x7F, 0xA0), 0x2028, 0x2029)
_TURNING = (*range(0x202A, 0x202F), *range(0x2066, 0x206A))
_BLANK = (0xAD, 0x180E, 0x200B, *range(0x2060, 0x2066), *range(0x206A, 0x2070), 0xFEFF)
_TAGS = range(0xE0000, 0xE0080)
STEERING: Final = (*_BREAKING, *_TURNING, *_BLANK, *_TAGS)
_PICTURES = {code: chr(0x2400 + code) for code in range(0x20)}
_SHOWN: Final = {code: f"<U+{code:04X}>" for code in STEERING} | _PICTURES


def shielded(words: str) -> str:
    """Give words on one row, with every sign that would break, turn or hide them made visible instead."""
    return words.translate(_SHOWN)
