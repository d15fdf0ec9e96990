"""The two ways to wait: in the event loop of an asyncio test, or by blocking a synchronous one.

Everything is written once, as coroutines. Those of a `Blocking` never suspend, so that `run_blocking` can run one in
the test's own thread without an event loop, which synchronous code such as Django's would refuse to work in.
"""

import asyncio
from collections.abc import Callable, Coroutine
from functools import wraps
from typing import TYPE_CHECKING, Any, Concatenate, Generic, ParamSpec, Protocol, TypeVar

from hookscope.errors import UsageError
from hookscope.pytest_plugin.loop_thread import LoopThread

if TYPE_CHECKING:
    from concurrent.futures import Future

_T = TypeVar("_T")
_P = ParamSpec("_P")
_Inner = TypeVar("_Inner")

__tracebackhide__ = True
"""A failing test shows its own lines, not those of the fixtures."""


class Waiting(Protocol):
    """Waits for coroutines, synchronous calls, and the futures of other threads."""

    async def run(self, work: Coroutine[Any, Any, _T]) -> _T:
        """Run a coroutine that needs an event loop."""

    async def call(self, work: Callable[[], _T]) -> _T:
        """Make a synchronous call, which may block."""

    async def wait(self, future: "Future[_T]", seconds: float) -> _T:
        """Wait for a future; raises TimeoutError."""


class InLoop:
    """Waits in asyncio's running event loop, without blocking it. Raises UsageError in another one, such as trio's."""

    async def run(self, work: Coroutine[Any, Any, _T]) -> _T:
        """Run a coroutine in this loop, to which the app under test may belong."""
        try:
            _check_loop()
        except UsageError:
            work.close()
            raise
        return await work

    async def call(self, work: Callable[[], _T]) -> _T:
        """Make the call in a thread."""
        _check_loop()
        return await asyncio.to_thread(work)

    async def wait(self, future: "Future[_T]", seconds: float) -> _T:
        """Wait for a future; raises TimeoutError."""
        _check_loop()
        if future.done():  # asyncio tells of it in its next iteration, for which a timeout of 0 does not wait.
            return future.result()
        return await asyncio.wait_for(asyncio.wrap_future(future), seconds)


class Blocking:
    """Blocks the calling thread. Coroutines run in `thread`, calls in this one."""

    def __init__(self, thread: LoopThread | None = None) -> None:
        self._thread = thread

    async def run(self, work: Coroutine[Any, Any, _T]) -> _T:
        """Run a coroutine in the thread."""
        assert self._thread
        return self._thread.wait(work)

    async def call(self, work: Callable[[], _T]) -> _T:
        """Make the call."""
        return work()

    async def wait(self, future: "Future[_T]", seconds: float) -> _T:
        """Wait for a future; raises TimeoutError."""
        return future.result(seconds)


class Synchronous(Generic[_Inner]):
    """The synchronous form of an object with coroutine methods that wait by `Blocking`."""

    def __init__(self, inner: _Inner) -> None:
        self._inner = inner


def blocking(
    method: Callable[Concatenate[_Inner, _P], Coroutine[Any, Any, _T]],
) -> Callable[Concatenate[Synchronous[_Inner], _P], _T]:
    """Return the synchronous form of a method. It raises UsageError when it would block a running event loop."""

    @wraps(method)
    def call(self: Synchronous[_Inner], /, *args: _P.args, **kwargs: _P.kwargs) -> _T:
        _refuse_to_block(method.__qualname__)
        return run_blocking(method(self._inner, *args, **kwargs))

    return call


def run_blocking(work: Coroutine[Any, Any, _T]) -> _T:
    """Run a coroutine that never suspends."""
    try:
        work.send(None)
    except StopIteration as done:
        result: _T = done.value
        return result
    work.close()
    raise RuntimeError("the coroutine was suspended")


def _check_loop() -> None:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        raise UsageError(
            "this fixture waits in asyncio's event loop, and the test runs in another one",
            hint="take the fixture whose name ends with _sync, in a thread: trio.to_thread.run_sync",
        ) from None


def _refuse_to_block(name: str) -> None:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return
    raise UsageError(
        "a fixture whose name ends with _sync would block the event loop of this test",
        hint=f"take the fixture without _sync, and await it: await ….{name.rpartition('.')[2]}(…)",
    )
