"""The statement: what one party says, whole, signed, dated and never changed.

The bytes are the same for every reader, so nothing in a statement depends on who reads it. An `Entry` is
the statement's place in one log. Reading is strict: unknown fields, over-long texts and naive times are
refused with the field and the rule.
"""

from __future__ import annotations

import base64
import hashlib
import re
import typing
from collections import OrderedDict
from datetime import datetime, timedelta
from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct

from keepclear.errors import KeepclearError, LimitRefused, Malformed
from keepclear.geo.figures import DEGREES
from keepclear.model import (
    alarms,
    approvals,
    base_rates,
    channels,
    commitments,
    countersigning,
    exercises,
    hotline,
    incidents,
    measures,
    notices,
    notifications,
    parties,
    reconciling,
    shifts,
    step_backs,
    telling,
    templates,
)
from keepclear.model.complaints import choices, plain
from keepclear.model.handover import HandoverStated
from keepclear.model.words import (
    Attachment,
    CapStatus,
    Form,
    Mark,
    Name,
    PartyId,
    Speaker,
    StatementId,
    SubjectId,
    Via,
    Words,
    owner_of,
)
from keepclear.record.canonical import STATEMENT_PREFIX, canonical
from keepclear.times import Instant, Stamp, Window

Body = (
    parties.PartyStated
    | parties.RelationStated
    | parties.AgreementStated
    | parties.KeyStated
    | channels.ChannelStated
    | channels.CheckMade
    | channels.ContactLogged
    | channels.ChannelEndStated
    | channels.OnCallStated
    | shifts.ShiftStated
    | reconciling.Reconciled
    | channels.MonitoringStated
    | channels.GroupStated
    | measures.MeasureStated
    | measures.StanceTaken
    | measures.OverlayOffered
    | step_backs.StepBackChecked
    | notices.NoticeStated
    | notices.PresenceStated
    | notices.Observed
    | notices.BuildUpStated
    | notices.RemarkMade
    | base_rates.BaseRateSet
    | notifications.SubmissionMade
    | notifications.MovementStated
    | notifications.NotificationStep
    | hotline.MessageSent
    | hotline.WarningGiven
    | hotline.AnswerGiven
    | hotline.RungReached
    | hotline.ReadBack
    | hotline.ReadBackSettled
    | hotline.MeetingStated
    | countersigning.Countersigned
    | templates.TemplateApproved
    | exercises.ExerciseRun
    | incidents.IncidentStated
    | incidents.ClaimMade
    | incidents.ReplyMade
    | incidents.PublicStated
    | incidents.SourceStated
    | incidents.Linked
    | alarms.AlarmRaised
    | alarms.AlarmStep
    | alarms.ClockEvent
    | HandoverStated
    | approvals.ApprovalPolicy
    | approvals.DraftSubmitted
    | approvals.DraftDecided
    | telling.Revoked
    | telling.StatusStated
    | telling.ReleaseDecided
    | telling.NotTold
    | telling.Forwarded
    | telling.ConflictStated
    | telling.HitsCapped
    | commitments.CommitmentStated
    | commitments.CommitmentTable
    | commitments.CommitmentOpened
    | telling.LogOpened
    | telling.LogClosed
)
KINDS: tuple[type[Struct], ...] = typing.get_args(Body)

MAX_STATEMENT_BYTES = 32 * 1024
MAX_DEPTH = 32


class Author(Struct, frozen=True, forbid_unknown_fields=True):
    """Who signs: the party, and the id of the key with which it signs."""

    party: PartyId
    key: Name


class Statement(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """One act of telling.

    `stated_at` is the author's clock and rises strictly per subject. `said_by` and `via` make reported
    speech: the author signs for having heard it, never for its truth. `sig` is the author's Ed25519
    signature over the canonical bytes of all other fields.
    """

    id: StatementId
    subject: SubjectId
    author: Author
    cap: CapStatus
    stated_at: Instant
    body: Body
    v: Annotated[int, Meta(ge=1, le=1)] = 1
    form: Form = Form.EXACT
    thread: SubjectId | None = None
    said_by: Speaker | None = None
    said_at: Stamp | None = None
    via: Via = Via.DIRECT
    source: SubjectId | None = None
    mark: Mark | None = None
    valid: Window | None = None
    answers: tuple[StatementId, ...] = ()
    onward: bool = True
    attachments: tuple[Attachment, ...] = ()
    remarks: Words = ""
    sig: str = ""

    @property
    def kind(self) -> str:
        """The kind of the body, as it stands in the JSON."""
        return kind_of(type(self.body))

    @property
    def is_owners(self) -> bool:
        """Tell whether the author owns the subject; only then does the statement version it."""
        return owner_of(self.subject) == self.author.party


class LogId(Struct, frozen=True, order=True, forbid_unknown_fields=True):
    """A log: exactly what `author` has told `reader`, in order."""

    author: PartyId
    reader: PartyId

    def __str__(self) -> str:
        return f"{self.author}→{self.reader}"


class Entry(Struct, frozen=True, gc=False):
    """A statement's place in one log.

    `recorded_at` is the author's node's clock at the append, `received_at` the time of the reader's first
    cosignature that covers the index; `sees` is the size of the opposite log that the author had seen.
    `by_reader` tells that this cosignature was by the reader's own key, not by that of a host of both.
    """

    log: LogId
    index: int
    recorded_at: datetime
    received_at: datetime
    sees: int
    statement: Statement
    by_reader: bool = False


def kind_of(body_type: type[Struct]) -> str:
    """Give the kind word of a body type."""
    return str(body_type.__struct_config__.tag)


def holds(hint: object, *wanted: object) -> bool:
    """Tell whether a type annotation is one of the wanted types or holds one."""
    if any(hint is each for each in wanted):
        return True
    return any(holds(argument, *wanted) for argument in typing.get_args(hint))


def _reference_fields() -> dict[type[Struct], tuple[tuple[str, bool], ...]]:
    """Read from the annotations which fields of each body name other statements; none can be forgotten."""
    table: dict[type[Struct], tuple[tuple[str, bool], ...]] = {}
    for body_type in KINDS:
        hints = typing.get_type_hints(body_type)
        fields = [
            (field, typing.get_origin(hint) is tuple)
            for field, hint in hints.items()
            if holds(hint, SubjectId, StatementId)
        ]
        table[body_type] = tuple(fields)
    return table


REFERENCE_FIELDS = _reference_fields()


def references(statement: Statement) -> list[str]:
    """List the subject and statement ids that a statement names, its own subject left out.

    What is shown on names all that stands in it.
    """
    named: list[str] = list(statement.answers)
    if statement.thread is not None:
        named.append(statement.thread)
    if statement.source is not None:
        named.append(statement.source)
    body = statement.body
    for field, many in REFERENCE_FIELDS[type(body)]:
        value = getattr(body, field)
        if many:
            named.extend(value)
        elif value is not None:
            named.append(value)
    if isinstance(body, telling.Forwarded):
        original = original_of(body)
        named += [name for name in references(original) if name not in (original.id, original.subject)]
    return named


def signed_part(statement: Statement) -> bytes:
    """Give the bytes that the author signs: a context line, then the canonical statement without `sig`."""
    unsigned = msgspec.structs.replace(statement, sig="")
    return STATEMENT_PREFIX + canonical(unsigned)


def signed_part_of(statement: Statement, encoded: bytes) -> bytes:
    """Give what `signed_part` gives, out of the statement's canonical bytes, without writing it anew.

    The member `sig` is no text of anybody's: no string of JSON holds a bare quote, so its bytes stand once.
    """
    member = b'"sig":"%s"' % statement.sig.encode()
    before, found, after = encoded.partition(member)
    if not found or member in after or not (before.endswith(b",") and after):
        return signed_part(statement)
    # Members are in order and "subject" follows, so that a comma stands on both sides.
    return STATEMENT_PREFIX + before[:-1] + after


def encode(statement: Statement) -> bytes:
    """Give the canonical bytes of a statement, the same in every log in which it is told."""
    return canonical(statement)


def digest(encoded: bytes) -> str:
    """Give the SHA-256 of a statement's canonical bytes, in hex: what an acknowledgement names."""
    return hashlib.sha256(encoded).hexdigest()


_digests: OrderedDict[StatementId, tuple[Statement, str]] = OrderedDict()
_DIGESTS_KEPT = 1_024


def digest_of(statement: Statement) -> str:
    """Give the SHA-256 of a statement's canonical bytes, in hex: what a receipt of it names.

    A statement is asked for it by each act about it, and to write it anew costs more than the rest of the
    rule; so those of the last ones are kept, each for the very value that it was worked out from.
    """
    kept = _digests.get(statement.id)
    if kept is None or kept[0] is not statement:
        return _note_digest(statement, encode(statement))
    return kept[1]


def _note_digest(statement: Statement, encoded: bytes) -> str:
    made = digest(encoded)
    _digests[statement.id] = (statement, made)
    if len(_digests) > _DIGESTS_KEPT:
        _digests.popitem(last=False)
    return made


def reread(encoded: bytes) -> Statement:
    """Read a statement that was just written, and keep its digest, which is asked for soon.

    Raises:
        Malformed, LimitRefused: as `decode` does.
    """
    statement = decode(encoded)
    _note_digest(statement, encoded)
    return statement


_DECODER = msgspec.json.Decoder(Statement)
_UTC = timedelta(0)


def decode(encoded: bytes) -> Statement:
    """Read a statement strictly.

    Raises:
        Malformed: too large, too deep, not JSON, an unknown or ill-typed field, a time that is not UTC.
        LimitRefused: a field that the hard limits bar, such as one that pairs a weapon with a place.
    """
    if len(encoded) > MAX_STATEMENT_BYTES:
        raise Malformed(
            f"a statement of {len(encoded)} bytes",
            "statement-size",
            f"at most {MAX_STATEMENT_BYTES} bytes; put large bodies in an attachment",
        )
    statement: Statement = read(_DECODER, encoded, "statement")
    if statement.stated_at.utcoffset() != _UTC:
        raise Malformed("stated_at is not in UTC", "utc", 'a time ending in "Z"', "stated_at")
    return statement


def read(decoder: msgspec.json.Decoder[Any], encoded: bytes, what: str) -> Any:  # noqa: ANN401 - the decoder's own type
    """Decode JSON with a typed decoder and give refusals their field, rule and remedy.

    Raises:
        Malformed: see `decode`.
        LimitRefused: an unknown field whose name a hard limit bars.
    """
    try:
        return decoder.decode(encoded)
    except msgspec.ValidationError as error:
        raise explain(error, what, decoder.type) from error
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise Malformed(f"{what} is not JSON: {error}", "json", "one JSON object in UTF-8") from error


BARRED_FIELDS: tuple[tuple[tuple[str, ...], str, str], ...] = (
    (
        (
            "weapon",
            "munition",
            "ordnance",
            "warhead",
            "target",
            "aimpoint",
            "strike",
            "fuze",
            "dmpi",
            "firemission",
            "caliber",
            "calibre",
        ),
        "LIM-01",
        "no field pairs a weapon with a place",
    ),
    (("nearest", "closest"), "LIM-02", "nothing asks for the nearest of others"),
    (("rank", "priority_list", "threat", "score"), "LIM-03", "others' positions are never ranked"),
    (("free_fire", "freefire", "permissive", "kill"), "LIM-04", "no permissive measure exists"),
    (("action",), "LIM-07", "a zone yields only: call, warn, ask, step back"),
    (("track", "live_position"), "LIM-08", "others' positions never leave as live tracks or points"),
    (("order_by", "sort", "distance_to", "near"), "LIM-10", "nothing is ordered or chosen by distance"),
)
# Words that stand inside harmless ones ("begun", "claimed") are barred as whole words of a name.
_BARRED_WORDS = re.compile(r"(?<![a-z])(guns?|ammo|aim(ing|ed)?)(?![a-z])")
_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_JOINTS = re.compile(r"[\W_]+")


def limit_for(field: str) -> tuple[str, str] | None:
    """Give the hard limit (id and words) that bars a field or parameter of this name, if any.

    A name is read as it stands and with its words drawn together, so that `aim_point` is an aimpoint.
    """
    lowered = field.lower()
    spellings = (lowered, _JOINTS.sub("", lowered))
    for stems, limit, words in BARRED_FIELDS:
        if any(stem in spelling for stem in stems for spelling in spellings):
            return limit, words
    if _BARRED_WORDS.search(_HUMP.sub("_", field).lower()):
        return BARRED_FIELDS[0][1:]
    return None


def explain(error: msgspec.ValidationError, what: str, shape: object = None) -> KeepclearError:
    """Turn a decoder's complaint into a refusal that names field, rule and what would pass.

    `shape` is the type that was to be read; with it a word that is none of a closed set is answered by all.
    """
    cause = error.__cause__
    message, _, path = str(error).partition(" - at ")
    field = path.strip("`").removeprefix("$.")
    if isinstance(cause, Malformed):
        at = ".".join(part for part in (field, cause.field) if part)
        return Malformed(cause.asked, cause.rule, cause.passes, at)
    if field.endswith("effect") and "enum value" in message:
        asks = "call, contact-required, keep-out-requested, monitored or closed"
        return LimitRefused(f"a measure with another effect: {message}", "LIM-04", asks, field)
    if "unknown field" in message:
        name = message.rpartition("`")[0].rpartition("`")[2]
        barred = limit_for(name)
        if barred is not None:
            return LimitRefused(
                f'{what} with a field "{name}"', barred[0], f"leave it out: {barred[1]}", field
            )
        return Malformed(f'{what} has a field "{name}"', "unknown-field", "only the documented fields", field)
    if "RFC3339" in message or "timezone component" in message:
        return Malformed(
            f"{what} has a time that is none or has no offset from UTC: {message}",
            "naive-time",
            'a time with its offset, such as "2018-02-07T20:00:00Z"',
            field,
        )
    if field.rpartition(".")[2] in ("lat", "lon") and "got `str`" in message:
        return Malformed(
            f"{what} has a coordinate that is a text, not a number", "coordinate-form", DEGREES, field
        )
    wrong, passes = plain(message, field)
    known = choices(shape, field) if shape is not None and "enum value" in message else ""
    return Malformed(f"{what} cannot be read: {wrong}", "type", f"one of {known}" if known else passes, field)


def entry_bytes(index: int, recorded_at: str, sees: int, statement: bytes) -> bytes:
    """Give the canonical bytes of a log entry from its parts and the statement's canonical bytes."""
    return b'{"index":%d,"recorded_at":"%s","sees":%d,"statement":%s}' % (
        index,
        recorded_at.encode(),
        sees,
        statement,
    )


def original_of(forwarded: telling.Forwarded) -> Statement:
    """Read the statement inside a forwarded one.

    Raises:
        Malformed: the inner bytes are not base64 or no statement.
    """
    try:
        inner = base64.b64decode(forwarded.original, validate=True)
    except ValueError as error:
        raise Malformed(
            "a forwarded statement that is not base64", "base64", "the signed bytes", "original"
        ) from error
    return decode(inner)
