"""A browser without WebGL: no map, said in so many words, and all else works as it does beside one."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect
from tests.console.live_serving import OWN, Sender, living_demo
from tests.console.serving import Demonstration
from tests.console.test_words import catalogue

pytestmark = pytest.mark.needs_browser
NONE = "figure[data-map=none]"


@pytest.mark.parametrize("code", ["en", "ru", "ar"])
def test_that_there_is_no_map_and_why_is_said_in_the_readers_language(
    plain: Page, demonstration: Demonstration, code: str
) -> None:
    assert plain.evaluate("document.createElement('canvas').getContext('webgl2')") is None
    plain.goto(f"{demonstration.url}?lang={code}")
    said = plain.locator(f"{NONE} [role=status]")
    before, after = catalogue(code)["map.none"].split("{what}")
    expect(said).to_contain_text(before)
    expect(said).to_contain_text("WebGL")
    expect(said).to_contain_text(after)
    expect(plain.locator("figure [role=alert]")).to_have_count(0)
    said.get_by_role("button", name=catalogue(code)["state.retry"]).click()
    expect(said).to_contain_text(before)


def test_nothing_that_draws_maps_is_loaded_and_nothing_is_complained_of(
    played: Page, watched, demonstration: Demonstration
) -> None:
    asked = [url for url in watched.requests if "maplibre" in url or "basemap" in url]
    assert asked == []
    assert all(url.startswith(demonstration.url) for url in watched.requests)
    assert watched.errors == []


def test_twin_with_webgl_the_map_is_drawn_and_no_such_thing_is_said(
    page: Page, watched, demonstration: Demonstration
) -> None:
    page.goto(demonstration.url)
    page.wait_for_selector("figure[data-drawn=true]")
    expect(page.locator(NONE)).to_have_count(0)
    expect(page.locator("figure [role=status], figure [role=alert]")).to_have_count(0)
    assert [url for url in watched.requests if "maplibre" in url]


def test_the_live_list_tells_of_all_that_moves_anywhere(plain: Page, tmp_path) -> None:
    served = living_demo(tmp_path, OWN)
    try:
        sender = Sender(served)
        sender.send(
            OWN,
            sender.fix("near", 39.0, 36.0, kind="drone", callsign="VALE 1"),
            sender.fix("far", 60.0, 36.0, kind="vessel", callsign="VALE 2"),
        )
        plain.goto(served.url)
        plain.wait_for_selector(NONE)
        plain.get_by_role("button", name="Live").click()
        things = plain.locator("[data-thing] b")
        expect(things).to_have_text(["VALE 1", "VALE 2"])
        expect(plain.locator("figure .live")).to_contain_text("2")
    finally:
        served.stop()


def test_a_play_starts_by_itself_where_no_map_is_drawn(plain: Page, tmp_path) -> None:
    served = Demonstration(tmp_path)
    try:
        plain.goto(served.url)
        expect(plain.locator("[data-captions] li").first).to_be_attached()
    finally:
        served.stop()
