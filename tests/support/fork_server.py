"""A server that has imported the program, and forks a process of it for each call: no interpreter has to start.

`python -m tests.support.fork_server SOCKET` serves until its stdin ends, a pipe that all who use it have open, and that
they open with SOCKET.lock locked. A client connects, sends stdin, stdout, and stderr of the new process with one byte,
then a line of JSON, and reads two lines: the pid and, at the end, the code.
"""

import atexit
import fcntl
import gc
import importlib
import json
import os
import pkgutil
import selectors
import signal
import socket
import sys
import threading
import traceback
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, NoReturn

import hookscope

_HEAVY = (
    "hookscope.mcp.server",
    "hookscope.team.postgres.",
    "hookscope.tui",
    "hookscope.tunnel.ngrok_host",
    "hookscope.web",
)
"""Modules that no command loads into its own process, or only a few, and that may lack what they need."""


def serve(path: str) -> None:
    """Fork a process for each connection, and tell it how that ended."""
    children: dict[int, socket.socket] = {}
    woken, wake = socket.socketpair()
    wake.setblocking(False)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(wake.fileno())
    with woken, wake, socket.socket(socket.AF_UNIX) as listener, selectors.DefaultSelector() as selector:
        listener.bind(path)
        listener.listen(64)
        for source in (sys.stdin, woken, listener):
            selector.register(source, selectors.EVENT_READ)
        print("ready", flush=True)
        while sys.stdin not in (sources := _ready(selector)) or not _is_left(selector, path):
            if listener in sources:
                client, _ = listener.accept()
                children[_fork(client)] = client
            if woken in sources:
                woken.recv(4096)
            _bury(children)


def _ready(selector: selectors.BaseSelector, timeout: float | None = None) -> list[Any]:
    return [key.fileobj for key, _ in selector.select(timeout)]


def _is_left(selector: selectors.BaseSelector, path: str) -> bool:
    """Return whether nobody has come since the last one left; from then on, whoever comes starts another server."""
    with Path(f"{path}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if sys.stdin not in _ready(selector, 0):
            return False
        Path(path).unlink()
        return True


def _fork(client: socket.socket) -> int:
    """Start a process as the client wishes, and tell it the pid."""
    _, descriptors, _, _ = socket.recv_fds(client, 1, 3)
    with client.makefile("rb") as lines:
        wanted = json.loads(lines.readline())
    if (pid := os.fork()) == 0:
        _become(wanted, descriptors)
    for descriptor in descriptors:
        os.close(descriptor)
    _tell(client, pid)
    return pid


def _bury(children: dict[int, socket.socket]) -> None:
    """Tell the clients of processes that have ended."""
    with suppress(ChildProcessError):
        while children:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if not pid:
                return
            with children.pop(pid) as client:
                _tell(client, os.waitstatus_to_exitcode(status))


def _tell(client: socket.socket, number: int) -> None:
    with suppress(OSError):  # It may have gone.
        client.sendall(f"{number}\n".encode())


def _become(wanted: dict[str, Any], descriptors: Sequence[int]) -> NoReturn:
    """Be a process that has just been started."""
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for target, descriptor in enumerate(descriptors):
        os.dup2(descriptor, target)
    os.closerange(3, 64)
    os.chdir(wanted["cwd"])
    os.umask(wanted["umask"])
    os.environ.clear()
    os.environ.update(wanted["environment"])
    sys.stdin = open(0, closefd=False)  # noqa: SIM115 - as long as the process
    sys.stdout = open(1, "w", closefd=False)  # noqa: SIM115
    sys.stderr = open(2, "w", errors="backslashreplace", buffering=1, closefd=False)  # noqa: SIM115
    sys.argv = [f"{hookscope.__path__[0]}/__main__.py", *wanted["arguments"]]
    os._exit(_end(_run()))


def _run() -> int:
    from hookscope.cli import main

    try:
        main()
    except SystemExit as end:
        if isinstance(end.code, str):
            print(end.code, file=sys.stderr)
            return 1
        return end.code or 0
    except BaseException:
        traceback.print_exc()
        return 1
    return 0


def _end(code: int) -> int:
    """End as an interpreter does, and return the exit code."""
    threading._shutdown()  # type: ignore[attr-defined]
    atexit._run_exitfuncs()
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except OSError:
        return 120
    return code


def _import_program() -> None:
    for module in pkgutil.walk_packages(hookscope.__path__, "hookscope."):
        if not module.name.startswith(_HEAVY) and not module.name.endswith("__main__"):
            importlib.import_module(module.name)


if __name__ == "__main__":
    _import_program()
    gc.freeze()
    serve(sys.argv[1])
