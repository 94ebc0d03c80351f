"""The rules of telling: owners, kinds, stickiness, references, times, keys, texts that were replaced.

Each refusal stands beside a twin that passes, so that it is the rule that refuses and nothing else.
"""

from __future__ import annotations

import pytest
from tests.building_node import (
    House,
    bare_house,
    boundary,
    buildup,
    circle,
    furnish,
    house,
    message,
    notice,
    party_body,
    release,
    remark,
    source,
    zone,
)

from keepclear.model.telling import NotTold, Revoked
from keepclear.stores.sqlite import SqliteStore


@pytest.fixture
def syria():
    with house() as made:
        yield made


def told(made: House, answer) -> dict:
    assert answer.status == 201, answer.body
    return answer.json


def kinds_in(made: House, party: str, reader: str) -> list[str]:
    return [entry.statement.kind for entry in made.node.outbox(party).told(reader)]


# One owner, one kind.


def test_only_its_owner_restates_a_subject(syria):
    own = syria.tell("COA", zone(), "RUS")
    syria.try_tell("RUS", zone("ours now"), "COA", subject=own["subject"]).refused("one-owner", 403)
    told(syria, syria.try_tell("COA", zone("renamed"), "RUS", subject=own["subject"]))
    assert [item["name"] for item in syria.items("RUS", "measures")] == ["renamed"]


def test_a_subject_that_never_was_cannot_be_restated(syria):
    syria.try_tell("COA", zone(), subject="COA.never").refused("own-subject", 404)
    syria.try_tell("COA", zone(), subject="never").refused("one-owner", 403)
    syria.try_tell("COA", zone(), subject="").refused("one-owner", 403)


def test_a_subject_keeps_its_kind(syria):
    own = syria.tell("COA", zone())
    syria.try_tell("COA", notice(), subject=own["subject"]).refused("same-kind", 422)
    syria.try_tell("COA", boundary(), subject=own["subject"]).refused("same-measure", 422)
    told(syria, syria.try_tell("COA", zone("renamed"), subject=own["subject"]))


def test_a_restatement_may_demand_which_text_it_replaces(syria):
    first = syria.tell("COA", zone())
    second = syria.tell("COA", zone("second"), subject=first["subject"], if_match=first["statement"])
    stale = syria.try_tell("COA", zone("third"), subject=first["subject"], if_match=first["statement"])
    assert second["statement"] in stale.refused("if-match", 412).json["passes"]
    told(syria, syria.try_tell("COA", zone("third"), subject=first["subject"], if_match=second["statement"]))
    syria.try_tell("COA", zone("new"), if_match=first["statement"]).refused("if-match", 412)


# Sticky telling.


def test_a_restatement_goes_to_everyone_who_holds_the_subject(syria):
    first = syria.tell("COA", zone(), "RUS", "SDF")
    refused = syria.try_tell("COA", zone("moved"), "RUS", subject=first["subject"]).refused("sticky-telling")
    assert "SDF" in refused.json["detail"]
    assert "RUS" not in refused.json["detail"]
    told(syria, syria.try_tell("COA", zone("moved"), "RUS", "SDF", subject=first["subject"]))
    told(syria, syria.try_tell("COA", zone("further"), "RUS", "SDF", "PGF", subject=first["subject"]))


def test_everybody_counts_among_the_holders(syria):
    first = syria.tell("COA", zone(), "public")
    syria.try_tell("COA", zone("moved"), "RUS", subject=first["subject"]).refused("sticky-telling")
    told(syria, syria.try_tell("COA", zone("moved"), "public", subject=first["subject"]))


def test_a_decision_not_to_tell_stands_in_the_own_log_and_nowhere_else(syria):
    first = syria.tell("COA", zone(), "RUS", "SDF")
    second = syria.tell(
        "COA", zone("moved"), "SDF", subject=first["subject"], not_telling={"RUS": "not before noon"}
    )
    [decision] = [e.statement for e in syria.node.outbox("COA").told("COA")
                  if isinstance(e.statement.body, NotTold)]  # fmt: skip
    assert decision.body == NotTold(
        of=first["subject"], text=second["statement"], reader="RUS", reason="not before noon"
    )
    assert (decision.via, decision.said_by, decision.remarks) == ("direct", None, "")
    for reader in ("RUS", "SDF", "public"):
        assert "not-told" not in kinds_in(syria, "COA", reader)
    assert [item["name"] for item in syria.items("RUS", "measures")] == ["At Tanf zone"]
    assert [item["name"] for item in syria.items("SDF", "measures")] == ["moved"]
    [row] = [row for row in syria.items("COA", "told/RUS") if row["subject"] == first["subject"]]
    assert row["holds_older"]


def test_an_empty_reason_is_no_decision(syria):
    first = syria.tell("COA", zone(), "RUS")
    syria.try_tell("COA", zone("moved"), subject=first["subject"], not_telling={"RUS": ""}).refused(
        "sticky-telling", 422
    )
    syria.try_tell("COA", zone("moved"), subject=first["subject"], not_telling={"SDF": "x"}).refused(
        "sticky-telling", 422
    )


def test_a_reader_left_out_once_is_still_a_holder(syria):
    first = syria.tell("COA", zone(), "RUS")
    syria.tell("COA", zone("moved"), subject=first["subject"], not_telling={"RUS": "not yet"})
    syria.try_tell("COA", zone("moved on"), subject=first["subject"]).refused("sticky-telling")
    told(syria, syria.try_tell("COA", zone("moved on"), "RUS", subject=first["subject"]))


@pytest.mark.parametrize("kind", ["revoked", "status"])
def test_what_changes_a_texts_standing_goes_to_those_who_hold_it(syria, kind):
    first = syria.tell("COA", zone(), "RUS", "SDF")
    body = {"kind": "revoked", "of": first["subject"]}
    if kind == "status":
        body = {"kind": "status", "of": first["statement"], "status": "paused"}
    syria.try_tell("COA", body, "RUS").refused("sticky-telling")
    made = told(syria, syria.try_tell("COA", body, "RUS", not_telling={"SDF": "by voice first"}))
    [decision] = [e.statement.body for e in syria.node.outbox("COA").told("COA")
                  if isinstance(e.statement.body, NotTold)]  # fmt: skip
    assert (decision.of, decision.text) == (first["subject"], made["statement"])


# Closed under reference.


def test_a_statement_names_only_what_its_reader_was_told(syria):
    draft = syria.tell("COA", remark("draft"))
    for name in (draft["subject"], draft["statement"]):
        syria.try_tell("COA", remark(about=[name]), "RUS").refused("closed-under-reference", 422)
        told(syria, syria.try_tell("COA", remark(about=[name])))
    syria.post("COA", "tellings", {"statement": draft["statement"], "readers": ["RUS"]}).ok(201)
    told(syria, syria.try_tell("COA", remark(about=[draft["subject"]]), "RUS"))
    syria.try_tell("COA", remark(about=[draft["subject"]]), "RUS", "SDF").refused("closed-under-reference")


def test_what_was_told_by_the_reader_itself_may_be_named_to_it(syria):
    theirs = syria.tell("RUS", message("COA"), "COA")
    told(syria, syria.try_tell("COA", remark(about=[theirs["subject"]]), "RUS"))
    syria.try_tell("COA", remark(about=[theirs["subject"]]), "SDF").refused("closed-under-reference")


def test_what_everybody_is_told_names_only_what_everybody_was_told(syria):
    private = syria.tell("COA", zone(), "RUS", "SDF", "PGF")
    syria.try_tell("COA", remark(about=[private["subject"]]), "public").refused("closed-under-reference")
    public = syria.tell("COA", zone("for all"), "public")
    told(syria, syria.try_tell("COA", remark(about=[public["subject"]]), "public"))
    told(syria, syria.try_tell("SDF", remark(about=[public["subject"]]), "COA"))


def test_what_never_reached_the_author_cannot_be_named_even_to_itself(syria):
    secret = syria.tell("SDF", remark("secret"), "PGF")
    for name in (secret["subject"], secret["statement"], "COA.nothing"):
        refused = syria.try_tell("COA", remark(about=[name])).refused("closed-under-reference", 404)
        assert name in refused.json["detail"]


@pytest.mark.parametrize("where", ["thread", "source", "answers", "body"])
def test_every_place_of_a_reference_is_looked_at(syria, where):
    hidden = syria.tell("COA", source())["subject"]
    hidden_message = syria.tell("COA", remark("x"))["statement"]
    body = {
        "thread": (remark(), {"thread": hidden}),
        "source": (remark(), {"source": hidden}),
        "answers": (remark(), {"answers": [hidden_message]}),
        "body": (zone(part_of=hidden), {}),
    }[where]
    syria.try_tell("COA", body[0], "RUS", **body[1]).refused("closed-under-reference", 422)
    told(syria, syria.try_tell("COA", body[0], **body[1]))


# Times.


def test_an_authors_time_rises_strictly_per_subject(syria):
    now = "2018-02-01T08:00:30Z"
    first = syria.tell("COA", zone(), "RUS", stated_at=now)
    again = zone("moved")
    for stated_at in (now, "2018-02-01T07:00:00Z"):
        syria.try_tell("COA", again, "RUS", subject=first["subject"], stated_at=stated_at).refused(
            "stated-at-rises", 422
        )
    later = {"subject": first["subject"], "stated_at": "2018-02-01T08:00:31Z"}
    told(syria, syria.try_tell("COA", again, "RUS", **later))
    told(syria, syria.try_tell("COA", zone("other subject"), "RUS", stated_at="2017-02-01T08:00:00Z"))


def test_a_text_cannot_be_stated_in_time_to_come(syria):
    for ahead in ("2018-02-01T08:01:01Z", "2018-03-01T08:00:00Z", "9999-12-31T23:59:59.999999Z"):
        refused = syria.try_tell("COA", remark(), stated_at=ahead).refused("stated-at-ahead", 422)
        assert refused.json["field"] == "stated_at"
    told(syria, syria.try_tell("COA", remark(), stated_at="2018-02-01T08:01:00Z"))


def test_texts_of_one_instant_keep_their_order(syria):
    first = syria.tell("COA", zone("n0"), "RUS")
    for number in range(1, 4):
        syria.tell("COA", zone(f"n{number}"), "RUS", subject=first["subject"])
    texts = syria.node.picture("RUS").texts(first["subject"])
    assert [entry.statement.body.name for entry in texts] == ["n0", "n1", "n2", "n3"]
    assert len({entry.statement.stated_at for entry in texts}) == 4


def test_a_time_not_in_utc_is_refused(syria):
    syria.try_tell("COA", remark(), stated_at="2018-02-01T10:00:00+03:00").refused("utc", 400)
    syria.try_tell("COA", remark(), stated_at="2018-02-01T07:00:00").refused("naive-time", 400)


# Taking back.


@pytest.mark.parametrize("number", range(6))
def test_a_revoked_subject_has_no_text_until_it_is_restated_all_in_one_instant(syria, number):
    """The order of one instant must not hang on chance: ids differ in each of these rounds."""
    first = syria.tell("COA", zone(f"n{number}"), "RUS")
    revoked = {"kind": "revoked", "of": first["subject"]}
    for name in ("a", "b"):
        syria.tell("COA", revoked, "RUS")
        assert syria.node.picture("RUS").latest(first["subject"]) is None
        syria.tell("COA", zone(name), "RUS", subject=first["subject"])
        assert syria.node.picture("RUS").latest(first["subject"]).statement.body.name == name


def test_only_an_own_subject_is_taken_back(syria):
    theirs = syria.tell("RUS", zone("theirs"), "COA")
    syria.try_tell("COA", {"kind": "revoked", "of": theirs["subject"]}, "RUS").refused("one-owner", 403)
    body = {"kind": "status", "of": theirs["statement"], "status": "suspended"}
    syria.try_tell("COA", body, "RUS").refused("one-owner", 403)
    told(syria, syria.try_tell("RUS", {"kind": "revoked", "of": theirs["subject"]}, "COA"))


def test_a_revocation_names_a_subject_and_a_condition_a_text(syria):
    own = syria.tell("COA", zone())
    syria.try_tell("COA", {"kind": "revoked", "of": own["statement"]}).refused("revoke-subject", 404)
    syria.try_tell("COA", {"kind": "status", "of": own["subject"], "status": "paused"}).refused(
        "status-of-text", 404
    )
    told(syria, syria.try_tell("COA", {"kind": "status", "of": own["statement"], "status": "paused"}))
    made = told(syria, syria.try_tell("COA", {"kind": "revoked", "of": own["subject"]}))
    assert isinstance(syria.node.picture("COA").entry(made["statement"]).statement.body, Revoked)


# Forms.


def test_a_coarse_form_is_told_again_only_when_it_changes(syria):
    exact = syria.tell("COA", buildup())
    syria.tell("COA", release(exact["subject"], "RUS"))
    coarse = buildup(area=circle(40.3, 35.3, 9_000.0))
    form = {"subject": exact["subject"], "form": "covering"}
    told(syria, syria.try_tell("COA", coarse, "RUS", **form))
    syria.tell("COA", buildup(rate="faster"), subject=exact["subject"], not_telling={})
    syria.try_tell("COA", coarse, "RUS", **form).refused("form-unchanged", 422)
    syria.tell("COA", release(exact["subject"], "RUS"))
    told(syria, syria.try_tell("COA", buildup(area=circle(40.3, 35.3, 9_500.0)), "RUS", **form))
    syria.tell("COA", {"kind": "revoked", "of": exact["subject"]}, "RUS")
    syria.tell("COA", buildup(), subject=exact["subject"])
    syria.tell("COA", release(exact["subject"], "RUS"))
    told(syria, syria.try_tell("COA", buildup(area=circle(40.3, 35.3, 9_500.0)), "RUS", **form))


# Idempotency keys and ids.


def test_the_same_act_under_the_same_key_is_carried_out_once(syria):
    first = told(syria, syria.try_tell("COA", zone(), "RUS", key="once"))
    size = syria.size()
    syria.later()
    again = syria.try_tell("COA", zone(), "RUS", key="once").ok(200).json
    assert again == {**first, "repeated": True}
    assert syria.size() == size
    syria.try_tell("COA", zone("other"), "RUS", key="once").refused("idempotency-key", 409)
    syria.try_tell("COA", zone(), "SDF", key="once").refused("idempotency-key", 409)
    syria.try_tell("COA", zone(), "RUS", key="once", form="covering").refused("idempotency-key", 409)
    told(syria, syria.try_tell("RUS", zone(), "COA", key="once"))


def test_a_refused_act_leaves_its_key_free(syria):
    syria.try_tell("COA", zone(), "NOBODY", key="k").refused("unknown-party")
    told(syria, syria.try_tell("COA", zone(), "RUS", key="k"))


def test_the_answer_to_a_repeated_act_is_the_same_after_it_was_told_on(syria):
    first = told(syria, syria.try_tell("COA", zone(), "RUS", key="once"))
    syria.post("COA", "tellings", {"statement": first["statement"], "readers": ["SDF"]}, key="on").ok(201)
    again = syria.try_tell("COA", zone(), "RUS", key="once").ok(200).json
    assert again == {**first, "repeated": True}


def test_keys_hold_across_a_restart_on_disk(tmp_path):
    with house(SqliteStore.open(tmp_path / "record.sqlite3")) as made:
        first = told(made, made.try_tell("COA", zone(), "RUS", key="once"))
        on = {"statement": first["statement"], "readers": ["SDF", "RUS"]}
        also = made.post("COA", "tellings", on, key="on").ok(201).json
    with bare_house(SqliteStore.open(tmp_path / "record.sqlite3")) as made:
        again = made.try_tell("COA", zone(), "RUS", key="once").ok(200).json
        assert again == {**first, "repeated": True}
        assert made.post("COA", "tellings", on, key="on").ok(200).json == {**also, "repeated": True}
        made.try_tell("COA", zone("other"), "RUS", key="once").refused("idempotency-key", 409)
        made.post("COA", "tellings", {**on, "readers": ["PGF"]}, key="on").refused("idempotency-key", 409)


def test_ids_say_nothing_but_whose_they_are():
    """The same key makes the same id in any node with the same seed, whatever else was told there."""
    with house() as quiet, house() as busy:
        furnish(busy)
        one = quiet.tell("COA", zone(), "RUS", key="k")
        two = busy.tell("COA", zone(), "RUS", key="k")
        assert (one["statement"], one["subject"]) == (two["statement"], two["subject"])
        theirs = quiet.tell("RUS", zone(), "COA", key="k")
        other = quiet.tell("COA", zone(), key="k2")
    for first, second in ((one, theirs), (one, other)):
        assert first["statement"].partition(".")[2] != second["statement"].partition(".")[2]
        assert first["subject"].partition(".")[2] != second["subject"].partition(".")[2]
    assert one["statement"].partition(".")[2] != one["subject"].partition(".")[2]
    assert one["statement"].startswith("COA.")


NODE_LIKE = ("log-opened/SDF", "\nlog-opened/SDF", "statement-key", "once/not-told/0", "party/RUS")


@pytest.mark.parametrize("key", NODE_LIKE)
def test_no_key_of_a_caller_makes_an_id_of_the_nodes_own_entries(syria, key):
    answer = syria.try_tell("COA", remark("mine"), key=key)
    if "\n" in key or key == "party/RUS":  # a line break cannot stand in a header; the other one was used
        assert answer.status in (400, 409)
        return
    made = told(syria, answer)
    first = syria.tell("COA", zone(), "SDF", key="once")
    syria.tell("COA", zone("moved"), subject=first["subject"], not_telling={"SDF": "no"}, key="once-more")
    opened = syria.node.outbox("COA").told("SDF")[0].statement
    assert opened.kind == "log-opened"
    assert opened.id != made["statement"]
    assert syria.node.picture("SDF").entry(made["statement"]) is None
    assert kinds_in(syria, "COA", "COA").count("not-told") == 1


# Telling on.


def test_telling_on_puts_the_same_statement_into_more_logs(syria):
    first = syria.tell("COA", zone(), "RUS")
    on = {"statement": first["statement"], "readers": ["SDF", "SDF", "RUS"]}
    answer = syria.post("COA", "tellings", on).ok(201).json
    assert answer["statement"] == first["statement"]
    assert answer["digest"] == first["digest"]
    whole = [syria.get(party, f"statements/{first['statement']}").ok().json for party in ("RUS", "SDF")]
    assert whole[0]["statement"] == whole[1]["statement"]
    syria.post("COA", "tellings", on).refused("tell-on", 422)


def test_only_own_statements_are_told_on_and_only_by_the_rules(syria):
    theirs = syria.tell("RUS", zone(), "COA")
    syria.post("COA", "tellings", {"statement": theirs["statement"], "readers": ["SDF"]}).refused(
        "own-statement", 404
    )
    syria.post("COA", "tellings", {"statement": "COA.none", "readers": ["SDF"]}).refused("own-statement", 404)
    draft = syria.tell("COA", remark("draft"))
    tied = syria.tell("COA", remark(about=[draft["subject"]]))
    on = {"statement": tied["statement"], "readers": ["RUS"]}
    syria.post("COA", "tellings", on).refused("closed-under-reference", 422)
    syria.post("COA", "tellings", {"statement": draft["statement"], "readers": ["RUS"]}).ok(201)
    syria.post("COA", "tellings", on).ok(201)
    syria.post("COA", "tellings", {**on, "readers": ["NOBODY"]}).refused("unknown-party", 404)
    syria.post("COA", "tellings", {**on, "readers": ["COA"]}).refused("tell-on", 422)
    syria.post("COA", "tellings", {**on, "readers": []}).refused("type", 400)


def test_a_told_on_release_or_key_stays_in_the_own_log(syria):
    own = syria.tell("COA", buildup())
    kept = syria.tell("COA", release(own["subject"], "RUS"))
    syria.post("COA", "tellings", {"statement": kept["statement"], "readers": ["RUS"]}).refused(
        "kept-in-own-log", 422
    )
    opened = syria.node.outbox("COA").told("COA")[0].statement.id
    syria.post("COA", "tellings", {"statement": opened, "readers": ["RUS"]}).refused("node-only", 403)


# Readers.


def test_the_author_among_its_readers_and_readers_named_twice_count_once(syria):
    made = syria.tell("COA", zone(), "RUS", "COA", "RUS")
    assert [place["reader"] for place in made["told"]] == ["COA", "RUS"]


def test_only_described_parties_can_be_told(syria):
    syria.try_tell("COA", remark(), "OCHA").refused("unknown-party", 404)
    syria.tell("COA", party_body("OCHA", "Coordination office", "agency"))
    told(syria, syria.try_tell("COA", remark(), "OCHA"))
    syria.try_tell("RUS", remark(), "OCHA").refused("unknown-party", 404)


def test_too_many_readers_are_refused(syria):
    syria.try_tell("COA", remark(), *(f"P{number}" for number in range(33))).refused("type", 400)
