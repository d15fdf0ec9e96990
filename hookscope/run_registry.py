"""The live runs on this machine, for `attach`, `trigger` and `teardown` to find.

Each holds a lock on a file of its own for as long as it lives. The kernel releases the lock when the process ends,
however it ends: a lock that can be taken marks a dead run, whatever has become of its pid.
"""

import errno
import fcntl
import json
import os
import secrets
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import asdict

from hookscope import paths
from hookscope.errors import HookscopeError

if TYPE_CHECKING:
    from hookscope.settings import RunSettings

_ANSWER_SECONDS = 5.0


class LiveRun(Struct, frozen=True, kw_only=True):
    """A live run. `key` names it in the ledger; `address` is the Unix socket where its engine listens.

    The registrations of a run with a `sandbox` end with it. A run that mirrors a shared log has no objects, and the
    log's name in place of an app id.
    """

    key: str
    pid: int
    address: str
    journal: str
    app_id: str
    objects: tuple[str, ...]
    sandbox: bool = False

    @property
    def subject(self) -> str:
        """The app or the mirrored log, as a phrase after the run's number."""
        return f"on app {self.app_id}" if self.objects else f"that mirrors {self.app_id}"

    @property
    def way_back(self) -> str:
        """The command to type when the run was killed."""
        leaves_nothing = self.sandbox or not self.objects
        return "see what it captured: hookscope ls" if leaves_nothing else "put back what it left: hookscope teardown"


def describe(settings: "RunSettings", *, key: str, address: Path) -> LiveRun:
    """Return the record of this process's run with these settings, on the socket at `address`."""
    return LiveRun(
        key=key,
        pid=os.getpid(),
        address=str(address),
        journal=str(settings.journal),
        app_id=settings.app.app_id,
        objects=tuple(topic.object for topic in settings.topics),
        sandbox=settings.sandbox,
    )


def new_key() -> str:
    """Return a key for a run that no other run has."""
    return f"{os.getpid()}-{secrets.token_hex(4)}"


def listen(key: str) -> tuple[socket.socket, Path]:
    """Open a control socket for a run, for this user only, and return it with its path. Clients may connect at once.

    Raises HookscopeError.
    """
    path = paths.socket_folder() / f"{key}.sock"
    listener = socket.socket(socket.AF_UNIX)
    listener.setblocking(False)
    previous = os.umask(0o177)
    try:
        path.unlink(missing_ok=True)
        listener.bind(os.fspath(path))
    except OSError as error:
        listener.close()
        raise _cannot_be_made("the run's socket", path, error) from error
    finally:
        os.umask(previous)
    listener.listen(16)
    return listener, path


@contextmanager
def announce(run: LiveRun) -> Iterator[None]:
    """Make the run known for as long as the context lasts. Raises HookscopeError."""
    file = paths.private_folder(paths.runs_folder()) / f"{run.key}.json"
    try:
        descriptor = _write(run, file)
    except OSError as error:
        raise _cannot_be_made("the run's registry file", file, error) from error
    try:
        yield
    finally:
        file.unlink(missing_ok=True)
        os.close(descriptor)


def _write(run: LiveRun, file: Path) -> int:
    """Write the file of a run, and return the descriptor that locks it."""
    unfinished, content = file.with_name(f".{run.key}"), json.dumps(asdict(run)).encode()
    descriptor = os.open(unfinished, os.O_CREAT | os.O_RDWR, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if os.write(descriptor, content) < len(content):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        unfinished.rename(file)  # Only now, locked and whole, can others see it.
    except BaseException:
        unfinished.unlink(missing_ok=True)
        os.close(descriptor)
        raise
    return descriptor


def _cannot_be_made(what: str, path: Path, error: OSError) -> HookscopeError:
    return HookscopeError(
        f"{what} cannot be created: {path}: {error.strerror}",
        done="nothing was started, and nothing registered",
        hint="free some space on that disk, or name other folders: XDG_STATE_HOME, XDG_RUNTIME_DIR",
    )


def check_answers(run: LiveRun) -> None:
    """Raise HookscopeError unless the run answers on its socket within some seconds: a suspended one does not."""
    try:
        with socket.socket(socket.AF_UNIX) as asking:
            asking.settimeout(_ANSWER_SECONDS)
            asking.connect(run.address)
            asking.sendall(b"GET /status HTTP/1.1\r\nHost: hookscope\r\nConnection: close\r\n\r\n")
            asking.recv(1)
    except (TimeoutError, BlockingIOError) as error:  # Its backlog may be full of others who wait.
        raise HookscopeError(
            f"run {run.pid} does not answer within {_ANSWER_SECONDS:.0f} s: its process may be suspended (Ctrl-Z)",
            done="no request was sent to it",
            hint=f"type `fg` where it was started, or `kill -CONT {run.pid}`, and try again",
        ) from error
    except OSError as error:
        raise HookscopeError(f"run {run.pid} cannot be reached: {error.strerror}", hint=run.way_back) from error


def is_live(key: str) -> bool:
    """Return whether the run with that key is still alive, or may be."""
    return _is_locked(paths.runs_folder() / f"{key}.json")


def find() -> list[LiveRun]:
    """Return all live runs, the newest last. Files of killed runs are removed on the way. Raises HookscopeError."""
    found = []
    for file in sorted(_files(), key=_age):
        if not _is_locked(file):
            file.unlink(missing_ok=True)
        elif run := _read(file):
            found.append(run)
    return found


def of_journal(journal: Path) -> list[LiveRun]:
    """Return the live runs that write to a journal, the newest last."""
    return [run for run in find() if Path(run.journal).resolve() == journal.resolve()]


def _files() -> list[Path]:
    folder = paths.runs_folder()
    try:
        return [file for file in folder.iterdir() if file.suffix == ".json"]
    except FileNotFoundError:
        return []
    except OSError as error:
        raise paths.unusable(folder, error) from error


def _age(file: Path) -> float:
    try:
        return file.stat().st_mtime
    except FileNotFoundError:
        return 0.0


def _read(file: Path) -> LiveRun | None:
    try:
        value = json.loads(file.read_bytes())
        return LiveRun(**{**value, "objects": tuple(value["objects"])})
    except (OSError, ValueError, TypeError, KeyError):
        return None


def _is_locked(file: Path) -> bool:
    try:
        descriptor = os.open(file, os.O_RDONLY)
    except FileNotFoundError:
        return False
    except OSError:
        return True  # Another user's, or no descriptor is left: what may be live is not taken for dead.
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        return True
    else:
        return False
    finally:
        os.close(descriptor)
