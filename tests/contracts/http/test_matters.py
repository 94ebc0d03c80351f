"""Matters over HTTP as they are typed: each is one act, whole or not at all, in a role that may do it."""

from __future__ import annotations

import json

import pytest
from tests.building_node import House, house, zone

from keepclear.service.auth import Role

EAST = {"name": "East bank", "center": "35.3123 N 40.2877 E", "radius_km": 2, "seen": "53 to 61 fighters"}
RAISED = {"to": "RUS", "risk_note": "shows that it was noticed"}
CLASH = {"name": "Clash", "act": "shots were heard", "when": "about 2018-01-31", "readers": ["RUS"]}
TALKS = {"name": "Talks", "others": ["RUS"], "series": "Ground talks", "readers": ["RUS"]}


@pytest.fixture
def node():
    with house() as made:
        yield made


def watched(node: House) -> str:
    return node.post("COA", "buildups", EAST).ok(201).json["subject"]


def raised(node: House, subject: str, **more: object):
    return node.post("COA", f"buildups/{subject}/raise", {**RAISED, **more})


def kinds(node: House, party: str) -> list[str]:
    return [row["kind"] for row in node.items(party, "held")]


def test_a_build_up_is_watched_for_oneself_and_told_wide_in_one_act(node):
    subject = watched(node)
    assert node.items("RUS", "buildups") == []
    before = node.writer.acts
    raised(node, subject).ok(201)
    assert node.writer.acts == before + 1
    (seen,) = node.items("RUS", "buildups")
    band = seen["series"][0]
    assert seen["said"]["form"] == "covering"
    assert "53" not in json.dumps({**band, "at": None}), "no exact count is told"
    assert node.items("COA", "buildups")[0]["status"] == "raised"
    assert kinds(node, "COA").count("release") == 1


@pytest.mark.parametrize(
    ("words", "asked"),
    [
        ("", '"East bank", 40 to 80 fighters: is it yours?'),
        ("  ", '"East bank", 40 to 80 fighters: is it yours?'),
        ("Whose are they?", "Whose are they?"),
    ],
)
def test_the_question_stands_by_itself_and_says_no_more_than_is_told(node, words, asked):
    raised(node, watched(node), words=words).ok(201)
    [seen] = node.items("RUS", "messages")
    assert [text["words"] for text in seen["texts"]] == [asked]


def nothing_of_a_refused_raise_is_told(node, channel="COA.nothing-of-this-id"):
    subject = watched(node)
    before = node.size()
    answer = raised(node, subject, channel=channel)
    assert node.size() == before
    assert node.items("RUS", "buildups") == []
    assert answer.status >= 400


def test_nothing_of_a_refused_raise_is_told(node):
    nothing_of_a_refused_raise_is_told(node)


def test_a_refused_raise_twin_with_a_question_that_passes_it_is_told(node):
    with pytest.raises(AssertionError):
        nothing_of_a_refused_raise_is_told(node, channel=None)


def test_the_same_key_raises_once(node):
    subject = watched(node)
    first = node.post("COA", f"buildups/{subject}/raise", RAISED, key="once").ok(201).json
    size = node.size()
    again = node.post("COA", f"buildups/{subject}/raise", RAISED, key="once").ok(200).json
    assert (again["statement"], again["repeated"], node.size()) == (first["statement"], True, size)
    assert [row["reader"] for row in first["told"]] == ["COA", "RUS"]


def test_a_duty_officer_watches_and_a_watch_chief_decides_the_release(node):
    made = node.post("COA", "buildups", EAST, role=Role.DUTY_OFFICER).ok(201).json
    path = f"buildups/{made['subject']}/raise"
    node.post("COA", path, RAISED, role=Role.DUTY_OFFICER).refused("role", 403)
    assert node.items("RUS", "buildups") == []
    node.post("COA", path, {**RAISED, "risk_note": " "}).refused("risk-note")


def test_the_wide_form_can_be_looked_at_before_and_states_nothing(node):
    subject = watched(node)
    before = node.size()
    wide = node.post("COA", f"buildups/{subject}/wide", {"radius_km": 20}).ok().json
    assert (wide["radius_m"], wide["bands"], wide["readers"]) == (20_000.0, ["40 to 80 fighters"], [])
    node.post("RUS", f"buildups/{subject}/wide", {}).refused("build-up")
    read = node.post("COA", "coordinates", {"text": EAST["center"]}).ok().json
    assert (read["lat"], read["lon"], read["words"]) == (35.3123, 40.2877, "35°18'44.3\"N 040°17'15.7\"E")
    node.post("COA", "coordinates", {"text": "somewhere"}).refused("two-coordinates")
    assert node.size() == before


def test_raised_unchanged_with_a_second_party_it_is_told_on(node):
    subject = watched(node)
    first = raised(node, subject).ok(201).json
    node.later()
    raised(node, subject, to="SDF").ok(201)
    assert first["subject"] != subject
    assert [len(node.items(party, "buildups")) for party in ("RUS", "SDF")] == [1, 1]
    asked = {name: [row["to"] for row in node.items(name, "messages")] for name in ("RUS", "SDF")}
    assert asked == {"RUS": [["RUS"]], "SDF": [["SDF"]]}, "the question goes to the one that is asked"


def test_what_is_round_already_is_told_wider_all_the_same(node):
    round_one = {**EAST, "center": "35.3 N 40.3 E", "radius_km": 8}
    subject = node.post("COA", "buildups", round_one).ok(201).json["subject"]
    assert node.post("COA", f"buildups/{subject}/wide", {}).ok().json["radius_m"] == 9_000.0
    raised(node, subject).ok(201)


def test_a_new_count_stays_with_its_desk_and_the_end_reaches_all_who_hold_it(node):
    subject = watched(node)
    raised(node, subject).ok(201)
    node.later()
    node.post("COA", f"buildups/{subject}/counts", {"seen": "100 to 150 fighters"}).ok(201)
    assert [len(node.items(party, "buildups")[0]["series"]) for party in ("COA", "RUS")] == [2, 1]
    node.post("COA", f"buildups/{subject}/heard", {"answer": "not ours", "by": "RUS"}).ok(201)
    assert node.items("COA", "buildups")[0]["status"] == "UNCLAIMED"
    node.later()
    ended = node.post("COA", f"buildups/{subject}/end", {"how": "dispersed"}).ok(201).json
    assert [row["reader"] for row in ended["told"]] == ["COA", "RUS"]
    assert {node.items(party, "buildups")[0]["status"] for party in ("COA", "RUS")} == {"dispersed"}


def test_what_cannot_be_read_names_its_field_and_states_nothing(node):
    before = node.size()
    answers = (
        node.post("COA", "buildups", {**EAST, "center": "somewhere"}).refused("two-coordinates"),
        node.post("COA", "buildups", {**EAST, "radius_km": -1}).refused("radius"),
        node.post("COA", "buildups", {**EAST, "radius_km": 1e300}).refused("radius"),
        node.post("COA", "buildups", {**EAST, "seen": " "}).refused("count-empty"),
        node.post("COA", "incidents", {**CLASH, "when": "yesterday"}).refused("rfc3339"),
        node.post("COA", "meetings", {**TALKS, "when": "2018-02-07T20:00:00"}).refused("naive-time"),
    )
    assert [each.json["field"] for each in answers[1:]] == ["radius_km", "radius_km", "seen", "when", "when"]
    assert node.size() == before


def test_rival_claims_stand_side_by_side_and_one_is_replied_to_and_taken_back(node):
    subject = node.post("COA", "incidents", CLASH).ok(201).json["subject"]
    killed = {"aspect": "killed", "counted": "at least 100 killed", "readers": ["RUS"]}
    node.post("COA", f"incidents/{subject}/claims", killed).refused("claim-whose")
    ours = node.post("COA", f"incidents/{subject}/claims", {**killed, "whose": "not said"}).ok(201).json
    theirs = {**killed, "counted": "5 to 9", "whose": "own citizens", "readers": ["COA"]}
    node.post("RUS", f"incidents/{subject}/claims", theirs).ok(201)
    node.post("RUS", f"incidents/{subject}/status", {"status": "closed"}).refused("one-owner", 403)
    rows = node.items("COA", "incidents")[0]["aspects"][0]["claims"]
    assert [(row["low"], row["high"]) for row in rows] == [(100, None), (5, 9)]
    node.later()
    node.post("RUS", "withdrawals", {"of": ours["statement"], "reason": "?"}).refused("one-owner", 403)
    gone = node.post("COA", "withdrawals", {"of": ours["statement"], "reason": "counted twice"}).ok(201).json
    assert [row["reader"] for row in gone["told"]] == ["COA", "RUS"]
    assert [row["withdrawn"] for row in node.items("RUS", "incidents")[0]["aspects"][0]["claims"]] == [
        True,
        False,
    ]
    node.post("COA", f"incidents/{subject}/status", {"status": "closed"}).ok(201)
    assert node.items("RUS", "incidents")[0]["status"] == "closed"


def test_a_meeting_has_the_next_number_and_no_place_unless_one_is_said(node):
    first = node.post("COA", "meetings", TALKS).ok(201).json["subject"]
    node.post("COA", "meetings", {**TALKS, "name": "Talks 2", "place": "at the bridge"}).ok(201)
    rows = {(row["number"], row["place"]) for row in node.items("RUS", "meetings")}
    assert rows == {(1, "place withheld"), (2, "at the bridge")}
    node.later()
    ford = node.tell("COA", zone(), "RUS")
    maps = node.tell("COA", {"kind": "overlay", "name": "Maps", "items": [ford["statement"]]}, "RUS")
    held = {"outcomes": ["call before"], "follow_ups": ["names by 2018-03-01"], "overlays": [maps["subject"]]}
    node.post("RUS", f"meetings/{first}/held", held).refused("one-owner", 403)
    node.post("COA", f"meetings/{first}/held", held).ok(201)
    row = next(row for row in node.items("RUS", "meetings") if row["subject"] == first)
    assert (row["held"], row["outcomes"]) == (True, ["call before"])


def planned(node: House, **more: object) -> None:
    node.post("COA", "meetings", {**TALKS, **more}).ok(201)


def test_a_meeting_takes_the_number_that_was_read_out_and_goes_on_from_there(node):
    for more in ({"number": 4}, {"name": "Talks 5"}, {"name": "Other", "series": "Air talks"}):
        planned(node, **more)
    assert {(row["series"], row["number"]) for row in node.items("RUS", "meetings")} == {
        ("Ground talks", 4),
        ("Ground talks", 5),
        ("Air talks", 1),
    }
    before = node.size()
    assert node.post("COA", "meetings", {**TALKS, "number": 0}).status == 400
    assert node.size() == before


def ford(node: House, *readers: str) -> str:
    return node.tell("COA", zone(name="Ford"), *readers)["subject"]


def offered(node: House, *items: str, **more: object):
    asked = {"name": "Maps of the ford", "items": items, "readers": ["RUS"], **more}
    return node.post("COA", "map-exchanges", asked)


def test_maps_are_offered_whole_and_acknowledged_by_their_very_text(node):
    subject = ford(node, "RUS")
    more = {"left_out": ["posts of others"], "medium": "on paper, at the meeting"}
    made = offered(node, subject, **more).ok(201).json
    (row,) = node.items("RUS", "overlays")
    assert [item["name"] for item in row["items"]] == ["Ford"]
    assert (row["left_out"], row["medium"]) == (more["left_out"], more["medium"])
    whole = node.get("RUS", f"statements/{made['statement']}").ok().json
    got = {"kind": "rung", "of": made["statement"], "reader": "RUS", "rung": "acknowledged",
           "role": "duty officer", "text_hash": whole["digest"]}  # fmt: skip
    node.tell("RUS", got, "COA")
    (ladder,) = node.items("COA", "overlays")[0]["ladders"]
    assert (ladder["reader"], ladder["reached"]) == ("RUS", "acknowledged")


def what_a_reader_does_not_hold_is_not_offered(node, *, told_along=()):
    subject = ford(node)
    lacks = node.post("COA", "map-exchanges/lacking", {"items": [subject], "readers": ["RUS"]}).ok().json
    assert lacks["items"] == [{"reader": "RUS", "item": subject, "own": True}]
    before = node.size()
    answer = offered(node, subject, told_along=[subject] if told_along else [])
    assert answer.status >= 400
    assert node.size() == before
    assert node.items("RUS", "measures") == []


def test_what_a_reader_does_not_hold_is_not_offered(node):
    what_a_reader_does_not_hold_is_not_offered(node)


def test_what_a_reader_does_not_hold_twin_told_along_it_is_offered_in_the_same_act(node):
    with pytest.raises(AssertionError):
        what_a_reader_does_not_hold_is_not_offered(node, told_along=True)
    assert [row["name"] for row in node.items("RUS", "measures")] == ["Ford"]
    assert [row["name"] for row in node.items("RUS", "overlays")] == ["Maps of the ford"]
    (subject,) = [row["subject"] for row in node.items("COA", "measures")]
    asked = {"items": [subject], "readers": ["RUS"]}
    assert node.post("COA", "map-exchanges/lacking", asked).ok().json["items"] == []


def test_of_two_maps_none_is_told_where_one_may_not_be(node):
    theirs = node.tell("RUS", zone(name="Theirs"), "COA")["subject"]
    ours = ford(node)
    lacks = node.post("COA", "map-exchanges/lacking", {"items": [ours, theirs], "readers": ["SDF"]}).ok().json
    assert [(row["item"], row["own"]) for row in lacks["items"]] == [(ours, True), (theirs, False)]
    before = node.size()
    offered(node, ours, theirs, readers=["SDF"], told_along=[ours]).refused("closed-under-reference")
    offered(node, "COA.nothing-of-this-id").refused("maps")
    assert node.size() == before


def went(**more: object) -> dict:
    place = {"when": "2018-01-31T06:00:00Z", "where": "35.30 N 40.28 E", "within_m": 800, **more}
    return {"what": "a column", "of_party": "COA", "places": [place]}


def test_a_course_is_claimed_by_places_as_they_are_typed(node):
    subject = node.post("COA", "incidents", CLASH).ok(201).json["subject"]
    path = f"incidents/{subject}/claims"
    claim = {"aspect": "course", "readers": ["RUS"]}
    node.post("COA", path, {**claim, "words": "east"}).refused("claim-course")
    node.post("COA", path, {**claim, "aspect": "place", "course": went()}).refused("claim-course")
    wrong = node.post("COA", path, {**claim, "course": went(where="somewhere")}).refused("two-coordinates")
    assert wrong.json["field"] == "course.places[0].where"
    wrong = node.post("COA", path, {**claim, "course": went(when="yesterday")}).refused("rfc3339")
    assert wrong.json["field"] == "course.places[0].when"
    assert node.post("COA", path, {**claim, "course": went(within_m=0)}).status == 400
    assert node.items("RUS", "courses") == []
    node.post("COA", path, {**claim, "course": went(across_m=2_000, bearing_deg=45)}).ok(201)
    (version,) = node.items("RUS", "courses")[0]["versions"]
    (place,) = version["places"]
    drawn = [place[name] for name in ("lat", "lon", "major_m", "minor_m", "bearing_deg")]
    assert (version["what"], drawn) == ("a column", [35.3, 40.28, 2_000.0, 800.0, 45.0])


def anothers_course_stays_at_the_desk(node, of="RUS"):
    subject = node.post("COA", "incidents", {**CLASH, "readers": ["RUS", "SDF"]}).ok(201).json["subject"]
    claim = {"aspect": "course", "readers": ["SDF"], "course": {**went(), "of_party": of}}
    node.post("COA", f"incidents/{subject}/claims", claim).refused("LIM-08", 403)
    node.post("COA", f"incidents/{subject}/claims", {**claim, "readers": []}).ok(201)
    assert node.items("SDF", "courses") == []


def test_anothers_course_stays_at_the_desk(node):
    anothers_course_stays_at_the_desk(node)


def test_anothers_course_stays_at_the_desk_twin_ones_own_is_told(node):
    with pytest.raises(AssertionError):
        anothers_course_stays_at_the_desk(node, of="COA")


def test_who_is_involved_stands_with_its_role_and_the_unknown_stays_unknown(node):
    involved = [
        {"role": "party spoken for", "party": "RUS", "words": "by its spokesman"},
        {"role": "who was hit"},
    ]
    node.post("COA", "incidents", {**CLASH, "involved": involved}).ok(201)
    told = node.items("RUS", "incidents")[0]["involved"]
    assert [(row["role"], row["words"]) for row in told] == [
        ("party spoken for", "by its spokesman"),
        ("who was hit", ""),
    ]
    assert told[0]["party"] == node.items("COA", "incidents")[0]["involved"][0]["party"] != told[1]["party"]
    unknown = [{"role": "witness", "party": "NOBODY"}]
    node.post("COA", "incidents", {**CLASH, "involved": unknown}).refused("unknown-party", 404)
    assert len(node.items("RUS", "incidents")) == 1


def asked_and_ended(node, ends=True):
    """A build-up raised as a flash, and ended before anybody has said a word; an hour later."""
    subject = watched(node)
    raised(node, subject).ok(201)
    node.later()
    if ends:
        node.post("COA", f"buildups/{subject}/end", {"how": "dispersed", "reason": "gone"}).ok(201)
    node.later(60)
    return subject


def waiting(node, party):
    [row] = node.items(party, "messages")
    found = [each for each in node.items(party, "attention") if each["rule"] == "acknowledgement"]
    watch = node.get(party, "watch").ok().body.decode()
    return row["overdue"], len(found), "is it yours?" in watch


@pytest.mark.parametrize("party", ["COA", "RUS"])
def test_nobody_is_called_about_a_question_on_what_has_ended(node, party):
    asked_and_ended(node)
    assert waiting(node, party) == (False, 0, False)
    [row] = node.items("COA", "buildups")
    assert [raise_["answer"] for raise_ in row["raised"]] == [""], "that it was asked stays in the record"


@pytest.mark.parametrize("party", ["COA", "RUS"])
def test_twin_while_it_goes_on_the_question_waits(node, party):
    asked_and_ended(node, ends=False)
    assert waiting(node, party) == (True, 1, True)


def test_what_is_asked_anew_after_the_end_waits_again(node):
    subject = asked_and_ended(node)
    raised(node, subject, words="They are back. Yours?").ok(201)
    node.later(60)
    assert [row["overdue"] for row in node.items("COA", "messages")] == [False, True]


def test_an_end_that_is_said_again_is_told_to_nobody_and_moves_nothing(node):
    subject = asked_and_ended(node)
    before, [shown] = node.size(), node.items("COA", "buildups")
    again = node.post("COA", f"buildups/{subject}/end", {"how": "dispersed", "reason": "gone"})
    assert shown["closed_at"][:19] in again.refused("ended-already", 422).json["detail"]
    assert node.size() == before
    assert node.items("COA", "buildups")[0]["closed_at"] == shown["closed_at"]
    node.post("COA", f"buildups/{subject}/end", {"how": "closed"}).ok(201)
    node.later()
    node.post("COA", f"buildups/{subject}/counts", {"seen": "100 to 150 fighters"}).ok(201)
    node.later()
    node.post("COA", f"buildups/{subject}/end", {"how": "closed"}).ok(201)


def test_the_same_answer_is_given_once_and_another_may_follow(node):
    subject = watched(node)
    raised(node, subject).ok(201)
    [message] = node.items("RUS", "messages")

    def answer(word, words=""):
        node.later()
        body = {"kind": "answer", "answer": word, "words": words}
        return node.try_tell("RUS", body, "COA", answers=[message["statement"]])

    answer("not ours").ok(201)
    before = node.size()
    assert "stands since" in answer("not ours").refused("answered-already", 422).json["detail"]
    assert node.size() == before
    for word, words in (("not ours", "we have asked twice"), ("ours", ""), ("not ours", "")):
        answer(word, words).ok(201)
    # What is heard on the telephone is a call of its own each time.
    for _ in range(2):
        node.later()
        node.post("COA", f"buildups/{subject}/heard", {"answer": "ours", "by": "RUS"}).ok(201)
