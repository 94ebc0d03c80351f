"""Policies: the specification's example and its rules."""

from __future__ import annotations

import pytest

from keepclear.errors import Malformed
from keepclear.record import policy
from keepclear.record.signing import Role, SigningKey

SEED = b"p" * 32
LOG = SigningKey.derive("a.example/log", SEED, Role.LOG).vkey


def witness(name: str) -> str:
    return SigningKey.derive(f"{name}.example/witness", SEED, Role.WITNESS).vkey


# The example of the specification, with keys put in.
SPEC = f"""
log {LOG}

witness X1 {witness("x1")}
witness X2 {witness("x2")}
witness X3 {witness("x3")} https://x3.example/
group X-witnesses 2 X1 X2 X3

\t# the other organisation
witness Y1 {witness("y1")}
witness Y2 {witness("y2")}
witness Y3 {witness("y3")}
group Y-witnesses any Y1 Y2 Y3

group X-and-Y all X-witnesses Y-witnesses
quorum X-and-Y
"""


@pytest.mark.parametrize(
    ("cosigned", "met"),
    [
        ({"X1", "X2", "Y3"}, True),
        ({"X1", "X2", "X3"}, False),
        ({"X1", "Y1", "Y2"}, False),
        (set(), False),
        ({"X-and-Y"}, False),
    ],
)
def test_the_specifications_example_counts_as_it_says(cosigned, met):
    assert policy.parse(SPEC).satisfied(cosigned) is met


def test_written_policy_is_read_back():
    read = policy.parse(SPEC)
    assert policy.parse(read.text()) == read
    assert "#" not in read.text()


def test_quorum_none_is_always_met():
    assert policy.parse("quorum none\n").satisfied(set())


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (f"witness none {witness('x')}\nquorum none\n", 1),
        (f"witness X {LOG}\nquorum none\n", 1),
        (f"log {witness('x')}\nquorum none\n", 1),
        (f"log {LOG}\nlog {LOG}\nquorum none\n", 2),
        (f"witness X {witness('x')}\nwitness Y {witness('x')}\nquorum X\n", 2),
        (f"witness X {witness('x')}\nwitness X {witness('y')}\nquorum X\n", 2),
        (f"witness X {witness('x')}\ngroup G any X\ngroup H any X\nquorum H\n", 3),
        (f"witness X {witness('x')}\ngroup G any X X\nquorum G\n", 2),
        (f"witness X {witness('x')}\ngroup G 2 X\nquorum G\n", 2),
        (f"witness X {witness('x')}\ngroup G 0 X\nquorum G\n", 2),
        (f"witness X {witness('x')}\ngroup G 01 X\nquorum G\n", 2),
        ("group G any G\nquorum G\n", 1),
        ("group G any none\nquorum G\n", 1),
        ("group G any\nquorum G\n", 1),
        ("quorum X\n", 1),
        ("quorum none\nquorum none\n", 2),
        ("trust everyone\nquorum none\n", 1),
    ],
)
def test_line_that_breaks_a_rule_is_named(text, line):
    with pytest.raises(Malformed) as refused:
        policy.parse(text)
    assert refused.value.field in {f"line {line}", "vkey"}


@pytest.mark.parametrize("text", ["", f"log {LOG}\n", "quorum none", "quorum none\x00\n"])
def test_file_that_is_no_policy_is_refused(text):
    with pytest.raises(Malformed):
        policy.parse(text)
