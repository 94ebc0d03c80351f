"""LIM-06: protected sites never leave by default; only a Release, per recipient party, lets them out."""

from __future__ import annotations

import pytest
from tests.building_node import House, circle, encoded_statement, notice, release, spot, zone

from keepclear.links.tlog import codec
from keepclear.service.exporting import export
from keepclear.service.http.desks import LISTS

NAME = "Clinic of the lower town"


def site(name: str = NAME, **more):
    given = {"shape": spot(39.01, 35.95, 30.0), **more}
    return zone(name, measure="protected site", effect="keep-out-requested", **given)


def kept(made: House) -> dict:
    return made.tell("COA", site())


def released(made: House, own: dict, reader: str, form: str = "exact", **more) -> dict:
    return made.tell("COA", release(own["subject"], reader, form, **more))


def holds(made: House, party: str) -> bool:
    """Whether the site is in anything that a desk is given, exports included."""
    paths = ["picture", "held", "told/COA", *LISTS]
    shown = any(NAME.encode() in made.get(party, path).ok().body for path in paths)
    exported = b"".join(codec.build(export(made.node, party)).values())
    assert shown == (NAME.encode() in exported)
    return shown


@pytest.mark.parametrize("reader", ["RUS", "SDF", "public"])
def test_a_protected_site_leaves_by_no_way_without_a_release(fresh, reader):
    own = kept(fresh)
    before = fresh.size()
    fresh.try_tell("COA", site(), reader).refused("LIM-06", 403)
    fresh.try_tell("COA", site("renamed"), reader, subject=own["subject"]).refused("LIM-06", 403)
    fresh.try_tell("COA", site(), reader, form="covering").refused("LIM-06", 403)
    fresh.post("COA", "tellings", {"statement": own["statement"], "readers": [reader]}).refused("LIM-06", 403)
    assert fresh.size() == before
    assert holds(fresh, "COA")
    for party in ("RUS", "SDF", "PGF"):
        assert not holds(fresh, party)


def test_a_release_lets_it_out_to_that_party_alone(fresh):
    own = kept(fresh)
    released(fresh, own, "RUS")
    for readers in (["SDF"], ["RUS", "SDF"]):
        on = {"statement": own["statement"], "readers": readers}
        fresh.post("COA", "tellings", on).refused("LIM-06", 403)
    assert not holds(fresh, "RUS"), "a decision is not yet a telling"
    fresh.post("COA", "tellings", {"statement": own["statement"], "readers": ["RUS"]}).ok(201)
    assert holds(fresh, "RUS")
    assert not holds(fresh, "SDF")


def test_a_release_to_one_party_is_none_to_everybody(fresh):
    own = kept(fresh)
    released(fresh, own, "RUS")
    fresh.try_tell("COA", site("n2"), "public", subject=own["subject"]).refused("LIM-06", 403)
    released(fresh, own, "public")
    fresh.post("COA", "tellings", {"statement": own["statement"], "readers": ["public"]}).ok(201)


@pytest.mark.parametrize("how", ["withdrawn", "revoked"])
def test_a_release_that_was_taken_back_lets_nothing_more_out(fresh, how):
    own = kept(fresh)
    made = released(fresh, own, "RUS")
    if how == "withdrawn":
        fresh.tell("COA", release(own["subject"], "RUS", "exact", withdrawn=True), subject=made["subject"])
    else:
        fresh.tell("COA", {"kind": "revoked", "of": made["subject"]})
    on = {"statement": own["statement"], "readers": ["RUS"]}
    fresh.post("COA", "tellings", on).refused("LIM-06", 403)
    fresh.later()
    released(fresh, own, "RUS")
    fresh.post("COA", "tellings", on).ok(201)


@pytest.mark.parametrize(("form", "passes"), [
    ("exact", {"exact", "covering", "conflict-only"}),
    ("covering", {"covering", "conflict-only"}),
    ("conflict-only", {"conflict-only"}),
])  # fmt: skip
def test_what_leaves_is_no_more_exact_than_what_was_released(fresh, form, passes):
    for number, tried in enumerate(("exact", "covering", "conflict-only")):
        own = kept(fresh)
        released(fresh, own, "RUS", form)
        if tried == "exact":
            on = {"statement": own["statement"], "readers": ["RUS"]}
            answer = fresh.post("COA", "tellings", on)
        else:
            shape = circle(39.0, 35.95, 3_000.0 + number)
            answer = fresh.try_tell("COA", site(shape=shape), "RUS", subject=own["subject"], form=tried)
        assert (answer.status == 201) == (tried in passes), (tried, answer.body)
        if answer.status != 201:
            answer.refused("LIM-06", 403)


def test_anothers_release_is_none(fresh):
    """RUS keeps a site of its own; COA's decisions let nothing of it out."""
    theirs = fresh.tell("RUS", site())
    fresh.try_tell("COA", release(theirs["subject"], "SDF")).refused("one-owner", 403)
    on = {"statement": theirs["statement"], "readers": ["COA"]}
    fresh.post("RUS", "tellings", on).refused("LIM-06", 403)


def test_showing_on_what_was_released_to_oneself_needs_a_release_too(fresh):
    own = kept(fresh)
    released(fresh, own, "RUS")
    fresh.post("COA", "tellings", {"statement": own["statement"], "readers": ["RUS"]}).ok(201)
    body = {"kind": "forwarded", "original": encoded_statement(fresh, "RUS", own["statement"])}
    fresh.try_tell("RUS", body, "SDF").refused("LIM-06", 403)
    mine = fresh.tell("RUS", body)
    twice = {"kind": "forwarded", "original": encoded_statement(fresh, "RUS", mine["statement"])}
    fresh.try_tell("RUS", twice, "SDF").refused("LIM-06", 403)
    fresh.tell("RUS", release(mine["subject"], "SDF", "exact"))
    fresh.post("RUS", "tellings", {"statement": mine["statement"], "readers": ["SDF"]}).ok(201)


def elsewhere(at, radius_m: float = 100.0) -> dict[str, dict]:
    """The place of the site under other names."""
    spot_ = {"area": spot(39.01, at, 30.0)}
    return {
        "zone": zone("A zone", shape=circle(39.01, at, radius_m)),
        "notice": notice("Own works", circle(39.01, at, radius_m)),
        "remark": {"kind": "remark", "text": "see here", "place": spot_},
        "post": zone("Wide", posts=[{"name": "A post", "monitor": "COA", "place": spot_}]),
    }


@pytest.mark.parametrize("what", ["zone", "notice", "remark", "post"])
def test_its_place_does_not_leave_under_another_name(fresh, what):
    own = kept(fresh)
    body = elsewhere(35.95)[what]
    rule = "LIM-08" if what == "remark" else "LIM-06"  # no remark tells an exact place
    fresh.try_tell("COA", body, "RUS").refused(rule, 403)
    fresh.try_tell("COA", body, "public").refused(rule, 403)
    released(fresh, own, "RUS")
    fresh.post("COA", "tellings", {"statement": own["statement"], "readers": ["RUS"]}).ok(201)
    if what != "remark":
        fresh.tell("COA", body, "RUS")
        fresh.try_tell("COA", body, "SDF").refused("LIM-06", 403)


@pytest.mark.parametrize("what", ["zone", "notice", "post"])
def test_twin_a_place_away_from_it_is_told(fresh, what):
    kept(fresh)
    fresh.tell("COA", elsewhere(35.90)[what], "RUS")


def test_a_wide_zone_round_it_is_no_telling_of_it(fresh):
    kept(fresh)
    fresh.tell("COA", zone("Wide", shape=circle(39.01, 35.95, 5_000.0)), "RUS")


def test_anothers_site_does_not_leave_as_a_zone_of_ones_own(fresh):
    theirs = fresh.tell("RUS", site())
    fresh.tell("RUS", release(theirs["subject"], "COA", "exact"))
    fresh.post("RUS", "tellings", {"statement": theirs["statement"], "readers": ["COA"]}).ok(201)
    fresh.try_tell("COA", elsewhere(35.95)["zone"], "SDF").refused("LIM-06", 403)
    fresh.tell("COA", elsewhere(35.95)["zone"], "RUS")
