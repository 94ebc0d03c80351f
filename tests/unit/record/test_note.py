"""Notes against the example that the specification prints, and its rules for known and unknown keys."""

from __future__ import annotations

import pytest

from keepclear.errors import Malformed, ProofRefused
from keepclear.record import note
from keepclear.record.signing import Role, SigningKey, VerifyingKey

SPEC_KEY = VerifyingKey.parse("example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k")
SPEC_NOTE = (
    "This is an example message.\n\n— example.com/foo "
    "Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n"
).encode()
FIRST = SigningKey.derive("a.example/first", b"a" * 32, Role.LOG)
SECOND = SigningKey.derive("a.example/second", b"a" * 32, Role.LOG)


def test_the_specifications_example_opens():
    opened = note.open_note(SPEC_NOTE, [SPEC_KEY])
    assert opened.text == "This is an example message.\n"
    assert [mark.key for mark in opened.signed] == [SPEC_KEY]


def test_every_changed_bit_of_the_specifications_example_is_refused():
    for place in range(len(SPEC_NOTE) * 8):
        changed = bytearray(SPEC_NOTE)
        changed[place // 8] ^= 1 << place % 8
        with pytest.raises((Malformed, ProofRefused)):
            note.open_note(bytes(changed), [SPEC_KEY])


def test_unknown_key_is_ignored_and_listed():
    opened = note.open_note(note.sign("words\n", FIRST, SECOND), [FIRST.verifying])
    assert [mark.key for mark in opened.signed] == [FIRST.verifying]
    assert [line.name for line in opened.unknown] == ["a.example/second"]


def test_known_key_with_a_bad_signature_refuses_the_whole_note():
    good = note.sign("words\n", FIRST)
    bad = note.parse(note.sign("other words\n", SECOND)).lines[0].line().encode()
    with pytest.raises(ProofRefused, match=r"a\.example/second"):
        note.open_note(note.add_lines(good, bad), [FIRST.verifying, SECOND.verifying])


def test_note_that_no_known_key_signed_is_refused():
    with pytest.raises(ProofRefused, match="no known key"):
        note.open_note(note.sign("words\n", FIRST), [SECOND.verifying])


def test_text_may_hold_empty_lines():
    text = "one\n\ntwo\n\n"
    assert note.open_note(note.sign(text, FIRST), [FIRST.verifying]).text == text


def test_same_line_is_not_added_twice():
    signed = note.sign("words\n", FIRST)
    line = note.parse(signed).lines[0].line().encode()
    assert note.add_lines(signed, line, line) == signed


@pytest.mark.parametrize("text", ["", "\n", "no newline", "a\ttab\n", "a\rreturn\n"])
def test_text_that_is_no_note_text_is_not_signed(text):
    with pytest.raises(Malformed):
        note.sign(text, FIRST)


def test_cosigners_key_signs_no_note():
    mirror = SigningKey.derive("b.example/mirror", b"b" * 32, Role.MIRROR)
    with pytest.raises(Malformed, match="0x01"):
        note.sign("words\n", mirror)


@pytest.mark.parametrize(
    "raw",
    [
        b"words\n",
        b"words\n\n",
        b"words\n\n- a.example/first AAAAAAA=\n",
        "words\n\n— a.example/first AAAAAAA=".encode(),
        "words\n\n— a.example/first AAAA\n".encode(),
        "words\n\n— a.example/first AAAAAAB=\n".encode(),
        "words\n\n— a+b AAAAAAA=\n".encode(),
        b"\xff\n\n",
    ],
)
def test_bytes_that_are_no_note_are_refused(raw):
    with pytest.raises(Malformed):
        note.parse(raw)


def test_sixteen_signatures_are_accepted_and_a_flood_is_not():
    keys = [SigningKey.derive(f"a.example/{number}", b"a" * 32, Role.LOG) for number in range(101)]
    assert len(note.open_note(note.sign("words\n", *keys[:16]), [key.verifying for key in keys]).signed) == 16
    with pytest.raises(Malformed, match="101 signatures"):
        note.parse(note.sign("words\n", *keys))
