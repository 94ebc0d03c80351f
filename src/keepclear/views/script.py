"""The call script of a message: what to say, in two languages, and the boxes for the read-back."""

from __future__ import annotations

from msgspec import Struct

from keepclear.model.channels import ChannelStated, ContactLogged
from keepclear.model.codes import check_code, spoken_code
from keepclear.model.hotline import MessageSent, Text, WarningGiven
from keepclear.model.statements import Entry, digest_of
from keepclear.model.words import PartyId, Precedence, SubjectId
from keepclear.views.attribution import names, title
from keepclear.views.picture import Picture
from keepclear.views.readbacks import Repeated, parts_of, repeated
from keepclear.views.saying import (
    ANSWERS,
    CLOSING,
    CODE,
    INCOMING,
    LABELS,
    NOT_REVIEWED,
    ON_HOLD,
    OPENING,
    READ_BACK,
    WHO,
    Both,
    both,
    grid_of,
    known,
    spelled,
    value_words,
)
from keepclear.views.spelling import spelled_words


class Code(Struct, frozen=True):
    """The check code of a text: its eight digits, and how they are read aloud."""

    digits: str
    spoken: str


class Line(Struct, frozen=True):
    """One structured part as it is said: `field` names its read-back box; label, value and spelling.

    `grid` is a place's grid reference (MGRS, to a metre), "" for other parts and near the poles.
    """

    field: str
    part: str
    label: Both
    value: Both
    spelled: Both
    grid: str
    grid_spelled: Both


class Choice(Struct, frozen=True):
    """One answer that is asked for: the word that is stated, and how it is said."""

    answer: str
    said: Both


class ScriptView(Struct, frozen=True):
    """The script of one message, in the order in which it is spoken.

    `ours` and `theirs` are the languages (two letters). `texts` are the words of the message: the original
    first, a translation beside it where the message has one; `wording` is the message's words in our and in
    their language, "" where it has none. `reviewed` says what is known of the standing phrases in their
    language. `repeated` has what each addressee has read back so far.
    """

    statement: str
    subject: SubjectId
    title: str
    digest: str
    code: Code
    precedence: str
    purpose: str
    to: tuple[str, ...]
    ours: str
    theirs: str
    incoming: Both
    opening: Both
    on_hold: Both
    texts: tuple[Text, ...]
    wording: Both
    lines: tuple[Line, ...]
    code_words: Both
    read_back: Both
    who: Both
    answers: tuple[Choice, ...]
    closing: Both
    reviewed: str
    repeated: tuple[Repeated, ...]


def code_of(entry: Entry) -> Code:
    """Give the check code of a statement."""
    digits = check_code(digest_of(entry.statement))
    return Code(digits, spoken_code(digits))


def script(picture: Picture, entry: Entry, ours: str = "en", theirs: str | None = None) -> ScriptView:
    """Build the script of a text; without a language for them, the one in which they are known to speak."""
    body = entry.statement.body
    message = body if isinstance(body, MessageSent | WarningGiven) else None
    to = () if message is None else message.to
    here, there = known(ours), known(theirs or language_of(picture, to))
    precedence = Precedence.ROUTINE if message is None else message.precedence
    texts = () if message is None else tuple(sorted(message.texts, key=lambda text: text.translation))
    asks = body.asks if isinstance(body, MessageSent) else ()
    code = code_of(entry)
    said = both(CODE, here, there)
    return ScriptView(
        statement=entry.statement.id,
        subject=entry.statement.subject,
        title=title(picture, entry),
        digest=digest_of(entry.statement),
        code=code,
        precedence=precedence.value,
        purpose=body.purpose.value if isinstance(body, MessageSent) else entry.statement.kind,
        to=names(picture, to),
        ours=here,
        theirs=there,
        incoming=both(INCOMING, here, there),
        opening=both(OPENING[precedence], here, there),
        on_hold=both(ON_HOLD, here, there),
        texts=texts,
        wording=Both(_words_in(texts, here), _words_in(texts, there)),
        lines=_lines(entry, here, there),
        code_words=Both(f"{said.ours} {code.spoken}", f"{said.theirs} {code.spoken}"),
        read_back=both(READ_BACK, here, there),
        who=both(WHO, here, there),
        answers=tuple(Choice(ask.value, both(ANSWERS[ask.value], here, there)) for ask in asks),
        closing=both(CLOSING, here, there),
        reviewed="" if there == "en" else NOT_REVIEWED,
        repeated=tuple(repeated(picture, entry, reader) for reader in to),
    )


def _lines(entry: Entry, here: str, there: str) -> tuple[Line, ...]:
    return tuple(
        Line(
            field=part.name,
            part=str(part.__struct_config__.tag),
            label=both(LABELS[str(part.__struct_config__.tag)], here, there),
            value=Both(value_words(part, here), value_words(part, there)),
            spelled=Both(spelled(part, here), spelled(part, there)),
            grid=grid_of(part),
            grid_spelled=Both(*(spelled_words(grid_of(part), lang) for lang in (here, there))),
        )
        for part in parts_of(entry.statement)
    )


def _words_in(texts: tuple[Text, ...], lang: str) -> str:
    return next((text.words for text in texts if text.lang == lang), "")


_LANGUAGES = {"russian": "ru", "arabic": "ar", "english": "en", "русский": "ru", "العربية": "ar"}


def language_of(picture: Picture, to: tuple[PartyId, ...]) -> str:
    """Tell in which language a party speaks on the telephone: as last heard, else as its hotlines say."""
    heard = [
        (body.started.at, body.language)
        for _, _, body in picture.each(ContactLogged)
        if body.with_party in to and body.language
    ]
    if heard:
        return max(heard)[1]
    for _, _, channel in picture.each(ChannelStated):
        for end in channel.ends:
            spoken = [_LANGUAGES.get(lang.casefold(), lang.casefold()) for lang in end.languages]
            if end.party in to and spoken:
                return next((lang for lang in spoken if lang in ("ru", "ar")), spoken[0])
    return "en"
