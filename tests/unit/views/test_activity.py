"""Notices, presences, sightings and build-ups: each on somebody's word, none silently dropped."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.building import (
    COVERING,
    boundary,
    count,
    hotline,
    incident,
    minute,
    speaker,
    spot,
    stamp_at,
    zone,
)

from keepclear.geo.shapes import Circle, Point
from keepclear.geo.volumes import Volume
from keepclear.model.channels import ContactLogged, ContactPurpose, Direction
from keepclear.model.hotline import Answer, AnswerGiven, MessageSent, Purpose, Text
from keepclear.model.notices import (
    Activity,
    Band,
    BuildUpStated,
    Hazard,
    NoticeStated,
    Observed,
    PresenceStated,
    RemarkMade,
    Seen,
)
from keepclear.model.parties import RelationKind, RelationStated
from keepclear.model.telling import Revoked, StatusStated
from keepclear.model.words import PUBLIC, Level, Place, Precedence
from keepclear.times import Window
from keepclear.views.activity import buildups, notices, observations, presences, remarks

AREA = Circle(Point(40.30, 35.30), 5_000.0)


def notice(what="convoy", start=None, end=None, activity=Activity.MOVEMENT, **more):
    window = Window(None if start is None else minute(start), None if end is None else minute(end))
    return NoticeStated(activity, what, (Volume(AREA, window=window),), **more)


def test_notices_stand_soonest_first_and_those_without_a_window_last(world):
    world.tell("SDF", notice("no window"), "COA")
    world.tell("SDF", notice("late", 200, 300), "COA")
    world.tell("SDF", notice("early", 100), "COA")
    world.tell("SDF", notice("only an end", end=50), "COA")
    found = notices(world.picture("COA"))
    assert [row.what for row in found] == ["only an end", "early", "late", "no window"]
    assert found[1].window == "from 2018-02-01 09:40Z, end not stated"
    assert found[3].window == "no times stated"


def test_a_notice_informs_and_says_what_its_author_stated(world):
    body = NoticeStated(
        Activity.REDEPLOYMENT,
        "fighters move",
        people=count(1700, 1700),
        destination=Place("Afrin"),
        hazards=(Hazard.LASERS,),
        reason="announced",
    )
    told = world.tell("SDF", body, PUBLIC)
    row = notices(world.picture("COA"))[0]
    assert (row.activity, row.people, row.destination, row.hazards) == (
        "redeployment",
        "1700",
        "Afrin",
        ("lasers",),
    )
    assert (row.status, row.outlines) == ("issued", ())
    world.tell("SDF", StatusStated(told.id, "active"), PUBLIC)
    assert notices(world.picture("COA"))[0].status == "active"


def test_a_notice_taken_back_stays_as_withdrawn_and_is_not_drawn(world):
    told = world.tell("SDF", notice("convoy", 100, 200), "COA")
    assert len(notices(world.picture("COA"))[0].outlines) == 1
    world.tell("SDF", Revoked(told.subject), "COA")
    row = notices(world.picture("COA"))[0]
    assert (row.status, row.outlines) == ("withdrawn", ())


def test_a_presence_keeps_strength_band_purpose_and_end_condition(world):
    body = PresenceStated(
        "COA",
        "garrison",
        spot(38.61778, 33.50583, 300.0, "At Tanf"),
        Seen.REPORTED,
        count(words="several hundred"),
        since="over a year",
        purpose="training",
        end_condition="until the end of operations",
        beside=("SDF",),
    )
    world.tell("PRESS", body, PUBLIC)
    row = presences(world.picture("RUS"))[0]
    assert (row.party_name, row.strength, row.end_condition) == (
        "Coalition (CJTF-OIR)",
        "several hundred",
        "until the end of operations",
    )
    assert (row.accuracy_m, row.beside) == (300.0, ("Syrian Democratic Forces",))
    assert row.outline is not None


def test_a_presence_is_tested_against_zones_and_is_never_dropped_for_age(world):
    world.tell("COA", zone(), PUBLIC)
    body = PresenceStated(
        "COA", "patrol", spot(39.0774, 33.8865, 500.0), Seen.DECLARED, as_of=stamp_at(-500_000)
    )
    world.tell("COA", body, PUBLIC)
    row = presences(world.picture("RUS"))[0]
    assert [(test.measure.name, test.answer) for test in row.tests] == [("At Tanf zone", "outside")]


def test_a_withheld_presence_has_no_outline_accuracy_or_test(world):
    world.tell("COA", zone(), PUBLIC)
    body = PresenceStated("COA", "patrol", Place(withheld=True), Seen.DECLARED)
    world.tell("COA", body, PUBLIC)
    row = presences(world.picture("RUS"))[0]
    assert (row.place, row.outline, row.accuracy_m, row.tests) == ("place withheld", None, None, ())


def test_scn_1_6_every_sighting_keeps_its_own_count(world):
    world.tell("COA", zone(), at=-5)
    world.tell("COA", Observed("convoy", spot(38.1026, 33.7521, 500.0), stamp_at(0), "PGF", count(20, 20)))
    world.tell("COA", Observed("vehicles", spot(38.3652, 33.6270, 500.0), stamp_at(70), count=count(13, 13)))
    found = observations(world.picture("COA"))
    assert [(row.count, row.count_low, row.party) for row in found] == [
        ("20", 20, "Pro-government forces"),
        ("13", 13, "unknown"),
    ]
    assert [row.tests[0].answer for row in found] == ["undetermined", "inside"]


def test_sightings_stand_in_the_order_in_which_they_were_made(world):
    world.tell("COA", Observed("second", Place("x"), stamp_at(50)))
    world.tell("COA", Observed("first", Place("x"), stamp_at(20)))
    assert [row.what for row in observations(world.picture("COA"))] == ["first", "second"]


def test_remarks_name_what_they_are_about(world):
    told = world.tell("COA", zone())
    world.tell("COA", RemarkMade("fighters left for Afrin", (told.subject, "RUS.unknown")))
    row = remarks(world.picture("COA"))[0]
    assert [item.name for item in row.about] == ["At Tanf zone", "not told here"]


BANDS = (50, 80, 120, 200, 300, 400, 500)


def buildup(bands=BANDS, **more):
    series = tuple(
        Band(stamp_at(day * 1440), count(value, None, words=f"about {value}"))
        for day, value in enumerate(bands)
    )
    return BuildUpStated("B-7", AREA, series, **more)


class Story:
    """A build-up that the coalition raised at the desk of the Russian forces."""

    def __init__(self, world) -> None:
        self.world = world
        self.line = world.tell("COA", hotline(), "RUS", at=-9)
        world.tell("COA", hotline("Commanders", level=Level.COMMANDER), "RUS", at=-8)
        world.tell("COA", hotline("Chiefs", level=Level.CHIEF), "RUS", at=-7)
        world.tell("COA", RelationStated("RUS", "PGF", RelationKind.CAN_INFLUENCE, 25), at=-6)
        self.seen = world.tell("COA", buildup(), at=1)

    def ask(self, at=10, channel=None):
        body = MessageSent(
            ("RUS",),
            Purpose.CONCERN,
            (Text("are these yours?"),),
            Precedence.PRIORITY,
            channel or self.line.subject,
            (self.seen.subject,),
        )
        return self.world.tell("COA", body, "RUS", at=at)

    def answer(self, asked, value, at, author="RUS", **more):
        return self.world.tell(author, AnswerGiven(value), "COA", at=at, answers=(asked.id,), **more)

    def row(self, now=10_000):
        return buildups(self.world.picture("COA"), minute(now))[0]


def test_scn_2_6_the_seven_bands_show_as_a_rising_trend(world):
    found = Story(world).row()
    assert (found.series[0].count, found.series[0].low, found.series[0].high) == ("about 50", 50, None)
    assert len(found.series) == 7
    assert found.trend == "rising"
    assert (
        found.trend_words
        == "Rising: 7 bands, about 50 (2018-02-01 08:00 +00:00) to about 500 (2018-02-07 08:00 +00:00)."
    )


def test_a_build_up_that_nobody_was_told_of_is_watched(world):
    found = Story(world).row()
    assert (found.status, found.raised, found.reask_due, found.ask, found.reach) == (
        "watched",
        (),
        None,
        "",
        (),
    )


def test_acc_51_a_message_about_it_raises_it(world):
    story = Story(world)
    asked = story.ask()
    found = story.row()
    assert found.status == "raised"
    assert [(row.statement, row.to, row.precedence, row.answer) for row in found.raised] == [
        (asked.id, ("Russian forces in Syria",), "priority", "")
    ]


def test_acc_51_an_outgoing_call_raises_it_and_an_incoming_one_does_not(world):
    story = Story(world)
    for direction in (Direction.IN, Direction.OUT):
        body = ContactLogged(
            "RUS",
            direction,
            ContactPurpose.DE_ESCALATION,
            "raised presence",
            stamp_at(5),
            about=(story.seen.subject,),
        )
        world.tell("COA", body, at=5)
    assert len(story.row().raised) == 1


def test_fail_05a_not_ours_makes_it_unclaimed_with_a_time_to_ask_again(world):
    story = Story(world)
    story.answer(story.ask(), Answer.NOT_OURS, at=20)
    found = story.row()
    assert found.status == "UNCLAIMED"
    assert found.reask_due == minute(20) + timedelta(minutes=15)
    assert found.next_rung == "commander (Commanders)"
    assert found.ask == "Who can reach them?"
    assert (found.raised[0].answer, found.raised[0].answered_by) == ("not ours", "Russian forces in Syria")
    assert found.raised[0].answered_at == minute(20)


def test_fail_05a_twin_ours_makes_it_claimed_and_asks_nothing(world):
    story = Story(world)
    story.answer(story.ask(), Answer.OURS, at=20)
    found = story.row()
    assert (found.status, found.reask_due, found.next_rung, found.ask) == ("claimed", None, "", "")


def test_fail_05c_the_ways_lead_to_the_forces_that_did_not_say_not_ours(world):
    story = Story(world)
    story.answer(story.ask(), Answer.NOT_OURS, at=20)
    found = {row.to_party: row.path for row in story.row().reach}
    assert found == {"PGF": ("COA", "RUS", "PGF"), "SDF": ()}


def test_fail_05c_the_way_leads_to_whom_it_is_attributed(world):
    story = Story(world)
    world.tell("COA", buildup(attributed_to="PGF"), subject=story.seen.subject, at=2)
    story.answer(story.ask(), Answer.NOT_OURS, at=20)
    found = story.row()
    assert [row.to_party for row in found.reach] == ["PGF"]
    assert found.attributed_to == "Pro-government forces"


def test_without_a_claim_it_is_attributed_to_unknown(world):
    assert Story(world).row().attributed_to == "unknown"


def test_checking_takes_not_ours_back_no_more_than_it_claims(world):
    story = Story(world)
    asked = story.ask()
    story.answer(asked, Answer.CHECKING, at=15)
    assert story.row().status == "raised"
    story.answer(asked, Answer.NOT_OURS, at=20)
    story.answer(asked, Answer.CHECKING, at=30)
    found = story.row()
    assert (found.status, found.reask_due) == ("UNCLAIMED", minute(35))


def test_a_later_ours_claims_what_was_not_theirs_before(world):
    story = Story(world)
    asked = story.ask()
    story.answer(asked, Answer.NOT_OURS, at=20)
    story.answer(asked, Answer.OURS, at=40)
    assert story.row().status == "claimed"


def test_an_answer_taken_back_counts_no_more(world):
    story = Story(world)
    answer = story.answer(story.ask(), Answer.NOT_OURS, at=20)
    world.tell("RUS", Revoked(answer.subject), "COA", at=30)
    assert story.row().status == "raised"


def test_an_answer_after_now_is_left_out(world):
    story = Story(world)
    story.answer(story.ask(), Answer.NOT_OURS, at=20)
    assert story.row(now=19).status == "raised"
    assert story.row(now=20).status == "UNCLAIMED"


def test_a_reported_answer_counts_and_names_who_reports_it(world):
    story = Story(world)
    asked = story.ask()
    story.answer(asked, Answer.NOT_OURS, at=20, author="COA", said_by=speaker("RUS desk", "RUS"))
    found = story.row()
    assert found.status == "UNCLAIMED"
    assert found.raised[0].answered_by == "Russian forces in Syria, per Coalition (CJTF-OIR)"


def test_own_and_reported_answers_stand_side_by_side_with_their_times(world):
    story = Story(world)
    asked = story.ask()
    story.answer(asked, Answer.NOT_OURS, at=20)
    story.answer(asked, Answer.OURS, at=30, author="COA", said_by=speaker("RUS desk", "RUS"))
    [raised] = story.row().raised
    assert [(each.answer, each.at, each.by, each.per) for each in raised.answers] == [
        ("not ours", minute(20), "Russian forces in Syria", ""),
        ("ours", minute(30), "Russian forces in Syria", "Coalition (CJTF-OIR)"),
    ]
    assert raised.answer == "not ours"


def test_what_another_reports_never_clears_a_partys_own_not_ours(world):
    story = Story(world)
    asked = story.ask()
    story.answer(asked, Answer.NOT_OURS, at=20)
    for at, voice in enumerate((speaker("someone", "RUS", unclear=True), speaker("RUS desk", "RUS")), 30):
        story.answer(asked, Answer.OURS, at=at, author="COA", said_by=voice)
    story.answer(asked, Answer.OURS, at=40, author="COA", said_by=speaker("PGF staff", "PGF"))
    found = story.row()
    assert (found.status, found.reask_due) == ("UNCLAIMED", minute(35))
    assert (found.raised[0].answer, found.raised[0].answered_by) == ("not ours", "Russian forces in Syria")


def test_twin_its_own_ours_clears_it(world):
    story = Story(world)
    asked = story.ask()
    story.answer(asked, Answer.NOT_OURS, at=20)
    story.answer(asked, Answer.OURS, at=30)
    assert story.row().status == "claimed"


def test_what_another_reports_never_replaces_an_own_ours(world):
    story = Story(world)
    asked = story.ask()
    story.answer(asked, Answer.OURS, at=20)
    story.answer(asked, Answer.NOT_OURS, at=30, author="COA", said_by=speaker("RUS desk", "RUS"))
    assert story.row().status == "claimed"


def test_a_claim_by_report_says_whose_report_it_is(world):
    story = Story(world)
    asked = story.ask()
    story.answer(asked, Answer.NOT_OURS, at=20, author="COA", said_by=speaker("RUS desk", "RUS"))
    story.answer(asked, Answer.OURS, at=30, author="COA", said_by=speaker("a voice", "RUS", unclear=True))
    assert story.row().status == "UNCLAIMED"
    story.answer(asked, Answer.OURS, at=40, author="COA", said_by=speaker("RUS desk", "RUS"))
    assert story.row().status == "claimed, per Coalition (CJTF-OIR)"


def test_an_answer_by_a_clock_that_is_ahead_counts_when_it_has_arrived(world):
    story = Story(world)
    asked = story.ask()
    story.answer(asked, Answer.NOT_OURS, at=20, said_at=stamp_at(140))
    found = story.row(now=20)
    assert (found.status, found.reask_due) == ("UNCLAIMED", minute(35))
    story.answer(asked, Answer.OURS, at=30)
    assert story.row(now=30).status == "claimed"


def test_a_series_that_goes_further_in_a_coarse_form_is_not_hidden_by_the_exact_one(world):
    story = Story(world)
    wide = Circle(Point(40.30, 35.30), 9_000.0)
    longer = BuildUpStated("wide", wide, tuple(Band(stamp_at(day * 1440), count(50)) for day in range(9)))
    world.tell("COA", longer, "RUS", subject=story.seen.subject, form=COVERING, at=3)
    assert len(story.row().series) == 9


def test_twin_a_coarse_form_of_the_same_series_leaves_the_exact_one_on_its_owners_desk(world):
    story = Story(world)
    body = story.seen.body
    wide = BuildUpStated("wide", Circle(Point(40.30, 35.30), 9_000.0), body.series)
    world.tell("COA", wide, "RUS", subject=story.seen.subject, form=COVERING, at=3)
    assert story.row().name == body.name


def test_an_answer_about_the_build_up_alone_counts_too(world):
    story = Story(world)
    world.tell("RUS", AnswerGiven(Answer.NOT_OURS, about=(story.seen.subject,)), "COA", at=20)
    found = story.row()
    assert (found.status, found.next_rung) == ("UNCLAIMED", "commander (Commanders)")


def test_the_next_rung_is_above_the_highest_that_was_tried(world):
    story = Story(world)
    commanders = world.tell("COA", hotline("Commanders 2", level=Level.COMMANDER), "RUS", at=-5)
    story.answer(story.ask(), Answer.NOT_OURS, at=20)
    story.answer(story.ask(at=30, channel=commanders.subject), Answer.NOT_OURS, at=40)
    found = story.row()
    assert (found.next_rung, found.reask_due) == ("chief (Chiefs)", minute(55))


def test_without_a_higher_hotline_it_is_said_so(world):
    seen = world.tell("COA", buildup())
    world.tell("RUS", AnswerGiven(Answer.NOT_OURS, about=(seen.subject,)), "COA", at=20)
    assert buildups(world.picture("COA"), minute(99))[0].next_rung == "no higher hotline known"


def test_a_commander_who_was_asked_is_not_offered_again(world):
    story = Story(world)
    chiefs = world.tell("COA", hotline("Chiefs 2", level=Level.CHIEF), "RUS", at=-5)
    story.answer(story.ask(at=30, channel=chiefs.subject), Answer.NOT_OURS, at=40)
    assert story.row().next_rung == "no higher hotline known than chief, which was asked"


@pytest.mark.parametrize("status", ["dispersed", "closed", "became an incident"])
def test_a_closed_build_up_says_since_when_and_nothing_of_it_is_over(world, status):
    story = Story(world)
    story.answer(story.ask(), Answer.NOT_OURS, at=20)
    assert story.row().closed_at is None
    world.tell("COA", StatusStated(story.seen.id, status), at=90)
    found = story.row()
    assert (found.status, found.closed_at, found.reask_due) == (status, minute(90), None)


def test_its_owner_can_close_it_and_nothing_is_asked_any_more(world):
    story = Story(world)
    story.answer(story.ask(), Answer.NOT_OURS, at=20)
    world.tell("COA", StatusStated(story.seen.id, "dispersed"), at=90)
    found = story.row()
    assert (found.status, found.reask_due, found.ask) == ("dispersed", None, "")


def test_a_stated_condition_that_closes_nothing_hides_no_unclaimed(world):
    story = Story(world)
    world.tell("COA", StatusStated(story.seen.id, "under review"), at=5)
    assert story.row().status == "under review"
    story.answer(story.ask(), Answer.NOT_OURS, at=20)
    assert story.row().status == "UNCLAIMED"


def test_scn_2_2_incidents_nearby_are_named_by_place_in_the_order_they_happened(world):
    seen = world.tell("COA", buildup(), at=1)
    world.tell("COA", incident("later, nearer", spot(40.30, 35.30), at=500))
    world.tell("COA", incident("7 February", at=100))
    world.tell("COA", incident("far", spot(40.8, 35.3), at=50))
    world.tell("COA", incident("hidden", Place(withheld=True), at=20))
    found = buildups(world.picture("COA"), minute(999))[0]
    assert found.subject == seen.subject
    assert [item.name for item in found.near] == ["7 February", "later, nearer"]


def test_a_build_up_names_its_reference_and_context(world):
    line = world.tell("COA", boundary())
    world.tell("COA", buildup(reference=line.subject, rate="slow", review_at=stamp_at(60)))
    found = buildups(world.picture("COA"), minute(0))[0]
    assert (found.reference.name, found.rate) == ("Euphrates boundary", "slow")
    assert found.review_at is not None
