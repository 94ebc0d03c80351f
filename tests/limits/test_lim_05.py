"""LIM-05: no export that lists observed forces without the purpose banner."""

from __future__ import annotations

import io
import zipfile

import pytest
from tests.building_node import observation
from tests.limits.abuse import fields_of

from keepclear.cli.main import main
from keepclear.model.words import CapStatus
from keepclear.service.http.desks import LISTS
from keepclear.service.settings import Settings, create
from keepclear.views.desk import PURPOSE_BANNER


@pytest.fixture(scope="module")
def seen(syria):
    syria.tell("COA", observation())
    return syria


@pytest.mark.parametrize("path", ["picture", "held", "told/RUS", "told/COA", *LISTS])
@pytest.mark.parametrize("party", ["COA", "RUS", "SDF"])
def test_every_list_carries_the_banner(seen, party, path):
    assert PURPOSE_BANNER in seen.get(party, path).ok().json["banner"]
    assert PURPOSE_BANNER in seen.get(party, path, at="2018-02-01T08:00:30Z").ok().json["banner"]


def test_the_banner_is_not_left_out_because_it_is_known(seen):
    """A list that has not changed is sent again with its banner to whoever asks without a tag."""
    for _ in range(2):
        assert PURPOSE_BANNER.encode() in seen.get("COA", "observations").ok(200).body


def test_every_schema_with_items_has_the_banner(syria):
    lists = {name: fields for name, fields in fields_of(syria).items() if {"items", "at"} <= fields}
    assert len(lists) > 20
    assert [name for name, fields in lists.items() if "banner" not in fields] == []


def test_the_zip_of_the_logs_carries_it_on_its_first_page(seen):
    body = seen.get("COA", "export").ok(200).body
    with zipfile.ZipFile(io.BytesIO(body)) as packed:
        page = " ".join(packed.read("README.txt").decode().split())
        entries = b"".join(packed.read(name) for name in packed.namelist() if "entries" in name)
    assert b"vehicles on the east bank" in entries, "the export lists observed forces"
    assert PURPOSE_BANNER in page


COMMANDS = ["show observations", "show buildups", "show presences", "picture"]


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("form", [[], ["--json"]])
def test_the_command_line_prints_it_with_every_list_of_observed_forces(tmp_path, capfd, command, form):
    create(tmp_path / "node", Settings("keepclear.test", CapStatus.EXERCISE, ("COA",)))
    assert main([*command.split(), "--dir", str(tmp_path / "node"), *form]) == 0
    assert PURPOSE_BANNER in " ".join(capfd.readouterr().out.split())


def test_an_exercise_says_so_before_the_purpose(seen):
    assert seen.get("COA", "observations").json["banner"] == f"EXERCISE. {PURPOSE_BANNER}"
