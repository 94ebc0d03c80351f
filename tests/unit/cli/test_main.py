"""The command as a whole: light help, exit statuses, errors that say what would pass."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from keepclear.cli.main import app, main

HEAVY = ("httpx", "starlette", "uvicorn", "numpy", "shapely", "pyproj", "sqlite3", "cryptography", "asyncio")
COMMANDS = (
    "demo", "picture", "show", "told", "held", "check", "party", "zone", "declare", "stance", "notice",
    "message", "acknowledge", "answer", "withdraw", "call", "in-call", "calls", "script", "code",
    "read-back", "read-backs", "confirm", "settle", "templates", "template", "approve-template", "spell",
    "alarms", "alarm", "forms", "submit", "consent", "intake", "submissions", "list-site", "movement",
    "release", "sites", "movements", "phone-test", "check-in", "contact-lost", "hotline", "reach",
    "cards", "step-back", "buildups", "crossings", "courses", "count-crossings", "base-rate",
    "open-hotline", "hotline-end",
    "put-on-call", "hotlines", "check-hotline", "ultimatums", "on-call", "monitoring", "groups",
    "feeds", "tracks", "stays", "group-propose", "group", "approvals", "approval-policy", "drafts", "draft",
    "submit-draft", "approve", "watch", "warn", "meeting", "map-exchange", "build-up", "incident",
    "shift", "shifts", "hand-over", "take-over", "agenda", "standing", "verify-again", "sitrep", "provenance",
    "danger", "dangers", "state", "proof", "check-proof", "attach", "attachment", "erase", "forward", "relay",
    "commitments", "open-commitment", "openings", "export", "import", "host", "client", "verify", "reconcile",
    "replay", "init", "peer", "tls", "witness", "user", "token", "serve", "backup", "restore", "doctor",
)  # fmt: skip


def keepclear(*words, **changes):
    """Run the command in a process of its own, as a shell would."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("KEEPCLEAR")}
    environment |= {"TERM": "xterm-256color", "COLUMNS": "100"}
    command = [sys.executable, "-m", "keepclear.cli.main", *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, env=environment | changes)


def test_help_imports_nothing_heavy():
    program = (
        "import json, sys\n"
        "from keepclear.cli.main import main\n"
        "main(['--help'])\n"
        "print(json.dumps(sorted(sys.modules)), file=sys.stderr)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    loaded = set(json.loads(done.stderr.splitlines()[-1]))
    assert "cyclopts" in loaded
    assert loaded.isdisjoint(HEAVY)
    assert not [name for name in loaded if name.startswith(("keepclear.service", "keepclear.model"))]


def test_help_names_every_command_with_one_sentence(cli):
    shown = cli("--help").out
    for command in COMMANDS:
        assert f" {command} " in shown


@pytest.mark.long
def test_every_command_has_help_and_its_function(cli):
    for command in COMMANDS:
        done = cli(command, "--help")
        assert done.status == 0
        assert f"keepclear {command}" in done.out
        inner = [name for name in app[command] if not name.startswith("-")]
        assert inner or callable(app[command].default_command)
        for name in inner:
            assert f"keepclear {command} {name}" in cli(command, name, "--help").out


def test_the_list_of_commands_here_is_whole():
    assert {name for name in app if not name.startswith("-")} == set(COMMANDS)


def test_version_is_the_packages(cli):
    from keepclear import __version__

    assert cli("--version").out.strip() == __version__


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("sho",), "sho"),
        (("show", "nonsense"), "hotlines"),
        (("zone", "A", "33.5 N 38.6 E", "ten", "--tell", "SOU"), "ten"),
        (("check",), "PLAN"),
    ],
)
def test_a_command_that_cannot_be_read_ends_with_one_and_says_why_on_stderr(cli, words, said):
    done = cli(*words)
    assert done.status == 1
    assert done.out == ""
    assert said in done.err


def test_a_missing_node_names_the_command_that_makes_one(cli, tmp_path):
    done = cli("picture", "--dir", tmp_path / "none")
    assert (done.status, done.out) == (1, "")
    assert done.err.startswith("Refused: ")
    assert "keepclear init" in done.err
    assert "keepclear demo" in done.err


def test_a_desk_without_its_party_names_the_parties(cli, read_node, monkeypatch):
    monkeypatch.delenv("KEEPCLEAR_AS", raising=False)
    done = cli("picture", "--dir", read_node)
    assert (done.status, done.out) == (1, "")
    assert "NOR, SOU" in done.err


def test_a_party_that_is_not_hosted_is_refused_with_those_that_are(cli, read_node):
    done = cli("picture", "--as", "nor", "--dir", read_node)
    assert (done.status, done.out) == (1, "")
    assert '"nor"' in done.err
    assert "NOR, SOU" in done.err


def test_the_environment_may_say_at_whose_desk_one_is(cli, read_node, monkeypatch):
    monkeypatch.setenv("KEEPCLEAR_AS", "SOU")
    assert cli("picture", "--dir", read_node, "--json").json()["party"] == "SOU"


def test_what_a_node_refuses_names_the_rule_and_what_would_pass(cli, read_node):
    done = cli("zone", "A", "33 N 38 E", 5, "--tell", "NOBODY", "--as", "NOR", "--dir", read_node)
    assert (done.status, done.out) == (1, "")
    assert "rule unknown-party" in done.err
    assert "Accepted: one of NOR, SOU" in done.err


def test_a_missing_file_is_an_error_not_a_refusal(cli, read_node, tmp_path):
    done = cli("check", tmp_path / "none.geojson", "--as", "NOR", "--dir", read_node)
    assert (done.status, done.out) == (1, "")
    assert done.err.startswith("Error: ")
    assert "none.geojson" in done.err


def test_colour_is_left_out_when_no_color_is_set():
    plain = keepclear("picture", "--nonsense", FORCE_COLOR="1", NO_COLOR="1")
    coloured = keepclear("picture", "--nonsense", FORCE_COLOR="1")
    assert "\x1b[31m" in coloured.stderr
    assert "\x1b[31m" not in plain.stderr


def test_a_reader_that_stops_early_gets_no_traceback(read_node):
    command = f"{sys.executable} -m keepclear.cli.main held --as NOR --ids --dir {read_node} | head -1"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True)
    assert done.stdout.count("\n") == 1
    assert done.stderr == ""


def test_an_interrupt_ends_like_one(monkeypatch):
    def interrupted(*_args, **_more):
        raise KeyboardInterrupt

    monkeypatch.setattr("keepclear.cli.main.app", interrupted)
    assert main([]) == 130


def test_refusals_of_the_command_line_say_the_rule_and_what_would_pass(cli, node, tmp_path):
    unknown = cli("a", "alarm")
    assert unknown.status == 1
    assert "[rule unknown-command]. Accepted: one that `keepclear --help` lists." in unknown.err
    near = cli("hotlin")
    assert (near.status, near.out) == (1, "")
    assert near.err.endswith("lists, such as hotline, hotlines, hotline-end.\n")
    dashed = cli("spell", "-35.3 40.2")
    assert dashed.status == 1
    assert 'Accepted: -- before it, as in: -- "-35.3 40.2"' in dashed.err
    assert cli("spell", "--", "-35.3 40.2").status == 0
    empty = cli("message", "SOU", " ", "--as", "NOR", "--dir", node)
    assert "[rule empty-message] (field words). Accepted: the words to pass on" in empty.err
    kept = tmp_path / "kept.zip"
    kept.write_bytes(b"x")
    onto = cli("export", kept, "--as", "NOR", "--dir", node)
    assert "[rule export-exists]" in onto.err
    assert "a name that no file has yet" in onto.err
    assert kept.read_bytes() == b"x"
