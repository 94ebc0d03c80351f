"""A statement: the same bytes for every reader, read strictly, its references found from its types."""

from __future__ import annotations

import msgspec
import pytest

from keepclear.commands.telling import Tell
from keepclear.errors import LimitRefused, Malformed
from keepclear.model.hotline import AnswerGiven, MessageSent
from keepclear.model.measures import OverlayOffered, StanceTaken
from keepclear.model.statements import (
    BARRED_FIELDS,
    KINDS,
    MAX_STATEMENT_BYTES,
    REFERENCE_FIELDS,
    decode,
    digest,
    encode,
    kind_of,
    limit_for,
    read,
    references,
    signed_part,
)

SAMPLE = (
    b'{"author":{"key":"RUS+1","party":"RUS"},"body":{"answer":"not ours","kind":"answer","words":"no"},'
    b'"answers":["COA.q"],"cap":"Exercise","id":"RUS.a","sig":"c2ln","stated_at":"2018-02-07T18:20:00Z",'
    b'"subject":"RUS.s"}'
)


def changed(**fields):
    value = msgspec.json.decode(SAMPLE)
    value.update(fields)
    return msgspec.json.encode(value)


def test_a_statement_comes_back_as_it_was_and_its_bytes_are_one_spelling():
    statement = decode(SAMPLE)
    assert statement.kind == "answer"
    assert statement.is_owners
    assert decode(encode(statement)) == statement
    assert encode(decode(encode(statement))) == encode(statement)
    assert len(digest(encode(statement))) == 64


def test_the_signature_covers_all_but_itself():
    statement = decode(SAMPLE)
    assert b"c2ln" not in signed_part(statement)
    other = msgspec.structs.replace(statement, sig="b3RoZXI=")
    assert signed_part(other) == signed_part(statement)
    later = msgspec.structs.replace(statement, remarks="later")
    assert signed_part(later) != signed_part(statement)


def test_a_subject_of_another_is_not_the_authors():
    assert not decode(changed(subject="COA.s")).is_owners


@pytest.mark.parametrize(
    ("raw", "rule", "field"),
    [
        (changed(note="x"), "unknown-field", ""),
        (changed(stated_at="2018-02-07T18:20:00"), "naive-time", "stated_at"),
        (changed(cap="Real"), "type", "cap"),
        (changed(body={"kind": "order"}), "type", "body"),
        (b"not json", "json", ""),
        (b"[" * 30_000, "type", ""),
        (b" " * (MAX_STATEMENT_BYTES + 1), "statement-size", ""),
    ],
)
def test_what_cannot_be_read_is_refused_with_rule_and_field(raw, rule, field):
    with pytest.raises(Malformed) as refused:
        decode(raw)
    assert refused.value.rule == rule
    assert refused.value.field.startswith(field)
    assert refused.value.passes


@pytest.mark.parametrize("stem", [(stem, limit) for stems, limit, _ in BARRED_FIELDS for stem in stems])
def test_a_field_named_after_what_a_limit_bars_is_refused_with_the_limit(stem):
    name, limit = stem
    assert limit_for(f"x_{name}_y")[0] == limit
    with pytest.raises(LimitRefused) as refused:
        decode(changed(**{name: 1}))
    assert refused.value.rule == limit


def test_no_field_of_any_kind_is_barred_by_its_own_name():
    named = {field for kind in KINDS for field in kind.__struct_encode_fields__}
    assert [field for field in named if limit_for(field)] == []


def test_references_are_found_from_the_types():
    fields = {kind: {name for name, _ in found} for kind, found in REFERENCE_FIELDS.items()}
    assert fields[StanceTaken] == {"on", "measure"}
    assert fields[MessageSent] == {"channel", "about", "corrects", "group"}
    assert ("items", True) in REFERENCE_FIELDS[OverlayOffered]
    assert fields[AnswerGiven] == {"about"}
    assert references(decode(SAMPLE)) == ["COA.q"]
    assert references(decode(changed(thread="COA.t", source="PRESS.s"))) == ["COA.q", "COA.t", "PRESS.s"]


def test_every_kind_has_a_word_of_its_own():
    words = [kind_of(kind) for kind in KINDS]
    assert len(set(words)) == len(words) <= 64


@pytest.mark.parametrize("start", ["2018-02-07T20:00:00", "soon"])
def test_a_time_without_offset_says_what_would_pass(start):
    text = b'{"body":{"kind":"remark","text":"x"},"valid":{"start":"%s"}}' % start.encode()
    with pytest.raises(Malformed) as refused:
        read(msgspec.json.Decoder(Tell), text, "the act")
    assert (refused.value.rule, refused.value.field) == ("naive-time", "valid.start")
    assert "2018-02-07T20:00:00Z" in refused.value.passes
