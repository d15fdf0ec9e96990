"""`hookscope relay`: receive and register for a team, stay registered at the end, and manage the shared log."""

import importlib
from collections.abc import Mapping
from functools import partial
from typing import Any

import click

from hookscope import run_registry
from hookscope.cli.common import journal_of, shared_options, verbosity_of
from hookscope.cli.early_signals import ended_by_signals
from hookscope.cli.help_sections import SectionedCommand
from hookscope.cli.relay import COMMANDS
from hookscope.cli.relay.log_option import log_address, log_options
from hookscope.cli.relay.options import SECTION_OF, relay_options
from hookscope.cli.run.settings_from_options import read_app, read_lease, without_account
from hookscope.cli.secrets import read_access_tokens, read_secrets
from hookscope.secret_sources import Secret
from hookscope.services.relay_request import RelaySettings, relay_settings
from hookscope.services.run_request import RunRequest
from hookscope.settings import Output


class _Group(SectionedCommand, click.Group):
    """A group that is a command itself."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        found: click.Command = importlib.import_module(f"hookscope.cli.relay.{cmd_name}").command
        return found

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        super().format_options(ctx, formatter)
        self.format_commands(ctx, formatter)


@click.group(
    "relay",
    cls=_Group,
    section_of=SECTION_OF,
    invoke_without_command=True,
    subcommand_metavar="[init|status|trim]",
)
@relay_options
@log_options
@shared_options
@click.pass_context
def command(ctx: click.Context, /, **given: Any) -> int | None:
    """Receive for a team, into the shared log that `hookscope run --from URL` mirrors.

    It registers as a run does, and stays registered when it ends: the next relay goes on. `hookscope teardown` ends
    that.
    """
    if ctx.invoked_subcommand:
        return None
    return ended_by_signals(lambda: _run(ctx, given))


def _run(ctx: click.Context, given: dict[str, Any]) -> int:
    wanted = _settings(ctx, given)
    key = run_registry.new_key()
    listener, address = run_registry.listen(key)
    try:
        from hookscope.cli.log_file import configure_logging
        from hookscope.cli.run.runner import run
        from hookscope.engine.relay import Relay

        configure_logging(verbosity_of(ctx), to_terminal=True)
        live = run_registry.describe(wanted.run, key=key, address=address)
        return run(wanted.run, live=live, listener=listener, view=None, build=partial(Relay, relay=wanted))
    finally:
        listener.close()
        address.unlink(missing_ok=True)


def _settings(ctx: click.Context, given: Mapping[str, Any]) -> RelaySettings:
    given = without_account(given)
    log = log_address(ctx, given)
    secrets = read_secrets(given["app_secret_file"])
    read_access_tokens(secrets, given)
    if log.password:
        secrets.keep_out((Secret(log.password),))
    return relay_settings(
        RunRequest(
            app=None if given["sandbox"] else read_app(given, secrets),
            secrets=secrets,
            journal=journal_of(ctx),
            objects=tuple(given["object"]),
            fields=tuple(given["fields"]),
            pages=tuple(given["page"]),
            scope=given["scope"],
            tunnel="none",
            public_url=given["public_url"],
            path=given["path"],
            host=given["host"],
            port=given["port"],
            lease=read_lease(given, given["verify_token"] or ""),
            output=Output.JSON if given["json"] else Output(given["output"]),
        ),
        log=log,
        name=given["name"],
        retain=given["retain"],
        polls=given["poll"],
        keeps_strays=given["strays"],
    )
