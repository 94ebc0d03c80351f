"""Words by which a measure would permit force, in several languages and spellings (LIM-04)."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from msgspec import Struct

# Letters of Greek and Cyrillic that look like Latin ones; a word that mixes the scripts is read as Latin.
_LOOKALIKES = str.maketrans(
    "аеорсухіјѕкмнтвԁԛԝһӏɡıαεορτυικνηχ",
    "aeopcyxijskmhtbdqwhlgiaeoptuikvnx",
)
_ARABIC = str.maketrans("ٱىة", "ايه")
_BREAKS = re.compile(r"[\W_]+")
_SPACED = re.compile(r"\b(?:\w ){2,}\w\b")
_WORD = re.compile(r"\w+")

_LATIN = re.compile(
    r"\b(free ?fire|fire free (area|zone|box|sector|belt)s?|kill ?(box|zone|area|sack)(es|s)?|"
    r"weapons? ?(free|hot)|(fire|engage|shoot|attack) (at will|on sight)|"
    r"cleared (hot|to (fire|engage|strike))|"
    r"engagement (area|zone|box)s?|open ?fire (area|zone|box)s?|strike (area|zone|box)(es|s)?|"
    r"target(ing|s)? ?(area|zone|list|box)(es|s)?|permissive|permitted fires?|unrestricted fires?|"
    r"tirs? libres?|feux? libres?|tirs? a volonte|zones? d engagement|zones? de destruction)\b"
)
_OTHER = re.compile(
    r"свободн\w+ (огон\w*|огн\w+|обстрел\w*|охот\w+)|огонь на поражение|зон\w+ поражени\w+|"
    r"стрельб\w+ без предупреждени\w+|"
    r"اطلاق (ال)?نار (ال)?حر|(ال)?نيران (ال)?حر|(ال)?رمايه (ال)?حر|منطقه (ال)?قتل"
)


def permits(words: str) -> bool:
    """Tell whether words permit force, however they are spelt, spaced, accented or mixed of two scripts."""
    plain = _plain(words)
    latin = _unmixed(plain)
    return any(_LATIN.search(text) for text in (latin, _closed_up(latin))) or bool(_OTHER.search(plain))


def strings(value: object, at: str) -> Iterator[tuple[str, str]]:
    """Go through every string in a value, however deep, each with the field in which it stands."""
    if isinstance(value, str):
        yield at, value
    elif isinstance(value, Struct):
        for field in value.__struct_fields__:
            yield from strings(getattr(value, field), f"{at}.{field}")
    elif isinstance(value, tuple):
        for number, item in enumerate(value):
            yield from strings(item, f"{at}[{number}]")
    elif isinstance(value, dict):
        for name, item in value.items():
            yield from strings(name, f"{at}.{name}")
            yield from strings(item, f"{at}.{name}")


def _plain(words: str) -> str:
    """Give words in small letters, without accents, invisible signs and the many sorts of dashes."""
    folded = unicodedata.normalize("NFKD", words).casefold()
    bare = "".join(sign for sign in folded if unicodedata.category(sign) not in ("Mn", "Cf"))
    return _BREAKS.sub(" ", bare).translate(_ARABIC)


def _unmixed(plain: str) -> str:
    return _WORD.sub(lambda found: _as_latin(found[0]), plain)


def _as_latin(word: str) -> str:
    return word.translate(_LOOKALIKES) if any("a" <= sign <= "z" for sign in word) else word


def _closed_up(plain: str) -> str:
    """Give words with letters that were set apart drawn together again."""
    return _SPACED.sub(lambda found: found[0].replace(" ", ""), plain)
