"""Counts against their base on the page: drawn for the eye, told in a table, missing days missing in both."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.needs_browser

ASK = """async (at) => {
  const demo = await (await fetch('/api/v1/demo')).json()
  const token = demo.personas.find((each) => each.party === 'COA').token
  const said = await fetch(`/api/v1/desks/COA/${at}`, {headers: {Authorization: `Bearer ${token}`}})
  return (await said.json()).items
}"""


def test_counts_are_drawn_against_their_base_and_stand_in_a_table(played):
    played.locator("#COA-tab-buildups").click()
    rows = played.evaluate(ASK, "base-rates")
    [march] = [row for row in rows if row["matter"]["name"].startswith("B-8")]
    panel = played.locator(f'[data-desk=COA] article[data-subject="{march["matter"]["subject"]}"]')
    chart = panel.locator("[data-chart]").first
    expect(chart).to_be_visible()
    shown = march["days"][-42:]
    drawn = chart.locator("[data-day]")
    expect(drawn).to_have_count(len(shown))
    missing = [row["day"] for row in shown if row["state"] == "missing"]
    assert missing
    expect(chart.locator("[data-state=missing]")).to_have_count(len(missing))
    expect(chart.locator(f'[data-day="{missing[0]}"] .bar')).to_have_count(0)
    raised = [row for row in shown if row["raised"] == "certain"]
    expect(chart.locator(".bar.raised")).to_have_count(len(raised))
    expect(chart.locator(".changed")).to_have_count(len(march["coverage"]))
    assert chart.get_attribute("aria-hidden") == "true", "a screen reader gets the table"
    summary = panel.locator("summary").first
    summary.focus()
    summary.press("Enter")
    cell = panel.locator(f'tr[data-day="{missing[0]}"] td').first
    expect(cell).to_contain_text("missing: nobody counted")
    expect(panel.locator("tbody tr")).to_have_count(len(shown))
    expect(panel).to_contain_text("dug positions")
    expect(panel).to_contain_text("Looked for, not reported: bridging")


def test_crossings_and_entries_stand_beside_them_in_each_language_and_light(played):
    played.locator("#COA-tab-buildups").click()
    air = played.locator("[data-desk=COA] [data-crossings]").filter(has_text="Euphrates air boundary")
    expect(air).to_contain_text("have become usual")
    expect(air.locator("[data-state=watched]")).to_have_count(11)
    zone = played.locator("[data-desk=COA] [data-crossings]").filter(has_text="At Tanf")
    expect(zone.locator("li")).to_have_count(3)
    for language, word in (("ru", "вошли и вышли"), ("ar", "دخلوا وخرجوا"), ("en", "entered and left")):
        played.locator(f".bar button[lang={language}]").click()
        expect(zone.locator("li").filter(has_text=word)).to_have_count(2)
        wide = air.evaluate("node => node.scrollWidth - node.clientWidth")
        assert wide <= 1, f"nothing is pushed out of the panel in {language}"
