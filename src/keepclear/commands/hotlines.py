"""What the text of a hotline, of one of its ends, of a duty on call and of monitoring must fulfil."""

from __future__ import annotations

from keepclear.commands.acts import Act
from keepclear.errors import Malformed, NotAllowed, NotKnown, Refused
from keepclear.model import channels
from keepclear.model.hours import CheckTimes, Hours
from keepclear.model.words import SubjectId
from keepclear.views.opening import zone_of


def admit_channel(act: Act, body: channels.ChannelStated) -> None:
    """Hold a hotline's hours and fallbacks.

    Raises:
        Malformed: a zone that this node does not know.
        NotKnown: a fallback that is no hotline known here.
        Refused: a hotline that is its own fallback.
    """
    _zone_known(body.opening, "body.opening.zone")
    _zone_known(body.checks, "body.checks.zone")
    for other in body.fallbacks:
        if other == act.statement.subject:
            raise Refused("a hotline as its own fallback", "fallback", "another hotline", "body.fallbacks")
        if not _is_channel(act, other):
            raise NotKnown(f"the fallback {other}", "fallback", "the subject of a hotline", "body.fallbacks")


def admit_end(act: Act, body: channels.ChannelEndStated) -> None:
    """Hold what an end says of itself: it must be an end of that hotline.

    Raises:
        NotKnown: no such hotline.
        NotAllowed: its author has no end there.
    """
    _zone_known(body.opening, "body.opening.zone")
    if not _is_channel(act, body.channel):
        raise NotKnown(f"an end of {body.channel}", "channel-end", "the subject of a hotline", "body.channel")
    texts = [entry.statement.body for entry in act.picture.texts(body.channel)]
    ends = {end.party for text in texts if isinstance(text, channels.ChannelStated) for end in text.ends}
    if act.by not in ends:
        raise NotAllowed(
            f"{act.by} speaking for an end of a hotline between {', '.join(sorted(ends))}",
            "channel-end",
            "one of its ends states its own",
            "body.channel",
        )


def admit_on_call(act: Act, body: channels.OnCallStated) -> None:
    """Hold a duty on call: it stays in the party's own log, in a zone that is known.

    Raises:
        Refused: it is told to others, or an interpreter without two languages.
        Malformed: a zone that this node does not know.
    """
    _zone_known(body.hours, "body.hours.zone")
    if act.readers:
        raise Refused(
            "telling others who is on call",
            "kept-in-own-log",
            "no readers: it stays in the own log",
            "readers",
        )
    if body.duty == channels.Duty.INTERPRETER and len(set(body.languages)) < 2:
        raise Refused(
            "an interpreter without two languages", "interpreter", 'languages such as "en", "ru"',
            "body.languages",
        )  # fmt: skip


def admit_monitoring(act: Act, body: channels.MonitoringStated) -> None:
    """Hold the hours of monitoring.

    Raises:
        Malformed: a zone that this node does not know.
    """
    _zone_known(body.hours, "body.hours.zone")


def _is_channel(act: Act, subject: SubjectId) -> bool:
    return any(
        isinstance(entry.statement.body, channels.ChannelStated) for entry in act.picture.texts(subject)
    )


def _zone_known(hours: Hours | CheckTimes | None, field: str) -> None:
    if hours is not None and zone_of(hours.zone) is None:
        raise Malformed(
            f'hours in the zone "{hours.zone}"', "time-zone", 'a zone such as "Asia/Damascus"', field
        )
