"""Where mail and webhooks arrive: a small real SMTP server and a small real HTTP server, each in a thread."""

from __future__ import annotations

import asyncio
import email
import threading
import warnings
from email.message import Message
from email.policy import default
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import msgspec

with warnings.catch_warnings():  # a part of it that this Python has announced to drop
    warnings.simplefilter("ignore")
    import apprise

    apprise.Apprise.instantiate("json://127.0.0.1")


class Mailbox:
    """An SMTP server (RFC 5321, the part that a sender needs) that keeps what it accepted.

    `refuses` answers every message with 451; `accepts` counts those that it took and then did not answer.
    """

    def __init__(self) -> None:
        self.mails: list[Message] = []
        self.refuses = False
        self.port = 0
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    def __enter__(self) -> Mailbox:
        self._thread.start()
        started = asyncio.run_coroutine_threadsafe(
            asyncio.start_server(self._talk, "127.0.0.1", 0), self._loop
        )
        self._server = started.result(5)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._server.close)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)
        self._loop.close()

    @property
    def url(self) -> str:
        return (
            f"mailto://127.0.0.1:{self.port}?from=node@example.org&to=desk@example.org&smtp=127.0.0.1"
            "&mode=insecure"
        )

    def texts(self) -> list[str]:
        return [mail.get_body(("plain", "html")).get_content() for mail in self.mails]

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        async def say(line: str) -> None:
            writer.write(f"{line}\r\n".encode())
            await writer.drain()

        await say("220 mailbox ready")
        while line := await reader.readline():
            verb = line.strip().upper()[:4]
            if verb == b"DATA":
                await say("354 go on")
                kept = b""
                while not kept.endswith(b"\r\n.\r\n"):
                    kept += await reader.readline()
                if not self.refuses:
                    self.mails.append(email.message_from_bytes(kept[:-3], policy=default))
                await say("451 not now" if self.refuses else "250 kept")
            elif verb == b"QUIT":
                await say("221 bye")
                break
            else:
                await say("250 ok")
        writer.close()


class Hook:
    """An HTTP server that keeps the JSON it was sent, and answers with `status` and `says`."""

    def __init__(self) -> None:
        self.came: list[dict[str, str]] = []
        self.status = 200
        self.says = b'{"acknowledged": true, "by": "everybody"}'
        hook = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                hook.came.append(msgspec.json.decode(body))
                self.send_response(hook.status)
                self.send_header("Content-Length", str(len(hook.says)))
                self.end_headers()
                self.wfile.write(hook.says)

            def log_message(self, *_: object) -> None:
                return

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self._server.server_address[1]

    def __enter__(self) -> Hook:
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    @property
    def url(self) -> str:
        return f"json://127.0.0.1:{self.port}/hook/s3cret"

    def words(self) -> list[str]:
        return [each["message"] for each in self.came]
