"""An erased name cannot be confirmed by a guess, with every file of the node at hand (statements.md §5)."""

from __future__ import annotations

from contextlib import closing
from hashlib import sha256

import msgspec
import pytest
from tests.building_node import house
from tests.stories.test_shifts import shift

import keepclear.service.http.calls as calls
import keepclear.service.http.rota as rota
import keepclear.service.http.templates as templates
from keepclear.record.canonical import canonical
from keepclear.service.http.watch import Handing
from keepclear.stores.sqlite import SqliteStore

GUESSED = "Captain Brook"


def acts_that_name(node, name):
    """Carry out every act that names a person, and give what an attacker takes each request for."""
    call = node.post("COA", "calls", {"with_party": "RUS", "direction": "in"}).ok(201).json
    node.post("COA", f"calls/{call['subject']}/answered", {"role": "interpreter", "name": name}).ok(201)
    node.post("COA", "shifts", shift(name, "06:00", "12:00")).ok(201)
    found = node.get("COA", "templates").ok().json["templates"][0]
    wording = found["wordings"][0]
    approval = {"lang": wording["lang"], "text_hash": wording["text_hash"], "name": name, "role": "chief"}
    node.post("COA", f"templates/{found['name']}/approve", approval).ok(201)
    people = {"outgoing": "Lieutenant Cole", "incoming": name}
    stated = node.post("COA", "watch/handovers", people).ok(201).json
    node.post("COA", f"watch/handovers/{stated['statement']}/countersign", {"name": name}).ok(201)
    answered = calls.acts_on_calls.Answered("interpreter", name)
    return [
        ["call-answered", [call["subject"], answered]],
        ["call-answered", [call["subject"], answered, 1]],
        ["shift", msgspec.convert(shift(name, "06:00", "12:00"), rota.ShiftAsked)],
        ["template-approved", found["name"], templates.Approve(**approval)],
        ["handover", Handing("Lieutenant Cole", name)],
        ["take-over", stated["statement"], {"name": name}],
    ]


def erase_all(node):
    path = "/api/v1/desks/COA/attachments/"
    named = {
        each.salted_hash
        for entry in node.node.desk("COA").outbox.told("COA")
        for each in entry.statement.attachments
    }
    assert len(named) == 5, "the call, the shift, the template, two of the handover"
    for salted in named:
        node.call("DELETE", path + salted, token=node.token("COA")).ok()


def nobody_confirms_a_guess(folder):
    with closing(SqliteStore.open(folder / "record.sqlite")) as store, house(store) as node:
        asked = acts_that_name(node, GUESSED)
        erase_all(node)
        kept = b"".join(path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file())
    assert len(kept) > 10_000, "the files are read"
    for words in (GUESSED, GUESSED.casefold()):
        assert words.encode() not in kept
    for request in (*asked, GUESSED):
        for made in (sha256(canonical(request)), sha256(canonical([request]))):
            assert made.digest() not in kept, request
            assert made.hexdigest().encode() not in kept, request
    assert sha256(GUESSED.encode()).digest() not in kept


def test_with_every_file_at_hand_nobody_confirms_a_guessed_name(tmp_path):
    nobody_confirms_a_guess(tmp_path)


@pytest.mark.parametrize("route", [calls, templates, rota], ids=lambda module: module.__name__.split(".")[-1])
def test_nobody_confirms_a_guessed_name_twin_with_the_name_in_what_is_hashed(tmp_path, monkeypatch, route):
    monkeypatch.setattr(route, "replace", lambda asked, **_: asked)
    with pytest.raises(AssertionError):
        nobody_confirms_a_guess(tmp_path)


def test_the_files_of_two_names_hold_the_same_hashes_of_what_was_asked():
    rows = []
    for name in (GUESSED, "Colonel Dare"):
        with house() as node:
            acts_that_name(node, name)
            used = node.node.store.keys([("COA", f"key-{count}") for count in range(1, node.keys_used + 1)])
            rows.append(sorted((row.key, row.asked) for row in used))
    assert len(rows[0]) >= 6
    assert rows[0] == rows[1]


def test_a_repeated_act_is_known_by_its_name_while_the_name_is_held_and_leaves_nothing_behind():
    with house() as node:
        asked = shift(GUESSED, "06:00", "12:00")
        first = node.post("COA", "shifts", asked, key="once").ok(201).json
        again = node.post("COA", "shifts", asked, key="once").ok().json
        assert again["statement"] == first["statement"]
        other = asked | {"name": "Colonel Dare"}
        node.post("COA", "shifts", other, key="once").refused("idempotency-key", 409)
        node.post("COA", "shifts", other | {"end": asked["start"]}).refused("window-order")
        assert [row.body for row in node.node.store._attachments.values()] == [GUESSED.encode()]
        erase_named(node, first["statement"])
        assert node.post("COA", "shifts", asked, key="once").ok().json["statement"] == first["statement"]


def erase_named(node, statement):
    for named in node.get("COA", f"statements/{statement}").ok().json["statement"]["attachments"]:
        path = f"/api/v1/desks/COA/attachments/{named['salted_hash']}"
        node.call("DELETE", path, token=node.token("COA")).ok()
