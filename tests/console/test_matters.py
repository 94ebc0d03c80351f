"""Build-ups, warnings, incidents and meetings worked at the hotline screen, by two officers' keyboards."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, expect
from tests.console.own_node import COA, Served
from tests.console.test_hotline import RUS, Officer, receive, seat, staged
from tests.patience import PATIENCE_MS

pytestmark = pytest.mark.needs_browser


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    served = staged(tmp_path_factory.mktemp("matters") / "node")
    served.start()
    yield served
    served.stop()


@pytest.fixture(scope="module")
def two(browser: Browser, node: Served) -> Iterator[tuple[Officer, Officer]]:
    both = seat(browser, node, COA, "Anna"), seat(browser, node, RUS, "Boris")
    yield both
    for officer in both:
        officer.page.context.close()


def matters(officer: Officer, sort: str) -> None:
    """Open the panel and one sort of matter in it, by keys alone."""
    officer.press("Escape", "m")
    expect(officer.at('[data-panel="matters"]')).to_have_attribute("aria-pressed", "true")
    officer.do(f'[data-sort="{sort}"]')


def step(officer: Officer, name: str, *, of: str = "new", within: Locator | None = None) -> Locator:
    """Open one step of a matter; its form is ready once its first field has the focus."""
    place = officer.page.locator("[data-hotline-screen]") if within is None else within
    steps = place.locator("[data-steps]" if of == "any" else f'[data-steps="{of}"]')
    button = steps.locator(f'[data-open="{name}"]:visible').first
    button.focus()
    officer.press("Enter")
    form = officer.sees(officer.at(f'[data-step="{name}"]:visible'))
    expect(form.locator("input, select, textarea").first).to_be_focused()
    return form


def go(officer: Officer, name: str) -> None:
    officer.do(f'[data-act="{name}"]:visible')


def says(officer: Officer, *words: str) -> None:
    """What is read out before anything goes."""
    dialog = officer.page.locator("dialog[open]")
    for each in words:
        expect(dialog).to_contain_text(each)
    officer.choose()


def matter(officer: Officer, name: str) -> Locator:
    return officer.at("article[data-matter]:visible").filter(has_text=name)


def items(officer: Officer, party: str, view: str) -> list[dict]:
    return officer.asks(f"{party}/{view}")["items"]


def refused(officer: Officer, words: str) -> None:
    shown = officer.sees(officer.page.locator("[data-sending] li.refused").filter(has_text=words))
    shown.locator('[data-act="drop"]').focus()
    officer.press("Enter")
    expect(officer.page.locator("[data-sending] li.refused")).to_have_count(0)


def test_a_build_up_is_watched_raised_denied_and_ended(two):
    anna, boris = two
    matters(anna, "build-ups")
    form = step(anna, "watch")
    expect(anna.at('[data-act="watch"]')).to_be_disabled()
    expect(form).to_contain_text("give it a name")
    form.locator('[data-field="name"]').fill("East bank")
    form.locator('[data-field="radius"]').fill("two")
    form.locator('[data-field="seen"]').fill("53 to 61 fighters")
    form.locator("[data-position]").fill("95.3123 N 40.2877 E")
    expect(form).to_contain_text("the radius must be a number")
    form.locator('[data-field="radius"]').fill("2")
    expect(form.locator("[data-echo]")).to_contain_text("Accepted", timeout=PATIENCE_MS)
    go(anna, "watch")
    refused(anna, "95.3123")
    assert items(anna, "COA", "buildups") == []
    form.locator("[data-position]").fill("35.3123 N 40.2877 E")
    expect(form.locator("[data-echo]")).to_contain_text("35°18'44.3\"N", timeout=PATIENCE_MS)
    go(anna, "watch")
    mine = anna.sees(matter(anna, "East bank"))
    assert items(boris, "RUS", "buildups") == [], "what is watched is nobody else's"
    form = step(anna, "raise", of="any", within=mine)
    form.locator("[data-party]").select_option("RUS")
    expect(form).to_contain_text("at what risk")
    form.locator('[data-field="risk"]').fill("shows that it was noticed")
    form.locator('[data-field="radius"]').fill("wide")
    expect(form).to_contain_text("the radius must be a number")
    form.locator('[data-field="radius"]').fill("")
    go(anna, "raise")
    # The twin: left with Escape, nobody is told.
    expect(anna.page.locator("dialog[open]")).to_contain_text("a circle of 8 km: 40 to 80 fighters")
    anna.press("Escape")
    assert items(boris, "RUS", "buildups") == []
    go(anna, "raise")
    says(anna, "Russian forces", "Is it yours?", "shows that it was noticed")
    matters(boris, "build-ups")
    theirs = boris.sees(matter(boris, "East bank"))
    expect(boris.at(".panel")).not_to_contain_text("53 to 61")
    expect(theirs).not_to_contain_text("noticed")
    expect(theirs.locator("[data-open]")).to_have_count(0)
    boris.do('[data-act="answer-build-up"]:visible')
    boris.page.locator('dialog[open] input[value="not ours"]').check()
    boris.choose()
    expect(mine.locator('[data-status="UNCLAIMED"]')).to_be_visible(timeout=PATIENCE_MS)
    form = step(anna, "count", of="any", within=mine)
    form.locator('[data-field="seen"]').fill("100 to 150 fighters")
    go(anna, "count")
    expect(mine).to_contain_text("Rising", timeout=PATIENCE_MS)
    assert [len(each["series"]) for each in items(boris, "RUS", "buildups")] == [1]
    form = step(anna, "end", of="any", within=mine)
    form.locator("select").select_option("dispersed")
    go(anna, "end")
    says(anna, "dispersed", "Russian forces")
    expect(theirs.locator('[data-status="dispersed"]')).to_be_visible(timeout=PATIENCE_MS)
    expect(mine.locator("[data-open]")).to_have_count(0)


def test_a_conditional_warning_is_given_whole_or_not_at_all_and_acknowledged(two):
    anna, boris = two
    matters(anna, "warnings")
    form = step(anna, "warn")
    form.locator("[data-party]").select_option("RUS")
    form.locator('[data-field="sort"]').select_option("conditional")
    form.locator('[data-field="words"]').fill("Hold back from the ford.")
    form.locator('[data-field="trigger"]').fill("another approach to the ford")
    go(anna, "warn")
    says(anna, "Hold back from the ford.")
    refused(anna, "warning-whole")
    assert "Hold back" not in str(items(boris, "RUS", "messages"))
    form.locator('[data-field="consequence"]').fill("we call your commander")
    go(anna, "warn")
    says(anna, "another approach", "we call your commander")
    given = anna.sees(anna.at("[data-warning]:visible").filter(has_text="Hold back"))
    receive(boris, "Hold back")
    expect(given.locator('[data-reached="acknowledged"]')).to_be_visible(timeout=PATIENCE_MS)


def test_an_incident_holds_a_claim_and_a_counter_claim_side_by_side(two):
    anna, boris = two
    matters(anna, "incidents")
    form = step(anna, "state")
    form.locator('[data-field="name"]').fill("Clash at the ford")
    form.locator('[data-field="when"]').fill("yesterday")
    form.locator('[data-field="act"]').fill("shots were heard")
    form.locator('[data-readers] input[value="RUS"]').check()
    go(anna, "state")
    says(anna, "Clash at the ford", "Russian forces")
    refused(anna, "is not a time")
    assert items(anna, "COA", "incidents") == []
    form.locator('[data-field="when"]').fill("about 2018-02-07")
    go(anna, "state")
    says(anna, "about 2018-02-07")
    mine = anna.sees(matter(anna, "Clash at the ford"))
    form = step(anna, "claim", of="any", within=mine)
    form.locator('[data-field="aspect"]').select_option("killed")
    form.locator('[data-field="counted"]').fill("at least 100 killed")
    form.locator('[data-readers] input[value="RUS"]').check()
    go(anna, "claim")
    says(anna, "at least 100")
    refused(anna, "claim-whose")
    form.locator('[data-field="whose"]').fill("not said")
    go(anna, "claim")
    says(anna, "Coalition", "not said")
    matters(boris, "incidents")
    theirs = boris.sees(matter(boris, "Clash at the ford"))
    boris.sees(theirs.locator("[data-claim]").filter(has_text="at least 100"))
    # What one keeps is on no page but its own.
    form = step(boris, "claim", of="any", within=theirs)
    form.locator('[data-field="aspect"]').select_option("cause")
    form.locator('[data-field="says"]').fill("a mistaken move")
    expect(form).to_contain_text("stays in this desk's own log")
    go(boris, "claim")
    says(boris, "nobody")
    boris.sees(theirs.locator("[data-claim]").filter(has_text="a mistaken move"))
    form = step(boris, "claim", of="any", within=theirs)
    form.locator('[data-field="aspect"]').select_option("killed")
    form.locator('[data-field="counted"]').fill("5 to 9")
    form.locator('[data-field="whose"]').fill("own citizens")
    form.locator('[data-readers] input[value="COA"]').check()
    go(boris, "claim")
    says(boris, "5 to 9")
    expect(mine.locator("[data-claim]")).to_have_count(2, timeout=PATIENCE_MS)
    expect(mine).not_to_contain_text("a mistaken move")
    counter = mine.locator("[data-claim]").filter(has_text="own citizens")
    form = step(anna, "reply", of="any", within=counter)
    form.locator("select").select_option("no information")
    form.locator('[data-readers] input[value="RUS"]').check()
    go(anna, "reply")
    says(anna, "no information")
    answered = theirs.locator("[data-claim]").filter(has_text="own citizens")
    expect(answered).to_contain_text("no information", timeout=PATIENCE_MS)
    anna.do('[data-act="withdraw-claim"]:visible')
    anna.page.locator("dialog[open] input").fill("counted twice")
    anna.choose()
    withdrawn = theirs.locator(".withdrawn[data-claim]").filter(has_text="at least 100")
    expect(withdrawn).to_be_visible(timeout=PATIENCE_MS)
    form = step(anna, "handling", of="any", within=mine)
    form.locator("select").select_option("closed")
    go(anna, "handling")
    says(anna, "closed")
    expect(theirs.locator('[data-status="closed"]')).to_be_visible(timeout=PATIENCE_MS)


def test_a_meeting_is_planned_without_its_place_and_noted_as_held(two):
    anna, boris = two
    matters(anna, "meetings")
    form = step(anna, "plan")
    form.locator('[data-field="name"]').fill("Ground talks")
    expect(form).to_contain_text("choose with whom")
    form.locator('[data-others] input[value="RUS"]').check()
    form.locator('[data-readers] input[value="RUS"]').check()
    go(anna, "plan")
    says(anna, "The place is withheld")
    mine = anna.sees(matter(anna, "Ground talks"))
    matters(boris, "meetings")
    theirs = boris.sees(matter(boris, "Ground talks"))
    expect(theirs).to_contain_text("withheld")
    expect(theirs.locator("[data-open]")).to_have_count(0)
    form = step(anna, "held", of="any", within=mine)
    form.locator('[data-field="outcomes"]').fill("Both sides call before the ford is used")
    go(anna, "held")
    says(anna, "Both sides call")
    expect(theirs).to_contain_text("Both sides call", timeout=PATIENCE_MS)
