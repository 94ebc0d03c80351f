"""The short way to a route: found by its method and the parts of its path, not by trying one after another.

There are more than a hundred routes, and each message asks for the same few. What is not found here, such as
a page, another method or a path that nobody knows, goes the long way and gets its answer there.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import Response

from keepclear.service.http.routes import Route

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

Endpoint = Callable[[Request], Awaitable[Response]]
_Parts = tuple[str, ...]
_Places = tuple[int, ...]


class _Alike:
    """Routes of one method whose paths have their parameters at the same places."""

    def __init__(self, parameters: _Places, count: int) -> None:
        self.parameters = parameters
        self._fixed = tuple(place for place in range(count) if place not in parameters)
        self._routes: dict[_Parts, tuple[Endpoint, _Parts]] = {}

    def add(self, parts: _Parts, endpoint: Endpoint) -> None:
        names = tuple(parts[place][1:-1] for place in self.parameters)
        self._routes.setdefault(tuple(parts[place] for place in self._fixed), (endpoint, names))

    def found(self, asked: list[str]) -> tuple[Endpoint, dict[str, str]] | None:
        known = self._routes.get(tuple([asked[place] for place in self._fixed]))
        if known is None:
            return None
        endpoint, names = known
        values = [asked[place] for place in self.parameters]
        return (endpoint, dict(zip(names, values, strict=True))) if all(values) else None


class Direct:
    """Answers by a route that matches in every part of its path, else hands the request on to `app`.

    Its endpoints answer whatever refuses a request themselves: nothing here turns an error into an answer.
    """

    def __init__(self, app: ASGIApp, routes: Iterable[tuple[Route, Endpoint]]) -> None:
        self._otherwise = app
        self._alike: dict[tuple[str, int], list[_Alike]] = {}
        for route, endpoint in routes:
            parts = tuple(route.path.split("/"))
            places = tuple(place for place, part in enumerate(parts) if "{" in part)
            # A part that is only in part a parameter, or is read as something else, is matched the long way.
            if not all(parts[place][1:-1].isidentifier() for place in places):
                continue
            alike = self._alike.setdefault((route.method, len(parts)), [])
            group = next((each for each in alike if each.parameters == places), None)
            if group is None:
                alike.append(group := _Alike(places, len(parts)))
                alike.sort(key=lambda each: len(each.parameters))
            group.add(parts, endpoint)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        found = self.found(scope) if scope["type"] == "http" and not scope.get("root_path") else None
        if found is None:
            await self._otherwise(scope, receive, send)
            return
        scope["endpoint"], scope["path_params"] = found
        response = await found[0](Request(scope, receive, send))
        await response(scope, receive, send)

    def found(self, scope: Scope) -> tuple[Endpoint, dict[str, str]] | None:
        """Give the route of a request and what its parameters are, or None for the long way."""
        asked = scope["path"].split("/")
        for alike in self._alike.get((scope["method"], len(asked)), ()):
            found = alike.found(asked)
            if found is not None:
                return found
        return None
