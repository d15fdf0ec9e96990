"""What holds for all tests."""

import os

import pytest

# Tests meet nobody outside this machine: to read whom the world trusts is a tenth of each start of a process.
os.environ["SSL_CERT_FILE"] = os.environ["SSL_CERT_DIR"] = os.devnull


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """Half as many more as there are processors: tests wait for processes and for screens a third of their time."""
    processors = os.cpu_count() or 1
    return processors + (processors + 1) // 2
