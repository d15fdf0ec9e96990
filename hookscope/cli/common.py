"""The options that every command has, before or after its name."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import click

from hookscope.cli import output
from hookscope.errors import UsageError

_F = TypeVar("_F", bound=Callable[..., Any])
_META = "hookscope."

COMPLETE_VARIABLE = "_HOOKSCOPE_COMPLETE"
"""The environment variable with which a shell asks for completions."""

_UNGUARDED = "config"
"""The command that shows the settings without using them; it works despite an untrusted project file."""

_WITHOUT_SETTINGS = ("completion", "man", "schema", "trust")
"""Commands that need no settings; they work whatever the files hold, since they do not read them."""


def journal_of(ctx: click.Context) -> Path:
    """Return the journal in use: `--journal`, HOOKSCOPE_JOURNAL, the configuration, else the default.

    Raises UsageError, and HookscopeError where its folder cannot be used.
    """
    from hookscope import paths  # Help and version need none.

    chosen = ctx.find_root().meta.get(f"{_META}journal")
    journal = paths.named(chosen) if chosen else paths.journal_file()
    try:
        is_folder = journal.is_dir()
    except OSError as error:
        raise paths.unusable(journal.parent, error) from error
    if is_folder:
        raise UsageError(f"the journal {journal} is a folder", hint=f"name a file: --journal {journal / 'journal.db'}")
    return journal


def config_of(ctx: click.Context) -> str | None:
    """Return the configuration file that `--config` names."""
    chosen: str | None = ctx.find_root().meta.get(f"{_META}config")
    return chosen


def keys_of(ctx: click.Context) -> Mapping[str, str]:
    """Return the user's own keys for the screen, by action."""
    from hookscope.cli.config import load_keys

    return load_keys(config_of(ctx))


def file_of(error: click.UsageError) -> Path | None:
    """Return the configuration file that holds the wrong value, or None when it comes from elsewhere."""
    ctx, name = error.ctx, error.param.name if isinstance(error, click.BadParameter) and error.param else None
    if ctx is None or name is None or ctx.get_parameter_source(name) is not click.core.ParameterSource.DEFAULT_MAP:
        return None
    file: Path = ctx.find_root().meta[f"{_META}configured"][name].file
    return file


def verbosity_of(ctx: click.Context) -> int:
    """Return how often `-v` was given."""
    return int(ctx.find_root().meta.get(f"{_META}verbose", 0))


def shared_options(function: _F) -> _F:
    """Add the global options to a command or the group; their values are kept once for the whole command line."""
    for option in reversed(_OPTIONS):
        function = option(function)
    return function


def variables_of(option: click.Option) -> tuple[str, ...]:
    """Return the environment variables that an option reads, the first that is set."""
    return (option.envvar,) if isinstance(option.envvar, str) else tuple(option.envvar or ())


def needs_no_settings(ctx: click.Context, _: click.Parameter, value: bool) -> bool:
    """Do not read the files; the callback of an eager option with which a command needs none of their values."""
    ctx.meta[f"{_META}needs_no_settings"] = value
    return value


class Utf8Text(click.ParamType):  # type: ignore[type-arg]
    """Text; bytes that are not valid UTF-8 are refused, since neither JSON nor the journal takes them."""

    name = "text"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        if not isinstance(value, str):
            return click.STRING.convert(value, param, ctx)
        try:
            value.encode()
        except UnicodeEncodeError:
            self.fail(f"{value!r} is not valid UTF-8.", param, ctx)
        return value


_TEXT = Utf8Text()
_FILES = ("config", "journal")
"""Options that take file names, which may hold any bytes."""


def _configure(ctx: click.Context, _: click.Parameter, value: str | None) -> None:
    """Use the configuration files for the defaults of this command's options."""
    from hookscope.cli.config import check_trusted, load
    from hookscope.cli.config_keys import KEYS

    for parameter in ctx.command.params:
        if parameter.type is click.STRING and parameter.name not in _FILES:
            parameter.type = _TEXT
    root = ctx.find_root()
    if value:
        root.meta[f"{_META}config"] = value
    only_groups = isinstance(ctx.command, click.Group) and not ctx.command.invoke_without_command
    is_free = ctx.command.name in _WITHOUT_SETTINGS or ctx.meta.get(f"{_META}needs_no_settings")
    if only_groups or is_free or ctx.resilient_parsing:
        return
    configured = load(root.meta.get(f"{_META}config"))
    root.meta[f"{_META}configured"] = configured
    in_force = {name: found for name, found in configured.items() if ctx.command.name == "run" or KEYS[name].is_shared}
    if root.invoked_subcommand != _UNGUARDED:
        check_trusted(in_force.items())
    ctx.default_map = {name: found.value for name, found in in_force.items() if not found.risk}


def _keep_journal(ctx: click.Context, _: click.Parameter, value: str | None) -> None:
    """Let only a flag replace a value given before the command's name: the environment was read there already."""
    kept = ctx.find_root().meta
    is_flag = ctx.get_parameter_source("journal") is click.core.ParameterSource.COMMANDLINE
    if value and (is_flag or f"{_META}journal" not in kept):
        kept[f"{_META}journal"] = value


def _keep_verbose(ctx: click.Context, _: click.Parameter, value: int) -> None:
    if value:
        ctx.find_root().meta[f"{_META}verbose"] = value


def _keep_quiet(_: click.Context, __: click.Parameter, value: bool) -> None:
    output.choose(quiet=value or None)


def _keep_color(_: click.Context, __: click.Parameter, value: str | None) -> None:
    output.choose(color=value)


_OPTIONS: tuple[Callable[[_F], _F], ...] = (
    click.option(
        "--config",
        metavar="FILE",
        is_eager=True,
        expose_value=False,
        callback=_configure,
        help="Read FILE instead of .hookscope.toml and the user's config.toml.",
    ),
    click.option(
        "--journal",
        envvar="HOOKSCOPE_JOURNAL",
        show_envvar=True,
        metavar="FILE",
        expose_value=False,
        callback=_keep_journal,
        help="Keep the captures in FILE.",
    ),
    click.option(
        "-v", "--verbose", count=True, expose_value=False, callback=_keep_verbose, help="Print more; repeatable."
    ),
    click.option("-q", "--quiet", is_flag=True, expose_value=False, callback=_keep_quiet, help="Print errors only."),
    click.option(
        "--color",
        type=click.Choice(["auto", "on", "off"]),
        expose_value=False,
        callback=_keep_color,
        help="Color the messages [auto].",
    ),
)
