"""`hookscope config`: which files and values are in force, and where each came from."""

import os
from typing import Any

import click

from hookscope import places
from hookscope.cli import output
from hookscope.cli.common import config_of, journal_of, shared_options
from hookscope.cli.config import Configured, files, load
from hookscope.views import stream
from hookscope.views.safe import safe

_SECRETS = ("HOOKSCOPE_APP_SECRET", "HOOKSCOPE_EXTRA_SECRETS", "NGROK_AUTHTOKEN")
_HIDDEN = ("header", "verify_token", "restore_verify_token")


@click.group("config")
@shared_options
def command(**_: Any) -> None:
    """See which files and values are in force."""


@command.command("path")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@shared_options
@click.pass_context
def path_command(ctx: click.Context, /, as_json: bool) -> None:
    """Name the files that are read and written."""
    named = {
        "project_config": str(places.project_config_file() or ""),
        "user_config": str(places.user_config_file()),
        "journal": str(journal_of(ctx)),
        "ledger": str(places.ledger_file()),
        "log": str(places.log_file()),
    }
    if chosen := config_of(ctx):
        named["config"] = chosen
    if as_json:
        output.data(stream.line(named))
    else:
        for name, file in named.items():
            output.data(safe(f"{name:<15} {file or '–'}"))


@command.command("show")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
@shared_options
@click.pass_context
def show_command(ctx: click.Context, /, as_json: bool) -> None:
    """Show every setting of `hookscope run`, and where its value came from."""
    from hookscope.cli.run.command import command as run_command

    configured = load(config_of(ctx))
    for parameter in run_command.params:
        if isinstance(parameter, click.Option) and not parameter.hidden and parameter.name != "help":
            value, source = _in_force(parameter, configured)
            _show(parameter.name or "", value, source, as_json)
    for name in _SECRETS:
        is_set = bool(os.environ.get(name))
        _show(name, "•••" if is_set else None, f"environment {name}" if is_set else "not set", as_json)
    if not as_json:
        read = ", ".join(map(str, files(config_of(ctx)))) or "none"
        output.progress(f"files read: {read}")


def _in_force(option: click.Option, configured: dict[str, Configured]) -> tuple[Any, str]:
    name = option.name or ""
    variable = option.envvar if isinstance(option.envvar, str) else None
    if variable and (given := os.environ.get(variable)):
        return _shown(name, given), f"environment {variable}"
    if found := configured.get(name):
        return _shown(name, found.value), str(found.file)
    if name == "journal":
        return str(places.journal_file()), "default"
    default = option.default if isinstance(option.default, str | int | float | bool) else None
    return default, "default"


def _shown(name: str, value: Any) -> Any:
    return "•••" if name in _HIDDEN else value


def _show(name: str, value: Any, source: str, as_json: bool) -> None:
    if as_json:
        output.data(stream.line({"name": name, "value": value, "source": source}))
    else:
        text = "–" if value in (None, "", []) else ", ".join(value) if isinstance(value, list) else str(value)
        output.data(safe(f"{name:<24} {text:<34} {source}"))
