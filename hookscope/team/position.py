"""The position of a mirror in a shared log: its start, and the check that the log's past has not changed."""

from datetime import datetime, timedelta

from hookscope.model.record import Capture
from hookscope.model.timestamps import milliseconds, now
from hookscope.team.entry import UnreadableEntryError, decode
from hookscope.team.log import Entry, LogRefusedError, LogRestoredError, SharedLog, check_end

History = timedelta | int | None
"""The part of a log that a new mirror copies: entries up to that age, that number of entries, or everything."""


async def first_position(log: SharedLog, history: History) -> int:
    """Return the number of the entry after which a new mirror begins."""
    first, last = await log.bounds()
    if history is None:
        return first - 1
    if isinstance(history, int):
        return max(first - 1, last - history)
    return await _before(log, now() - history, first, last)


async def _before(log: SharedLog, moment: datetime, first: int, last: int) -> int:
    """Return the number before the first entry of that time or later, by binary search: the times ascend."""
    low, high = first, last + 1
    while low < high:
        middle = (low + high) // 2
        page = await log.read(after=middle - 1, limit=1)
        if page and _is_before(page[0], moment):
            low = page[0].seq + 1
        else:
            high = middle
    return low - 1


def _is_before(entry: Entry, moment: datetime) -> bool:
    try:
        return decode(entry).capture.received_at < moment
    except LogRefusedError:  # The mirror deals with it when it reaches it.
        return False


async def check_past(log: SharedLog, last: Capture | None, up_to: int | None) -> None:
    """Raise LogRestoredError unless the log still has the entries that were mirrored, up to number `up_to`.

    `last` is the last of their captures that still exists here, for comparison. A log that was restored from a backup
    has other entries under the same numbers, or none.
    """
    if up_to is not None:
        check_end(log.about.last, after=up_to, lags=log.about.lags)
    if last is None or last.shared is None:
        return
    seq = last.shared.seq
    page = await log.read(after=seq - 1, limit=1)
    if page and page[0].seq == seq and not _is_same(page[0], last):
        raise LogRestoredError(f"@{seq} is another entry than the one that was mirrored")


def _is_same(entry: Entry, capture: Capture) -> bool:
    try:
        at = decode(entry).plain.received_at
    except UnreadableEntryError:  # Its capture has the time of the mirror.
        at = milliseconds(capture.received_at)
    return (at, entry.body) == (milliseconds(capture.received_at), capture.request.body)
