"""The desk: all that one party's officer has before him, in one value."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from msgspec import Struct

from keepclear.model.words import CapStatus, PartyId
from keepclear.views.activity import (
    BuildUpView,
    NoticeView,
    ObservationView,
    PresenceView,
    RemarkView,
    buildups,
    notices,
    observations,
    presences,
    remarks,
)
from keepclear.views.attribution import party_name
from keepclear.views.hotlines import HotlineView, hotlines
from keepclear.views.incidents import (
    IncidentView,
    LinkView,
    PublicView,
    SourceView,
    incidents,
    links,
    publics,
    sources,
)
from keepclear.views.measures import MeasureView, OverlayView, measures, overlays
from keepclear.views.parties import (
    AgreementView,
    PartyView,
    RelationView,
    RelayView,
    agreements,
    parties,
    relations,
    relays,
)
from keepclear.views.picture import Picture
from keepclear.views.threads import MeetingView, MessageView, meetings, messages
from keepclear.views.told import Outbox

PURPOSE_BANNER = (
    "For keeping activities apart and protected places known; not for choosing or attacking anything. "
    "What is not listed is not thereby unprotected."
)
LISTS = (
    "parties",
    "relations",
    "relays",
    "agreements",
    "hotlines",
    "measures",
    "overlays",
    "notices",
    "presences",
    "observations",
    "buildups",
    "remarks",
    "messages",
    "meetings",
    "incidents",
    "publics",
    "sources",
    "links",
    "attention",
)


class Setting(Struct, frozen=True):
    """What the node knows of a desk beside the statements: where its stream goes on, what is captioned."""

    live: bool = True
    cursor: str = ""
    caption: str = ""
    cap: CapStatus | None = None


class DeskView(Struct, frozen=True):
    """All lists of one desk. `at` is the instant at which the picture is cut, None for all that is held.

    `banner` is the purpose limit that goes with every list of what was observed; an exercise says so first.
    `counts` gives the length of each list. `attention` is worked out by the rules and handed in.
    """

    party: PartyId
    name: str
    at: datetime | None
    now: datetime
    live: bool
    cursor: str
    cap: str
    banner: str
    caption: str
    counts: dict[str, int]
    parties: list[PartyView]
    relations: list[RelationView]
    relays: list[RelayView]
    agreements: list[AgreementView]
    hotlines: list[HotlineView]
    measures: list[MeasureView]
    overlays: list[OverlayView]
    notices: list[NoticeView]
    presences: list[PresenceView]
    observations: list[ObservationView]
    buildups: list[BuildUpView]
    remarks: list[RemarkView]
    messages: list[MessageView]
    meetings: list[MeetingView]
    incidents: list[IncidentView]
    publics: list[PublicView]
    sources: list[SourceView]
    links: list[LinkView]
    attention: list[Any]


def desk(
    picture: Picture,
    box: Outbox,
    now: datetime,
    attention: Sequence[Any] = (),
    setting: Setting = Setting(),  # noqa: B008 - frozen
) -> DeskView:
    """Give one party's desk.

    Args:
        picture: what had reached the party.
        box: what the party had told.
        now: the time of day, for what falls due.
        attention: what the rules found that a person must look at.
        setting: what the node adds.
    """
    cap = setting.cap or cap_of(picture)
    lists: dict[str, list[Any]] = {
        "parties": parties(picture),
        "relations": relations(picture),
        "relays": relays(picture),
        "agreements": agreements(picture),
        "hotlines": hotlines(picture, now),
        "measures": measures(picture, now),
        "overlays": overlays(picture, box, now),
        "notices": notices(picture),
        "presences": presences(picture, box),
        "observations": observations(picture, box),
        "buildups": buildups(picture, now),
        "remarks": remarks(picture),
        "messages": messages(picture, box, now),
        "meetings": meetings(picture),
        "incidents": incidents(picture),
        "publics": publics(picture),
        "sources": sources(picture),
        "links": links(picture),
        "attention": list(attention),
    }
    return DeskView(
        party=picture.party,
        name=party_name(picture, picture.party),
        at=picture.at,
        now=now,
        live=setting.live,
        cursor=setting.cursor,
        cap=cap.value,
        banner=banner(cap),
        caption=setting.caption,
        counts={name: len(rows) for name, rows in lists.items()},
        **lists,
    )


def banner(cap: CapStatus) -> str:
    """Give the purpose limit; what is not actual is said to be so before anything else."""
    if cap == CapStatus.ACTUAL:
        return PURPOSE_BANNER
    return f"{cap.value.upper()}. {PURPOSE_BANNER}"


def cap_of(picture: Picture) -> CapStatus:
    """Give the status under which a picture stands: its statements', which never mix; Exercise if empty."""
    entry = picture.any_entry()
    return CapStatus.EXERCISE if entry is None else entry.statement.cap
