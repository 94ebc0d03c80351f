"""A small course of events with at least one thing of every list and every mechanism."""

from __future__ import annotations

from tests.building import boundary, claim, count, hotline, incident, speaker, spot, stamp_at, stance, zone

from keepclear.geo.shapes import Circle, Point
from keepclear.geo.volumes import Volume
from keepclear.model.channels import CheckMade, CheckResult, ContactLogged, ContactPurpose, Direction
from keepclear.model.hotline import (
    Answer,
    AnswerGiven,
    MeetingStated,
    MessageSent,
    Purpose,
    ReadBack,
    Rung,
    RungReached,
    Text,
    WarningGiven,
    WarningKind,
)
from keepclear.model.incidents import (
    Aspect,
    Linked,
    LinkKind,
    PublicStated,
    ReplyKind,
    ReplyMade,
    SourceKind,
    SourceStated,
    Topic,
)
from keepclear.model.measures import (
    Banks,
    Basis,
    Effect,
    MeasureKind,
    MeasureStated,
    OverlayOffered,
    Post,
    Stance,
)
from keepclear.model.notices import (
    Activity,
    Band,
    BuildUpStated,
    NoticeStated,
    Observed,
    PresenceStated,
    RemarkMade,
    Seen,
)
from keepclear.model.parties import AgreementStated, RelationKind, RelationStated
from keepclear.model.words import PUBLIC, Domain, Level, Place, Precedence, Via

AREA = Circle(Point(40.30, 35.30), 5_000.0)
BANDS = tuple(Band(stamp_at(day), count(value, None)) for day, value in enumerate((50, 120, 500)))


def everything(world) -> None:
    """Let the parties of a world tell one another a little of everything."""
    line = _links(world)
    first, edge = _measures(world)
    _activity(world, line)
    _happenings(world, first, edge)


def _links(world):
    for name, domain, level in (
        ("Air", Domain.AIR, Level.DESK),
        ("Commanders", Domain.GROUND, Level.COMMANDER),
        ("Ground", Domain.GROUND, Level.DESK),
    ):
        line = world.tell("COA", hotline(name, domain, level), PUBLIC)
    world.tell("COA", RelationStated("RUS", "PGF", RelationKind.CAN_INFLUENCE, 25), PUBLIC)
    world.tell("COA", AgreementStated("Memorandum", ("COA", "RUS")), PUBLIC)
    world.tell("COA", CheckMade(line.subject, CheckResult.OK, stamp_at(0), "duty officer"), "RUS")
    return line


def _measures(world):
    first = world.tell("COA", zone(), PUBLIC)
    world.tell("COA", stance(first, "RUS"), PUBLIC, said_by=speaker("US", "COA"))
    world.tell("PRESS", stance(first, "RUS", Stance.REJECTED), PUBLIC, said_by=speaker("Moscow", "RUS"))
    edge = world.tell("COA", boundary(banks=Banks("east", "west")), "RUS", "PGF")
    world.tell("RUS", stance(edge, "RUS"), "COA", "PGF")
    area = MeasureStated(
        "Idlib area",
        MeasureKind.DE_ESCALATION_AREA,
        Effect.MONITORED,
        Basis.AGREED,
        shape=Circle(Point(36.4, 35.9), 40_000.0),
        monitors=("RUS",),
        posts=(Post("post", "RUS", spot(36.4, 35.9, 500.0)),),
    )
    world.tell("RUS", area, PUBLIC)
    maps = world.tell("COA", OverlayOffered("maps 1", (edge.id,)), "RUS", "PGF")
    world.tell("RUS", RungReached(maps.id, "RUS", Rung.ACKNOWLEDGED, "liaison officer"), "COA", "PGF")
    return first, edge


def _activity(world, line) -> None:
    patrol = spot(39.0774, 33.8865, 500.0)
    world.tell("COA", PresenceStated("COA", "patrol", patrol, Seen.DECLARED), PUBLIC)
    world.tell("COA", Observed("drone", patrol, stamp_at(3)), PUBLIC)
    move = NoticeStated(
        Activity.REDEPLOYMENT,
        "1,700 fighters",
        (Volume(AREA),),
        count(1700, 1700),
        destination=Place("Afrin"),
    )
    world.tell("SDF", move, PUBLIC)
    seen = world.tell("COA", BuildUpStated("B-7", AREA, BANDS, rate="slow"), "RUS", "PGF")
    asked = world.tell(
        "COA",
        MessageSent(
            ("RUS",),
            Purpose.CONCERN,
            (Text("are these yours?"),),
            Precedence.PRIORITY,
            line.subject,
            (seen.subject,),
            for_party="PGF",
        ),
        "RUS",
        "PGF",
    )
    world.tell("RUS", RungReached(asked.id, "RUS", Rung.ACKNOWLEDGED, "duty officer"), "COA", "PGF")
    world.tell("RUS", ReadBack(asked.id, {"place": "35.3, 40.3"}, "duty officer"), "COA", "PGF")
    world.tell("RUS", AnswerGiven(Answer.NOT_OURS), "COA", "PGF", answers=(asked.id,))
    world.tell(
        "COA",
        ContactLogged("RUS", Direction.OUT, ContactPurpose.SAFETY, "called", stamp_at(9), True, line.subject),
        "RUS",
    )
    world.tell("COA", RemarkMade("fighters left", (seen.subject,)), "RUS", "PGF")
    for kind in WarningKind:
        warning = WarningGiven(("COA",), kind, (Text("stop"),), "attacks", "an answer")
        world.tell("RUS", warning, "COA", "PGF")


def _happenings(world, first, edge) -> None:
    agency = world.tell("PRESS", SourceStated("Agency", SourceKind.PRESS_REPORT), PUBLIC)
    copy = world.tell("PRESS", SourceStated("Site", SourceKind.REPRINT, reprint_of=agency.subject), PUBLIC)
    happened = world.tell("COA", incident(measures=(edge.subject,)), "RUS", "PGF")
    drone = incident("drone", spot(39.0774, 33.8865, 500.0), at=-300, measures=(first.subject,))
    shot = world.tell("COA", drone, PUBLIC)
    world.tell("COA", Linked(first.subject, shot.subject, LinkKind.SAME_SERIES), PUBLIC)
    for name, value in (("US officials", count(100, None)), ("Russian MoD", count(0, 0))):
        made = world.tell(
            "COA",
            claim(happened, count=value),
            "RUS",
            "PGF",
            said_by=speaker(name),
            via=Via.PRESS,
            source=copy.subject,
        )
    cause = world.tell("COA", claim(happened, Aspect.CAUSE, words="instigated"), "RUS", "PGF")
    for claimed in (made, cause):
        world.tell("COA", ReplyMade(claimed.id, ReplyKind.NO_INFORMATION), "RUS", "PGF")
    for topic in (Topic.PROTEST, Topic.STANDING_WARNING):
        world.tell(
            "PRESS", PublicStated(topic, "gist", (first.subject,)), PUBLIC, source=copy.subject, via=Via.PRESS
        )
    world.tell("COA", MeetingStated("Meeting", ("COA", "RUS"), Level.COMMANDER, number=1), "RUS", "PGF")
