"""What has happened is not dated ahead: a wrong clock would outlast every later word."""

from __future__ import annotations

import pytest
from tests.building_node import (
    buildup,
    channel,
    claim,
    house,
    incident,
    message,
    observation,
    remark,
    rung,
    source,
    stance,
    zone,
)

NOW = "2018-02-01T08:01:00Z"
SOON = "2018-02-01T08:02:00Z"
AHEAD = "2018-02-01T10:01:00Z"


@pytest.fixture
def syria():
    with house() as made:
        made.zone = made.tell("RUS", zone(), "COA")
        made.asked = made.tell("RUS", message("COA"), "COA")
        made.happened = made.tell("RUS", incident(), "public")
        made.line = made.tell("RUS", channel(), "COA")
        yield made


PLACE = {"words": "somewhere"}
DATED = {
    "said_at": lambda made, at: remark(),
    "stance": lambda made, at: stance(made.zone, "COA", as_of=at),
    "rung": lambda made, at: rung(made.asked, "COA", at=at),
    "observation": lambda made, at: observation(at=at),
    "build-up": lambda made, at: buildup(series=[{"at": at, "count": {"low": 1, "high": 9}}]),
    "incident": lambda made, at: incident(occurred=at),
    "claim": lambda made, at: claim(made.happened["subject"], as_of=at),
    "remark": lambda made, at: remark(as_of=at),
    "presence": lambda made, at: {
        "kind": "presence", "party": "COA", "what": "post", "place": PLACE, "seen": "declared", "as_of": at,
    },
    "relation": lambda made, at: {
        "kind": "relation", "from_party": "RUS", "to_party": "PGF", "relation": "supports", "as_of": at,
    },
    "agreement": lambda made, at: {"kind": "agreement", "name": "Memo", "parties": ["COA"], "signed": at},
    "check": lambda made, at: {
        "kind": "check", "channel": made.line["subject"], "result": "ok", "done": at, "by_role": "officer",
    },
    "contact": lambda made, at: {
        "kind": "contact", "with_party": "RUS", "direction": "out", "purpose": "safety", "gist": "asked",
        "started": at,
    },
    "meeting": lambda made, at: {"kind": "meeting", "name": "First", "parties": ["COA"], "when": at},
}  # fmt: skip


def stated(made, kind: str, at: str):
    more = {"said_at": {"at": at}} if kind == "said_at" else {}
    return made.try_tell("COA", DATED[kind](made, {"at": at}), **more)


@pytest.mark.parametrize("kind", DATED)
def test_what_was_said_seen_or_done_is_not_still_to_come(syria, kind):
    stated(syria, kind, AHEAD).refused("not-yet", 422)
    stated(syria, kind, SOON).ok(201)
    stated(syria, kind, NOW).ok(201)


def test_what_is_planned_may_lie_ahead(syria):
    meeting = {"kind": "meeting", "name": "Next", "parties": ["COA"], "when": {"at": AHEAD}, "held": False}
    syria.try_tell("COA", meeting).ok(201)
    syria.try_tell("COA", buildup(review_at={"at": AHEAD})).ok(201)
    syria.try_tell("COA", zone(), valid={"start": AHEAD}).ok(201)
    syria.try_tell("COA", source() | {"published": {"at": AHEAD}}).ok(201)
