"""What waits for a desk is acknowledged and answered where it stands, on the first page, by the keyboard."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, expect
from tests.console.own_node import COA, Served
from tests.console.test_hotline import RUS, Officer, flash, seat, staged
from tests.patience import PATIENCE_MS

pytestmark = pytest.mark.needs_browser


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    served = staged(tmp_path_factory.mktemp("attention") / "node")
    served.start()
    yield served
    served.stop()


@pytest.fixture
def officers(
    mapless: Browser, node: Served, request: pytest.FixtureRequest
) -> Iterator[tuple[Officer, Officer]]:
    case = request.node.name[-40:]
    anna, boris = seat(mapless, node, COA, f"Anna of {case}"), seat(mapless, node, RUS, f"Boris of {case}")
    boris.press("h")
    boris.page.wait_for_selector("[data-attention], .desk")
    yield anna, boris
    for officer in (anna, boris):
        officer.page.context.close()


def waiting(officer: Officer, words: str) -> Locator:
    return officer.page.locator("[data-attention] li").filter(has_text=words)


def reached(officer: Officer, words: str) -> Locator:
    return officer.message(words).locator("li.reached:has-text('Acknowledged')")


@pytest.mark.brief
def test_the_attention_list_is_worked_by_keys_and_the_sender_learns_of_it(officers):
    anna, boris = officers
    flash(anna, "A column of ours goes to the quarry; is it in your way?")
    item = boris.sees(waiting(boris, "quarry"))
    expect(item.locator("[data-act=receive]")).to_be_enabled()
    boris.press("1")
    expect(boris.page.locator("[data-attention] li").first.locator("button").first).to_be_focused()
    boris.press("a")
    dialog = boris.page.locator('dialog[open][data-asking="receive"]')
    expect(dialog).to_contain_text("quarry")
    boris.press("Enter")
    expect(waiting(boris, "quarry")).to_have_count(0, timeout=PATIENCE_MS)
    anna.sees(reached(anna, "quarry"))
    step = reached(anna, "quarry").first
    expect(step).to_contain_text("own word")


def test_an_answer_is_given_from_the_attention_list(officers):
    anna, boris = officers
    flash(anna, "Smoke stands at the mill; is it yours?")
    item = boris.sees(waiting(boris, "mill"))
    item.locator("button").first.focus()
    boris.press("r")
    dialog = boris.page.locator('dialog[open][data-asking="answer"]')
    expect(dialog).to_contain_text("mill")
    dialog.locator('input[value="not ours"]').check()
    boris.press("Enter")
    anna.sees(anna.message("mill").locator('[data-answer="not ours"]'))
    expect(waiting(boris, "mill")).to_have_count(0, timeout=PATIENCE_MS)


def test_twin_what_is_left_with_escape_is_neither_acknowledged_nor_gone(officers):
    anna, boris = officers
    flash(anna, "Cattle stand on the ford road")
    item = boris.sees(waiting(boris, "Cattle"))
    item.locator("button").first.focus()
    boris.press("a")
    boris.sees(boris.page.locator('dialog[open][data-asking="receive"]'))
    boris.press("Escape")
    expect(boris.page.locator("dialog[open]")).to_have_count(0)
    expect(item.locator("button").first).to_be_focused()
    assert not [
        step for each in anna.asks("COA/messages")["items"] if "Cattle" in each["texts"][0]["words"]
        for row in each["ladders"] for step in row["steps"] if step["rung"] == "acknowledged"
    ]  # fmt: skip
    expect(item).to_be_visible()


def test_on_an_earlier_time_the_buttons_wait_and_say_why(officers):
    anna, boris = officers
    flash(anna, "Boats gather at the weir")
    boris.sees(waiting(boris, "weir"))
    boris.page.locator("#time-slider").focus()
    boris.press("ArrowLeft")
    boris.sees(boris.page.locator(".console.back"))
    item = boris.page.locator("[data-attention] li[data-message]").first
    expect(item.locator("[data-act=receive]")).to_be_disabled()
    expect(item).to_contain_text("Go back to now")


def moving(officer: Officer) -> set[str]:
    return set(
        officer.page.evaluate(
            "[...document.body.querySelectorAll('*')].map((n) => getComputedStyle(n).animationName)"
        )
    ) - {"none"}


@pytest.mark.parametrize("motion", ["reduce", "no-preference"])
def test_an_alarm_nobody_has_seen_blinks_only_where_motion_is_wanted(officers, motion):
    anna, boris = officers
    boris.page.emulate_media(reduced_motion=motion)
    flash(anna, f"Rafts lie at the weir, seen with motion {motion}")
    boris.sees(waiting(boris, f"motion {motion}"))
    boris.press("h")
    boris.page.wait_for_selector(".blinking svg", timeout=PATIENCE_MS)
    assert bool(moving(boris)) == (motion == "no-preference")
