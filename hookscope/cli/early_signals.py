"""Signals that come before a run has its own handlers, when nothing is registered yet."""

import signal
from collections.abc import Callable

from hookscope.errors import ExitCode


def ended_by_signals(work: Callable[[], int]) -> int:
    """Do the work and return its exit code: OK if Ctrl-C, SIGTERM, or SIGHUP interrupts it, which cleans up then."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is signal.SIG_DFL:  # Else somebody ignores it, as nohup does.
            signal.signal(number, signal.default_int_handler)
    try:
        return work()
    except KeyboardInterrupt:
        return ExitCode.OK
