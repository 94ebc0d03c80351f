"""Incidents with rival claims side by side; nothing is chosen, averaged or totalled."""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from keepclear.model.incidents import (
    Aspect,
    ClaimMade,
    IncidentStated,
    Linked,
    PublicStated,
    ReplyMade,
    SourceStated,
)
from keepclear.model.statements import Entry
from keepclear.model.words import PartyId, StatementId, SubjectId
from keepclear.views.attribution import (
    Named,
    Said,
    Shown,
    chain,
    in_time,
    is_latest,
    named,
    named_all,
    party_name,
    remark_said,
    said,
    shown,
    speaker_words,
)
from keepclear.views.labels import claim_words
from keepclear.views.picture import Picture
from keepclear.views.sides import Known, SideTest, known_measures, side_tests
from keepclear.views.ties import condition, linked
from keepclear.views.wording import place_outline, place_words


class ReplyView(Struct, frozen=True):
    """What somebody said to a claim; to decline is no denial."""

    reply: str
    words: str
    by: str
    said: Said


class ClaimView(Struct, frozen=True):
    """One claim: what its speaker said of one aspect, with whose count it is and every reply.

    `revised` tells that its speaker has since restated it, `withdrawn` that it was taken back; both stay.
    """

    statement: str
    aspect: str
    shown: str
    low: int | None
    high: int | None
    unit: str
    whose: str
    place: str
    certainty: str
    finding: bool
    as_of: Shown | None
    speaker: str
    speaker_party: str
    revised: bool
    withdrawn: bool
    replies: tuple[ReplyView, ...]
    said: Said


class AspectView(Struct, frozen=True):
    """All claims on one aspect, oldest first. There is no total and no chosen value."""

    aspect: str
    claims: tuple[ClaimView, ...]


class InvolvedView(Struct, frozen=True):
    """Somebody involved; an unknown party reads "unknown"."""

    role: str
    party: str
    words: str


class IncidentView(Struct, frozen=True):
    """What is said to have happened, about where and when, and what is claimed of it.

    `tests` tell where its place lies as to the measures that it names and to the boundaries in reach, each
    with distance, tolerance and accuracy. `linked` holds incidents, build-ups and statements tied to it.
    """

    subject: SubjectId
    statement: str
    name: str
    act: str
    occurred: Shown | None
    place: str
    outline: dict[str, Any] | None
    involved: tuple[InvolvedView, ...]
    status: str
    series: str
    narrative: str
    measures: tuple[Named, ...]
    tests: tuple[SideTest, ...]
    aspects: tuple[AspectView, ...]
    linked: tuple[Named, ...]
    statements: tuple[Said, ...]
    said: Said


class PublicView(Struct, frozen=True):
    """What a speaker said to everybody, in gist, with replies; recurring wording shares a template."""

    subject: SubjectId
    statement: str
    topic: str
    gist: str
    template: str
    about: tuple[Named, ...]
    replies: tuple[ReplyView, ...]
    said: Said


class SourceView(Struct, frozen=True):
    """A source with its chain of republication and its grade."""

    subject: SubjectId
    name: str
    source_kind: str
    publisher: str
    published: Shown | None
    file: str
    reprint_of: str
    chain: tuple[str, ...]
    grade: str
    cited_by: int
    said: Said


class LinkView(Struct, frozen=True):
    """A tie between two things that this party holds both ends of."""

    a: Named
    b: Named
    relation: str
    words: str
    party: PartyId
    said: Said


def incidents(picture: Picture) -> list[IncidentView]:
    """List incidents by when they are said to have happened, each with all claims that reached this party."""
    told = sorted(picture.each(IncidentStated), key=lambda item: in_time(item[1].entry, item[2].occurred))
    known = known_measures(picture)
    return [_incident(picture, text.entry, body, known) for _, text, body in told]


def _incident(picture: Picture, entry: Entry, body: IncidentStated, known: list[Known]) -> IncidentView:
    subject = entry.statement.subject
    return IncidentView(
        subject=subject,
        statement=entry.statement.id,
        name=body.name,
        act=body.act,
        occurred=shown(body.occurred),
        place=place_words(body.place),
        outline=place_outline(body.place),
        involved=tuple(
            InvolvedView(involved.role, party_name(picture, involved.party), involved.words)
            for involved in body.involved
        ),
        status=condition(picture, entry) or body.status.value,
        series=body.series,
        narrative=body.narrative,
        measures=named_all(picture, body.measures),
        tests=side_tests(known, body.place, body.occurred.span(), body.measures),
        aspects=_aspects(picture, subject),
        linked=linked(picture, subject),
        statements=_statements(picture, subject),
        said=said(picture, entry),
    )


def _aspects(picture: Picture, subject: SubjectId) -> tuple[AspectView, ...]:
    """File claims under their aspects, in the order of the aspects' list; every text of every claim stays."""
    claims: dict[Aspect, list[ClaimView]] = {}
    told = sorted(picture.about(subject, ClaimMade), key=lambda item: in_time(item[0], item[1].as_of))
    for entry, body in told:
        claims.setdefault(body.aspect, []).append(_claim(picture, entry, body))
    return tuple(AspectView(aspect.value, tuple(claims[aspect])) for aspect in Aspect if aspect in claims)


def _claim(picture: Picture, entry: Entry, body: ClaimMade) -> ClaimView:
    count = body.count
    statement = entry.statement
    attribution = said(picture, entry)
    return ClaimView(
        statement=statement.id,
        aspect=body.aspect.value,
        shown=claim_words(body),
        low=None if count is None else count.low,
        high=None if count is None else count.high,
        unit="" if count is None else count.unit,
        whose=body.whose,
        place=place_words(body.place),
        certainty=body.certainty.value,
        finding=body.finding,
        as_of=shown(body.as_of),
        speaker=attribution.speaker,
        speaker_party=attribution.speaker_party,
        revised=picture.stands(entry) and not is_latest(picture, entry),
        withdrawn=not picture.stands(entry),
        replies=replies(picture, statement.id),
        said=attribution,
    )


def replies(picture: Picture, statement: StatementId) -> tuple[ReplyView, ...]:
    """Give what was said to one claim or public statement, oldest first; what was taken back is left out."""
    told = sorted(picture.about(statement, ReplyMade), key=lambda item: in_time(item[0]))
    return tuple(
        ReplyView(body.reply.value, body.words, speaker_words(picture, entry), said(picture, entry))
        for entry, body in told
        if is_latest(picture, entry)
    )


def _statements(picture: Picture, subject: SubjectId) -> tuple[Said, ...]:
    """Give who else spoke about an incident: remarks, messages, public statements; claims stand apart."""
    told = [
        entry
        for entry in picture.all_about(subject)
        if not isinstance(entry.statement.body, ClaimMade | Linked) and is_latest(picture, entry)
    ]
    return tuple(remark_said(picture, entry) for entry in sorted(told, key=in_time))


def publics(picture: Picture) -> list[PublicView]:
    """List public statements, oldest first."""
    told = sorted(picture.each(PublicStated), key=lambda item: in_time(item[1].entry))
    return [
        PublicView(
            subject=subject,
            statement=text.statement.id,
            topic=body.topic.value,
            gist=body.gist,
            template=body.template,
            about=named_all(picture, body.about),
            replies=replies(picture, text.statement.id),
            said=said(picture, text.entry),
        )
        for subject, text, body in told
    ]


def sources(picture: Picture) -> list[SourceView]:
    """List the sources with their chains of republication, oldest first."""
    told = sorted(picture.each(SourceStated), key=lambda item: in_time(item[1].entry, item[2].published))
    return [
        SourceView(
            subject=subject,
            name=body.name,
            source_kind=body.source_kind.value,
            publisher=body.publisher,
            published=shown(body.published),
            file=body.file,
            reprint_of="" if body.reprint_of is None else named(picture, body.reprint_of).name,
            chain=chain(picture, subject),
            grade=body.grade,
            cited_by=sum(entry.statement.source == subject for entry in picture.all_about(subject)),
            said=said(picture, text.entry),
        )
        for subject, text, body in told
    ]


def links(picture: Picture) -> list[LinkView]:
    """List stated ties of which this party holds both ends, oldest first."""
    return [
        LinkView(
            a=named(picture, body.a),
            b=named(picture, body.b),
            relation=body.relation.value,
            words=body.words,
            party=text.statement.author.party,
            said=said(picture, text.entry),
        )
        for _, text, body in picture.each(Linked)
        if body.a in picture and body.b in picture
    ]
