"""Two sides that do not tell each other their plans tell a neutral host, and each learns of a conflict."""

from __future__ import annotations

from datetime import timedelta

import pytest
import shapely.geometry
from tests.building_node import circle, message, plan
from tests.hosting import HOST, LAT, LON, A, B, C, hosted

import keepclear.commands.comparing as telling_sides
import keepclear.rules.comparing as comparing
import keepclear.service.hosting as working
from keepclear.geo.figures import Point, Polygon
from keepclear.model.words import Form
from keepclear.service.hosting import Hosting

NEAR = {"lon": LON + 0.011, "lat": LAT}  # 1 km away: the circles overlap
FAR = {"lon": LON + 1.0, "lat": LAT}


def each_side_is_told_of_the_hit(**theirs):
    with hosted() as desk:
        mine = desk.file(A)
        assert desk.found(A) == []
        other = desk.file(B, **theirs)
        told_a, told_b = desk.told(A), desk.told(B)
        assert len(told_a) == len(told_b) == 1, "each side once"
        assert told_a[0]["subject"] == told_b[0]["subject"], "one conflict"
        assert told_a[0]["body"]["notice"] == mine["statement"]
        assert told_b[0]["body"]["notice"] == other["statement"]
        (shown,) = desk.found(A)
        assert (shown["with_party"], shown["form"], shown["theirs"]) == (B, "conflict-only", [])
        assert "Call RUS on the hotline" in shown["words"]
        assert "no permission" in shown["words"]
        assert desk.turn() == 0, "told once"
        assert len(desk.found(HOST)) == 2, "the host's desk shows what each side was told"


def test_both_sides_are_told_of_a_conflict_by_itself():
    each_side_is_told_of_the_hit(**NEAR)


@pytest.mark.parametrize("theirs", [FAR, NEAR | {"hours": (4.0, 5.0)}], ids=["far", "later"])
def test_twin_two_notices_apart_are_no_conflict(theirs):
    with pytest.raises(AssertionError):
        each_side_is_told_of_the_hit(**theirs)


def test_twin_a_party_that_is_no_host_compares_nothing():
    with hosted(kind="monitor") as desk:
        desk.file(A)
        desk.file(B, **NEAR)
        assert desk.told(A) == desk.told(B) == []


def test_a_plan_that_is_only_checked_is_compared_with_nothing():
    with hosted() as desk:
        desk.file(A)
        for _ in range(3):
            desk.house.post(B, "check", plan()).ok(200)
            assert desk.turn() == 0
        desk.file(B, A, **NEAR)  # told to the other side and not to the host
        desk.file(B, "public", **NEAR)  # nor is what everybody was told a filed notice
        assert desk.told(A) == desk.told(B) == []


def test_notices_of_one_party_are_never_a_conflict():
    with hosted() as desk:
        desk.file(A)
        desk.file(A, **NEAR)
        assert desk.told(A) == []


# What each side is told.


def the_other_place_is_not_told(**nudge):
    """The same bytes reach A wherever in the cell, and whenever in the block, the other is."""
    bodies = []
    for theirs in (NEAR, NEAR | nudge):
        with hosted() as desk:
            desk.file(A, radius_m=8_000.0)
            desk.file(B, **theirs)
            bodies.append([told["body"] for told in desk.told(A)])
    assert bodies[0]
    assert bodies[0] == bodies[1]


def test_the_conflict_only_form_says_cells_and_a_window_alone():
    the_other_place_is_not_told(lon=LON + 0.013, lat=LAT + 0.004, hours=(1.5, 3.5), radius_m=1_700.0)


def test_twin_another_cell_is_told():
    with pytest.raises(AssertionError):
        the_other_place_is_not_told(lon=LON - 0.06)


def test_twin_exact_outlines_are_found(monkeypatch):
    monkeypatch.setattr(comparing, "cells_over", _rings)
    with pytest.raises(AssertionError):
        test_the_conflict_only_form_says_cells_and_a_window_alone()


def _rings(outlines):
    hull = shapely.geometry.shape(outlines[0]).convex_hull.simplify(0.001)
    return (Polygon(tuple(Point(lon=lon, lat=lat) for lon, lat in hull.exterior.coords)),)


def what_the_other_released_is_told(form="covering"):
    with hosted() as desk:
        desk.file(A)
        other = desk.file(B, **NEAR)
        desk.file(B, **NEAR, radius_m=15_000.0, subject=other["subject"], form="covering")
        desk.release(B, other, A, form)
        (shown,) = desk.found(A)
        assert shown["form"] == "covering"
        assert [v["area"]["radius_m"] for v in shown["theirs"]] == [15_000.0], "the covering form, no finer"
        assert desk.found(B)[0]["theirs"] == [], "A has released nothing"


def test_a_side_is_told_the_form_that_the_other_released_to_it():
    what_the_other_released_is_told()


def test_twin_without_a_release_for_this_reader_nothing_more_is_told():
    with pytest.raises(AssertionError):
        what_the_other_released_is_told("conflict-only")


def test_a_release_told_to_the_host_may_go_to_no_other_party():
    with hosted() as desk:
        made = desk.file(A)
        body = {"kind": "release", "of": made["subject"], "reader": B, "form": "exact",
                "approved_by_role": "watch chief", "risk_note": "small"}  # fmt: skip
        desk.house.try_tell(A, body, C).refused("kept-in-own-log")
        desk.house.try_tell(A, body, HOST, C).refused("kept-in-own-log")
        assert desk.house.try_tell(A, body, HOST).status == 201


# Again only when a text changed; ended when it no longer stands.


def test_a_changed_text_is_told_to_whom_it_changes_something():
    with hosted() as desk:
        mine = desk.file(A)
        desk.file(B, **NEAR)
        desk.file(A, lon=LON + 0.001, subject=mine["subject"])
        assert desk.told(A)[0]["body"]["notice"] == mine["statement"]
        assert len(desk.told(A)) == 2, "its own text changed"
        assert len(desk.told(B)) == 1, "nothing that B may know has changed"


@pytest.mark.parametrize("how", ["revoked", "moved", "closed"])
def test_a_conflict_that_no_longer_stands_is_said_to_have_ended(how):
    with hosted() as desk:
        mine = desk.file(A)
        desk.file(B, **NEAR)
        if how == "moved":
            desk.file(A, **FAR, subject=mine["subject"])
        elif how == "revoked":
            desk.house.tell(A, {"kind": "revoked", "of": mine["subject"]}, HOST)
        else:
            desk.house.tell(A, {"kind": "status", "of": mine["statement"], "status": "withdrawn"}, HOST)
        desk.turn()
        for party in (A, B):
            (shown,) = desk.found(party)
            assert (shown["ended"], shown["cells"], shown["times_told"]) == (True, [], 2)
        assert desk.turn() == 0


def test_that_a_window_is_over_is_told_to_nobody():
    with hosted() as desk:
        desk.file(A)
        desk.file(B, **NEAR)
        for _ in range(4):
            desk.house.later(6 * 60)
            assert desk.turn() == 0
        assert len(desk.told(A)) == 1


def a_restart_tells_nothing_twice():
    with hosted() as desk:
        desk.file(A)
        desk.file(B, **NEAR)
        desk.engine.hosting = Hosting(lambda: desk.house.node)
        first, second = (Hosting(lambda: desk.house.node) for _ in range(2))
        desk.file(C, **NEAR)
        asks = [*first.turn(), *second.turn()]
        desk.house.node.carry_out(asks)
        desk.house.node.drop()
        desk.engine.hosting.again()
        assert desk.turn() == 0
        assert [len(desk.told(party)) for party in (A, B, C)] == [2, 2, 2]


def test_two_engines_and_a_restart_tell_each_conflict_once():
    a_restart_tells_nothing_twice()


def test_twin_a_host_that_forgot_what_it_told_tells_it_again(monkeypatch):
    monkeypatch.setattr(comparing, "_same", lambda *_: False)
    with pytest.raises(AssertionError):
        a_restart_tells_nothing_twice()


# Caps against probing.


def probed(changes):
    """B moves one notice about to find A's; gives how many hits it was told, and what was said at the end."""
    with hosted() as desk:
        desk.file(A)
        made = desk.file(B, **NEAR)
        for number in range(changes):
            desk.file(B, lon=LON + 0.001 * (number % 8), subject=made["subject"])
        return len(desk.told(B)), desk.told(A, "hits-capped"), desk.told(B, "hits-capped"), desk.found(A)


def test_a_notice_that_is_changed_to_probe_spends_the_cap():
    hits, said_a, said_b, _ = probed(40)
    assert 1 <= hits <= comparing.HITS_A_DAY
    assert len(said_a) == len(said_b) == 1, "the humans of both sides, once"
    assert "ask your hotline" in said_b[0]["body"]["words"]


@pytest.mark.long
def test_twin_a_few_changes_do_not(monkeypatch):
    assert probed(2)[2] == []
    for cap in ("HITS_A_DAY", "CHANGES_A_DAY"):
        monkeypatch.setattr(comparing, cap, 10_000)
    assert probed(40)[0] == 41


def test_changes_that_miss_count_with_the_hit_that_they_led_to():
    with hosted() as desk:
        desk.file(A)
        made = desk.file(B, **FAR)
        for number in range(comparing.CHANGES_A_DAY):
            desk.file(B, lon=LON + 1.0 + number, subject=made["subject"])
        desk.file(B, **NEAR, subject=made["subject"])
        assert desk.told(B) == []
        assert len(desk.told(B, "hits-capped")) == 1
        assert len(desk.told(A)) == 1, "whom it was after is warned all the same"


def one_side_alone_was_told(caplog):
    """B has used up its share, so that A alone is told; and when B goes away, A is told that too."""
    with hosted() as desk:
        desk.file(A)
        made = desk.file(B, **FAR)
        for number in range(comparing.CHANGES_A_DAY):
            desk.file(B, lon=LON + 1.0 + number, subject=made["subject"])
        desk.file(B, **NEAR, subject=made["subject"])
        assert (len(desk.told(A)), len(desk.told(B))) == (1, 0)
        desk.file(C, **NEAR)
        assert len(desk.told(C)) == 2, "the host goes on comparing: A's and B's notice both"
        desk.file(B, **FAR, subject=made["subject"])
        ended = {shown["with_party"]: shown["ended"] for shown in desk.found(A)}
        assert ended == {B: True, C: False}
        assert not caplog.records


def test_a_conflict_of_which_one_side_alone_was_told_ends_for_it(caplog):
    one_side_alone_was_told(caplog)


def test_twin_a_host_that_knows_a_pair_only_by_both_sides_misses_the_end(monkeypatch, caplog):
    met = comparing._met
    monkeypatch.setattr(comparing, "_met", lambda p, sides, s: met(p, sides, s) if len(sides) > 1 else ())
    with pytest.raises(AssertionError):
        one_side_alone_was_told(caplog)


def a_fault_in_comparing_holds_up_no_alarm(desk):
    desk.house.tell(A, message(B), B)
    desk.file(A)
    asks = desk.engine.turn()
    assert desk.house.node.carry_out(asks) is not None
    desk.house.clock.move_to(desk.house.clock.now() + timedelta(minutes=10))
    raised = [desk.engine.turn() for _ in range(2)]
    assert any(raised), "the alarm on the flash that nobody acknowledged"


def test_a_fault_in_comparing_holds_up_no_alarm(monkeypatch, caplog):
    def broken(*_):
        raise ZeroDivisionError

    monkeypatch.setattr(working, "pairs", broken)
    with hosted() as desk:
        a_fault_in_comparing_holds_up_no_alarm(desk)
    assert "could not be compared" in caplog.text


def test_one_notice_over_everything_is_told_no_more_than_the_cap():
    with hosted() as desk:
        for number in range(comparing.HITS_A_DAY + 5):
            desk.file(A, lon=LON + 0.3 * number)
        desk.file(B, lon=LON + 2.5, radius_m=400_000.0)
        for _ in range(3):
            desk.turn()
        assert len(desk.told(B)) == comparing.HITS_A_DAY
        assert len(desk.told(A, "hits-capped")) == 1


def test_the_next_day_what_stands_is_told():
    with hosted() as desk:
        mine = [desk.file(A, lon=LON + 0.3 * number, hours=(1.0, 60.0)) for number in range(14)]
        desk.file(B, lon=LON + 2.0, radius_m=400_000.0, hours=(1.0, 60.0))
        desk.turn()
        assert len(desk.told(B)) == comparing.HITS_A_DAY < len(mine)
        paused = desk.house.get(B, "comparisons").json["paused"]
        assert [each["until"] for each in paused] == ["2018-02-02T00:00:00Z"]
        desk.house.clock.move_to(desk.house.clock.now() + timedelta(days=1))
        desk.turn()
        assert len(desk.told(B)) == len(mine)
        assert desk.house.get(B, "comparisons").json["paused"] == []


def test_a_cap_of_one_pair_holds_back_nothing_of_another():
    with hosted() as desk:
        desk.file(A)
        made = desk.file(B, **NEAR)
        for number in range(20):
            desk.file(B, lon=LON + 0.001 * (number % 8), subject=made["subject"])
        assert desk.told(B, "hits-capped")
        desk.file(C, **NEAR)
        assert len([told for told in desk.told(C) if told["body"]["with_party"] == A]) == 1


def test_a_party_of_which_the_reader_was_not_told_is_not_named():
    with hosted() as desk:
        own = telling_sides.was_described
        telling_sides.was_described = lambda *_: False
        try:
            desk.file(A)
            desk.file(B, **NEAR)
        finally:
            telling_sides.was_described = own
        (told,) = desk.told(A)
        assert "with_party" not in {k for k, v in told["body"].items() if v is not None}
        assert B not in told["body"]["words"]
        assert f"Ask {HOST}." in told["body"]["words"]


def test_the_forms_know_no_exact_conflict_without_a_release():
    with hosted() as desk:
        desk.file(A)
        desk.file(B, **NEAR)
        assert {told["form"] for told in desk.told(A)} == {Form.CONFLICT_ONLY.value}
        assert circle(**NEAR, radius_m=1_000.0) not in [told["body"].get("theirs") for told in desk.told(A)]
