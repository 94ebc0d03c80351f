"""The cards as a PDF that a reader can search: all three scripts, no word taken for markup."""

from __future__ import annotations

from datetime import UTC, datetime

from tests.reading_pdf import text_of

from keepclear.reports.cards import Card, CardSet, Row
from keepclear.reports.typesetting import pages, pdf

NOW = datetime(2018, 2, 7, 20, 0, tzinfo=UTC)


def a_set(*cards: Card, cap: str = "Exercise") -> CardSet:
    return CardSet("COA", "Coalition", cap, "2018-02-07T20:00:00Z", "ab" * 32, 3, "Not for attacking.", cards)


def test_words_of_others_are_never_markup():
    nasty = '#panic("no") *bold* $x$ <label> @ref [content] \\ "quoted"'
    said = text_of(pdf(a_set(Card(nasty, rows=(Row("Head " + nasty, (nasty,)),))), NOW))
    assert "#panic" in said


def test_latin_cyrillic_and_arabic_letters_come_out_as_such():
    said = text_of(
        pdf(a_set(Card("Script", layout="script", table=(("Hello", "Привет"), ("Safety", "سلامة")))), NOW)
    )
    assert "Привет" in said
    assert sorted(sign for sign in said if "\u0600" <= sign <= "\u06ff") == sorted("سلامة")


def test_two_cards_go_on_a_sheet_and_each_names_its_record():
    sheets = pages(a_set(*(Card(f"Card {number}") for number in range(5))), NOW)
    assert len(sheets) == 3
    assert all(sheet.startswith(b"\x89PNG") for sheet in sheets)
    said = text_of(pdf(a_set(Card("One")), NOW))
    assert "abababababababab" in said
    assert "EXERCISE" in said
    assert "EXERCISE" not in text_of(pdf(a_set(Card("One"), cap="Actual"), NOW))
