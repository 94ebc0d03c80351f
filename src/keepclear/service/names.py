"""The names of persons that stand beside the logs of one node: read from its store, never kept in memory."""

from __future__ import annotations

from keepclear.commands.ports import Store
from keepclear.model.statements import Entry
from keepclear.record.canonical import salted_hash as hash_of


class NamesBeside:
    """Gives a name by its salted hash, for the pictures of a node; an erased one is gone at once."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def __call__(self, salted_hash: str) -> str | None:
        """Give the name, or None where it was erased, never held, or is not what its hash says."""
        row = self._store.attachment(salted_hash)
        if row is None or hash_of(row.salt, row.body) != salted_hash:
            return None
        return row.body.decode("utf-8", "replace")

    def are(self, names: tuple[str, ...], entry: Entry | None) -> bool:
        """Compare the names of an act that comes again with those beside what it made, unless one is gone."""
        if not names:
            return True
        kept = () if entry is None else entry.statement.attachments
        held = {self(named.salted_hash) for named in kept}
        return None in held or held >= set(names)
