"""Who sent a request: a person's session, a program's token, or a command of the machine's owner.

A request says who it is in one way. A bearer token that is not good is not made up for by a cookie.
"""

from __future__ import annotations

import hmac
import ipaddress
from collections.abc import AsyncIterable, AsyncIterator
from functools import lru_cache
from typing import Final

from msgspec import Struct
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from keepclear.errors import NotAllowed
from keepclear.service.auth import Principal, Role, Tokens
from keepclear.service.http.policy import OF_PERSONS, Policy
from keepclear.service.people import TOKEN_MARK, People, Scope, csrf_of
from keepclear.stores.people import SessionRow

COOKIE: Final = "__Host-keepclear"
CSRF: Final = "x-keepclear-csrf"
LOCAL_HOSTS: Final = frozenset(("127.0.0.1", "localhost", "[::1]"))
_READS: Final = frozenset(("GET", "HEAD"))
# As an ASGI scope holds them: bytes in small letters.
_FORWARDED: Final = frozenset((b"forwarded", b"x-forwarded-for", b"x-forwarded-host", b"x-real-ip", b"via"))
_IN_SCOPE: Final = {
    Scope.READ_DESK: frozenset((Policy.READ, Policy.WHOLE)),
    Scope.ACT: frozenset((Policy.READ, Policy.WHOLE, Policy.ACT)),
    Scope.AUDITOR: frozenset((Policy.READ, Policy.WHOLE)),
    Scope.FEED: frozenset((Policy.FEED,)),
    Scope.OPERATE: frozenset((Policy.OPERATE,)),
}


class Caller(Struct, frozen=True):
    """Who a request says it is from, as far as that was proved."""

    principal: Principal
    session: SessionRow | None = None
    secret: str = ""
    scope: Scope | None = None


class Callers:
    """Tells who calls."""

    def __init__(self, tokens: Tokens, people: People | None = None) -> None:
        self._tokens = tokens
        self.people = people

    def caller(self, request: Request) -> Caller | None:
        """Give who sent a request, or None."""
        header = request.headers.get("authorization", "")
        if header:
            scheme, _, given = header.partition(" ")
            return self._bearer(request, given.strip()) if scheme.lower() == "bearer" else None
        return self._person(request.cookies.get(COOKIE, ""))

    def admit(self, request: Request, policy: Policy) -> Caller | None:
        """Give who sent a request, and refuse what this kind of caller may not do.

        Raises:
            NotAllowed: a token's scope ends before this, or a page of ours did not send this write.
        """
        caller = self.caller(request)
        if caller is None or policy in (Policy.OPEN, Policy.DEMO):
            return caller
        if policy in OF_PERSONS and caller.session is None:
            raise NotAllowed("this by a token", "session", "a person who has signed in")
        if caller.scope is not None and policy not in _IN_SCOPE[caller.scope]:
            raise NotAllowed(
                f'this with a token to "{caller.scope}"', "scope", "a token of another scope, or a person"
            )
        if caller.session is not None and request.method not in _READS:
            check_csrf(request, caller.secret)
        return caller

    def while_admitted(self, request: Request, caller: Caller, response: Response) -> Response:
        """Let a stream go on only as long as its caller may still call."""
        if isinstance(response, StreamingResponse) and (caller.session or caller.scope):
            response.body_iterator = self._still(request, caller, response.body_iterator)
        return response

    async def _still(
        self, request: Request, caller: Caller, parts: AsyncIterable[str | bytes | memoryview]
    ) -> AsyncIterator[str | bytes | memoryview]:
        async for part in parts:
            if self.caller(request) != caller:
                return
            yield part

    def _bearer(self, request: Request, token: str) -> Caller | None:
        if token.startswith(TOKEN_MARK):
            row = self.people.token(token) if self.people is not None else None
            return (
                None if row is None else Caller(Principal(row.party, Role(row.role)), scope=Scope(row.scope))
            )
        if not is_owner(request):
            return None
        principal = self._tokens.principal(token) if token else None
        return None if principal is None else Caller(principal)

    def _person(self, secret: str) -> Caller | None:
        session = self.people.session(secret) if secret and self.people is not None else None
        if session is None:
            return None
        principal = Principal(session.party, Role(session.role), session.person, session.name)
        return Caller(principal, session, secret)


def is_owner(request: Request) -> bool:
    """Tell whether a request comes from this machine itself, and through nobody who passes requests on."""
    peer = request.client.host if request.client is not None else ""
    if not _is_loopback(peer) or host_name(request) not in LOCAL_HOSTS:
        return False
    return _FORWARDED.isdisjoint(name for name, _ in request.scope["headers"])


@lru_cache(maxsize=64)
def _is_loopback(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False


def host_name(request: Request) -> str:
    """Give the host that a request is for, without its port."""
    return bare_host(request.headers.get("host", ""))


def bare_host(host: str) -> str:
    """Give a Host header without its port, in lower case."""
    lower = host.lower()
    return lower if lower.endswith("]") else lower.rpartition(":")[0] or lower


def check_csrf(request: Request, secret: str) -> None:
    """Refuse a write that no page of ours sent.

    Raises:
        NotAllowed: the header is missing or of another session.
    """
    if not hmac.compare_digest(request.headers.get(CSRF, "").encode(), csrf_of(secret).encode()):
        raise NotAllowed(
            "a write without the mark of its session",
            "csrf",
            f'the header {CSRF} with "csrf" of GET /api/v1/session',
            CSRF,
        )
