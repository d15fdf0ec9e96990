"""What holds for all tests."""

import os
import signal

import pytest
from hypothesis import settings

from tests.support.examples import QUICK

# Tests meet nobody outside this machine: to read whom the world trusts is a tenth of each start of a process.
os.environ["SSL_CERT_FILE"] = os.environ["SSL_CERT_DIR"] = os.devnull


if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # So it is for what a script starts in the background, and would be for all that the tests start and interrupt.
    signal.signal(signal.SIGINT, signal.default_int_handler)

# `--hypothesis-profile full` takes another instead.
settings.register_profile("full", deadline=None)
settings.register_profile("quick", max_examples=QUICK, deadline=None)
settings.load_profile("quick")


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """Twice as many as there are processors: tests wait for processes, screens and disks a third of their time."""
    return 2 * (os.cpu_count() or 1)
