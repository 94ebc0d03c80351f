"""The play of the accounts in a browser: without a click, in two windows, and over nodes that come and go."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from tests.console.serving import Demonstration, Watched, ended
from tests.console.test_console import DESKS, save

pytestmark = pytest.mark.needs_browser

PLAYED_MS = 300_000
LAST_WORDS = "both sides drew off slightly"


@dataclass
class Play:
    """A play from its first scene to its proof, in two windows that nobody touched, one without a map."""

    served: Demonstration
    windows: tuple[Page, Page]
    watched: Watched
    broken: list[str]
    seconds: float


@pytest.fixture(scope="module")
def play(browser: Browser, mapless: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Play]:
    served = Demonstration(tmp_path_factory.mktemp("play"))
    windows = tuple(one.new_page(viewport={"width": 1440, "height": 900}) for one in (browser, mapless))
    watched, broken = Watched(), []
    watched.over(windows[0])
    windows[0].on("requestfailed", lambda request: broken.append(request.url))
    began = time.monotonic()
    for window in windows:
        window.goto(f"{served.url}?theme=day")
    for window in windows:
        window.wait_for_selector("[data-result=alter]", timeout=PLAYED_MS)
    yield Play(served, windows, watched, broken, time.monotonic() - began)
    for window in windows:
        window.close()
    served.stop()


@pytest.fixture
def over(tmp_path: Path, plain: Page) -> Iterator[tuple[Demonstration, Page]]:
    """A demo that was played to its end at once, and a page over it."""
    with ended(tmp_path / "demo") as served:
        plain.goto(served.url)
        plain.wait_for_selector('[data-act="verify"], [data-act="declare"]')
        yield served, plain


def test_it_plays_the_accounts_with_no_click_and_its_captions_come_in_order(
    play: Play, tmp_path: Path
) -> None:
    page, programme = play.windows[0], play.served.programme
    page.wait_for_selector("figure[data-drawn=true]")
    lines = page.locator("[data-captions] li").all_inner_texts()
    assert lines == [f"{each.account}, {each.speaker}: {each.text}" for each in programme.captions]
    expect(page.locator(".permanent")).to_have_text(programme.caption)

    for party in DESKS:
        expect(page.locator(f"[data-desk={party}] h2")).to_have_text(programme.names[party])
    expect(page.locator("[data-result=verify]")).to_contain_text("Grade 1")
    expect(page.locator("[data-result=alter]")).to_contain_text("Refused")
    assert re.search(r"Entry \d+", page.locator("[data-result=alter]").inner_text())

    save(page, tmp_path, "day")
    page.get_by_role("button", name="Night").click()
    page.wait_for_timeout(1500)
    save(page, tmp_path, "night")

    strangers = [url for url in play.watched.requests if not url.startswith(play.served.url)]
    assert strangers == []
    assert play.watched.errors == []


def test_two_windows_follow_one_play_side_by_side(play: Play) -> None:
    for window in play.windows:
        assert window.locator("[data-captions] li").count() == len(play.served.programme.captions)
        expect(window.locator("[data-desk=RUS] .sheet")).to_contain_text(LAST_WORDS)


def test_one_play_asks_for_a_picture_at_most_every_breath(play: Play) -> None:
    most = play.seconds / 0.4 + 6
    for party in DESKS:
        asked = [url for url in play.watched.requests if f"/{party}/picture" in url]
        assert 1 < len(asked) <= most
    assert [url for url in play.broken if "/picture" in url] == []


def test_a_page_over_a_stopped_node_takes_up_the_new_record_and_never_calls_the_old_one_live(
    over: tuple[Demonstration, Page], tmp_path: Path
) -> None:
    first, page = over
    page.get_by_role("button", name="Five acts").click()
    page.get_by_role("textbox", name="Name").fill("Zone of the first record")
    page.get_by_role("button", name="Declare and tell").click()
    expect(page.locator("[data-desk=RUS]")).to_contain_text("Zone of the first record")
    expect(page.locator(".slider")).to_contain_text("Live.")

    first.stop()
    expect(page.locator(".lost")).to_contain_text("does not answer")
    expect(page.locator("[data-desk=COA] h2")).to_be_visible()
    expect(page.locator(".slider")).to_contain_text("NOT FRESH.")
    expect(page.locator(".slider")).not_to_contain_text("Live.")
    expect(page.locator(".clock")).to_contain_text("when last seen")

    second = Demonstration(tmp_path / "demo", first.port)
    expect(page.locator(".lost")).to_have_count(0)
    expect(page.locator(".slider")).to_contain_text("Live.")
    expect(page.locator(".stale")).to_have_count(0)
    page.get_by_role("button", name="Go to the end").click()
    page.wait_for_selector("[data-result=alter]", timeout=PLAYED_MS)
    expect(page.locator("[data-captions] li")).to_have_count(len(second.programme.captions))
    page.locator("#RUS-tab-measures").click()
    expect(page.locator("[data-desk=RUS]")).not_to_contain_text("Zone of the first record")
    expect(page.locator(".slider")).to_contain_text("Live.")
    second.stop()


def test_a_node_that_was_away_for_less_than_a_beat_is_asked_anew(
    over: tuple[Demonstration, Page], tmp_path: Path
) -> None:
    first, page = over
    first.stop()
    second = Demonstration(tmp_path / "demo", first.port)
    # Counted from outside: the page's policy lets no string be run as a script.
    for _ in range(300):
        if page.locator("[data-captions] li").count() < 5:
            break
        page.wait_for_timeout(200)
    else:
        pytest.fail("the page keeps the captions of the record that is gone")
    second.skip()
    page.wait_for_selector("[data-result=alter]", timeout=PLAYED_MS)
    expect(page.locator(".stale")).to_have_count(0)
    expect(page.locator(".slider")).to_contain_text("Live.")
    second.stop()


def test_a_page_that_missed_the_word_that_the_play_is_over_ends_where_one_that_heard_it_does(
    mapless: Browser, tmp_path: Path
) -> None:
    served = Demonstration(tmp_path / "demo")
    window = mapless.new_page()
    window.route("**/api/v1/demo/stream", lambda route: route.abort())
    window.goto(served.url)
    window.wait_for_selector("[data-desk=RUS]")
    served.skip()
    window.wait_for_selector("[data-result=alter]", timeout=PLAYED_MS)
    expect(window.locator("[data-desk=RUS] .sheet")).to_contain_text(LAST_WORDS)
    window.close()
    served.stop()
