"""The options that name the shared log of a relay."""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import click
from click.core import ParameterSource

from hookscope.errors import UsageError
from hookscope.team.address import DEFAULT_LOG, LogAddress, check_address

_F = TypeVar("_F", bound=Callable[..., Any])
VARIABLE = "HOOKSCOPE_LOG"


def log_options(function: _F) -> _F:
    """Add `--to` and `--log`."""
    function = click.option(
        "--log",
        "log_name",
        default=DEFAULT_LOG,
        show_default=True,
        metavar="NAME",
        help="The name of the log; a database may hold several.",
    )(function)
    return click.option(
        "--to",
        "log_url",
        envvar=VARIABLE,
        show_envvar=True,
        metavar="URL",
        help="The database, as in postgresql://relay@db.example.com/hooks.",
    )(function)


def log_address(ctx: click.Context, given: Mapping[str, Any]) -> LogAddress:
    """Return the log that the options name. Raises UsageError, also for a password on the command line."""
    if not given["log_url"]:
        raise UsageError(
            "no database was given for the shared log",
            hint=f"export {VARIABLE}=postgresql://relay@db.example.com/hooks",
        )
    typed = ctx.get_parameter_source("log_url") is ParameterSource.COMMANDLINE
    return check_address(given["log_url"], log=given["log_name"], on_command_line=typed)
