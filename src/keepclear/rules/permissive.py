"""Words by which a measure would permit force, in several languages and spellings (LIM-04)."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from msgspec import Struct

# Letters of Greek and Cyrillic that look like Latin ones; a word that mixes the scripts is read as Latin.
_LOOKALIKES = str.maketrans(
    "аеорсухіјѕкмнтвԁԛԝһӏɡıαεορτυικνηχгпиьяёзʀғքօսոհѵγωρ",
    "aeopcyxijskmhtbdqwhlgiaeoptuikvnxrnubreerfpounhvywp",
)
_FIGURES = str.maketrans("013457", "oieast")
_ARABIC = str.maketrans("ٱىةیک", "ايهيك")
_BREAKS = re.compile(r"[\W_]+")
_SPACED = re.compile(r"\b(?:\w ){2,}\w\b")
_WORD = re.compile(r"\w+")
_FIGURE = re.compile(r"[013457]")
_DIGEST_OR_ID = re.compile(r"[0-9a-f]{64}|[A-Z]+\.[a-z2-7]{24}")

_HARM = r"(struck|shot( at)?|engaged|attacked|hit|killed|destroyed|fired (up)?on|bombed|shelled|targeted)"
_ANY = r"(all|any|every|everything|everybody|everyone|anything|anybody|anyone|whatever|whoever|those)"
# What permits, to whomever it is said and in whatever it stands.
_GRANTS = re.compile(
    r"\b(free ?fires?|freefire\w*|fire free (area|zone|box|sector|belt)s?|weapons? ?(are )?free|"
    r"weapons? hold (is |has been )?(lifted|over|off|ended|cancelled|canceled|released)|"
    r"(fire|engage|shoot|attack) at will|clear(ed)? (hot|to (fire|engage|strike|shoot|attack|kill|bomb))|"
    r"free to (fire|engage|strike|shoot|attack|kill|bomb)|"
    r"(roe|rules of engagement) (is |are |has been |have been )?(waived|suspended|lifted|off|void)|"
    r"no (restrictions?|limits?|limitations?) on (the )?"
    r"(fires?|firing|engagements?|force|use of force|weapons?)|permitted fires?|unrestricted fires?|"
    r"tirs? libres?|feux? libres?|tirs? a volonte|(tirs?|feu) autorises?|"
    r"feuer ?frei\w*|frei(e[snmr]?|es)? ?(feuer|schuss)\w*|schiess(en)? (frei|erlaubt)|feuererlaubnis|"
    r"fuego libre|libre fuego|fuego a discrecion|(fuego|bombardeo|disparar) (autorizado|permitido)|"
    r"disparar sin (previo )?aviso|fogo livre|fuoco libero|libero fuoco|"
    r"serbest ates\w*|ates serbest\w*|atese? (acik|izni verildi)|vur emri)\b"
)
# What a measure, notice or agreement must not say besides: a warning may have to speak of these things.
_NAMES = re.compile(
    r"\b(kill ?(box|zone|area|sack)(es|s)?|ffas?|weapons? ?hot|(fire|engage|shoot|attack) on sight|"
    r"engagement (area|zone|box)s?|open ?fire (area|zone|box)s?|strike (area|zone|box)(es|s)?|"
    r"target(ing|s)? ?(area|zone|list|box)(es|s)?|permissive|fair game|legitimate targets?|"
    rf"(engage|shoot|destroy|kill|strike|attack|bomb|shell|hit) {_ANY}|"
    rf"({_ANY}|enter\w*|cross\w*|inside)( \w+){{0,6}} "
    rf"(may|can|will|shall|should|must|is to|are to) be {_HARM}|"
    r"(fires?|firing|shooting|shelling|bombing|(air ?)?strikes?) (is |are )?(now )?"
    r"(permitted|allowed|authori[sz]ed|approved)|(permission|permitted|allowed|authori[sz]ed) to "
    r"(fire|engage|shoot|strike|attack|bomb)|(fire|shoot) without warning|"
    r"zones? d engagement|zones? de destruction|zona de (muerte|aniquilamiento)|todeszone|olum bolgesi)\b"
)


def _other(*patterns: str) -> re.Pattern[str]:
    """Compile patterns of other scripts, in the spelling into which words are brought before reading."""
    return re.compile(unicodedata.normalize("NFKD", "|".join(patterns)).translate(_ARABIC))


_OTHER = _other(
    r"свободн\w+ (огон\w*|огн\w+|обстрел\w*|охот\w+)|огонь на поражение|зон\w+ поражени\w+",
    r"(стрельб\w+|стреля\w+|огонь) без предупреждени\w+|фри ?фаи?р",
    r"(огонь|стрельб\w+|обстрел\w*|(авиа)?удар\w*|бомбардировк\w+) разреш\w+",
    r"разреш\w+ (открыва\w+ |открыт\w+ |вести )?(огонь|стрел\w+|обстрел\w*|(авиа)?удар\w*)",
    r"стреля\w+ во все|уничтож\w+ (все|всех|любо\w+)|вогонь дозволен\w*|вільн\w+ вог\w+",
    r"اطلاق (ال)?نار (ال)?حر|(ال)?نيران (ال)?حر|(ال)?رمايه (ال)?حر|منطقه (ال)?قتل",
    r"(اطلاق (ال)?نار|(ال)?قصف|(ال)?غارات?|(ال)?غاره|(ال)?رمي|(ال)?رمايه|(ال)?ضرب) "
    r"(مسموح|مباح|مصرح|مرخص)\w*",
    r"(?<!غير )(مسموح|يسمح) (ب|ب?ال)?(اطلاق|قصف|ضرب|رمي)",
    r"اتش (ازاد|به اختيار|مجاز)|(شليك|تيراندازي|بمباران) (ازاد|مجاز)|منطقه اتش ازاد",
    r"אש חופשי\w*|ירי חופשי|ירי מותר|מותר (לירות|לתקוף|להפציץ)",
    r"自由 ?(开火|開火|射击|射擊|射撃|火力|交战|交戰)",
    r"(允许|允許|准许|准許) ?(开火|開火|射击|射擊)|射撃 ?自由",
    r"자유 ?사격|무제한 ?사격",
)
_NOT = re.compile(
    r"\b(not|no|never|nor|non|nicht|kein|keine|pas|не|нет|никогда|غير|لا|ليس)( be| been| yet)? $"
)
# Words by which a name would promise what nobody can: there is no "clear", "safe" or "approved" here.
_PROMISES = re.compile(
    r"\b(clear|cleared|safe|safely|approved|guaranteed)\b|"
    r"\b(безопасн(ый|ыи|ая|ое|о|ого) (проход|коридор|зона|въезд)\w*|одобрен\w*)\b|"
    r"\b(منطقه|ممر|طريق) (ال)?امنه?\b"
)


# The same role or code is read in every act: what was found of the last few texts is kept.
REMEMBERED = 1_024


def is_made_by_machine(words: str) -> bool:
    """Tell whether a text is a digest or an id: one long run of signs, in which nobody says anything."""
    return _DIGEST_OR_ID.fullmatch(words) is not None


@lru_cache(maxsize=REMEMBERED)
def permits(words: str) -> bool:
    """Tell whether words permit force, however they are spelt, spaced, accented or mixed of two scripts."""
    return any(
        _GRANTS.search(text) or _NAMES.search(text) or _OTHER.search(text) for text in _spellings(words)
    )


@lru_cache(maxsize=REMEMBERED)
def grants(words: str) -> bool:
    """Tell whether words said to somebody permit force; what follows a plain *not* does not.

    Narrower than `permits`, so that a warning can say what will happen and a message can say that somebody
    is not free to fire.
    """
    if is_made_by_machine(words):
        return "." in words and grants(words.partition(".")[0])
    return any(
        _NOT.search(text[: found.start()]) is None
        for text in _spellings(words)
        for pattern in ((_GRANTS,) if text.isascii() else (_GRANTS, _OTHER))
        for found in pattern.finditer(text)
    )


def promises(words: str) -> bool:
    """Tell whether a name promises that one may enter unharmed or that somebody has allowed it."""
    return any(_PROMISES.search(text) for text in _spellings(words))


def _spellings(words: str) -> tuple[str, ...]:
    """Give words in the spellings in which they could be meant, the plainest first."""
    plain = _plain(words)
    latin = plain if plain.isascii() else _unmixed(plain)
    spellings = (plain, latin, _closed_up(latin), _unfigured(latin))
    return tuple(dict.fromkeys(spellings))


def _unfigured(plain: str) -> str:
    """Give words with figures that stand for letters read as these; a number stays one."""
    if _FIGURE.search(plain) is None:
        return plain  # as most are
    # Of a plain text nothing but blanks stands between words; most of them hold no figure.
    return " ".join([word if word.isalpha() else _lettered(word) for word in plain.split(" ")])


def _lettered(word: str) -> str:
    return word.translate(_FIGURES) if any("a" <= sign <= "z" for sign in word) else word


_last: tuple[object, str, tuple[tuple[str, str], ...]] = (None, "", ())


def strings(value: object, at: str) -> tuple[tuple[str, str], ...]:
    """Give every string in a frozen value, however deep, each with the field in which it stands.

    Half a dozen rules ask for those of one body in turn, so the last answer is kept.
    """
    global _last  # noqa: PLW0603 - a memory of one, of a value that never changes
    kept = _last
    if kept[0] is not value or kept[1] != at or not isinstance(value, Struct):
        found: list[tuple[str, str]] = []
        _gather(value, at, found)
        kept = _last = (value, at, tuple(found))
    return kept[2]


def _gather(value: object, at: str, found: list[tuple[str, str]]) -> None:
    if isinstance(value, str):
        found.append((at, value))
    elif isinstance(value, Struct):
        for field in value.__struct_fields__:
            member = getattr(value, field)
            if isinstance(member, str):
                found.append((f"{at}.{field}", member))
            elif member:  # an empty or absent member holds no string
                _gather(member, f"{at}.{field}", found)
    elif isinstance(value, tuple):
        for number, item in enumerate(value):
            _gather(item, f"{at}[{number}]", found)
    elif isinstance(value, dict):
        for name, item in value.items():
            _gather(name, f"{at}.{name}", found)
            _gather(item, f"{at}.{name}", found)


def _plain(words: str) -> str:
    """Give words in small letters, without accents, invisible signs and the many sorts of dashes."""
    if words.isascii():
        return _BREAKS.sub(" ", words.lower())
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
