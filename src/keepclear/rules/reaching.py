"""What leaves the station for a person's own device, and when: closed words alone, and no quiet for a flash.

Mail and webhooks pass through hands that nobody here knows. So no word of a statement goes that way: no name,
no place, no text. It says that something waits, how urgent it is, and which contact is asked for (LIM-09).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, time
from typing import Final
from zoneinfo import ZoneInfo

from msgspec import Struct

from keepclear.model.words import CapStatus, Precedence
from keepclear.rules.alarming import (
    ACKNOWLEDGE,
    ENTRY,
    FIRST_USE,
    NOT_RECEIVED,
    ON_HOLD,
    READ_BACK,
    RISING,
    UNANSWERED,
    UNCLAIMED,
)
from keepclear.rules.audit import AUDIT
from keepclear.rules.between_nodes import BEHIND, UNHEARD
from keepclear.rules.escalation import ANY_OFFICER, ROLES, SITE_IN_DANGER
from keepclear.rules.missed_calls import NOT_ANSWERED, NOT_TAKEN
from keepclear.rules.movements import CONTACT_LOST, LIST
from keepclear.rules.numbers_alarms import BUILD_UP, CROSSINGS
from keepclear.rules.periodic_duties import RECONCILE, VERIFY_AGAIN
from keepclear.rules.standing_duties import CHECK_DUE, UNHEARD_WARNING
from keepclear.rules.step_backs import NOT_FOUND, SILENT_CHECK
from keepclear.rules.ultimatums import ULTIMATUM, ULTIMATUM_ENDS

BY_RULE: Final[dict[str, str]] = {
    ACKNOWLEDGE: "a message or warning waits to be acknowledged",
    NOT_RECEIVED: "something that this desk told has no receipt and counts as not received",
    ON_HOLD: "a flash call is on hold and nobody has taken it",
    NOT_TAKEN: "a flash call was not taken by anybody",
    NOT_ANSWERED: "a flash call of this desk was not answered",
    UNCLAIMED: "a build-up is claimed by nobody",
    RISING: "a build-up is rising",
    BUILD_UP: "a count is above its base rate, or an indicator of a build-up was reported",
    CROSSINGS: "crossings have become usual",
    BEHIND: "words that this desk told are lost here, and another node holds them",
    UNHEARD: "nothing was heard of another node since this one was brought back from a backup",
    ENTRY: "an entry into a zone asks for a contact",
    UNANSWERED: "a hotline was not answered",
    READ_BACK: "a read-back differs from what was told",
    FIRST_USE: "a drill is due before a first use",
    CHECK_DUE: "a hotline check is due",
    VERIFY_AGAIN: "what is stated is due to be verified again",
    RECONCILE: "the records of two parties are due to be compared",
    UNHEARD_WARNING: "a warning was given where its reader does not listen",
    ULTIMATUM: "an ultimatum runs",
    ULTIMATUM_ENDS: "an ultimatum ends",
    SILENT_CHECK: "the check of a step-back is overdue",
    NOT_FOUND: "the check of a step-back did not find it done",
    CONTACT_LOST: "contact with a movement is lost",
    SITE_IN_DANGER: "a protected site is in danger",
    LIST: "a list of protected sites waits for its receipt",
    AUDIT: "an alarm has stopped climbing by itself",
}
ANY_RULE: Final = "an alarm waits"
URGENCY: Final = (Precedence.ROUTINE, Precedence.PRIORITY, Precedence.FLASH)


class Quiet(Struct, frozen=True, forbid_unknown_fields=True):
    """Hours of the day, by a zone's clock, in which a way is left alone; half-open, past midnight too."""

    begins: time
    ends: time
    zone: str = "UTC"

    def holds(self, now: datetime) -> bool:
        """Tell whether an instant lies in the quiet hours."""
        local = now.astimezone(ZoneInfo(self.zone)).time()
        if self.begins <= self.ends:
            return self.begins <= local < self.ends
        return local >= self.begins or local < self.ends


def is_for(way_role: str, role: str) -> bool:
    """Tell whether a way set up for a role takes what goes to a role; "any officer" is everybody."""
    return way_role in (role, ANY_OFFICER) or role == ANY_OFFICER


def is_let_through(precedence: Precedence, least: Precedence, quiet: Quiet | None, now: datetime) -> bool:
    """Tell whether a way takes a message now; a flash is held back by nothing."""
    if precedence is Precedence.FLASH:
        return True
    urgent_enough = URGENCY.index(precedence) >= URGENCY.index(least)
    return urgent_enough and not (quiet is not None and quiet.holds(now))


def title_beyond(cap: CapStatus, precedence: Precedence, attempt: int) -> str:
    """Give the headline of a message that leaves the station."""
    exercise = "" if cap == CapStatus.ACTUAL else f"{cap.value.upper()} "
    repeat = "REPEAT " if attempt > 1 else ""
    return f"{exercise}{repeat}{precedence.value.upper()}: go to the desk"


def words_beyond(
    cap: CapStatus, role: str, rule: str, contacts: Sequence[str], key: str, attempt: int
) -> str:
    """Give the words of a message that leaves the station; none of them is anybody's own.

    Args:
        cap: what is not actual says so first.
        role: the role that is told.
        rule: the rule of the alarm.
        contacts: the contacts that the alarm asks for, of the closed set (LIM-07).
        key: the same at each try, so that a reader knows a repeat for what it is.
        attempt: above 1 where it was perhaps sent before.
    """
    parts = [
        "" if cap == CapStatus.ACTUAL else f"{cap.value.upper()}.",
        "REPEAT, sent before perhaps." if attempt > 1 else "",
        f"For the {role}: {BY_RULE.get(rule.partition('/')[0], ANY_RULE)}.",
        f"Asked of you: {', '.join(dict.fromkeys(contacts))}." if contacts else "",
        "Open the desk and acknowledge there; an answer to this message reaches nobody.",
        f"Key {key}",
    ]
    return " ".join(part for part in parts if part)


def beyond_words(roles: Collection[str], failing: Sequence[str] = ()) -> str:
    """Say whom alarms cannot reach beyond the station; "" where each role of the ladder has a way.

    Args:
        roles: for which roles the ways are that are set up; "any officer" is for everybody.
        failing: the names of the ways that failed when they were last tried.
    """
    failed = f" Failing when last tried: {', '.join(failing)} (keepclear reach list)." if failing else ""
    if not roles:
        return (
            "Alarms are written at this station only; no way to reach anybody is set up: keepclear reach add"
        )
    without = [role for role in ROLES.values() if not any(is_for(each, role) for each in roles)]
    if not without:
        return failed.strip()
    return f"No way beyond the station is set up for: {', '.join(without)} (keepclear reach add).{failed}"
