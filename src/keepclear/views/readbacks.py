"""Read-backs held against what was said, field by field: what is the same, what differs, what is open."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime

from msgspec import Struct
from msgspec.structs import replace

from keepclear.geo.figures import Circle, Point, Spot
from keepclear.model import parts
from keepclear.model.hotline import MessageSent, ReadBack, ReadBackSettled, WarningGiven
from keepclear.model.measures import MeasureStated
from keepclear.model.notices import NoticeStated
from keepclear.model.statements import Entry, Statement
from keepclear.model.words import PartyId, StatementId
from keepclear.times import Stamp
from keepclear.views.attribution import as_it_came, party_name
from keepclear.views.hearing import Compared, Outcome, compare
from keepclear.views.picture import Picture, speaks_for_itself
from keepclear.views.saying import value_words

NOT_READ, NOT_IN_TEXT, SETTLED = "not read back", "not in the text", "settled"
OPEN = frozenset((Outcome.DIFFERS.value, Outcome.INCOMPLETE.value, Outcome.UNREADABLE.value))


class FieldView(Struct, frozen=True):
    """One structured part and what was heard of it.

    `outcome` is "same", "differs", "incomplete", "unreadable", "settled" (by a person's word: `settled`),
    "not read back", or "not in the text" for a field that the message does not have. `point` is where a place
    that was heard would lie, `gap_m` how far that is from what was said. `read_back` is the statement that
    holds what was heard, "" in a comparison that was not stated.
    """

    field: str
    part: str
    said: str
    heard: str
    outcome: str
    words: str
    settled: str
    point: Point | None
    gap_m: float | None
    read_back: str


class Repeated(Struct, frozen=True):
    """How far a reader has repeated a text: field by field, what is open, and whether it may be confirmed."""

    reader: PartyId
    reader_name: str
    fields: tuple[FieldView, ...]
    open: tuple[str, ...]
    may_confirm: bool


def parts_of(statement: Statement) -> tuple[parts.Part, ...]:
    """Give the structured parts of a text: a message's own, those of a circle, those of a notice."""
    body = statement.body
    match body:
        case MessageSent() | WarningGiven():
            return body.parts
        case MeasureStated(shape=Circle() as circle):
            return _circle("centre", circle)
        case NoticeStated():
            return tuple(_notice_parts(body))
        case _:
            return ()


def _circle(name: str, circle: Circle) -> tuple[parts.Part, ...]:
    place = parts.PlacePart(name, Spot(circle.center, 0.0))
    return (place, parts.DistancePart("radius", circle.radius_m))


def _notice_parts(body: NoticeStated) -> Iterator[parts.Part]:
    """Give the parts of a notice's volumes, numbered where there are several."""
    for number, volume in enumerate(body.volumes, start=1):
        tail = "" if len(body.volumes) == 1 else f" {number}"
        if isinstance(volume.area, Circle):
            for part in _circle("centre", volume.area):
                yield _renamed(part, tail)
        elif isinstance(volume.area, Spot):
            yield parts.PlacePart(f"place{tail}", volume.area)
        for name, height in (("floor", volume.floor), ("ceiling", volume.ceiling)):
            if height is not None:
                yield parts.HeightPart(f"{name}{tail}", height)
        for name, at in (("start", volume.window.start), ("end", volume.window.end)):
            if at is not None:
                yield parts.TimePart(f"{name}{tail}", Stamp(at))


def _renamed(part: parts.Part, tail: str) -> parts.Part:
    return replace(part, name=f"{part.name}{tail}")


def field_name(name: str) -> str:
    """Give the name of a field in one writing, so that "Place " and "place" are one."""
    return " ".join(name.casefold().replace("_", " ").split())


def compare_fields(statement: Statement, fields: Mapping[str, str]) -> tuple[FieldView, ...]:
    """Hold what was typed as heard against a text; nothing is stated by it."""
    heard = {field_name(name): words for name, words in fields.items()}
    known = parts_of(statement)
    rows = [_row(part, heard.get(field_name(part.name))) for part in known]
    names = {field_name(part.name) for part in known}
    return (*rows, *(_stray(name, words) for name, words in fields.items() if field_name(name) not in names))


def _row(part: parts.Part, heard: str | None, settled: str = "", read_back: str = "") -> FieldView:
    compared = None if heard is None else compare(part, heard)
    outcome = NOT_READ if compared is None else compared.outcome.value
    if settled and outcome in OPEN:
        outcome = SETTLED
    found = compared or Compared(Outcome.INCOMPLETE)
    return FieldView(
        field=part.name,
        part=str(part.__struct_config__.tag),
        said=value_words(part),
        heard=heard or "",
        outcome=outcome,
        words=found.words,
        settled=settled,
        point=found.point,
        gap_m=found.gap_m,
        read_back=read_back,
    )


def _stray(name: str, words: str, read_back: str = "") -> FieldView:
    return FieldView(name, "", "", words, NOT_IN_TEXT, "", "", None, None, read_back)


def repeated(picture: Picture, entry: Entry, reader: PartyId, at: datetime | None = None) -> Repeated:
    """Fold what a reader read back of a text by an instant, by its own word or as its author heard it.

    What was read back last of a field counts. A field is open while it differs, is incomplete or cannot be
    read, unless the text's author has settled it by explicit word. It may be confirmed when every structured
    field was read back, and none is open.
    """
    heard: dict[str, tuple[str, Entry]] = {}
    stray: list[FieldView] = []
    known = parts_of(entry.statement)
    names = {field_name(part.name) for part in known}
    for told, body in read_backs_of(picture, entry.statement.id, reader):
        if at is not None and told.received_at > at:
            continue
        for name, words in body.fields.items():
            if field_name(name) in names:
                heard[field_name(name)] = (words, told)
            else:
                stray.append(_stray(name, words, told.statement.id))
    rows = [_of(picture, entry, part, heard.get(field_name(part.name)), at) for part in known]
    still = tuple(row.field for row in rows if row.outcome in OPEN)
    whole = all(row.outcome not in (NOT_READ, *OPEN) for row in rows)
    some = bool(heard or stray)
    return Repeated(
        reader, party_name(picture, reader), (*rows, *stray), still, whole and (some or not known)
    )


def _of(
    picture: Picture, entry: Entry, part: parts.Part, heard: tuple[str, Entry] | None, at: datetime | None
) -> FieldView:
    if heard is None:
        return _row(part, None)
    words, told = heard
    settled = _settled(picture, told, part.name, entry.statement.author.party, at)
    return _row(part, words, settled, told.statement.id)


def _settled(picture: Picture, told: Entry, field: str, author: PartyId, at: datetime | None) -> str:
    """Give the author's explicit word about a field of one read-back; "" where there is none."""
    for settled, body in picture.about(told.statement.id, ReadBackSettled):
        if at is not None and settled.received_at > at:
            continue
        named = {field_name(name) for name in body.fields}
        by_author = settled.statement.author.party == author and speaks_for_itself(settled.statement)
        if by_author and picture.stands(settled) and field_name(field) in named:
            return f"{body.role}: {body.words}"
    return ""


def read_backs_of(picture: Picture, text: StatementId, reader: PartyId) -> list[tuple[Entry, ReadBack]]:
    """Give what a reader read back of a text that stands, in the order in which it came."""
    told = [
        (entry, body)
        for entry, body in picture.about(text, ReadBack)
        if picture.stands(entry) and whose(entry.statement) == reader
    ]
    return sorted(told, key=lambda item: as_it_came(item[0]))


def whose(statement: Statement) -> PartyId:
    """Tell who read back: the party whose words a statement reports, else its author."""
    speaker = statement.said_by
    return statement.author.party if speaker is None or speaker.party is None else speaker.party


def readers_of(picture: Picture, text: StatementId) -> list[PartyId]:
    """Give the parties that have read a text back, by name."""
    told = picture.about(text, ReadBack)
    return sorted({whose(entry.statement) for entry, _ in told if picture.stands(entry)})
