"""Every route walked by every kind of caller; what a cookie, a token and the owner's file are good for."""

from __future__ import annotations

import re
from datetime import timedelta

import jsonschema_rs
import pytest
from tests.signing import FAR, HOST, ORIGIN, manned

from keepclear.errors import KeepclearError
from keepclear.service.auth import Role
from keepclear.service.http import callers, openapi
from keepclear.service.http.app import table
from keepclear.service.http.callers import COOKIE, CSRF
from keepclear.service.http.policy import ACTORS, OF_PERSONS, READERS, WHOLE_READERS, Policy
from keepclear.service.people import SESSION_LIFE, TOKEN_MARK, Scope

ROUTES = table()
CLOSED = [route for route in ROUTES if route.policy not in (Policy.OPEN, Policy.DEMO)]
WRITES = [route for route in CLOSED if route.method not in ("GET", "HEAD")]
NAMES = {"ids": lambda route: f"{route.method} {route.path}"}


def path_of(route, desk="COA"):
    return re.sub(r"{\w+(:\w+)?}", "0" * 16, route.path.replace("{party}", desk))


@pytest.fixture(scope="module")
def house(tmp_path_factory):
    made = manned(tmp_path_factory.mktemp("callers"))
    yield made
    made.close()


@pytest.fixture(scope="module")
def chief(house):
    return house.person("Chief", "COA", Role.WATCH_CHIEF)[0]


@pytest.fixture(scope="module")
def stranger(house):
    """A watch chief of the other party."""
    return house.person("Other chief", "RUS", Role.WATCH_CHIEF)[0]


def ask(house, route, desk="COA", *, token="", cookie="", host=HOST, address=FAR, mark="", **more):
    headers = {"host": host, "idempotency-key": "key-1", **more}
    if token:
        headers["authorization"] = f"Bearer {token}"
    if cookie:
        headers["cookie"] = f"{COOKIE}={cookie}"
    if mark:
        headers[CSRF] = mark
    return house.knock(route.method, path_of(route, desk), address, headers, b"{}")


def test_there_are_closed_routes_of_every_policy():
    assert {route.policy for route in ROUTES} == set(Policy)


@pytest.mark.parametrize("route", CLOSED, **NAMES)
def test_without_session_or_token_every_closed_route_refuses(house, route):
    ask(house, route).refused("token", 401)
    ask(house, route, cookie="x" * 43, mark="0" * 64).refused("token", 401)
    ask(house, route, token="x" * 43).refused("token", 401)
    ask(house, route, token=TOKEN_MARK + "x" * 43).refused("token", 401)


@pytest.mark.parametrize("route", [route for route in CLOSED if "{party}" in route.path], **NAMES)
def test_another_partys_session_or_token_meets_a_desk_that_is_not_there(house, stranger, route):
    if route.policy in OF_PERSONS or route.policy in (Policy.READ, Policy.WHOLE, Policy.ACT):
        theirs = ask(house, route, cookie=stranger.cookie, mark=stranger.csrf).refused("own-desk", 404)
        nobodys = ask(house, route, "NONE", cookie=stranger.cookie, mark=stranger.csrf).refused(
            "own-desk", 404
        )
        assert theirs.body.replace(b"COA", b"NONE") == nobodys.body
    for scope in (Scope.READ_DESK, Scope.ACT):
        secret, _ = house.program("RUS", scope)
        assert ask(house, route, token=secret).status in (403, 404)


@pytest.mark.parametrize("route", CLOSED, **NAMES)
def test_a_token_never_goes_beyond_its_scope(house, route):
    for scope, party, good in (
        (Scope.READ_DESK, "COA", {Policy.READ, Policy.WHOLE}),
        (Scope.ACT, "COA", {Policy.READ, Policy.WHOLE, Policy.ACT}),
        (Scope.AUDITOR, "*", {Policy.READ, Policy.WHOLE}),
        (Scope.FEED, "COA", {Policy.FEED}),
        (Scope.OPERATE, "*", {Policy.OPERATE}),
    ):
        secret, _ = house.program(party, scope)
        if route.path.endswith("/stream"):
            continue  # has no end; its door is the same
        answer = ask(house, route, token=secret)
        if route.policy in good:
            assert answer.status < 500
            assert answer.status < 400 or answer.rule not in ("scope", "session", "token")
        else:
            answer.refused("session" if route.policy in OF_PERSONS else "scope", 403)


@pytest.mark.parametrize("route", CLOSED, **NAMES)
def test_expired_and_revoked_tokens_and_sessions_are_as_none(house, tmp_path, route):
    expired, _ = house.program("COA", Scope.ACT, days=1)
    revoked, identity = house.program("COA", Scope.ACT, days=300)
    browser, key = house.person(f"Passing {route.method} {route.path}"[:80], "COA", Role.WATCH_CHIEF)
    other = house.browser()
    other.sign_in(key).ok(201)
    house.people.revoke_token(identity)
    house.people.store.end_session(
        next(row["id"] for row in other.get("/api/v1/sessions").ok().json["items"] if row["this"]),
        house.people.session(browser.cookie).person,
    )
    ask(house, route, token=revoked).refused("token", 401)
    ask(house, route, cookie=other.cookie, mark=other.csrf).refused("token", 401)
    later = house.clock.now() + max(timedelta(days=1), SESSION_LIFE)
    house.people._clock, kept = _At(later), house.people._clock
    try:
        ask(house, route, token=expired).refused("token", 401)
        ask(house, route, cookie=browser.cookie, mark=browser.csrf).refused("token", 401)
    finally:
        house.people._clock = kept


class _At:
    def __init__(self, at):
        self._at = at

    def now(self):
        return self._at


@pytest.mark.parametrize("route", WRITES, **NAMES)
def test_no_write_of_a_session_passes_without_its_mark(house, chief, stranger, route):
    for mark in ("", "0" * 64, stranger.csrf, chief.csrf[:-1], chief.csrf.upper()):
        ask(house, route, cookie=chief.cookie, mark=mark).refused("csrf", 403)
    if route.path == "/api/v1/session" and route.method == "DELETE":
        return  # would sign the chief out
    answer = ask(house, route, cookie=chief.cookie, mark=chief.csrf)
    assert answer.status < 400 or answer.rule != "csrf"


@pytest.mark.parametrize("route", ROUTES, **NAMES)
def test_a_page_of_another_site_reaches_no_route(house, chief, route):
    plain = ORIGIN.replace("https", "http")
    for origin in ("https://attacker.example", "null", f"{ORIGIN}.attacker.example", f"{ORIGIN}:444", plain):
        answer = ask(house, route, cookie=chief.cookie, mark=chief.csrf, origin=origin)
        answer.refused("origin", 403)


@pytest.mark.parametrize("route", ROUTES, **NAMES)
def test_a_name_that_is_not_allowed_reaches_no_route(house, chief, route):
    for host in (
        "attacker.example",
        "",
        "hq.example.org.attacker.example",
        "198.51.100.7",
        "hq.example.org@x",
    ):
        ask(house, route, cookie=chief.cookie, mark=chief.csrf, host=host).refused("host", 421)


# The owner's file of tokens.


@pytest.mark.parametrize("route", CLOSED, **NAMES)
def test_the_owners_tokens_never_work_from_elsewhere(house, route):
    for role in Role:
        token = house.token("*" if role in (Role.AUDITOR, Role.OPERATOR) else "COA", role)
        ask(house, route, token=token).refused("token", 401)
        ask(house, route, token=token, host="127.0.0.1:8642").refused("token", 401)
        ask(house, route, token=token, address="127.0.0.1").refused("token", 401)
        for passed_on in ("forwarded", "x-forwarded-for", "x-real-ip", "via", "x-forwarded-host"):
            beside = {passed_on: "127.0.0.1"}
            ask(house, route, token=token, address="127.0.0.1", host="localhost", **beside).refused(
                "token", 401
            )


@pytest.mark.parametrize("address", ["127.0.0.1", "127.8.9.1", "::1"])
def test_the_owners_tokens_work_on_the_machine_itself(house, address):
    picture = next(route for route in ROUTES if route.path.endswith("/picture"))
    assert ask(house, picture, token=house.token("COA"), address=address, host="localhost:8642").ok(200)


@pytest.mark.parametrize(
    "address", ["", "testclient", "::ffff:198.51.100.7", "fe80::1%eth0", "127.0.0.1.example"]
)
def test_what_is_no_address_of_this_machine_is_elsewhere(house, address):
    picture = next(route for route in ROUTES if route.path.endswith("/picture"))
    ask(house, picture, token=house.token("COA"), address=address, host="localhost").refused("token", 401)


def test_a_bad_token_is_not_made_up_for_by_a_good_cookie(house, chief):
    picture = next(route for route in ROUTES if route.path.endswith("/picture"))
    ask(house, picture, cookie=chief.cookie).ok(200)
    ask(house, picture, cookie=chief.cookie, token="x")  # noqa: S106 - not one.refused("token", 401)
    ask(house, picture, cookie=chief.cookie, authorization="Basic eDp5").refused("token", 401)


# Roles.


@pytest.mark.parametrize("role", [role for role in Role if role not in (Role.AUDITOR, Role.OPERATOR)])
def test_a_person_may_what_its_role_may(house, role):
    browser, _ = house.person(f"Person {role}", "COA", role)
    for route in CLOSED:
        if route.path.endswith("/stream") or (route.method, route.path) == ("DELETE", "/api/v1/session"):
            continue
        allowed = {
            Policy.READ: role in READERS, Policy.WHOLE: role in WHOLE_READERS, Policy.ACT: role in ACTORS,
            Policy.PEOPLE: role is Role.WATCH_CHIEF,
            Policy.LINK: role is Role.WATCH_CHIEF,
            Policy.SIGNED_IN: True, Policy.OPERATE: False,
            Policy.LIVE: role in ACTORS, Policy.FEED: role in ACTORS,
            Policy.LIVE_RULES: role is Role.WATCH_CHIEF,
        }[route.policy]  # fmt: skip
        answer = ask(house, route, cookie=browser.cookie, mark=browser.csrf)
        refused_by_role = answer.status == 403 and answer.rule == "role"
        if not allowed:
            assert refused_by_role, (route, answer)
        elif route.policy is not Policy.ACT:
            assert not refused_by_role, (route, answer)


def test_an_auditor_reads_every_desk_and_writes_at_none(house):
    browser, _ = house.person("Auditor", "*", Role.AUDITOR)
    assert browser.get("/api/v1/desks/COA/picture").ok().json["party"] == "COA"
    assert browser.get("/api/v1/desks/RUS/picture").ok().json["party"] == "RUS"
    browser.call("POST", "/api/v1/desks/COA/statements", {}).refused("role", 403)
    browser.get("/api/v1/desks/COA/people").refused("role", 403)


@pytest.mark.parametrize("route", [route for route in ROUTES if route.policy in OF_PERSONS], **NAMES)
def test_a_person_gets_what_the_schema_says_and_no_unknown_query_is_ignored(house, chief, route):
    headers = {"host": HOST, "cookie": f"{COOKIE}={chief.cookie}", CSRF: chief.csrf}
    asked = house.knock(route.method, path_of(route), FAR, headers, query={"colour": "red"})
    asked.refused("unknown-parameter", 400)
    if route.method == "GET":
        document = openapi.document(ROUTES)
        answers = document["paths"][route.path]["get"]["responses"]["200"]
        schema = {**document, "$ref": answers["content"]["application/json"]["schema"]["$ref"]}
        jsonschema_rs.validator_for(schema).validate(chief.get(path_of(route)).ok(200).json)


# Headers, comparisons.


def test_over_tls_every_answer_asks_browsers_to_come_back_by_tls_alone(house):
    for path in ("/livez", "/api/v1/session", "/nowhere"):
        answer = house.knock("GET", path, FAR, {"host": HOST})
        assert answer.header("strict-transport-security") == "max-age=31536000"
    assert house.call("GET", "/livez").header("strict-transport-security") is None


def test_secrets_are_compared_in_constant_time_or_by_their_hash(house, chief, monkeypatch):
    """The mark goes through compare_digest; a session is looked up by its hash, never by its secret."""
    compared = []
    real = callers.hmac.compare_digest
    monkeypatch.setattr(callers.hmac, "compare_digest", lambda a, b: compared.append((a, b)) or real(a, b))
    sign_out = next(route for route in ROUTES if (route.method, route.path) == ("PUT", "/api/v1/session"))
    ask(house, sign_out, cookie=chief.cookie, mark="0" * 64).refused("csrf")
    assert (b"0" * 64, chief.csrf.encode()) in compared
    asked = []
    house.people.store._reader.set_trace_callback(asked.append)
    chief.get("/api/v1/sessions").ok()
    house.people.store._reader.set_trace_callback(None)
    assert asked
    assert not any(chief.cookie in statement for statement in asked)


def test_a_refusal_names_no_person_and_no_secret(house, chief):
    for route in CLOSED:
        answer = ask(house, route, cookie=chief.cookie[:-1], token="")
        assert b"Chief" not in answer.body
        assert chief.cookie[:-1].encode() not in answer.body


def test_the_demo_has_no_door(tmp_path):
    from tests.building_node import house as bare

    with bare() as made:
        assert made.call("GET", "/api/v1/session").ok().json["address"] == ""
        made.call("POST", "/api/v1/sign-in/options").refused("sign-in-none", 404)
        with pytest.raises(KeepclearError):
            made.tokens.token("COA", Role.AUDITOR)
