"""A hosted party's client at the command line, against a real node: its own keys, copy and word."""

from __future__ import annotations

import json
import shutil

import msgspec
import pytest

from keepclear.cli.receiving import read_key
from keepclear.errors import StoreFault


@pytest.fixture
def desk(cli, node, tmp_path):
    """NOR's client, enrolled at a node that hosts NOR and SOU; called, it states something."""
    key, own = tmp_path / "nor.key", tmp_path / "kept"
    assert cli("client", "new", key, "--as", "NOR").status == 0
    assert cli("client", "enrol", "--key-file", key, "--dir", node).status == 0

    def told(words: str = "Nobody of ours", by: str = "NOR"):
        act = tmp_path / "act.json"
        readers = ["SOU" if by == "NOR" else "NOR"]
        act.write_text(json.dumps({"body": {"kind": "remark", "text": words}, "readers": readers}))
        if by == "NOR":
            return cli("client", "tell", act, "--key-file", key, "--dir", node)
        return cli("state", act, "--as", by, "--dir", node)

    told.key, told.kept, told.node, told.tmp = key, own, node, tmp_path
    return told


def receive(cli, desk):
    return cli("client", "receive", "--key-file", desk.key, "--kept", desk.kept, "--dir", desk.node)


def graded(cli, desk, *pins):
    """The verdict on what SOU told NOR, as SOU exports it."""
    path = desk.tmp / "export.zip"
    path.unlink(missing_ok=True)
    assert cli("export", path, "--reader", "NOR", "--as", "SOU", "--dir", desk.node).status == 0
    pin = f"reader/NOR={read_key(desk.key).mirror.vkey}"
    return cli("verify", path, "--json", *(pins or ("--pin", pin))).json()


def test_a_key_file_is_its_owners_alone(cli, tmp_path):
    key = tmp_path / "a.key"
    made = cli("client", "new", key, "--as", "NOR", "--json").json()
    assert made["vkey"].startswith("NOR/client+")
    assert key.stat().st_mode & 0o777 == 0o600
    assert cli("client", "new", key, "--as", "NOR").status == 1
    assert cli("client", "new", tmp_path / "b.key").status == 1
    key.chmod(0o644)
    with pytest.raises(StoreFault, match="open to others"):
        read_key(key)


def test_what_is_stated_through_the_client_is_signed_with_its_key(cli, desk):
    assert desk().status == 0
    done = cli("state", desk.tmp / "act.json", "--as", "NOR", "--dir", desk.node)
    assert done.status == 1
    assert "client-key" in done.err
    path = desk.tmp / "own.zip"
    cli("export", path, "--as", "NOR", "--reader", "SOU", "--dir", desk.node)
    found = cli("verify", path, "--json", "--pin", f"client/NOR={read_key(desk.key).key.vkey}").json()
    assert found["verified"]
    assert "NOR's own client key" in found["logs"][0]["notes"][0]


def test_another_partys_words_are_shown_on_signed_with_the_clients_key(cli, desk):
    assert desk("Convoy at noon", by="SOU").status == 0
    made = cli("told", "NOR", "--as", "SOU", "--json", "--dir", desk.node).json()["items"]
    original = next(row["statement"] for row in made if row["kind"] == "remark")
    assert cli("party", "OCHA", "OCHA", "--as", "SOU", "--tell", "NOR", "--dir", desk.node).status == 0
    at = ["--to", "SOU", "--dir", desk.node]
    assert "client-key" in cli("forward", original, "--as", "NOR", *at).err
    done = cli("client", "forward", original, "--key-file", desk.key, "--remarks", "as it came", *at)
    assert done.status == 0, done.err
    assert "Signed here and forwarded to SOU as it came" in done.out
    wrong = cli("client", "forward", "SOU.none", "--key-file", desk.key, *at)
    assert wrong.status == 1


def test_another_key_can_not_speak_and_replaces_nothing(cli, desk):
    other = desk.tmp / "other.key"
    cli("client", "new", other, "--as", "NOR")
    done = cli("client", "tell", desk.tmp / "none.json", "--key-file", other, "--dir", desk.node)
    assert done.status == 1
    done = cli("client", "enrol", "--key-file", other, "--dir", desk.node)
    assert (done.status, "client-key" in done.err) == (1, True)
    done = cli("client", "enrol", "--key-file", other, "--previous", desk.key, "--dir", desk.node)
    assert done.status == 0, done.err
    assert desk().status == 1
    desk.key = other
    assert cli("client", "tell", desk.tmp / "act.json", "--key-file", other, "--dir", desk.node).status == 0


def test_what_the_client_holds_is_cosigned_by_the_reader(cli, desk):
    desk("first", by="SOU")
    assert graded(cli, desk)["grade"] == 1, "held by the host for NOR, which is not NOR"
    done = receive(cli, desk)
    assert done.status == 0, done.err
    assert "the others" not in done.out  # all of them were cosigned now
    assert graded(cli, desk)["grade"] == 2, "cosigned by the reader"
    assert (desk.kept / "record.zip").stat().st_size > 1_000
    again = receive(cli, desk)
    assert "Cosigned 0" in again.out
    assert "the others had your cosignature" in " ".join(again.out.split())
    desk("second", by="SOU")
    later = graded(cli, desk)
    assert later["grade"] == 1, "nobody of NOR has said that it holds the second"
    assert later["logs"][0]["earlier"], "the cosigned checkpoint goes along"
    receive(cli, desk)
    assert graded(cli, desk)["grade"] == 2


def test_twin_the_hosts_cosignature_is_not_the_readers(cli, desk):
    desk("first", by="SOU")
    receive(cli, desk)
    stranger = desk.tmp / "stranger.key"
    cli("client", "new", stranger, "--as", "NOR")
    pin = f"reader/NOR={read_key(stranger).mirror.vkey}"
    assert graded(cli, desk, "--pin", pin)["grade"] == 1


def test_a_record_that_was_rewritten_is_not_cosigned(cli, desk):
    """The host shows another history than the one that the client kept."""
    desk("first", by="SOU")
    before = desk.tmp / "before"
    shutil.copytree(desk.node, before)
    desk("second", by="SOU")
    assert receive(cli, desk).status == 0
    shutil.rmtree(desk.node)
    shutil.copytree(before, desk.node)
    desk("another second", by="SOU")
    done = receive(cli, desk)
    assert done.status == 1
    assert "client-receive" in done.err
    assert "evidence" in done.err


def test_twin_a_client_that_kept_nothing_sees_no_other_history(cli, desk):
    test_a_record_that_was_rewritten_is_not_cosigned(cli, desk)
    shutil.rmtree(desk.kept)
    assert receive(cli, desk).status == 0


def test_a_cosignature_by_another_key_is_refused(cli, desk):
    desk("first", by="SOU")
    stranger = desk.tmp / "stranger.key"
    cli("client", "new", stranger, "--as", "NOR")
    own = msgspec.json.decode(desk.key.read_bytes())
    other = msgspec.json.decode(stranger.read_bytes())
    mixed = desk.tmp / "mixed.key"
    mixed.write_bytes(msgspec.json.encode(own | {"seed": other["seed"]}))
    mixed.chmod(0o600)
    desk.key = mixed
    assert receive(cli, desk).status == 1
