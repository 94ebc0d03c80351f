"""A node with a door: persons, tokens, and an authenticator in software that answers as a browser's would."""

from __future__ import annotations

import asyncio
import hashlib
import json
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass, field
from datetime import timedelta
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any

import cbor2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from tests.building_node import CHIEF, HOSTED, START, Answer, House, Listener, scope_of

from keepclear.model.words import CapStatus, PartyId
from keepclear.service.auth import Role, Tokens
from keepclear.service.clock import SimulatedClock
from keepclear.service.http.app import application
from keepclear.service.http.callers import COOKIE
from keepclear.service.http.signin import Door
from keepclear.service.keys import Keyring
from keepclear.service.listening import Place
from keepclear.service.node import Node
from keepclear.service.passkeys import Passkeys
from keepclear.service.people import People, Scope
from keepclear.service.throttle import Throttle
from keepclear.stores.memory import MemoryStore
from keepclear.stores.people import PeopleStore

HOST = "hq.example.org"
ORIGIN = f"https://{HOST}"
PLACE = Place(HOST, (ORIGIN,))
FAR = "198.51.100.7"
PRESENT, VERIFIED, ATTESTED = 0x01, 0x04, 0x40


def b64(raw: bytes) -> str:
    return urlsafe_b64encode(raw).decode().rstrip("=")


def unb64(text: str) -> bytes:
    return urlsafe_b64decode(text + "==")


@dataclass
class Authenticator:
    """Holds one passkey. What a test changes about it is what an attacker would."""

    origin: str = ORIGIN
    rp_id: str = HOST
    verified: bool = True
    count: int = 0
    identity: bytes = field(default_factory=lambda: secrets.token_bytes(16))
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    handle: bytes = b""

    def make(self, asked: dict[str, Any]) -> dict[str, Any]:
        self.handle = unb64(asked["user"]["id"])
        numbers = self.key.public_key().public_numbers()
        cose = {1: 2, 3: -7, -1: 1, -2: numbers.x.to_bytes(32, "big"), -3: numbers.y.to_bytes(32, "big")}
        attested = bytes(16) + len(self.identity).to_bytes(2, "big") + self.identity + cbor2.dumps(cose)
        about = self._about(ATTESTED) + attested
        statement = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": about})
        client = self._client("webauthn.create", asked["challenge"])
        return self._credential({"clientDataJSON": b64(client), "attestationObject": b64(statement)})

    def sign(self, asked: dict[str, Any]) -> dict[str, Any]:
        self.count += 1
        about = self._about(0)
        client = self._client("webauthn.get", asked["challenge"])
        signature = self.key.sign(about + hashlib.sha256(client).digest(), ec.ECDSA(hashes.SHA256()))
        return self._credential(
            {
                "clientDataJSON": b64(client), "authenticatorData": b64(about), "signature": b64(signature),
                "userHandle": b64(self.handle),
            }
        )  # fmt: skip

    def _about(self, more: int) -> bytes:
        flags = PRESENT | (VERIFIED if self.verified else 0) | more
        return hashlib.sha256(self.rp_id.encode()).digest() + bytes([flags]) + self.count.to_bytes(4, "big")

    def _client(self, kind: str, challenge: str) -> bytes:
        return json.dumps({"type": kind, "challenge": challenge, "origin": self.origin}).encode()

    def _credential(self, response: dict[str, Any]) -> dict[str, Any]:
        shown = b64(self.identity)
        return {"id": shown, "rawId": shown, "type": "public-key", "response": response}


@dataclass
class Browser:
    """What one browser keeps: the cookie, and the mark that its pages send with writes."""

    house: Manned
    address: str = FAR
    cookie: str = ""
    csrf: str = ""
    last: Answer | None = None

    def call(
        self, method: str, path: str, body: Any = None, *, headers: dict[str, str] | None = None
    ) -> Answer:
        """Ask as a page of the node does: with the cookie, and with the mark on writes."""
        sent = {"host": HOST, **({"cookie": f"{COOKIE}={self.cookie}"} if self.cookie else {})}
        if method not in ("GET", "HEAD"):
            sent["origin"] = ORIGIN
            if self.csrf:
                sent["x-keepclear-csrf"] = self.csrf
        raw = b"" if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
        answer = self.house.knock(method, path, self.address, {**sent, **(headers or {})}, raw)
        for line in (value for key, value in answer.headers if key == b"set-cookie"):
            morsel = SimpleCookie(line.decode())[COOKIE]
            self.cookie = morsel.value
        if answer.status < 400 and answer.header("content-type") == "application/json":
            told = answer.json
            session = told.get("session", told) if isinstance(told, dict) else {}
            if isinstance(session, dict) and "csrf" in session:
                self.csrf = session["csrf"]
        self.last = answer
        return answer

    def enrol(self, code: str, authenticator: Authenticator) -> Answer:
        asked = self.call("POST", "/api/v1/enrolment/options", {"code": code})
        if asked.status >= 400:
            return asked
        credential = authenticator.make(asked.json)
        return self.call("POST", "/api/v1/enrolment", {"code": code, "credential": credential})

    def sign_in(self, authenticator: Authenticator, role: str | None = None) -> Answer:
        asked = self.call("POST", "/api/v1/sign-in/options").ok().json
        body = {"credential": authenticator.sign(asked), **({"role": role} if role else {})}
        return self.call("POST", "/api/v1/sign-in", body)

    def get(self, path: str) -> Answer:
        return self.call("GET", path)


@dataclass
class Manned(House):
    """A house whose door is open to persons and programs."""

    people: People = None  # type: ignore[assignment] - set by `manned`

    def __post_init__(self) -> None:
        super().__post_init__()
        self.door = Door(self.people, Passkeys(PLACE), Throttle(), self.clock)
        self.app = application(self.writer, self.tokens, door=self.door, hosts=frozenset((HOST,)))

    def close(self) -> None:
        super().close()
        self.people.store.close()

    def knock(
        self,
        method: str,
        path: str,
        address: str,
        headers: dict[str, str],
        body: bytes = b"",
        query: Any = (),
    ) -> Answer:
        """Ask from an address, with exactly these headers, over TLS."""
        sent: list[dict[str, Any]] = []
        waiting = [{"type": "http.request", "body": body, "more_body": False}]

        async def receive() -> dict[str, Any]:
            return waiting.pop() if waiting else {"type": "http.disconnect"}

        async def send(message: dict[str, Any]) -> None:
            sent.append(message)

        scope = scope_of(method, path, None, query, headers)
        scope["client"], scope["scheme"] = (address, 40_000), "https"
        self.runner.run(self.app(scope, receive, send))
        whole = b"".join(message.get("body", b"") for message in sent[1:])
        return Answer(sent[0]["status"], list(sent[0]["headers"]), whole)

    def browser(self, address: str = FAR) -> Browser:
        return Browser(self, address)

    def person(
        self, name: str, party: str = "COA", role: Role = CHIEF, *more: Role
    ) -> tuple[Browser, Authenticator]:
        """A person who is enrolled and signed in."""
        invited = self.people.add(name, PartyId(party), role)
        row = self.people.store.person(invited.person)
        assert row is not None
        for one in more:
            self.people.appoint(row, one)
        browser, authenticator = self.browser(), Authenticator()
        browser.enrol(invited.code, authenticator).ok(201)
        return browser, authenticator

    def program(self, party: str, scope: Scope, role: Role | None = None, days: int = 1) -> tuple[str, str]:
        """A token for a program, and its id."""
        secret, row = self.people.add_token("probe", PartyId(party), scope, role, timedelta(days=days))
        return secret, row.id


class Heard(Listener):
    """A desk's stream as a signed-in browser follows it."""

    def __init__(self, browser: Browser, desk: str) -> None:
        self.chunks, self.status, self._house, self._gone = [], 0, browser.house, asyncio.Event()
        headers = {"host": HOST, "cookie": f"{COOKIE}={browser.cookie}"}
        scope = scope_of("GET", f"/api/v1/desks/{desk}/stream", None, (), headers)
        scope["client"] = (browser.address, 40_000)
        self._task = browser.house.runner.run(self._start(scope))

    @property
    def ended(self) -> bool:
        return self._task.done()


def people_at(path: Path, clock: Any) -> People:
    return People(PeopleStore.open(path), clock)


def manned(folder: Path, parties: tuple[str, ...] = HOSTED) -> Manned:
    """A node in memory whose people are kept in a folder."""
    clock = SimulatedClock(START)
    keys = Keyring.from_seed("keepclear.test", b"one seed for every test", (*HOSTED, *parties))
    node = Node(MemoryStore(), keys, clock, CapStatus.EXERCISE)
    node.host(*parties)
    made = Manned(node, clock, Tokens.fresh(parties), people=people_at(folder / "people.sqlite3", clock))
    made.introduce()
    made.later()
    return made
