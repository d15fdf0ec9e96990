"""Pages that come in time, over a slow network as well."""

from hookscope.team.log import PAGE_BYTES

PAGE_SECONDS = 20.0
"""So long a page may take."""

_FIRST, _SMALLEST = 256 << 10, 32 << 10
_QUICK, _LONG = PAGE_SECONDS / 20, PAGE_SECONDS / 5


class PageSize:
    """The size of the next page, in bytes: the first is small, and pages grow as long as they come quickly."""

    def __init__(self) -> None:
        self.size = _FIRST

    def adapt(self, seconds: float) -> None:
        """Note how long a page took."""
        if seconds < _QUICK:
            self.size = min(2 * self.size, PAGE_BYTES)
        elif seconds > _LONG:
            self.size = max(self.size // 2, _SMALLEST)
