"""The lists of a desk that belong to its hotlines; desks.py mounts them with the others."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, Protocol

from keepclear.rules.ultimatums import UltimatumView, ultimatums
from keepclear.views.approvals import DraftView, drafts
from keepclear.views.commitments import CommitmentView, OpeningView, commitments, openings
from keepclear.views.duty import OnCallView, on_call
from keepclear.views.groups import GroupView, groups
from keepclear.views.hotline_board import HotlineState, hotline_states
from keepclear.views.monitoring import MonitoringView, PassedOn, monitoring, passed_on
from keepclear.views.picture import Picture
from keepclear.views.shifts import RotaRow, rotas
from keepclear.views.step_backs import StepBackView, step_backs
from keepclear.views.told import Outbox
from keepclear.views.verifying import StandingView, standing


class Seen(Protocol):
    """What a list is worked out from."""

    @property
    def picture(self) -> Picture:
        """What had reached the desk."""
        ...

    @property
    def outbox(self) -> Outbox:
        """What it had told."""
        ...

    @property
    def now(self) -> datetime:
        """The instant."""
        ...


ROWS: dict[str, tuple[Callable[[Seen], Any], Any]] = {
    "hotline-states": (lambda s: hotline_states(s.picture, s.now), HotlineState),
    "on-call": (lambda s: on_call(s.picture, s.now), OnCallView),
    "ultimatums": (lambda s: ultimatums(s.picture, s.now), UltimatumView),
    "monitoring": (lambda s: list(monitoring(s.picture, s.now).crews), MonitoringView),
    "passed-on": (lambda s: passed_on(s.picture, s.now), PassedOn),
    "groups": (lambda s: groups(s.picture, s.outbox), GroupView),
    "shifts": (lambda s: rotas(s.picture, s.now), RotaRow),
    "step-backs": (lambda s: step_backs(s.picture, s.now), StepBackView),
    "commitments": (lambda s: commitments(s.picture), CommitmentView),
    "openings": (lambda s: openings(s.picture), OpeningView),
    "approvals": (lambda s: drafts(s.picture), DraftView),
    "standing": (lambda s: standing(s.picture, s.now), StandingView),
}
