"""The live page of one's own node: a person with a passkey, positions over HTTP and from a TAK client."""

from __future__ import annotations

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from playwright.sync_api import Browser, Page, expect
from tests.console.own_live_node import CENTRE, ZONE, LiveNode, live_node
from tests.console.own_node import authenticator, enrol, opened
from tests.console.serving import laid_out
from tests.console.test_languages import BARE
from tests.console.test_words import catalogue
from tests.patience import PATIENCE_MS

from keepclear.service.auth import Role

pytestmark = [pytest.mark.needs_browser, pytest.mark.xdist_group("own-live")]
LON, LAT = CENTRE
WAY_M_PER_DEGREE = 91_000


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveNode]:
    # The commands run loops of their own, and this thread's is the browser's.
    with ThreadPoolExecutor(1) as thread:
        made = thread.submit(live_node, tmp_path_factory.mktemp("own-live")).result()
    yield made
    made.served.stop()


@pytest.fixture(scope="module")
def desk(mapless: Browser, node: LiveNode) -> Iterator[Page]:
    """One page for all tests of this module, a watch chief's: each test leaves it at the live picture."""
    context = mapless.new_context(viewport={"width": 1440, "height": 900})
    context.set_default_timeout(PATIENCE_MS)
    page = opened(context, node.served)
    authenticator(page)
    enrol(page, node.served.invite("Anna Berg", Role.WATCH_CHIEF, Role.DUTY_OFFICER))
    page.get_by_label("Role").select_option("watch chief")
    page.wait_for_function(
        "fetch('/api/v1/session').then((a) => a.json()).then((a) => a.role === 'watch chief')"
    )
    laid_out(page)
    page.locator(".stages button", has_text="Live").first.click()
    expect(page.locator("[data-live]")).to_contain_text("Nothing has been reported in this part of the map")
    expect(page.locator("[data-feed=blue]")).to_contain_text("no position yet")
    device = node.device("PATROL 7", 40.45, 35.4)
    # A convoy on its way to the zone at 20 m/s; by its own times it was in before the node came up.
    for n in range(4):
        lon, ago_s = LON + (14_000 - 1_200 * n) / WAY_M_PER_DEGREE, 180 - 60 * n
        convoy = {"id": "r1", "lon": lon, "lat": LAT, "ago_s": ago_s, "kind": "convoy", "callsign": "ROAD 5"}
        node.send("roof", {**convoy, "accuracy_m": 30.0})
        page.wait_for_timeout(1_200)
    node.send(
        "roof", {"id": "r2", "lon": 40.5, "lat": 35.6, "ago_s": 900, "kind": "vehicle", "callsign": "truck 9"}
    )
    node.send(
        "blue",
        {"id": "b1", "lon": LON, "lat": LAT, "kind": "vehicle", "callsign": "VALE 1", "accuracy_m": 20.0},
    )
    yield page
    device.close()
    context.close()


def test_positions_of_both_ways_stand_in_the_list_with_age_and_accuracy(desk: Page) -> None:
    expect(desk.locator("[data-total]")).to_have_attribute("data-total", "4")
    assert desk.locator("[data-thing] b").all_inner_texts() == ["PATROL 7", "ROAD 5", "truck 9", "VALE 1"]
    expect(desk.locator("[data-thing]", has_text="VALE 1")).to_contain_text("±20 m")
    expect(desk.locator("[data-thing].stale", has_text="truck 9").locator(".age")).to_contain_text(
        "old: 15 min"
    )
    expect(desk.locator("[data-thing].stale", has_text="truck 9")).to_contain_text("±?")
    expect(desk.locator("[data-feed=devices]")).to_contain_text("last position")


@pytest.mark.brief
def test_what_is_found_inside_is_an_alarm_with_its_grounds_at_the_measure(desk: Page) -> None:
    alarm = desk.locator("[data-attention] [data-rule=live-inside]")
    expect(alarm).to_contain_text(ZONE)
    expect(alarm).to_contain_text("ROAD 5")
    expect(alarm).to_contain_text(re.compile("call|ask"))
    expect(desk.locator("[data-attention]")).not_to_contain_text(re.compile(r"\d\.\d{3,}Z"))


@pytest.mark.brief
def test_a_feed_that_falls_silent_is_called_out(desk: Page) -> None:
    expect(desk.locator("[data-feed=roof]")).to_have_attribute("data-state", "silent")
    silent = desk.locator("[data-attention] [data-rule^=feed-silent]").first
    expect(silent).to_contain_text(re.compile(r"The feed roof has been silent since [\dT:-]+Z;"))


@pytest.mark.brief
def test_the_build_up_stands_against_its_base_and_crossings_by_the_day(desk: Page) -> None:
    desk.get_by_role("tab", name="Build-ups").click()
    sheet = desk.get_by_role("tabpanel")
    expect(sheet).to_contain_text("Counted, against its own base")
    expect(sheet.locator("figure").first).to_be_visible()
    expect(sheet).to_contain_text("East bank")
    expect(sheet).to_contain_text(ZONE)


def subject_of(desk: Page) -> str:
    """Choose the zone in the form and give its subject."""
    area = desk.locator("[data-stays] [data-field=area]")
    area.select_option(label=ZONE)
    return area.input_value()


def stays_open(desk: Page) -> None:
    desk.keyboard.press("Escape")
    if desk.locator("[data-stays]").count() == 0:
        desk.locator("[data-act=stays]").click()
    desk.locator("[data-stays] form").wait_for()


def test_the_watch_chief_sets_stays_by_keyboard_and_lifts_them_and_has_them_back(desk: Page) -> None:
    desk.locator("[data-act=stays]").focus()
    desk.keyboard.press("Enter")
    panel = desk.locator("[data-stays]")
    expect(panel.locator("[data-stays-none]")).to_be_visible()
    subject = subject_of(desk)
    minutes = panel.locator("[data-field=minutes]")
    minutes.focus()
    desk.keyboard.type("0")
    desk.keyboard.press("Enter")
    expect(panel.get_by_role("alert")).to_contain_text("Give 1 to 43200 minutes, or nothing.")
    minutes.fill("1")
    desk.keyboard.press("Enter")
    stay = panel.locator(f"[data-stay='{subject}']")
    expect(stay).to_contain_text("a stay for longer than 60 s (anyone’s) is an alarm")
    expect(stay).to_contain_text("set by: watch chief")
    # ROAD 5 went in more than a minute ago, VALE 1 was there from the first.
    expect(desk.locator("[data-attention] [data-rule=live-stay]").first).to_contain_text(
        ZONE, timeout=PATIENCE_MS
    )
    stay.get_by_role("button", name="Lift").click()
    expect(panel.locator("[data-stays-none]")).to_be_visible()
    expect(panel.locator("[data-said]")).to_contain_text(f"Lifted for {ZONE}")
    over = desk.locator("[data-attention] [data-rule=live-stay]").first
    expect(over).to_contain_text("it is asked there no longer")
    panel.locator("[data-act=undo]").click()
    expect(stay).to_contain_text("a stay for longer than 60 s")
    expect(panel.locator("[data-act=undo]")).to_have_count(0)


def test_an_own_thing_is_expected_and_what_cannot_be_is_refused_with_what_would_pass(desk: Page) -> None:
    stays_open(desk)
    panel = desk.locator("[data-stays]")
    subject = subject_of(desk)
    thing = panel.locator("[data-field=thing]")
    assert sorted(thing.locator("option").all_inner_texts()[1:]) == ["PATROL 7", "VALE 1"]
    panel.get_by_role("button", name=re.compile("^Set")).click()
    expect(panel.get_by_role("alert")).to_contain_text("Give minutes, or add a thing")
    thing.select_option(label="PATROL 7")
    panel.locator("[data-field=until]").fill("2018-02-07 19:00")
    panel.locator("[data-act=add]").click()
    expect(panel.get_by_role("alert")).to_contain_text("Let it end after it begins.")
    panel.locator("[data-field=until]").fill("")
    panel.locator("[data-act=add]").click()
    panel.get_by_role("button", name="Set in place of what stands").click()
    expect(panel.locator(f"[data-stay='{subject}']")).to_contain_text("PATROL 7 (unknown) must be inside")
    expect(desk.locator("[data-attention] [data-rule=live-absent]")).to_contain_text("PATROL 7")
    desk.keyboard.press("Escape")
    expect(panel).to_have_count(0)


@pytest.mark.parametrize("code", ["ru", "ar"])
def test_nothing_of_the_screen_is_left_in_english(desk: Page, code: str) -> None:
    desk.locator(f".bar button[lang={code}]").click()
    desk.locator("[data-act=stays]").click()
    desk.locator("[data-stays] [data-stay]").wait_for()
    assert catalogue(code)["stays.lift"] in desk.locator("[data-stays]").inner_text()
    assert desk.locator("[data-live]").evaluate(BARE) == []
    desk.keyboard.press("Escape")
    desk.locator("[data-stays] header button").click()
    desk.locator(".bar button[lang=en]").click()


def test_a_duty_officer_reads_it_and_sets_nothing(desk: Page) -> None:
    desk.get_by_label("Role").select_option("duty officer")
    desk.locator(".stages button", has_text="Live").first.click()
    desk.locator("[data-act=stays]").click()
    panel = desk.locator("[data-stays]")
    expect(panel.locator("[data-read-only]")).to_contain_text("The watch chief sets this")
    expect(panel.locator("[data-stay]")).to_contain_text("PATROL 7 (unknown) must be inside")
    assert panel.locator("form, [data-stay] .acts").count() == 0


def test_the_nodes_clock_goes_on_where_nothing_comes(desk: Page) -> None:
    clock = desk.locator(".clock bdi")
    before = clock.inner_text()
    desk.evaluate("() => { const now = Date.now.bind(Date); Date.now = () => now() + 3 * 3_600_000 }")
    expect(clock).not_to_have_text(before)
