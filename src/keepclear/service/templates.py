"""The message templates that come with Keepclear: read from a file of the package, filled from parts."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from functools import cache
from importlib.resources import files

import msgspec
from msgspec import Struct

from keepclear.errors import NotKnown, Refused
from keepclear.model.hotline import Answer, MessageSent, Purpose, Text
from keepclear.model.parts import Part
from keepclear.model.templates import Wording, placeholders
from keepclear.model.words import Name, PartyId, Precedence
from keepclear.views.saying import value_words

FILE = "phrasebook/messages.toml"


class Template(Struct, frozen=True, forbid_unknown_fields=True):
    """One template: what it is for, and its words by language; the English ones are the original."""

    name: Name
    purpose: Purpose
    precedence: Precedence
    texts: dict[str, str]
    asks: tuple[Answer, ...] = ()

    def wordings(self) -> tuple[Wording, ...]:
        """Give its words in each language, the original first."""
        return tuple(Wording(lang, text) for lang, text in self.texts.items())

    def wording(self, lang: str) -> Wording:
        """Give its words in a language.

        Raises:
            NotKnown: it has none in that language.
        """
        if lang not in self.texts:
            raise NotKnown(
                f'the template "{self.name}" in "{lang}"', "template-language", ", ".join(self.texts), "lang"
            )
        return Wording(lang, self.texts[lang])


class _File(Struct, frozen=True, forbid_unknown_fields=True):
    template: tuple[Template, ...]


@cache
def templates() -> tuple[Template, ...]:
    """Read the templates of the package."""
    raw = (files("keepclear.service") / FILE).read_text(encoding="utf-8")
    return msgspec.convert(tomllib.loads(raw), _File).template


def template(name: str) -> Template:
    """Give a template by its name.

    Raises:
        NotKnown: there is none of this name.
    """
    found = next((each for each in templates() if each.name == name), None)
    if found is None:
        known = ", ".join(each.name for each in templates())
        raise NotKnown(f'the template "{name[:80]}"', "template", known, "template")
    return found


def filled(
    found: Template, to: tuple[PartyId, ...], langs: Iterable[str], parts: tuple[Part, ...]
) -> MessageSent:
    """Fill a template from structured parts, in several languages; the original stands in front.

    Raises:
        NotKnown: a language that the template does not have.
        Refused: a part that its words need is missing.
    """
    by_name = {part.name: part for part in parts}
    texts = []
    for lang in dict.fromkeys(("en", *langs)):
        wording = found.wording(lang)
        missing = [name for name in placeholders(wording.text) if name not in by_name]
        if missing:
            raise Refused(
                f'the template "{found.name}" without {", ".join(missing)}',
                "template-parts",
                f"a part named {missing[0]}",
                "parts",
            )
        words = wording.text
        for name in placeholders(words):
            words = words.replace(f"{{{name}}}", value_words(by_name[name], lang))
        texts.append(
            Text(words, lang, translation=lang != "en", template=found.name, template_hash=wording.text_hash)
        )
    return MessageSent(
        to=to,
        purpose=found.purpose,
        texts=tuple(texts),
        precedence=found.precedence,
        asks=found.asks,
        parts=parts,
    )
