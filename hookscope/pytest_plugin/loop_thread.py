"""An event loop in a thread of its own, for work that runs during a synchronous test, or alongside the test's loop."""

import asyncio
import threading
from collections.abc import Coroutine
from types import TracebackType
from typing import Any, Self, TypeVar

from hookscope.errors import HookscopeError

_T = TypeVar("_T")
_ENDING_SECONDS = 20.0


class LoopThread:
    """Runs coroutines; a context manager. The thread begins with the first of them.

    Leaving cancels running tasks. Raises HookscopeError if a task resists cancellation.
    """

    def __init__(self, name: str) -> None:
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._ready = threading.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop = asyncio.Event()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._loop is None:
            return
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(_ENDING_SECONDS)
        if self._thread.is_alive():
            raise HookscopeError(
                f"{self._thread.name} did not end within {_ENDING_SECONDS:g} s: a task of the app is still running",
                hint="let its background tasks end when they are cancelled",
            )

    def wait(self, work: Coroutine[Any, Any, _T]) -> _T:
        """Run a coroutine in the thread, block until it is done, and return its result."""
        return asyncio.run_coroutine_threadsafe(work, self._running()).result()

    def _running(self) -> asyncio.AbstractEventLoop:
        if self._loop is None:
            self._thread.start()
            self._ready.wait()
        assert self._loop
        return self._loop

    def _run(self) -> None:
        asyncio.run(self._until_stopped())

    async def _until_stopped(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._ready.set()
        await self._stop.wait()
