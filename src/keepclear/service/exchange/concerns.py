"""What of the exchange a desk's officers must act on, as alarms; what concerns another desk is not told."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from keepclear.model.alarms import AlarmRaised
from keepclear.model.statements import decode
from keepclear.model.words import PartyId, StatementId
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
    for doubled in exchange.stopped.doubled():
        proof = doubled.evidence
        known = node.withheld.get(StatementId(proof.id))
        told = node.desk(desk).picture.entry(StatementId(proof.id)) is not None
        # Only who was told one of the two texts: that the author spoke to others is theirs to know.
        if told or node.is_partys or (known is not None and desk in known.readers):
            subject = decode(decode_base64(proof.first, "a statement")).subject
            yield between_nodes.two_texts(PartyId(proof.author), subject, proof.id, now)
