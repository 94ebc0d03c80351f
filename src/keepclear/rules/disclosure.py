"""What must not leave its author: protected sites (LIM-06), and where others are (LIM-08)."""

from __future__ import annotations

import re
from collections.abc import Iterable

from msgspec import Struct

from keepclear.errors import LimitRefused
from keepclear.geo.enclosing import encloses, touches
from keepclear.geo.shapes import Area
from keepclear.model.hotline import MessageSent, WarningGiven
from keepclear.model.incidents import Aspect, ClaimMade, IncidentStated
from keepclear.model.measures import MeasureKind, MeasureStated
from keepclear.model.notices import BuildUpStated, NoticeStated, Observed, PresenceStated, RemarkMade, Seen
from keepclear.model.notifications import MovementStated, SubmissionMade
from keepclear.model.statements import Entry, Statement
from keepclear.model.telling import ReleaseDecided
from keepclear.model.words import PUBLIC, Form, PartyId, Via, owner_of
from keepclear.rules.coarseness import (
    COARSENESS,
    areas,
    is_fine,
    need_bands,
    need_coarse_course,
    need_coarse_places,
    need_extent,
    need_no_coordinates,
    tells_coordinates,
)
from keepclear.rules.others_in_parts import (
    need_coarse_parts,
    need_no_coordinates_in_words,
    unclaimed_and_fine,
)
from keepclear.rules.others_in_words import is_present, speak_of_forces, speak_of_theirs
from keepclear.rules.permissive import strings
from keepclear.rules.shown_on import innermost, innermost_whole
from keepclear.views.attribution import is_archive
from keepclear.views.picture import Picture
from keepclear.views.told import Outbox

SITE = "a protected site"
MOVEMENT = "a movement under protection"
SEEN = "what was observed of others"
_OTHERS = "others' position"


def guard_disclosure(
    picture: Picture, outbox: Outbox, statement: Statement, readers: tuple[PartyId, ...]
) -> None:
    """Hold back protected sites and others' positions unless a Release of this text for that reader stands.

    A protected site leaves by a Release per recipient only (LIM-06). Where others' people or vehicles are
    leaves as a cell or belt with a count band, after a Release (LIM-08). What an archive's source has printed
    needs no Release; it is no less coarse. To show another's statement on is to tell what is in it.

    Raises:
        LimitRefused: no Release covers this text, or it is too exact.
        Refused: a coarse form that is not coarser than the exact one.
    """
    outside = [reader for reader in readers if reader != statement.author.party]
    if not outside:
        return
    told = innermost_whole(picture, statement)
    _need_coarse(picture, told, statement.author.party)
    needs = needs_release(picture, statement)
    if needs is None:
        for reader in outside:
            _need_no_site_within(picture, outbox, told, reader)
        return
    for reader in outside:
        _need_release(picture, outbox, statement, reader, needs)
    if statement.form != Form.EXACT:
        need_coarse_places(told.body, needs[1], needs[0])


def need_coarse_by_itself(told: Statement) -> None:
    """Hold a statement to what LIM-08 asks of it whoever reads it, and whatever else its reader holds.

    For what another's node has told: the same rules as at the sender, bar those that hang on its picture.
    The free words of a message are not judged: whoever warns must be heard.

    Raises:
        LimitRefused: it tells others' positions or strength too exactly, or marks a thing as a measure.
    """
    body = told.body
    printed = told.via == Via.PRESS and told.source is not None
    if _is_of_others(told):
        need_coarse_places(body, _OTHERS)
        need_bands(body, "others' strength")
        if tells_coordinates(told.remarks):
            need_no_coordinates(RemarkMade(told.remarks), _OTHERS)
    elif isinstance(body, PresenceStated):
        if set(body.beside) - {told.author.party}:
            need_coarse_places(body, _OTHERS)
    elif (isinstance(body, ClaimMade) and body.aspect == Aspect.PRESENCE and not printed) or isinstance(
        body, RemarkMade
    ):
        need_coarse_places(body, _OTHERS)
    elif isinstance(body, MeasureStated):
        if body.measure == MeasureKind.STEP_BACK:
            need_coarse_places(body, _OTHERS)
        need_extent(body)
    elif isinstance(body, MessageSent | WarningGiven):
        need_coarse_parts(body, told.author.party, _OTHERS)


def needs_release(picture: Picture, statement: Statement) -> tuple[str, str] | None:
    """Give the limit under which a statement leaves by a Release only, and what it tells; None for most."""
    told = innermost(statement)
    if _is_site(picture, told):
        return "LIM-06", SITE
    if isinstance(told.body, MovementStated) or _is_anothers_submission(statement, told):
        return "LIM-06", MOVEMENT if isinstance(told.body, MovementStated) else SITE
    if _is_of_others(told) and not _is_printed(picture, told):
        return "LIM-08", SEEN
    return None


def _is_anothers_submission(statement: Statement, told: Statement) -> bool:
    """Tell whether a statement shows on what an agency submitted: the cell restates it instead."""
    return isinstance(told.body, SubmissionMade) and told is not statement


def _need_no_site_within(picture: Picture, outbox: Outbox, told: Statement, reader: PartyId) -> None:
    """Refuse to tell a protected site's place under another name to a reader who does not hold the site.

    A small area that touches one, or any that lies within it, tells as much as the site itself. Incidents are
    history and keep their places; what is one's own presence tells of oneself.
    """
    if not isinstance(told.body, MeasureStated | NoticeStated | RemarkMade):
        return
    placed = list(areas(told.body))
    if not placed:
        return
    to = "everybody" if reader == PUBLIC else reader
    for site in _sites_unknown_to(picture, outbox, reader):
        for at, area in placed:
            if (is_fine(area) and touches(area, site)) or encloses(site, area):
                raise LimitRefused(
                    f"telling {to} the place of {SITE} as something else",
                    "LIM-06",
                    "a larger area; or first a release of the site, and the site told",
                    at,
                )


def _sites_unknown_to(picture: Picture, outbox: Outbox, reader: PartyId) -> Iterable[Area]:
    for subject, _, body in picture.each(MeasureStated):
        if body.measure != MeasureKind.PROTECTED_SITE or owner_of(subject) == reader:
            continue
        for text in picture.standing(subject):
            stated, identity = text.statement.body, text.statement.id
            known = outbox.entry(reader, identity) is not None or picture.is_public(identity)
            if text.statement.form == Form.EXACT and not known and isinstance(stated, MeasureStated):
                yield from (area for _, area in areas(picture.whole(stated)))


def _is_site(picture: Picture, told: Statement) -> bool:
    """Tell whether a statement tells a protected site, or restates what any text told as one."""
    bodies = [told.body, *(entry.statement.body for entry in picture.texts(told.subject))]
    return any(
        isinstance(body, MeasureStated) and body.measure == MeasureKind.PROTECTED_SITE for body in bodies
    )


def _is_of_others(told: Statement) -> bool:
    """Tell whether a statement says where others are; only its own presence does an author declare."""
    body = told.body
    if isinstance(body, PresenceStated):
        return body.party != told.author.party or body.seen != Seen.DECLARED
    if isinstance(body, ClaimMade):
        return body.course is not None and body.course.of_party != told.author.party
    return isinstance(body, Observed | BuildUpStated)


def _is_printed(picture: Picture, told: Statement) -> bool:
    """Tell whether the press has printed it, as a source says that an archive keeps.

    A presence that its author has observed is no press account, and a source of one's own making prints
    nothing.
    """
    if isinstance(told.body, PresenceStated) and told.body.seen == Seen.OBSERVED:
        return False
    return is_account(picture, told)


def _need_coarse(picture: Picture, told: Statement, by: PartyId) -> None:
    body = told.body
    if _is_of_others(told):
        need_coarse_places(body, _OTHERS)
        need_bands(body, "others' strength")
        if isinstance(body, ClaimMade) and body.course is not None:
            need_coarse_course(body.course, _OTHERS)
    elif _shows_others(picture, told):
        need_coarse_places(body, _OTHERS)
    elif isinstance(body, MessageSent | WarningGiven):
        need_coarse_parts(body, told.author.party, _OTHERS)
        _need_coarse_where_named(picture, told, by)
        if not is_account(picture, told):
            need_no_coordinates_in_words(told, body)
    elif isinstance(body, IncidentStated) and is_present(told, body) and not is_account(picture, told):
        _need_coarse_incident(picture, told, by)
    elif not isinstance(body, IncidentStated | ClaimMade):
        _need_coarse_where_named(picture, told, by)
    _need_no_coordinates_in_remarks(picture, told)


def _shows_others(picture: Picture, told: Statement) -> bool:
    """Tell whether a place in a statement is where others are now, though that is not what it is for.

    Incidents are history and keep their places, and so does what an archive retells of them.
    """
    match told.body:
        case PresenceStated(beside=beside):
            return bool(set(beside) - {told.author.party})
        case ClaimMade(aspect=Aspect.PRESENCE):
            return not is_account(picture, told)
        case MeasureStated(measure=MeasureKind.STEP_BACK) | RemarkMade():
            return True
        case _:
            return False


def is_account(picture: Picture, told: Statement) -> bool:
    """Tell whether a statement retells what stands in a source that an archive keeps."""
    return told.via == Via.PRESS and told.source is not None and is_archive(picture, owner_of(told.source))


def _need_coarse_where_named(picture: Picture, told: Statement, by: PartyId) -> None:
    """Refuse an exact place in a thing of one's own that names somebody else: that is where they are."""
    body = told.body
    exact = isinstance(body, NoticeStated | MeasureStated) and any(is_fine(area) for _, area in areas(body))
    exact = exact or (isinstance(body, MessageSent | WarningGiven) and unclaimed_and_fine(body))
    if not exact and not any(tells_coordinates(words) for _, words in strings(body, "body")):
        return
    own = {told.author.party, by}
    is_message = isinstance(body, MessageSent | WarningGiven)
    named = _named_in_words(picture, told, own) if is_message else _named_or_meant(picture, told, own)
    if named is None:
        return
    what = f"{_OTHERS} ({named} is named here)"
    if isinstance(body, NoticeStated | MeasureStated):
        need_coarse_places(body, what)
    elif isinstance(body, MessageSent | WarningGiven):
        need_coarse_parts(body, told.author.party, what, unclaimed=True)
    need_no_coordinates(body, what)


def _need_coarse_incident(picture: Picture, told: Statement, by: PartyId) -> None:
    """Refuse the exact place of an incident that says where somebody else stands now."""
    named = _named_or_meant(picture, told, {told.author.party, by})
    if named is not None:
        need_coarse_places(told.body, f"{_OTHERS} ({named} is named here)")


def _need_no_coordinates_in_remarks(picture: Picture, told: Statement) -> None:
    """Refuse remarks that give by coordinates where somebody else is."""
    if not tells_coordinates(told.remarks):
        return
    if _is_of_others(told) or _named_in_words(picture, told, {told.author.party}) is not None:
        raise LimitRefused(
            f"{_OTHERS} told by coordinates in the remarks",
            "LIM-08",
            "a cell or belt, or the place by name",
            "remarks",
        )


def _named_in_words(picture: Picture, told: Statement, own: set[PartyId]) -> PartyId | None:
    """Give a party besides the author that the words of a statement name, by its id or a name of it."""
    words = _all_words(told)
    for party in sorted(picture.known_parties() - own):
        spoken = re.compile(rf"(?<!\w){re.escape(party)}(?!\w)")
        names = {name.casefold() for name in _names(picture, party)}
        if any(spoken.search(text) or any(name in text.casefold() for name in names) for text in words):
            return party
    return None


def _named_or_meant(picture: Picture, told: Statement, own: set[PartyId]) -> str | None:
    """Give a party besides the author that words name, or whose forces they mean by "Russian tanks"."""
    named = _named_in_words(picture, told, own)
    if named is not None:
        return named
    own_names = [name for party in own for name in (party, *_names(picture, party))]
    for party in sorted(picture.known_parties() - own):
        names = list(_names(picture, party))
        if any(speak_of_forces(text, names, own_names) for text in _all_words(told)):
            return party
    return "another's force" if any(map(speak_of_theirs, _all_words(told))) else None


def _all_words(told: Statement) -> list[str]:
    return [text for _, text in (*strings(_words_of(told.body), ""), ("", told.remarks)) if text]


def _words_of(body: Struct) -> tuple[object, ...]:
    """Give what a body holds besides the fields that name parties and other statements by id."""
    skip = {"parties", "to", "guarantors", "monitors", "banks", "about", "of", "channel", "with_party"}
    return tuple(getattr(body, field) for field in body.__struct_fields__ if field not in skip)


def _names(picture: Picture, party: PartyId) -> Iterable[str]:
    for _, body in picture.described(party):
        yield body.name
        yield from body.local_names.values()


def _need_release(
    picture: Picture, outbox: Outbox, statement: Statement, reader: PartyId, needs: tuple[str, str]
) -> None:
    limit, what = needs
    to = "everybody" if reader == PUBLIC else reader
    first = f"state it to yourself, then a release of it for {to}, with who decided and the risk note"
    found = _release(picture, outbox, statement, reader)
    if found is None:
        # The command is for sites and movements alone: what was seen of others leaves in a coarse form.
        by = (
            f"; both at once: keepclear release NAME --to {reader} --risk-note WORDS"
            if limit == "LIM-06"
            else ""
        )
        raise LimitRefused(f"telling {to} {what}", limit, f"first {first}; then tell it on{by}", "readers")
    entry, release = found
    if COARSENESS[statement.form] < COARSENESS[release.form]:
        raise LimitRefused(
            f"telling {to} the {statement.form} form of {what}",
            limit,
            f"the {release.form} form that was released",
            "form",
        )
    if not _covers(picture, outbox, statement, reader, entry):
        raise LimitRefused(
            f"telling {to} another text of {what} than the one that was released",
            limit,
            f"a release of what stands now: {first}; then tell it on, or its coarse form once",
            "readers",
        )


def _release(
    picture: Picture, outbox: Outbox, statement: Statement, reader: PartyId
) -> tuple[Entry, ReleaseDecided] | None:
    """Give the last Release of a subject for a reader that stands: each only by the last text of its own."""
    author = statement.author.party
    standing = [
        (entry, body)
        for entry, body in picture.about(statement.subject, ReleaseDecided)
        if entry.statement.author.party == author
        and entry.statement.id == _last_text(picture, entry)
        and body.reader == reader
    ]
    last = max(standing, key=lambda item: _place(outbox, item[0]), default=None)
    return None if last is None or last[1].withdrawn else last


def _last_text(picture: Picture, entry: Entry) -> str:
    texts = picture.standing(entry.statement.subject)
    return texts[-1].statement.id if texts else ""


def _covers(picture: Picture, outbox: Outbox, statement: Statement, reader: PartyId, release: Entry) -> bool:
    """Tell whether a Release covers this text: the exact one that stood at that time, or one coarse form.

    Order is that of the author's own log, which holds whatever it states.
    """
    decided = _place(outbox, release)
    texts = picture.standing(statement.subject)
    exact = next((text for text in reversed(texts) if text.statement.form == Form.EXACT), None)
    if exact is None or _place(outbox, exact) > decided:
        return False
    if statement.form == Form.EXACT:
        return statement.id == exact.statement.id
    return not any(
        _place(outbox, text) > decided and outbox.entry(reader, text.statement.id) is not None
        for text in texts
        if text.statement.id != statement.id
    )


def _place(outbox: Outbox, entry: Entry) -> int:
    own = outbox.entry(outbox.author, entry.statement.id)
    return -1 if own is None else own.index
