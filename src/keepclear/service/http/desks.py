"""Routes of a desk that only look: views, what was told, what is held, one statement."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any, Generic, TypeVar

import msgspec
from msgspec import Struct
from starlette.responses import Response

from keepclear.errors import Malformed, NotKnown
from keepclear.model.measures import MeasureStated
from keepclear.model.statements import Entry, Statement, digest_of
from keepclear.model.words import PUBLIC, PartyId, StatementId, SubjectId
from keepclear.rules.attention import Attention, attention
from keepclear.service.auth import Role
from keepclear.service.http import counted_lists
from keepclear.service.http.beside_live import from_live
from keepclear.service.http.hotline_lists import ROWS
from keepclear.service.http.policy import Policy, kept_back
from keepclear.service.http.routes import AT, MAX_DIGITS, Call, Param, Route
from keepclear.service.node import Node
from keepclear.service.play import Play
from keepclear.views import activity, hotlines, incidents, measures, mechanisms, parties, threads
from keepclear.views.attribution import Said, full_title, said, title
from keepclear.views.daily_counts import HandedIn
from keepclear.views.desk import DeskView, Setting, banner, desk
from keepclear.views.picture import Picture
from keepclear.views.told import Behind, Ladder, Outbox, outbox, told
from keepclear.views.validity import validity

Item = TypeVar("Item")
PAGE = 200


class Sight(Struct, frozen=True):
    """What a view is worked out from: the picture and outbox cut at one instant, and that instant.

    `handed` are counts a day from the live picture, which stand beside the record.
    """

    picture: Picture
    outbox: Outbox
    now: datetime
    handed: tuple[HandedIn, ...] = ()


class ToldRow(Struct, frozen=True):
    """One text that was told, and how far it got.

    `superseded` tells that the reader was told a later text in this form, `holds_older` that it was not told
    of a change: `behind` says which (restated, taken back, or a condition), and why it was left out.
    """

    statement: StatementId
    subject: SubjectId
    kind: str
    title: str
    ordinal: int
    superseded: bool
    holds_older: bool
    behind: tuple[Behind, ...]
    stated_at: datetime
    recorded_at: datetime
    ladder: Ladder


class ToldAnswer(Struct, frozen=True):
    """What `author` had told `reader` by `at`."""

    author: PartyId
    reader: PartyId
    at: datetime | None
    banner: str
    items: tuple[ToldRow, ...]


class HeldRow(Struct, frozen=True):
    """One statement that has reached a desk; `validity` says of a measure whether its stated times run."""

    statement: StatementId
    subject: SubjectId
    kind: str
    title: str
    author: PartyId
    reader: PartyId
    stated_at: datetime
    received_at: datetime
    digest: str
    validity: str = ""


class HeldAnswer(Struct, frozen=True):
    """A page of what has reached a desk, in order of arrival; `next` continues it, or is null."""

    party: PartyId
    at: datetime | None
    banner: str
    items: tuple[HeldRow, ...]
    next: str | None


class LogPlace(Struct, frozen=True):
    """Where an entry stands."""

    author: PartyId
    reader: PartyId
    index: int


class StatementAnswer(Struct, frozen=True):
    """One statement, whole, with its place in the log through which it came, under the purpose banner."""

    statement: Statement
    digest: str
    said: Said
    told_to: tuple[PartyId, ...]
    log: LogPlace
    banner: str


class ListAnswer(Struct, Generic[Item], frozen=True):
    """One list of a desk. The purpose banner goes with every list, since some tell of observed forces."""

    party: PartyId
    at: datetime | None
    banner: str
    items: list[Item]


LISTS: dict[str, tuple[Callable[[Sight], Any], Any]] = {
    "parties": (lambda s: parties.parties(s.picture), ListAnswer[parties.PartyView]),
    "relations": (lambda s: parties.relations(s.picture), ListAnswer[parties.RelationView]),
    "relays": (lambda s: parties.relays(s.picture), ListAnswer[parties.RelayView]),
    "agreements": (lambda s: parties.agreements(s.picture), ListAnswer[parties.AgreementView]),
    "hotlines": (lambda s: hotlines.hotlines(s.picture, s.now), ListAnswer[hotlines.HotlineView]),
    "measures": (lambda s: measures.measures(s.picture, s.now), ListAnswer[measures.MeasureView]),
    "overlays": (
        lambda s: measures.overlays(s.picture, s.outbox, s.now),
        ListAnswer[measures.OverlayView],
    ),
    "notices": (lambda s: activity.notices(s.picture), ListAnswer[activity.NoticeView]),
    "presences": (lambda s: activity.presences(s.picture, s.outbox), ListAnswer[activity.PresenceView]),
    "observations": (
        lambda s: activity.observations(s.picture, s.outbox),
        ListAnswer[activity.ObservationView],
    ),
    "buildups": (lambda s: activity.buildups(s.picture, s.now), ListAnswer[activity.BuildUpView]),
    "remarks": (lambda s: activity.remarks(s.picture), ListAnswer[activity.RemarkView]),
    "messages": (lambda s: threads.messages(s.picture, s.outbox, s.now), ListAnswer[threads.MessageView]),
    "meetings": (lambda s: threads.meetings(s.picture), ListAnswer[threads.MeetingView]),
    "incidents": (lambda s: incidents.incidents(s.picture), ListAnswer[incidents.IncidentView]),
    "publics": (lambda s: incidents.publics(s.picture), ListAnswer[incidents.PublicView]),
    "sources": (lambda s: incidents.sources(s.picture), ListAnswer[incidents.SourceView]),
    "links": (lambda s: incidents.links(s.picture), ListAnswer[incidents.LinkView]),
    "attention": (lambda s: attention(s.picture, s.outbox, s.now), ListAnswer[Attention]),
    "mechanisms": (
        lambda s: mechanisms.mechanisms(s.picture, s.outbox, s.now),
        ListAnswer[mechanisms.MechanismView],
    ),
    **{name: (look, ListAnswer[row]) for name, (look, row) in {**ROWS, **counted_lists.ROWS}.items()},  # type: ignore[valid-type]
}


def sight(node: Node, party: PartyId, at: datetime | None) -> Sight:
    """Give what a party's views are worked out from, as of an instant or of now."""
    now = node.clock.now()
    if at is None or at >= now:
        return Sight(node.picture(party), node.outbox(party), now)
    own = (entry for entry in _written_by(node, party) if entry.recorded_at <= at)
    return Sight(node.picture(party, at), outbox(party, own), at)


def sight_of(call: Call) -> Sight:
    """Give what the caller's views are worked out from; an observer's leave out what its desk told nobody."""
    node, party, at = call.writer.node, call.party, call.at()
    seen = sight(node, party, at)
    if call.caller.role is not Role.OBSERVER:
        return msgspec.structs.replace(seen, handed=from_live(call).handed)
    box = seen.outbox
    shared = [
        entry
        for entry in node.inbox(party)
        if seen.picture.entry(entry.statement.id) is entry and not kept_back(call.caller, entry, box)
    ]
    told_on = [
        entry
        for reader in box.readers()
        for entry in box.told(reader)
        if not kept_back(call.caller, entry, box)
    ]
    visible = Picture(party, seen.picture.at, seen.picture.shapes).fold(shared)
    return Sight(visible, outbox(party, told_on), seen.now)


def _written_by(node: Node, party: PartyId) -> list[Entry]:
    box = node.outbox(party)
    return [entry for reader in box.readers() for entry in box.told(reader)]


def answer(call: Call, value: object, etag_of: object | None = None) -> Response:
    """Give a value as JSON under an ETag made of its bytes alone."""
    body = msgspec.json.encode(value)
    marked = body if etag_of is None else msgspec.json.encode(etag_of)
    etag = f'"{sha256(marked).hexdigest()[:32]}"'
    headers = {"ETag": etag, "Cache-Control": "private, no-cache"}
    known = call.request.headers.get("if-none-match", "").split(",")
    if etag in [tag.strip().removeprefix("W/") for tag in known]:
        return Response(status_code=304, headers=headers)
    return Response(body, 200, headers, "application/json")


async def picture(call: Call) -> Response:
    """Answer the whole desk."""
    await call.writer.settled()
    node, at = call.writer.node, call.at()
    seen = sight_of(call)
    found = attention(seen.picture, seen.outbox, seen.now)
    setting = Setting(
        live=at is None or at >= node.clock.now(),
        cursor=str(node.inbox_size(call.party)),
        cap=node.cap,
        caption=call.request.app.state.caption,
    )
    whole = desk(seen.picture, seen.outbox, seen.now, found, setting)
    return answer(call, whole, msgspec.structs.replace(whole, now=datetime.min.replace(tzinfo=UTC)))


def lister(name: str) -> Callable[[Call], Any]:
    """Make the handler of one list."""

    async def listed(call: Call) -> Response:
        await call.writer.settled()
        at = call.at()
        seen = sight_of(call)
        items = LISTS[name][0](seen)
        return answer(call, ListAnswer(call.party, at, banner(call.writer.node.cap), items))

    return listed


async def told_to(call: Call) -> Response:
    """Answer what the desk had told a reader.

    Raises:
        NotKnown: a party that this desk neither knows nor has told anything, as one that is mistyped.
    """
    await call.writer.settled()
    node, at = call.writer.node, call.at()
    reader = PartyId(call.request.path_params["reader"])
    seen = sight_of(call)
    rows = tuple(
        ToldRow(
            statement=row.entry.statement.id,
            subject=row.entry.statement.subject,
            kind=row.entry.statement.kind,
            title=title(seen.picture, row.entry),
            ordinal=row.ordinal,
            superseded=row.superseded,
            holds_older=bool(row.behind),
            behind=row.behind,
            stated_at=row.entry.statement.stated_at,
            recorded_at=row.entry.recorded_at,
            ladder=row.ladder,
        )
        for row in told(seen.outbox, seen.picture, reader, at)
    )
    if not rows and reader not in (call.party, PUBLIC):
        heard_of = {row.party for row in parties.parties(node.picture(call.party))}
        play: Play | None = call.request.app.state.demo
        known = sorted(heard_of.union((call.party,), play.sides if play else ()))
        if reader not in known:
            asked = f'what was told to "{reader[:40]}", a party that this desk does not know'
            raise NotKnown(asked, "unknown-party", f"one of {', '.join([*known, PUBLIC])}", "reader")
    return answer(call, ToldAnswer(call.party, reader, at, banner(node.cap), rows))


async def held(call: Call) -> Response:
    """Answer a page of what has reached the desk, in order of arrival."""
    await call.writer.settled()
    node, at = call.writer.node, call.at()
    start = _count(call.query("after"), "after", 0, 10**9)
    limit = _count(call.query("limit"), "limit", PAGE, 1000, least=1)
    looked = sight_of(call)
    seen = looked.picture
    rows: list[HeldRow] = []
    position = start
    come = [at is None or entry.received_at <= at for entry in node.inbox(call.party, start)]
    for entry, has_come in zip(node.inbox(call.party, start), come, strict=True):
        if len(rows) >= limit:
            break
        position += 1
        if has_come and seen.entry(entry.statement.id) is entry:
            rows.append(_held_row(looked, entry))
    more = any(come[position - start :])
    following = str(position) if more else None
    return answer(call, HeldAnswer(call.party, at, banner(node.cap), tuple(rows), following))


def _held_row(looked: Sight, entry: Entry) -> HeldRow:
    statement = entry.statement
    is_measure = isinstance(statement.body, MeasureStated)
    stands = measures.standing(looked.picture, entry) if is_measure else ""
    return HeldRow(
        statement=statement.id,
        subject=statement.subject,
        kind=statement.kind,
        title=full_title(looked.picture, entry),
        author=entry.log.author,
        reader=entry.log.reader,
        stated_at=statement.stated_at,
        received_at=entry.received_at,
        digest=digest_of(statement),
        validity=validity(statement, stands, looked.now).words if is_measure else "",
    )


def _count(value: str | None, name: str, default: int, most: int, least: int = 0) -> int:
    if value is None:
        return default
    is_number = value.isascii() and value.isdigit() and len(value) <= MAX_DIGITS
    if not is_number or not least <= int(value) <= most:
        raise Malformed(f'{name} of "{value[:40]}"', "count", f"a whole number from {least} to {most}", name)
    return int(value)


async def statement(call: Call) -> Response:
    """Answer one statement that has reached the desk."""
    await call.writer.settled()
    node = call.writer.node
    identity = StatementId(call.request.path_params["statement"])
    seen = sight_of(call)
    entry = seen.picture.entry(identity)
    if entry is None:
        raise NotKnown(f"statement {identity}", "held", "the id of a statement that has reached this desk")
    box = seen.outbox
    readers = tuple(reader for reader in box.readers() if box.entry(reader, identity) is not None)
    place = LogPlace(entry.log.author, entry.log.reader, entry.index)
    whole = entry.statement
    shown = StatementAnswer(
        whole, digest_of(whole), said(seen.picture, entry), readers, place, banner(node.cap)
    )
    return answer(call, shown)


def routes() -> list[Route]:
    """List the routes of this module."""
    base = "/api/v1/desks/{party}"
    pages = (AT, Param("after", "the `next` of the page before"), Param("limit", "rows, at most 1000"))
    rows = [
        Route("GET", f"{base}/picture", Policy.READ, picture, "The whole desk.", DeskView, params=(AT,)),
        Route(
            "GET",
            f"{base}/told/{{reader}}",
            Policy.READ,
            told_to,
            "What this desk had told a reader, and the rungs reached.",
            ToldAnswer,
            params=(AT,),
        ),
        Route(
            "GET",
            f"{base}/held",
            Policy.READ,
            held,
            "What has reached this desk, in order.",
            HeldAnswer,
            params=pages,
        ),
        Route(
            "GET",
            f"{base}/statements/{{statement}}",
            Policy.READ,
            statement,
            "One statement, whole.",
            StatementAnswer,
            params=(AT,),
        ),
    ]
    for name, (_, gives) in LISTS.items():
        rows.append(
            Route(
                "GET",
                f"{base}/{name}",
                Policy.READ,
                lister(name),
                f"The {name} of this desk.",
                gives,
                params=(AT,),
            )
        )
    return rows
