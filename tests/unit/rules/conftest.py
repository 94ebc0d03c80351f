"""A small world in which everybody has introduced himself."""

from __future__ import annotations

import pytest
from tests.building import World


@pytest.fixture
def world() -> World:
    made = World()
    made.parties()
    return made
