"""`hookscope check`: test somebody's webhook endpoint against Meta's rules."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from hookscope.cli import asyncio_runner
from hookscope.cli.common import shared_options
from hookscope.cli.param_types import EventName
from hookscope.cli.secrets import secret_option
from hookscope.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from hookscope.diagnosis.endpoint.check import Check

_EVENT = "page.feed.comment"


@click.command("check")
@click.argument("url", metavar="URL")
@click.option("--verify-token", envvar="HOOKSCOPE_VERIFY_TOKEN", metavar="TOKEN", help="The token of its handshake.")
@secret_option(
    "File with the app secret, `-` for stdin; else HOOKSCOPE_APP_SECRET. Without one, signatures are not judged."
)
@click.option("--event", type=EventName(), default=_EVENT, metavar="EVENT", help=f"The event to send [{_EVENT}].")
@click.option("--only", multiple=True, metavar="ID", help="Only this check or group, such as `signature`; repeatable.")
@click.option("--skip", multiple=True, metavar="ID", help="Skip this check or group; repeatable.")
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

    checks = _chosen(only, skip)
    if junit and not junit.parent.is_dir():
        raise UsageError(f"--junit {junit}: there is no folder {junit.parent}", hint="create it first")
    asyncio_runner.run_async(run_checks(_address(url), checks, junit=junit, **given))
    return ExitCode.OK


def _chosen(only: tuple[str, ...], skip: tuple[str, ...]) -> "tuple[Check, ...]":
    from hookscope.diagnosis.endpoint.registry import CHECKS, chosen, unknown_names

    if unknown := unknown_names((*only, *skip)):
        groups = ", ".join(dict.fromkeys(check.id.partition(".")[0] for check in CHECKS))
        raise UsageError(f"there is no check {unknown[0]!r}", hint=f"name a check by its id, or a group: {groups}")
    checks = chosen(only, skip)
    if not checks:
        raise UsageError("--only and --skip leave no check", hint="leave one of them out")
    return checks


def _address(text: str) -> str:
    """Return the full URL; raises UsageError unless it is https, or http on a loopback host."""
    from urllib.parse import urlsplit

    from hookscope.urls import check_target, is_loopback

    url = check_target(text)
    parts = urlsplit(url)
    if parts.scheme != "https" and not is_loopback(parts.hostname or ""):
        raise UsageError(
            f"{text!r} is not https", hint="Meta delivers to https only; plain http is for loopback addresses"
        )
    return url
