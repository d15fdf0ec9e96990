"""A view of a run in its own process, which ends with this one."""

import json
import signal
import socket
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

from hookscope import subprocesses
from hookscope.secret_sources import SecretSources


class LaunchedView(NamedTuple):
    """The process of a view, and our end of a connection, on which it reads what it shows."""

    process: "subprocess.Popen[bytes]"
    connection: socket.socket


def launch(module: str, *arguments: str, descriptors: Sequence[int] = (), is_apart: bool = False) -> LaunchedView:
    """Start the process of a view. Raises OSError."""
    ours, theirs = socket.socketpair()
    # One that shares our terminal gets Ctrl-C, too, and would print a traceback: it waits until the view unblocks it.
    before = signal.pthread_sigmask(signal.SIG_BLOCK, () if is_apart else {signal.SIGINT})
    try:
        with theirs:
            process = subprocess.Popen(
                subprocesses.module_command(module, *arguments, "--parent", str(theirs.fileno())),
                pass_fds=(theirs.fileno(), *descriptors),
                env=subprocesses.environment(),
                start_new_session=is_apart,
            )
    except OSError:
        ours.close()
        raise
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
    return LaunchedView(process, ours)


class ViewProcess:
    """A module of this package that shows the run at `address`. `attached` means that another process runs it.

    A connection gives it the texts to remove from its exports, the app secrets with which it explains wrong signatures,
    and the user's own `keys`: its environment holds no secret. It stays open for as long as this process lives, however
    that ends, and the view ends with it. `before` are lines that it reads first; `descriptors` are passed on. A process
    on `standby` gets everything over it.
    """

    def __init__(
        self,
        module: str,
        *arguments: str,
        address: Path,
        journal: Path,
        secrets: SecretSources,
        attached: bool,
        keys: Mapping[str, str] = MappingProxyType({}),
        before: Sequence[str] = (),
        descriptors: Sequence[int] = (),
        is_apart: bool = False,
        standby: LaunchedView | None = None,
    ) -> None:
        run = ["--socket", str(address), "--journal", str(journal), *(["--attached"] if attached else []), *arguments]
        self._process, self._connection = standby or launch(module, *run, descriptors=descriptors, is_apart=is_apart)
        told = [json.dumps(run)] if standby else []
        lines = [*told, *before, json.dumps([secrets.redactable, secrets.signing_by_name, dict(keys)])]
        with suppress(BrokenPipeError):
            self._connection.sendall("".join(f"{line}\n" for line in lines).encode())

    def close(self, timeout: float = 3.0) -> None:
        """End the view if it is still alive."""
        if self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(timeout)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        self._connection.close()
