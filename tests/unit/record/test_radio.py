"""Bytes read out over a radio come back whole, or it is said which rows to say again."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keepclear.errors import Malformed
from keepclear.record.radio import MAX_BYTES, is_radio_text, radio_text, read_radio

SAID = bytes(range(256)) * 3


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=1_500))
def test_what_is_read_out_comes_back(content):
    text = radio_text("PROOF", content)
    assert is_radio_text(text)
    assert read_radio("PROOF", text) == content
    assert read_radio("PROOF", text.lower().replace("\n", "\r\n\r\n")) == content


def test_it_is_said_in_groups_of_capital_letters_and_digits_that_are_not_confused():
    rows = radio_text("PROOF", SAID).splitlines()
    assert re.fullmatch(r"KEEPCLEAR PROOF \d+ ROWS", rows[0])
    for row in rows[1:-1]:
        assert re.fullmatch(r"\d\d( [A-Z2-7]{1,5})+ [A-Z2-7]{4}", row), row
    assert re.fullmatch(r"END [A-Z2-7]{8}", rows[-1])


def test_rows_may_come_in_any_order_and_more_than_once():
    first, *rows = radio_text("PROOF", SAID).splitlines()
    assert read_radio("PROOF", "\n".join([first, *reversed(rows), *rows])) == SAID


def test_what_sounds_like_a_letter_is_taken_as_one():
    text = radio_text("PROOF", SAID)
    first, *rows = text.splitlines()
    heard = [f"{row[:3]}{row[3:].translate(str.maketrans('OIB', '018'))}" for row in rows]
    heard[-1] = rows[-1]
    assert read_radio("PROOF", "\n".join([first, *heard])) == SAID


def test_every_misheard_letter_names_its_row():
    lines = radio_text("PROOF", SAID[:60]).splitlines()
    for number, line in enumerate(lines[1:-1], 1):
        for place in range(3, len(line)):
            if line[place] == " ":
                continue
            wrong = line[:place] + ("Q" if line[place] != "Q" else "R") + line[place + 1 :]
            changed = [*lines[:number], wrong, *lines[number + 1 :]]
            with pytest.raises(Malformed) as refused:
                read_radio("PROOF", "\n".join(changed))
            assert refused.value.rule == "radio-row"
            assert f"rows {number} are" in refused.value.asked


def test_a_missing_end_or_a_wrong_one_is_refused():
    lines = radio_text("PROOF", SAID).splitlines()
    for last, rule in (([], "radio-row"), (["END QQQQQQQQ"], "radio-end")):
        with pytest.raises(Malformed) as refused:
            read_radio("PROOF", "\n".join([*lines[:-1], *last]))
        assert refused.value.rule == rule


def test_another_kind_of_text_is_refused():
    with pytest.raises(Malformed):
        read_radio("RECEIPT", radio_text("PROOF", SAID))
    with pytest.raises(Malformed):
        read_radio("PROOF", "")
    with pytest.raises(Malformed):
        radio_text("PROOF", bytes(MAX_BYTES + 1))


def test_what_would_unpack_without_end_is_cut_off():
    import base64
    import zlib

    from keepclear.record import radio

    letters = base64.b32encode(zlib.compress(bytes(10_000_000), 9)).decode().rstrip("=")
    rows = [letters[start : start + 40] for start in range(0, len(letters), 40)]
    lines = [f"KEEPCLEAR PROOF {len(rows)} ROWS"]
    lines += [f"{number:02d} {row} {radio._check(number, row)}" for number, row in enumerate(rows, 1)]
    with pytest.raises(Malformed) as refused:
        read_radio("PROOF", "\n".join([*lines, "END QQQQQQQQ"]))
    assert refused.value.rule == "radio-text"
