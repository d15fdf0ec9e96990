"""Exit codes, and the few exceptions that end a command with one of them.

A bad signature, a wrong token or a malformed body is not here: those are verdicts on a capture.
"""

from enum import IntEnum
from pathlib import Path
from typing import ClassVar


class ExitCode(IntEnum):
    """The exit codes of the process; part of the public interface."""

    OK = 0
    FAILURE = 1
    USAGE = 2
    NO_PUBLIC_URL = 3
    GRAPH = 4
    HANDSHAKE = 5
    EXPECTATION = 6
    NOT_PUT_BACK = 7
    DELIVERY = 8
    FOREIGN_CALLBACK = 9


class HookscopeError(Exception):
    """A final failure: `message` says what failed, `done` what was done about it, `hint` what to type next.

    `code` is the exit code, `details` are lines that show the cause. A traceback shows the next step as a note.
    """

    code: ClassVar[ExitCode] = ExitCode.FAILURE

    def __init__(self, message: str, *, done: str | None = None, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.done = done
        self.hint = hint
        self.details: tuple[str, ...] = ()
        if hint:
            self.add_note(f"next: {hint}")


class UsageError(HookscopeError):
    """Invalid options, environment or configuration files (exit code 2)."""

    code = ExitCode.USAGE


class StoreError(HookscopeError):
    """Captures cannot be stored, or what is stored cannot be read (exit code 1)."""


class JournalError(StoreError):
    """The journal cannot be opened, read or written (exit code 1)."""


class NoJournalError(JournalError):
    """There is no journal yet, so that whatever was asked for is not there (exit code 2)."""

    code = ExitCode.USAGE


class TunnelError(HookscopeError):
    """No public URL, or one that does not lead to this receiver (exit code 3)."""

    code = ExitCode.NO_PUBLIC_URL


class GraphError(HookscopeError):
    """The Graph API refused a call or could not be reached (exit code 4)."""

    code = ExitCode.GRAPH


class HandshakeError(HookscopeError):
    """Meta's verification request to a callback URL was not answered as it must be (exit code 5)."""

    code = ExitCode.HANDSHAKE


class ExpectationError(HookscopeError):
    """The notification that `--expect` waited for has not come (exit code 6)."""

    code = ExitCode.EXPECTATION


class RestoreError(HookscopeError):
    """Something that hookscope registered is still registered; the ledger entry is kept (exit code 7)."""

    code = ExitCode.NOT_PUT_BACK


class DeliveryError(HookscopeError):
    """A delivery or a replay was not answered 2xx (exit code 8)."""

    code = ExitCode.DELIVERY


class ForeignCallbackError(HookscopeError):
    """Somebody else's callback is registered for the object (exit code 9)."""

    code = ExitCode.FOREIGN_CALLBACK


class LeaseLostError(HookscopeError):
    """A relay may change nothing at Meta (exit code 1).

    It has lost its log's lease, or does not have it for long enough.
    """


def first_of(error: BaseException) -> BaseException:
    """Return the first of several simultaneous errors, or the error itself when it is alone."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error


def reason_of(error: Exception, path: Path) -> str:
    """Return what an error with a file says: of the operating system's, its words, and the place if it is another."""
    if not isinstance(error, OSError) or not error.strerror:
        return str(error)
    elsewhere = error.filename is not None and Path(error.filename) != path
    return f"{error.strerror}: {error.filename}" if elsewhere else error.strerror
