"""The generated reference pages say what the program is now."""

from __future__ import annotations

import pytest
from tools import cli_reference, errors_reference, http_reference, reference, statements_reference

from keepclear.cli.main import app
from keepclear.model.statements import KINDS, kind_of
from keepclear.service.http.app import table


@pytest.mark.parametrize("page", reference.PAGES, ids=lambda page: page.PAGE)
def test_the_page_is_up_to_date(page):
    kept = (reference.ROOT / page.PAGE).read_text(encoding="utf-8")
    assert kept == page.text(), f"{page.PAGE} is out of date: run make reference"


def test_every_command_has_its_heading():
    text = cli_reference.text()
    names = [name for name, _ in cli_reference.commands(app)]
    assert {"init", "user add", "token revoke", "tls self-signed"} <= set(names)
    assert [name for name in names if f"\n## {name}\n" not in text] == []


def test_every_argument_is_explained():
    rows = [row for row in cli_reference.text().splitlines() if row.startswith(("| `-", "| `A", "| `F"))]
    assert rows
    assert [row for row in rows if row.split("|")[2].strip() == ""] == []


def test_every_route_stands_in_the_table():
    text = http_reference.text()
    for route in table():
        path = route.path.replace("/api/v1/desks/{party}", "…/{party}")
        assert f"| `{route.method} {path}` |" in text


def test_every_kind_is_described_with_its_fields():
    text = statements_reference.text()
    for kind in KINDS:
        section = text.partition(f"\n### kind: {kind_of(kind)}\n")[2].partition("\n### ")[0]
        assert all(f"| `{field}` |" in section for field in kind.__struct_encode_fields__), kind


def test_every_refusal_says_what_would_pass_or_that_nothing_would():
    rows = errors_reference.refusals()
    assert len(rows) > 100
    assert [row for row in rows if not row[3]] == []
    assert [row for row in rows if not row[2]] == []


@pytest.mark.long
def test_a_changed_page_would_be_noticed(monkeypatch):
    monkeypatch.setattr(cli_reference, "HEAD", "# Something else\n")
    assert cli_reference.PAGE in reference.outdated()
