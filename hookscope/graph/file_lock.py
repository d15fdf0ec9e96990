"""A lock among all processes of this user, which the kernel releases when its process ends."""

import asyncio
import fcntl
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

_POLL_SECONDS = 0.05


@asynccontextmanager
async def file_lock(file: Path, timeout_seconds: float) -> AsyncIterator[None]:
    """Hold the lock of a file, which exists as long as somebody holds it.

    Raises TimeoutError when another process keeps the lock for longer than `timeout_seconds`, and OSError.
    """
    async with asyncio.timeout(timeout_seconds):
        while (descriptor := _try(file)) is None:  # noqa: ASYNC110 - another process holds it
            await asyncio.sleep(_POLL_SECONDS)
    try:
        yield
    finally:
        _let_go(file, descriptor)


def _try(file: Path) -> int | None:
    """Return the locked descriptor, or None when somebody else has the lock or had it when the file was opened."""
    descriptor = os.open(file, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if os.path.samestat(os.fstat(descriptor), file.stat()):
            return descriptor
    except (BlockingIOError, FileNotFoundError):
        pass
    except BaseException:
        os.close(descriptor)
        raise
    os.close(descriptor)
    return None


def _let_go(file: Path, descriptor: int) -> None:
    file.unlink(missing_ok=True)
    os.close(descriptor)
