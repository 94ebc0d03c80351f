"""One party's desk as a command asks it, whichever way its requests go."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any

import httpx
import msgspec

from keepclear.errors import Malformed
from keepclear.model.words import PartyId


class Problem(Exception):
    """What a node refused, as it said it."""

    def __init__(self, body: Mapping[str, Any]) -> None:
        self.body = dict(body)
        super().__init__(str(body.get("detail", "refused")))


class Desk:
    """One party's desk at a node, by one role's token."""

    def __init__(self, party: PartyId, token: str, request: Any, dir_option: str = "") -> None:  # noqa: ANN401
        self.party = party
        self.dir_option = dir_option
        self._token = token
        self._request = request

    def get(self, path: str, **query: str | None) -> Any:  # noqa: ANN401 - JSON
        """Read a path below the desk."""
        asked = {name: value for name, value in query.items() if value is not None}
        return self._json(self._send("GET", path, params=asked))

    def raw(self, path: str, **query: str | None) -> bytes:
        """Read bytes below the desk."""
        asked = {name: value for name, value in query.items() if value is not None}
        response = self._send("GET", path, params=asked)
        self._json(response, parse=response.is_error)
        return bytes(response.content)

    def post(
        self,
        path: str,
        body: object,
        key: str | None = None,
        if_match: str | None = None,
        query: Mapping[str, str] | None = None,
    ) -> Any:  # noqa: ANN401 - JSON
        """Act below the desk, under a fresh idempotency key if none is given."""
        headers = {"Idempotency-Key": key or secrets.token_hex(12)}
        if if_match:
            headers["If-Match"] = f'"{if_match}"'
        try:
            content = body if isinstance(body, bytes) else msgspec.json.encode(body)
        except RecursionError as error:
            raise Malformed(
                "an act nested too deep to be read", "json-depth", "an act of few levels"
            ) from error
        return self._json(self._send("POST", path, content=content, headers=headers, params=query or {}))

    def send_bytes(self, path: str, body: bytes, form: str) -> Any:  # noqa: ANN401 - JSON
        """Send bytes of a media type below the desk."""
        return self._json(self._send("POST", path, content=body, headers={"Content-Type": form}))

    def delete(self, path: str) -> Any:  # noqa: ANN401 - JSON
        """Take away what stands below the desk."""
        return self._json(self._send("DELETE", path))

    def _send(self, method: str, path: str, **rest: Any) -> httpx.Response:  # noqa: ANN401
        headers = {"Authorization": f"Bearer {self._token}", **rest.pop("headers", {})}
        url = f"/api/v1/desks/{self.party}/{path}"
        response: httpx.Response = self._request(method, url, headers=headers, **rest)
        return response

    def _json(self, response: httpx.Response, *, parse: bool = True) -> Any:  # noqa: ANN401 - JSON
        if response.is_error:
            try:
                raise Problem(msgspec.json.decode(response.content, type=dict[str, Any]))
            except msgspec.DecodeError:
                raise Problem({"detail": f"the node answered {response.status_code}"}) from None
        return msgspec.json.decode(response.content) if parse else None
