"""A node is brought back from an old backup, and its reader holds more of its words than it does itself.

To go on would sign two texts under one number by accident. The reader's copy bears the author's signatures:
the author takes its own words back from it, and goes on where it had stopped.
"""

from __future__ import annotations

from datetime import timedelta

import msgspec
import pytest
from tests.simulated_nodes import copied, entries_of, size_of
from tests.unit.service.exchange.pair import COA, RUS, TOLD, Pair, other_key

from keepclear.cli.taking_back import from_export, from_link, take
from keepclear.commands.telling import Tell
from keepclear.errors import Conflicting, KeepclearError, ProofRefused
from keepclear.model.notices import RemarkMade
from keepclear.model.statements import LogId
from keepclear.model.words import PUBLIC
from keepclear.record import note
from keepclear.rules import between_nodes
from keepclear.service.commitments import Commitments
from keepclear.service.exchange import evidence, taking_back, wire
from keepclear.service.exchange.behind import OwnLogs
from keepclear.service.exchange.concerns import concerns
from keepclear.service.exchange.session import Exchange
from keepclear.service.exporting import export

OWN = LogId(COA, COA)


class Story(Pair):
    """Alpha tells bravo five things and everybody one; its backup knows of the first alone."""

    def __init__(self, *, after_restore: bool = False) -> None:
        super().__init__()
        self.said("one")
        self.exchange()
        self.backup = copied(self.alpha.store)
        for words in ("two", "three", "four"):
            self.said(words, attachments=(self.attach(self.alpha, words),))
        self.said("to all", PUBLIC)
        self.exchange()
        self.before = entries_of(self.alpha.store, TOLD)
        self.alpha.store, self.alpha.shown = self.backup, []
        self.own = OwnLogs()
        if after_restore:
            self.own.restored("2018-02-07T18:00:00Z")
        self.restart()

    def restart(self) -> None:
        self.alpha.start()
        made = self.alpha.exchange
        self.alpha.exchange = Exchange(self.alpha.node, made.peers, self.alpha.stopped, self.own)

    def heard(self) -> None:
        """Bravo's pull arrives; the refusals that a restore makes are no fault of the simulation."""
        self.round_trip(self.bravo, self.alpha)
        self.faults.clear()

    def ask(self, pull: wire.Pull) -> wire.Gave:
        now = self.bravo.clock.now()
        raw = wire.encode(self.bravo.exchange.session("alpha").gave(pull, (), now, now))
        return wire.read_gave(raw)

    def take_back(self, ask=None) -> list[dict]:
        peer = self.alpha.exchange.peers.of("bravo")
        return take(self.alpha.node, self.own, peer, lambda *at: from_link(ask or self.ask, *at))

    def alarms(self) -> list:
        return list(concerns(self.alpha.exchange, COA, self.alpha.clock.now()))


def goes_on(story: Story) -> None:
    """What is told next comes to the reader, after everything that it held."""
    story.said("five")
    story.said("six to all", PUBLIC)
    story.round_trip(story.bravo, story.alpha)
    story.round_trip(story.bravo, story.alpha)
    assert story.faults == []
    assert entries_of(story.bravo.store, TOLD) == entries_of(story.alpha.store, TOLD)
    assert size_of(story.bravo.store, TOLD) == len(story.before) + 1
    assert (story.bravo.stopped.all(), story.bravo.stopped.doubled()) == ([], [])
    story.alpha.start()  # and it reads its store again


def test_the_author_is_told_and_tells_nothing_more_until_its_words_are_back():
    story = Story()
    story.heard()
    alarms = [each for each in story.alarms() if each.rule == between_nodes.BEHIND]
    assert len(alarms) == 2  # to bravo, and to everybody
    alarm = next(each for each in alarms if "RUS" in each.title)
    assert "holds 6 entries" in alarm.words
    assert "keepclear peer take-back bravo" in alarm.words
    for reader in (RUS, PUBLIC):
        with pytest.raises(Conflicting) as refusal:
            story.said("five", reader)
        assert refusal.value.rule == "log-behind"
    story.said("to itself", COA)  # what nobody else holds cannot be told twice
    rows = story.take_back()
    assert [(row["reader"], row["before"], row["size"]) for row in rows] == [(RUS, 3, 6), (PUBLIC, 0, 3)]
    assert entries_of(story.alpha.store, TOLD) == story.before
    assert story.alarms() == []
    own = [entry.statement.body for entry in story.alpha.node.inbox(COA)]
    assert {body.text for body in own if isinstance(body, RemarkMade)} >= {
        "one", "two", "three", "four", "to all",
    }  # fmt: skip
    goes_on(story)


def test_twin_a_node_that_does_not_look_signs_two_texts_under_one_number():
    story = Story()
    story.alpha.exchange.node.check_tellable = lambda _: None  # the rule off
    story.said("five")
    for words in ("six", "seven"):
        story.said(words)
    head = story.alpha.store.checkpoint(TOLD, 6).note
    proof = story.bravo.exchange.session("alpha").taker.compare(note.only(head, story.origin()))
    pinned = story.bravo.exchange.peers.of("alpha").logs[story.origin()][1]
    assert evidence.check(proof, pinned) == (6, 6)


def test_what_was_told_over_a_lost_end_cannot_be_taken_back_and_is_said():
    story = Story()
    for words in ("other two", "other three", "other four"):
        story.said(words)  # before any reader was heard
    story.heard()
    alarm = next(each for each in story.alarms() if "RUS" in each.title)
    assert "nothing can be taken back" in alarm.words
    with pytest.raises(Conflicting, match="a node under a new name"):
        story.said("five")
    assert story.ask(wire.Pull((), story.t0, back=(wire.Held(story.origin(), 6),))).back == ()


def test_after_a_restore_nothing_is_told_before_the_reader_was_heard():
    story = Story(after_restore=True)
    (alarm,) = story.alarms()
    assert (alarm.rule, "bravo" in alarm.words) == (between_nodes.UNHEARD, True)
    for reader in (RUS, PUBLIC):
        with pytest.raises(Conflicting) as refusal:
            story.said("five", reader)
        assert refusal.value.rule == "reader-unheard"
    story.heard()
    assert {each.rule for each in story.alarms()} == {between_nodes.BEHIND, between_nodes.UNHEARD}
    story.take_back()
    assert story.alarms() == []
    goes_on(story)


def test_twin_a_reader_that_holds_no_more_lets_it_go_on_once_it_was_heard():
    made = Pair()
    made.said("one")
    made.exchange()
    own = OwnLogs()
    own.restored("2018-02-07T18:00:00Z")
    made.alpha.exchange = Exchange(made.alpha.node, made.alpha.exchange.peers, made.alpha.stopped, own)
    with pytest.raises(Conflicting):
        made.said("two")
    made.alpha.exchange.session("bravo").gave(wire.Pull((), made.t0), (), made.t0, made.t0)
    with pytest.raises(Conflicting):
        made.said("two")  # a pull that says nothing of what is held, as peer check sends, is no word
    made.exchange()
    made.said("two")
    assert list(concerns(made.alpha.exchange, COA, made.t0)) == []


def test_a_readers_bare_word_stops_nobody():
    story = Story()
    session = story.alpha.exchange.session("bravo")
    text_ = note.parse(next(held.receipt for held in story.pull().held if held.size == 6)).text
    forged = note.sign(text_, other_key(story.origin()))
    for receipt in (b"", forged):
        held = wire.Held(story.origin(), 6, receipt)
        _, unheld = session.receipts(wire.Pull((held,), story.t0))
        assert [each.status for each in unheld] == [400]
    assert story.own.ahead() == ()
    story.own.restored("2018-02-07T18:00:00Z")
    session.gave(wire.Pull((wire.Held(story.origin(), 6),), story.t0), (), story.t0, story.t0)
    assert story.own.unheard(story.alpha.exchange.peers) != []


def test_only_own_words_are_taken_back():
    story = Story()
    good = story.ask

    def without_an_entry(pull):
        gave = good(pull)
        packs = tuple(msgspec.structs.replace(each, entries=each.entries[1:], size=each.size - 1)
                      for each in gave.back)  # fmt: skip
        return msgspec.structs.replace(gave, back=packs)

    def another_entry(pull):
        gave = good(pull)
        packs = tuple(msgspec.structs.replace(each, entries=each.entries[::-1]) for each in gave.back)
        return msgspec.structs.replace(gave, back=packs)

    def another_head(pull):
        gave = good(pull)
        packs = tuple(
            msgspec.structs.replace(each, head=note.sign(note.parse(each.head).text, other_key(each.origin)))
            for each in gave.back
        )
        return msgspec.structs.replace(gave, back=packs)

    for ask in (without_an_entry, another_entry, another_head):
        with pytest.raises((ProofRefused, KeepclearError)):
            story.take_back(ask)
        assert size_of(story.alpha.store, TOLD) == 3
        assert story.alpha.node.durable_size(TOLD) == 3
    story.heard()
    story.take_back()
    goes_on(story)


def test_nobody_is_given_back_what_is_not_its_own():
    made = Pair(("alpha", "bravo", "carol"))
    made.said("one")
    made.exchange()
    asked = wire.Held(made.origin(), 0)
    for name, packs in (("alpha", 1), ("carol", 0)):
        peer = made.bravo.exchange.peers.of(name)
        assert len(taking_back.give_back(made.bravo.node, peer, (asked,))) == packs
    other = wire.Held(made.bravo.keys.origin(RUS, COA), 0)
    assert taking_back.give_back(made.bravo.node, made.bravo.exchange.peers.of("alpha"), (other,)) == ()


def test_words_come_back_by_an_export_that_was_carried():
    story = Story()
    made = export(story.bravo.node, RUS, counterpart=COA, peers=story.bravo.exchange.peers.all())
    peer = story.alpha.exchange.peers.of("bravo")
    rows = take(story.alpha.node, story.own, peer, lambda *at: from_export(made, *at))
    assert [row["reader"] for row in rows] == [RUS]
    assert entries_of(story.alpha.store, TOLD) == story.before


def test_a_long_end_comes_back_in_many_answers():
    made = Pair()
    made.said("one")
    made.exchange()
    backup = copied(made.alpha.store)
    for number in range(wire.PACK_ENTRIES + 40):
        made.said(f"more {number}")
    for _ in range(3):
        made.round_trip(made.bravo, made.alpha)
    told = entries_of(made.alpha.store, TOLD)
    made.alpha.store = backup
    made.alpha.start()

    def ask(pull: wire.Pull) -> wire.Gave:
        return made.bravo.exchange.session("alpha").gave(pull, (), made.t0, made.t0)

    peer = made.alpha.exchange.peers.of("bravo")
    take(made.alpha.node, OwnLogs(), peer, lambda *at: from_link(ask, *at))
    assert entries_of(made.alpha.store, TOLD) == told


def test_what_is_known_of_lost_words_is_known_after_a_start(tmp_path):
    story = Story(after_restore=True)
    story.heard()
    kept = OwnLogs(tmp_path / "own-logs.json")
    kept.restored("2018-02-07T18:00:00Z")
    for each in story.own.ahead():
        assert kept.note(each)
        assert not kept.note(each)
    kept.hear("bravo")
    again = OwnLogs(tmp_path / "own-logs.json")
    assert again.ahead() == story.own.ahead()
    assert again.unheard(story.alpha.exchange.peers) == []
    again.caught_up(story.origin())
    assert [each.reader for each in OwnLogs(tmp_path / "own-logs.json").ahead()] == [PUBLIC]


def test_no_commitment_is_made_while_a_readers_log_may_not_be_told_in():
    story = Story(after_restore=True)
    story.alpha.clock.move_to(story.alpha.clock.now() + timedelta(hours=3))
    works = Commitments(lambda: story.alpha.node)
    assert works.turn() == []
    story.heard()
    assert works.turn() == []
    story.take_back()
    assert works.make() == 1
    story.round_trip(story.bravo, story.alpha)
    assert story.bravo.stopped.doubled() == []


def test_twin_a_node_that_was_not_brought_back_commits_each_hour():
    made = Pair()
    made.said("one")
    made.alpha.clock.move_to(made.alpha.clock.now() + timedelta(hours=3))
    assert len(Commitments(lambda: made.alpha.node).turn()) == 1


def test_words_that_have_another_text_here_are_not_taken_back_and_the_node_still_starts():
    story = Story()
    tell = Tell(body=RemarkMade("another two"), readers=(COA,))
    story.alpha.node.act(story.alpha.node.ask(COA, tell, "two"))  # the key of a lost act, used again
    with pytest.raises(ProofRefused) as refusal:
        story.take_back()
    assert refusal.value.rule == "one-text-per-id"
    story.restart()
    assert size_of(story.alpha.store, TOLD) == 3
