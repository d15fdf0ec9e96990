"""One PostgreSQL for a whole run of the tests, shared between its workers."""

import fcntl
import json
import os
import subprocess
import sys
import tempfile
from itertools import count
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from tests.support.postgres_server import users_of
from tests.support.processes import ROOT


class SharedPostgres:
    """A user of the server that all share who name the same `place`, a file; a context manager.

    The first one starts the server, and it ends after the last one, however that ends.
    """

    def __init__(self, place: Path) -> None:
        self._place = place
        self._numbers = count(1)

    def __enter__(self) -> Self:
        with self._place.open("a+") as place:
            fcntl.flock(place, fcntl.LOCK_EX)
            place.seek(0)
            self.url, self._lock = _join(place.read()) or _begin(place)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._lock.close()

    def create_database(self) -> str:
        """Return the address of an empty database of one's own."""
        import psycopg

        name = f"hooks_{os.getpid()}_{next(self._numbers)}"
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{name}"')
        return f"{self.url.rpartition('/')[0]}/{name}"


def _join(told: str) -> tuple[str, IO[str]] | None:
    """Return the server that somebody has started, and a lock that keeps it; None if there is none anymore."""
    if not told:
        return None
    folder, url = json.loads(told)
    try:
        lock = users_of(Path(folder)).open()
    except FileNotFoundError:
        return None
    try:
        fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.close()
        return None
    return url, lock


def _begin(place: IO[str]) -> tuple[str, IO[str]]:
    """Start the server, and write down where it is."""
    folder = Path(tempfile.mkdtemp(prefix="postgres-"))
    folder.chmod(0o711)
    lock = users_of(folder).open("a+")
    fcntl.flock(lock, fcntl.LOCK_SH)
    command = (sys.executable, "-m", "tests.support.postgres_server", str(folder))
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True, start_new_session=True)
    url = done.stdout.strip()
    assert url, "PostgreSQL does not start"
    place.truncate(0)
    place.write(json.dumps([str(folder), url]))
    return url, lock
