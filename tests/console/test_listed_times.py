"""The page says whether a measure's own times run, in its language, and reads only days that exist."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect
from tests.console.own_node import Served, authenticator, enrol, free_port, opened, run
from tests.patience import PATIENCE_MS

pytestmark = pytest.mark.needs_browser
ZONE = {
    "kind": "measure", "name": "Night zone", "measure": "zone", "effect": "call", "basis": "declared",
    "shape": {"shape": "circle", "center": {"lon": 38.6, "lat": 33.5}, "radius_m": 500.0},
}  # fmt: skip


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("times") / "node"
    act = folder.parent / "act.json"
    valid = {"start": "2018-02-07T18:00:00Z", "end": "2018-02-07T20:00:00Z"}
    act.write_text(json.dumps({"body": ZONE, "valid": valid, "readers": ["RUS"]}), encoding="utf-8")
    for words in (
        ["init", folder, "--party", "COA", "--party", "RUS"],
        ["party", "RUS", "Russian forces", "--as", "COA", "--dir", folder],
        ["party", "COA", "Coalition", "--as", "COA", "--tell", "RUS", "--dir", folder],
        ["state", act, "--as", "COA", "--dir", folder],
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


@pytest.mark.parametrize(
    ("language", "words"), [("en", "lapsed since"), ("ru", "срок истёк с"), ("ar", "انقضت مدته منذ")]
)
def test_a_lapsed_measure_reads_so(desk: Page, language: str, words: str) -> None:
    desk.goto(f"{desk.url.split('?')[0].split('#')[0]}?lang={language}")
    desk.locator("#COA-tab-measures").click()
    held = desk.locator("[data-desk=COA] [data-force=lapsed]")
    expect(held).to_contain_text(words)
    expect(held).to_contain_text("20:00Z")


def test_a_day_that_does_not_exist_is_said_to_be_none(desk: Page) -> None:
    asked = desk.locator(".slider input[size]")
    asked.fill("2018-02-30 19:00")
    asked.press("Enter")
    expect(desk.locator(".slider [role=alert]")).to_contain_text("no 2018-02-30")
    asked.fill("9000-01-01 19:00")
    asked.press("Enter")
    expect(desk.locator(".slider [role=alert]")).to_contain_text("still to come")
