"""What a party's approval policy bars: telling by one person alone what two should have looked at."""

from __future__ import annotations

from keepclear.commands.acts import Act
from keepclear.errors import NotAllowed, Refused
from keepclear.model.approvals import ApprovalPolicy
from keepclear.views.approvals import needs_approval


def admit_policy(act: Act, body: ApprovalPolicy) -> None:
    """Keep a party's policy in its own log.

    Raises:
        Refused: it is told to others.
    """
    if act.readers:
        raise Refused("telling others an approval policy", "kept-in-own-log",
                      "no readers: it stays in the own log", "readers")  # fmt: skip


def admit_approved(act: Act) -> None:
    """Refuse to tell what the party's policy asks a second person to approve first.

    What was told before to anybody has been through that already. Flash for safety never waits.

    Raises:
        NotAllowed: nobody else has approved it.
    """
    if act.approved or not act.readers or not needs_approval(act.picture, act.by, act.statement.body):
        return
    others = (reader for reader in act.outbox.readers() if reader != act.by)
    if any(act.outbox.entry(reader, act.statement.id) is not None for reader in others):
        return
    raise NotAllowed(
        f"telling a {act.statement.kind} that one person alone has looked at",
        "second-person",
        "submit it for approval (keepclear submit-draft, POST approvals); a second person approves it, and "
        "then it is told",
        "body",
    )
