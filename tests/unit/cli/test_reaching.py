"""Ways beyond the station, set up at the command line and used by a running node."""

from __future__ import annotations

import io
import json
import time

import httpx
import pytest
from tests.last_hop import Hook, Mailbox
from tests.patience import PATIENCE_S
from tests.unit.cli.test_running import serving


@pytest.fixture
def add(cli, node, monkeypatch):
    def added(name, url, *words):
        monkeypatch.setattr("sys.stdin", io.StringIO(f"{url}\n"))
        return cli("reach", "add", name, "--as", "SOU", "--dir", node, *words)

    return added


def test_a_way_is_added_tested_listed_and_removed_and_its_address_is_never_shown(cli, node, add):
    with Mailbox() as mailbox:
        done = add("mail", mailbox.url, "--role", "deputy", "--quiet", "22:00-06:00")
        assert done.status == 0, done.err
        tested = cli("reach", "test", "mail", "--as", "SOU", "--dir", node)
        assert (tested.status, len(mailbox.mails)) == (0, 1)
        assert mailbox.mails[0]["Subject"] == "EXERCISE ROUTINE: TEST, nothing to do"
    failed = cli("reach", "test", "mail", "--as", "SOU", "--dir", node)
    assert failed.status == 1
    shown = cli("reach", "list", "--dir", node)
    assert "mail for the deputy of SOU: e-mail" in shown.out
    assert "FAILING" in shown.out
    doctor = cli("doctor", "--dir", node)
    assert (doctor.status, "its ways to people: failing: mail" in doctor.out) == (1, True)
    for said in (done, tested, failed, shown):
        assert str(mailbox.port) not in said.out + said.err
    assert (node / "reach.json").stat().st_mode & 0o777 == 0o600
    assert cli("reach", "remove", "mail", "--as", "SOU", "--dir", node).status == 0
    assert "No ways" in cli("reach", "list", "--dir", node).out


def test_an_address_unencrypted_needs_a_word_of_its_own(add):
    refused = add("hook", "json://192.0.2.1/x")
    assert "reach-unencrypted" in refused.err
    assert "192.0.2.1" not in refused.err
    assert add("hook", "json://192.0.2.1/x", "--unencrypted").status == 0


def test_a_running_node_tells_a_person_of_a_flash_and_shows_the_way_at_the_desk(cli, node, add):
    with Hook() as hook, serving(node) as port:
        add("hook", hook.url, "--role", "duty officer")
        done = cli(
            "message", "SOU", "Stop at 35.3 N 40.3 E", "--precedence", "flash", "--as", "NOR", "--dir", node
        )
        assert done.status == 0, done.err
        deadline = time.monotonic() + PATIENCE_S
        while not hook.came and time.monotonic() < deadline:
            time.sleep(0.05)
        assert hook.came, "nothing came"
        assert "35.3" not in repr(hook.came)
        grants = json.loads((node / "tokens.json").read_bytes())
        token = next(row["token"] for row in grants if row["party"] == "SOU")
        answer = httpx.get(
            f"http://127.0.0.1:{port}/api/v1/desks/SOU/reach", headers={"Authorization": f"Bearer {token}"}
        )
        [way] = answer.json()["items"]
        assert (way["name"], way["kind"], way["failures"]) == ("hook", "webhook", 0)
        assert "s3cret" not in answer.text
    assert "s3cret" not in (node / "station.log").read_text()
    assert b"s3cret" not in (node / "record.sqlite3").read_bytes()
