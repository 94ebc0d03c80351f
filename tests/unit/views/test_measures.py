"""Measures with every stance side by side; nothing is in force for everybody."""

from __future__ import annotations

import pytest
from tests.building import COVERING, boundary, minute, speaker, spot, stamp_at, stance, zone

from keepclear.geo.shapes import Clip, Path, Point, Ring, Side
from keepclear.geo.volumes import Altitude, Datum
from keepclear.model.hotline import Rung, RungReached
from keepclear.model.incidents import Linked, LinkKind, PublicStated, Topic
from keepclear.model.measures import (
    Banks,
    Basis,
    Effect,
    MeasureKind,
    MeasureStated,
    OverlayOffered,
    Post,
    Stance,
)
from keepclear.model.notices import RemarkMade
from keepclear.model.telling import Revoked, StatusStated
from keepclear.model.words import PUBLIC, Form, Place, Via
from keepclear.times import Precision, Window, stamp
from keepclear.views.measures import measures, overlays, stances

NOW = minute(500)


def row(world, party="COA", name=None, now=NOW):
    rows = [found for found in measures(world.picture(party), now) if name is None or found.name == name]
    assert len(rows) == 1
    return rows[0]


@pytest.mark.parametrize("effect", list(Effect))
@pytest.mark.parametrize("kind", list(MeasureKind))
def test_fail_03e_every_effect_reads_as_a_stand_off_requested(world, effect, kind):
    world.tell("COA", MeasureStated("m", kind, effect, Basis.DECLARED, step_back_m=500.0))
    wording = row(world).wording
    assert wording.startswith("stand-off requested: ")
    assert not {"exclusion", "clear", "safe", "approved", "line"} & set(wording.replace(",", "").split())


def test_a_call_zone_asks_for_a_call_first(world):
    world.tell("COA", zone())
    assert row(world).wording == "stand-off requested: call first"


def test_a_step_back_says_how_far(world):
    body = MeasureStated("step back", MeasureKind.STEP_BACK, Effect.CALL, Basis.AGREED, step_back_m=500.0)
    world.tell("COA", body)
    assert row(world).wording == "stand-off requested: each side steps back 500 m"


def test_one_sides_word_is_declared(world):
    world.tell("COA", zone(), "RUS")
    assert row(world, "RUS").standing == "declared"


def test_an_agreed_text_is_proposed_then_operative_then_suspended(world):
    first = world.tell("COA", boundary(), "RUS")
    assert row(world).standing == "proposed"
    taken = world.tell("RUS", stance(first, "RUS"), "COA")
    assert row(world).standing == "operative"
    world.tell("RUS", stance(first, "RUS", Stance.REJECTED), "COA", subject=taken.subject)
    assert row(world).standing == "suspended"


def test_the_operative_text_is_shown_while_a_later_one_is_proposed(world):
    first = world.tell("COA", boundary("one"), "RUS")
    world.tell("RUS", stance(first, "RUS"), "COA")
    second = world.tell("COA", boundary("two"), "RUS", subject=first.subject)
    found = row(world)
    assert (found.name, found.statement, found.standing) == ("one", first.id, "operative")
    assert [(text.ordinal, text.standing) for text in found.texts] == [(1, "operative"), (2, "proposed")]
    world.tell("RUS", stance(second, "RUS"), "COA")
    found = row(world)
    assert (found.name, found.standing) == ("two", "operative")
    assert [text.standing for text in found.texts] == ["superseded", "operative"]


def test_a_measure_taken_back_is_withdrawn_and_not_drawn(world):
    first = world.tell("COA", zone(), "RUS")
    assert row(world, "RUS").outline is not None
    world.tell("COA", Revoked(first.subject), "RUS")
    found = row(world, "RUS")
    assert (found.standing, found.outline, found.belt) == ("withdrawn", None, None)


@pytest.mark.parametrize(
    ("status", "standing"),
    [
        ("suspended", "suspended"),
        ("paused", "suspended"),
        ("lapsed", "withdrawn"),
        ("under review", "declared"),
    ],
)
def test_its_owner_can_state_its_condition(world, status, standing):
    first = world.tell("COA", zone(), "RUS")
    world.tell("COA", StatusStated(first.id, status), "RUS")
    assert row(world, "RUS").standing == standing


def test_a_condition_stated_by_somebody_else_changes_nothing(world):
    first = world.tell("COA", zone(), "RUS")
    world.tell("RUS", StatusStated(first.id, "suspended"), "COA")
    assert row(world).standing == "declared"


def rival_stances(world):
    """ACC-16 to ACC-18: agreed as the US says, rejected as Moscow says, not recognised, silent."""
    first = world.tell("COA", zone(), PUBLIC, at=1)
    world.tell(
        "COA", stance(first, "RUS", as_of=stamp_at(2)), PUBLIC, said_by=speaker("US (earlier)", "COA"), at=2
    )
    world.tell(
        "PRESS",
        stance(first, "RUS", Stance.REJECTED, words="illegitimate", as_of=stamp_at(9)),
        PUBLIC,
        said_by=speaker("Moscow", "RUS"),
        via=Via.PRESS,
        at=9,
    )
    world.tell("SYR", stance(first, "SYR", Stance.NOT_RECOGNISED), PUBLIC, at=5)
    world.tell("COA", stance(first, "PGF", Stance.SILENT), PUBLIC, said_by=speaker("COA desk", "COA"), at=6)
    return first


def test_fail_03b_two_stances_of_one_party_stand_with_date_and_speaker(world):
    rival_stances(world)
    of_rus = [found for found in row(world).stances if found.party == "RUS"]
    assert [(found.stance, found.said.speaker, found.own) for found in of_rus] == [
        ("agreed", "US (earlier)", False),
        ("rejected", "Moscow", False),
    ]
    assert all(found.latest and found.on_this_text for found in of_rus)
    assert [found.when.at for found in of_rus] == [stamp_at(2).at, stamp_at(9).at]


def test_fail_03b_twin_without_the_second_word_one_stance_stands(world):
    first = world.tell("COA", zone(), PUBLIC)
    world.tell("COA", stance(first, "RUS"), PUBLIC, said_by=speaker("US (earlier)", "COA"))
    assert [found.stance for found in row(world).stances] == ["agreed"]


def test_parties_of_whom_no_stance_is_known_are_named_without_owner_and_archive(world):
    rival_stances(world)
    assert row(world).no_stance == ("Syrian Democratic Forces",)


def test_stances_stand_in_the_order_of_their_matter(world):
    first = world.tell("COA", zone(), "RUS", at=1)
    world.tell("RUS", stance(first, "RUS", Stance.REJECTED, as_of=stamp_at(50)), "COA", at=60)
    world.tell("RUS", stance(first, "RUS", Stance.TACIT, as_of=stamp_at(10)), "COA", at=70)
    found = stances(world.picture("COA"), first.subject)
    assert [(item.stance, item.latest) for item in found] == [("tacit", False), ("rejected", True)]
    assert all(item.own for item in found)


def test_the_latest_is_told_per_party_and_speaker(world):
    first = world.tell("COA", zone(), "RUS", at=1)
    for at, name in ((2, "A"), (3, "A"), (4, "B")):
        world.tell("COA", stance(first, "RUS"), said_by=speaker(name, "RUS"), at=at)
    found = stances(world.picture("COA"), first.subject)
    assert [(item.said.speaker, item.latest) for item in found] == [("A", False), ("A", True), ("B", True)]


def test_a_stance_taken_back_stays_but_is_no_latest(world):
    first = world.tell("COA", zone(), "RUS")
    taken = world.tell("RUS", stance(first, "RUS"), "COA")
    world.tell("RUS", Revoked(taken.subject), "COA")
    assert [item.latest for item in stances(world.picture("COA"), first.subject)] == [False]


def test_a_stance_on_an_older_text_says_so(world):
    first = world.tell("COA", zone("one"), "RUS")
    world.tell("RUS", stance(first, "RUS", Stance.TACIT), "COA")
    world.tell("COA", zone("two"), "RUS", subject=first.subject)
    assert [item.on_this_text for item in row(world).stances] == [False]


def test_a_zone_is_drawn_with_its_radius_and_without_a_belt(world):
    world.tell("COA", zone())
    found = row(world)
    assert (found.radius_m, found.belt) == (55_000.0, None)
    assert found.outline["type"] == "Polygon"


def test_a_clipped_zone_is_drawn_smaller(world):
    world.tell("COA", zone("whole"))
    clip = Clip(Path((Point(36.8340, 32.3134), Point(38.7923, 33.3736), Point(41.0064, 34.4194))), Side.LEFT)
    world.tell("COA", zone("cut", clips=(clip,)))
    south = {
        name: min(lat for _, lat in row(world, name=name).outline["coordinates"][0])
        for name in ("whole", "cut")
    }
    assert south["cut"] > south["whole"] + 0.05


def test_a_boundary_is_drawn_as_its_path_with_a_belt_and_names_its_banks(world):
    banks = Banks("east bank", "west bank", ("COA", "SDF"), ("RUS", "PGF"))
    world.tell("COA", boundary(banks=banks, drawn_from="a sketch"))
    found = row(world)
    assert found.outline["type"] == "LineString"
    assert found.belt["type"] == "Polygon"
    assert (found.tolerance_m, found.reach_m, found.radius_m) == (2_500.0, 60_000.0, None)
    assert (found.left_bank, found.right_parties) == ("east bank", ("RUS", "PGF"))


def test_a_boundary_without_tolerance_has_no_belt(world):
    world.tell("COA", boundary(tolerance_m=None))
    assert row(world).belt is None


def test_segments_change_status_one_by_one(world):
    whole = world.tell("COA", boundary("whole"), "RUS")
    upper = world.tell("COA", boundary("upper", part_of=whole.subject), "RUS")
    world.tell("COA", boundary("lower", part_of=whole.subject), "RUS")
    world.tell("RUS", stance(upper, "RUS"), "COA")
    found = row(world, name="whole")
    assert [(part.name, part.standing) for part in found.segments] == [
        ("lower", "proposed"),
        ("upper", "operative"),
    ]
    assert row(world, name="upper").part_of.name == "whole"


def test_monitors_guarantors_and_posts_are_named_in_full(world):
    post = Post("post 1", "RUS", spot(36.4, 35.9, 200.0, "near Idlib"))
    hidden = Post("post 2", "RUS", Place(withheld=True))
    body = MeasureStated(
        "Idlib area",
        MeasureKind.DE_ESCALATION_AREA,
        Effect.MONITORED,
        Basis.AGREED,
        place=spot(36.4, 35.9, 30_000.0),
        guarantors=("RUS",),
        monitors=("RUS",),
        posts=(post, hidden),
    )
    world.tell("RUS", body, "COA")
    found = row(world)
    assert found.monitors == found.guarantors == ("Russian forces in Syria",)
    assert found.outline is not None
    assert [(item.name, item.monitor_name, item.outline is None) for item in found.posts] == [
        ("post 1", "Russian forces in Syria", False),
        ("post 2", "Russian forces in Syria", True),
    ]
    assert found.posts[1].place == "place withheld"


def test_unknown_heights_are_unbounded_and_said_to_be(world):
    world.tell("COA", zone("plain"))
    world.tell("COA", zone("capped", ceiling=Altitude(3_000.0, Datum.AMSL)))
    assert row(world, name="plain").heights == "all heights (none stated)"
    assert row(world, name="capped").heights == "no floor stated, up to 3,000 m above mean sea level"


def test_a_ring_gives_its_outer_radius(world):
    world.tell("COA", zone(shape=Ring(Point(38.6, 33.5), 7_000.0, 12_000.0)))
    assert row(world).radius_m == 12_000.0


def test_scn_1_11_a_statement_about_a_zone_is_tied_to_it(world):
    first = world.tell("COA", zone(), PUBLIC)
    said = world.tell(
        "PRESS",
        PublicStated(Topic.DESCRIPTION, "not an exclusion area", about=(first.subject,)),
        PUBLIC,
        said_by=speaker("US spokesman", "COA"),
        said_at=stamp("2017-06-09", "+03:00", Precision.DAY),
    )
    other = world.tell("COA", zone("other"), PUBLIC)
    world.tell("COA", Linked(other.subject, first.subject, LinkKind.SAME_SERIES), PUBLIC)
    found = row(world, "RUS", "At Tanf zone")
    assert [item.subject for item in found.linked] == [other.subject, said.subject]


def test_remarks_and_statements_by_others_on_the_subject_stand_beside(world):
    first = world.tell("COA", zone(), PUBLIC)
    world.tell("RUS", RemarkMade("drawn on an old map", (first.subject,)), PUBLIC)
    world.tell("RUS", zone("not theirs"), PUBLIC, subject=first.subject)
    found = row(world)
    assert [item.remarks for item in found.remarks] == ["drawn on an old map"]
    assert [item.author for item in found.not_owner] == ["RUS"]
    assert found.name == "At Tanf zone"


def test_a_covering_form_is_a_text_of_its_own(world):
    first = world.tell("COA", zone(), "RUS")
    world.tell("COA", zone(radius_m=60_000.0), "RUS", subject=first.subject, form=COVERING)
    assert [text.form for text in row(world, "RUS").texts] == ["exact", "covering"]


def test_a_map_exchange_shows_items_and_a_ladder_for_each_reader(world):
    first = world.tell("COA", boundary(), "RUS", "SDF")
    secret = world.tell("COA", zone("kept back"))
    offered = world.tell(
        "COA", OverlayOffered("maps 1", (first.id, secret.id), ("places of posts",)), "RUS", "SDF"
    )
    world.tell("RUS", RungReached(offered.id, "RUS", Rung.READ_BACK, "liaison officer"), "COA")
    own = overlays(world.picture("COA"), world.box("COA"), NOW)[0]
    assert [(item.reader, item.reached) for item in own.ladders] == [("RUS", "read back"), ("SDF", "sent")]
    assert [(item.name, item.standing) for item in own.items] == [
        ("Euphrates boundary", "proposed"),
        ("kept back", "declared"),
    ]
    theirs = overlays(world.picture("RUS"), world.box("RUS"), NOW)[0]
    assert [(own.reader, own.reached) for own in theirs.ladders] == [("RUS", "read back")]
    assert [item.name for item in theirs.items] == ["Euphrates boundary", "not told here"]
    assert theirs.left_out == ("places of posts",)


def test_a_coarse_form_for_others_leaves_the_owner_its_outline_and_its_name(world):
    exact = world.tell("COA", zone("exact"), "SDF")
    bare = zone("somewhere", shape=None, place=Place("in the east"))
    world.tell("COA", bare, "RUS", subject=exact.subject, form=Form.CONFLICT_ONLY)
    own, theirs = row(world), row(world, "RUS")
    assert own.name == "exact"
    assert own.outline is not None
    assert [(text.form, text.standing) for text in own.texts] == [
        ("exact", "declared"),
        ("conflict-only", "declared"),
    ]
    assert (theirs.name, theirs.outline) == ("somewhere", None)


def test_what_was_agreed_and_is_declared_anew_by_one_side_is_only_proposed(world):
    first = world.tell("COA", boundary("one"), "RUS")
    world.tell("RUS", stance(first, "RUS"), "COA")
    world.tell("COA", boundary("moved", basis=Basis.DECLARED), "RUS", subject=first.subject)
    found = row(world, "RUS")
    assert (found.name, found.standing) == ("one", "operative")
    assert [text.standing for text in found.texts] == ["operative", "proposed"]


def test_a_stance_dated_by_a_clock_that_is_ahead_outlasts_no_later_one(world):
    first = world.tell("COA", zone(), "RUS")
    world.tell("RUS", stance(first, "RUS", Stance.AGREED, as_of=stamp_at(33_000_000)), "COA")
    world.tell("RUS", stance(first, "RUS", Stance.REJECTED), "COA")
    assert [(taken.stance, taken.latest) for taken in row(world).stances] == [
        ("agreed", False),
        ("rejected", True),
    ]


@pytest.mark.parametrize(
    ("at", "force", "words"),
    [
        (99, "not yet in force", "not yet in force, from 2018-02-01 09:40Z until 2018-02-01 11:20Z"),
        (100, "in force", "in force until 2018-02-01 11:20Z"),
        (199, "in force", "in force until 2018-02-01 11:20Z"),
        (200, "lapsed", "lapsed since 2018-02-01 11:20Z"),
    ],
)
def test_a_measure_says_whether_its_times_run(world, at, force, words):
    made = world.tell("COA", zone(), valid=Window(minute(100), minute(200)))
    world.tell("COA", OverlayOffered("map", (made.id,)), "RUS")
    found = row(world, now=minute(at)).validity
    assert (found.force, found.words) == (force, words)
    item = overlays(world.picture("COA"), world.box("COA"), minute(at))[0].items[0]
    assert item.validity == found


def test_a_measure_without_times_says_nothing_of_them(world):
    world.tell("COA", zone())
    assert row(world).validity.words == ""


def test_a_proposed_measure_is_not_said_to_be_in_force(world):
    world.tell("COA", boundary(), "RUS", valid=Window(minute(1), None))
    found = row(world, now=minute(2))
    assert found.standing == "proposed"
    assert found.validity.force == "stated"
