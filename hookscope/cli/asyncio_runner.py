"""Running a coroutine that Ctrl-C ends."""

import asyncio
import signal
import socket
from collections.abc import Coroutine
from typing import Any, TypeVar

_T = TypeVar("_T")


def run_async(main: Coroutine[Any, Any, _T]) -> _T:
    """Run a coroutine as `asyncio.run` does, without ever missing a Ctrl-C.

    `asyncio.run` misses one when the loop is about to wait for events, or when another thread is handed the signal:
    nothing then wakes the loop until something else happens.
    """
    return asyncio.run(_woken(main))


async def _woken(main: Coroutine[Any, Any, _T]) -> _T:
    loop = asyncio.get_running_loop()
    ours, signals = socket.socketpair()
    with ours, signals:
        for end in (ours, signals):
            end.setblocking(False)
        loop.add_reader(ours, ours.recv, 64)
        before = signal.set_wakeup_fd(signals.fileno(), warn_on_full_buffer=False)
        try:
            return await main
        finally:
            signal.set_wakeup_fd(before)
            loop.remove_reader(ours)
