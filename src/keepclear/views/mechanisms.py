"""The fifteen mechanisms of the accounts, each with the live things that show it.

Rows are found by what the statements are, never by a name, so that they hold for any course of events.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime

from msgspec import Struct

from keepclear.model.hotline import Answer, AnswerGiven
from keepclear.model.incidents import PublicStated, ReplyMade, Topic
from keepclear.model.measures import MeasureKind
from keepclear.model.notices import Activity
from keepclear.model.parties import RelationStated
from keepclear.model.words import StatementId
from keepclear.views.activity import ObservationView, PresenceView
from keepclear.views.attribution import speaker_words
from keepclear.views.desk import DeskView, desk
from keepclear.views.incidents import AspectView, IncidentView
from keepclear.views.measures import MeasureView, StanceView
from keepclear.views.parties import RELAYING, directions
from keepclear.views.picture import Picture
from keepclear.views.sides import SideTest
from keepclear.views.told import Outbox
from keepclear.views.wording import shortened, text_words


class MechanismRow(Struct, frozen=True):
    """A live thing that shows a mechanism; `view` is the list of the desk in which it stands."""

    title: str
    subject: str
    statement: str
    view: str


class MechanismView(Struct, frozen=True):
    """One mechanism with its rows; a mechanism that nothing shows is empty and says so."""

    mechanism: str
    rows: tuple[MechanismRow, ...]
    empty: bool


def mechanisms(picture: Picture, box: Outbox, now: datetime) -> list[MechanismView]:
    """List the fifteen mechanisms in their fixed order."""
    view = desk(picture, box, now)
    found = []
    for mechanism, rows_of in _MECHANISMS:
        rows = tuple(dict.fromkeys(rows_of(picture, view)))
        found.append(MechanismView(mechanism, rows, not rows))
    return found


Rows = Iterable[MechanismRow]


def _hotlines(picture: Picture, view: DeskView) -> Rows:
    for row in view.hotlines:
        yield MechanismRow(
            f"{row.name}: {row.domain}, {row.level}", row.subject, row.said.statement, "hotlines"
        )


def _no_direct_link(picture: Picture, view: DeskView) -> Rows:
    """Give the ways that go through others, each at the relation over which its last step goes."""
    steps = {
        step: (subject, text.statement.id)
        for subject, text, body in picture.each(RelationStated)
        if body.relation in RELAYING
        for step in directions(body)
    }
    for row in view.relays:
        if len(row.legs) > 1:
            subject, statement = steps.get((row.legs[-1].from_party, row.legs[-1].to_party), ("", ""))
            yield MechanismRow(row.words, subject, statement, "relays")


def _buildup_raised(picture: Picture, view: DeskView) -> Rows:
    for row in view.buildups:
        if row.raised:
            yield MechanismRow(f"{row.name}: {row.status}", row.subject, row.statement, "buildups")


def _warnings(picture: Picture, view: DeskView) -> Rows:
    for message in view.messages:
        if message.warning:
            to = ", ".join(message.to_names)
            said = shortened(text_words(message.texts))
            title = f"{message.warning} warning, {message.said.speaker} to {to}: {said}"
            yield MechanismRow(title, message.subject, message.statement, "messages")
    for public in view.publics:
        if public.topic == Topic.STANDING_WARNING:
            title = f"standing warning, {public.said.speaker} in public: {shortened(public.gist)}"
            yield MechanismRow(title, public.subject, public.statement, "publics")


def _boundary(picture: Picture, view: DeskView) -> Rows:
    boundaries = {row.subject for row in view.measures if row.measure == MeasureKind.BOUNDARY}
    yield from (_measure(row) for row in view.measures if row.subject in boundaries)
    for row, view_name in _tested(view):
        for test in row.tests:
            if test.measure.subject in boundaries:
                yield _test(row, test, view_name)


def _zone(picture: Picture, view: DeskView) -> Rows:
    """Give the measures of which two parties, or one party at two times, say different things."""
    for row in view.measures:
        if len({stance.stance for stance in row.stances}) > 1:
            said = ", ".join(_stance(stance) for stance in row.stances)
            yield MechanismRow(f"{row.name} – {said}", row.subject, row.statement, "measures")


def _stance(stance: StanceView) -> str:
    """Say one stance with its date and on whose word: two of one party at two times are not one."""
    date = stance.said.stated_at.strftime("%Y-%m-%d") if stance.when is None else stance.when.words
    source = "own word" if stance.own else f"per {stance.said.speaker}"
    return f"{stance.party_name}: {stance.stance} ({source}, {date})"


def _outside(picture: Picture, view: DeskView) -> Rows:
    """Give what was told of a place outside a zone that it names, or in whose neighbourhood it lies."""
    zones = {row.subject for row in view.measures if row.measure == MeasureKind.ZONE}
    for row, view_name in _tested(view):
        for test in row.tests:
            if test.measure.subject in zones and test.answer == "outside":
                yield _test(row, test, view_name)


def _monitored(picture: Picture, view: DeskView) -> Rows:
    for row in view.measures:
        if row.measure == MeasureKind.DE_ESCALATION_AREA and (row.monitors or row.posts):
            yield _measure(row)


def _exchanges(picture: Picture, view: DeskView) -> Rows:
    for row in view.overlays:
        yield MechanismRow(f"{row.name}: {len(row.items)} items", row.subject, row.statement, "overlays")


def _meetings(picture: Picture, view: DeskView) -> Rows:
    for row in view.meetings:
        yield MechanismRow(row.name, row.subject, row.statement, "meetings")


def _presence(picture: Picture, view: DeskView) -> Rows:
    for row in view.presences:
        yield MechanismRow(f"{row.party_name}: {row.what}", row.subject, row.statement, "presences")


def _redeployment(picture: Picture, view: DeskView) -> Rows:
    for row in view.notices:
        if row.activity == Activity.REDEPLOYMENT:
            yield MechanismRow(row.what, row.subject, row.statement, "notices")


def _rivals(picture: Picture, view: DeskView) -> Rows:
    for row in view.incidents:
        for aspect in row.aspects:
            if _differ(aspect):
                title = f"{row.name}: {len(aspect.claims)} claims on {aspect.aspect}"
                yield MechanismRow(title, row.subject, row.statement, "incidents")


def _differ(aspect: AspectView) -> bool:
    return len({(claim.shown, claim.whose, claim.place) for claim in aspect.claims}) > 1


def _replies(picture: Picture, view: DeskView) -> Rows:
    for subject, text, reply in picture.each(ReplyMade):
        title = f"{speaker_words(picture, text.entry)}: {reply.reply.value}"
        yield MechanismRow(title, subject, text.statement.id, _view_of(picture, reply.to))
    for subject, text, answer in picture.each(AnswerGiven):
        if answer.answer == Answer.NO_INFORMATION:
            title = f"{speaker_words(picture, text.entry)}: {answer.answer.value}"
            yield MechanismRow(title, subject, text.statement.id, "messages")


def _view_of(picture: Picture, statement: StatementId) -> str:
    replied = picture.entry(statement)
    is_public = replied is not None and isinstance(replied.statement.body, PublicStated)
    return "publics" if is_public else "incidents"


def _public(picture: Picture, view: DeskView) -> Rows:
    for public in view.publics:
        yield MechanismRow(public.gist, public.subject, public.statement, "publics")
    for source in view.sources:
        chain = f", reprinted from {', from '.join(source.chain)}" if source.chain else ""
        yield MechanismRow(f"{source.name}{chain}", source.subject, source.said.statement, "sources")


def _measure(row: MeasureView) -> MechanismRow:
    held = f", {row.validity.words}" if row.validity.words else ""
    return MechanismRow(f"{row.name}: {row.standing}{held}", row.subject, row.statement, "measures")


_Tested = ObservationView | PresenceView | IncidentView


def _tested(view: DeskView) -> Iterable[tuple[_Tested, str]]:
    yield from ((row, "observations") for row in view.observations)
    yield from ((row, "presences") for row in view.presences)
    yield from ((row, "incidents") for row in view.incidents)


def _test(row: _Tested, test: SideTest, view_name: str) -> MechanismRow:
    name = row.name if isinstance(row, IncidentView) else row.what
    return MechanismRow(f"{name}: {test.words}", row.subject, row.statement, view_name)


_MECHANISMS: tuple[tuple[str, Callable[[Picture, DeskView], Rows]], ...] = (
    ("three hotlines", _hotlines),
    ("no direct link", _no_direct_link),
    ("build-up raised", _buildup_raised),
    ("conditional and standing warnings", _warnings),
    ("boundary and side test", _boundary),
    ("zone and rival stances", _zone),
    ("drone and patrol outside it", _outside),
    ("de-escalation area with monitors", _monitored),
    ("map exchange", _exchanges),
    ("meetings", _meetings),
    ("presence", _presence),
    ("redeployment notice", _redeployment),
    ("incidents and rival claims", _rivals),
    ('replies incl. "no information"', _replies),
    ("public statements, sources and reprints", _public),
)
