"""Signing in: a code once, a passkey of this node alone, a session that ends when it is ended."""

from __future__ import annotations

import secrets
from datetime import timedelta
from http.cookies import SimpleCookie

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.signing import FAR, HOST, ORIGIN, Authenticator, Heard, b64, manned, people_at, unb64

from keepclear.model.words import PartyId
from keepclear.service.auth import Role
from keepclear.service.http.callers import COOKIE
from keepclear.service.people import CODE_LIFE, SESSION_LIFE, Scope
from keepclear.service.throttle import MOST_FAILURES, WINDOW

CHIEF, OFFICER = Role.WATCH_CHIEF, Role.DUTY_OFFICER


def test_a_code_makes_a_passkey_and_the_passkey_signs_in(house):
    code = house.people.add("Anna Berg", PartyId("COA"), OFFICER).code
    browser, authenticator = house.browser(), Authenticator()
    enrolled = browser.enrol(code, authenticator).ok(201).json
    assert enrolled["session"] | {"until": "", "csrf": ""} == {
        "required": True, "user": "Anna Berg", "party": "COA", "role": "duty officer",
        "roles": ["duty officer"], "until": "", "csrf": "", "address": ORIGIN,
    }  # fmt: skip
    assert len(set(enrolled["recovery_codes"])) == 6
    elsewhere = house.browser()
    assert elsewhere.get("/api/v1/desks/COA/picture").refused("token", 401)
    assert elsewhere.sign_in(authenticator).ok(201).json["user"] == "Anna Berg"
    assert elsewhere.get("/api/v1/desks/COA/picture").ok(200).json["party"] == "COA"
    elsewhere.get("/api/v1/desks/RUS/picture").refused("own-desk", 404)


def test_the_node_says_to_strangers_that_sign_in_is_required_and_no_more(house):
    house.person("Anna Berg")
    assert house.browser().get("/api/v1/session").ok(200).json == {
        "required": True, "user": "", "party": "", "role": "", "roles": [], "until": None, "csrf": "",
        "address": ORIGIN,
    }  # fmt: skip


def test_registration_asks_for_a_resident_key_and_for_who_holds_it(house):
    code = house.people.add("Anna Berg", PartyId("COA"), OFFICER).code
    asked = house.browser().call("POST", "/api/v1/enrolment/options", {"code": code}).ok().json
    assert asked["authenticatorSelection"]["residentKey"] == "required"
    assert asked["authenticatorSelection"]["userVerification"] == "required"
    assert asked["rp"]["id"] == HOST
    assert b"Anna" not in unb64(asked["user"]["id"])
    signing = house.browser().call("POST", "/api/v1/sign-in/options").ok().json
    assert (signing["userVerification"], signing.get("allowCredentials", [])) == ("required", [])


def test_the_cookie_is_kept_from_scripts_from_plain_lines_and_from_other_sites(house):
    browser, _ = house.person("Anna Berg")
    (line,) = [value.decode() for key, value in browser.last.headers if key == b"set-cookie"]
    assert COOKIE.startswith("__Host-")
    morsel = SimpleCookie(line)[COOKIE]
    assert (bool(morsel["httponly"]), bool(morsel["secure"]), morsel["samesite"].lower()) == (
        True,
        True,
        "strict",
    )
    assert (morsel["path"], morsel["domain"]) == ("/", "")
    assert int(morsel["max-age"]) == SESSION_LIFE.total_seconds()
    assert browser.last.header("cache-control") == "no-store"


def test_neither_secret_nor_code_stands_in_the_file(house, tmp_path):
    code = house.people.add("Bo", PartyId("RUS"), OFFICER).code
    browser, _ = house.person("Anna Berg")
    secret, _ = house.program("COA", Scope.READ_DESK)
    kept = b"".join(path.read_bytes() for path in tmp_path.glob("people.sqlite3*"))
    for hidden in (browser.cookie, secret, code, code.replace("-", ""), *browser.last.json["recovery_codes"]):
        assert hidden.encode() not in kept


@pytest.mark.parametrize("typed", [str.lower, lambda code: code.replace("-", " "), lambda code: f" {code} "])
def test_a_code_is_taken_as_people_type_it(house, typed):
    code = house.people.add("Anna Berg", PartyId("COA"), OFFICER).code
    house.browser().enrol(typed(code), Authenticator()).ok(201)


def test_a_code_counts_once(house):
    code = house.people.add("Anna Berg", PartyId("COA"), OFFICER).code
    house.browser().enrol(code, Authenticator()).ok(201)
    house.browser().enrol(code, Authenticator()).refused("sign-in", 401)


def test_a_wrong_code_is_told_what_to_do_next(house):
    refused = house.browser().enrol("AAAAA-BBBBB-CCCCC-DDDDD", Authenticator()).refused("sign-in", 401).json
    assert refused["field"] == "code"
    assert "as it stands on the slip" in refused["passes"]
    assert "keepclear user code" in refused["detail"]


def test_a_code_is_too_old_after_a_day(house):
    code = house.people.add("Anna Berg", PartyId("COA"), OFFICER).code
    house.clock.move_to(house.clock.now() + CODE_LIFE)
    late = house.browser().enrol(code, Authenticator()).refused("sign-in", 401)
    assert late.body == house.browser().enrol("AAAAA", Authenticator()).body, "a wrong code reads the same"


def test_a_code_that_expires_while_the_passkey_is_made_makes_nothing(house):
    code = house.people.add("Anna Berg", PartyId("COA"), OFFICER).code
    house.clock.move_to(house.clock.now() + CODE_LIFE - timedelta(seconds=1))
    browser, authenticator = house.browser(), Authenticator()
    asked = browser.call("POST", "/api/v1/enrolment/options", {"code": code}).ok().json
    house.clock.move_to(house.clock.now() + timedelta(seconds=2))
    body = {"code": code, "credential": authenticator.make(asked)}
    browser.call("POST", "/api/v1/enrolment", body).refused("sign-in", 401)
    assert house.people.store.passkeys() == []


def test_a_challenge_for_one_code_does_not_serve_another(house):
    first = house.people.add("Anna Berg", PartyId("COA"), OFFICER).code
    second = house.people.add("Bo", PartyId("COA"), CHIEF).code
    browser, authenticator = house.browser(), Authenticator()
    asked = browser.call("POST", "/api/v1/enrolment/options", {"code": first}).ok().json
    credential = authenticator.make(asked)
    browser.call("POST", "/api/v1/enrolment", {"code": second, "credential": credential}).refused(
        "sign-in", 401
    )


def test_a_new_code_ends_the_old_passkey_and_its_sessions(house):
    chief, _ = house.person("Chief", "COA", CHIEF)
    officer, lost = house.person("Anna Berg", "COA", OFFICER)
    (row,) = [p for p in chief.get("/api/v1/desks/COA/people").ok().json["items"] if p["name"] == "Anna Berg"]
    assert (row["has_passkey"], row["sessions"]) == (True, 1)
    code = chief.call("POST", f"/api/v1/desks/COA/people/{row['id']}/code").ok(201).json["code"]
    officer.get("/api/v1/desks/COA/picture").ok(200)
    fresh = Authenticator()
    house.browser().enrol(code, fresh).ok(201)
    officer.get("/api/v1/desks/COA/picture").refused("token", 401)
    house.browser().sign_in(lost).refused("sign-in", 401)
    house.browser().sign_in(fresh).ok(201)


def test_a_recovery_code_makes_a_new_passkey_and_all_older_codes_end(house):
    browser, _ = house.person("Anna Berg")
    codes = browser.last.json["recovery_codes"]
    house.clock.move_to(house.clock.now() + timedelta(days=4_000))
    fresh = Authenticator()
    house.browser().enrol(codes[0], fresh).ok(201)
    for code in codes:
        house.browser(f"203.0.113.{codes.index(code)}").enrol(code, Authenticator()).refused("sign-in", 401)
    house.browser("203.0.113.99").sign_in(fresh).ok(201)


def test_only_a_watch_chief_of_the_desk_helps_and_only_its_own_people(house):
    _, _ = house.person("Theirs", "RUS", OFFICER)
    theirs = next(p.id for p in house.people.listed(PartyId("RUS")))
    officer, _ = house.person("Anna Berg", "COA", OFFICER)
    chief, _ = house.person("Chief", "COA", CHIEF)
    officer.get("/api/v1/desks/COA/people").refused("role", 403)
    chief.get("/api/v1/desks/RUS/people").refused("own-desk", 404)
    for method, tail in (("POST", "code"), ("DELETE", "sessions")):
        here = chief.call(method, f"/api/v1/desks/COA/people/{theirs}/{tail}").refused("person", 404)
        nowhere = chief.call(method, f"/api/v1/desks/COA/people/{'0' * 16}/{tail}").refused("person", 404)
        assert here.body.replace(theirs.encode(), b"0" * 16) == nowhere.body
        chief.call(method, f"/api/v1/desks/RUS/people/{theirs}/{tail}").refused("own-desk", 404)


@pytest.mark.parametrize(
    "wrong",
    [
        {"origin": "https://hq.example.org.attacker.example"},
        {"origin": "http://hq.example.org"},
        {"origin": "null"},
        {"rp_id": "example.org"},
        {"verified": False},
    ],
    ids=str,
)
def test_a_passkey_is_made_and_used_only_at_this_node_and_by_its_holder(house, wrong):
    code = house.people.add("Anna Berg", PartyId("COA"), OFFICER).code
    assert house.browser().enrol(code, Authenticator(**wrong)).refused("sign-in", 401)
    good = Authenticator()
    house.browser().enrol(code, good).ok(201)
    for field, value in wrong.items():
        setattr(good, field, value)
    house.browser().sign_in(good).refused("sign-in", 401)


def test_another_key_another_handle_or_an_older_counter_does_not_sign_in(house):
    _, good = house.person("Anna Berg")
    _, other = house.person("Bo", "RUS")
    house.browser().sign_in(Authenticator(identity=good.identity, handle=good.handle)).refused("sign-in", 401)
    house.browser().sign_in(Authenticator(identity=good.identity, key=good.key, handle=other.handle)).refused(
        "sign-in"
    )
    house.browser().sign_in(Authenticator(identity=good.identity, key=good.key)).refused("sign-in")
    clone = Authenticator(identity=good.identity, key=good.key, handle=good.handle, count=good.count)
    house.browser().sign_in(good).ok(201)
    house.browser().sign_in(good).ok(201)
    house.browser().sign_in(clone).refused("sign-in", 401)


def test_an_answer_counts_once_and_for_five_minutes(house):
    _, good = house.person("Anna Berg")
    browser = house.browser()
    credential = good.sign(browser.call("POST", "/api/v1/sign-in/options").ok().json)
    browser.call("POST", "/api/v1/sign-in", {"credential": credential}).ok(201)
    browser.call("POST", "/api/v1/sign-in", {"credential": credential}).refused("sign-in", 401)
    late = good.sign(browser.call("POST", "/api/v1/sign-in/options").ok().json)
    house.later(5)
    browser.call("POST", "/api/v1/sign-in", {"credential": late}).refused("sign-in", 401)
    mine = good.sign({"challenge": b64(secrets.token_bytes(56))})
    browser.call("POST", "/api/v1/sign-in", {"credential": mine}).refused("sign-in", 401)


def test_a_challenge_to_enrol_does_not_sign_in(house):
    _, good = house.person("Anna Berg")
    code = house.people.add("Bo", PartyId("COA"), OFFICER).code
    asked = house.browser().call("POST", "/api/v1/enrolment/options", {"code": code}).ok().json
    credential = good.sign({"challenge": asked["challenge"]})
    house.browser().call("POST", "/api/v1/sign-in", {"credential": credential}).refused("sign-in", 401)


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=40) | st.binary(max_size=90).map(b64),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=8,
)


@pytest.mark.long
@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(change=st.dictionaries(st.sampled_from(["id", "rawId", "type", "clientDataJSON", "attestationObject",
       "authenticatorData", "signature", "userHandle", "response"]), JUNK, min_size=1, max_size=3),
       signs=st.booleans())  # fmt: skip
def test_whatever_stands_in_a_credential_is_refused_as_a_refusal(tmp_path_factory, change, signs):
    with manned(tmp_path_factory.mktemp("junk")) as house:
        code = house.people.add("Anna Berg", PartyId("COA"), OFFICER).code
        browser, good = house.browser(), Authenticator()
        if signs:
            browser.enrol(code, good).ok(201)
            asked = browser.call("POST", "/api/v1/sign-in/options").ok().json
            credential, path, body = good.sign(asked), "/api/v1/sign-in", {}
        else:
            asked = browser.call("POST", "/api/v1/enrolment/options", {"code": code}).ok().json
            credential, path, body = good.make(asked), "/api/v1/enrolment", {"code": code}
        response = credential["response"]
        for name, value in change.items():
            (response if name in response else credential)[name] = value
        answer = browser.call("POST", path, {**body, "credential": credential})
        assert answer.status in (201, 400, 401), (answer.status, answer.body)


def test_deep_and_large_bodies_are_refused(house):
    deep = b'{"credential":' + b'{"a":' * 60_000 + b"1" + b"}" * 60_000 + b"}"
    assert house.browser().call("POST", "/api/v1/sign-in", deep).refused("size", 413)
    deep = b'{"credential":' + b'{"a":' * 9_000 + b"1" + b"}" * 9_000 + b"}"
    assert house.browser().call("POST", "/api/v1/sign-in", deep).status in (400, 401)
    house.browser().call("POST", "/api/v1/enrolment", {"code": "x" * 65, "credential": {}}).refused(
        "type", 400
    )


# Sessions.


def test_sign_out_ends_the_session_and_takes_the_cookie_back(house):
    browser, _ = house.person("Anna Berg")
    kept = browser.cookie
    assert browser.call("DELETE", "/api/v1/session").ok(200).json["user"] == ""
    assert browser.cookie == ""
    browser.cookie = kept
    browser.get("/api/v1/desks/COA/picture").refused("token", 401)


def test_a_session_ends_after_a_watch(house):
    browser, _ = house.person("Anna Berg")
    house.clock.move_to(house.clock.now() + SESSION_LIFE - timedelta(seconds=1))
    browser.get("/api/v1/desks/COA/picture").ok(200)
    house.clock.move_to(house.clock.now() + timedelta(seconds=1))
    browser.get("/api/v1/desks/COA/picture").refused("token", 401)


def test_a_person_sees_and_ends_its_own_sessions_and_no_others(house):
    here, key = house.person("Anna Berg")
    house.later()
    there = house.browser("203.0.113.5")
    there.sign_in(key).ok(201)
    other, _ = house.person("Bo")
    rows = here.get("/api/v1/sessions").ok().json["items"]
    assert [(row["this"], row["address"]) for row in rows] == [(True, FAR), (False, "203.0.113.5")]
    (foreign,) = other.get("/api/v1/sessions").ok().json["items"]
    here.call("DELETE", f"/api/v1/sessions/{foreign['id']}").refused("session-id", 404)
    other.get("/api/v1/desks/COA/picture").ok()
    here.call("DELETE", f"/api/v1/sessions/{rows[1]['id']}").ok()
    there.get("/api/v1/desks/COA/picture").refused("token", 401)
    here.get("/api/v1/desks/COA/picture").ok()


def test_signing_in_again_in_the_same_browser_ends_the_session_before(house):
    browser, key = house.person("Anna Berg")
    before = browser.cookie
    browser.sign_in(key).ok(201)
    assert browser.cookie != before
    assert [row["this"] for row in browser.get("/api/v1/sessions").ok().json["items"]] == [True]


def test_a_person_goes_on_in_another_of_its_roles_only(house):
    browser, key = house.person("Anna Berg", "COA", OFFICER, Role.OBSERVER)
    assert browser.get("/api/v1/session").json["roles"] == ["duty officer", "observer"]
    browser.call("PUT", "/api/v1/session", {"role": "watch chief"}).refused("sign-in-role", 403)
    assert browser.call("PUT", "/api/v1/session", {"role": "observer"}).ok().json["role"] == "observer"
    browser.call("POST", "/api/v1/desks/COA/statements", {}).refused("role", 403)
    house.browser().sign_in(key, "watch chief").refused("sign-in-role", 403)
    assert house.browser().sign_in(key, "observer").ok(201).json["role"] == "observer"


def test_a_role_that_is_taken_away_ends_the_sessions_in_it(house):
    browser, key = house.person("Anna Berg", "COA", OFFICER, CHIEF)
    other = house.browser()
    other.sign_in(key, "watch chief").ok(201)
    anna = house.people.named("Anna Berg")
    house.people.store.dismiss(anna.id, CHIEF)
    other.get("/api/v1/desks/COA/people").refused("token", 401)
    browser.get("/api/v1/desks/COA/picture").ok()
    house.people.store.dismiss(anna.id, OFFICER)
    browser.get("/api/v1/desks/COA/picture").refused("token", 401)
    house.browser().sign_in(key).refused("sign-in-role", 403)


def test_a_stream_ends_when_its_session_is_ended(house):
    browser, _ = house.person("Anna Berg")
    anna = house.people.named("Anna Berg")
    with Heard(browser, "COA") as heard:
        house.tell("COA", {"kind": "remark", "text": "before"})
        heard.settle(0.1)
        assert len(heard.statements()) == 1
        house.people.store.end_sessions(anna.id)
        house.tell("COA", {"kind": "remark", "text": "after"})
        heard.settle(0.1)
        assert len(heard.statements()) == 1
        assert heard.ended


def test_a_stream_of_a_good_session_goes_on(house):
    browser, _ = house.person("Anna Berg")
    with Heard(browser, "COA") as heard:
        for text in ("one", "two"):
            house.tell("COA", {"kind": "remark", "text": text})
            heard.settle(0.1)
        assert len(heard.statements()) == 2
        assert not heard.ended


def test_a_restart_keeps_sessions_and_tokens(tmp_path):
    with manned(tmp_path) as before:
        browser, key = before.person("Anna Berg")
        secret, _ = before.program("COA", Scope.READ_DESK)
    with manned(tmp_path) as after:
        browser.house = after
        browser.get("/api/v1/desks/COA/picture").ok(200)
        headers = {"host": HOST, "authorization": f"Bearer {secret}"}
        after.knock("GET", "/api/v1/desks/COA/picture", FAR, headers).ok(200)
        after.browser().sign_in(key).ok(201)


# Guessing.


def test_whoever_fails_too_often_waits_and_nobody_else_does(house):
    _browser, key = house.person("Anna Berg")
    guesser = house.browser("203.0.113.66")
    for _ in range(MOST_FAILURES):
        guesser.enrol("AAAAA-AAAAA-AAAAA-AAAAA", Authenticator()).refused("sign-in", 401)
    stopped = guesser.enrol("AAAAA-AAAAA-AAAAA-AAAAB", Authenticator()).refused("sign-in-rate", 429)
    assert 0 < int(stopped.header("retry-after")) <= WINDOW.total_seconds()
    guesser.sign_in(key).refused("sign-in-rate", 429)
    house.browser().sign_in(key).ok(201)
    house.clock.move_to(house.clock.now() + WINDOW)
    guesser.sign_in(key).ok(201)


def test_failures_for_one_person_slow_that_person_down_from_everywhere_and_no_other(house):
    _, good = house.person("Anna Berg")
    _, other = house.person("Bo")
    for number in range(MOST_FAILURES):
        forged = Authenticator(identity=good.identity, handle=good.handle)
        house.browser(f"203.0.113.{number}").sign_in(forged).refused("sign-in", 401)
    house.browser("192.0.2.1").sign_in(good).refused("sign-in-rate", 429)
    house.browser("192.0.2.1").sign_in(other).ok(201)


def test_no_acknowledgement_and_no_flash_call_ever_waits_for_failed_sign_ins(house):
    asked = house.tell("RUS", {"kind": "message", "to": ["COA"], "purpose": "safety", "precedence": "flash",
                               "texts": [{"words": "Who is there?", "lang": "en"}]}, "COA")  # fmt: skip
    browser, _ = house.person("Anna Berg")
    for _ in range(MOST_FAILURES * 2):
        house.browser().enrol("AAAAA-AAAAA-AAAAA-AAAAA", Authenticator())
    house.browser().enrol("AAAAA", Authenticator()).refused("sign-in-rate", 429)
    for number in range(MOST_FAILURES * 2):
        flash = {"kind": "message", "to": ["RUS"], "purpose": "safety", "precedence": "flash",
                 "texts": [{"words": f"call {number}", "lang": "en"}]}  # fmt: skip
        rung = {"kind": "rung", "of": asked["statement"], "reader": "COA", "rung": "acknowledged",
                "role": "duty officer", "text_hash": asked["digest"]}  # fmt: skip
        for body in (flash, rung):
            browser.call(
                "POST", "/api/v1/desks/COA/statements", {"body": body, "readers": ["RUS"]},
                headers={"idempotency-key": f"{body['kind']}-{number}"},
            ).ok()  # fmt: skip


def test_people_of_another_process_count_at_once(house, tmp_path):
    """As when the owner adds somebody by command while the node runs."""
    beside = people_at(tmp_path / "people.sqlite3", house.clock)
    code = beside.add("Late Comer", PartyId("COA"), OFFICER).code
    browser = house.browser()
    browser.enrol(code, Authenticator()).ok(201)
    beside.store.erase(beside.named("Late Comer").id)
    browser.get("/api/v1/desks/COA/picture").refused("token", 401)
    beside.store.close()
