"""Group hotlines of three parties over real HTTP: everything to every member, and what is missing says so."""

from __future__ import annotations

import pytest
from tests.building_node import house, message, rung, stance

import keepclear.commands.admission as admission
import keepclear.views.groups as group_views
from keepclear.model.statements import LogId
from keepclear.model.words import CapStatus
from keepclear.views.groups import crossed

MEMBERS = ("COA", "RUS", "SDF")
TEXTS = [{"words": "Convoy halts at the bridge", "lang": "en"}]


@pytest.fixture
def here():
    with house() as made:
        yield made


def founded(made):
    body = {"kind": "group", "name": "Three desks", "members": list(MEMBERS)}
    group = made.tell("COA", body, "RUS", "SDF")
    for party in ("RUS", "SDF"):
        made.later()
        made.post(party, f"groups/{group['subject']}/stances", {"text": group["statement"]}).ok(201)
    made.later()
    return group


def view(made, party):
    return made.items(party, "groups")[0]


def test_a_group_is_in_use_when_every_member_has_agreed_to_its_text_by_id(here):
    body = {"kind": "group", "name": "Three desks", "members": list(MEMBERS)}
    group = here.tell("COA", body, "RUS", "SDF")
    path = f"groups/{group['subject']}"
    here.post("COA", f"{path}/messages", {"texts": TEXTS}).refused("group-in-use", 422)
    here.post("RUS", f"{path}/stances", {"text": group["statement"]}).ok(201)
    assert view(here, "SDF")["state"] == "proposed"
    assert [row["word"] for row in view(here, "SDF")["members"]] == ["agreed", "agreed", ""]
    here.post("SDF", f"{path}/stances", {"text": group["statement"]}).ok(201)
    assert {view(here, party)["state"] for party in MEMBERS} == {"in use"}
    here.later()
    here.tell("COA", body | {"name": "Renamed"}, "RUS", "SDF", subject=group["subject"])
    assert {view(here, party)["in_use"] for party in MEMBERS} == {group["statement"]}, (
        "a proposal binds nobody"
    )
    here.later()
    taken_back = {"text": group["statement"], "stance": "rejected"}
    here.post("SDF", f"{path}/stances", taken_back).ok(201)
    assert {view(here, party)["state"] for party in MEMBERS} == {"suspended"}
    here.post("RUS", f"{path}/messages", {"texts": TEXTS}).refused("group-in-use", 422)


def everything_goes_to_every_member(made):
    group = founded(made)
    path = f"groups/{group['subject']}"
    asked = made.post("COA", f"{path}/messages", {"texts": TEXTS, "asks": ["ours"]}).ok(201).json
    partly = message("RUS", group=group["subject"])
    made.try_tell("COA", partly, "RUS").refused("group-whole", 422)
    beyond = message("RUS", "SDF", group=group["subject"])
    made.try_tell("COA", beyond, "RUS", "SDF", "PGF").refused("group-whole", 422)
    made.try_tell("RUS", {"kind": "answer", "answer": "ours"}, "COA", answers=[asked["statement"]]).refused(
        "group-whole", 422
    )
    made.try_tell("RUS", rung(asked, "RUS"), "COA").refused("group-whole", 422)
    made.later()
    answer = {"message": asked["statement"], "answer": "not ours", "words": "none of ours"}
    made.post("RUS", f"{path}/answers", answer).ok(201)
    made.post("RUS", f"{path}/acknowledgements", {"message": asked["statement"]}).ok(201)
    for party in MEMBERS:
        said, answered = view(made, party)["messages"]
        assert (said["words"], said["waiting"]) == ("Convoy halts at the bridge", ["SDF"])
        assert [(row["party"], row["text"]) for row in said["acknowledged"]] == [("RUS", "same")]
        assert (answered["words"], answered["answers"]) == ("not ours: none of ours", [asked["statement"]])
        assert answered["missing"] == []
    assert made.items("PGF", "groups") == []


def test_everything_goes_to_every_member(here):
    everything_goes_to_every_member(here)


def test_everything_goes_to_every_member_twin_without_the_rule_one_is_left_out(here, monkeypatch):
    monkeypatch.setattr(admission, "admit_on_group", lambda act: None)
    with pytest.raises(AssertionError):
        everything_goes_to_every_member(here)


def test_all_members_get_it_in_one_commit(here, monkeypatch):
    group = founded(here)
    batches = []
    true = here.node.store.commit
    monkeypatch.setattr(here.node.store, "commit", lambda batch: (batches.append(batch), true(batch))[1])
    here.post("COA", f"groups/{group['subject']}/messages", {"texts": TEXTS}).ok(201)
    readers = [{row.log.reader for row in batch.entries} for batch in batches if batch.entries]
    assert readers == [{"COA", "RUS", "SDF"}]


def missing_question(made):
    """What RUS answers has not reached SDF's picture yet: it shows so, and nothing is made up."""
    group = founded(made)
    asked = made.post("COA", f"groups/{group['subject']}/messages", {"texts": TEXTS}).ok(201).json
    made.later()
    answer = {"message": asked["statement"], "answer": "checking"}
    made.post("RUS", f"groups/{group['subject']}/answers", answer).ok(201)
    whole = made.node.inbox("SDF")
    late = [entry for entry in whole if entry.statement.id != asked["statement"]]
    picture = type(made.node.picture("SDF"))("SDF").fold(late)
    [row] = group_views.groups(picture, made.node.outbox("SDF"))
    return [(each.words, each.missing) for each in row.messages]


def test_a_question_that_has_not_arrived_shows_as_not_yet_received(here):
    assert missing_question(here) == [("checking", ("not yet received",))]


def test_a_question_that_has_not_arrived_twin(here, monkeypatch):
    monkeypatch.setattr(group_views, "_names_unseen", lambda picture, entry: False)
    assert missing_question(here) == []


def test_an_acknowledgement_of_other_bytes_is_shown_to_every_member(here):
    group = founded(here)
    path = f"groups/{group['subject']}"
    asked = here.post("COA", f"{path}/messages", {"texts": TEXTS}).ok(201).json
    here.later()
    here.post("RUS", f"{path}/acknowledgements", {"message": asked["statement"]}).ok(201)
    picture = here.node.picture("SDF")
    entry = picture.entry(asked["statement"])
    assert [row.text for row in group_views._receipts(picture, entry, asked["digest"])] == ["same"]
    assert [row.text for row in group_views._receipts(picture, entry, "0" * 64)] == ["different"]


def test_messages_cross_pair_by_pair(here):
    group = founded(here)
    path = f"groups/{group['subject']}/messages"
    one = here.post("COA", path, {"texts": TEXTS}).ok(201).json
    two = here.post("RUS", path, {"texts": TEXTS}).ok(201).json
    picture, box = here.node.picture("COA"), here.node.outbox("COA")
    first, second = picture.entry(one["statement"]), picture.entry(two["statement"])
    assert not crossed(picture, box, first, second), "RUS had the first when it sent its own"
    sent = box.entry("RUS", one["statement"])
    unseen = type(second)(second.log, second.index, second.recorded_at, second.received_at, sent.index,
                          second.statement)  # fmt: skip
    assert crossed(picture, box, first, unseen)
    assert second.log == LogId("RUS", "COA")
    assert not crossed(here.node.picture("SDF"), here.node.outbox("SDF"), first, unseen), "never for others"


def test_nobody_agrees_to_a_group_in_anothers_place_or_as_no_member(here):
    body = {"kind": "group", "name": "Three desks", "members": list(MEMBERS)}
    here.try_tell("PGF", body, "COA", "RUS", "SDF").refused("group-members", 422)
    group = here.tell("COA", body, "RUS", "SDF")
    as_sdf = stance(group, "SDF")
    here.tell("RUS", as_sdf, "COA", "SDF", said_by={"name": "a liaison", "party": "SDF"}, via="phone")
    here.post("RUS", f"groups/{group['subject']}/stances", {"text": group["statement"]}).ok(201)
    assert view(here, "COA")["state"] == "proposed"


# Drafts and the second person.


def draft(*to, **more):
    body = message(*to, purpose="query", precedence="routine", **more)
    return {"act": {"body": body, "readers": list(to)}, "title": "Who is at the bridge?"}


def policy(made, **more):
    body = {"kind": "approval-policy", "precedences": ["routine", "priority"], **more}
    return made.tell("COA", body)


def a_second_person_approves(made):
    policy(made)
    duty, chief = "duty officer", "watch chief"
    plain = message("RUS", purpose="query", precedence="routine")
    made.try_tell("COA", plain, "RUS").refused("second-person", 403)
    made.tell("COA", message("RUS"), "RUS")  # flash for safety never waits
    sent = made.post("COA", "approvals", draft("RUS"), role=duty).ok(201).json
    made.post("COA", f"approvals/{sent['statement']}/approve", {}, role=duty).refused("second-person", 403)
    before = len(made.items("RUS", "messages"))
    assert made.items("COA", "approvals")[0]["state"] == "waits for a second person"
    made.later()
    told = made.post("COA", f"approvals/{sent['statement']}/approve", {}, role=chief).ok(201).json
    assert [place["reader"] for place in told["told"]] == ["COA", "RUS"]
    assert len(made.items("RUS", "messages")) == before + 1
    row = made.items("COA", "approvals")[0]
    assert (row["state"], row["decided_by"], row["told"]) == ("approved", chief, told["statement"])
    made.post("COA", f"approvals/{sent['statement']}/return", {"reason": "late"}, role=chief).refused(
        "draft-decided", 409
    )
    assert made.items("RUS", "approvals") == []


def test_a_second_person_approves(here):
    a_second_person_approves(here)


def test_a_second_person_approves_twin_without_the_rule_one_person_tells(here, monkeypatch):
    monkeypatch.setattr(admission, "admit_approved", lambda act: None)
    with pytest.raises(AssertionError):
        a_second_person_approves(here)


def test_a_second_person_approves_twin_where_a_writer_may_approve(here, monkeypatch):
    monkeypatch.setattr("keepclear.commands.approvals._second", lambda *more: None)
    with pytest.raises(AssertionError):
        a_second_person_approves(here)


def test_a_draft_is_returned_with_a_reason_and_told_to_nobody(here):
    sent = here.post("COA", "approvals", draft("RUS"), role="duty officer").ok(201).json
    path = f"approvals/{sent['statement']}/return"
    here.post("COA", path, {}, role="watch chief").refused("return-reason", 422)
    here.post("COA", path, {"reason": "say where"}, role="watch chief").ok(201)
    row = here.items("COA", "approvals")[0]
    assert (row["state"], row["reason"], row["told"]) == ("returned", "say where", None)
    assert here.items("RUS", "messages") == []


def test_a_draft_that_could_not_be_told_is_refused_at_once(here):
    bad = {"act": {"body": message("RUS"), "readers": []}}
    here.post("COA", "approvals", bad).refused("addressee-told", 422)
    here.post("COA", "approvals", {"act": {"body": {"kind": "remark", "text": "x"}}}).refused(
        "draft-kind", 422
    )


def test_a_policy_names_purposes_and_other_purposes_do_not_wait(here):
    policy(here, purposes=["coordination"])
    here.tell("COA", message("RUS", purpose="query", precedence="routine"), "RUS")
    here.try_tell("COA", message("RUS", purpose="coordination", precedence="priority"), "RUS").refused(
        "second-person", 403
    )
    here.tell("RUS", message("COA", purpose="coordination", precedence="priority"), "COA")


def test_in_actual_a_token_is_nobody():
    with house(cap=CapStatus.ACTUAL) as made:
        sent = made.post("COA", "approvals", draft("RUS"), role="duty officer").ok(201).json
        made.post("COA", f"approvals/{sent['statement']}/approve", {}).refused("named-person", 403)
