"""Commands about persons and tokens: secrets shown once and on their own, everything else without them."""

from __future__ import annotations

import re

import pytest

from keepclear.cli.persons import people_of
from keepclear.errors import NotAllowed

CODE = re.compile(r"([0-9A-HJKMNP-TV-Z]{5}-){3}[0-9A-HJKMNP-TV-Z]{5}")


def add(cli, node, name="Anna Berg", party="NOR", role="duty officer"):
    return cli("user", "add", name, "--party", party, "--role", role, "--dir", node)


def test_a_person_is_added_and_the_code_stands_alone_on_standard_output(cli, node):
    done = add(cli, node)
    assert done.status == 0
    assert CODE.fullmatch(done.out.strip())
    assert "Usable once, until" in done.err
    with people_of(node) as people:
        assert people.invited(done.out.strip()).name == "Anna Berg"
    listed = cli("user", "list", "--dir", node).out
    assert "Anna Berg of NOR: duty officer; no passkey yet" in listed
    assert not CODE.search(listed)


def test_a_second_person_of_the_name_is_refused(cli, node):
    add(cli, node)
    again = add(cli, node)
    assert (again.status, again.out, "person-once" in again.err) == (1, "", True)
    assert add(cli, node, party="SOU").status == 0


@pytest.mark.parametrize(
    ("words", "rule"),
    [
        (["--party", "NONE", "--role", "observer"], "hosted-party"),
        (["--role", "observer"], "hosted-party"),
        (["--party", "*", "--role", "observer"], "role-of-party"),
        (["--party", "NOR", "--role", "auditor"], "role-of-party"),
    ],
)
def test_a_person_belongs_to_a_hosted_party_or_to_none_as_its_role_says(cli, node, words, rule):
    done = cli("user", "add", "Anna Berg", *words, "--dir", node)
    assert (done.status, rule in done.err) == (1, True)


def test_an_auditor_needs_no_party(cli, node):
    assert cli("user", "add", "Auditor", "--role", "auditor", "--dir", node).status == 0
    assert "Auditor of *: auditor" in cli("user", "list", "--dir", node).out


@pytest.mark.parametrize("scope", [["--scope", "auditor"], ["--scope", "auditor", "--party", "*"]])
def test_an_auditors_token_belongs_to_no_party(cli, node, scope):
    done = cli("token", "add", "yearly audit", *scope, "--dir", node)
    assert done.status == 0, done.err
    assert "auditor at * as auditor" in cli("token", "list", "--dir", node).out


def test_a_token_to_operate_is_made_for_what_reads_the_counters(cli, node):
    done = cli("token", "add", "counters", "--scope", "operate", "--dir", node)
    assert done.status == 0, done.err
    assert "operate at * as operator" in cli("token", "list", "--dir", node).out
    refused = cli("token", "add", "counters", "--scope", "operate", "--party", "NOR", "--dir", node)
    assert (refused.status, "role-of-party" in refused.err) == (1, True)


def test_an_auditors_token_at_a_party_is_refused_with_what_passes(cli, node):
    done = cli("token", "add", "yearly audit", "--scope", "auditor", "--party", "NOR", "--dir", node)
    assert (done.status, done.out) == (1, "")
    assert "the role auditor at NOR [rule role-of-party]" in done.err
    assert "Accepted: no --party: the auditor belongs to no party" in " ".join(done.err.split())
    assert cli("token", "list", "--dir", node).out == "No tokens.\n"


def test_a_token_of_a_desk_where_several_are_hosted_names_them(cli, node):
    done = cli("token", "add", "probe", "--scope", "read desk", "--dir", node)
    assert (done.status, "--party with one of NOR, SOU" in " ".join(done.err.split())) == (1, True)


def test_a_token_without_its_party_is_refused_as_a_token_or_takes_that_of_the_environment(
    cli, node, monkeypatch
):
    words = ("token", "add", "receiver on the roof", "--scope", "feed", "--dir", node)
    said = " ".join(cli(*words).err.split())
    assert "the party of this token" in said
    assert "person" not in said
    monkeypatch.setenv("KEEPCLEAR_AS", "SOU")
    made = cli(*words)
    assert (made.status, "feed at SOU" in made.err) == (0, True)
    assert cli("token", "add", "audit", "--scope", "auditor", "--dir", node).status == 0


def test_a_new_code_makes_the_old_one_useless(cli, node):
    first = add(cli, node).out.strip()
    second = cli("user", "code", "Anna Berg", "--dir", node).out.strip()
    with people_of(node) as people:
        assert people.invited(second).name == "Anna Berg"
        with pytest.raises(NotAllowed):
            people.invited(first)


def test_roles_are_given_and_taken(cli, node):
    add(cli, node)
    assert cli("user", "appoint", "Anna Berg", "--role", "watch chief", "--dir", node).status == 0
    assert "duty officer, watch chief" in cli("user", "list", "--dir", node).out
    assert cli("user", "dismiss", "Anna Berg", "--role", "duty officer", "--dir", node).status == 0
    gone = cli("user", "dismiss", "Anna Berg", "--role", "duty officer", "--dir", node)
    assert (gone.status, "person-role" in gone.err) == (1, True)


def test_who_is_signed_in_is_listed_and_signed_out(cli, node):
    add(cli, node)
    with people_of(node) as people:
        begun = people.begin(people.named("Anna Berg"), None, "198.51.100.7")
    assert "Anna Berg of NOR as duty officer from 198.51.100.7" in cli("user", "sessions", "--dir", node).out
    (row,) = cli("user", "sessions", "Anna Berg", "--json", "--dir", node).json()
    assert begun.secret not in str(row)
    assert "Ended 1 sessions" in cli("user", "sign-out", "Anna Berg", "--dir", node).err
    assert cli("user", "sessions", "--dir", node).out == "Nobody is signed in.\n"


def test_an_erased_person_is_gone(cli, node):
    add(cli, node)
    assert cli("user", "erase", "Anna Berg", "--dir", node).status == 0
    assert cli("user", "list", "--dir", node).out.startswith("Nobody.")
    left = b"".join(path.read_bytes() for path in node.iterdir() if path.is_file())
    assert b"Anna Berg" not in left
    assert cli("user", "erase", "Anna Berg", "--dir", node).status == 1
    assert cli("doctor", "--dir", node).status == 0


def test_a_token_is_shown_once_listed_without_it_and_revoked(cli, node):
    words = ["--scope", "act", "--party", "NOR", "--role", "watch chief", "--dir", node]
    made = cli("token", "add", "probe", *words)
    secret = made.out.strip()
    assert secret.startswith("kc_")
    listed = cli("token", "list", "--dir", node).out
    assert "probe: act at NOR as watch chief" in listed
    assert secret not in listed
    identity = listed.split()[0]
    with people_of(node) as people:
        assert people.token(secret).id == identity
    assert cli("token", "revoke", identity, "--dir", node).status == 0
    with people_of(node) as people:
        assert people.token(secret) is None
    assert "revoked" in cli("token", "list", "--dir", node).out
    assert cli("token", "revoke", identity, "--dir", node).status == 1


def test_an_auditors_token_is_of_no_party(cli, node):
    (made,) = [cli("token", "add", "audit", "--scope", "auditor", "--json", "--dir", node).json()]
    assert (made["party"], made["role"], made["scope"]) == ("*", "auditor", "auditor")


def test_where_there_is_no_node_nobody_is_added(cli, tmp_path):
    done = add(cli, tmp_path / "none")
    assert (done.status, "no-node" in done.err) == (1, True)
    assert not (tmp_path / "none").exists()
