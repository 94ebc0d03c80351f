"""The words on the cards in the three languages; none of them was reviewed by a native speaker."""

from __future__ import annotations

from typing import Final

NOT_REVIEWED: Final = {
    "en": "",
    "ru": "Not reviewed by a native speaker.",
    "ar": "Not reviewed by a native speaker.",
}
LANGUAGES: Final = {"en": "English", "ru": "Russian", "ar": "Arabic"}

SCRIPT: Final[tuple[dict[str, str], ...]] = (
    {
        "en": "This is {ours}, duty officer. Who am I speaking to, please? Your name and office.",
        "ru": "Говорит {ours}, дежурный офицер. С кем я говорю? Ваше имя и должность.",
        "ar": "هنا {ours}، الضابط المناوب. مع من أتحدث من فضلك؟ اسمك ومنصبك.",
    },
    {
        "en": "I have a safety message. Please write it down. Is it flash, priority or routine: it is …",
        "ru": "У меня сообщение о безопасности. Запишите, пожалуйста. Срочность: …",
        "ar": "لدي رسالة سلامة. اكتبها من فضلك. درجة الاستعجال: …",
    },
    {
        "en": "Place … Time, in UTC … Height … Number … Asked for: call, warn, ask, or step back.",
        "ru": "Место … Время по UTC … Высота … Число … Просьба: позвонить, предупредить, спросить, отойти.",
        "ar": "المكان … الوقت بالتوقيت العالمي … الارتفاع … العدد … المطلوب: اتصال، تحذير، سؤال، تراجع.",
    },
    {
        "en": "Please read it back to me, part by part.",
        "ru": "Пожалуйста, повторите сообщение по частям.",
        "ar": "من فضلك أعد قراءة الرسالة جزءا جزءا.",
    },
    {
        "en": "That is right. / That is wrong. I say again: …",
        "ru": "Верно. / Неверно. Повторяю: …",
        "ar": "صحيح. / غير صحيح. أكرر: …",
    },
    {
        "en": "Who will you pass it to, and by when? Call me back when it has reached them.",
        "ru": "Кому вы это передадите и к какому времени? Перезвоните, когда сообщение дойдёт.",
        "ar": "إلى من ستنقلها، ومتى؟ اتصل بي عندما تصلهم.",
    },
    {
        "en": "Safety message? Pass it now. I take it; you need not wait for anybody else.",
        "ru": "Сообщение о безопасности? Передавайте сейчас. Я приму; ждать никого не нужно.",
        "ar": "رسالة سلامة؟ مررها الآن. أنا أستلمها؛ لا حاجة لانتظار أحد.",
    },
    {
        "en": "Not ours. / Ours. / I am checking; I call back at … UTC.",
        "ru": "Не наши. / Наши. / Проверяю; перезвоню в … UTC.",
        "ar": "ليسوا لنا. / لنا. / أتحقق؛ أعاود الاتصال في الساعة … بالتوقيت العالمي.",
    },
)

BOXES: Final[tuple[dict[str, str], ...]] = (
    {"en": "Who answered, office", "ru": "Кто ответил, должность", "ar": "من أجاب، المنصب"},
    {"en": "Time (UTC)", "ru": "Время (UTC)", "ar": "الوقت"},
    {"en": "Place, grid", "ru": "Место, координаты", "ar": "المكان"},
    {"en": "From – until (UTC)", "ru": "С – до (UTC)", "ar": "من – إلى"},
    {"en": "Height, datum", "ru": "Высота, отсчёт", "ar": "الارتفاع"},
    {"en": "Number, kind", "ru": "Количество, род", "ar": "العدد"},
    {"en": "What was asked", "ru": "Просьба", "ar": "المطلوب"},
    {"en": "Check code, 8 digits", "ru": "Код проверки", "ar": "رمز التحقق"},
)

LETTERS: Final = (
    "Alfa", "Bravo", "Charlie", "Delta", "Echo", "Foxtrot", "Golf", "Hotel", "India", "Juliett", "Kilo",
    "Lima", "Mike", "November", "Oscar", "Papa", "Quebec", "Romeo", "Sierra", "Tango", "Uniform", "Victor",
    "Whiskey", "X-ray", "Yankee", "Zulu",
)  # fmt: skip
"""ICAO Annex 10, volume II, 5.2.1.3."""

LETTERS_RU: Final = (
    "Анна", "Борис", "Василий", "Григорий", "Дмитрий", "Елена", "Женя", "Зинаида", "Иван", "Иван краткий",
    "Константин", "Леонид", "Михаил", "Николай", "Ольга", "Павел", "Роман", "Семён", "Татьяна", "Ульяна",
    "Фёдор", "Харитон", "Цапля", "Человек", "Шура", "Щука", "Твёрдый знак", "Еры", "Мягкий знак", "Эхо",
    "Юрий", "Яков",
)  # fmt: skip
SIGNS_RU: Final = "АБВГДЕЖЗИЙКЛМНОПРСТУФХЦЧШЩЪЫЬЭЮЯ"

DIGITS: Final = (
    ("0", "ZE-RO", "ноль", "صفر"), ("1", "WUN", "один", "واحد"), ("2", "TOO", "два", "اثنان"),
    ("3", "TREE", "три", "ثلاثة"), ("4", "FOW-er", "четыре", "أربعة"), ("5", "FIFE", "пять", "خمسة"),
    ("6", "SIX", "шесть", "ستة"), ("7", "SEV-en", "семь", "سبعة"), ("8", "AIT", "восемь", "ثمانية"),
    ("9", "NIN-er", "девять", "تسعة"),
)  # fmt: skip
"""The digits as ICAO Annex 10 has them said, and in Russian and Arabic."""

COMPASS: Final = (
    ("North", "север", "شمال"), ("South", "юг", "جنوب"), ("East", "восток", "شرق"), ("West", "запад", "غرب"),
)  # fmt: skip

WHEN_ALL_IS_DOWN: Final = (
    "Take the hotline card. Call the first hotline that fits, let it ring, then the next. Any officer may.",
    "Say the script. Have everything read back, part by part. Write it on the log card, with times in UTC.",
    "No answer is written down too, with its time. Then climb: deputy, commander, chief.",
    "What the other end says it will pass on counts as reported by you, not as received by them.",
    "When the node is back: enter every contact from the log card, with the time at which it was.",
)
CHECK_CODE: Final = (
    "Every text has a check code: eight digits made from its hash. It stands beside the text on the screen.",
    "The sender reads the eight digits aloud in two groups of four. The other end reads out those it holds.",
    "The same digits: both hold the same text. Other digits: they do not. Have the newer one passed again.",
    "Without a screen there is no code: read the whole text back instead, part by part.",
    "A code is no secret and no password. It proves nothing about who is speaking.",
)
NOT_PASSED_ON: Final = (
    "Exact places. This paper does not leave the post. What may go to whom stands in each site's release; "
    "paper changes nothing of it."
)
