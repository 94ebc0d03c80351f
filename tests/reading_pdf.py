"""The text of a PDF as a reader's search would find it: through each font's own table of signs.

Reads what the typesetter writes: plain objects, deflated streams, composite fonts with a ToUnicode table.
"""

from __future__ import annotations

import re
import zlib

_OBJECT = re.compile(rb"(\d+) 0 obj\s(.*?)\sendobj", re.DOTALL)
_SHOWN = re.compile(rb"/(\w+) [\d.]+ Tf|(\[.*?\]) ?TJ|(<[0-9A-Fa-f]*>|\((?:\\.|[^\\)])*\)) ?Tj", re.DOTALL)
_ESCAPES = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f"}


def text_of(pdf: bytes) -> str:
    """Give all text of a PDF, runs joined by spaces."""
    objects = {int(number): body for number, body in _OBJECT.findall(pdf)}
    tables = {
        name: _table(_stream(objects[int(found.group(1))]))
        for body in objects.values()
        for name, font in re.findall(rb"/(\w+) (\d+) 0 R", _fonts_of(body, objects))
        if (found := re.search(rb"/ToUnicode (\d+) 0 R", objects[int(font)]))
    }
    shown = [
        _page(_stream(body), tables) for body in objects.values() if b"stream" in body and _is_page(body)
    ]
    return "\n".join(shown)


def _fonts_of(body: bytes, objects: dict[int, bytes]) -> bytes:
    inline = re.search(rb"/Font ?<<(.*?)>>", body, re.DOTALL)
    return inline.group(1) if inline else b""


def _is_page(body: bytes) -> bool:
    return b" Tf" in _stream(body)


def _stream(body: bytes) -> bytes:
    found = re.search(rb"stream\r?\n(.*?)\r?\n?endstream", body, re.DOTALL)
    raw = b"" if found is None else found.group(1)
    try:
        return zlib.decompress(raw)
    except zlib.error:
        return raw


def _table(cmap: bytes) -> dict[int, str]:
    table: dict[int, str] = {}
    for part in re.findall(rb"beginbfchar(.*?)endbfchar", cmap, re.DOTALL):
        for code, signs in re.findall(rb"<([0-9A-Fa-f]+)> ?<([0-9A-Fa-f]+)>", part):
            table[int(code, 16)] = bytes.fromhex(signs.decode()).decode("utf-16-be")
    for part in re.findall(rb"beginbfrange(.*?)endbfrange", cmap, re.DOTALL):
        for low, high, first in re.findall(rb"<([0-9A-Fa-f]+)> ?<([0-9A-Fa-f]+)> ?<([0-9A-Fa-f]+)>", part):
            for step in range(int(high, 16) - int(low, 16) + 1):
                table[int(low, 16) + step] = chr(int(first, 16) + step)
    return table


def _page(content: bytes, tables: dict[bytes, dict[int, str]]) -> str:
    table: dict[int, str] = {}
    runs: list[str] = []
    for font, array, single in _SHOWN.findall(content):
        if font:
            table = tables.get(font, {})
            continue
        pieces = re.findall(rb"<[0-9A-Fa-f]*>|\((?:\\.|[^\\)])*\)", array or single, re.DOTALL)
        codes = b"".join(map(_bytes, pieces))
        runs.append(
            "".join(table.get(int.from_bytes(codes[at : at + 2]), "?") for at in range(0, len(codes), 2))
        )
    return " ".join(runs)


def _bytes(piece: bytes) -> bytes:
    if piece.startswith(b"<"):
        return bytes.fromhex(piece[1:-1].decode())

    def plain(found: re.Match[bytes]) -> bytes:
        sign = found.group(1)
        return bytes([int(sign, 8)]) if sign.isdigit() else _ESCAPES.get(sign, sign)

    return re.sub(rb"\\([0-7]{1,3}|.)", plain, piece[1:-1], flags=re.DOTALL)
