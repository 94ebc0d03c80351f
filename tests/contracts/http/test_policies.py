"""Every route of the table, asked by every role, at the own desk, another's, an unknown one, by nobody."""

from __future__ import annotations

import re
from itertools import product

import pytest
from tests.building_node import CHIEF, HOSTED, House, furnish, house, release, remark, zone

from keepclear.model.statements import KINDS, kind_of
from keepclear.service.auth import OF_THE_NODE, Role
from keepclear.service.http.app import table
from keepclear.service.http.policy import KIND_ROLES, OF_PERSONS, Policy
from keepclear.service.http.routes import Route

ACTING = {Role.DUTY_OFFICER, Role.LIAISON_OFFICER, Role.WATCH_CHIEF, Role.INFORMATION_STEWARD}
LOOKING = {*ACTING, Role.OBSERVER, Role.AUDITOR}
DECIDING = {Role.WATCH_CHIEF, Role.INFORMATION_STEWARD}
DECISIONS = {"release", "not-told", "template-approved"}
MAY = {
    Policy.READ: LOOKING,
    Policy.WHOLE: LOOKING - {Role.OBSERVER},
    Policy.ACT: ACTING,
    Policy.OPERATE: {Role.OPERATOR},
    Policy.SIGNED_IN: set(),  # for persons, who are walked in test_callers
    Policy.PEOPLE: set(),
    Policy.LINK: {Role.WATCH_CHIEF},
    Policy.LIVE: ACTING,
    Policy.FEED: ACTING,
    Policy.LIVE_RULES: {Role.WATCH_CHIEF},
}
ROWS = [pytest.param(row, id=f"{row.method} {row.path}") for row in table()]
GUARDED = [pytest.param(row, id=f"{row.method} {row.path}") for row in table()
           if row.policy not in (Policy.OPEN, Policy.DEMO)]  # fmt: skip
AT_A_DESK = [case for case in GUARDED if "{party}" in case.values[0].path]


@pytest.fixture(scope="module")
def syria():
    with house() as made:
        made.things = furnish(made)
        yield made


def path_of(made: House, row: Route, desk: str) -> str:
    filled = {
        "party": desk,
        "reader": "RUS",
        "statement": made.things["zone"]["statement"],
        "subject": made.things["zone"]["subject"],
        "salted_hash": "0" * 64,
        "template": "hotline check",
        "person": "0" * 16,
        "session": "0" * 16,
        "peer": "bravo",
        "feed": "adsb",
        "thing": "0",
    }
    return re.sub(r"{(\w+)}", lambda found: filled[found[1]], row.path)


def ask(made: House, row: Route, desk: str, token: str | None):
    if row.path.endswith("/stream"):
        # A stream does not end; a method that it does not have shows the refusal, a bad cursor the pass.
        return made.call(row.method, path_of(made, row, desk), token=token, query={"after": "x"})
    return made.call(row.method, path_of(made, row, desk), token=token, headers={"Idempotency-Key": "k"})


def party_of(role: Role) -> str:
    return "*" if role in OF_THE_NODE else "COA"


def passes(answer) -> bool:
    """Whether the policy let a call through, whatever was made of it then."""
    refusing = ("role", "own-desk", "session")
    return answer.status not in (401,) and not (answer.status >= 400 and answer.rule in refusing)


def test_every_role_and_every_policy_stands_in_this_walk():
    assert {*LOOKING, Role.OPERATOR} == set(Role)
    assert {*MAY, Policy.OPEN, Policy.DEMO} == set(Policy)
    assert all(isinstance(row.policy, Policy) for row in table())
    assert len(table()) > 35


@pytest.mark.parametrize("row", GUARDED)
def test_nobody_passes_without_a_valid_token(syria, row):
    for token in (None, "", "guess", syria.token("COA")[:-1], syria.token("COA") + "x"):
        answer = ask(syria, row, "COA", token).refused("token", 401)
        assert answer.header("www-authenticate") == "Bearer"


@pytest.mark.parametrize("row", AT_A_DESK)
@pytest.mark.parametrize("role", list(Role))
def test_at_the_own_desk_a_role_may_what_the_table_says(syria, row, role):
    answer = ask(syria, row, "COA", syria.token(party_of(role), role))
    erasing = row.method == "DELETE" and role not in DECIDING
    assert passes(answer) == (role in MAY[row.policy] and not erasing), answer.body
    if not passes(answer):
        answer.refused("session" if row.policy in OF_PERSONS else "role", 403)


@pytest.mark.parametrize("row", AT_A_DESK)
@pytest.mark.parametrize("role", [role for role in Role if role is not Role.AUDITOR])
def test_another_partys_desk_and_an_unknown_one_answer_alike_to_the_byte(syria, row, role):
    token = syria.token(party_of(role), role)
    answers = {desk: ask(syria, row, desk, token) for desk in ("RUS", "SDF", "XXX", "rus", "*")}
    for answer in answers.values():
        assert not passes(answer)
    theirs, unknown = answers["RUS"], answers["XXX"]
    assert theirs.body.replace(b"RUS", b"XXX") == unknown.body
    assert theirs.headers == unknown.headers
    assert theirs.status == unknown.status


@pytest.mark.parametrize("row", AT_A_DESK)
def test_an_auditor_reads_every_desk_and_writes_at_none(syria, row):
    token = syria.token("*", Role.AUDITOR)
    before = syria.size()
    for desk in HOSTED:
        assert passes(ask(syria, row, desk, token)) == (row.policy in (Policy.READ, Policy.WHOLE))
    if row.policy in (Policy.READ, Policy.WHOLE):
        ask(syria, row, "XXX", token).refused("own-desk", 404)
        ask(syria, row, "*", token).refused("own-desk", 404)
    assert syria.size() == before


def test_the_auditor_of_all_is_no_party(syria):
    for path, body in product(("statements", "tellings"), ({}, {"body": remark(), "readers": []})):
        for desk in ("*", "COA"):
            syria.post("*", path, body, role=Role.AUDITOR, desk=desk).refused("role", 403)


@pytest.mark.parametrize("row", ROWS)
def test_open_routes_are_few_and_tell_nothing_of_any_party(syria, row):
    if row.policy is not Policy.OPEN:
        return
    of_the_door = row.path.startswith(("/api/v1/session", "/api/v1/sign-in", "/api/v1/enrolment"))
    assert of_the_door or row.path in ("/livez", "/readyz", "/api/v1/node", "/api/v1/heartbeat")
    answer = ask(syria, row, "", None)
    assert of_the_door or answer.ok()
    for party in HOSTED:
        assert party.encode() not in answer.body
    assert str(syria.size()).encode() not in answer.body


@pytest.mark.parametrize("row", ROWS)
def test_demo_routes_are_not_there_on_a_node_that_is_no_demo(syria, row):
    if row.policy is not Policy.DEMO:
        return
    for token in (None, syria.token("COA"), syria.token("*", Role.AUDITOR)):
        ask(syria, row, "", token).refused("demo-only", 404)


def test_nothing_is_changed_in_the_demos_way_on_a_node_that_is_no_demo(syria):
    syria.post("COA", "proof/altered", b"").refused("demo-only", 403)


def test_only_decisions_on_release_and_wording_ask_for_a_chief_or_a_steward():
    assert set(KIND_ROLES) == {kind_of(kind) for kind in KINDS}
    by_some = {kind for kind, roles in KIND_ROLES.items() if roles != ACTING}
    assert by_some == {*DECISIONS, "approval-policy", "base-rate"}
    assert KIND_ROLES["approval-policy"] == KIND_ROLES["base-rate"] == {Role.WATCH_CHIEF}
    assert all(KIND_ROLES[kind] == DECIDING for kind in DECISIONS)


@pytest.mark.parametrize("role", sorted(ACTING))
def test_a_release_and_a_decision_not_to_tell_need_a_chief_or_a_steward(role):
    with house() as made:
        own = made.tell("COA", zone(), "RUS")
        note = {"kind": "not-told", "of": own["subject"], "text": own["statement"], "reader": "RUS",
                "reason": "not yet"}  # fmt: skip
        restated = {"subject": own["subject"], "not_telling": {"RUS": "not yet"}}
        tried = [
            made.try_tell("COA", release(own["subject"], "RUS"), role=role),
            made.try_tell("COA", note, role=role),
            made.try_tell("COA", zone("renamed"), role=role, **restated),
        ]
        for answer in tried:
            if role in DECIDING:
                assert answer.status == 201, answer.body
            else:
                answer.refused("role", 403)
        told = made.try_tell("COA", zone("renamed again"), "RUS", role=role, subject=own["subject"])
        assert told.status == 201


def test_the_scheme_of_a_token_is_read_as_http_says(syria):
    whole = syria.token("COA", CHIEF)
    for header in (f"bearer {whole}", f"BEARER  {whole}", f"Bearer {whole} "):
        answer = syria.call("GET", "/api/v1/desks/COA/notices", headers={"Authorization": header})
        assert answer.status == 200, header
    for header in (whole, f"Basic {whole}", f"Bearer{whole}", "Bearer", f"Token {whole}"):
        answer = syria.call("GET", "/api/v1/desks/COA/notices", headers={"Authorization": header})
        answer.refused("token", 401)
