"""Build-ups, warnings, incidents and meetings worked at the hotline screen, by two officers' keyboards."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, expect
from tests.console.own_node import COA, Served, run
from tests.console.test_hotline import RUS, Officer, receive, seat, staged
from tests.console.test_words import catalogue
from tests.patience import PATIENCE_MS

pytestmark = pytest.mark.needs_browser


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    served = staged(tmp_path_factory.mktemp("matters") / "node")
    for zone in (
        ["Ford", "35.30 N 40.30 E", 2, "--as", "COA"],
        ["Mill", "35.40 N 40.40 E", 2, "--as", "RUS", "--tell", "COA"],
    ):
        run("zone", *zone, "--dir", served.folder)
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


def add(officer: Officer, form: Locator, name: str) -> Locator:
    """Add one more row of fields by its button; the first field of the new row has the focus."""
    rows = form.locator(f'[data-rows="{name}"] [data-row]')
    many = rows.count()
    form.locator(f'[data-add="{name}"]').focus()
    officer.press("Enter")
    expect(rows).to_have_count(many + 1)
    expect(rows.last.locator("input, select").first).to_be_focused()
    return rows.last


def refused(officer: Officer, words: str) -> None:
    shown = officer.sees(officer.page.locator("[data-sending] li.refused").filter(has_text=words))
    shown.locator('[data-act="drop"]').focus()
    officer.press("Enter")
    expect(officer.page.locator("[data-sending] li.refused")).to_have_count(0)


@pytest.mark.brief
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
    for code in ("ru", "en"):  # another language loses nothing of what was filled in
        anna.page.locator(f".bar button[lang={code}]").click()
        expect(form).to_contain_text(catalogue(code)["matter.seen"])
        expect(form.locator('[data-field="seen"]')).to_have_value("53 to 61 fighters")
    go(anna, "watch")
    refused(anna, "95.3123")
    assert items(anna, "COA", "buildups") == []
    form.locator("[data-position]").fill("35.3123 N 40.2877 E")
    expect(form.locator("[data-echo]")).to_contain_text("35°18'44.3\"N", timeout=PATIENCE_MS)
    go(anna, "watch")
    mine = anna.sees(matter(anna, "East bank"))
    # The form has gone; single keys would be the page's if the focus had gone with it.
    expect(anna.at('[data-steps="new"] [data-open="watch"]')).to_be_focused()
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
    says(anna, "Russian forces", "“East bank”: is it yours?", "shows that it was noticed")
    matters(boris, "build-ups")
    theirs = boris.sees(matter(boris, "East bank"))
    expect(boris.at(".panel")).not_to_contain_text("53 to 61")
    expect(theirs).not_to_contain_text("noticed")
    expect(theirs.locator("[data-open]")).to_have_count(0)
    boris.do('[data-act="answer-build-up"]:visible')
    boris.page.locator('dialog[open] input[value="not ours"]').check()
    boris.choose()
    expect(mine.locator('[data-status="UNCLAIMED"]')).to_be_visible(timeout=PATIENCE_MS)
    form = step(anna, "heard", of="any", within=mine)
    form.locator("[data-party]").select_option("RUS")
    form.locator("select").nth(1).select_option("ours")
    go(anna, "heard")
    expect(mine.locator('[data-answer="reported"]')).to_contain_text("Coalition", timeout=PATIENCE_MS)
    expect(mine.locator('[data-answer="own"]')).to_contain_text("not ours")
    assert [each["answer"] for each in items(anna, "COA", "buildups")[0]["raised"][0]["answers"]] == [
        "not ours",
        "ours",
    ]
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


@pytest.mark.brief
def test_an_incident_holds_a_claim_and_a_counter_claim_side_by_side(two):
    anna, boris = two
    matters(anna, "incidents")
    form = step(anna, "state")
    form.locator('[data-field="name"]').fill("Clash at the ford")
    form.locator('[data-field="when"]').fill("yesterday")
    form.locator('[data-field="act"]').fill("shots were heard")
    hit = add(anna, form, "involved")
    hit.locator('[data-field="involved-words"]').fill("a convoy")
    expect(form).to_contain_text("in which role each is involved")
    hit.locator('[data-field="involved-role"]').fill("who was hit")
    spoken = add(anna, form, "involved")
    spoken.locator('[data-field="involved-role"]').fill("party spoken for")
    spoken.locator("[data-party]").select_option("RUS")
    spare = add(anna, form, "involved")
    spare.locator("[data-out]").focus()
    anna.press("Enter")
    expect(form.locator('[data-rows="involved"] [data-row]')).to_have_count(2)
    form.locator('[data-readers] input[value="RUS"]').check()
    go(anna, "state")
    says(anna, "Clash at the ford", "who was hit: unknown · a convoy", "party spoken for: Russian forces")
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
    expect(theirs.locator("[data-involved]")).to_contain_text("party spoken for: Russian forces")
    expect(theirs.locator("[data-involved]")).to_contain_text("who was hit: unknown")
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


def course(officer: Officer, form: Locator, *places: tuple[str, str, str], of: str = "") -> None:
    """Type a course: each place with its time, its position and within how many metres."""
    form.locator('[data-field="aspect"]').select_option("course")
    expect(form.locator('[data-field="counted"]')).to_have_count(0)
    form.locator('[data-field="course-what"]').fill("a column")
    form.locator("[data-party]").first.select_option(of)
    for number, (when, where, within) in enumerate(places):
        row = add(officer, form, "course") if number else form.locator('[data-rows="course"] [data-row]')
        row.locator('[data-field="course-when"]').fill(when)
        row.locator("[data-position]").fill(where)
        row.locator('[data-field="course-within"]').fill(within)


def test_a_course_is_claimed_place_by_place_and_anothers_stays_at_its_desk(two):
    anna, boris = two
    matters(anna, "incidents")
    form = step(anna, "state")
    form.locator('[data-field="name"]').fill("Shots on the road")
    form.locator('[data-field="when"]').fill("2018-02-07")
    form.locator('[data-field="act"]').fill("shots were heard")
    form.locator('[data-readers] input[value="RUS"]').check()
    go(anna, "state")
    says(anna, "Shots on the road")
    mine = anna.sees(matter(anna, "Shots on the road"))
    form = step(anna, "claim", of="any", within=mine)
    first = ("2018-02-07T20:00:00Z", "35.30 N 40.28 E", "800")
    course(anna, form, first, ("2018-02-07T21:00:00Z", "35.34 N 40.31 E", "two"), of="COA")
    expect(form).to_contain_text("say of each place when, where and within how many metres")
    second = form.locator('[data-rows="course"] [data-row]').last
    second.locator('[data-field="course-within"]').fill("1500")
    second.locator('[data-field="course-across"]').fill("600")
    second.locator('[data-field="course-bearing"]').fill("45")
    second.locator("[data-position]").fill("95.34 N 40.31 E")
    form.locator('[data-readers] input[value="RUS"]').check()
    # The twin: a position that cannot be read goes nowhere, and nothing is read out of it.
    go(anna, "claim")
    expect(form.get_by_role("alert")).to_contain_text("95.34")
    expect(anna.page.locator("dialog[open]")).to_have_count(0)
    assert items(anna, "COA", "courses") == []
    second.locator("[data-position]").fill("35.34 N 40.31 E")
    go(anna, "claim")
    says(
        anna,
        "a column",
        "35°18'00.0\"N",
        "within 800 m",
        "within 1500 m by 600 m, long axis at 45°",
        "Russian",
    )
    matters(boris, "incidents")
    theirs = boris.sees(matter(boris, "Shots on the road"))
    told = boris.sees(theirs.locator("[data-course]"))
    expect(told.locator("li")).to_have_count(2)
    expect(told).to_contain_text("35.30000° N, 40.28000° E · within 800 m")
    form = step(boris, "claim", of="any", within=theirs)
    # Where another's column was, this desk may keep; told on, it needs a release.
    course(boris, form, first, of="COA")
    expect(form).to_contain_text("only after a release")
    form.locator('[data-readers] input[value="COA"]').check()
    go(boris, "claim")
    says(boris, "a column")
    refused(boris, "LIM-08")
    assert len(items(anna, "COA", "courses")[0]["versions"]) == 1
    form.locator("[data-party]").first.select_option("RUS")
    form.locator('[data-rows="course"] [data-position]').fill("35.60 N 40.28 E")
    go(boris, "claim")
    says(boris, "Russian forces", "within 800 m")
    expect(mine.locator("[data-course]")).to_have_count(2, timeout=PATIENCE_MS)


def test_meetings_of_a_series_are_numbered_and_a_number_that_stands_says_so(two):
    anna, boris = two
    matters(anna, "meetings")
    for name, typed, number in (
        ("Air talks A", "", "1"),
        ("Air talks B", "7", "7"),
        ("Air talks C", "", "8"),
    ):
        form = step(anna, "plan")
        form.locator('[data-field="name"]').fill(name)
        form.locator('[data-others] input[value="RUS"]').check()
        form.locator('[data-readers] input[value="RUS"]').check()
        expect(form.locator('[data-field="number"]')).to_have_count(0)
        form.locator('[data-field="series"]').fill("Air talks")
        form.locator('[data-field="number"]').fill("none" if not typed else "1")
        expect(form).to_contain_text("a number from 1 on" if not typed else "Number 1 stands in this series")
        form.locator('[data-field="number"]').fill(typed)
        if not typed:
            expect(form).to_contain_text(f"Empty: {number}, the next")
        go(anna, "plan")
        says(anna, f"number {number} of Air talks")
        anna.sees(matter(anna, name).locator(f'[data-number="{number}"]'))
    matters(boris, "meetings")
    expect(matter(boris, "Air talks C")).to_contain_text("number 8 of Air talks")


@pytest.mark.brief
def test_maps_are_offered_with_what_is_not_held_yet_and_acknowledged(two):
    anna, boris = two
    matters(anna, "meetings")
    form = step(anna, "offer")
    form.locator('[data-field="name"]').fill("Maps of the ford")
    expect(form).to_contain_text("choose the maps")
    maps = form.locator("[data-maps] label")
    expect(maps.filter(has_text="Mill")).to_be_visible(timeout=PATIENCE_MS)
    maps.filter(has_text="Ford").locator("input").check()
    expect(form).to_contain_text("choose to whom")
    form.locator('[data-field="left-out"]').fill("posts of others")
    form.locator('[data-field="medium"]').fill("on paper")
    form.locator('[data-readers] input[value="RUS"]').check()
    go(anna, "offer")
    dialog = anna.page.locator("dialog[open]")
    for each in ("Told with it, not held yet", "Ford: Russian forces", "posts of others", "on paper"):
        expect(dialog).to_contain_text(each)
    # The twin: left with Escape, neither the maps nor the zone are told.
    anna.press("Escape")
    assert items(boris, "RUS", "overlays") == []
    assert [each["name"] for each in items(boris, "RUS", "measures")] == ["Mill"]
    maps.filter(has_text="Mill").locator("input").check()
    go(anna, "offer")
    says(anna, "Ford, Mill", "Ford: Russian forces")
    mine = anna.sees(anna.at("[data-overlay]:visible").filter(has_text="Maps of the ford"))
    matters(boris, "meetings")
    theirs = boris.sees(boris.at("[data-overlay]:visible").filter(has_text="Maps of the ford"))
    expect(theirs).to_contain_text("posts of others")
    theirs.locator('[data-act="receive-maps"]').focus()
    boris.press("Enter")
    says(boris, "Ford, Mill", "posts of others")
    expect(mine.locator('[data-reached="acknowledged"]')).to_contain_text("Russian", timeout=PATIENCE_MS)
    expect(theirs.locator("[data-received]")).to_be_visible(timeout=PATIENCE_MS)
