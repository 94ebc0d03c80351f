"""What is said of a card beside that it is pinned, and what a new certificate does and does not mend."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from keepclear.cli.client import dir_option
from keepclear.service.exchange.pairing import Card, Ended, Peers

RENEWED: Final = (
    "The certificate is new: by it the link is met. The keys of statements, logs and cosignatures "
    "are the ones "
    "before. Where these may be in other hands, no card helps: tell the other side by voice, and begin a new "
    "node under a new name, with a new party id. This folder stays as evidence."
)
"""Said after `peer card --new-key`."""


def revoked(name: str) -> str:
    """Say what a revocation ends, and how the other side comes back."""
    return (
        f"The keys of {name} count no more. What it told stays in the record as it stood. Ask them by "
        "voice what "
        "was lost. Only the certificate: a new card of theirs (peer card --new-key), added with --keys-kept. "
        "The folder, a backup or a disk: the signing keys too; they begin a new node under a new name with a "
        "new party id, and its card is added instead."
    )


def said_of(card: Card, peers: Peers, ended: Ended | None, folder: Path) -> Iterator[str]:
    """Say of a card that was pinned: revoked keys on it, a party that wrote from elsewhere, its address.

    Args:
        card: the card.
        peers: the peers, this one among them.
        ended: the revoked card that has a signing key with it in common; None where there is none.
        folder: the folder of this node.
    """
    if ended is not None:
        yield (
            "Only its certificate is new. Its statements, logs and cosignatures are still signed by "
            "keys that were "
            f"revoked here for: {ended.why}. Whoever else holds these signs as it does. If anybody "
            "may: keepclear "
            f"peer revoke {card.node}, and let them begin a new node under a new name, with a new party id."
        )
    own = {each.party for each in card.parties}
    for peer in peers.all():
        both = sorted(own & peer.parties)
        if peer.revoked and both and peer.node != card.node:
            yield (
                f"{', '.join(both)} wrote from {peer.node} before. What it has told from there stays, "
                "and its log "
                f"does not go on at {card.node}: if it has told anything, let them begin the new node "
                "with a party "
                f"id of its own, as {both[0]}2; keepclear peer list says so too."
            )
    if not card.url:
        yield "It has no address: exchange by hand."
        return
    yield (
        f"It is looked for at {card.url}. The fingerprint does not cover this address: let them read "
        "it aloud "
        f"too. If it is another one: keepclear peer move {card.node} https://HOST:PORT{dir_option(folder)}"
    )
    yield "A running node takes it up within a second."
