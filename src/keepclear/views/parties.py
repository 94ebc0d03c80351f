"""Parties, relations between them, agreements, and the relay path where there is no direct link."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import permutations
from typing import NamedTuple

from msgspec import Struct

from keepclear.model.channels import ChannelStated, Declared
from keepclear.model.parties import AgreementStated, RelationKind, RelationStated
from keepclear.model.words import Domain, Level, PartyId, SubjectId
from keepclear.views.attribution import (
    Said,
    description,
    is_archive,
    is_latest,
    party_name,
    said,
    speaker_words,
)
from keepclear.views.picture import Picture

HOTLINE = "hotline"
# Those who disclaim a party are not taken to pass words on to it. Partners pass them on both ways, all others
# from the one who has the relation to the other.
RELAYING = frozenset(RelationKind) - {RelationKind.DISCLAIMS}


class PartyView(Struct, frozen=True):
    """A party as it was described, its name in full."""

    party: PartyId
    name: str
    party_kind: str
    reach: str
    local_names: dict[str, str]
    labels: tuple[str, ...]
    remarks: str
    said: Said


class RelationView(Struct, frozen=True):
    """What one party is said to be to another."""

    subject: SubjectId
    from_party: PartyId
    from_name: str
    to_party: PartyId
    to_name: str
    relation: str
    relay_minutes: int | None
    remarks: str
    said: Said


class Leg(Struct, frozen=True):
    """One step of a relay: over which hotline or relation, and its minutes (None: not stated)."""

    from_party: PartyId
    to_party: PartyId
    over: str
    minutes: int | None


class RelayView(Struct, frozen=True):
    """How words get from this party to another: directly over a hotline, or through others with a clock.

    `minutes` is the sum of the stated legs; `minutes_known` is false where a leg's time is not stated.
    `words` reads aloud, for example "No direct link. Coalition → Russian forces (hotline: Ground hotline
    (ground, desk); time not stated) → pro-government forces (can influence; about 25 minutes): at least 25
    minutes, the time of the other steps is not stated."
    """

    to_party: PartyId
    to_name: str
    direct: bool
    path: tuple[PartyId, ...]
    legs: tuple[Leg, ...]
    minutes: int | None
    minutes_known: bool
    words: str


class AgreementView(Struct, frozen=True):
    """What parties have agreed, and what the agreement leaves out."""

    subject: SubjectId
    name: str
    parties: tuple[PartyId, ...]
    domains: tuple[str, ...]
    signed: str
    text_withheld: bool
    provides: tuple[str, ...]
    excludes: tuple[str, ...]
    said: Said


def parties(picture: Picture) -> list[PartyView]:
    """List the parties that this party has been told of, by name; each as it describes itself, if it does.

    Labels that others give it stand beside its own, each with its jurisdiction and whose word it is.
    """
    rows = []
    for party in picture.known_parties():
        found = description(picture, party)
        if found is None:
            continue
        entry, body = found
        rows.append(
            PartyView(
                party=party,
                name=body.name,
                party_kind=body.party_kind.value,
                reach=body.reach.value,
                local_names=dict(body.local_names),
                labels=_labels(picture, party),
                remarks=body.remarks,
                said=said(picture, entry),
            )
        )
    return sorted(rows, key=lambda row: (row.name, row.party))


def _labels(picture: Picture, party: PartyId) -> tuple[str, ...]:
    return tuple(
        f"{label.words} ({label.jurisdiction}; per {speaker_words(picture, entry)})"
        for entry, body in picture.described(party)
        if is_latest(picture, entry)
        for label in body.labels
    )


def relations(picture: Picture) -> list[RelationView]:
    """List what was said of how parties stand to one another, oldest first."""
    return [
        RelationView(
            subject=subject,
            from_party=body.from_party,
            from_name=party_name(picture, body.from_party),
            to_party=body.to_party,
            to_name=party_name(picture, body.to_party),
            relation=body.relation.value,
            relay_minutes=body.relay_minutes,
            remarks=body.remarks,
            said=said(picture, text.entry),
        )
        for subject, text, body in picture.each(RelationStated)
    ]


def agreements(picture: Picture) -> list[AgreementView]:
    """List the agreements that this party has been told of, oldest first."""
    return [
        AgreementView(
            subject=subject,
            name=body.name,
            parties=body.parties,
            domains=tuple(domain.value for domain in body.domains),
            signed="" if body.signed is None else body.signed.shown(),
            text_withheld=body.text_withheld,
            provides=body.provides,
            excludes=body.excludes,
            said=said(picture, text.entry),
        )
        for subject, text, body in picture.each(AgreementStated)
    ]


def relays(picture: Picture) -> list[RelayView]:
    """Give the shortest known way of words from this party to every other that it knows of, by name.

    An archive relays nothing and is left out.
    """
    ways = _ways(picture)
    others = [
        party
        for party in picture.known_parties()
        if party != picture.party and not is_archive(picture, party)
    ]
    return sorted(
        (_relay(picture, party, _legs(ways, party)) for party in others),
        key=lambda row: (row.to_name, row.to_party),
    )


class _Step(NamedTuple):
    """A leg and what speaks against it: a relation, a suspension, no time stated, minutes, level, domain."""

    leg: Leg
    rank: tuple[int, ...]


def _ways(picture: Picture) -> dict[PartyId, tuple[_Step, ...]]:
    """Find the way with the fewest legs to each party, since every hand through which words go may lose them.

    Of equally many legs, those over hotlines go before relations, then stated minutes before none. Minutes
    that nobody stated are not guessed.
    """
    steps = _steps(picture)
    ways: dict[PartyId, tuple[_Step, ...]] = {picture.party: ()}
    reached = [picture.party]
    while reached:
        found: dict[PartyId, tuple[_Step, ...]] = {}
        for step in (step for party in reached for step in steps.get(party, {}).values()):
            way = (*ways[step.leg.from_party], step)
            to_party = step.leg.to_party
            if to_party not in ways and (to_party not in found or _cost(way) < _cost(found[to_party])):
                found[to_party] = way
        ways.update(found)
        reached = list(found)
    return ways


def _cost(way: tuple[_Step, ...]) -> tuple[object, ...]:
    ranks = tuple(sum(parts) for parts in zip(*(step.rank for step in way), strict=True))
    return (ranks, tuple((step.leg.to_party, step.leg.over) for step in way))


def _steps(picture: Picture) -> dict[PartyId, dict[PartyId, _Step]]:
    """Give the best step between each two parties: over a hotline if they have one, else by relation."""
    best: dict[PartyId, dict[PartyId, _Step]] = {}
    for step in (*_hotline_steps(picture), *_relation_steps(picture)):
        from_here = best.setdefault(step.leg.from_party, {})
        known = from_here.get(step.leg.to_party)
        if known is None or _cost((step,)) < _cost((known,)):
            from_here[step.leg.to_party] = step
    return best


def _hotline_steps(picture: Picture) -> Iterator[_Step]:
    for _, _, body in picture.each(ChannelStated):
        suspended = body.declared != Declared.OPEN
        over = f"{HOTLINE}: {body.name} ({body.domain.value}, {body.level.value})"
        if suspended:
            over += f", declared {body.declared.value}"
        rank = (0, int(suspended), 0, 0, list(Level).index(body.level), int(body.domain != Domain.GROUND))
        for a, b in permutations(dict.fromkeys(end.party for end in body.ends), 2):
            yield _Step(Leg(a, b, over, None), rank)


def _relation_steps(picture: Picture) -> Iterator[_Step]:
    for _, _, body in picture.each(RelationStated):
        if body.relation in RELAYING:
            minutes = body.relay_minutes
            rank = (1, 0, int(minutes is None), minutes or 0, 0, 0)
            for a, b in directions(body):
                yield _Step(Leg(a, b, body.relation.value, minutes), rank)


def directions(body: RelationStated) -> list[tuple[PartyId, PartyId]]:
    """Give the ways in which a relation carries words: partners both, any other from its first party on."""
    there = (body.from_party, body.to_party)
    return [there, there[::-1]] if body.relation == RelationKind.PARTNERS else [there]


def is_hotline(leg: Leg) -> bool:
    """Tell whether a leg goes over a hotline rather than by a relation between parties."""
    return leg.over.startswith(HOTLINE)


def _relay(picture: Picture, party: PartyId, legs: tuple[Leg, ...]) -> RelayView:
    stated = [leg.minutes for leg in legs if leg.minutes is not None]
    path = (picture.party, *(leg.to_party for leg in legs)) if legs else ()
    return RelayView(
        to_party=party,
        to_name=party_name(picture, party),
        direct=len(legs) == 1 and is_hotline(legs[0]),
        path=path,
        legs=legs,
        minutes=sum(stated) if stated else None,
        minutes_known=bool(legs) and len(stated) == len(legs),
        words=_relay_words(picture, party, legs),
    )


def _relay_words(picture: Picture, party: PartyId, legs: tuple[Leg, ...]) -> str:
    if not legs:
        return f"No known way for words to reach {party_name(picture, party)}."
    direct = len(legs) == 1 and is_hotline(legs[0])
    head = "Direct link. " if direct else "No direct link. "
    steps = [party_name(picture, picture.party)]
    steps += [f"{party_name(picture, leg.to_party)} ({leg.over}; {_minutes(leg.minutes)})" for leg in legs]
    return f"{head}{' → '.join(steps)}: {_total(legs)}."


def _minutes(minutes: int | None) -> str:
    return "time not stated" if minutes is None else f"about {minutes} minutes"


def _total(legs: tuple[Leg, ...]) -> str:
    stated = [leg.minutes for leg in legs if leg.minutes is not None]
    if not stated:
        return "time not stated"
    if len(stated) == len(legs):
        return f"about {sum(stated)} minutes"
    return f"at least {sum(stated)} minutes, the time of the other steps is not stated"


def relay_to(picture: Picture, party: PartyId) -> RelayView:
    """Give the shortest known way of words from this party to one other."""
    return _relay(picture, party, _legs(_ways(picture), party))


def _legs(ways: dict[PartyId, tuple[_Step, ...]], party: PartyId) -> tuple[Leg, ...]:
    return tuple(step.leg for step in ways.get(party, ()))
