"""Signals that come before a command has its own handlers, when nothing is registered yet."""

import signal
from collections.abc import Callable, Sequence

from hookscope.cli.relay import COMMANDS
from hookscope.errors import ExitCode

_ENDLESS = frozenset({"run", "listen", "relay", "attach", "sandbox"})
"""The commands that go on until they are stopped: that is their normal end."""

_VALUED = ("--color", "--config", "--journal")
"""The options before a command that take the next argument."""

_INTERRUPTED = 130


def await_command(arguments: Sequence[str]) -> None:
    """Have SIGTERM and SIGHUP interrupt, as Ctrl-C does, what loads a command that goes on until it is stopped."""
    if _is_endless(arguments):
        _interrupt_at_signals()


def interrupted_code(arguments: Sequence[str]) -> int:
    """Return the exit code of a command line that Ctrl-C has interrupted before its command began, or in it."""
    return ExitCode.OK if _is_endless(arguments) else _INTERRUPTED


def ended_by_signals(work: Callable[[], int]) -> int:
    """Do the work and return its exit code: OK if Ctrl-C, SIGTERM, or SIGHUP interrupts it, which cleans up then."""
    _interrupt_at_signals()
    try:
        return work()
    except KeyboardInterrupt:
        return ExitCode.OK


def _is_endless(arguments: Sequence[str]) -> bool:
    """Return whether the command goes on until it is stopped: the first word that is neither an option nor its value.

    A relay's subcommands do not: an interrupted one has not done its work.
    """
    left = iter(arguments)
    for argument in left:
        if argument in _VALUED:
            next(left, None)
        elif not argument.startswith("-"):
            return argument in _ENDLESS and not (argument == "relay" and {*COMMANDS}.intersection(left))
    return False


def _interrupt_at_signals() -> None:
    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is signal.SIG_DFL:  # Else somebody ignores it, as nohup does.
            signal.signal(number, signal.default_int_handler)
