"""Work on many parts that another process shares."""

import os
import resource
import signal
from collections.abc import Iterator
from contextlib import closing
from itertools import count

import pytest

from hookscope.shared_work import share
from tests.support.processes import is_running
from tests.support.shouting import shout

MODULE = "tests.support.shouting"


def parts(most: int | None = None) -> Iterator[bytes]:
    """Yield parts of different sizes, some larger than what a socket holds."""
    numbers = count() if most is None else range(most)
    return (b"part %d " % number + b"x" * (number % 7) * 100_000 for number in numbers)


def who_and_what(result: object) -> tuple[int, bytes]:
    pid, _, done = bytes(result).partition(b" ")  # type: ignore[call-overload]
    return int(pid), done


def until_shared(given: list[bytes], pids: set[int], extra: int) -> Iterator[bytes]:
    """Yield parts until two processes have been at work, and some more."""
    for part in parts():
        given.append(part)
        yield part
        if len(pids) == 2:
            break
    for part in parts(extra):
        given.append(part)
        yield part


def test_results_come_in_order_whoever_made_them() -> None:
    by_others, helpers = 0, set[int]()
    with closing(share(parts(), shout, MODULE)) as results:
        for part, result in zip(parts(), results, strict=False):
            pid, done = who_and_what(result)
            assert done == part.upper()
            if pid != os.getpid():
                helpers.add(pid)
                by_others += 1
            if by_others == 20:
                break
    (helper,) = helpers
    assert not is_running(helper)


def test_a_process_that_is_killed_loses_nothing() -> None:
    killed, after = 0, 0
    with closing(share(parts(), shout, MODULE)) as results:
        for part, result in zip(parts(), results, strict=False):
            pid, done = who_and_what(result)
            assert done == part.upper()
            if not killed and pid != os.getpid():
                os.kill(killed := pid, signal.SIGKILL)
            after += bool(killed)
            if after == 20:
                break


@pytest.mark.parametrize("most", range(12))
def test_few_parts_are_all_done(most: int) -> None:
    assert [who_and_what(result)[1] for result in share(parts(most), shout, MODULE)] == [
        part.upper() for part in parts(most)
    ]


def test_the_last_parts_are_done_however_many_there_are() -> None:
    for extra in range(4):  # The last, or the one before it, may be at the other process.
        given, pids, done = list[bytes](), set[int](), list[bytes]()
        for result in share(until_shared(given, pids, extra), shout, MODULE):
            pid, text = who_and_what(result)
            pids.add(pid)
            done.append(text)
        assert done == [part.upper() for part in given]


def test_without_room_for_another_process_all_is_done_here() -> None:
    former = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (3, former[1]))
    try:
        results = [who_and_what(result) for result in share(parts(30), shout, MODULE)]
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, former)
    assert results == [(os.getpid(), part.upper()) for part in parts(30)]
