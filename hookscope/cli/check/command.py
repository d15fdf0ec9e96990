"""`hookscope check`: test a webhook endpoint against Meta's rules."""

import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from hookscope.cli import asyncio_runner
from hookscope.cli.common import shared_options
from hookscope.cli.param_types import EventName
from hookscope.cli.secrets import secret_option
from hookscope.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

_EVENT = "page.feed.comment"


def _complete(context: click.Context, option: click.Parameter, incomplete: str) -> "list[CompletionItem[Any]]":
    """Return the checks whose ids begin with the text, with their titles."""
    from click.shell_completion import CompletionItem

    from hookscope.diagnosis.endpoint.registry import CHECKS

    return [CompletionItem(check.id, help=check.title) for check in CHECKS if check.id.startswith(incomplete)]


@click.command("check")
@click.argument("url", metavar="URL")
@click.option(
    "--verify-token",
    envvar="HOOKSCOPE_VERIFY_TOKEN",
    show_envvar=True,
    metavar="TOKEN",
    help="The verify token that your app expects.",
)
@secret_option(
    "File with the app secret, `-` for stdin; else HOOKSCOPE_APP_SECRET. Without one, signatures are not judged."
)
@click.option("--event", type=EventName(), default=_EVENT, metavar="EVENT", help=f"The event to send [{_EVENT}].")
@click.option(
    "--only",
    multiple=True,
    metavar="ID",
    shell_complete=_complete,
    help="Only this check or group, such as `signature`; repeatable.",
)
@click.option(
    "--skip", multiple=True, metavar="ID", shell_complete=_complete, help="Skip this check or group; repeatable."
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object a check.")
@click.option(
    "--junit", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE", help="Also write a JUnit report."
)
@shared_options
def command(*, url: str, only: tuple[str, ...], skip: tuple[str, ...], junit: Path | None, **given: Any) -> int:
    """Test your own webhook endpoint against Meta's rules.

    Sends handshakes and notifications of made-up events to URL, as Meta would and as it would not, and judges the
    answers: right and wrong tokens and signatures, batches, large bodies, unknown fields, duplicates, load. Your app
    takes the events for real ones, so point this at a development system. Exit code 8 when a check fails.
    """
    from hookscope.cli.check.checking import run_checks
    from hookscope.diagnosis.endpoint.registry import chosen
    from hookscope.urls import check_endpoint_url

    checks = chosen(only, skip)
    if junit and not junit.parent.is_dir():
        raise UsageError(f"--junit {junit}: there is no folder {junit.parent}", hint="create it first")
    url = check_endpoint_url(url)
    asyncio_runner.run_async(run_checks(url, checks, junit=junit, repeat=_repeat(url, given), **given))
    return ExitCode.OK


def _repeat(url: str, given: Mapping[str, Any]) -> str:
    """Return the command that checks the same; the token stays with the user."""
    command = f"hookscope check {shlex.quote(url)}" + (" --verify-token TOKEN" if given["verify_token"] else "")
    return command if given["event"] == _EVENT else f"{command} --event {given['event']}"
