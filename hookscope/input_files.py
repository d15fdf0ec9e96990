"""Files and pipes that a user names: read without blocking forever, and no further than needed."""

import errno
import os
import select
import stat
from pathlib import Path

_SILENT_SECONDS = 15.0
"""For the first byte of a pipe: a password manager may ask before it writes."""


def read_input(path: Path, *, limit: int, takes_pipes: bool = True) -> bytes:
    """Return the content of a file or a pipe. Raises OSError, also for anything else and beyond `limit` bytes."""
    opener = open_input if takes_pipes else _open_file
    with open(path, "rb", opener=opener) as file:
        content = file.read(limit + 1)
    if len(content) > limit:
        raise OSError(errno.EFBIG, f"it is larger than {_size(limit)}")
    return content


def open_input(path: str, flags: int) -> int:
    """Open a file or a pipe for `open(…, opener=open_input)`. Raises OSError, also for anything else.

    A pipe that nobody writes to would block `open` for ever, so it is given up after a while.
    """
    descriptor = os.open(path, flags | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        if not _check_kind(descriptor):
            _await_writer(descriptor)
        os.set_blocking(descriptor, True)
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def _open_file(path: str, flags: int) -> int:
    if not stat.S_ISREG(Path(path).stat().st_mode):  # A pipe is not even opened: its writer would go on.
        raise OSError(errno.EINVAL, "it is not a regular file")
    return open_input(path, flags)


def _check_kind(descriptor: int) -> bool:
    """Return whether it is a regular file; raise OSError unless it is that or a pipe."""
    mode = os.fstat(descriptor).st_mode
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
    if not stat.S_ISREG(mode) and not stat.S_ISFIFO(mode):
        raise OSError(errno.EINVAL, "it is neither a file nor a pipe")
    return stat.S_ISREG(mode)


def _await_writer(descriptor: int) -> None:
    poll = select.poll()
    poll.register(descriptor, select.POLLIN)
    if not poll.poll(_SILENT_SECONDS * 1000):
        raise TimeoutError(errno.ETIMEDOUT, f"the pipe delivered nothing within {_SILENT_SECONDS:g} s")


def _size(limit: int) -> str:
    return f"{limit >> 20} MiB" if limit >> 20 else f"{limit >> 10} KiB"
