"""A data directory: made once, opened by one process at a time, its files its owner's alone."""

from __future__ import annotations

import json
import multiprocessing
import stat
from pathlib import Path

import pytest
from tests.patience import PATIENCE_S

from keepclear.errors import KeepclearError, Malformed, Refused, StoreFault
from keepclear.model.words import CapStatus
from keepclear.service.auth import Role
from keepclear.service.listening import Listening
from keepclear.service.opening import open_node
from keepclear.service.settings import (
    KEYS,
    RECORD,
    SETTINGS,
    TOKENS,
    Settings,
    create,
    settings_of,
    write_settings,
)

TWO = Settings("keepclear.test", CapStatus.EXERCISE, ("COA", "RUS"))


def test_a_node_is_made_opened_and_opened_again_the_same(tmp_path):
    folder = tmp_path / "node"
    create(folder, TWO)
    assert settings_of(folder) == TWO
    first = open_node(folder)
    token = first.tokens.token("COA", Role.WATCH_CHIEF)
    kept = first.node.picture("COA").snapshot()
    first.node.store.close()
    again = open_node(folder)
    assert again.node.hosted == ("COA", "RUS")
    assert again.tokens.token("COA", Role.WATCH_CHIEF) == token
    assert again.node.picture("COA").snapshot() == kept
    again.node.store.close()
    assert folder.stat().st_mode & 0o777 == 0o700
    for name in (KEYS, TOKENS, RECORD):
        assert (folder / name).stat().st_mode & 0o077 == 0, name


def test_a_folder_that_holds_a_node_is_not_made_over(tmp_path):
    create(tmp_path / "node", TWO)
    with pytest.raises(Refused, match="new-folder"):
        create(tmp_path / "node", TWO)


@pytest.mark.parametrize(
    "settings",
    [
        Settings("Bad Name", CapStatus.EXERCISE, ("COA",)),
        Settings("keepclear.test", CapStatus.EXERCISE, ("C.A",)),
        Settings("keepclear.test", CapStatus.EXERCISE, ()),
        Settings("keepclear.test", CapStatus.EXERCISE, ("public",)),
        Settings("coa", CapStatus.EXERCISE, ("coa",)),
        Settings("keepclear.test", CapStatus.EXERCISE, ("*",)),
    ],
)
def test_settings_that_no_node_can_have_are_refused(tmp_path, settings):
    with pytest.raises(KeepclearError) as refused:
        create(tmp_path / "node", settings)
    assert refused.value.rule == "settings"
    assert refused.value.passes
    assert not (tmp_path / "node" / SETTINGS).exists()


def test_a_folder_without_a_node_says_how_one_is_made(tmp_path):
    with pytest.raises(Refused) as refused:
        open_node(tmp_path)
    assert refused.value.rule == "no-node"
    assert "keepclear init" in refused.value.passes


def test_settings_that_cannot_be_read_are_a_clear_error(tmp_path):
    (tmp_path / SETTINGS).write_text("{")
    with pytest.raises(Malformed, match="settings"):
        settings_of(tmp_path)


def _try_to_open(folder: str, answer) -> None:
    try:
        open_node(Path(folder)).node.store.close()
        answer.put("opened")
    except StoreFault as error:
        answer.put(str(error))


def test_a_second_process_is_refused_and_told_why(tmp_path):
    folder = tmp_path / "node"
    create(folder, TWO)
    opened = open_node(folder)
    context = multiprocessing.get_context("spawn")
    answer = context.Queue()
    other = context.Process(target=_try_to_open, args=(str(folder), answer))
    other.start()
    said = answer.get(timeout=PATIENCE_S)
    other.join(60)
    opened.node.store.close()
    assert said != "opened"
    assert "process" in said
    open_node(folder).node.store.close()


def test_a_node_that_could_not_be_opened_lets_go_of_its_files(tmp_path):
    folder = tmp_path / "node"
    create(folder, TWO)
    open_node(folder).node.store.close()
    (folder / KEYS).chmod(0o644)
    with pytest.raises(StoreFault, match="key-file"):
        open_node(folder)
    (folder / KEYS).chmod(0o600)
    open_node(folder).node.store.close()


def test_a_record_of_another_status_is_refused_at_opening(tmp_path):
    folder = tmp_path / "node"
    create(folder, TWO)
    open_node(folder).node.store.close()
    whole = (folder / SETTINGS).read_text()
    (folder / SETTINGS).write_text(whole.replace("Exercise", "Actual"))
    with pytest.raises(StoreFault, match="cap-status"):
        open_node(folder)
    (folder / SETTINGS).write_text(whole)
    open_node(folder).node.store.close()


def test_a_party_added_to_the_settings_is_hosted_at_the_next_start(tmp_path):
    folder = tmp_path / "node"
    create(folder, TWO)
    open_node(folder).node.store.close()
    whole = (folder / SETTINGS).read_text()
    (folder / SETTINGS).write_text(whole.replace('"RUS"', '"RUS", "SDF"'))
    opened = open_node(folder)
    assert opened.node.hosted == ("COA", "RUS", "SDF")
    assert opened.tokens.principal(opened.tokens.token("SDF", Role.OBSERVER)) is not None
    opened.node.store.close()


def test_a_folder_that_cannot_be_made_is_a_clear_error(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StoreFault) as refused:
        create(tmp_path / "file" / "node", TWO)
    assert refused.value.rule == "folder"


# Versions of the settings, and where a node listens.

OLD = {"name": "keepclear.local", "cap": "Exercise", "parties": ["COA"]}


def written(folder, value):
    (folder / SETTINGS).write_text(json.dumps(value))
    return folder


def test_settings_of_the_first_release_load(tmp_path):
    assert settings_of(written(tmp_path, OLD)) == Settings("keepclear.local", CapStatus.EXERCISE, ("COA",))


def test_settings_are_read_back_as_they_were_written(tmp_path):
    made = Settings("hq", CapStatus.ACTUAL, ("COA", "RUS"), Listening("0.0.0.0", 443, ("hq.example.org",)))  # noqa: S104
    create(tmp_path / "node", made)
    assert settings_of(tmp_path / "node") == made
    assert stat.S_IMODE((tmp_path / "node").stat().st_mode) == 0o700
    with pytest.raises(Refused):
        create(tmp_path / "node", made)
    write_settings(tmp_path / "node", Settings("hq", CapStatus.ACTUAL, ("COA", "RUS")))
    assert settings_of(tmp_path / "node").listen == Listening()


@pytest.mark.parametrize(
    "wrong",
    [
        {"version": 3}, {"version": 0}, {"more": 1}, {"name": "Not A Name"}, {"parties": ["*"]},
        {"listen": {"port": 0}}, {"listen": {"port": 70_000}}, {"listen": {"hosts": []}},
        {"listen": {"allowed_hosts": ["https://hq.example.org"]}}, {"listen": {"allowed_hosts": ["hq:1"]}},
        {"listen": {"allowed_hosts": ["*"]}}, {"listen": {"origins": ["http://hq.example.org"]}},
        {"listen": {"origins": ["https://hq.example.org/"]}},
    ],
    ids=str,
)  # fmt: skip
def test_settings_that_are_none_are_refused(tmp_path, wrong):
    with pytest.raises(Malformed):
        settings_of(written(tmp_path, {**OLD, **wrong}))
