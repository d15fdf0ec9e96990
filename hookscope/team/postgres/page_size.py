"""How many bytes of a log a reader asks for at once, on a network of unknown speed."""

from hookscope.team.log import PAGE_BYTES

PAGE_SECONDS = 20.0
"""The maximum duration of a page, in seconds."""

_FIRST, _SMALLEST = 256 << 10, 32 << 10
_QUICK, _LONG = PAGE_SECONDS / 20, PAGE_SECONDS / 5


class PageSize:
    """The size of the next page, in bytes: the first is small, and pages grow as long as they come quickly."""

    def __init__(self) -> None:
        self.size = _FIRST

    def adapt(self, seconds: float) -> None:
        """Record the duration of a page."""
        if seconds < _QUICK:
            self.size = min(2 * self.size, PAGE_BYTES)
        elif seconds > _LONG:
            self.size = max(self.size // 2, _SMALLEST)
