"""Plays the small scripts of the stories."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from tests.staging import Stage, story

from keepclear.scenarios.loader import Script, load

SCRIPTS = Path(__file__).parent / "scripts"


@cache
def small(name: str) -> Script:
    return load(SCRIPTS / name)


def staged(name: str) -> Stage:
    """A fresh stage for a small script, or for one of the project's scenarios."""
    return Stage(small(name) if (SCRIPTS / name).is_dir() else story(name))
