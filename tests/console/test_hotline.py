"""Two parties at the hotline, in two browsers on one real node: what one does, the other sees and hears."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, Route, expect
from tests.console.own_node import COA, Served, authenticator, enrol, free_port, opened, run
from tests.patience import PATIENCE_MS

from keepclear.model.words import PartyId
from keepclear.service.auth import Role

pytestmark = pytest.mark.needs_browser

RUS = PartyId("RUS")
"""The machine may be busy: conditions are waited for, never seconds."""
FORD = "Twenty vehicles of ours cross at the ford"
HOTLINE = {
    "kind": "channel", "name": "Ground hotline", "domain": "ground", "level": "desk",
    "ends": [
        {"party": "COA", "role": "watch officer", "languages": ["English"]},
        {"party": "RUS", "role": "duty officer", "languages": ["Russian"]},
    ],
    "hours": "at all hours",
}  # fmt: skip


def staged(folder: Path) -> Served:
    """Make a node of two parties that know each other and have a hotline."""
    asked = folder.parent / "hotline.json"
    asked.write_text(json.dumps({"body": HOTLINE, "readers": ["RUS"]}))
    for words in (
        ["init", folder, "--party", "COA", "--party", "RUS"],
        ["party", "RUS", "Russian forces", "--as", "COA", "--dir", folder],
        ["party", "COA", "Coalition", "--as", "COA", "--tell", "RUS", "--dir", folder],
        ["party", "RUS", "Russian forces", "--as", "RUS", "--dir", folder],
        ["state", asked, "--as", "COA", "--dir", folder],
    ):
        run(*words)
    return Served(folder, free_port())


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    served = staged(tmp_path_factory.mktemp("hotline") / "node")
    served.start()
    yield served
    served.stop()


@dataclass
class Officer:
    """One officer at one browser, who has a keyboard and no mouse."""

    page: Page
    name: str

    def at(self, what: str) -> Locator:
        return self.page.locator(f"[data-hotline-screen] {what}")

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)

    def do(self, what: str) -> None:
        """Press a button from the keyboard."""
        button = self.at(what).first
        expect(button).to_be_enabled(timeout=PATIENCE_MS)
        button.focus()
        self.press("Enter")

    def choose(self) -> None:
        """Do what the dialog asks about."""
        self.page.locator("dialog [data-do]").focus()
        self.press("Enter")
        expect(self.page.locator("dialog[open]")).to_have_count(0)

    def write(self, words: str, **fields: str) -> None:
        """Write what is in the form: the words and the fields that are there."""
        self.at("[data-write] textarea").first.fill(words)
        for name, typed in fields.items():
            self.at(f'[data-part="{name}"] input:not(.name)').first.fill(typed)
        self.do('[data-act="send"]')

    def message(self, words: str) -> Locator:
        return self.at(f'article[data-message]:has(.texts:has-text("{words}"))')

    def alarm(self, rule: str) -> Locator:
        return self.at(f'[data-alarm][data-rule="{rule}"]')

    def sees(self, what: Locator) -> Locator:
        expect(what.first).to_be_visible(timeout=PATIENCE_MS)
        return what.first

    def asks(self, path: str) -> Any:
        return self.page.evaluate(f"fetch('/api/v1/desks/{path}').then((a) => a.json())")


def seat(browser: Browser, node: Served, party: PartyId, name: str) -> Officer:
    context = browser.new_context(viewport={"width": 1440, "height": 900}, reduced_motion="reduce")
    context.set_default_timeout(PATIENCE_MS)
    page = opened(context, node, "/?page=hotline")
    authenticator(page)
    enrol(page, node.invite(name, Role.WATCH_CHIEF, party=party))
    page.wait_for_selector(f"[data-hotline-screen={party}][data-state=ready]")
    return Officer(page, name)


@pytest.fixture
def officers(
    mapless: Browser, node: Served, request: pytest.FixtureRequest
) -> Iterator[tuple[Officer, Officer]]:
    if node.process is None or node.process.poll() is not None:
        node.start()
    case = request.node.name[-40:]
    both = seat(mapless, node, COA, f"Anna of {case}"), seat(mapless, node, RUS, f"Boris of {case}")
    yield both
    for officer in both:
        officer.page.context.close()


def flash(officer: Officer, words: str, *, vehicles: str = "20", lat: str = "35.3000") -> None:
    """Write a flash message with a place and a count, from the keyboard."""
    officer.press("Escape", "n")
    officer.do('[data-add="place"]')
    officer.do('[data-add="count"]')
    place = officer.at('[data-part="place"] input:not(.name)')
    place.nth(0).fill(lat)
    place.nth(1).fill("40.3200")
    officer.write(words, vehicles=vehicles)


def read_back(officer: Officer, **heard: str) -> None:
    """Type what was heard into the boxes, and send it."""
    for field, words in heard.items():
        officer.at(f'[data-read-back] [data-field="{field}"] input').first.fill(words)
    officer.do('[data-read-back] [data-act="read-back"]')


def receive(officer: Officer, words: str) -> None:
    """Acknowledge a message: the key opens the dialog that reads it out, Enter does it."""
    officer.sees(officer.message(words)).locator("[data-row]").focus()
    officer.press("Enter", "a")
    dialog = officer.page.locator('dialog[data-asking="receive"]')
    expect(dialog).to_contain_text(words)
    officer.choose()


@pytest.mark.brief
def test_a_watch_is_signed_by_two_and_not_handed_over_while_a_flash_is_open(mapless, node, officers):
    """Stands first: on a fresh desk no flash is open, and afterwards one is."""
    anna, boris = officers
    clara = seat(mapless, node, COA, "Clara who comes")
    anna.press("Escape", "w")
    expect(anna.at("[data-barred]")).to_have_count(0)
    anna.at("[data-hand-over]").get_by_label("Goes").fill("Anna")
    anna.at("[data-hand-over]").get_by_label("Comes").fill("Clara who comes")
    anna.do('[data-act="hand-over"]')
    clara.press("Escape", "w")
    clara.sees(clara.at("[data-handed]"))
    clara.at("[data-take-over]").get_by_label("Taken over by").fill("Clara who comes")
    clara.do('[data-act="take-over"]')
    expect(clara.at("[data-handed]")).to_contain_text("Signed by both")
    clara.do('[data-act="sitrep"]')
    clara.sees(clara.at("[data-paper]"))
    flash(boris, "Engineers lift mines beside the road")
    anna.sees(anna.message("Engineers lift mines"))
    expect(anna.at("[data-barred]")).to_contain_text("No handover", timeout=PATIENCE_MS)
    expect(anna.at('[data-act="hand-over"]')).to_be_disabled()
    clara.page.context.close()


@pytest.mark.brief
def test_a_flash_is_repeated_wrongly_named_corrected_and_relayed_through_two_restarts(officers, node):
    anna, boris = officers
    flash(anna, FORD)
    receive(boris, FORD)
    anna.sees(anna.message(FORD).locator("li.reached:has-text('Acknowledged')"))

    # The wrong number is typed: both ends name the field, and an alarm stands at the sender's desk.
    boris.at('[data-read-back] [data-field="vehicles"] input').fill("12 vehicles")
    boris.sees(boris.at('[data-field="vehicles"][data-outcome="differs"]'))
    read_back(boris, place="35.3000 N 40.3200 E", vehicles="12 vehicles")
    alarm = anna.sees(anna.alarm("read-back/RUS"))
    expect(alarm).to_contain_text("vehicles")
    assert alarm.get_attribute("data-state").startswith("unacknowledged")
    expect(anna.message(FORD).locator("[data-mismatch]")).to_contain_text("vehicles")
    expect(anna.at("[data-repeated=RUS] tr[data-field=vehicles]")).to_have_attribute(
        "data-outcome", "differs"
    )
    expect(anna.at('[data-act="confirm"]')).to_be_disabled()

    # The node goes away under both. What is done meanwhile waits, and counts once.
    node.stop()
    anna.sees(anna.page.locator(".lost"))
    anna.at('[data-message][class~="in-hand"] [data-row]').focus()
    anna.press("e")
    anna.write("Correction: twenty vehicles of ours, two zero, cross at the ford")
    anna.sees(anna.page.locator("[data-sending] li.waiting"))
    node.start()
    expect(anna.page.locator("[data-sending]")).to_have_count(0, timeout=PATIENCE_MS)
    boris.sees(boris.message("Correction: twenty vehicles").locator(".linked"))
    sent = [
        each
        for each in anna.asks("COA/messages")["items"]
        if each["texts"][0]["words"].startswith("Correction")
    ]
    assert len(sent) == 1
    assert sent[0]["corrects"]

    receive(boris, "Correction: twenty vehicles")
    read_back(boris, place="35.3000 N 40.3200 E", vehicles="20 vehicles")
    anna.sees(anna.message("Correction: twenty").locator(".same"))
    anna.message("Correction: twenty").locator("[data-row]").focus()
    anna.press("Enter")
    anna.do('[data-act="confirm"]')
    anna.choose()
    boris.sees(boris.message("Correction: twenty").locator("li.reached:has-text('Confirmed')"))

    # A second time, while the other end acts.
    node.stop()
    boris.sees(boris.page.locator(".lost"))
    boris.message("Correction: twenty").locator("[data-row]").focus()
    boris.press("Enter", "p")
    boris.page.locator("dialog").get_by_label("Cell").fill("battery at the ford")
    boris.choose()
    boris.sees(boris.page.locator("[data-sending] li.waiting"))
    node.start()
    anna.sees(anna.message("Correction: twenty").locator("li.reached:has-text('Relayed')"))
    expect(anna.message("Correction: twenty").locator("li.reached:has-text('Relayed')")).to_have_attribute(
        "title", re.compile("battery at the ford")
    )
    relayed = anna.message("Correction: twenty").locator("li.reached [data-cell]")
    expect(relayed).to_have_text("battery at the ford")
    expect(relayed).to_be_visible()
    steps = [step for row in _ladders(anna, sent[0]["statement"]) for step in row["steps"]]
    assert [step["rung"] for step in steps].count("relayed") == 1
    assert [step["rung"] for step in steps].count("acknowledged") == 1


def test_a_right_read_back_raises_no_alarm(officers):
    """The twin of the story: the same with the right number leaves the board without the field's alarm."""
    anna, boris = officers
    flash(anna, "Seven vehicles of ours return", vehicles="7")
    receive(boris, "Seven vehicles")
    read_back(boris, place="35°18'00\"N 40°19'12\"E", vehicles="seven")
    anna.sees(anna.message("Seven vehicles").locator(".same"))
    message = _message(anna, "Seven vehicles")
    alarms = anna.asks("COA/alarms?all=yes")["alarms"]
    assert not [
        each for each in alarms
        if each["rule"].startswith("read-back") and message["statement"] in each["grounds"]
    ]  # fmt: skip


TURNED = "Page flash \u202eEVIL\u202c now"


def turned_words_are_marked(officers, words):
    """FAIL-02: what would turn the writing is a mark everywhere on the page, at both ends."""
    anna, boris = officers
    flash(anna, words)
    marked = words.replace("\u202e", "<U+202E>").replace("\u202c", "<U+202C>")
    anna.sees(anna.message(marked))
    boris.sees(boris.message(marked))
    boris.sees(boris.alarm("acknowledge").filter(has_text=marked))
    for each in (anna, boris):
        text = each.page.locator("body").inner_text()
        assert not set(text) & {*map(chr, range(0x202A, 0x202F))}
        whole = each.asks(f"{'COA' if each is anna else 'RUS'}/messages")
        assert any(item["texts"][0]["words"] == words for item in whole["items"]), "the record keeps them"
    receive(boris, marked)


def test_words_that_would_turn_the_writing_are_marked_on_the_page(officers):
    turned_words_are_marked(officers, TURNED)


def test_twin_a_page_that_shows_them_as_they_came_is_found_out(officers):
    anna, _ = officers
    anna.page.evaluate("document.body.append('Page flash \\u202eEVIL\\u202c now')")
    with pytest.raises(AssertionError):
        turned_words_are_marked(officers, "Second flash \u202eEVIL\u202c now")


def lose_the_first_answer(officer: Officer, *, another_key: bool = False) -> list[str]:
    """Let the node take what is stated and lose its first answer; gives the keys of all tries.

    What the page states by itself, that a text has stood on it, passes untouched.
    """
    tries: list[str] = []

    def through(route: Route) -> None:
        headers = dict(route.request.headers)
        if headers["idempotency-key"].startswith("displayed "):
            route.continue_()
            return
        if tries and another_key:
            headers["idempotency-key"] += "-again"
        tries.append(headers["idempotency-key"])
        answer = route.fetch(headers=headers)
        if len(tries) == 1:
            route.abort()
        else:
            route.fulfill(response=answer)

    officer.page.route("**/api/v1/desks/*/statements", through)
    return tries


def _with(officer: Officer, words: str) -> int:
    return sum(words in each["texts"][0]["words"] for each in officer.asks("COA/messages")["items"])


def test_a_flash_that_is_owed_stands_above_a_routine_message_that_came_later(node, officers):
    _, boris = officers
    for words, precedence in (("Smoke at the east gate", "flash"), ("Fuel list of the week", "routine")):
        run("message", "RUS", words, "--precedence", precedence, "--as", "COA", "--dir", node.folder)
    boris.sees(boris.message("Fuel list of the week"))
    boris.sees(boris.message("Smoke at the east gate"))
    shown = boris.at("article[data-message] .texts").all_inner_texts()
    [routine] = [place for place, words in enumerate(shown) if "Fuel list of the week" in words]
    [first] = [place for place, words in enumerate(shown) if "Smoke at the east gate" in words]
    assert first < routine
    boris.press("Escape", "4", "a")
    dialog = boris.page.locator('dialog[data-asking="receive"]')
    expect(dialog).not_to_contain_text("Fuel list of the week")
    boris.press("Escape")


def test_until_a_desks_parties_have_come_nobody_says_that_it_knows_none(officers):
    anna, _ = officers
    page = anna.page

    def hold(route: Route) -> None:
        """Answer nothing, as on a slow machine."""

    page.route("**/api/v1/desks/COA/picture*", hold)
    page.goto(page.url.split("?")[0])
    readers = page.locator("[data-readers]").first
    expect(readers).to_contain_text("Loading", timeout=PATIENCE_MS)
    expect(readers).not_to_contain_text("knows no other party")
    page.unroute("**/api/v1/desks/COA/picture*")
    page.reload()
    expect(readers).to_contain_text("Russian forces", timeout=PATIENCE_MS)


def test_an_answer_lost_on_its_way_doubles_nothing(officers):
    anna, boris = officers
    tries = lose_the_first_answer(anna)
    flash(anna, "Four boats of ours go downstream")
    boris.sees(boris.message("Four boats"))
    expect(anna.page.locator("[data-sending]")).to_have_count(0, timeout=PATIENCE_MS)
    anna.sees(anna.at("[data-write] .same:has-text('Told.')"))
    assert len(tries) == 2
    assert len(set(tries)) == 1
    assert _with(anna, "Four boats") == 1


def test_twin_with_another_key_for_the_second_try_it_is_doubled(officers):
    anna, boris = officers
    lose_the_first_answer(anna, another_key=True)
    flash(anna, "Five boats of ours go downstream")
    boris.sees(boris.message("Five boats"))
    anna.sees(anna.at("[data-write] .same:has-text('Told.')"))
    assert _with(anna, "Five boats") == 2


def _ladders(officer: Officer, statement: str) -> list[dict[str, Any]]:
    items = officer.asks("COA/messages")["items"]
    return [row for each in items if each["statement"] == statement for row in each["ladders"]]


def _message(officer: Officer, words: str) -> dict[str, Any]:
    items = officer.asks("COA/messages")["items"]
    return next(each for each in items if words in each["texts"][0]["words"])


def test_an_alarm_blinks_until_one_station_acknowledges_it_and_then_nowhere(mapless, node, officers):
    anna, boris = officers
    second = seat(mapless, node, RUS, "Clara at the second station")
    flash(anna, "Engineers of ours work at the bridge")
    for station in (boris, second):
        alarm = station.sees(station.alarm("acknowledge").filter(has_text="bridge"))
        expect(alarm.locator(".mark.blinking")).to_be_visible()
        expect(alarm).to_contain_text("FLASH")
    boris.alarm("acknowledge").filter(has_text="bridge").locator("[data-row]").focus()
    boris.press("a")
    expect(boris.page.locator('dialog[data-asking="acknowledge"]')).to_contain_text("bridge")
    boris.choose()
    for station in (boris, second):
        alarm = station.alarm("acknowledge").filter(has_text="bridge")
        expect(alarm).to_have_attribute("data-state", "acknowledged, active", timeout=PATIENCE_MS)
        expect(alarm.locator(".mark.blinking")).to_have_count(0)
    # It silenced the alarm here; the other side was told nothing by it.
    expect(anna.message("bridge").locator("li.reached:has-text('Acknowledged')")).to_have_count(0)
    alarm = second.alarm("acknowledge").filter(has_text="bridge")
    alarm.locator('[data-act="shelve"]').focus()
    second.press("Enter")
    second.page.locator("dialog").get_by_label("Reason").fill("the bridge is closed")
    second.choose()
    boris.sees(boris.at('[data-alarm][data-state="shelved"]').filter(has_text="the bridge is closed"))
    second.page.context.close()


def test_an_answer_is_given_and_a_message_withdrawn_on_the_page(officers):
    anna, boris = officers
    flash(anna, "A column moves at the quarry; is it yours?")
    row = boris.sees(boris.message("quarry")).locator("[data-row]")
    row.focus()
    boris.press("Enter", "r")
    boris.page.locator('dialog input[value="not ours"]').check()
    boris.choose()
    anna.sees(anna.message("quarry").locator('[data-answer="not ours"]'))
    anna.message("quarry").locator("[data-row]").focus()
    anna.press("Enter")
    anna.do('[data-act="withdraw"]')
    anna.page.locator("dialog").get_by_label("Reason").fill("it was a herd")
    anna.choose()
    expect(boris.message("quarry")).to_have_count(0, timeout=PATIENCE_MS)


@pytest.mark.brief
def test_a_call_is_noted_with_its_hold_clock_the_wrong_box_and_the_code(officers):
    anna, _ = officers
    flash(anna, "Wounded are driven along the west bank", vehicles="3")
    anna.sees(anna.message("Wounded are driven"))
    anna.press("Escape", "c")
    anna.do('[data-act="dial"]')
    anna.sees(anna.at('[data-call="dialling"]'))
    anna.do('[data-act="hold"]')
    clock = anna.sees(anna.at("[data-hold-clock]"))
    expect(clock).not_to_have_text("00:00")
    expect(anna.at("[data-call]")).to_contain_text("Safety message? Pass it now.")
    anna.do('[data-act="pass"]')
    anna.sees(anna.at('[data-call="answered"]'))
    message = _message(anna, "Wounded are driven")
    expect(anna.at(".panel .code").first).to_contain_text(message["code"])
    expect(anna.at(".panel > div:not([hidden]) > [data-script] td[lang=ru]").first).to_be_visible()
    box = anna.at('.panel > div:not([hidden]) [data-field="place"]')
    box.locator("input").fill("35.3000 N 40.4200 E")
    expect(box).to_have_attribute("data-outcome", "differs", timeout=PATIENCE_MS)
    expect(box.locator("figure svg")).to_be_visible()
    box.locator("input").fill("35.3000 N 40.3200 E")
    expect(box).to_have_attribute("data-outcome", "same", timeout=PATIENCE_MS)
    anna.do('[data-act="end-call"]')
    expect(anna.at("[data-call]")).to_have_count(0, timeout=PATIENCE_MS)
    # It is the hotline's last contact, with its age; a failed check shows beside what is declared.
    hotline = anna.at("[data-hotline]").first
    expect(hotline).to_contain_text("ago)", timeout=PATIENCE_MS)
    hotline.locator("select").select_option("no answer")
    anna.do('[data-hotline] [data-act="check"]')
    expect(hotline).to_contain_text("observed unanswered", timeout=PATIENCE_MS)
    expect(hotline).to_contain_text("declared open")
    # A call is this desk's report: no rung of the other end's own came of it.
    own = [
        step for row in _ladders(anna, message["statement"]) for step in row["steps"] if step["how"] == "own"
    ]
    assert not [step for step in own if step["rung"] in ("acknowledged", "read back")]


def test_a_template_is_filled_from_its_fields_with_the_translation_beside_it(officers):
    anna, boris = officers
    anna.press("Escape", "n")
    anna.at("[data-template]").select_option("contact lost")
    anna.at('[data-part="time"] input:not(.name)').fill("2026-11-21 05:00")
    place = anna.at('[data-part="place"] input:not(.name)')
    place.nth(0).fill("35.3100")
    place.nth(1).fill("40.3300")
    anna.do('[data-act="fill"]')
    expect(anna.at("[data-write] textarea").first).to_have_value(re.compile("We have lost contact"))
    expect(anna.at("[data-write] textarea").nth(1)).to_have_value(re.compile("Мы потеряли|связь"))
    anna.do('[data-act="send"]')
    came = boris.sees(boris.message("We have lost contact"))
    expect(came.locator(".texts p[lang=ru]")).to_contain_text("translation (ru)")


@pytest.mark.brief
def test_the_screen_is_worked_by_keys_alone_and_traps_nobody(officers):
    anna, _ = officers
    page = anna.page
    page.keyboard.press("?")
    expect(page.locator(".keys")).to_contain_text("A acknowledge")
    page.keyboard.press("?")
    page.locator("h1").click()
    seen: list[str] = []
    for _ in range(160):
        page.keyboard.press("Tab")
        where = page.evaluate(
            """() => {
                const at = document.activeElement
                const box = at.getBoundingClientRect()
                const shown = box.width > 0 && getComputedStyle(at).outlineStyle !== 'none'
                const name = at.tagName + '|' + (at.textContent ?? '').trim().slice(0, 30)
                return [name, shown || at === document.body]
            }"""
        )
        assert where[1], f"focus is not visible on {where[0]}"
        if where[0].startswith("BODY"):
            break
        seen.append(where[0])
    else:
        pytest.fail("Tab never left the screen")
    assert any("Message" in each for each in seen)
    page.keyboard.press("3")
    expect(anna.at('[data-list="threads"] [data-row]').first).to_be_focused()
    page.keyboard.press("s")
    page.keyboard.type("AB 12")
    expect(anna.at("[data-spell] table")).to_contain_text("Bravo")
    expect(anna.at("[data-spell] table")).to_contain_text("Браво")
    page.keyboard.press("Escape")
    page.keyboard.press("h")
    page.wait_for_selector("[data-desk=COA]")


def test_the_screen_speaks_arabic_from_the_right_and_keeps_codes_in_order(officers):
    anna, _ = officers
    anna.page.get_by_role("button", name="العربية").click()
    expect(anna.page.locator(".console")).to_have_attribute("dir", "rtl")
    left = anna.at(".alarms").bounding_box()
    work = anna.at(".work").bounding_box()
    assert left["x"] > work["x"], "the alarms stand on the right"
    for code in anna.at("bdi.code").all():
        assert re.fullmatch(r"\d{4} \d{4}", code.inner_text())
        assert code.evaluate("(at) => getComputedStyle(at).direction") == "ltr"


def a_single_key_after_a_panel_that_is_read_is_still_a_key(officer, patience_ms=PATIENCE_MS):
    """FAIL-02: after `d` the key `w` opens the watch and is typed nowhere."""
    officer.press("Escape", "Escape", "d")
    officer.sees(officer.at('[data-panel="second"][aria-pressed="true"]'))
    expect(officer.at(".panel")).to_be_focused(timeout=patience_ms)
    officer.press("w")
    officer.sees(officer.at('[data-panel="watch"][aria-pressed="true"]'))
    typed = officer.page.evaluate("[...document.querySelectorAll('input')].map((each) => each.value)")
    assert "w" not in typed
    officer.press("Escape", "Escape")


def test_a_single_key_after_a_panel_that_is_read_is_still_a_key(officers):
    a_single_key_after_a_panel_that_is_read_is_still_a_key(officers[0])


def test_twin_a_key_that_is_typed_into_a_field_is_found_out(officers):
    anna, _ = officers
    # Once for a panel, not once for whatever takes the focus first.
    anna.page.evaluate("""() => addEventListener('focusin', function take(event) {
        if (!event.target.matches('.panel')) return
        removeEventListener('focusin', take)
        event.target.appendChild(document.createElement('input')).focus()
    })""")
    with pytest.raises(AssertionError):
        a_single_key_after_a_panel_that_is_read_is_still_a_key(anna, 2_000)


def test_the_only_hotline_is_chosen_for_a_call(officers):
    anna, _ = officers
    anna.press("Escape", "Escape", "c")
    chosen = anna.at(".panel > div:not([hidden]) select").first
    expect(chosen).not_to_have_value("", timeout=PATIENCE_MS)
    expect(anna.at("[data-counts]")).to_have_count(0)
