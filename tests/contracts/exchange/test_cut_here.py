"""A link that one side cuts: what each side reads of it, on two nodes in processes of their own."""

from __future__ import annotations

import pytest
from tests.contracts.exchange.test_backup_of_a_peer import keepclear
from tests.two_processes import Pair, waited


@pytest.fixture
def pair(tmp_path):
    made = Pair.made(tmp_path)
    try:
        made.start()
        yield made
    finally:
        made.close()


def test_who_cut_the_link_reads_so_and_the_other_side_reads_whom_to_call(pair):
    at = ["--dir", pair.alpha.folder]
    waited(lambda: pair.alpha.peer()["state"] == "up")
    whole = keepclear("peer", "check", "bravo", *at)
    assert (whole.returncode, "HERE" in whole.stdout) == (0, False), whole.stderr
    assert keepclear("peer", "cut", "bravo", *at).returncode == 0
    here = keepclear("peer", "check", "bravo", *at)
    assert "bravo lets this node in" in here.stdout
    assert "the link is cut HERE" in " ".join(here.stdout.split())
    waited(lambda: "does not let this node in" in pair.bravo.peer()["why"])
    assert "call them on the hotline" in pair.bravo.peer()["why"]
