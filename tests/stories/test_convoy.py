"""A clinic and a convoy: the checks hold on what HTTP answers, and each twin makes its check fail."""

from __future__ import annotations

import pytest
from tests.shares import mostly_long
from tests.staging import ROOT, STORIES, story

from keepclear.scenarios.changes import with_change
from keepclear.scenarios.checks import DONE, Due, Verdict, expectations, judge, run, unknown_steps
from keepclear.scenarios.citing import sources_page
from keepclear.scenarios.lint import lint_folder
from keepclear.service.replay import replay

NAME = "convoy_hospital"
EXPECTED = expectations(STORIES / NAME)
DUE = {Due.FOUNDATION, Due.HOTLINE}


@pytest.fixture(scope="module")
def played():
    with replay(story(NAME)).asking() as asked:
        yield asked


def test_the_script_has_no_faults():
    assert [str(fault) for fault in lint_folder(STORIES / NAME)] == []


def test_every_check_that_is_due_passes_on_what_http_answers(played):
    results = run(EXPECTED, played.played, played.fetch)
    assert [(result.id, result.words) for result in results if result.verdict == Verdict.FAIL] == []
    passed = {
        result.id for result in results if result.verdict == Verdict.PASS and result.id.startswith("SCN")
    }
    assert passed == {check.id for check in EXPECTED.checks if check.due in DUE}


def test_what_is_due_later_says_not_yet(played):
    results = run(EXPECTED, played.played, played.fetch)
    waiting = {result.id for result in results if result.verdict == Verdict.NOT_YET}
    assert waiting == {"SCN-3.5", "SCN-3.8", "SCN-3.9", "SCN-3.17"}


def test_the_numbered_checks_are_all_there():
    assert [check.id for check in EXPECTED.checks] == [f"SCN-3.{n}" for n in range(1, 18)]
    assert unknown_steps(story(NAME), EXPECTED) == []
    assert [check.id for check in EXPECTED.checks if check.due in DUE and not check.twins] == []


TWINS = [
    pytest.param(check, twin, id=f"{check.id}-{number}")
    for check in EXPECTED.checks
    for number, twin in enumerate(check.twins, 1)
]


@pytest.mark.parametrize(("check", "twin"), mostly_long(TWINS, 5))
def test_a_check_fails_for_its_twin(check, twin):
    """An act that a twin's change makes impossible is refused and left out, as it would be at a desk."""
    with replay(with_change(story(NAME), twin), refused=lambda step, error: None).asking() as asked:
        assert judge(check, asked.played, asked.fetch, DONE | DUE).verdict == Verdict.FAIL


def test_the_page_of_sources_is_that_of_the_script():
    """To write it again: sources_page(load(folder), folder.name) into sources.md."""
    page = (ROOT / "scenarios" / NAME / "sources.md").read_text("utf-8")
    assert page == sources_page(story(NAME), NAME)
