"""Whose words, on whose word: every shown thing says it."""

from __future__ import annotations

import pytest
from tests.building import speaker, stance, zone

from keepclear.model.incidents import PublicStated, SourceKind, SourceStated, Topic
from keepclear.model.measures import Stance
from keepclear.model.notices import RemarkMade
from keepclear.model.parties import PartyKind, PartyStated
from keepclear.model.statements import KINDS
from keepclear.model.telling import Revoked
from keepclear.model.words import PUBLIC, Mark, Via
from keepclear.times import Precision, stamp
from keepclear.views.attribution import cited, named, party_name, remark_said, said, shown, title
from keepclear.views.labels import LABELLED


def entry_of(world, party, statement):
    found = world.picture(party).entry(statement.id)
    assert found is not None
    return found


def test_own_word_is_the_authors_in_full(world):
    told = world.tell("COA", zone(), "RUS")
    row = said(world.picture("RUS"), entry_of(world, "RUS", told))
    assert (row.author, row.author_name) == ("COA", "Coalition (CJTF-OIR)")
    assert (row.speaker, row.speaker_party, row.own) == ("Coalition (CJTF-OIR)", "COA", True)
    assert row.line.startswith("Coalition (CJTF-OIR), 2018-02-01")
    assert "reported" not in row.line


def test_reported_words_keep_speaker_and_reporter_apart(world):
    told = world.tell(
        "PRESS",
        PublicStated(Topic.PROTEST, "condemned"),
        PUBLIC,
        said_by=speaker("Moscow", "RUS", office="Foreign ministry"),
        via=Via.PRESS,
        said_at=stamp("2017-06-08", "+03:00", Precision.DAY),
    )
    row = said(world.picture("COA"), entry_of(world, "COA", told))
    assert (row.speaker, row.speaker_party, row.speaker_office) == ("Moscow", "RUS", "Foreign ministry")
    assert row.author == "PRESS"
    assert not row.own
    assert row.line == (
        "Moscow, Foreign ministry (Russian forces in Syria), 2017-06-08, as reported by Press archive,"
        " by way of the press"
    )


def test_a_spokesman_of_the_author_speaks_for_it(world):
    told = world.tell("COA", zone(), said_by=speaker("Dillon", "COA"))
    row = said(world.picture("COA"), entry_of(world, "COA", told))
    assert (row.speaker, row.own) == ("Dillon", True)


def test_a_speaker_of_another_party_does_not_make_the_word_own(world):
    told = world.tell("COA", zone(), said_by=speaker("Dillon", "RUS"))
    assert not said(world.picture("COA"), entry_of(world, "COA", told)).own


def test_an_unclear_speaker_is_said_to_be_unclear(world):
    told = world.tell(
        "PRESS", PublicStated(Topic.POSTURE, "gist"), PUBLIC, said_by=speaker("he", unclear=True)
    )
    row = said(world.picture("COA"), entry_of(world, "COA", told))
    assert row.speaker_unclear
    assert row.speaker_party == ""
    assert "(speaker unclear)" in row.line


def test_an_invented_step_says_so_and_a_sourced_one_does_not(world):
    invented = world.tell("COA", zone("a"), mark=Mark.INVENTED)
    sourced = world.tell("COA", zone("b"), mark=Mark.SOURCED)
    picture = world.picture("COA")
    assert "invented step" in said(picture, entry_of(world, "COA", invented)).line
    assert "invented" not in said(picture, entry_of(world, "COA", sourced)).line


def test_a_source_is_cited_with_its_chain_nearest_first(world):
    agency = world.tell("PRESS", SourceStated("Agency", SourceKind.PRESS_REPORT), PUBLIC)
    paper = world.tell("PRESS", SourceStated("Paper", SourceKind.REPRINT, reprint_of=agency.subject), PUBLIC)
    site = world.tell(
        "PRESS",
        SourceStated("Site", SourceKind.REPRINT, "site.example", reprint_of=paper.subject, grade="merged"),
        PUBLIC,
    )
    told = world.tell("PRESS", PublicStated(Topic.POSTURE, "gist"), PUBLIC, source=site.subject)
    found = said(world.picture("COA"), entry_of(world, "COA", told)).source
    assert found is not None
    assert (found.name, found.publisher, found.chain, found.grade) == (
        "Site",
        "site.example",
        ("Paper", "Agency"),
        "merged",
    )


def test_a_chain_of_reprints_that_comes_back_on_itself_ends(world):
    a = world.tell("PRESS", SourceStated("A", SourceKind.REPRINT), PUBLIC, subject="PRESS.a")
    world.tell(
        "PRESS", SourceStated("B", SourceKind.REPRINT, reprint_of=a.subject), PUBLIC, subject="PRESS.b"
    )
    world.tell(
        "PRESS", SourceStated("A", SourceKind.REPRINT, reprint_of="PRESS.b"), PUBLIC, subject="PRESS.a"
    )
    assert cited(world.picture("COA"), "PRESS.a").chain == ("B",)


def test_a_source_that_was_not_told_reads_not_told_here(world):
    told = world.tell("COA", RemarkMade("a note"), "RUS", source="COA.secret")
    found = said(world.picture("RUS"), entry_of(world, "RUS", told)).source
    assert found is not None
    assert (found.name, found.chain) == ("not told here", ())


def test_a_party_without_a_name_reads_as_its_id_and_none_as_unknown(world):
    picture = world.picture("COA")
    assert party_name(picture, "XYZ") == "XYZ"
    assert party_name(picture, None) == "unknown"


def test_a_partys_own_name_for_itself_goes_before_anothers(world):
    world.tell("COA", PartyStated("PGF", "militia", PartyKind.NON_STATE_FORCE), at=500)
    assert party_name(world.picture("COA"), "PGF") == "Pro-government forces"


def test_without_its_own_word_the_latest_name_by_another_stands(world):
    for at, name in ((1, "first"), (3, "third"), (2, "second")):
        world.tell("COA", PartyStated("NEW", name, PartyKind.AGENCY), at=at)
    assert party_name(world.picture("COA"), "NEW") == "third"


def test_a_subject_is_named_by_its_latest_text(world):
    told = world.tell("COA", zone("old name"), "RUS")
    world.tell("COA", zone("new name"), "RUS", subject=told.subject)
    found = named(world.picture("RUS"), told.subject)
    assert (found.name, found.kind) == ("new name", "measure")


def test_a_subject_that_was_not_told_is_not_told_here(world):
    told = world.tell("COA", zone(), "SDF")
    assert named(world.picture("RUS"), told.subject).name == "not told here"


def test_a_subject_that_was_taken_back_keeps_its_name(world):
    told = world.tell("COA", zone("gone"), "RUS")
    world.tell("COA", Revoked(told.subject), "RUS")
    assert named(world.picture("RUS"), told.subject).name == "gone"


def test_a_title_says_the_kind_and_the_matter(world):
    told = world.tell("COA", zone(), "RUS")
    taken = world.tell("RUS", stance(told, "RUS", Stance.REJECTED), "COA")
    picture = world.picture("COA")
    assert title(picture, entry_of(world, "COA", told)) == "Zone: At Tanf zone"
    assert title(picture, entry_of(world, "COA", taken)) == (
        "Stance: Russian forces in Syria on At Tanf zone: rejected"
    )


def test_every_kind_of_statement_has_a_label():
    assert set(KINDS) == LABELLED


def test_a_time_for_reading_keeps_precision_and_about():
    row = shown(stamp("2017-06-08", "+03:00", Precision.DAY, about=True))
    assert row is not None
    assert (row.words, row.precision, row.about) == ("about 2017-06-08", "day", True)
    assert shown(None) is None


def test_a_remark_beside_a_matter_carries_its_text(world):
    told = world.tell("COA", RemarkMade("fighters left"), remarks="a note on the note")
    entry = entry_of(world, "COA", told)
    assert remark_said(world.picture("COA"), entry).remarks == "fighters left"
    assert said(world.picture("COA"), entry).remarks == "a note on the note"


@pytest.mark.parametrize("party", ["COA", "RUS"])
def test_received_at_is_when_it_reached_this_party(world, party):
    told = world.tell("COA", zone(), "RUS", at=5)
    world.tell_on(told, "RUS", at=90)
    row = said(world.picture(party), entry_of(world, party, told))
    assert row.received_at == told.stated_at
