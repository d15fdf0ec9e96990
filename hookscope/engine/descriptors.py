"""File descriptors: as many as the system allows, with some reserved for the restore."""

import os
import resource
from contextlib import suppress

from hookscope.errors import UsageError

_FEWEST = 96
"""With fewer, a run could neither hold connections beside the strangers' nor start what it needs."""

_ENOUGH = 10_240
"""More is of no use, and macOS refuses it."""

_OWN = 128
"""For all but the receiver's connections: the journal, the Graph API, the tunnel, views, and one turn of `accept`."""

_MOST_CONNECTIONS = 1024
_FEWEST_CONNECTIONS = 16
_RESERVED = 24
"""For putting everything back: the Graph API's name and connection, the ledger with its journal and its lock."""


def raise_limit() -> int:
    """Raise the soft limit of open files as far as the system allows; return the limit in force.

    Raises UsageError when that is too low.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _ENOUGH if hard == resource.RLIM_INFINITY else min(hard, _ENOUGH)
    limit = _ENOUGH if soft == resource.RLIM_INFINITY else soft
    if limit < wanted:
        with suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
            limit = wanted
    if limit < _FEWEST:
        raise UsageError(
            f"this process may open only {limit} files, and a run needs {_FEWEST}",
            done="nothing was changed on the app",
            hint=f"raise the limit where it was set, for example: ulimit -n {_ENOUGH}",
        )
    return limit


def connections_within(limit: int) -> int:
    """Return the number of connections for the receiver; with `--ack app` each may need another to an application."""
    return max(_FEWEST_CONNECTIONS, min(_MOST_CONNECTIONS, (limit - _OWN) // 2))


class Reserve:
    """Descriptors that nothing else can take until they are given up, so that the restore has them."""

    def __init__(self) -> None:
        self._descriptors: list[int] = []
        with suppress(OSError):  # A very low limit may leave fewer.
            self._descriptors += (os.open(os.devnull, os.O_RDONLY | os.O_CLOEXEC) for _ in range(_RESERVED))

    def give_up(self) -> None:
        """Close them."""
        while self._descriptors:
            os.close(self._descriptors.pop())
