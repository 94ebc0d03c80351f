"""A party had filed a plan, told nobody, and could show after the event that it had filed it before.

The twins show the story failing when one input is changed: the plan was filed after the commitment, its bytes
were changed, the table was erased.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from tests.building_node import bare_house, house, message, notice, plan
from tests.watching import Killed

from keepclear.commands import commitments as commands
from keepclear.links.tlog import codec
from keepclear.links.tlog.keepclear_verify import verify_files
from keepclear.model.commitments import CommitmentOpened, CommitmentStated, CommitmentTable
from keepclear.model.statements import LogId
from keepclear.service import node as node_module
from keepclear.service.commitments import Commitments
from keepclear.service.exporting import export
from keepclear.views import commitments as views

PLAN = "Convoy of ten lorries on the river road"


def at(hour: int, minute: int = 0) -> datetime:
    return datetime(2018, 2, 1, hour, minute, tzinfo=UTC)


class Hours:
    """A house whose commitments are made by hand, as its clock is moved."""

    def __init__(self) -> None:
        self.house = house()
        self.work = Commitments(lambda: self.house.node)
        self.house.tell("COA", message("RUS"), "RUS")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.house.close()

    def to(self, when: datetime) -> int:
        self.house.clock.move_to(when)
        return self.work.make()

    def file_plan(self, words: str = PLAN) -> str:
        return self.house.tell("COA", notice(what=words))["statement"]

    def open(self, statement: str, reader: str = "RUS"):
        return self.house.post("COA", "openings", {"statement": statement, "reader": reader})

    def seen(self, party: str = "RUS"):
        return self.house.items(party, "openings")


def a_plan_filed_before_the_event_is_shown_to_have_been(world, file_at, event):
    """SCN: the plan stands in the commitment of ten; the event is after ten; it is opened at noon."""
    if file_at == "before":
        plan = world.file_plan()
    assert world.to(at(10)) == len(world.house.node.hosted)
    if file_at == "after":
        plan = world.file_plan()
    world.house.clock.move_to(event)
    if file_at == "before":
        assert world.house.get("RUS", f"statements/{plan}").status == 404
    world.to(at(12, 5))
    world.open(plan).ok(201)
    [opening] = world.seen()
    assert opening["holds"]
    assert opening["of"] == plan
    assert datetime.fromisoformat(opening["filed_before"]) <= event
    assert world.house.get("RUS", f"statements/{plan}").ok().json["statement"]["body"]["what"] == PLAN


def test_a_plan_filed_before_the_event_is_shown_to_have_been():
    with Hours() as world:
        a_plan_filed_before_the_event_is_shown_to_have_been(world, "before", at(11, 20))


def test_twin_a_plan_filed_after_the_commitment_is_not_shown_to_be_older_than_the_event():
    with Hours() as world, pytest.raises(AssertionError):
        a_plan_filed_before_the_event_is_shown_to_have_been(world, "after", at(11, 20))


def test_twin_without_the_hour_nothing_is_proved(monkeypatch):
    monkeypatch.setattr(commands, "due", lambda desk, now: None)
    monkeypatch.setattr("keepclear.service.commitments.due", lambda desk, now: None)
    with Hours() as world, pytest.raises(AssertionError):
        a_plan_filed_before_the_event_is_shown_to_have_been(world, "before", at(11, 20))


def test_a_plan_that_another_was_put_in_place_of_does_not_hold():
    with Hours() as world:
        plan = world.file_plan()
        world.to(at(10))
        other = world.file_plan("Another plan, thought of later")
        world.to(at(11))
        world.open(plan).ok(201)
        world.open(other).ok(201)
        [true, late] = world.seen()
        assert true["filed_before"] < late["filed_before"]
        picture = world.house.node.picture("RUS")
        [(_, body), _] = picture.history(CommitmentOpened)
        assert views.why_not(picture, "COA", body) == ""
        for changed in (
            msgspec.structs.replace(body, of=late["of"]),
            msgspec.structs.replace(body, commitment=late["commitment"]),
            msgspec.structs.replace(body, place=(body.place + 1) % 1024),
            msgspec.structs.replace(body, salt="00" * 32),
            msgspec.structs.replace(body, commitment=late["of"]),
        ):
            assert views.why_not(picture, "COA", changed)
        assert views.why_not(picture, "SDF", body)


def test_every_hour_has_a_commitment_whether_anything_was_filed_or_not():
    with Hours() as world:
        counts = [world.to(at(hour, 1)) for hour in range(9, 14)]
        assert counts == [len(world.house.node.hosted)] * 5
        assert world.work.make() == 0
        for hour in (14, 14):
            world.house.clock.move_to(at(hour, 30))
        world.work.make()
        assert world.work.make() == 0
        mine = [row for row in world.house.items("RUS", "commitments") if row["by"] == "COA"]
        assert [row["hour"][11:13] for row in mine] == ["09", "10", "11", "12", "13", "14"]
        assert [row["missed"] for row in mine] == [0] * 6
        assert len({row["root"] for row in mine}) == 6


def test_hours_that_passed_while_the_node_was_down_are_stated_as_missed_in_one():
    with Hours() as world:
        world.to(at(9))
        plan = world.file_plan()
        world.house.clock.move_to(at(13, 40))
        again = Commitments(lambda: world.house.node)
        assert again.make() == len(world.house.node.hosted)
        [_, last] = [row for row in world.house.items("RUS", "commitments") if row["by"] == "COA"]
        assert (last["hour"][11:16], last["missed"]) == ("13:00", 3)
        assert "3 hours before it were missed" in last["words"]
        world.open(plan).ok(201)


def test_with_its_table_erased_a_commitment_can_never_be_opened_and_still_stands():
    with Hours() as world:
        plan = world.file_plan()
        world.to(at(10))
        for noted, _ in world.house.node.picture("COA").history(CommitmentTable):
            hashed = noted.statement.attachments[0].salted_hash
            path = f"/api/v1/desks/COA/attachments/{hashed}"
            world.house.call("DELETE", path, token=world.house.token("COA")).ok()
        world.open(plan).refused("commitment-holds", 422)
        assert world.house.get("COA", "proof").ok().json["verified"]


def test_who_was_no_reader_at_that_hour_is_shown_a_later_commitment():
    with Hours() as world:
        plan = world.file_plan()
        world.to(at(10))
        world.open(plan, "SDF").refused("commitment-holds", 422)
        world.house.tell("COA", message("SDF"), "SDF")
        world.to(at(11))
        world.open(plan, "SDF").ok(201)
        [opening] = world.seen("SDF")
        assert opening["holds"]
        assert opening["filed_before"].startswith("2018-02-01T11:00")
        world.open("RUS.nothing").refused("own-statement", 404)


def test_the_table_stands_with_its_author_alone():
    with Hours() as world:
        world.file_plan()
        world.to(at(10))
        kinds = [entry.statement.kind for entry in world.house.node.picture("RUS").entries()]
        author = {entry.statement.author.party for entry in world.house.node.picture("RUS").entries()
                  if entry.statement.kind == "commitment-table"}  # fmt: skip
        assert kinds.count("commitment-table") == 1
        assert author == {"RUS"}, "its own"
        outbox = world.house.node.outbox("COA")
        told = {entry.statement.id for entry, _ in world.house.node.picture("COA").history(CommitmentStated)
                if entry.log == LogId("COA", "COA") or entry.statement.author.party == "COA"}  # fmt: skip
        for reader in outbox.readers():
            assert all(outbox.entry(reader, one) for one in told)


def test_more_filings_than_leaves_wait_for_the_next_hour(monkeypatch):
    monkeypatch.setattr(commands, "LEAVES", 3)
    with Hours() as world:
        plans = [world.file_plan(f"Plan {number}") for number in range(5)]
        world.to(at(10))
        world.open(plans[2]).ok(201)
        world.open(plans[3]).refused("commitment-holds", 422)
        world.to(at(11))
        world.open(plans[4]).ok(201)
        assert all(row["holds"] for row in world.seen())


def test_a_crash_between_table_and_statement_loses_no_commitment(monkeypatch):
    with Hours() as world:
        plan = world.file_plan()
        world.house.clock.move_to(at(10))
        real = world.house.node.act

        def killed(ask):
            raise Killed

        monkeypatch.setattr(world.house.node, "act", killed)
        with pytest.raises(Killed):
            world.work.make()
        monkeypatch.setattr(world.house.node, "act", real)
        assert world.work.make() == len(world.house.node.hosted)
        world.open(plan).ok(201)


def test_no_person_states_a_commitment():
    with Hours() as world:
        body = {"kind": "commitment", "hour": "2018-02-01T10:00:00Z", "root": "0" * 64}
        world.house.try_tell("COA", body, "RUS").refused("node-only", 403)


def test_the_loop_makes_them_in_a_running_node(monkeypatch):
    monkeypatch.setattr("keepclear.service.commitments.STEP_S", 0.05)
    with Hours() as world:
        world.house.clock.move_to(at(10))

        async def run():
            import asyncio

            async with world.work.running(world.house.writer):
                for _ in range(200):
                    await asyncio.sleep(0.01)
                    if list(world.house.node.picture("RUS").history(CommitmentStated)):
                        return

        world.house.runner.run(run())
        assert world.house.items("RUS", "commitments")


@pytest.mark.parametrize("filed", [0, 40])
def test_the_work_on_what_was_filed_does_not_show_in_the_time_at_which_it_is_stated(monkeypatch, filed):
    """However long the preparing takes, the act waits for the next full step of the clock."""
    monkeypatch.setattr("keepclear.service.commitments.STEP_S", 1.0)
    slept: list[float] = []
    with Hours() as world:
        for number in range(filed):
            world.file_plan(f"Plan {number}")
        world.house.clock.move_to(at(10))
        steady = iter(range(1_000))
        monkeypatch.setattr(world.house.clock, "monotonic", lambda: next(steady) * filed / 100)

        async def sleep(seconds):
            slept.append(seconds)

        monkeypatch.setattr("keepclear.service.commitments.asyncio.sleep", sleep)
        world.house.runner.run(world.work._make(world.house.writer))
        # Others on the loop sleep, too, and for less.
        assert next(each for each in slept if each >= 1.0) == 2.0 - filed / 100
        assert world.house.items("RUS", "commitments")


def test_a_party_that_has_told_nobody_anything_commits_in_its_own_log():
    with bare_house(at=at(8, 30)) as made:
        work = Commitments(lambda: made.node)
        assert work.make() == 0
        made.clock.move_to(at(9) + timedelta(seconds=1))
        assert work.make() == len(made.node.hosted)
        assert node_module.LogId("COA", "RUS") not in {row.log for row in made.node.store.logs()}


def notes_of(world, party: str = "RUS") -> list[str]:
    files = codec.build(export(world.house.node, party))
    return verify_files(files).notes


def test_the_one_file_verifier_says_of_an_export_whether_an_opening_holds(monkeypatch):
    with Hours() as world:
        plan = world.file_plan()
        world.to(at(10))
        world.open(plan).ok(201)
        assert (
            f"an opening holds: COA had filed {plan} before its commitment of 2018-02-01T10:00:00"
            in "\n".join(notes_of(world))
        )
        changed = "0" * 64
        real = commands.CommitmentOpened
        monkeypatch.setattr(
            commands,
            "CommitmentOpened",
            lambda under, of, place, salt, path: real(under, of, place, changed, path),
        )
        world.open(plan).ok(201)
        assert any("DOES NOT HOLD" in note for note in notes_of(world))
        assert sorted(row["holds"] for row in world.seen()) == [False, True]


def test_a_party_that_has_fallen_silent_does_not_look_fresh_by_its_commitments():
    """What the clock states is no word of the party: the age of its newest word goes on."""
    with Hours() as world:
        world.house.tell("RUS", message("COA"), "COA")
        world.house.clock.move_to(at(9))
        before = world.house.post("COA", "check", plan()).ok().json["checked_against"]["parties"]
        for hour in (10, 11, 12):
            world.to(at(hour))
        after = world.house.post("COA", "check", plan()).ok().json["checked_against"]["parties"]
        assert [row["newest"] for row in after] == [row["newest"] for row in before]
        assert b"commitment" not in world.house.get("COA", "agenda").ok().body
