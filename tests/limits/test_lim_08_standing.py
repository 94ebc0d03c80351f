"""What may leave of a thing: its feed settles it, and what is said of it lessens it for good (LIM-08)."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest
from tests.contracts.cot import golden

from keepclear.links.cot.codec import CotCodec
from keepclear.links.feeds import Reading
from keepclear.links.push.codec import JSON, read
from keepclear.model.feeds import Feed, FeedKind
from keepclear.model.tracks import Standing
from keepclear.model.words import PartyId
from keepclear.service.live_desk import LiveDesk
from keepclear.stores.columns import Columns
from keepclear.stores.tracks import SCHEMA_FILES, TrackStore

COA = PartyId("COA")
OWN = Feed("blue", COA, standing=Standing.OWN)
CONSENTING = Feed("blue", COA, standing=Standing.CONSENTING)
OTHER = Feed("blue", COA)
DEVICES = Feed("devices", COA, FeedKind.COT, Standing.OWN)
AT = datetime(2031, 1, 1, tzinfo=UTC)


class Sending:
    """A desk that takes one position after the other, each in a batch of its own."""

    def __init__(self, path) -> None:
        self.path, self.seconds = path, 0
        self.up()

    def up(self) -> None:
        with closing(TrackStore.open(self.path)) as store:
            self.desk = LiveDesk(COA, store, AT)

    def keep(self) -> None:
        with closing(TrackStore.open(self.path)) as store:
            self.desk._store = store
            self.desk.keep()

    def send(self, feed: Feed, name: str = "a", **said) -> None:
        self.seconds += 10
        now = AT + timedelta(seconds=self.seconds)
        piece = {"id": name, "at": now.isoformat(), "lon": 30.0, "lat": 34.0, "accuracy_m": 10.0}
        self.desk.take(feed, read(JSON, json.dumps({"fixes": [piece | said]}).encode(), feed, now), now)

    def leaves(self) -> list[str]:
        return [leaving.track.id for leaving in self.desk.leaving(-1)[1]]


@pytest.fixture
def sending(tmp_path):
    return Sending(tmp_path / "tracks.sqlite3")


def test_what_was_said_to_be_of_others_stays_so_in_later_batches_and_after_a_restart(sending):
    sending.send(OWN, standing="other")
    for later in ({}, {"kind": "vehicle"}, {"callsign": "Visitor 1"}, {"invented": False}):
        sending.send(OWN, **later)
        assert sending.leaves() == []
    sending.keep()
    sending.up()
    sending.send(OWN, kind="helicopter")
    assert sending.leaves() == []
    sending.send(OWN, standing="own")
    assert sending.leaves() == ["a"]
    sending.send(OWN, kind="vehicle")
    assert sending.leaves() == ["a"]


def test_what_was_said_to_be_invented_stays_so_until_it_is_said_not_to_be(sending):
    def invented() -> bool:
        return sending.desk.columns.tracks[0].invented

    sending.send(OWN, invented=True)
    sending.send(OWN, kind="vehicle")
    assert invented()
    sending.keep()
    sending.up()
    sending.send(OWN, callsign="Truck 1")
    assert invented()
    sending.send(OWN, invented=False)
    assert not invented()


@pytest.mark.parametrize(("now", "left"), [(OTHER, []), (CONSENTING, ["a", "c"])])
def test_a_feed_made_anew_holds_what_it_brought_to_what_it_is_now(sending, now, left):
    sending.send(OWN, kind="vehicle")
    sending.send(OWN, "b", standing="other")
    sending.send(OWN, "c")
    assert sending.leaves() == ["a", "c"]
    sending.send(now, "d", standing="other")
    assert sending.leaves() == left
    assert {track.standing for track in sending.desk.columns.tracks} <= {now.standing, Standing.OTHER}


def test_things_of_another_feed_are_left_alone(sending):
    sending.send(OWN)
    sending.send(Feed("adsb", COA), "b")
    assert sending.leaves() == ["a"]


def test_a_feed_made_anew_may_be_trusted_with_more_again_but_for_what_was_said(sending):
    sending.send(OTHER, kind="vehicle")
    sending.send(OTHER, "b", standing="other")
    for name in ("a", "b"):
        sending.send(OWN, name, callsign=f"Truck {name}")
    assert sending.leaves() == ["a"]


def test_what_a_feed_lost_when_it_was_made_anew_was_not_said_of_its_things(sending):
    sending.send(OWN, standing="own")
    sending.send(OTHER)
    assert sending.leaves() == []
    sending.send(OWN, kind="vehicle")
    assert sending.leaves() == ["a"]


def test_without_the_memory_of_what_was_said_a_thing_of_others_would_leave(sending, monkeypatch):
    """The twin: `describe` as it was takes each description whole."""
    monkeypatch.setattr(
        Columns, "describe", lambda self, track: self._describe(self._rows[track.source, track.id], track)
    )
    sending.send(OWN, standing="other")
    sending.send(OWN, kind="vehicle")
    assert sending.leaves() == ["a"]


def made_older(path) -> None:
    with closing(sqlite3.connect(path)) as old:
        old.execute("ALTER TABLE thing DROP COLUMN standing_said")
        old.execute("ALTER TABLE thing DROP COLUMN invented_said")
        old.execute(f"PRAGMA user_version = {len(SCHEMA_FILES) - 1}")


def test_what_an_older_file_keeps_of_others_stays_of_others(sending):
    sending.send(OWN, standing="other")
    sending.keep()
    made_older(sending.path)
    sending.up()
    sending.send(OWN, kind="vehicle")
    assert sending.leaves() == []


def test_an_event_says_its_standing_each_time_anew_whatever_an_older_file_keeps(sending):
    """A mark that a person has set is of others, and what the same device then says of itself is its own."""

    def told(how: str) -> None:
        event = golden.event("a-f-G-U-C", "phone", how=how, time=(AT + timedelta(seconds=1)).isoformat())
        reading = CotCodec(DEVICES).read(event, AT + timedelta(seconds=2))
        sending.desk.take(DEVICES, Reading(reading.fixes, reading.tracks), AT + timedelta(seconds=2))

    told("h-e")
    assert sending.leaves() == []
    sending.keep()
    made_older(sending.path)
    sending.up()
    told("m-g")
    assert sending.leaves() == ["phone"]
    told("h-e")
    assert sending.leaves() == []
