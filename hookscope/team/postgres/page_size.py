"""How many bytes of a log a reader asks for at once, on a network of unknown speed."""

from hookscope.team.log import PAGE_BYTES

PAGE_SECONDS = 10.0
"""The maximum duration of a page, in seconds: as long as nobody is told that the network is down.

The smallest page takes half of that over 64 kbit/s.
"""

_SMALLEST = 32 << 10
_QUICK, _LONG = PAGE_SECONDS / 20, PAGE_SECONDS / 5


class PageSize:
    """The size of the next page: the first one is the smallest, and they grow as long as full ones come quickly."""

    def __init__(self) -> None:
        self.bytes = _SMALLEST

    def adapt(self, seconds: float, *, is_full: bool) -> None:
        """Record the duration of a page; one that was not full says nothing about a larger one."""
        if is_full and seconds < _QUICK:
            self.bytes = min(2 * self.bytes, PAGE_BYTES)
        elif seconds > _LONG:
            self.bytes = max(self.bytes // 2, _SMALLEST)
