"""Measures whose shape is too large for a statement: the command keeps it beside the log by itself."""

from __future__ import annotations

import base64
from typing import Any

import msgspec

from keepclear.cli.desks import Desk
from keepclear.cli.output import say
from keepclear.geo.shapes import Shape
from keepclear.model.beside import MEDIA_TYPE, points, shape_bytes
from keepclear.model.statements import MAX_STATEMENT_BYTES, read

_SHAPE: msgspec.json.Decoder[Shape] = msgspec.json.Decoder(Shape)
# What a statement has besides what was asked: its id and subject, its author's key and signature, times.
_ROOM_BYTES = 2_048


def fitted(here: Desk, asked: dict[str, Any], key: str | None = None) -> dict[str, Any]:
    """Give an act that a statement can hold: a measure's large shape goes beside the log and is named.

    Under one `key` the same shape has one hash, so that the act can be repeated. Who shows another's
    statement on and names no files is taken to mean all that it names.

    Raises:
        Malformed: the shape breaks a rule of its kind, or is larger than a shape may be even there.
        Problem: the node refused to keep it.
    """
    body = asked.get("body")
    if isinstance(body, dict) and body.get("kind") == "forwarded" and "attachments" not in asked:
        return {**asked, "attachments": _files_within(body.get("original"))}
    if not isinstance(body, dict) or body.get("kind") != "measure" or not isinstance(body.get("shape"), dict):
        return asked
    if len(msgspec.json.encode(asked)) <= MAX_STATEMENT_BYTES - _ROOM_BYTES:
        return asked
    shape: Shape = read(_SHAPE, msgspec.json.encode(body["shape"]), "the shape")
    kept_bytes = shape_bytes(shape)
    kept = here.post("attachments", kept_bytes, key)
    named = {
        "salted_hash": kept["salted_hash"], "what": "shape of the measure", "media_type": MEDIA_TYPE,
        "size_bytes": kept["size_bytes"],
    }  # fmt: skip
    say(
        f"The shape has {points(shape):,} points ({len(kept_bytes):,} bytes), more than a statement holds: "
        "it is kept beside the log as an attachment, and whoever is told gets it."
    )
    rest = {name: value for name, value in body.items() if name != "shape"}
    rest["shape_beside"] = kept["salted_hash"]
    return {**asked, "body": rest, "attachments": [*asked.get("attachments", ()), named]}


def _files_within(original: object) -> list[Any]:
    """Give the files that a statement to be shown on names; what cannot be read is for the node to refuse."""
    try:
        shown = msgspec.json.decode(base64.b64decode(str(original), validate=True), type=dict[str, Any])
    except (ValueError, msgspec.DecodeError, RecursionError):
        return []
    files = shown.get("attachments")
    return files if isinstance(files, list) else []
