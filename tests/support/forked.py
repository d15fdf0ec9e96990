"""Processes of the program that a server forks, for whoever needs many of them and no fresh interpreter."""

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
from asyncio import StreamReader, StreamWriter
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.support.processes import ROOT

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
    """The server, as a process of its own that ends with this one."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="fork-")
        self._socket = str(Path(self._folder.name) / "s")
        self._environment = environment
        self._process = subprocess.Popen(
            (sys.executable, "-m", "tests.support.fork_server", self._socket),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=environment,
            cwd=ROOT,
        )
        assert self._process.stdout
        self._process.stdout.readline()

    def suits(self, environment: Mapping[str, str]) -> bool:
        """Return whether that environment tells an interpreter the same as that of the server."""
        return _for_interpreter(environment) == _for_interpreter(self._environment)

    async def fork(self, arguments: Sequence[str], environment: Mapping[str, str], cwd: Path) -> Forked:
        """Fork a process that reads nothing."""
        umask = os.umask(0)
        os.umask(umask)
        wanted = {"arguments": arguments, "environment": dict(environment), "cwd": str(cwd), "umask": umask}
        client = socket.socket(socket.AF_UNIX)
        client.connect(self._socket)
        with Path(os.devnull).open("rb") as stdin:
            (stdout, out), (stderr, err) = await _pipe(), await _pipe()
            socket.send_fds(client, [b"\0"], [stdin.fileno(), out, err])
            os.close(out)
            os.close(err)
        client.sendall(f"{json.dumps(wanted)}\n".encode())
        news, writer = await asyncio.open_unix_connection(sock=client)
        return Forked(stdout, stderr, int(await news.readline()), news, writer)

    def stop(self) -> None:
        """End the server."""
        self._process.communicate()
        self._folder.cleanup()


_servers: list[ForkServer] = []


async def fork(arguments: Sequence[str], environment: Mapping[str, str], cwd: Path) -> Forked | None:
    """Fork a process; None if only an interpreter that starts with that environment would do as it says."""
    if not _servers:
        _servers.append(ForkServer(environment))
    (server,) = _servers
    return await server.fork(arguments, environment, cwd) if server.suits(environment) else None


def stop() -> None:
    """End the server, if there is one."""
    while _servers:
        _servers.pop().stop()


async def _pipe() -> tuple[StreamReader, int]:
    """Return the end to read from, and the descriptor to write to."""
    reading, writing = os.pipe()
    reader = StreamReader(limit=_LIMIT)
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(reading, "rb", 0))
    return reader, writing


def _for_interpreter(environment: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in environment.items() if name.startswith(_INTERPRETER)}
