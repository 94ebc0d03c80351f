"""A real node with its real application, called in process, on one simulated clock.

`House` is the node as its callers meet it: every request goes through the ASGI application, so policies,
parsing, the writer and the store all take part. Bodies are plain JSON, as a client would send them.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import msgspec
from tests.notification_bodies import DAY, movement, step, submission

from keepclear.model.words import CapStatus
from keepclear.service.auth import Role, Tokens
from keepclear.service.clock import SimulatedClock
from keepclear.service.http.app import application
from keepclear.service.keys import Keyring
from keepclear.service.node import Node
from keepclear.service.writer import Writer
from keepclear.stores.memory import MemoryStore

START = datetime(2018, 2, 1, 8, 0, tzinfo=UTC)
HOSTED = ("COA", "RUS", "PGF", "SDF")
NAMES = {
    "COA": ("Coalition (CJTF-OIR)", "coalition"),
    "RUS": ("Russian forces in Syria", "state force"),
    "PGF": ("Pro-government forces", "non-state force"),
    "SDF": ("Syrian Democratic Forces", "non-state force"),
    "TUR": ("Turkey", "authority"),
    "PRESS": ("Press archive", "archive"),
}
CHIEF = Role.WATCH_CHIEF
AUDITOR = ("*", Role.AUDITOR)


@dataclass
class Answer:
    """What the application sent back, to the byte."""

    status: int
    headers: list[tuple[bytes, bytes]]
    body: bytes

    @property
    def json(self) -> Any:
        return msgspec.json.decode(self.body)

    def header(self, name: str) -> str | None:
        values = [value.decode() for key, value in self.headers if key.lower() == name.lower().encode()]
        return values[0] if values else None

    @property
    def rule(self) -> str:
        return self.json["rule"]

    def refused(self, rule: str, status: int | None = None) -> Answer:
        """Hold that a rule refused, as a problem that says what would pass."""
        assert self.status >= 400, (self.status, self.body)
        assert self.header("content-type") == "application/problem+json"
        assert self.rule == rule, self.json
        assert status is None or self.status == status, self.json
        assert self.json["status"] == self.status
        assert self.json["passes"], "a refusal says what would pass"
        return self

    def ok(self, status: int | None = None) -> Answer:
        assert self.status < 400, (self.status, self.body)
        assert status is None or self.status == status
        return self


def seeded_tokens(parties: tuple[str, ...]) -> Tokens:
    return Tokens.fresh(parties)


@dataclass
class House:
    """One node, its writer and its application on an event loop of their own."""

    node: Node
    clock: SimulatedClock
    tokens: Tokens
    writer: Writer = field(init=False)
    app: Any = field(init=False)
    runner: asyncio.Runner = field(init=False)
    keys_used: int = 0

    def __post_init__(self) -> None:
        self.writer = Writer(self.node)
        self.app = application(self.writer, self.tokens)
        self.runner = asyncio.Runner()
        self._running = self.writer.running()
        self.runner.run(self._running.__aenter__())

    def close(self) -> None:
        self.runner.run(self._running.__aexit__(None, None, None))
        self.runner.close()
        self.node.store.close()

    def __enter__(self) -> House:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # Calls.

    def call(
        self,
        method: str,
        path: str,
        *,
        token: str | None = None,
        query: Any = (),
        headers: dict[str, str] | None = None,
        body: bytes = b"",
    ) -> Answer:
        return self.runner.run(self.acall(method, path, token=token, query=query, headers=headers, body=body))

    async def acall(
        self,
        method: str,
        path: str,
        *,
        token: str | None = None,
        query: Any = (),
        headers: dict[str, str] | None = None,
        body: bytes = b"",
    ) -> Answer:
        sent: list[dict[str, Any]] = []
        waiting = [{"type": "http.request", "body": body, "more_body": False}]

        async def receive() -> dict[str, Any]:
            return waiting.pop() if waiting else {"type": "http.disconnect"}

        async def send(message: dict[str, Any]) -> None:
            sent.append(message)

        await self.app(scope_of(method, path, token, query, headers), receive, send)
        start = sent[0]
        whole = b"".join(message.get("body", b"") for message in sent[1:])
        return Answer(start["status"], list(start["headers"]), whole)

    def token(self, party: str, role: Role = CHIEF) -> str:
        return self.tokens.token(party, role)

    def get(
        self, party: str, path: str, *, role: Role = CHIEF, desk: str | None = None, **query: str
    ) -> Answer:
        return self.call(
            "GET", f"/api/v1/desks/{desk or party}/{path}", token=self.token(party, role), query=query
        )

    def items(self, party: str, view: str, **query: str) -> list[dict[str, Any]]:
        return self.get(party, view, **query).ok().json["items"]

    def post(
        self,
        party: str,
        path: str,
        body: Any,
        *,
        role: Role = CHIEF,
        key: str | None = None,
        if_match: str | None = None,
        desk: str | None = None,
    ) -> Answer:
        headers = {"Idempotency-Key": key or self.new_key()}
        if if_match is not None:
            headers["If-Match"] = f'"{if_match}"'
        return self.call(
            "POST",
            f"/api/v1/desks/{desk or party}/{path}",
            token=self.token(party, role),
            headers=headers,
            body=body if isinstance(body, bytes) else msgspec.json.encode(body),
        )

    def new_key(self) -> str:
        self.keys_used += 1
        return f"key-{self.keys_used}"

    # Acts.

    def try_tell(self, party: str, body: dict[str, Any], *readers: str, **rest: Any) -> Answer:
        """Tell a body to readers; `role`, `key` and `if_match` go beside, the rest into the act."""
        beside = {name: rest.pop(name) for name in ("role", "key", "if_match") if name in rest}
        return self.post(party, "statements", {"body": body, "readers": list(readers), **rest}, **beside)

    def tell(self, party: str, body: dict[str, Any], *readers: str, **rest: Any) -> dict[str, Any]:
        answer = self.try_tell(party, body, *readers, **rest)
        assert answer.status == 201, answer.body
        return answer.json

    def later(self, minutes: float = 1.0) -> None:
        self.clock.move_to(self.clock.now() + timedelta(minutes=minutes))

    def size(self) -> int:
        """How many entries the store keeps, of all logs."""
        return sum(1 for _ in self.node.store.entries())

    def introduce(self, by: str = "COA") -> None:
        """Let one party describe all parties to everybody."""
        for party in NAMES:
            self.tell(by, party_body(party), "public", key=f"party/{party}")

    # Streams.

    def listen(self, party: str, **more: Any) -> Listener:
        return Listener(self, party, **more)


class Listener:
    """A client of a desk's event stream, reading as it comes."""

    def __init__(self, house: House, party: str, last: str | None = None, query: Any = ()) -> None:
        self.chunks: list[bytes] = []
        self.status = 0
        headers = {} if last is None else {"Last-Event-ID": last}
        scope = scope_of("GET", f"/api/v1/desks/{party}/stream", house.token(party), query, headers)
        self._house = house
        self._gone = asyncio.Event()
        self._task = house.runner.run(self._start(scope))

    async def _start(self, scope: dict[str, Any]) -> asyncio.Task[None]:
        asked = [{"type": "http.request", "body": b"", "more_body": False}]

        async def receive() -> dict[str, Any]:
            if asked:
                return asked.pop()
            await self._gone.wait()
            return {"type": "http.disconnect"}

        async def send(message: dict[str, Any]) -> None:
            if message["type"] == "http.response.start":
                self.status = message["status"]
            else:
                self.chunks.append(message.get("body", b""))

        task = asyncio.create_task(self._house.app(scope, receive, send))
        await asyncio.sleep(0)
        return task

    def settle(self, seconds: float = 0.02) -> None:
        self._house.runner.run(asyncio.sleep(seconds))

    @property
    def raw(self) -> bytes:
        return b"".join(self.chunks)

    def events(self) -> list[dict[str, Any]]:
        """The events so far, each with its `id`, `event` and decoded `data`; comments left out."""
        found = []
        for block in self.raw.decode().split("\n\n"):
            fields = dict(
                line.split(": ", 1) for line in block.split("\n") if line and not line.startswith(":")
            )
            if fields:
                found.append({**fields, "data": msgspec.json.decode(fields["data"])})
        return found

    def statements(self) -> list[str]:
        return [event["data"]["statement"] for event in self.events() if event["event"] == "entry"]

    def close(self) -> None:
        async def stop() -> None:
            self._gone.set()
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

        self._house.runner.run(stop())

    def __enter__(self) -> Listener:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def scope_of(
    method: str, path: str, token: str | None, query: Any, headers: dict[str, str] | None
) -> dict[str, Any]:
    lines = {"host": "127.0.0.1:8642", **{name.lower(): value for name, value in (headers or {}).items()}}
    if token is not None:
        lines["authorization"] = f"Bearer {token}"
    asked = query if isinstance(query, str) else urlencode(query)
    return {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": asked.encode(),
        "root_path": "",
        "headers": [(name.encode(), value.encode("latin-1")) for name, value in lines.items()],
        "client": ("127.0.0.1", 50_000),
        "server": ("127.0.0.1", 8642),
    }


def bare_house(
    store: Any = None,
    *,
    at: datetime = START,
    parties: tuple[str, ...] = HOSTED,
    cap: CapStatus = CapStatus.EXERCISE,
    seed: bytes = b"one seed for every test",
) -> House:
    """A node on a store (in memory if none is given) whose parties have said nothing yet."""
    clock = SimulatedClock(at)
    keys = Keyring.from_seed("keepclear.test", seed, (*HOSTED, *parties))
    node = Node(MemoryStore() if store is None else store, keys, clock, cap)
    node.host(*parties)
    return House(node, clock, seeded_tokens(parties))


def house(store: Any = None, **more: Any) -> House:
    """A node whose parties have been described to everybody."""
    made = bare_house(store, **more)
    made.introduce()
    made.later()
    return made


# Bodies, as clients write them.


def party_body(party: str, name: str | None = None, kind: str | None = None) -> dict[str, Any]:
    full, party_kind = NAMES.get(party, (party, "agency"))
    return {
        "kind": "party",
        "party": party,
        "name": name or full,
        "party_kind": kind or party_kind,
        "reach": "hosted" if party in HOSTED else "none",
    }


def circle(lon: float = 38.61778, lat: float = 33.50583, radius_m: float = 55_000.0) -> dict[str, Any]:
    return {"shape": "circle", "center": {"lon": lon, "lat": lat}, "radius_m": radius_m}


def spot(lon: float = 40.3, lat: float = 35.3, accuracy_m: float = 2_000.0) -> dict[str, Any]:
    return {"shape": "spot", "at": {"lon": lon, "lat": lat}, "accuracy_m": accuracy_m}


def zone(name: str = "At Tanf zone", **more: Any) -> dict[str, Any]:
    return {
        "kind": "measure", "name": name, "measure": "zone", "effect": "call", "basis": "declared",
        "shape": circle(), **more,
    }  # fmt: skip


def step_back(**more: Any) -> dict[str, Any]:
    terms = {
        "parties": ["COA", "RUS"], "by": "2018-02-01T12:00:00Z", "check_at": "2018-02-01T13:00:00Z",
        "check_by": "RUS", "check_role": "ground desk",
    }  # fmt: skip
    return {
        "kind": "measure", "name": "Step-back", "measure": "step-back", "effect": "keep-out-requested",
        "basis": "agreed", "parties": ["COA", "RUS"], "place": {"words": "the dug positions"},
        "step_back_m": 3_000.0, "step_back": terms,
    } | more  # fmt: skip


def path(*points: tuple[float, float]) -> dict[str, Any]:
    given = points or ((38.566, 35.872), (39.01, 35.94), (39.63, 35.75), (40.15, 35.34))
    return {"shape": "path", "points": [{"lon": lon, "lat": lat} for lon, lat in given]}


def boundary(name: str = "Euphrates boundary", **more: Any) -> dict[str, Any]:
    return {
        "kind": "measure", "name": name, "measure": "boundary", "effect": "contact-required",
        "basis": "agreed", "parties": ["COA", "RUS"], "shape": path(), "tolerance_m": 2500.0,
        "reach_m": 60_000.0,
        "banks": {"left_name": "east bank", "right_name": "west bank", "left": ["COA"], "right": ["RUS"]},
        **more,
    }  # fmt: skip


def stance(on: dict[str, Any], party: str, word: str = "agreed", **more: Any) -> dict[str, Any]:
    return {
        "kind": "stance", "on": on["statement"], "measure": on["subject"], "party": party, "stance": word,
        **more,
    }  # fmt: skip


def message(*to: str, words: str = "Who is on the east bank?", **more: Any) -> dict[str, Any]:
    return {
        "kind": "message", "to": list(to), "purpose": "safety", "precedence": "flash",
        "texts": [{"words": words, "lang": "en"}], **more,
    }  # fmt: skip


def rung(of: dict[str, Any], reader: str, word: str = "acknowledged", **more: Any) -> dict[str, Any]:
    more.setdefault("text_hash", of.get("digest", ""))
    return {
        "kind": "rung",
        "of": of["statement"],
        "reader": reader,
        "rung": word,
        "role": "duty officer",
        **more,
    }


def notice(what: str = "Convoy to Raqqa", area: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    volume = {"area": area or circle(39.0, 35.95, 5_000.0)}
    return {"kind": "notice", "activity": "movement", "what": what, "volumes": [volume], **more}


def incident(name: str = "7 February", **more: Any) -> dict[str, Any]:
    return {
        "kind": "incident", "name": name, "act": "attack on a headquarters",
        "occurred": {"at": "2018-02-01T07:00:00Z"}, "place": {"words": "near Khasham", "area": spot()},
        **more,
    }  # fmt: skip


def claim(of: str, **more: Any) -> dict[str, Any]:
    given = {"aspect": "killed", "count": {"low": 100, "words": ">100"}, "whose": "pro-government forces"}
    return {"kind": "claim", "incident": of, **given, **more}


def observation(**more: Any) -> dict[str, Any]:
    return {
        "kind": "observation", "what": "vehicles on the east bank", "party": "PGF",
        "place": {"area": spot()}, "at": {"at": "2018-02-01T07:30:00Z"},
        "count": {"low": 30, "high": 50, "unit": "vehicles"}, **more,
    }  # fmt: skip


def buildup(**more: Any) -> dict[str, Any]:
    band = {"at": {"at": "2018-02-01T06:00:00Z"}, "count": {"low": 50, "high": 80, "unit": "fighters"}}
    later = {"at": {"at": "2018-02-01T07:00:00Z"}, "count": {"low": 100, "high": 150, "unit": "fighters"}}
    return {
        "kind": "build-up", "name": "east bank", "area": circle(40.3, 35.3, 8_000.0),
        "series": [band, later], "attributed_to": "PGF", **more,
    }  # fmt: skip


def channel(name: str = "Ground hotline", **more: Any) -> dict[str, Any]:
    return {
        "kind": "channel", "name": name, "domain": "ground", "level": "desk",
        "ends": [{"party": "COA", "role": "ground desk"}, {"party": "RUS", "role": "ground desk"}], **more,
    }  # fmt: skip


HOURS = {"zone": "Asia/Damascus", "spans": [{"opens": "20:00", "closes": "08:00", "days": ["mon"]}]}


def source(name: str = "S0: Sputnik, 23 March 2018") -> dict[str, Any]:
    return {"kind": "source", "name": name, "source_kind": "press report", "publisher": "Sputnik"}


def release(of: str, reader: str, form: str = "covering", **more: Any) -> dict[str, Any]:
    return {
        "kind": "release", "of": of, "reader": reader, "form": form, "approved_by_role": "watch chief",
        "risk_note": "asks for contact", **more,
    }  # fmt: skip


def public(gist: str = "We seek no confrontation.", **more: Any) -> dict[str, Any]:
    return {"kind": "public", "topic": "posture", "gist": gist, **more}


def remark(words: str = "context", **more: Any) -> dict[str, Any]:
    return {"kind": "remark", "text": words, **more}


def plan(*features: dict[str, Any]) -> dict[str, Any]:
    return {"type": "FeatureCollection", "features": list(features) or [feature()]}


def feature(
    lon: float = 38.6, lat: float = 33.5, radius_m: float = 1_000.0, **properties: Any
) -> dict[str, Any]:
    return {
        "type": "Feature",
        "geometry": {"type": "Point", "coordinates": [lon, lat]},
        "properties": {"name": "patrol", "radius_m": radius_m, **properties},
    }


def every_part(when: dict[str, Any]) -> list[dict[str, Any]]:
    """One structured part of each kind."""
    return [
        {"part": "place", "name": "place", "place": spot()},
        {"part": "time", "name": "time", "at": when},
        {"part": "height", "name": "ceiling", "height": {"value_m": 300.0, "datum": "AGL"}},
        {"part": "route", "name": "route", "points": [spot(39.0, 35.9), spot(39.5, 35.9)]},
        {"part": "count", "name": "count", "low": 10, "high": 20, "unit": "vehicles"},
        {"part": "bank", "name": "bank", "bank": "east"},
        {"part": "distance", "name": "distance", "distance_m": 3000.0},
        {"part": "call-sign", "name": "call sign", "call_sign": "Dove 12"},
    ]


# One valid act of every kind a person may state.


def furnish(made: House) -> dict[str, dict[str, Any]]:
    """Let COA and RUS tell each other the things that acts of all kinds refer to; gives their places."""
    things: dict[str, dict[str, Any]] = {}
    things["source"] = made.tell("COA", source(), "public")
    things["channel"] = made.tell("COA", channel(), "RUS")
    things["zone"] = made.tell("COA", zone(), "RUS")
    things["boundary"] = made.tell("COA", boundary(), "RUS")
    things["message"] = made.tell("RUS", message("COA", asks=["ours", "not ours"]), "COA")
    things["incident"] = made.tell("COA", incident(), "public")
    made.later()
    things["claim"] = made.tell("COA", claim(things["incident"]["subject"]), "public")
    things["notice"] = made.tell("COA", notice(), "RUS")
    things["public"] = made.tell("RUS", public(), "public")
    things["buildup"] = made.tell("COA", buildup())
    things["draft"] = made.tell("COA", remark("for the log"))
    east = {"part": "bank", "name": "bank", "bank": "east"}
    things["passed"] = made.tell("COA", message("RUS", parts=[east]), "RUS")
    heard = {
        "kind": "read-back", "of": things["passed"]["statement"], "fields": {"bank": "west"}, "role": "desk"
    }  # fmt: skip
    things["heard"] = made.tell("RUS", heard, "COA")
    things["movement"] = made.tell("COA", movement(), valid=DAY)
    things["step-back"] = made.tell("COA", step_back(), "RUS")
    agreed = stance(things["step-back"], "RUS", text_hash=things["step-back"]["digest"])
    made.tell("RUS", agreed, "COA")
    made.later()
    return things


def valid_tells(made: House, things: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """One act per kind that COA may carry out in a furnished house, with every optional field that fits."""
    zone_, boundary_, asked = things["zone"], things["boundary"], things["message"]
    incident_, claim_, notice_ = things["incident"], things["claim"], things["notice"]
    when = {"at": "2018-02-01T07:00:00Z", "local": "10:00", "offset": "+03:00", "precision": "hour"}
    place = {"words": "near Khasham", "area": spot()}
    count = {"low": 10, "high": 20, "unit": "vehicles"}
    original = made.get("COA", f"statements/{asked['statement']}").ok()
    raw = encoded_statement(made, "COA", asked["statement"])
    assert original.json["digest"] == asked["digest"]
    name = made.post("COA", "attachments", b"Captain N").ok(201).json
    bodies: dict[str, dict[str, Any]] = {
        "party": party_body("OCHA", "Coordination of humanitarian affairs", "agency")
        | {"local_names": {"fr": "OCHA"}, "labels": [{"jurisdiction": "FR", "words": "agency"}]},
        "relation": {
            "kind": "relation", "from_party": "RUS", "to_party": "PGF", "relation": "can influence",
            "relay_minutes": 30, "as_of": when,
        },
        "agreement": {
            "kind": "agreement", "name": "Air-safety memorandum", "parties": ["COA", "RUS"],
            "domains": ["air"], "signed": when, "excludes": ["zones of cooperation"],
        },
        "channel": channel("Air hotline", domain="air", hours="around the clock", opening=HOURS,
                           checks={"zone": "Asia/Damascus"}, fallbacks=[things["channel"]["subject"]]),
        "check": {
            "kind": "check", "channel": things["channel"]["subject"], "result": "ok", "done": when,
            "by_role": "duty officer",
        },
        "contact": {
            "kind": "contact", "with_party": "RUS", "direction": "out", "purpose": "safety", "gist": "asked",
            "started": when, "answered": True, "channel": things["channel"]["subject"], "hold_s": 40,
            "about": [zone_["subject"]], "passed": [notice_["statement"]],
        },
        "channel-end": {
            "kind": "channel-end", "channel": things["channel"]["subject"], "role": "night desk",
            "declared": "suspended", "languages": ["en"], "opening": HOURS,
        },
        "on-call": {"kind": "on-call", "role": "night linguist", "duty": "interpreter", "hours": HOURS,
                    "languages": ["en", "ru"]},
        "shift": {"kind": "shift", "role": "duty officer", "person": name["salted_hash"], "station": "desk 1",
                  "start": "2018-02-01T06:00:00Z", "end": "2018-02-01T12:00:00Z"},
        "reconciled": {
            "kind": "reconciled", "with_party": "RUS", "result": "differences", "done": when,
            "by": "Captain Ray",
            "heads": [{"author": "COA", "reader": "RUS", "ours": {"size": 9, "root": "0a" * 32},
                       "theirs": {"size": 8, "root": "0b" * 32}}],
            "counts": [{"what": "not yet exchanged", "count": 1}],
        },
        "monitoring": {"kind": "monitoring", "crews": "escort crews", "monitors": ["243.0 MHz"],
                       "hours": HOURS, "as_of": when},
        "group": {"kind": "group", "name": "Three desks", "members": ["COA", "RUS", "SDF"]},
        "approval-policy": {"kind": "approval-policy", "precedences": ["routine"], "purposes": ["query"]},
        "base-rate": {"kind": "base-rate", "reason": "x", "about": boundary_["subject"], "base_from": when},
        "measure": boundary("Segment 2", part_of=boundary_["subject"]),
        "stance": stance(boundary_, "COA", words="as drawn", as_of=when),
        "step-back-check": {
            "kind": "step-back-check", "of": things["step-back"]["statement"],
            "measure": things["step-back"]["subject"], "found": "stepped back", "done": when,
            "by_role": "ground desk", "words": "seen from the east bank",
        },
        "overlay": {"kind": "overlay", "name": "Maps", "items": [zone_["statement"]], "left_out": ["posts"]},
        "notice": notice(
            people=count, origin=place, hazards=["lasers"], about=[zone_["subject"]],
            volumes=[{
                "area": circle(39.0, 35.9, 4_000.0), "floor": {"value_m": 0.0, "datum": "AGL"},
                "ceiling": {"value_m": 300.0, "datum": "AGL"},
                "window": {"start": "2018-02-02T08:00:00Z", "end": "2018-02-02T10:00:00Z"},
            }],
        ),
        "presence": {
            "kind": "presence", "party": "COA", "what": "garrison", "place": place, "seen": "declared",
            "strength": count, "as_of": when, "beside": ["SDF"], "about": [zone_["subject"]],
        },
        "observation": observation(indicators=["dug positions"], about=[things["incident"]["subject"]]),
        "build-up": buildup(reference=boundary_["subject"], review_at=when),
        "remark": remark(about=[zone_["subject"]], place=place, as_of=when),
        "message": message(
            "RUS", channel=things["channel"]["subject"], asks=["ours"], for_party="PGF",
            corrects=things["passed"]["statement"], parts=every_part(when),
        ),
        "submission": submission(composition=[count], armed_escort=False,
                                 marking={"day": True, "thermal": False}, route="by the river road"),
        "movement": movement(armed_escort=False, marking={"night": True}, phones=2),
        "notification-step": step(things["movement"]["subject"], "phone answered", phone="phone-1",
                                  officer="1", where="at the desk", at=when),
        "warning": {
            "kind": "warning", "to": ["RUS"], "warning": "conditional", "trigger": "another attack",
            "consequence": "we defend ourselves", "within_s": 172800,
            "frequency": "243.0 MHz", "texts": [{"words": "Hold back.", "lang": "en"}],
        },
        "answer": {"kind": "answer", "answer": "ours", "words": "They are ours."},
        "rung": rung(asked, "COA", text_hash=asked["digest"], at={"at": "2018-02-01T08:02:00Z"}),
        "read-back": {
            "kind": "read-back", "of": asked["statement"], "fields": {"place": "east bank"}, "role": "officer"
        },
        "read-back-settled": {
            "kind": "read-back-settled", "of": things["heard"]["statement"], "fields": ["bank"],
            "words": "heard again: east", "role": "duty officer",
        },
        "countersigned": {
            "kind": "countersigned", "of": asked["statement"], "text_hash": asked["digest"],
            "role": "watch chief", "words": "as we hold it",
        },
        "template-approved": {
            "kind": "template-approved", "template": "stop", "lang": "ru", "text_hash": "0" * 64,
            "role": "watch chief",
        },
        "exercise-run": {
            "kind": "exercise-run", "activity": "movement", "with_party": "RUS", "held": when,
            "result": "understood", "words": "read back and plotted",
        },
        "meeting": {
            "kind": "meeting", "name": "Third meeting", "parties": ["COA", "RUS"], "level": "deputy",
            "when": when, "place": {"withheld": True}, "number": 3,
            "follow_ups": [{"words": "exchange maps", "at": when}],
        },
        "incident": incident("8 February", involved=[{"role": "struck", "party": "PGF"}],
                             measures=[boundary_["subject"]]),
        "claim": claim(incident_["subject"], place=place, as_of=when),
        "reply": {"kind": "reply", "to": claim_["statement"], "reply": "no information"},
        "public": public(about=[incident_["subject"]]),
        "source": source("S1: CNN") | {"reprint_of": things["source"]["subject"], "published": when},
        "link": {
            "kind": "link", "a": incident_["subject"], "b": boundary_["subject"], "relation": "same place"
        },
        "revoked": {"kind": "revoked", "of": notice_["subject"], "reason": "called off"},
        "status": {"kind": "status", "of": zone_["statement"], "status": "paused"},
        "release": release(things["buildup"]["subject"], "RUS"),
        "not-told": {
            "kind": "not-told", "of": things["draft"]["subject"], "text": things["draft"]["statement"],
            "reader": "RUS", "reason": "not yet",
        },
        "forwarded": {"kind": "forwarded", "original": raw, "remarks": "as it came"},
    }  # fmt: skip
    kept = {"release", "not-told", "observation", "build-up", "movement", "notification-step",
            "template-approved", "on-call", "approval-policy", "base-rate", "shift"}  # fmt: skip
    tells: dict[str, dict[str, Any]] = {}
    for kind, body in bodies.items():
        readers = [] if kind in kept else ["public"] if kind in ("party", "source") else ["RUS"]
        tells[kind] = {"body": body, "readers": readers, "remarks": "as said"}
    tells["forwarded"]["readers"] = ["SDF"]
    tells["group"]["readers"] = ["RUS", "SDF"]
    tells["answer"]["answers"] = [asked["statement"]]
    tells["message"] |= {"said_by": {"name": "Colonel", "party": "COA"}, "said_at": when}
    tells["movement"]["valid"] = DAY
    tells["notice"]["valid"] = {"start": "2018-02-01T00:00:00Z", "end": "2018-03-01T00:00:00Z"}
    for named in ("template-approved", "shift"):
        tells[named]["attachments"] = [{"salted_hash": name["salted_hash"], "what": "name"}]
    tells["presence"]["source"] = things["source"]["subject"]
    return tells


def encoded_statement(made: House, party: str, identity: str) -> str:
    """The signed bytes of a statement as they reached a party, in base64."""
    import base64

    from keepclear.model.statements import encode

    entry = made.node.picture(party).entry(identity)
    assert entry is not None
    return base64.b64encode(encode(entry.statement)).decode()
