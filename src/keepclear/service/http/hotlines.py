"""Routes of hotlines: their state, who is on call, ultimatums, group hotlines; a check, a word on a group."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct
from starlette.responses import Response

from keepclear.commands.telling import Decision, Desk, Tell, decide
from keepclear.errors import NotKnown
from keepclear.model.channels import CheckHow, CheckMade, CheckResult
from keepclear.model.hotline import Answer, AnswerGiven, MessageSent, Purpose, Rung, RungReached, Text
from keepclear.model.measures import Stance, StanceTaken
from keepclear.model.statements import digest_of, read
from keepclear.model.words import Name, PartyId, Precedence, StatementId, SubjectId, Words
from keepclear.record.canonical import canonical
from keepclear.service.asking import Ask
from keepclear.service.http.acts import KEY, ActAnswer, act, key_of
from keepclear.service.http.policy import Policy
from keepclear.service.http.routes import Call, Route
from keepclear.service.zones import edition
from keepclear.times import Stamp
from keepclear.views.groups import in_use, members_of
from keepclear.views.hotline_board import HotlineState, hotline_states

MAX_BYTES = 16 * 1024


class BoardAnswer(Struct, frozen=True):
    """The hotlines now, and the edition of the time zone database by which their hours were worked out."""

    party: PartyId
    now: datetime
    time_zones: str
    items: list[HotlineState]


class CheckAsked(Struct, frozen=True, forbid_unknown_fields=True):
    """How a check ended: by a person's answer, or an echo of the circuit."""

    result: CheckResult
    how: CheckHow = CheckHow.HUMAN
    fault: Words = ""


class GroupSaid(Struct, frozen=True, forbid_unknown_fields=True):
    """A message on a group hotline, to every other member."""

    texts: Annotated[tuple[Text, ...], Meta(min_length=1)]
    purpose: Purpose = Purpose.SAFETY
    precedence: Precedence = Precedence.ROUTINE
    about: tuple[SubjectId, ...] = ()
    asks: tuple[Answer, ...] = ()


class GroupAnswered(Struct, frozen=True, forbid_unknown_fields=True):
    """An answer to a message on a group hotline; every member gets it."""

    message: StatementId
    answer: Answer
    words: Words = ""


class GroupAcknowledged(Struct, frozen=True, forbid_unknown_fields=True):
    """An acknowledgement of a message on a group hotline; it carries the hash of the text held here."""

    message: StatementId
    role: Name = ""
    remarks: Words = ""


class GroupAgreed(Struct, frozen=True, forbid_unknown_fields=True):
    """Agreeing to one text of a group, by its id; or taking that back by another stance."""

    text: StatementId
    stance: Stance = Stance.AGREED


_Made = Callable[[Desk, datetime], Tell]


async def board(call: Call) -> Response:
    """Answer the hotlines with their state now."""
    await call.writer.settled()
    node = call.writer.node
    now = node.clock.now()
    items = hotline_states(node.picture(call.party), now)
    answer = BoardAnswer(call.party, now, edition(), items)
    return Response(msgspec.json.encode(answer), media_type="application/json")


async def check(call: Call) -> Response:
    """Log a check of a hotline, made now by the caller's role."""
    asked: CheckAsked = await _asked(call, CheckAsked)
    channel, role = _subject(call), call.caller.role.value

    def made(desk: Desk, now: datetime) -> Tell:
        body = CheckMade(channel, asked.result, Stamp(now), role, asked.fault, asked.how)
        return Tell(body=body)

    return await _act(call, "check", asked, made)


async def say(call: Call) -> Response:
    """Say something on a group hotline, to every other member at once."""
    asked: GroupSaid = await _asked(call, GroupSaid)
    group = _subject(call)

    def made(desk: Desk, now: datetime) -> Tell:
        text = in_use(desk.picture, group)
        known = desk.picture.texts(group)
        members = members_of(text) if text is not None else members_of(known[-1]) if known else ()
        others = tuple(party for party in members if party != desk.party)
        if not others:
            raise NotKnown(f"the group {group}", "group", "the subject of a group hotline", "subject")
        body = MessageSent(
            others, asked.purpose, asked.texts, asked.precedence, None, asked.about, asked.asks, group=group
        )
        return Tell(body=body, readers=others)

    return await _act(call, "say", asked, made)


async def answer_it(call: Call) -> Response:
    """Answer a message on a group hotline; every member gets the answer."""
    asked: GroupAnswered = await _asked(call, GroupAnswered)

    def made(desk: Desk, now: datetime) -> Tell:
        others = _others(desk, asked.message)
        return Tell(body=AnswerGiven(asked.answer, asked.words), readers=others, answers=(asked.message,))

    return await _act(call, "answer", asked, made)


async def acknowledge(call: Call) -> Response:
    """Acknowledge a message on a group hotline, with the hash of the text as it is held here."""
    asked: GroupAcknowledged = await _asked(call, GroupAcknowledged)
    role = asked.role or call.caller.role.value

    def made(desk: Desk, now: datetime) -> Tell:
        others = _others(desk, asked.message)
        entry = desk.picture.entry(asked.message)
        held = "" if entry is None else digest_of(entry.statement)
        body = RungReached(asked.message, desk.party, Rung.ACKNOWLEDGED, role, held, remarks=asked.remarks)
        return Tell(body=body, readers=others)

    return await _act(call, "acknowledge", asked, made)


async def agree(call: Call) -> Response:
    """Say for one's own party that it agrees to a text of a group; every member is told."""
    asked: GroupAgreed = await _asked(call, GroupAgreed)
    group = _subject(call)

    def made(desk: Desk, now: datetime) -> Tell:
        others = _others(desk, asked.text)
        return Tell(body=StanceTaken(asked.text, group, desk.party, asked.stance), readers=others)

    return await _act(call, "agree", asked, made)


def _others(desk: Desk, name: StatementId) -> tuple[PartyId, ...]:
    entry = desk.picture.entry(name)
    members = () if entry is None else members_of(entry)
    if not members:
        raise NotKnown(
            f"the statement {name} on a group hotline",
            "group",
            "a text of a group, or a message on it",
            "message",
        )
    return tuple(party for party in members if party != desk.party)


def _subject(call: Call) -> SubjectId:
    return SubjectId(call.request.path_params["subject"])


async def _asked(call: Call, shape: type[Any]) -> Any:  # noqa: ANN401 - the shape's own type
    return read(msgspec.json.Decoder(shape), await call.body(MAX_BYTES) or b"{}", "the act")


async def _act(call: Call, what: str, asked: Struct, made: _Made) -> Response:
    """Carry out an act whose text is made from the picture as it stands when its turn comes."""
    node, key = call.writer.node, key_of(call)

    def decided(desk: Desk, now: datetime) -> Decision:
        return decide(desk, made(desk, now), key, now, node.keys)

    asked_bytes = canonical(["hotline", what, _subject(call), asked])
    return await act(call, Ask(call.party, key, asked_bytes, (), decided))


def routes() -> list[Route]:
    """List the routes of this module."""
    base = "/api/v1/desks/{party}"
    group = f"{base}/groups/{{subject}}"
    acts = (
        (f"{base}/hotlines/{{subject}}/checks", check, "Log a check of a hotline, made now.", CheckAsked),
        (f"{group}/messages", say, "Say something on a group hotline, to every member.", GroupSaid),
        (f"{group}/answers", answer_it, "Answer on a group hotline, to every member.", GroupAnswered),
        (f"{group}/acknowledgements", acknowledge, "Acknowledge on a group hotline.", GroupAcknowledged),
        (f"{group}/stances", agree, "Agree to a text of a group, by its id.", GroupAgreed),
    )
    return [
        Route("GET", f"{base}/hotline-board", Policy.WHOLE, board,
              "The hotlines now: declared and observed, last contact with its age, hours, checks due.",
              BoardAnswer),
        *(Route("POST", path, Policy.ACT, answer, words, ActAnswer, takes, headers=(KEY,), status=201)
          for path, answer, words, takes in acts),
    ]  # fmt: skip
