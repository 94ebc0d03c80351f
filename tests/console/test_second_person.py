"""Second-person approval, words of templates, group hotlines and sites in danger, on the page of a node."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, expect
from tests.console.own_node import COA, Served, free_port, run
from tests.console.test_hotline import RUS, Officer, receive, seat
from tests.patience import PATIENCE_MS

from keepclear.model.words import PartyId

pytestmark = pytest.mark.needs_browser

SDF = PartyId("SDF")
NAMES = {"COA": "Coalition", "RUS": "Russian forces", "SDF": "Democratic forces"}
SITE = {
    "kind": "measure", "name": "Clinic at the river", "measure": "protected site",
    "effect": "keep-out-requested", "basis": "declared",
    "shape": {"shape": "spot", "at": {"lon": 39.01, "lat": 35.95}, "accuracy_m": 30.0},
}  # fmt: skip


def staged(folder: Path) -> Served:
    """Make a node of three parties with a group that COA proposes and a site that RUS holds, SDF not."""
    site = folder.parent / "site.json"
    site.write_text(json.dumps({"body": SITE}))
    at = ["--dir", folder]
    run("init", folder, "--party", "COA", "--party", "RUS", "--party", "SDF")
    for own in NAMES:
        for other, name in NAMES.items():
            run("party", other, name, "--as", own, *at)
        # What a group is told names all its members: each is told of every other one.
        tell = [word for other in NAMES if other != own for word in ("--tell", other)]
        for other, name in NAMES.items():
            run("party", other, name, "--as", own, *tell, *at)
    # A thread is there once something was said: no test here waits for another one to say it.
    run("message", "RUS", "The watch has begun", "--as", "COA", *at)
    run("state", site, "--as", "COA", *at)
    run("release", SITE["name"], "--to", "RUS", "--risk-note", "known to both", "--as", "COA", *at)
    run("approval-policy", "routine", "--purpose", "coordination", "--as", "COA", *at)
    run("group-propose", "Three desks", "COA", "RUS", "SDF", "--as", "COA", *at)
    return Served(folder, free_port())


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    served = staged(tmp_path_factory.mktemp("second") / "node")
    served.start()
    yield served
    served.stop()


class Seats:
    """Officers of this node, seated as they are needed."""

    def __init__(self, browser: Browser, node: Served) -> None:
        self.browser, self.node = browser, node
        self.taken: list[Officer] = []

    def take(self, party: PartyId, name: str) -> Officer:
        officer = seat(self.browser, self.node, party, f"{name} {free_port()}")
        self.taken.append(officer)
        return officer


@pytest.fixture
def seats(mapless: Browser, node: Served) -> Iterator[Seats]:
    made = Seats(mapless, node)
    yield made
    for officer in made.taken:
        officer.page.context.close()


def panel(officer: Officer, key: str, name: str) -> None:
    officer.press("Escape", key)
    expect(officer.at(f'[data-panel="{name}"]')).to_have_attribute("aria-pressed", "true")


def coordination(officer: Officer, words: str, act: str) -> None:
    """Write a routine message of coordination to RUS, from the keyboard."""
    officer.page.locator("[data-thread=RUS]").focus()
    officer.press("Enter")
    officer.press("Escape", "n")
    form = officer.at("[data-write]")
    form.get_by_label("Precedence").select_option("routine")
    form.get_by_label("Purpose").select_option("coordination")
    officer.at("[data-write] textarea").first.fill(words)
    officer.do(f'[data-act="{act}"]')


def messages(officer: Officer, party: str, words: str) -> list[dict[str, Any]]:
    items = officer.asks(f"{party}/messages")["items"]
    return [each for each in items if words in each["texts"][0]["words"]]


def test_all_members_agree_and_speak_in_a_group_and_who_is_silent_is_named(seats):
    anna, boris, sara = seats.take(COA, "Anna"), seats.take(RUS, "Boris"), seats.take(SDF, "Sara")
    for officer in (anna, boris, sara):
        panel(officer, "g", "group")
        officer.sees(officer.at("[data-group]"))
    anna.at("[data-group-say] textarea").fill("The convoy halts at the bridge")
    expect(anna.at('[data-act="group-say"]')).to_be_disabled()
    expect(anna.at("[data-group-say]")).to_contain_text("not every member has agreed")
    for officer in (anna, boris, sara):
        if officer.at('[data-act="agree"]').count():
            officer.do('[data-act="agree"]')
        expect(officer.at('[data-act="agree"]')).to_have_count(0, timeout=PATIENCE_MS)
    anna.sees(anna.at("[data-group] .state.inuse"))
    anna.do('[data-act="group-say"]')
    for officer in (boris, sara):
        officer.sees(officer.at("[data-group-message]").filter(has_text="halts at the bridge"))
    expect(anna.message("halts at the bridge").locator("li.reached:has-text('Displayed')")).to_have_count(
        2, timeout=PATIENCE_MS
    )
    boris.do('[data-act="group-acknowledge"]')
    said = anna.at("[data-group-message]").filter(has_text="halts at the bridge")
    expect(said).to_contain_text("Acknowledged", timeout=PATIENCE_MS)
    # The one who has not spoken stands by name; the one who has does not.
    expect(said.locator("[data-waiting]")).to_contain_text("Democratic forces")
    expect(said.locator("[data-waiting]")).not_to_contain_text("Russian forces")
    sara.at("[data-group-message] select").first.select_option("not ours")
    sara.do('[data-act="group-answer"]')
    boris.sees(boris.at("[data-group-message]").filter(has_text="not ours"))
    expect(said.locator("[data-waiting]")).to_have_count(0, timeout=PATIENCE_MS)


def test_a_draft_waits_for_a_second_person_and_goes_as_it_stood(seats):
    anna, clara, boris = seats.take(COA, "Anna"), seats.take(COA, "Clara"), seats.take(RUS, "Boris")
    words = "Shall we meet on Monday at the bridge?"
    coordination(anna, words, "submit-draft")
    anna.sees(anna.at("[data-write] .same").filter(has_text="nobody outside is told"))
    assert messages(boris, "RUS", words) == []
    # Its writer does not approve it.
    panel(anna, "d", "second")
    anna.do(f'[data-draft]:has-text("{words}") [data-act="approve"]')
    anna.sees(anna.page.locator("[data-sending] li.refused"))
    assert messages(boris, "RUS", words) == []
    panel(clara, "d", "second")
    clara.do(f'[data-draft]:has-text("{words}") [data-act="approve"]')
    boris.sees(boris.message(words))
    clara.sees(clara.at('[data-decided="approved"]').filter(has_text=words))
    assert len(messages(boris, "RUS", words)) == 1


def test_twin_a_returned_draft_is_told_to_nobody(seats):
    anna, clara, boris = seats.take(COA, "Anna"), seats.take(COA, "Clara"), seats.take(RUS, "Boris")
    words = "Shall we meet on Friday?"
    coordination(anna, words, "submit-draft")
    panel(clara, "d", "second")
    draft = clara.sees(clara.at("[data-draft]").filter(has_text=words))
    expect(draft.locator('[data-act="return"]')).to_be_disabled()
    draft.get_by_label("Reason").fill("say where")
    clara.do(f'[data-draft]:has-text("{words}") [data-act="return"]')
    clara.sees(clara.at('[data-decided="returned"]').filter(has_text="say where"))
    assert messages(boris, "RUS", words) == []


def test_words_of_a_template_are_let_into_use_by_name_and_only_those(seats):
    anna = seats.take(COA, "Anna")
    panel(anna, "d", "second")
    template = anna.sees(anna.at('[data-template-words="contact lost"]'))
    template.locator("summary").focus()
    anna.press("Enter")
    wording = template.locator('[data-wording="ru"]')
    expect(wording.locator('[data-act="let-in"]')).to_be_disabled()
    anna.at("[data-approver]").fill("Anna Reader")
    anna.do('[data-template-words="contact lost"] [data-wording="ru"] [data-act="let-in"]')
    expect(wording).to_contain_text("Let into use", timeout=PATIENCE_MS)
    asked = anna.asks("COA/templates")["templates"]
    let_in = [(each["name"], row["lang"]) for each in asked for row in each["wordings"] if row["let_in"]]
    assert let_in == [("contact lost", "ru")]


@pytest.mark.brief
def test_a_site_in_danger_calls_every_holder_and_keeps_who_is_silent(seats):
    anna, boris, sara = seats.take(COA, "Anna"), seats.take(RUS, "Boris"), seats.take(SDF, "Sara")
    panel(anna, "x", "danger")
    expect(anna.at('[data-act="danger"]')).to_be_disabled()
    anna.at("[data-danger-form] select").select_option(label="Clinic at the river")
    expect(anna.at("[data-danger-form]")).to_contain_text("Russian forces")
    anna.at("[data-danger-form] textarea").fill("Fire falls on it since 02:08.")
    anna.at('[data-danger-form] input[value="SDF"]').check()
    expect(anna.at('[data-act="danger"]')).to_be_disabled()
    anna.at("[data-danger-form]").get_by_label("Wide area").fill("the north of the province")
    anna.do('[data-act="danger"]')
    dialog = anna.page.locator('dialog[open][data-asking="danger"]')
    expect(dialog).to_contain_text("Clinic at the river")
    # The twin: left with Escape, nobody is called.
    anna.press("Escape")
    assert anna.asks("COA/dangers")["items"] == []
    anna.do('[data-act="danger"]')
    anna.choose()
    boris.sees(boris.message("Fire falls on it"))
    outside = sara.sees(sara.message("the north of the province"))
    expect(outside).not_to_contain_text("Clinic at the river")
    row = anna.sees(anna.at('[data-called="RUS"]'))
    expect(row).to_contain_text("nobody has answered")
    receive(boris, "Fire falls on it")
    expect(row).to_contain_text("answered by", timeout=PATIENCE_MS)
    expect(anna.at('[data-called="SDF"]').first).to_contain_text("nobody has answered")
