"""What the basemap and the packages are made of: small, named in three scripts, from no private place."""

from __future__ import annotations

import json
import re
from pathlib import Path

CONSOLE = Path(__file__).parents[2] / "console"


def gazetteer() -> dict:
    return json.loads((CONSOLE / "public/gazetteer.json").read_text(encoding="utf-8"))


def test_the_gazetteer_is_small_and_credits_its_source() -> None:
    assert (CONSOLE / "public/gazetteer.json").stat().st_size < 300_000
    assert "GeoNames" in gazetteer()["source"]
    assert gazetteer()["licence"] == "CC BY 4.0"
    for code in ("en", "ru", "ar"):
        credit = json.loads((CONSOLE / f"catalogues/{code}.json").read_text(encoding="utf-8"))["map.credit"]
        assert "GeoNames" in credit
        assert "CC BY 4.0" in credit


def test_the_places_of_the_accounts_have_their_names_in_three_scripts() -> None:
    places = {place[4]: place for place in gazetteer()["places"]}
    pinned = re.search(r"PINNED = new Set\(\[(.*?)\]", (CONSOLE / "src/map/gazetteer.ts").read_text(), re.S)
    assert pinned
    names = re.findall(r"'([^']+)'", pinned[1])
    assert "Deir ez-Zor" in names
    for name in names:
        assert re.search("[А-я]", places[name][5]), name
        assert re.search("[\u0621-\u064a]", places[name][6]), name


def test_deir_ez_zor_stands_where_it_is() -> None:
    place = next(place for place in gazetteer()["places"] if place[4] == "Deir ez-Zor")
    assert abs(place[0] - 40.14) < 0.05
    assert abs(place[1] - 35.34) < 0.05


def test_the_lock_of_the_packages_names_no_host_to_fetch_them_from() -> None:
    lock = json.loads((CONSOLE / "package-lock.json").read_text(encoding="utf-8"))
    assert all("resolved" not in package for package in lock["packages"].values())
    assert all("integrity" in package for name, package in lock["packages"].items() if name)
