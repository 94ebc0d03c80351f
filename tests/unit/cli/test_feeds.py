"""Feeds by command: each short option is a kind and an address, and what no port could run is refused."""

from __future__ import annotations

import pytest

from keepclear.cli.main import main
from keepclear.model.feeds import FeedKind
from keepclear.service.feeds import FeedBook
from keepclear.service.settings import FEEDS


@pytest.fixture
def node(tmp_path):
    folder = tmp_path / "node"
    assert main(["init", str(folder), "--party", "COA"]) == 0
    return folder


def add(node, *words):
    return main(["feeds", "add", "x", *words, "--as", "COA", "--dir", str(node)])


@pytest.mark.parametrize(
    ("words", "kind", "address"),
    [
        (["--cot", "127.0.0.1:8088"], FeedKind.COT, "127.0.0.1:8088"),
        (["--cot-listen", "8087"], FeedKind.COT, "listen:8087"),
        (["--readsb", "http://receiver/aircraft.json"], FeedKind.READSB, "http://receiver/aircraft.json"),
        (["--readsb", "/run/readsb/aircraft.json"], FeedKind.READSB, "/run/readsb/aircraft.json"),
        (["--sbs", "receiver:30003#+03:00"], FeedKind.SBS, "receiver:30003#+03:00"),
        (["--kind", "sbs", "--address", "receiver:30003"], FeedKind.SBS, "receiver:30003"),
        ([], FeedKind.PUSH, ""),
    ],
)
def test_a_feed_is_added_by_its_short_option(node, words, kind, address):
    assert add(node, *words) == 0
    [feed] = FeedBook(node / FEEDS).feeds()
    assert (feed.kind, feed.address) == (kind, address)


@pytest.mark.parametrize(
    ("words", "rule"),
    [
        (["--cot", "10.0.0.1:8087"], "cot-plain"),
        (["--cot", "127.0.0.1"], "feed-address"),
        (["--cot-listen", "0"], "feed-address"),
        (["--sbs", "receiver"], "feed-address"),
        (["--readsb", "ftp://receiver/x"], "feed-address"),
        (["--cot-listen", "8087", "--sbs", "receiver:30003"], "feed-once"),
        (["--kind", "sbs", "--cot", "127.0.0.1:8087"], "feed-once"),
        (["--address", "127.0.0.1:8087"], "feed-address"),
    ],
)
def test_what_no_port_could_run_is_refused_when_it_is_added(node, words, rule, capsys):
    assert add(node, *words) == 1
    assert rule in capsys.readouterr().err
    assert FeedBook(node / FEEDS).feeds() == ()


@pytest.mark.parametrize(
    ("standing", "told"), [("own", "your measures"), ("other", "only hears"), ("consenting", "only hears")]
)
@pytest.mark.parametrize("way", [("--cot-listen", "8087"), ("--cot", "127.0.0.1:8088")])
def test_adding_a_feed_of_devices_says_what_they_are_told(node, capsys, standing, told, way):
    assert add(node, *way, "--standing", standing) == 0
    assert told in capsys.readouterr().err
