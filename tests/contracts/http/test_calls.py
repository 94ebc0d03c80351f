"""Call first, over HTTP: who dialled, who answered, how long on hold, what was passed and heard."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.building_node import House, bare_house, channel, house, message, party_body, spot

from keepclear.service.auth import Role

WHERE = {"lon": 40.18, "lat": 35.28}
PARTS = [
    {"part": "place", "name": "place", "place": {**spot(40.18, 35.28, 10.0)}},
    {"part": "bank", "name": "bank", "bank": "east"},
    {"part": "count", "name": "aircraft", "low": 2, "unit": "aircraft"},
]
HEARD = {"place": "35.28000N 40.18000E", "bank": "east bank", "aircraft": "two aircraft"}


@pytest.fixture
def desk() -> Iterator[House]:
    """COA's node alone: Russia can be reached by voice, and has nothing here."""
    with bare_house(parties=("COA",)) as made:
        for party in ("COA", "RUS"):
            body = party_body(party)
            made.tell("COA", {**body, "reach": "voice" if party == "RUS" else "hosted"}, "public")
        made.things = {}
        made.things["channel"] = made.tell(
            "COA",
            channel(ends=[{"party": "COA", "role": "ground desk"},
                          {"party": "RUS", "role": "ground desk", "languages": ["Russian"]}]),
            "RUS",
        )  # fmt: skip
        made.things["message"] = made.tell(
            "COA", message("RUS", words="Stop: our people.", parts=PARTS, asks=["ours", "will act"]),
            "RUS",
        )  # fmt: skip
        made.later()
        yield made


def noted(desk: House, call: dict, what: str, body: dict | None = None) -> dict:
    return desk.post("COA", f"calls/{call['subject']}/{what}", body or {}).ok(201).json


def started(desk: House, **more) -> dict:
    body = {"with_party": "RUS", "channel": desk.things["channel"]["subject"], "caller_role": "duty officer"}
    return desk.post("COA", "calls", {**body, **more}).ok(201).json


def the_call(desk: House) -> dict:
    return desk.get("COA", "calls").ok().json["items"][0]


def test_a_call_from_the_first_ring_to_the_end(desk: House) -> None:
    call = started(desk)
    assert the_call(desk)["state"] == "dialling"
    noted(desk, call, "answered", {"role": "duty officer, ground desk", "name": "Major N", "language": "ru"})
    noted(desk, call, "hold")
    desk.later(0.5)
    waiting = the_call(desk)
    assert (waiting["state"], waiting["hold_s"]) == ("on hold", 30)
    assert waiting["hold_due"] is not None
    noted(desk, call, "resume")
    desk.later(1)
    text = desk.things["message"]["statement"]
    noted(desk, call, "passed", {"message": text})
    noted(desk, call, "read-back", {"message": text, "fields": HEARD})
    desk.post("COA", f"messages/{text}/confirm", {"reader": "RUS"}).ok(201)
    noted(desk, call, "acknowledged", {"message": text})
    noted(desk, call, "answer", {"message": text, "answer": "will act", "words": "they stop"})
    noted(desk, call, "end", {"gist": "Passed; they stop."})
    seen = the_call(desk)
    assert (seen["state"], seen["hold_s"], seen["answerer_role"]) == (
        "ended",
        30,
        "duty officer, ground desk",
    )
    assert seen["reported"] == "reported by Coalition (CJTF-OIR)"
    [passed] = seen["passed"]
    assert (passed["confirmed"], passed["answers"]) == (True, ["will act"])
    assert [row["outcome"] for row in passed["repeated"]["fields"]] == ["same"] * 3


def test_what_was_heard_counts_as_nobodys_acknowledgement(desk: House) -> None:
    call, text = started(desk), desk.things["message"]["statement"]
    noted(desk, call, "passed", {"message": text})
    noted(desk, call, "read-back", {"message": text, "fields": HEARD})
    desk.later(30)
    assert [item["overdue"] for item in desk.items("COA", "messages")] == [True]
    noted(desk, call, "acknowledged", {"message": text, "role": "duty officer"})
    [seen] = [item for item in desk.items("COA", "messages") if item["statement"] == text]
    steps = seen["ladders"][0]["steps"]
    assert {step["how"] for step in steps} == {"reported"}
    assert seen["overdue"] is False, "their report ends it: no node of theirs can answer"
    told = desk.items("COA", "told/RUS")
    [row] = [row for row in told if row["statement"] == text]
    assert {step["how"] for step in row["ladder"]["steps"]} == {"reported"}


def test_the_script_is_in_two_languages_with_spelling_and_code(desk: House) -> None:
    text = desk.things["message"]
    made = desk.get("COA", f"messages/{text['statement']}/script").ok().json
    assert (made["ours"], made["theirs"]) == ("en", "ru"), "the hotline says what they speak"
    assert made["code"]["spoken"] == f"{made['code']['digits'][:4]} {made['code']['digits'][4:]}"
    assert made["opening"]["ours"].startswith("Safety message, flash")
    assert made["incoming"]["ours"].startswith("Safety message? Pass it now")
    assert "Сообщение о безопасности" in made["opening"]["theirs"]
    assert made["reviewed"] == "not reviewed by a native speaker"
    place = made["lines"][0]
    assert place["value"]["ours"] == "35°16'48.0\"N 040°10'48.0\"E / 35.28000N 40.18000E"
    assert place["spelled"]["ours"].startswith("tree fife degrees wun six minutes")
    assert [line["field"] for line in made["lines"]] == ["place", "bank", "aircraft"]


def test_what_is_typed_is_compared_while_it_is_typed_and_states_nothing(desk: House) -> None:
    text, before = desk.things["message"]["statement"], desk.size()
    asked = {"fields": {"place": "35.28000N 41.18000E", "bank": "west"}}
    made = desk.post("COA", f"messages/{text}/compare", asked).ok(200).json
    place, bank, count = made["fields"]
    assert (place["outcome"], place["point"]["lon"], round(place["gap_m"], -3)) == ("differs", 41.18, 91_000)
    assert (bank["outcome"], bank["words"]) == ("differs", "heard west, said was east")
    assert count["outcome"] == "not read back"
    assert made["open"] == ["place", "bank"]
    assert desk.size() == before


def test_confirmed_only_when_no_field_is_open_or_a_person_says_so(desk: House) -> None:
    call, text = started(desk), desk.things["message"]["statement"]
    noted(desk, call, "passed", {"message": text})
    wrong = noted(desk, call, "read-back", {"message": text, "fields": {**HEARD, "bank": "west bank"}})
    refused = desk.post("COA", f"messages/{text}/confirm", {"reader": "RUS"})
    refused.refused("read-back-open", 422)
    assert "bank" in refused.json["detail"]
    settle = {"read_back": wrong["statement"], "fields": ["bank"], "words": "asked again; he said east"}
    desk.post("COA", f"messages/{text}/settle", settle).ok(201)
    desk.post("COA", f"messages/{text}/confirm", {"reader": "RUS"}).ok(201)
    [row] = desk.get("COA", f"messages/{text}/read-backs").ok().json["readers"]
    assert [field["outcome"] for field in row["fields"]] == ["same", "settled", "same"]


def test_a_field_that_was_not_read_back_holds_the_confirmation_up(desk: House) -> None:
    call, text = started(desk), desk.things["message"]["statement"]
    noted(desk, call, "passed", {"message": text})
    noted(desk, call, "read-back", {"message": text, "fields": {"bank": "east"}})
    desk.post("COA", f"messages/{text}/confirm", {"reader": "RUS"}).refused("read-back-open", 422)
    noted(desk, call, "read-back", {"message": text, "fields": HEARD})
    desk.post("COA", f"messages/{text}/confirm", {"reader": "RUS"}).ok(201)


def test_a_call_that_is_over_takes_no_more_and_an_unknown_one_is_none(desk: House) -> None:
    call = started(desk)
    noted(desk, call, "answered", {"answered": False})
    assert the_call(desk)["state"] == "no answer"
    desk.post("COA", f"calls/{call['subject']}/hold", {}).refused("call-state", 422)
    desk.post("COA", "calls/COA.none/hold", {}).refused("call", 404)
    desk.post("COA", f"calls/{call['subject']}/hold", {"target": 1})
    zone = desk.things["channel"]["subject"]
    desk.post("COA", f"calls/{zone}/hold", {}).refused("call", 404)


def test_what_was_heard_is_of_a_text_that_was_passed_in_this_call(desk: House) -> None:
    call, text = started(desk), desk.things["message"]["statement"]
    body = {"message": text, "fields": HEARD}
    desk.post("COA", f"calls/{call['subject']}/read-back", body).refused("call-passed", 422)
    draft = desk.tell("COA", message("RUS"), "RUS")
    noted(desk, call, "passed", {"message": draft["statement"]})
    own = desk.tell("COA", {"kind": "remark", "text": "for the log"})
    passing = desk.post("COA", f"calls/{call['subject']}/passed", {"message": own["statement"]})
    passing.refused("addressee-told", 422)


def test_the_same_note_under_the_same_key_is_made_once(desk: House) -> None:
    call = started(desk)
    path = f"calls/{call['subject']}/hold"
    desk.post("COA", path, {}, key="once").ok(201)
    assert desk.post("COA", path, {}, key="once").ok(200).json["repeated"] is True
    desk.post("COA", path, {}).refused("call-state", 422)


def test_both_ends_of_a_text_compute_the_same_code_and_nobody_else_reads_the_calls() -> None:
    with house() as made:
        told = made.tell("COA", message("RUS"), "RUS")
        ours, theirs = (
            made.get(party, f"messages/{told['statement']}/script").ok().json["code"]
            for party in ("COA", "RUS")
        )
        assert ours == theirs
        [seen] = made.items("RUS", "messages")
        assert seen["code"] == ours["spoken"]
        made.post("COA", "calls", {"with_party": "RUS"}).ok(201)
        assert made.get("RUS", "calls").ok().json["items"] == []
        assert made.get("COA", "calls", role=Role.OBSERVER).ok().json["items"] == []


def test_spelling(desk: House) -> None:
    made = desk.get("COA", "spelling", text="AB 12", lang="en").ok().json["spelled"]
    assert [each["word"] for each in made] == ["Alfa", "Bravo", "wun", "too"]
    desk.get("COA", "spelling", text="A", lang="xx").refused("spelling-language", 400)
    desk.get("COA", "spelling", text="☂").refused("spelling-sign", 400)
