"""What a neutral host compares, what it may say of a conflict to each side, and how often in a day.

To be compared is to tell the host: only notices that were told to it count, never a check of a plan, and
never what was said to everybody. What a side is told follows from its own notice, from the cells and the
window, and from what the other has released to it: from nothing else that the host holds. Source:
statements.md §3; LIM-08; trust.md §6 (conflict only; a liar could enter every cell and probe).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from msgspec import Struct

from keepclear.geo.cells import cells_over
from keepclear.geo.covers import BoxIndex, boxes
from keepclear.geo.figures import Polygon
from keepclear.geo.volumes import Volume, meet
from keepclear.model.notices import NoticeStated
from keepclear.model.statements import Entry
from keepclear.model.telling import Condition, ConflictStated, ReleaseDecided
from keepclear.model.words import Form, PartyId, SubjectId, owner_of
from keepclear.rules.coarseness import COARSENESS
from keepclear.times import Window
from keepclear.views.hosting import Pair, conflicts_of, sides_told
from keepclear.views.picture import Picture
from keepclear.views.ties import condition

HITS_A_DAY = 12
"""How many hits between two parties a host tells one of them in a UTC day."""

CHANGES_A_DAY = 24
"""How many further texts of its notices in such hits a party may file in that day and still be told."""

BLOCK = timedelta(hours=6)
"""Windows are told in whole blocks of the UTC day, so that no start or end of the other's is told."""

_OVER = frozenset((Condition.WITHDRAWN, Condition.LAPSED, Condition.CLOSED))
_DAY = timedelta(days=1)


class Filed(Struct, frozen=True):
    """A notice as it stands for comparing: the newest text that counts, and the volumes of all that do."""

    subject: SubjectId
    author: PartyId
    text: Entry
    volumes: tuple[Volume, ...]


class Meeting(Struct, frozen=True):
    """About where and when two notices meet: cells of a fixed grid, and whole blocks of hours."""

    cells: tuple[Polygon, ...]
    window: Window


class Finding(Struct, frozen=True):
    """What one side is to be told now: the body's parts that depend on it, and in which form."""

    notice: Entry
    other: PartyId
    form: Form = Form.CONFLICT_ONLY
    cells: tuple[Polygon, ...] = ()
    window: Window | None = None
    theirs: tuple[Volume, ...] = ()
    ended: bool = False


def filed(picture: Picture, subject: SubjectId) -> Filed | None:
    """Give a notice as the host of a picture compares it; None where it is not told, or no longer stands."""
    texts = [entry for entry in picture.counting(subject) if _told_to_host(picture, entry)]
    if not texts or condition(picture, texts[0]) in _OVER:
        return None
    volumes = tuple(volume for entry in texts for volume in _volumes(entry))
    newest = max(texts, key=lambda entry: (entry.statement.stated_at, entry.statement.id))
    return Filed(subject, owner_of(subject), newest, volumes) if volumes else None


def _told_to_host(picture: Picture, entry: Entry) -> bool:
    return entry.log.reader == picture.party and entry.log.author != picture.party


def _volumes(entry: Entry) -> Iterator[Volume]:
    body, valid = entry.statement.body, entry.statement.valid or Window()
    for volume in body.volumes if isinstance(body, NoticeStated) else ():
        window = volume.window.meet(valid)
        if window is not None:
            yield Volume(volume.area, volume.floor, volume.ceiling, window)


def pairs(picture: Picture, touched: Iterable[SubjectId]) -> list[tuple[SubjectId, SubjectId]]:
    """Give the pairs of notices to be looked at when some have changed: those near, and those that had met.

    Each pair once, in alphabetical order of its subjects. Notices of one party are never compared.
    """
    changed = set(touched)
    found: set[tuple[SubjectId, SubjectId]] = set()
    subjects = [subject for subject, _, _ in picture.each(NoticeStated)]
    for _, sides in conflicts_of(picture):
        found |= {pair for pair in _met(picture, sides, subjects) if changed & set(pair)}
    standing = [each for subject in subjects if (each := filed(picture, subject)) is not None]
    rows = [(each, volume) for each in standing for volume in each.volumes]
    index = BoxIndex([volume.area for _, volume in rows])
    for each, volume in rows:
        if each.subject in changed:
            near = (rows[number][0] for number in index.candidates(boxes(volume.area)))
            found |= {_ordered(each.subject, other.subject) for other in near if other.author != each.author}
    return sorted(found)


def _met(
    picture: Picture, sides: dict[PartyId, list[Entry]], subjects: list[SubjectId]
) -> Iterator[tuple[SubjectId, SubjectId]]:
    """Give the two notices of a conflict; where one side alone was told, every pair that it may be of.

    Of a pair that it is not of, nothing was told, so that nothing of it can have ended.
    """
    told = sorted({notice for texts in sides.values() for notice in _notices(picture, texts)})
    if len(sides) > 1:
        yield from ((one, two) for one in told for two in told if one < two)
        return
    gone = [subject for subject, _, _ in picture.withdrawn(NoticeStated)]
    for mine in told:
        for other in (*subjects, *gone):
            if owner_of(other) != owner_of(mine):
                yield _ordered(mine, other)


def _notices(picture: Picture, texts: list[Entry]) -> set[SubjectId]:
    """Name the notices of which some texts tell one side: its own."""
    entries = (picture.entry(_body(text).notice) for text in texts)
    return {entry.statement.subject for entry in entries if entry is not None}


def _ordered(one: SubjectId, two: SubjectId) -> tuple[SubjectId, SubjectId]:
    return (one, two) if one < two else (two, one)


def _body(entry: Entry) -> ConflictStated:
    body = entry.statement.body
    assert isinstance(body, ConflictStated)  # noqa: S101 - narrows the type; `sides_told` gives no other
    return body


def meeting(one: Filed, two: Filed) -> Meeting | None:
    """Find about where and when two notices meet, in one answer that is the same for both sides."""
    shared = [
        overlap
        for mine in one.volumes
        for theirs in two.volumes
        if (overlap := meet(mine, theirs)) is not None
    ]
    if not shared:
        return None
    starts = [overlap.window.start for overlap in shared]
    ends = [overlap.window.end for overlap in shared]
    window = Window(
        None if None in starts else _block(min(at for at in starts if at is not None)),
        None if None in ends else _block(max(at for at in ends if at is not None), up=BLOCK),
    )
    return Meeting(cells_over([overlap.outline for overlap in shared]), window)


def _block(at: datetime, up: timedelta = timedelta(0)) -> datetime:
    """Give the start of a block of the day; with `up`, the end of the one in which an instant lies."""
    midnight = at.replace(hour=0, minute=0, second=0, microsecond=0)
    start = midnight + (at - midnight) // BLOCK * BLOCK
    return start if start == at else start + up


def findings(
    picture: Picture, conflict: SubjectId, one: SubjectId, two: SubjectId, now: datetime
) -> dict[PartyId, Finding]:
    """Give what each side is to be told now of two notices; a side to which nothing is new is left out."""
    sides = sides_told(picture, conflict)
    first, second = filed(picture, one), filed(picture, two)
    found = None if first is None or second is None else meeting(first, second)
    if first is None or second is None or found is None:
        return dict(_ended(picture, sides, pair_of(one, two), now))
    if found.window.end is not None and found.window.end <= now:
        return {}
    wanted = {
        mine.author: _finding(picture, mine, other, found)
        for mine, other in ((first, second), (second, first))
    }
    return {
        side: finding
        for side, finding in wanted.items()
        if side not in sides or not _same(sides[side][-1], finding)
    }


def _ended(
    picture: Picture, sides: dict[PartyId, list[Entry]], pair: Pair, now: datetime
) -> Iterator[tuple[PartyId, Finding]]:
    """Say to each side that was told that its conflict has ended, unless it was over by its own window."""
    for side, texts in sides.items():
        last = _body(texts[-1])
        notice = picture.entry(last.notice)
        over = last.window is not None and last.window.end is not None and last.window.end <= now
        if notice is not None and not last.ended and not over:
            other = pair[1] if side == pair[0] else pair[0]
            yield side, Finding(notice, other, texts[-1].statement.form, ended=True)


def _finding(picture: Picture, mine: Filed, other: Filed, found: Meeting) -> Finding:
    form, theirs = released(picture, other, mine.author)
    return Finding(mine.text, other.author, form, found.cells, found.window, theirs)


def _same(told: Entry, finding: Finding) -> bool:
    body = _body(told)
    was = (body.notice, told.statement.form, body.cells, body.window, body.theirs, body.ended)
    return was == (
        finding.notice.statement.id,
        finding.form,
        finding.cells,
        finding.window,
        finding.theirs,
        finding.ended,
    )


def released(picture: Picture, other: Filed, reader: PartyId) -> tuple[Form, tuple[Volume, ...]]:
    """Give what an author has let the host tell a reader of a notice: nothing, unless its release says so.

    A release covers the text that stood when it was decided, in its form or a coarser one.
    """
    decided = [
        (entry, body)
        for entry, body in picture.about(other.subject, ReleaseDecided)
        if entry.statement.author.party == other.author and body.reader == reader
    ]
    if not decided:
        return Form.CONFLICT_ONLY, ()
    entry, release = decided[-1]
    if release.withdrawn or not picture.is_current(entry):
        return Form.CONFLICT_ONLY, ()
    for text in picture.forms(other.subject):
        fits = COARSENESS[text.statement.form] >= COARSENESS[release.form]
        if fits and text.statement.form is not Form.CONFLICT_ONLY:
            covered = text.statement.stated_at <= entry.statement.stated_at
            return (text.statement.form, tuple(_volumes(text))) if covered else (Form.CONFLICT_ONLY, ())
    return Form.CONFLICT_ONLY, ()


def day_of(now: datetime) -> datetime:
    """Give the start of the UTC day in which an instant lies."""
    return now.replace(hour=0, minute=0, second=0, microsecond=0)


def pair_of(one: SubjectId, two: SubjectId) -> Pair:
    """Give the two parties whose notices these are, in alphabetical order."""
    first, second = sorted((owner_of(one), owner_of(two)))
    return first, second


def used_up(picture: Picture, side: PartyId, one: SubjectId, two: SubjectId, now: datetime) -> bool:
    """Tell whether a side has had its share of a pair's conflicts today, if these two are told as well.

    Hits count that were told to it, and so does each further text that it filed that day of a notice that is
    in one: a notice that is changed again and again to probe spends what its author may learn. What the other
    side changes spends nothing of it, so that nobody learns from a cap how often the other has changed.
    """
    day, hits = day_of(now), 0
    other = next(party for party in pair_of(one, two) if party != side)
    notices = {notice for notice in (one, two) if owner_of(notice) == side}
    for _, sides in conflicts_of(picture):
        told = [text for text in sides.get(side, ()) if _on(day, text.statement.stated_at)]
        # Whom it was with stands in the text, or with the other side; where in neither, it counts.
        if told and (_body(told[-1]).with_party in (other, None) or other in sides):
            hits += len(told)
            notices |= _notices(picture, told)
    texts = (
        sum(1 for text in picture.texts(notice) if _on(day, text.received_at)) for notice in sorted(notices)
    )
    changes = sum(max(0, count - 1) for count in texts)
    return hits >= HITS_A_DAY or changes >= CHANGES_A_DAY


def _on(day: datetime, at: datetime) -> bool:
    return day <= at < day + _DAY
