"""In Russian and Arabic no sentence is half translated; words of another language stand apart."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page
from tests.console.serving import Demonstration, laid_out
from tests.console.test_console import DESKS, TABS
from tests.console.test_words import CONSOLE, catalogue

from keepclear.rules.alarming import ENDED

SOURCES = CONSOLE / "src"
MARKUP = re.compile(r"<(script|style).*?</\1>", re.S)
# What people and the node said, and what things are called: never bare inside the page's own words.
FOREIGN = re.compile(
    r"\{[\w.?\[\]]*\.(name|party_name|author_name|speaker|speaker_office|words|title|reason|gist|closing|refused"
    r"|next_words|grade_words|problem)\}"
)
STANDS_APART = re.compile(
    r"(<bdi[^<>]*>[“(]?|<option [^<]*>|<(?:p|td|th|b|span|div)[^<>]* (?:dir|lang)=[^<]*>"
    r"|[\w:-]=[\"`]?|<b>|\$)\s*$"
)
# Texts in Latin letters that no bdi keeps apart, nor a mark of their language.
BARE = r"""() => {
  const apart = 'script, style, bdi, code, kbd, option, h1, [lang=en], figcaption, .unseen, .maplibregl-map'
  const found = []
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
  while (walker.nextNode()) {
    const words = walker.currentNode.data.replace(/\u2068[^\u2069]*\u2069/g, '').trim()
    const inside = walker.currentNode.parentElement
    if (!inside || inside.closest(apart) || words === 'UTC') continue
    if (/[A-Za-z]{3,}/.test(words) && inside.checkVisibility()) found.push(words)
  }
  return found
}"""


def bare(component: str) -> list[str]:
    """Give what stands in a component's markup without a direction of its own."""
    markup = MARKUP.sub("", component)
    return [
        found[0] for found in FOREIGN.finditer(markup) if not STANDS_APART.search(markup[: found.start()])
    ]


@pytest.mark.parametrize("path", sorted(SOURCES.rglob("*.svelte")), ids=lambda path: path.stem)
def test_a_name_or_a_persons_words_keep_their_own_direction(path: Path) -> None:
    assert bare(path.read_text(encoding="utf-8")) == []


def test_a_bare_name_would_be_found() -> None:
    text = (SOURCES / "alarms/AlarmBoard.svelte").read_text(encoding="utf-8")
    altered = text.replace('<bdi lang="en" dir="ltr">{alarm.title}</bdi>', "· {alarm.title}")
    assert bare(altered) == ["{alarm.title}"]


@pytest.mark.parametrize("code", ["en", "ru", "ar"])
def test_every_rule_that_raises_an_alarm_has_words_in_every_language(code: str) -> None:
    words = catalogue(code)
    assert [rule for rule in ENDED if f"rule.{rule}" not in words] == []


@pytest.mark.parametrize("code", ["en", "ru", "ar"])
def test_a_span_of_time_carries_its_unit(code: str) -> None:
    words = catalogue(code)
    for key in ("days", "hours", "minutes", "minutes-seconds", "seconds"):
        text = words[f"span.{key}"]
        assert re.search(r"\{\w+\} [^\W\d_]+$", text), text
        assert ":" not in text


def open_in(page: Page, demonstration: Demonstration, code: str) -> None:
    page.goto(f"{demonstration.url}?lang={code}")
    laid_out(page)
    page.get_by_role("button", name=catalogue(code)["caption.replay"]).wait_for(timeout=300_000)


@pytest.mark.needs_browser
@pytest.mark.parametrize("code", ["ru", "ar"])
def test_no_sentence_of_the_page_is_half_translated(
    plain: Page, demonstration: Demonstration, code: str
) -> None:
    page = plain
    open_in(page, demonstration, code)
    for tab in TABS:
        for party in DESKS:
            page.locator(f"#{party}-tab-{tab}").click()
        assert page.evaluate(BARE) == [], tab
    page.keyboard.press("h")
    page.wait_for_selector("[data-alarm]")
    assert page.evaluate(BARE) == []
    title = page.locator("[data-alarm] b > bdi[lang=en][dir=ltr]").first
    assert re.search(r"[A-Za-z]{3,}", title.inner_text())
    title.evaluate("it => it.replaceWith(...it.childNodes)")
    assert len(page.evaluate(BARE)) == 1, "words without their mark are found"


@pytest.mark.needs_browser
def test_what_is_due_is_said_with_units(plain: Page, demonstration: Demonstration) -> None:
    page = plain
    open_in(page, demonstration, "en")
    page.keyboard.press("h")
    due = page.locator("[data-alarm] .whole").first
    # What was due longer than a day ago is told by its moment, what is nearer by a span of time.
    span, moment = r"\d+ (d|s|min)|\d+ h \d\d min|\d min \d\d s", r"\d+ \w{3} \d{4} \d\d:\d\dZ"
    assert re.fullmatch(f"{span}|{moment}", due.inner_text())
