"""The links to other nodes on the page: two real nodes, one page, a link that is cut and healed from it."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, Route, expect
from tests.console.own_node import authenticator, enrol
from tests.patience import PATIENCE_MS
from tests.two_processes import Pair, waited

from keepclear.cli.persons import people_of
from keepclear.service.auth import Role

pytestmark = pytest.mark.needs_browser
MESSAGE = {
    "kind": "message", "to": ["RUS"], "purpose": "notification", "precedence": "routine",
    "texts": [{"words": "Four boats go downstream", "lang": "en"}],
}  # fmt: skip


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    made = Pair.made(tmp_path_factory.mktemp("peers"))
    try:
        made.start()
        yield made
    finally:
        made.close()


def seat(browser: Browser, pair: Pair, role: Role, name: str) -> Page:
    with people_of(pair.alpha.folder) as people:
        code = people.add(name, pair.alpha.party, role).code
    page = browser.new_context(viewport={"width": 1440, "height": 900}).new_page()
    page.goto(pair.alpha.url)
    page.wait_for_selector("[data-signin]")
    authenticator(page)
    enrol(page, code)
    page.wait_for_selector("[data-desk=COA] [data-peers]", timeout=PATIENCE_MS)
    return page


@pytest.fixture(scope="module")
def chief(mapless: Browser, pair: Pair) -> Iterator[Page]:
    page = seat(mapless, pair, Role.WATCH_CHIEF, "Captain Ames")
    yield page
    page.context.close()


def row(page: Page):
    return page.locator("[data-peers] li[data-peer=bravo]").first


def plain(text: str) -> str:
    """Leave out the marks that keep a figure's direction apart from that of the words."""
    return text.replace("\u2068", "").replace("\u2069", "")


@pytest.mark.brief
def test_a_watch_chief_cuts_a_link_with_a_second_press_and_heals_it(chief: Page, pair: Pair) -> None:
    expect(row(chief)).to_have_attribute("data-state", "up")
    row(chief).locator("[data-turn=cut]").click()
    expect(row(chief).locator("[data-turn=cut]")).to_have_text("Press again: cut the link")
    assert pair.alpha.peer()["state"] == "up"
    row(chief).locator("[data-turn=cut]").click()
    expect(row(chief)).to_have_attribute("data-state", "cut")

    pair.alpha.ask("POST", "statements", json={"body": MESSAGE, "readers": ["RUS"]})
    expect(row(chief)).to_have_attribute("data-unsent", "1")  # the message; what opens the log is not counted
    expect(row(chief).locator(".unsent")).to_contain_text("1 not held there yet, the oldest told")
    assert pair.bravo.ask("GET", "messages")["items"] == []

    chief.keyboard.press("h")
    on_hotline = chief.locator("[data-hotline-screen] [data-peer=bravo]")
    expect(on_hotline).to_have_attribute("data-state", "cut")
    on_hotline.locator("[data-turn=heal]").click()
    on_hotline.locator("[data-turn=heal]").click()
    expect(on_hotline).to_have_attribute("data-state", "up")
    expect(on_hotline).to_have_attribute("data-unsent", "0")
    assert len(pair.bravo.ask("GET", "messages")["items"]) == 1
    chief.keyboard.press("h")


def test_a_first_press_that_is_not_repeated_lapses(chief: Page, pair: Pair) -> None:
    row(chief).locator("[data-turn=cut]").click()
    expect(row(chief).locator("[data-turn=cut]")).to_have_text("Cut link", timeout=PATIENCE_MS)
    assert pair.alpha.peer()["state"] == "up"


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ("4 not held there yet, the oldest told 2 min ago", "their clock is 4 min behind ours",
                "STOPPED: two histories of 1 log")),
        ("ru", ("4 записи там ещё не получены, самая старая сообщена 2 мин назад",
                "их часы отстают от наших на 4 мин", "ОСТАНОВЛЕНО")),
        ("ar", ("4 لم تُستلم هناك بعد، أقدمها أُبلغ قبل 2 د", "ساعتهم متأخرة عن ساعتنا بمقدار 4 د", "توقف")),
    ],
)  # fmt: skip
def test_what_waits_their_clock_and_a_stopped_log_are_said(chief: Page, language, words) -> None:
    def worse(route: Route) -> None:
        answer = route.fetch()
        view = answer.json()
        view["items"][0] |= {
            "state": "down", "unsent": 4, "unsent_age_s": 130.0, "overdue": True, "offset_s": -250.0,
            "stopped": ["bravo/x"],
        }  # fmt: skip
        route.fulfill(response=answer, body=json.dumps(view))

    chief.route("**/desks/COA/peers", worse)
    chief.locator(f".bar button[lang={language}]").click()
    try:
        expect(row(chief)).to_have_attribute("data-state", "down")
        for each in words:
            waited(lambda each=each: each in plain(row(chief).inner_text()))
        expect(row(chief).locator("[data-red=true]")).to_have_count(1)
        expect(row(chief).get_by_role("alert")).to_have_count(1)
    finally:
        chief.unroute("**/desks/COA/peers")
        chief.locator(".bar button[lang=en]").click()
    expect(row(chief).locator("[data-red=true]")).to_have_count(0)


def test_a_duty_officer_sees_the_links_and_no_button(mapless: Browser, pair: Pair) -> None:
    page = seat(mapless, pair, Role.DUTY_OFFICER, "Lieutenant Berg")
    expect(row(page)).to_have_attribute("data-state", "up")
    expect(page.locator("[data-peers] button")).to_have_count(0)
    page.context.close()
