"""What would break, turn or hide words is made visible; the spelling of other languages is left alone."""

from __future__ import annotations

import pytest

from keepclear.views.signs import STEERING, shielded


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        ("a\nEXERCISE FLASH", "a␊EXERCISE FLASH"),
        ("\x07\x1b[2J", "␇␛[2J"),
        ("\u202eEVIL\u202c", "<U+202E>EVIL<U+202C>"),
        ("Cli\u200bnic", "Cli<U+200B>nic"),
        ("\u2028\ufeff\xad\u2060", "<U+2028><U+FEFF><U+00AD><U+2060>"),
        (chr(0xE0041), "<U+E0041>"),
    ],
)
def test_steering_signs_are_shown(words, shown):
    assert shielded(words) == shown


def test_the_spelling_of_other_languages_stays():
    kept = "Евфрат · الفرات · می\u200cخواهم · 33°30'"
    assert shielded(kept) == kept
    assert not set(map(chr, STEERING)) & set(kept)
