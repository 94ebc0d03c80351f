"""Routes of calls and read-backs: what the call panel shows, and what an officer notes while speaking."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any, TypeVar

import msgspec
from msgspec import Struct
from msgspec.structs import replace
from starlette.responses import Response

from keepclear.commands import calls as acts_on_calls
from keepclear.commands.calls import Acting
from keepclear.commands.telling import Decision, Desk
from keepclear.errors import NotKnown
from keepclear.model.statements import Entry, read
from keepclear.model.words import PartyId, StatementId, SubjectId, Words
from keepclear.record.canonical import canonical
from keepclear.service.asking import Ask
from keepclear.service.http.acts import KEY, ActAnswer, act, key_of
from keepclear.service.http.desks import answer, sight_of
from keepclear.service.http.names import NameBeside, name_beside
from keepclear.service.http.policy import Policy
from keepclear.service.http.routes import AT, Call, Param, Route
from keepclear.views.calls import CallView, calls
from keepclear.views.desk import banner
from keepclear.views.readbacks import FieldView, Repeated, compare_fields, readers_of, repeated
from keepclear.views.script import ScriptView, script
from keepclear.views.spelling import Spelled, spell

MAX_BYTES = 32 * 1024
LANG = Param("lang", "the counterpart's language: en, ru or ar; without it, as its hotlines say")
OURS = Param("ours", "our language: en, ru or ar; en without it")
T = TypeVar("T")
Decide = Callable[[Acting], Decision]


class CallsAnswer(Struct, frozen=True):
    """The calls of a desk, those that go on first."""

    party: PartyId
    at: datetime | None
    now: datetime
    banner: str
    items: tuple[CallView, ...]


class CompareAsked(Struct, frozen=True, forbid_unknown_fields=True):
    """What was typed as heard so far, by field."""

    fields: dict[str, Words]


class CompareAnswer(Struct, frozen=True):
    """What was typed, held against what was said; nothing is stated or kept."""

    statement: StatementId
    fields: tuple[FieldView, ...]
    open: tuple[str, ...]


class RepeatedAnswer(Struct, frozen=True):
    """What each reader has read back of a text."""

    statement: StatementId
    readers: tuple[Repeated, ...]


class SpellAnswer(Struct, frozen=True):
    """A text, spelled."""

    text: str
    lang: str
    spelled: tuple[Spelled, ...]


async def look(call: Call) -> Response:
    """Answer with the desk's calls."""
    await call.writer.settled()
    seen = sight_of(call)
    head = banner(call.writer.node.cap)
    shown = CallsAnswer(call.party, call.at(), seen.now, head, tuple(calls(seen.picture, seen.now)))
    return answer(call, shown)


async def script_of(call: Call) -> Response:
    """Answer with the call script of a message."""
    await call.writer.settled()
    picture = sight_of(call).picture
    entry = _text(call)
    return answer(call, script(picture, entry, call.query("ours") or "en", call.query("lang")))


async def read_backs(call: Call) -> Response:
    """Answer with what was read back of a text, field by field."""
    await call.writer.settled()
    picture, entry = sight_of(call).picture, _text(call)
    to = getattr(entry.statement.body, "to", ())
    readers = dict.fromkeys((*to, *readers_of(picture, entry.statement.id)))
    rows = tuple(repeated(picture, entry, reader) for reader in readers)
    return answer(call, RepeatedAnswer(entry.statement.id, rows))


async def compare(call: Call) -> Response:
    """Hold what was typed as heard against what was said, while it is typed."""
    asked: CompareAsked = read(_COMPARE, await call.body(MAX_BYTES), "what was heard")
    await call.writer.settled()
    entry = _text(call)
    rows = compare_fields(entry.statement, asked.fields)
    still = tuple(row.field for row in rows if row.outcome in ("differs", "incomplete", "unreadable"))
    found = CompareAnswer(entry.statement.id, rows, still)
    return Response(msgspec.json.encode(found), media_type="application/json")


def _text(call: Call) -> Entry:
    identity = StatementId(call.request.path_params["statement"])
    entry = sight_of(call).picture.entry(identity)
    if entry is None:
        raise NotKnown(f"statement {identity}", "held", "the id of a statement that has reached this desk")
    return entry


async def spelled(call: Call) -> Response:
    """Spell a call sign or a position."""
    text, lang = call.query("text") or "", call.query("lang") or "en"
    return answer(call, SpellAnswer(text, lang, spell(text, lang)))


async def _act(
    call: Call,
    what: str,
    asked: Any,  # noqa: ANN401 - a request body
    decide: Decide,
    beside: tuple[tuple[str, NameBeside], ...] = (),
) -> Response:
    node, key = call.writer.node, key_of(call)

    def decided(desk: Desk, now: datetime) -> Decision:
        return decide(Acting(desk, key, now, node.keys))

    names, rows = tuple(name for name, _ in beside), tuple(each.row for _, each in beside)
    return await act(call, Ask(call.party, key, canonical([what, asked]), (), decided, names, rows))


def _subject(call: Call) -> SubjectId:
    return SubjectId(call.request.path_params["subject"])


async def start(call: Call) -> Response:
    """Begin a call."""
    asked = read(_START, await call.body(MAX_BYTES), "the call")
    return await _act(call, "call", asked, lambda acting: acts_on_calls.start(acting, asked))


async def answered(call: Call) -> Response:
    """Note who answered; a name is kept beside the log, erasable."""
    asked: acts_on_calls.Answered = read(_ANSWERED, await call.body(MAX_BYTES), "who answered")
    subject = _subject(call)
    beside = ((asked.name, name_beside(call, asked.name, "name of who answered")),) if asked.name else ()
    named = tuple(each.named for _, each in beside)
    return await _act(
        call,
        "call-answered",
        [subject, replace(asked, name=""), len(named)],
        lambda acting: acts_on_calls.answered(acting, subject, asked, named),
        beside,
    )


def _noting(
    what: str, decoder: msgspec.json.Decoder[T], decide: Callable[[Acting, SubjectId, T], Decision]
) -> Callable[[Call], Awaitable[Response]]:
    """Make the handler of one act on a call."""

    async def note(call: Call) -> Response:
        asked: T = read(decoder, await call.body(MAX_BYTES) or b"{}", "the act")
        subject = _subject(call)
        return await _act(call, what, [subject, asked], lambda acting: decide(acting, subject, asked))

    note.__doc__ = f"Note of a call: {what}."
    return note


def _on_message(
    what: str, decoder: msgspec.json.Decoder[T], decide: Callable[[Acting, StatementId, T], Decision]
) -> Callable[[Call], Awaitable[Response]]:
    """Make the handler of one act on a text's read-back."""

    async def note(call: Call) -> Response:
        asked: T = read(decoder, await call.body(MAX_BYTES), "the act")
        message = StatementId(call.request.path_params["statement"])
        return await _act(call, what, [message, asked], lambda acting: decide(acting, message, asked))

    note.__doc__ = f"State of a read-back: {what}."
    return note


class Nothing(Struct, frozen=True, forbid_unknown_fields=True):
    """An act that needs no words."""


_COMPARE = msgspec.json.Decoder(CompareAsked)
_START = msgspec.json.Decoder(acts_on_calls.Start)
_ANSWERED = msgspec.json.Decoder(acts_on_calls.Answered)


def routes() -> list[Route]:
    """List the routes of this module."""
    base = "/api/v1/desks/{party}"
    one, text = f"{base}/calls/{{subject}}", f"{base}/messages/{{statement}}"
    on_call: tuple[tuple[str, type[Struct], Callable[[Acting, SubjectId, Any], Decision], str], ...] = (
        ("hold", Nothing, lambda acting, subject, _: acts_on_calls.held(acting, subject),
         "On hold: the hold clock starts."),
        ("resume", Nothing, lambda acting, subject, _: acts_on_calls.resumed(acting, subject),
         "Somebody speaks again: the hold clock stops."),
        ("passed", acts_on_calls.Passed, acts_on_calls.passed, "A text was read out."),
        ("read-back", acts_on_calls.ReadBackHeard, acts_on_calls.read_back,
         "What the other end read back, typed in as heard."),
        ("acknowledged", acts_on_calls.Acknowledged, acts_on_calls.acknowledged,
         "The other end said that it has the text, or has passed it on: a report."),
        ("answer", acts_on_calls.AnswerHeard, acts_on_calls.answer, "What the other end answered: a report."),
        ("end", acts_on_calls.Ended, acts_on_calls.ended, "The call is over."),
    )  # fmt: skip
    acts = [
        Route("POST", f"{one}/{name}", Policy.ACT, _noting(name, msgspec.json.Decoder(takes), decide), words,
              ActAnswer, takes, headers=(KEY,), status=201)
        for name, takes, decide, words in on_call
    ]  # fmt: skip
    return [
        Route("GET", f"{base}/calls", Policy.READ, look, "The calls of this desk, with their hold clocks.",
              CallsAnswer, params=(AT,)),
        Route("POST", f"{base}/calls", Policy.ACT, start, "Begin a call.", ActAnswer, acts_on_calls.Start,
              headers=(KEY,), status=201),
        Route("POST", f"{one}/answered", Policy.ACT, answered, "Who answered, or that nobody did.", ActAnswer,
              acts_on_calls.Answered, headers=(KEY,), status=201),
        *acts,
        Route("GET", f"{text}/script", Policy.READ, script_of,
              "The call script of a message in two languages, with its check code.", ScriptView,
              params=(AT, LANG, OURS)),
        Route("GET", f"{text}/read-backs", Policy.READ, read_backs,
              "What each reader read back of a text, field by field.", RepeatedAnswer, params=(AT,)),
        Route("POST", f"{text}/compare", Policy.WHOLE, compare,
              "Hold what is typed as heard against what was said; states nothing.", CompareAnswer,
              CompareAsked),
        Route("POST", f"{text}/confirm", Policy.ACT,
              _on_message("confirm", msgspec.json.Decoder(acts_on_calls.Confirm), acts_on_calls.confirm),
              "A read-back is right; refused while a field is open.", ActAnswer, acts_on_calls.Confirm,
              headers=(KEY,), status=201),
        Route("POST", f"{text}/settle", Policy.ACT,
              _on_message("settle", msgspec.json.Decoder(acts_on_calls.Settle), acts_on_calls.settle),
              "A person's explicit word about fields of a read-back.", ActAnswer, acts_on_calls.Settle,
              headers=(KEY,), status=201),
        Route("GET", f"{base}/spelling", Policy.READ, spelled, "Spell a call sign or a position.",
              SpellAnswer, params=(Param("text", "what is spelled"), LANG)),
    ]  # fmt: skip
