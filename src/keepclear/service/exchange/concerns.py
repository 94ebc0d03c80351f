"""What of the exchange a desk's officers must act on, as alarms; what concerns another desk is not told."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from keepclear.model.alarms import AlarmRaised
from keepclear.model.statements import LogId, decode
from keepclear.model.words import PUBLIC, PartyId, StatementId
from keepclear.record.signing import decode_base64
from keepclear.rules import between_nodes
from keepclear.service.exchange.behind import next_step
from keepclear.service.exchange.session import Exchange


def concerns(exchange: Exchange, desk: PartyId, now: datetime) -> Iterator[AlarmRaised]:
    """Give the alarms that the exchange calls for at one desk."""
    node = exchange.node
    for found in node.withheld.values():
        if desk in found.readers:
            said = found.statement
            yield between_nodes.withheld(said.author.party, said.subject, said.kind, found.limit, now)
    for each in exchange.own.ahead():
        if each.author == desk:
            step = next_step(each)
            yield between_nodes.behind(each.reader, each.origin, each.size, each.ours, step, now)
    for peer in exchange.own.unheard(exchange.peers):
        yield between_nodes.unheard(peer.node, ", ".join(sorted(peer.parties)), now)
    for stopped in exchange.stopped.all():
        log = _log_of(exchange, stopped.peer, stopped.origin)
        if log is not None and log.reader in (desk, PUBLIC) and not stopped.texts:
            yield between_nodes.split_view(log.author, stopped.origin, now)
    for doubled in exchange.stopped.doubled():
        proof = doubled.evidence
        known = node.withheld.get(StatementId(proof.id))
        told = node.desk(desk).picture.entry(StatementId(proof.id)) is not None
        # Only who was told one of the two texts: that the author spoke to others is theirs to know.
        if told or node.is_partys or (known is not None and desk in known.readers):
            subject = decode(decode_base64(proof.first, "a statement")).subject
            yield between_nodes.two_texts(PartyId(proof.author), subject, proof.id, now)


def _log_of(exchange: Exchange, peer: str, origin: str) -> LogId | None:
    found = next((each for each in exchange.peers.all() if each.node == peer), None)
    return None if found is None or origin not in found.logs else found.logs[origin][0]
