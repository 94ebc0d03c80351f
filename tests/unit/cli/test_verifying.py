"""`keepclear standing` and `keepclear verify-again`, as a duty officer types them."""

from __future__ import annotations


def test_what_stands_is_verified_by_name_and_shown(cli, node):
    at = ("--as", "NOR", "--dir", node)
    before = cli("standing", *at)
    assert before.status == 0
    assert "Bridge zone, zone of Northern command: not verified yet; due" in before.out
    words = ("verify-again", "Bridge zone", "--by", "Captain Ray", "--with", "the southern desk")
    done = cli(*words, *at)
    assert done.status == 0
    assert "Verified again: by Captain Ray, by telephone with the southern desk" in done.out
    [item] = cli("standing", "--json", *at).json()["items"]
    assert item["verified"] == "by Captain Ray, by telephone with the southern desk"


def test_what_does_not_stand_is_refused_with_what_does(cli, node):
    done = cli("verify-again", "Other zone", "--by", "A", "--with", "B", "--as", "NOR", "--dir", node)
    assert (done.status, done.out) == (1, "")
    assert "Bridge zone" in done.err


def test_a_verification_needs_a_name(cli, node):
    done = cli("verify-again", "Bridge zone", "--by", " ", "--with", "B", "--as", "NOR", "--dir", node)
    assert done.status == 1
    assert "verified-by" in done.err
