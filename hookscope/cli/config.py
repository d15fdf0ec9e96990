"""The configuration files: reading them, and refusing unknown or untrusted keys."""

import os
import shlex
import stat
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from msgspec import Struct, field

from hookscope import paths
from hookscope.cli.config_keys import KEYS
from hookscope.errors import UsageError
from hookscope.input_files import read_input

_LARGEST = 1 << 20
"""In bytes, of a configuration file."""

_BROKEN = "fix the file, or read another one instead: --config FILE"


class Configured(Struct, frozen=True, kw_only=True):
    """A value from a file.

    `risk` says why it is refused, coming from an untrusted project file; None when it is accepted.
    """

    value: Any
    file: Path
    risk: str | None = None


class ConfigFile(Struct, frozen=True, kw_only=True):
    """A file that was read once, so that the content judged, trusted and used is the same."""

    path: Path
    content: bytes
    values: Mapping[str, Any]
    keys: Mapping[str, str] = field(default_factory=dict)
    """The user's own keys for the screen, by action."""

    @property
    def risks(self) -> dict[str, str]:
        """The keys that a project file needs the user's trust for, and why."""
        found = {name: KEYS[name].risk(value) for name, value in self.values.items()}
        return {name: risk for name, risk in found.items() if risk}


def files(chosen: str | None) -> list[Path]:
    """Return the files in use, the strongest first: the one of `--config`, else the project's and the user's."""
    if chosen:
        return [paths.named(chosen)]
    return [file for file in (paths.project_config_file(), paths.user_config_file()) if file and os.path.lexists(file)]


def load(chosen: str | None) -> dict[str, Configured]:
    """Return the values of the files in use, by option name with underscores. Raises UsageError.

    A file that `--config` names is trusted like the user's own.
    """
    if chosen:
        return _configured(read(paths.named(chosen), takes_pipes=True))
    user, project = paths.user_config_file(), paths.project_config_file()
    found = _configured(read(user)) if user and os.path.lexists(user) else {}
    if project:
        file = read(project)
        if file.keys:
            raise UsageError(
                f"{project} sets keys of the screen, which are yours alone",
                done="nothing was done",
                hint=f"move its [keys] to {user}" if user else "remove its [keys]",
            )
        found |= _configured(file, refused(file))
    return found


def load_keys(chosen: str | None) -> Mapping[str, str]:
    """Return the keys of the screen from the user's file, or from the one of `--config`. Raises UsageError."""
    if chosen:
        return read(paths.named(chosen), takes_pipes=True).keys
    user = paths.user_config_file()
    return read(user, takes_pipes=True).keys if user and os.path.lexists(user) else {}


def _configured(file: ConfigFile, risks: Mapping[str, str] = MappingProxyType({})) -> dict[str, Configured]:
    return {name: Configured(value=value, file=file.path, risk=risks.get(name)) for name, value in file.values.items()}


def refused(file: ConfigFile) -> dict[str, str]:
    """Return the keys that an untrusted project file is refused, with the reasons."""
    risks = file.risks
    if not risks:
        return {}
    from hookscope.cli import trust

    return {} if trust.is_trusted(file.path, file.content) else risks


def check_trusted(values: Iterable[tuple[str, Configured]]) -> None:
    """Raise UsageError for values that an untrusted project file must not set."""
    risky = [(name, found) for name, found in values if found.risk]
    if risky:
        reasons = "".join(f"\n    {name}: {found.risk}" for name, found in risky)
        raise UsageError(
            f"{risky[0][1].file} is not trusted, and sets what only a trusted project file may:{reasons}",
            done="nothing was done",
            hint="review the file, then: hookscope config trust",
        )


def read(path: Path, *, takes_pipes: bool = False) -> ConfigFile:
    """Read and check a file; a pipe only where somebody named it. Raises UsageError."""
    import tomllib  # Most runs have no file, and each command looks for one.

    try:
        content = read_input(path, limit=_LARGEST, takes_pipes=takes_pipes)
        values = tomllib.loads(content.decode("utf-8-sig"))  # Some editors begin a file with a byte order mark.
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}", hint=_BROKEN) from error
    except (ValueError, RecursionError) as error:  # Also for a number of thousands of digits, which TOML allows.
        reason = "it is nested too deeply" if isinstance(error, RecursionError) else str(error).partition(";")[0]
        raise UsageError(f"{path} is not TOML: {reason}", hint=_BROKEN) from error
    keys = _checked_keys(values.pop("keys", {}), path)
    names = {key: _checked(key, path) for key in values}
    normal = {name: _normalize(name, values[key], path) for key, name in names.items()}
    for name, value in normal.items():
        if KEYS[name].has_password(value):
            _check_private(path, name)
    return ConfigFile(path=path, content=content, values=normal, keys=keys)


def _check_private(file: Path, name: str) -> None:
    """Raise UsageError if others may read a file that holds a password; only this process reads a pipe."""
    about = file.stat()
    if not stat.S_ISREG(about.st_mode) or (about.st_uid == os.geteuid() and not about.st_mode & 0o077):
        return
    why = "others may read it" if about.st_uid == os.geteuid() else "it belongs to another user"
    raise UsageError(
        f"{file} holds a password, in {name!r}, but {why}",
        done="nothing was done",
        hint=f"chmod 600 {shlex.quote(str(file))}; or leave the password to PGPASSWORD or PGPASSFILE",
    )


def _checked_keys(keys: Any, file: Path) -> Mapping[str, str]:
    """Return the keys of the screen. Raises UsageError for an unknown action or key, and for two that clash."""
    if not keys:
        return {}
    from hookscope.views.keymap import rebound

    if not isinstance(keys, dict) or not all(isinstance(value, str) for value in keys.values()):
        raise UsageError(f"{file}: [keys] has a value that is not a string", hint='for example: replay = "ctrl+r"')
    try:
        rebound(keys)
    except UsageError as error:
        raise UsageError(f"{file}: {error.message}", hint=error.hint) from error
    return keys


def _checked(key: str, file: Path) -> str:
    name = key.replace("-", "_")
    if name in KEYS:
        return name
    if name == "app_secret":
        raise UsageError(
            f"{file}: the app secret does not belong in a configuration file, which is easily shared",
            hint="set HOOKSCOPE_APP_SECRET, or name a file of its own with app_secret_file",
        )
    from hookscope.meta.catalog import nearest

    meant = nearest(name, KEYS)
    raise UsageError(
        f"{file}: unknown key {key!r}", hint=f"did you mean {meant!r}?" if meant else f"known keys: {', '.join(KEYS)}"
    )


def _normalize(name: str, value: Any, file: Path) -> Any:
    key = KEYS[name]
    if isinstance(value, list) and key.is_list and all(isinstance(item, str) for item in value):
        return (
            [",".join(value)] if name == "fields" and not any(":" in item or "," in item for item in value) else value
        )
    kinds = str | int if key.is_list else str | int | float
    if not isinstance(value, kinds) or (isinstance(value, bool) and not key.is_switch):
        raise UsageError(
            f"{file}: {name!r} has a value of the wrong type",
            hint=f"see `hookscope run --help` for what --{name.replace('_', '-')} takes",
        )
    if key.is_path and value != "-":
        try:
            return str(file.parent / paths.named(str(value)))
        except UsageError as error:
            raise UsageError(f"{file}: {name!r}: {error.message}", hint=error.hint) from error
    return [str(value)] if key.is_list else value
