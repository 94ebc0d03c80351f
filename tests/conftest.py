"""Tests that need an outside program: run when it is here, counted aloud when it is not.

A test marked `needs_go`, `needs_browser`, `needs_recordings` or `needs_vectors` is left out when the thing is
missing, and the run says so in a line of its own with the command that brings it. With KEEPCLEAR_TEST_ALL=1
a missing thing is a failure. Tests marked `long` run then, too, or when asked for by `-m long`; so do all of
the page but those marked `brief`. Those marked `soak` run only when asked for by `-m soak`.

Properties draw the same inputs in every run, so that a red run is red again for whoever looks into it;
`make soak` draws new ones (`--hypothesis-profile=new-draws`).
"""

from __future__ import annotations

import os
import shutil
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).parents[1]
GO_MODULE = Path("/usr/share/gocode/src/golang.org/x/mod/sumdb/note")
SOAK, LONG = "soak", "long"

settings.register_profile("same-draws", derandomize=True)
settings.register_profile("new-draws", derandomize=False, print_blob=True)
settings.load_profile("same-draws")


@dataclass(frozen=True)
class Need:
    """Something outside the project that a test needs, and the command that brings it."""

    what: str
    present: Callable[[], bool]
    command: str


def chromium() -> str | None:
    named = os.environ.get("KEEPCLEAR_CHROMIUM", "/usr/bin/chromium")
    return named if os.access(named, os.X_OK) else None


def vectors() -> Path:
    return Path(os.environ.get("KEEPCLEAR_VECTORS") or ROOT.parent / "shared" / "vectors")


def recordings() -> Path:
    """The recorded flights: never shipped, brought by a target of their own."""
    folder = os.environ.get("KEEPCLEAR_RECORDINGS") or ROOT / ".cache/traffic/x/traffic/data/samples"
    return Path(folder)


def _has_recordings() -> bool:
    return (recordings() / "noisy").is_dir()


def _has_go() -> bool:
    return shutil.which("go") is not None and GO_MODULE.is_dir()


def _has_browser() -> bool:
    return chromium() is not None and (ROOT / "src/keepclear/console_dist/index.html").is_file()


def _has_vectors() -> bool:
    return (vectors() / "rfc6962").is_dir()


NEEDS = {
    "needs_go": Need("need Go", _has_go, "make test-all"),
    "needs_browser": Need("need Chromium and the built console", _has_browser, "make test-all"),
    "needs_vectors": Need(
        "need the RFC 6962 vectors of transparency-dev/merkle",
        _has_vectors,
        "KEEPCLEAR_VECTORS=FOLDER make test",
    ),
    "needs_recordings": Need(
        "need the recorded flights of the traffic package", _has_recordings, "make recordings"
    ),
    LONG: Need("take long", lambda: os.environ.get("KEEPCLEAR_TEST_ALL") == "1", "make test-all"),
    SOAK: Need("are long sweeps", lambda: False, "make soak"),
}


def _missing(item: pytest.Item) -> tuple[str, Need] | None:
    for marker, need in NEEDS.items():
        asked = marker in (SOAK, LONG) and marker in item.config.option.markexpr
        if item.get_closest_marker(marker) and not asked and not need.present():
            return marker, need
    return None


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.get_closest_marker("needs_browser") and not item.get_closest_marker("brief"):
            item.add_marker(LONG)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    found = _missing(item)
    if found is None:
        return
    marker, need = found
    if os.environ.get("KEEPCLEAR_TEST_ALL") == "1" and marker != SOAK:
        pytest.fail(f"tests that {need.what} must run here; bring it by: {need.command}", pytrace=False)
    pytest.skip(f"NOT RUN {marker}")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Count from the reports, which reach the terminal from every worker."""
    left_out: Counter[str] = Counter()
    for report in terminalreporter.stats.get("skipped", []):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else ""
        left_out[reason.removeprefix("Skipped: ")] += 1
    for marker, need in NEEDS.items():
        count = left_out.pop(f"NOT RUN {marker}", 0)
        if count:
            terminalreporter.write_line(f'NOT RUN: {count} tests {need.what}: run "{need.command}"')
    for reason, count in left_out.items():
        terminalreporter.write_line(f"NOT RUN: {count} tests, {reason}")


@pytest.fixture(scope="session")
def rfc6962_vectors() -> Path:
    """The folder with the vectors; tests that use it are marked `needs_vectors`."""
    return vectors() / "rfc6962"


@pytest.fixture(scope="session")
def chromium_path() -> str:
    """The browser to drive; tests that use it are marked `needs_browser`."""
    found = chromium()
    assert found is not None, "no Chromium at /usr/bin/chromium or KEEPCLEAR_CHROMIUM"
    return found
