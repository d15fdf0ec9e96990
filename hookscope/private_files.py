"""Files that a command writes for its user alone: whole or not at all."""

import os
import tempfile
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from hookscope.errors import UsageError


def write_private(path: Path, pieces: Iterable[bytes]) -> None:
    """Write a file with mode 0600. It appears when it is complete; an existing file stays until then.

    A pipe or a device is written to as it is. Raises UsageError when it cannot be written.
    """
    try:
        if path.exists() and not path.is_file():
            with path.open("wb") as file:
                file.writelines(pieces)
        else:
            _replace(path.resolve(), pieces)
    except OSError as error:
        reason = error.strerror or str(error)
        raise UsageError(
            f"{path} cannot be written: {reason}", done="nothing was written to it", hint="name another file"
        ) from error


def _replace(path: Path, pieces: Iterable[bytes]) -> None:
    descriptor, unfinished = tempfile.mkstemp(prefix=f".{path.name[:100]}.", dir=path.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.writelines(pieces)
            file.flush()
            os.fsync(file.fileno())
        Path(unfinished).replace(path)
    except BaseException:
        with suppress(FileNotFoundError):
            Path(unfinished).unlink()
        raise
