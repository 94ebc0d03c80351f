"""The application of a witness: one route, `add-checkpoint`, as c2sp.org/tlog-witness says.

It stands apart from a node's application: whoever runs it hosts nobody, and its callers need no account,
since a checkpoint is believed for its signature alone.
"""

from __future__ import annotations

import asyncio

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from keepclear.record.witnessing import MAX_REQUEST_BYTES
from keepclear.service.witness import Witness


def witness_application(witness: Witness) -> Starlette:
    """Build the application."""

    async def add_checkpoint(request: Request) -> Response:
        parts: list[bytes] = []
        size = 0
        async for part in request.stream():
            size += len(part)
            parts.append(part)
            if size > MAX_REQUEST_BYTES:
                return Response(f"more than {MAX_REQUEST_BYTES} bytes\n", 400, media_type="text/plain")
        # In a thread: the answer waits for the disk, and other logs' checkpoints must not wait with it.
        found = await asyncio.to_thread(witness.add_checkpoint, b"".join(parts))
        return Response(found.body, found.status.value, {"Content-Type": found.content_type})

    return Starlette(routes=[Route("/add-checkpoint", add_checkpoint, methods=["POST"])])
