"""Spelling aloud: letters and figures of call signs and positions as words, in English, Russian and Arabic.

Latin letters are spelled by the ICAO words in every language, written as the language writes them; Cyrillic
and Arabic letters by words of their own. The Arabic list is this project's; no native speaker has reviewed
the Russian and Arabic words.
"""

from __future__ import annotations

import re
from typing import Final

from msgspec import Struct

from keepclear.errors import Malformed

LANGUAGES: Final = ("en", "ru", "ar")


def _listed(words: str) -> list[str]:
    return words.split()


_ICAO: Final = dict(
    zip(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZ",
        _listed(
            "Alfa Bravo Charlie Delta Echo Foxtrot Golf Hotel India Juliett Kilo Lima Mike "
            "November Oscar Papa Quebec Romeo Sierra Tango Uniform Victor Whiskey X-ray Yankee "
            "Zulu"
        ),
        strict=True,
    )
)
_ICAO_RU: Final = dict(
    zip(
        _ICAO,
        _listed(
            "Альфа Браво Чарли Дельта Эхо Фокстрот Гольф Отель Индия Джульетт Кило Лима Майк "
            "Новембер Оскар Папа Квебек Ромео Сьерра Танго Юниформ Виктор Виски Икс-рей Янки "
            "Зулу"
        ),
        strict=True,
    )
)
_ICAO_AR: Final = dict(
    zip(
        _ICAO,
        _listed(
            "ألفا برافو تشارلي دلتا إيكو فوكستروت غولف هوتيل إنديا جولييت كيلو ليما مايك نوفمبر "
            "أوسكار بابا كيبك روميو سييرا تانغو يونيفورم فيكتور ويسكي إكسراي يانكي زولو"
        ),
        strict=True,
    )
)
_RUSSIAN: Final = dict(
    zip(
        "АБВГДЕЁЖЗИЙКЛМНОПРСТУФХЦЧШЩЪЫЬЭЮЯ",
        _listed(
            "Анна Борис Василий Григорий Дмитрий Елена Ёлка Женя Зинаида Иван Иван-краткий "
            "Константин Леонид Михаил Николай Ольга Павел Роман Семён Татьяна Ульяна Фёдор "
            "Харитон Цапля Человек Шура Щука твёрдый-знак еры мягкий-знак Эхо Юрий Яков"
        ),
        strict=True,
    )
)
_ARABIC: Final = dict(
    zip(
        "ابتثجحخدذرزسشصضطظعغفقكلمنهوي",
        _listed(
    "أسد باب تاج ثلج جمل حصان خبز دار ذهب رمان زيتون سماء شمس صقر ضوء طير ظل عين غيم فيل "
    "قمر كتاب ليمون مطر نهر هلال ورد ياسمين"
),
        strict=True,
    )
) | {"أ": "أسد", "إ": "أسد", "آ": "أسد", "ة": "تاء-مربوطة", "ى": "ألف-مقصورة", "ء": "همزة", "ئ": "همزة",
     "ؤ": "همزة"}  # fmt: skip
_FIGURES: Final = {
    "en": _listed("zero wun too tree fower fife six seven ait niner"),
    "ru": _listed("ноль один два три четыре пять шесть семь восемь девять"),
    "ar": _listed("صفر واحد اثنان ثلاثة أربعة خمسة ستة سبعة ثمانية تسعة"),
}
_SIGNS: Final = {
    "en": {".": "decimal", "-": "dash", "+": "plus", "/": "slash", ",": "comma", "°": "degrees",
           "'": "minutes", '"': "seconds", ":": "colon"},
    "ru": {".": "запятая", "-": "дефис", "+": "плюс", "/": "дробь", ",": "далее", "°": "градусов",
           "'": "минут", '"': "секунд", ":": "двоеточие"},
    "ar": {".": "فاصلة", "-": "شرطة", "+": "زائد", "/": "مائل", ",": "ثم", "°": "درجة", "'": "دقيقة",
           '"': "ثانية", ":": "نقطتان"},
}  # fmt: skip
_HEMISPHERES: Final = {
    "en": {"N": "north", "S": "south", "E": "east", "W": "west"},
    "ru": {"N": "северной широты", "S": "южной широты", "E": "восточной долготы", "W": "западной долготы"},
    "ar": {"N": "شمالا", "S": "جنوبا", "E": "شرقا", "W": "غربا"},
}
_LATIN: Final = {"en": _ICAO, "ru": _ICAO_RU, "ar": _ICAO_AR}
MAX_SPELLED = 200


class Spelled(Struct, frozen=True):
    """One sign of a text and the word that spells it."""

    sign: str
    word: str


def spell(text: str, lang: str = "en") -> tuple[Spelled, ...]:
    """Spell a text sign by sign in a language; a space is a pause and is left out.

    Raises:
        Malformed: a language that has no list, a text that is too long, or a sign that cannot be spelled.
    """
    if lang not in LANGUAGES:
        raise Malformed(f'spelling in "{lang[:8]}"', "spelling-language", ", ".join(LANGUAGES), "lang")
    if len(text) > MAX_SPELLED:
        raise Malformed("a text of this length", "spelling-length", f"at most {MAX_SPELLED} signs", "text")
    return tuple(Spelled(sign, _word(sign, lang)) for sign in text if not sign.isspace())


def _word(sign: str, lang: str) -> str:
    upper = sign.upper()
    if sign.isdigit():
        return _FIGURES[lang][int(sign)]
    for table in (_LATIN[lang], _RUSSIAN, _ARABIC, _SIGNS[lang]):
        if upper in table:
            return table[upper]
    raise Malformed(
        f'the sign "{sign}"', "spelling-sign", "letters, figures, and the signs . - + / , : ° ' \"", "text"
    )


def spelled_words(text: str, lang: str = "en") -> str:
    """Spell a text as it is read aloud."""
    return " ".join(each.word for each in spell(text, lang))


def spell_position(written: str, lang: str = "en") -> str:
    """Spell a written position figure by figure, with its hemispheres as words and not as letters."""
    signs = (sign for sign in written if not sign.isspace())
    return " ".join(_HEMISPHERES[lang].get(sign) or _word(sign, lang) for sign in signs)


_ALSO: Final = {
    "alpha": "A", "juliet": "J", "xray": "X", "whisky": "W", "nine": "9", "one": "1", "two": "2",
    "three": "3", "four": "4", "five": "5", "eight": "8", "oh": "0",
}  # fmt: skip


def _known_words() -> dict[str, str]:
    """Give every spelling word with the sign that it stands for, to read a spelled call sign."""
    found = dict(_ALSO)
    for table in (_ICAO, _ICAO_RU, _ICAO_AR, _RUSSIAN):
        for sign, word in table.items():
            found.setdefault(word.casefold().replace("-", ""), sign)
    for figures in _FIGURES.values():
        for number, word in enumerate(figures):
            found[word.casefold()] = str(number)
    return found


_WORDS: Final = _known_words()


def _joined(found: re.Match[str]) -> str:
    """Write a spelling word that has a hyphen as one word; other words with one stay two."""
    whole = found[0].replace("-", "")
    return whole if whole in _WORDS else found[0]


def letters_of(text: str) -> str:
    """Give a call sign as letters and figures, whether it was spelled by words or written."""
    joined = re.sub(r"[^\W_]+(?:-[^\W_]+)+", _joined, text.casefold())
    words = re.findall(r"[^\W_]+", joined)
    return "".join(_WORDS.get(word, word.upper()) for word in words)
