"""A flood of alarms at the live picture: at most ten new ones stand apart, flash first; none is lost."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from playwright.sync_api import Page, expect
from tests.console.live_serving import COA, Sender, living_demo
from tests.console.serving import Demonstration
from tests.console.test_live import turn
from tests.patience import PATIENCE_MS, PATIENCE_S

from keepclear.model.feeds import Feed
from keepclear.model.tracks import Standing

pytestmark = pytest.mark.needs_browser
ZONES = 60
SHOWN = 10
BLUE, RADAR = Feed("blue", COA, standing=Standing.OWN, silent_s=0), Feed("radar", COA, silent_s=0)
QUIET = Feed("quiet", COA, silent_s=2)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demonstration]:
    made = living_demo(tmp_path_factory.mktemp("flood"), BLUE, RADAR, QUIET)
    yield made
    made.stop()


def asked(sender: Sender, method: str, path: str, body: dict[str, Any] | None = None, key: str = "") -> Any:
    url, headers = sender.base().removesuffix("live") + path, sender.headers()
    more = {"Idempotency-Key": key} if key else {}
    answer = httpx.request(
        method, url, json=body, headers={**headers, **more}, timeout=PATIENCE_S, trust_env=False
    )
    answer.raise_for_status()
    return answer.json()


def board(sender: Sender) -> dict[str, Any]:
    found: dict[str, Any] = asked(sender, "GET", "alarms")["board"]
    return found


def places() -> list[tuple[float, float]]:
    return [(37.0 + number % 10 / 4, 33.0 + number // 10 / 4) for number in range(ZONES)]


def flood(sender: Sender) -> None:
    """Let a thing stand in each of many zones; that a feed is silent is one alarm more."""
    for number, (lon, lat) in enumerate(places()):
        shape = {"shape": "circle", "center": {"lon": lon, "lat": lat}, "radius_m": 2_000.0}
        zone = {"kind": "measure", "name": f"Zone {number}", "measure": "zone", "effect": "call",
                "basis": "declared", "shape": shape}  # fmt: skip
        asked(sender, "POST", "statements", {"body": zone, "readers": []}, f"zone-{number}")
    sender.send(RADAR, *(sender.fix(f"in-{n}", *at, kind="vehicle") for n, at in enumerate(places())))


def close_in(sender: Sender) -> None:
    """Let something of others come towards an own aircraft: one height, 40 km apart, nose to nose."""
    level = {"height": {"value_m": 3_000.0, "datum": "STD"}, "kind": "aeroplane", "accuracy_m": 30.0,
             "height_accuracy_m": 20.0, "speed_mps": 200.0, "climb_mps": 0.0}  # fmt: skip
    for _ in range(2):
        sender.send(BLUE, sender.fix("own-1", 40.0, 36.8, course_deg=90.0, callsign="Own 1", **level))
        sender.send(RADAR, sender.fix("it", 40.44, 36.8, course_deg=270.0, **level))
        time.sleep(1.0)


@pytest.fixture(scope="module")
def flooded(served: Demonstration) -> Sender:
    sender = Sender(served)
    flood(sender)
    sender.wait_for(lambda: board(sender)["open_count"] >= ZONES)
    return sender


def counted(page: Page) -> tuple[int, int]:
    """How many stand apart, and how many in bundles."""
    apart = page.locator("[data-attention] > [data-alarm]").count()
    bundles = page.locator("[data-attention] [data-bundle]")
    return apart, sum(bundles.evaluate_all("all => all.map((one) => Number(one.dataset.count))"))


def test_of_many_at_once_ten_stand_apart_and_the_rest_in_bundles_flash_first(
    page: Page, served: Demonstration, flooded: Sender
) -> None:
    page.set_default_timeout(PATIENCE_MS)
    page.goto(served.url)
    turn(page)
    attention = page.locator("[data-attention]").first
    expect(attention.locator("[data-bundle]").first).to_be_visible(timeout=PATIENCE_MS)
    expect(page.get_by_text("the rest in bundles").first).to_be_visible()
    found = board(flooded)
    assert found["flood"]
    live = [
        each for each in (*found["new"], *found["earlier"]) if each["rule"].startswith(("live-", "feed-"))
    ]
    assert len(found["new"]) == SHOWN
    apart, bundled = counted(page)
    assert len(live) <= apart <= SHOWN + len(found["earlier"])
    assert apart + bundled >= ZONES, "none is lost"
    # The twin of those that wait: what comes now as flash stands apart and first, after sixty others.
    assert attention.locator("[data-rule=live-closing]").count() == 0
    called = attention.locator("[data-alarm][data-rule=live-closing]")
    flooded.wait_for(lambda: close_in(flooded) or called.count())  # it goes on until it is called
    flash = attention.locator("> [data-alarm]").evaluate_all(
        "all => all.map((one) => one.classList.contains('flash'))"
    )
    assert flash == sorted(flash, reverse=True), "flash first"
    apart, bundled_now = counted(page)
    assert apart <= SHOWN + len(board(flooded)["earlier"])
    assert apart + bundled_now >= ZONES + 1, "what gave its place stands in its bundle"


def test_a_bundle_is_opened_and_worked_by_keys_until_the_next_of_them_moves_up(
    page: Page, served: Demonstration, flooded: Sender
) -> None:
    page.set_default_timeout(PATIENCE_MS)
    page.goto(served.url)
    turn(page)
    attention = page.locator("[data-attention]").first
    bundle = attention.locator("[data-bundle=live-inside]")
    expect(bundle).to_be_visible(timeout=PATIENCE_MS)
    before = attention.locator("> [data-alarm]").count()
    bundle.focus()
    page.keyboard.press("Enter")
    expect(bundle).to_have_attribute("aria-expanded", "true")
    inside = attention.locator("[data-bundled=live-inside] ~ [data-rule=live-inside]")
    expect(inside.first).to_be_visible(timeout=PATIENCE_MS)
    assert attention.locator("> [data-alarm]").count() > before
    subject = inside.first.get_attribute("data-alarm") or ""
    page.keyboard.press("j")
    expect(attention.locator(f'[data-alarm="{subject}"] button').first).to_be_focused()
    page.keyboard.press("a")
    # The twin: left with Escape, it is as it was.
    expect(page.locator('dialog[open][data-asking="acknowledge"]')).to_be_visible()
    page.keyboard.press("Escape")
    assert states(flooded)[subject] == "unacknowledged, active"
    attention.locator(f'[data-alarm="{subject}"] button').first.focus()
    page.keyboard.press("a")
    expect(page.locator('dialog[open][data-asking="acknowledge"]')).to_be_visible()
    page.keyboard.press("Enter")
    flooded.wait_for(lambda: states(flooded)[subject] == "acknowledged, active")
    everyone = [*states(flooded).values()]
    assert everyone.count("acknowledged, active") == 1
    bundle.focus()
    page.keyboard.press("Enter")
    expect(inside).to_have_count(0)


def states(sender: Sender) -> dict[str, str]:
    found = asked(sender, "GET", "alarms?all=yes")["alarms"]
    return {each["subject"]: each["state"] for each in found}
