"""One event of bytes to its fields, by the expat of the standard library; never raises on what was sent.

There is one way to make a parser, and it refuses what an event never needs: document types, entities,
processing instructions, depth and masses of attributes. Unknown elements are passed over.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Final
from xml.parsers import expat

from msgspec import Struct

from keepclear.links.feeds import Unread

MAX_DEPTH: Final = 32
MAX_ATTRIBUTES: Final = 64
MAX_ELEMENTS: Final = 4_000
FLOW_TAGS: Final = "_flow-tags_"
_BLANK: Final = b" \t\r\n\x00\xef\xbb\xbf"
_DECLARATION = re.compile(
    rb"""<\?xml version=["']1\.0["'](?: encoding=["'](?i:utf-8)["'])?(?: standalone=["'](?:yes|no)["'])?"""
    rb"""[ ]?\?>[ \t\r\n]*"""
)
_START = re.compile(rb"<event[ \t\r\n/>]")


class Event(Struct, frozen=True, gc=False):
    """The attributes of an event as they were sent, each "" where it was not; see README.md here."""

    uid: str
    type: str
    how: str
    time: str
    start: str
    stale: str
    lat: str
    lon: str
    hae: str
    ce: str
    le: str
    callsign: str
    course: str
    speed: str
    flowed: tuple[str, ...] = ()


class _Refusal(Exception):
    def __init__(self, rule: str, words: str) -> None:
        super().__init__(words)
        self.rule, self.words = rule, words


_Attributes = dict[str, str]


_READ_AT: Final = {"point": 2, "contact": 3, "track": 3, FLOW_TAGS: 3}
"""What is read besides the root, and how deep it stands."""


_NOTHING: Final[dict[str, str]] = {}


def _no_document_type(*_: Any) -> int:  # noqa: ANN401 - whatever expat gives
    raise _Refusal("document-type", "an event without a document type, entities or instructions")


def _too_much(depth: int) -> _Refusal:
    if depth > MAX_DEPTH:
        return _Refusal("event-depth", f"at most {MAX_DEPTH} elements inside one another")
    words = f"at most {MAX_ATTRIBUTES} attributes to an element, {MAX_ELEMENTS:,} elements"
    return _Refusal("event-attributes", words)


_Opened = tuple[_Attributes, dict[str, _Attributes]]
"""The attributes of an event, and those of its point and of what is read of its detail, by the names."""


def strict_parser(opened: list[_Opened], around: int = 0) -> expat.XMLParserType:
    """Make a parser: UTF-8 whatever the declaration says, no document types, no entities, no instructions.

    It puts each event that begins into `opened`; of what is read of its detail, each the first that came.
    `around` is how many elements stand around the events.
    """
    depth, elements = -around, 0
    found: dict[str, _Attributes] = {}
    read_at = _READ_AT.get

    def begin(name: str, attributes: _Attributes) -> None:
        nonlocal depth, elements, found
        depth += 1
        elements += 1
        if depth > MAX_DEPTH or elements > MAX_ELEMENTS or len(attributes) > MAX_ATTRIBUTES:
            raise _too_much(depth)
        if depth == read_at(name):
            found.setdefault(name, attributes)
        elif depth == 1:
            if name != "event":
                raise _Refusal("event-root", "the element event")
            elements, found = 1, {}
            opened.append((attributes, found))

    def end(_name: str) -> None:
        nonlocal depth
        depth -= 1

    parser = expat.ParserCreate("UTF-8")
    parser.SetParamEntityParsing(expat.XML_PARAM_ENTITY_PARSING_NEVER)
    parser.StartDoctypeDeclHandler = _no_document_type
    parser.EntityDeclHandler = _no_document_type
    parser.ExternalEntityRefHandler = _no_document_type
    parser.ProcessingInstructionHandler = _no_document_type
    parser.StartElementHandler = begin
    parser.EndElementHandler = end
    return parser


def read_events(pieces: Sequence[tuple[int, bytes]]) -> list[tuple[Event | None, Unread | None]]:
    """Read what was cut out of a stream, each piece as `read_event` does.

    Args:
        pieces: each with its offset in the stream.
    """
    together = _together([whole for _, whole in pieces]) if len(pieces) > 1 else None
    if together is None:
        return [read_event(at, whole) for at, whole in pieces]
    return [(event, None) for event in together]


def _together(pieces: list[bytes]) -> list[Event] | None:
    """Read whole events by one parser; None where each must be looked at by itself.

    Each piece holds one end of an event, at its end. Where each holds one beginning as well, at its
    beginning, and nothing hides from sight what it holds (comments, sections, instructions), then all of
    them together are well formed only if each is.
    """
    bare = [_bare(piece) for piece in pieces]
    whole = b"".join(bare)
    if (
        whole.count(b"<event") != len(bare)
        or not all(piece.startswith(b"<event") for piece in bare)
        or b"<!" in whole
        or b"<?" in whole
    ):
        return None
    opened: list[_Opened] = []
    parser = strict_parser(opened, around=1)
    try:
        parser.Parse(b"<events>", False)
        parser.Parse(whole, False)
        parser.Parse(b"</events>", True)
    except (_Refusal, expat.ExpatError):
        return None
    return [_event_of(*each) for each in opened] if len(opened) == len(bare) else None


def _bare(piece: bytes) -> bytes:
    """Give an event without what may stand before it."""
    piece = piece.lstrip(_BLANK)
    declared = _DECLARATION.match(piece)
    return piece if declared is None else piece[declared.end() :]


def read_event(at: int, whole: bytes) -> tuple[Event | None, Unread | None]:
    """Read one event that was cut out of a stream.

    A piece that does not parse is tried once more from the last `<event` in it, so that the rest of a broken
    event does not take its neighbour with it. Then both are given: the event, and what could not be read.

    Args:
        at: its offset in the stream, for what could not be read.
        whole: its bytes, from whatever stood before it to `</event>`.
    """
    event, wrong = _parsed(at, whole)
    if wrong is None:
        return event, None
    begins = [found.start() for found in _START.finditer(whole)]
    if not begins or begins[-1] == 0 or wrong.rule in ("document-type", "event-depth", "event-attributes"):
        return None, wrong
    return _parsed(at + begins[-1], whole[begins[-1] :])[0], wrong


def _parsed(at: int, whole: bytes) -> tuple[Event | None, Unread | None]:
    opened: list[_Opened] = []
    try:
        strict_parser(opened).Parse(whole.lstrip(_BLANK), True)
    except _Refusal as refusal:
        return None, Unread(at, refusal.rule, refusal.words)
    except expat.ExpatError as error:
        return None, Unread(at, "event-xml", f"well-formed XML: {error}"[:200])
    return _event_of(*opened[0]), None


def _event_of(attributes: _Attributes, found: dict[str, _Attributes]) -> Event:
    event, point = attributes.get, found.get("point", _NOTHING).get
    track, contact = found.get("track", _NOTHING).get, found.get("contact", _NOTHING).get
    return Event(
        event("uid", ""), event("type", ""), event("how", ""), event("time", ""), event("start", ""),
        event("stale", ""), point("lat", ""), point("lon", ""), point("hae", ""), point("ce", ""),
        point("le", ""), contact("callsign", ""), track("course", ""), track("speed", ""),
        tuple(found.get(FLOW_TAGS, ())),
    )  # fmt: skip
