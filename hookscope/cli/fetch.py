"""`hookscope fetch`: fetch the objects that a notification refers to from the Graph API."""

from collections.abc import Iterable, Sequence
from typing import Any

import click

from hookscope import run_registry
from hookscope.cli import asyncio_runner, output
from hookscope.cli.common import journal_of, shared_options
from hookscope.cli.event_progress import print_event
from hookscope.cli.param_types import CaptureId
from hookscope.cli.run.options import app_options
from hookscope.cli.run.settings_from_options import read_app
from hookscope.cli.secrets import read_access_tokens, read_secrets, token_options
from hookscope.errors import HookscopeError, UsageError
from hookscope.formats import event_stream
from hookscope.formats.capture_text import fetched_lines
from hookscope.model.fetched_node import FetchedNode
from hookscope.model.record import SANDBOX, Run
from hookscope.run_registry import LiveRun
from hookscope.services.captures import open_history
from hookscope.services.fetch import fetch, run_of
from hookscope.services.selection import find


@click.command("fetch")
@click.argument("capture_id", metavar="ID", type=CaptureId())
@app_options
@token_options
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line, for each object that was read.")
@shared_options
@click.pass_context
def command(ctx: click.Context, /, capture_id: int, as_json: bool, **given: Any) -> None:
    """Fetch the objects that a notification refers to from the Graph API. ID is its number, or `last`.

    They are conversations with their messages, comments, posts, leads, media, or messages. The answers are kept with
    the capture; `hookscope captures show ID` shows them again.
    """
    journal = journal_of(ctx)
    with open_history(journal) as history:
        number = find(history, capture_id).id
    run = run_of(journal, number)
    if sandbox := _live_sandbox(run):
        _show(asyncio_runner.run_async(_ask(sandbox, number)), as_json=as_json)
        return
    if run and run.app_id == SANDBOX:
        raise UsageError(
            f"#{number} came from the sandbox of a run that has ended; the objects that it refers to are gone",
            hint="fetch while the run lasts: hookscope run --sandbox",
        )
    secrets = read_secrets(given["app_secret_file"])
    read_access_tokens(secrets, given)
    app = read_app({**given, "app_id": given["app_id"] or (run.meta_app_id if run else None)}, secrets)
    report = asyncio_runner.run_async(fetch(journal, number, app=app, secrets=secrets, notify=print_event))
    _show(report.nodes, as_json=as_json)
    if report.left_out:
        output.print_note(f"{report.left_out} more objects that #{number} refers to were left out")
    _raise_first(report.errors)


def _live_sandbox(run: Run | None) -> LiveRun | None:
    """Return the live run that received a capture if it has a sandbox, which only that run can reach."""
    return next((one for one in run_registry.find() if one.sandbox and run and one.key == run.key), None)


async def _ask(live: LiveRun, capture_id: int) -> list[FetchedNode]:
    from hookscope.control.client import ControlClient

    async with ControlClient(live.address) as client:
        return await client.fetch(capture_id)


def _show(nodes: Iterable[FetchedNode], *, as_json: bool) -> None:
    for node in nodes:
        lines = [event_stream.line(event_stream.fetched_json(node))] if as_json else fetched_lines(node)
        for line in lines:
            output.write_data(line)


def _raise_first(errors: Sequence[HookscopeError]) -> None:
    """Raise the first error; the others are printed before it."""
    for error in errors[1:]:
        output.print_error(error)
    if errors:
        raise errors[0]
