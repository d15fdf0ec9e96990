"""`hookscope replay`: send captured requests again."""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from hookscope import settings
from hookscope.capture.history import History
from hookscope.capture.item import Delivered
from hookscope.capture.journal import Journal
from hookscope.capture.record import Capture, Delivery
from hookscope.cli import output
from hookscope.cli.common import journal_of, shared_options
from hookscope.cli.ids import CaptureId, find
from hookscope.errors import DeliveryError, UsageError
from hookscope.outbound.replay import replay
from hookscope.outbound.sender import Sender, describe_failures
from hookscope.views import stream
from hookscope.views.plain import plain_lines


@click.command("replay")
@click.argument("numbers", metavar="ID...", type=CaptureId(), nargs=-1, required=True)
@click.option("--to", metavar="URL", help="Where to [where the run that captured it forwarded to].")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a delivery.")
@shared_options
@click.pass_context
def command(ctx: click.Context, /, numbers: Sequence[int], to: str | None, as_json: bool) -> None:
    """Send captured requests again, bytes and signature unchanged. ID is a capture's number, or `last`."""
    journal = journal_of(ctx)
    with History(journal) as history:
        captures = find(history, journal, numbers)
        targets = [settings.check_target(to) if to else _target_of(history, capture) for capture in captures]
    deliveries = asyncio.run(_replay(journal, list(zip(captures, targets, strict=True)), as_json))
    if failures := describe_failures(deliveries):
        raise DeliveryError(
            failures, done="every attempt is kept with its capture", hint="see `hookscope captures show ID`"
        )
    output.progress(f"{len(deliveries)} sent, all answered 2xx")


def _target_of(history: History, capture: Capture) -> str:
    run = history.run(capture.run_id) if capture.run_id else None
    if run is None or not run.targets:
        raise UsageError(f"the run that captured #{capture.id} forwarded nowhere", hint="say where to with --to")
    return run.targets[0]


async def _replay(journal_file: Path, jobs: Sequence[tuple[Capture, str]], as_json: bool) -> list[Delivery]:
    deliveries = []
    async with Journal(journal_file) as journal, Sender() as sender:
        for capture, target in jobs:
            _, delivery = await replay(capture, target, sender=sender, journal=journal)
            deliveries.append(delivery)
            _show(delivery, as_json)
    return deliveries


def _show(delivery: Delivery, as_json: bool) -> None:
    value: dict[str, Any] = stream.item_json(Delivered(delivery=delivery)) or {}
    for line in [stream.line(value)] if as_json else plain_lines(value):
        output.data(line)
    output.flush()
