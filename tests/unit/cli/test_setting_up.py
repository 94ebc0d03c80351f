"""Setting a node up: made once, from arguments, one file or prompts; and its certificate."""

from __future__ import annotations

import json
import re
import stat

import pytest

from keepclear.cli import setting_up
from keepclear.service.settings import SETTINGS, settings_of

TOML = """
name = "hq.example.org"
cap = "Exercise"
parties = ["NOR", "SOU"]

[listen]
host = "0.0.0.0"
port = 8443
allowed_hosts = ["hq.example.org"]
tls_certificate = "own/certificate.pem"
tls_key = "/etc/keepclear/key.pem"
"""


def file_of(folder, text=TOML):
    path = folder / "node.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_node_is_made_once(cli, tmp_path):
    made = cli("init", tmp_path / "new", "--party", "NOR")
    assert (made.status, made.out) == (0, "")
    assert "status Exercise" in made.err
    assert stat.S_IMODE((tmp_path / "new").stat().st_mode) == 0o700
    before = {path.name: path.read_bytes() for path in (tmp_path / "new").iterdir()}
    again = cli("init", tmp_path / "new", "--party", "NOR")
    assert (again.status, "nothing was changed" in again.err) == (0, True)
    for other in (["--party", "SOU"], ["--party", "NOR", "--actual"], ["--party", "NOR", "--name", "other"]):
        refused = cli("init", tmp_path / "new", *other)
        assert refused.status == 1
        assert "Accepted: another folder" in refused.err
    assert {path.name: path.read_bytes() for path in (tmp_path / "new").iterdir()} == before


def test_actual_is_asked_for_by_name(cli, tmp_path):
    assert "status Actual" in cli("init", tmp_path / "new", "--party", "NOR", "--actual").err


def test_one_file_says_it_all(cli, tmp_path):
    assert cli("init", tmp_path / "node", "--from", file_of(tmp_path)).status == 0
    made = settings_of(tmp_path / "node")
    assert (made.name, made.parties, made.listen.port) == ("hq.example.org", ("NOR", "SOU"), 8443)
    assert made.listen.tls_certificate == str(tmp_path / "own/certificate.pem")
    assert made.listen.tls_key == "/etc/keepclear/key.pem"
    assert "nothing was changed" in cli("init", tmp_path / "node", "--from", file_of(tmp_path)).err


@pytest.mark.parametrize(
    ("old", "new", "names"),
    [
        ('name = "hq.example.org"', "", "name"),
        ('cap = "Exercise"', 'cap = "Perhaps"', "cap"),
        ("port = 8443", "port = 0", "port"),
        ("port = 8443", 'port = "8443"', "port"),
        ('["hq.example.org"]', '["*"]', "allowed_hosts"),
        ('tls_key = "/etc/keepclear/key.pem"', "", "tls_certificate"),
        ("[listen]", "[listening]", "listening"),
        ("[listen]", "version = 2\n[listen]", "version"),
        ("[listen]", "[listen", "TOML|Expected"),
    ],
)
def test_a_file_with_an_error_is_refused_by_the_name_of_the_field_and_makes_nothing(
    cli, tmp_path, old, new, names
):
    assert old in TOML
    done = cli("init", tmp_path / "node", "--from", file_of(tmp_path, TOML.replace(old, new, 1)))
    assert done.status == 1
    assert re.search(names, done.err)
    assert not (tmp_path / "node").exists()


def test_file_and_arguments_are_not_mixed(cli, tmp_path):
    done = cli("init", tmp_path / "node", "--from", file_of(tmp_path), "--party", "NOR")
    assert (done.status, "init-from" in done.err) == (1, True)


def test_update_takes_new_parties_and_listening_but_no_other_name(cli, tmp_path):
    node = tmp_path / "node"
    assert cli("init", node, "--party", "NOR", "--name", "hq.example.org").status == 0
    assert cli("init", node, "--from", file_of(tmp_path)).status == 1
    assert cli("init", node, "--from", file_of(tmp_path), "--update").status == 0
    assert settings_of(node).listen.port == 8443
    for change in (
        TOML.replace("hq.example.org", "other", 1),
        TOML.replace('"NOR", ', ""),
        TOML.replace("Exercise", "Actual"),
    ):
        assert cli("init", node, "--from", file_of(tmp_path, change), "--update").status == 1
    assert settings_of(node).parties == ("NOR", "SOU")


def test_without_a_terminal_nothing_is_asked(cli, tmp_path, monkeypatch):
    monkeypatch.setattr("sys.stdin.isatty", lambda: False, raising=False)
    done = cli("init", tmp_path / "node")
    assert (done.status, "init-party" in done.err) == (1, True)


def test_prompts_ask_for_all_of_it(cli, tmp_path, monkeypatch):
    answers = iter(["hq", "Actual", "NOR SOU", "", "", "hq.example.org", ""])
    asked = []
    monkeypatch.setattr(setting_up.sys, "stdin", type("Terminal", (), {"isatty": lambda self: True})())
    monkeypatch.setattr(setting_up.OUT, "input", lambda words: asked.append(words) or next(answers))
    assert cli("init", tmp_path / "node").status == 0
    made = settings_of(tmp_path / "node")
    assert (made.name, made.cap, made.parties) == ("hq", "Actual", ("NOR", "SOU"))
    assert made.listen.allowed_hosts == ("hq.example.org",)
    assert len(asked) == 7


def test_a_certificate_is_made_entered_in_the_settings_and_read_aloud(cli, node):
    made = cli("tls", "self-signed", "hq.example.org", "192.0.2.1", "--dir", node)
    assert made.status == 0
    assert re.fullmatch(r"([0-9A-F]{4} ){15}[0-9A-F]{4}\n", made.out)
    listen = settings_of(node).listen
    assert listen.allowed_hosts == ("hq.example.org", "192.0.2.1")
    assert cli("tls", "fingerprint", "--dir", node).out == made.out
    again = cli("tls", "self-signed", "hq.example.org", "--dir", node)
    assert (again.status, "move the old one away" in again.err) == (1, True)


def test_doctor_looks_at_the_certificate(cli, node):
    assert "TLS" not in cli("doctor", "--dir", node).out
    cli("tls", "self-signed", "hq.example.org", "--dir", node)
    well = cli("doctor", "--dir", node)
    assert (well.status, "its TLS certificate: good for 396 days" in well.out) == (0, True)
    (node / "tls-key.pem").unlink()
    assert cli("doctor", "--dir", node).status == 1


@pytest.mark.parametrize("host", ["*", "https://hq.example.org", "hq.example.org:8642", "a b", ""])
def test_a_certificate_for_what_is_no_host_is_refused(cli, node, host):
    done = cli("tls", "self-signed", host, "--dir", node)
    assert done.status == 1
    assert settings_of(node).listen.tls_key == ""


def test_a_fingerprint_needs_a_certificate_that_fits(cli, node):
    assert cli("tls", "fingerprint", "--dir", node).status == 1
    cli("tls", "self-signed", "hq.example.org", "--dir", node)
    kept = json.loads((node / SETTINGS).read_text())
    kept["listen"]["allowed_hosts"].append("other.example.org")
    (node / SETTINGS).write_text(json.dumps(kept))
    done = cli("tls", "fingerprint", "--dir", node)
    assert (done.status, "does not name other.example.org" in done.err) == (1, True)
