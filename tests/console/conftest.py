"""A browser for each module, and one demo, played to its end, for all that only look at it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright
from tests.console.serving import Demonstration, Watched, ended
from tests.patience import PATIENCE_MS

FLAGS = (
    "--headless=new", "--no-sandbox", "--enable-unsafe-swiftshader", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
)  # fmt: skip


@pytest.fixture(scope="module")
def browser(chromium_path: str) -> Iterator[Browser]:
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=chromium_path, args=list(FLAGS))
        yield opened
        opened.close()


@pytest.fixture(scope="session")
def demonstration(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demonstration]:
    with ended(tmp_path_factory.mktemp("demo")) as served:
        yield served


@pytest.fixture
def watched() -> Watched:
    return Watched()


@pytest.fixture
def page(browser: Browser, watched: Watched) -> Iterator[Page]:
    opened = browser.new_page(viewport={"width": 1440, "height": 900})
    opened.set_default_timeout(PATIENCE_MS)
    watched.over(opened)
    yield opened
    opened.close()


@pytest.fixture
def played(page: Page, demonstration: Demonstration) -> Page:
    """The console after the play, its map drawn."""
    page.goto(demonstration.url)
    page.wait_for_selector("figure[data-drawn=true]")
    page.wait_for_selector('[data-act="verify"], [data-act="declare"]', timeout=300_000)
    return page
