"""A boundary too long for a statement: its shape stands beside the log, is checked as strictly, is told."""

from __future__ import annotations

import base64
import io
import json
import math
import subprocess
import zipfile
from pathlib import Path
from typing import Any

import pytest
from tests.building_node import House, bare_house, boundary, encoded_statement, house, zone
from tests.ready_command import keepclear

from keepclear.commands.ports import AttachmentRow, Batch
from keepclear.links.tlog.keepclear_verify import verify_files
from keepclear.model.beside import MAX_SHAPE_BYTES, MAX_SHAPE_POINTS, MIN_SHAPE_BYTES, NOT_HELD
from keepclear.record.canonical import canonical
from keepclear.rules.conflicts import NO_KNOWN_CONFLICT, NOT_ALL_CHECKED
from keepclear.service.auth import Role
from keepclear.service.settings import RECORD
from keepclear.stores.sqlite import SqliteStore

POINTS = 4_000


def river(count: int = POINTS) -> dict[str, Any]:
    """A river of many bends, from west to east, that never meets itself."""
    trace = [
        {"lon": round(38.5 + n * 4e-4, 6), "lat": round(35.5 + 0.02 * math.sin(n / 40), 6)}
        for n in range(count)
    ]
    return {"shape": "path", "points": trace}


def blob(count: int = POINTS, lon: float = 38.6) -> dict[str, Any]:
    """An area with as many corners, its ring closed, run counter-clockwise."""
    turn = [2 * math.pi * n / count for n in range(count)]
    ring = [
        {"lon": round(lon + 0.2 * math.cos(a), 7), "lat": round(33.5 + 0.2 * math.sin(a), 7)} for a in turn
    ]
    return {"shape": "polygon", "exterior": [*ring, ring[0]]}


def kept(made: House, by: str, body: bytes) -> dict[str, Any]:
    named = made.post(by, "attachments", body).ok(201).json
    return {
        "salted_hash": named["salted_hash"], "what": "shape of the measure", "media_type": "application/json",
        "size_bytes": named["size_bytes"],
    }  # fmt: skip


def beside(made: House, by: str, whole: dict[str, Any], raw: bytes | None = None) -> dict[str, Any]:
    """The measure with its shape beside the log, and the attachment that names it."""
    rest = {name: value for name, value in whole.items() if name != "shape"}
    named = kept(made, by, canonical(whole["shape"]) if raw is None else raw)
    return {"body": {**rest, "shape_beside": named["salted_hash"]}, "attachments": [named]}


def told(made: House, by: str, whole: dict[str, Any], *readers: str, **more: Any) -> dict[str, Any]:
    asked = beside(made, by, whole)
    return made.tell(by, asked["body"], *readers, attachments=asked["attachments"], **more)


def named_in(made: House, party: str, statement: str) -> str:
    got = made.get(party, f"statements/{statement}").ok().json
    return got["statement"]["body"]["shape_beside"]


def plan(lon: float, lat: float) -> bytes:
    feature = {
        "type": "Feature", "properties": {"name": "Part", "radius_m": 500.0},
        "geometry": {"type": "Point", "coordinates": [lon, lat]},
    }  # fmt: skip
    return json.dumps(feature).encode()


def checked(made: House, party: str, lon: float, lat: float) -> dict[str, Any]:
    return made.post(party, "check", plan(lon, lat)).ok().json


@pytest.fixture
def desks():
    with house() as made:
        yield made


def test_a_boundary_of_4000_points_is_told_drawn_and_checked(desks):
    whole = boundary("Long boundary", shape=river())
    assert len(canonical(whole["shape"])) > 32 * 1024
    assert desks.try_tell("COA", whole, "RUS").status == 413
    made = told(desks, "COA", whole, "RUS")
    for party in ("COA", "RUS"):
        row = next(row for row in desks.items(party, "measures") if row["statement"] == made["statement"])
        assert len(row["outline"]["coordinates"]) == POINTS
        assert NOT_HELD not in row["place"]
    found = checked(desks, "RUS", 38.9, 35.5)
    assert [each["what"] for each in found["findings"]] == ["boundary"]
    assert found["checked_against"]["not_checked"] == []


def test_who_is_told_gets_the_same_bytes_and_nobody_else_any(desks):
    whole = boundary("Long boundary", shape=river())
    made = told(desks, "COA", whole, "RUS")
    name = named_in(desks, "COA", made["statement"])
    assert desks.get("RUS", f"attachments/{name}").ok().body == canonical(whole["shape"])
    desks.get("SDF", f"attachments/{name}").refused("held", 404)
    assert all(row["name"] != "Long boundary" for row in desks.items("SDF", "measures"))
    assert checked(desks, "SDF", 38.9, 35.5)["findings"] == []
    asked = {**boundary("Borrowed"), "shape_beside": name}
    del asked["shape"]
    borrowed = [{"salted_hash": name, "what": "shape of the measure"}]
    for by in ("SDF", "RUS"):
        desks.try_tell(by, asked, attachments=borrowed).refused("attachment-kept")
        act = {"act": {"body": asked, "readers": ["COA"], "attachments": borrowed}}
        desks.post(by, "approvals", act).refused("attachment-kept")


def test_an_observer_of_a_desk_sees_the_shape_that_was_told(desks):
    told(desks, "COA", zone("Large zone", shape=blob()), "RUS")
    row = next(r for r in desks.items("RUS", "measures", role=Role.OBSERVER) if r["name"] == "Large zone")
    assert row["outline"] is not None


def crossing() -> dict[str, Any]:
    shape = blob()
    ring = shape["exterior"]
    ring[10], ring[2_000] = ring[2_000], ring[10]
    return shape


def opened() -> dict[str, Any]:
    shape = blob()
    return {**shape, "exterior": shape["exterior"][:-1]}


def swapped() -> dict[str, Any]:
    shape = river()
    shape["points"][7] = {"lon": 35.5, "lat": 138.9}
    return shape


def with_more() -> dict[str, Any]:
    shape = river()
    shape["points"][7] = {**shape["points"][7], "alt": 12}
    return shape


@pytest.mark.parametrize(
    ("shape", "rule"),
    [
        (crossing(), "polygon-crossing"),
        (opened(), "ring-closed"),
        (swapped(), "coordinate-range"),
        (with_more(), "unknown-field"),
        ({**blob(), "note": "free fire"}, "unknown-field"),
        (blob(MAX_SHAPE_POINTS), "shape-size"),
        ({"shape": "circle", "center": {"lon": 38.6, "lat": 33.5}, "radius_m": 9e3}, "shape-inline"),
        ({"shape": "blot", "points": []}, "type"),
        ({**river(50), "points": [[[[[[]]]]]]}, "type"),
    ],
    ids=["crossing", "open", "swapped", "member of a point", "words", "points", "circle", "tag", "depth"],
)
def test_the_body_beside_is_checked_as_one_in_the_statement(desks, shape, rule):
    before = desks.size()
    asked = beside(desks, "COA", zone("Large zone", shape=shape))
    desks.try_tell("COA", asked["body"], "RUS", attachments=asked["attachments"]).refused(rule)
    assert desks.size() == before


def test_rules_of_the_kind_read_the_shape_beside(desks):
    asked = beside(desks, "COA", zone("Large zone", shape=river()))
    desks.try_tell("COA", asked["body"], "RUS", attachments=asked["attachments"]).refused("area")
    turn = [2 * math.pi * n / 400 for n in range(400)]
    at = [(round(38.6 + 3e-4 * math.cos(a), 9), round(33.5 + 3e-4 * math.sin(a), 9)) for a in turn]
    tiny = {"shape": "polygon", "exterior": [{"lon": lon, "lat": lat} for lon, lat in [*at, at[0]]]}
    asked = beside(desks, "COA", zone("Mark", shape=tiny))
    refused = desks.try_tell("COA", asked["body"], "RUS", attachments=asked["attachments"])
    refused.refused("LIM-08")
    doubled = {**asked["body"], "shape": tiny}
    desks.try_tell("COA", doubled, "RUS", attachments=asked["attachments"]).refused("shape-once")
    desks.try_tell("COA", asked["body"], "RUS").refused("shape-attached")


def test_what_is_too_large_or_not_canonical_is_refused_with_the_bound(desks):
    raw = canonical(river())
    padded = raw + b" " * MAX_SHAPE_BYTES
    for body, rule in ((padded, "shape-size"), (raw + b" ", "shape-canonical")):
        asked = beside(desks, "COA", boundary(), body)
        answer = desks.try_tell("COA", asked["body"], "RUS", attachments=asked["attachments"])
        assert rule == answer.refused(rule).rule
    asked = beside(desks, "COA", boundary(), padded)
    answer = desks.try_tell("COA", asked["body"], "RUS", attachments=asked["attachments"])
    assert f"{MAX_SHAPE_POINTS:,} points and {MAX_SHAPE_BYTES:,} bytes" in answer.json["passes"]


def test_a_shape_that_its_statement_would_hold_is_refused_beside_with_why_and_what_passes(desks):
    few = blob(12)
    asked = beside(desks, "COA", zone("Small zone", shape=few))
    answer = desks.try_tell("COA", asked["body"], "RUS", attachments=asked["attachments"])
    answer.refused("shape-inline")
    assert f"of 13 points ({len(canonical(few))} bytes)" in answer.json["detail"]
    assert "nobody can check a plan against" in answer.json["detail"]
    assert f"from {MIN_SHAPE_BYTES:,} bytes" in answer.json["passes"]
    assert desks.try_tell("COA", zone("Small zone", shape=few), "RUS").status == 201
    told(desks, "COA", zone("Larger zone", shape=blob(400)), "RUS")


def test_an_erased_shape_is_said_not_to_be_held_and_is_not_checked(desks):
    made = told(desks, "COA", boundary("Long boundary", shape=river()), "RUS")
    name = named_in(desks, "COA", made["statement"])
    token = desks.token("COA")
    desks.call("DELETE", f"/api/v1/desks/COA/attachments/{name}", token=token).ok()
    for party in ("COA", "RUS"):
        row = next(row for row in desks.items(party, "measures") if row["name"] == "Long boundary")
        assert (row["outline"], row["belt"]) == (None, None)
        assert NOT_HELD in row["place"]
        found = checked(desks, party, 38.9, 35.5)
        assert found["findings"] == []
        (missing,) = found["checked_against"]["not_checked"]
        assert "Long boundary" in missing
        assert missing in found["closing"]
        assert NOT_HELD in found["closing"]
        assert (found["answer"], found["all_checked"]) == (NOT_ALL_CHECKED, False)
    on = {"statement": made["statement"], "readers": ["SDF"]}
    desks.post("COA", "tellings", on).refused("attachment-kept")


def test_twin_a_shape_that_is_held_is_not_listed_as_missing(desks):
    told(desks, "COA", boundary("Long boundary", shape=river()), "RUS")
    found = checked(desks, "RUS", 20.0, 10.0)
    assert found["checked_against"]["not_checked"] == []
    assert NOT_HELD not in found["closing"]
    assert (found["answer"], found["all_checked"]) == (NO_KNOWN_CONFLICT, True)


def test_a_site_says_that_its_shape_is_not_held(desks):
    whole = zone("Hospital grounds", measure="protected site", shape=blob())
    made = told(desks, "COA", whole)
    row = next(row for row in desks.items("COA", "sites") if row["name"] == "Hospital grounds")
    assert "corners" in row["place"]
    name = named_in(desks, "COA", made["statement"])
    desks.call("DELETE", f"/api/v1/desks/COA/attachments/{name}", token=desks.token("COA")).ok()
    row = next(row for row in desks.items("COA", "sites") if row["name"] == "Hospital grounds")
    assert row["place"] == NOT_HELD


def test_a_coarse_form_is_held_against_the_shape_beside(desks):
    made = told(desks, "COA", zone("Large zone", shape=blob()))
    narrow = zone("Large zone", shape=blob(200, lon=39.4))
    wide = zone(
        "Large zone",
        shape={"shape": "circle", "center": {"lon": 38.6, "lat": 33.5}, "radius_m": 60_000.0},
    )
    more = {"subject": made["subject"], "form": "covering"}
    desks.try_tell("COA", narrow, "RUS", **more).refused("form-coarser")
    assert desks.try_tell("COA", wide, "RUS", **more).status == 201


def test_it_survives_a_restart_from_the_file(tmp_path):
    with house(SqliteStore.open(tmp_path / "record.sqlite3")) as made:
        told(made, "COA", boundary("Long boundary", shape=river()), "RUS")
    with bare_house(SqliteStore.open(tmp_path / "record.sqlite3")) as again:
        row = next(row for row in again.items("RUS", "measures") if row["name"] == "Long boundary")
        assert len(row["outline"]["coordinates"]) == POINTS


def test_the_export_carries_it_and_one_changed_byte_is_refused(desks):
    made = told(desks, "COA", boundary("Long boundary", shape=river()), "RUS")
    name = named_in(desks, "COA", made["statement"])
    export = desks.get("RUS", "export").ok().body
    with zipfile.ZipFile(io.BytesIO(export)) as packed:
        path = next(each for each in packed.namelist() if each.endswith(f"attachments/{name}"))
        files = {each: packed.read(each) for each in packed.namelist()}
    held = verify_files(unpacked(files))
    assert (held.refused, held.attachments_present) == (None, 1)
    changed = bytearray(files[path])
    changed[-20] ^= 1
    refused = verify_files(unpacked({**files, path: bytes(changed)})).refused
    assert "salted hash" in (refused or {})["why"]
    del files[path]
    withheld = verify_files(unpacked(files))
    assert (withheld.refused, withheld.attachments_absent) == (None, 1)


def unpacked(files: dict[str, bytes]) -> dict[str, bytes]:
    """The files of an export by their paths inside its one folder, if it has one."""
    top = {path.partition("/")[0] for path in files}
    only = f"{top.pop()}/" if len(top) == 1 else ""
    return {path.removeprefix(only): body for path, body in files.items()}


def asked_of(folder: Path, *words: str) -> subprocess.CompletedProcess[bytes]:
    asked = [keepclear(), *words, "--dir", str(folder)]
    return subprocess.run(asked, capture_output=True)


def geojson(shape: dict[str, Any]) -> bytes:
    line = [[point["lon"], point["lat"]] for point in shape["points"]]
    feature = {
        "type": "Feature", "properties": {}, "geometry": {"type": "LineString", "coordinates": line}
    }  # fmt: skip
    return json.dumps({"type": "FeatureCollection", "features": [feature]}).encode()


def test_the_command_attaches_by_itself_and_says_so(tmp_path):
    node = tmp_path / "node"
    made = [keepclear(), "init", str(node), "--party", "COA", "--party", "RUS"]
    subprocess.run(made, check=True, capture_output=True)
    assert asked_of(node, "party", "RUS", "Russian forces", "--as", "COA").returncode == 0
    (tmp_path / "river.geojson").write_bytes(geojson(river()))
    (tmp_path / "longer.geojson").write_bytes(geojson(river(MAX_SHAPE_POINTS + 1)))
    words = ("--measure", "boundary", "--tolerance-m", "500", "--left", "north bank", "--right", "south bank",
             "--tell", "RUS", "--as", "COA")  # fmt: skip
    given = asked_of(node, "declare", "River", str(tmp_path / "river.geojson"), *words)
    assert given.returncode == 0, given.stderr
    said = b" ".join((given.stderr + given.stdout).split())
    assert b"4,000 points" in said
    assert b"beside the log" in said
    shown = json.loads(asked_of(node, "show", "measures", "--as", "RUS", "--json").stdout)
    rows = shown["items"] if isinstance(shown, dict) else shown
    assert [len(row["outline"]["coordinates"]) for row in rows if row["name"] == "River"] == [POINTS]
    out = tmp_path / "export.zip"
    assert asked_of(node, "export", str(out), "--as", "RUS").returncode == 0
    verified = [keepclear(), "verify", str(out)]
    assert subprocess.run(verified, capture_output=True).returncode == 0
    keyed = (*words, "--key", "river-2", "--json")
    twice = [asked_of(node, "declare", "River 2", str(tmp_path / "river.geojson"), *keyed) for _ in range(2)]
    assert [done.returncode for done in twice] == [0, 0], twice[1].stderr
    assert [json.loads(done.stdout)["repeated"] for done in twice] == [False, True]
    assert json.loads(twice[0].stdout)["statement"] == json.loads(twice[1].stdout)["statement"]
    refused = asked_of(node, "declare", "Longer", str(tmp_path / "longer.geojson"), *words)
    assert refused.returncode == 1
    assert b"5,000" in refused.stderr


def test_one_changed_byte_in_the_store_is_never_drawn_nor_exported(desks):
    made = told(desks, "COA", boundary("Long boundary", shape=river()), "RUS")
    name = named_in(desks, "COA", made["statement"])
    store = desks.node.store
    row = store.attachment(name)
    assert store.erase_attachment(name)
    changed = row.body.replace(b"35.5", b"36.5", 1)
    assert changed != row.body
    store.commit(Batch(attachments=(AttachmentRow(name, row.salt, changed),)))
    desks.node.shapes.forget(name)
    seen = next(each for each in desks.items("RUS", "measures") if each["name"] == "Long boundary")
    assert seen["outline"] is None
    assert NOT_HELD in seen["place"]
    assert len(checked(desks, "RUS", 38.9, 35.5)["checked_against"]["not_checked"]) == 1
    assert desks.get("RUS", "export").status >= 400


# Shown on by who was told.


def shown_on(made: House, by: str, statement: str, *readers: str, files: bool = True) -> Any:
    original = encoded_statement(made, by, statement)
    named = json.loads(base64.b64decode(original))["attachments"] if files else []
    return made.try_tell(by, {"kind": "forwarded", "original": original}, *readers, attachments=named)


def test_a_measure_that_is_shown_on_carries_its_shape_to_who_is_told(desks):
    whole = boundary("Long boundary", shape=river())
    made = told(desks, "COA", whole, "RUS")
    name = named_in(desks, "COA", made["statement"])
    answer = shown_on(desks, "RUS", made["statement"], "PGF")
    assert (answer.status, answer.json["warnings"]) == (201, [])
    assert desks.get("PGF", f"attachments/{name}").ok().body == canonical(whole["shape"])
    desks.get("SDF", f"attachments/{name}").refused("held", 404)
    with zipfile.ZipFile(io.BytesIO(desks.get("PGF", "export").ok().body)) as packed:
        files = unpacked({each: packed.read(each) for each in packed.namelist()})
    held = verify_files(files)
    assert (held.refused, held.attachments_present, held.attachments_absent) == (None, 1, 0)


def test_twin_shown_on_without_its_files_it_carries_none_and_says_so(desks):
    made = told(desks, "COA", boundary("Long boundary", shape=river()), "RUS")
    name = named_in(desks, "COA", made["statement"])
    answer = shown_on(desks, "RUS", made["statement"], "PGF", files=False)
    assert answer.status == 201
    assert name in answer.json["warnings"][0]
    desks.get("PGF", f"attachments/{name}").refused("held", 404)


def test_only_who_attached_a_shape_erases_it_also_where_others_showed_it_on(desks):
    made = told(desks, "COA", boundary("Long boundary", shape=river()), "RUS")
    name = named_in(desks, "COA", made["statement"])
    shown_on(desks, "RUS", made["statement"], "PGF").ok(201)
    path = "/api/v1/desks/{}/attachments/" + name
    for party in ("RUS", "PGF"):
        desks.call("DELETE", path.format(party), token=desks.token(party)).refused("held", 404)
    desks.call("DELETE", path.format("COA"), token=desks.token("COA")).ok()
    desks.get("PGF", f"attachments/{name}").refused("erased")


def test_bytes_that_never_came_open_no_file_of_others_and_tell_nothing_of_it(desks):
    made = told(desks, "COA", boundary("Long boundary", shape=river()), "RUS")
    name = named_in(desks, "COA", made["statement"])
    real = json.loads(base64.b64decode(encoded_statement(desks, "RUS", made["statement"])))
    answers = []
    for hash_, original in ((name, real), ("0" * 64, real)):
        files = [{**original["attachments"][0], "salted_hash": hash_}]
        shown = {**original, "attachments": files, "body": {**original["body"], "shape_beside": hash_}}
        body = {"kind": "forwarded", "original": base64.b64encode(canonical(shown)).decode()}
        answer = desks.try_tell("SDF", body, "PGF", attachments=files).refused("attachment-kept")
        answers.append(answer.json["detail"].replace(hash_, "…"))
    assert answers[0] == answers[1]


def test_a_protected_place_does_not_leave_within_a_shape_that_is_shown_on(desks):
    wide = {"shape": "circle", "center": {"lon": 38.6, "lat": 33.5}, "radius_m": 60_000.0}
    desks.tell("RUS", zone("Grounds", measure="protected site", shape=wide))
    whole = zone("Clinic quarter", shape=blob(400))
    made = told(desks, "COA", whole, "RUS")
    shown_on(desks, "RUS", made["statement"], "PGF").refused("LIM-06", 403)


# The same act again, under the same key.


def test_a_repeat_under_one_key_names_the_same_shape_and_doubles_nothing(desks):
    raw = canonical(river())
    first = desks.post("COA", "attachments", raw, key="boundary-1").ok(201).json
    size = desks.size()
    again = desks.post("COA", "attachments", raw, key="boundary-1").ok(200).json
    assert (again, desks.size()) == (first, size)
    others = [
        desks.post("COA", "attachments", raw, key="boundary-2").ok(201).json,
        desks.post("COA", "attachments", raw + b" ", key="boundary-1").ok(201).json,
        desks.post("RUS", "attachments", raw, key="boundary-1").ok(201).json,
    ]
    assert len({first["salted_hash"], *(each["salted_hash"] for each in others)}) == 4


def test_what_was_erased_does_not_come_back_by_a_repeat(desks):
    whole = boundary("Long boundary", shape=river())
    raw = canonical(whole["shape"])
    name = desks.post("COA", "attachments", raw, key="once").ok(201).json["salted_hash"]
    rest = {field: value for field, value in whole.items() if field != "shape"} | {"shape_beside": name}
    desks.tell("COA", rest, "RUS", attachments=[{"salted_hash": name, "what": "shape"}])
    desks.call("DELETE", f"/api/v1/desks/COA/attachments/{name}", token=desks.token("COA")).ok()
    desks.post("COA", "attachments", raw, key="once").refused("erased")
    assert desks.node.store.attachment(name) is None


# The check at the terminal, by its exit status.


def checked_by_command(folder: Path, plan_file: Path, *more: str) -> subprocess.CompletedProcess[bytes]:
    return asked_of(folder, "check", str(plan_file), "--as", "RUS", *more)


def test_a_check_past_a_shape_that_is_not_held_ends_with_three_and_loud(tmp_path):
    node = tmp_path / "node"
    made = [keepclear(), "init", str(node), "--party", "COA", "--party", "RUS"]
    subprocess.run(made, check=True, capture_output=True)
    assert asked_of(node, "party", "RUS", "Russian forces", "--as", "COA").returncode == 0
    (tmp_path / "river.geojson").write_bytes(geojson(river()))
    (tmp_path / "far.geojson").write_bytes(plan(20.0, 10.0))
    words = ("--measure", "boundary", "--tolerance-m", "500", "--left", "north bank", "--right", "south bank",
             "--tell", "RUS", "--as", "COA", "--json")  # fmt: skip
    assert asked_of(node, "declare", "River", str(tmp_path / "river.geojson"), *words).returncode == 0
    held = checked_by_command(node, tmp_path / "far.geojson")
    assert (held.returncode, held.stdout.startswith(b"no known conflict")) == (0, True), (
        "the twin: it is held"
    )
    shown = json.loads(asked_of(node, "show", "measures", "--as", "RUS", "--json").stdout)["items"]
    assert [row["name"] for row in shown] == ["River"]
    store = SqliteStore.open(node / RECORD)
    for _, encoded in store.statements():
        for named in json.loads(encoded).get("attachments", ()):
            assert store.erase_attachment(named["salted_hash"])
    store.close()
    lost = checked_by_command(node, tmp_path / "far.geojson")
    assert lost.returncode == 3
    assert lost.stdout.startswith(NOT_ALL_CHECKED.encode())
    assert b'NOT CHECKED: "River" of COA' in lost.stdout
    assert b"no known conflict" not in lost.stdout
    got = json.loads(checked_by_command(node, tmp_path / "far.geojson", "--json").stdout)
    assert (got["answer"], got["all_checked"], got["findings"]) == (NOT_ALL_CHECKED, False, [])
