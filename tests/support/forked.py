"""Processes of the program that a server forks, for whoever needs many of them and no fresh interpreter.

All workers of a run share one server: it takes as long to start as many a test.
"""

import asyncio
import fcntl
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
from asyncio import StreamReader, StreamWriter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from tests.support.processes import ROOT, interpreter_environment

_LIMIT = 1 << 26
_INTERPRETER = ("PYTHON", "LC_", "LANG")
"""The beginnings of variables that an interpreter reads when it starts."""


class Forked:
    """A process that was forked, with as much of asyncio's `Process` as `Program` needs."""

    def __init__(self, stdout: StreamReader, stderr: StreamReader, pid: int, news: StreamReader, client: StreamWriter):
        self.stdout, self.stderr, self.pid = stdout, stderr, pid
        self.returncode: int | None = None
        self._news, self._client = news, client
        self._ending = asyncio.create_task(self._end())

    async def wait(self) -> int:
        """Wait for its end; return the exit code."""
        return await asyncio.shield(self._ending)

    def send_signal(self, number: int) -> None:
        """Send it a signal."""
        if self.returncode is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        """End it by force."""
        self.send_signal(signal.SIGKILL)

    async def _end(self) -> int:
        self.returncode = int(await self._news.readline())
        self._client.close()
        return self.returncode


class ForkServer:
    """A user of the server in a prepared folder: the first one starts it, and it ends after the last one."""

    def __init__(self, folder: Path) -> None:
        self._socket = folder / "s"
        self._process: subprocess.Popen[bytes] | None = None
        environment: dict[str, str] = json.loads((folder / _ENVIRONMENT).read_text())
        self._environment = _for_interpreter(environment)
        with (folder / "s.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            self._use = _open_for_use(folder / "users")
            if not self._socket.exists():
                self._process = _start(self._socket, folder / "users", environment)

    def suits(self, environment: Mapping[str, str]) -> bool:
        """Return whether that environment tells an interpreter the same as that of the server."""
        return _for_interpreter(environment) == self._environment

    async def fork(self, arguments: Sequence[str], environment: Mapping[str, str], cwd: Path) -> Forked:
        """Fork a process that reads nothing."""
        umask = os.umask(0)
        os.umask(umask)
        wanted = {"arguments": arguments, "environment": dict(environment), "cwd": str(cwd), "umask": umask}
        client = socket.socket(socket.AF_UNIX)
        client.connect(str(self._socket))
        with Path(os.devnull).open("rb") as stdin:
            (stdout, out), (stderr, err) = await _pipe(), await _pipe()
            socket.send_fds(client, [b"\0"], [stdin.fileno(), out, err])
            os.close(out)
            os.close(err)
        client.sendall(f"{json.dumps(wanted)}\n".encode())
        news, writer = await asyncio.open_unix_connection(sock=client)
        return Forked(stdout, stderr, int(await news.readline()), news, writer)

    def close(self) -> None:
        """Leave the server; who has started it waits for its end."""
        os.close(self._use)
        if self._process:
            self._process.wait()


def _open_for_use(users: Path) -> int:
    """Return a descriptor of the pipe whose end, when nobody has it open anymore, is that of the server."""
    if not users.exists():
        os.mkfifo(users)
    return os.open(users, os.O_RDWR)  # For reading alone it would wait for the others, and so for writing alone.


def _start(path: Path, users: Path, environment: Mapping[str, str]) -> subprocess.Popen[bytes]:
    """Start the server, and wait until it can be connected to."""
    command = (sys.executable, "-m", "tests.support.fork_server", str(path))
    with users.open("rb") as stdin:
        process = subprocess.Popen(command, stdin=stdin, stdout=subprocess.PIPE, env=environment, cwd=ROOT)
    assert process.stdout
    with process.stdout as stdout:
        stdout.readline()
    return process


_FOLDER = "TEST_FORK_FOLDER"
_ENVIRONMENT = "environment"
_servers: list[ForkServer] = []


def share() -> Callable[[], None]:
    """Have this process and its workers share a server; return what cleans up after it."""
    if _FOLDER in os.environ:
        return lambda: None
    folder = tempfile.TemporaryDirectory(prefix="fork-")
    prepare(Path(folder.name))
    os.environ[_FOLDER] = folder.name

    def clean_up() -> None:
        del os.environ[_FOLDER]
        folder.cleanup()

    return clean_up


def prepare(folder: Path) -> None:
    """Settle the environment of a folder's server before any test may ask for another one."""
    (folder / _ENVIRONMENT).write_text(json.dumps({**os.environ, **interpreter_environment()}))


async def fork(arguments: Sequence[str], environment: Mapping[str, str], cwd: Path) -> Forked | None:
    """Fork a process; None if only an interpreter that starts with that environment would do as it says."""
    if not _servers:
        _servers.append(ForkServer(Path(os.environ[_FOLDER])))
    (server,) = _servers
    return await server.fork(arguments, environment, cwd) if server.suits(environment) else None


def stop() -> None:
    """Leave the server, if it is in use."""
    while _servers:
        _servers.pop().close()


async def _pipe() -> tuple[StreamReader, int]:
    """Return the end to read from, and the descriptor to write to."""
    reading, writing = os.pipe()
    reader = StreamReader(limit=_LIMIT)
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(reading, "rb", 0))
    return reader, writing


def _for_interpreter(environment: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in environment.items() if name.startswith(_INTERPRETER)}
