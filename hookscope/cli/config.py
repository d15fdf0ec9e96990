"""The configuration files: which there are, what they say, and that they say nothing unknown."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hookscope import places
from hookscope.errors import UsageError

KEYS = (
    "ack",
    "app_id",
    "app_secret_file",
    "color",
    "domain",
    "fields",
    "forward_to",
    "graph_url",
    "graph_version",
    "header",
    "host",
    "include_values",
    "journal",
    "keep",
    "max_connections",
    "ngrok_path",
    "no_restore",
    "object",
    "output",
    "path",
    "port",
    "public_url",
    "restore_include_values",
    "restore_verify_token",
    "skip_verify",
    "takeover",
    "tunnel",
    "verify_token",
)
"""What a file may set: the long options of `hookscope run` that make sense for more than one run."""

OF_EVERY_COMMAND = frozenset(
    (
        "app_id",
        "app_secret_file",
        "color",
        "graph_url",
        "graph_version",
        "include_values",
        "journal",
        "verify_token",
    )
)
"""Those that hold for other commands too; the rest is what `hookscope run` does, and elsewhere `--keep` is a number."""

_FILES = frozenset(("app_secret_file", "journal", "ngrok_path"))
"""Their values are paths from where the file that names them is: it holds for all folders below."""

_LISTS = frozenset(("object", "fields", "forward_to", "header"))
_SWITCHES = frozenset(("include_values", "keep", "no_restore", "restore_include_values", "skip_verify", "takeover"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Configured:
    """A value from a file."""

    value: Any
    file: Path


def files(chosen: str | None) -> list[Path]:
    """The files in force, the strongest first: the one that `--config` names, else the project's and the user's."""
    if chosen:
        return [Path(chosen).expanduser()]
    return [file for file in (places.project_config_file(), places.user_config_file()) if file and file.is_file()]


def load(chosen: str | None) -> dict[str, Configured]:
    """What the files in force say, by option name with underscores. Raises UsageError."""
    found: dict[str, Configured] = {}
    for file in reversed(files(chosen)):
        for key, value in _read(file).items():
            name = _checked(key, file)
            found[name] = Configured(value=_normalize(name, value, file), file=file)
    return found


def _read(file: Path) -> Mapping[str, Any]:
    try:
        return tomllib.loads(file.read_text("utf-8"))
    except OSError as error:
        raise UsageError(f"{file} cannot be read: {error.strerror}", hint="check --config") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"{file} is no TOML: {error}", hint="put the file right; `hookscope config path`") from error


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
        f"{file}: unknown key {key!r}", hint=f"did you mean {meant!r}?" if meant else f"known are: {', '.join(KEYS)}"
    )


def _normalize(name: str, value: Any, file: Path) -> Any:
    if isinstance(value, list) and name in _LISTS and all(isinstance(item, str) for item in value):
        return (
            [",".join(value)] if name == "fields" and not any(":" in item or "," in item for item in value) else value
        )
    kinds = str | int if name in _LISTS else str | int | float
    if not isinstance(value, kinds) or (isinstance(value, bool) and name not in _SWITCHES):
        raise UsageError(
            f"{file}: {name!r} has a value of the wrong kind",
            hint=f"see `hookscope run --help` for what --{name.replace('_', '-')} takes",
        )
    if name in _FILES and value != "-":
        return str(file.parent / Path(str(value)).expanduser())
    return [str(value)] if name in _LISTS else value
