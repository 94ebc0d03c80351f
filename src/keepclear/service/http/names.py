"""Names of persons: kept as salted bodies beside the log, so that they can be erased (statements.md §5)."""

from __future__ import annotations

import asyncio

from keepclear.commands.ports import AttachmentRow, Batch
from keepclear.model.words import Attachment
from keepclear.record.canonical import salted_hash
from keepclear.service.http.routes import Call


async def name_kept(call: Call, name: str, what: str) -> tuple[Attachment, ...]:
    """Keep a person's name beside the log, and give what a statement names it by."""
    node, body = call.writer.node, name.encode()
    salt = node.keys.salt(call.party)
    row = AttachmentRow(salted_hash(salt, body), salt, body)
    await asyncio.to_thread(node.store.commit, Batch(attachments=(row,)))
    return (Attachment(row.salted_hash, what, "text/plain", len(body)),)
