"""The hard limits of PURPOSE.md as rules over what is stated.

Fields that a limit bars do not exist (model/statements.py refuses them by name); these rules catch what
could be written in words, and what must not leave its observer.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from keepclear.errors import LimitRefused, Refused
from keepclear.geo.shapes import Area, Circle, Spot, area_km2
from keepclear.model.measures import MeasureKind, MeasureStated
from keepclear.model.notices import BuildUpStated, Observed, PresenceStated, Seen
from keepclear.model.parties import PartyStated
from keepclear.model.statements import Statement, limit_for, original_of
from keepclear.model.telling import Forwarded, ReleaseDecided
from keepclear.model.words import PUBLIC, Count, Form, PartyId, Via
from keepclear.views.picture import Picture

_PERMISSIVE = re.compile(
    r"\b(free[\s-]*fire|kill[\s-]*box|weapons?[\s-]*free|fire[\s-]*at[\s-]*will|cleared[\s-]*hot|"
    r"engage[\s-]*at[\s-]*will|permissive|open[\s-]*fire[\s-]*(area|zone)|target(ing)?[\s-]*(area|zone|list))",
    re.IGNORECASE,
)
_LOADED = re.compile(
    r"(?<![^\W_])(regimes?|enem(y|ies)|hostiles?|terrorists?|targets?|friendl(y|ies))(?![^\W_])",
    re.IGNORECASE,
)
MIN_CELL_M = 1_000.0
MIN_CELL_KM2 = 1.0
_COARSENESS = {Form.EXACT: 0, Form.COVERING: 1, Form.CONFLICT_ONLY: 2}


def refuse_permissive(body: MeasureStated) -> None:
    """Refuse a measure that permits instead of asking, whatever it is called (LIM-04).

    Raises:
        LimitRefused: its name, purpose or term permits force.
    """
    for field in ("name", "purpose", "term"):
        if _PERMISSIVE.search(getattr(body, field)):
            raise LimitRefused(
                f'the measure "{body.name}"',
                "LIM-04",
                "a measure that asks for contact or distance; permissive measures do not exist here",
                f"body.{field}",
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


def guard_disclosure(picture: Picture, statement: Statement, readers: tuple[PartyId, ...]) -> None:
    """Hold back protected sites and others' positions unless a Release for that reader stands.

    A protected site leaves by a Release per recipient only (LIM-06). What is observed of another party's
    people or vehicles leaves as a cell or belt with a count band, after a Release (LIM-08). What the press
    has printed is no observation of the author's. To show another's statement on is to tell what is in it.

    Raises:
        LimitRefused: no Release stands, or the form is too exact.
    """
    outside = [reader for reader in readers if reader != statement.author.party]
    if not outside:
        return
    told = _innermost(statement)
    body = told.body
    if isinstance(body, MeasureStated) and body.measure == MeasureKind.PROTECTED_SITE:
        for reader in outside:
            _need_release(picture, statement, reader, "LIM-06", "a protected site")
    if isinstance(body, Observed | BuildUpStated | PresenceStated) and _is_of_others(told):
        _need_coarse(body)
        if told.via != Via.PRESS:
            for reader in outside:
                _need_release(picture, statement, reader, "LIM-08", "what was observed of others")


def _innermost(statement: Statement) -> Statement:
    """Give what a statement shows on, however often it was shown on before."""
    while isinstance(statement.body, Forwarded):
        statement = original_of(statement.body)
    return statement


def _is_of_others(statement: Statement) -> bool:
    body = statement.body
    author = statement.author.party
    if isinstance(body, PresenceStated):
        # What the press printed of a garrison is in everybody's hands; anybody else's word of others is not.
        return body.party != author and (body.seen == Seen.OBSERVED or statement.via != Via.PRESS)
    if isinstance(body, Observed):
        return body.party != author
    return isinstance(body, BuildUpStated) and body.attributed_to != author


def _need_coarse(body: Observed | BuildUpStated | PresenceStated) -> None:
    area: Area | None
    if isinstance(body, BuildUpStated):
        area, counts = body.area, [band.count for band in body.series]
    else:
        count = body.count if isinstance(body, Observed) else body.strength
        area, counts = body.place.area, [count] if count is not None else []
    radius = (
        area.radius_m if isinstance(area, Circle) else area.accuracy_m if isinstance(area, Spot) else None
    )
    if radius is not None and radius < MIN_CELL_M:
        raise LimitRefused(
            f"others' position told to within {radius:.0f} m",
            "LIM-08",
            f"a cell, belt or circle of at least {MIN_CELL_M:.0f} m",
            "body.area" if isinstance(body, BuildUpStated) else "body.place",
        )
    if area is not None and radius is None and area_km2(area) < MIN_CELL_KM2:
        raise LimitRefused(
            f"others' position told to within {area_km2(area):.3f} km²",
            "LIM-08",
            f"a cell or belt of at least {MIN_CELL_KM2:.0f} km²",
            "body.area" if isinstance(body, BuildUpStated) else "body.place",
        )
    exact = next((count for count in counts if _is_bare_number(count)), None)
    if exact is not None:
        raise LimitRefused(
            f"others' strength told as the exact number {exact.low}",
            "LIM-08",
            "a band, low and high",
            "body.count",
        )


def _is_bare_number(count: Count) -> bool:
    return count.is_exact and not count.words


def _need_release(picture: Picture, statement: Statement, reader: PartyId, limit: str, what: str) -> None:
    releases = [
        body
        for entry, body in picture.about(statement.subject, ReleaseDecided)
        if body.reader == reader
        and entry.statement.author.party == statement.author.party
        and picture.stands(entry)
    ]
    if not releases or releases[-1].withdrawn:
        to = "everybody" if reader == PUBLIC else reader
        raise LimitRefused(
            f"telling {to} {what}",
            limit,
            f"first state it to yourself, then a release of it for {to}, with who decided and the risk note",
            "readers",
        )
    released = releases[-1].form
    if _COARSENESS[statement.form] < _COARSENESS[released]:
        raise LimitRefused(
            f"telling {reader} the {statement.form} form of {what}",
            limit,
            f"the {released} form that was released",
            "form",
        )
