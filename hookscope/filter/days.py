"""Days of the local time zone, as people write them: `2026-11-30`, `today`, `2026-11-28..2026-11-30`."""

import re
from datetime import date, datetime, time, timedelta

from msgspec import Struct

NAMED_DAYS = {"today": timedelta(), "yesterday": timedelta(days=1)}
"""Days by name, with the time that they are before today."""

_DATE = re.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}")
_YEARS = range(1971, 9999)
"""In other years, a midnight of some time zone may be no time that can be told."""


class Days(Struct, frozen=True):
    """Whole days, from the beginning of the first to that of the day after the last; None where a side is open."""

    since: datetime | None
    before: datetime | None

    def __contains__(self, moment: datetime) -> bool:
        """Return whether a moment is on one of the days."""
        return (self.since is None or self.since <= moment) and (self.before is None or moment < self.before)


def parse_days(text: str, now: datetime) -> Days:
    """Parse a day, or a range such as `2026-11-28..2026-11-30`, `2026-11-28..`, or `..yesterday`; raises ValueError."""
    first, dots, last = text.partition("..")
    last = last if dots else first
    return Days(
        since=_midnight(_day(first, now)) if first or not dots else None,
        before=_midnight(_day(last, now) + timedelta(days=1)) if last or not dots else None,
    )


def _day(text: str, now: datetime) -> date:
    if (ago := NAMED_DAYS.get(text)) is not None:
        return now.astimezone().date() - ago
    day = date.fromisoformat(text)
    if not _DATE.fullmatch(text) or day.year not in _YEARS:
        raise ValueError(text)
    return day


def _midnight(day: date) -> datetime:
    """Return the beginning of a day, which may be longer or shorter than 24 hours."""
    return datetime.combine(day, time()).astimezone()
