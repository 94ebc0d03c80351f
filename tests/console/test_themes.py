"""The three lights of the console: every text stands out enough from every ground it is set on."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

THEMES = Path(__file__).parents[2] / "console/src/look/themes.css"
GROUNDS = ("ground", "panel", "inset")
TEXTS = ("text", "soft", "accent", "alarm", "caution", "done", "party-a", "party-b", "party-c", "exercise")
MAP_LINES = (
    "map-boundary",
    "map-zone",
    "map-area",
    "map-presence",
    "map-buildup",
    "map-incident",
    "map-place",
)


def tokens() -> dict[str, dict[str, str]]:
    blocks = re.findall(r"\[data-theme='(\w+)'\] \{(.*?)\n\}", THEMES.read_text(encoding="utf-8"), re.S)
    return {theme: dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", body)) for theme, body in blocks}


def luminance(color: str) -> float:
    channels = [int(color[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    bright, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (bright + 0.05) / (dark + 0.05)


def test_black_on_white_has_the_known_contrast() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21.0)


def test_there_are_day_dusk_and_night_with_the_same_tokens() -> None:
    themes = tokens()
    assert set(themes) == {"day", "dusk", "night"}
    assert len({frozenset(values) for values in themes.values()}) == 1


@pytest.mark.parametrize("theme", ["day", "dusk", "night"])
@pytest.mark.parametrize("text", TEXTS)
def test_text_stands_at_four_and_a_half_to_one_on_every_ground(theme: str, text: str) -> None:
    values = tokens()[theme]
    for ground in GROUNDS:
        assert contrast(values[text], values[ground]) >= 4.5, f"{text} on {ground}"


@pytest.mark.parametrize("theme", ["day", "dusk", "night"])
def test_what_is_drawn_on_the_map_stands_at_three_to_one_and_its_names_higher(theme: str) -> None:
    values = tokens()[theme]
    for line in MAP_LINES:
        assert contrast(values[line], values["map-land"]) >= 3.0, line
        assert contrast(values[line], values["map-halo"]) >= 4.5, f"{line} as a name"
    assert contrast(values["on-accent"], values["accent"]) >= 4.5
