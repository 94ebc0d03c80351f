"""A caller waited 27 minutes for the usual contact; the notice had been misplaced by 9 km (FAIL-02).

What the telephone lacked: roles and not persons, flash, an opening that asks for the message, a read-back
that is plotted, and a drill before the first use. Each with the twin for which it must fail.
"""

from __future__ import annotations

import pytest
from tests.building_node import circle, notice
from tests.stories.talking import alarms, house, message, noted, started, the_call, told_stop

import keepclear.rules.alarming as alarming
import keepclear.views.readbacks as readbacks
import keepclear.views.saying as saying
import keepclear.views.script as script_view
import keepclear.views.threads as threads
from keepclear.model.words import CapStatus, Precedence
from keepclear.views.hearing import Compared, Outcome
from keepclear.views.told import OTHERWISE


def anybody_takes_it_and_it_stands_under_an_office(desk, said):
    """FAIL-02(a): whoever is there takes the call; what stays is the office, also when the name is erased."""
    call = started(desk, "COA", direction="in", gist="asks for the usual contact")
    assert the_call(desk)["state"] == "waiting"
    noted(desk, "COA", call, "answered", {"name": "Sergeant N", **said})
    made = noted(desk, "COA", call, "end", {"gist": "took the message"})
    whole = desk.get("COA", f"statements/{made['statement']}").ok().json["statement"]
    [name] = [each["salted_hash"] for each in whole["attachments"]]
    path = f"/api/v1/desks/COA/attachments/{name}"
    desk.call("DELETE", path, token=desk.token("COA")).ok()
    assert desk.get("COA", "proof").ok().json["verified"] is True
    assert the_call(desk)["answerer_role"] == "interpreter on duty"
    assert b"Sergeant N" not in desk.get("COA", "calls").body


def test_fail_02a_anybody_takes_it_and_it_stands_under_an_office():
    with house() as desk:
        anybody_takes_it_and_it_stands_under_an_office(desk, {"role": "interpreter on duty"})


def test_fail_02a_twin_under_a_name_alone_nobody_knows_who_took_it():
    with house() as desk, pytest.raises(AssertionError):
        anybody_takes_it_and_it_stands_under_an_office(desk, {})


def flash_goes_first_and_falls_due_at_once(desk, precedence):
    """FAIL-02(b): flash is due in two minutes, stands in front of what came before, and is a flash alarm."""
    desk.tell("COA", message("RUS", words="sitrep", precedence="routine"), "RUS")
    told = desk.tell("COA", message("RUS", words="stop", precedence=precedence), "RUS")
    desk.later(1.9)
    assert not any(item["overdue"] for item in desk.items("RUS", "messages"))
    assert "not-received" not in alarms(desk)
    desk.later(0.2)
    found = {item["texts"][0]["words"]: item for item in desk.items("RUS", "messages")}
    assert (found["stop"]["overdue"], found["sitrep"]["overdue"]) == (True, False)
    for party, rule in (("RUS", "acknowledge"), ("COA", "not-received")):
        here = desk.node.desk(party)
        raised = [each.body for each in alarming.wanted(here.picture, here.outbox, desk.clock.now())]
        [alarm] = [each for each in raised if (each.rule, each.matter) == (rule, told["subject"])]
        assert alarm.precedence == "flash"
    first = desk.get("RUS", "attention").ok().json["items"][0]
    assert (first["overdue"], "stop" in first["words"], "sitrep" in first["words"]) == (True, True, False)
    desk.post("RUS", "watch/handovers", {"outgoing": "A", "incoming": "B"}).refused("handover-in-flash")


def test_fail_02b_flash_goes_first_and_falls_due_at_once():
    with house() as desk:
        flash_goes_first_and_falls_due_at_once(desk, "flash")


@pytest.mark.parametrize("precedence", ["priority", "routine"])
def test_fail_02b_twin_a_message_of_lower_precedence_waits(precedence):
    with house() as desk, pytest.raises((AssertionError, KeyError)):
        flash_goes_first_and_falls_due_at_once(desk, precedence)


def test_fail_02b_twin_with_the_time_of_a_priority_message_a_flash_waits(monkeypatch):
    monkeypatch.setitem(
        threads.ACKNOWLEDGE_WITHIN, Precedence.FLASH, threads.ACKNOWLEDGE_WITHIN[Precedence.PRIORITY]
    )
    with house() as desk, pytest.raises((AssertionError, KeyError)):
        flash_goes_first_and_falls_due_at_once(desk, "flash")


def the_script_asks_for_the_message_first(desk):
    """FAIL-02(c): whoever answers says “safety message? pass it now”, in both languages."""
    made = told_stop(desk)
    script = desk.get("COA", f"messages/{made['statement']}/script", lang="ru").ok().json
    assert script["incoming"]["ours"].startswith("Safety message? Pass it now")
    assert script["incoming"]["theirs"].startswith("Сообщение о безопасности? Передавайте сейчас")
    assert script["opening"]["ours"].startswith("Safety message, flash. I pass it now; any officer")
    assert "any officer can take it" in script["on_hold"]["ours"].lower()
    call = started(desk, direction="in")
    desk.later(1.5)
    assert any("Pass it now" in asked.words for asked in alarms(desk)["on-hold"].asks)
    assert the_call(desk)["hold_s"] == 90
    noted(desk, "COA", call, "end")


def test_fail_02c_the_script_asks_for_the_message_first():
    with house() as desk:
        the_script_asks_for_the_message_first(desk)


def test_fail_02c_twin_a_greeting_is_no_opening(monkeypatch):
    greeting = {"en": "Good evening.", "ru": "Добрый вечер.", "ar": "مساء الخير."}
    monkeypatch.setattr(script_view, "INCOMING", greeting)
    assert greeting != saying.INCOMING
    with house() as desk, pytest.raises(AssertionError):
        the_script_asks_for_the_message_first(desk)


def the_misplaced_notice_is_seen_before_it_is_used(desk):
    """FAIL-02(e): nine kilometres off, in two forms: plotted, named, an alarm, and not to be confirmed."""
    told = desk.tell("COA", notice("Air activity", circle(40.18, 35.28, 3_000.0)), "RUS")
    script = desk.get("COA", f"messages/{told['statement']}/script").ok().json
    centre = next(line for line in script["lines"] if line["field"] == "centre")
    assert centre["value"]["ours"] == "35°16'48.0\"N 040°10'48.0\"E / 35.28000N 40.18000E"
    heard = {"kind": "read-back", "of": told["statement"], "role": "desk",
             "fields": {"centre": "35°16'48\"N 040°16'48\"E", "radius": "3 km"}}  # fmt: skip
    desk.tell("RUS", heard, "COA")
    [row] = desk.get("COA", f"messages/{told['statement']}/read-backs").ok().json["readers"]
    wrong = row["fields"][0]
    assert (wrong["field"], wrong["outcome"], row["open"]) == ("centre", "differs", ["centre"])
    assert wrong["gap_m"] == pytest.approx(9_100, abs=100)
    assert wrong["point"]["lon"] == pytest.approx(40.28)
    assert alarms(desk)["read-back/RUS"].title.startswith("READ-BACK DIFFERS: centre")
    desk.post("COA", f"messages/{told['statement']}/confirm", {"reader": "RUS"}).refused("read-back-open")
    desk.tell(
        "RUS", {**heard, "fields": {"centre": "35.2800N 40.1800E", "radius": "three kilometres"}}, "COA"
    )
    assert "read-back/RUS" not in alarms(desk)
    desk.post("COA", f"messages/{told['statement']}/confirm", {"reader": "RUS"}).ok(201)


BANK = {"part": "bank", "name": "bank", "bank": "east"}
COUNT = {"part": "count", "name": "vehicles", "low": 20, "unit": "vehicles"}


def one_alarm_says_what_was_heard_last(desk):
    """FAIL-02(e): three wrong fields are one alarm; what is read back anew is what it says."""
    body = message("RUS", precedence="flash", parts=[BANK, COUNT])
    told = desk.tell("COA", body, "RUS")

    def heard(**fields):
        desk.later()
        read = {"kind": "read-back", "of": told["statement"], "role": "desk", "fields": fields}
        desk.tell("RUS", read, "COA")
        return {rule: body for rule, body in alarms(desk).items() if rule.startswith("read-back")}

    found = heard(bank="west", vehicles="90 vehicles")
    assert list(found) == ["read-back/RUS"], "one to clear, not one for each field"
    assert found["read-back/RUS"].title == "READ-BACK DIFFERS: bank, vehicles, Russian forces in Syria"
    first = found["read-back/RUS"]
    second = heard(vehicles="30 vehicles")["read-back/RUS"]
    assert "90 vehicles" in first.words
    assert "90 vehicles" not in second.words
    assert "30" in second.words
    assert heard(bank="east", vehicles="20 vehicles") == {}


def a_wrong_read_back_is_no_receipt(desk, vehicles="90 vehicles"):
    """FAIL-02(e): who has heard it wrong has not received it; both ends stay called."""
    told = desk.tell("COA", message("RUS", precedence="flash", parts=[BANK, COUNT]), "RUS")
    read = {"kind": "read-back", "of": told["statement"], "role": "desk"}
    desk.later()
    desk.tell("RUS", {**read, "fields": {"bank": "east", "vehicles": vehicles}}, "COA")
    desk.later(180)
    assert {"not-received", "read-back/RUS"} <= set(alarms(desk))
    assert "acknowledge" in alarms(desk, "RUS")
    [row] = desk.items("COA", "messages")[0]["ladders"]
    assert (row["reached"], [step["rung"] for step in row["beside"]]) == ("sent", [OTHERWISE])
    desk.tell("RUS", {**read, "fields": {"vehicles": "20 vehicles"}}, "COA")
    assert not {"not-received", "read-back/RUS"} & set(alarms(desk))
    assert "acknowledge" not in alarms(desk, "RUS")
    [row] = desk.items("COA", "messages")[0]["ladders"]
    assert row["reached"] == "read back"


def test_fail_02e_a_wrong_read_back_is_no_receipt():
    with house() as desk:
        a_wrong_read_back_is_no_receipt(desk)


def test_fail_02e_twin_what_was_heard_right_is_a_receipt():
    with house() as desk, pytest.raises(AssertionError):
        a_wrong_read_back_is_no_receipt(desk, "20 vehicles")


def test_fail_02e_one_alarm_says_what_was_heard_last():
    with house() as desk:
        one_alarm_says_what_was_heard_last(desk)


def test_fail_02e_twin_with_one_reading_of_what_was_heard_the_alarm_stays_as_it_was(monkeypatch):
    first = alarming.mismatches

    def once(picture, kept={}):  # noqa: B006 - keeps what was heard first
        return kept.setdefault("found", [*first(picture)] or None) or []

    monkeypatch.setattr(alarming, "mismatches", once)
    with house() as desk, pytest.raises((AssertionError, KeyError)):
        one_alarm_says_what_was_heard_last(desk)


def test_fail_02e_the_misplaced_notice_is_seen_before_it_is_used():
    with house() as desk:
        the_misplaced_notice_is_seen_before_it_is_used(desk)


def test_fail_02e_twin_without_the_comparison_nine_kilometres_pass(monkeypatch):
    monkeypatch.setattr(readbacks, "compare", lambda part, words: Compared(Outcome.SAME))
    with house() as desk, pytest.raises(AssertionError):
        the_misplaced_notice_is_seen_before_it_is_used(desk)


def a_kind_of_notice_is_drilled_before_its_first_use(desk):
    """FAIL-02(f): the first notice of a kind asks for a call and a drill; after one, no more."""
    desk.tell("COA", notice(), "RUS")
    found = alarms(desk)["first-use/RUS"]
    assert found.title == "First notice of its kind without a drill: movement, Russian forces in Syria"
    assert any("read back in two forms" in asked.words for asked in found.asks)
    run = {"kind": "exercise-run", "activity": "movement", "with_party": "RUS",
           "held": {"at": "2018-02-01T07:00:00Z"}}  # fmt: skip
    desk.tell("COA", {**run, "result": "discrepant"})
    assert "first-use/RUS" in alarms(desk), "a drill that went wrong is none"
    desk.tell("COA", {**run, "result": "understood"})
    assert "first-use/RUS" not in alarms(desk)
    desk.tell("COA", notice(activity="flight"), "RUS")
    assert "flight" in alarms(desk)["first-use/RUS"].title, "another kind is another drill"


def test_fail_02f_a_kind_of_notice_is_drilled_before_its_first_use():
    with house(cap=CapStatus.ACTUAL) as desk:
        a_kind_of_notice_is_drilled_before_its_first_use(desk)


def test_fail_02f_twin_in_an_exercise_itself_nothing_asks_for_one():
    with house() as desk, pytest.raises(KeyError):
        a_kind_of_notice_is_drilled_before_its_first_use(desk)


def test_fail_02f_twin_without_the_rule_the_first_use_is_the_drill(monkeypatch):
    monkeypatch.setattr(alarming, "first_uses", lambda picture, box: iter(()))
    with house(cap=CapStatus.ACTUAL) as desk, pytest.raises(KeyError):
        a_kind_of_notice_is_drilled_before_its_first_use(desk)
