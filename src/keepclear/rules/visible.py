"""Words that can be seen: no name and no text of blanks or invisible signs alone, no towers of accents."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from keepclear.errors import Malformed
from keepclear.model.statements import Statement
from keepclear.rules.permissive import REMEMBERED, strings

MAX_MARKS = 8
# Blanks, breaks, directions, tags, variation selectors: nothing that leaves ink by itself.
_INKLESS = frozenset({"Cc", "Cf", "Cn", "Co", "Cs", "Mn", "Me", "Zl", "Zp", "Zs"})
# Letters and symbols that are drawn as blanks: the fillers of Hangul and the empty cell of Braille.
_DRAWN_BLANK = re.compile("[\u115f\u1160\u2800\u3164\uffa0]")


def refuse_unseen(statement: Statement) -> None:
    """Refuse words in which nothing can be seen, and runs of more accents than any script writes.

    Raises:
        Malformed: which words, as written out.
    """
    more = (statement.said_by, statement.attachments)
    beside = strings(more, "statement") if any(more) else ()
    for field, words in (*strings(statement.body, "body"), ("remarks", statement.remarks), *beside):
        if words[:1].isalnum() and words.isascii():
            continue  # as most are: a letter is seen, and there are no accents
        if words and not is_seen(words):
            raise Malformed(
                f"words in which nothing can be seen ({words[:8]!a})",
                "visible-words",
                "words with letters, figures or signs, or none where none are needed",
                field,
            )
        if most_marks(words) > MAX_MARKS:
            raise Malformed(
                f"{most_marks(words)} accents on one letter",
                "combining-marks",
                f"at most {MAX_MARKS} in a row",
                field,
            )


@lru_cache(maxsize=REMEMBERED)
def is_seen(words: str) -> bool:
    """Tell whether words have at least one sign that leaves ink."""
    bare = _DRAWN_BLANK.sub("", words)
    return any(unicodedata.category(sign) not in _INKLESS for sign in bare)


def most_marks(words: str) -> int:
    """Give how many combining marks stand in a row at most; signs without ink between them do not count."""
    most = run = 0
    if words.isascii():
        return 0
    for sign in words:
        category = unicodedata.category(sign)
        if category in ("Mn", "Me"):
            run += 1
            most = max(most, run)
        elif category != "Cf":
            run = 0
    return most
