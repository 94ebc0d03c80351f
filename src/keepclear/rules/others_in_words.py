"""Whether words speak of others' forces, and of forces that are somewhere now (LIM-08)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import timedelta

from keepclear.model.incidents import IncidentStated
from keepclear.model.statements import Statement

PRESENT = timedelta(hours=24)
# Words of parties' names that say nothing of whose they are.
_COMMON = frozenset(
    [
        "agency",
        "agencies",
        "arab",
        "armed",
        "army",
        "authority",
        "center",
        "centre",
        "cell",
        "civil",
        "civilian",
        "command",
        "committee",
        "council",
        "defence",
        "defense",
        "democratic",
        "desk",
        "federation",
        "force",
        "forces",
        "free",
        "government",
        "group",
        "headquarters",
        "hotline",
        "international",
        "local",
        "military",
        "militia",
        "ministry",
        "mission",
        "monitor",
        "monitors",
        "national",
        "nations",
        "north",
        "office",
        "organisation",
        "organization",
        "party",
        "people",
        "press",
        "pro-government",
        "public",
        "reading",
        "republic",
        "room",
        "society",
        "south",
        "state",
        "states",
        "support",
        "team",
        "union",
        "united",
        "with",
    ]
)
_FORCES = re.compile(
    r"\b(tanks?|armou?r|troops?|forces?|soldiers?|fighters?|militia\w*|units?|infantry|artillery|guns?|mortars?|"
    r"vehicles?|convoys?|columns?|garrisons?|battalions?|companies|company|brigades?|regiments?|aircraft|"
    r"helicopters?|drones?|launchers?|headquarters|hq|commanders?|advisers?|snipers?|t-?\d{2}|bmps?|btrs?)\b"
    r"|танк\w*|войск\w*|солдат\w*|колонн\w*|артилл\w*|боевик\w*|военн\w*|دباب\w*|قوات|جنود|مدفعي\w*|مقاتل\w*"
)
_THEIRS = re.compile(
    r"\b(your|their|his|enem(y|ies)|hostiles?|opposing|adversar\w+)( [\w-]+){0,2}? "
    r"(tanks?|armou?r|troops?|forces?|soldiers?|fighters?|artillery|guns?|mortars?|t-?\d{2}|snipers?|launchers?)\b"
)
_STANDING = re.compile(
    r"\b(stands?|standing|sits?|sitting|parked|located|positioned|deployed|dug in|stationed|present|presence|"
    r"gather\w*|assembl\w+|camp(ed|ing)?|wait(s|ing)|hid(es|ing|den)|(is|are) (here|there|now)|observed|seen|"
    r"sighted|spotted|massing|build-?up)\b|стоя[тщ]\w*|стоит|наход\w+|располож\w+|замечен\w*|скоплени\w+|"
    r"موجود\w*|متمركز\w*|[يت]تمركز\w*|[يت]قف\w*"
)
_STANDING_NOW = re.compile(
    r"\b(stands?|sits?|standing|parked|located|dug in|is|are|remains?) (\w+ ){0,2}(here|there|now|at this)\b"
)


def speak_of_forces(words: str, names: Iterable[str], own_names: Iterable[str] = ()) -> bool:
    """Tell whether words speak of forces by a form of a party's name, as "Russian tanks" do of Russia's.

    Args:
        words: what is said.
        names: the names of the party of which they might speak.
        own_names: names of the speaker; what both names share says nothing of whose they are.
    """
    folded = words.casefold()
    if _FORCES.search(folded) is None:
        return False
    shared = stems(own_names)
    return any(re.search(rf"(?<!\w){re.escape(stem)}", folded) for stem in stems(names) - shared)


def speak_of_theirs(words: str) -> bool:
    """Tell whether words speak of forces as somebody else's without a name: "your tanks", "enemy guns"."""
    return _THEIRS.search(words.casefold()) is not None


def stems(names: Iterable[str]) -> set[str]:
    """Give the beginnings of the telling words of names, on which their adjectives begin as well."""
    words = (word for name in names for word in re.findall(r"[\w-]{4,}", name.casefold()))
    return {word[: max(4, len(word) - 2)] for word in words if word not in _COMMON}


def is_present(told: Statement, body: IncidentStated) -> bool:
    """Tell whether an incident says that somebody stands somewhere, and of the last day.

    What happened is history and keeps its place. An act that is no event but a state ("stands here", "seen")
    is a sighting by another name. What stays open: a sighting that is dressed up as an event ("shelling"),
    and one dated back by more than a day.
    """
    at = body.occurred.span().end or body.occurred.at
    if told.stated_at - at > PRESENT:
        return False
    state = any(_STANDING.search(words.casefold()) for words in (body.act, body.name))
    now = any(_STANDING_NOW.search(words.casefold()) for words in (body.narrative, told.remarks))
    return state or now
