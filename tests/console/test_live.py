"""The live picture on the page: a real node, real positions pushed over HTTP, a worker, one owner's map."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect
from tests.console.live_serving import AID, MADE_UP, OWN, QUIET, RUS, SEEN, Sender, living_demo
from tests.console.serving import Demonstration, Watched, laid_out
from tests.console.test_languages import BARE
from tests.console.test_words import catalogue
from tests.patience import PATIENCE_MS

pytestmark = pytest.mark.needs_browser
KINDS = ("aeroplane", "helicopter", "drone", "vessel", "vehicle", "convoy", "persons", "unknown")
MANY = 10_000


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demonstration]:
    made = living_demo(tmp_path_factory.mktemp("live"), OWN, SEEN, MADE_UP, AID, QUIET)
    send_all(Sender(made))
    yield made
    made.stop()


@pytest.fixture
def sender(served: Demonstration) -> Sender:
    return Sender(served)


def send_all(sender: Sender) -> None:
    own = [sender.fix(f"own-{n}", 39.0 + n / 4, 36.1, kind=kind, callsign=f"VALE {n + 1}", accuracy_m=40.0,
                      height={"value_m": 1_200.0, "datum": "AMSL"}, speed_mps=50.0, course_deg=90.0)
           for n, kind in enumerate(KINDS)]  # fmt: skip
    seen = [
        sender.fix("old", 39.0, 35.7, ago_s=900.0, kind="vehicle", callsign="truck 9", accuracy_m=3_000.0)
    ]
    seen += [sender.fix("bare", 39.5, 35.7)]
    sender.send(OWN, *own)
    sender.send(SEEN, *seen)
    sender.send(MADE_UP, sender.fix("made", 40.0, 35.7, kind="convoy", callsign="ROAD 5"))
    sender.send(AID, sender.fix("aid", 40.5, 35.7, kind="vehicle", callsign="RELIEF 2"))
    sender.send(
        SEEN, sender.fix("bare", 39.5, 35.7, ago_s=90_000.0), sender.fix("x", 39.5, 35.7, ago_s=-900.0)
    )


def opened(page: Page, served: Demonstration, code: str = "en") -> Page:
    page.goto(f"{served.url}?lang={code}")
    laid_out(page)
    turn(page, code)
    page.wait_for_selector("[data-things] [data-thing]")
    return page


def turn(page: Page, code: str = "en") -> None:
    """Choose the live picture below the map."""
    page.locator(".stages button", has_text=catalogue(code)["stage.live"]).first.click()


@pytest.fixture
def stage(plain: Page, served: Demonstration) -> Page:
    return opened(plain, served)


@pytest.fixture
def mapped(page: Page, served: Demonstration) -> Page:
    opened(page, served)
    page.wait_for_selector("figure[data-drawn=true]")
    return page


def names(page: Page) -> list[str]:
    return page.locator("[data-thing] b").all_inner_texts()


def updates(page: Page) -> int:
    return int(page.locator("figure").get_attribute("data-live-updates") or 0)


@pytest.mark.brief
def test_what_is_pushed_stands_in_the_list_by_name_and_in_no_other_order(stage: Page) -> None:
    expect(stage.locator("[data-total]")).to_have_attribute("data-total", "12")
    shown = names(stage)
    assert shown[:3] == ["bare", "RELIEF 2", "ROAD 5"]
    assert shown == sorted(shown, key=str.casefold)
    assert stage.locator("select").evaluate_all("all => all.map((one) => one.dataset.filter)") == [
        "kind",
        "feed",
    ]


def test_what_is_old_is_shown_old_and_stays(stage: Page) -> None:
    old = stage.locator("[data-thing].stale", has_text="truck 9")
    expect(old.locator(".age")).to_contain_text(re.compile(r"old: \d+ min"))
    expect(stage.locator("figure .live")).to_contain_text("old")


def test_an_invented_thing_says_so_in_words(stage: Page) -> None:
    row = stage.locator("[data-thing]", has_text="ROAD 5")
    expect(row).to_contain_text("invented")
    expect(stage.locator("[data-thing]", has_text="RELIEF 2")).not_to_contain_text("invented")
    expect(stage.locator("figure .live")).to_contain_text("1 invented")


def test_the_thing_in_hand_says_whose_how_old_and_how_exact_with_the_datum_of_its_height(stage: Page) -> None:
    stage.locator("[data-thing]", has_text="VALE 3").click()
    panel = stage.locator("[data-thing-panel]")
    said = (
        "drone", "own", "own-aircraft", "±40 m", "95 times in 100", "1200 m above mean sea level",
        "WGS\u00a084", "180 km/h (97 kn)", "090°", "36.10000° N, 39.50000° E", "tied to none",
    )  # fmt: skip
    for words in said:
        expect(panel).to_contain_text(words)
    expect(panel.locator("tbody tr")).to_have_count(1)


def test_what_the_source_did_not_say_is_not_said_and_never_zero(stage: Page) -> None:
    stage.locator("[data-thing]", has_text="bare").click()
    panel = stage.locator("[data-thing-panel]")
    expect(panel).to_contain_text("Accuracy not said: unknown, not zero")
    expect(panel.locator("dd", has_text="not said")).to_have_count(4)
    assert "±0" not in panel.inner_text()


def test_the_list_is_worked_by_keyboard_alone(stage: Page) -> None:
    things = stage.locator("[data-things]")
    things.focus()
    for key in ("Home", "ArrowDown", "j", "k", "Enter"):
        stage.keyboard.press(key)
    expect(stage.locator("[data-thing-panel] h4")).to_contain_text("RELIEF 2")
    active = things.get_attribute("aria-activedescendant")
    assert stage.locator(f"#{active}").get_attribute("aria-posinset") == "2"
    assert stage.locator(f"#{active}").get_attribute("aria-selected") == "true"
    stage.keyboard.press("Escape")
    expect(stage.locator("[data-thing-panel]")).to_have_count(0)


@pytest.mark.brief
def test_a_kind_or_a_source_is_chosen_alone(stage: Page) -> None:
    stage.locator("[data-filter=kind]").select_option("convoy")
    expect(stage.locator("[data-total]")).to_have_attribute("data-total", "2")
    stage.locator("[data-filter=feed]").select_option("exercise")
    expect(stage.locator("[data-total]")).to_have_attribute("data-total", "1")
    stage.locator("[data-filter=feed]").select_option("aid")
    expect(stage.locator(".empty")).to_contain_text("Choose “all”")


@pytest.mark.brief
def test_each_feed_says_how_it_does_and_what_was_refused_by_which_rule(stage: Page) -> None:
    radar = stage.locator("[data-feed=radar]")
    expect(radar).to_contain_text("2 refused")
    radar.locator("button").click()
    panel = stage.locator("[data-feed-panel=radar]")
    expect(panel.locator("[data-rule=too-old]")).to_contain_text("1")
    expect(panel.locator("[data-rule=from-the-future]")).to_be_visible()
    expect(panel).to_contain_text("its clock is ahead of ours")
    expect(stage.locator("[data-feed=aid]")).to_contain_text("not known whether it hears us")


def test_a_silent_feed_is_called_out_above_the_list(stage: Page) -> None:
    quiet = stage.locator("[data-feed=quiet]")
    expect(quiet).to_have_attribute("data-state", "silent")
    expect(quiet.get_by_role("alert")).to_have_text("SILENT")
    expect(stage.locator(".stages [data-silent]")).to_contain_text("1 feed silent")
    expect(stage.locator("[data-attention] [data-rule^=feed-silent]").first).to_contain_text("quiet")


def test_the_map_of_the_other_side_shows_none_of_these(mapped: Page, watched: Watched) -> None:
    mapped.locator(".whose button").nth(2).click()
    expect(mapped.locator("figure .live")).to_contain_text("Russian forces in Syria")
    expect(mapped.locator("[data-live]")).to_contain_text("No feed is set up for this desk yet")
    assert mapped.locator("[data-thing]").count() == 0
    assert any(f"/desks/{RUS}/live" in url for url in watched.requests)
    mapped.locator(".whose button").nth(1).click()
    expect(mapped.locator("[data-total]")).not_to_have_attribute("data-total", "0")


def test_the_worker_is_a_file_of_the_node_and_the_policy_stands(
    mapped: Page, served: Demonstration, watched: Watched
) -> None:
    workers = [worker.url for worker in mapped.workers]
    assert [url for url in workers if re.search(r"/assets/worker-[\w-]+\.js$", url)]
    assert all(url.startswith(served.url) for url in [*workers, *watched.requests])
    assert watched.errors == []


def test_however_many_positions_come_the_map_is_told_at_most_four_times_a_second(
    mapped: Page, sender: Sender
) -> None:
    before, began = updates(mapped), time.monotonic()
    for n in range(60):
        sender.send(OWN, sender.fix("own-0", 39.0 + n / 1e5, 36.1, kind="aeroplane", callsign="VALE 1"))
    mapped.wait_for_timeout(600)
    told, took = updates(mapped) - before, time.monotonic() - began
    assert 1 <= told <= 4 * took + 2
    assert told < 60


def test_a_thing_that_moves_out_of_the_map_is_gone_from_it_and_comes_back_once(
    mapped: Page, sender: Sender
) -> None:
    sender.send(SEEN, sender.fix("far", 60.0, 36.0, kind="vessel", callsign="zz far"))
    mapped.wait_for_timeout(1_500)
    assert "zz far" not in names(mapped)
    held = int(mapped.locator("figure").get_attribute("data-live-held") or 0)
    for _ in range(3):
        mapped.get_by_role("button", name="Zoom in").click()
        mapped.wait_for_timeout(600)
    for _ in range(3):
        mapped.get_by_role("button", name="Zoom out").click()
        mapped.wait_for_timeout(600)
    expect(mapped.locator("figure")).to_have_attribute("data-live-held", str(held))
    assert len(names(mapped)) == len(set(names(mapped)))


def test_a_press_on_the_map_takes_a_thing_in_hand(mapped: Page) -> None:
    mapped.locator("[data-thing]", has_text="VALE 5").dblclick()
    expect(mapped.locator("[data-thing-panel] h4")).to_contain_text("VALE 5")
    mapped.wait_for_timeout(1_500)
    mapped.get_by_role("button", name=re.compile("Put down")).click()
    box = mapped.locator("figure .map").bounding_box()
    assert box
    mapped.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    expect(mapped.locator("[data-thing-panel] h4")).to_contain_text("VALE 5")


def test_the_past_shows_no_live_positions_and_says_so(stage: Page) -> None:
    address = stage.url.replace("?", "?at=2018-02-07T21:00:00Z&")
    stage.goto(address)
    turn(stage)
    expect(stage.locator("[data-live]")).to_contain_text("You look at the past")
    expect(stage.locator("figure .live")).to_have_count(0)
    stage.keyboard.press("b")
    expect(stage.locator("figure .live")).to_be_visible()


@pytest.mark.parametrize("code", ["ru", "ar"])
def test_no_words_of_the_live_picture_are_left_in_english(
    plain: Page, served: Demonstration, code: str
) -> None:
    stage = opened(plain, served, code)
    assert stage.evaluate(BARE) == []
    stage.locator("[data-thing]").nth(3).click()
    stage.locator("[data-thing-panel] tbody tr").first.wait_for()
    assert stage.evaluate(BARE) == []
    stage.locator("[data-feed=radar] button").click()
    stage.locator("[data-feed-panel]").wait_for()
    assert stage.evaluate(BARE) == []
    assert catalogue(code)["live.all"] in stage.locator("[data-filter=kind]").inner_text()


def test_a_second_window_asks_instead_of_holding_another_connection(
    mapless: Browser, served: Demonstration, sender: Sender
) -> None:
    context = mapless.new_context()
    first = opened(context.new_page(), served)
    other = opened(context.new_page(), served)
    expect(other.locator("[data-live]")).to_contain_text("Another window of this browser holds the stream")
    # A sign that turns the writing is a mark, by either way: such a name must not read as another one.
    sender.send(SEEN, sender.fix("late", 40.9, 35.7, kind="vessel", callsign="zz \u202eetal"))
    for window in (other, first):
        expect(window.locator("[data-thing]", has_text="zz <U+202E>etal")).to_be_visible()
    context.close()


def test_when_the_node_is_gone_what_was_seen_stays_and_grows_old(
    plain: Page, tmp_path_factory: pytest.TempPathFactory
) -> None:
    served = living_demo(tmp_path_factory.mktemp("gone"), OWN)
    sender = Sender(served)
    sender.send(OWN, sender.fix("one", 39.0, 36.0, kind="drone", callsign="VALE 1", accuracy_m=20.0))
    page = opened(plain, served)
    served.leave()
    expect(page.locator("[data-live=offline]")).to_contain_text("What is shown grows old.")
    expect(page.locator("[data-thing].stale", has_text="VALE 1")).to_be_visible()
    served.stop()


def test_ten_thousand_things_are_numbers_in_a_table_and_no_elements_of_the_page(
    page: Page, tmp_path_factory: pytest.TempPathFactory
) -> None:
    served = living_demo(tmp_path_factory.mktemp("many"), SEEN)
    sender = Sender(served)
    push_many(sender, 0.0)
    opened(page, served)
    page.wait_for_selector("figure[data-drawn=true]")
    expect(page.locator("figure")).to_have_attribute("data-live-held", str(MANY), timeout=PATIENCE_MS)
    assert page.locator("[data-thing]").count() < 60
    assert page.evaluate("document.querySelectorAll('*').length") < 6_000
    before, began = updates(page), time.monotonic()
    for turn_of in range(1, 4):
        push_many(sender, turn_of * 1e-4)
    page.wait_for_timeout(500)
    told, took = updates(page) - before, time.monotonic() - began
    assert 1 <= told <= 4 * took + 2
    expect(page.locator("figure")).to_have_attribute("data-live-held", str(MANY))
    page.locator("[data-things]").focus()
    page.keyboard.press("End")
    expect(page.locator(f"[aria-posinset='{MANY}']")).to_contain_text(f"T{MANY - 1:05d}")
    served.stop()


def push_many(sender: Sender, moved: float) -> None:
    for first in range(0, MANY, 2_500):
        sender.send(SEEN, *(
            sender.fix(f"t{n}", 37.0 + n % 100 / 50 + moved, 34.0 + n // 100 / 60, callsign=f"T{n:05d}",
                       kind=KINDS[n % 8]) for n in range(first, first + 2_500)
        ))  # fmt: skip
