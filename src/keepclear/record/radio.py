"""Bytes as groups of letters to be read out, keyed or typed: each row with a check sum, one over all.

Base32 of RFC 4648 §6: capital letters and the digits 2 to 7, so that 0, 1 and 8 are never said; whoever
writes one of them down has heard O, I or B. The bytes are packed by zlib. A row that was misheard is known by
its check group, so only that row is asked for again.
"""

from __future__ import annotations

import base64
import binascii
import re
import zlib
from hashlib import sha256

from keepclear.errors import Malformed

MAX_BYTES = 16_384
GROUP = 5
ROW_GROUPS = 8
_CHECK = 4
_WHOLE = 8
_HEADING = "KEEPCLEAR"
_ROW = re.compile(r"(\d{1,4})((?:\s+[A-Z2-7]+)+)")
_HEARD = str.maketrans("018", "OIB")


def radio_text(what: str, content: bytes) -> str:
    """Write bytes as a radio text: a heading, numbered rows, a last row with the check sum of all.

    Args:
        what: one word for what it is, such as PROOF.
        content: at most 16 KiB.

    Raises:
        Malformed: there is too much.
    """
    if len(content) > MAX_BYTES:
        raise Malformed(f"a radio text of {len(content)} bytes", "radio-size", f"at most {MAX_BYTES} bytes")
    letters = base64.b32encode(zlib.compress(content, 9)).decode().rstrip("=")
    width = GROUP * ROW_GROUPS
    rows = [letters[start : start + width] for start in range(0, len(letters), width)]
    lines = [f"{_HEADING} {what} {len(rows)} ROWS"]
    lines += [f"{number:02d} {_grouped(row)} {_check(number, row)}" for number, row in enumerate(rows, 1)]
    return "\n".join([*lines, f"END {_whole(content)}", ""])


def _grouped(row: str) -> str:
    return " ".join(row[start : start + GROUP] for start in range(0, len(row), GROUP))


def _check(number: int, row: str) -> str:
    return _letters(f"{number} {row}".encode(), _CHECK)


def _whole(content: bytes) -> str:
    return _letters(content, _WHOLE)


def _letters(content: bytes, count: int) -> str:
    return base64.b32encode(sha256(b"keepclear-radio/v1\n" + content).digest()).decode()[:count]


def is_radio_text(text: str) -> bool:
    """Tell whether a text claims to be one."""
    return text.lstrip().upper().startswith(f"{_HEADING} ")


def read_radio(what: str, text: str) -> bytes:
    """Read a radio text; rows may come in any order and more than once, in small letters too.

    Raises:
        Malformed: rows are missing or misheard (it names them), or the whole does not have its check sum.
    """
    lines = [line.strip().upper() for line in text.splitlines() if line.strip()]
    heading = re.fullmatch(rf"{_HEADING} {what} (\d{{1,4}}) ROWS", lines[0] if lines else "")
    if heading is None:
        raise Malformed("a text that is no radio text", "radio-text", f"a first row {_HEADING} {what} n ROWS")
    count = int(heading[1])
    rows = {number: row for line in lines[1:] for number, row in _read_row(line) if number <= count}
    ends = [line.split()[1].translate(_HEARD) for line in lines if re.fullmatch(r"END\s+\S+", line)]
    amiss = [str(number) for number in range(1, count + 1) if number not in rows] + ([] if ends else ["END"])
    if amiss:
        raise Malformed(
            f"a radio text of which rows {', '.join(amiss)} are missing or misheard", "radio-row",
            "these rows said again",
        )  # fmt: skip
    content = _unpacked("".join(rows[number] for number in range(1, count + 1)))
    if _whole(content) not in ends:
        raise Malformed("a radio text whose last row does not fit", "radio-end", "the row END said again")
    return content


def _read_row(line: str) -> list[tuple[int, str]]:
    """Give a row by its number, or nothing where its check group does not fit."""
    first, _, rest = line.partition(" ")
    found = _ROW.fullmatch(f"{first} {rest.translate(_HEARD)}")
    if found is None:
        return []
    number, groups = int(found[1]), found[2].split()
    row = "".join(groups[:-1])
    return [(number, row)] if row and groups[-1] == _check(number, row) else []


def _unpacked(letters: str) -> bytes:
    try:
        packed = base64.b32decode(letters + "=" * (-len(letters) % 8))
        unpacking = zlib.decompressobj()
        content = unpacking.decompress(packed, MAX_BYTES)
    except (binascii.Error, zlib.error, ValueError) as error:
        raise Malformed("a radio text that does not unpack", "radio-text", "all rows as sent") from error
    if not unpacking.eof or unpacking.unused_data:
        raise Malformed("a radio text that does not end where it should", "radio-text", "all rows as sent")
    return content
