"""File descriptors that run out."""

import os
import resource
from collections.abc import Iterator
from contextlib import contextmanager, suppress


@contextmanager
def descriptors_left(count: int) -> Iterator[None]:
    """Leave this process so many file descriptors."""
    former, taken = resource.getrlimit(resource.RLIMIT_NOFILE), [os.dup(1)]
    resource.setrlimit(resource.RLIMIT_NOFILE, (taken[0] + 64, former[1]))
    try:
        with suppress(OSError):
            while True:
                taken.append(os.dup(1))
        for _ in range(count):
            os.close(taken.pop())
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, former)
        for number in taken:
            os.close(number)
