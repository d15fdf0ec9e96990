"""`hookscope relay`: the relay itself, and what belongs to its log."""

import importlib
from collections.abc import Sequence
from typing import Any

import click

from hookscope.cli.common import shared_options

_COMMANDS = {
    "init": "Create the log, and let colleagues read it.",
    "status": "Show who receives, and how far each colleague is.",
    "trim": "Delete old entries.",
}
"""Name → one line for the list of commands; each has a module of its own here that holds a `command`."""

_ITSELF = "serve"


class _Group(click.Group):
    """A group that is a command, too: without the name of one of its commands it relays."""

    itself = _ITSELF

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in (*_COMMANDS, _ITSELF):
            return None
        found: click.Command = importlib.import_module(f"hookscope.cli.relay.{cmd_name}").command
        return found

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        return super().parse_args(ctx, args if args and args[0] in _COMMANDS else [_ITSELF, *args])

    def resolve_command(
        self, ctx: click.Context, args: Sequence[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        name, command, rest = super().resolve_command(ctx, list(args))
        return ("" if name == _ITSELF else name), command, rest


@click.group("relay", cls=_Group)
@shared_options
def command(**_: Any) -> None:
    """Receive for a team, into its shared log."""
