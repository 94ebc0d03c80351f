"""The demo on nodes of its own as visitors see it: a desk at each address, a link that they cut and heal."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from tests.console.serving import Threaded, quick
from tests.patience import PATIENCE_MS

from keepclear.cli.playing_apart import Standing, own_socket
from keepclear.scenarios.demo import demo
from keepclear.scenarios.loader import load
from keepclear.service.play import Play
from keepclear.service.replay import scenario_folder

pytestmark = pytest.mark.needs_browser
SIDES = {"COA": "coalition.exercise", "RUS": "russia.exercise"}


class Served(Threaded):
    """The nodes of the demo, at eight times the demo's pace."""

    def __init__(self, folder: Path) -> None:
        home = scenario_folder("syria_accounts")
        self._script = load(home)
        self._standing = Standing(self._script, folder, [[own_socket()] for _ in range(3)])
        seats = self._standing.stage.seats
        self.urls = {str(seat.node.hosted[0]): self._standing.url(seat) for seat in seats[:2]}
        self._play = Play(self._standing.stage, quick(demo(home, self._script)), self._script)
        super().__init__(lambda: self._standing.open(self._script, self._play))


@pytest.fixture(scope="module")
def desks(
    browser: Browser, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Served, dict[str, Page]]]:
    served = Served(tmp_path_factory.mktemp("two"))
    pages = {party: browser.new_page(viewport={"width": 1440, "height": 900}) for party in SIDES}
    for party, page in pages.items():
        page.goto(f"{served.urls[party]}/")
    for page in pages.values():
        page.wait_for_selector('[data-act="verify"]', timeout=300_000)
    yield served, pages
    for page in pages.values():
        page.close()
    served.close()


def row(pages: dict[str, Page], party: str):
    other = SIDES["RUS" if party == "COA" else "COA"]
    return pages[party].locator(f"[data-desk={party}] [data-peer='{other}']")


def say(pages: dict[str, Page], party: str, words: str) -> None:
    page = pages[party]
    page.get_by_role("button", name="Five acts").click()
    page.locator('[data-act="flash"]').click()
    expect(page.locator("[data-addressee]")).not_to_have_value("")
    page.get_by_role("textbox", name="Message").fill(words)
    page.get_by_role("button", name="Pass as flash").click()
    expect(page.locator(".stage, main").first).to_contain_text("Passed")


def between(pages: dict[str, Page], party: str):
    pages[party].get_by_role("button", name="Between the desks").click()
    return pages[party].locator(".between li").first


def test_each_address_has_one_desk_and_its_proof_is_cosigned_by_the_other(desks) -> None:
    _, pages = desks
    for party, page in pages.items():
        expect(page.locator("[data-desk]")).to_have_count(1)
        expect(page.locator(f"[data-desk={party}]")).to_be_visible()
        expect(page.locator("[data-result=verify]")).to_contain_text("cosigned by the reader")
        expect(page.locator("[data-result=alter]")).to_contain_text("Refused")


def test_what_is_told_while_the_link_is_cut_waits_and_comes_once_when_it_is_healed(desks) -> None:
    _, pages = desks
    for _ in range(2):
        row(pages, "COA").locator("[data-turn=cut]").click()
    expect(row(pages, "COA")).to_have_attribute("data-state", "cut")
    expect(row(pages, "RUS")).to_have_attribute("data-state", "down")
    expect(row(pages, "RUS").locator(".why")).to_contain_text("it has cut the link")
    say(pages, "COA", "Are these yours?")
    say(pages, "RUS", "Whose are the boats?")
    for party in SIDES:
        expect(row(pages, party)).to_have_attribute("data-unsent", "1")
        expect(between(pages, party)).to_contain_text("Told, as its teller says")
    expect(pages["RUS"].get_by_text("Are these yours?")).to_have_count(0)

    for _ in range(2):
        row(pages, "COA").locator("[data-turn=heal]").click()
    for party, heard in (("COA", "Whose are the boats?"), ("RUS", "Are these yours?")):
        expect(row(pages, party)).to_have_attribute("data-state", "up")
        expect(row(pages, party)).to_have_attribute("data-unsent", "0")
        expect(between(pages, party)).to_contain_text("Delivered")
        pages[party].get_by_role("tab", name="Messages").click()
        expect(pages[party].locator(".sheet").get_by_text(heard, exact=True)).to_have_count(1)
        crossed = pages[party].locator(".sheet article", has_text=heard)
        expect(crossed.locator("[data-crossed]")).to_be_visible()
        pages[party].get_by_role("button", name="Proof").click()
        pages[party].locator("[data-act=verify]").click()
        expect(pages[party].locator("[data-result=verify]")).to_contain_text("Grade 2")


def test_each_address_shows_its_own_partys_invented_things_and_none_of_the_other(desks) -> None:
    _, pages = desks
    shown = {}
    for party, page in pages.items():
        page.get_by_role("button", name="Live").click()
        # The play has left the map at the place of its last act, where nothing moves.
        page.locator("[data-act=show-all]").click()
        rows = page.locator("[data-thing]")
        expect(rows.first).to_be_visible(timeout=PATIENCE_MS)
        shown[party] = set(rows.evaluate_all("rows => rows.map((row) => row.textContent.trim())"))
    assert any("VALE" in row for row in shown["COA"])
    assert not any("VALE" in row for row in shown["RUS"])
