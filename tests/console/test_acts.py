"""The page's acts on a real node of two parties: whom they tell is chosen, and refusals are said."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect
from tests.console.own_node import Served, authenticator, enrol, free_port, opened, run
from tests.patience import PATIENCE_MS

pytestmark = pytest.mark.needs_browser


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("acts") / "node"
    for words in (
        ["init", folder, "--party", "COA", "--party", "RUS"],
        ["party", "RUS", "Russian forces", "--as", "COA", "--dir", folder],
        ["party", "COA", "Coalition", "--as", "COA", "--tell", "RUS", "--dir", folder],
    ):
        run(*words)
    served = Served(folder, free_port())
    served.start()
    yield served
    served.stop()


@pytest.fixture
def desk(mapless: Browser, node: Served) -> Iterator[Page]:
    context = mapless.new_context(viewport={"width": 1440, "height": 900})
    context.set_default_timeout(PATIENCE_MS)
    page = opened(context, node)
    authenticator(page)
    enrol(page, node.invite(f"Officer {free_port()}"))
    page.wait_for_selector('[data-act="declare"]')
    yield page
    context.close()


def test_a_zone_is_told_to_whom_the_person_chose_and_to_nobody_unasked(desk: Page) -> None:
    name = desk.get_by_role("textbox", name="Name")
    expect(name).to_have_value("")
    name.fill("Zone of the page")
    desk.get_by_role("textbox", name="Latitude").fill("35.30")
    desk.get_by_role("textbox", name="Longitude").fill("40.32")
    desk.get_by_role("textbox", name="Radius").fill("5")
    desk.get_by_role("button", name="Declare and tell").click()
    expect(desk.locator("[role=alert].fault:visible")).to_contain_text("choose to whom")
    desk.locator("[data-readers] input[value=RUS]").check()
    desk.get_by_role("button", name="Declare and tell").click()
    expect(desk.locator(".done:visible")).to_contain_text("told to Russian forces")
    desk.locator("[data-readers] input[value=RUS]").uncheck()
    desk.get_by_role("button", name="Declare and tell").click()
    expect(desk.locator("[role=alert].fault:visible")).to_contain_text("choose to whom")
    expect(desk.locator(".done:visible")).to_have_count(0)
    desk.get_by_role("textbox", name="Latitude").fill("40.32")
    desk.get_by_role("textbox", name="Longitude").fill("35.30")
    expect(desk.get_by_role("button", name="Declare and tell")).to_be_disabled()
    desk.locator("[data-confirm-place]").check()
    expect(desk.get_by_role("button", name="Declare and tell")).to_be_enabled()


def test_a_flash_goes_to_the_addressee_chosen_and_says_when_there_is_none(desk: Page) -> None:
    desk.locator('[data-act="flash"]').click()
    desk.get_by_role("textbox", name="Message").fill("Please confirm.")
    desk.get_by_role("button", name="Pass as flash").click()
    expect(desk.locator("[role=alert].fault:visible")).to_contain_text("choose to whom")
    desk.locator("[data-addressee]").select_option("RUS")
    desk.get_by_role("button", name="Pass as flash").click()
    expect(desk.locator(".done:visible")).to_contain_text("told to Russian forces")


def test_the_key_list_closes_by_escape_and_no_byte_is_changed_on_a_real_node(desk: Page) -> None:
    desk.keyboard.press("?")
    expect(desk.locator(".keys[role=note]")).to_be_visible()
    desk.keyboard.press("Escape")
    expect(desk.locator(".keys[role=note]")).to_have_count(0)
    desk.locator(".stages button").last.click()
    expect(desk.locator("[data-act=verify]")).to_be_visible()
    expect(desk.locator("[data-act=alter]")).to_have_count(0)
