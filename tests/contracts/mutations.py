"""Inputs that were damaged at random: what fuzzing of a decoder starts from."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence

WORDS = (
    b"</event>", b"<event", b"<event ", b"<!DOCTYPE a [", b"<!ENTITY a '", b"&a;", b"]]>", b"<![CDATA[",
    b"<!--", b"-->", b"\0", b"\xff", b"\xc3", b"\xed\xa0\x80", b"\n", b"\r\n", b'"', b"'", b"<", b">", b"/",
    b"=", b"9999999", b"NaN", b"1e999", b"-", b"{", b"}", b"[", b"null", b",", b",,,,", b"MSG,",
    b"2026-03-01T06:00:00Z",
)  # fmt: skip


def mutated(seeds: Sequence[bytes], count: int, seed: int) -> Iterator[bytes]:
    """Give so many damaged inputs, the same for one seed: bytes changed, cut, doubled, joined, put in."""
    draw = random.Random(seed)
    for _ in range(count):
        data = bytearray(draw.choice(seeds))
        for _ in range(draw.randint(1, 6)):
            _damage(data, draw, seeds)
        yield bytes(data)


def _damage(data: bytearray, draw: random.Random, seeds: Sequence[bytes]) -> None:
    at = draw.randint(0, len(data))
    to = min(len(data), at + draw.randint(0, 40))
    match draw.randint(0, 6):
        case 0 if data:
            data[at % len(data)] = draw.randint(0, 255)
        case 1:
            del data[at:to]
        case 2:
            data[at:at] = data[at:to] * draw.randint(1, 5)
        case 3:
            data[at:at] = draw.choice(WORDS)
        case 4:
            other = draw.choice(seeds)
            data[at:] = other[draw.randint(0, len(other)) :]
        case 5 if data:
            data[at % len(data)] ^= 1 << draw.randint(0, 7)
        case _:
            data[at:to] = draw.randbytes(draw.randint(0, 8))
