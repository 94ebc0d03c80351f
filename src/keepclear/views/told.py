"""What one party had told another, and which rung each text had reached, on whose word."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

from msgspec import Struct, structs

from keepclear.model.channels import ContactLogged
from keepclear.model.hotline import How, ReadBack, Rung, RungReached
from keepclear.model.statements import Entry, Statement
from keepclear.model.telling import NotTold
from keepclear.model.words import PUBLIC, PartyId, StatementId, SubjectId
from keepclear.views.attribution import is_latest, party_name
from keepclear.views.picture import Picture, speaks_for_itself
from keepclear.views.readbacks import read_backs_of, repeated
from keepclear.views.ties import conditions

LADDER: tuple[Rung, ...] = (
    Rung.SENT,
    Rung.DELIVERED,
    Rung.DISPLAYED,
    Rung.ACKNOWLEDGED,
    Rung.READ_BACK,
    Rung.CONFIRMED,
    Rung.RELAYED,
    Rung.BRIEFED,
)


PASSED = "passed by telephone"
TOLD = "told"
"""The first rung towards a reader without a node here: its author's word, since no machine stands for it."""

OTHERWISE = "read back otherwise than said"
"""What stands beside the ladder while a field that was read back differs, is incomplete or cannot be read."""

HELD = "held by host"
"""What the cosignature of a host of both sides says; the reader's own is the rung *delivered*."""

ACKNOWLEDGING = frozenset({Rung.ACKNOWLEDGED, Rung.READ_BACK, Rung.RELAYED, Rung.BRIEFED})
"""The rungs by which a reader itself says that it has a text."""

NOT_RECEIVED = datetime.min.replace(tzinfo=UTC)
"""The `received_at` of an entry whose reader has no node that could have received it."""


class Step(Struct, frozen=True):
    """One rung that was reached: when, by which office, on whose word; `held` means held by the host.

    `at` is the time that was stated of it, `received_at` when that word arrived. `per` names who reports a
    rung that is not the reader's own word.
    """

    rung: str
    at: datetime
    how: How
    by: str = ""
    cell: str = ""
    remarks: str = ""
    received_at: datetime | None = None
    per: str = ""


class Ladder(Struct, frozen=True):
    """The receipt ladder of one text for one reader: the rungs reached, and the highest of them."""

    reader: PartyId
    reached: str
    steps: tuple[Step, ...]
    beside: tuple[Step, ...] = ()


class Behind(Struct, frozen=True):
    """A change of what a reader holds that it was not told: what, by which statement, when, and why not.

    `what` is "restated", "taken back", or "condition: …". `reason` is that of the decision not to tell, ""
    where none stands.
    """

    what: str
    statement: StatementId
    stated_at: datetime
    reason: str


class Told(Struct, frozen=True):
    """One text that A had told B: its ordinal among that subject's texts in A→B, its ladder, what it lacks.

    `superseded` tells that B was told a later text in the same form.
    """

    entry: Entry
    ordinal: int
    superseded: bool
    ladder: Ladder
    behind: tuple[Behind, ...] = ()


class Outbox:
    """What one author has told, per reader: the fold over the logs that it writes."""

    __slots__ = ("_by_reader", "_last", "author")

    def __init__(self, author: PartyId) -> None:
        self.author = author
        self._by_reader: dict[PartyId, dict[str, Entry]] = {}
        self._last: dict[PartyId, dict[str, str]] = {}

    def fold(self, entries: Iterable[Entry]) -> Outbox:
        """File entries of this author's logs; one told twice to a reader counts once. Gives itself."""
        for entry in entries:
            reader, statement = entry.log.reader, entry.statement
            told = self._by_reader.get(reader)
            if told is None:
                told = self._by_reader[reader] = {}
                self._last[reader] = {}
            if statement.id not in told:
                told[statement.id] = entry
                self._last[reader][statement.subject] = statement.id
        return self

    def copied(self) -> Outbox:
        """Give another outbox of the same: what is filed into it changes nothing here."""
        made = Outbox(self.author)
        made._by_reader = {reader: dict(told) for reader, told in self._by_reader.items()}
        made._last = {reader: dict(last) for reader, last in self._last.items()}
        return made

    def received(self, reader: PartyId, size: int, at: datetime, *, by_reader: bool) -> Outbox:
        """Count what a reader's node says it holds: the first `size` entries, since an instant."""
        told = self._by_reader.get(reader, {})
        for identity, entry in reversed(told.items()):
            if entry.received_at != NOT_RECEIVED:
                break  # a receipt covers everything before it too
            if entry.index < size:
                told[identity] = receipted(entry, at, by_reader=by_reader)
        return self

    def readers(self) -> list[PartyId]:
        """Give the readers to whom anything was told, in the order of first telling."""
        return list(self._by_reader)

    def told(self, reader: PartyId, at: datetime | None = None) -> list[Entry]:
        """Give what had been told to a reader by an instant, in the log's order."""
        entries = self._by_reader.get(reader, {}).values()
        return [entry for entry in entries if at is None or entry.recorded_at <= at]

    def holders(self, subject: SubjectId) -> dict[PartyId, StatementId]:
        """Give the readers that hold any text of a subject, each with the last text told to it."""
        return {
            reader: StatementId(texts[subject]) for reader, texts in self._last.items() if subject in texts
        }

    def holds(self, reader: PartyId, identity: str) -> bool:
        """Tell whether a reader was told this statement, or any text of this subject, by this author."""
        return identity in self._by_reader.get(reader, ()) or identity in self._last.get(reader, ())

    def entry(self, reader: PartyId, identity: StatementId) -> Entry | None:
        """Give the entry under which a statement was told to a reader."""
        return self._by_reader.get(reader, {}).get(identity)

    def size(self, reader: PartyId) -> int:
        """Give how many statements a reader was told."""
        return len(self._by_reader.get(reader, {}))


def receipted(entry: Entry, at: datetime, *, by_reader: bool) -> Entry:
    """Give an entry as its reader's node says that it holds it; cosigners count whole seconds."""
    return structs.replace(entry, received_at=max(at, entry.recorded_at), by_reader=by_reader)


def outbox(author: PartyId, entries: Iterable[Entry], at: datetime | None = None) -> Outbox:
    """Fold what `author` had told its readers by `at` out of the logs that it writes."""
    return Outbox(author).fold(
        entry for entry in entries if entry.log.author == author and (at is None or entry.recorded_at <= at)
    )


def told(box: Outbox, own: Picture, reader: PartyId, at: datetime | None = None) -> list[Told]:
    """Tell what an author had told a reader by an instant, and the rung that each text had reached.

    Args:
        box: the author's outbox.
        own: the author's own picture, where the readers' acknowledgements and the author's reports stand.
        reader: whom it was told.
        at: the instant to cut at, included; None for everything.
    """
    entries = box.told(reader, at)
    by_time = sorted(entries, key=lambda entry: (entry.statement.stated_at, entry.statement.id))
    last = {(entry.statement.subject, entry.statement.form): entry.statement.id for entry in by_time}
    has = {entry.statement.id for entry in (*entries, *box.told(PUBLIC, at))}
    counts: dict[str, int] = {}
    rows: list[Told] = []
    for entry in entries:
        subject = entry.statement.subject
        counts[subject] = counts.get(subject, 0) + 1
        superseded = last[subject, entry.statement.form] != entry.statement.id
        rows.append(
            Told(
                entry=entry,
                ordinal=counts[subject],
                superseded=superseded,
                ladder=ladder(own, entry, reader, at),
                behind=() if superseded else tuple(_behind(own, entry, reader, has)),
            )
        )
    return rows


def _behind(own: Picture, entry: Entry, reader: PartyId, has: set[StatementId]) -> Iterator[Behind]:
    """Go through what has changed of a text since and does not stand in the log to its reader."""
    statement = entry.statement
    same_form = [text for text in own.texts(statement.subject) if text.statement.form == statement.form]
    if same_form and same_form[-1].statement.id not in has:
        yield _left_out(own, same_form[-1], "restated", reader)
    else:
        yield from _outgrown(own, entry, reader, has)
    revoked = own.revocation(statement.subject)
    if revoked is not None and revoked.statement.id not in has and not own.stands(entry):
        yield _left_out(own, revoked, "taken back", reader)
    stated = conditions(own, entry) if own.stands(entry) else []
    known = [body.status for told_entry, body in stated if {told_entry.statement.id, body.of} <= has]
    if stated and known[-1:] != [stated[-1][1].status]:
        yield _left_out(own, stated[-1][0], f"condition: {stated[-1][1].status}", reader)


def _outgrown(own: Picture, entry: Entry, reader: PartyId, has: set[StatementId]) -> Iterator[Behind]:
    """Give the latest text in another form that was owed to a holder of this one and was not told to it.

    A finer form is owed where it says more than the coarse one covers; the decision not to tell it shows so.
    """
    owed = [
        text
        for text in own.standing(entry.statement.subject)
        if text.statement.form != entry.statement.form
        and text.statement.id not in has
        and text.statement.stated_at > entry.statement.stated_at
        and _reasons(own, text.statement.id, reader)
    ]
    if owed and own.is_current(owed[-1]):
        yield _left_out(own, owed[-1], "restated", reader)


def _left_out(own: Picture, change: Entry, what: str, reader: PartyId) -> Behind:
    statement = change.statement
    reasons = _reasons(own, statement.id, reader)
    return Behind(what, statement.id, statement.stated_at, reasons[-1] if reasons else "")


def _reasons(own: Picture, text: StatementId, reader: PartyId) -> list[str]:
    return [
        body.reason
        for noted, body in own.about(text, NotTold)
        if body.reader == reader and body.text == text and own.stands(noted)
    ]


def ladder(own: Picture, entry: Entry, reader: PartyId, at: datetime | None = None) -> Ladder:
    """Build the receipt ladder of one text for one reader from what stands in the author's picture.

    A rung counts as *own* only by the reader's own statement; what the author writes down of the reader is
    *reported*. *Delivered* is the cosignature of the reader's own node, or of its client at a host's;
    `held by host` is that of a host of both and no receipt of the reader's; a reader without a node has
    neither, nor *sent*. A rung that was taken back counts no more and stands beside, and so does a read-back
    while a field of it differs from what was said or is open: who has heard it wrong has not received it.
    """
    steps = [*_by_machine(own, entry, at), *_by_voice(own, entry, reader, at)]
    beside: list[Step] = []
    for told_entry, body in own.about(entry.statement.id, RungReached):
        if body.reader != reader or (at is not None and told_entry.received_at > at):
            continue
        if not own.stands(told_entry):
            beside.append(_step(own, told_entry, body, entry, f"{body.rung.value}, taken back"))
        elif is_latest(own, told_entry):
            step = _step(own, told_entry, body, entry, body.rung.value)
            (steps if body.rung in LADDER else beside).append(step)
    steps += _repeated(own, entry, reader, at)
    if any(step.rung == Rung.READ_BACK for step in steps) and repeated(own, entry, reader, at).open:
        beside += [structs.replace(step, rung=OTHERWISE) for step in steps if step.rung == Rung.READ_BACK]
        steps = [step for step in steps if step.rung != Rung.READ_BACK]
    order = [rung.value for rung in LADDER]
    reached = max((step.rung for step in steps if step.rung in order), key=order.index, default=TOLD)
    return Ladder(reader, reached, tuple(steps), tuple(beside))


def _by_machine(own: Picture, entry: Entry, at: datetime | None) -> list[Step]:
    """Give the rungs that machines reached by an instant; for a reader without a node its author's word."""
    log, recorded_at, received_at = entry.log, entry.recorded_at, entry.received_at
    if log.reader == log.author:
        return [Step(Rung.SENT.value, recorded_at, How.MACHINE, received_at=recorded_at)]
    held = received_at >= recorded_at and (at is None or received_at <= at)
    if log.reader == PUBLIC or not held:
        per = party_name(own, log.author)
        return [Step(TOLD, recorded_at, How.REPORTED, received_at=recorded_at, per=per)]
    steps = [Step(Rung.SENT.value, recorded_at, How.MACHINE, received_at=recorded_at)]
    rung = Rung.DELIVERED.value if entry.by_reader else HELD
    steps.append(Step(rung, received_at, How.MACHINE, received_at=received_at))
    own_word = None if entry.by_reader else own.receipts(log, entry.index)
    if own_word is not None:
        since = max(own_word, received_at)
        if all(limit is None or since <= limit for limit in (at, own.at)):
            steps.append(Step(Rung.DELIVERED.value, since, How.MACHINE, received_at=since))
    return steps


def _by_voice(own: Picture, entry: Entry, reader: PartyId, at: datetime | None) -> list[Step]:
    """Give the calls in which the author read a text out to a reader, by its own report, first of each."""
    found: dict[SubjectId, Step] = {}
    for told_entry, body in own.about(entry.statement.id, ContactLogged):
        late = at is not None and told_entry.received_at > at
        if entry.statement.id not in body.passed or body.with_party != reader or late:
            continue
        if told_entry.statement.author.party == entry.log.author and own.stands(told_entry):
            found.setdefault(
                told_entry.statement.subject,
                Step(
                    PASSED,
                    told_entry.statement.stated_at,
                    How.REPORTED,
                    by=body.answerer_role,
                    received_at=told_entry.received_at,
                    per=party_name(own, entry.log.author),
                ),
            )
    return list(found.values())


def _repeated(own: Picture, entry: Entry, reader: PartyId, at: datetime | None) -> list[Step]:
    """Give the rung *read back* that follows from what was read back, where nobody stated it besides."""
    stated = {
        told_entry.statement.author.party
        for told_entry, body in own.about(entry.statement.id, RungReached)
        if body.reader == reader and body.rung == Rung.READ_BACK
    }
    return [
        Step(
            Rung.READ_BACK.value,
            told_entry.statement.stated_at,
            How.OWN if speaks_for_itself(told_entry.statement) else How.REPORTED,
            by=body.role,
            received_at=told_entry.received_at,
            per="" if speaks_for_itself(told_entry.statement) else _reporter(own, told_entry.statement),
        )
        for told_entry, body in read_backs_of(own, entry.statement.id, reader)
        if told_entry.statement.author.party not in stated and (at is None or told_entry.received_at <= at)
    ]


def _step(own: Picture, told_entry: Entry, body: RungReached, entry: Entry, words: str) -> Step:
    statement = told_entry.statement
    how = _how(own, statement, body, entry.log.author)
    return Step(
        rung=words,
        at=statement.stated_at if body.at is None else body.at.at,
        how=how,
        by=body.role,
        cell=body.cell,
        remarks=body.remarks,
        received_at=told_entry.received_at,
        per="" if how is not How.REPORTED else _reporter(own, statement),
    )


def _reporter(own: Picture, statement: Statement) -> str:
    """Name who reports a rung: its author, and whose words it passes on where it says so."""
    author = party_name(own, statement.author.party)
    return author if statement.said_by is None else f"{author}, from {statement.said_by.name}"


def _how(own: Picture, statement: Statement, body: RungReached, author: PartyId) -> How:
    """Tell whose word a rung is: the reader's own, for a confirmed read-back the sender's; else a report.

    That a text was displayed at the reader is its screen's word: a machine's, and no person's.

    A sender that confirms what it alone says to have heard has its own report confirmed, no more.
    """
    if statement.author.party == body.reader:
        own_word = How.MACHINE if body.rung == Rung.DISPLAYED else How.OWN
        return own_word if speaks_for_itself(statement) else How.REPORTED
    confirms = body.rung == Rung.CONFIRMED and statement.author.party == author
    is_own = confirms and speaks_for_itself(statement) and _read_back_itself(own, body)
    return How.OWN if is_own else How.REPORTED


def _read_back_itself(own: Picture, body: RungReached) -> bool:
    """Tell whether a reader read a text back by its own word."""
    made = [told for told, _ in own.about(body.of, ReadBack)]
    made += [told for told, rung in own.about(body.of, RungReached) if rung.rung == Rung.READ_BACK]
    return any(
        told.statement.author.party == body.reader and speaks_for_itself(told.statement) and own.stands(told)
        for told in made
    )


def ladders(
    own: Picture, box: Outbox, entry: Entry, readers: Iterable[PartyId] | None = None
) -> tuple[Ladder, ...]:
    """Build the ladders of an own text, one for each reader that was told it, by reader; else none.

    What was said to everybody, or noted for oneself, has no reader who owes a receipt.

    Args:
        own: the author's own picture.
        box: the author's outbox.
        entry: the text, as it stands in the picture.
        readers: whom to look at; None for everybody who was told.
    """
    if entry.statement.author.party != box.author:
        return ()
    found = []
    for reader in sorted(box.readers() if readers is None else readers):
        told_entry = None if reader in (PUBLIC, box.author) else box.entry(reader, entry.statement.id)
        if told_entry is not None:
            found.append(ladder(own, told_entry, reader, own.at))
    return tuple(found)
