"""How the structured parts of a message are said, in English, Russian and Arabic, and in two forms a place.

The words are this project's own. No native speaker has reviewed the Russian and Arabic ones; every answer
that holds them says so.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC
from typing import Any, Final

from msgspec import Struct

from keepclear.geo.figures import Circle, Point, Spot
from keepclear.geo.grid import grid
from keepclear.geo.heights import Datum
from keepclear.geo.positions import written
from keepclear.geo.shapes import metres_said
from keepclear.model import parts
from keepclear.model.words import Precedence
from keepclear.views.spelling import LANGUAGES, spell_position, spelled_words

NOT_REVIEWED: Final = "not reviewed by a native speaker"
_FEET_M: Final = 0.3048

LABELS: Final[dict[str, dict[str, str]]] = {
    "place": {"en": "Place", "ru": "Место", "ar": "المكان"},
    "time": {"en": "Time", "ru": "Время", "ar": "الوقت"},
    "height": {"en": "Height", "ru": "Высота", "ar": "الارتفاع"},
    "route": {"en": "Route", "ru": "Маршрут", "ar": "المسار"},
    "count": {"en": "Count", "ru": "Количество", "ar": "العدد"},
    "bank": {"en": "Bank", "ru": "Берег", "ar": "الضفة"},
    "distance": {"en": "Distance", "ru": "Расстояние", "ar": "المسافة"},
    "call-sign": {"en": "Call sign", "ru": "Позывной", "ar": "علامة النداء"},
}
_BANKS: Final[dict[str, dict[str, str]]] = {
    "east": {"en": "east", "ru": "восточный", "ar": "الشرقية"},
    "west": {"en": "west", "ru": "западный", "ar": "الغربية"},
    "north": {"en": "north", "ru": "северный", "ar": "الشمالية"},
    "south": {"en": "south", "ru": "южный", "ar": "الجنوبية"},
    "left": {"en": "left", "ru": "левый", "ar": "اليسرى"},
    "right": {"en": "right", "ru": "правый", "ar": "اليمنى"},
}
_DATUMS: Final[dict[Datum, dict[str, str]]] = {
    Datum.AGL: {"en": "above the ground (AGL)", "ru": "над землёй (AGL)", "ar": "فوق سطح الأرض (AGL)"},
    Datum.AMSL: {
        "en": "above mean sea level (AMSL)", "ru": "над уровнем моря (AMSL)",
        "ar": "فوق مستوى سطح البحر (AMSL)",
    },
    Datum.WGS84: {
        "en": "above the ellipsoid (WGS84)", "ru": "над эллипсоидом (WGS84)", "ar": "فوق المجسم (WGS84)",
    },
    Datum.STD: {
        "en": "on standard pressure (STD)", "ru": "по стандартному давлению (STD)",
        "ar": "وفق الضغط القياسي (STD)",
    },
    Datum.UNKNOWN: {"en": "datum not stated", "ru": "начало отсчёта не названо", "ar": "المرجع غير محدد"},
}  # fmt: skip
# What is counted, after a number: for one, for two to four, for more (Arabic: from three to ten, for more).
_COUNTED: Final[dict[str, dict[str, tuple[str, str, str]]]] = {
    "vehicle": {"ru": ("машина", "машины", "машин"), "ar": ("مركبة", "مركبات", "مركبة")},
    "person": {"ru": ("человек", "человека", "человек"), "ar": ("شخص", "أشخاص", "شخصا")},
    "fighter": {"ru": ("боец", "бойца", "бойцов"), "ar": ("مقاتل", "مقاتلين", "مقاتلا")},
    "aircraft": {"ru": ("самолёт", "самолёта", "самолётов"), "ar": ("طائرة", "طائرات", "طائرة")},
    "convoy": {"ru": ("колонна", "колонны", "колонн"), "ar": ("قافلة", "قوافل", "قافلة")},
    "truck": {"ru": ("грузовик", "грузовика", "грузовиков"), "ar": ("شاحنة", "شاحنات", "شاحنة")},
}
_SINGULAR: Final = {"vehicles": "vehicle", "people": "person", "persons": "person", "fighters": "fighter",
                    "convoys": "convoy", "trucks": "truck"}  # fmt: skip
_METRES: Final = {"en": "metres", "ru": "метров", "ar": "مترا"}
_FEET: Final = {"en": "feet", "ru": "футов", "ar": "قدما"}
_THEN: Final = {"en": "; then ", "ru": "; затем ", "ar": "؛ ثم "}
_TO: Final = {"en": "to", "ru": "до", "ar": "إلى"}
_RADIUS: Final = {"en": "radius", "ru": "радиус", "ar": "نصف القطر"}

OPENING: Final[dict[Precedence, dict[str, str]]] = {
    Precedence.FLASH: {
        "en": "Safety message, flash. I pass it now; any officer can take it.",
        "ru": "Сообщение о безопасности, срочность «молния». Передаю сейчас; принять может любой офицер.",
        "ar": "رسالة سلامة، أولوية قصوى. أمررها الآن؛ يمكن لأي ضابط أن يستلمها.",
    },
    Precedence.PRIORITY: {
        "en": "Safety message, priority. May I pass it now? Any officer can take it.",
        "ru": "Сообщение о безопасности, срочное. Могу передать сейчас? Принять может любой офицер.",
        "ar": "رسالة سلامة عاجلة. هل أمررها الآن؟ يمكن لأي ضابط أن يستلمها.",
    },
    Precedence.ROUTINE: {
        "en": "I have a message. May I pass it now?",
        "ru": "У меня есть сообщение. Могу передать сейчас?",
        "ar": "لدي رسالة. هل أمررها الآن؟",
    },
}
INCOMING: Final = {
    "en": "Safety message? Pass it now; I take it.",
    "ru": "Сообщение о безопасности? Передавайте сейчас; я приму.",
    "ar": "رسالة سلامة؟ مررها الآن؛ أنا أستلمها.",
}
ON_HOLD: Final = {
    "en": "Do not put me on hold. This is a safety message. Any officer can take it.",
    "ru": "Не ставьте на удержание. Это сообщение о безопасности. Принять может любой офицер.",
    "ar": "لا تضعني على الانتظار. هذه رسالة سلامة. يمكن لأي ضابط أن يستلمها.",
}
READ_BACK: Final = {
    "en": "Read it back to me, item by item.",
    "ru": "Повторите по пунктам.",
    "ar": "أعدها علي بندا بندا.",
}
CODE: Final = {
    "en": "The check code is",
    "ru": "Контрольный код",
    "ar": "رمز التحقق هو",
}
WHO: Final = {
    "en": "Who is speaking: name and office? What time do you have?",
    "ru": "Кто говорит: фамилия и должность? Который у вас час?",
    "ar": "من المتحدث: الاسم والمنصب؟ كم الساعة لديكم؟",
}
CLOSING: Final = {
    "en": "Whom will you tell, and when? I stay on the telephone until you answer.",
    "ru": "Кому и когда вы передадите? Я остаюсь на связи до вашего ответа.",
    "ar": "من ستبلغ ومتى؟ أبقى على الهاتف حتى تجيب.",
}
ANSWERS: Final[dict[str, dict[str, str]]] = {
    "ours": {"en": "Ours", "ru": "Наши", "ar": "لنا"},
    "not ours": {"en": "Not ours", "ru": "Не наши", "ar": "ليست لنا"},
    "checking": {"en": "We are checking", "ru": "Проверяем", "ar": "نتحقق"},
    "denied": {"en": "It did not happen", "ru": "Этого не было", "ar": "لم يحدث ذلك"},
    "will act": {"en": "We will act", "ru": "Примем меры", "ar": "سنتصرف"},
    "refuse": {"en": "We will not act", "ru": "Мер принимать не будем", "ar": "لن نتصرف"},
    "no information": {"en": "No information", "ru": "Нет сведений", "ar": "لا معلومات"},
}


class Both(Struct, frozen=True):
    """One phrase in our language and in the counterpart's."""

    ours: str
    theirs: str


def both(phrases: dict[str, str], ours: str, theirs: str) -> Both:
    """Give a phrase in two languages; English stands in for one that is not there."""
    return Both(phrases.get(ours, phrases["en"]), phrases.get(theirs, phrases["en"]))


def known(lang: str) -> str:
    """Give a language that there are phrases in: the one asked for, else English."""
    return lang if lang in LANGUAGES else "en"


def value_words(part: parts.Part, lang: str = "en") -> str:
    """Say the value of one part; a place in two forms."""
    return _VALUES[type(part)](part, known(lang))


def decimal_form(point: Point) -> str:
    """Give a position as decimal degrees with hemisphere letters, to about a metre."""
    north, east = "NS"[point.lat < 0], "EW"[point.lon < 0]
    return f"{abs(point.lat):.5f}{north} {abs(point.lon):.5f}{east}"


def two_forms(point: Point) -> str:
    """Give a position in its two forms: degrees, minutes and seconds, and decimal degrees."""
    return f"{written(point)} / {decimal_form(point)}"


def _place(part: parts.PlacePart, lang: str) -> str:
    if isinstance(part.place, Spot):
        return two_forms(part.place.at)
    return f"{two_forms(part.place.center)}, {_RADIUS[lang]} {metres_said(part.place.radius_m)}"


def _time(part: parts.TimePart, lang: str) -> str:
    at = part.at.at.astimezone(UTC)
    local = f" ({part.at.shown()})" if part.at.offset not in ("+00:00", "Z") else ""
    return f"{at:%Y-%m-%d %H:%M:%S} UTC{local}" if at.second else f"{at:%Y-%m-%d %H:%M} UTC{local}"


def _height(part: parts.HeightPart, lang: str) -> str:
    value_m = part.height.value_m
    return f"{value_m:.0f} {_METRES[lang]} {_DATUMS[part.height.datum][lang]}"


def _route(part: parts.RoutePart, lang: str) -> str:
    return _THEN[lang].join(decimal_form(spot.at) for spot in part.points)


def _count(part: parts.CountPart, lang: str) -> str:
    band = f"{part.low}" if part.high is None else f"{part.low} {_TO[lang]} {part.high}"
    return f"{band} {_counted(part.unit, part.low if part.high is None else part.high, lang)}"


def _counted(unit: str, count: int, lang: str) -> str:
    """Say what is counted in a language; a unit that is not known in it stays as its author wrote it."""
    one = unit.casefold()
    words = _COUNTED.get(_SINGULAR.get(one, one), {}).get(lang)
    if words is None:
        return unit
    if lang == "ar":
        return words[0] if count in (1, 2) else words[1] if 3 <= count % 100 <= 10 else words[2]
    last = 0 if 11 <= count % 100 <= 14 else count % 10
    return words[0] if last == 1 else words[1] if 2 <= last <= 4 else words[2]


def _bank(part: parts.BankPart, lang: str) -> str:
    return _BANKS[part.bank.value][lang]


def _distance(part: parts.DistancePart, lang: str) -> str:
    return f"{part.distance_m:.0f} {_METRES[lang]}"


def _call_sign(part: parts.CallSignPart, lang: str) -> str:
    return part.call_sign


_VALUES: Final[dict[type[Struct], Callable[[Any, str], str]]] = {
    parts.PlacePart: _place,
    parts.TimePart: _time,
    parts.HeightPart: _height,
    parts.RoutePart: _route,
    parts.CountPart: _count,
    parts.BankPart: _bank,
    parts.DistancePart: _distance,
    parts.CallSignPart: _call_sign,
}


def grid_of(part: parts.Part) -> str:
    """Give the grid reference of a place, to a metre; "" for other parts and near the poles."""
    if not isinstance(part, parts.PlacePart):
        return ""
    point = part.place.at if isinstance(part.place, Spot) else part.place.center
    return grid(point)


def spelled(part: parts.Part, lang: str) -> str:
    """Spell what is spelled: positions figure by figure, call signs letter by letter; "" for the rest."""
    match part:
        case parts.PlacePart(place=Spot(at=point)) | parts.PlacePart(place=Circle(center=point)):
            return spell_position(written(point), known(lang))
        case parts.RoutePart():
            return " | ".join(spell_position(decimal_form(spot.at), known(lang)) for spot in part.points)
        case parts.CallSignPart():
            return spelled_words(part.call_sign, known(lang))
        case _:
            return ""
