"""Reading a desk: page keys that hold still, tags that change with the bytes alone, cuts at an instant."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.building_node import START, House, bare_house, furnish, house, observation, remark, zone

from keepclear.service.http.desks import LISTS
from keepclear.views.desk import PURPOSE_BANNER

TAGGED = ["picture", "held", "told/RUS", *LISTS]


@pytest.fixture
def syria():
    with house() as made:
        made.things = furnish(made)
        yield made


def conditional(made: House, party: str, path: str, tag: str):
    whole = f"/api/v1/desks/{party}/{path}"
    return made.call("GET", whole, token=made.token(party), headers={"If-None-Match": tag})


@pytest.mark.parametrize("path", TAGGED)
def test_an_unchanged_view_is_not_sent_again(syria, path):
    first = syria.get("COA", path).ok(200)
    tag = first.header("etag")
    assert tag.startswith('"')
    for asked in (tag, f'"other", {tag}', f"W/{tag}"):
        again = conditional(syria, "COA", path, asked)
        assert (again.status, again.body) == (304, b"")
        assert again.header("etag") == tag
    assert conditional(syria, "COA", path, '"other"').status == 200


def test_what_was_told_to_a_party_that_is_mistyped_is_refused_and_not_empty(syria):
    refused = syria.get("COA", "told/RUSS").refused("unknown-party", 404)
    assert "RUS" in refused.json["passes"]
    for reader in ("COA", "public"):
        syria.get("COA", f"told/{reader}").ok(200)


def test_a_tag_changes_when_the_view_does_and_only_then(syria):
    tag = syria.get("RUS", "remarks").header("etag")
    syria.tell("COA", remark("to others"), "SDF")
    syria.tell("RUS", zone("a zone is no remark"))
    assert conditional(syria, "RUS", "remarks", tag).status == 304
    syria.tell("COA", remark("to Russia"), "RUS")
    fresh = conditional(syria, "RUS", "remarks", tag)
    assert fresh.status == 200
    assert fresh.header("etag") != tag


def test_a_picture_keeps_its_tag_while_only_the_clock_moves_and_nothing_falls_due(syria):
    before = syria.get("SDF", "picture")
    syria.later(1.0)
    after = conditional(syria, "SDF", "picture", before.header("etag"))
    assert after.status == 304


def pages(made: House, party: str, limit: int, between=lambda: None) -> list[list[str]]:
    found, after = [], "0"
    while after is not None:
        page = made.get(party, "held", after=after, limit=str(limit)).ok().json
        found.append([row["statement"] for row in page["items"]])
        assert len(page["items"]) <= limit
        after = page["next"]
        between()
    return found


@settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
@given(limit=st.integers(1, 9), told=st.lists(st.sampled_from(["RUS", "SDF", "public"]), max_size=12))
def test_pages_hold_still_while_more_is_told(limit, told):
    """What was there is on one page each, in order of arrival; what comes meanwhile comes after it."""
    with house() as made:
        furnish(made)
        there = [row["statement"] for row in made.items("RUS", "held")]
        more = iter(told)

        def between() -> None:
            reader = next(more, None)
            if reader is not None:
                made.tell("COA", remark(reader), reader)

        walked = [name for page in pages(made, "RUS", limit, between) for name in page]
        assert len(walked) == len(set(walked)), "a statement on two pages"
        assert walked[: len(there)] == there, "a statement moved or missing"
        assert walked == [row["statement"] for row in made.items("RUS", "held")][: len(walked)]


def test_the_last_page_says_that_it_is(syria):
    size = len(syria.items("RUS", "held", limit="1000"))
    assert size > 5
    assert syria.get("RUS", "held", limit="1000").json["next"] is None
    assert [len(page) for page in pages(syria, "RUS", size)][:1] == [size]
    beyond = syria.get("RUS", "held", after=str(10**8)).ok().json
    assert (beyond["items"], beyond["next"]) == ([], None)


@pytest.mark.parametrize("query", [{"limit": "0"}, {"limit": "1001"}, {"limit": "-1"}, {"after": "x"}])
def test_a_page_that_is_none_is_refused(syria, query):
    syria.get("RUS", "held", **query).refused("count", 400)


def test_a_view_at_an_instant_is_what_had_arrived_by_then(syria):
    syria.later(10)
    then = syria.clock.now()
    syria.later(10)
    late = syria.tell("COA", remark("late"), "RUS")
    at = (then).isoformat().replace("+00:00", "Z")
    assert "late" not in [item["text"] for item in syria.items("RUS", "remarks", at=at)]
    assert "late" in [item["text"] for item in syria.items("RUS", "remarks")]
    syria.get("RUS", f"statements/{late['statement']}", at=at).refused("held", 404)
    assert late["statement"] not in [row["statement"] for row in syria.items("RUS", "held", at=at)]
    told = [row["statement"] for row in syria.items("COA", "told/RUS", at=at)]
    assert late["statement"] not in told
    whole = syria.get("RUS", "picture", at=at).ok().json
    assert whole["live"] is False
    assert syria.get("RUS", "picture").json["live"] is True
    same = (then.astimezone().isoformat(), f"{then:%Y-%m-%dT%H:%M:%S}+00:00")
    for words in same:
        assert syria.get("RUS", "remarks", at=words).ok().json["items"] == syria.items(
            "RUS", "remarks", at=at
        )


@pytest.mark.parametrize("path", ["picture", "held", "measures"])
def test_an_instant_to_come_is_refused_with_the_nodes_time(syria, path):
    ahead = (START + timedelta(days=9)).isoformat().replace("+00:00", "Z")
    said = syria.get("RUS", path, at=ahead).refused("not-yet", 400).json
    assert ahead in said["detail"]
    assert "by this node it is" in said["detail"]
    assert said["passes"].startswith("an instant up to ")
    now = syria.get("RUS", "picture").json["now"]
    syria.get("RUS", path, at=now).ok(200)


def test_an_instant_given_twice_is_said_to_be_so(syria):
    twice = (("at", "2018-02-01T00:00:00Z"), ("at", "2018-02-02T00:00:00Z"))
    asked = syria.call("GET", "/api/v1/desks/RUS/picture", token=syria.token("RUS"), query=twice)
    said = asked.refused("given-twice", 400).json
    assert said["passes"] == "at once"


def test_every_list_is_part_of_the_picture_and_carries_the_banner(syria):
    whole = syria.get("COA", "picture").ok().json
    for name in LISTS:
        answer = syria.get("COA", name).ok().json
        assert PURPOSE_BANNER in answer["banner"]
        assert answer["party"] == "COA"
        if name in whole:
            assert whole[name] == answer["items"], name


def test_a_reader_left_with_an_older_text_is_shown_so_to_its_author_alone(syria):
    subject = syria.things["zone"]["subject"]
    assert [row["holds_older"] for row in told_of(syria, "RUS", subject)] == [False]
    syria.tell("COA", zone("moved"), subject=subject, not_telling={"RUS": "not yet"})
    assert [row["holds_older"] for row in told_of(syria, "RUS", subject)] == [True]
    syria.tell("COA", zone("moved on"), "RUS", subject=subject)
    assert [(row["holds_older"], row["superseded"]) for row in told_of(syria, "RUS", subject)] == [
        (False, True), (False, False),
    ]  # fmt: skip
    theirs = [row for row in syria.items("RUS", "held") if row["subject"] == subject]
    assert all("holds_older" not in row for row in theirs)


def told_of(made: House, reader: str, subject: str):
    return [row for row in made.items("COA", f"told/{reader}") if row["subject"] == subject]


def test_a_party_that_this_desk_has_not_heard_of_answers_as_one_that_is_not(syria):
    with bare_house() as node:
        hosted = node.get("COA", "told/TUR").refused("unknown-party", 404).body
        unknown = node.get("COA", "told/XXX").refused("unknown-party", 404).body
        assert hosted.replace(b"TUR", b"XXX") == unknown
    assert syria.get("COA", "told/TUR").ok(200).json["items"] == [], "known, and told nothing"
    syria.get("COA", "proof", reader="TUR").refused("log", 404)
    syria.get("COA", "proof", reader="XXX").refused("log", 404)


def test_a_statement_of_others_and_one_that_never_was_answer_alike(syria):
    draft = syria.tell("COA", observation())["statement"]
    never = "COA." + "a" * (len(draft) - 4)
    theirs, unknown = (syria.get("RUS", f"statements/{name}").refused("held", 404) for name in (draft, never))
    assert theirs.body.replace(draft.encode(), never.encode()) == unknown.body
    assert theirs.headers == unknown.headers
