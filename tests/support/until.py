"""Waiting for what will be so, with a limit."""

import asyncio
import inspect
from collections.abc import Awaitable, Callable
from typing import TypeVar

_T = TypeVar("_T")


async def until(predicate: Callable[[], _T | Awaitable[_T]], *, seconds: float = 30.0) -> _T:
    """Wait until `predicate` gives something true, and return it; raises TimeoutError after `seconds`."""
    async with asyncio.timeout(seconds):
        while True:
            result = predicate()
            found = await result if inspect.isawaitable(result) else result
            if found:
                return found
            await asyncio.sleep(0.01)
