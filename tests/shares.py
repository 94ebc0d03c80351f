"""What of a sweep `make test` runs; the rest is long, and runs in `make test-all`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest

_PARAMETER = type(pytest.param(0))


def mostly_long(values: Iterable[Any], kept: int) -> list[Any]:
    """Give the parameters of a sweep: all but the first few are long."""
    return [
        pytest.param(
            *one.values, id=one.id, marks=(*one.marks, *(() if place < kept else (pytest.mark.long,)))
        )
        for place, one in enumerate(map(_parameter, values))
    ]


def _parameter(value: Any) -> Any:
    return value if isinstance(value, _PARAMETER) else pytest.param(value)
