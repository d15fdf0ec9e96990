"""The `hookscope` command: finds the subcommand, and turns errors into a message and an exit code."""

import gc
import importlib
import os
import sys
from collections.abc import Sequence
from typing import Any

import click

from hookscope import __version__
from hookscope.cli import early_signals, output
from hookscope.cli.common import COMPLETE_VARIABLE, file_of, shared_options
from hookscope.errors import ExitCode, HookscopeError

_COMMANDS = {
    "run": ("hookscope.cli.run.command", "Receive, register, and show webhooks live; put everything back at the end."),
    "relay": ("hookscope.cli.relay.command", "Receive for a team, into its shared log."),
    "attach": ("hookscope.cli.attach", "Open another view of a live run."),
    "teardown": ("hookscope.cli.teardown", "Put back what a run left registered."),
    "captures": (
        "hookscope.cli.captures.command",
        "List, show, export, import, mark, and delete captures.",
    ),
    "fetch": ("hookscope.cli.fetch", "Fetch the objects that a notification refers to from the Graph API."),
    "replay": ("hookscope.cli.replay.command", "Send captured requests again."),
    "check": ("hookscope.cli.check.command", "Test your own webhook endpoint against Meta's rules."),
    "trigger": ("hookscope.cli.trigger.command", "Send a sample notification, signed as Meta signs."),
    "subscriptions": ("hookscope.cli.subscriptions", "List, add, and remove the app's subscriptions by hand."),
    "pages": ("hookscope.cli.pages", "List, subscribe, and unsubscribe the Pages that have the app installed."),
    "doctor": ("hookscope.cli.doctor", "Check every link of the chain, and say how to fix the broken one."),
    "sandbox": ("hookscope.cli.sandbox", "Serve the local Graph API simulator on its own."),
    "mcp": ("hookscope.cli.mcp", "Let an assistant read captures and explain them, over MCP."),
    "config": ("hookscope.cli.config_command", "Show the files and values in use; trust a project file."),
    "schema": ("hookscope.cli.schema", "Print the JSON Schema of what other programs read and write."),
    "man": ("hookscope.cli.man_page", "Print the manual page."),
    "completion": ("hookscope.cli.completion", "Print a shell completion script."),
}
"""Name → module that holds a `command`, and one line for the list of commands."""

_GROUPS = ("captures", "subscriptions", "pages", "config", "relay")
"""Those of them that hold commands of their own."""

_ALIASES = {"listen": "run", "restore": "teardown", "ls": "captures list"}


class _LazyGroup(click.Group):
    """Knows the commands by name and imports one when it is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        name, _, inner = _ALIASES.get(cmd_name, cmd_name).partition(" ")
        if name not in _COMMANDS:
            return None
        command: click.Command = importlib.import_module(_COMMANDS[name][0]).command
        return command.get_command(ctx, inner) if inner and isinstance(command, click.Group) else command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, summary) for name, (_, summary) in _COMMANDS.items()])

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            from hookscope.meta.catalog import nearest

            meant = self._inner(ctx, args[0]) or nearest(args[0], (*_COMMANDS, *_ALIASES))
            if meant is None:
                raise
            raise click.UsageError(f"{error.message} Did you mean {meant!r}?", ctx) from error
        finally:
            gc.enable()

    def _inner(self, ctx: click.Context, cmd_name: str) -> str | None:
        """Return a command of that name within one of the groups."""
        for name in _GROUPS:
            group = self.get_command(ctx, name)
            if isinstance(group, click.Group) and cmd_name in group.list_commands(ctx):
                return f"{name} {cmd_name}"
        return None


@click.command(
    cls=_LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="To try it without an account or a network: hookscope run --sandbox",
)
@click.version_option(__version__, prog_name="hookscope", message="%(prog)s %(version)s")
@shared_options
def cli(**_: Any) -> None:
    """See, answer, and replay the webhooks that Meta's Graph API sends to your app."""


def main(arguments: Sequence[str]) -> None:
    """Run the command line and end the process with its exit code."""
    output.fill_closed_streams()
    output.take_every_character()
    code = _run(arguments)
    output.give_up_messages()
    sys.exit(code)


def _run(arguments: Sequence[str]) -> int:
    if COMPLETE_VARIABLE in os.environ:  # A shell asks for completions; this knows Bash better than click.
        importlib.import_module("hookscope.cli.completion")
    try:
        code = cli.main(args=arguments, prog_name="hookscope", standalone_mode=False)
        output.flush()
    except HookscopeError as error:
        output.print_error(error)
        return error.code
    except click.exceptions.NoArgsIsHelpError as error:
        output.print_note(error.format_message())
        return ExitCode.USAGE
    except click.UsageError as error:
        output.usage(error, file_of(error))
        return ExitCode.USAGE
    except click.ClickException as error:
        output.print_note(f"error: {error.format_message()}")
        return ExitCode.FAILURE
    except (click.Abort, KeyboardInterrupt) as error:
        is_signal = isinstance(error.__cause__ or error, KeyboardInterrupt)  # And no answer to a question.
        return early_signals.interrupted_code(arguments if is_signal else ())
    except output.NobodyReads:
        return ExitCode.OK
    except Exception as error:
        from hookscope.cli.log_file import report_unexpected

        report_unexpected(error)
        return ExitCode.FAILURE
    return code if isinstance(code, int) else ExitCode.OK
