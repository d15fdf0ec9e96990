"""Memory that a burst has left free, given back to the system.

What is freed stays with the C library, a tenth of an engine's memory after a burst: it lies between pieces that are
still used, and each thread has its own. glibc gives back the pages in between when it is asked to.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress

_LOOK_SECONDS = 5.0
_BURST = 4096
"""The captures after which it is worth a few milliseconds, and the 0.3 MiB of `ctypes`."""


async def give_back_after_bursts(captures: Callable[[], int]) -> None:
    """Give free memory back after each burst, once none comes; forever. `captures` returns their number so far."""
    given = seen = captures()
    while True:
        await asyncio.sleep(_LOOK_SECONDS)
        count = captures()
        if count == seen and count - given >= _BURST:
            given = count
            await asyncio.to_thread(give_back)
        seen = count


def give_back() -> None:
    """Give free memory back; do nothing where the C library knows no way."""
    with suppress(ImportError, OSError, AttributeError):
        import ctypes  # Not before it is needed.

        ctypes.CDLL(None).malloc_trim(0)
