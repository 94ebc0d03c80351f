"""What a route is: method, path, policy, parameters, shapes in and out, and the function that answers.

The table of routes is the one truth: the application, the OpenAPI document, the walk over all routes and
roles and the two-world test are all made from it. A route without a policy cannot be written.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any

from msgspec import Struct
from starlette.requests import Request
from starlette.responses import Response

from keepclear.errors import LimitRefused, Malformed
from keepclear.model.statements import limit_for
from keepclear.model.words import PartyId
from keepclear.service.auth import Principal
from keepclear.service.http.policy import Policy, no_token
from keepclear.service.writer import Writer
from keepclear.times import text, utc


class Call:
    """One request, checked: its caller, its desk and its parameters."""

    __slots__ = ("principal", "request", "writer")

    def __init__(self, request: Request, principal: Principal | None, writer: Writer) -> None:
        self.request = request
        self.principal = principal
        self.writer = writer

    @property
    def party(self) -> PartyId:
        """The desk in the path."""
        return PartyId(self.request.path_params["party"])

    @property
    def caller(self) -> Principal:
        """The caller, on routes that are not open."""
        if self.principal is None:
            raise no_token()
        return self.principal

    def query(self, name: str) -> str | None:
        """Give a query parameter."""
        return self.request.query_params.get(name)

    def at(self) -> datetime | None:
        """Give the instant to cut at, if one was asked for.

        Raises:
            Malformed: it is no time, or it lies ahead of the node's clock.
        """
        value = self.query("at")
        if value is None:
            return None
        # A plus sign in a query that was not escaped arrives as a space: "…00:00+03:00".
        at, now = utc(value.replace(" ", "+")), self.writer.node.clock.now()
        if at > now:
            raise Malformed(
                f"the picture as of {text(at)}; by this node it is {text(now)}",
                "not-yet",
                f"an instant up to {text(now)}, or none for now",
                "at",
            )
        return at

    async def body(self, limit: int) -> bytes:
        """Read the body, refusing it as soon as it is larger than the limit.

        Raises:
            Malformed: it is too large.
        """
        parts: list[bytes] = []
        size = 0
        async for part in self.request.stream():
            size += len(part)
            if size > limit:
                raise Malformed(f"a body over {limit} bytes", "size", f"at most {limit} bytes")
            parts.append(part)
        return b"".join(parts)


Handler = Callable[[Call], Awaitable[Response]]


class Param(Struct, frozen=True):
    """A query parameter or header that a route takes; a key of acts is asked for unless it is `optional`."""

    name: str
    words: str
    optional: bool = False


MAX_DIGITS = 12
AT = Param("at", "an instant in RFC 3339: as it had reached this party by then")


class Route(Struct, frozen=True):
    """One row of the table."""

    method: str
    path: str
    policy: Policy
    answer: Handler
    words: str
    gives: Any = None
    takes: Any = None
    params: tuple[Param, ...] = ()
    headers: tuple[Param, ...] = ()
    status: int = 200
    media_type: str = "application/json"


def check_query(request: Request, route: Route) -> None:
    """Refuse query parameters that the route does not have; nothing is ignored in silence.

    Raises:
        LimitRefused: a parameter that a hard limit bars, such as ordering by distance.
        Malformed: any other unknown or repeated parameter.
    """
    if not request.scope["query_string"]:
        return  # as with most
    known = {param.name for param in route.params}
    seen: set[str] = set()
    for name, value in request.query_params.multi_items():
        if name in known and name not in seen:
            seen.add(name)
            continue
        barred = limit_for(name) or (limit_for(value) if name not in known else None)
        if barred is not None:
            raise LimitRefused(f'a query with "{name}"', barred[0], f"leave it out: {barred[1]}", name)
        if name in known:
            raise Malformed(f'a query with "{name}" given twice', "given-twice", f"{name} once", name)
        takes = ", ".join(sorted(known)) or "no parameters"
        raise Malformed(f'a query with "{name}"', "unknown-parameter", takes, name)
