"""What is shown on is found however deep it lies, and what does not go along with it is said."""

from __future__ import annotations

from tests.building_node import encoded_statement, house, zone

from keepclear.rules.shown_on import innermost, innermost_whole, left_behind


def shown_on(made, by, statement, *readers):
    body = {"kind": "forwarded", "original": encoded_statement(made, by, statement)}
    return made.tell(by, body, *readers)["statement"]


def test_the_innermost_statement_is_the_one_that_was_stated_first():
    with house() as made:
        first = made.tell("COA", zone("Ford"), "RUS")["statement"]
        twice = shown_on(made, "PGF", shown_on(made, "RUS", first, "PGF"))
        picture = made.node.picture("PGF")
        statement = picture.entry(twice).statement
        assert innermost(statement).id == first
        assert (
            innermost_whole(picture, statement).body == made.node.picture("COA").entry(first).statement.body
        )


def test_a_statement_without_files_leaves_none_behind():
    with house() as made:
        first = made.tell("COA", zone("Ford"), "RUS")["statement"]
        picture = made.node.picture("RUS")
        assert left_behind(picture, first) == ()
        assert left_behind(made.node.picture("RUS"), shown_on(made, "RUS", first, "PGF")) == ()


def test_files_that_are_named_within_and_do_not_go_along_are_named():
    with house() as made:
        kept = made.post("COA", "attachments", b"a paper").ok(201).json["salted_hash"]
        files = [{"salted_hash": kept, "what": "a paper"}]
        first = made.tell("COA", zone("Ford"), "RUS", attachments=files)["statement"]
        shown = shown_on(made, "RUS", first, "PGF")
        [words] = left_behind(made.node.picture("RUS"), shown)
        assert f"a paper ({kept})" in words
