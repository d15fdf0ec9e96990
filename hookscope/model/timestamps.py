"""Times as the journal stores them: in UTC, to the millisecond."""

from datetime import UTC, datetime, timedelta, tzinfo
from functools import lru_cache
from time import time_ns


class _LocalZone(tzinfo):
    """The time zone of this machine with its summer time: `astimezone()` without one knows a single offset."""

    def fromutc(self, when: datetime) -> datetime:
        """Return a time of UTC as the clock here shows it."""
        return datetime.fromtimestamp(when.replace(tzinfo=UTC).timestamp()).replace(tzinfo=self)  # noqa: DTZ006

    def utcoffset(self, when: datetime | None) -> timedelta | None:
        """Return the offset at that time of the clock here."""
        return when.replace(tzinfo=None).astimezone().utcoffset() if when else None

    def dst(self, _: datetime | None) -> None:
        """Return None: only the whole offset is known."""

    def tzname(self, when: datetime | None) -> str | None:
        """Return the name of the zone at that time."""
        return when.replace(tzinfo=None).astimezone().tzname() if when else None


LOCAL = _LocalZone()


def now() -> datetime:
    """Return the present moment."""
    return from_milliseconds(time_ns() // 1_000_000)


@lru_cache(maxsize=16)
def local_text(second: int) -> str:
    """Return a Unix time in seconds as text in local time, `2026-11-20 19:33:29`; cached, since times repeat."""
    return datetime.fromtimestamp(second, UTC).astimezone().strftime("%Y-%m-%d %H:%M:%S")


def local_time(when: datetime) -> str:
    """Return a time as text in local time, `2026-11-20 19:33:29`, the form of all output for people."""
    return local_text(int(when.timestamp()))


@lru_cache(maxsize=16)
def from_milliseconds(when: int) -> datetime:
    """Return the time from milliseconds since 1970; cached, since times in a burst repeat."""
    return datetime.fromtimestamp(when / 1000, UTC)


def milliseconds(when: datetime) -> int:
    """Return the milliseconds since 1970; the reverse of `from_milliseconds`."""
    return round(when.timestamp() * 1000)
