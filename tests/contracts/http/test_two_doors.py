"""What other parties' persons and programs do is seen by nobody else: the same bytes before and after.

One node, its clock at rest. A party's chief, its program and a stranger ask every route that only looks, and
try what they may not; then another party's people come, sign in, fail, change roles, go and are erased; then
the same is asked again, and every status, header and body must be equal.
"""

from __future__ import annotations

import re

import msgspec
import pytest
from tests.signing import FAR, HOST, Authenticator, Manned, manned

from keepclear.model.words import PartyId
from keepclear.service.auth import Role
from keepclear.service.http import signin
from keepclear.service.http.app import table
from keepclear.service.http.callers import COOKIE, CSRF
from keepclear.service.people import Scope

OPEN_WRITES = (
    "/api/v1/enrolment/options", "/api/v1/enrolment", "/api/v1/sign-in/options", "/api/v1/sign-in",
)  # fmt: skip


def everything(house: Manned, browser, token: str) -> dict[tuple[str, ...], tuple[int, object, bytes]]:
    """Every route that looks, as chief, program and stranger; and the open ones that take something."""
    kinds = {
        "chief": {"cookie": f"{COOKIE}={browser.cookie}", CSRF: browser.csrf},
        "program": {"authorization": f"Bearer {token}"},
        "stranger": {},
    }
    found = {}
    for route in table():
        writes = route.method not in ("GET", "HEAD") and route.path not in OPEN_WRITES
        if writes or route.path.endswith("/stream"):
            continue
        for desk in ("COA", "RUS", "NONE"):
            path = re.sub(r"{\w+}", "RUS", route.path.replace("{party}", desk))
            for kind, headers in kinds.items():
                sent = {"host": HOST, **headers}
                body = b'{"code":"AAAAA","credential":{}}'
                answer = house.knock(route.method, path, "192.0.2.200", sent, body)
                found[kind, route.method, path] = (answer.status, sorted(answer.headers), answer.body)
        house.door.throttle._failures.clear()  # of the asking itself, which fails often
    return found


def others_live(house: Manned) -> None:
    """Everything that another party's people and programs can do to the file of people."""
    chief, key = house.person("Their chief", "RUS", Role.WATCH_CHIEF, Role.DUTY_OFFICER)
    _, lost = house.person("Chief", "RUS", Role.DUTY_OFFICER)
    for number in range(12):
        forged = Authenticator(identity=key.identity, handle=key.handle)
        house.browser(f"203.0.113.{number}").sign_in(forged)
        house.browser("203.0.113.77").enrol("AAAAA", Authenticator())
    chief.call("PUT", "/api/v1/session", {"role": "duty officer"}).ok()
    chief.call("PUT", "/api/v1/session", {"role": "watch chief"}).ok()
    row = house.people.named("Chief", PartyId("RUS"))
    code = chief.call("POST", f"/api/v1/desks/RUS/people/{row.id}/code").ok(201).json["code"]
    house.browser("203.0.113.78").enrol(code, Authenticator()).ok(201)
    house.browser("203.0.113.79").sign_in(lost)
    house.people.add("Never came", PartyId("RUS"), Role.OBSERVER)
    house.program("RUS", Scope.ACT)
    _, identity = house.program("RUS", Scope.READ_DESK)
    house.people.revoke_token(identity)
    house.people.store.erase(row.id)


@pytest.fixture
def asked(tmp_path):
    made = manned(tmp_path)
    browser, _ = made.person("Chief", "COA", Role.WATCH_CHIEF)
    token, _ = made.program("COA", Scope.READ_DESK)
    yield made, browser, token
    made.close()


def differences(asked) -> list[tuple[str, ...]]:
    house, browser, token = asked
    before = everything(house, browser, token)
    others_live(house)
    after = everything(house, browser, token)
    assert len(before) > 150
    return [key for key in before if _plain(key, before[key]) != _plain(key, after[key])]


def _plain(key, value):
    """Challenges are random by their nature; their length and all else must be equal."""
    status, headers, body = value
    if key[2].endswith("/options") and status == 200:
        body = re.sub(rb'"challenge":"[\w-]+"', b'"challenge":""', body)
    return status, headers, body


def test_nobody_sees_what_others_people_do(asked):
    assert differences(asked) == []


def _plant_count_of_sessions(monkeypatch):
    real = signin._session

    def counted(door, caller, **more):
        count = len(door.people.sessions()) if door is not None else 0
        return msgspec.structs.replace(real(door, caller, **more), address=f"{count} signed in")

    monkeypatch.setattr(signin, "_session", counted)


def _plant_people_of_all_desks(monkeypatch):
    real = signin.People.listed
    monkeypatch.setattr(signin.People, "listed", lambda self, party=None: real(self))


def _plant_credentials_to_choose_from(monkeypatch):
    from keepclear.service.passkeys import Passkeys

    real = Passkeys.to_sign_in

    def listing(self, now):
        return {**real(self, now), "allowCredentials": [k.id.hex() for k in PEOPLE[0].store.passkeys()]}

    monkeypatch.setattr(Passkeys, "to_sign_in", listing)


PEOPLE = []


@pytest.mark.parametrize(
    "plant", [_plant_count_of_sessions, _plant_people_of_all_desks, _plant_credentials_to_choose_from]
)
def test_a_planted_leak_is_found(asked, monkeypatch, plant):
    PEOPLE[:] = [asked[0].people]
    plant(monkeypatch)
    assert differences(asked) != []


def test_an_address_that_failed_tells_only_itself_that_it_has_to_wait(asked):
    house, browser, _ = asked
    for _ in range(12):
        house.browser(FAR).enrol("AAAAA", Authenticator())
    house.browser(FAR).enrol("AAAAA", Authenticator()).refused("sign-in-rate", 429)
    house.browser("192.0.2.9").enrol("AAAAA", Authenticator()).refused("sign-in", 401)
    browser.get("/api/v1/desks/COA/picture").ok()
