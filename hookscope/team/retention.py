"""Deleting a log's old entries, in slices between which other calls run."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime

from hookscope.team.entry import decode
from hookscope.team.log import Grant, SharedLog

_SLICE = 2000
_PAUSE_SECONDS = 0.05


async def last_before(log: SharedLog, moment: datetime) -> int:
    """Return the number of the last entry received before a moment, or the one before the first if none was.

    Entries are in order of their commits, which is that of their receipt to within seconds. Raises as SharedLog does.
    """
    first, last = await log.bounds()
    older, newer = first - 1, last + 1
    while newer - older > 1:
        middle = (older + newer) // 2
        page = await log.read(after=middle - 1, limit=1)
        if page and decode(page[0]).capture.received_at < moment:
            older = page[0].seq
        else:
            newer = middle
    return older


async def trim(
    log: SharedLog, grant: Grant, up_to: int, *, wait: Callable[[float], Awaitable[object]] = asyncio.sleep
) -> int:
    """Delete the entries up to a number, and return their count; it stops when the lease is lost."""
    deleted = 0
    first, _ = await log.bounds()
    while first <= up_to:
        gone = await log.trim(up_to=min(first + _SLICE - 1, up_to), grant=grant)
        if not gone:
            break
        deleted, first = deleted + gone, first + gone
        await wait(_PAUSE_SECONDS)
    return deleted
