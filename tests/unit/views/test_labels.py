"""Every kind of statement has a name in lists, and ties that point at one another do not loop."""

from __future__ import annotations

from tests.building import claim, count, hotline, incident, spot, stamp_at, zone

from keepclear.model.channels import CheckMade, CheckResult, ContactLogged, ContactPurpose, Direction
from keepclear.model.hotline import MessageSent, Purpose, ReadBack, Rung, RungReached, Text, WarningGiven
from keepclear.model.hotline import WarningKind as Kind
from keepclear.model.incidents import Aspect, Linked, LinkKind
from keepclear.model.notices import Observed, PresenceStated, Seen
from keepclear.model.parties import KeyStated, RelationKind, RelationStated
from keepclear.model.telling import (
    ConflictStated,
    Forwarded,
    LogClosed,
    LogOpened,
    NotTold,
    ReleaseDecided,
    Revoked,
    StatusStated,
)
from keepclear.model.words import CapStatus, Form, Place, Precedence
from keepclear.views.attribution import title


def titled(world, body, **more):
    told = world.tell("COA", body, **more)
    held = world.picture("COA")
    return title(held, held.entry(told.id))


def test_titles_read_as_a_person_would_say_them(world):
    first = world.tell("COA", zone())
    line = world.tell("COA", hotline())
    happened = world.tell("COA", incident())
    assert titled(world, claim(happened, count=count(100, None, words=">100"))) == (
        "Claim: killed, pro-government forces: >100"
    )
    assert titled(world, claim(happened, Aspect.PLACE, place=spot(40.0, 35.0))) == (
        "Claim: place, pro-government forces: a place, see the map"
    )
    assert titled(world, RelationStated("RUS", "PGF", RelationKind.CAN_INFLUENCE)) == (
        "Relation: Russian forces in Syria can influence Pro-government forces"
    )
    assert titled(world, CheckMade(line.subject, CheckResult.OK, stamp_at(0), "officer")) == (
        "Hotline check: Ground hotline, ok"
    )
    call = ContactLogged("RUS", Direction.OUT, ContactPurpose.SAFETY, "raised", stamp_at(0))
    assert titled(world, call) == "Call: to Russian forces in Syria: raised"
    message = MessageSent(("RUS",), Purpose.SAFETY, (Text("stop"),), Precedence.FLASH)
    assert titled(world, message) == "Message: flash, safety, to Russian forces in Syria: stop"
    warning = WarningGiven(("RUS",), Kind.STANDING, (Text("we defend ourselves"),))
    assert titled(world, warning) == ("Warning: standing, to Russian forces in Syria: we defend ourselves")
    assert titled(world, Observed("convoy", Place("x"), stamp_at(0), count=count(20, 20))) == (
        "Observation: convoy, 20"
    )
    assert titled(world, PresenceStated("COA", "garrison", Place("x"), Seen.DECLARED)) == (
        "Presence: Coalition (CJTF-OIR): garrison"
    )
    assert titled(world, RungReached(first.id, "RUS", Rung.RELAYED, "cell")) == (
        "Receipt: Russian forces in Syria: relayed, At Tanf zone"
    )
    assert titled(world, ReadBack(first.id, {}, "officer")) == "Read-back: At Tanf zone"
    assert titled(world, StatusStated(first.id, "paused")) == "Condition: At Tanf zone: paused"
    assert titled(world, Revoked(first.subject)) == "Taken back: At Tanf zone"


def test_the_acts_of_telling_are_titled_too(world):
    first = world.tell("COA", zone())
    reader = "Russian forces in Syria"
    assert titled(world, ReleaseDecided(first.subject, "RUS", Form.EXACT, "chief", "low")) == (
        f"Release: At Tanf zone to {reader}"
    )
    assert titled(world, NotTold(first.subject, first.id, "RUS", "why")) == (
        f"Not told: At Tanf zone to {reader}"
    )
    assert titled(world, Forwarded("eA==")) == "Forwarded: another's statement, shown on"
    assert titled(world, ConflictStated(first.id, (), "two volumes meet")) == "Conflict: two volumes meet"
    assert titled(world, KeyStated("COA+1+x", "statements")) == "Key: signs statements"
    assert titled(world, LogOpened("COA", "RUS", CapStatus.EXERCISE, "party")) == (
        f"Log opened: Coalition (CJTF-OIR) tells {reader}"
    )
    assert titled(world, LogClosed("moved")) == "Log closed: moved"


def test_what_was_not_told_is_titled_so(world):
    assert titled(world, Revoked("RUS.secret")) == "Taken back: not told here"


def test_a_tie_that_names_itself_does_not_loop(world):
    body = Linked("COA.loop", "COA.loop", LinkKind.MATTER)
    assert titled(world, body, subject="COA.loop") == "Tie: tie – same matter – tie"
