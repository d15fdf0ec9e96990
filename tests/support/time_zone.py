"""Another local time zone, for a while."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

BERLIN = "CET-1CEST,M3.5.0,M10.5.0/3"


@contextmanager
def time_zone(name: str) -> Iterator[None]:
    """Be in a zone, in the form of POSIX's variable TZ."""
    with pytest.MonkeyPatch.context() as there:
        there.setenv("TZ", name)
        time.tzset()
        try:
            yield
        finally:
            there.undo()
            time.tzset()
