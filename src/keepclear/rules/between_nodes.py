"""What the exchange asks a desk to act on: words withheld, two texts, an own log that lost its end.

Each asks for a contact, and for no judgement by the machine of who is at fault (LIM-07).
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

from keepclear.model.alarms import AlarmRaised, Asked, Contact
from keepclear.model.words import PUBLIC, PartyId, Precedence, SubjectId
from keepclear.rules.escalation import plan_for

WITHHELD: Final = "told-against-a-limit"
TWO_TEXTS: Final = "two-texts"
SPLIT: Final = "split-view"
BEHIND: Final = "own-log-behind"
UNHEARD: Final = "reader-unheard"

ENDED_BETWEEN: Final[dict[str, str]] = {
    BEHIND: "taken back: this node holds again what its reader holds",
    UNHEARD: "its node was heard of, or what it holds was said by voice",
}


def withheld(author: PartyId, subject: SubjectId, kind: str, limit: str, now: datetime) -> AlarmRaised:
    """Raise that another's statement breaks a hard limit: in the record, on no desk, not passed on."""
    return _alarm(
        subject,
        WITHHELD,
        f"Withheld: a {kind} of {author} that breaks {limit}",
        Precedence.PRIORITY,
        f"{author} has told a {kind} that breaks the hard limit {limit}. It stays in the record as "
        "proof that it "
        "was told; it is shown on no desk and passed on to nobody. What it was meant to say is not "
        "known here.",
        f"Call {author} on the hotline: ask what is meant, and that it is told again within the limits",
        now,
    )


def two_texts(author: PartyId, subject: SubjectId, statement: str, now: datetime) -> AlarmRaised:
    """Raise that an author has signed two texts of one statement."""
    return _alarm(
        subject,
        TWO_TEXTS,
        f"Two texts of one statement by {author}",
        Precedence.PRIORITY,
        f"{author} has signed two texts under the id {statement} and told them apart. Both are kept, "
        "with proof: "
        "keepclear peer evidence. Act on neither until it is known which stands.",
        f"Call {author} on the hotline: ask which of the two texts it stands by",
        now,
    )


def split_view(author: PartyId, origin: str, now: datetime) -> AlarmRaised:
    """Raise that an author has shown two histories of one log: nothing more is taken of it."""
    return _alarm(
        SubjectId(f"log {origin}"),
        SPLIT,
        f"Two histories of what {author} has told",
        Precedence.FLASH,
        f"{author} has signed two histories of the log {origin}. Nothing more is taken of it; both are kept, "
        "with proof where there is one: keepclear peer evidence. What it tells there does not come.",
        f"Call {author} on the hotline: say so, and go on by voice until both records were compared",
        now,
    )


def behind(reader: PartyId, origin: str, theirs: int, ours: int, step: str, now: datetime) -> AlarmRaised:
    """Raise that a reader holds more of an own log than this node: nothing more is told in it until then."""
    to = "everybody" if reader == PUBLIC else reader
    return _alarm(
        SubjectId(f"log {origin}"),
        BEHIND,
        f"Our own words to {to} are lost here",
        Precedence.FLASH,
        f"Their node holds {theirs} entries of what this node told {to}, with our signatures; this "
        f"node has {ours}. "
        f"Nothing is told to {to} until this is put right, or one number would stand for two texts. "
        f"Next: {step}.",
        f"Call {to} on the hotline: say that nothing comes by this system now, and pass by voice what "
        "cannot wait",
        now,
    )


def unheard(node: str, readers: str, now: datetime) -> AlarmRaised:
    """Raise that a reader's node was not heard of since this one was brought back from a backup."""
    return _alarm(
        SubjectId(f"node {node}"),
        UNHEARD,
        f"Not heard of since the restore: {node}",
        Precedence.PRIORITY,
        f"This node was brought back from a backup, and {node} ({readers}) has not said since what it "
        "holds of our "
        "words. Nothing is told to it, or to everybody, until it has: the link has to be up once.",
        f"Call {readers} on the hotline: say so, and compare how many entries each holds where there "
        "is no link",
        now,
    )


def _alarm(
    matter: SubjectId, rule: str, title: str, precedence: Precedence, words: str, ask: str, now: datetime
) -> AlarmRaised:
    return AlarmRaised(
        matter=matter,
        rule=rule,
        title=title[:160],
        precedence=precedence,
        plan=plan_for(precedence),
        counts_from=now,
        words=words[:4_000],
        asks=(Asked(Contact.CALL, ask),),
    )
