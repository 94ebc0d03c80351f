"""The three grades, and the word of the exporter, which is worth none of the upper two."""

from __future__ import annotations

import pytest

from keepclear.errors import Malformed
from keepclear.links.tlog import codec
from keepclear.links.tlog.verify import report, verify_files


def grade(files, policy=None, pins=()):
    verdict = verify_files(files, policy, pins)
    assert verdict.refused is None, verdict.refused
    return verdict.grade


def test_log_signed_by_its_author_alone_is_grade_one(world):
    files = world.files()
    assert grade(files) == 1
    assert grade(files, world.policy(world.log())) == 1


def test_own_policy_of_the_export_gives_grade_one_and_says_what_to_compare(world):
    files = world.files(world.rus.mirror, world.monitor.witness)
    verdict = verify_files(files)
    said = "\n".join(report(verdict))
    assert verdict.grade == 1
    assert "2 cosignatures present by keys nobody outside has confirmed" in said
    assert world.rus.mirror.fingerprint() in said
    assert "compare it by voice and run again with --policy" in said
    assert said.splitlines()[-1] == "grade: 1 self-consistent only"


def test_readers_key_confirmed_outside_gives_grade_two(world):
    files = world.files(world.rus.mirror)
    policy = world.policy(world.log())
    assert grade(files, policy) == 2
    assert report(verify_files(files, policy))[-1] == "grade: 2 cosigned by the reader"


def test_witness_key_confirmed_outside_gives_grade_three(world):
    files = world.files(world.monitor.witness)
    assert grade(files, world.policy(world.log())) == 3


def test_pin_does_what_a_policy_does(world):
    files = world.files(world.rus.mirror, world.monitor.witness)
    assert grade(files, pins=[f"reader/RUS={world.rus.mirror.vkey}"]) == 2
    assert grade(files, pins=[f"witness/MON={world.monitor.witness.vkey}"]) == 3


def test_pin_must_say_whose_key_it_is(world):
    files = world.files(world.rus.mirror)
    for pin in (world.rus.mirror.vkey, f"RUS={world.rus.mirror.vkey}", f"reader/RUS={world.rus.duty.vkey}"):
        with pytest.raises(Malformed):
            verify_files(files, pins=[pin])


def test_authorship_is_said_to_rest_on_the_exporters_word_until_the_logs_key_is_confirmed(world):
    files = world.files(world.rus.mirror)
    pinned = "\n".join(report(verify_files(files, pins=[f"reader/RUS={world.rus.mirror.vkey}"])))
    known = "\n".join(report(verify_files(files, world.policy(world.log()))))
    assert "rests on the exporter's word" in pinned
    assert "rests on the exporter's word" not in known


@pytest.mark.parametrize("name", ["reader/SYR", "reader/USA", "witness/USA", "witness/RUS", "host/RUS"])
def test_cosigner_in_another_role_raises_no_grade(world, name):
    files = world.files(world.rus.mirror)
    assert grade(files, pins=[f"{name}={world.rus.mirror.vkey}"]) == 1


def test_anyone_but_the_author_is_the_reader_of_what_is_told_to_all(world):
    made = world.LogMaker(world.usa, "public").open()
    files = codec.build(world.export(made.export(world.rus.mirror), made, attached=False))
    assert grade(files, pins=[f"reader/RUS={world.rus.mirror.vkey}"]) == 2
    assert grade(files, pins=[f"reader/USA={world.rus.mirror.vkey}"]) == 1


def test_key_that_also_signs_the_log_counts_for_nothing(world):
    made = world.log()
    signer = world.rus.mirror.from_seed("rus.example/mirror", b"k" * 32, world.rus.mirror.kind)
    duty = world.usa.duty.from_seed("usa.example/duty", b"k" * 32)
    made.author.duty = duty
    made.statements = [made.author.state(one["body"], number) for number, one in enumerate(made.statements)]
    policy = world.policy_text(made.key, reader_RUS=signer)
    export = codec.Export((made.export(signer),), policy, {duty.key_id: duty.vkey})
    assert grade(codec.build(export), policy) == 1


def test_quorum_of_the_outside_policy_must_be_met(world):
    made = world.log()
    lines = world.policy(made).splitlines()[:-1]
    both = "\n".join([*lines, "group both all reader/RUS witness/MON", "quorum both", ""])
    assert grade(world.files(world.rus.mirror), both) == 1
    assert grade(world.files(world.rus.mirror, world.monitor.witness), both) == 3


def test_export_reads_as_its_weakest_log(world):
    made, own = world.log(), world.LogMaker(world.usa, "USA").open()
    own.statements[0] = world.usa.state(own.statements[0]["body"], 77)
    policy = world.policy_text(made.key, own.key, reader_RUS=world.rus.mirror)
    export = codec.Export(
        (made.export(world.rus.mirror), own.export()), policy, {world.usa.duty.key_id: world.usa.duty.vkey}
    )
    verdict = verify_files(codec.build(export), policy)
    assert [log.grade for log in verdict.logs] == [2, 1]
    assert verdict.grade == 1


def test_verdict_names_who_held_it_and_when(world):
    said = "\n".join(report(verify_files(world.files(world.rus.mirror), world.policy(world.log()))))
    assert "USA -> RUS, 3 entries" in said
    assert "cosigned by reader/RUS at 2018-02-07T21:00:00Z by its clock (confirmed from outside)" in said


def test_erased_attachment_is_counted_and_refuses_nothing(world):
    made = world.log()
    erased = codec.build(world.export(made.export(), made, attached=False))
    verdict = verify_files(erased)
    assert (verdict.grade, verdict.attachments_present, verdict.attachments_absent) == (1, 0, 1)


def test_other_key_than_the_confirmed_one_is_noted(world):
    liar = world.Author("RUS", forger="not Russia")
    made = world.log()
    policy = world.policy_text(made.key, reader_RUS=liar.mirror)
    files = codec.build(
        codec.Export((made.export(liar.mirror),), policy, {world.usa.duty.key_id: world.usa.duty.vkey})
    )
    verdict = verify_files(files, world.policy(made))
    assert verdict.grade == 1
    assert "another key for reader/RUS than the one you confirmed" in "\n".join(report(verdict))


def marked_by_the_author(world, **also):
    """Give an export that the author's own node has marked, and that its own policy names so."""
    made = world.log()
    policy = world.policy_text(made.key, reader_USA=world.usa.mirror, **also)
    keys = {world.usa.duty.key_id: world.usa.duty.vkey}
    return codec.build(codec.Export((made.export(world.usa.mirror),), policy, keys))


def test_the_mark_of_the_authors_own_node_is_called_so_and_nobodys_cosignature(world):
    files = marked_by_the_author(world)
    for pins in ([], [f"reader/USA={world.usa.mirror.vkey}"]):
        verdict = verify_files(files, pins=pins)
        said = "\n".join(report(verdict))
        assert "marked by its author's own side, as reader/USA" in said
        assert "cosigned by reader/USA" not in said
        assert [mark.own for log in verdict.logs for mark in log.cosigned] == [True]
        assert verdict.grade == 1


@pytest.mark.parametrize("who", ["witness/MON", "reader/RUS"])
def test_the_authors_own_key_confirmed_as_anothers_raises_no_grade_and_is_said(world, who):
    verdict = verify_files(marked_by_the_author(world), pins=[f"{who}={world.usa.mirror.vkey}"])
    said = "\n".join(report(verdict))
    assert verdict.grade == 1
    assert f"you confirmed usa.example/mirror as {who}, but it is the key of the node that writes" in said


def test_twin_the_readers_key_under_its_own_name_is_no_authors_mark(world):
    verdict = verify_files(world.files(world.rus.mirror), pins=[f"reader/RUS={world.rus.mirror.vkey}"])
    said = "\n".join(report(verdict))
    assert "cosigned by reader/RUS" in said
    assert "own side" not in said
    assert verdict.grade == 2
