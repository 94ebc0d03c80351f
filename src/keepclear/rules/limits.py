"""The hard limits of PURPOSE.md as rules over what is stated.

Fields that a limit bars do not exist (model/statements.py refuses them by name); these rules catch what
could be written in words, and what must not leave its observer.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from keepclear.errors import LimitRefused, Refused
from keepclear.model.measures import MeasureStated
from keepclear.model.parties import AgreementStated, PartyStated
from keepclear.model.statements import Statement, limit_for
from keepclear.rules.permissive import grants, permits, promises, strings

_LOADED = re.compile(
    r"(?<![^\W_])(regimes?|enem(y|ies)|hostiles?|terrorists?|targets?|friendl(y|ies))(?![^\W_])",
    re.IGNORECASE,
)


def refuse_permissive(statement: Statement) -> None:
    """Refuse a measure, notice, agreement or condition that permits instead of asking (LIM-04).

    Every word that its author chose is read, whatever the thing is called.

    Raises:
        LimitRefused: a field whose words permit force.
    """
    body = statement.body
    read: object = (body.name, body.provides) if isinstance(body, AgreementStated) else body
    for field, words in (*strings(read, "body"), ("remarks", statement.remarks)):
        if permits(words):
            raise LimitRefused(
                f'the words "{words[:80]}"',
                "LIM-04",
                "words that ask for contact or distance; permissive measures do not exist here",
                "body" if isinstance(body, AgreementStated) else field,
            )


def refuse_granting(statement: Statement) -> None:
    """Refuse a message, warning, answer or stance that gives leave to use force (LIM-04).

    To warn of force, to protest against it and to say that somebody may *not* fire stays possible.

    Raises:
        LimitRefused: a field whose words give leave.
    """
    for field, words in (*strings(statement.body, "body"), ("remarks", statement.remarks)):
        if grants(words):
            raise LimitRefused(
                f'the words "{words[:80]}"',
                "LIM-04",
                "words that ask, warn or answer; nobody gives leave to use force here",
                field,
            )


def refuse_promise(body: MeasureStated) -> None:
    """Refuse a measure whose name promises; what others agreed to stands in stances and `basis`.

    Raises:
        Refused: the name says that a place is without danger or that somebody has allowed it.
    """
    if promises(body.name):
        raise Refused(
            f'the name "{body.name[:80]}"',
            "no-promise",
            "a name that says where it is; who agreed to it stands beside it (agreed by …, basis agreed)",
            "body.name",
        )


def refuse_loaded_name(body: PartyStated) -> None:
    """Refuse a party name that takes sides; legal labels go under `labels` with their jurisdiction.

    Raises:
        Refused: the name holds a word that domain.md bars.
    """
    names = (body.party, body.name, *body.local_names.values())
    found = next((name for name in names if _LOADED.search(name)), None)
    if found is not None:
        raise Refused(
            f'the party name "{found}"',
            "neutral-words",
            "a neutral name; quotes keep speaker and marks",
            "body.name",
        )


def refuse_barred_names(named: Iterable[str], where: str) -> None:
    """Refuse names of members that a hard limit bars, where a body leaves its members' names to its author.

    Raises:
        LimitRefused: a member would hold what no field may hold.
    """
    for name in named:
        barred = limit_for(name)
        if barred is not None:
            raise LimitRefused(
                f'a member "{name[:60]}"', barred[0], f"leave it out: {barred[1]}", f"{where}.{name[:60]}"
            )
