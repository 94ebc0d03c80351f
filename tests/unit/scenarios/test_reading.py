from __future__ import annotations

import pytest

from keepclear.errors import Malformed
from keepclear.scenarios.reading import MAX_BYTES, parse_yaml, read_yaml


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("on: 2-e0", {"on": "2-e0"}),
        ("at: 2017-05-18", {"at": "2017-05-18"}),
        ("at: 11:05", {"at": "11:05"}),
        ("answer: no", {"answer": "no"}),
        ("count: 012", {"count": "012"}),
        ("low: 12", {"low": 12}),
        ("lon: 38.6", {"lon": 38.6}),
        ("lon: -0.5", {"lon": -0.5}),
        ("own: true", {"own": True}),
        ("value: null", {"value": None}),
        ("value:", {"value": None}),
    ],
)
def test_words_stay_words_where_yaml_would_make_dates_bools_or_minutes_of_them(written, meant):
    assert parse_yaml(written.encode(), "test") == meant


def test_a_key_written_twice_is_refused_with_its_row():
    with pytest.raises(Malformed, match="written twice, in row 3") as refused:
        parse_yaml(b"step: a\nby: COA\nstep: b\n", "test")
    assert refused.value.rule == "yaml-keys"


def test_a_key_that_is_no_text_is_refused():
    with pytest.raises(Malformed, match="not text"):
        parse_yaml(b"7: a\n", "test")


def test_python_objects_are_refused():
    with pytest.raises(Malformed) as refused:
        parse_yaml(b"step: !!python/object/apply:os.getcwd []\n", "test")
    assert refused.value.rule == "yaml"


def test_a_file_that_is_too_large_is_refused_unread():
    with pytest.raises(Malformed, match="at most"):
        parse_yaml(b"#" * (MAX_BYTES + 1), "test")


def test_aliases_of_aliases_do_not_grow_without_end():
    rows = [b"a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"]
    rows += [b"a%d: &a%d [%s]\n" % (n, n, b", ".join([b"*a%d" % (n - 1)] * 10)) for n in range(1, 8)]
    with pytest.raises(Malformed) as refused:
        parse_yaml(b"".join(rows), "test")
    assert refused.value.rule == "scenario-size"


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(Malformed, match=r"script\.yaml"):
        read_yaml(tmp_path / "script.yaml")
