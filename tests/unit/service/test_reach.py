"""Mail and webhooks to real servers: at once, in order, seen to fail, with no secret and nobody's words."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from datetime import time as hours
from pathlib import Path

import pytest
from msgspec.structs import replace
from tests.last_hop import Hook, Mailbox
from tests.stories.watched import Desk

from keepclear.errors import KeepclearError, StoreFault
from keepclear.model.words import CapStatus, Level, PartyId, Precedence, SubjectId
from keepclear.rules.reaching import Quiet
from keepclear.service import reach as reach_module
from keepclear.service.delivery import Delivery, StationLog
from keepclear.service.reach import Book, LastHop, Tries, Way, checked, shown
from keepclear.views.alarms import State, alarms

COA = PartyId("COA")
NOW = datetime(2026, 3, 28, 23, 0, tzinfo=UTC)
SECRET_WORDS = "Lt. Ivanova saw 12 vehicles at 35.30000 N 40.30000 E, 37SGU8"  # noqa: S105 - no password
NOWHERE = "json://127.0.0.1:9/s3cret"  # the discard port: nobody listens


def delivery(**more) -> Delivery:
    made = Delivery(
        "COA.x/0", COA, SubjectId("COA.a"), "duty officer", Level.DESK, "station", Precedence.FLASH,
        CapStatus.EXERCISE, f"EXERCISE. FLASH … {SECRET_WORDS}", 1, "acknowledge", ("call",),
    )  # fmt: skip
    return replace(made, **more)


class Place:
    """A node's folder with ways in it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.book = Book(folder / "reach.json")
        self.tries = Tries(folder / "reach_state.json")
        self.hop = LastHop(StationLog(folder / "station.log"), self.book, self.tries, lambda: NOW)

    def way(self, name: str, url: str, **more) -> Way:
        self.book.add(made := checked(Way(name, COA, url, **more), unencrypted=False))
        return made

    def station(self) -> list[bytes]:
        return (self.folder / "station.log").read_bytes().splitlines()


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


def test_a_mail_and_a_webhook_come_to_real_servers_with_closed_words(place):
    with Mailbox() as mailbox, Hook() as hook:
        place.way("mail", mailbox.url, role="duty officer", person="a")
        place.way("hook", hook.url, role="duty officer", person="b")
        place.hop.deliver(delivery())
        [mail], [posted] = mailbox.mails, hook.came
    assert mail["Subject"] == posted["title"] == "EXERCISE FLASH: go to the desk"
    [text], words = mailbox.texts(), posted["message"]
    for said in (text, words):
        assert "For the duty officer: a message or warning waits to be acknowledged." in said
        assert said.strip().endswith("Key COA.x/0")
        assert_nobodys_words(said)
    assert_nobodys_words(mail.as_string())
    assert len(place.station()) == 1


def assert_nobodys_words(said: str) -> None:
    for part in ("Ivanova", "35.3", "40.3", "37SGU", "vehicles", "s3cret"):
        assert part not in said


def test_the_twin_with_the_alarms_own_words_would_be_caught(place, monkeypatch):
    monkeypatch.setattr(reach_module, "words_beyond", lambda *_: delivery().words)
    with Hook() as hook:
        place.way("hook", hook.url)
        place.hop.deliver(delivery())
    with pytest.raises(AssertionError):
        assert_nobodys_words(hook.words()[0])


def test_where_a_way_fails_the_next_of_the_same_person_is_taken_and_the_failure_is_seen(place):
    with Hook() as hook:
        first = place.way("first", NOWHERE, person="a")
        second = place.way("second", hook.url, person="a")
        place.hop.deliver(delivery())
        place.hop.deliver(delivery(key="COA.y/0"))
    assert len(hook.came) == 2
    seen = shown(first, place.tries.state(first))
    assert (seen.state, seen.failures, seen.since) == ("failing", 2, NOW)
    assert shown(second, place.tries.state(second)).state == "last left"
    again = Tries(place.folder / "reach_state.json")
    assert again.state(first).failures == 2


def test_who_was_reached_is_not_told_again_while_another_waits(place):
    with Hook() as well, Hook() as ill:
        place.way("a", well.url, person="a")
        place.way("b", ill.url, person="b")
        ill.status = 500
        with pytest.raises(StoreFault, match="last-hop"):
            place.hop.deliver(delivery())
        ill.status = 200
        place.hop.deliver(delivery(attempt=2))
    assert len(well.came) == 1
    assert [words.startswith("EXERCISE. REPEAT") for words in ill.words()] == [False, True]
    assert ["COA.x/0" in words for words in ill.words()] == [True, True]
    assert len(place.station()) == 1


def test_after_a_crash_everybody_is_told_again_under_the_same_key_marked_repeat(place):
    with Hook() as hook:
        place.way("a", hook.url)
        place.hop.deliver(delivery())
        Place(place.folder).hop.deliver(delivery(attempt=2))
    first, second = hook.words()
    assert "REPEAT" not in first
    assert second.startswith("EXERCISE. REPEAT, sent before perhaps.")
    assert first.rpartition(" ")[2] == second.rpartition(" ")[2] == "COA.x/0"


def test_a_mail_server_that_refuses_counts_as_a_failure(place):
    with Mailbox() as mailbox:
        mailbox.refuses = True
        way = place.way("mail", mailbox.url)
        with pytest.raises(StoreFault):
            place.hop.deliver(delivery())
    assert place.tries.state(way).failures == 1


def test_other_parties_other_roles_and_quiet_hours_are_left_alone_but_not_for_a_flash(place):
    with Hook() as hook:
        place.way("deputy", hook.url, role="deputy")
        place.book.add(Way("other", PartyId("RUS"), hook.url))
        place.hop.deliver(delivery())
        assert hook.came == []
        place.way("night", hook.url, role="duty officer", quiet=Quiet(hours(22), hours(6)))
        place.hop.deliver(delivery(key="COA.y/0", precedence=Precedence.PRIORITY))
        assert hook.came == []
        place.hop.deliver(delivery(key="COA.z/0"))
        assert len(hook.came) == 1


def test_the_file_is_the_owners_alone_and_one_that_is_not_is_refused(place):
    place.way("a", NOWHERE)
    path = place.folder / "reach.json"
    assert path.stat().st_mode & 0o777 == 0o600
    assert (place.folder / "station.log").exists() is False
    path.chmod(0o644)
    with pytest.raises(StoreFault, match="reach-file"):
        place.book.ways()


def test_no_secret_stands_in_what_is_written_beside_it(place):
    place.way("a", NOWHERE)
    with pytest.raises(StoreFault) as failed:
        place.hop.deliver(delivery())
    assert "s3cret" not in str(failed.value)
    for name in ("reach_state.json", "station.log"):
        assert b"s3cret" not in (place.folder / name).read_bytes()


@pytest.mark.parametrize(("url", "rule"), [
    ("json://example.org/s3cret", "reach-unencrypted"),
    ("mailto://u:s3cret@example.org", "reach-unencrypted"),
    ("file:///etc/s3cret", "reach-address"), ("s3cret", "reach-address"), ("jsons://[s3cret", "reach-way"),
])  # fmt: skip
def test_what_would_pass_unencrypted_or_is_of_no_kind_is_refused_without_repeating_it(url, rule):
    with pytest.raises(KeepclearError) as refused:
        checked(Way("a", COA, url), unencrypted=False)
    assert rule in str(refused.value)
    assert "s3cret" not in str(refused.value)


def test_a_way_is_named_once_and_can_be_removed(place):
    place.way("a", NOWHERE)
    with pytest.raises(KeepclearError, match="reach-once"):
        place.way("a", NOWHERE)
    place.book.remove(COA, "a")
    assert place.book.ways() == ()
    with pytest.raises(KeepclearError, match="reach-way"):
        place.book.remove(COA, "a")


# With the engine.


def night(place: Place) -> Desk:
    desk = Desk()
    desk.engine._deliver = place.hop
    return desk


def test_what_was_mailed_acknowledges_nothing_and_the_alarm_climbs_all_the_same(place):
    with Hook() as hook:
        place.way("all", hook.url)
        desk = night(place)
        desk.raise_alarm()
        desk.run(125)
        [alarm] = [each for each in alarms(desk.node.picture(COA)) if each.body.rule == "test"]
        roles = [words.split("For the ")[1].split(":")[0] for words in hook.words()]
    assert alarm.state == State.UNACKNOWLEDGED
    assert roles == ["duty officer", "any officer", "deputy"]
    assert len({each["message"].rpartition(" ")[2] for each in hook.came}) == 3


def test_the_twin_in_which_a_receipt_counts_silences_the_alarm(place):
    with Hook() as hook:
        place.way("all", hook.url)
        desk = night(place)
        alarm = desk.raise_alarm()
        desk.turn()
        desk.send()
        desk.acknowledge(alarm.subject)  # what a sender that believes a receipt would do
        desk.run(125)
        assert len(hook.came) == 1


def test_a_message_waits_while_no_way_works_and_comes_as_a_repeat(place):
    with Hook() as hook:
        hook.status = 503
        place.way("all", hook.url)
        desk = night(place)
        desk.raise_alarm()
        desk.run(3, tick_s=1)
        refused = len(hook.came)
        assert refused >= 1
        hook.status = 200
        desk.run(10, tick_s=1)
        assert len(hook.came) == refused + 1
        assert hook.words()[-1].startswith("EXERCISE. REPEAT")
        assert len({words.rpartition(" ")[2] for words in hook.words()}) == 1


def test_a_dead_mail_server_does_not_hold_up_the_station(place):
    place.way("dead", NOWHERE)
    began = time.monotonic()
    with pytest.raises(StoreFault):
        place.hop.deliver(delivery())
    assert len(place.station()) == 1
    assert time.monotonic() - began < 5
