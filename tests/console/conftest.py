"""Browsers for each module, and one demo, played to its end, for all that only look at it.

Where Chromium has no graphics card it draws maps by the processor, which costs more than all else that a page
does. Tests that do not look at the map have a browser without WebGL, as people have on some machines.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, Playwright, expect, sync_playwright
from tests.console.serving import Demonstration, Watched, ended, laid_out
from tests.patience import PATIENCE_MS

FLAGS = (
    "--headless=new", "--no-sandbox", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
)  # fmt: skip
DRAWING, NOT_DRAWING = "--enable-unsafe-swiftshader", "--disable-3d-apis"


@pytest.fixture(scope="module")
def playwright() -> Iterator[Playwright]:
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as started:
        yield started


@pytest.fixture(scope="module")
def browser(playwright: Playwright, chromium_path: str) -> Iterator[Browser]:
    """A browser that draws maps."""
    opened = playwright.chromium.launch(executable_path=chromium_path, args=[*FLAGS, DRAWING])
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def mapless(playwright: Playwright, chromium_path: str) -> Iterator[Browser]:
    """A browser without WebGL: all of the page but the map."""
    opened = playwright.chromium.launch(executable_path=chromium_path, args=[*FLAGS, NOT_DRAWING])
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
    """A page with a map."""
    yield from _page(browser, watched)


@pytest.fixture
def plain(mapless: Browser, watched: Watched) -> Iterator[Page]:
    """A page without a map."""
    yield from _page(mapless, watched)


def _page(browser: Browser, watched: Watched) -> Iterator[Page]:
    opened = browser.new_page(viewport={"width": 1440, "height": 900})
    opened.set_default_timeout(PATIENCE_MS)
    watched.over(opened)
    yield opened
    opened.close()


@pytest.fixture
def played(plain: Page, demonstration: Demonstration) -> Page:
    """The console after the play, without a map."""
    plain.goto(demonstration.url)
    laid_out(plain)
    plain.wait_for_selector('[data-act="verify"], [data-act="declare"]', timeout=300_000)
    # A page without a map stands before its desks have come, and counts nothing until then.
    for desk in ("COA", "RUS"):
        expect(plain.locator(f"[data-desk={desk}] [role=tab] .count").first).to_have_text(
            re.compile(r"^\d+$")
        )
    return plain
