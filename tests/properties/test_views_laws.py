"""Laws of the views: arrival order, repeats and merging change nothing, and looking changes nothing."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.building import (
    START,
    World,
    as_json,
    boundary,
    claim,
    count,
    incident,
    minute,
    speaker,
    stance,
    zone,
)
from tests.small_syria import everything

from keepclear.model.measures import Basis, MeasureStated, Stance
from keepclear.model.telling import Revoked, StatusStated
from keepclear.model.words import PUBLIC, Form
from keepclear.views.desk import desk
from keepclear.views.incidents import incidents
from keepclear.views.measures import measures
from keepclear.views.mechanisms import mechanisms
from keepclear.views.picture import Picture, picture
from keepclear.views.ties import condition
from keepclear.views.told import Outbox, outbox, told

READERS = ("COA", "RUS", "PGF")
NOW = minute(10_000)
NAMED = ("COA", "RUS", "SYR")


@cache
def story() -> World:
    world = World()
    world.parties()
    everything(world)
    return world


@cache
def box_of(party: str) -> Outbox:
    return outbox(party, story().entries)


def shown(view: Picture) -> bytes:
    """All that a person at this party's desk sees."""
    box = box_of(view.party)
    return as_json((desk(view, box, NOW), mechanisms(view, box, NOW)))


@cache
def shown_in_order(party: str) -> bytes:
    return shown(story().picture(party))


@st.composite
def shuffled(draw):
    """A reader, and all entries in any order, some of them twice."""
    party = draw(st.sampled_from(READERS))
    entries = story().entries
    repeats = draw(st.lists(st.sampled_from(entries), max_size=20))
    return party, draw(st.permutations(entries + repeats))


@settings(deadline=None, max_examples=25)
@given(shuffled())
def test_any_order_and_any_repeats_show_the_same(case):
    party, entries = case
    assert shown(picture(party, entries)) == shown_in_order(party)


@settings(deadline=None, max_examples=25)
@given(shuffled(), st.integers(0, 400))
def test_folding_on_is_folding_anew(case, cut):
    party, entries = case
    on = picture(party, entries[:cut]).fold(picture(party, entries[cut:]).entries())
    anew = picture(party, entries)
    assert on.snapshot() == anew.snapshot()
    assert shown(on) == shown(anew)


@settings(deadline=None, max_examples=25)
@given(shuffled(), st.data())
def test_two_halves_merged_show_the_whole(case, data):
    party, entries = case
    sides = data.draw(st.lists(st.sampled_from("ABC"), min_size=len(entries), max_size=len(entries)))
    halves = [
        [entry for entry, side in zip(entries, sides, strict=True) if side in held] for held in ("AC", "BC")
    ]
    merged = picture(party, halves[0]).fold(picture(party, halves[1]).entries())
    assert shown(merged) == shown_in_order(party)


@settings(deadline=None, max_examples=30)
@given(st.sampled_from(READERS), st.integers(-120, 200), st.integers(0, 100))
def test_a_cut_picture_is_the_picture_of_what_had_come(party, at, later):
    world = story()
    come = [entry for entry in world.entries if entry.received_at <= minute(at)]
    assert picture(party, world.entries, minute(at)).snapshot() == picture(party, come).snapshot()
    grown = picture(party, world.entries, minute(at + later)).snapshot()
    assert grown.items() >= picture(party, come).snapshot().items()


@settings(deadline=None, max_examples=10)
@given(st.sampled_from(READERS))
def test_looking_changes_nothing(party):
    view = story().picture(party)
    before = view.snapshot()
    first = shown(view)
    assert shown(view) == first
    assert view.snapshot() == before
    assert len(view) == len(before)


@settings(deadline=None, max_examples=30)
@given(st.sampled_from(READERS), st.data())
def test_what_others_were_told_changes_nothing_here(party, data):
    """Two worlds that differ in what this party was not told show it the same."""
    entries = story().entries
    unseen = [entry for entry in entries if entry.log.reader not in (party, PUBLIC)]
    dropped = data.draw(st.sets(st.integers(0, len(unseen) - 1)))
    gone = {id(unseen[index]) for index in dropped}
    left = [entry for entry in entries if id(entry) not in gone]
    assert shown(picture(party, left)) == shown_in_order(party)


# One act on one measure: what is done, by whom, with which stance, on which text, as its own word, and in
# which form and on which basis a text is told. "text" restates it, "on" tells an existing text to one more
# reader, "revoke" takes it back, "status" gives a text a condition.
ACTS = st.lists(
    st.tuples(
        st.sampled_from(["text", "text", "revoke", "stance", "stance", "on", "status"]),
        st.sampled_from(["COA", "RUS", "SYR"]),
        st.sampled_from([Stance.AGREED, Stance.AGREED, Stance.REJECTED, Stance.SILENT]),
        st.integers(0, 5),
        st.booleans(),
        st.sampled_from([Form.EXACT, Form.EXACT, Form.COVERING, Form.CONFLICT_ONLY]),
        st.sampled_from([NAMED, NAMED, ("COA", "RUS"), ()]),
    ),
    max_size=14,
)
CONDITIONS = ("paused", "active", "suspended", "resumed")


class Act(NamedTuple):
    """What was done, for the plain rules: a text with whom it names, a stance, or a revocation."""

    kind: str
    text: str = ""
    who: str = ""
    stance: Stance | None = None
    named: tuple[str, ...] = ()
    form: Form = Form.EXACT
    status: str = ""


def act_out(acts, told_to=lambda own: (PUBLIC,)):
    """Play acts on one measure; gives the world and what was done, for the plain rules to judge."""
    world = World()
    texts, history = [], []
    for kind, who, value, which, own, form, named in acts:
        readers = told_to(own)
        if kind == "text" or not texts:
            basis = Basis.AGREED if named else Basis.DECLARED
            body = boundary(f"text {len(texts)}", parties=named, basis=basis)
            text = world.tell("COA", body, *readers, subject="COA.edge", form=form)
            texts.append(text)
            history.append(Act("text", text.id, named=named, form=form))
        elif kind == "revoke":
            world.tell("COA", Revoked("COA.edge"), *readers)
            history.append(Act("revoke"))
        elif kind == "on":
            world.tell_on(texts[which % len(texts)], "SDF", at=len(world.entries))
        elif kind == "status":
            text, status = texts[which % len(texts)], CONDITIONS[which % len(CONDITIONS)]
            world.tell("COA", StatusStated(text.id, status), *readers)
            history.append(Act("status", text.id, status=status))
        else:
            text = texts[which % len(texts)]
            said_by = None if own else speaker("a voice")
            world.tell(who, stance(text, who, value), PUBLIC, said_by=said_by)
            if own:
                history.append(Act("stance", text.id, who, value))
    return world, history


def standing_texts(history):
    since = max((number for number, act in enumerate(history) if act.kind == "revoke"), default=-1)
    return [act for act in history[since + 1 :] if act.kind == "text"]


def agreed_to(history, text, needed):
    """Whether all who are needed have ever agreed to a text together, and whether they still do."""
    said = {"COA": Stance.AGREED}
    ever = False
    for act in history:
        if act.kind == "stance" and act.text == text:
            said[act.who] = act.stance
        ever = ever or all(said.get(party) == Stance.AGREED for party in needed)
    return ever, all(said.get(party) == Stance.AGREED for party in needed)


def most_exact(texts):
    newest = {act.form: act.text for act in texts}
    return next((newest[form] for form in Form if form in newest), None)


def binding(history):
    """The plain rule: what was last agreed to by all whom it names and all who had agreed before it.

    Where nobody's agreement is needed, the owner's most exact text.
    """
    held, last, free = (), None, []
    for act in standing_texts(history):
        needed = {*act.named, *held}
        if not needed:
            free.append(act)
            continue
        ever, still = agreed_to(history, act.text, needed)
        if ever:
            held, last, free = act.named, act.text if still else None, []
    return most_exact(free) if free else last


@pytest.mark.long
@settings(deadline=None, max_examples=400)
@given(ACTS)
def test_the_operative_text_is_the_last_that_all_agreed_to(acts):
    world, history = act_out(acts)
    text = world.picture("PGF").operative("COA.edge")
    assert (None if text is None else text.statement.id) == binding(history)


@settings(deadline=None, max_examples=200)
@given(ACTS)
def test_no_form_and_no_telling_on_hides_what_a_party_knows_more_exactly(acts):
    world, history = act_out(acts)
    for party in ("COA", "SDF"):
        view = world.picture(party)
        text = view.latest("COA.edge")
        assert (None if text is None else text.statement.id) == most_exact(standing_texts(history))
        known = view.counting("COA.edge")
        assert [entry.statement.id for entry in known[:1]] == [
            one for one in (binding(history) or most_exact(standing_texts(history)),) if one
        ]


@settings(deadline=None, max_examples=200)
@given(ACTS)
def test_revocation_never_falls_back_to_an_earlier_text(acts):
    last = [("text", "COA", None, 0, True, Form.EXACT, NAMED), ("revoke", "COA", None, 0, True, None, ())]
    world, _ = act_out([*acts, *last])
    view = world.picture("PGF")
    assert view.latest("COA.edge") is None
    assert view.operative("COA.edge") is None
    assert view.counting("COA.edge") == ()
    assert not list(view.each(MeasureStated))
    assert [row.standing for row in measures(view, minute(500))] == ["withdrawn"]
    again = world.tell("COA", boundary("again", parties=NAMED), PUBLIC, subject="COA.edge")
    text = world.picture("PGF").latest("COA.edge")
    assert text is not None
    assert text.statement.id == again.id
    assert world.picture("PGF").operative("COA.edge") is None


def as_held(view, forms):
    """The newest text of each of the forms and its condition, or that it was taken back, on one desk."""
    held = {}
    for entry in view.texts("COA.edge"):
        if entry.statement.form in forms:
            state = condition(view, entry) if view.stands(entry) else "taken back"
            held[entry.statement.form] = (entry.statement.id, state)
    return held


@settings(deadline=None, max_examples=300)
@given(ACTS)
def test_whoever_holds_less_than_the_owner_shows_as_left_behind(acts):
    """Texts, revocations and conditions that were not told count alike."""
    world, _ = act_out(acts, lambda own: ("SDF",) if own else ())
    own, theirs = world.picture("COA"), world.picture("SDF")
    forms = {entry.statement.form for entry in theirs.texts("COA.edge")}
    rows = told(world.box("COA"), own, "SDF")
    if as_held(theirs, forms) != as_held(own, forms):
        assert any(row.behind for row in rows)


@settings(deadline=None, max_examples=200)
@given(ACTS)
def test_whoever_was_told_everything_is_left_behind_in_nothing(acts):
    world, _ = act_out(acts, lambda own: ("SDF",))
    own, theirs = world.picture("COA"), world.picture("SDF")
    assert as_held(theirs, set(Form)) == as_held(own, set(Form))
    assert not any(row.behind for row in told(world.box("COA"), own, "SDF"))


SAID = st.lists(
    st.tuples(
        st.sampled_from(["COA", "RUS", "PRESS"]),
        st.sampled_from(["Dillon", "Harrigian", "Moscow", ""]),
        st.integers(0, 300),
    ),
    min_size=1,
    max_size=12,
)


@settings(deadline=None, max_examples=100)
@given(SAID)
def test_rival_claims_are_never_merged_and_each_keeps_its_speaker(said):
    world = World()
    happened = world.tell("COA", incident(), PUBLIC)
    expected = []
    for author, name, value in said:
        made = world.tell(
            author,
            claim(happened, count=count(value, value)),
            PUBLIC,
            said_by=speaker(name) if name else None,
        )
        expected.append((made.id, name or author, str(value), value, value))
    killed = incidents(world.picture("PGF"))[0].aspects[0]
    found = [(row.statement, row.speaker, row.shown, row.low, row.high) for row in killed.claims]
    assert found == expected


@settings(deadline=None, max_examples=100)
@given(st.lists(st.tuples(st.sampled_from(NAMED), st.sampled_from(list(Stance))), max_size=12))
def test_every_stance_stays_and_one_for_each_party_is_its_latest(taken):
    world = World()
    first = world.tell("COA", zone(), PUBLIC)
    for party, value in taken:
        world.tell(party, stance(first, party, value), PUBLIC)
    found = measures(world.picture("PGF"), minute(500))[0].stances
    assert [(row.party, row.stance) for row in found] == [(party, value.value) for party, value in taken]
    last = dict(taken)
    assert {row.party: row.stance for row in found if row.latest} == last
    assert sum(row.latest for row in found) == len(last)


def test_the_story_is_long_enough_to_say_something():
    assert len({entry.statement.id for entry in story().entries}) > 40
    assert START < NOW
