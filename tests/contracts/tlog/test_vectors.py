"""The plain inclusion and consistency vectors of transparency-dev/merkle: 196 cases, 12 of them good."""

from __future__ import annotations

import base64
import json

import pytest

from keepclear.errors import ProofRefused
from keepclear.record.proof import verify_consistency, verify_inclusion

pytestmark = pytest.mark.needs_vectors


def read(folder, kind):
    paths = sorted((folder / kind).rglob("*.json"))
    return {str(path.relative_to(folder)): json.loads(path.read_text()) for path in paths}


def raw(text):
    return base64.b64decode(text or "")


def holds(case):
    path = [raw(one) for one in case["proof"] or []]
    try:
        if "leafIdx" in case:
            verify_inclusion(
                raw(case["leafHash"]), case["leafIdx"], case["treeSize"], path, raw(case["root"])
            )
        else:
            verify_consistency(case["size1"], case["size2"], path, raw(case["root1"]), raw(case["root2"]))
    except ProofRefused:
        return False
    return True


@pytest.mark.parametrize("kind", ["inclusion", "consistency"])
def test_every_vector_is_judged_as_its_authors_say(rfc6962_vectors, kind):
    cases = read(rfc6962_vectors, kind)
    assert len(cases) == 98
    wrong = [name for name, case in cases.items() if holds(case) is case["wantErr"]]
    assert wrong == []


def test_the_vectors_hold_good_and_bad_ones(rfc6962_vectors):
    cases = read(rfc6962_vectors, "inclusion") | read(rfc6962_vectors, "consistency")
    good = [case for case in cases.values() if not case["wantErr"]]
    assert (len(good), len(cases)) == (12, 196)
