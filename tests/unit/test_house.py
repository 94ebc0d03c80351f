"""The rules of the house, held over every tracked file. Floors and types are held by `make lint`."""

from __future__ import annotations

import ast
import re
import shlex
import statistics
import subprocess
import tomllib
from functools import cache
from pathlib import Path

import pytest

from keepclear.cli.main import app

ROOT = Path(__file__).parents[2]
SRC = ROOT / "src" / "keepclear"
UNIT = ROOT / "tests" / "unit"
THIS = Path(__file__).relative_to(ROOT).as_posix()

SOURCE_SUFFIXES = {".py", ".ts", ".svelte", ".mjs", ".css", ".sh", ".go", ".md", ".sql"}
LONG_ON_PURPOSE = {
    "src/keepclear/links/tlog/keepclear_verify.py": "ships as one file, for a stranger to read and run",
    "docs/reference/cli.md": "generated",
    "docs/reference/errors.md": "generated",
    "docs/reference/http.md": "generated",
    "docs/reference/statements.md": "generated",
}
MAX_LINES = 700
BANNED_MODULES = {"utils", "util", "helpers", "helper", "common", "manager", "managers", "data", "misc"}

# Packages whose tests stand elsewhere than in tests/unit/<package>, and why.
TESTED_ELSEWHERE = {
    "links": ("tests/contracts", "a link is a contract with others' checkers"),
    "links/push": ("tests/contracts/push", "a link is a contract with whoever sends"),
    "links/recorded": ("tests/contracts/recorded", "a link is a contract with whoever recorded"),
    "links/tlog": ("tests/contracts/tlog", "a link is a contract with others' checkers"),
    "service/http": ("tests/contracts/http", "routes are walked as a whole"),
}
# Test modules in tests/unit/<package> that mirror no module of that package, and why.
OF_NO_MODULE = {
    "tests/unit/cli/test_reference.py": "the generated pages, written by tools/",
    "tests/unit/scenarios/test_stories.py": "the scripts in scenarios/",
}

# Hosts of package registries, paths of one machine, words of how the work was organised.
NOT_OURS_TO_NAME = re.compile(
    r"registry\.[a-z]+\.(com|org|io|net|dev)\b|registry\.npmjs|pypi\.org|pythonhosted|npmjs\.(com|org)|proxy\.golang|crates\.io|"
    r"artifactory|index-url|--registry|/work/|/root/|/home/[a-z]+/|C:\\\\Users|/tmp/bash|"
    r"\bsub-?agents?\b|\bthis session\b|\bthe session's brief\b|language model|\bas an AI\b",
    re.IGNORECASE,
)
# Words of domain.md that take sides; files whose matter they are.
LOADED = re.compile(
    r"\b(regime|enem(y|ies)|hostiles?|terrorists?|targets?|targeting|friendl(y|ies))\b", re.IGNORECASE
)
MAY_SAY_LOADED = {
    "src/keepclear/rules/limits.py": "the rule that refuses them",
    "src/keepclear/rules/permissive.py": "the rule that refuses permissive words",
    "src/keepclear/rules/others_in_words.py": "the rule that knows words for forces of others",
    "src/keepclear/model/statements.py": "the names of fields that are refused",
    "src/keepclear/scenarios/lint.py": "the lint that refuses them in scripts",
}
# A speaker's own words keep their quotation marks; an address is as its publisher wrote it.
QUOTED = re.compile(r"“[^”]*”|\"[^\"\n]*\"|\b[\w.-]+\.[a-z]{2,}/\S+")
BOASTING = re.compile(
    r"\b(seamless(ly)?|cutting[- ]edge|state[- ]of[- ]the[- ]art|world[- ]class|best[- ]in[- ]class|"
    r"revolutionary|game[- ]chang\w+|blazing(ly)?|powerful|effortless(ly)?|leverag\w+|robust|"
    r"enterprise[- ]grade|next[- ]gen\w*|unleash\w*|supercharg\w+)\b",
    re.IGNORECASE,
)  # fmt: skip


@cache
def tracked() -> list[str]:
    """The project's files: those under version control, or all but what is made, in an unpacked archive."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True)
    if listed.returncode == 0:
        return sorted(name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file())
    made = {".venv", "node_modules", "console_dist", "__pycache__", ".git"}
    files = (path.relative_to(ROOT) for path in ROOT.rglob("*") if path.is_file())
    return sorted(path.as_posix() for path in files if not made & set(path.parts))


def read(name):
    return (ROOT / name).read_text(encoding="utf-8")


@cache
def texts() -> dict[str, str]:
    found = {}
    for name in tracked():
        raw = (ROOT / name).read_bytes()
        if b"\0" not in raw:
            found[name] = raw.decode("utf-8")
    return found


def sources(suffix=".py", under="src/keepclear/"):
    return [name for name in tracked() if name.startswith(under) and name.endswith(suffix)]


def pages():
    return [name for name in tracked() if name.endswith(".md")]


# Size and shape of the sources.


def test_no_file_is_longer_than_it_can_be_read():
    long = {
        name: len(text.splitlines())
        for name, text in texts().items()
        if Path(name).suffix in SOURCE_SUFFIXES and len(text.splitlines()) > MAX_LINES
    }
    assert set(long) - set(LONG_ON_PURPOSE) == set(), long


def test_every_file_that_may_be_long_is_long():
    assert [name for name in LONG_ON_PURPOSE if len(read(name).splitlines()) <= MAX_LINES] == []


def test_no_module_has_a_name_that_says_nothing():
    parts = {
        name: {Path(part).stem for part in Path(name).parts} for name in tracked() if name.endswith(".py")
    }
    assert {name for name, words in parts.items() if words & BANNED_MODULES} == set()


def test_functions_are_short():
    lengths = sorted(
        (node.end_lineno or node.lineno) - node.lineno + 1
        for name in sources()
        for node in ast.walk(ast.parse(read(name)))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    )
    assert statistics.median(lengths) <= 10
    assert lengths[int(len(lengths) * 0.9)] <= 35
    assert sum(length > 50 for length in lengths) < 0.04 * len(lengths)


def test_what_is_public_is_documented():
    has, lacks = 0, []
    for name in sources():
        for where, node in _public(ast.parse(read(name)), name):
            if ast.get_docstring(node):
                has += 1
            else:
                lacks.append(where)
    assert has > 500
    assert has / (has + len(lacks)) >= 0.95, lacks


def _public(tree, name):
    yield name, tree
    for node in tree.body:
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) and node.name[0] != "_":
            yield f"{name}:{node.name}", node
            if isinstance(node, ast.ClassDef):
                for inner in node.body:
                    if isinstance(inner, ast.FunctionDef | ast.AsyncFunctionDef) and inner.name[0] != "_":
                        yield f"{name}:{node.name}.{inner.name}", inner


# Tests mirror the sources.


def packages():
    found = {Path(name).parent.relative_to("src/keepclear").as_posix() for name in sources()}
    return sorted(found - {"."})


@pytest.mark.parametrize("package", packages())
def test_every_package_has_its_tests(package):
    place, _why = TESTED_ELSEWHERE.get(package, (f"tests/unit/{package}", ""))
    assert [
        name for name in tracked() if name.startswith(f"{place}/") and Path(name).name.startswith("test_")
    ]


def test_unit_tests_are_named_for_the_module_they_test():
    strays = []
    for name in tracked():
        path = Path(name)
        if not name.startswith("tests/unit/") or len(path.parts) < 4 or not path.name.startswith("test_"):
            continue
        module = SRC.joinpath(*path.parts[2:-1], path.name.removeprefix("test_"))
        if not module.is_file() and name not in OF_NO_MODULE:
            strays.append(name)
    assert strays == []


def test_the_lists_of_exceptions_hold_nothing_that_is_gone():
    assert [
        name for name in (*LONG_ON_PURPOSE, *OF_NO_MODULE, *MAY_SAY_LOADED) if name not in tracked()
    ] == []
    assert [package for package in TESTED_ELSEWHERE if not (SRC / package).is_dir()] == []


# Words.


def test_no_file_names_a_registry_a_machine_or_how_the_work_was_organised():
    found = {
        name: match.group()
        for name, text in texts().items()
        if name != THIS and (match := NOT_OURS_TO_NAME.search(text))
    }
    assert found == {}


def test_what_is_said_on_screens_takes_no_side():
    found = [
        (name, node.value)
        for name in sources()
        if name not in MAY_SAY_LOADED
        for node in _said(ast.parse(read(name)))
        if LOADED.search(node.value)
    ]
    assert found == []


def _said(tree):
    """Give the texts of a module that are not its docstrings."""
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    docs = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, documented) and ast.get_docstring(node)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docs:
            yield node


def test_the_pages_texts_take_no_side():
    catalogues = [
        name for name in tracked() if name.startswith("console/catalogues/") and name.endswith(".json")
    ]
    assert "console/catalogues/en.json" in catalogues
    assert [name for name in catalogues if LOADED.search(read(name))] == []


def test_the_pages_take_no_side_and_do_not_boast():
    for name in pages():
        text = QUOTED.sub("", read(name))
        found = LOADED.search(text) or BOASTING.search(text)
        assert found is None, f"{name}: {found.group()}"


@pytest.mark.parametrize(
    "words", ["the enemy", "friendly forces", "a seamless experience", "pypi.org/simple", "/root/x"]
)
def test_a_barred_word_would_be_found(words):
    assert any(rule.search(words) for rule in (LOADED, BOASTING, NOT_OURS_TO_NAME))


# Pages.

LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")


def links(name):
    text = re.sub(r"<!--.*?-->", "", read(name), flags=re.DOTALL)
    return LINK.findall(re.sub(r"```.*?```|`[^`\n]*`", "", text, flags=re.DOTALL))


def anchors(name):
    """Give the anchors of a page's headings, as the usual readers of Markdown make them."""
    made = set()
    for heading in re.findall(r"^#+ +(.*)$", read(name), re.MULTILINE):
        bare = re.sub(r"[^\w\- ]", "", re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading.replace("`", "")))
        made.add(bare.strip().lower().replace(" ", "-"))
    return made


@pytest.mark.parametrize("name", pages())
def test_every_link_of_a_page_leads_somewhere(name):
    for link in links(name):
        if re.match(r"[a-z]+:", link):
            assert link.startswith("https://"), link
            continue
        path, _, anchor = link.partition("#")
        place = ((ROOT / name).parent / path).resolve() if path else ROOT / name
        assert place.exists(), f"{name}: {link}"
        assert place.is_relative_to(ROOT)
        if anchor:
            assert anchor in anchors(place.relative_to(ROOT).as_posix()), f"{name}: {link}"


def test_every_page_of_docs_can_be_reached_from_the_readme():
    seen, waiting = set(), ["README.md"]
    while waiting:
        name = waiting.pop()
        if name in seen or not name.endswith(".md"):
            continue
        seen.add(name)
        for link in links(name):
            path = link.partition("#")[0]
            if path and not re.match(r"[a-z]+:", link):
                place = ((ROOT / name).parent / path).resolve()
                inside = [place] if place.is_file() else sorted(place.glob("*.md"))
                waiting.extend(each.relative_to(ROOT).as_posix() for each in inside)
    assert [name for name in pages() if name.startswith("docs/") and name not in seen] == []


def test_decisions_are_numbered_once_and_without_a_gap():
    numbers = []
    for name in tracked():
        if name.startswith("docs/decisions/"):
            number = re.fullmatch(r"docs/decisions/(\d{4})-[a-z0-9-]+\.md", name)
            assert number, name
            numbers.append(int(number.group(1)))
            assert read(name).startswith(f"# {numbers[-1]}. "), name
            assert "\nStatus: " in read(name), name
    assert sorted(numbers) == list(range(1, len(numbers) + 1))


def test_the_drawing_has_the_floors_that_are_enforced():
    contracts = tomllib.loads(read("pyproject.toml"))["tool"]["importlinter"]["contracts"]
    layers = next(contract["layers"] for contract in contracts if contract["id"] == "floors")
    enforced = [set(layer.replace(" ", "").split("|")) for layer in layers]
    floors = re.findall(r"subgraph f\d.*?\n(.*?)\n  end", read("ARCHITECTURE.md"), re.DOTALL)
    assert [set(re.findall(r"^    (\w+)\[", floor, re.MULTILINE)) for floor in floors] == enforced


# Commands that pages tell to type.


def typed(name):
    """Give the commands in a page's shell blocks and in its inline code."""
    text = re.sub(r"\\\n", " ", read(name))
    fenced = "\n".join(re.findall(r"```(?:sh|)\n(.*?)```", text, re.DOTALL))
    for line in fenced.splitlines():
        yield line.strip()
    yield from re.findall(r"`((?:make|keepclear) [^`]*)`", re.sub(r"```.*?```", "", text, flags=re.DOTALL))


def told_to_type(first):
    hand_written = [name for name in pages() if name not in ("docs/reference/cli.md",)]
    return [(name, line) for name in hand_written for line in typed(name) if line.startswith(f"{first} ")]


def test_every_make_target_that_a_page_names_exists():
    targets = set(re.findall(r"^([a-z-]+):", read("Makefile"), re.MULTILINE))
    named = {(name, line.split()[1]) for name, line in told_to_type("make")}
    assert len(named) >= 8
    assert {pair for pair in named if pair[1] not in targets} == set()


def test_every_target_says_what_it_does():
    phony = re.search(r"^\.PHONY: (.*)$", read("Makefile"), re.MULTILINE).group(1).split()
    assert [
        target for target in phony if not re.search(rf"^{target}:.*## ", read("Makefile"), re.MULTILINE)
    ] == []


def test_every_command_that_a_page_names_can_be_read_by_the_program():
    lines = told_to_type("keepclear")
    assert len(lines) >= 20
    for name, line in lines:
        words = shlex.split(line.split(" || ")[0], comments=True)[1:]
        if any(word.startswith(("COMMAND", "DIR")) or word in ("…", "--version") for word in words):
            continue
        if len(words) == 1:
            assert words[0] in app or words[0].startswith("--"), f"{name}: {line}"
            continue
        try:
            app.parse_args(words, exit_on_error=False, print_error=False)
        except Exception as error:  # noqa: BLE001 - the program's own words on why
            pytest.fail(f"{name}: {line}: {error}")
