"""The log file: of limited size and rate, and never the reason why something else fails."""

import errno
import logging
import os
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from hookscope import paths
from hookscope.cli import output
from hookscope.errors import HookscopeError
from hookscope.views.sanitize import sanitize

_LARGEST_BYTES = 1 << 20
_LONGEST_CHARACTERS = 16 << 10
_AT_ONCE = 50
_WINDOW_SECONDS = 10.0


class LogFile(logging.Handler):
    """Append records to a file of mode 0600, which is moved to `*.log.1` when it is full.

    Of more than 50 records in ten seconds the others are only counted. Where the file cannot be written, be it that the
    disk is full or no descriptor is left, records are lost in silence: an exception here would come up inside the event
    loop's own error handling, and end it.
    """

    def __init__(self, path: Path, *, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._clock = clock
        self._path = path
        self._descriptor: int | None = None
        self._window = clock()
        self._count = 0

    def emit(self, record: logging.LogRecord) -> None:
        """Write a record, or count it."""
        with suppress(Exception):
            if self._admits():
                self._write(self.format(record)[:_LONGEST_CHARACTERS])

    def close(self) -> None:
        """Close the file."""
        self._let_go()
        super().close()

    def _admits(self) -> bool:
        """Return whether the record may be written; the number of dropped ones is written before the next that may."""
        now = self._clock()
        if now - self._window >= _WINDOW_SECONDS:
            left_out, self._window, self._count = self._count - _AT_ONCE, now, 0
            if left_out > 0:
                self._write(f"… {left_out:,} more messages within {_WINDOW_SECONDS:g} s were left out")
        self._count += 1
        return self._count <= _AT_ONCE

    def _write(self, text: str) -> None:
        descriptor = self._open()
        if os.fstat(descriptor).st_size > _LARGEST_BYTES:
            descriptor = self._rotate()
        os.write(descriptor, f"{text}\n".encode("utf-8", "backslashreplace"))

    def _open(self) -> int:
        if self._descriptor is None:
            paths.private_folder(self._path.parent)
            self._descriptor = os.open(self._path, os.O_CREAT | os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC, 0o600)
        return self._descriptor

    def _rotate(self) -> int:
        """Begin a new file, unless another process has done so already."""
        self._let_go()
        if self._path.stat().st_size > _LARGEST_BYTES:
            self._path.replace(self._path.with_suffix(".log.1"))
        return self._open()

    def _let_go(self) -> None:
        if self._descriptor is not None:
            descriptor, self._descriptor = self._descriptor, None
            with suppress(OSError):
                os.close(descriptor)


_FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"


class _Discreet(logging.Formatter):
    """Leaves secrets out, also of tracebacks: those that this command was given, and what looks like one."""

    def format(self, record: logging.LogRecord) -> str:
        from hookscope.formats.redaction import redact_text

        return sanitize(redact_text(output.without_secrets(super().format(record))), keep_newlines=True)


def configure_logging(verbosity: int, *, to_terminal: bool) -> None:
    """Send warnings to the log file; with one `-v` also to stderr, with two what is merely of interest, too."""
    level = (logging.WARNING, logging.INFO, logging.DEBUG)[min(verbosity, 2)]
    handlers: list[logging.Handler] = [LogFile(paths.log_file())]
    if verbosity and to_terminal:
        handlers.append(logging.StreamHandler())
    for handler in handlers:
        handler.setFormatter(_Discreet(_FORMAT))
    logging.basicConfig(level=level, handlers=handlers)


def report_unexpected(error: Exception) -> None:
    """Report a bug of ours, or a machine without memory, and where the details are."""
    configure_logging(0, to_terminal=False)  # Not every command has one; the details are not for the terminal.
    logging.getLogger("hookscope").exception("unexpected failure")
    message = f"unexpected failure: {type(error).__name__}: {error}"
    advice = f"please report it with the last lines of {paths.log_file()}"
    if _is_exhausted(error):
        message = "there is no memory left, or no further thread or process may be started"
        advice = "end other programs, or raise the limit (ulimit -v, ulimit -u, or the container's memory and pids)"
    done = "whatever was registered is put back, or is in the ledger"
    output.print_error(HookscopeError(message, done=done, hint=f"{advice}; to be sure: hookscope teardown"))


def _is_exhausted(error: Exception) -> bool:
    """Return whether the operating system gave no memory, thread, or process; a thread's error has no type."""
    is_system = isinstance(error, OSError) and error.errno in (errno.ENOMEM, errno.EAGAIN) and error.filename is None
    return is_system or isinstance(error, MemoryError) or str(error) == "can't start new thread"
