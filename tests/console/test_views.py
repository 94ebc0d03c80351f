"""The console's TypeScript shapes name exactly the fields that the node's views give."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec
import pytest

from keepclear.model.handover import OpenItem
from keepclear.rules import base_rates, crossings
from keepclear.rules.attention import Attention
from keepclear.rules.conflicts import CheckAnswer, ConflictView
from keepclear.scenarios.demo import Recorded
from keepclear.service.http.alarms import BoardAnswer
from keepclear.service.http.calls import CallsAnswer, CompareAnswer
from keepclear.service.http.peers import PeersView, PeerView
from keepclear.service.http.proofs import ProofAnswer
from keepclear.service.http.templates import TemplateView, WordingView
from keepclear.service.http.watch import OpenAnswer
from keepclear.service.play import Caption, DemoAnswer, Persona
from keepclear.views import (
    activity,
    alarms,
    approvals,
    attribution,
    calls,
    dangers,
    duty,
    groups,
    hotline_board,
    hotlines,
    incidents,
    indicators,
    live,
    measures,
    mechanisms,
    on_watch,
    opening,
    parties,
    passages,
    readbacks,
    saying,
    script,
    shifts,
    spelling,
    stays,
    threads,
    told,
    validity,
)
from keepclear.views.desk import DeskView
from keepclear.views.sides import SideTest

FILES = ("views", "demo", "hotline", "peers", "live", "checking", "counted")
API = Path(__file__).parents[2] / "console/src/api"
NOT_READ = {"NoticeView": {"volumes"}}
PAIRS: dict[str, type[msgspec.Struct]] = {
    "Named": attribution.Named,
    "PeerView": PeerView,
    "PeersView": PeersView,
    "Cited": attribution.Cited,
    "Shown": attribution.Shown,
    "Said": attribution.Said,
    "PartyView": parties.PartyView,
    "RelationView": parties.RelationView,
    "Leg": parties.Leg,
    "RelayView": parties.RelayView,
    "AgreementView": parties.AgreementView,
    "EndView": hotlines.EndView,
    "UseView": hotlines.UseView,
    "HotlineView": hotlines.HotlineView,
    "StanceView": measures.StanceView,
    "PostView": measures.PostView,
    "MeasureView": measures.MeasureView,
    "Validity": validity.Validity,
    "OverlayView": measures.OverlayView,
    "Step": told.Step,
    "LadderView": told.Ladder,
    "NoticeView": activity.NoticeView,
    "SideTest": SideTest,
    "PresenceView": activity.PresenceView,
    "ObservationView": activity.ObservationView,
    "BandView": activity.BandView,
    "BuildUpView": activity.BuildUpView,
    "RemarkView": activity.RemarkView,
    "AnswerView": threads.AnswerView,
    "ReadBackView": threads.ReadBackView,
    "MessageView": threads.MessageView,
    "PartView": threads.PartView,
    "FieldView": readbacks.FieldView,
    "RepeatedView": readbacks.Repeated,
    "MeetingView": threads.MeetingView,
    "ReplyView": incidents.ReplyView,
    "ClaimView": incidents.ClaimView,
    "IncidentView": incidents.IncidentView,
    "PublicView": incidents.PublicView,
    "SourceView": incidents.SourceView,
    "LinkView": incidents.LinkView,
    "AttentionItem": Attention,
    "CheckAnswer": CheckAnswer,
    "ConflictView": ConflictView,
    "Proof": ProofAnswer,
    "MechanismRow": mechanisms.MechanismView,
    "AlarmView": alarms.AlarmView,
    "AlarmStepView": alarms.StepView,
    "Bundle": alarms.Bundle,
    "Board": alarms.Board,
    "BoardAnswer": BoardAnswer,
    "CallView": calls.CallView,
    "PassedView": calls.PassedView,
    "CallsAnswer": CallsAnswer,
    "CompareAnswer": CompareAnswer,
    "Code": script.Code,
    "Both": saying.Both,
    "ScriptRow": script.Line,
    "Choice": script.Choice,
    "ScriptView": script.ScriptView,
    "Spelled": spelling.Spelled,
    "Opening": opening.Opening,
    "EndState": hotline_board.EndState,
    "OnCallView": duty.OnCallView,
    "OnShift": shifts.RotaRow,
    "WatchPerson": on_watch.WatchPerson,
    "WatchState": on_watch.WatchState,
    "Fallback": hotline_board.Fallback,
    "HotlineState": hotline_board.HotlineState,
    "WordingView": WordingView,
    "TemplateView": TemplateView,
    "OpenItem": OpenItem,
    "OpenWatch": OpenAnswer,
    "DraftView": approvals.DraftView,
    "Member": groups.Member,
    "Acknowledged": groups.Acknowledged,
    "GroupMessage": groups.GroupMessage,
    "GroupView": groups.GroupView,
    "Called": dangers.Called,
    "DangerView": dangers.DangerView,
    "DayRow": base_rates.DayRow,
    "ObserverRow": base_rates.ObserverRow,
    "CoverageChange": base_rates.CoverageChange,
    "IndicatorView": indicators.IndicatorView,
    "BaseRateView": base_rates.BaseRateView,
    "UsualView": crossings.UsualView,
    "CrossingSeries": crossings.CrossingSeries,
    "Passage": passages.Passage,
    "PassageCounts": crossings.PassageCounts,
    "CrossingsView": crossings.CrossingsView,
    "Box": live.Box,
    "MovingView": live.MovingView,
    "LiveAnswer": live.LiveAnswer,
    "Place": live.Place,
    "TrailAnswer": live.TrailAnswer,
    "ThingName": live.Name,
    "Diff": live.Diff,
    "RefusalView": live.RefusalView,
    "FeedView": live.FeedView,
    "FeedsAnswer": live.FeedsAnswer,
    "FoundThing": live.FoundThing,
    "Found": live.Found,
    "FoundAnswer": live.FoundAnswer,
    "ExpectedView": stays.ExpectedView,
    "StayView": stays.StayView,
    "StaysAnswer": stays.StaysAnswer,
    "Caption": Caption,
    "Persona": Persona,
    "Recorded": Recorded,
    "Demo": DemoAnswer,
}


def interfaces() -> dict[str, set[str]]:
    text = "".join((API / f"{name}.ts").read_text(encoding="utf-8") for name in FILES)
    found = re.findall(r"export interface (\w+) \{\n(.*?)\n\}", text, re.S)
    return {name: set(re.findall(r"^  (\w+)\??:", body, re.M)) for name, body in found}


@pytest.mark.parametrize("name", PAIRS)
def test_a_shape_names_the_fields_of_its_view(name: str) -> None:
    fields = set(PAIRS[name].__struct_encode_fields__) - NOT_READ.get(name, set())
    assert interfaces()[name] == fields


def test_the_picture_holds_every_list_of_the_desk() -> None:
    head = {"party", "name", "at", "now", "live", "cursor", "cap", "banner", "caption", "counts"}
    assert interfaces()["Picture"] == head | set(DeskView.__struct_encode_fields__)
