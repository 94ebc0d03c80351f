"""The shape of a measure that is too large for a statement: canonical JSON beside the log, read as strictly.

The statement names it by its salted hash, in `shape_beside` and among its attachments. It goes to whoever was
told the statement; once erased or missing, nothing is known of the shape, and views have to say so.
Source: statements.md section 5.
"""

from __future__ import annotations

import msgspec

from keepclear.errors import Malformed
from keepclear.geo.shapes import Corridor, Path, Polygon, Shape
from keepclear.model.measures import MeasureStated
from keepclear.model.statements import Statement, read
from keepclear.record.canonical import canonical

MAX_SHAPE_BYTES = 512 * 1024
MAX_SHAPE_POINTS = 5_000
MIN_SHAPE_BYTES = 8 * 1024
"""Below this a shape stands in its statement: a quarter of what a statement holds, some 200 points."""
MEDIA_TYPE = "application/json"
NOT_HELD = "shape not held here"
"""What views say of a shape that was erased or never came."""

_DECODER: msgspec.json.Decoder[Shape] = msgspec.json.Decoder(Shape)


def read_shape(body: bytes) -> Shape:
    """Read the shape that an attachment holds, by the rules of one that stands in its statement.

    Raises:
        Malformed: too many bytes or points, no shape, or not in canonical form.
    """
    if len(body) > MAX_SHAPE_BYTES:
        raise _too_large(f"a shape of {len(body):,} bytes")
    shape: Shape = read(_DECODER, body, "the shape beside the log")
    if not isinstance(shape, Path | Polygon | Corridor):
        # A circle fits into any statement, and is read back there by its centre and radius.
        raise Malformed(
            "a shape without corners beside the log",
            "shape-inline",
            "this shape in body.shape",
            "shape_beside",
        )
    if shape_bytes(shape) != body:
        raise Malformed(
            "a shape beside the log that is not in canonical form",
            "shape-canonical",
            "the shape as canonical JSON (RFC 8785), each member once",
            "shape_beside",
        )
    return shape


def shape_bytes(shape: Shape) -> bytes:
    """Give the bytes under which a shape stands beside the log.

    Raises:
        Malformed: it has more points or bytes than a shape may have there.
    """
    count = points(shape)
    if count > MAX_SHAPE_POINTS:
        raise _too_large(f"a shape of {count:,} points")
    body = canonical(shape)
    if len(body) > MAX_SHAPE_BYTES:
        raise _too_large(f"a shape of {len(body):,} bytes")
    return body


def need_size(body: bytes, shape: Shape) -> None:
    """Refuse a shape beside the log that its statement would hold.

    What stands in the statement is signed with it and cannot be erased from under whoever checks against it.

    Raises:
        Malformed: it is smaller than 8 KiB.
    """
    if len(body) < MIN_SHAPE_BYTES:
        raise Malformed(
            f"a shape of {points(shape):,} points ({len(body):,} bytes) beside the log, where it could be "
            "erased and leave a measure that nobody can check a plan against",
            "shape-inline",
            f"this shape in body.shape, where a statement holds it; beside the log from {MIN_SHAPE_BYTES:,} "
            f"bytes (some 200 points) to {MAX_SHAPE_BYTES:,} bytes and {MAX_SHAPE_POINTS:,} points",
            "body.shape_beside",
        )


def points(shape: Shape) -> int:
    """Give how many points a shape has, the repeated ones of rings included."""
    match shape:
        case Path(trace):
            return len(trace)
        case Corridor(trace):
            return len(trace)
        case Polygon(exterior, holes):
            return len(exterior) + sum(map(len, holes))
        case _:
            return 1


def need_named(statement: Statement) -> None:
    """Refuse a shape beside the log that the statement does not name among its attachments.

    Raises:
        Malformed: it does not; only what it names there is given to whoever is told.
    """
    body = statement.body
    if not isinstance(body, MeasureStated) or body.shape_beside is None:
        return
    if all(named.salted_hash != body.shape_beside for named in statement.attachments):
        raise Malformed(
            "a shape beside the log that is none of the attachments",
            "shape-attached",
            "attachments with the same salted_hash",
            "body.shape_beside",
        )


def _too_large(asked: str) -> Malformed:
    passes = f"at most {MAX_SHAPE_POINTS:,} points and {MAX_SHAPE_BYTES:,} bytes; else several measures"
    return Malformed(asked, "shape-size", passes, "body.shape")
