from __future__ import annotations

import pytest
from tests.staging import STORIES, story
from tests.unit.scenarios.scripts import act, script, zone

from keepclear.model.words import Mark
from keepclear.scenarios.citing import sources_page

NAMES = ("at_tanf_2017", "euphrates_2018", "syria_accounts")
WRITE = (
    "from pathlib import Path; from keepclear.scenarios.loader import load; "
    "from keepclear.scenarios.citing import sources_page; "
    "[(f / 'sources.md').write_text(sources_page(load(f), f.name)) "
    "for f in Path('scenarios').iterdir() if (f / 'script.yaml').exists()]"
)


@pytest.mark.parametrize("name", NAMES)
def test_the_page_of_sources_is_what_the_script_says(name):
    written = (STORIES / name / "sources.md").read_text()
    assert written == sources_page(story(name), name), f'write it again: python -c "{WRITE}"'


@pytest.mark.parametrize("name", NAMES)
def test_every_step_is_cited_or_listed_as_invented(name):
    page = sources_page(story(name), name)
    own = [step for step in story(name).steps if step.folder == name and step.kind != "source"]
    invented = {step.step for step in own if step.mark == Mark.INVENTED}
    assert {
        row.split(":")[0].removeprefix("- ") for row in page.splitlines() if row.startswith("- ")
    } >= invented
    cited = {step.step for step in own} - invented
    assert cited <= {
        row.split(" | ")[0].removeprefix("| ") for row in page.splitlines() if row.startswith("| ")
    }


def test_a_reprint_names_what_it_was_reprinted_from():
    page = sources_page(story("at_tanf_2017"), "at_tanf_2017")
    row = next(row for row in page.splitlines() if row.startswith("| S4 |"))
    assert " RT-JUN17 " in row
    assert "C: reprint" in row


def test_a_bar_in_a_text_does_not_break_the_table():
    paper = {"name": "A paper", "source_kind": "press report", "file": "a|b"}
    source = act("s-1", 0, "PRESS", "source", paper, subject="S1", mark="S")
    page = sources_page(script(source, zone(mark="S, clock I", source="S1")), "test")
    assert "a/b" in page
    assert "| z-1 | – | [S, clock I] | S1 |" in page
