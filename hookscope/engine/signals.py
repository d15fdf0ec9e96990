"""The signals of a run: end in order, and at the second Ctrl-C end at once."""

import asyncio
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

_ECHO_SECONDS = 0.1
"""Wrappers such as `timeout` signal the process and then its group: that is one Ctrl-C, not two."""

_ENDING = {signal.SIGINT: "Ctrl-C", signal.SIGTERM: "SIGTERM", signal.SIGHUP: "the terminal was closed"}


@contextmanager
def handled(stop: Callable[[str], None], leave: Callable[[], None]) -> Iterator[None]:
    """Call `stop` with a reason at the first signal and `leave` at a second SIGINT, while the context lasts."""
    loop = asyncio.get_running_loop()
    first: float | None = None

    def react(number: signal.Signals) -> None:
        nonlocal first
        if first is None:
            first = time.monotonic()
            stop(_ENDING[number])
        elif number is signal.SIGINT and time.monotonic() - first > _ECHO_SECONDS:
            leave()

    for number in _ENDING:
        loop.add_signal_handler(number, react, number)
    try:
        yield
    finally:
        for number in _ENDING:
            loop.remove_signal_handler(number)
