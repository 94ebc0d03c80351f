"""Errors as RFC 9457 problem details that name field, rule and what would pass."""

from __future__ import annotations

from http import HTTPStatus

import msgspec
from msgspec import Struct
from starlette.responses import Response

from keepclear.errors import (
    Conflicting,
    KeepclearError,
    LimitRefused,
    Malformed,
    NotAllowed,
    NotKnown,
    ProofRefused,
    Refused,
    StoreFault,
)
from keepclear.service.throttle import TooMany

MEDIA_TYPE = "application/problem+json"

_STATUS: tuple[tuple[type[KeepclearError], HTTPStatus], ...] = (
    (LimitRefused, HTTPStatus.FORBIDDEN),
    (NotAllowed, HTTPStatus.FORBIDDEN),
    (NotKnown, HTTPStatus.NOT_FOUND),
    (Conflicting, HTTPStatus.CONFLICT),
    (Refused, HTTPStatus.UNPROCESSABLE_ENTITY),
    (Malformed, HTTPStatus.BAD_REQUEST),
    (ProofRefused, HTTPStatus.UNPROCESSABLE_ENTITY),
    (StoreFault, HTTPStatus.SERVICE_UNAVAILABLE),
)
_RULE_STATUS = {
    "token": HTTPStatus.UNAUTHORIZED,
    "sign-in": HTTPStatus.UNAUTHORIZED,
    "sign-in-rate": HTTPStatus.TOO_MANY_REQUESTS,
    "if-match": HTTPStatus.PRECONDITION_FAILED,
    "size": HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    "statement-size": HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    "shape-size": HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    "method": HTTPStatus.METHOD_NOT_ALLOWED,
    "host": HTTPStatus.MISDIRECTED_REQUEST,
    "internal": HTTPStatus.INTERNAL_SERVER_ERROR,
}


class Problem(Struct, frozen=True):
    """What an error answer holds."""

    type: str
    title: str
    status: int
    detail: str
    rule: str
    field: str
    passes: str


def status_of(error: KeepclearError) -> HTTPStatus:
    """Give the HTTP status of an error."""
    if error.rule in _RULE_STATUS:
        return _RULE_STATUS[error.rule]
    return next(status for kind, status in _STATUS if isinstance(error, kind))


def problem(error: KeepclearError) -> Response:
    """Give an error as a response."""
    status = status_of(error)
    body = Problem(
        type=f"urn:keepclear:rule:{error.rule}",
        title=status.phrase,
        status=status.value,
        detail=str(error),
        rule=error.rule,
        field=error.field,
        passes=error.passes,
    )
    headers = {"WWW-Authenticate": "Bearer"} if status is HTTPStatus.UNAUTHORIZED else None
    if isinstance(error, TooMany):
        headers = {"Retry-After": str(error.wait_s)}
    return Response(msgspec.json.encode(body), status.value, headers, MEDIA_TYPE)
