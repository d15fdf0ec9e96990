"""Times as Meta writes them: seconds or milliseconds as a number or text, and ISO 8601 in newer topics."""

from datetime import UTC, datetime, timedelta
from typing import Any

_MILLISECONDS_FROM = 10**11
"""`entry.time` is in seconds for `changes` and in milliseconds for `messaging`; no time before 1973 is meant."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NUMBERS = (int, float)
_LONGEST = 40
_KEYS = ("timestamp", "created_time", "time")


def read_time(value: Any) -> datetime | None:
    """Return a time in UTC, or None for a value that is not a time."""
    if isinstance(value, str):
        if not (value.isascii() and value.isdecimal() and len(value) < 16):
            return _iso(value)
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, _NUMBERS) or value <= 0:
        return None
    try:  # An addition takes half as long as `fromtimestamp`, and every notification waits for it.
        return _EPOCH + timedelta(seconds=value / 1000 if value >= _MILLISECONDS_FROM else value)
    except (ValueError, OverflowError):
        return None


def own_time(value: Any) -> datetime | None:
    """Return the time that an object of a payload gives for itself: `timestamp`, `created_time` or `time`.

    A contact in WhatsApp's `smb_app_state_sync` has it in its `metadata`.
    """
    if not isinstance(value, dict):
        return None
    found = next((time for key in _KEYS if key in value and (time := read_time(value[key]))), None)
    return found or own_time(value.get("metadata"))


def _iso(text: str) -> datetime | None:
    if len(text) > _LONGEST or "T" not in text:
        return None
    try:
        found = datetime.fromisoformat(text)
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
