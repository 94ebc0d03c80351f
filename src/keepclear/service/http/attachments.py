"""Routes of what stands beside the log: erasable bodies under salted hashes, for those who were told."""

from __future__ import annotations

import asyncio
import re

import msgspec
from msgspec import Struct
from starlette.responses import Response

from keepclear.commands.ports import AttachmentRow, Batch
from keepclear.errors import Malformed, NotKnown, Refused
from keepclear.model.statements import Statement
from keepclear.record.canonical import salted_hash
from keepclear.service.http.acts import KEY, key_of
from keepclear.service.http.policy import Policy, allow_erasing
from keepclear.service.http.routes import Call, Param, Route

MAX_ATTACHMENT_BYTES = 8 * 2**20
KEPT_KEY = Param(
    KEY.name, "may be left out; the same key and body are kept once, under one hash", optional=True
)
_MEDIA_TYPE = re.compile(r"[a-z0-9.+-]+/[a-z0-9.+-]+(;[ -~]*)?", re.ASCII)
_HASH = re.compile(r"[0-9a-f]{64}")


class AttachedAnswer(Struct, frozen=True):
    """A body that is kept: the salted hash by which a statement names it, and its size."""

    salted_hash: str
    size_bytes: int


class ErasedAnswer(Struct, frozen=True):
    """What became of a body: the hash stays in the log and the tree still verifies."""

    salted_hash: str
    erased: bool


async def keep(call: Call) -> Response:
    """Keep a body beside the log, durably, and answer its salted hash; nothing names it yet.

    The same body under the same idempotency key has the same hash and is kept once, so that the act that
    names it can be repeated. What was erased does not come back this way.
    """
    body = await call.body(MAX_ATTACHMENT_BYTES)
    if not body:
        raise Malformed("an attachment without a body", "attachment-empty", "at least one byte")
    node = call.writer.node
    keyed = "idempotency-key" in call.request.headers
    salt = node.keys.salt_for(call.party, key_of(call), body) if keyed else node.keys.salt(call.party)
    named = salted_hash(salt, body)
    answer = Response(msgspec.json.encode(AttachedAnswer(named, len(body))), media_type="application/json")
    await call.writer.settled()
    if node.store.attachment(named) is not None:
        return answer
    if node.picture(call.party).all_about(named):
        raise Refused(
            "keeping again under its key what was erased", "erased", "a new key, for a new statement"
        )
    await asyncio.to_thread(node.store.commit, Batch(attachments=(AttachmentRow(named, salt, body),)))
    answer.status_code = 201
    return answer


async def give(call: Call) -> Response:
    """Give a body to a desk that was told a statement which names it."""
    statement, media_type = await _naming(call)
    row = call.writer.node.store.attachment(_hash(call))
    if row is None:
        raise NotKnown(
            f"an attachment of statement {statement.id}, which was erased or is withheld", "erased", "nothing"
        )
    headers = {"Content-Disposition": "attachment", "Cache-Control": "private, no-store"}
    # The media type is its author's word: what is no plain type name must not get into a header.
    plain = media_type if _MEDIA_TYPE.fullmatch(media_type) else "application/octet-stream"
    return Response(row.body, 200, headers, plain)


async def erase(call: Call) -> Response:
    """Erase a body that the desk itself attached; its hash stays, and the tree still verifies."""
    allow_erasing(call.caller)
    statement, _ = await _naming(call)
    row = call.writer.node.store.attachment(_hash(call))
    # Who shows a statement on names its files too; to erase them is for who attached them.
    theirs = row is not None and not call.writer.node.keys.owns_salt(call.party, row.salt)
    if theirs or statement.author.party != call.party:
        raise _unknown(call)
    erased = await asyncio.to_thread(call.writer.node.store.erase_attachment, _hash(call))
    call.writer.node.shapes.forget(_hash(call))
    answer = ErasedAnswer(_hash(call), erased)
    return Response(msgspec.json.encode(answer), 200, media_type="application/json")


async def _naming(call: Call) -> tuple[Statement, str]:
    """Find a statement that reached the desk and names the body; absent and forbidden answer alike."""
    await call.writer.settled()
    wanted = _hash(call)
    for entry in call.writer.node.picture(call.party).all_about(wanted):
        for named in entry.statement.attachments:
            if named.salted_hash == wanted:
                return entry.statement, named.media_type
    raise _unknown(call)


def _hash(call: Call) -> str:
    value = str(call.request.path_params["salted_hash"])
    if _HASH.fullmatch(value) is None:
        raise Malformed("an attachment by this name", "salted-hash", "64 hex digits", "salted_hash")
    return value


def _unknown(call: Call) -> NotKnown:
    return NotKnown(
        f"the attachment {_hash(call)}", "held", "one that a statement which has reached this desk names"
    )


def routes() -> list[Route]:
    """List the routes of this module."""
    base = "/api/v1/desks/{party}/attachments"
    one = f"{base}/{{salted_hash}}"
    return [
        Route("POST", base, Policy.ACT, keep, "Keep a body beside the log.", AttachedAnswer, bytes,
              headers=(KEPT_KEY,), status=201),
        Route("GET", one, Policy.WHOLE, give, "A body that a statement names.", bytes,
              media_type="*/*"),
        Route("DELETE", one, Policy.ACT, erase, "Erase a body for good; its hash stays.", ErasedAnswer),
    ]  # fmt: skip
