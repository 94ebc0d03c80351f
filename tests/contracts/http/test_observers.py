"""An observer reads what its desk was told and what it told others, and nothing that it keeps to itself."""

from __future__ import annotations

import pytest
from tests.building_node import House, house, notice, plan, remark, zone

from keepclear.service.auth import Role
from keepclear.views.desk import LISTS

OBSERVER = Role.OBSERVER
KEPT = "our source is X"


@pytest.fixture
def made():
    with house() as found:
        found.own = found.tell("COA", remark(KEPT))
        found.draft = found.tell("COA", notice(KEPT))
        found.shared = found.tell("COA", zone("shared"), "RUS")
        found.theirs = found.tell("RUS", remark("theirs"), "COA")
        found.later()
        yield found


def everything(made: House, role: Role, **query: str) -> bytes:
    paths = ("picture", "held", "told/COA", "told/RUS", "mechanisms", *LISTS)
    return b"".join(made.get("COA", path, role=role, **query).ok().body for path in paths)


@pytest.mark.parametrize("cut", [False, True])
def test_nothing_that_a_desk_keeps_to_itself_is_shown_to_an_observer(made, cut):
    query = {"at": made.clock.now().isoformat().replace("+00:00", "Z")} if cut else {}
    made.later(5)
    shown = everything(made, OBSERVER, **query)
    for word in (KEPT, made.own["statement"], made.own["subject"], made.draft["subject"]):
        assert word.encode() not in shown
    assert b"shared" in shown
    assert b"theirs" in shown


def test_twin_a_duty_officer_is_shown_it(made):
    shown = everything(made, Role.DUTY_OFFICER)
    assert KEPT.encode() in shown
    assert made.draft["subject"].encode() in shown


def test_one_such_statement_and_none_answer_an_observer_alike(made):
    own = made.own["statement"]
    never = "COA." + "a" * (len(own) - 4)
    kept, unknown = (
        made.get("COA", f"statements/{name}", role=OBSERVER).refused("held", 404) for name in (own, never)
    )
    assert kept.body.replace(own.encode(), never.encode()) == unknown.body
    for name in (made.shared, made.theirs):
        made.get("COA", f"statements/{name['statement']}", role=OBSERVER).ok()


def test_what_is_told_after_all_is_shown_to_an_observer_too(made):
    made.post("COA", "tellings", {"statement": made.own["statement"], "readers": ["SDF"]}).ok()
    assert KEPT in [row["text"] for row in made.get("COA", "remarks", role=OBSERVER).json["items"]]


def test_an_observer_neither_exports_nor_verifies_nor_checks_against_what_is_kept(made):
    for path in ("export", "proof"):
        made.get("COA", path, role=OBSERVER).refused("role", 403)
        made.get("COA", path, role=Role.DUTY_OFFICER).ok()
    made.post("COA", "check", plan(), role=OBSERVER).refused("role", 403)
    made.post("COA", "check", plan(), role=Role.DUTY_OFFICER).ok()


def test_a_stream_brings_an_observer_only_what_is_shown_to_it(made, monkeypatch):
    own_token = made.token
    monkeypatch.setattr(made, "token", lambda party, role=OBSERVER: own_token(party, role))
    with made.listen("COA", query={"after": "0"}) as observer:
        monkeypatch.undo()
        observer.settle()
        assert made.own["statement"] not in observer.statements()
        assert {made.shared["statement"], made.theirs["statement"]} <= set(observer.statements())
    with made.listen("COA", query={"after": "0"}) as officer:
        officer.settle()
        assert made.own["statement"] in officer.statements()
