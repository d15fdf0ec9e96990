"""Positions in a shared log: of a moment, of a mirror's start, and the check that the log's past has not changed."""

from contextlib import suppress
from datetime import datetime, timedelta

from hookscope.model.record import Capture
from hookscope.model.timestamps import milliseconds, now
from hookscope.team.entry import SharedCapture, UnreadableEntryError, decode
from hookscope.team.log import Entry, LogRefusedError, LogRestoredError, SharedLog, check_end

History = timedelta | int | None
"""The part of a log that a new mirror copies: entries up to that age, that number of entries, or everything."""


async def first_position(log: SharedLog, history: History) -> int:
    """Return the number of the entry after which a new mirror begins."""
    if isinstance(history, timedelta):
        return await last_before(log, now() - history)
    first, last = await log.bounds()
    return first - 1 if history is None else max(first - 1, last - history)


async def last_before(log: SharedLog, moment: datetime) -> int:
    """Return the number of the last entry received before a moment, or the one before the first if none was.

    Entries are in order of their commits, which is that of their receipt to within seconds; those that cannot be read
    go with the next one that can. Raises as SharedLog does.
    """
    first, last = await log.bounds()
    older, newer = first - 1, last + 1
    while newer - older > 1:
        middle = (older + newer) // 2
        found = await _first_readable(log, middle, newer)
        if found and found.capture.received_at < moment:
            older = found.seq
        else:
            newer = middle
    return older


async def _first_readable(log: SharedLog, begin: int, end: int) -> SharedCapture | None:
    """Return the first entry from `begin` on, and before `end`, that can be read."""
    while begin < end and (page := await log.read(after=begin - 1, limit=1)) and page[0].seq < end:
        with suppress(LogRefusedError):
            return decode(page[0])
        begin = page[0].seq + 1
    return None


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
