"""Keys in one file of their owner's; ids and origins that say nothing."""

from __future__ import annotations

import base64

import pytest
from tests.building_node import house, zone

from keepclear.errors import StoreFault
from keepclear.model.statements import encode, signed_part
from keepclear.service.keys import Keyring


def test_a_fresh_key_file_is_its_owners_alone_and_read_back(tmp_path):
    path = tmp_path / "keys.json"
    made = Keyring.open(path, "keepclear.test")
    made.host("COA", "RUS")
    assert path.stat().st_mode & 0o777 == 0o600
    again = Keyring.open(path, "keepclear.test")
    assert again.parties() == ["COA", "RUS"]
    assert again.statement_key("COA").vkey == made.statement_key("COA").vkey
    assert again.mirror_key().vkey == made.mirror_key().vkey
    assert again.statement("COA", "k", "exact") == made.statement("COA", "k", "exact")


def test_hosting_again_makes_no_new_keys(tmp_path):
    made = Keyring.open(tmp_path / "keys.json", "keepclear.test")
    made.host("COA")
    before = (tmp_path / "keys.json").read_bytes()
    made.host("COA")
    assert (tmp_path / "keys.json").read_bytes() == before


def test_two_nodes_and_two_parties_share_no_key(tmp_path):
    rings = [Keyring.open(tmp_path / name, "keepclear.test") for name in ("a", "b")]
    for ring in rings:
        ring.host("COA", "RUS")
    keys = [ring.statement_key(party).vkey for ring in rings for party in ("COA", "RUS")]
    keys += [ring.log_key(party, "keepclear.test/x").vkey for ring in rings for party in ("COA", "RUS")]
    keys += [ring.mirror_key().vkey for ring in rings]
    assert len(set(keys)) == 10


@pytest.mark.parametrize(
    ("content", "mode", "words"),
    [
        (b"{", 0o600, "as it was made"),
        (b'{"keepclear.test": "AAAA"}', 0o600, "as it was made"),
        (b'{"COA": "%s"}' % (b"A" * 43 + b"="), 0o600, "as it was made"),
        (b'{"keepclear.test": "?!"}', 0o600, "as it was made"),
        (b'{"keepclear.test": "%s"}' % (b"A" * 43 + b"="), 0o644, "chmod 600"),
    ],
)
def test_a_key_file_that_is_damaged_or_open_to_others_is_refused(tmp_path, content, mode, words):
    path = tmp_path / "keys.json"
    path.write_bytes(content)
    path.chmod(mode)
    with pytest.raises(StoreFault) as refused:
        Keyring.open(path, "keepclear.test")
    assert refused.value.rule == "key-file"
    assert words in refused.value.passes


def test_a_whole_key_file_passes(tmp_path):
    path = tmp_path / "keys.json"
    path.write_bytes(b'{"keepclear.test": "%s"}' % (b"A" * 43 + b"="))
    path.chmod(0o600)
    Keyring.open(path, "keepclear.test")


def test_a_folder_that_cannot_be_written_is_a_clear_error(tmp_path):
    with pytest.raises(StoreFault, match="a folder that can be written"):
        Keyring.open(tmp_path / "nowhere" / "keys.json", "keepclear.test")


def test_ids_of_kinds_parties_forms_and_readers_never_meet():
    ring = Keyring.from_seed("n", b"s", ("COA", "RUS"))
    made = [ring.statement(party, "k", form) for party in ("COA", "RUS") for form in ("exact", "covering")]
    made += [ring.subject(party, "k") for party in ("COA", "RUS")]
    made += [ring.origin(*pair) for pair in (("COA", "RUS"), ("RUS", "COA"), ("COA", "COA"))]
    tags = [name.replace("/", ".").rpartition(".")[2] for name in made]
    assert len(set(tags)) == len(tags)
    assert {len(tag) for tag in tags} == {24}
    assert ring.statement("COA", "k", "exact") == made[0], "the same key, the same id"


def test_a_signature_is_over_the_statement_without_it_and_names_its_key():
    with house() as syria:
        told = syria.tell("COA", zone(), "RUS")
        statement = syria.node.picture("RUS").entry(told["statement"]).statement
        key = syria.node.keys.statement_key("COA")
        assert statement.author.key == key.key_id
        assert statement.sig
        assert syria.node.keys.seal(statement) == encode(statement)
        resigned = syria.node.keys.sign(statement)
        assert resigned == statement
        assert b'"sig"' not in signed_part(statement)


def test_words_that_look_like_the_place_of_a_signature_are_signed_as_they_stand():
    with house() as syria:
        told = syria.tell("COA", zone(name="A" * 88), "RUS")
        statement = syria.node.picture("RUS").entry(told["statement"]).statement
        assert statement.body.name == "A" * 88
        key = syria.node.keys.statement_key("COA")
        key.verifying.verify(base64.b64decode(statement.sig), signed_part(statement))


def test_a_salt_is_the_partys_own():
    ring = Keyring.from_seed("n", b"s", ("COA", "RUS"))
    salt = ring.salt("COA")
    assert ring.owns_salt("COA", salt)
    assert not ring.owns_salt("RUS", salt)
    assert ring.salt("COA") != salt
