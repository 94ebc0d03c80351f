"""The demo's third address as visitors see it: recorded aircraft over invented areas of a fire."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from playwright.sync_api import Browser, Page, expect
from tests.conftest import recordings
from tests.console.serving import Threaded, Watched
from tests.flying import flown, without
from tests.patience import PATIENCE_MS, PATIENCE_S

from keepclear.cli.playing_flights import Flown
from keepclear.cli.running import served

pytestmark = [pytest.mark.needs_browser, pytest.mark.needs_recordings]
SPEED = 120.0
LATER = datetime(2020, 9, 9, 15, 45, tzinfo=UTC)
"""By then recorded aircraft have been in the southern area twice."""


class Served(Threaded):
    """A node of the recorded flights."""

    def __init__(self, made: Flown) -> None:
        self.made = made
        super().__init__(lambda: served([made.way()]))

    def wait_until(self, at: datetime) -> None:
        until = time.monotonic() + PATIENCE_S
        while self.made.writer.node.clock.now() < at:
            assert time.monotonic() < until, "the recording does not move the clock"
            time.sleep(0.2)


@pytest.fixture(scope="module")
def fire(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with flown(tmp_path_factory.mktemp("fire"), recordings(), speed=SPEED) as made:
        node = Served(made)
        yield node
        node.close()


@pytest.fixture(scope="module")
def seen(browser: Browser, fire: Served) -> Iterator[tuple[Page, Watched]]:
    """The page as it stands once the first aircraft are followed."""
    page, watched = browser.new_page(viewport={"width": 1440, "height": 900}), Watched()
    page.set_default_timeout(PATIENCE_MS)
    watched.over(page)
    page.goto(fire.made.url)
    page.wait_for_selector("[data-thing]")
    yield page, watched
    page.close()


def test_recorded_aircraft_stand_in_the_list_by_name_and_none_is_called_invented(seen) -> None:
    page, watched = seen
    row = page.locator("[data-thing]", has_text="T71").first
    expect(row).to_be_visible()
    expect(row.locator(".recorded")).to_have_text("recorded")
    expect(page.locator("[data-feed=recorded-flights] .recorded")).to_be_visible()
    assert page.locator("[data-thing] .invented, [data-feed] .invented").count() == 0
    expect(page.locator("figure .live")).not_to_contain_text("invented")
    assert watched.errors == []


def test_the_alarm_names_the_area_while_its_aircraft_is_there_and_is_over_when_it_has_left(seen) -> None:
    page, _ = seen
    alarms = page.locator("[data-desk=AIR] [data-attention] [data-alarm]")
    active = alarms.and_(page.locator("[data-state^=unacknowledged]")).first
    expect(active).to_contain_text("fire area")
    expect(active).to_contain_text("call:")
    over = alarms.and_(page.locator("[data-state^=returned]")).first
    expect(over).to_contain_text("has left")
    expect(over).not_to_contain_text("call:")
    expect(page.locator("[data-desk=FIRE] [data-attention] [data-alarm]")).to_have_count(0)


def test_the_page_says_what_is_recorded_by_whom_how_fast_and_what_is_invented(seen) -> None:
    page, _ = seen
    strip = page.locator("[data-recorded]")
    for words in ("38 real aircraft", "OpenSky Network", "MIT", "120 times", "Invented: the two desks"):
        expect(strip).to_contain_text(words)
    expect(page.locator("[data-desk=FIRE]")).to_contain_text("[I]")


def test_the_map_begins_over_the_fires(seen) -> None:
    page, _ = seen
    # What is asked for reaches a quarter beyond the screen; the theatre of the accounts is far away.
    expect(page.locator("figure .live")).to_contain_text("Regional air desk")
    asked = [url for url in seen[1].requests if "/live/stream?box=" in url]
    west, south, east, north = (float(each) for each in asked[0].split("box=")[1].split(","))
    assert -123 < west < -118 < -115.8 < east < -111
    assert 30 < south < 32.4 < 34.5 < north < 37


def test_at_the_end_it_stops_and_says_so(seen) -> None:
    page, _ = seen
    page.get_by_role("button", name="Go to the end").click()
    over = page.locator("[data-recorded=done]")
    expect(over).to_contain_text("The recording is over", timeout=240_000)
    expect(page.locator("[data-desk=AIR]")).to_contain_text("withdrawn")
    expect(page.get_by_role("button", name="Play again")).to_be_visible()


def test_twin_where_no_area_is_declared_the_same_flights_call_nobody(mapless: Browser, tmp_path) -> None:
    script = without("4-01", "4-02", "4-03")
    with flown(tmp_path, recordings(), script, speed=SPEED) as made:
        node, page = Served(made), mapless.new_page(viewport={"width": 1440, "height": 900})
        try:
            page.goto(made.url)
            page.wait_for_selector("[data-thing]")
            node.wait_until(LATER)
            expect(page.locator("[data-thing]", has_text="T71").first).to_be_visible()
            assert page.locator("[data-alarm]").count() == 0
        finally:
            page.close()
            node.close()
