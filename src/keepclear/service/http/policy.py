"""Who may call what: one plain table, deny by default."""

from __future__ import annotations

from enum import StrEnum

from keepclear.errors import NotAllowed, NotKnown
from keepclear.model import approvals, base_rates, telling, templates
from keepclear.model.statements import KINDS, Entry, kind_of
from keepclear.model.words import PartyId
from keepclear.service.auth import Principal, Role
from keepclear.views.told import Outbox


class Policy(StrEnum):
    """What a route asks of its caller."""

    OPEN = "open"
    READ = "read own desk"
    WHOLE = "read own desk whole"
    ACT = "act for own desk"
    LIVE = "look at own live picture"
    FEED = "bring in live positions"
    LIVE_RULES = "set rules of own live picture"
    OPERATE = "operate the node"
    SIGNED_IN = "own session"
    PEOPLE = "people of own desk"
    LINK = "link of own node"
    DEMO = "demo only"


READERS = frozenset(Role) - {Role.OPERATOR}
# An observer reads what its desk was told and what it told others: nothing that is more than that.
WHOLE_READERS = READERS - {Role.OBSERVER}
ACTORS = frozenset((Role.DUTY_OFFICER, Role.LIAISON_OFFICER, Role.WATCH_CHIEF, Role.INFORMATION_STEWARD))

_DECIDES_RELEASES = frozenset((Role.WATCH_CHIEF, Role.INFORMATION_STEWARD))
_DECISIONS = (telling.ReleaseDecided, telling.NotTold, templates.TemplateApproved)
_SETTINGS = (approvals.ApprovalPolicy, base_rates.BaseRateSet)
KIND_ROLES: dict[str, frozenset[Role]] = {
    kind_of(kind): _DECIDES_RELEASES if kind in _DECISIONS else ACTORS for kind in KINDS
} | {kind_of(kind): frozenset((Role.WATCH_CHIEF,)) for kind in _SETTINGS}
_ROLES = {
    Policy.READ: READERS,
    Policy.WHOLE: WHOLE_READERS,
    Policy.ACT: ACTORS,
    # Live positions never leave the party that holds them, not even to an auditor of all (LIM-08).
    Policy.LIVE: ACTORS,
    Policy.FEED: ACTORS,
    Policy.LIVE_RULES: frozenset((Role.WATCH_CHIEF,)),
    Policy.OPERATE: frozenset((Role.OPERATOR,)),
    Policy.SIGNED_IN: frozenset(Role),
    Policy.PEOPLE: frozenset((Role.WATCH_CHIEF,)),
    Policy.LINK: frozenset((Role.WATCH_CHIEF,)),
}
OF_PERSONS = frozenset((Policy.SIGNED_IN, Policy.PEOPLE))
"""What only a signed-in person may do: no token stands for one."""


def no_token() -> NotAllowed:
    """Refuse a call that names nobody, without telling a wrong token from an expired or a revoked one."""
    return NotAllowed(
        "a call without a valid token",
        "token",
        'a session of the sign-in page; or the header "Authorization: Bearer …" with a token that stands, in '
        "KEEPCLEAR_TOKEN for a command; keepclear token list shows them, keepclear token add makes one",
    )


def allow(policy: Policy, principal: Principal | None, party: PartyId | None) -> None:
    """Let a call pass or refuse it.

    Another party's desk and a desk that does not exist answer alike, so that nothing tells which parties
    a node hosts.

    Raises:
        NotAllowed: no valid token, or a role that may not.
        NotKnown: a desk that is not the caller's.
    """
    if policy in (Policy.OPEN, Policy.DEMO):
        return
    if principal is None:
        raise no_token()
    roles = _ROLES[policy]
    if principal.role not in roles:
        raise NotAllowed(
            f"this act by the role {principal.role}", "role", f"one of {', '.join(sorted(roles))}"
        )
    everywhere = principal.role is Role.AUDITOR and policy in (Policy.READ, Policy.WHOLE)
    if party is not None and party != principal.party and not everywhere:
        raise NotKnown(f"the desk of {party}", "own-desk", "the desk of the caller's party")


def kept_back(principal: Principal, entry: Entry, box: Outbox) -> bool:
    """Tell whether a statement is kept from a caller: from an observer, what its desk told nobody.

    Such statements stand in the desk's own log alone: drafts, releases, decisions not to tell, own sightings.
    """
    if principal.role is not Role.OBSERVER or entry.log.author != entry.log.reader:
        return False
    others = (reader for reader in box.readers() if reader != entry.log.author)
    return all(box.entry(reader, entry.statement.id) is None for reader in others)


def allow_kind(principal: Principal, kind: str, field: str = "body.kind") -> None:
    """Refuse a kind of statement that the caller's role does not make.

    Raises:
        NotAllowed: another role decides this.
    """
    roles = KIND_ROLES[kind]
    if principal.role not in roles:
        raise NotAllowed(
            f"a {kind} by the role {principal.role}",
            "role",
            f"one of {', '.join(sorted(roles))}",
            field,
        )


def allow_erasing(principal: Principal) -> None:
    """Refuse erasing to roles that do not decide what leaves or goes.

    Raises:
        NotAllowed: another role decides this.
    """
    if principal.role not in _DECIDES_RELEASES:
        raise NotAllowed(
            f"erasing an attachment by the role {principal.role}",
            "role",
            f"one of {', '.join(sorted(_DECIDES_RELEASES))}",
        )
