"""Incidents with rival claims side by side: nothing chosen, averaged or totalled."""

from __future__ import annotations

from tests.building import boundary, claim, count, incident, speaker, spot, stamp_at, zone

from keepclear.model.incidents import (
    Aspect,
    Certainty,
    IncidentStated,
    Involved,
    Linked,
    LinkKind,
    PublicStated,
    ReplyKind,
    ReplyMade,
    SourceKind,
    SourceStated,
    Topic,
)
from keepclear.model.notices import RemarkMade
from keepclear.model.telling import Revoked, StatusStated
from keepclear.model.words import PUBLIC, Place, Via
from keepclear.views.incidents import incidents, links, publics, sources

KILLED = (
    ("US officials", "COA", count(100, None, words="at least 100")),
    ("US officials, later", "COA", count(words="about 100")),
    ("Russian MoD", "RUS", count(0, 0)),
    ("SOHR", None, count(68, 68)),
    ("NYT", None, count(200, 300)),
)


def told_claims(world, values=KILLED):
    happened = world.tell("PRESS", incident(), PUBLIC)
    for name, party, value in values:
        world.tell("PRESS", claim(happened, count=value), PUBLIC, said_by=speaker(name, party), via=Via.PRESS)
    return happened


def only(world, party="COA"):
    rows = incidents(world.picture(party))
    assert len(rows) == 1
    return rows[0]


def aspect(row, name):
    return next(found for found in row.aspects if found.aspect == name)


def test_con_a_rival_counts_stand_side_by_side_each_with_its_speaker(world):
    told_claims(world)
    claims = aspect(only(world), "killed").claims
    assert [(row.speaker, row.shown) for row in claims] == [
        ("US officials", "at least 100"),
        ("US officials, later", "about 100"),
        ("Russian MoD", "0"),
        ("SOHR", "68"),
        ("NYT", "200 to 300"),
    ]
    assert [(row.low, row.high) for row in claims][-1] == (200, 300)


def test_words_beside_a_count_are_shown_once_and_never_lost(world):
    happened = world.tell("COA", incident(), PUBLIC)
    world.tell("COA", claim(happened, count=count(words=">100"), words=">100"), PUBLIC)
    world.tell("COA", claim(happened, count=count(25, 25), words="no deaths"), PUBLIC)
    assert [row.shown for row in aspect(only(world), "killed").claims] == [">100", "25: no deaths"]


def test_fail_13c_no_total_average_or_chosen_value_exists(world):
    told_claims(world)
    row = only(world)
    barred = {"total", "sum", "average", "mean", "chosen", "best", "killed", "wounded"}
    assert not barred & {*row.__struct_fields__, *row.aspects[0].__struct_fields__}
    shown = {found.shown for found in aspect(row, "killed").claims}
    assert not {"468", "92", "156"} & shown


def test_fail_12g_graded_words_stay_as_the_speaker_used_them(world):
    happened = world.tell("PRESS", incident(), PUBLIC)
    world.tell(
        "PRESS",
        claim(
            happened,
            Aspect.CAUSE,
            words="government or allies",
            certainty=Certainty.HIGHLY_PROBABLE,
            finding=True,
        ),
        PUBLIC,
        said_by=speaker("UN board"),
    )
    found = aspect(only(world), "cause").claims[0]
    assert (found.certainty, found.finding, found.shown) == ("highly probable", True, "government or allies")


def test_con_f_every_count_says_whose(world):
    told_claims(world)
    assert all(row.whose == "pro-government forces" for row in aspect(only(world), "killed").claims)


def test_con_h_two_speakers_of_one_party_are_kept_apart(world):
    happened = world.tell("COA", incident(), PUBLIC)
    for name, words in (("Harrigian", "it fired at us"), ("Dillon", "the tank was not firing")):
        world.tell("COA", claim(happened, Aspect.ACT, words=words), PUBLIC, said_by=speaker(name, "COA"))
    claims = aspect(only(world, "RUS"), "act").claims
    assert [(row.speaker, row.speaker_party, row.shown) for row in claims] == [
        ("Harrigian", "COA", "it fired at us"),
        ("Dillon", "COA", "the tank was not firing"),
    ]


def test_claims_stand_in_the_order_of_their_date(world):
    happened = world.tell("COA", incident(), PUBLIC)
    world.tell("COA", claim(happened, words="later", as_of=stamp_at(90)), PUBLIC)
    world.tell("COA", claim(happened, words="earlier", as_of=stamp_at(10)), PUBLIC)
    assert [row.shown for row in aspect(only(world), "killed").claims] == ["earlier", "later"]


def test_a_revised_claim_keeps_both_texts(world):
    happened = world.tell("COA", incident(), PUBLIC)
    first = world.tell("COA", claim(happened, count=count(30, 30)), PUBLIC)
    world.tell("COA", claim(happened, count=count(42, 42)), PUBLIC, subject=first.subject)
    claims = aspect(only(world), "killed").claims
    assert [(row.shown, row.revised, row.withdrawn) for row in claims] == [
        ("30", True, False),
        ("42", False, False),
    ]


def test_a_claim_taken_back_stays_as_withdrawn(world):
    happened = world.tell("COA", incident(), PUBLIC)
    first = world.tell("COA", claim(happened, words="no"), PUBLIC)
    world.tell("COA", Revoked(first.subject), PUBLIC)
    assert [(row.revised, row.withdrawn) for row in aspect(only(world), "killed").claims] == [(False, True)]


def test_acc_09_to_have_no_information_is_a_reply_and_no_denial(world):
    happened = world.tell("PRESS", incident(), PUBLIC)
    made = world.tell("PRESS", claim(happened, Aspect.CAUSE, words="instigated"), PUBLIC)
    world.tell(
        "PRESS", ReplyMade(made.id, ReplyKind.NO_INFORMATION), PUBLIC, said_by=speaker("Dillon", "COA")
    )
    replies = aspect(only(world), "cause").claims[0].replies
    assert [(row.reply, row.by) for row in replies] == [("no information", "Dillon, per Press archive")]


def test_a_reply_taken_back_is_left_out(world):
    happened = world.tell("COA", incident(), PUBLIC)
    made = world.tell("COA", claim(happened, words="x"), PUBLIC)
    reply = world.tell("RUS", ReplyMade(made.id, ReplyKind.DENIES), PUBLIC)
    world.tell("RUS", Revoked(reply.subject), PUBLIC)
    assert aspect(only(world), "killed").claims[0].replies == ()


def test_an_unknown_party_reads_unknown(world):
    body = IncidentStated(
        "pickup",
        "strike",
        stamp_at(1),
        spot(38.6, 33.5),
        involved=(Involved("vehicle"), Involved("base", "COA")),
    )
    world.tell("COA", body)
    assert [row.party for row in only(world).involved] == ["unknown", "Coalition (CJTF-OIR)"]


def test_incidents_stand_in_the_order_in_which_they_happened(world):
    world.tell("COA", incident("second", at=100))
    world.tell("COA", incident("first", at=50))
    assert [row.name for row in incidents(world.picture("COA"))] == ["first", "second"]


def test_an_incident_is_tested_against_the_measures_it_names_and_boundaries_in_reach(world):
    named = world.tell("COA", zone())
    world.tell("COA", boundary(basis="declared"), at=-9)
    world.tell("COA", zone("far and not named", 5_000.0), at=-8)
    world.tell("COA", incident(measures=(named.subject,)))
    found = only(world)
    assert [(test.measure.name, test.answer) for test in found.tests] == [
        ("At Tanf zone", "outside"),
        ("Euphrates boundary", "left side"),
    ]
    assert [item.name for item in found.measures] == ["At Tanf zone"]


def test_statements_about_it_and_stated_ties_stand_with_it(world):
    happened = world.tell("COA", incident(), PUBLIC)
    later = world.tell("COA", incident("tank", at=300), PUBLIC)
    world.tell("COA", Linked(happened.subject, later.subject, LinkKind.SAME_SERIES), PUBLIC)
    protest = world.tell("SYR", PublicStated(Topic.PROTEST, "condemned", (happened.subject,)), PUBLIC)
    world.tell("COA", RemarkMade("ended about 02:00", (happened.subject,)), PUBLIC)
    world.tell("COA", claim(happened, words="x"), PUBLIC)
    row = next(found for found in incidents(world.picture("RUS")) if found.name == "7 February")
    assert [item.subject for item in row.linked] == [later.subject, protest.subject]
    assert [item.remarks for item in row.statements] == ["", "ended about 02:00"]


def test_its_owner_can_state_its_condition(world):
    happened = world.tell("COA", incident(), PUBLIC)
    assert only(world).status == "reported"
    world.tell("COA", StatusStated(happened.id, "under inquiry"), PUBLIC)
    assert only(world).status == "under inquiry"


def test_a_withheld_place_reads_withheld_and_is_not_drawn(world):
    world.tell("COA", incident(place=Place(withheld=True)))
    found = only(world)
    assert (found.place, found.outline, found.tests) == ("place withheld", None, ())


def test_a_claim_of_place_is_shown_as_words_beside_what_is_measured(world):
    world.tell("COA", boundary(basis="declared"), at=-9)
    happened = world.tell("COA", incident(), PUBLIC)
    world.tell("COA", claim(happened, Aspect.PLACE, words="8 km east of the boundary"), PUBLIC)
    row = only(world)
    assert aspect(row, "place").claims[0].shown == "8 km east of the boundary"
    assert "9.8 km from it" in row.tests[0].words


def test_aspects_stand_in_a_fixed_order(world):
    happened = world.tell("COA", incident(), PUBLIC)
    world.tell("COA", claim(happened, Aspect.MOTIVE, words="oil"), PUBLIC)
    world.tell("COA", claim(happened, Aspect.INITIATOR, words="they"), PUBLIC)
    assert [found.aspect for found in only(world).aspects] == ["initiator", "motive"]


def test_public_statements_stand_with_replies_and_template(world):
    made = world.tell(
        "COA", PublicStated(Topic.STANDING_WARNING, "will protect", template="posture 1"), PUBLIC
    )
    world.tell("RUS", ReplyMade(made.id, ReplyKind.CONDEMNS, "unhelpful"), PUBLIC)
    row = publics(world.picture("SDF"))[0]
    assert (row.topic, row.template) == ("standing warning", "posture 1")
    assert [(item.reply, item.words, item.by) for item in row.replies] == [
        ("condemns", "unhelpful", "Russian forces in Syria")
    ]


def test_con_i_sources_show_their_chain_grade_and_how_often_they_are_cited(world):
    rt = world.tell("PRESS", SourceStated("RT", SourceKind.PRESS_REPORT), PUBLIC)
    copy = world.tell(
        "PRESS",
        SourceStated("Reprint", SourceKind.REPRINT, reprint_of=rt.subject, grade="merged copy"),
        PUBLIC,
    )
    for _ in range(2):
        world.tell("PRESS", PublicStated(Topic.POSTURE, "gist"), PUBLIC, source=copy.subject)
    found = {row.name: row for row in sources(world.picture("COA"))}
    assert (found["Reprint"].reprint_of, found["Reprint"].chain) == ("RT", ("RT",))
    assert (found["Reprint"].grade, found["Reprint"].cited_by, found["RT"].cited_by) == ("merged copy", 2, 0)


def test_a_tie_is_shown_only_where_both_ends_are_held(world):
    a = world.tell("COA", incident("a"), "RUS")
    b = world.tell("COA", incident("b"))
    world.tell("COA", Linked(a.subject, b.subject, LinkKind.SAME_EVENT, "same night"), "RUS")
    assert links(world.picture("RUS")) == []
    row = links(world.picture("COA"))[0]
    assert (row.a.name, row.b.name, row.relation, row.words) == ("a", "b", "same event", "same night")
