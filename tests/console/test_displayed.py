"""What a screen has shown is stated once, by the machine, and passes for nobody's word; two real browsers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, expect
from tests.console.own_node import COA, Served, authenticator, enrol, opened
from tests.console.test_hotline import RUS, Officer, flash, receive, seat, staged
from tests.patience import PATIENCE_MS

from keepclear.model.words import PartyId
from keepclear.service.auth import Role

pytestmark = pytest.mark.needs_browser

TURN = "(to) => { window.turned = to; document.dispatchEvent(new Event('visibilitychange')) }"
"""A headless browser has no other tab to turn to: the page is told what a hidden tab is told."""
TURNABLE = """
Object.defineProperty(document, 'visibilityState', { get: () => window.turned ?? 'visible' })
"""
LONG_ENOUGH_MS = 4_000
"""Well over the second after which a text that is on the screen counts as displayed."""


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    served = staged(tmp_path_factory.mktemp("displayed") / "node")
    served.start()
    yield served
    served.stop()


@pytest.fixture
def officers(
    mapless: Browser, node: Served, request: pytest.FixtureRequest
) -> Iterator[tuple[Officer, Officer]]:
    case = request.node.name[-40:]
    anna = seat(mapless, node, COA, f"Anna of {case}")
    boris = turnable(mapless, node, RUS, f"Boris of {case}")
    yield anna, boris
    for officer in (anna, boris):
        officer.page.context.close()


def turnable(browser: Browser, node: Served, party: PartyId, name: str, role: Role | None = None) -> Officer:
    """Seat an officer whose tab can be turned away."""
    context = browser.new_context(viewport={"width": 1440, "height": 900}, reduced_motion="reduce")
    context.add_init_script(TURNABLE)
    context.set_default_timeout(PATIENCE_MS)
    page = opened(context, node, "/?page=hotline")
    authenticator(page)
    enrol(page, node.invite(name, role or Role.WATCH_CHIEF, party=party))
    page.wait_for_selector(f"[data-hotline-screen={party}][data-state=ready]")
    return Officer(page, name)


def rungs(officer: Officer, words: str) -> list[dict[str, Any]]:
    items = officer.asks("COA/messages")["items"]
    ladders = [row for each in items if words in each["texts"][0]["words"] for row in each["ladders"]]
    return [step for row in ladders for step in row["steps"] if step["rung"] in ("displayed", "acknowledged")]


def displayed(officer: Officer, words: str) -> Any:
    return officer.message(words).locator("li.reached:has-text('Displayed')")


def test_a_text_on_the_screen_is_stated_once_by_the_machine_and_acknowledges_nothing(mapless, node, officers):
    anna, boris = officers
    second = turnable(mapless, node, RUS, "Clara at the second screen")
    flash(anna, "Two barges of ours go downstream")
    step = anna.sees(displayed(anna, "Two barges"))
    expect(step).to_contain_text("machine")
    second.sees(second.message("Two barges"))
    boris.press("h")
    boris.page.wait_for_timeout(LONG_ENOUGH_MS)
    assert [(each["rung"], each["how"]) for each in rungs(anna, "Two barges")] == [("displayed", "machine")]
    expect(anna.message("Two barges").locator("li.reached:has-text('Acknowledged')")).to_have_count(0)
    assert boris.asks("RUS/attention")["items"], "the message still asks to be acknowledged"
    boris.press("h")
    receive(boris, "Two barges")
    anna.sees(anna.message("Two barges").locator("li.reached:has-text('Acknowledged')"))
    both = [("displayed", "machine"), ("acknowledged", "own")]
    assert [(each["rung"], each["how"]) for each in rungs(anna, "Two barges")] == both
    second.page.context.close()


def test_twin_a_hidden_tab_states_nothing_until_it_is_turned_to(officers):
    anna, boris = officers
    boris.page.evaluate(TURN, "hidden")
    flash(anna, "Three barges of ours go downstream")
    boris.sees(boris.message("Three barges"))
    boris.page.wait_for_timeout(LONG_ENOUGH_MS)
    assert rungs(anna, "Three barges") == []
    boris.page.evaluate(TURN, "visible")
    anna.sees(displayed(anna, "Three barges"))


def test_twin_an_onlooker_of_the_desk_states_nothing(mapless, node, officers):
    anna, boris = officers
    boris.page.evaluate(TURN, "hidden")
    onlooker = turnable(mapless, node, RUS, "Olga who looks on", Role.OBSERVER)
    flash(anna, "Four barges of ours go downstream")
    onlooker.sees(onlooker.message("Four barges"))
    onlooker.page.wait_for_timeout(LONG_ENOUGH_MS)
    assert rungs(anna, "Four barges") == []
    onlooker.page.context.close()
