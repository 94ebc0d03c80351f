"""What of the live picture stands beside a view: of now, for the acting roles of the party that holds it."""

from __future__ import annotations

from keepclear.service.http.policy import ACTORS
from keepclear.service.http.routes import Call
from keepclear.views.from_live import NOTHING, FromLive


def from_live(call: Call) -> FromLive:
    """Give what the live picture says to the caller; for a past instant, what the days before it held.

    Not to an observer or an auditor: what rests on live positions stays with who acts (LIM-08).
    """
    if call.caller.role not in ACTORS:
        return NOTHING
    node, at = call.writer.node, call.at()
    found = node.from_live.get(call.party, NOTHING)
    return found if at is None or at >= node.clock.now() else found.before(at.date())
