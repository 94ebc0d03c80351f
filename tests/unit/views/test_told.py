"""What one party had told another, and which rung each text had reached, on whose word."""

from __future__ import annotations

from msgspec.structs import replace
from tests.building import COVERING, minute, speaker, stamp_at, zone

from keepclear.model.channels import ContactLogged, ContactPurpose, Direction
from keepclear.model.hotline import How, MessageSent, Purpose, ReadBack, Rung, RungReached, Text
from keepclear.model.telling import NotTold, Revoked, StatusStated
from keepclear.model.words import PUBLIC, Via
from keepclear.times import Stamp
from keepclear.views.told import NOT_RECEIVED, ladder, ladders, outbox, told


def message(*to):
    return MessageSent(tuple(to), Purpose.SAFETY, (Text("stop"),))


def rung(of, reader, value, **more):
    return RungReached(of.id, reader, value, "duty officer", **more)


def only_ladder(world, statement, reader="RUS"):
    entry = world.box("COA").entry(reader, statement.id)
    assert entry is not None
    return ladder(world.picture("COA"), entry, reader)


def test_the_ordinal_counts_the_texts_in_that_log_alone(world):
    first = world.tell("COA", zone("one"), "RUS", "SDF", at=1)
    world.tell("COA", zone("two"), "SDF", at=2, subject=first.subject)
    world.tell("COA", zone("three"), "RUS", "SDF", at=3, subject=first.subject)
    own, box = world.picture("COA"), world.box("COA")
    rows = {reader: told(box, own, reader) for reader in ("RUS", "SDF")}
    assert [row.ordinal for row in rows["RUS"]] == [1, 2]
    assert [row.ordinal for row in rows["SDF"]] == [1, 2, 3]
    assert [row.superseded for row in rows["RUS"]] == [True, False]


def test_what_had_been_told_is_cut_at_the_release(world):
    first = world.tell("COA", zone(), at=1)
    world.tell_on(first, "RUS", at=60)
    own, box = world.picture("COA"), world.box("COA")
    assert told(box, own, "RUS", minute(59)) == []
    assert len(told(box, own, "RUS", minute(60))) == 1


def test_a_text_that_was_only_sent_has_reached_sent(world):
    sent = world.tell("COA", message("RUS"), "RUS")
    found = only_ladder(world, sent)
    assert found.reached == "sent"
    assert [step.rung for step in found.steps] == ["sent", "held by host"]


def test_the_readers_own_rung_is_own_and_anothers_is_reported(world):
    sent = world.tell("COA", message("RUS"), "RUS")
    world.tell("RUS", rung(sent, "RUS", Rung.ACKNOWLEDGED), "COA")
    world.tell("COA", rung(sent, "RUS", Rung.RELAYED), said_by=speaker("RUS desk", "RUS"), via=Via.PHONE)
    found = only_ladder(world, sent)
    assert found.reached == "relayed"
    assert {step.rung: step.how for step in found.steps}["acknowledged"] is How.OWN
    assert {step.rung: step.how for step in found.steps}["relayed"] is How.REPORTED


def test_a_read_back_is_confirmed_by_the_sender_itself(world):
    sent = world.tell("COA", message("RUS"), "RUS")
    world.tell("RUS", ReadBack(sent.id, {"place": "east bank"}, "desk"), "COA")
    world.tell("COA", rung(sent, "RUS", Rung.CONFIRMED), "RUS")
    found = only_ladder(world, sent)
    assert {step.rung: step.how for step in found.steps}["read back"] is How.OWN
    assert {step.rung: step.how for step in found.steps}["read-back confirmed"] is How.OWN


def test_a_read_back_that_the_sender_alone_heard_is_confirmed_by_report(world):
    sent = world.tell("COA", message("RUS"), "RUS")
    by_telephone = speaker("desk", "RUS")
    heard = ReadBack(sent.id, {"place": "east bank"}, "desk")
    world.tell("COA", heard, said_by=by_telephone, via=Via.PHONE)
    world.tell("COA", rung(sent, "RUS", Rung.CONFIRMED), "RUS")
    found = only_ladder(world, sent)
    assert {step.rung: step.how for step in found.steps}["read back"] is How.REPORTED
    assert {step.rung: step.how for step in found.steps}["read-back confirmed"] is How.REPORTED


def test_a_text_passed_by_telephone_shows_so_by_the_callers_report(world):
    sent = world.tell("COA", message("RUS"), "RUS")
    call = ContactLogged("RUS", Direction.OUT, ContactPurpose.SAFETY, "", Stamp(sent.stated_at),
                         answerer_role="desk", passed=(sent.id,))  # fmt: skip
    world.tell("COA", call)
    [step] = [step for step in only_ladder(world, sent).steps if step.rung == "passed by telephone"]
    assert (step.how, step.by) == (How.REPORTED, "desk")
    assert only_ladder(world, sent).reached == "sent"


def test_refused_and_disputed_stand_beside_and_are_no_rung(world):
    sent = world.tell("COA", message("RUS"), "RUS")
    world.tell("RUS", rung(sent, "RUS", Rung.DISPUTED, remarks="wrong place"), "COA")
    found = only_ladder(world, sent)
    assert found.reached == "sent"
    assert [(step.rung, step.remarks) for step in found.beside] == [("disputed", "wrong place")]


def test_a_new_text_starts_its_ladder_again(world):
    first = world.tell("COA", zone("one"), "RUS")
    world.tell("RUS", rung(first, "RUS", Rung.ACKNOWLEDGED), "COA")
    second = world.tell("COA", zone("two"), "RUS", subject=first.subject)
    assert only_ladder(world, first).reached == "acknowledged"
    assert only_ladder(world, second).reached == "sent"


def test_a_rung_of_one_reader_is_none_of_anothers(world):
    sent = world.tell("COA", message("RUS", "SDF"), "RUS", "SDF")
    world.tell("RUS", rung(sent, "RUS", Rung.ACKNOWLEDGED), "COA")
    found = ladders(world.picture("COA"), world.box("COA"), world.picture("COA").entry(sent.id))
    assert [(row.reader, row.reached) for row in found] == [("RUS", "acknowledged"), ("SDF", "sent")]


def test_the_rung_is_cut_at_its_arrival(world):
    sent = world.tell("COA", message("RUS"), "RUS", at=1)
    world.tell("RUS", rung(sent, "RUS", Rung.ACKNOWLEDGED, at=stamp_at(5)), "COA", at=5, received=30)
    own, box = world.picture("COA"), world.box("COA")
    assert told(box, own, "RUS", minute(29))[-1].ladder.reached == "sent"
    assert told(box, own, "RUS", minute(30))[-1].ladder.reached == "acknowledged"


def test_what_everybody_was_told_and_ones_own_notes_have_no_ladder(world):
    said = world.tell("COA", message("RUS"), PUBLIC)
    assert ladders(world.picture("COA"), world.box("COA"), world.picture("COA").entry(said.id)) == ()


def test_anothers_text_has_no_ladder_of_ours(world):
    theirs = world.tell("RUS", message("COA"), "COA")
    assert ladders(world.picture("COA"), world.box("COA"), world.picture("COA").entry(theirs.id)) == ()


def test_holders_are_those_who_were_told_any_text_with_the_last(world):
    first = world.tell("COA", zone("one"), "RUS", "SDF")
    second = world.tell("COA", zone("two"), "RUS", subject=first.subject)
    box = world.box("COA")
    assert box.holders(first.subject) == {"COA": second.id, "RUS": second.id, "SDF": first.id}
    assert box.holds("SDF", first.subject)
    assert not box.holds("SDF", second.id)
    assert not box.holds("PGF", first.subject)


def test_a_text_told_twice_to_a_reader_counts_once(world):
    first = world.tell("COA", zone(), "RUS")
    world.tell_on(first, "RUS", at=30)
    box = world.box("COA")
    assert box.size("RUS") == 1
    assert outbox("COA", world.entries, minute(-100)).readers() == []


def test_a_rung_that_the_reader_puts_in_anothers_mouth_is_no_word_of_its_own(world):
    sent = world.tell("COA", message("RUS"), "RUS")
    heard = speaker("somebody", "PGF")
    world.tell("RUS", rung(sent, "RUS", Rung.ACKNOWLEDGED), "COA", said_by=heard, via=Via.PHONE)
    found = only_ladder(world, sent)
    assert {step.rung: step.how for step in found.steps}["acknowledged"] is How.REPORTED


def test_twin_an_officer_of_the_reader_speaks_for_it(world):
    sent = world.tell("COA", message("RUS"), "RUS")
    officer = speaker("duty officer", "RUS")
    world.tell("RUS", rung(sent, "RUS", Rung.ACKNOWLEDGED), "COA", said_by=officer)
    assert {step.rung: step.how for step in only_ladder(world, sent).steps}["acknowledged"] is How.OWN


def behind(world, reader="RUS"):
    own, box = world.picture("COA"), world.box("COA")
    rows = [row for row in told(box, own, reader) if row.entry.statement.kind == "measure"]
    return [[(change.what, change.reason) for change in row.behind] for row in rows]


def left_out(world, change, subject, reader, reason):
    world.tell("COA", NotTold(subject, change.id, reader, reason))


def test_a_text_taken_back_without_telling_a_holder_shows_so_with_the_reason(world):
    first = world.tell("COA", zone(), "RUS", "SDF")
    gone = world.tell("COA", Revoked(first.subject), "SDF")
    left_out(world, gone, first.subject, "RUS", "the line is down")
    assert behind(world) == [[("taken back", "the line is down")]]
    assert behind(world, "SDF") == [[]]


def test_a_condition_that_a_holder_was_not_told_shows_so(world):
    first = world.tell("COA", zone(), "RUS", "SDF")
    paused = world.tell("COA", StatusStated(first.id, "suspended"), "SDF")
    left_out(world, paused, first.subject, "RUS", "not yet")
    assert behind(world) == [[("condition: suspended", "not yet")]]
    world.tell_on(paused, "RUS", at=40)
    assert behind(world) == [[]]


def test_a_condition_told_to_each_in_its_own_form_leaves_nobody_behind(world):
    exact = world.tell("COA", zone(), "SDF")
    cover = world.tell("COA", zone("wide", 80_000.0), "RUS", subject=exact.subject, form=COVERING)
    world.tell("COA", StatusStated(cover.id, "suspended"), "RUS")
    assert behind(world, "SDF") == [[("condition: suspended", "")]]
    world.tell("COA", StatusStated(exact.id, "suspended"), "SDF")
    assert (behind(world), behind(world, "SDF")) == ([[]], [[]])


def test_a_restated_text_shows_with_the_reason_for_not_telling_it(world):
    first = world.tell("COA", zone(), "RUS", "SDF")
    second = world.tell("COA", zone("moved"), "SDF", subject=first.subject)
    left_out(world, second, first.subject, "RUS", "first the call")
    assert behind(world) == [[("restated", "first the call")]]
    assert behind(world, "SDF") == [[], []]


def test_a_coarse_form_that_no_longer_covers_what_was_restated_shows_so(world):
    exact = world.tell("COA", zone(), "SDF")
    world.tell("COA", zone("wide", 80_000.0), "RUS", subject=exact.subject, form=COVERING)
    grown = world.tell("COA", zone("grown", 100_000.0), "SDF", subject=exact.subject)
    assert behind(world) == [[]]
    left_out(world, grown, exact.subject, "RUS", "first the call")
    assert behind(world) == [[("restated", "first the call")]]
    world.tell("COA", zone("wider", 120_000.0), "RUS", subject=exact.subject, form=COVERING)
    assert behind(world)[-1] == []


def test_what_everybody_was_told_a_reader_does_not_lack(world):
    first = world.tell("COA", zone(), "RUS")
    world.tell("COA", zone("moved"), PUBLIC, subject=first.subject)
    assert behind(world) == [[]]


def test_another_form_told_later_supersedes_and_leaves_behind_nothing(world):
    exact = world.tell("COA", zone(), "RUS")
    world.tell("COA", zone("wide", 80_000.0), "RUS", subject=exact.subject, form=COVERING)
    rows = told(world.box("COA"), world.picture("COA"), "RUS")
    assert [row.superseded for row in rows if row.entry.statement.kind == "measure"] == [False, False]
    assert behind(world) == [[], []]


def test_a_rung_taken_back_counts_no_more_and_stands_beside(world):
    sent = world.tell("COA", message("RUS"), "RUS")
    reached = world.tell("RUS", rung(sent, "RUS", Rung.ACKNOWLEDGED), "COA")
    world.tell("RUS", Revoked(reached.subject), "COA")
    found = only_ladder(world, sent)
    assert found.reached == "sent"
    assert [step.rung for step in found.steps] == ["sent", "held by host"]
    assert [step.rung for step in found.beside] == ["acknowledged, taken back"]


def test_of_a_rung_stated_anew_the_last_counts(world):
    sent = world.tell("COA", message("RUS"), "RUS")
    reached = world.tell("RUS", rung(sent, "RUS", Rung.ACKNOWLEDGED), "COA")
    world.tell("RUS", rung(sent, "RUS", Rung.DISPLAYED), "COA", subject=reached.subject)
    assert only_ladder(world, sent).reached == "displayed"


def test_a_rung_shows_when_its_word_arrived_beside_the_time_that_it_states(world):
    sent = world.tell("COA", message("RUS"), "RUS", at=1)
    world.tell("RUS", rung(sent, "RUS", Rung.ACKNOWLEDGED, at=stamp_at(2)), "COA", at=300, received=301)
    step = only_ladder(world, sent).steps[-1]
    assert (step.at, step.received_at) == (minute(2), minute(301))


def test_a_reported_rung_names_its_reporter_and_an_own_one_nobody(world):
    sent = world.tell("COA", message("RUS"), "RUS", "SDF")
    world.tell("RUS", rung(sent, "RUS", Rung.DISPLAYED), "COA")
    world.tell("SDF", rung(sent, "RUS", Rung.ACKNOWLEDGED), "COA", via=Via.PHONE)
    world.tell("COA", rung(sent, "RUS", Rung.RELAYED), said_by=speaker("RUS desk", "RUS"))
    found = {step.rung: step.per for step in only_ladder(world, sent).steps}
    assert (found["displayed"], found["acknowledged"], found["relayed"]) == (
        "",
        "Syrian Democratic Forces",
        "Coalition (CJTF-OIR), from RUS desk",
    )


def test_towards_a_reader_without_a_node_no_machine_reaches_a_rung(world):
    sent = world.tell("COA", message("RUS"), "RUS")
    entry = replace(world.box("COA").entry("RUS", sent.id), received_at=NOT_RECEIVED)
    found = ladder(world.picture("COA"), entry, "RUS")
    assert found.reached == "told"
    assert [(step.rung, step.how, step.per) for step in found.steps] == [
        ("told", How.REPORTED, "Coalition (CJTF-OIR)")
    ]


def test_what_its_node_held_later_had_not_reached_it_before(world):
    sent = world.tell("COA", message("RUS"), "RUS", at=1)
    entry = replace(world.box("COA").entry("RUS", sent.id), received_at=minute(60))
    reached = [ladder(world.picture("COA"), entry, "RUS", minute(at)).reached for at in (59, 60)]
    assert reached == ["told", "sent"]


def test_that_a_text_was_displayed_is_a_machines_word_and_acknowledging_it_a_persons(world):
    sent = world.tell("COA", message("RUS"), "RUS")
    world.tell("RUS", rung(sent, "RUS", Rung.DISPLAYED), "COA")
    world.tell("RUS", rung(sent, "RUS", Rung.ACKNOWLEDGED), "COA")
    found = {step.rung: step.how for step in only_ladder(world, sent).steps}
    assert (found["displayed"], found["acknowledged"]) == ("machine", "own")
