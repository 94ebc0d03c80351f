"""The HTTP parser of a node: that of `httptools`, with a bound on the head of a request.

The parser keeps a head in memory until it is whole, and asks for no bound of its own; a caller who never ends
his head would fill the memory of a node that others need at that moment.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import Any, cast

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

HEAD_BYTES = 64 * 1024
LINGER_S = 1.0
"""How long what still comes in is thrown away before a connection is cut off."""

PEER_CERTIFICATE = "keepclear.peer_certificate"
"""Where a request's scope holds the certificate (DER) that its caller has shown, if it had to."""

_STATUS = HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE
_WORDS = (
    f"The head of a request (its first row and its headers) may have {HEAD_BYTES} bytes; this one has more."
)
_ANSWER = (
    f"HTTP/1.1 {_STATUS.value} {_STATUS.phrase}\r\ncontent-type: text/plain; charset=utf-8\r\n"
    f"content-length: {len(_WORDS)}\r\nconnection: close\r\n\r\n{_WORDS}"
).encode("ascii")


class BoundedHead(HttpToolsProtocol):
    """One connection; a head that outgrows `HEAD_BYTES` is answered 431 (RFC 6585, 5) and cut off."""

    _in_head = False
    _head_bytes = 0
    _over = False

    def data_received(self, data: bytes) -> None:
        """Feed the parser, and count what it holds of a head that is not whole yet."""
        if self._over:
            return
        super().data_received(data)
        if not self._in_head:
            return
        self._head_bytes += len(data)
        if self._head_bytes > HEAD_BYTES and not self.transport.is_closing():
            # Closed at once, with bytes unread, it would be reset and the answer lost (RFC 9112, 9.6).
            self._over = True
            self.transport.write(_ANSWER)
            self.loop.call_later(LINGER_S, self.transport.close)

    def on_message_begin(self) -> None:
        """Count from the first byte of each request, and note whose certificate the connection has shown."""
        self._in_head, self._head_bytes = True, 0
        super().on_message_begin()
        tls = self.transport.get_extra_info("ssl_object")
        if tls is not None:
            # The keys of an ASGI scope are open; this one is ours.
            cast("dict[str, Any]", self.scope)[PEER_CERTIFICATE] = tls.getpeercert(binary_form=True)

    def on_headers_complete(self) -> None:
        """Stop counting: bodies have a bound of their own, per route."""
        self._in_head = False
        super().on_headers_complete()
