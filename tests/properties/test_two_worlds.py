"""Two worlds that differ only in what is not told to a party give that party the same bytes.

Both have one clock and the same seeds. In one, other parties also do what this party is not told: messages,
drafts, more texts of a subject, decisions, refused acts, another party hosted. Then it asks everything, with
its own token and with none; each answer must be the same to the byte. Leaks planted on purpose must be found.
"""

from __future__ import annotations

import re
from collections import Counter
from contextlib import contextmanager
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.building_node import (
    CHIEF,
    START,
    House,
    bare_house,
    buildup,
    circle,
    message,
    notice,
    observation,
    party_body,
    plan,
    public,
    release,
    remark,
    rung,
    seeded_tokens,
    stance,
    zone,
)
from tests.shares import mostly_long

from keepclear.commands import telling
from keepclear.errors import NotAllowed
from keepclear.rules import disclosure
from keepclear.service import node as node_module
from keepclear.service.auth import Role
from keepclear.service.http import about, app, desks, streams
from keepclear.service.http.policy import Policy
from keepclear.service.keys import Keyring
from keepclear.service.node import Node

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

A, P, Q, R = "COA", "RUS", "SDF", "PGF"
HOSTED = (A, P, Q, R)
LATE = "TUR"
TOKENS = seeded_tokens(HOSTED)
MINUTES = 60


class World:
    """One of the two worlds: a house, and what was made in it by name."""

    def __init__(self, *, hidden: bool) -> None:
        self.house: House = bare_house(parties=HOSTED)
        self.house.tokens = TOKENS
        self.house.app = app.application(self.house.writer, TOKENS)
        self.hidden = hidden
        self.hashes: list[str] = []
        keys, salts = self.house.node.keys, Counter[str]()

        def salt(party: str) -> bytes:
            """Salts are a seam: as random as ever, but the same in both worlds."""
            salts[party] += 1
            fresh = sha256(f"{party} {salts[party]}".encode()).digest()[:16]
            return fresh + keys._salt_mark(party, fresh)

        keys.salt = salt
        self.attached = Counter[str]()
        self.made: dict[str, dict[str, Any]] = {}
        self.tried: list[int] = []
        for party in (*HOSTED, LATE):
            self.tell("party-" + party, A, party_body(party), "public")

    def at(self, minute: float) -> None:
        self.house.clock.move_to(START + minute * (START.replace(minute=1) - START))

    def tell(self, name: str, by: str, body: dict[str, Any], *readers: str, **more: Any) -> None:
        """Act, and keep what came of it under a name; refusals are allowed, and kept as such."""
        answer = self.house.try_tell(by, body, *readers, key=name, role=CHIEF, **more)
        self.tried.append(answer.status)
        if answer.status == 201:
            self.made[name.split("/")[0]] = answer.json

    def attach(self, by: str, body: bytes) -> list[dict[str, Any]]:
        """Keep a body beside the log; gives what names it."""
        self.attached[by] += 1  # the salt follows from the key, which is the same in both worlds
        key = f"attach-{by}-{self.attached[by]}"
        kept = self.house.post(by, "attachments", body, key=key).ok(201).json
        self.hashes.append(kept["salted_hash"])
        return [{"salted_hash": kept["salted_hash"], "what": "names", "size_bytes": kept["size_bytes"]}]

    def also(self, *readers: str) -> tuple[str, ...]:
        """More readers, in the world where others are told more."""
        return readers if self.hidden else ()

    def holders(self, name: str) -> tuple[str, ...]:
        """Who has to be told of a restatement: all that hold the subject in this world."""
        subject = self.made[name]["subject"]
        return tuple(reader for reader in self.house.node.outbox(A).holders(subject) if reader != A)

    def others(self, name: str) -> tuple[str, ...]:
        return tuple(reader for reader in self.holders(name) if reader != P)


Step = tuple[str, "Callable[[World, int], None]"]


def needs(*names: str) -> Callable[..., Callable[[World, int], None]]:
    """A step that is left out, in both worlds alike, while something that it speaks of is not there."""

    def wrap(step: Callable[[World, int], None]) -> Callable[[World, int], None]:
        def run(world: World, n: int) -> None:
            if all(name in world.made for name in names):
                step(world, n)

        return run

    return wrap


# What P is told, or says itself.


def told_zone(w: World, n: int) -> None:
    if "zone" not in w.made:
        w.tell("zone", A, zone(), P, *w.also(Q))


@needs("zone")
def told_zone_again(w: World, n: int) -> None:
    body = zone(shape=circle(radius_m=50_000.0 + n))
    w.tell(f"zone/{n}", A, body, *w.holders("zone"), subject=w.made["zone"]["subject"])


@needs("zone")
def told_zone_revoked(w: World, n: int) -> None:
    w.tell(f"revoked-{n}", A, {"kind": "revoked", "of": w.made["zone"]["subject"]}, *w.holders("zone"))


@needs("zone")
def told_stance(w: World, n: int) -> None:
    w.tell(f"stance-{n}", P, stance(w.made["zone"], P, "not recognised"), A)


def told_message(w: World, n: int) -> None:
    w.tell(
        "message", A, message(P, words=f"Who moves there? {n}"), P, *w.also(R)
    ) if "message" not in w.made else None


@needs("message")
def told_receipt(w: World, n: int) -> None:
    w.tell(f"rung-{n}", P, rung(w.made["message"], P, text_hash=w.made["message"]["digest"]), A)


@needs("message")
def told_answer(w: World, n: int) -> None:
    body = {"kind": "answer", "answer": "checking", "words": f"{n}"}
    w.tell(f"answer-{n}", P, body, A, answers=[w.made["message"]["statement"]])


def told_public(w: World, n: int) -> None:
    w.tell(f"public-{n}", Q, public(f"We keep to our bank {n}."), "public", *w.also(R))


def told_notice(w: World, n: int) -> None:
    w.tell(f"notice-{n}", A, notice(f"convoy {n}"), P, *w.also(Q, R))


def own_note(w: World, n: int) -> None:
    w.tell(f"note-{n}", P, remark(f"own note {n}"))


def own_observation(w: World, n: int) -> None:
    w.tell(f"own-observation-{n}", P, observation(party=R, what=f"seen {n}"))


def told_buildup(w: World, n: int) -> None:
    """The exact form in A's own log, a release, then the coarse form to P."""
    if "buildup" not in w.made:
        w.tell("buildup", A, buildup())
        w.tell("release", A, release(w.made["buildup"]["subject"], P))
        w.tell("coarse", A, coarse(), P, subject=w.made["buildup"]["subject"], form="covering")


def coarse(radius_m: float = 9_000.0) -> dict[str, Any]:
    return buildup(area=circle(40.3, 35.3, radius_m))


@needs("coarse")
def told_buildup_again(w: World, n: int) -> None:
    subject = w.made["buildup"]["subject"]
    others = dict.fromkeys(w.others("buildup"), "not theirs")
    w.tell(f"release/{n}", A, release(subject, P))
    w.tell(f"coarse/{n}", A, coarse(9_000.0 + n), P, subject=subject, form="covering", not_telling=others)


def told_attachment(w: World, n: int) -> None:
    named = w.attach(P, b"names of P's own" * n)
    w.tell(f"attached-{n}", P, remark(f"list {n}"), A, attachments=named)


def told_on(w: World, n: int) -> None:
    """A statement of long ago is told to P now."""
    if "told-on" not in w.made:
        w.tell("told-on", A, remark("for later"), *w.also(Q))
        body = {"statement": w.made["told-on"]["statement"], "readers": [P, *w.also(R)]}
        w.house.post(A, "tellings", body, key=f"on-{n}").ok(201)


VISIBLE: dict[str, Callable[[World, int], None]] = {
    step.__name__ if step.__name__ != "run" else name: step
    for name, step in list(globals().items())
    if name.startswith(("told_", "own_"))
}


# What P is not told.


def hidden_message(w: World, n: int) -> None:
    w.tell(f"h-message-{n}", A, message(Q, words=f"secret {n}"), Q)


def hidden_draft(w: World, n: int) -> None:
    w.tell(f"h-draft-{n}", A, remark(f"draft {n}"))
    w.made["h-draft"] = w.made[f"h-draft-{n}"]


def hidden_observation(w: World, n: int) -> None:
    w.tell(f"h-observation-{n}", A, observation(what=f"seen by A {n}"))


def hidden_attachment(w: World, n: int) -> None:
    named = w.attach(A, b"names" * n)
    w.tell(f"h-attached-{n}", A, remark(f"crew {n}"), Q, attachments=named)


def hidden_public_draft(w: World, n: int) -> None:
    w.tell(f"h-talk-{n}", R, remark(f"to Q {n}"), Q, A)


@needs("zone")
def hidden_zone_again(w: World, n: int) -> None:
    """More texts of a subject that P holds, told to everybody else who holds it."""
    body = zone(shape=circle(radius_m=40_000.0 + n))
    subject = w.made["zone"]["subject"]
    w.tell(f"h-zone-{n}", A, body, *w.others("zone"), subject=subject, not_telling={P: "not yet"})


@needs("zone")
def hidden_zone_revoked(w: World, n: int) -> None:
    body = {"kind": "revoked", "of": w.made["zone"]["subject"]}
    w.tell(f"h-revoked-{n}", A, body, *w.others("zone"), not_telling={P: "not yet"})


@needs("zone")
def hidden_zone_told_on(w: World, n: int) -> None:
    subject = w.made["zone"]["subject"]
    standing = w.house.node.picture(A).latest(subject)
    if R not in w.house.node.outbox(A).holders(subject) and standing is not None:
        body = {"statement": standing.statement.id, "readers": [R]}
        w.house.post(A, "tellings", body, key=f"h-on-{n}").ok(201)


@needs("zone")
def hidden_condition(w: World, n: int) -> None:
    standing = w.house.node.picture(A).latest(w.made["zone"]["subject"])
    if standing is not None:
        body = {"kind": "status", "of": standing.statement.id, "status": "paused"}
        w.tell(f"h-status-{n}", A, body, *w.others("zone"), not_telling={P: "not yet"})


@needs("zone")
def hidden_stance(w: World, n: int) -> None:
    if w.house.node.picture(Q).entry(w.made["zone"]["statement"]) is not None:
        w.tell(f"h-stance-{n}", Q, stance(w.made["zone"], Q, "tacit"), A)


@needs("message")
def hidden_remark_on_message(w: World, n: int) -> None:
    w.tell(f"h-remark-{n}", A, remark("P is slow", about=[w.made["message"]["subject"]]))


@needs("buildup")
def hidden_buildup_again(w: World, n: int) -> None:
    """The exact form changes; the coarse one does not, so telling it again is refused."""
    subject = w.made["buildup"]["subject"]
    w.tell(f"h-exact-{n}", A, buildup(rate=f"{n} a day"), subject=subject, not_telling={P: "coarse stays"})
    standing = [e for e in w.house.node.picture(A).texts(subject) if e.statement.form == "covering"]
    if standing:
        body = msgspec.to_builtins(standing[-1].statement.body)
        others = dict.fromkeys(w.others("buildup"), "not theirs")
        w.tell(f"h-coarse-{n}", A, body, P, subject=subject, form="covering", not_telling=others)


@needs("h-draft")
def hidden_dangling(w: World, n: int) -> None:
    """A tries to tell P of something that P was not told: refused, so P is told nothing."""
    w.tell(f"h-dangling-{n}", A, remark("see the draft", about=[w.made["h-draft"]["subject"]]), P)


def hidden_release(w: World, n: int) -> None:
    w.tell(f"h-secret-{n}", A, observation(what=f"for Q {n}"))
    if f"h-secret-{n}" in w.made:
        w.tell(f"h-release-{n}", A, release(w.made[f"h-secret-{n}"]["subject"], Q))


def hidden_party(w: World, n: int) -> None:
    w.tell(f"h-party-{n}", Q, party_body("OCHA", "Coordination office", "agency"), A)


def hidden_host(w: World, n: int) -> None:
    w.house.node.host(LATE)


def hidden_refusals(w: World, n: int) -> None:
    w.tell(f"h-refused-{n}", A, remark("to nobody"), "NOBODY")
    w.tell(f"h-twice-{n}", A, remark("once"))
    w.tell(f"h-twice-{n}", A, remark("another"))


HIDDEN: dict[str, Callable[[World, int], None]] = {
    name: step for name, step in list(globals().items()) if name.startswith("hidden_")
}


def play(schedule: list[str]) -> tuple[World, World]:
    """Play a schedule in both worlds; hidden steps in one of them only, between the minutes of the others."""
    worlds = World(hidden=False), World(hidden=True)
    for n, name in enumerate(schedule, 1):
        for world in worlds:
            if name in VISIBLE:
                world.at(n)
                VISIBLE[name](world, n)
            elif world.hidden:
                world.at(n + 0.5)
                HIDDEN[name](world, n)
    for world in worlds:
        world.at(len(schedule) + 1)
    return worlds


# Everything that P can ask.


def ids_in(world: World) -> list[str]:
    """Ids of statements and subjects that stand anywhere in a world."""
    entries = [e for party in world.house.node.hosted for e in world.house.node.inbox(party)]
    return sorted({name for e in entries for name in (e.statement.id, e.statement.subject)})


def requests(first: World, second: World) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Go through the table of routes with everything that can stand in their paths and parameters."""
    known = sorted({*ids_in(first), *ids_in(second), f"{A}.nothing"})
    fill = {
        "party": (P, A, LATE, "XXX", "*"),
        "reader": (A, P, Q, R, LATE, "OCHA", "XXX", "public"),
        "statement": known,
        "session": ("0" * 16,), "person": ("0" * 16,),
        "peer": ("bravo",), "feed": ("adsb",), "thing": ("0", "1"),
        "template": ("hotline check",),
        "subject": (known[0], f"{A}.nothing"),
        "salted_hash": sorted({*first.hashes, *second.hashes, "0" * 64}),
    }  # fmt: skip
    for route in app.table():
        paths = [route.path]
        for name in re.findall(r"{(\w+)}", route.path):
            paths = [path.replace(f"{{{name}}}", value) for path in paths for value in fill[name]]
        for path in paths:
            own = f"/desks/{P}/" in path
            if not own and path.rpartition("/")[2] in known[2:]:
                continue  # at others' desks two ids are enough
            yield route.method, path, {}
            if own and "at" in {param.name for param in route.params}:
                for minute in (0, 2, 5):
                    yield route.method, path, {"query": {"at": f"2018-02-01T08:{minute:02d}:30Z"}}
            for name in {"reader", "with"} & {param.name for param in route.params if own}:
                for reader in fill["reader"]:
                    yield route.method, path, {"query": {name: reader}}
            yield route.method, path, {"token": None}
        yield route.method, paths[0], {"query": {"order": "1"}}
    yield "GET", "/openapi.json", {}
    yield "GET", "/nowhere", {}
    yield "PUT", f"/api/v1/desks/{P}/picture", {}


def asked_of(world: World, method: str, path: str, more: dict[str, Any]) -> Any:
    if path.endswith(f"{P}/stream") and more.get("token", "own") is not None and f"/desks/{P}/" in path:
        if more.get("query"):
            return world.house.call(method, path, token=TOKENS.token(P, CHIEF), **more)
        return [stream_from(world, cursor) for cursor in (None, "0", "3")]
    return world.house.call(method, path, **{"token": TOKENS.token(P, CHIEF), **more})


def stream_from(world: World, cursor: str | None) -> tuple[int, bytes]:
    with world.house.listen(P, last=cursor) as listener:
        listener.settle(0.005)
        return listener.status, listener.raw


def pages(world: World) -> list[Any]:
    """All pages of what P holds, three at a time, as far as they go."""
    found, after = [], "0"
    while after is not None and len(found) < 200:
        page = world.house.get(P, "held", after=after, limit="3")
        found.append(page)
        after = page.json.get("next")
    return found


USED_BY_OTHERS = "h-message-3"


def acts(first: World, second: World) -> list[tuple[str, Any, dict[str, Any]]]:
    """Acts of P, among them such as fish for what it was not told."""
    hidden = sorted(set(ids_in(second)) - set(ids_in(first)))
    fishing = [
        remark("what is it?", about=[hidden[0]] if hidden else [f"{A}.x"]),
        {"kind": "rung", "of": (hidden or [f"{A}.x"])[-1], "reader": P, "rung": "acknowledged", "role": "x"},
        {"kind": "reply", "to": (hidden or [f"{A}.x"])[0], "reply": "denies"},
    ]
    return [
        *(("statements", {"body": body, "readers": [A]}, {"key": f"p{n}"}) for n, body in enumerate(fishing)),
        ("statements", {"body": remark("hello"), "readers": ["OCHA"]}, {"key": "p-ocha"}),
        ("statements", {"body": remark("hello"), "readers": [LATE]}, {"key": "p-late"}),
        ("statements", {"body": remark("hello"), "readers": [A, "public"]}, {"key": USED_BY_OTHERS}),
        ("statements", {"body": remark("hello"), "readers": [A, "public"]}, {"key": USED_BY_OTHERS}),
        ("statements", {"body": remark("other"), "readers": [A]}, {"key": USED_BY_OTHERS}),
        ("statements", {"body": remark("x"), "subject": (hidden or [f"{A}.x"])[0]}, {"key": "p-theirs"}),
        ("statements", {"body": remark("x"), "readers": []}, {"key": "p-m", "if_match": f"{A}.x"}),
        *(("tellings", {"statement": name, "readers": [A]}, {"key": f"t-{name}"}) for name in hidden[:3]),
        ("check", plan(), {}),
        ("reconcile", first.house.get(P, "export").ok().body, {}),
        ("reconcile", b"no export", {}),
    ]


def differences(first: World, second: World) -> Iterator[str]:
    """Ask both worlds everything; give what was answered differently, as it is found."""
    for method, path, more in requests(first, second):
        if method == "GET":
            one, two = (asked_of(world, method, path, more) for world in (first, second))
            if one != two:
                yield f"{method} {path} {more}"
    if pages(first) != pages(second):
        yield "pages of held"
    for path, body, more in acts(first, second):
        one, two = (world.house.post(P, path, body, **more) for world in (first, second))
        if one != two:
            yield f"POST {path} {body}"
    for method, path, more in requests(first, second):
        if method != "GET":
            one, two = (asked_of(world, method, path, more) for world in (first, second))
            if one != two:
                yield f"{method} {path} {more}"


@contextmanager
def closing(worlds: tuple[World, World]) -> Iterator[tuple[World, World]]:
    try:
        yield worlds
    finally:
        for world in worlds:
            world.house.close()


RICH = [
    "told_zone", "hidden_draft", "hidden_message", "told_message", "hidden_zone_again", "hidden_host",
    "told_public", "own_note", "hidden_zone_told_on", "told_buildup", "hidden_party", "hidden_buildup_again",
    "hidden_dangling", "told_zone_again", "hidden_stance", "hidden_release", "told_receipt", "told_notice",
    "hidden_zone_revoked", "hidden_condition", "told_stance", "hidden_refusals", "told_zone_again",
    "hidden_remark_on_message", "told_buildup_again", "told_on", "hidden_observation", "told_answer",
    "hidden_public_draft",
    "hidden_attachment", "own_observation", "told_attachment", "hidden_message", "told_zone_revoked",
    "hidden_zone_again",
]  # fmt: skip


def test_the_rich_schedule_takes_every_step_and_hides_much():
    assert {*RICH} == {*VISIBLE, *HIDDEN}
    with closing(play(RICH)) as (first, second):
        assert all(status == 201 for status in first.tried), first.tried
        assert len(ids_in(second)) > len(ids_in(first)) + 15
        refused = [status for status in second.tried if status != 201]
        assert len(refused) == 4, "dangling, unchanged form, unknown reader, key used twice"
        assert second.house.size() > first.house.size() + 40


def test_every_route_of_the_table_is_asked():
    with closing(play(RICH)) as (first, second):
        asked = [(method, path) for method, path, _ in requests(first, second)]
    for route in app.table():
        pattern = re.compile(
            re.sub(r"{\w+}", "[^/]+", re.escape(route.path).replace(r"\{", "{").replace(r"\}", "}"))
        )
        assert any(method == route.method and pattern.fullmatch(path) for method, path in asked), route.path


def test_a_party_gets_the_same_bytes_whatever_others_tell_each_other():
    with closing(play(RICH)) as (first, second):
        assert list(differences(first, second)) == []


SCHEDULES = st.lists(st.sampled_from([*VISIBLE, *HIDDEN, *HIDDEN]), min_size=4, max_size=14)


@pytest.mark.long
@settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
@given(schedule=SCHEDULES)
def test_a_party_gets_the_same_bytes_in_any_course_of_events(schedule):
    with closing(play(schedule)) as (first, second):
        assert list(differences(first, second)) == []


# Leaks planted on purpose: each must be found.


def leak(patch: Callable[[pytest.MonkeyPatch], None]) -> Any:
    return pytest.param(patch, id=patch.__name__.removeprefix("plant_").replace("_", "-"))


def plant_serial_in_ids(monkeypatch: pytest.MonkeyPatch) -> None:
    """A version counter: ids that count what the node has made."""
    made: dict[Keyring, int] = {}

    def serial(self: Keyring, party: str, key: str, form: str) -> str:
        made[self] = made.get(self, 0) + 1
        return f"{party}.{made[self]:08d}"

    monkeypatch.setattr(Keyring, "statement", serial)


def plant_node_wide_stream_id(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = Node.inbox_size
    monkeypatch.setattr(Node, "inbox_size", lambda self, party: whole(self, party) + len(self._tails))


def plant_dangling_reference(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(telling, "closed_under_reference", lambda *_: None)


def plant_coarse_form_told_again_unchanged(monkeypatch: pytest.MonkeyPatch) -> None:
    # A release that covers one text would stop it too, so that both have to fail.
    monkeypatch.setattr(telling, "_changed", lambda *_: None)
    monkeypatch.setattr(disclosure, "_covers", lambda *_: True)


def plant_size_of_own_log_in_sees(monkeypatch: pytest.MonkeyPatch) -> None:
    own = node_module.LogId
    monkeypatch.setattr(
        Node, "seen_by_author", lambda self, log: self._tails[own(log.author, log.author)].tree.size
    )


class Asked:
    """Which node is being asked, for leaks that are planted where a node is not at hand."""

    node: Node | None = None

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        real = app.Guarded.__call__

        async def noting(guarded: Any, scope: Any, receive: Any, send: Any) -> None:
            self.node = scope["app"].state.writer.node
            await real(guarded, scope, receive, send)

        monkeypatch.setattr(app.Guarded, "__call__", noting)


def plant_forbidden_apart_from_unknown_desk(monkeypatch: pytest.MonkeyPatch) -> None:
    asked, real = Asked(monkeypatch), app.allow

    def telling_apart(policy: Policy, principal: Any, party: Any) -> None:
        if principal is not None and party != principal.party and party in asked.node.hosted:
            raise NotAllowed("the desk of another", "own-desk", "your own")
        real(policy, principal, party)

    monkeypatch.setattr(app, "allow", telling_apart)


def plant_forbidden_apart_from_unknown_statement(monkeypatch: pytest.MonkeyPatch) -> None:
    real = desks.statement

    async def statement(call: Any) -> Any:
        node, name = call.writer.node, call.request.path_params["statement"]
        others = [party for party in node.hosted if party != call.party]
        if any(node.picture(party).entry(name) for party in others) and not node.picture(call.party).entry(
            name
        ):
            raise NotAllowed("a statement of others", "held", "your own")
        return await real(call)

    monkeypatch.setattr(desks, "statement", statement)


def plant_reader_list_in_a_body(monkeypatch: pytest.MonkeyPatch) -> None:
    """The list of readers that an author sees of its own statement, shown to whoever holds it."""
    real = desks.answer

    def answer(call: Any, value: Any, etag_of: Any = None) -> Any:
        if isinstance(value, desks.StatementAnswer):
            box = call.writer.node.outbox(value.said.author)
            told = tuple(r for r in box.readers() if box.entry(r, value.statement.id) is not None)
            value = msgspec.structs.replace(value, told_to=told)
        return real(call, value, etag_of)

    monkeypatch.setattr(desks, "answer", answer)


def plant_node_wide_count_in_metrics(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = about.routes()
    opened = [msgspec.structs.replace(row, policy=Policy.OPEN) for row in rows]
    monkeypatch.setattr(about, "routes", lambda: opened)


def plant_node_wide_revision_in_etags(monkeypatch: pytest.MonkeyPatch) -> None:
    real = desks.answer

    def answer(call: Any, value: Any, etag_of: Any = None) -> Any:
        revision = sum(1 for _ in call.writer.node.store.entries())
        return real(call, value, [revision, value if etag_of is None else etag_of])

    monkeypatch.setattr(desks, "answer", answer)


def plant_node_wide_page_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    real = desks.answer

    def answer(call: Any, value: Any, etag_of: Any = None) -> Any:
        if isinstance(value, desks.HeldAnswer) and value.next is not None:
            value = msgspec.structs.replace(value, next=f"{len(call.writer.node._tails)}-{value.next}")
        return real(call, value, etag_of)

    monkeypatch.setattr(desks, "answer", answer)


def plant_node_wide_idempotency_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    real = Node.ask
    used: dict[Node, set[str]] = {}

    def ask(self: Node, party: Any, tell: Any, key: str, if_match: Any = None) -> Any:
        keys = used.setdefault(self, set())
        fresh = (key, party) not in keys and any(key == other for other, _ in keys)
        keys.add((key, party))
        if fresh:
            raise NotAllowed("a key that was used", "idempotency-key", "another")
        return real(self, party, tell, key, if_match)

    monkeypatch.setattr(Node, "ask", ask)


def plant_hosted_parties_in_a_refusal(monkeypatch: pytest.MonkeyPatch) -> None:
    asked, real = Asked(monkeypatch), telling.NotKnown

    def naming(words: str, rule: str, passes: str = "", field: str = "") -> Any:
        return real(words, rule, f"{passes}; one of {', '.join(asked.node.hosted)}", field)

    monkeypatch.setattr(telling, "NotKnown", naming)


def plant_count_of_logs_in_streams(monkeypatch: pytest.MonkeyPatch) -> None:
    asked, real = Asked(monkeypatch), streams.event

    def counted(name: str, data: object, identity: str = "") -> bytes:
        return real(name, data, f"{identity}.{len(asked.node._tails)}")

    monkeypatch.setattr(streams, "event", counted)


PLANTED = [leak(patch) for name, patch in list(globals().items()) if name.startswith("plant_")]


@pytest.mark.parametrize("plant", mostly_long(PLANTED, 4))
def test_a_planted_leak_is_found(monkeypatch, plant):
    plant(monkeypatch)
    with closing(play(RICH)) as (first, second):
        assert next(differences(first, second), None) is not None


def test_the_operator_alone_reads_counters_of_all():
    with closing(play(["told_zone"])) as (first, _):
        for role in set(Role) - {Role.OPERATOR, Role.AUDITOR}:
            first.house.call("GET", "/metrics", token=TOKENS.token(P, role)).refused("role", 403)
        first.house.call("GET", "/metrics", token=TOKENS.token("*", Role.AUDITOR)).refused("role", 403)
        first.house.call("GET", "/metrics").refused("token", 401)
        counters = first.house.call("GET", "/metrics", token=TOKENS.token("*", Role.OPERATOR)).ok()
        assert b"keepclear_acts_total 6.0" in counters.body
