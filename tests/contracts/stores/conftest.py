"""Folders for tests that sync to disk thousands of times and have no use for the disk."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest


@pytest.fixture
def fast_folder(tmp_path: Path) -> Iterator[Callable[[str], Path]]:
    """Make folders in memory where there is some."""
    memory = Path("/dev/shm")
    parent = memory if os.access(memory, os.W_OK) else tmp_path
    made: list[Path] = []

    def make(name: str) -> Path:
        folder = parent / f"keepclear-{os.getpid()}-{tmp_path.name}-{name}"
        folder.mkdir()
        made.append(folder)
        return folder

    yield make
    for folder in made:
        shutil.rmtree(folder)
