"""The console in a browser, over a real demo: what it says, asks for and lets a person do."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from tests.console.serving import Demonstration

pytestmark = pytest.mark.needs_browser

BARRED = re.compile(
    r"\b(regime|enemy|enemies|hostiles?|terrorists?|targets?|targeted|friendly|friendlies)\b", re.I
)
DESKS = ("COA", "RUS")
TABS = ("messages", "measures", "buildups", "incidents", "notices", "meetings", "publics", "parties")


def save(page: Page, folder: Path, name: str) -> None:
    path = folder / f"{name}.png"
    page.screenshot(path=path)
    assert path.stat().st_size > 50_000, "an empty picture"


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
    expect(played.locator("#time-slider")).to_be_enabled()
    played.keyboard.press("t")
    expect(played.locator("#time-slider")).to_be_focused()
    played.keyboard.press("ArrowLeft")
    played.keyboard.press("ArrowLeft")
    expect(played.locator(".slider")).to_contain_text("NOT LIVE.")
    expect(played.locator(".slider")).to_contain_text("Reception is not knowledge")
    played.keyboard.press("b")


@pytest.mark.brief
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


@pytest.mark.brief
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


@pytest.mark.brief
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
