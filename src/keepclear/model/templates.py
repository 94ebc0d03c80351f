"""Message templates: texts with places for values, in several languages, and who approved which wording."""

from __future__ import annotations

import hashlib
import re
from typing import Annotated, Final

from msgspec import Meta, Struct

from keepclear.model.words import Name

PLACEHOLDER: Final = re.compile(r"\{([a-z][a-z0-9 _-]{0,39})\}")
TextHash = Annotated[str, Meta(pattern="^[0-9a-f]{64}$(?!\n)")]
Language = Annotated[str, Meta(pattern="^[a-z]{2}$(?!\n)")]


class Wording(Struct, frozen=True, forbid_unknown_fields=True):
    """The words of a template in one language."""

    lang: Language
    text: Annotated[str, Meta(min_length=1, max_length=4000)]

    @property
    def text_hash(self) -> str:
        """Give the SHA-256 of these words: what an approval names. Changed words need a new approval."""
        return hashlib.sha256(self.text.encode()).hexdigest()


class TemplateApproved(
    Struct,
    frozen=True,
    tag_field="kind",
    tag="template-approved",
    forbid_unknown_fields=True,
    omit_defaults=True,
):
    """A named person of the deployment has read these words and lets them be used in earnest.

    `role` is the office; the person's name stands in an attachment, as all names do. It stays in the own log.
    """

    template: Name
    lang: Language
    text_hash: TextHash
    role: Name


def placeholders(text: str) -> tuple[str, ...]:
    """Give the names of the places for values in a template's text, each once, in their order."""
    return tuple(dict.fromkeys(PLACEHOLDER.findall(text)))
