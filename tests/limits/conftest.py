from __future__ import annotations

import pytest
from tests.building_node import furnish, house


@pytest.fixture(scope="module")
def syria():
    """A furnished node whose things are at hand."""
    with house() as made:
        made.things = furnish(made)
        yield made


@pytest.fixture
def fresh():
    with house() as made:
        made.things = furnish(made)
        yield made
