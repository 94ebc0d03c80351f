"""There is no direct link to the pro-government forces: words pass through the Russian desk, with a clock.

FAIL-03(a) and ACC-04, and a humanitarian cell that passes a text to two parties and their word back. The
original goes with its author's signature; each desk sees of the way what was told to it. The twins change
one input.
"""

from __future__ import annotations

import base64

import pytest
from msgspec.structs import replace
from tests.building_node import House, house, message, rung

from keepclear.commands import forwarding as commands
from keepclear.model.statements import decode, encode
from keepclear.service.keys import Keyring
from keepclear.views import forwarding as views
from keepclear.views.forwarding import Signature, signature_of
from keepclear.views.picture import Picture

RELATION = {"kind": "relation", "from_party": "RUS", "to_party": "PGF", "relation": "can influence",
            "relay_minutes": 25}  # fmt: skip
TO_RUS, TO_PGF = "Coalition (CJTF-OIR) → Russian forces in Syria", "Russian forces in Syria → Pro-government"


@pytest.fixture
def world():
    with house() as made:
        made.tell("COA", RELATION, "RUS")
        yield made


def ask(world: House, **more) -> dict:
    """The coalition asks the Russian desk to have the pro-government forces stop."""
    return world.tell("COA", message("RUS", words="Have them stop", for_party="PGF"), "RUS", **more)


def forward(world: House, party: str, told: dict, *readers: str):
    return world.post(party, "forwards", {"statement": told["statement"], "readers": list(readers)})


def trail(world: House, party: str, told: dict) -> dict:
    return world.get(party, f"statements/{told['statement']}/relay").ok().json


def leg(found: dict, to: str) -> dict:
    [one] = [row for row in found["legs"] if row["to_party"] == to]
    return one


def words_pass_through_the_russian_desk_with_a_clock(world: House, *, passes_on: bool = True) -> None:
    """ACC-04: each leg of coalition → Russia → pro-government with its time, receipt, and which one waits."""
    asked = ask(world)
    world.later(5)
    assert trail(world, "COA", asked)["waiting"][0].startswith(f"{TO_RUS}: told")
    world.tell("RUS", rung(asked, "RUS"), "COA")
    world.later(3)
    for desk in ("COA", "RUS"):
        waits = trail(world, desk, asked)
        assert leg(waits, "RUS")["took_s"] == 300
        [words] = waits["waiting"]
        assert words.startswith(f"{TO_PGF} forces: not told onward as far as is known here, for 8 min")
        assert "expected by" in words
    shown = {"statement": "", "digest": ""}
    if passes_on:
        shown = forward(world, "RUS", asked, "PGF", "COA").ok(201).json
        world.later(10)
        world.tell("PGF", rung(shown, "PGF"), "RUS")
        world.tell("RUS", rung(shown, "PGF"), "COA", via="phone")
    world.later(30)
    mine, theirs = trail(world, "COA", asked), trail(world, "RUS", asked)
    assert mine["waiting"] == theirs["waiting"] == []
    assert (leg(mine, "PGF")["reached"], leg(mine, "PGF")["took_s"]) == ("acknowledged", 600)
    assert leg(mine, "PGF")["reached_by"] == "reported by Russian forces in Syria"
    assert leg(theirs, "PGF")["reached_by"] == "own"
    at_end = trail(world, "PGF", shown)
    assert at_end == trail(world, "PGF", asked), "by the one id as by the other"
    assert (at_end["author"], at_end["title"], at_end["direct"]) == ("COA", mine["title"], False)
    assert "its arrival is not told here" in leg(at_end, "RUS")["words"]


def test_words_pass_through_the_russian_desk_with_a_clock(world):
    words_pass_through_the_russian_desk_with_a_clock(world)


def test_twin_what_the_russian_desk_keeps_to_itself_waits(world):
    with pytest.raises(AssertionError):
        words_pass_through_the_russian_desk_with_a_clock(world, passes_on=False)


def test_a_leg_that_lasts_longer_than_was_stated_is_overdue(world):
    asked = ask(world)
    world.tell("RUS", rung(asked, "RUS"), "COA")
    world.later(24)
    assert not leg(trail(world, "COA", asked), "PGF")["overdue"]
    world.later(2)
    late = leg(trail(world, "COA", asked), "PGF")
    assert late["overdue"]
    assert "should have come by" in late["words"]


def the_cell_passes_an_agencys_words_to_two_parties_and_their_word_back(world: House, *, back: bool) -> None:
    """ACC-04, FAIL-14: the cell (SDF here) shows RUS a message of COA's, and COA what RUS said to it."""
    said = world.tell("COA", message("SDF", words="Our convoy stands still"), "SDF")
    shown = forward(world, "SDF", said, "RUS", "PGF").ok(201).json
    world.later(4)
    world.tell("RUS", rung(shown, "RUS"), "SDF")
    word = world.tell("RUS", message("SDF", words="Nobody goes there today"), "SDF")
    if back:
        forward(world, "SDF", word, "COA").ok(201)
    world.later(1)
    assert [row["to_party"] for row in trail(world, "SDF", said)["legs"] if row["waiting"]] == ["SDF", "PGF"]
    came = trail(world, "COA", word)
    assert (came["author"], came["signature"]) == ("RUS", Signature.UNKNOWN.value)


def test_the_cell_passes_an_agencys_words_to_two_parties_and_their_word_back(world):
    the_cell_passes_an_agencys_words_to_two_parties_and_their_word_back(world, back=True)


def test_twin_without_the_way_back_the_agency_knows_nothing_of_it(world):
    with pytest.raises(AssertionError):
        the_cell_passes_an_agencys_words_to_two_parties_and_their_word_back(world, back=False)


def test_the_signature_inside_is_checked_by_the_authors_key_and_said_where_the_key_is_not_known(world):
    quiet = world.tell("RUS", message("COA", words="Stop at the bridge"), "COA")
    shown = forward(world, "COA", quiet, "SDF").ok(201).json
    assert trail(world, "SDF", shown)["signature"] == "signature not checked: key not known"
    world.tell("RUS", message("SDF", words="Hello"), "SDF")
    assert trail(world, "SDF", shown)["signature"] == "signature holds"


def test_twin_words_that_were_changed_on_the_way_show_as_not_the_authors(world, monkeypatch):
    """A node that does not hold to the rules shows on other words under the author's name."""
    asked = ask(world)
    world.tell("COA", message("PGF", words="Hello"), "PGF")
    real = encode

    def lying(statement):
        body = replace(statement.body, texts=(replace(statement.body.texts[0], words="Go ahead"),))
        return real(replace(statement, body=body))

    monkeypatch.setattr(commands, "encode", lying)
    forward(world, "RUS", asked, "PGF").refused("forward", 404)
    monkeypatch.setattr("keepclear.commands.admission.encode", lying)
    shown = forward(world, "RUS", asked, "PGF").ok(201).json
    assert trail(world, "PGF", shown)["signature"].startswith("SIGNATURE DOES NOT HOLD")


def test_a_signature_by_a_key_of_another_master_does_not_hold_and_a_revoked_key_is_said(world):
    asked = ask(world)
    picture = world.node.picture("RUS")
    statement = picture.entry(asked["statement"]).statement
    assert signature_of(picture, statement) is Signature.HOLDS
    assert signature_of(Picture("RUS"), statement) is Signature.UNKNOWN
    other = Keyring.from_seed("x", b"another seed", ("COA",)).sign(statement)
    forged = replace(other, author=statement.author)
    assert signature_of(picture, forged) is Signature.BROKEN
    assert signature_of(picture, replace(statement, sig="no base64!")) is Signature.BROKEN


def test_what_its_author_marked_onward_no_is_refused_at_the_senders_node(world):
    closed = ask(world, onward=False)
    forward(world, "RUS", closed, "PGF").refused("onward-no", 403)
    assert not trail(world, "COA", closed)["onward"]
    assert "COA" in forward(world, "RUS", closed, "PGF").json["passes"]


def test_twin_without_the_mark_it_goes(world):
    forward(world, "RUS", ask(world), "PGF").ok(201)


def test_the_mark_holds_for_what_was_shown_on_before_it_came_here(world, monkeypatch):
    closed = ask(world, onward=False)
    with monkeypatch.context() as lawless:
        lawless.setattr("keepclear.commands.admission.shown_on", lambda statement: [])
        shown = forward(world, "RUS", closed, "PGF").ok(201).json
    world.tell("RUS", message("SDF", words="Hello"), "SDF")
    forward(world, "PGF", shown, "SDF").refused("onward-no", 403)


def test_what_was_shown_on_twice_shows_every_hand_through_which_it_went(world):
    asked = ask(world)
    once = forward(world, "RUS", asked, "PGF").ok(201).json
    world.later(2)
    world.post("RUS", "tellings", {"statement": once["statement"], "readers": ["SDF"]}).ok(201)
    twice = forward(world, "PGF", once, "SDF").ok(201).json
    found = trail(world, "SDF", twice)
    ways = [(row["from_party"], row["to_party"]) for row in found["legs"]]
    assert ("COA", "RUS") in ways
    assert ("RUS", "PGF") in ways
    assert ("PGF", "SDF") in ways
    inner = decode(
        base64.b64decode(world.node.picture("SDF").entry(twice["statement"]).statement.body.original)
    )
    assert inner.id == once["statement"]


def test_own_words_are_told_on_and_not_forwarded_and_what_is_not_here_is_not_known(world):
    asked = ask(world)
    forward(world, "COA", asked, "PGF").refused("forward-own", 422)
    forward(world, "SDF", asked, "PGF").refused("forward", 404)
    world.get("SDF", f"statements/{asked['statement']}/relay").refused("held", 404)


def test_what_a_desk_is_told_nothing_of_shows_on_its_relay_not_at_all(world):
    asked = ask(world)
    forward(world, "RUS", asked, "PGF").ok(201)
    assert {row["to_party"] for row in trail(world, "COA", asked)["legs"] if row["told_at"]} == {"RUS"}


def seen_by_others_of_the_way(*, hidden: bool) -> list[bytes]:
    """What RUS and PGF get of the way, in a world where the coalition and SDF do more among themselves."""
    with house() as world:
        world.tell("COA", RELATION, "RUS")
        asked = ask(world, key="ask")
        if hidden:
            world.post("COA", "tellings", {"statement": asked["statement"], "readers": ["SDF"]}, key="h1").ok(
                201
            )
            world.tell("SDF", rung(asked, "SDF"), "COA", key="h2")
        shown = world.post(
            "RUS", "forwards", {"statement": asked["statement"], "readers": ["PGF"]}, key="forward"
        ).ok(201).json  # fmt: skip
        world.later(4)
        if hidden:
            world.post("SDF", "forwards", {"statement": asked["statement"], "readers": ["COA"]}, key="h3").ok(
                201
            )
        world.tell("PGF", rung(shown, "PGF"), "RUS", key="rung")
        return [
            world.get(party, f"statements/{one['statement']}/relay").ok().body
            for party in ("RUS", "PGF")
            for one in (asked, shown)
        ]


def test_two_worlds_that_differ_in_what_others_do_show_a_desk_the_same_way():
    assert seen_by_others_of_the_way(hidden=True) == seen_by_others_of_the_way(hidden=False)


def test_twin_a_way_that_tells_of_all_readers_of_a_text_is_caught(monkeypatch):
    """The planted leak: the view asks the author's outbox instead of the reader's own."""
    worlds: list[House] = []
    real_house, real_trail = house, views.relay_trail

    def kept():
        worlds.append(real_house())
        return worlds[-1]

    def leaky(picture, box, identity, now):
        found = real_trail(picture, box, identity, now)
        readers = worlds[-1].node.outbox("COA").readers()
        held = [one for one in readers if worlds[-1].node.outbox("COA").entry(one, found.original)]
        return replace(found, waiting=(*found.waiting, *held))

    monkeypatch.setattr(f"{__name__}.house", kept)
    monkeypatch.setattr("keepclear.service.http.forwarding.relay_trail", leaky)
    assert seen_by_others_of_the_way(hidden=True) != seen_by_others_of_the_way(hidden=False)
