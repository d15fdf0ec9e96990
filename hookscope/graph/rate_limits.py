"""The share of its rate limits that an app has used, from the headers of the Graph API's answers.

Source: Meta's guide "Rate limits": percentages in `x-app-usage` and `x-page-usage`, and for each business object in
`x-business-use-case-usage`, there with the minutes until access is regained.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from hookscope.model.run_events import Level, Notice

_HEADERS = ("x-app-usage", "x-page-usage", "x-business-use-case-usage")
_PERCENTAGES = ("call_count", "total_cputime", "total_time")
_REGAIN = "estimated_time_to_regain_access"
_LEVELS = (75, 90, 100)


class RateLimitMonitor:
    """Calls `notify` when the usage reaches 75, 90 and 100 percent, once each."""

    def __init__(self, notify: Callable[[Notice], None]) -> None:
        self._notify = notify
        self._warned_at = 0

    def look(self, headers: Mapping[str, str]) -> None:
        """Read an answer's headers; nothing in them raises."""
        figures = [figure for name in _HEADERS for figure in _figures(headers.get(name))]
        percent = max((_number(figure.get(key)) for figure in figures for key in _PERCENTAGES), default=0)
        reached = max((level for level in _LEVELS if percent >= level), default=0)
        if reached <= self._warned_at:
            return
        self._warned_at = reached
        minutes = max((_number(figure.get(_REGAIN)) for figure in figures), default=0)
        regained = f"; Meta estimates {minutes:.0f} min until it answers again" if minutes else ""
        self._notify(
            Notice(
                level=Level.ERROR if reached == max(_LEVELS) else Level.WARNING,
                message=f"the app has used {percent:.0f} % of its Graph API rate limit{regained}",
                hint="the limit counts a rolling hour and all programs that use this app",
            )
        )


def _figures(header: str | None) -> Iterator[Mapping[str, Any]]:
    """Yield the objects with percentages in a header's value: the value itself, or those in its lists."""
    try:
        value = json.loads(header or "null")
    except (ValueError, RecursionError):
        return
    if isinstance(value, dict):
        yield value
        for inner in value.values():
            if isinstance(inner, list):
                yield from (figure for figure in inner if isinstance(figure, dict))


def _number(value: Any) -> float:
    return value if isinstance(value, int | float) and not isinstance(value, bool) else 0
