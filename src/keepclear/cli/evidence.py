"""What proves that an author signed two histories or two texts: listed, checked by its key, written out."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from keepclear.cli.output import bold, instant, safe
from keepclear.errors import KeepclearError
from keepclear.model.words import PartyId
from keepclear.record.signing import VerifyingKey
from keepclear.service.exchange import evidence as proofs
from keepclear.service.exchange.pairing import Peers
from keepclear.service.exchange.stopped import StoppedLogs
from keepclear.service.keys import Keyring


def rows(stopped: StoppedLogs, peers: Peers, own: Keyring, out: Path | None) -> list[dict[str, Any]]:
    """Give what is kept, each checked; write each to a file of its own where a folder is given."""
    found: list[dict[str, Any]] = []
    for each in stopped.all():
        row: dict[str, Any] = {
            "origin": each.origin, "peer": each.peer, "at": each.at, "proved": False, "file": "",
            "texts": each.texts,
        }  # fmt: skip
        if each.evidence is not None:
            log, key = peers.of(each.peer).logs[each.origin]
            sizes = proofs.check(each.evidence, key)
            row |= {"proved": True, "log": str(log), "sizes": list(sizes)}
        if not each.texts:
            kept = msgspec.json.encode(each) if each.evidence is None else each.evidence.text()
            row["file"] = _written(out, each.origin, kept)
        found.append(row)
    for text in stopped.doubled():
        said = text.evidence
        proofs.check_texts(said, _key(peers, own, PartyId(said.author), said.key))
        found.append(
            {
                "statement": said.id, "author": said.author, "peer": text.peer, "at": text.at, "proved": True,
                "file": _written(out, said.id, said.text()),
            }
        )  # fmt: skip
    return found


def _key(peers: Peers, own: Keyring, author: PartyId, named: str) -> VerifyingKey:
    """Give the pinned key of an author; where its card has gone, the one by which it was checked then."""
    if author in own.parties():
        return own.statement_key(author).verifying
    try:
        return peers.of_party(author).statement_keys[author]
    except KeepclearError:
        return VerifyingKey.parse(named)


def _written(out: Path | None, name: str, content: bytes) -> str:
    if out is None:
        return ""
    out.mkdir(parents=True, exist_ok=True)
    path = out / f"evidence-{name.replace('/', '-')}.json"
    path.write_bytes(content)
    return str(path)


def lines(found: list[dict[str, Any]]) -> Iterator[str]:
    """Give what is kept as sentences."""
    if not found:
        yield "No log has shown two histories, and no statement two texts."
    for row in found:
        if "statement" in row:
            by = f"came by {safe(row['peer'])} {instant(row['at'])}"
            yield f"{bold(row['statement'])} of {safe(row['author'])}, {by}:"
            yield "  PROVED: its author signed two texts under this one id."
            yield "  Ask the author on the hotline which of them it stands by; act on neither until then."
        else:
            yield f"{bold(row['origin'])} of {safe(row['peer'])}, stopped {instant(row['at'])}:"
            yield _why(row)
        if row["file"]:
            yield f"  written to {safe(row['file'])}"


def _why(row: dict[str, Any]) -> str:
    if row["texts"]:
        return safe(f"  it brought another text of {row['texts']} than the one that is held; see there.")
    if not row["proved"]:
        return "  its author signed a head of entries that it does not give; both heads are kept."
    first, second = row["sizes"]
    return (
        f"  PROVED: its author signed two histories of {safe(row['log'])}; the head of {first} "
        f"entries is not the beginning of the head of {second}."
    )
