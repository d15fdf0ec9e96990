"""Deleting a log's old entries, in slices between which other calls run."""

import asyncio
from collections.abc import Awaitable, Callable

from hookscope.team.log import Grant, SharedLog

_SLICE = 2000
_PAUSE_SECONDS = 0.05


async def trim(
    log: SharedLog, grant: Grant, up_to: int, *, wait: Callable[[float], Awaitable[object]] = asyncio.sleep
) -> int:
    """Delete the entries up to a number, and return their count; it stops when the lease is lost."""
    deleted = 0
    first, _ = await log.bounds()
    while first <= up_to:
        end = min(first + _SLICE - 1, up_to)
        gone = await log.trim(up_to=end, grant=grant)
        if not gone:
            break
        deleted, first = deleted + gone, end + 1  # With them may go what an earlier process has left.
        await wait(_PAUSE_SECONDS)
    return deleted
