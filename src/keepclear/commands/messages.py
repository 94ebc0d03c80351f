"""What a message must be besides told: never edited, corrected only by its author, in words fit for use."""

from __future__ import annotations

from keepclear.commands.acts import Act
from keepclear.errors import NotAllowed, NotKnown, Refused
from keepclear.model import hotline
from keepclear.model.channels import ContactLogged
from keepclear.model.countersigning import Countersigned
from keepclear.model.handover import HandoverStated
from keepclear.model.statements import digest_of
from keepclear.model.templates import TemplateApproved
from keepclear.model.words import CapStatus
from keepclear.views.picture import Picture


def admit_whole(act: Act, body: hotline.MessageSent | hotline.WarningGiven) -> None:
    """Hold a message against what was sent before and what it is made of.

    Raises:
        Refused: it edits one that was sent, corrects another's, names two parts alike, or uses words that
            nobody has approved for use in earnest.
    """
    texts = act.picture.texts(act.statement.subject)
    if any(entry.statement.id != act.statement.id for entry in texts):
        raise Refused(
            "a message restated", "never-edited", "a new message that corrects it (corrects)", "subject"
        )
    names = [part.name for part in body.parts]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise Refused(
            f'two parts named "{twice}"', "part-names", "a name of its own for each part", "body.parts"
        )
    if body.corrects is not None:
        _corrects(act, body)
    for number, text in enumerate(body.texts):
        _fit_for_use(act, text, f"body.texts[{number}]")


def _corrects(act: Act, body: hotline.MessageSent | hotline.WarningGiven) -> None:
    entry = act.picture.entry(body.corrects) if body.corrects is not None else None
    wrong = None if entry is None else entry.statement.body
    if entry is None or not isinstance(wrong, hotline.MessageSent | hotline.WarningGiven):
        raise NotKnown(f"correcting {body.corrects}", "corrects", "the id of a message", "body.corrects")
    if entry.statement.author.party != act.by:
        raise NotAllowed(
            f"{act.by} correcting a message of {entry.statement.author.party}",
            "corrects",
            "an own message; to another's: an answer",
            "body.corrects",
        )
    missing = sorted(set(wrong.to) - set(body.to))
    if missing:
        raise Refused(
            f"a correction that {missing[0]} is not told, who was told the wrong message",
            "corrects",
            f"to and readers with {', '.join(sorted(wrong.to))}",
            "body.to",
        )


def _fit_for_use(act: Act, text: hotline.Text, field: str) -> None:
    """In earnest a template's wording needs the approval of a named person of this deployment."""
    if bool(text.template) != bool(text.template_hash):
        raise Refused(
            "a text that half names its template", "template", "template and template_hash, or neither", field
        )
    if not text.template or act.statement.cap != CapStatus.ACTUAL:
        return
    if not is_approved(act.picture, text.template, text.lang, text.template_hash):
        raise NotAllowed(
            f'the template "{text.template}" in "{text.lang}" in status Actual: its words are not '
            "reviewed by a native speaker, and nobody here has approved them",
            "template-approved",
            "the approval of a named person for these very words (POST …/templates/…/approve), or words "
            "of your own",
            field,
        )


def is_approved(picture: Picture, template: str, lang: str, text_hash: str) -> bool:
    """Tell whether this party has approved these very words of a template, and not taken that back."""
    return any(
        (body.template, body.lang, body.text_hash) == (template, lang, text_hash)
        and text.statement.author.party == picture.party
        for _, text, body in picture.each(TemplateApproved)
    )


def admit_approval(act: Act, body: TemplateApproved) -> None:
    """Hold an approval against what it must name.

    Raises:
        Refused: it is told to others, or names no person.
    """
    if act.readers:
        raise Refused(
            "telling others an approval of a template",
            "kept-in-own-log",
            "no readers: it stands in the own log",
            "readers",
        )
    if not act.statement.attachments:
        raise Refused(
            "an approval that names no person",
            "template-person",
            "an attachment with the name of the person who approves",
            "attachments",
        )


def admit_countersigned(act: Act, body: Countersigned) -> None:
    """Hold a second signature against the text: the same bytes, and by whoever is its other end.

    Raises:
        NotKnown: the text has not reached this party.
        Refused: other bytes, somebody who is not the other end, or a handover, which the watch alone signs.
    """
    entry = act.picture.entry(body.of)
    if entry is None:
        raise NotKnown(
            f"countersigning {body.of}", "countersign", "a text that has reached this party", "body.of"
        )
    held = digest_of(entry.statement)
    if body.text_hash != held:
        raise Refused("countersigning other bytes than those held here", "text-hash", held, "body.text_hash")
    told = entry.statement.body
    if isinstance(told, HandoverStated):
        raise NotAllowed(
            "countersigning a handover as a bare statement",
            "two-persons",
            f"who comes itself: POST …/watch/handovers/{body.of}/countersign (keepclear take-over)",
            "body.of",
        )
    if isinstance(told, ContactLogged) and told.with_party != act.by:
        raise NotAllowed(
            f"{act.by} countersigning a call of {entry.statement.author.party} with {told.with_party}",
            "countersign",
            f"{told.with_party}, the other end",
            "body.of",
        )
