"""Neutral words: what domain.md bars from screens, answers and party names."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.building_node import furnish, house, party_body, plan, valid_tells

from keepclear.rules import limits

ROOT = Path(__file__).parents[2]
SOURCES = ROOT / "src" / "keepclear"
SIDES = re.compile(
    r"\b(regimes?|enem(?:y|ies)|hostiles?|terrorists?|targets?|friendl(?:y|ies))\b", re.IGNORECASE
)
RESULTS = re.compile(r"\b(clear(?:ed|ance)?|safe(?:ly)?|approved?)\b", re.IGNORECASE)
# "Command line" is a term of its own; the bare word could be the telephone or the boundary.
LINE = re.compile(r"(?<!command )\blines?\b", re.IGNORECASE)
SPOKEN = ("cli", "views", "rules", "commands", "service")
# What stands in code and not on screens: the rules that bar the words must hold them.
LEXICONS = {"rules/limits.py", "rules/permissive.py", "rules/others_in_words.py"}


def docstrings(tree: ast.AST) -> set[int]:
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            first = node.body[0] if node.body else None
            if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant):
                found.add(id(first.value))
    return found


def spoken_by(folder: str) -> Iterator[tuple[str, str]]:
    """Every piece of text of a package that can reach a person: no docstrings, no bare member names."""
    for path in sorted((SOURCES / folder).rglob("*.py")):
        where = path.relative_to(SOURCES).as_posix()
        if where in LEXICONS:
            continue
        tree = ast.parse(path.read_text(encoding="utf-8"))
        unspoken = docstrings(tree)
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in unspoken:
                yield f"{where}:{node.lineno}", node.value


def helps() -> Iterator[tuple[str, str]]:
    """The help of every command, which is printed."""
    for path in sorted((SOURCES / "cli").glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
                yield f"{path.name}:{node.name}", ast.get_docstring(node) or ""


def is_words(text: str) -> bool:
    """Tell words from names of members, patterns and paths: words have a space."""
    return " " in text.strip()


@pytest.mark.parametrize("folder", SPOKEN)
def test_no_text_of_ours_takes_sides(folder):
    texts = list(spoken_by(folder))
    assert len(texts) > 50
    assert [(where, text) for where, text in texts if SIDES.search(text)] == []


@pytest.mark.parametrize("folder", SPOKEN)
def test_no_text_of_ours_says_line_without_saying_which(folder):
    assert [(where, text) for where, text in spoken_by(folder) if is_words(text) and LINE.search(text)] == []


@pytest.mark.parametrize("folder", ["cli", "views", "rules"])
def test_no_result_is_clear_safe_or_approved(folder):
    said = [(where, text) for where, text in spoken_by(folder) if is_words(text) and RESULTS.search(text)]
    assert said == []


def test_the_help_of_no_command_takes_sides_or_promises():
    texts = list(helps())
    assert len(texts) > 15
    for where, text in texts:
        assert not SIDES.search(text), where
        if not where.startswith(("lines.py", "output.py", "client.py")):
            assert not LINE.search(text), (where, text)
            assert not RESULTS.search(text), (where, text)


def catalogues() -> list[Path]:
    return sorted((ROOT / "console" / "catalogues").glob("*.json"))


def test_the_console_speaks_neutrally_too():
    assert len(catalogues()) >= 2
    for path in catalogues():
        for key, text in json.loads(path.read_text(encoding="utf-8")).items():
            assert not SIDES.search(text), (path.name, key, text)
            assert not LINE.search(text), (path.name, key, text)
            assert not RESULTS.search(text), (path.name, key, text)


def test_answers_that_are_worked_out_say_no_barred_word():
    """With things that are named neutrally, nothing that the node adds of its own takes sides or promises."""
    with house() as made:
        for act in valid_tells(made, furnish(made)).values():
            made.post("COA", "statements", act).ok(201)
        for party in ("COA", "RUS", "SDF"):
            text = made.get(party, "picture").ok().body.decode()
            values = [value for value in strings_in(json.loads(text)) if is_words(value)]
            assert len(values) > 40
            for value in values:
                assert not SIDES.search(value), value
                assert not LINE.search(value.replace("bottom line", "")), value
        for whole in (plan(), plan({"type": "Feature", "properties": {"radius_m": 5.0},
                                    "geometry": {"type": "Point", "coordinates": [0.0, 0.0]}})):  # fmt: skip
            for value in strings_in(made.post("COA", "check", whole).ok().json):
                assert not RESULTS.search(value), value
                assert not LINE.search(value), value


def strings_in(value) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from strings_in(inner)


LOADED = (
    "The Assad regime", "enemy forces", "Enemies of the people", "Hostile militia", "terrorists",
    "pro-regime",
    "Target group", "friendly forces", "REGIME_FORCES", "The Regimes", "Friendlies",
)  # fmt: skip
NEUTRAL = ("Regiment 5", "Targeted Relief", "Pro-government forces", "Friends of the river")


@pytest.mark.parametrize("name", LOADED)
def test_a_party_name_that_takes_sides_is_refused(name):
    with house() as made:
        before = made.size()
        body = party_body("NEW", name, "non-state force")
        answer = made.try_tell("COA", body, "public").refused("neutral-words", 422)
        assert answer.json["field"] == "body.name"
        local = party_body("NEW", "New group", "non-state force") | {"local_names": {"en": name}}
        made.try_tell("COA", local, "public").refused("neutral-words", 422)
        made.try_tell("COA", body).refused("neutral-words", 422)
        assert made.size() == before


@pytest.mark.parametrize("party", ["ENEMY", "enemy-1", "HOSTILE_2", "Regime"])
def test_a_party_id_that_takes_sides_is_refused(party):
    with house() as made:
        made.try_tell("COA", party_body(party, "New group", "agency"), "public").refused("neutral-words", 422)


@pytest.mark.parametrize("name", NEUTRAL)
def test_a_neutral_name_passes_and_a_label_keeps_its_jurisdiction(name):
    with house() as made:
        labels = [{"jurisdiction": "XX", "words": "listed as a terrorist organisation"}]
        body = party_body("NEW", name, "non-state force") | {"labels": labels}
        assert made.try_tell("COA", body, "public").status == 201
        [shown] = [item for item in made.items("RUS", "parties") if item["party"] == "NEW"]
        assert shown["name"] == name


def test_the_words_of_this_test_are_those_that_the_rule_bars():
    for word in ("regime", "enemy", "hostile", "terrorist", "target", "friendly"):
        assert limits._LOADED.search(f"the {word} group")
        assert SIDES.search(f"the {word} group")
