"""The sentences: right numbers, speakers beside claims, and nothing left dangling where a field is empty."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

import pytest
from rich.text import Text
from tests.shares import mostly_long

from keepclear.cli import lines
from keepclear.cli.looking import PICTURE_VIEWS, View, whole_desk
from keepclear.cli.output import Printer
from keepclear.model.words import PartyId
from keepclear.scenarios.loader import load
from keepclear.service.replay import replay
from keepclear.times import utc

ROOT = Path(__file__).parents[3]


def test_every_view_has_its_sentences_and_its_heading():
    assert set(lines.LINERS) == set(lines.HEADINGS) == set(get_args(View))
    assert set(PICTURE_VIEWS) <= set(lines.BRIEF)


@pytest.mark.parametrize(("count", "read"), [(0, "no conflicts"), (1, "1 conflict"), (2, "2 conflicts")])
def test_a_number_of_things_has_its_plural(count, read):
    assert lines.many(count, "conflict") == read


def test_a_claim_has_whose_and_who_says_so():
    claim = {
        "shown": "at least 100", "place": "", "whose": "pro-government forces", "speaker": "US officials",
        "speaker_party": "COA", "certainty": "not stated", "withdrawn": False, "revised": False,
        "said": {
            "speaker": "US officials", "speaker_unclear": False, "said_at": None,
            "stated_at": "2018-02-08T09:00:00Z", "source": {"name": "S3"},
        },
    }  # fmt: skip
    assert lines.claim(claim) == (
        "at least 100 (pro-government forces), according to US officials (COA), 2018-02-08 09:00Z, source: S3"
    )
    taken_back = lines.claim(claim | {"speaker_party": "", "withdrawn": True})
    assert taken_back.endswith("US officials, 2018-02-08 09:00Z, source: S3, withdrawn")


def test_an_unclear_speaker_is_never_read_out_as_the_speaker():
    said = {"speaker": "CNN report", "speaker_unclear": True}
    assert lines.speaker(said) == "speaker unclear in the account (CNN report)"


@pytest.mark.parametrize(
    ("title", "texts", "whole"),
    [
        ("Message: a b …", ["a b c"], ["Message: a b c"]),
        ("Message: a b", ["a b"], ["Message: a b"]),
        ("Message: a b", ["a b", "д"], ["Message: a b", "д"]),
        ("Message …", ["x"], ["Message …", "x"]),
        ("Zone", [], ["Zone"]),
    ],
)
def test_a_title_is_given_with_all_its_words(title, texts, whole):
    assert lines.in_full(title, texts) == whole


@pytest.mark.parametrize(("name", "read"), [("a.floor", "the plan’s floor"), ("b.window.start", "its start")])
def test_a_bound_is_named_in_words(name, read):
    assert lines.bound(name) == read


def test_a_ladder_says_how_far_it_got_and_on_whose_word():
    step = {"at": "2018-02-07T18:00:00Z", "by": "", "how": "machine", "cell": "", "remarks": ""}
    own = step | {"rung": "relayed", "by": "duty officer", "how": "own", "cell": "operations"}
    item = {"reader": "RUS", "reached": "relayed", "steps": [step | {"rung": "sent"}, own], "beside": []}
    assert lines.ladder(item) == (
        "reached [bold]relayed[/bold]: sent 2018-02-07 18:00Z (machine); "
        "relayed 2018-02-07 18:00Z by duty officer (own, operations)"
    )


@pytest.fixture(scope="module")
def story():
    """The Syria accounts, played, so that every list holds real things."""
    return replay(load(ROOT / "scenarios/syria_accounts"))


def spoken(rows):
    return [Text.from_markup(row).plain for row in rows]


@pytest.mark.parametrize("view", mostly_long(lines.LINERS, 6))
def test_real_lists_leave_nothing_dangling(story, view):
    found = 0
    # At its end nothing waits any more: attention is read while the build-up is unclaimed.
    at = utc("2018-02-07T19:30:00Z") if view == "attention" else None
    for party in ("COA", "RUS"):
        for item in story.fetch(PartyId(party), view, at)["items"]:
            for row in spoken(lines.LINERS[view](item, Printer(as_json=False))):
                found += 1
                assert not re.search(r"\bNone\b|\{'|\(\)|[:;,] *$|[;,] *[;,]| ,|\[\]", row), row
                assert not row.endswith((" from", " of", " to", " by")), row
    assert found


@pytest.mark.parametrize("party", ["COA", "RUS"])
def test_the_desk_of_a_whole_story_stays_readable(story, party):
    rows = spoken(whole_desk(story.fetch(PartyId(party), "picture"), Printer(as_json=False)))
    assert 60 < len(rows) < 260
    assert rows[0].startswith(story.fetch(PartyId(party), "picture")["name"])


def test_rival_claims_are_read_out_with_speakers_and_without_a_total(story):
    incidents = story.fetch(PartyId("COA"), "incidents")["items"]
    khasham = next(item for item in incidents if item["name"].startswith("Attack near Khasham"))
    rows = spoken(lines.incident(khasham, Printer(as_json=False)))
    first, last = rows.index("  killed"), rows.index("  wounded")
    assert last - first > 5
    assert all(
        re.search("according to|speaker unclear in the account", row)
        for row in rows[first + 1 : last]
        if row.startswith("    ") and row[6] != " "
    )
    assert not [row for row in rows if "total" in row.lower()]
    assert rows[-1] == "  Claims stand side by side; none is chosen and nothing is added up."


def test_a_stance_is_dated_by_its_telling_where_its_own_date_is_not_stated():
    said = {"stated_at": "2018-02-07T20:00:00Z", "speaker": "Moscow", "speaker_unclear": False}
    item = {"party_name": "RUS", "stance": "rejected", "words": "", "own": False, "when": None, "said": said}
    read = lines.stance(item)
    assert "according to Moscow" in read
    assert "2018" in read
