"""The choice of a test's default parameters."""

from collections.abc import Iterable, Sequence
from typing import Any

import pytest


def slow_after(count: int, values: Iterable[Any]) -> list[Any]:
    """Return the values for `parametrize`; those after the first `count` are slow."""
    return slow_rows_after(count, ([value] for value in values))


def slow_rows_after(count: int, rows: Iterable[Sequence[Any]]) -> list[Any]:
    """Return the rows for `parametrize` of several names; those after the first `count` are slow."""
    return [pytest.param(*row, marks=[pytest.mark.slow] if at >= count else []) for at, row in enumerate(rows)]
