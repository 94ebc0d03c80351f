"""Calls for a hospital under fire were answered "do not know"; no cell that could act was reached (FAIL-01).

Played over HTTP on a node whose engine turns. The twins: nothing climbs once the caller's own officer has
seen it; one held party is left out; outsiders are called with the site's name.
"""

from __future__ import annotations

import pytest
from tests.building_node import house, party_body, release, rung, spot, zone
from tests.watching import Post, claim

import keepclear.commands.danger as danger
import keepclear.rules.danger as rule
import keepclear.rules.watch as watch
import keepclear.views.answerers as answerers
from keepclear.model.words import Precedence
from keepclear.rules.coarseness import tells_coordinates
from keepclear.rules.escalation import plan_for
from keepclear.service.deadlines import Engine
from keepclear.service.heartbeat import Heartbeat

HOSPITAL = "Hospital of the lower town"
WORDS = "Fire falls on the hospital since 02:08."


class Night:
    """A node with a protected site that RUS and a party reached by voice hold, and SDF does not."""

    def __init__(self):
        self.house = house()
        self.post = Post()
        self.engine = Engine(lambda: self.house.node, self.post, Heartbeat(None, "test"))
        self.house.node.carry_out(self.engine.begin())
        self.house.tell("COA", party_body("OCHA", "Air cell by radio") | {"reach": "voice"}, "public")
        body = zone(
            HOSPITAL, measure="protected site", effect="keep-out-requested", shape=spot(39.01, 35.95, 30.0)
        )
        self.site = self.house.tell("COA", body)
        for reader in ("RUS", "OCHA"):
            self.house.tell("COA", release(self.site["subject"], reader, "exact"))
            self.on(reader)

    def on(self, reader):
        body = {"statement": self.site["statement"], "readers": [reader]}
        self.house.post("COA", "tellings", body).ok(201)

    def call(self, **body):
        path = f"sites/{self.site['subject']}/danger"
        return self.house.post("COA", path, {"words": WORDS, **body})

    def run(self, minutes, tick_s=10):
        for _ in range(int(minutes * 60 / tick_s)):
            self.turn()
            self.house.later(tick_s / 60)
        self.turn()

    def turn(self):
        self.house.node.carry_out(self.engine.turn())
        for row in self.engine.waiting():
            claimed = claim(self.engine, row)
            if claimed is not None and self.engine.deliver(claimed):
                self.house.node.carry_out([self.engine.record(claimed)])

    def alarms(self, party="COA"):
        return self.house.get(party, "alarms", all="yes").ok().json["alarms"]

    def alarm(self):
        return next(each for each in self.alarms() if each["rule"] == "site-in-danger")

    def waiting(self):
        return [name for item in self.house.items("COA", "dangers") for name in item["waiting"]]

    def acknowledge(self, party):
        come = [m for m in self.house.items(party, "messages") if m["purpose"] == "site in danger"][-1]
        held = self.house.get(party, f"statements/{come['statement']}").ok().json
        of = {"statement": come["statement"], "digest": held["digest"]}
        self.house.tell(party, rung(of, party), "COA")

    def came(self, title, since):
        return [each.role for each in self.post.came[since:] if title in each.words]


@pytest.fixture
def night():
    made = Night()
    yield made
    made.house.close()


def the_call_climbs_until_a_named_person_of_everybody_answers(night):
    """FAIL-01(c): every cell at once, site id filled in, repeats and climbs until a named human answers."""
    made = night.call(outside=["SDF"], area="the north-east of the province").ok(201).json
    assert {place["reader"] for place in made["told"]} == {"COA", "RUS", "OCHA"}
    theirs = night.house.items("RUS", "messages")[-1]
    assert (theirs["precedence"], theirs["purpose"]) == ("flash", "site in danger")
    assert night.site["subject"] in theirs["texts"][0]["words"]
    assert WORDS in theirs["texts"][0]["words"]
    assert theirs["about"][0]["subject"] == night.site["subject"]
    outside = night.house.items("SDF", "messages")[-1]
    assert "a protected site in the north-east of the province" in outside["texts"][0]["words"]
    shown = night.house.get("SDF", "picture").ok().body + night.house.get("SDF", "held").ok().body
    for kept in (HOSPITAL, night.site["subject"], WORDS, "39.01"):
        assert kept.encode() not in shown, "those who were never told the site do not learn which it is"
    at = {m["said"]["stated_at"] for p in ("RUS", "SDF") for m in night.house.items(p, "messages")}
    assert len(at) == 1, "everybody at once"

    night.run(11)
    roles = set(night.came("no answer from", 0))
    assert {"duty officer", "any officer", "deputy", "commander", "chief of staff"} <= roles
    assert any(each["rule"] == "acknowledge" for each in night.alarms("RUS")), "it climbs at theirs too"

    matters = [each["subject"] for each in night.alarms() if each["rule"] == "site-in-danger"]
    for matter in matters:
        night.house.post("COA", f"alarms/{matter}/acknowledge", {}).ok(201)
    since = len(night.post.came)
    night.run(5)
    assert night.came("no answer from", since), "seen by the own officer, it repeats all the same"
    night.house.post("COA", f"alarms/{matter}/end", {"reason": "seen"}).refused("alarm-state")

    night.acknowledge("RUS")
    night.acknowledge("SDF")
    night.run(1)
    assert night.waiting() == ["Air cell by radio"], "a machine's receipt is no person's"
    by_phone = rung({"statement": made["statement"]}, "OCHA")
    said_by = {"name": "Captain Ray", "office": "watch officer", "party": "OCHA"}
    night.house.tell("COA", by_phone, via="phone", said_by=said_by)
    night.run(1)
    assert night.waiting() == []
    last = [call for item in night.house.items("COA", "dangers") for call in item["called"]]
    assert {(call["party"], call["how"]) for call in last} == {
        ("RUS", "own"), ("OCHA", "reported"), ("SDF", "own"),
    }  # fmt: skip
    ended = [each["state"] for each in night.alarms() if each["rule"] == "site-in-danger"]
    assert set(ended) <= {"ended", "returned, unacknowledged"}


def test_fail_01c_the_call_climbs_until_a_named_person_of_everybody_answers(night):
    the_call_climbs_until_a_named_person_of_everybody_answers(night)


def test_fail_01c_twin_a_plan_that_rests_once_it_was_seen_is_not_enough(night, monkeypatch):
    monkeypatch.setattr(rule, "plan_in_danger", lambda: plan_for(Precedence.FLASH))
    with pytest.raises(AssertionError, match="repeats all the same"):
        the_call_climbs_until_a_named_person_of_everybody_answers(night)


def test_fail_01c_twin_without_its_rule_nothing_climbs(night, monkeypatch):
    monkeypatch.setattr("keepclear.rules.alarming.unanswered", lambda picture, now: [])
    with pytest.raises(AssertionError):
        the_call_climbs_until_a_named_person_of_everybody_answers(night)


def test_fail_01c_twin_one_form_of_words_for_all_would_tell_outsiders_the_site(night, monkeypatch):
    def all_alike(desk, site, body, asked):
        first = next(groups(desk, site, body, asked))
        yield type(first)((*first.readers, *asked.outside), first.words, ())

    groups = danger._groups
    monkeypatch.setattr(danger, "_groups", all_alike)
    with pytest.raises(AssertionError):
        the_call_climbs_until_a_named_person_of_everybody_answers(night)


def test_fail_01c_an_answer_of_nobody_named_or_of_a_party_with_a_node_is_no_answer(night):
    made = night.call().ok(201).json
    unclear = {"name": "somebody", "party": "OCHA", "unclear": True}
    night.house.tell("COA", rung(made | {"digest": ""}, "OCHA"), via="phone", said_by=unclear)
    spoken = {"name": "Colonel Ivanov", "party": "RUS"}
    night.house.tell("COA", rung(made | {"digest": ""}, "RUS"), via="phone", said_by=spoken)
    assert len(night.waiting()) == 2


def test_fail_01c_who_answered_is_named_by_office_and_the_words_promise_no_more(night):
    night.call().ok(201)
    night.run(1)
    assert "named by office" in night.alarm()["words"]
    night.acknowledge("RUS")
    [call] = night.house.items("COA", "dangers")
    by = {row["party"]: row["by"] for row in call["called"]}
    assert by["RUS"] == "duty officer", "the office stands in the record; a name never does"


def test_fail_01c_no_call_tells_where_the_site_is(night):
    before = night.house.size()
    night.call(words="It is at 35.95000 N 39.01000 E").refused("LIM-06", 403)
    night.call(outside=["SDF"]).refused("LIM-06", 403)
    night.call(outside=["SDF"], area=f"beside {HOSPITAL}").refused("LIM-06", 403)
    assert night.house.size() == before


COORDINATES = (
    "Fire at 33.5 N 38.6 E", "Fire at N33.5 E38.6", "fire, 38 east 33 north", "33° and some",
    "35.9500 39.0100",
)  # fmt: skip


def coordinates_are_refused_in_any_of_the_words(night):
    before = night.house.size()
    for words in COORDINATES:
        night.call(words=words).refused("LIM-06", 403)
        night.call(outside=["SDF"], area=words).refused("LIM-06", 403)
    assert night.house.size() == before


def test_fail_01c_coordinates_are_refused_however_coarse(night):
    coordinates_are_refused_in_any_of_the_words(night)
    night.call(words="At 02.08, 02.15 and 03.10: 20 shells from the north, 3 km east of us.").ok(201)


def test_fail_01c_twin_a_rule_for_fine_coordinates_alone_lets_coarse_ones_through(night, monkeypatch):
    monkeypatch.setattr(danger, "tells_a_position", tells_coordinates)
    with pytest.raises(AssertionError):
        coordinates_are_refused_in_any_of_the_words(night)


def test_fail_01c_the_same_key_calls_once_and_a_withdrawn_call_rests(night):
    path, body = f"sites/{night.site['subject']}/danger", {"words": WORDS}
    first = night.house.post("COA", path, body, key="once").ok(201).json
    size = night.house.size()
    again = night.house.post("COA", path, body, key="once").ok(200).json
    assert (again["repeated"], again["statement"], night.house.size()) == (True, first["statement"], size)
    night.run(1)
    assert night.alarm()["state"] == "unacknowledged, active"
    night.house.later()
    night.house.tell("COA", {"kind": "revoked", "of": first["subject"], "reason": "over"}, "RUS", "OCHA")
    night.run(1)
    assert night.alarm()["state"] in ("returned, unacknowledged", "ended")
    assert night.house.items("COA", "dangers") == []


def a_site_is_not_taken_back_while_a_call_for_it_stands(night):
    call = night.call().ok(201).json
    of_site = {"kind": "revoked", "of": night.site["subject"], "reason": "over"}
    night.house.later()
    refused = night.house.try_tell("COA", of_site, "RUS").refused("site-in-danger", 422).json
    command = f"keepclear withdraw {call['subject']}"
    assert command in refused["passes"]
    night.run(1)
    assert command in night.alarm()["words"], "the alarm prints the command too"
    assert [row["subject"] for row in night.house.items("COA", "sites")] == [night.site["subject"]]
    night.house.tell("COA", {"kind": "revoked", "of": call["subject"], "reason": "over"}, "RUS", "OCHA")
    night.house.later()
    night.house.try_tell("COA", of_site, "RUS", "OCHA").ok(201)


def test_fail_01c_a_site_is_not_taken_back_while_a_call_for_it_stands(night):
    a_site_is_not_taken_back_while_a_call_for_it_stands(night)


def test_fail_01c_twin_without_the_rule_the_site_goes_and_the_call_stays(night, monkeypatch):
    monkeypatch.setattr("keepclear.commands.admission.refuse_while_called", lambda picture, site: None)
    with pytest.raises(AssertionError):
        a_site_is_not_taken_back_while_a_call_for_it_stands(night)


def test_fail_01c_who_holds_the_site_may_call_its_owner(night):
    path = f"sites/{night.site['subject']}/danger"
    made = night.house.post("RUS", path, {"words": WORDS}).ok(201).json
    assert [place["reader"] for place in made["told"]] == ["RUS", "COA"]
    night.house.post("SDF", path, {"words": WORDS}).refused("site", 404)


def no_false_words_are_left_once_everybody_has_answered(night):
    """FAIL-01(c): answered, no screen and no paper goes on saying that nobody has."""
    call = night.call().ok(201).json
    night.run(1)
    night.acknowledge("RUS")
    by_phone = rung({"statement": call["statement"]}, "OCHA")
    night.house.tell("COA", by_phone, via="phone", said_by={"name": "Captain Ray", "party": "OCHA"})
    night.run(1)
    shown = night.alarm()
    assert shown["title"].startswith("CAUSE GONE (was: SITE IN DANGER")
    assert shown["title"].endswith("): a person of everybody called, named by office, has answered")
    assert (shown["asks"], shown["state"]) == ([], "returned, unacknowledged")
    since = len(night.post.came)
    night.run(14)
    assert night.post.came[since:] == [], "what is over does not call every two minutes"
    night.run(2)
    reminded = [each.words for each in night.post.came[since:]]
    assert reminded
    assert all("CAUSE GONE" in words for words in reminded)
    papers = night.house.get("COA", "sitrep").ok().json["markdown"].splitlines()
    watch = [item["words"] for item in night.house.get("COA", "watch").ok().json["items"]]
    told = [row for row in (*papers, *watch) if "no answer from" in row]
    assert told
    assert all("CAUSE GONE" in row for row in told)


def test_fail_01c_no_false_words_are_left_once_everybody_has_answered(night):
    no_false_words_are_left_once_everybody_has_answered(night)


@pytest.mark.parametrize(
    "where", ["keepclear.views.alarms", "keepclear.rules.watch", "keepclear.rules.escalation"]
)
def test_fail_01c_twin_the_title_as_it_was_raised_says_what_is_no_longer_so(night, monkeypatch, where):
    monkeypatch.setattr(f"{where}.title_now", lambda found: found.body.title)
    with pytest.raises(AssertionError):
        no_false_words_are_left_once_everybody_has_answered(night)


def test_fail_01c_a_withdrawn_call_is_not_said_to_be_answered(night):
    call = night.call().ok(201).json
    night.run(1)
    night.house.tell("COA", {"kind": "revoked", "of": call["subject"], "reason": "over"}, "RUS", "OCHA")
    night.run(1)
    assert night.alarm()["title"].startswith("CAUSE GONE (was: SITE IN DANGER")
    assert night.alarm()["title"].endswith("): the call was withdrawn")


def the_last_word_of_who_was_called_is_shown(night):
    """FAIL-01(c): what they said after they acknowledged is shown too: that they will act, or will not."""
    call = night.call().ok(201).json
    night.acknowledge("RUS")
    night.house.later()
    come = [m for m in night.house.items("RUS", "messages") if m["purpose"] == "site in danger"][-1]
    night.house.tell("RUS", {"kind": "answer", "answer": "will act"}, "COA", answers=[come["statement"]])
    [shown] = night.house.items("COA", "dangers")
    [theirs] = [row for row in shown["called"] if row["party"] == "RUS"]
    assert (theirs["how"], theirs["by"]) == ("own", "duty officer")
    assert theirs["words"] == "acknowledged, then will act"
    assert shown["subject"] == call["subject"]


def test_fail_01c_the_last_word_of_who_was_called_is_shown(night):
    the_last_word_of_who_was_called_is_shown(night)


def test_fail_01c_twin_the_first_word_alone_hides_the_answer(night, monkeypatch):
    kept = answerers._answers
    monkeypatch.setattr(answerers, "_answers", lambda picture, entry: iter([*kept(picture, entry)][:1]))
    with pytest.raises(AssertionError):
        the_last_word_of_who_was_called_is_shown(night)


def the_papers_name_the_site_and_whose_word_is_a_report(night):
    """FAIL-01(c): the papers hold the call while it stands, and what was only reported as a report."""
    call = night.call().ok(201).json

    def rows(paper):
        return night.house.get("COA", paper).ok().json["markdown"].splitlines()

    for paper in ("sitrep", "agenda"):
        assert any(HOSPITAL in row and "no answer from" in row for row in rows(paper))
    night.acknowledge("RUS")
    by_phone = rung({"statement": call["statement"]}, "OCHA")
    night.house.tell("COA", by_phone, via="phone", said_by={"name": "Captain Ray", "party": "OCHA"})
    for paper in ("sitrep", "agenda"):
        assert any(
            f"{HOSPITAL}: called by this desk" in row and "stands; everybody" in row for row in rows(paper)
        )
    assert any("Air cell by radio: as reported by this desk alone" in row for row in rows("sitrep"))
    night.house.later()
    night.house.tell("COA", {"kind": "revoked", "of": call["subject"], "reason": "over"}, "RUS", "OCHA")
    assert not any("called by this desk" in row for row in rows("sitrep"))


def test_fail_01c_the_papers_name_the_site_and_whose_word_is_a_report(night):
    the_papers_name_the_site_and_whose_word_is_a_report(night)


@pytest.mark.parametrize("left_out", ["_in_danger", "_reported_alone"])
def test_fail_01c_twin_a_paper_that_leaves_it_out_is_found_out(night, monkeypatch, left_out):
    monkeypatch.setattr(watch, left_out, lambda *_: iter(()))
    with pytest.raises(AssertionError):
        the_papers_name_the_site_and_whose_word_is_a_report(night)
