"""What went wrong on a link, in words by which an operator knows what to do next.

The errors of sockets and TLS name neither the peer nor a next step; a refusal comes as the other node's JSON.
"""

from __future__ import annotations

import ssl

import httpx
import msgspec
from msgspec import Struct

from keepclear.errors import NotAllowed
from keepclear.service.exchange.pairing import Peer

PEER_RULE = "peer"
"""The rule by which a node refuses whoever is no peer of it now (`service/http/exchange.py`)."""


REFUSED_RULE = "peer-refused"
"""The rule of this node's own error where another one refuses it."""


class _Refusal(Struct, frozen=True):
    """The part of a problem that a refusing node says of why."""

    detail: str = ""
    rule: str = ""


def refusal(peer: Peer, status: int, raw: bytes) -> NotAllowed:
    """Give the error for an answer that is no success."""
    try:
        said = msgspec.json.decode(raw, type=_Refusal)
    except msgspec.DecodeError:
        said = _Refusal(raw[:200].decode("utf-8", "replace"))
    if said.rule == PEER_RULE:
        return NotAllowed(
            f"{peer.node} does not let this node in: it has cut the link, or lacks this node's present card; "
            "call them on the hotline",
            REFUSED_RULE,
            "a link that is healed there, and this node's present card; ask by voice",
        )
    return NotAllowed(
        f"{peer.node} answered {status}: {said.detail[:200]}", REFUSED_RULE, "an answer that takes the pull"
    )


def words(error: Exception, peer: Peer) -> str:
    """Say what went wrong with a try, whom it concerns and what to do."""
    url = peer.card.url
    if _is_of_tls(error):
        return (
            f"who answers at {url} is not {peer.node} as on its card: another node, or its certificate is "
            "new; get its card again and compare it by voice"
        )
    if isinstance(error, httpx.ConnectTimeout | httpx.ConnectError):
        return f"nobody answers at {url}: the node or the way to it is down, or it has moved"
    if isinstance(error, httpx.TimeoutException):
        return f"{peer.node} is reached at {url}, but nothing comes over the link"
    if isinstance(error, httpx.NetworkError | httpx.RemoteProtocolError):
        return (
            f"{url} broke off: a bad link, or {peer.node} does not know this node's certificate; it would "
            "have to add this node's present card"
        )
    if isinstance(error, NotAllowed) and error.rule == REFUSED_RULE:
        return error.asked
    return str(error) or type(error).__name__


def _is_of_tls(error: BaseException | None) -> bool:
    """Tell whether a certificate that is not the pinned one is behind an error."""
    while error is not None:
        if isinstance(error, ssl.SSLCertVerificationError):
            return True
        error = error.__cause__ or error.__context__
    return False
