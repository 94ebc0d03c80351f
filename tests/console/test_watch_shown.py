"""The page names who holds the watch at both ends of a hotline, and keeps "nobody" apart from "not known"."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect
from tests.console.own_node import COA, Served, run
from tests.console.test_hotline import Officer, seat, staged
from tests.patience import PATIENCE_MS

from keepclear.service.clock import SystemClock

pytestmark = pytest.mark.needs_browser


def hours(count: int) -> str:
    return f"{SystemClock().now() + timedelta(hours=count):%Y-%m-%dT%H:%M:%SZ}"


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    served = staged(Path(tmp_path_factory.mktemp("watch")) / "node")
    run("message", "RUS", "The watch has begun", "--as", "COA", "--dir", served.folder)
    served.start()
    yield served
    served.stop()


def shift(node: Served, party: str, name: str, begins: int, ends: int, *more: str) -> None:
    words = ["shift", "duty officer", name, hours(begins), hours(ends), *more]
    run(*words, "--as", party, "--dir", node.folder)


@pytest.fixture
def officer(mapless: Browser, node: Served) -> Iterator[Officer]:
    taken = seat(mapless, node, COA, "Anna Berg")
    yield taken
    taken.page.context.close()


def shows(officer: Officer, place: str, state: str) -> str:
    """Hold that a place of the screen shows a watch in a state; gives its words."""
    found = officer.at(f'{place} [data-watch="{state}"]').first
    expect(found).to_be_visible(timeout=PATIENCE_MS)
    return found.inner_text()


def test_the_board_and_the_call_panel_name_who_holds_the_watch(officer: Officer, node: Served) -> None:
    assert "not known" in shows(officer, "[data-hotline]", "not known")
    shift(node, "RUS", "Colonel Petrov", -2, 6, "--tell", "COA")
    shift(node, "COA", "Major Adams", -9, -2)
    shift(node, "COA", "Captain Brook", 3, 9)
    assert "Colonel Petrov" in shows(officer, "[data-hotline]", "on shift")
    assert "nobody is on shift" in shows(officer, "[data-hotline]", "nobody is on shift")
    officer.at("[data-hotline] [data-row]").first.focus()
    officer.press("Enter")
    officer.press("Escape", "c")
    there = shows(officer, '[data-end="RUS"]', "on shift")
    assert "Colonel Petrov" in there
    assert "since" in there
    assert "until" in there
    shows(officer, '[data-end="COA"]', "nobody is on shift")
    officer.do('[data-act="dial"]')
    assert "Colonel Petrov" in shows(officer, '[data-end="RUS"]', "on shift")
    expect(officer.at('[data-end="RUS"] [data-watch="not known"]')).to_have_count(0)
