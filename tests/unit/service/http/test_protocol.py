"""The bound on the head of a request, against a server on a real socket."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import pytest
import uvicorn
from tests.patience import PATIENCE_S
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from keepclear.service.http.protocol import HEAD_BYTES, BoundedHead


async def app(scope, receive, send):
    if scope["type"] == "http":
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body", "body": b""})


@contextmanager
def listening(protocol: type[HttpToolsProtocol]) -> Iterator[int]:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        config = uvicorn.Config(app, http=protocol, log_level="critical", lifespan="off")
        server = uvicorn.Server(config)
        thread = threading.Thread(target=lambda: asyncio.run(server.serve([listener])), daemon=True)
        thread.start()
        while not server.started:
            thread.join(0.01)
        yield listener.getsockname()[1]
        server.should_exit = True
        thread.join(20)


def answer(port: int, *pieces: bytes, within_s: float = PATIENCE_S) -> bytes:
    with socket.create_connection(("127.0.0.1", port), timeout=within_s) as pipe:
        heard = b""
        with suppress(OSError):
            for piece in pieces:
                pipe.sendall(piece)
            heard = pipe.recv(65536)
        return heard


def endless(count: int) -> list[bytes]:
    return [b"GET / HTTP/1.1\r\nHost: a\r\n", *[b"X: " + b"y" * 1000 + b"\r\n"] * count]


def test_a_head_that_never_ends_is_answered_431_and_cut_off():
    with listening(BoundedHead) as port:
        heard = answer(port, *endless(100))
        assert heard.startswith(b"HTTP/1.1 431 ")
        assert str(HEAD_BYTES).encode() in heard
        with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_S) as pipe, suppress(OSError):
            for piece in endless(500):
                pipe.sendall(piece)
            while pipe.recv(65536):
                pass


def test_without_the_bound_the_server_goes_on_reading():
    with listening(HttpToolsProtocol) as port:
        assert answer(port, *endless(100), within_s=2.0) == b""


@pytest.mark.parametrize("count", [0, 10, 50])
def test_a_head_within_the_bound_is_read_and_the_next_counts_anew(count):
    whole = b"".join(endless(count)) + b"\r\n"
    with (
        listening(BoundedHead) as port,
        socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_S) as pipe,
    ):
        for _ in range(3):
            pipe.sendall(whole)
            assert pipe.recv(65536).startswith(b"HTTP/1.1 204 ")


def test_what_is_not_http_is_answered_400():
    with listening(BoundedHead) as port:
        assert answer(port, b"\x16\x03\x01 not a request\r\n\r\n").startswith(b"HTTP/1.1 400 ")
