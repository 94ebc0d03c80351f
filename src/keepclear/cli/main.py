"""The command `keepclear`."""

from __future__ import annotations

import os
import re
import signal
import sys
from difflib import get_close_matches

from cyclopts import App, CycloptsError, UnknownCommandError

from keepclear import __version__
from keepclear.errors import KeepclearError, Refused

app = App(
    name="keepclear",
    version=__version__,
    help="Deconfliction: who told whom what, when, and how far it got. It does not help to attack.",
)


def _exit(zero: str, two: str) -> str:
    return f"\n\nExit status: 0 {zero}, 2 {two}, 1 error."


# Commands are named by path, so that `keepclear --help` imports none of their heavy parts.
_COMMANDS = (
    ("demo", "playing:demo", "Play the Syria accounts on a real node, then stay live."),
    ("picture", "looking:picture", "Show the whole desk."),
    ("show", "looking:show", "Show one list of a desk: hotlines, measures, incidents, messages …"),
    ("told", "looking:told", "Show what this desk had told a reader, and how far it got."),
    ("held", "looking:held", "Show every statement that had reached this desk."),
    (
        "check",
        "looking:check",
        f"Check a GeoJSON plan; submits nothing.{_exit('no known conflict', 'conflicts, 3 not all checked')}",
    ),
    ("party", "telling:party", "Describe a party, so that it can be told things and spoken of."),
    ("zone", "telling:zone", "Declare a zone by centre and radius."),
    ("declare", "declaring:declare", "Declare a zone or boundary from a GeoJSON file."),
    ("stance", "telling:stance", "Take a stance on a zone or boundary."),
    ("notice", "telling:notice", "Submit a notice from a JSON file."),
    ("message", "telling:message", "Pass a message on the hotline."),
    ("warn", "warning:warn", "Warn a party: standing, or conditional with trigger and consequence."),
    ("acknowledge", "answering:acknowledge", "Acknowledge a statement that reached this desk."),
    ("answer", "answering:answer", "Answer a message that reached this desk."),
    ("withdraw", "answering:withdraw", "Take back something that this desk stated."),
    ("call", "calling:call", "Begin a call: the telephone first."),
    ("in-call", "calling:in_call", "Note what happens on a call: answered, hold, passed, read-back, end …"),
    ("calls", "calling:calls", "Show a desk's calls with their hold clocks."),
    ("script", "calling:script", "Read out the call script of a message, in two languages."),
    ("code", "calling:code", "Give a statement's check code, to be read aloud."),
    ("read-back", "reading_back:read_back", "Read back a message that reached this desk, field by field."),
    ("read-backs", "confirming:read_backs", "Show what each reader has read back of a message."),
    ("confirm", "confirming:confirm", "Confirm that a read-back is right."),
    ("settle", "confirming:settle", "Say of a field that was heard otherwise that it is right, and why."),
    ("templates", "templating:templates", "Show the message templates, and which words may be used."),
    ("template", "templating:template", "Fill a message template, and send it."),
    ("approve-template", "templating:approve_template", "Let a template's words into use, under your name."),
    ("spell", "calling:spell", "Spell a call sign or a position; needs no node."),
    ("alarms", "alarming:alarms", "Show a desk's alarms, the most urgent first."),
    ("alarm", "alarming:alarm", "Acknowledge, shelve, unshelve or end an alarm."),
    ("forms", "notifying:forms", f"Compare two forms of one place.{_exit('they agree', 'they do not')}"),
    ("submit", "notifying:submit", "Submit a static site or a movement to a notification cell."),
    ("consent", "notifying:consent", "Consent that a party has what you submitted, or take that back."),
    ("intake", "notifying:intake", "Take a submission in, return it, or verify it."),
    ("submissions", "notifying:submissions", "Show what was submitted, consent, and who holds it."),
    ("list-site", "notifying:list_site", "State a submitted site as your own protected site."),
    ("movement", "notifying:movement", "State a movement, or its new text."),
    ("release", "notifying:release", "Decide that parties get an own site or movement, and tell them."),
    ("sites", "notifying:sites", "Show the protected sites in force now, reader by reader."),
    ("movements", "notifying:movements", "Show movements: what holds of each, and on whom it waits."),
    ("phone-test", "notifying:phone_test", "Note how the test of a telephone ended."),
    ("check-in", "notifying:check_in", "Note what was heard of a movement on a leg."),
    ("contact-lost", "notifying:contact_lost", "Flash to all who hold a movement: contact lost."),
    ("hotline", "hotline:hotline", "Work a desk in this terminal, also over SSH, by keys alone."),
    ("reach", "reaching:reach", "Ways by which alarms leave the station: add, list, test, remove."),
    ("cards", "printing:cards", "Print the cards for when all is down."),
    ("buildups", "counting:buildups", "Show what is counted against its own base rate, day by day."),
    ("crossings", "counting:crossings", "Show crossings a day, and entries that ended in nothing."),
    ("courses", "counting:courses", "Show the rival courses claimed of incidents, with their ellipses."),
    ("count-crossings", "counting:count_crossings", "Log a day's crossings of a boundary or zone."),
    ("base-rate", "counting:base_rate", "Set how numbers are watched, with the reason."),
    ("hotlines", "hotlines:hotlines", "Show the hotlines now: observed, last contact, hours, checks due."),
    ("open-hotline", "opening:open_hotline", "State a hotline with another party."),
    ("hotline-end", "opening:hotline_end", "Say of your own end of a hotline: open, suspended, who, when."),
    ("put-on-call", "opening:put_on_call", "State a role of your own as on call at stated hours."),
    ("check-hotline", "hotlines:check_hotline", "Log a check of a hotline that you have just made."),
    ("ultimatums", "hotlines:ultimatums", "Show ultimatums with the time left and the ladder."),
    ("on-call", "hotlines:on_call", "Show who is on call, with which language."),
    ("monitoring", "hotlines:monitoring", "Show which crews say that they listen where."),
    ("groups", "hotlines:groups", "Show the group hotlines and what was said on them."),
    ("group-propose", "hotlines:group_propose", "Propose a group hotline of three parties and more."),
    ("group", "hotlines:group", "Agree, say, answer or acknowledge on a group hotline."),
    ("approvals", "hotlines:approvals", "Show the drafts that wait for a second person."),
    ("approval-policy", "hotlines:approval_policy", "State what waits for a second person."),
    ("drafts", "drafting:drafts", "List your own drafts, told to nobody."),
    ("draft", "drafting:draft", "Your own drafts: keep, show, change, send, drop."),
    ("submit-draft", "hotlines:submit_draft", "Submit a message for a second person's approval."),
    ("approve", "hotlines:approve", "Let another's draft go out, or return it."),
    ("watch", "watch:watch", "Show what a handover would hold now."),
    ("shift", "shifts:shift", "State who has the watch, by name, from when until when."),
    ("shifts", "shifts:shifts", "Show the rota, with its gaps and overlaps."),
    ("hand-over", "watch:hand_over", "Hand the watch over with what is open."),
    ("take-over", "watch:take_over", "Countersign a handover: the watch is yours."),
    ("agenda", "watch:agenda", "Draft the agenda of the morning call."),
    (
        "standing",
        "verifying:standing",
        f"Show what stands and when it was last verified.{_exit('nothing is due', 'something is due')}",
    ),
    ("verify-again", "verifying:verify_again", "State that a person verified something again."),
    ("sitrep", "watch:sitrep", "Draft the daily report."),
    ("provenance", "watch:provenance", "Show which text each reader had at a time, and how far it got."),
    ("step-back", "stepping_back:step_back", "A mutual step-back: propose, agree, decline, check, list."),
    ("meeting", "meetings:meeting", "Meetings: plan, note as held, list the series."),
    ("map-exchange", "meetings:map_exchange", "Map exchanges: offer, receive, list."),
    ("build-up", "buildups:build_up", "Build-ups: watch, note, raise, hear, end, list."),
    ("incident", "incidents:incident", "Incidents and claims: state, claim, reply, status, list."),
    ("danger", "danger:danger", "Call every cell at once: a protected site is in danger."),
    ("dangers", "danger:dangers", "Show the calls for sites in danger, and who has not answered."),
    ("state", "telling:state", "State anything, from a JSON file."),
    (
        "proof",
        "proving:proof",
        f"Verify this desk's logs, or prove one statement.{_exit('verified', 'refused')}",
    ),
    (
        "check-proof",
        "proving:check",
        f"Check one statement's proof; needs no node.{_exit('it holds', 'refused')}",
    ),
    ("attach", "telling:attach", "Keep a file beside the log, for a statement to name."),
    ("attachment", "looking:attachment", "Give a file that a statement at this desk names."),
    ("erase", "telling:erase", "Erase a file that this desk attached; the record still verifies."),
    ("forward", "forwarding:forward", "Show another's statement on, as it came."),
    (
        "relay",
        "forwarding:relay",
        f"Show the way of a text: who told it on, what came back.{_exit('nothing waits', 'a leg waits')}",
    ),
    ("commitments", "committing:commitments", "Show the hourly commitments that have reached this desk."),
    ("open-commitment", "committing:open_commitment", "Show a party what had been filed, and since when."),
    (
        "openings",
        "committing:openings",
        f"Check what was opened to this desk.{_exit('every opening holds', 'one does not')}",
    ),
    ("export", "carrying:export", "Write this desk's logs so that anyone can verify them, or to carry them."),
    (
        "import",
        "carrying:import_",
        f"Take a bundle or a receipt that was carried here.{_exit('taken', 'stopped, or not taken')}",
    ),
    ("host", "hosting:host", "Show what neutral hosts found between notices told to them."),
    ("client", "clients:client", "Sign your own statements at a desk that another's node hosts."),
    (
        "verify",
        "proving:verify",
        f"Verify an export or evidence; needs no node.{_exit('verified', 'refused')}",
    ),
    (
        "reconcile",
        "reconciling:reconcile_records",
        f"Lay two parties' records side by side.{_exit('nothing differs', 'differences')}",
    ),
    ("replay", "playing:replay", "Play a scenario and judge its checks."),
    ("init", "setting_up:init", "Make the data directory of a node."),
    ("tls", "setting_up:tls", "The certificate by which a node is known beyond its machine."),
    ("witness", "witnessing:witness", "Be a witness of others' logs, or have one's own witnessed."),
    ("user", "persons:user", "Persons who sign in: add, appoint, help after a lost passkey, erase."),
    ("token", "persons:token", "Tokens for programs: add, list, revoke."),
    ("serve", "running:serve", "Serve a node, on this machine or beyond it."),
    (
        "peer",
        "reading_out:peer",
        "Other nodes: card, add, list, check, keys, cut, heal, move, take-back, evidence.",
    ),
    ("feeds", "feeds:feeds", "Feeds of live positions: add, list, remove."),
    ("tracks", "tracks:tracks", "Live positions: list, send, tie, untie, findings, replay."),
    ("stays", "stays:stays", "How long things may stay in an area, and what must be there."),
    ("backup", "keeping:backup", "Write a whole node to one file, while it runs or not."),
    ("restore", "keeping:restore", "Bring a node back from a backup into a new folder."),
    ("doctor", "running:doctor", "Look at this machine and the node, and say what is amiss."),
)
for _order, (_name, _where, _help) in enumerate(_COMMANDS):
    app.command(f"keepclear.cli.{_where}", name=_name, help=_help, sort_key=_order)
_NAMES = tuple(name for name, _, _ in _COMMANDS)


def main(arguments: list[str] | None = None) -> int:
    """Run one command and give its exit status: 0 done, 1 error, others as the command says."""
    given = sys.argv[1:] if arguments is None else arguments
    if given and given[0] not in _NAMES and not given[0].startswith("-"):
        return _unknown(given)
    try:
        result = app(arguments, exit_on_error=False, print_error=True, result_action="return_value")
    except KeepclearError as error:
        return _failed("Refused" if isinstance(error, Refused) else "Error", str(error))
    except CycloptsError as error:
        return _hinted(given, error)
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:  # whoever read the output has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 128 + signal.SIGPIPE
    except IsADirectoryError as error:
        return _failed("Error", f"{error.filename} is a folder [rule path]. Accepted: a file.")
    except OSError as error:
        what = f"{error.filename}: {error.strerror}" if error.filename else str(error)
        return _failed("Error", f"{what} [rule path]. Accepted: a path that can be used this way.")
    except Exception as error:
        if type(error).__name__ == "Problem":  # its module is heavy and not loaded for --help
            return _failed("Refused", str(error))
        raise
    return result if isinstance(result, int) else 0


_NEGATIVE = re.compile(r"-\d")


def _unknown(given: list[str], *within: str) -> int:
    """Refuse a command that there is not; of the first word the parser would load every command to do so."""
    near = () if within else get_close_matches(given[0], _NAMES)
    like = f", such as {', '.join(near)}" if near else ""
    asked = f"the command {' '.join(given)[:80]!r} [rule unknown-command]"
    lists = " ".join(("keepclear", *within, "--help"))
    return _failed("Refused", f"{asked}. Accepted: one that `{lists}` lists{like}.")


def _hinted(given: list[str], error: CycloptsError) -> int:
    """Say what would pass where a command or a word could not be taken, below what the parser printed."""
    if isinstance(error, UnknownCommandError):
        return _unknown(given, given[0])
    negative = next((word for word in given if _NEGATIVE.match(word)), None)
    if negative is not None and "--" not in given:
        words = f'"{negative}" begins with a dash and is read as an option [rule option]'
        return _failed("Refused", f'{words}. Accepted: -- before it, as in: -- "{negative}".')
    return 1


def _failed(how: str, words: str) -> int:
    from keepclear.views.signs import shielded  # not loaded for --help

    print(shielded(f"{how}: {words}"), file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
