"""What holds for all tests."""

import os

import pytest


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """Half as many more as there are processors: tests wait for processes and for screens a third of their time."""
    processors = os.cpu_count() or 1
    return processors + (processors + 1) // 2
