"""Which version of the Graph API serves a call.

Source: Meta's changelog for the dates, and its page on platform versioning for the rule: a call to a version that has
ended is served by the oldest one that has not, a call without a version by the one chosen in the App Dashboard.
"""

from datetime import date

DASHBOARD_VERSION = "v25.0"
"""The version that a made-up app has chosen."""

_ENDS = {
    "v19.0": date(2026, 5, 21),
    "v20.0": date(2026, 9, 24),
    "v21.0": date(2027, 1, 21),
    "v22.0": date(2027, 5, 20),
    "v23.0": date(2027, 10, 8),
    "v24.0": date(2028, 2, 18),
    "v25.0": date(2028, 7, 29),
    "v26.0": date.max,
}


def version_served(asked: str | None, today: date) -> str | None:
    """The version that answers a call; None when the one asked for does not exist yet."""
    wanted = _number(asked or DASHBOARD_VERSION)
    return next((name for name, end in _ENDS.items() if _number(name) >= wanted and end > today), None)


def _number(version: str) -> tuple[int, int]:
    major, _, minor = version.removeprefix("v").partition(".")
    return int(major), int(minor)
