"""Names of persons: salted bodies beside the log, kept with the act that names them (statements.md §5)."""

from __future__ import annotations

from msgspec import Struct

from keepclear.commands.ports import AttachmentRow
from keepclear.model.words import Attachment
from keepclear.record.canonical import salted_hash
from keepclear.service.http.routes import Call


class NameBeside(Struct, frozen=True):
    """A person's name as a statement names it, and the row that is kept when the act is; erasable."""

    named: Attachment
    row: AttachmentRow


def name_beside(call: Call, name: str, what: str) -> NameBeside:
    """Salt a person's name for the desk of a call; nothing is kept before the act that names it is taken."""
    body, salt = name.encode(), call.writer.node.keys.salt(call.party)
    row = AttachmentRow(salted_hash(salt, body), salt, body)
    return NameBeside(Attachment(row.salted_hash, what, "text/plain", len(body)), row)
