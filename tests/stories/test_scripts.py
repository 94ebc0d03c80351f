"""The stories' own scripts honour the same rules as the project's scenarios."""

from __future__ import annotations

import pytest
from tests.stories.playing import SCRIPTS

from keepclear.scenarios.lint import lint_folder


@pytest.mark.parametrize("name", sorted(path.name for path in SCRIPTS.iterdir()))
def test_a_small_script_has_no_faults(name):
    assert [str(fault) for fault in lint_folder(SCRIPTS / name)] == []
