"""Takes the pictures of the README anew from a demo that runs: `python -m tools.pictures`.

They need Chromium and the built console. Each is of a real page over real nodes; what stands on it is what
the demo shows.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

HOME = Path(__file__).parents[1] / "docs" / "pictures"
PORT = 9742
SIZE = (1440, 900)
NIGHT_OF = "2018-02-07T18:30:00Z"
"""Between the first answer, not ours, and the question who can reach them."""

FLAGS = ("--headless=new", "--no-sandbox", "--enable-unsafe-swiftshader", "--disable-quic", "--no-first-run")
_PLAY_MS = 180_000
_LAST = "begins anew"


@contextmanager
def demo(*words: str) -> Iterator[Path]:
    """Run a demo in a folder of its own for the life of the block."""
    with tempfile.TemporaryDirectory() as folder:
        command = [
            sys.executable,
            "-u",
            "-m",
            "keepclear.cli.main",
            "demo",
            "--no-browser",
            "--port",
            str(PORT),
        ]
        running = subprocess.Popen([*command, *words], cwd=folder, stderr=subprocess.PIPE, text=True)
        try:
            for said in running.stderr or ():
                if _LAST in said:
                    break
            yield Path(folder)
        finally:
            running.terminate()
            running.wait(20)


def played(browser: Browser, place: int = 0) -> Page:
    """Open a demo's page and wait until the story has been played."""
    page = opened(browser, place)
    page.wait_for_selector('[data-act="verify"], [data-act="declare"]', timeout=_PLAY_MS)
    return page


def opened(browser: Browser, place: int = 0, query: str = "") -> Page:
    """Open a demo's page and wait until its map is drawn."""
    page = browser.new_page(viewport={"width": SIZE[0], "height": SIZE[1]}, reduced_motion="reduce")
    page.goto(f"http://127.0.0.1:{PORT + place}/{query}")
    page.wait_for_selector("figure[data-drawn=true]", timeout=_PLAY_MS)
    return page


def light(page: Page, name: str) -> None:
    """Choose day, dusk or night, and let the map follow."""
    page.get_by_role("button", name=name, exact=True).click()
    page.wait_for_timeout(1_500)


def one_node(browser: Browser) -> None:
    """Both desks on one page in the evening of 7 February 2018, by day and by night."""
    with demo("--one-node"):
        played(browser).close()
        page = opened(browser, query=f"?at={NIGHT_OF}")
        page.get_by_role("button", name="Between the desks").click()
        page.wait_for_timeout(2_000)
        for name in ("Day", "Night"):
            light(page, name)
            page.screenshot(path=HOME / f"console-{name.lower()}.png")
        page.close()


def two_nodes(browser: Browser) -> None:
    """The coalition's desk while the link is cut and a message waits."""
    with demo() as folder:
        pages = [played(browser, place) for place in (0, 1)]
        coalition = pages[0]
        row = coalition.locator("[data-peers] li[data-peer='russia.exercise']").first
        for _ in range(2):
            row.locator("[data-turn=cut]").click()
        words = ["message", "RUS", "Are the vehicles at the crossing yours?", "--precedence", "flash"]
        subprocess.run(
            [sys.executable, "-m", "keepclear.cli.main", *words, "--as", "COA"], cwd=folder, check=True
        )
        coalition.get_by_role("button", name="Between the desks").click()
        coalition.wait_for_selector("[data-peers] [data-red=true]", timeout=_PLAY_MS)
        light(coalition, "Day")
        coalition.screenshot(path=HOME / "two-nodes-link-cut.png")
        for page in pages:
            page.close()


def main() -> None:
    """Take all pictures."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=list(FLAGS))
        one_node(browser)
        two_nodes(browser)
        browser.close()


if __name__ == "__main__":
    main()
