"""The console in a browser, over a real demo: what it plays, says, asks for and lets a person do."""

from __future__ import annotations

import re
import time
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect
from tests.console.serving import Demonstration, Watched

pytestmark = [pytest.mark.needs_browser, pytest.mark.xdist_group("browser")]

BARRED = re.compile(
    r"\b(regime|enemy|enemies|hostiles?|terrorists?|targets?|targeted|friendly|friendlies)\b", re.I
)
DESKS = ("COA", "RUS")
TABS = ("messages", "measures", "buildups", "incidents", "notices", "meetings", "publics", "parties")


def save(page: Page, folder: Path, name: str) -> None:
    path = folder / f"{name}.png"
    page.screenshot(path=path)
    assert path.stat().st_size > 50_000, "an empty picture"


def test_it_plays_the_accounts_with_no_click_and_its_captions_come_in_order(
    page: Page, watched: Watched, demonstration: Demonstration, tmp_path: Path
) -> None:
    page.goto(f"{demonstration.url}?theme=day")
    page.wait_for_selector("figure[data-drawn=true]")
    page.wait_for_selector("[data-result=alter]", timeout=300_000)

    lines = page.locator("[data-captions] li").all_inner_texts()
    told = [f"{each.account}, {each.speaker}: {each.text}" for each in demonstration.programme.captions]
    assert lines == told
    expect(page.locator(".permanent")).to_have_text(demonstration.programme.caption)

    for party in DESKS:
        name = demonstration.programme.names[party]
        expect(page.locator(f"[data-desk={party}] h2")).to_have_text(name)
    expect(page.locator("[data-result=verify]")).to_contain_text("Grade 1")
    expect(page.locator("[data-result=alter]")).to_contain_text("Refused")
    assert re.search(r"Entry \d+", page.locator("[data-result=alter]").inner_text())

    save(page, tmp_path, "day")
    page.get_by_role("button", name="Night").click()
    page.wait_for_timeout(1500)
    save(page, tmp_path, "night")

    strangers = [url for url in watched.requests if not url.startswith(demonstration.url)]
    assert strangers == []
    assert watched.errors == []


def test_no_barred_word_and_no_result_that_grants_stands_on_any_tab(played: Page) -> None:
    for party in DESKS:
        for tab in TABS:
            played.locator(f"#{party}-tab-{tab}").click()
            text = played.locator(f"[data-desk={party}]").inner_text()
            assert not BARRED.search(text), BARRED.search(text)
    played.get_by_role("button", name="Five acts").click()
    played.locator('[data-act="check"]').click()
    played.get_by_role("button", name="Check the sample plan").click()
    answer = played.locator("[data-answer]")
    answer.wait_for()
    assert not re.search(r"\b(clear|safe|approved)\b", answer.inner_text(), re.I)


def test_the_zone_shows_who_said_what_of_it_and_keeps_both_russian_stances(played: Page) -> None:
    played.locator("#RUS-tab-measures").click()
    zone = played.locator("[data-desk=RUS] article", has_text="At Tanf 55 km zone")
    text = re.sub(r"\s+", " ", zone.first.inner_text())
    for stance in ("agreed per US officials", "rejected per Moscow", "not recognised per Syria"):
        assert stance in text, stance
    assert "stand-off requested" in text


def test_claims_of_the_dead_stand_side_by_side_and_nothing_adds_them_up(played: Page) -> None:
    played.locator("#COA-tab-incidents").click()
    incident = played.locator("[data-desk=COA] article:has(h4:has-text('Attack near Khasham'))")
    killed = incident.locator("tbody[data-aspect=killed] tr:not(.aspect)")
    assert killed.count() >= 7
    speakers = {row.locator("td").first.inner_text().split("·")[0].strip() for row in killed.all()}
    assert len(speakers) >= 4
    expect(incident).to_contain_text("None is chosen and none is added up")
    assert not re.search(r"\b(total|average|sum)\b", incident.inner_text(), re.I)


def test_the_fifteen_mechanisms_lead_to_live_objects(played: Page) -> None:
    played.get_by_role("button", name="Mechanisms").click()
    rows = played.locator("[data-mechanism]")
    rows.first.wait_for()
    assert rows.count() == 15
    for row in rows.all():
        assert row.locator("button").count() >= 1, row.get_attribute("data-mechanism")
    played.locator('[data-mechanism="meetings"] button').first.click()
    expect(played.locator("[data-desk=COA] .pointed")).to_contain_text("Meeting")


def test_the_slider_leaves_now_unmistakably_and_one_key_leads_back(played: Page) -> None:
    before = played.locator("[data-desk=RUS] [role=tab]").all_inner_texts()
    played.get_by_role("button", name="Five acts").click()
    played.locator('[data-act="back"]').click()
    played.get_by_role("button", name="Pull back").click()
    expect(played.locator(".console")).to_have_class(re.compile("back"))
    expect(played.locator(".slider")).to_contain_text("NOT LIVE.")
    expect(played.locator("[data-desk=RUS] > header")).to_contain_text("7 Feb 2018 19:00Z")
    expect(played.locator(".clock")).to_contain_text("Time shown")
    expect(played.locator(".later")).to_be_visible()
    played.locator("#RUS-tab-buildups").click()
    desk = played.locator("[data-desk=RUS]")
    expect(desk).to_contain_text("UNCLAIMED")
    expect(desk).not_to_contain_text("B-8")
    played.keyboard.press("b")
    expect(played.locator(".slider")).to_contain_text("Live.")
    expect(played.locator("#RUS-tab-buildups")).to_contain_text(before[2].rpartition(" ")[2])


def test_the_slider_moves_by_arrow_keys_through_what_arrived(played: Page) -> None:
    played.keyboard.press("t")
    expect(played.locator("#time-slider")).to_be_focused()
    played.keyboard.press("ArrowLeft")
    played.keyboard.press("ArrowLeft")
    expect(played.locator(".slider")).to_contain_text("NOT LIVE.")
    expect(played.locator(".slider")).to_contain_text("Reception is not knowledge")
    played.keyboard.press("b")


def test_every_act_is_reached_and_done_by_keyboard_alone(played: Page) -> None:
    played.get_by_role("button", name="Five acts").focus()
    played.keyboard.press("Enter")
    reached = []
    for _ in range(5):
        played.keyboard.press("Tab")
        while not (act := played.evaluate("document.activeElement.dataset.act || ''")):
            played.keyboard.press("Tab")
        reached.append(act)
    assert reached == ["declare", "stance", "check", "flash", "back"]
    played.locator('[data-act="declare"]').focus()
    played.keyboard.press("Enter")
    played.get_by_role("textbox", name="Name").focus()
    played.keyboard.press("Control+A")
    played.keyboard.type("Zone by keyboard")
    played.get_by_role("textbox", name="Latitude").focus()
    played.keyboard.press("Control+A")
    played.keyboard.type("35°15'30\"N")
    expect(played.locator("#zone-echo")).to_contain_text("35.258333")
    played.keyboard.press("Enter")
    expect(played.locator(".done")).to_contain_text("Declared.")
    expect(played.locator("[data-desk=RUS]")).to_contain_text("Zone by keyboard")


def test_a_zone_is_declared_and_the_other_desk_takes_its_stance(played: Page) -> None:
    played.get_by_role("button", name="Five acts").click()
    expect(played.locator(".form code").first).to_contain_text("keepclear zone")
    played.get_by_role("textbox", name="Name").fill("Zone for a stance")
    played.get_by_role("button", name="Declare and tell").click()
    expect(played.locator("[data-desk=RUS]")).to_contain_text("Zone for a stance")
    played.locator('[data-act="stance"]').click()
    played.get_by_role("combobox", name="Zone or boundary").select_option(label="Zone for a stance")
    expect(played.locator(".form code:visible")).to_contain_text("keepclear stance 'Zone for a stance'")
    played.get_by_role("button", name="Take this stance").click()
    zone = played.locator("[data-desk=COA] article", has_text="Zone for a stance")
    expect(zone).to_contain_text("not recognised")


def test_degrees_and_minutes_are_never_read_as_decimals(played: Page) -> None:
    played.get_by_role("button", name="Five acts").click()
    played.get_by_role("textbox", name="Latitude").fill("36 43 04.91")
    expect(played.locator("#zone-echo")).to_contain_text("never read as decimals")
    expect(played.get_by_role("button", name="Declare and tell")).to_be_disabled()


def test_the_sample_plan_is_checked_and_the_answer_says_against_what(played: Page) -> None:
    played.get_by_role("button", name="Five acts").click()
    played.locator('[data-act="check"]').click()
    played.get_by_role("button", name="Check the sample plan").click()
    answer = played.locator("[data-answer]")
    expect(answer).to_contain_text("Conflicts found")
    expect(answer).to_contain_text("Checked against")
    expect(answer).to_contain_text("no guarantee")


def test_a_flash_message_crosses_and_is_acknowledged_at_the_other_desk(played: Page) -> None:
    played.get_by_role("button", name="Five acts").click()
    played.locator('[data-act="flash"]').click()
    played.get_by_role("textbox", name="Message").fill("Please confirm that you read this test.")
    played.get_by_role("button", name="Pass as flash").click()
    arrived = played.locator("[data-desk=RUS] article", has_text="Please confirm that you read this test.")
    expect(arrived).to_contain_text("FLASH")
    played.locator('[data-act="acknowledge"]').click()
    sent = played.locator("[data-desk=COA] article", has_text="Please confirm that you read this test.")
    expect(sent.locator("li.reached", has_text="Acknowledged")).to_have_count(1)
    expect(sent.locator("li.reached", has_text="Read back")).to_have_count(0)


def test_others_stand_on_the_map_as_areas_never_as_points(played: Page, demonstration: Demonstration) -> None:
    drawn = played.evaluate(
        """async () => {
          const demo = await (await fetch('/api/v1/demo')).json()
          const found = []
          for (const { party, token } of demo.personas) {
            const headers = { Authorization: `Bearer ${token}` }
            const answer = await fetch(`/api/v1/desks/${party}/picture`, { headers })
            const picture = await answer.json()
            for (const each of [...picture.presences, ...picture.observations, ...picture.buildups]) {
              if (each.outline) found.push(each.outline.type)
            }
          }
          return found
        }"""
    )
    assert drawn
    assert "Point" not in drawn


def test_in_arabic_the_panels_mirror_and_the_map_does_not(page: Page, demonstration: Demonstration) -> None:
    page.goto(f"{demonstration.url}?lang=ar")
    page.wait_for_selector("figure[data-drawn=true]")
    boxes = {party: page.locator(f"[data-desk={party}]").bounding_box() for party in DESKS}
    assert boxes["COA"]
    assert boxes["RUS"]
    assert boxes["COA"]["x"] > boxes["RUS"]["x"]
    assert page.locator("figure .map").evaluate("node => getComputedStyle(node).direction") == "ltr"
    assert page.locator(".console").evaluate("node => getComputedStyle(node).direction") == "rtl"
    assert page.locator("#time-slider").evaluate("node => getComputedStyle(node).direction") == "ltr"
    assert page.locator("html").get_attribute("lang") == "ar"
    expect(page.locator(".review")).to_be_visible()
    clock = page.locator(".clock bdi").inner_text()
    assert re.fullmatch(r"\d{4}-\d{2}-\d{2} \d{2}:\d{2}Z", clock)
    page.get_by_role("button", name="English").click()


def test_a_narrow_window_stacks_the_desks_under_the_map(page: Page, demonstration: Demonstration) -> None:
    page.set_viewport_size({"width": 820, "height": 1100})
    page.goto(demonstration.url)
    page.wait_for_selector("figure[data-drawn=true]")
    tops = [
        page.locator(each).bounding_box() for each in ("figure .map", "[data-desk=COA]", "[data-desk=RUS]")
    ]
    ys = [box["y"] for box in tops if box]
    assert ys == sorted(ys)
    assert len(ys) == 3
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_when_the_node_is_gone_a_banner_says_so_by_itself(
    page: Page, tmp_path_factory: pytest.TempPathFactory
) -> None:
    served = Demonstration(tmp_path_factory.mktemp("gone"))
    page.goto(served.url)
    page.wait_for_selector("figure[data-drawn=true]")
    page.get_by_role("button", name="Go to the end").click()
    page.wait_for_selector("[data-result=alter]", timeout=300_000)
    served.leave()
    page.wait_for_selector(".lost", timeout=60_000)
    expect(page.locator(".lost")).to_contain_text("does not answer")
    expect(page.locator("[data-desk=COA] h2")).to_be_visible()


def test_a_page_over_a_stopped_node_takes_up_the_new_record_and_never_calls_the_old_one_live(
    page: Page, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("again")
    first = Demonstration(folder)
    page.goto(first.url)
    page.wait_for_selector("figure[data-drawn=true]")
    page.get_by_role("button", name="Go to the end").click()
    page.wait_for_selector("[data-result=alter]", timeout=300_000)
    page.get_by_role("button", name="Five acts").click()
    page.get_by_role("textbox", name="Name").fill("Zone of the first record")
    page.get_by_role("button", name="Declare and tell").click()
    expect(page.locator("[data-desk=RUS]")).to_contain_text("Zone of the first record")
    expect(page.locator(".slider")).to_contain_text("Live.")

    first.stop()
    expect(page.locator(".slider")).to_contain_text("NOT FRESH.")
    expect(page.locator(".slider")).not_to_contain_text("Live.")
    expect(page.locator(".clock")).to_contain_text("when last seen")

    second = Demonstration(folder, first.port)
    expect(page.locator(".lost")).to_have_count(0)
    expect(page.locator(".slider")).to_contain_text("Live.")
    expect(page.locator(".stale")).to_have_count(0)
    page.wait_for_selector("[data-result=alter]", timeout=300_000)
    assert page.locator("[data-captions] li").count() == len(second.programme.captions)
    page.locator("#RUS-tab-measures").click()
    expect(page.locator("[data-desk=RUS]")).not_to_contain_text("Zone of the first record")
    expect(page.locator(".slider")).to_contain_text("Live.")
    second.stop()


def test_a_node_that_was_away_for_less_than_a_beat_is_asked_anew(
    page: Page, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("quick")
    first = Demonstration(folder)
    page.goto(first.url)
    page.wait_for_selector("[data-result=alter]", timeout=300_000)
    first.stop()
    second = Demonstration(folder, first.port)
    # Counted from outside: the page's policy lets no string be run as a script.
    for _ in range(300):
        if page.locator("[data-captions] li").count() < 5:
            break
        page.wait_for_timeout(200)
    else:
        pytest.fail("the page keeps the captions of the record that is gone")
    page.wait_for_selector("[data-result=alter]", timeout=300_000)
    expect(page.locator(".stale")).to_have_count(0)
    expect(page.locator(".slider")).to_contain_text("Live.")
    second.stop()


def test_a_time_is_taken_at_its_offset_and_shown_in_both_clocks(played: Page) -> None:
    played.get_by_role("button", name="Five acts").click()
    played.locator('[data-act="back"]').click()
    expect(played.locator("#pull-back-local")).to_have_text("21:00 at +02:00")
    played.locator("form", has=played.locator("#pull-back-local")).locator("input").fill(
        "2018-02-07 21:00 +02:00"
    )
    played.get_by_role("button", name="Pull back").click()
    expect(played.locator("[data-desk=RUS] > header")).to_contain_text("7 Feb 2018 19:00Z")
    played.keyboard.press("Escape")
    played.get_by_role("button", name="Back to now").last.click()


def test_swapped_coordinates_and_a_negative_radius_are_named(played: Page) -> None:
    played.get_by_role("button", name="Five acts").click()
    expect(played.locator(".astray")).to_have_count(0)
    played.get_by_role("textbox", name="Latitude").fill("40.32")
    played.get_by_role("textbox", name="Longitude").fill("35.30")
    expect(played.locator(".astray")).to_contain_text("outside the theatre")
    expect(played.locator(".astray")).to_contain_text("Is longitude first?")
    played.get_by_role("textbox", name="Radius").fill("-3")
    expect(played.locator(".why")).to_contain_text("greater than 0 km")
    expect(played.get_by_role("button", name="Declare and tell")).to_be_disabled()


def test_one_play_asks_for_a_picture_at_most_every_breath(
    page: Page, watched: Watched, tmp_path_factory: pytest.TempPathFactory
) -> None:
    served = Demonstration(tmp_path_factory.mktemp("breath"))
    broken: list[str] = []
    page.on("requestfailed", lambda request: broken.append(request.url))
    began = time.monotonic()
    page.goto(served.url)
    page.wait_for_selector("[data-result=alter]", timeout=300_000)
    most = (time.monotonic() - began) / 0.4 + 6
    for party in DESKS:
        asked = [url for url in watched.requests if f"/{party}/picture" in url]
        assert len(asked) <= most
    assert [url for url in broken if "/picture" in url] == []
    served.stop()


@pytest.mark.parametrize(
    ("width", "height", "code"), [(1024, 700, "en"), (1366, 768, "ru"), (1440, 900, "en")]
)
def test_nothing_lies_over_anything_else(
    page: Page, demonstration: Demonstration, tmp_path: Path, width: int, height: int, code: str
) -> None:
    page.set_viewport_size({"width": width, "height": height})
    page.goto(f"{demonstration.url}?lang={code}")
    page.wait_for_selector("figure[data-drawn=true]")
    page.wait_for_selector(".stage .ladder, .stage [data-act]")
    page.locator(".stages button").first.click()
    page.wait_for_selector(".stage .ladder")
    save(page, tmp_path, f"{width}-{code}")

    def box(selector: str) -> dict[str, float]:
        return page.locator(selector).evaluate("node => node.getBoundingClientRect().toJSON()")

    assert box(".slider")["top"] >= box("[data-desk=COA] .sheet")["bottom"] - 1
    assert box(".slider")["top"] >= box(".middle")["bottom"] - 1
    assert box(".watermark")["bottom"] <= box("figcaption")["top"]
    cut = page.evaluate(
        "[...document.querySelectorAll('.ladder li')].filter((n) => n.scrollWidth > n.clientWidth + 1).length"
    )
    assert cut == 0
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_an_address_opens_the_same_view_again(played: Page, demonstration: Demonstration) -> None:
    played.goto(f"{demonstration.url}?at=2018-02-07T21:00:00Z")
    expect(played.locator(".slider")).to_contain_text("NOT LIVE.")
    played.keyboard.press("b")
    expect(played.locator(".slider")).to_contain_text("Live.")
    played.keyboard.press("m")
    played.locator("[data-mechanism]").first.wait_for()
    assert "page=mechanisms" in played.url
    assert "at=" not in played.url


def test_two_windows_follow_one_play_side_by_side(
    browser: Browser, tmp_path_factory: pytest.TempPathFactory
) -> None:
    served = Demonstration(tmp_path_factory.mktemp("two"))
    windows = [browser.new_page() for _ in range(2)]
    for window in windows:
        window.goto(served.url)
    for window in windows:
        window.wait_for_selector("[data-result=alter]", timeout=300_000)
        assert window.locator("[data-captions] li").count() == len(served.programme.captions)
        expect(window.locator("[data-desk=RUS] .sheet")).to_contain_text("both sides drew off slightly")
        window.close()
    served.stop()


def test_a_page_that_missed_the_word_that_the_play_is_over_ends_with_its_proof_too(
    browser: Browser, tmp_path_factory: pytest.TempPathFactory
) -> None:
    served = Demonstration(tmp_path_factory.mktemp("missed"))
    window = browser.new_page()
    window.route("**/api/v1/demo/stream", lambda route: route.abort())
    window.goto(served.url)
    window.wait_for_selector("[data-desk=RUS]")
    answer = httpx.post(f"{served.url}api/v1/demo/skip", timeout=300, trust_env=False)
    assert answer.json()["state"] == "done"
    window.wait_for_selector("[data-result=alter]", timeout=300_000)
    window.close()
    served.stop()
