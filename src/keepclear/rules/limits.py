"""The hard limits of PURPOSE.md as rules over what is stated.

Fields that a limit bars do not exist (model/statements.py refuses them by name); these rules catch what
could be written in words, and what must not leave its observer.
"""

from __future__ import annotations

import re

from keepclear.errors import LimitRefused, Refused
from keepclear.geo.shapes import Area, Circle, Polygon, Spot
from keepclear.model.measures import MeasureKind, MeasureStated
from keepclear.model.notices import BuildUpStated, Observed, PresenceStated, Seen
from keepclear.model.parties import PartyStated
from keepclear.model.statements import Statement
from keepclear.model.telling import ReleaseDecided
from keepclear.model.words import PUBLIC, Count, Form, PartyId, Via
from keepclear.views.picture import Picture

_PERMISSIVE = re.compile(
    r"\b(free[\s-]*fire|kill[\s-]*box|weapons?[\s-]*free|fire[\s-]*at[\s-]*will|cleared[\s-]*hot|"
    r"engage[\s-]*at[\s-]*will|permissive|open[\s-]*fire[\s-]*(area|zone)|target(ing)?[\s-]*(area|zone|list))",
    re.IGNORECASE,
)
_LOADED = re.compile(r"\b(regime|enem(y|ies)|hostiles?|terrorists?|targets?|friendl(y|ies))\b", re.IGNORECASE)
MIN_CELL_M = 1_000.0


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
    found = next((word for word in (body.name, *body.local_names.values()) if _LOADED.search(word)), None)
    if found is not None:
        raise Refused(
            f'the party name "{found}"',
            "neutral-words",
            "a neutral name; quotes keep speaker and marks",
            "body.name",
        )


def guard_disclosure(picture: Picture, statement: Statement, readers: tuple[PartyId, ...]) -> None:
    """Hold back protected sites and others' positions unless a Release for that reader stands.

    A protected site leaves by a Release per recipient only (LIM-06). What is observed of another party's
    people or vehicles leaves as a cell or belt with a count band, after a Release (LIM-08). What the press
    has printed is no observation of the author's.

    Raises:
        LimitRefused: no Release stands, or the form is too exact.
    """
    body = statement.body
    outside = [reader for reader in readers if reader != statement.author.party]
    if not outside:
        return
    if isinstance(body, MeasureStated) and body.measure == MeasureKind.PROTECTED_SITE:
        for reader in outside:
            _need_release(picture, statement, reader, "LIM-06", "a protected site")
    if isinstance(body, Observed | BuildUpStated | PresenceStated) and _is_of_others(statement):
        _need_coarse(body)
        if statement.via != Via.PRESS:
            for reader in outside:
                _need_release(picture, statement, reader, "LIM-08", "what was observed of others")


def _is_of_others(statement: Statement) -> bool:
    body = statement.body
    author = statement.author.party
    if isinstance(body, PresenceStated):
        return body.party != author and body.seen == Seen.OBSERVED
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
    if isinstance(area, Polygon) and len(area.exterior) < 4:
        raise LimitRefused("others' position told as a sliver", "LIM-08", "a cell or belt", "body.area")
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
        if body.reader == reader and entry.statement.author.party == statement.author.party
    ]
    if not releases or releases[-1].withdrawn:
        to = "everybody" if reader == PUBLIC else reader
        raise LimitRefused(
            f"telling {to} {what}",
            limit,
            f"first state it to yourself, then a release of it for {to}, with who decided and the risk note",
            "readers",
        )
    if releases[-1].form == Form.COVERING and statement.form == Form.EXACT:
        raise LimitRefused(
            f"telling {reader} the exact form of {what}", limit, "the covering form that was released", "form"
        )
