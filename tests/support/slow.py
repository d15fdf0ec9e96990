"""Which parameters a test gets by default."""

from collections.abc import Iterable
from typing import Any

import pytest


def slow_after(count: int, values: Iterable[Any]) -> list[Any]:
    """Return the values for `parametrize`; those after the first `count` are slow."""
    return [
        pytest.param(value, marks=[pytest.mark.slow] if number >= count else []) for number, value in enumerate(values)
    ]
