"""A node with a door for the tests of who may call."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.signing import Manned, manned


@pytest.fixture
def house(tmp_path: Path) -> Iterator[Manned]:
    made = manned(tmp_path)
    yield made
    made.close()
