"""The options that every command has, before or after its name."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from hookscope import places
from hookscope.cli import output

_F = TypeVar("_F", bound=Callable[..., Any])


def journal_of(ctx: click.Context) -> Path:
    """The journal in force: `--journal`, HOOKSCOPE_JOURNAL, the configuration, else the usual one."""
    chosen = ctx.find_root().meta.get("hookscope.journal")
    return Path(chosen).expanduser() if chosen else places.journal_file()


def verbosity_of(ctx: click.Context) -> int:
    """How often `-v` was given."""
    return int(ctx.find_root().meta.get("hookscope.verbose", 0))


def shared_options(function: _F) -> _F:
    """Add the global options to a command or the group; what they say is kept once for the whole command line."""
    for option in reversed(_OPTIONS):
        function = option(function)
    return function


def _keep_journal(ctx: click.Context, _: click.Parameter, value: str | None) -> None:
    if value:
        ctx.find_root().meta["hookscope.journal"] = value


def _keep_verbose(ctx: click.Context, _: click.Parameter, value: int) -> None:
    if value:
        ctx.find_root().meta["hookscope.verbose"] = value


def _keep_quiet(_: click.Context, __: click.Parameter, value: bool) -> None:
    output.choose(quiet=value or None)


def _keep_color(_: click.Context, __: click.Parameter, value: str | None) -> None:
    output.choose(color=value)


_OPTIONS: tuple[Callable[[_F], _F], ...] = (
    click.option(
        "--journal",
        envvar="HOOKSCOPE_JOURNAL",
        metavar="FILE",
        expose_value=False,
        callback=_keep_journal,
        help="Keep the captures in FILE.",
    ),
    click.option(
        "-v", "--verbose", count=True, expose_value=False, callback=_keep_verbose, help="Say more; repeatable."
    ),
    click.option(
        "-q", "--quiet", is_flag=True, expose_value=False, callback=_keep_quiet, help="Say only what went wrong."
    ),
    click.option(
        "--color",
        type=click.Choice(["auto", "on", "off"]),
        expose_value=False,
        callback=_keep_color,
        help="Colour the messages [auto].",
    ),
)
