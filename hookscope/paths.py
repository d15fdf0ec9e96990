"""The paths of hookscope's files. Folders are created with mode 0700 on the first write.

A folder that a variable of the XDG Base Directory Specification names counts if it is absolute, as that demands.
"""

import errno
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import platformdirs

from hookscope.errors import HookscopeError, UsageError

PROJECT_FILE = ".hookscope.toml"

_SHOWN = 60
"""Characters of a path that is too long."""

_LONGEST_SOCKET_PATH = 100
"""Unix socket addresses hold 104 bytes on macOS and 108 on Linux, the final NUL included."""
_LONGEST_KEY = 40
"""Of a run, with what makes it a socket's name."""


def state_folder() -> Path:
    """Return `$XDG_STATE_HOME/hookscope`, or the platform's equivalent: journal, ledger, live runs, logs.

    Raises UsageError for a user without a home folder, whose files would be left wherever a command is called.
    """
    folder = _folder("XDG_STATE_HOME", platformdirs.user_state_path)
    if folder is None:
        raise UsageError(
            "there is no place for the journal and the ledger: this user has no home folder",
            done="nothing was started",
            hint="set HOME, or XDG_STATE_HOME, to a folder that stays: export XDG_STATE_HOME=/var/lib/my-state",
        )
    return folder


def journal_file() -> Path:
    """Return the file of the captures."""
    return state_folder() / "journal.db"


def ledger_file() -> Path:
    """Return the file of the changes on apps that are to be put back."""
    return state_folder() / "ledger.db"


def runs_folder() -> Path:
    """Return the folder with one file for each live run."""
    return state_folder() / "runs"


def agents_folder() -> Path:
    """Return the folder with one file for each live tunnel agent."""
    return state_folder() / "agents"


def trusted_folder() -> Path:
    """Return the folder with one file for each project file that the user trusts."""
    return state_folder() / "trusted"


def log_file() -> Path:
    """Return the log file, for messages of the libraries and the tunnel agent's own log."""
    return state_folder() / "logs" / "hookscope.log"


def user_config_file() -> Path | None:
    """Return `config.toml` in the platform's configuration folder; None for a user without a home folder."""
    folder = _folder("XDG_CONFIG_HOME", platformdirs.user_config_path)
    return folder / "config.toml" if folder else None


def project_config_file() -> Path | None:
    """Return the nearest `.hookscope.toml`, from the working directory upwards, whether it is a file or not."""
    try:
        here = Path.cwd()
    except FileNotFoundError:  # It was removed, and nothing is above it.
        return None
    return next((found for folder in (here, *here.parents) if os.path.lexists(found := folder / PROJECT_FILE)), None)


def named(text: str) -> Path:
    """Return the path that a user has named, with `~` expanded. Raises UsageError."""
    if "\0" in text:
        raise UsageError(f"{text!r} is not a path: it has a NUL character")
    try:
        path = Path(text).expanduser()
    except RuntimeError as error:
        raise UsageError(f"{text} names the home folder of a user who has none", hint="write the whole path") from error
    try:
        path.lstat()
    except OSError as error:
        if error.errno == errno.ENAMETOOLONG:  # Others have a better message where the file is used.
            raise UsageError(f"{text[:_SHOWN]}… is not a path: it is too long") from error
    return path


def socket_folder() -> Path:
    """Return a folder of this user's alone whose path is short enough for a Unix socket.

    Somebody else's folder, which may have been created in advance to eavesdrop, is skipped. Raises HookscopeError when
    there is no other.
    """
    reasons = []
    for folder in _socket_folders():
        if len(os.fsencode(folder)) > _LONGEST_SOCKET_PATH - _LONGEST_KEY:
            reasons.append(f"the path {folder} is too long for a socket")
            continue
        try:
            return private_folder(folder)
        except HookscopeError as error:
            reasons.append(error.message)
    raise HookscopeError(
        f"no folder can hold the run's socket: {'; '.join(reasons)}",
        done="nothing was started",
        hint="set XDG_RUNTIME_DIR to a folder of your own with a short path: XDG_RUNTIME_DIR=~/.run",
    )


def _socket_folders() -> Iterator[Path]:
    if (runtime := os.environ.get("XDG_RUNTIME_DIR")) and Path(runtime).is_dir():
        yield Path(runtime) / "hookscope"
    import tempfile  # Here and below, since it takes as long to load as all else that a command's help needs.

    yield Path(tempfile.gettempdir()) / f"hookscope-{os.getuid()}"
    yield state_folder() / "sockets"


def _folder(variable: str, of_platform: Callable[..., Path]) -> Path | None:
    """Return hookscope's folder of a kind, or None where the user has no home folder."""
    given = Path(os.environ.get(variable, ""))
    if given.is_absolute():
        return given / "hookscope"
    try:
        folder = of_platform("hookscope", appauthor=False)
    except RuntimeError:
        return None
    return folder if folder.is_absolute() else None  # Earlier versions of platformdirs leave the `~`.


@contextmanager
def temporary_folder() -> Iterator[Path]:
    """Create a folder of this user's alone, removed with the context."""
    import tempfile

    with tempfile.TemporaryDirectory(prefix="hookscope-") as folder:
        yield Path(folder)


def private_folder(folder: Path) -> Path:
    """Create the folder and its missing parents, for this user only.

    Raises HookscopeError when it cannot be created, or exists and belongs to somebody else.
    """
    try:
        for missing in reversed([above for above in (folder, *folder.parents) if not above.exists()]):
            missing.mkdir(exist_ok=True, mode=0o700)  # `parents=True` would create the parents for everybody.
        about = folder.lstat()
        if about.st_uid != os.getuid():
            raise _refused(folder, "belongs to somebody else")
        if not folder.is_dir():
            raise _refused(folder, "is not a folder")
        if about.st_mode & 0o077:
            folder.chmod(0o700)
    except OSError as error:
        raise unusable(folder, error) from error
    return folder


def unusable(folder: Path, error: OSError) -> HookscopeError:
    """Return the error for a folder that the operating system refuses, as it does one of another user."""
    return _refused(folder, f"cannot be used: {error.strerror}")


def _refused(folder: Path, reason: str) -> HookscopeError:
    return HookscopeError(
        f"the folder {folder} {reason}",
        done="nothing was written to it",
        hint="check who owns it (ls -ld), and what XDG_STATE_HOME and XDG_RUNTIME_DIR are set to",
    )
