"""The words of the console: the same keys in every language, and none of the words that are barred."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

CONSOLE = Path(__file__).parents[2] / "console"
BARRED = re.compile(
    r"\b(regime|enemy|enemies|hostiles?|terrorists?|targets?|targeted|friendly|friendlies)\b", re.I
)
RESULTS = re.compile(r"\b(all clear|is clear|cleared|is safe|safely|approved|permitted)\b", re.I)
PLURALS = {
    "en": ("one", "other"),
    "ru": ("one", "few", "many", "other"),
    "ar": ("zero", "one", "two", "few", "many", "other"),
}


def catalogue(code: str) -> dict[str, str]:
    return json.loads((CONSOLE / "catalogues" / f"{code}.json").read_text(encoding="utf-8"))


def plural_bases() -> set[str]:
    english = catalogue("en")
    return {key.removesuffix(".one") for key in english if key.endswith(".one")}


def expected_keys(code: str) -> set[str]:
    bases = plural_bases()
    single = {key for key in catalogue("en") if key.rpartition(".")[0] not in bases}
    return single | {f"{base}.{form}" for base in bases for form in PLURALS[code]}


@pytest.mark.parametrize("code", PLURALS)
def test_a_language_has_every_key_and_every_plural_form(code: str) -> None:
    words = catalogue(code)
    assert set(words) == expected_keys(code)
    assert all(words.values())


@pytest.mark.parametrize("code", ["ru", "ar"])
def test_a_translation_fills_the_same_blanks_and_says_that_nobody_reviewed_it(code: str) -> None:
    english, words = catalogue("en"), catalogue(code)
    bases = plural_bases()
    for key, text in words.items():
        if key.rpartition(".")[0] not in bases:
            assert sorted(re.findall(r"\{\w+\}", text)) == sorted(re.findall(r"\{\w+\}", english[key])), key
    assert words["catalogue.review"] != english["catalogue.review"]


def test_no_barred_word_stands_in_the_english_words() -> None:
    for key, text in catalogue("en").items():
        assert not BARRED.search(text), key
        assert not RESULTS.search(text), key


def test_no_component_writes_words_past_the_catalogue() -> None:
    """Words between tags come from the catalogue or the node; a component holds signs and units."""
    bare = re.compile(r">\s*([A-Za-z][a-z]+ [a-z]+[^<{]*)<")
    for component in (CONSOLE / "src").rglob("*.svelte"):
        markup = re.sub(r"<(script|style).*?</\1>", "", component.read_text(encoding="utf-8"), flags=re.S)
        markup = re.sub(r"<!--.*?-->|<code.*?</code>", "", markup, flags=re.S)
        assert not bare.search(markup), component.name


@pytest.mark.parametrize("code", PLURALS)
def test_no_key_stands_twice_where_the_later_one_would_silently_win(code: str) -> None:
    keys: list[str] = []
    text = (CONSOLE / "catalogues" / f"{code}.json").read_text(encoding="utf-8")
    json.loads(text, object_pairs_hook=lambda pairs: keys.extend(key for key, _ in pairs))
    assert sorted(keys) == sorted(set(keys))
