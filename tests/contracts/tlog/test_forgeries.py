"""What a liar can do with the author's own keys and plenty of time, and how each lie reads."""

from __future__ import annotations

import base64
import json

import pytest

from keepclear.errors import Malformed
from keepclear.links.tlog import codec
from keepclear.links.tlog.keepclear_verify import Outside
from keepclear.links.tlog.keepclear_verify import verify_files as verify_with
from keepclear.links.tlog.verify import report, verify_files
from keepclear.record import note
from keepclear.record.canonical import canonical, statement_message
from keepclear.record.signing import encode_base64
from keepclear.record.tiles import entry_bundles, hash_tiles
from keepclear.record.tree import leaf_hash


def refused(files, policy=None):
    verdict = verify_files(files, policy)
    assert verdict.refused is not None, "accepted"
    assert verdict.grade == 0
    assert report(verdict)[-1].startswith("REFUSED")
    return verdict.refused


def rewritten(world, texts=4):
    """The same log, one word changed, everything signed again with the author's own keys."""
    made = world.LogMaker(world.usa, "RUS").open().say("No convoy leaves.")
    for number in range(texts - 2):
        made.say(f"Still on the road, report {number}.")
    return made


def replaced(world, made, cosigned: bytes, *, earlier=()):
    """Build the files of a log by hand, with a checkpoint that the builder would refuse to write."""
    files = codec.build(world.export(made.export(), made, attached=False))
    files["logs/0/checkpoint"] = cosigned
    for size, signed in earlier:
        files[f"logs/0/checkpoints/{size}"] = signed
    return files


def test_log_rewritten_and_signed_again_by_its_author_reads_as_grade_one_at_most(world):
    made = rewritten(world)
    files = codec.build(world.export(made.export(), made, attached=False))
    verdict = verify_files(files, world.policy(made))
    assert (verdict.refused, verdict.grade) == (None, 1)


def test_rewritten_log_with_the_old_cosignature_is_refused_naming_the_checkpoint(world):
    old, new = world.log(4), rewritten(world)
    line = note.parse(old.signed(world.rus.mirror)).lines[1].line().encode()
    found = refused(replaced(world, new, note.add_lines(new.signed(), line)))
    assert found["file"] == "logs/0/checkpoint"
    assert "rus.example/mirror" in found["why"]
    assert found["log"] == "USA -> RUS"


def test_rewritten_log_is_refused_naming_the_first_checkpoint_that_contradicts_it(world):
    old, new = world.log(4), rewritten(world)
    earlier = [(size, old.signed(world.rus.mirror, size=size)) for size in (3, 1, 2)]
    found = refused(replaced(world, new, new.signed(), earlier=earlier))
    assert found["file"] == "logs/0/checkpoints/2"
    assert "contradicts the log" in found["why"]
    assert "rus.example/mirror" in found["why"]


def test_checkpoint_kept_outside_catches_a_rewriting_that_hides_all_evidence(world):
    old, new = world.log(4), rewritten(world)
    files = codec.build(world.export(new.export(), new, attached=False))
    kept = Outside(checkpoints={"kept-in-march": old.signed(world.rus.mirror, size=3)})
    found = verify_with(files, kept).refused
    assert found is not None
    assert found["file"] == "kept-in-march"


def test_checkpoint_kept_outside_of_the_same_log_agrees(world):
    made = world.log(4)
    files = codec.build(world.export(made.export(), made))
    verdict = verify_with(files, Outside(checkpoints={"kept": made.signed(world.rus.mirror, size=3)}))
    assert verdict.refused is None
    assert verdict.logs[0].earlier == [3]


def test_log_that_was_cut_is_refused(world):
    long, short = world.log(4), world.log(3)
    found = refused(replaced(world, short, short.signed(), earlier=[(4, long.signed())]))
    assert found["file"] == "logs/0/checkpoints/4"
    assert "was cut" in found["why"]


def test_planted_checkpoint_that_nobody_signed_contradicts_nothing_and_is_refused_itself(world):
    made, liar = world.log(), world.Author("USA", forger="not the United States")
    planted = world.LogMaker(liar, "RUS").open().signed()
    found = refused(replaced(world, made, made.signed(), earlier=[(1, planted)]))
    assert "no policy here names" in found["why"]


def test_other_log_key_than_the_confirmed_one_is_refused(world):
    liar = world.Author("USA", forger="not the United States")
    made = world.LogMaker(liar, "RUS").open()
    files = codec.build(world.export(made.export(), made, attached=False))
    assert verify_files(files).grade == 1
    found = refused(files, world.policy(world.log()))
    assert "than the one you confirmed" in found["why"]


def reindexed(world, change, at=1):
    """Change one statement or entry with all hashes and the checkpoint made anew."""
    made = world.log()
    files = codec.build(world.export(made.export(), made))
    entries = [json.loads(entry) for entry in made.entries()]
    change(entries[at])
    raw = [canonical(entry) for entry in entries]
    from_scratch = entry_bundles(raw) | hash_tiles([leaf_hash(one) for one in raw])
    files |= {f"logs/0/{path}": one for path, one in from_scratch.items()}
    made.entries = lambda: tuple(raw)  # type: ignore[method-assign]
    files["logs/0/checkpoint"] = made.signed()
    return files


def resigned(world, entry, **changes):
    statement = entry["statement"] | changes
    statement["sig"] = encode_base64(world.usa.duty.sign(statement_message(statement)))
    entry["statement"] = statement


def test_changed_statement_is_refused_naming_log_entry_and_file(world):
    def change(entry):
        entry["statement"]["body"]["words"] = "No convoy leaves."

    found = refused(reindexed(world, change))
    assert (found["log"], found["entry"], found["file"]) == ("USA -> RUS", 1, "logs/0/tile/entries/000.p/3")
    assert "signature by usa.example/duty" in found["why"]


def test_changed_byte_is_laid_to_the_file_that_does_not_lead_to_the_root(world):
    for path in ("logs/0/tile/entries/000.p/3", "logs/0/tile/0/000.p/3"):
        files = world.files()
        changed = bytearray(files[path])
        changed[-1] ^= 1
        found = refused(files | {path: bytes(changed)})
        assert (found["entry"], found["file"]) == (2, path)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda entry: entry.update(index=2), "says that it is entry 2"),
        (lambda entry: entry.update(index=True), "canonical"),
        (lambda entry: entry.update(sees=-1), "sees"),
        (lambda entry: entry.update(sees=True), "canonical"),
        (lambda entry: entry.update(recorded_at="2018-02-07 20:00"), "UTC"),
        (lambda entry: entry.update(more=1), "index, recorded_at, sees and statement"),
        (lambda entry: entry["statement"].pop("sig"), "does not hold"),
        (lambda entry: entry["statement"].update(sig="QR=="), "canonical base64"),
        (lambda entry: entry["statement"]["author"].update(key="usa.example/other+00000000"), "has no key"),
        (lambda entry: entry["statement"]["author"].update(party="SYR"), "a statement of SYR"),
        (lambda entry: entry.update(statement=[]), "no object"),
    ],
)
def test_entry_that_breaks_a_rule_is_refused(world, change, why):
    found = refused(reindexed(world, change))
    assert found["entry"] == 1
    assert why in found["why"]


def test_log_that_does_not_open_with_its_author_and_reader_is_refused(world):
    def change(entry):
        resigned(world, entry, body=entry["statement"]["body"] | {"reader": "SYR"})

    assert "entry 0 does not open a log of USA to RUS" in refused(reindexed(world, change, at=0))["why"]


def test_two_texts_under_one_id_are_refused(world):
    found = refused(reindexed(world, lambda entry: resigned(world, entry, id="USA.0002")))
    assert "another text here than in" in found["why"]


def test_different_texts_to_two_readers_under_one_id_are_refused(world):
    first = world.LogMaker(world.usa, "RUS").open()
    second = world.LogMaker(world.usa, "SYR").open()
    second.statements[0] = world.usa.state(second.statements[0]["body"], 77)
    keys = {world.usa.duty.key_id: world.usa.duty.vkey}
    policy = world.policy_text(first.key, second.key)
    honest = codec.Export((first.export(), second.export()), policy, keys)
    assert verify_files(codec.build(honest)).grade == 1
    first.say("The road is open.")
    second.say("The road is closed.")
    found = refused(codec.build(codec.Export((first.export(), second.export()), policy, keys)))
    assert (found["log"], found["entry"]) == ("USA -> SYR", 1)


def test_a_shape_beside_the_log_that_is_none_of_the_attachments_is_refused(world):
    body = {"kind": "measure", "name": "River", "shape_beside": "0" * 64}

    def naming(*hashes):
        named = [{"salted_hash": one, "what": "shape"} for one in hashes]
        return reindexed(world, lambda entry: resigned(world, entry, body=body, attachments=named), at=2)

    assert verify_files(naming("0" * 64)).refused is None
    assert "none of its attachments" in refused(naming("1" * 64))["why"]
    assert "none of its attachments" in refused(naming())["why"]


def test_statement_after_its_keys_revocation_is_refused(world):
    made = world.log(2)
    revoked = {"kind": "key", "vkey": world.usa.duty.vkey, "signs": "statements", "revoked": True}
    made.statements.append(world.usa.state(revoked, 2))
    files = codec.build(world.export(made.export(), made))
    assert verify_files(files).grade == 1
    made.say("Still on the road.")
    found = refused(codec.build(world.export(made.export(), made)))
    assert (found["entry"], "entry 2 revoked" in found["why"]) == (3, True)


def forwarding(world, original, *keys):
    """Make an export in which the United States shows Syria another party's signed words."""
    made = world.LogMaker(world.usa, "SYR").open()
    body = {"kind": "forwarded", "original": base64.b64encode(canonical(original)).decode()}
    made.statements.append(world.usa.state(body, 1))
    listed = {key.key_id: key.vkey for key in (world.usa.duty, *keys)}
    return codec.build(codec.Export((made.export(),), world.policy_text(made.key), listed))


def test_forwarded_statement_is_checked_where_its_key_is_known(world):
    original = world.rus.state({"kind": "message", "words": "We step back."}, 9)
    altered = original | {"body": {"kind": "message", "words": "We advance."}}
    assert verify_files(forwarding(world, original, world.rus.duty)).grade == 1
    assert "rus.example/duty" in refused(forwarding(world, altered, world.rus.duty))["why"]
    said = "\n".join(report(verify_files(forwarding(world, altered))))
    assert "1 forwarded statements by keys that are not here: not checked" in said


def test_a_changed_origin_is_found_in_the_file_where_it_was_changed(world):
    for name in ("about.json", "checkpoint"):
        files, path = world.files(), f"logs/0/{name}"
        origin = json.loads(files["logs/0/about.json"])["origin"]
        files[path] = files[path].replace(origin.encode(), f"{origin[:-1]}!".encode(), 1)
        assert refused(files)["file"] == path


@pytest.mark.parametrize(
    "path",
    [
        "policy",
        "keys.json",
        "logs/0/about.json",
        "logs/0/checkpoint",
        "logs/0/tile/0/000.p/3",
        "logs/0/tile/entries/000.p/3",
    ],
)
def test_missing_file_is_refused_by_its_name(world, path):
    files = world.files()
    del files[path]
    assert refused(files)["file"] == path


@pytest.mark.parametrize(
    "path",
    [
        "logs/0/notes.txt",
        "logs/0/tile/0/001.p/1",
        "logs/stray",
        "attachments/photo.jpg",
        "logs/0/checkpoints/x",
    ],
)
def test_file_that_belongs_to_nothing_is_refused(world, path):
    assert refused(world.files() | {path: b"x" * 40})["file"] == path


def test_attachment_that_no_statement_names_is_refused(world):
    made = world.LogMaker(world.usa, "RUS").open()
    files = codec.build(world.export(made.export(), made))
    assert "no statement here names" in refused(files)["why"]


def test_file_outside_the_proof_is_named_and_not_trusted(world):
    verdict = verify_files(world.files() | {"photo.jpg": b"x"})
    assert "not part of the proof, not checked: photo.jpg" in "\n".join(report(verdict))


def test_folder_that_is_no_export_cannot_be_read(world):
    with pytest.raises(Malformed):
        verify_files({"letter.txt": b"hello"})


def test_names_cannot_write_to_the_terminal(world):
    found = {"log": "\x1b[2J", "entry": None, "file": "policy", "why": "\x07"}
    verdict = verify_files(world.files())
    verdict.refused = found
    assert report(verdict)[-1].isprintable()


@pytest.mark.parametrize("identity", ["RUS.0001", "USAX.0001", ".USA", "usa.0001"])
def test_a_statement_under_anothers_id_is_refused_though_its_author_signed_it(world, identity):
    found = refused(reindexed(world, lambda entry: resigned(world, entry, id=identity)))
    assert (found["log"], found["entry"]) == ("USA -> RUS", 1)
    assert f"under the id {identity}" in found["why"]
    own = reindexed(world, lambda entry: resigned(world, entry, id="USA.0099"))
    assert verify_files(own).refused is None


def test_a_statement_on_anothers_subject_is_its_authors_word_and_passes(world):
    files = reindexed(world, lambda entry: resigned(world, entry, subject="RUS.s1"))
    assert verify_files(files).refused is None


def test_a_forwarded_statement_under_anothers_id_is_refused(world):
    def forwarded(identity):
        inner = world.rus.state({"kind": "message", "words": "as it came"}, 7, id=identity)
        body = {"kind": "forwarded", "original": base64.b64encode(canonical(inner)).decode()}
        return reindexed(world, lambda entry: resigned(world, entry, body=body))

    assert "under the id USA.0007" in refused(forwarded("USA.0007"))["why"]
    assert verify_files(forwarded("RUS.0007")).refused is None
