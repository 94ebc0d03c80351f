"""An uploaded export is laid beside the desk's record, within bounds, and nothing is stated by it."""

from __future__ import annotations

import io
import zipfile

import pytest
from tests.two_records import OUT, cut_export, rewritten_export, talked

from keepclear.links.tlog import port
from keepclear.service.auth import Role
from keepclear.service.exporting import export
from keepclear.service.http import reconciling


@pytest.fixture
def spoken():
    made, _ = talked()
    yield made
    made.close()


def packed(files):
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, body in files.items():
            archive.writestr(name, body)
    return held.getvalue()


def asked(made, body, party="COA", **more):
    return made.post(party, "reconcile", body, **more)


def asked_of_what_is_shared(made, body, other):
    path = "/api/v1/desks/COA/reconcile"
    return made.call("POST", path, token=made.token("COA"), query={"with": other}, body=body)


def test_two_sides_of_one_exchange_do_not_differ_and_nothing_is_stated(spoken):
    before = spoken.size()
    theirs = port.zip_bytes(export(spoken.node, "RUS", counterpart="COA"))
    found = asked_of_what_is_shared(spoken, theirs, "RUS").ok(200).json
    assert (found["result"], found["found"], found["findings"]) == ("nothing differs", 0, [])
    assert {(each["log"]["author"], each["log"]["reader"]) for each in found["compared"]} >= {
        ("COA", "RUS"), ("RUS", "COA"),
    }  # fmt: skip
    assert [each["grade"] for each in found["grades"]] == [1, 1]
    assert spoken.size() == before
    asked_of_what_is_shared(spoken, theirs, "TUR").refused("log", 404)


def test_the_twin_an_earlier_copy_and_a_rewritten_one_differ(spoken):
    cut = port.zip_bytes(cut_export(spoken, "RUS", OUT, 4))
    found = asked(spoken, cut).ok(200).json
    assert found["result"] == "differences"
    sorts = {each["what"] for each in found["findings"]}
    assert sorts & {"missing", "not yet exchanged"}
    split = asked(spoken, port.zip_bytes(rewritten_export(spoken, "RUS", OUT, 3))).ok(200).json
    assert any(each["what"] == "split view" for each in split["findings"])


def test_one_changed_byte_is_refused_and_nothing_of_it_is_compared(spoken):
    with zipfile.ZipFile(io.BytesIO(port.zip_bytes(export(spoken.node, "RUS")))) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    name = max(each for each in files if "/tile/entries/" in each)
    body = bytearray(files[name])
    body[len(body) // 2] ^= 1
    answer = asked(spoken, packed({**files, name: bytes(body)}))
    assert 400 <= answer.status < 500
    assert "findings" not in answer.json


@pytest.mark.parametrize(
    ("body", "status", "rule"),
    [
        (b"", 400, "export"),
        (b"no zip", 400, "zip"),
        (packed({"a": b"x"}), 400, None),
        (packed({"../a": b"x"}), 400, "zip-path"),
        (packed({"a": bytes(40 * 2**20)}), 400, "zip-bomb"),
        (packed({"keys.json": b"[" * 200_000, "policy": b"log x\n", "logs/0/checkpoint": b"x"}), 400, None),
        (packed({f"f{n}": b"" for n in range(30)}), 400, None),
    ],
    ids=["empty", "no zip", "no export", "leaves", "bomb", "deep", "many"],
)
def test_what_is_no_export_is_refused_as_a_problem(spoken, body, status, rule):
    answer = asked(spoken, body)
    assert answer.status == status, answer.body
    assert answer.header("content-type") == "application/problem+json"
    assert rule is None or answer.rule == rule


def test_what_is_larger_than_one_answer_compares_is_refused(spoken, monkeypatch):
    theirs = port.zip_bytes(export(spoken.node, "RUS"))
    asked(spoken, b"x" * (reconciling.MAX_UPLOAD_BYTES + 1)).refused("size")
    monkeypatch.setattr(reconciling, "MAX_UPLOADED_ENTRIES", 3)
    asked(spoken, theirs).refused("export-entries")
    monkeypatch.undo()
    monkeypatch.setattr(reconciling, "TIME_S", 0.0)
    asked(spoken, theirs).refused("compare-time")


def test_an_observer_may_not_and_another_desk_is_not_there(spoken):
    theirs = port.zip_bytes(export(spoken.node, "RUS"))
    asked(spoken, theirs, role=Role.OBSERVER).refused("role", 403)
    asked(spoken, theirs, desk="SDF").refused("own-desk", 404)
