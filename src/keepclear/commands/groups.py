"""What is said on a group hotline goes to every member at once; nobody is left out of part of it."""

from __future__ import annotations

from keepclear.commands.acts import Act
from keepclear.errors import NotKnown, Refused
from keepclear.model import channels, hotline, measures
from keepclear.model.statements import Entry
from keepclear.model.words import PartyId, StatementId, SubjectId
from keepclear.views.groups import in_use, members_of
from keepclear.views.picture import Picture


def admit_group(act: Act, body: channels.GroupStated) -> None:
    """Hold the text of a group against those whom it names.

    Raises:
        Refused: its author is no member, or it is not told to every one.
    """
    if act.by not in body.members:
        raise Refused("a group that its author is no member of", "group-members", f"members with {act.by}",
                      "body.members")  # fmt: skip
    _to_every(act, body.members)


def admit_on_group(act: Act) -> None:
    """Hold a message, answer, receipt, read-back or stance against the group that it belongs to, if any.

    Raises:
        NotKnown: no such group.
        Refused: the group is not in use, or a member is left out, or somebody else is let in.
    """
    body = act.statement.body
    if isinstance(body, hotline.MessageSent) and body.group is not None:
        _message(act, body, body.group)
        return
    for entry in _spoken_of(act, body):
        _to_every(act, members_of(entry))


def _message(act: Act, body: hotline.MessageSent, group: SubjectId) -> None:
    text = in_use(act.picture, group)
    if text is None:
        known = act.picture.texts(group)
        if not known or not members_of(known[-1]):
            raise NotKnown(f"the group {group}", "group", "the subject of a group hotline", "body.group")
        raise Refused(
            "a message on a group hotline that is not in use",
            "group-in-use",
            "a group to whose text every member has said agreed, by its id",
            "body.group",
        )
    others = {party for party in members_of(text) if party != act.by}
    if act.by not in members_of(text) or set(body.to) != others:
        raise Refused(
            "a message on a group hotline that is not to every member",
            "group-whole",
            f"to {', '.join(sorted(others))}",
            "body.to",
        )
    _to_every(act, members_of(text))


def _spoken_of(act: Act, body: object) -> list[Entry]:
    """Give the group's text or messages of which an own word speaks; a report is no word on it."""
    names: tuple[str, ...] = ()
    if isinstance(body, hotline.AnswerGiven):
        names = act.statement.answers
    elif (isinstance(body, hotline.RungReached) and body.reader == act.by) or isinstance(
        body, hotline.ReadBack
    ):
        names = (body.of,)
    elif isinstance(body, measures.StanceTaken) and body.party == act.by:
        names = (body.on,)
    found = [act.picture.entry(StatementId(name)) for name in names]
    return [entry for entry in found if entry is not None and members_of(entry)]


def _to_every(act: Act, members: tuple[PartyId, ...]) -> None:
    told = {
        party
        for party in members
        if party == act.by or party in act.readers or act.outbox.entry(party, act.statement.id) is not None
    }
    missing = sorted(set(members) - told)
    if missing:
        raise Refused(
            f"something on a group hotline that {missing[0]} is not told",
            "group-whole",
            f"readers with {', '.join(missing)}: what is said there goes to every member at once",
            "readers",
        )
    outside = sorted(set(act.readers) - set(members))
    if outside:
        raise Refused(
            f"something on a group hotline told to {outside[0]}, which is no member",
            "group-whole",
            f"readers without {', '.join(outside)}",
            "readers",
        )


def in_group(picture: Picture, reader: PartyId, name: str) -> bool:
    """Tell whether a reader is a member of the group to which a statement or subject belongs.

    Its author told every member at once, or its node would have refused; what a member has not received yet
    shows there as such. So one member may name to another what a third has said on their group.
    """
    entry = picture.entry(StatementId(name))
    found = [entry] if entry is not None else picture.texts(SubjectId(name))
    return any(reader in members_of(each) for each in found)
